/**
 * What a transaction has begun, in its staging folder, before anything else is changed: so that a failing run, or the
 * next one after a crash, can undo it or finish it.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { sync, writeDurably } from '../durable.ts';
import { historyEntry } from './history.ts';
import { isPoolPath, isSnapshotId, type RepositoryPaths } from './layout.ts';
import { PRIVATE_FILE } from './trees.ts';

const snapshotId = z.string().refine(isSnapshotId);
const poolPath = z.string().refine(isPoolPath);
/** Below `snapshots/<id>/`. */
const indexPath = z.string().regex(/^(?:[A-Za-z0-9][A-Za-z0-9.+~_-]*\/)+[A-Za-z0-9][A-Za-z0-9.+~_-]*$/);

const journalSchema = z.discriminatedUnion('schema', [
  /** A snapshot that is put into its places. */
  z.strictObject({
    schema: z.literal('pkg-actions/journal/1'),
    id: snapshotId,
    channel: z.string(),
    poolFiles: z.array(poolPath),
    /** Absent in what versions before the history left. */
    entry: historyEntry.optional(),
  }),
  /** A channel that is moved to a snapshot that is there, or removed. */
  z.strictObject({
    schema: z.literal('pkg-actions/point/1'),
    entry: historyEntry,
    /** Indexes that the snapshot serves on from now: none of them was there. */
    indexes: z.array(indexPath),
  }),
  /** Snapshots that are removed, and files of the pool that only they need. */
  z.strictObject({
    schema: z.literal('pkg-actions/prune/1'),
    at: z.iso.datetime(),
    run: z.string().optional(),
    reason: z.string().optional(),
    snapshots: z.array(snapshotId),
    poolFiles: z.array(poolPath),
  }),
]);
export type Journal = z.infer<typeof journalSchema>;
export type JournalOf<S extends Journal['schema']> = Extract<Journal, { readonly schema: S }>;

const JOURNAL = 'journal.json';

/** Writes the journal of the transaction whose staging folder is `folder`, flushed. */
export async function writeJournal(paths: RepositoryPaths, folder: string, journal: Journal): Promise<void> {
  await writeDurably(path.join(folder, JOURNAL), JSON.stringify(journal), PRIVATE_FILE);
  await sync(paths.staging);
}

/** The journal of what was staged in `folder`; `undefined` where nothing was changed elsewhere yet. */
export async function readJournal(folder: string): Promise<Journal | undefined> {
  const text = await readFile(path.join(folder, JOURNAL), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  // It is written whole before anything that it names is done.
  return text === undefined ? undefined : journalSchema.parse(JSON.parse(text));
}
