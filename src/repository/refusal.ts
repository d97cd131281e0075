/** How a plan says no, in every format. */
import { quote, UserError } from '../errors.ts';
import type { CheckResult } from '../version-check.ts';

/**
 * What is wrong with publishing a candidate, by its version check.
 *
 * @param where the candidate's file.
 */
export function versionRefusal({ outcome, candidate, against, file }: CheckResult, where: string): UserError[] {
  if (outcome !== 'downgrade' && outcome !== 'conflict') return [];
  const { name, version, architecture } = candidate;
  const there = `${against?.name} ${against?.version} (${against?.architecture}) in the channel ${against?.channel}`;
  const found = `${name} ${version} (${architecture})`;
  if (outcome === 'downgrade') {
    return [
      new UserError({
        what: 'the package is older than the published one: a downgrade',
        where,
        found,
        expected: `a version above ${there}`,
      }),
    ];
  }
  return [
    new UserError({
      what: 'the version is published already, with other content: a conflict',
      where,
      found: `${found}${file === undefined ? '' : `, file ${file}`}`,
      expected: `the content of ${there}`,
      remedy: 'give it a new version',
    }),
  ];
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
