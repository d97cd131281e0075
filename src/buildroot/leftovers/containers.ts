/**
 * Containers of dead sessions. A container ends by itself when the process that opened it is gone; one whose engine was
 * in the way (a daemon that hung, a client that was killed while it started it) may stay.
 */
import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { InfrastructureError, UserError } from '../../errors.ts';
import { ownerOfName, ownerState } from '../../owner.ts';
import { which } from '../../process.ts';
import { type ClientName, type ContainerClient, findClient, lastWords, runClient } from '../engine/clients.ts';
import { LABELS } from '../engine/container.ts';
import { endPodmanStrays, podmanStrays } from '../engine/podman-strays.ts';
import { type FoundLeftover, found, type SearchContext } from './leftover.ts';

const CLIENTS: readonly ClientName[] = ['docker', 'podman'];
const LIMIT_SECONDS = 120;

/**
 * Ends the containers of a session, of whatever engine its record names.
 *
 * @throws InfrastructureError or UserError where the engine does not answer, or does not remove one.
 */
export async function endContainers(session: {
  readonly id: string;
  readonly engine: string | undefined;
}): Promise<void> {
  const name = CLIENTS.find((each) => each === session.engine);
  if (name === undefined) return;
  const client = await findClient(name);
  // Before podman is asked: what it removes while conmon still makes it is left without any record.
  if (name === 'podman') await endPodmanStrays(session.id);
  for (const { id } of await containersOf(client, `${LABELS.session}=${session.id}`)) await removeContainer(client, id);
}

/** Containers whose session has no folder any more: it is made before them, and removed after them. */
export async function* deadContainers(state: string, { runId }: SearchContext): AsyncIterable<FoundLeftover> {
  for (const name of CLIENTS) {
    if (which(name) === undefined) continue;
    let client: ContainerClient;
    try {
      client = await findClient(name);
    } catch (error) {
      // Installed, and nobody's engine: where a session of ours was in it, its folder says so.
      if (error instanceof UserError) continue;
      throw error;
    }
    for (const { id, session, run } of await containersOf(client, `${LABELS.state}=${state}`)) {
      if (session === '' || (runId !== undefined && run !== runId)) continue;
      if (await isInUse(state, session)) continue;
      const remove = async () => {
        await removeContainer(client, id);
        return [];
      };
      yield found('container', `${name} ${id}`, remove, { runId: run });
    }
    if (name === 'podman') yield* strays(state);
  }
}

/** Containers of podman that it does not know of any more. */
async function* strays(state: string): AsyncIterable<FoundLeftover> {
  for (const { session, id, folder } of await podmanStrays()) {
    const isOurs = session.startsWith('tool-') || folder === path.join(state, 'sessions', session);
    if (!isOurs || (await isInUse(state, session))) continue;
    const remove = async () => {
      await endPodmanStrays(session);
      return [];
    };
    yield found('container', `podman ${id}`, remove);
  }
}

/** A session is while its folder is; a tool that runs by itself (tool-run.ts) while its owner lives, whom its name tells. */
async function isInUse(state: string, session: string): Promise<boolean> {
  if (session.startsWith('tool-')) {
    const owner = ownerOfName(session);
    return owner === undefined || (await ownerState(owner)) !== 'dead';
  }
  const folder = path.join(state, 'sessions', path.basename(session));
  return (await lstat(folder).catch(() => undefined)) !== undefined;
}

interface Container {
  readonly id: string;
  readonly session: string;
  readonly run: string;
}

async function containersOf(client: ContainerClient, label: string): Promise<Container[]> {
  // A method of docker's, a map of podman's.
  const labelOf = (name: string) => (client.name === 'docker' ? `{{.Label "${name}"}}` : `{{index .Labels "${name}"}}`);
  const show = ['{{.ID}}', labelOf(LABELS.session), labelOf(LABELS.run)].join('\t');
  const argv = ['ps', '--all', '--no-trunc', '--filter', `label=${label}`, '--format', show];
  const { stdout } = await runClient(client, argv, { timeoutSeconds: LIMIT_SECONDS });
  return stdout.split('\n').flatMap((line) => {
    const [id = '', session = '', run = ''] = line.split('\t');
    return id === '' ? [] : [{ id, session, run }];
  });
}

async function removeContainer(client: ContainerClient, id: string): Promise<void> {
  const argv = ['rm', '--force', '--volumes', id];
  for (let attempt = 1; ; attempt++) {
    const { exitCode, stderr } = await runClient(client, argv, { okExitCodes: 'any', timeoutSeconds: LIMIT_SECONDS });
    // One that just ends by itself.
    if (exitCode === 0 || /no such container|no container with (?:name|ID)|already in progress/i.test(stderr)) return;
    // podman waits some seconds for what conmon writes at its end, which may be dead; then it knows, and does without.
    if (client.name === 'podman' && attempt < 3 && /could not be stopped|timed out waiting/i.test(stderr)) continue;
    throw new InfrastructureError({
      what: `${client.name} does not remove a container`,
      where: id,
      found: lastWords(stderr),
      remedy: `${client.name} rm --force ${id}`,
    });
  }
}
