/**
 * Containers of sessions whose owner is gone. A container ends by itself when its owner does, and its engine removes it;
 * what may be left is one that was made and never started, or one whose engine was ended meanwhile.
 */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { tryLock } from '../../lock.ts';
import { type ContainerClient, runClient } from './clients.ts';
import { LABELS } from './container.ts';

const ANSWER_SECONDS = 60;

/**
 * Removes the containers of dead sessions of a state folder, running or not: those whose session's folder is gone, or is
 * not locked by its owner any more. To be asked before the folders themselves are removed, which a container that still
 * runs has mounted.
 *
 * @param state as it was given to `openSession`.
 * @returns ids of the sessions whose containers were removed, sorted.
 * @throws CommandError where the engine does not answer, or does not remove one (`explainClient` tells which).
 */
export async function removeContainersOf(
  client: ContainerClient,
  { state }: { readonly state: string },
): Promise<string[]> {
  const ask = async (argv: readonly string[]) =>
    (await runClient(client, argv, { timeoutSeconds: ANSWER_SECONDS })).stdout
      .split('\n')
      .filter((line) => line !== '');
  const all = await ask(['ps', '--all', '--quiet', '--no-trunc', `--filter=label=${LABELS.state}=${state}`]);
  const removed: string[] = [];
  for (const container of all) {
    const format = `{{index .Config.Labels "${LABELS.session}"}}`;
    const argv = ['container', 'inspect', '--format', format, container];
    const inspected = await runClient(client, argv, { okExitCodes: 'any', timeoutSeconds: ANSWER_SECONDS });
    const id = inspected.stdout.trim();
    // Gone meanwhile, by itself; or none of ours, since our ids are no paths.
    if (inspected.exitCode !== 0 || !/^[a-z0-9-]+$/.test(id)) continue;
    const folder = path.join(state, 'sessions', id);
    const isThere = await stat(folder).then(
      (found) => found.isDirectory(),
      () => false,
    );
    const lock = isThere
      ? await tryLock(folder, { mode: 'exclusive', waitSeconds: 0, what: `the session ${id}` }).catch(() => undefined)
      : undefined;
    if (isThere && lock === undefined) continue;
    try {
      await runClient(client, ['rm', '--force', '--volumes', container], { timeoutSeconds: ANSWER_SECONDS });
      removed.push(id);
    } finally {
      await lock?.release();
    }
  }
  return removed.sort();
}
