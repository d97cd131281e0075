/** The pool: immutable files, shared by all snapshots. A name in it stands for the same bytes for ever. */
import { lstatSync } from 'node:fs';
import { chmod, link, mkdir, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { sync, syncAll } from '../durable.ts';
import { quote, UserError } from '../errors.ts';
import { digestFile } from '../manifest.ts';
import type { RepositoryPaths } from './layout.ts';
import { listSnapshots, type PoolFile, poolFilesOf, readSnapshot } from './snapshot.ts';
import { SERVED_FOLDER } from './trees.ts';

/**
 * What becomes of a new file: `add` it, `keep` the equal one that is there, or `replace` one that no snapshot needs
 * (left by a publish that was cut off by other means than ours).
 */
export type PoolAction = 'add' | 'keep' | 'replace';

/**
 * Compares new files with the pool, before anything is changed.
 *
 * @throws UserError when a snapshot needs a file of that name with other bytes.
 */
export async function planPool(paths: RepositoryPaths, files: readonly PoolFile[]): Promise<Map<string, PoolAction>> {
  const actions = new Map<string, PoolAction>();
  let needed: Set<string> | undefined;
  for (const file of files) {
    const there = path.join(paths.public, file.path);
    // lstat(2) of a thousand names: handed to another thread each it takes ten times as long.
    const stat = lstatSync(there, { throwIfNoEntry: false });
    if (stat === undefined) {
      actions.set(file.path, 'add');
      continue;
    }
    if (stat.isFile() && stat.size === file.size && (await digestFile(there)).sha256 === file.sha256) {
      actions.set(file.path, 'keep');
      continue;
    }
    needed ??= await neededPoolFiles(paths);
    if (needed.has(file.path)) {
      throw new UserError({
        what: 'the file is published with other content',
        where: file.path,
        found: `sha256 ${file.sha256.slice(0, 12)}…, ${file.size} bytes`,
        expected: 'the bytes of the published one, or another version',
      });
    }
    actions.set(file.path, 'replace');
  }
  return actions;
}

/**
 * Puts one file of the staging folder into the pool, without ever overwriting.
 *
 * @param from on the same file system, with its final mode, and flushed.
 */
export async function addToPool(
  paths: RepositoryPaths,
  from: string,
  poolPath: string,
  action: PoolAction,
): Promise<void> {
  if (action === 'keep') return;
  const to = path.join(paths.public, poolPath);
  try {
    if (action === 'add') {
      await linkInto(from, to, paths);
    } else {
      await rm(`${to}.new`, { force: true });
      await link(from, `${to}.new`);
      await rename(`${to}.new`, to);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EXDEV') {
      throw new UserError({
        what: 'the pool and the staging folder lie on different file systems',
        where: quote(paths.root),
        expected: 'one file system for the whole repository',
      });
    }
    throw error;
  }
}

/** A link in a folder of the pool, which is made where it is not there. */
async function linkInto(from: string, to: string, paths: RepositoryPaths): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await makeServedFolder(path.dirname(to), paths.public);
    await link(from, to);
  }
}

/** Flushes the folders of the pool that `poolPaths` lie in, up to the pool itself. */
export async function syncPoolFolders(paths: RepositoryPaths, poolPaths: Iterable<string>): Promise<void> {
  const folders = new Set<string>();
  for (const poolPath of poolPaths) {
    for (let folder = path.dirname(poolPath); folder !== '.'; folder = path.dirname(folder)) folders.add(folder);
  }
  await syncAll([...folders].map((folder) => path.join(paths.public, folder)));
  await sync(paths.public);
}

/**
 * Removes those of `poolPaths` that no snapshot needs, and folders that become empty.
 *
 * @param onFile called before each that is removed.
 */
export async function removeUnneeded(
  paths: RepositoryPaths,
  poolPaths: readonly string[],
  onFile?: () => Promise<void>,
): Promise<void> {
  if (poolPaths.length === 0) return;
  const needed = await neededPoolFiles(paths);
  for (const poolPath of poolPaths) {
    if (needed.has(poolPath)) continue;
    await onFile?.();
    const file = path.join(paths.public, poolPath);
    await rm(file, { force: true });
    await rm(`${file}.new`, { force: true });
    for (let folder = path.dirname(file); folder !== paths.pool; folder = path.dirname(folder)) {
      const gone = await rmdir(folder).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'ENOENT') return true;
          if (error.code === 'ENOTEMPTY' || error.code === 'EEXIST') return false;
          // No file of it is there, so it never got one: a folder at most, from before.
          if (error.code === 'EROFS') return false;
          throw error;
        },
      );
      if (!gone) break;
    }
  }
}

/** Paths of all files that any snapshot needs. */
export async function neededPoolFiles(paths: RepositoryPaths): Promise<Set<string>> {
  const needed = new Set<string>();
  for (const id of await listSnapshots(paths)) {
    for (const file of poolFilesOf(await readSnapshot(paths, id))) needed.add(file.path);
  }
  return needed;
}

/** A folder below `top`, with the modes of what is served, whatever the umask. */
export async function makeServedFolder(folder: string, top: string): Promise<void> {
  if (folder === top) return;
  try {
    // The umask may take bits, which are set right below; it never leaves more than these.
    await mkdir(folder, SERVED_FOLDER);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT') throw error;
    await makeServedFolder(path.dirname(folder), top);
    await mkdir(folder, SERVED_FOLDER);
  }
  await chmod(folder, SERVED_FOLDER);
}
