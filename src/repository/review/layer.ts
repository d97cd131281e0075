/**
 * What the release says of a build of a change under review, and the driver that asks it: a package that the release
 * has newer would never be chosen by clients, and one that it has to the byte need not be published once more.
 */
import { UserError } from '../../errors.ts';
import type { FormatDriver, Plan, PlanEntry } from '../driver.ts';
import { type Against, type Refusal, refusal, type Subject } from '../refusal.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Release } from './release.ts';

/** A package that builds bring. */
export interface Brought {
  readonly kind: 'binary' | 'source';
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly source: string;
  readonly sourceVersion: string;
}

/** Candidates compared with the release. */
export interface Layered<Candidates> {
  /** Those that go to the review. */
  readonly candidates: Candidates;
  /** Those that the release has, with the same content. */
  readonly skipped: readonly PlanEntry[];
  readonly refusals: readonly Refusal[];
}

/** What a format knows of reviews. */
export interface ReviewFormat<Candidates, P extends Plan, S extends Snapshot> {
  readonly format: S['format'];
  /**
   * The driver of the review's repository.
   *
   * @param settings the release's.
   * @param component where all packages go, of deb; their own when absent.
   */
  driver(settings: S['settings'] | undefined, component?: string): FormatDriver<Candidates, P, S>;
  /** All that builds bring. */
  brought(candidates: Candidates): readonly Brought[];
  /**
   * Compares candidates with the release.
   *
   * @param isInReview whether the review has another version of a source package: then what the release has goes there
   *   too, in its place.
   * @throws UserError for packages of another target.
   */
  compare(candidates: Candidates, release: Release<S>, isInReview: (source: string) => boolean): Layered<Candidates>;
}

/** A package that a build brings, as the review keeps it in mind. */
export function asBrought(each: {
  readonly candidate: Pick<Brought, 'kind' | 'name' | 'version' | 'architecture'>;
  readonly source: string;
  readonly sourceVersion: string;
}): Brought {
  const { kind, name, version, architecture } = each.candidate;
  return { kind, name, version, architecture, source: each.source, sourceVersion: each.sourceVersion };
}

/** A driver that asks the release first. */
export interface LayeredDriver<Candidates, P extends Plan, S extends Snapshot> extends FormatDriver<Candidates, P, S> {
  /** All that builds bring, once it is planned. */
  readonly brought: readonly Brought[];
  /** Whether the release refuses it, and not the review itself. */
  isOfRelease(refusal: Refusal): boolean;
}

export function layeredDriver<Candidates, P extends Plan, S extends Snapshot>(
  format: ReviewFormat<Candidates, P, S>,
  release: Release<S> | undefined,
): LayeredDriver<Candidates, P, S> {
  const inner = format.driver(release?.head.settings);
  const ofRelease = new Set<Refusal>();
  let brought: readonly Brought[] = [];
  return {
    ...inner,
    get brought() {
      return brought;
    },
    isOfRelease: (each) => ofRelease.has(each),
    plan: async (candidates, view, context) => {
      brought = format.brought(candidates);
      const { head } = view;
      const sources = new Set(head?.packages.map(({ source }) => source));
      const layered =
        release === undefined
          ? { candidates, skipped: [], refusals: [] }
          : format.compare(candidates, release, (source) => sources.has(source));
      for (const each of layered.refusals) ofRelease.add(each);
      const plan = await inner.plan(layered.candidates, view, { ...context, replacesSources: true });
      const before = head?.layeredOver;
      const isMoved = release !== undefined && before !== undefined && before.snapshot !== release.head.id;
      return {
        ...plan,
        entries: [...plan.entries, ...layered.skipped],
        refusals: [...layered.refusals, ...plan.refusals],
        reasons: [
          ...plan.reasons,
          ...(isMoved ? [`the release has moved on: ${release.view.channel} is ${release.head.id} now`] : []),
        ],
      };
    },
  };
}

/** The refusal of a package that the release has newer, or with other content. */
export function releaseRefusal(subject: Subject, against: readonly Against[], release: Release): Refusal[] {
  const [first] = against;
  if (first === undefined) return [];
  const { name, version, architecture } = subject.candidate;
  const there = `${first.name} ${first.version} (${first.architecture}) in the channel ${release.view.channel} of the release`;
  const found = `${name} ${version} (${architecture})`;
  const error =
    first.outcome === 'downgrade'
      ? new UserError({
          what: 'the release has a newer package, so clients would not choose the one of the review',
          where: subject.where,
          found,
          expected: `a version above ${there}`,
          remedy: 'bring the change up to date with its branch, and build it again',
        })
      : new UserError({
          what: 'the release has this version with other content',
          where: subject.where,
          found: `${found}${first.file === undefined ? '' : `, file ${first.file}`}`,
          expected: `a version above ${there}`,
          remedy: 'build it as a change under review, which gives it a version of its own',
        });
  return [refusal(subject, first.outcome, against, error)];
}
