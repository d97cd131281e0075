/**
 * How a repository changes. What is served changes in one rename(2) of a channel's link; a failure or a crash before it
 * leaves the old state served, and recovery.ts removes what was put beside it.
 *
 * The order of a publish, every step flushed before the next one:
 * 1. the journal, which names all that follows, so that it can be undone;
 * 2. new files into the pool (a link, never over an existing file);
 * 3. the tool's state into private/<id>;
 * 4. the public key and the keyring;
 * 5. the snapshot into public/snapshots/<id>;
 * 6. a line of the history;
 * 7. the channel's link;
 * 8. what follows from the channels: files beside them, state that nobody needs any more.
 *
 * A channel that moves to a snapshot that is there needs 1, 6, 7 and 8.
 */
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { swapLink, sync, writeDurably } from '../durable.ts';
import { appendHistory, type ChannelEntry, historyLine } from './history.ts';
import { indexesToServeOn, serveOn } from './indexes-on.ts';
import { type JournalOf, writeJournal } from './journal.ts';
import { channelTarget, newSnapshotId, type RepositoryPaths } from './layout.ts';
import { addToPool, planPool, syncPoolFolders } from './pool.ts';
import { bury, finishPrune, refreshSite, removeOldState } from './recovery.ts';
import type { PoolFile } from './snapshot.ts';
import type { Staging, Step, TransactionOptions } from './transaction.ts';
import { finishPrivateTree, finishServedTree, PRIVATE_FOLDER, SERVED_FILE } from './trees.ts';

/** What the history says of a change besides what changed. */
export type ChangeRecord = Pick<ChannelEntry, 'action' | 'from' | 'copyOf' | 'reason' | 'overrides'>;

export interface Commit {
  readonly channel: string;
  /** New files of the pool: they lie at their path in the staging folder's `public/`. */
  readonly poolFiles: readonly PoolFile[];
  readonly keys: { readonly armored: string; readonly binary: Uint8Array };
  /** What the history says besides; a publish when absent. */
  readonly record?: ChangeRecord;
}

/** What a channel shall point to. */
export interface Point {
  readonly channel: string;
  /** A snapshot that is there; `null` removes the channel. */
  readonly id: string | null;
  readonly record: ChangeRecord;
}

/** What is removed. No channel points to any of it. */
export interface Prune {
  readonly snapshots: readonly string[];
  /** Those that nothing else needs go: what a snapshot that stays needs is kept, whatever stands here. */
  readonly poolFiles: readonly string[];
  readonly reason?: string | undefined;
}

/** What every change works with. */
export interface ChangeContext {
  readonly paths: RepositoryPaths;
  readonly options: TransactionOptions;
  /** Channels as the lease found them. */
  readonly channels: ReadonlyMap<string, string>;
  /** Says that a step is done, and stops here when the run was cancelled. */
  readonly done: (step: Step) => Promise<void>;
}

/** Makes the staged snapshot the channel's. */
export async function runCommit(staging: Staging, commit: Commit, context: ChangeContext): Promise<void> {
  const { paths, done } = context;
  const actions = await planPool(paths, commit.poolFiles);
  await finishServedTree(staging.public);
  await finishPrivateTree(staging.private);
  await done('flushed');

  const poolPaths = commit.poolFiles.map((file) => file.path);
  const entry = entryOf({ channel: commit.channel, id: staging.id, record: commit.record ?? PUBLISH }, context);
  await writeJournal(paths, staging.root, {
    schema: 'pkg-actions/journal/1',
    id: staging.id,
    channel: commit.channel,
    poolFiles: poolPaths,
    entry,
  });
  await done('journal');

  for (const [poolPath, action] of actions) {
    await addToPool(paths, path.join(staging.public, poolPath), poolPath, action);
    await done('pool-file');
  }
  await syncPoolFolders(paths, poolPaths);
  await done('pool');

  await rename(staging.private, path.join(paths.private, staging.id));
  await sync(paths.private);
  await done('private');

  await writeIfOther(path.join(paths.public, 'keyring.gpg'), Buffer.from(commit.keys.binary));
  await writeIfOther(path.join(paths.public, 'key.asc'), Buffer.from(commit.keys.armored));
  await done('keys');

  await rename(staging.snapshot, paths.snapshot(staging.id));
  await sync(paths.snapshots);
  await done('snapshot');

  await move(entry, staging.root, context);
}

const PUBLISH = { action: 'publish' } as const;

/** Moves a channel to a snapshot that is there, or removes it. */
export async function runPoint(point: Point, context: ChangeContext): Promise<void> {
  const { paths, options, channels, done } = context;
  const entry = entryOf(point, context);
  const folder = path.join(paths.staging, newSnapshotId(options.now?.() ?? new Date()));
  await mkdir(folder, { mode: PRIVATE_FOLDER });
  const former = channels.get(point.channel);
  const indexes =
    former === undefined || point.id === null
      ? []
      : await indexesToServeOn(paths.snapshot(former), paths.snapshot(point.id));
  await writeJournal(paths, folder, { schema: 'pkg-actions/point/1', entry, indexes });
  await done('journal');

  if (former !== undefined && point.id !== null) {
    await serveOn(indexes, paths.snapshot(former), paths.snapshot(point.id));
    await done('indexes');
  }
  await move(entry, folder, context);
}

/** The switch, and what follows it. */
async function move(entry: ChannelEntry, staging: string, { paths, options, done }: ChangeContext): Promise<void> {
  await appendHistory(paths, historyLine(entry));
  await done('history');
  const link = path.join(paths.public, entry.channel);
  if (entry.id === null) {
    await rm(link, { force: true });
    await sync(paths.public);
  } else {
    await swapLink(link, channelTarget(entry.id));
  }
  // The new state is served: a cancellation is too late, and what follows is done by the next run as well.
  await options.onStep?.('switched');
  await refreshSite(paths, options.logger);
  await options.onStep?.('site');
  await removeOldState(paths);
  await rm(staging, { recursive: true, force: true });
  await options.onStep?.('cleaned');
}

/** Removes snapshots, then the files that only they needed. */
export async function runPrune(
  { snapshots, poolFiles, reason }: Prune,
  { paths, options, channels, done }: ChangeContext,
): Promise<void> {
  const heads = new Set(channels.values());
  const pointedTo = snapshots.find((id) => heads.has(id));
  if (pointedTo !== undefined) throw new Error(`a channel points to the snapshot ${pointedTo}`);
  const now = options.now?.() ?? new Date();
  const folder = path.join(paths.staging, newSnapshotId(now));
  await mkdir(folder, { mode: PRIVATE_FOLDER });
  const journal: JournalOf<'pkg-actions/prune/1'> = {
    schema: 'pkg-actions/prune/1',
    at: now.toISOString(),
    ...(options.run === undefined ? {} : { run: options.run }),
    ...(reason === undefined ? {} : { reason }),
    snapshots: [...snapshots],
    poolFiles: [...poolFiles],
  };
  await writeJournal(paths, folder, journal);
  await done('journal');
  for (const id of snapshots) {
    await bury(paths, id);
    await done('buried');
  }
  // Flushed before any file of theirs goes: a snapshot that comes back after a power cut would lack it.
  await sync(paths.snapshots);
  await finishPrune(paths, journal, async () => await done('pool-file'));
  await done('pool');
  await refreshSite(paths, options.logger);
  await options.onStep?.('site');
  await rm(folder, { recursive: true, force: true });
  await options.onStep?.('cleaned');
}

function entryOf({ channel, id, record }: Point, { options, channels }: ChangeContext): ChannelEntry {
  const { action, ...rest } = record;
  return {
    at: (options.now?.() ?? new Date()).toISOString(),
    action,
    channel,
    id,
    former: channels.get(channel) ?? null,
    ...rest,
    ...(options.run === undefined ? {} : { run: options.run }),
  };
}

async function writeIfOther(file: string, content: Buffer): Promise<void> {
  const there = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (there?.equals(content) !== true) await writeDurably(file, content, SERVED_FILE);
}
