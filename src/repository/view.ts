/**
 * A repository as it is, read without its lease and without changing or making anything: for plans, lists, differences
 * and mirrors. Writers may be at work meanwhile; what is read is a state that was served.
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { quote, UserError } from '../errors.ts';
import type { RepositoryView } from './driver.ts';
import { RepositoryPaths } from './layout.ts';
import { readChannels, readSnapshot, type Snapshot } from './snapshot.ts';

/** Channels and what they point to. */
export interface RepositoryState {
  readonly paths: RepositoryPaths;
  /** `false`: there is no folder, or an empty one; there are no channels then. */
  readonly exists: boolean;
  /** Ids of snapshots, by channel. */
  readonly channels: ReadonlyMap<string, string>;
  readonly heads: ReadonlyMap<string, Snapshot>;
}

/** Publishers may move channels all the time; what they move them to is soon found. */
const MAX_READS = 20;

/**
 * Reads a repository. Nothing is made or changed.
 *
 * @param root absolute. Where there is nothing, the state is empty.
 * @throws UserError when the folder holds something else, or the repository is damaged.
 */
export async function readView(root: string): Promise<RepositoryState> {
  const paths = new RepositoryPaths(root);
  const exists = await isRepository(paths);
  let channels = await readChannels(paths);
  for (let count = 1; ; count++) {
    try {
      const heads = await readHeads(paths, channels);
      const after = await readChannels(paths);
      // Links are read one after the other: the same ones twice were all there at one time.
      if (count >= MAX_READS || isDeepStrictEqual(after, channels)) return { paths, exists, channels, heads };
      channels = after;
    } catch (error) {
      // A snapshot that no channel points to any more may be removed.
      const after = await readChannels(paths);
      if (count >= MAX_READS || isDeepStrictEqual(after, channels)) throw error;
      channels = after;
    }
  }
}

/** Reads what channels point to; a snapshot that several share is read once. */
export async function readHeads(
  paths: RepositoryPaths,
  channels: ReadonlyMap<string, string>,
): Promise<Map<string, Snapshot>> {
  const byId = new Map<string, Snapshot>();
  const heads = new Map<string, Snapshot>();
  for (const [name, id] of channels) {
    const snapshot = byId.get(id) ?? (await readSnapshot(paths, id));
    byId.set(id, snapshot);
    heads.set(name, snapshot);
  }
  return heads;
}

/**
 * The repository as a driver of its format sees it.
 *
 * @throws UserError when it is of another format.
 */
export function viewOf<S extends Snapshot>(
  { paths, heads }: Pick<RepositoryState, 'paths' | 'heads'>,
  channel: string,
  format: S['format'],
): RepositoryView<S> {
  const other = [...heads.values()].find((snapshot) => snapshot.format !== format);
  if (other !== undefined) {
    throw new UserError({
      what: 'the repository holds packages of another format',
      where: paths.root,
      found: other.format,
      expected: format,
      remedy: 'one repository serves one target: give a repository of its own to each',
    });
  }
  const own = heads as ReadonlyMap<string, S>;
  return { paths, channel, heads: own, head: own.get(channel) };
}

/**
 * Whether there is a repository, or nothing yet.
 *
 * @throws UserError when the folder holds something else.
 */
export async function isRepository(paths: RepositoryPaths): Promise<boolean> {
  const found = await readdir(paths.root).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    if (error.code === 'ENOTDIR') {
      throw new UserError({ what: 'the repository is not a folder', where: paths.root, found: 'a file' });
    }
    throw error;
  });
  if (found.length === 0) return false;
  if (found.includes(path.basename(paths.lease))) return true;
  throw new UserError({
    what: 'the folder holds something that is not a repository',
    where: paths.root,
    found: quote(found.sort().slice(0, 3).join(', ')),
    expected: 'a folder that does not exist yet, is empty, or that sign-publish has made',
  });
}
