/**
 * What is mirrored: a state of the repository that is read once. Publishers and prunes go on meanwhile, so everything
 * that may change (channels, keys, pages) is copied when it is read, and only what never changes (pool, snapshots) is
 * sent from where it lies.
 */
import { copyFile, lstat, mkdir, readdir, readlink, symlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { quote, UserError } from '../errors.ts';
import { inParallel } from '../parallel.ts';
import { readHistory } from '../repository/history.ts';
import { channelTarget, type RepositoryPaths } from '../repository/layout.ts';
import { listSnapshots, readChannels } from '../repository/snapshot.ts';
import { listTree } from '../repository/trees.ts';
import { readView } from '../repository/view.ts';

export interface MirrorSource {
  readonly paths: RepositoryPaths;
  /** Ids of snapshots, by channel. */
  readonly channels: ReadonlyMap<string, string>;
  /** All snapshots: addresses of former states hold on mirrors too. */
  readonly snapshots: readonly string[];
  /** Ids of snapshots that are gone, as far as they are known. */
  readonly former: ReadonlySet<string>;
  /** Everything in the snapshots: paths below `public/`. */
  readonly snapshotFiles: readonly string[];
  /** Folder with `keys/`, `channels/` and `site/`: the copies. */
  readonly stage: string;
  readonly keys: readonly string[];
  /** Other files at the root of `public/`: pages, addresses of channels, files for clients. */
  readonly site: readonly string[];
}

/** Files that clients need for what they find behind the channels. */
const KEYS = ['key.asc', 'keyring.gpg'];

/** Names of files at the root that are not ours to hand on: in work, or hidden. */
const isOpenName = (name: string) => /^[A-Za-z0-9][A-Za-z0-9.+~_-]*$/.test(name) && !name.endsWith('.new');

/** How often publishers may be in the way of reading a state. */
const MAX_READS = 20;

/**
 * Reads what is to be mirrored, and copies what changes.
 *
 * @param stage an empty folder.
 * @throws UserError when there is nothing to mirror, or something in the repository does not belong there.
 */
export async function readMirrorSource(root: string, stage: string): Promise<MirrorSource> {
  for (let count = 1; ; count++) {
    const folder = path.join(stage, String(count));
    const source = await readOnce(root, folder).catch(async (error: unknown) => {
      // A snapshot that was removed while it was read.
      if (count < MAX_READS && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    });
    if (source === undefined) continue;
    const after = await readChannels(source.paths);
    const isSame =
      after.size === source.channels.size && [...after].every(([name, id]) => source.channels.get(name) === id);
    // Keys and pages that were read between the same channels twice are not newer than these.
    if (isSame) return source;
    if (count >= MAX_READS) {
      throw new UserError({ what: 'the repository changes all the time', where: root, remedy: 'mirror it later' });
    }
  }
}

async function readOnce(root: string, stage: string): Promise<MirrorSource> {
  const { paths, exists, channels, heads } = await readView(root);
  if (!exists || channels.size === 0) {
    throw new UserError({
      what: exists ? 'the repository has no channel yet' : 'there is no repository',
      where: root,
      expected: 'a repository that something was published to',
      remedy: 'nothing was changed on the mirrors',
    });
  }
  for (const part of ['keys', 'channels', 'site']) await mkdir(path.join(stage, part), { recursive: true });
  const keys: string[] = [];
  const site: string[] = [];
  for (const name of (await readdir(paths.public)).filter(isOpenName).sort()) {
    const file = path.join(paths.public, name);
    const stat = await lstat(file);
    if (!stat.isFile()) continue;
    const isKey = KEYS.includes(name);
    const copy = path.join(stage, isKey ? 'keys' : 'site', name);
    await copyFile(file, copy);
    await utimes(copy, stat.atime, stat.mtime);
    (isKey ? keys : site).push(name);
  }
  for (const [name, id] of channels) await symlink(channelTarget(id), path.join(stage, 'channels', name));
  const snapshots = await listSnapshots(paths);
  const trees = await inParallel(snapshots, 4, async (id) => await snapshotTree(paths, id));
  const former = new Set([...[...heads.values()].flatMap(({ parent }) => parent ?? []), ...(await knownOf(paths))]);
  return { paths, channels, snapshots, former, snapshotFiles: trees.flat(), stage, keys, site };
}

/** Snapshots that the history names. Who mirrors need not be the publisher, whose it is. */
async function knownOf(paths: RepositoryPaths): Promise<string[]> {
  const entries = await readHistory(paths).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EACCES') return [];
    throw error;
  });
  return entries.flatMap((entry) =>
    entry.action === 'prune' ? entry.snapshots : [entry.id, entry.former].filter((id) => id !== null),
  );
}

/** @throws UserError for a link that leads anywhere but to the pool. */
async function snapshotTree(paths: RepositoryPaths, id: string): Promise<string[]> {
  const tree = await listTree(paths.snapshot(id)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== undefined) throw error;
    throw new UserError({ what: error.message, expected: 'what the publisher wrote', remedy: 'remove it' });
  });
  for (const link of tree.links) {
    const target = await readlink(link);
    // Up to the pool, folder by folder: rpm has a link in each of them.
    const leads = path.relative(paths.public, path.resolve(path.dirname(link), target));
    const isPool = path.basename(link) === 'pool' && /^(?:\.\.\/)+pool$/.test(target);
    if (isPool && (leads === 'pool' || /^snapshots\/[^/]+\/(?:.+\/)?pool$/.test(leads))) continue;
    throw new UserError({
      what: 'a link in a snapshot does not lead to the pool',
      where: link,
      found: quote(target),
      expected: 'what the publisher wrote',
      remedy: 'remove it; nothing was mirrored',
    });
  }
  const below = (full: string) => path.relative(paths.public, full);
  return [...tree.folders, ...tree.files, ...tree.links].map(below);
}

/** Whether all that is to be mirrored is still there: a prune may have removed former snapshots, and what they need. */
export async function isWhole(source: MirrorSource): Promise<boolean> {
  const found = new Set(await listSnapshots(source.paths));
  return source.snapshots.every((id) => found.has(id));
}

/** The same of every file that is sent: a change of a channel that is undone takes indexes back. */
export async function isComplete(source: MirrorSource): Promise<boolean> {
  const found = await inParallel(source.snapshotFiles, 16, async (name) =>
    lstat(path.join(source.paths.public, name)).then(
      () => true,
      () => false,
    ),
  );
  return found.every((is) => is);
}

/** How many files and folders there are in the pool. */
export async function countPool(source: MirrorSource): Promise<number> {
  const { folders, files } = await listTree(source.paths.pool);
  return folders.length + files.length;
}

/**
 * Makes a tree of empty files that has the names of everything which is to stay in some folders of a mirror, as it is
 * now. rsync deletes what it does not find, so it must not look at the repository itself for that: a prune that runs at
 * the same time would be carried out on the mirror before the mirror's channels have moved on.
 *
 * @param folders below `public/`, without slashes at their ends.
 * @param keep where it is made.
 * @returns those of the folders that are there.
 */
export async function makeSkeleton(
  source: MirrorSource,
  folders: readonly string[],
  keep: string,
): Promise<readonly string[]> {
  const made: string[] = [];
  for (const folder of folders) {
    const from = path.join(source.paths.public, folder);
    const entries = await readdir(from, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (entries === undefined) continue;
    const to = path.join(keep, folder);
    await mkdir(to, { recursive: true });
    await inParallel(entries, 16, async (entry) => {
      const place = path.join(to, entry.name);
      if (entry.isDirectory()) await mkdir(place, { recursive: true });
      else if (entry.isSymbolicLink()) await symlink(await readlink(path.join(from, entry.name)), place);
      else await writeFile(place, '');
    });
    made.push(folder);
  }
  return made;
}
