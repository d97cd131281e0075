/** Commands for review repositories. */
import { UserError } from '../../errors.ts';
import { formatBytes, formatCount } from '../../format.ts';
import type { Host } from '../../host/host.ts';
import { describeReview, listReviews, type Reviews } from '../../repository/review/listing.ts';
import { checkReviewName, ReviewPlace } from '../../repository/review/place.ts';
import { pruneReviews, removeReviews } from '../../repository/review/remove.ts';
import { type Inputs, type Outcome, type Request, writing } from './request.ts';
import type { Table } from './tables.ts';

const KEEP_SECONDS = 14 * 86_400;

/** Removes reviews whose changes are closed. */
export async function removeReview(inputs: Inputs, request: Request, host: Host): Promise<Outcome> {
  const { 'dry-run': dryRun } = inputs;
  const reviews = await removeReviews({ ...writing(inputs, request, host), names: inputs.review });
  const removed = reviews.filter(({ outcome }) => outcome === 'removed').map(({ name }) => name);
  const absent = reviews.filter(({ outcome }) => outcome === 'absent').map(({ name }) => name);
  const parts = [
    ...(removed.length === 0 ? [] : [`${dryRun ? 'Would remove' : 'Removed'} ${reviewsOf(removed)}`]),
    ...(absent.length === 0 ? [] : [`${removed.length === 0 ? 'T' : 't'}here is no ${reviewsOf(absent)}`]),
  ];
  const gone = dryRun ? 'would be removed' : 'removed';
  return {
    changed: removed.length > 0,
    conclusion: parts.join('; '),
    tables: [
      {
        title: 'Reviews',
        header: ['review', ''],
        rows: reviews.map(({ name, outcome }) => [name, outcome === 'removed' ? gone : 'was not there']),
        empty: 'none',
      },
    ],
    result: { repository: request.root, dryRun, removed, absent },
  };
}

/** Removes reviews that nobody has published to for a time. */
export async function pruneReview(inputs: Inputs, request: Request, host: Host): Promise<Outcome> {
  const { 'dry-run': dryRun, 'keep-for': keepSeconds = KEEP_SECONDS } = inputs;
  const { removed, kept } = await pruneReviews({ ...writing(inputs, request, host), keepSeconds });
  const verb = dryRun ? 'Would remove' : 'Removed';
  const table = (title: string, rows: typeof kept): Table => ({
    title,
    header: ['review', 'why'],
    rows: rows.map(({ name, why }) => [name, why]),
    empty: 'none',
  });
  return {
    changed: removed.length > 0,
    conclusion: `${removed.length === 0 ? 'Nothing to remove' : `${verb} ${formatCount(removed.length, 'review')}`}; ${formatCount(kept.length, 'review stays', 'reviews stay')}`,
    tables: [table(dryRun ? 'Reviews that would be removed' : 'Reviews removed', removed), table('Reviews kept', kept)],
    result: { repository: request.root, dryRun, keepSeconds, removed, kept },
  };
}

/** The reviews of a repository, for its list: nothing where there are none. */
export async function reviewTables(root: string): Promise<{ tables: Table[]; reviews: Reviews['reviews'] }> {
  const { reviews, problems } = await listReviews(root);
  if (reviews.length + problems.length === 0) return { tables: [], reviews };
  const rows = reviews.map((each) => [
    each.name,
    each.sources.join(', '),
    timeOf(each.createdAt),
    timeOf(each.usedAt),
    String(each.packages),
    formatBytes(each.bytes),
    each.layeredOver === null ? '' : `${each.layeredOver.channel} (${each.layeredOver.snapshot})`,
    [...new Set(each.origins.map(({ project, commit }) => `${project} ${commit.slice(0, 12)}`))].join(', '),
  ]);
  return {
    tables: [
      {
        title: 'Reviews',
        header: ['review', 'sources', 'begun', 'last publish', 'packages', 'size', 'layered over', 'change'],
        rows: [...rows, ...problems.map(({ name, why }) => [name, why, '', '', '', '', '', ''])],
        empty: 'none',
      },
    ],
    reviews,
  };
}

/**
 * The repository of one review, which is listed as any other.
 *
 * @throws UserError where it is not there.
 */
export async function reviewRequest(inputs: Inputs, request: Request): Promise<Request> {
  const [name, ...more] = inputs.review;
  if (name === undefined) return request;
  if (more.length > 0) {
    throw new UserError({
      what: 'several reviews, and one can be listed',
      where: 'input review',
      found: String(inputs.review.length),
      expected: 'one name, or none for all of them',
    });
  }
  const place = new ReviewPlace(request.root, checkReviewName(name));
  const found = await describeReview(place);
  if (found === undefined) {
    throw new UserError({
      what: 'there is no such review',
      where: 'input review',
      found: name,
      expected: 'one that list names',
    });
  }
  return { ...request, root: found.root, url: place.url(request.url) };
}

function reviewsOf(names: readonly string[]): string {
  return `${names.length === 1 ? 'review' : 'reviews'} ${names.join(', ')}`;
}

function timeOf(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}
