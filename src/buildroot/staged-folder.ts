/**
 * Folders that are being filled, beside those that are done: `.new-*`, each under a lock of the kernel that its maker
 * holds. So what a killed run left is told from what another one is just making, without looking at its age.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Lock, tryLock } from '../lock.ts';
import { removeTree } from './generation.ts';

const PREFIX = '.new-';
/** Renamed out of the way, to be removed. */
const DOOMED = '.old-';

export interface StagedFolder extends AsyncDisposable {
  readonly folder: string;
  /** Removes what is still in it, and lets go of the lock. */
  discard(): Promise<void>;
}

/**
 * Makes a folder below `parent`, which is made where it is not there, readable by its owner alone.
 *
 * @throws UserError where it cannot be locked; errors of the file system.
 */
export async function stageFolder(parent: string, what: string, signal?: AbortSignal): Promise<StagedFolder> {
  await mkdir(parent, { recursive: true, mode: 0o700 });
  for (let attempt = 0; attempt < 10; attempt++) {
    const folder = path.join(parent, `${PREFIX}${randomBytes(6).toString('hex')}`);
    await mkdir(folder, { mode: 0o700 });
    // Whoever looks for leftovers may have been faster than the lock: then with another name.
    const lock = await lockFolder(folder, { mode: 'exclusive', what, ...(signal ? { signal } : {}) });
    if (lock === undefined) continue;
    let discarding: Promise<void> | undefined;
    const discard = (): Promise<void> => {
      discarding ??= removeTree(folder).finally(() => lock.release());
      return discarding;
    };
    return { folder, discard, [Symbol.asyncDispose]: discard };
  }
  throw new Error(`no folder below ${parent} could be locked`);
}

/**
 * Locks a folder without waiting.
 *
 * @returns `undefined` where it is gone, or held in a way that excludes this.
 */
export async function lockFolder(
  folder: string,
  options: { readonly mode: 'shared' | 'exclusive'; readonly what: string; readonly signal?: AbortSignal },
): Promise<Lock | undefined> {
  const before = await inode(folder);
  if (before === undefined) return undefined;
  const lock = await tryLock(folder, { ...options, waitSeconds: 0 }).catch(async (error: unknown) => {
    if ((await inode(folder)) === undefined) return undefined;
    throw error;
  });
  // The lock may be that of a folder that was removed meanwhile, with another one in its place.
  if (lock === undefined || (await inode(folder)) === before) return lock;
  await lock.release();
  return undefined;
}

/** Removes a folder as a whole, where nobody holds it. Returns whether it did. */
export async function removeUnheld(folder: string, what: string): Promise<boolean> {
  const lock = await lockFolder(folder, { mode: 'exclusive', what });
  if (lock === undefined) return false;
  try {
    // Renamed first: whoever is about to use it finds it gone as a whole.
    const doomed = path.join(path.dirname(folder), `${DOOMED}${randomBytes(6).toString('hex')}`);
    await rename(folder, doomed);
    await removeTree(doomed);
    return true;
  } finally {
    await lock.release();
  }
}

/**
 * Removes what killed runs left below `parent`.
 *
 * @returns names of the folders removed.
 */
export async function removeDeadFolders(parent: string, what: string): Promise<string[]> {
  const removed: string[] = [];
  for (const name of await readdir(parent).catch(() => [])) {
    const folder = path.join(parent, name);
    if (name.startsWith(PREFIX) || name.startsWith(DOOMED)) {
      if (await removeUnheld(folder, what).catch(() => false)) removed.push(name);
    }
  }
  return removed;
}

/** What a place is now; `undefined` where nothing is there. */
async function inode(folder: string): Promise<string | undefined> {
  const found = await stat(folder, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}
