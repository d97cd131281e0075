/** What dead runs left: looked for as clean-up does, and left where it is. */
import { deadContainers } from '../../buildroot/leftovers/containers.ts';
import { removeLeftovers } from '../../buildroot/leftovers.ts';
import { formatBytes } from '../../format.ts';
import { removeDeadHomes } from '../../signing/gpg-home.ts';
import { type Check, type DoctorContext, type Finding, HOST_BUILDS } from '../check.ts';
import { sessionMounts } from './disk.ts';

const MOST_NAMED = 3;

const leftovers: Check = {
  id: 'leftovers',
  title: 'Leftovers of dead runs',
  group: 'Leftovers',
  uses: HOST_BUILDS,
  root: true,
  seconds: 60,
  async look({ state, temporary }: DoctorContext): Promise<Finding> {
    const unknown: string[] = [];
    const { removed: found, failed } = await removeLeftovers(state, {
      dryRun: true,
      measure: true,
      temporary: [temporary],
      logger: { warning: (message) => unknown.push(message) },
    });
    const places = [...found, ...failed].map(({ kind, place }) => `${kind} ${place}`);
    if (places.length === 0 && unknown.length === 0) return { status: 'ok', found: 'none' };
    const bytes = found.reduce((sum, each) => sum + (each.bytes ?? 0), 0);
    const named = [...places, ...unknown].slice(0, MOST_NAMED).join(', ');
    const more = places.length + unknown.length - MOST_NAMED;
    return {
      status: 'warning',
      found: `${places.length}, ${formatBytes(bytes)}: ${named}${more > 0 ? `, and ${more} more` : ''}`,
      expected: 'none',
      remedy: `pkg-actions clean-up --state ${state}`,
    };
  },
};

/** Apart from the others: an engine that hangs hides nothing but its own. */
const containers: Check = {
  id: 'leftover-containers',
  title: 'Containers of dead sessions',
  group: 'Leftovers',
  uses: ['containers'],
  root: true,
  seconds: 15,
  async look({ state }): Promise<Finding> {
    const places: string[] = [];
    for await (const { place } of deadContainers(state, { fail: () => {} })) places.push(place);
    if (places.length === 0) return { status: 'ok', found: 'none' };
    return {
      status: 'warning',
      found: `${places.length}: ${places.slice(0, MOST_NAMED).join(', ')}`,
      expected: 'none',
      remedy: 'pkg-actions clean-up',
    };
  },
};

const keyRings: Check = {
  id: 'leftover-key-rings',
  title: 'Private key rings of dead runs',
  group: 'Leftovers',
  uses: ['publish-deb', 'publish-rpm'],
  async look(): Promise<Finding> {
    const places = await removeDeadHomes(undefined, true);
    if (places.length === 0) return { status: 'ok', found: 'none' };
    return { status: 'warning', found: places.join(', '), expected: 'none', remedy: 'pkg-actions clean-up' };
  },
};

const mounts: Check = {
  id: 'session-mounts',
  title: 'Mounts of sessions outside of them',
  group: 'Leftovers',
  uses: HOST_BUILDS,
  async look(context): Promise<Finding> {
    const places = await sessionMounts(context);
    if (places.length === 0) return { status: 'ok', found: 'none' };
    return {
      status: 'warning',
      found: places.slice(0, MOST_NAMED).join(', '),
      expected: "none: a session's mounts are in its own namespace",
      remedy: `umount ${places.toReversed().slice(0, MOST_NAMED).join(' ')}`,
    };
  },
};

export const LEFTOVER_CHECKS: readonly Check[] = [leftovers, containers, keyRings, mounts];
