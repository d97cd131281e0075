/** Takes the lock on what may be a leftover. */
import { readFile, stat } from 'node:fs/promises';
import { type Lock, tryLock } from '../../lock.ts';

/**
 * The exclusive lock on a folder; `undefined` where somebody holds it, or where it is gone.
 *
 * @param waitSeconds what a process that was just killed may take to be gone, and its lock with it.
 */
export async function holdDead(folder: string, waitSeconds: number): Promise<Lock | undefined> {
  const before = await identity(folder);
  if (before === undefined) return undefined;
  const lock = await tryLock(folder, { mode: 'exclusive', waitSeconds, what: folder }).catch(async (error: unknown) => {
    // Gone meanwhile: its owner, or another run that looks for leftovers, was faster.
    if ((await identity(folder)) === undefined) return undefined;
    throw error;
  });
  if (lock === undefined || (await identity(folder)) === before) return lock;
  await lock.release();
  return undefined;
}

async function identity(folder: string): Promise<string | undefined> {
  const found = await stat(folder, { bigint: true }).catch(() => undefined);
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}

/** Who holds a lock on it, as far as it can be seen from here: `process 123 (cat)`. /proc/locks, proc_locks(5). */
export async function holderOf(folder: string): Promise<string | undefined> {
  const found = await stat(folder).catch(() => undefined);
  if (found === undefined) return undefined;
  const locks = await readFile('/proc/locks', 'utf8').catch(() => '');
  for (const line of locks.split('\n')) {
    const [, pid, inode] = /^\d+: FLOCK +\S+ +\S+ +(\d+) [0-9a-f]+:[0-9a-f]+:(\d+) /.exec(line) ?? [];
    if (pid === undefined || inode !== String(found.ino)) continue;
    const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
    return `process ${pid}${name === '' ? '' : ` (${name.trim()})`}`;
  }
  return undefined;
}
