/**
 * A folder in memory for a publish in work: for what a tool flushes to disk again and again, and what is thrown away when
 * the publish fails. It is named after the staging folder, so that the next run finds what a killed one left.
 */
import { lstat, mkdir, rm, statfs } from 'node:fs/promises';
import path from 'node:path';

/** shm_overview(7): writable for everybody, as /tmp is, and always memory. */
const PLACE = '/dev/shm';
/** Of tmpfs, statfs(2). */
const TMPFS = 0x01021994;

/**
 * @param id of the staging folder.
 * @param bytes that shall fit.
 * @returns `undefined` where there is no such place, or not that much room: nothing depends on it.
 */
export async function makeMemoryFolder(id: string, bytes: number): Promise<string | undefined> {
  try {
    const { type, bavail, bsize } = await statfs(PLACE);
    if (type !== TMPFS || bavail * bsize < bytes) return undefined;
    const folder = memoryFolder(id);
    // Never one that somebody else made.
    await mkdir(folder, { mode: 0o700 });
    return folder;
  } catch {
    return undefined;
  }
}

/** Removes the folder of a publish that has ended, or was killed. One that somebody else made stays. */
export async function removeMemoryFolder(id: string): Promise<void> {
  const folder = memoryFolder(id);
  const stat = await lstat(folder).catch(() => undefined);
  if (stat?.isDirectory() && stat.uid === process.getuid?.()) await rm(folder, { recursive: true, force: true });
}

function memoryFolder(id: string): string {
  return path.join(PLACE, `pkg-actions-${id}`);
}
