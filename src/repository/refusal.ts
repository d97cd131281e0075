/** How a plan says no, in every format. */
import { quote, UserError } from '../errors.ts';
import type { CheckResult, PublishedPackage, VersionIndex } from '../version-check.ts';
import type { PackageRef, SnapshotPackage } from './snapshot.ts';

/** A published package that forbids a candidate. */
export interface Against {
  readonly outcome: 'conflict' | 'downgrade';
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** Where it is: a channel, or, of what no channel has any more, a snapshot. */
  readonly channel?: string;
  readonly snapshot?: string;
  /** The file whose name both have. */
  readonly file?: string;
}

/** Why a candidate may not be published. */
export interface Refusal extends PackageRef {
  readonly type: SnapshotPackage['type'];
  /** `misplaced`: the repository does not have its architecture. */
  readonly outcome: 'conflict' | 'downgrade' | 'misplaced';
  /** One for each channel that has such a package; none of a misplaced one. */
  readonly against: readonly Against[];
  readonly error: UserError;
}

/** What a refusal is about. */
export interface Subject {
  readonly candidate: PackageRef;
  readonly type: SnapshotPackage['type'];
  /** The candidate's file. */
  readonly where: string;
}

/**
 * What is wrong with publishing a candidate, by its version check.
 *
 * @param all what the check says of each channel alone (`checkEachChannel`).
 */
export function versionRefusal(result: CheckResult, all: readonly CheckResult[], subject: Subject): Refusal[] {
  const { outcome, against, file } = result;
  if (outcome !== 'downgrade' && outcome !== 'conflict') return [];
  const { name, version, architecture } = subject.candidate;
  const there = `${against?.name} ${against?.version} (${against?.architecture}) in the channel ${against?.channel}`;
  const found = `${name} ${version} (${architecture})`;
  const error =
    outcome === 'downgrade'
      ? new UserError({
          what: 'the package is older than the published one: a downgrade',
          where: subject.where,
          found,
          expected: `a version above ${there}`,
          remedy: HOW_TO_GO_BACK,
        })
      : new UserError({
          what: 'the version is published already, with other content: a conflict',
          where: subject.where,
          found: `${found}${file === undefined ? '' : `, file ${file}`}`,
          expected: `the content of ${there}`,
          remedy: 'give it a new version',
        });
  return [refusal(subject, outcome, all.flatMap(asAgainst), error)];
}

/** Says `check` of each channel alone: what is wrong with one of them may hide what is wrong with another. */
export function checkEachChannel(
  { kind, name }: PackageRef,
  published: VersionIndex,
  check: (of: readonly PublishedPackage[]) => CheckResult,
): CheckResult[] {
  const byChannel = new Map<string, PublishedPackage[]>();
  for (const each of published.get(kind, name)) {
    byChannel.set(each.channel, [...(byChannel.get(each.channel) ?? []), each]);
  }
  return [...byChannel.values()].map(check);
}

/** Of every downgrade: the input has this name wherever packages come into a channel. */
export const HOW_TO_GO_BACK = 'to go back on purpose, set allow-downgrade, with a reason';

/** A refusal of `subject`. */
export function refusal(
  { candidate, type }: Subject,
  outcome: Refusal['outcome'],
  against: readonly Against[],
  error: UserError,
): Refusal {
  const { kind, name, version, architecture } = candidate;
  return { kind, type, name, version, architecture, outcome, against, error };
}

function asAgainst({ outcome, against, file }: CheckResult): Against[] {
  if (against === undefined || (outcome !== 'downgrade' && outcome !== 'conflict')) return [];
  const { name, version, architecture, channel } = against;
  return [{ outcome, name, version, architecture, channel, ...(file === undefined ? {} : { file }) }];
}

/** A package of an architecture that is none of the repository's. */
export function misplacedRefusal(subject: Subject, architectures: readonly string[]): Refusal {
  const error = new UserError({
    what: 'a package of an architecture that the repository does not have',
    where: subject.where,
    found: subject.candidate.architecture,
    expected: architectures.join(', '),
    remedy: 'add it to the input architectures',
  });
  return refusal(subject, 'misplaced', [], error);
}

/** @throws the error, or an AggregateError where there are several: all that is wrong is named. */
export function refuseAll(errors: readonly UserError[]): void {
  const [only, ...more] = errors;
  if (only === undefined) return;
  if (more.length === 0) throw only;
  throw new AggregateError(errors, `${errors.length} packages cannot be published; the first: ${only.message}`);
}

/**
 * The target of a repository: that of the packages, and for good.
 *
 * @throws UserError for packages of another one.
 */
export function targetOf(before: string | undefined, packages: string | undefined): string | undefined {
  if (before === undefined || packages === undefined || packages === before) return before ?? packages;
  throw new UserError({
    what: 'the packages are built for another target than those of the repository',
    where: 'input packages',
    found: quote(packages),
    expected: quote(before),
    remedy: 'one repository serves one target: give a repository of its own to each',
  });
}
