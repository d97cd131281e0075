/** What lies on a mirror, before anything is changed there and after. */

import { quote, UserError } from '../errors.ts';
import { formatCount } from '../format.ts';
import { channelTarget, isChannelName, isSnapshotId } from '../repository/layout.ts';
import type { Destination } from './destination.ts';
import { isAbsent } from './failure.ts';
import { type Access, type Entry, list } from './rsync.ts';
import type { MirrorSource } from './source.ts';

export interface MirrorState {
  /** `false`: nothing is there yet. */
  readonly exists: boolean;
  /** Ids of snapshots, by channel. */
  readonly channels: ReadonlyMap<string, string>;
  /** What lies at its root. */
  readonly entries: readonly Entry[];
}

/**
 * Looks at a mirror.
 *
 * @throws UserError where something else lies there: another repository's mirror would be removed as "no longer there".
 */
export async function look(access: Access, destination: Destination, source: MirrorSource): Promise<MirrorState> {
  const entries = await list(access, destination).catch((error: unknown) => {
    if (isAbsent(error)) return undefined;
    throw error;
  });
  if (entries === undefined) return { exists: false, channels: new Map(), entries: [] };
  const state = { exists: true, channels: channelsOf(entries), entries };
  const folders = new Set(entries.filter(({ kind }) => kind === 'folder').map(({ name }) => name));
  const isBegun = folders.has('pool') || folders.has('snapshots');
  const names = ['pool', 'snapshots', ...source.channels.keys(), ...source.keys, ...source.site];
  for (const name of names) {
    const entry = entries.find((each) => each.name === name);
    if (entry === undefined) continue;
    const isLink = source.channels.has(name);
    const expected = isLink ? 'link' : name === 'pool' || name === 'snapshots' ? 'folder' : 'file';
    if (isBegun && entry.kind === expected) continue;
    throw new UserError({
      what: 'something else lies where the mirror shall be',
      where: destination.name,
      found: `${quote(name)}, a ${entry.kind}`,
      expected: 'a folder that does not exist yet, is empty, or is the mirror of this repository',
    });
  }
  if (folders.has('snapshots')) await checkIdentity(access, destination, source);
  return state;
}

/** What channels point to, of the entries at the root of a mirror. */
export function channelsOf(entries: readonly Entry[]): Map<string, string> {
  const channels = new Map<string, string>();
  for (const { name, kind, target } of entries) {
    const id = /^snapshots\/([^/]+)$/.exec(target ?? '')?.[1];
    if (kind === 'link' && id !== undefined && isSnapshotId(id) && isChannelName(name)) channels.set(name, id);
  }
  return channels;
}

async function checkIdentity(access: Access, destination: Destination, source: MirrorSource): Promise<void> {
  const ids = (await list(access, destination, 'snapshots')).map(({ name }) => name).filter(isSnapshotId);
  const known = new Set([...source.snapshots, ...source.former]);
  if (ids.length === 0 || ids.some((id) => known.has(id))) return;
  throw new UserError({
    what: 'the mirror of another repository',
    where: destination.name,
    found: `${formatCount(ids.length, 'snapshot')}, none of which was ever in ${source.paths.root}, such as ${ids.at(-1)}`,
    remedy: 'correct the address; if it shall become the mirror of this repository, empty it first',
  });
}

/**
 * Tries whether links on the mirror lead where they should: through the one in a snapshot that nothing points to yet.
 *
 * @throws UserError where they do not: a mirror whose channels lead nowhere would be worse than an old one.
 */
export async function tryLinks(access: Access, destination: Destination, source: MirrorSource): Promise<void> {
  for (const id of new Set(source.channels.values())) {
    try {
      await list(access, destination, `${channelTarget(id)}/pool`);
    } catch (error) {
      if (!isAbsent(error)) throw error;
      throw new UserError(
        {
          what: 'the mirror does not keep symbolic links as they are',
          where: destination.name,
          found: `snapshots/${id}/pool leads nowhere there`,
          remedy:
            destination.kind === 'daemon'
              ? "set 'munge symlinks = no' for the module in rsyncd.conf, which is not the default with 'use chroot = no'; the mirror still serves what it served"
              : 'use a file system that has symbolic links; the mirror still serves what it served',
        },
        { cause: error },
      );
    }
  }
}
