/** Folders of sessions whose process is gone: a killed run leaves no mount and no process, but its folder. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { claimant } from '../../claimed-folder.ts';
import { OWNER_NAME, type Owner, ownerState, readOwner } from '../../owner.ts';
import { removeMountedTree } from '../../remove-tree.ts';
import { holdDead, holderOf } from './hold.ts';
import { type FoundLeftover, found, type SearchContext } from './leftover.ts';

/** What a process that was just killed may take to be gone. */
const WAIT_SECONDS = 5;
/** A session of a former version, which locked its folder a moment after it had its name. */
const UNRECORDED_MS = 10 * 60 * 1000;

/** Removes what else there is of a session: its containers. */
export type SessionEnd = (session: { readonly id: string; readonly engine: string | undefined }) => Promise<void>;

/**
 * A session holds a lock of the kernel on its folder as long as its owner lives, whatever container or pid namespace
 * that runs in: it decides. The record is looked at first, because that costs no process.
 *
 * @param end called before a folder is removed; where it throws, the folder stays.
 */
export async function* deadSessions(
  state: string,
  { runId, fail }: SearchContext,
  end: SessionEnd,
): AsyncIterable<FoundLeftover> {
  const folder = path.join(state, 'sessions');
  for (const id of await readdir(folder).catch(() => [])) {
    const place = path.join(folder, id);
    const beginning = claimant(id);
    if (beginning !== undefined) {
      if ((await ownerState(beginning)) === 'dead') yield found('session', place, () => removeMountedTree(place));
      continue;
    }
    const record = await recordOf(place);
    const state = record === undefined ? await unrecorded(place) : await ownerState(record);
    if (state === 'alive' || (runId !== undefined && record?.runId !== runId)) continue;
    const lock = await holdDead(place, state === 'dead' ? WAIT_SECONDS : 0);
    if (lock === undefined) {
      const holder = state === 'dead' ? await holderOf(place) : undefined;
      if (holder !== undefined) fail({ kind: 'session', place, why: `its lock is still held by ${holder}` });
      continue;
    }
    const remove = async () => {
      await end({ id, engine: record?.engine });
      return await removeMountedTree(place);
    };
    yield found('session', place, remove, { runId: record?.runId, release: () => lock.release() });
  }
}

async function recordOf(place: string): Promise<Owner | undefined> {
  return (await readOwner(path.join(place, OWNER_NAME))) ?? (await readOwner(path.join(place, 'session.json')));
}

/** Without a record of ours the lock alone decides, once there has been time to take it. */
async function unrecorded(place: string): Promise<'alive' | 'unknown'> {
  const [old, made] = await Promise.all([
    stat(path.join(place, 'session.json')).catch(() => undefined),
    stat(place).catch(() => undefined),
  ]);
  if (made === undefined) return 'alive';
  return old === undefined && Date.now() - made.mtimeMs < UNRECORDED_MS ? 'alive' : 'unknown';
}
