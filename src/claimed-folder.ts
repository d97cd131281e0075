/** Folders that are ours as long as we live, and known to be a leftover as soon as we do not. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Lock, takeLock } from './lock.ts';
import { currentOwner, OWNER_NAME, ownedName, ownerOfName } from './owner.ts';
import { removeMountedTree } from './remove-tree.ts';

/** Of a folder that has no lock yet, and nothing in it. */
const PREFIX = '.claim-';

export interface ClaimedFolder extends AsyncDisposable {
  readonly folder: string;
  /** Held until it is released, or we die. */
  readonly lock: Lock;
  /** Removes the folder, and then lets go of the lock. */
  remove(): Promise<void>;
}

/**
 * Makes `parent/name`. It has its lock and its record before it has its name: at no moment is there a folder of which
 * nobody knows whether its maker lives. `parent` is there.
 *
 * @param record more to be said in `owner.json`.
 * @throws UserError where it cannot be locked; errors of the file system.
 */
export async function claimFolder(
  parent: string,
  name: string,
  { runId, what, mode = 0o755, record = {} }: ClaimOptions,
): Promise<ClaimedFolder> {
  const begun = path.join(parent, ownedName(PREFIX));
  const folder = path.join(parent, name);
  await mkdir(begun, { mode });
  try {
    const lock = await takeLock(begun, { mode: 'exclusive', waitSeconds: 0, what });
    try {
      await writeFile(path.join(begun, OWNER_NAME), `${JSON.stringify({ ...record, ...currentOwner(runId) })}\n`);
      await rename(begun, folder);
    } catch (error) {
      await lock.release();
      throw error;
    }
    let removing: Promise<void> | undefined;
    const remove = (): Promise<void> => {
      removing ??= (async () => {
        try {
          await removeMountedTree(folder);
        } finally {
          await lock.release();
        }
      })();
      return removing;
    };
    return { folder, lock, remove, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await removeMountedTree(begun);
    throw error;
  }
}

export interface ClaimOptions {
  readonly runId: string;
  /** For errors: `the session x`. */
  readonly what: string;
  readonly mode?: number;
  readonly record?: Readonly<Record<string, unknown>>;
}

/** The owner of a folder that is just being claimed; `undefined` for every other name. */
export function claimant(name: string): ReturnType<typeof ownerOfName> {
  return name.startsWith(PREFIX) ? ownerOfName(name) : undefined;
}
