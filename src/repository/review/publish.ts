/**
 * Publishes builds of a change that is not merged: into a repository of its own, layered over the release's one, which
 * is read and never changed (docs/review-repositories.md).
 */
import { rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import { swapLink, sync, syncAll } from '../../durable.ts';
import { CancelledError } from '../../errors.ts';
import type { Plan } from '../driver.ts';
import { checkChannelName, newSnapshotId, type RepositoryPaths } from '../layout.ts';
import { makeServedFolder } from '../pool.ts';
import { type Decided, type PublishOptions, type PublishResult, publish } from '../publish.ts';
import type { PackageRef, Snapshot } from '../snapshot.ts';
import { withRepository } from '../transaction.ts';
import { readView } from '../view.ts';
import { carriedPackages, carryOver } from './carry.ts';
import { asAnew, asNothing, type Found, findStates, otherwise, REPLACES } from './decision.ts';
import { type LayeredDriver, layeredDriver, type ReviewFormat } from './layer.ts';
import { lockReview } from './lock.ts';
import { checkReviewName, currentOf, REVIEW_CHANNEL, ReviewPlace, uniquesOf } from './place.ts';
import { layeredOver, type Release, readRelease } from './release.ts';
import { closeFolder, reap } from './remove.ts';

/** The steps that `onReviewStep` is told of besides those of the publish: each is named when it is done. */
export const REVIEW_STEPS = ['locked', 'carried', 'published', 'linked', 'removed'] as const;
export type ReviewStep = (typeof REVIEW_STEPS)[number];

type Given = Omit<PublishOptions, 'allowReview' | 'allowDowngrade' | 'layeredOver'>;

/** `root` is that of the release's repository, `channel` the one of it that the review is layered over. */
export interface ReviewOptions extends Given {
  readonly review: string;
  /** Public address of the release's `public/`, where it is known. */
  readonly url?: string | undefined;
  /** Is told what it is published over, before anything is decided; what it throws ends the publish there. */
  readonly onFound?: ((found: Found) => void) | undefined;
  readonly onReviewStep?: ((step: ReviewStep) => void | Promise<void>) | undefined;
}

export interface ReviewResult<P extends Plan = Plan, S extends Snapshot = Snapshot> {
  readonly published: PublishResult<P, S>;
  readonly place: ReviewPlace;
  /** The review's repository; `undefined` where none is needed: the release has all of it. */
  readonly paths: RepositoryPaths | undefined;
  /** `undefined`: nothing has been released yet. */
  readonly release: Release<S> | undefined;
  /** `anew`: what it served before had other files under the same names. */
  readonly begun: 'new' | 'anew' | undefined;
  /** Packages of the one before that it took along. */
  readonly carried: readonly PackageRef[];
}

/** Ends a publish under way: what was decided leads to something else. */
class Otherwise extends Error {
  readonly decided: Decided;
  readonly to: 'anew' | 'release';

  constructor(decided: Decided, to: 'anew' | 'release') {
    super(`decided otherwise: ${to}`);
    this.decided = decided;
    this.to = to;
  }
}

/**
 * Publishes builds to a review repository, and makes it where it is not there.
 *
 * @throws UserError when something of it may not be published; the review is then as it was.
 */
export async function publishReview<Candidates, P extends Plan, S extends Snapshot>(
  options: ReviewOptions,
  format: ReviewFormat<Candidates, P, S>,
): Promise<ReviewResult<P, S>> {
  const place = new ReviewPlace(options.root, checkReviewName(options.review));
  checkChannelName(options.channel, 'input channel');
  try {
    if (!(await readView(options.root)).exists) await makeEmpty(options);
    const { leaseSeconds: waitSeconds, holder, logger } = options;
    await using lease = await lockReview(place, { waitSeconds, holder, logger, signal: options.signal });
    const signal = AbortSignal.any([options.signal, lease.lost]);
    try {
      return await publishLocked({ ...options, signal }, place, format);
    } catch (error) {
      throw lease.lost.aborted ? lease.lost.reason : error;
    } finally {
      if (!lease.lost.aborted) await leaveTidy(place, options);
    }
  } catch (error) {
    throw options.signal.aborted ? new CancelledError() : error;
  }
}

/** A repository that nothing was released to yet: else a folder would be found later that is none. */
async function makeEmpty(options: ReviewOptions): Promise<void> {
  await withRepository({ ...options, onStep: undefined }, async () => {});
}

async function publishLocked<Candidates, P extends Plan, S extends Snapshot>(
  options: ReviewOptions,
  place: ReviewPlace,
  format: ReviewFormat<Candidates, P, S>,
): Promise<ReviewResult<P, S>> {
  await options.onReviewStep?.('locked');
  await reap(place);
  const release = await readRelease<S>(options.root, options.channel, format.format);
  const driver = layeredDriver(format, release);
  const current = await currentOf(place);
  options.onFound?.(await findStates(place, current, release));
  const now = options.now?.() ?? new Date();
  const unique = current ?? newSnapshotId(now);
  const common = { place, release, carried: [] };
  const own = ownOptions(options, release, place.repository(unique).root);
  try {
    const approve = (decided: Decided) => {
      const other = otherwise(decided, driver);
      if (other !== undefined) throw new Otherwise(decided, other);
      options.approve?.(decided);
    };
    const published = await publish({ ...own, approve }, driver);
    await options.onReviewStep?.('published');
    await serve(place, unique, current, now, options);
    return { ...common, published, paths: place.repository(unique), begun: current === undefined ? 'new' : undefined };
  } catch (error) {
    if (!(error instanceof Otherwise)) throw error;
    const decided = error.decided as unknown as Decided<P, S>;
    if (error.to === 'release' && release !== undefined) {
      options.approve?.(asNothing(error.decided));
      return { ...common, published: nothing(decided, release), paths: undefined, begun: undefined };
    }
    if (current === undefined || decided.view.head === undefined) throw new Error('there is no review to begin anew');
    return await beginAnew(options, { ...common, decided, current, now }, driver, format);
  }
}

interface Anew<P extends Plan, S extends Snapshot> {
  readonly place: ReviewPlace;
  readonly release: Release<S> | undefined;
  readonly decided: Decided<P, S>;
  readonly current: string;
  readonly now: Date;
}

/** Makes another repository beside the one that is served, and lets the link lead to it. */
async function beginAnew<Candidates, P extends Plan, S extends Snapshot>(
  options: ReviewOptions,
  { place, release, decided, current, now }: Anew<P, S>,
  driver: LayeredDriver<Candidates, P, S>,
  format: ReviewFormat<Candidates, P, S>,
): Promise<ReviewResult<P, S>> {
  const { head } = decided.view;
  if (head === undefined) throw new Error('there is no review to begin anew');
  const unique = newSnapshotId(now);
  const paths = place.repository(unique);
  const own = ownOptions(options, release, paths.root);
  const packages = carriedPackages(head.packages, driver.brought);
  const settings = release?.head.settings ?? head.settings;
  const before = place.repository(current);
  const carried = await carryOver({ ...own, onStep: undefined }, packages, head, before, format, settings);
  await options.onReviewStep?.('carried');
  const approve = (again: Decided) => options.approve?.(asAnew(again));
  const published = await publish({ ...own, approve }, layeredDriver(format, release));
  await options.onReviewStep?.('published');
  await serve(place, unique, current, now, options);
  return { published, place, paths, release, begun: 'anew', carried };
}

/** Makes the repository the one that is served. */
async function serve(
  place: ReviewPlace,
  unique: string,
  current: string | undefined,
  now: Date,
  options: ReviewOptions,
): Promise<void> {
  await utimes(place.repository(unique).root, now, now);
  if (unique === current) return;
  await syncAll([place.folder, path.dirname(place.folder), place.root]);
  await makeServedFolder(place.links, path.join(place.root, 'public'));
  await sync(path.dirname(place.links));
  options.signal.throwIfAborted();
  await swapLink(place.link, place.target(unique));
  await options.onReviewStep?.('linked');
  if (current !== undefined) await rm(path.join(place.folder, current), { recursive: true, force: true });
  await options.onReviewStep?.('removed');
}

/** What a failure left, and the folder of a review that there is none of. */
async function leaveTidy(place: ReviewPlace, { logger }: ReviewOptions): Promise<void> {
  await reap(place);
  if ((await uniquesOf(place)).length === 0) await closeFolder(place, logger);
}

/** Of the publish into the review's repository. */
function ownOptions(options: ReviewOptions, release: Release | undefined, root: string): PublishOptions {
  const over = layeredOver(release, options.url);
  return {
    ...options,
    root,
    channel: REVIEW_CHANNEL,
    allowReview: true,
    allowDowngrade: REPLACES,
    approve: undefined,
    ...(over === undefined ? {} : { layeredOver: over }),
  };
}

/** The result where nothing of it is to be published. */
function nothing<P extends Plan, S extends Snapshot>(
  { decision: { plan, overrides }, builds }: Decided<P, S>,
  { head }: Release<S>,
): PublishResult<P, S> {
  return { plan, overrides, snapshot: head, changed: false, builds, times: [] };
}
