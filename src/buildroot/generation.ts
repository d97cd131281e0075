/**
 * Generations: immutable root trees of a buildroot, one beside the other, `current` naming the one for new sessions.
 * Every user holds a shared lock on its generation's folder, so an update never waits for builds nor builds for it.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, readlink, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { swapLink, sync, syncFileSystem, writeDurably, writeWhole } from '../durable.ts';
import { CommandError, InfrastructureError, oneLine, UserError } from '../errors.ts';
import type { Logger } from '../host/host.ts';
import { type Lock, takeLock, tryLock } from '../lock.ts';
import { run } from '../process.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** What `generation.json` says: enough to tell whether it is still up to date, and to make its successor. */
export const generationSchema = z.strictObject({
  schema: z.literal('pkg-actions/generation/1'),
  name: z.string(),
  createdAt: z.iso.datetime(),
  /** Digest of `configuration`. */
  configurationDigest: sha256,
  configuration: z.record(z.string(), z.unknown()),
  /**
   * The Release files that it was made from, and Packages files of repositories that have none. `file` is the path
   * below `uri`, that of InRelease when absent; `sha256` of a Packages file is that of its unpacked content.
   *
   * rpm: repomd.xml of each repository, whose id is `release`. `kind` says what `uri` is the address of; `date` is that
   * of its newest index. Empty where they cannot be compared.
   */
  releases: z.array(
    z.strictObject({
      uri: z.string(),
      release: z.string(),
      file: z.string().optional(),
      kind: z.enum(['baseurl', 'mirrorlist', 'metalink']).optional(),
      revision: z.string().optional(),
      sha256,
      date: z.string().optional(),
    }),
  ),
  /** Installed packages, sorted: `name:architecture=version`, of rpm `name-[epoch:]version-release.architecture`. */
  packages: z.array(z.string()),
  /** rpm: folders and files of this machine that the mock configuration itself names. Sessions show them. */
  places: z.array(z.string()).optional(),
  bytes: z.int().nonnegative(),
  tools: z.record(z.string(), z.string()),
});
export type GenerationRecord = z.infer<typeof generationSchema>;

/**
 * `generation.json` is written when all of the tree is on the disk, and says so: one that does not is no generation. A
 * machine that lost its power may have kept the names of a tree whose files are empty.
 */
const fileSchema = generationSchema.extend({ flushed: z.literal(true) });

export interface Generation {
  readonly id: string;
  readonly folder: string;
  /** The root tree, read-only by convention: only ever a lower folder. */
  readonly tree: string;
  readonly record: GenerationRecord;
}

/** Local folders among the repositories of a generation: sessions on it have to show them again. */
const localSources = z.object({
  repositories: z.array(z.object({ source: z.object({ uri: z.string(), suite: z.string().optional() }) })).default([]),
});

export function repositoryUris({ record }: Generation): { uri: string; suite?: string | undefined }[] {
  return localSources.parse(record.configuration).repositories.map(({ source }) => source);
}

const ID = /^[0-9a-f]{16}$/;

/** Folder of the buildroot `name`. Names come from inputs: letters, digits, dots, dashes and underscores only. */
export function buildrootFolder(state: string, name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$/.test(name)) {
    throw new UserError({
      what: 'not a name for a buildroot',
      found: JSON.stringify(name),
      expected: 'letters, digits, dots and dashes, such as debian-12-amd64',
    });
  }
  return path.join(state, 'buildroots', name);
}

/** The current generation of a buildroot folder, or `undefined` when there is none. */
export async function currentGeneration(folder: string): Promise<Generation | undefined> {
  const id = await readlink(path.join(folder, 'current')).catch(() => undefined);
  return id === undefined ? undefined : readGeneration(folder, id);
}

async function readGeneration(folder: string, id: string): Promise<Generation | undefined> {
  if (!ID.test(id)) return undefined;
  const text = await readFile(path.join(folder, id, 'generation.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const record = parseRecord(text);
  if (record === undefined) return undefined;
  return { id, folder: path.join(folder, id), tree: path.join(folder, id, 'tree'), record };
}

/** A record that a crash of the machine cut off, or of another version of ours, is none: the next update makes another. */
function parseRecord(text: string): GenerationRecord | undefined {
  try {
    const { flushed: _, ...record } = fileSchema.parse(JSON.parse(text));
    return record;
  } catch {
    return undefined;
  }
}

/** The current generation with a shared lock on it, so that nobody removes it. The caller releases the lock. */
export async function holdCurrent(
  folder: string,
  signal?: AbortSignal,
): Promise<{ generation: Generation; lock: Lock } | undefined> {
  // Between reading the link and taking the lock an update may have removed it: then look again.
  for (let attempt = 0; attempt < 10; attempt++) {
    const generation = await currentGeneration(folder);
    if (generation === undefined) return undefined;
    try {
      const lock = await takeLock(generation.folder, {
        mode: 'shared',
        waitSeconds: 5,
        what: `the buildroot generation ${generation.id}`,
        ...(signal ? { signal } : {}),
      });
      if ((await readGeneration(folder, generation.id)) !== undefined) return { generation, lock };
      await lock.release();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }
  throw new Error(`no generation of ${folder} could be held`);
}

/** Takes the lock under which a buildroot's generations are made, switched and removed. */
export async function lockBuildroot(
  folder: string,
  waitSeconds: number,
  logger: Logger,
  signal?: AbortSignal,
): Promise<Lock> {
  const file = await lockFileOf(folder);
  return takeLock(file, { ...lockOptions(folder, signal), waitSeconds, logger });
}

/** As `lockBuildroot`, without waiting: `undefined` where an update runs. */
export async function tryLockBuildroot(folder: string, signal?: AbortSignal): Promise<Lock | undefined> {
  const file = await lockFileOf(folder);
  return tryLock(file, { ...lockOptions(folder, signal), waitSeconds: 0 });
}

async function lockFileOf(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const file = path.join(folder, 'lock');
  await (await open(file, 'a')).close();
  return file;
}

const lockOptions = (folder: string, signal: AbortSignal | undefined) => ({
  mode: 'exclusive' as const,
  what: `the buildroot ${path.basename(folder)}`,
  ...(signal ? { signal } : {}),
});

/** Removes what killed updates left beside the generations. Only under the buildroot's lock. */
export async function clearLeftovers(folder: string): Promise<void> {
  for (const entry of await readdir(folder)) {
    if (/^\.(?:new|old|smoke|current)-/.test(entry)) await removeTree(path.join(folder, entry));
  }
}

/** A fresh folder for a generation to come. Only under the buildroot's lock; leftovers of killed runs go first. */
export async function stageGeneration(folder: string): Promise<string> {
  await clearLeftovers(folder);
  const staging = path.join(folder, `.new-${randomBytes(4).toString('hex')}`);
  await mkdir(staging, { mode: 0o755 });
  return staging;
}

export interface InstallOptions {
  readonly logger?: Pick<Logger, 'progress'>;
  readonly signal?: AbortSignal;
  /** Writes all that was written to the file system of a place to the disk; `syncFileSystem` when absent. */
  readonly flush?: typeof syncFileSystem;
}

/**
 * Puts a staged generation in place under its id and makes it current, both by rename(2). Its tree is on the disk before
 * its record says that it is a generation, and the record before it is current: whenever the machine stops, `current`
 * leads to a whole one.
 *
 * @throws InfrastructureError where the tree cannot be written to the disk; then everything is as it was.
 */
export async function installGeneration(
  folder: string,
  staging: string,
  id: string,
  record: GenerationRecord,
  options: InstallOptions = {},
): Promise<Generation> {
  const place = path.join(folder, id);
  const existing = await readGeneration(folder, id);
  if (existing) {
    await removeTree(staging);
    await rm(path.join(place, ROLLED_BACK), { force: true });
  } else {
    await flushTree(staging, id, options);
    const content = `${JSON.stringify(fileSchema.parse({ ...record, flushed: true }), null, 1)}\n`;
    await writeDurably(path.join(staging, 'generation.json'), content, 0o644);
    // What has no record is no generation, but what a killed removal or a crash of the machine left.
    await removeTree(place);
    await rename(staging, place);
    await sync(folder);
  }
  await switchTo(folder, id);
  await markChecked(folder);
  return existing ?? { id, folder: place, tree: path.join(place, 'tree'), record };
}

/** Everything on the file system at once: a tree has some ten thousand files, and each would be waited for by itself. */
async function flushTree(
  staging: string,
  id: string,
  { logger, signal, flush = syncFileSystem }: InstallOptions,
): Promise<void> {
  const began = performance.now();
  const say = () => {
    const seconds = Math.round((performance.now() - began) / 1000);
    logger?.progress(`writing the generation ${id} to the disk${seconds === 0 ? '' : ` (${seconds} s)`}`);
  };
  say();
  // What other jobs wrote is written as well.
  const waiting = setInterval(say, 2000);
  try {
    await flush(staging, signal);
  } catch (error) {
    if (signal?.aborted || !(error instanceof CommandError)) throw error;
    throw new InfrastructureError(
      {
        what: 'the new generation cannot be written to the disk',
        where: staging,
        found: oneLine(error.message),
        remedy: 'look for errors of the disk (dmesg), and whether it is full',
      },
      { cause: error },
    );
  } finally {
    clearInterval(waiting);
  }
}

/** Makes a generation that is in place the current one, by rename(2). */
export async function switchTo(folder: string, id: string): Promise<void> {
  await swapLink(path.join(folder, 'current'), id, `.current-${randomBytes(4).toString('hex')}`);
}

/** In the folder of a generation that somebody went back from: it is not gone back to. */
const ROLLED_BACK = 'rolled-back';

/** Says that a generation is not to be kept, nor to be gone back to. */
export async function markRolledBack({ folder }: Generation): Promise<void> {
  await writeDurably(path.join(folder, ROLLED_BACK), '', 0o644);
}

/**
 * Generations that are in place, whole, and neither current nor gone back from; the newest first.
 * Call it under the buildroot's lock.
 */
export async function formerGenerations(folder: string): Promise<Generation[]> {
  const current = await readlink(path.join(folder, 'current')).catch(() => undefined);
  const found: Generation[] = [];
  for (const entry of await readdir(folder)) {
    if (!ID.test(entry) || entry === current) continue;
    // One that another version of pkg-actions made may have another record.
    const generation = await readGeneration(folder, entry).catch(() => undefined);
    const marked = await stat(path.join(folder, entry, ROLLED_BACK)).catch(() => undefined);
    if (generation !== undefined && marked === undefined) found.push(generation);
  }
  return found.sort((a, b) => Date.parse(b.record.createdAt) - Date.parse(a.record.createdAt));
}

/** Bytes of all generations that are in place, as they were when they were made. */
export async function diskOf(folder: string): Promise<number> {
  const generations = await Promise.all(
    (await readdir(folder)).map((entry) => readGeneration(folder, entry).catch(() => undefined)),
  );
  return generations.reduce((sum, generation) => sum + (generation?.record.bytes ?? 0), 0);
}

/**
 * Removes generations that are not current and that nobody holds, but for the newest former ones.
 *
 * @param keep how many former ones stay.
 * @returns ids of those removed.
 */
export async function removeUnused(folder: string, keep: number): Promise<string[]> {
  const current = await readlink(path.join(folder, 'current')).catch(() => undefined);
  const kept = new Set((await formerGenerations(folder)).slice(0, keep).map(({ id }) => id));
  const removed: string[] = [];
  for (const entry of await readdir(folder)) {
    if (!ID.test(entry) || entry === current || kept.has(entry)) continue;
    const place = path.join(folder, entry);
    const lock = await tryLock(place, { mode: 'exclusive', waitSeconds: 0, what: `the generation ${entry}` });
    if (lock === undefined) continue;
    try {
      // Renamed first: whoever waits for the lock finds its generation gone as a whole.
      const doomed = path.join(folder, `.old-${entry}`);
      await removeTree(doomed);
      await rename(place, doomed);
      await removeTree(doomed);
      removed.push(entry);
    } finally {
      await lock.release();
    }
  }
  return removed;
}

/** How many former generations a buildroot keeps, as the last update-buildroots said; builds that update go by it. */
export async function keptGenerations(folder: string): Promise<number> {
  const text = await readFile(path.join(folder, 'keep'), 'utf8').catch(() => '');
  return /^\d{1,3}\n?$/.test(text) ? Number(text) : DEFAULT_KEEP;
}

export async function setKeptGenerations(folder: string, keep: number): Promise<void> {
  await writeWhole(path.join(folder, 'keep'), `${keep}\n`);
}

/** Where nobody says: the one to go back to. */
export const DEFAULT_KEEP = 1;

/** Remembers that upstream was just looked at. */
export async function markChecked(folder: string): Promise<void> {
  const file = path.join(folder, 'checked');
  await (await open(file, 'a')).close();
  const now = new Date();
  await utimes(file, now, now);
}

/** Removes root trees, or parts of one, never crossing into a mounted file system. */
export async function removeTree(...folders: readonly string[]): Promise<void> {
  if (folders.length > 0) await run(['rm', '-rf', '--one-file-system', '--', ...folders]);
}
