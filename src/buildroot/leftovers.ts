/** Folders of sessions whose process is gone: a killed run leaves no mount and no process, but its folder. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { tryLock } from '../lock.ts';
import { removeTree } from './generation.ts';

/** A session without its record is about to be locked; past this age it is a leftover all the same. */
const UNRECORDED_MS = 10 * 60 * 1000;

/**
 * Removes the folders of dead sessions. A session holds a lock of the kernel on its folder as long as its owner lives,
 * whatever container or pid namespace that runs in; age alone says nothing.
 *
 * @returns ids of the sessions removed.
 */
export async function removeDeadSessions(state: string): Promise<string[]> {
  const folder = path.join(state, 'sessions');
  const removed: string[] = [];
  for (const id of await readdir(folder).catch(() => [])) {
    const place = path.join(folder, id);
    const recorded = await stat(path.join(place, 'session.json')).catch(() => undefined);
    const made = await stat(place).catch(() => undefined);
    if (made === undefined || (recorded === undefined && Date.now() - made.mtimeMs < UNRECORDED_MS)) continue;
    // Gone meanwhile: its owner, or another run that looks for leftovers, was faster.
    const lock = await tryLock(place, { mode: 'exclusive', waitSeconds: 0, what: `the session ${id}` }).catch(
      () => undefined,
    );
    if (lock === undefined) continue;
    await removeTree(place);
    await lock.release();
    removed.push(id);
  }
  return removed;
}
