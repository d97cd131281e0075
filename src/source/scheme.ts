/**
 * How a version is made from a changelog and a history, and where a change under review sorts. Pure: numbers in, text
 * out (docs/versions.md has the table that this implements).
 */
import { compareVersions, formatVersion, isVersion, parseVersion } from '../deb/version.ts';
import { quote, UserError } from '../errors.ts';

export const VERSION_SCHEMES = ['commits', 'changelog', 'date', 'hotfix', 'security', 'template'] as const;
export type VersionScheme = (typeof VERSION_SCHEMES)[number];

/** Numbers of one point of the history. */
export interface Position {
  /** Commits since the tag, merges not counted, of the code project and of the spec project. */
  readonly commits: number;
  /** Those of the code project alone. */
  readonly codeCommits: number;
  /** Of `commits`, those up to where the branch left its parent branch; only for `hotfix` and `security`. */
  readonly baseCommits: number;
  /** Newest commit time of both projects, seconds since the epoch. */
  readonly time: number;
  /** Code project's commit; `undefined` for one that is still to come. */
  readonly codeCommit: string | undefined;
}

export interface VersionPlan {
  readonly scheme: VersionScheme;
  /** For `template`. */
  readonly template?: string;
  /** Appended to every version: `~deb12u1`, `+deb12`. */
  readonly suffix: string;
  readonly epoch: number;
  /** Upstream version of the tag, or else of the changelog. */
  readonly upstream: string;
  /** The changelog's revision; of a native package what its version has behind `upstream`. */
  readonly revision: string;
  readonly native: boolean;
  /**
   * The tarball is of the commit and not of the tag, so the upstream version says which: `1.2+git5.g1a2b3c4d`.
   * Not for native packages, whose version always does.
   */
  readonly snapshot: boolean;
  /** For `{target}` of a template. */
  readonly target?: string;
}

/** Digits of a commit's id in a version. */
const SHORT = 8;

/**
 * The version at `position`.
 *
 * @throws UserError where it is no legal version.
 */
export function versionAt(plan: VersionPlan, position: Position): string {
  const upstream = plan.upstream + (plan.snapshot && !plan.native ? snapshotSuffix(position) : '');
  return compose(plan, upstream, revisionWithSuffix(plan, position));
}

/** `+git5.g1a2b3c4d`, with `mark` for the plus; without commits nothing: it is the tag. */
export function snapshotSuffix({ codeCommits, codeCommit }: Position, mark: '+' | '^' = '+'): string {
  if (codeCommits === 0) return '';
  return `${mark}git${codeCommits}${codeCommit === undefined ? '' : `.g${codeCommit.slice(0, SHORT)}`}`;
}

function compose(plan: VersionPlan, upstream: string, revision: string): string {
  const text = plan.native
    ? formatVersion({ epoch: plan.epoch, upstream: upstream + revision, revision: undefined })
    : formatVersion({ epoch: plan.epoch, upstream, revision });
  const legal = isVersion(text) && parseVersion(text).revision === (plan.native ? undefined : revision);
  if (legal) return text;
  throw new UserError({
    what: 'the version made by the scheme is not a legal Debian version',
    where: `version-scheme ${plan.scheme}`,
    found: quote(text),
    expected: plan.native ? 'letters, digits and .+~' : 'a revision of letters, digits and .+~',
  });
}

function revisionWithSuffix(plan: VersionPlan, position: Position): string {
  // What is cut off before an unknown id is a lower bound only with nothing behind it.
  const cut = plan.scheme === 'template' && position.codeCommit === undefined && plan.template?.includes('{shortsha}');
  return revisionAt(plan, position) + (cut ? '' : plan.suffix);
}

function revisionAt(plan: VersionPlan, position: Position): string {
  const { scheme, revision } = plan;
  switch (scheme) {
    case 'changelog':
      return revision;
    case 'commits':
      return position.commits === 0 && !isOurs(revision) ? revision : `${stem(revision)}${position.commits}`;
    case 'hotfix':
    case 'security':
    case 'date':
      return `${stem(revision)}${numberAt(scheme, position)}`;
    case 'template':
      return fillTemplate(plan.template ?? '', { revision, stem: stem(revision), target: plan.target }, position).text;
  }
}

/** What a scheme counts by, as text: `6`, `4.2.0`, `4.0.2`, `20260105.101530`. */
export function numberAt(scheme: 'commits' | 'hotfix' | 'security' | 'date', position: Position): string {
  const { commits, baseCommits, time } = position;
  const delta = Math.max(0, commits - baseCommits);
  switch (scheme) {
    case 'commits':
      return String(commits);
    case 'hotfix':
      return `${baseCommits}.${delta}.0`;
    case 'security':
      return `${baseCommits}.0.${delta}`;
    case 'date':
      return `${dayOf(time)}.${timeOf(time)}`;
  }
}

/** Revisions that a distribution made: `1+deb12u1`, `1~bpo12+1`, `0ubuntu2`, `1build1`, `1+nmu1`, `1~exp1`. */
const DISTRIBUTIONS = /(?:deb\d+u\d+|bpo\d+(?:\.\d+)*\+\d+|ubuntu\d+(?:\.\d+)*|build\d+|nmu\d+|~exp\d+)$/;

/** Whether the number at the end of a revision is ours to count on (`1~mos3`), not a bare one or a distribution's. */
function isOurs(revision: string): boolean {
  return /[A-Za-z]/.test(revision) && !DISTRIBUTIONS.test(revision);
}

/**
 * What the number is put behind: the revision without its trailing digits, where these are ours. Another number must
 * stay: without it the version would sort below the distribution's own package. `+git` comes between.
 */
function stem(revision: string): string {
  return isOurs(revision) ? revision.replace(/\d+$/, '') : `${revision}+git`;
}

/** `YYYYMMDD` in UTC. */
function dayOf(time: number): string {
  return new Date(time * 1000).toISOString().slice(0, 10).replaceAll('-', '');
}

/** `HHMMSS` in UTC. */
function timeOf(time: number): string {
  return new Date(time * 1000).toISOString().slice(11, 19).replaceAll(':', '');
}

type Placeholder = 'revision' | 'stem' | 'n' | 'base' | 'delta' | 'date' | 'time' | 'shortsha' | 'target';

const PLACEHOLDER = /\{([a-z]*)\}/g;
const PLACEHOLDERS: readonly string[] = [
  'revision',
  'stem',
  'n',
  'base',
  'delta',
  'date',
  'time',
  'shortsha',
  'target',
] satisfies Placeholder[];

/**
 * A template with its placeholders filled in.
 *
 * @returns the text, and whether it was cut off before the id of a commit to come, which nobody knows: what is in front
 *   of it is a lower bound, whatever it will be.
 */
export function fillTemplate(
  template: string,
  given: { readonly revision: string; readonly stem: string; readonly target: string | undefined },
  position: Position,
): { readonly text: string; readonly isCut: boolean } {
  const values: Readonly<Record<Placeholder, string>> = {
    revision: given.revision,
    stem: given.stem,
    n: String(position.commits),
    base: String(position.baseCommits),
    delta: String(Math.max(0, position.commits - position.baseCommits)),
    date: dayOf(position.time),
    time: timeOf(position.time),
    shortsha: position.codeCommit?.slice(0, SHORT) ?? '',
    target: (given.target ?? '').replace(/[^A-Za-z0-9]+/g, '.'),
  };
  const cut = position.codeCommit === undefined ? template.indexOf('{shortsha}') : -1;
  const known = cut === -1 ? template : template.slice(0, cut);
  return { text: known.replace(PLACEHOLDER, (_, name: string) => values[name as Placeholder]), isCut: cut !== -1 };
}

/** What keeps the buildroot's `%{?dist}` in the Release of a spec. */
const DIST = /%\{\?dist\}/g;

/**
 * Checks a template: known placeholders, legal characters, and a part that grows with the history.
 *
 * @param format of the packages; without it the template of any is taken.
 * @throws UserError
 */
export function checkTemplate(template: string, where: string, format?: 'deb' | 'rpm'): void {
  const wrong = (what: string, expected: string): UserError =>
    new UserError({ what, where, found: quote(template), expected });
  const names = [...template.matchAll(PLACEHOLDER)].map((match) => match[1] ?? '');
  const unknown = names.find((name) => !PLACEHOLDERS.includes(name));
  if (unknown !== undefined) {
    throw wrong(`an unknown placeholder {${unknown}}`, PLACEHOLDERS.map((name) => `{${name}}`).join(' '));
  }
  const around = (format === 'deb' ? template : template.replace(DIST, '')).replace(PLACEHOLDER, '');
  if (!/^[A-Za-z0-9.+~]*$/.test(around)) {
    const dist = format === 'deb' ? '' : ', for rpm also %{?dist},';
    throw wrong('a template that gives no legal revision', `letters, digits and .+~${dist} around the placeholders`);
  }
  const grows = names.includes('n') || names.includes('delta') || (names.includes('date') && names.includes('time'));
  if (!grows) throw wrong('a template that gives two commits the same version', '{n}, {delta}, or {date} and {time}');
}

/** @throws UserError where a version cannot end in `suffix`. */
export function checkSuffix(suffix: string, where: string): void {
  if (/^(?:[+~.][A-Za-z0-9.+~]+)?$/.test(suffix)) return;
  throw new UserError({
    what: 'not a suffix of versions',
    where,
    found: quote(suffix),
    expected: '+ or ~ or . and then letters, digits and .+~, such as ~deb12u1',
  });
}

export interface Change {
  /** Number of the change, pull request or merge request. Letters and digits. */
  readonly id: string;
  /** Patch set, or number of the run. */
  readonly patchset: number;
  /** Whether the change is in the code project (also, or only). */
  readonly inCode: boolean;
}

export interface ReviewVersion {
  readonly version: string;
  /** A version that the merge will not sort below. `undefined` where the merge brings no new version. */
  readonly next: string | undefined;
}

/**
 * The version of a change under review: `~cr<id>.<patchset>` behind the lowest version that the next merge can have.
 * A tilde sorts before anything, so it stays below that merge, whichever change it will be; and above what is merged.
 *
 * @param next lowest numbers of the next merge. Its commit counts only where the change leaves the code project alone.
 * @param sameVersion for the scheme `changelog`: whether the change leaves the changelog's version as it was. Then the
 *   merge has no version of its own, and the review sorts right above the one that is there.
 */
export function reviewVersion(plan: VersionPlan, next: Position, change: Change, sameVersion: boolean): ReviewVersion {
  const mark = `~cr${change.id}.${change.patchset}`;
  const tarball =
    plan.snapshot && !plan.native ? snapshotSuffix(change.inCode ? { ...next, codeCommit: undefined } : next) : '';
  const upstream = plan.upstream + tarball;
  // Another change may be merged next: no commit is known, even where this one leaves the code alone.
  const revision = revisionWithSuffix(plan, { ...next, codeCommit: undefined });
  const lowest = compose(plan, upstream, revision);
  // The tarball is the change's own: its name must be too.
  if (tarball !== '' && change.inCode) return { version: compose(plan, upstream + mark, revision), next: lowest };
  const unchanged = plan.scheme === 'changelog' && sameVersion;
  const version = `${lowest}${unchanged ? '+' : ''}${mark}`;
  parseVersion(version, 'version of the review');
  return { version, next: unchanged ? undefined : lowest };
}

/** Where people write versions. */
const RAISE = 'raise the version: that of the changelog, or Version or Release of the spec';

/**
 * Asserts that a version is where it must be: above what is published, and a review's below the next merge.
 *
 * @param compare order of the format, dpkg's when absent.
 * @throws UserError saying what is out of order and what to do.
 */
export function assertOrder(
  order: {
    readonly version: string;
    readonly review: boolean;
    readonly published: string | undefined;
    readonly next: string | undefined;
  },
  compare: (a: string, b: string) => number = compareVersions,
): void {
  const { version, review, published, next } = order;
  if (next !== undefined && compare(version, next) >= 0) {
    throw new UserError({
      what: 'the review build would not sort below the next merge',
      found: version,
      expected: `a version below ${next}`,
      remedy: 'change the version-scheme or the version-suffix',
    });
  }
  if (published === undefined) return;
  const order_ = compare(version, published);
  if (review && order_ <= 0) {
    throw new UserError({
      what: 'the review build would not sort above the published version',
      found: version,
      expected: `a version above ${published}`,
      remedy: `rebase the change on its branch (give that as base-branch), or ${RAISE}`,
    });
  }
  if (!review && order_ < 0) {
    throw new UserError({
      what: 'the version is older than the published one',
      found: version,
      expected: `${published} or above`,
      remedy: `build the newest commit of the branch, or ${RAISE}`,
    });
  }
}
