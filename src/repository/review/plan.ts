/** Plans a publish to a review: tells what `publishReview` would do, and changes nothing. */
import path from 'node:path';
import type { Plan, RepositoryView } from '../driver.ts';
import { checkChannelName } from '../layout.ts';
import { type Decided, type GivenKeys, planPublish } from '../publish.ts';
import type { PackageRef, Snapshot } from '../snapshot.ts';
import { carriedPackages } from './carry.ts';
import { asNothing, type Found, findStates, otherwise, REPLACES } from './decision.ts';
import { layeredDriver, type ReviewFormat } from './layer.ts';
import { checkReviewName, currentOf, REVIEW_CHANNEL, ReviewPlace } from './place.ts';
import type { ReviewOptions } from './publish.ts';
import { readRelease } from './release.ts';

/** What a publish to a review would do. */
export interface DecidedReview<P extends Plan = Plan, S extends Snapshot = Snapshot> {
  readonly decided: Decided<P, S>;
  readonly found: Found;
  readonly begun: 'new' | 'anew' | undefined;
  /** Packages of the one before that it would take along. */
  readonly carried: readonly PackageRef[];
}

export type PlanReviewOptions = Pick<
  ReviewOptions,
  'root' | 'channel' | 'review' | 'packages' | 'allowKeyChange' | 'allowedSigners' | 'logger' | 'signal' | 'now'
>;

/**
 * Decides what `publishReview` would do now, and changes nothing: no lock is taken, nothing is made.
 *
 * @param keys tells which keys would sign.
 * @throws UserError when nothing can be decided.
 */
export async function planReview<Candidates, P extends Plan, S extends Snapshot>(
  options: PlanReviewOptions,
  keys: (view: RepositoryView) => Promise<GivenKeys>,
  format: ReviewFormat<Candidates, P, S>,
): Promise<DecidedReview<P, S>> {
  const place = new ReviewPlace(options.root, checkReviewName(options.review));
  checkChannelName(options.channel, 'input channel');
  const release = await readRelease<S>(options.root, options.channel, format.format);
  const current = await currentOf(place);
  const decide = async (root: string, keysFor: typeof keys) => {
    const driver = layeredDriver(format, release);
    const own = { ...options, root, channel: REVIEW_CHANNEL, allowReview: true, allowDowngrade: REPLACES };
    return { decided: await planPublish(own, keysFor, driver), driver };
  };
  // Where nothing is.
  const empty = path.join(place.folder, 'none');
  const common = { found: await findStates(place, current, release) };
  const { decided, driver } = await decide(current === undefined ? empty : place.repository(current).root, keys);
  const { head } = decided.view;
  const other = otherwise(decided, driver);
  if (other === 'anew' && head !== undefined) {
    // The keys of the review as it is.
    const again = await decide(empty, async () => await keys(decided.view));
    const carried = carriedPackages(head.packages, driver.brought).map(refOf);
    return { ...common, decided: again.decided, begun: 'anew', carried };
  }
  if (other === 'release') return { ...common, decided: asNothing(decided), begun: undefined, carried: [] };
  return { ...common, decided, begun: current === undefined ? 'new' : undefined, carried: [] };
}

function refOf({ kind, name, version, architecture }: PackageRef): PackageRef {
  return { kind, name, version, architecture };
}
