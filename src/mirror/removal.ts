/** Removes from a mirror what the repository no longer has: last of all, and never more than can be meant. */

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { quote, UserError } from '../errors.ts';
import { formatCount } from '../format.ts';
import type { Destination } from './destination.ts';
import { channelsOf, type MirrorState } from './look.ts';
import { type Access, deleting, list } from './rsync.ts';
import { countPool, isWhole, type MirrorSource, makeSkeleton } from './source.ts';

export interface Removals {
  /** Channels that the repository no longer has. */
  readonly channels: readonly string[];
  /** Names at the mirror's root: the links of these channels, and what stands beside them. */
  readonly root: readonly string[];
  /** Paths below `pool/` and `snapshots/`, folders with a slash. */
  readonly below: readonly string[];
  readonly count: number;
  /** A folder to make, for what stays. */
  readonly keep: string;
}

/** So many are removed without a question on small mirrors. */
const ALWAYS = 100;

/**
 * Nothing is sent, and nothing that is there is changed. `--delete-missing-args`, which would take the names alone, is
 * refused by rsync 3.2.7 with the security fixes of Debian 12: "invalid file mode 00".
 */
const DELETING = ['--links', '--relative', '--delete', '--existing', '--ignore-existing'];

/**
 * What is on the mirror, and not in the repository.
 *
 * @param keep a folder to make, see `makeSkeleton`.
 * @returns `undefined` where a channel on the mirror points to what the repository does not have: somebody else is at
 *   work there, and will remove it.
 */
export async function findRemovals(
  access: Access,
  destination: Destination,
  source: MirrorSource,
  before: MirrorState,
  keep: string,
): Promise<Removals | undefined> {
  const { paths } = source;
  const channels = [...before.channels.keys()].filter((name) => !source.channels.has(name));
  const root = before.entries
    .map(({ name }) => name)
    .filter((name) => !source.site.includes(name) && channels.some((gone) => belongsTo(name, gone)));
  // A look first: mostly there is nothing to remove.
  const below = await deleting(
    access,
    destination,
    [...DELETING, '--recursive', '--dry-run'],
    [`${paths.public}/./pool`, `${paths.public}/./snapshots`],
  );
  const stray = below.find((name) => !/^(?:pool|snapshots)\/./.test(name));
  if (stray !== undefined) throw new Error(`${quote(stray)} was to be removed from ${destination.name}`);
  const other = below.length === 0 ? undefined : await foreign(access, destination, source, channels);
  if (other !== undefined) {
    access.logger.warning(`${destination.name}: ${other}, which is not of this state; nothing is removed`);
    return undefined;
  }
  return { channels, root, below, count: root.length + below.length, keep };
}

/** A channel that points to what the repository does not have: by now, as another one may mirror to this place. */
async function foreign(
  access: Access,
  destination: Destination,
  source: MirrorSource,
  gone: readonly string[],
): Promise<string | undefined> {
  for (const [name, id] of channelsOf(await list(access, destination)))
    if (!gone.includes(name) && !source.snapshots.includes(id)) return `the channel ${name} points to ${id}`;
  return undefined;
}

/** Whether `name` is the link of a channel, or one of the files that stand beside it. */
function belongsTo(name: string, channel: string): boolean {
  return (
    name === channel ||
    name === `${channel}.target.txt` ||
    name === `${channel}.packages.html` ||
    name.endsWith(`-${channel}.sources`) ||
    name.endsWith(`-${channel}.repo`)
  );
}

/**
 * @returns how many files and folders were removed.
 * @throws UserError where it is more than can be meant; nothing is removed then.
 */
export async function remove(
  access: Access,
  destination: Destination,
  source: MirrorSource,
  { root, below, count, keep }: Removals,
  maxDelete: number | undefined,
): Promise<number> {
  const kept = async () => Math.max(ALWAYS, source.snapshotFiles.length + (await countPool(source)));
  const most = maxDelete ?? (count <= ALWAYS ? ALWAYS : await kept());
  if (count > most) {
    throw new UserError({
      what: 'much of the mirror would be removed',
      where: destination.name,
      found: `${formatCount(count, 'file or folder', 'files and folders')} that the repository does not have, such as ${quote(below[0] ?? root[0])}`,
      expected: `${most} at most`,
      remedy: 'if that is right, run once with max-delete set to it; all else was done',
    });
  }
  if (root.length > 0) await removeAtRoot(access, destination, root, path.join(keep, 'empty'));
  const skeleton = path.join(keep, 'public');
  const folders = await makeSkeleton(source, foldersOf(below), skeleton);
  if (folders.length === 0) return root.length;
  // Everything that the mirror's channels need was in the repository when the names were read.
  if (!(await isWhole(source))) {
    access.logger.info('The repository is being pruned: what it no longer has is removed the next time');
    return root.length;
  }
  // With a slash at its end: what lies in it, and not below that.
  const names = folders.map((folder) => `${folder}/\0`).join('');
  const options = [...DELETING, '--dirs', '--from0', '--files-from=-', `--max-delete=${below.length}`];
  const removed = await deleting(access, destination, options, [`${skeleton}/`], names);
  return root.length + removed.length;
}

/** The folders that something is removed from: each with what of it stays. */
function foldersOf(below: readonly string[]): string[] {
  const gone = new Set(below.filter((name) => name.endsWith('/')));
  const parents = new Set(below.map((name) => `${path.dirname(name)}/`));
  return [...parents].filter((parent) => !gone.has(parent)).map((parent) => parent.slice(0, -1));
}

/** Exactly these names, whatever else lies there. */
async function removeAtRoot(
  access: Access,
  destination: Destination,
  names: readonly string[],
  empty: string,
): Promise<void> {
  await mkdir(empty, { recursive: true });
  const rules = [...names.map((name) => `--filter=R /${name}`), '--filter=P *'];
  await deleting(access, destination, ['--dirs', '--delete', `--max-delete=${names.length}`, ...rules], [`${empty}/`]);
}
