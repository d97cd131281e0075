/**
 * The transaction that every writing operation is made of, whatever the format: the lease, the recovery of what a
 * killed one left, a staging folder, and the change itself (commit.ts).
 */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CancelledError, messageOf } from '../errors.ts';
import type { Logger } from '../host/host.ts';
import { type Commit, type Point, type Prune, runCommit, runPoint, runPrune } from './commit.ts';
import { newSnapshotId, RepositoryPaths } from './layout.ts';
import { takeLease } from './lease.ts';
import { recover, refreshSite } from './recovery.ts';
import { readChannels, readSnapshot, type Snapshot } from './snapshot.ts';
import { explainStorage } from './storage.ts';
import { PRIVATE_FILE, PRIVATE_FOLDER, SERVED_FOLDER } from './trees.ts';
import { isRepository } from './view.ts';

export type { Commit } from './commit.ts';

/** The steps of a publish that `onStep` is told of, in their order: each is named when it is done. */
export const STEPS = [
  'verified',
  'leased',
  'planned',
  'staged',
  'signed',
  'indexed',
  'released',
  'checked',
  'flushed',
  'journal',
  'pool-file',
  'pool',
  'private',
  'keys',
  'snapshot',
  'history',
  'switched',
  'site',
  'cleaned',
] as const;
/** The same of a channel that moves to a snapshot that is there. */
export const POINT_STEPS = [
  'leased',
  'planned',
  'journal',
  'indexes',
  'history',
  'switched',
  'site',
  'cleaned',
] as const;
/** The same of a removal; `pool-file` is named before each file goes. */
export const PRUNE_STEPS = ['leased', 'planned', 'journal', 'buried', 'pool-file', 'pool', 'site', 'cleaned'] as const;
export type Step = (typeof STEPS)[number] | (typeof POINT_STEPS)[number] | (typeof PRUNE_STEPS)[number];

export interface TransactionOptions {
  /** The repository's folder, absolute; made when absent. */
  readonly root: string;
  /** Who we are, for others who wait. */
  readonly holder: string;
  readonly leaseSeconds: number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Called after every step; what it throws ends the transaction there. For tests of failures and crashes. */
  readonly onStep?: ((step: Step) => void | Promise<void>) | undefined;
  readonly now?: (() => Date) | undefined;
  /** URL of the CI run, for the history. */
  readonly run?: string | undefined;
}

/** The folder of a snapshot in work. It is laid out as the repository, so that links in it and clients work alike. */
export interface Staging {
  readonly id: string;
  readonly root: string;
  /** `public/` of the snapshot to come: its files of the pool, and nothing else of it. */
  readonly public: string;
  /** The snapshot's folder in it. */
  readonly snapshot: string;
  /** The tool's state to come. */
  readonly private: string;
  /** Scratch, thrown away. */
  readonly work: string;
}

/** A repository under its lease. */
export interface Session {
  readonly paths: RepositoryPaths;
  readonly channels: ReadonlyMap<string, string>;
  /** Aborted by the caller's cancellation and by the loss of the lease. */
  readonly signal: AbortSignal;
  /** The snapshot that a channel points to. */
  head(channel: string): Promise<Snapshot | undefined>;
  /** Says that a step is done, and stops here when the run was cancelled. */
  done(step: Step): Promise<void>;
  /** Makes the folder of a snapshot to come. */
  stage(): Promise<Staging>;
  /** Makes the staged snapshot the channel's. */
  commit(staging: Staging, commit: Commit): Promise<void>;
  /** Moves a channel to a snapshot that is there, or removes it. */
  point(point: Point): Promise<void>;
  /** Removes snapshots, and files of the pool that nothing else needs. */
  prune(prune: Prune): Promise<void>;
}

/**
 * Runs `body` on a repository under its lease, after what a killed run left has been removed. When `body` throws,
 * what it staged or had begun to commit is removed, and the error is thrown on.
 *
 * @throws UserError when the folder is no repository, or another process keeps the lease.
 * @throws InfrastructureError when it cannot be written to: no space, a read-only file system, permissions.
 */
export async function withRepository<T>(
  options: TransactionOptions,
  body: (session: Session) => Promise<T>,
): Promise<T> {
  try {
    return await underLease(options, body);
  } catch (error) {
    throw await explainStorage(error, options.root);
  }
}

async function underLease<T>(options: TransactionOptions, body: (session: Session) => Promise<T>): Promise<T> {
  const paths = new RepositoryPaths(options.root);
  await makeRepository(paths);
  await using lease = await takeLease(paths, {
    waitSeconds: options.leaseSeconds,
    holder: options.holder,
    logger: options.logger,
    signal: options.signal,
  });
  const signal = AbortSignal.any([options.signal, lease.lost]);
  const stop = () => {
    if (lease.lost.aborted) throw lease.lost.reason;
    if (options.signal.aborted) throw new CancelledError();
  };
  const done = async (step: Step) => {
    await options.onStep?.(step);
    stop();
  };
  await recover(paths, options.logger);
  // What a former run could not write; it costs next to nothing where all is as it should be.
  await refreshSite(paths, options.logger);
  const channels = await readChannels(paths);
  await done('leased');
  const context = { paths, options, channels, done };
  const session: Session = {
    paths,
    channels,
    signal,
    head: async (channel) => {
      const id = channels.get(channel);
      return id === undefined ? undefined : await readSnapshot(paths, id);
    },
    done,
    stage: async () => await makeStaging(paths, options.now?.() ?? new Date()),
    commit: async (staging, commit) => await runCommit(staging, commit, context),
    point: async (point) => await runPoint(point, context),
    prune: async (prune) => await runPrune(prune, context),
  };
  try {
    return await body(session);
  } catch (error) {
    // Before anything is removed: what is full now need not be so after it.
    const told = await explainStorage(error, paths.root);
    // Without the lease another run may be at work, and will recover by itself.
    if (!lease.lost.aborted) await recoverAfterFailure(paths, options.logger);
    throw told;
  }
}

/** What went wrong first is what is told: that it cannot be undone, as on a disk that became read-only, follows from it. */
async function recoverAfterFailure(paths: RepositoryPaths, logger: Logger): Promise<void> {
  try {
    await recover(paths, logger);
  } catch (error) {
    logger.warning(`what was begun could not be removed, and will be by the next run: ${messageOf(error)}`);
  }
}

/** Makes the folders of a new repository; refuses a folder that holds something else. */
async function makeRepository(paths: RepositoryPaths): Promise<void> {
  await isRepository(paths);
  const folders: readonly (readonly [string, number])[] = [
    [paths.root, SERVED_FOLDER],
    [paths.private, PRIVATE_FOLDER],
    [paths.staging, PRIVATE_FOLDER],
    [paths.public, SERVED_FOLDER],
    [paths.pool, SERVED_FOLDER],
    [paths.snapshots, SERVED_FOLDER],
  ];
  for (const [folder, mode] of folders) {
    // Modes that somebody chose for folders that are there stay.
    if ((await mkdir(folder, { recursive: true, mode })) !== undefined) await chmod(folder, mode);
    // First of all, as it is what tells a repository from another folder.
    if (folder === paths.root) await writeFile(paths.lease, '', { flag: 'a', mode: PRIVATE_FILE });
  }
}

async function makeStaging(paths: RepositoryPaths, now: Date): Promise<Staging> {
  const id = newSnapshotId(now);
  const root = path.join(paths.staging, id);
  const staging: Staging = {
    id,
    root,
    public: path.join(root, 'public'),
    snapshot: path.join(root, 'public', 'snapshots', id),
    private: path.join(root, 'private'),
    work: path.join(root, 'work'),
  };
  await mkdir(root, { mode: PRIVATE_FOLDER });
  await mkdir(path.join(staging.public, 'pool'), { recursive: true });
  await mkdir(staging.snapshot, { recursive: true });
  await mkdir(staging.private, { mode: PRIVATE_FOLDER });
  await mkdir(staging.work, { mode: PRIVATE_FOLDER });
  return staging;
}
