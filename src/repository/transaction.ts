/**
 * The transaction that every writing operation is made of, whatever the format: the lease, the recovery of what a
 * killed one left, a staging folder, and the commit. What is served changes in one rename(2), the last step; a failure
 * or a crash before it leaves the old state served, and what was put beside it is removed by the failing run itself or
 * by the next one.
 *
 * The order of a commit, every step flushed before the next one:
 * 1. the journal, which names all that follows, so that it can be undone;
 * 2. new files into the pool (a link, never over an existing file);
 * 3. the tool's state into private/<id>;
 * 4. the public key and the keyring;
 * 5. the snapshot into public/snapshots/<id>;
 * 6. the channel's link.
 */
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { swapLink, sync, temporaryLink, writeDurably } from '../durable.ts';
import { CancelledError, quote, UserError } from '../errors.ts';
import type { Logger } from '../host/host.ts';
import { channelTarget, isPoolPath, isSnapshotId, newSnapshotId, RepositoryPaths } from './layout.ts';
import { takeLease } from './lease.ts';
import { addToPool, planPool, removeUnneeded, syncPoolFolders } from './pool.ts';
import { type PoolFile, readChannels, readSnapshot, type Snapshot } from './snapshot.ts';
import {
  finishPrivateTree,
  finishServedTree,
  PRIVATE_FILE,
  PRIVATE_FOLDER,
  SERVED_FILE,
  SERVED_FOLDER,
} from './trees.ts';

/** The steps that `onStep` is told of, in their order: each is named when it is done. */
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
  'switched',
  'cleaned',
] as const;
export type Step = (typeof STEPS)[number];

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

export interface Commit {
  readonly channel: string;
  /** New files of the pool: they lie at their path in the staging folder's `public/`. */
  readonly poolFiles: readonly PoolFile[];
  readonly keys: { readonly armored: string; readonly binary: Uint8Array };
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
  /** Makes the staged snapshot the channel's: see the top of this file. */
  commit(staging: Staging, commit: Commit): Promise<void>;
}

const journalSchema = z.strictObject({
  schema: z.literal('pkg-actions/journal/1'),
  id: z.string().refine(isSnapshotId),
  channel: z.string(),
  poolFiles: z.array(z.string().refine(isPoolPath)),
});

const JOURNAL = 'journal.json';

/**
 * Runs `body` on a repository under its lease, after what a killed run left has been removed. When `body` throws,
 * what it staged or had begun to commit is removed, and the error is thrown on.
 *
 * @throws UserError when the folder is no repository, or another process keeps the lease.
 */
export async function withRepository<T>(
  options: TransactionOptions,
  body: (session: Session) => Promise<T>,
): Promise<T> {
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
  await recover(paths);
  const channels = await readChannels(paths);
  await done('leased');
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
    commit: async (staging, commit) => await runCommit(paths, staging, commit, options, done),
  };
  try {
    return await body(session);
  } catch (error) {
    // Without the lease another run may be at work, and will recover by itself.
    if (!lease.lost.aborted) await recover(paths);
    throw error;
  }
}

/** Makes the folders of a new repository; refuses a folder that holds something else. */
async function makeRepository(paths: RepositoryPaths): Promise<void> {
  const found = await readdir(paths.root).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    if (error.code === 'ENOTDIR') {
      throw new UserError({ what: 'the repository is not a folder', where: paths.root, found: 'a file' });
    }
    throw error;
  });
  if (found.length > 0 && !found.includes(path.basename(paths.lease))) {
    throw new UserError({
      what: 'the folder holds something that is not a repository',
      where: paths.root,
      found: quote(found.sort().slice(0, 3).join(', ')),
      expected: 'a folder that does not exist yet, is empty, or that sign-publish has made',
    });
  }
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
    if ((await mkdir(folder, { recursive: true })) !== undefined) await chmod(folder, mode);
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

async function runCommit(
  paths: RepositoryPaths,
  staging: Staging,
  commit: Commit,
  options: TransactionOptions,
  done: (step: Step) => Promise<void>,
): Promise<void> {
  const actions = await planPool(paths, commit.poolFiles);
  await finishServedTree(staging.public);
  await finishPrivateTree(staging.private);
  await done('flushed');

  const poolPaths = commit.poolFiles.map((file) => file.path);
  const journal: z.infer<typeof journalSchema> = {
    schema: 'pkg-actions/journal/1',
    id: staging.id,
    channel: commit.channel,
    poolFiles: poolPaths,
  };
  await writeDurably(path.join(staging.root, JOURNAL), JSON.stringify(journal), PRIVATE_FILE);
  await sync(paths.staging);
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

  await swapLink(path.join(paths.public, commit.channel), channelTarget(staging.id));
  // The new state is served: a cancellation is too late, and what follows is done by the next run as well.
  await options.onStep?.('switched');
  await removeOldState(paths);
  await rm(staging.root, { recursive: true, force: true });
  await options.onStep?.('cleaned');
}

async function writeIfOther(file: string, content: Buffer): Promise<void> {
  const there = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (there?.equals(content) !== true) await writeDurably(file, content, SERVED_FILE);
}

/** Removes what unfinished transactions left: staging folders, and what their journal says they had put elsewhere. */
async function recover(paths: RepositoryPaths): Promise<void> {
  const leftovers = await readdir(paths.staging);
  if (leftovers.length === 0) return;
  const heads = new Set((await readChannels(paths)).values());
  for (const name of leftovers) {
    const folder = path.join(paths.staging, name);
    const journal = await readJournal(path.join(folder, JOURNAL));
    if (journal !== undefined && !heads.has(journal.id)) {
      await removeSnapshotFolder(paths, journal.id);
      await rm(path.join(paths.private, journal.id), { recursive: true, force: true });
      await removeUnneeded(paths, journal.poolFiles);
      await rm(path.join(paths.public, temporaryLink(journal.channel)), { force: true });
    }
    await rm(folder, { recursive: true, force: true });
  }
  await removeOldState(paths);
  await rm(path.join(paths.public, 'keyring.gpg.new'), { force: true });
  await rm(path.join(paths.public, 'key.asc.new'), { force: true });
}

/** In two steps, so that no half of a snapshot is ever found in `snapshots/`. */
async function removeSnapshotFolder(paths: RepositoryPaths, id: string): Promise<void> {
  const grave = path.join(paths.staging, `removed-${id}`);
  await rm(grave, { recursive: true, force: true });
  await rename(paths.snapshot(id), grave).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rm(grave, { recursive: true, force: true });
}

async function readJournal(file: string): Promise<z.infer<typeof journalSchema> | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  // It is written whole before anything that it names is done.
  return text === undefined ? undefined : journalSchema.parse(JSON.parse(text));
}

/** The tool's state is kept for what channels point to. */
async function removeOldState(paths: RepositoryPaths): Promise<void> {
  const heads = new Set((await readChannels(paths)).values());
  for (const name of await readdir(paths.private)) {
    if (!heads.has(name)) await rm(path.join(paths.private, name), { recursive: true, force: true });
  }
}
