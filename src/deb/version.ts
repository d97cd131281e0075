/**
 * Debian package versions: `[epoch:]upstream[-revision]`, deb-version(7), Debian Policy 5.6.12.
 * The order is dpkg's (lib/dpkg/version.c), compared in place: a large index is sorted without garbage.
 */
import { quote, UserError } from '../errors.ts';

export interface DebVersion {
  /** 0 where the text has none. */
  readonly epoch: number;
  readonly upstream: string;
  /** `undefined` where the text has no hyphen: a native package. */
  readonly revision: string | undefined;
}

/** dpkg keeps the epoch in an `int`. */
const MAX_EPOCH = 2_147_483_647;

/**
 * Reads a version. Illegal ones are refused as dpkg refuses them, and surrounding blanks as well.
 *
 * @param where file, field or input that the text came from, for the error.
 * @throws UserError saying what is illegal.
 */
export function parseVersion(text: string, where?: string): DebVersion {
  const wrong = (expected: string): UserError =>
    new UserError({
      what: 'not a legal Debian version',
      ...(where === undefined ? {} : { where }),
      found: quote(text),
      expected,
    });
  const colon = text.indexOf(':');
  const epochText = colon === -1 ? '0' : text.slice(0, colon);
  if (!/^[0-9]+$/.test(epochText) || Number(epochText) > MAX_EPOCH) {
    throw wrong(`an epoch from 0 to ${MAX_EPOCH} before the colon`);
  }
  const rest = text.slice(colon + 1);
  const hyphen = rest.lastIndexOf('-');
  const upstream = hyphen === -1 ? rest : rest.slice(0, hyphen);
  const revision = hyphen === -1 ? undefined : rest.slice(hyphen + 1);
  if (!/^[0-9]/.test(upstream)) throw wrong('an upstream version that starts with a digit');
  if (!/^[A-Za-z0-9.+~:-]+$/.test(upstream)) throw wrong('letters, digits and .+~-: in the upstream version');
  if (revision !== undefined && !/^[A-Za-z0-9.+~]+$/.test(revision)) {
    throw wrong(revision === '' ? 'a revision after the hyphen' : 'letters, digits and .+~ in the revision');
  }
  return { epoch: Number(epochText), upstream, revision };
}

/** Whether `parseVersion` takes `text`. */
export function isVersion(text: string): boolean {
  try {
    parseVersion(text);
    return true;
  } catch {
    return false;
  }
}

/** The text of a version, without an epoch of 0 unless the upstream version could not be told apart without it. */
export function formatVersion(version: DebVersion): string {
  const epoch = version.epoch === 0 && !version.upstream.includes(':') ? '' : `${version.epoch}:`;
  // An upstream version with a hyphen and no revision cannot be written; callers get what they composed.
  return `${epoch}${version.upstream}${version.revision === undefined ? '' : `-${version.revision}`}`;
}

/** The version as file names carry it (Policy 5.6.12: the epoch is left out). */
export function withoutEpoch(version: string): string {
  return version.replace(/^[0-9]+:/, '');
}

/**
 * dpkg's order. Never throws: an illegal text has its place in the order too, so that sorting an index that someone
 * else wrote cannot fail. Check with `parseVersion` what is to be published.
 */
export function compareVersions(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0;
  const aColon = a.indexOf(':');
  const bColon = b.indexOf(':');
  if (aColon !== -1 || bColon !== -1) {
    const epochs = compareParts(a, 0, Math.max(aColon, 0), b, 0, Math.max(bColon, 0));
    if (epochs !== 0) return epochs;
  }
  // The revision starts after the last hyphen behind the epoch; without one it is empty, which equals "0".
  const aHyphen = a.lastIndexOf('-');
  const bHyphen = b.lastIndexOf('-');
  const aEnd = aHyphen > aColon ? aHyphen : a.length;
  const bEnd = bHyphen > bColon ? bHyphen : b.length;
  return (
    compareParts(a, aColon + 1, aEnd, b, bColon + 1, bEnd) || compareParts(a, aEnd + 1, a.length, b, bEnd + 1, b.length)
  );
}

const ZERO = 0x30;
const TILDE = 0x7e;
const END = -1;

/** `verrevcmp` of dpkg on `a[from, to)` and `b[from, to)`. Digits are compared as text: they may exceed 2^53. */
function compareParts(a: string, aFrom: number, aTo: number, b: string, bFrom: number, bTo: number): -1 | 0 | 1 {
  let i = aFrom;
  let j = bFrom;
  while (i < aTo || j < bTo) {
    while (true) {
      const aCode = i < aTo ? a.charCodeAt(i) : END;
      const bCode = j < bTo ? b.charCodeAt(j) : END;
      if ((aCode === END || isDigit(aCode)) && (bCode === END || isDigit(bCode))) break;
      const difference = weight(aCode) - weight(bCode);
      if (difference !== 0) return difference < 0 ? -1 : 1;
      i++;
      j++;
    }
    while (i < aTo && a.charCodeAt(i) === ZERO) i++;
    while (j < bTo && b.charCodeAt(j) === ZERO) j++;
    let first = 0;
    while (i < aTo && j < bTo && isDigit(a.charCodeAt(i)) && isDigit(b.charCodeAt(j))) {
      if (first === 0) first = a.charCodeAt(i) - b.charCodeAt(j);
      i++;
      j++;
    }
    if (i < aTo && isDigit(a.charCodeAt(i))) return 1;
    if (j < bTo && isDigit(b.charCodeAt(j))) return -1;
    if (first !== 0) return first < 0 ? -1 : 1;
  }
  return 0;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= 0x39;
}

/** `order` of dpkg: `~` before the end, the end (and digits) before letters, letters before everything else. */
function weight(code: number): number {
  if (code === END || isDigit(code)) return 0;
  if ((code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)) return code;
  return code === TILDE ? -1 : code + 256;
}
