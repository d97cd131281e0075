/**
 * Effects on the file system that survive a power cut, in the order in which they were made: fsync(2) of the data, then
 * of the folder that names it. And the modes of what is served, whatever the umask.
 */
import { constants } from 'node:fs';
import { chmod, lstat, open, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { inParallel } from '../parallel.ts';

/** Modes of what a web server reads. */
export const SERVED_FILE = 0o644;
export const SERVED_FOLDER = 0o755;
/** Modes of what only the publisher reads. */
export const PRIVATE_FILE = 0o600;
export const PRIVATE_FOLDER = 0o700;

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

/** Writes a file whole or not at all, with exactly `mode`, and flushes it. */
export async function writeDurably(file: string, content: string | Uint8Array, mode: number): Promise<void> {
  const temporary = `${file}.new`;
  await writeFile(temporary, content, { mode: PRIVATE_FILE });
  await chmod(temporary, mode);
  await sync(temporary);
  await rename(temporary, file);
  await sync(path.dirname(file));
}

/** Points the symbolic link `link` to `target`, in one step: readers see the old or the new target, never none. */
export async function swapLink(link: string, target: string): Promise<void> {
  const temporary = path.join(path.dirname(link), temporaryLink(path.basename(link)));
  await rm(temporary, { force: true });
  await symlink(target, temporary);
  await rename(temporary, link);
  await sync(path.dirname(link));
}

/** Name of the link that `swapLink` makes before it renames it: what a crash may leave. */
export function temporaryLink(name: string): string {
  return `.${name}.new`;
}

/** Everything below a folder: files, folders (itself first) and links, as absolute paths. Links are not followed. */
export interface Tree {
  readonly folders: string[];
  readonly files: string[];
  readonly links: string[];
}

/** Lists a tree; other kinds of files (sockets, devices) are an error. */
export async function listTree(root: string): Promise<Tree> {
  const tree: Tree = { folders: [root], files: [], links: [] };
  for (const folder of tree.folders) {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const full = path.join(folder, entry.name);
      if (entry.isDirectory()) tree.folders.push(full);
      else if (entry.isSymbolicLink()) tree.links.push(full);
      else if (entry.isFile()) tree.files.push(full);
      else throw new Error(`${full} is neither file, folder nor link`);
    }
  }
  return tree;
}

/** Gives a tree the modes of what is served and flushes all of it, folders after what they hold. */
export async function finishServedTree(root: string): Promise<void> {
  await finishTree(root, { file: SERVED_FILE, folder: SERVED_FOLDER });
}

/** The same for what only the publisher reads. */
export async function finishPrivateTree(root: string): Promise<void> {
  await finishTree(root, { file: PRIVATE_FILE, folder: PRIVATE_FOLDER });
}

async function finishTree(root: string, modes: { readonly file: number; readonly folder: number }): Promise<void> {
  const tree = await listTree(root);
  // An index and its by-hash name are one file: flushed once.
  const byInode = new Map<number, string>();
  await inParallel(tree.files, SYNC_AT_ONCE, async (file) => {
    byInode.set(await setMode(file, modes.file), file);
  });
  await syncAll([...byInode.values()]);
  for (const folder of tree.folders.toReversed()) {
    await setMode(folder, modes.folder);
    await sync(folder);
  }
}

/** chmod(2) only where it changes something: a published file that is linked into a tree keeps its change time. */
async function setMode(target: string, mode: number): Promise<number> {
  const stat = await lstat(target);
  if ((stat.mode & 0o7777) !== mode) await chmod(target, mode);
  return stat.ino;
}
