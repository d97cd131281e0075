/** Removes folders that others could write to, and in which file systems may be mounted. */
import { type Unmounted, unmountBelow } from './mounts.ts';
import { run } from './process.ts';

/**
 * Unmounts what is mounted in it, and removes the folder with all that is in it; where it is not there, nothing. By
 * rm(1), which goes from folder to folder by open descriptors (fts(3)): no link is followed, also none that is put in
 * the place of a folder meanwhile. Other file systems are not entered.
 *
 * @returns what was unmounted.
 * @throws CommandError where something cannot be unmounted or removed.
 */
export async function removeMountedTree(folder: string): Promise<Unmounted[]> {
  const unmounted = await unmountBelow(folder);
  await run(['rm', '-rf', '--one-file-system', '--', folder]);
  return unmounted;
}

/** Bytes on disk of files and folders (du(1)), other file systems left out; 0 for what is not there. */
export async function bytesOf(place: string): Promise<number> {
  const argv = ['du', '--summarize', '--block-size=1', '--one-file-system', '--', place] as const;
  // What goes meanwhile, or is nobody's to read, is left out of the sum.
  const { stdout } = await run(argv, { okExitCodes: 'any' });
  return Number(stdout.split('\t')[0]) || 0;
}
