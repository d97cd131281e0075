/** Trees of a repository on the disk: modes of what is served, whatever the umask, and of what is not; flushed as a whole. */
import { chmodSync, lstatSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { sync, syncAll } from '../durable.ts';

/** Modes of what a web server reads. */
export const SERVED_FILE = 0o644;
export const SERVED_FOLDER = 0o755;
/** Modes of what only the publisher reads. */
export const PRIVATE_FILE = 0o600;
export const PRIVATE_FOLDER = 0o700;

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
  for (const file of tree.files) byInode.set(setMode(file, modes.file), file);
  await syncAll([...byInode.values()]);
  for (const folder of tree.folders.toReversed()) {
    setMode(folder, modes.folder);
    await sync(folder);
  }
}

/** chmod(2) only where it changes something: a published file that is linked into a tree keeps its change time. */
function setMode(target: string, mode: number): number {
  // Of thousands of files: handed to another thread each it takes ten times as long.
  const stat = lstatSync(target);
  if ((stat.mode & 0o7777) !== mode) chmodSync(target, mode);
  return stat.ino;
}
