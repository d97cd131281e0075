/**
 * Files that are there whole or not at all, and effects on the file system that survive a power cut, in the order in
 * which they were made: fsync(2) of the data, then of the folder that names it.
 */
import { constants, renameSync, rmSync, writeFileSync } from 'node:fs';
import { chmod, open, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { inParallel } from './parallel.ts';
import { run } from './process.ts';

/** How many files are flushed at a time: a journalling file system commits them together. */
const SYNC_AT_ONCE = 16;

/** Flushes a file or a folder. */
export async function sync(target: string): Promise<void> {
  const handle = await open(target, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Flushes many files or folders. */
export async function syncAll(targets: readonly string[]): Promise<void> {
  await inParallel(targets, SYNC_AT_ONCE, sync);
}

/**
 * Flushes everything that was written to the file system of `place`, by whomever: syncfs(2). For trees of many files it
 * costs far less than to flush each of them.
 *
 * @throws CommandError where something cannot be written.
 */
export async function syncFileSystem(place: string, signal?: AbortSignal): Promise<void> {
  await run(['sync', '--file-system', '--', place], signal === undefined ? {} : { signal });
}

/**
 * Writes a file whole or not at all for whoever reads it; after a power cut it may be cut off.
 *
 * @param temporary where it is written first, in the same folder. Who writes at the same time as others gives a name of
 *   its own; with the usual one a killed run leaves nothing that its next one does not replace.
 */
export async function writeWhole(
  file: string,
  content: string | Uint8Array,
  { mode, temporary = temporaryFile(file) }: { readonly mode?: number; readonly temporary?: string } = {},
): Promise<void> {
  await writeFresh(temporary, content, mode);
  await rename(temporary, file);
}

/** The same for who cannot wait. */
export function writeWholeSync(file: string, content: string): void {
  const temporary = temporaryFile(file);
  rmSync(temporary, { recursive: true, force: true });
  writeFileSync(temporary, content, { flag: 'wx' });
  renameSync(temporary, file);
}

/** As `writeWhole`, with exactly `mode`, and flushed. */
export async function writeDurably(file: string, content: string | Uint8Array, mode: number): Promise<void> {
  const temporary = temporaryFile(file);
  await writeFresh(temporary, content, 0o600);
  await chmod(temporary, mode);
  await sync(temporary);
  await rename(temporary, file);
  await sync(path.dirname(file));
}

/** Never through a link that somebody put there, such as one that was committed in a workspace: it leads anywhere. */
async function writeFresh(file: string, content: string | Uint8Array, mode = 0o666): Promise<void> {
  await rm(file, { recursive: true, force: true });
  await writeFile(file, content, { mode, flag: 'wx' });
}

const temporaryFile = (file: string) => `${file}.new`;

/**
 * Points the symbolic link `link` to `target`, in one step: readers see the old or the new target, never none. Flushed.
 *
 * @param temporary name of the link that is renamed, in the same folder.
 */
export async function swapLink(
  link: string,
  target: string,
  temporary: string = temporaryLink(path.basename(link)),
): Promise<void> {
  const begun = path.join(path.dirname(link), temporary);
  await rm(begun, { force: true });
  await symlink(target, begun);
  await rename(begun, link);
  await sync(path.dirname(link));
}

/** Name of the link that `swapLink` makes before it renames it: what a crash may leave. */
export function temporaryLink(name: string): string {
  return `.${name}.new`;
}
