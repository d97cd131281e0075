/**
 * Removes what nobody needs any more: snapshots that no channel points to and that are none of the last states of one,
 * and files of the pool that no snapshot uses.
 */
import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { type HistoryEntry, readHistory } from '../history.ts';
import { isPoolPath, KEEP_SUPERSEDED_MS, type RepositoryPaths } from '../layout.ts';
import { snapshotsBelowReviews } from '../review/listing.ts';
import { poolFilesOf, type Snapshot } from '../snapshot.ts';
import { type TransactionOptions, withRepository } from '../transaction.ts';
import { listTree } from '../trees.ts';
import { readView } from '../view.ts';
import { beginningOf, formerOf, servedUntil } from './channels.ts';
import { readAll } from './listing.ts';
import { checkExists } from './move.ts';

export interface Retention {
  /** How many states of each channel stay, the one that it points to included. At least 1. */
  readonly keep: number;
  /** For how long a snapshot stays after the last channel left it, in seconds. A day at least. */
  readonly keepSeconds: number;
}

export interface PruneOptions extends TransactionOptions, Retention {
  readonly dryRun: boolean;
  readonly reason?: string | undefined;
}

export interface PruneResult {
  /** Ids, the oldest first. */
  readonly removed: readonly string[];
  readonly kept: readonly { readonly id: string; readonly why: string }[];
  /** Files of the pool that go. */
  readonly files: readonly { readonly path: string; readonly size: number }[];
  readonly bytes: number;
  readonly changed: boolean;
}

/** @throws UserError where there is no repository, or it is damaged: nothing is removed then. */
export async function prune(options: PruneOptions): Promise<PruneResult> {
  await checkExists(options.root);
  const now = options.now?.() ?? new Date();
  if (options.dryRun) {
    const { paths, channels } = await readView(options.root);
    return await planPrune(paths, channels, options, now);
  }
  return await withRepository(options, async (session) => {
    const result = await planPrune(session.paths, session.channels, options, now);
    await session.done('planned');
    if (result.changed) {
      const poolFiles = result.files.map((file) => file.path);
      await session.prune({ snapshots: result.removed, poolFiles, reason: options.reason });
    }
    return result;
  });
}

async function planPrune(
  paths: RepositoryPaths,
  channels: ReadonlyMap<string, string>,
  retention: Retention,
  now: Date,
): Promise<PruneResult> {
  const snapshots = await readAll(paths);
  const reasons = keepers(snapshots, channels, await readHistory(paths), retention, now);
  const ids = new Set(snapshots.map(({ id }) => id));
  for (const [id, review] of await snapshotsBelowReviews(paths.root)) {
    if (ids.has(id) && !reasons.has(id)) reasons.set(id, `the review ${review} is layered over it`);
  }
  const needed = new Set<string>();
  for (const snapshot of snapshots) {
    if (reasons.has(snapshot.id)) for (const file of poolFilesOf(snapshot)) needed.add(file.path);
  }
  const files: { path: string; size: number }[] = [];
  for (const file of (await listTree(paths.pool)).files) {
    const poolPath = path.relative(paths.public, file);
    // What is named otherwise is none of ours.
    if (needed.has(poolPath) || !isPoolPath(poolPath)) continue;
    files.push({ path: poolPath, size: (await lstat(file)).size });
  }
  const removed = snapshots.map(({ id }) => id).filter((id) => !reasons.has(id));
  return {
    removed,
    kept: [...reasons].map(([id, why]) => ({ id, why })),
    files,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    changed: removed.length > 0 || files.length > 0,
  };
}

/** The snapshots that stay, and why. */
export function keepers(
  snapshots: readonly Snapshot[],
  channels: ReadonlyMap<string, string>,
  history: readonly HistoryEntry[],
  { keep, keepSeconds }: Retention,
  now: Date,
): Map<string, string> {
  const byId = new Map(snapshots.map((snapshot) => [snapshot.id, snapshot]));
  const reasons = new Map<string, string>();
  const note = (id: string, why: string) => {
    if (byId.has(id) && !reasons.has(id)) reasons.set(id, why);
  };
  const parentOf = (id: string | null) => (id === null ? null : (byId.get(id)?.parent ?? null));
  for (const [channel, id] of channels) note(id, `${channel} points to it`);
  for (const [channel, id] of channels) {
    const states = formerOf(history, channel, id);
    for (let each = parentOf(beginningOf(history, channel, id)); each !== null; each = parentOf(each)) {
      if (each === id || states.includes(each)) break;
      states.unshift(each);
    }
    const last = states.filter((each) => byId.has(each)).slice(-Math.max(0, keep - 1));
    for (const each of keep > 1 ? last : []) note(each, `one of the last ${keep} states of ${channel}`);
  }
  const oldest = now.getTime() - Math.max(keepSeconds * 1000, KEEP_SUPERSEDED_MS);
  for (const [id, until] of servedUntil(snapshots, channels, history)) {
    if (until >= oldest && until < Number.POSITIVE_INFINITY) note(id, `served until ${new Date(until).toISOString()}`);
  }
  return reasons;
}
