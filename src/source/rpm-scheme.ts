/**
 * How the Release of a spec is made from what it says and a history, and where a change under review sorts. Pure: text
 * and numbers in, text out (docs/versions.md has the table that this implements). The text is the spec's, unexpanded:
 * `%{?dist}` and other macros stay where they are.
 */
import { callsMacro } from '../rpm/spec.ts';
import { type Change, fillTemplate, numberAt, type Position, snapshotSuffix, type VersionScheme } from './scheme.ts';

export interface ReleasePlan {
  readonly scheme: VersionScheme;
  /** For `template`. */
  readonly template?: string;
  /** Behind every Release. */
  readonly suffix: string;
  /** As the spec says it: `1%{?dist}`. */
  readonly release: string;
  /** The Version says the commit: `1.2^git6.g1a2b3c4d`. */
  readonly snapshot: boolean;
  /** For `{target}` of a template. */
  readonly target?: string;
}

/** What becomes of the spec's Version and Release. */
export interface ReleaseText {
  /** Put behind the Version; often empty. */
  readonly versionSuffix: string;
  /** Value of Release, unexpanded. */
  readonly release: string;
  /**
   * Of a review: what of the Version or the Release, at its end, must be left out to have a version that the next merge
   * does not sort below. `undefined` where the merge brings no new version.
   */
  readonly mark: { readonly part: 'version' | 'release'; readonly text: string } | undefined;
}

const DIST = /%(?:\{\??dist\}|dist\b)/g;
const DIST_AT_END = /%(?:\{\??dist\}|dist)$/;

/**
 * Names in front of a number that are not ours: distributions (a literal `1.el9`), pre-releases as Fedora wrote them
 * (`0.1.rc2`), and other version control systems'.
 */
const FOREIGN =
  /^(?:el|fc|rhel|centos|amzn|azl|cm|mga|mdv|mdk|oe|lp|bp|suse|sles|ol|lvn|a|b|c|p|rc|alpha|beta|pre|preview|post|snap|svn|hg|bzr|cvs)$/i;

interface Parts {
  /** What the number is put behind. */
  readonly stem: string;
  /** What comes after the number: `%{?dist}` or nothing. */
  readonly rest: string;
  /** Whether the spec has a number of ours already. */
  readonly isOurs: boolean;
}

/**
 * Takes a Release apart at the number to count on. Ours is a number with a name of its own (`1%{?dist}~mos1`,
 * `1.mos1%{?dist}`, `1.dev1`). Another number must stay: without it the package would sort below the distribution's
 * own. `.git` comes between, at the very end, where `%{?dist}` sorts before it and the next number of the distribution
 * after it.
 */
function takeApart(release: string): Parts {
  const rest = DIST_AT_END.exec(release)?.[0] ?? '';
  const head = release.slice(0, release.length - rest.length);
  const [, stem = '', name = ''] = /^(.*?(?<![A-Za-z0-9%_])([A-Za-z]+))\d+(?:\.\d+)*$/.exec(head) ?? [];
  if (name !== '' && !FOREIGN.test(name)) return { stem, rest, isOurs: true };
  return { stem: `${release}.git`, rest: '', isOurs: false };
}

function releaseAt(plan: ReleasePlan, position: Position): { readonly text: string; readonly isCut: boolean } {
  const { scheme, release } = plan;
  // rpmautospec counts by itself.
  if (scheme === 'changelog' || isAutomatic(release)) return { text: release, isCut: false };
  const { stem, rest, isOurs } = takeApart(release);
  if (scheme === 'template') {
    const given = { revision: release, stem, target: plan.target };
    const { text, isCut } = fillTemplate(plan.template ?? '', given, position);
    if (isCut) return { text: text.replace(/[.+~]+$/, ''), isCut };
    const keepsDist = text.search(DIST) !== -1 || release.search(DIST) === -1;
    return { text: keepsDist ? text : `${text}${release.match(DIST)?.[0] ?? ''}`, isCut };
  }
  // At the tag a Release stays as it is; with a suffix behind it, that could sort above the next commit's number.
  const stays = scheme === 'commits' && position.commits === 0 && !isOurs && plan.suffix === '';
  if (stays) return { text: release, isCut: false };
  return { text: `${stem}${numberAt(scheme, position)}${rest}`, isCut: false };
}

/** Whether rpmautospec makes the Release (`%autorelease`). */
export function isAutomatic(release: string): boolean {
  return callsMacro(release, 'autorelease');
}

/** Release at `position`. */
export function mergeRelease(plan: ReleasePlan, position: Position): ReleaseText {
  const { text } = releaseAt(plan, position);
  return {
    versionSuffix: plan.snapshot ? snapshotSuffix(position, '^') : '',
    release: text + plan.suffix,
    mark: undefined,
  };
}

/**
 * Release of a change under review: `~cr<id>.<patchset>` behind the lowest version that the next merge can have. A
 * tilde sorts before anything (rpm-version(7)), so it stays below that merge, whichever change it will be; and above
 * what is merged.
 *
 * @param next lowest numbers of the next merge. Its commit counts only where the change leaves the code project alone.
 * @param sameVersion whether the merge will have the version that there is: the scheme is `changelog` and the change
 *   leaves the spec's version as it was, or rpmautospec counts. Then the review sorts right above that one.
 */
export function reviewRelease(plan: ReleasePlan, next: Position, change: Change, sameVersion: boolean): ReleaseText {
  const mark = `~cr${change.id}.${change.patchset}`;
  const versionSuffix = plan.snapshot
    ? snapshotSuffix(change.inCode ? { ...next, codeCommit: undefined } : next, '^')
    : '';
  // Another change may be merged next: no commit is known, even where this one leaves the code alone.
  const { text, isCut } = releaseAt(plan, { ...next, codeCommit: undefined });
  // What is cut off is a lower bound only with nothing behind it.
  const lowest = withBraces(text) + (isCut ? '' : plan.suffix);
  // The tarball is the change's own: its name must be too.
  if (versionSuffix !== '' && change.inCode) {
    return { versionSuffix: versionSuffix + mark, release: lowest, mark: { part: 'version', text: mark } };
  }
  const unchanged = versionSuffix === '' && (isAutomatic(plan.release) || (plan.scheme === 'changelog' && sameVersion));
  return {
    versionSuffix,
    release: `${lowest}${unchanged ? '.0' : ''}${mark}`,
    mark: unchanged ? undefined : { part: 'release', text: mark },
  };
}

/** `%autorelease -b 4` as `%{autorelease -b 4}`: without braces it takes the rest of the line for its arguments. */
function withBraces(release: string): string {
  return release.replace(/^%([?!]*autorelease\b.*)$/, '%{$1}');
}
