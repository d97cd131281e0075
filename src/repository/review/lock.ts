/**
 * The lock of a review: one writer at a time, whether it publishes or removes. Its file goes with the review, and a
 * waiter may hold one that is gone by then; so what was locked is compared with what lies there.
 */
import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { type Lease, type LeaseOptions, takeLease } from '../lease.ts';
import { makeServedFolder } from '../pool.ts';
import { PRIVATE_FILE } from '../trees.ts';
import { checkFolders, type ReviewPlace } from './place.ts';

/**
 * Takes the lock of a review, and makes its folder where it is not there.
 *
 * @throws UserError naming the holder when it is still held by another after `waitSeconds`.
 */
export async function lockReview(place: ReviewPlace, options: LeaseOptions): Promise<Lease> {
  const end = performance.now() + options.waitSeconds * 1000;
  for (;;) {
    options.signal.throwIfAborted();
    await checkFolders(place);
    const handle = await openLock(place);
    if (handle === undefined) continue;
    let lease: Lease | undefined;
    try {
      const waitSeconds = Math.max(0, (end - performance.now()) / 1000);
      // The very file that we have open, whatever has its name by then.
      const lock = `/proc/${process.pid}/fd/${handle.fd}`;
      const held = await takeLease({ root: place.folder, lease: lock }, { ...options, waitSeconds });
      lease = { lost: held.lost, release, [Symbol.asyncDispose]: release };
      async function release(): Promise<void> {
        await held.release();
        await handle?.close();
      }
      if (await isNamed(handle, place.lock)) return lease;
      await lease.release();
    } catch (error) {
      await (lease?.release() ?? handle.close());
      throw error;
    }
  }
}

/** @returns `undefined` where others make or remove the folder just now. */
async function openLock(place: ReviewPlace): Promise<FileHandle | undefined> {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
  try {
    await makeServedFolder(place.folder, place.root);
    return await open(place.lock, flags, PRIVATE_FILE);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EEXIST') return undefined;
    throw error;
  }
}

/** While it is open its inode is given to no other file. */
async function isNamed(handle: FileHandle, file: string): Promise<boolean> {
  const [open, named] = await Promise.all([handle.stat(), stat(file).catch(() => undefined)]);
  return named !== undefined && open.ino === named.ino && open.dev === named.dev;
}
