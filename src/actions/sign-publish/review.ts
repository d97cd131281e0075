/** Publishes to a review repository (docs/review-repositories.md), and tells what it came to. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { keysOfSnapshot } from '../../repository/keys.ts';
import { fileUri, fileUrl, type RepositoryPaths } from '../../repository/layout.ts';
import type { PublishResult } from '../../repository/publish.ts';
import { debReview } from '../../repository/review/deb.ts';
import { REVIEW_CHANNEL, ReviewPlace } from '../../repository/review/place.ts';
import { type DecidedReview, type PlanReviewOptions, planReview } from '../../repository/review/plan.ts';
import { publishReview, type ReviewOptions, type ReviewResult } from '../../repository/review/publish.ts';
import { readRelease } from '../../repository/review/release.ts';
import { rpmReview } from '../../repository/review/rpm.ts';
import type { Snapshot } from '../../repository/snapshot.ts';
import type { ReportContext, ReviewContext } from './instructions.ts';
import type { FormatRequest } from './repository.ts';

/** What is told of it: the part of the report's context that it decides. */
export interface PublishedReview {
  readonly result: PublishResult;
  readonly context: Omit<ReportContext, 'key' | 'nextKey'> & { readonly review: ReviewContext };
}

/**
 * @param options `root` and `channel` of the release.
 * @throws as `publishReview`.
 */
export async function publishToReview(options: ReviewOptions, request: FormatRequest): Promise<PublishedReview> {
  const address = await releaseAddress(options, request.format);
  const url = address === undefined ? undefined : new ReviewPlace(options.root, options.review).url(address);
  const own = { ...options, url: address };
  const outcome: ReviewResult =
    request.format === 'deb'
      ? await publishReview(own, debReview(request.deb, options.review, url))
      : await publishReview(own, rpmReview(request.rpm, options.review, url));
  return { result: outcome.published, context: await contextOf(outcome, options, request.format, address) };
}

/** What that would do (`planReview`). */
export async function planForReview(
  options: PlanReviewOptions & { readonly url: string | undefined },
  keys: Parameters<typeof planReview>[1],
  request: FormatRequest,
): Promise<DecidedReview> {
  const address = await releaseAddress(options, request.format);
  const url = address === undefined ? undefined : new ReviewPlace(options.root, options.review).url(address);
  return request.format === 'deb'
    ? await planReview(options, keys, debReview(request.deb, options.review, url))
    : await planReview(options, keys, rpmReview(request.rpm, options.review, url));
}

/** The public address of the release: as it is given, else as it is recorded. */
async function releaseAddress(
  { root, channel, url }: Pick<ReviewOptions, 'root' | 'channel' | 'url'>,
  format: FormatRequest['format'],
): Promise<string | undefined> {
  return url ?? (await readRelease(root, channel, format))?.head.settings.url;
}

async function contextOf(
  { paths, place, release, begun, carried }: ReviewResult,
  { root, channel, review }: ReviewOptions,
  format: FormatRequest['format'],
  address: string | undefined,
): Promise<PublishedReview['context']> {
  const asUrl = format === 'deb' ? fileUri : fileUrl;
  const released = release?.view.paths;
  const below = {
    root,
    channel,
    url: address ?? asUrl(path.join(root, 'public')),
    keys: released === undefined ? '' : await readKeys(released),
  };
  const layer = release === undefined ? undefined : { ...below, snapshot: release.head };
  // The release has all of it: it is what machines use.
  if (paths === undefined) return { ...below, review: { name: review, release: undefined, begun, carried } };
  return {
    root: paths.root,
    channel: REVIEW_CHANNEL,
    url: address === undefined ? asUrl(place.link) : place.url(address),
    keys: await readKeys(paths),
    review: { name: review, release: layer, begun, carried },
  };
}

async function readKeys(paths: RepositoryPaths): Promise<string> {
  return await readFile(path.join(paths.public, 'key.asc'), 'utf8');
}

/** What people should know who give the release's key to reviews. */
export function reviewWarnings({ release }: ReviewContext, fingerprints: readonly string[]): string[] {
  const known: readonly string[] = release === undefined ? [] : keysOfSnapshot(release.snapshot as Snapshot);
  if (!fingerprints.some((each) => known.includes(each))) return [];
  return [
    'the review is signed by the key of the release: whoever trusts the release would trust packages of changes that nobody has merged; give reviews a key of their own',
  ];
}
