/**
 * Upstream versions as tags spell them, turned into Debian's spelling: pre-releases get a tilde, so that they sort
 * before their release (docs/versions.md).
 */
import { compareVersions } from '../deb/version.ts';

/** Tags of packages, not of upstream (DEP-14). */
const PACKAGING_TAG = /^(?:debian|ubuntu|kali|raspbian|devuan)\//;

const WORDS = '(?:releases?|rel|versions?|ver|v|r)';

/**
 * The upstream version that `tag` stands for, in Debian's spelling.
 *
 * @param name of the package: `hello-2.10` is a common form of tag.
 * @returns `undefined` where the tag is none of an upstream version.
 */
export function versionOfTag(tag: string, name?: string): string | undefined {
  if (PACKAGING_TAG.test(tag)) return undefined;
  if (tag.startsWith('upstream/')) {
    // DEP-14 writes what refs cannot hold: % for a colon, _ for a tilde, # between dots.
    const text = tag.slice('upstream/'.length).replace(/^v(?=\d)/, '');
    return debianSpelling(text.replaceAll('%', ':').replaceAll('_', '~').replaceAll('#', ''));
  }
  const text = withoutPrefix(tag, name);
  return text === undefined ? undefined : debianSpelling(text);
}

/** `v1.2`, `release-1.2`, `name-1.2`, `name/v1.2`, `R_1_2`: what is left is the version. */
function withoutPrefix(tag: string, name: string | undefined): string | undefined {
  let rest = tag;
  if (name !== undefined && rest.toLowerCase().startsWith(name.toLowerCase())) {
    const after = rest.slice(name.length);
    if (/^[-_/@.]/.test(after)) rest = after.slice(1);
  }
  rest = rest.replace(new RegExp(`^(?:${WORDS}[-_./]?)+(?=\\d)`, 'i'), '');
  if (/^\d/.test(rest)) return rest;
  // Another name before it: the version starts at the first part that starts with a digit.
  return (
    new RegExp(`[-_/@]${WORDS}?[-_.]?(\\d.*)$`, 'i').exec(rest)?.[1] ?? /^[^\d]+(\d.*)$/.exec(rest)?.[1] ?? undefined
  );
}

/** PEP 440 (appendix B) and the pre-releases of Semantic Versioning. A letter alone (`1.0.2a`) is a release. */
const PUBLIC_VERSION = new RegExp(
  [
    '^(?:\\d+!)?(?<release>\\d+(?:[._]\\d+)*)',
    '(?:[-_.~]?(?:(?<pre>alpha|beta|preview|pre|rc)[-_.]?(?<preNumber>\\d+(?:\\.\\d+)*)?|(?<letter>[abc])[-_.]?(?<letterNumber>\\d+)))?',
    '(?:[-_.]?(?:post|rev)[-_.]?(?<post>\\d*))?',
    '(?:[-_.~]*dev[-_.]?(?<dev>\\d*))?',
    '(?:\\+(?<local>[a-z0-9]+(?:[-_.~+][a-z0-9]+)*))?$',
  ].join(''),
  'i',
);

/**
 * `text` in Debian's spelling: `1.2.3rc1` and `1.2.3-rc.1` become `1.2.3~rc1`, `1.2.3.dev4` becomes `1.2.3~dev4`,
 * `1.2.3.post1` stays; what is no public version has its hyphens and underscores turned into dots.
 *
 * @returns `undefined` where it cannot be an upstream version (deb-version(7)).
 */
export function debianSpelling(text: string): string | undefined {
  const groups = PUBLIC_VERSION.exec(text)?.groups;
  let result: string;
  if (groups === undefined) {
    result = text.replace(/[-_]/g, '.');
  } else {
    const { release = '', pre = groups['letter'], preNumber = groups['letterNumber'], post, dev, local } = groups;
    result = release.replaceAll('_', '.');
    if (pre !== undefined) result += `~${pre.toLowerCase()}${preNumber ?? ''}`;
    if (post !== undefined) result += `.post${post}`;
    if (dev !== undefined) result += `~dev${dev}`;
    if (local !== undefined) result += `+${local.replace(/[-_]/g, '.')}`;
  }
  return /^\d[A-Za-z0-9.+~]*$/.test(result) ? result : undefined;
}

/** One spelling for all ways to write a pre-release, for comparing. */
function canonical(version: string): string {
  return version
    .toLowerCase()
    .replace(/~alpha(?=\d|$)/, '~a')
    .replace(/~beta(?=\d|$)/, '~b')
    .replace(/~(?:c|pre|preview)(?=\d|$)/, '~rc');
}

/** Whether two upstream versions, both in Debian's spelling, mean the same release. */
export function sameUpstream(a: string, b: string): boolean {
  return canonical(a) === canonical(b) || compareVersions(a, b) === 0;
}

/** `+dfsg1`, `+ds`, `~repack2`: the tarball was made anew without some files, under the version of the release. */
const REPACKED = /[+~.](?:dfsg|ds|repack|debian)[.]?\d*$/;

/** What makes it another release, older than the tag's. */
const PRE_RELEASE = /^~(?:a|b|c|rc|alpha|beta|pre|preview|dev)\d*/i;

export interface Agreement {
  /** Upstream version, in the spelling of the changelog where that agrees. */
  readonly upstream: string;
  /** What the changelog's version has behind the upstream version: revision, or the suffix of a native package. */
  readonly revision: string;
  /** The changelog's upstream version says that the tarball was repacked; that of the tag does not. */
  readonly repacked: boolean;
}

/**
 * Compares the upstream version of a tag with the one of the changelog.
 *
 * @param changelog the changelog's version without epoch, taken apart.
 * @param tag name of the tag: one that is the changelog's whole version (`1.2-3`, `hello-1.2-3`) agrees too.
 * @returns `undefined` where they disagree.
 */
export function agree(
  changelog: { readonly upstream: string; readonly revision: string | undefined },
  tag: { readonly name: string; readonly upstream: string },
  packageName?: string,
): Agreement | undefined {
  const native = changelog.revision === undefined;
  const revision = changelog.revision ?? '';
  const full = native ? changelog.upstream : `${changelog.upstream}-${revision}`;
  const bare = tag.name.replace(/^v(?=\d)/, '');
  // What tools of rpm packaging tag: hello-1.2-3, and with the distribution hello-1.2-3.el9.
  const named = packageName !== undefined && !native && `${tag.name}.`.startsWith(`${packageName}-${full}.`);
  const isWhole = bare === full || named;
  if (isWhole || sameUpstream(tag.upstream, changelog.upstream)) {
    return { upstream: changelog.upstream, revision, repacked: false };
  }
  if (native) {
    // A native version may go on behind the tag's: 8.0.0+mos1.
    const rest = changelog.upstream.startsWith(tag.upstream) ? changelog.upstream.slice(tag.upstream.length) : '';
    return /^[+~]/.test(rest) && !PRE_RELEASE.test(rest)
      ? { upstream: tag.upstream, revision: rest, repacked: false }
      : undefined;
  }
  const released = changelog.upstream.replace(REPACKED, '');
  return released !== changelog.upstream && sameUpstream(tag.upstream, released)
    ? { upstream: changelog.upstream, revision, repacked: true }
    : undefined;
}
