/**
 * Removes reviews: when their change closes, or when nobody has published to them for a time. The link goes first, then
 * what it led to; whatever no link leads to is a leftover, which the next run removes. So no journal is needed.
 */
import { readdir, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { sync, temporaryLink } from '../../durable.ts';
import { CancelledError, UserError } from '../../errors.ts';
import type { Logger } from '../../host/host.ts';
import { checkExists } from '../manage/move.ts';
import { lastUse } from './listing.ts';
import { lockReview } from './lock.ts';
import { checkReviewName, currentOf, isThere, ReviewPlace, reviewNames, uniquesOf } from './place.ts';

/** What `onStep` is told of, in this order: each when it is done. */
export const REMOVE_STEPS = ['locked', 'unlinked', 'removed', 'folder'] as const;
export type RemoveStep = (typeof REMOVE_STEPS)[number];

export interface RemoveOptions {
  /** Of the repository that they are layered over. */
  readonly root: string;
  readonly holder: string;
  /** How long to wait for who publishes to one. */
  readonly leaseSeconds: number;
  /** Says what would be removed. */
  readonly dryRun: boolean;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly onStep?: ((step: RemoveStep) => void | Promise<void>) | undefined;
}

export interface RemovedReview {
  readonly name: string;
  /** Or would be. `absent`: there is none, so nothing was to do. */
  readonly outcome: 'removed' | 'absent';
}

/**
 * Removes reviews by name.
 *
 * @throws UserError for a name that is none, before anything is removed; for one that somebody keeps writing to.
 */
export async function removeReviews(
  options: RemoveOptions & { readonly names: readonly string[] },
): Promise<RemovedReview[]> {
  const places = [...new Set(options.names)].map((name) => new ReviewPlace(options.root, checkReviewName(name)));
  if (places.length === 0) {
    throw new UserError({
      what: 'no review is named',
      where: 'input review',
      expected: 'the names of those to remove, such as CR-123',
    });
  }
  await checkExists(options.root);
  const removed: RemovedReview[] = [];
  for (const place of places) {
    const found = await isThere(place);
    // Something that is none of ours is refused.
    await currentOf(place);
    if (found && !options.dryRun) await locked(place, options, async () => await removeAll(place, options));
    removed.push({ name: place.name, outcome: found ? 'removed' : 'absent' });
  }
  return removed;
}

export interface PruneOptions extends RemoveOptions {
  /** Reviews that nobody has published to for so long are removed; in seconds. */
  readonly keepSeconds: number;
  readonly now?: (() => Date) | undefined;
}

export interface JudgedReview {
  readonly name: string;
  readonly why: string;
}

export interface PruneResult {
  /** Or would be. */
  readonly removed: readonly JudgedReview[];
  readonly kept: readonly JudgedReview[];
}

/**
 * Removes reviews that nobody has published to for a time, and what killed runs left of others. One that cannot be
 * removed, or that somebody writes to, stays, and the others are gone on with.
 */
export async function pruneReviews(options: PruneOptions): Promise<PruneResult> {
  await checkExists(options.root);
  const oldest = (options.now?.() ?? new Date()).getTime() - options.keepSeconds * 1000;
  const removed: JudgedReview[] = [];
  const kept: JudgedReview[] = [];
  for (const name of await reviewNames(options.root)) {
    const place = new ReviewPlace(options.root, name);
    const look = async (): Promise<boolean> => {
      const { isOld, why } = await judge(place, oldest);
      (isOld ? removed : kept).push({ name, why });
      return isOld;
    };
    try {
      if (options.dryRun) await look();
      else {
        // Looked at under the lock: a publisher may be faster. Nobody is waited for.
        await locked(place, { ...options, leaseSeconds: 0 }, async () => {
          if (await look()) await removeAll(place, options);
          else await reap(place);
        });
      }
    } catch (error) {
      if (options.signal.aborted || !(error instanceof UserError)) throw error;
      options.logger.warning(`the review ${name} stays: ${error.message}`);
      kept.push({ name, why: error.message });
    }
  }
  return { removed, kept };
}

async function judge(place: ReviewPlace, oldest: number): Promise<{ isOld: boolean; why: string }> {
  const unique = await currentOf(place);
  if (unique === undefined) return { isOld: true, why: 'nothing is served: left by a run that was ended' };
  const used = await lastUse(place.repository(unique));
  return { isOld: used.getTime() < oldest, why: `last published to on ${used.toISOString()}` };
}

/** Under the lock of a review. */
async function locked(place: ReviewPlace, options: RemoveOptions, body: () => Promise<void>): Promise<void> {
  try {
    const { leaseSeconds: waitSeconds, holder, logger, signal } = options;
    await using lease = await lockReview(place, { waitSeconds, holder, logger, signal });
    await options.onStep?.('locked');
    await body();
    if (lease.lost.aborted) throw lease.lost.reason;
  } catch (error) {
    throw options.signal.aborted ? new CancelledError() : error;
  }
}

async function removeAll(place: ReviewPlace, { onStep, logger }: RemoveOptions): Promise<void> {
  await rm(place.link, { force: true });
  await reapLink(place);
  await onStep?.('unlinked');
  await reap(place);
  await onStep?.('removed');
  await closeFolder(place, logger);
  await onStep?.('folder');
}

/** Removes, under the lock, what no link leads to: what killed runs left. */
export async function reap(place: ReviewPlace): Promise<void> {
  const current = await currentOf(place);
  for (const unique of await uniquesOf(place)) {
    if (unique !== current) await rm(path.join(place.folder, unique), { recursive: true, force: true });
  }
  await reapLink(place);
}

/** A link that was begun; and flushes what became of the one that is served. */
async function reapLink(place: ReviewPlace): Promise<void> {
  await rm(path.join(place.links, temporaryLink(place.name)), { force: true });
  await sync(place.links).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

/** Removes the folder of a review that has no repository any more, its lock last. */
export async function closeFolder(place: ReviewPlace, logger: Pick<Logger, 'warning'>): Promise<void> {
  const left = (await readdir(place.folder)).filter((name) => name !== path.basename(place.lock));
  if (left.length > 0) {
    logger.warning(`${place.folder} holds what is none of ours, and stays: ${left.slice(0, 3).join(', ')}`);
    return;
  }
  await rm(place.lock, { force: true });
  await rmdir(place.folder).catch((error: NodeJS.ErrnoException) => {
    // Who came just now begins anew in it.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST' && error.code !== 'ENOENT') throw error;
  });
  await sync(path.dirname(place.folder));
}
