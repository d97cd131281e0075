/** Folders that trees were mounted over: nothing is removed while anything is mounted below. */
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { tryLock } from '../../src/lock.ts';
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

/**
 * Does `body` with a folder made anew, and removes it. Two at once are refused: each would find the other's load.
 *
 * @throws Error where another one has it.
 */
export async function withFolder(folder: string, body: () => Promise<void>): Promise<void> {
  await mkdir(path.dirname(folder), { recursive: true });
  const mark = path.join(path.dirname(folder), 'bench.lock');
  await (await open(mark, 'a')).close();
  await using lock = await tryLock(mark, { mode: 'exclusive', waitSeconds: 0, what: 'measurements' });
  if (lock === undefined) throw new Error('another measurement is running here');
  await removeFolder(folder);
  await mkdir(folder, { recursive: true });
  try {
    await body();
  } finally {
    await removeFolder(folder);
  }
}
