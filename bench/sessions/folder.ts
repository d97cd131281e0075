/** Folders that trees were mounted over: nothing is removed while anything is mounted below. */
import { mkdir } from 'node:fs/promises';
import { mountsBelow } from '../../src/mounts.ts';
import { run } from '../../src/process.ts';

/**
 * Removes a folder and all in it.
 *
 * @throws Error where something is mounted in it, which a measurement left.
 */
export async function removeFolder(folder: string): Promise<void> {
  const mounts = await mountsBelow(folder);
  if (mounts.length > 0) throw new Error(`left mounted: ${mounts.map(({ place }) => place).join(' ')}`);
  await run(['rm', '-rf', '--one-file-system', '--', folder]);
}

/** Makes it anew. */
export async function emptyFolder(folder: string): Promise<void> {
  await removeFolder(folder);
  await mkdir(folder, { recursive: true });
}
