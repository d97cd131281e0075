/**
 * Versions of rpm packages: `[epoch:]version[-release]`, ordered as rpm does it (rpm-version(7), rpmio/rpmvercmp.c).
 */
import { quote, UserError } from '../errors.ts';

export interface Evr {
  /** `undefined` where the package has none, which counts as 0. */
  readonly epoch: number | undefined;
  readonly version: string;
  /** `undefined` only in what people write: packages have one. */
  readonly release: string | undefined;
}

/** Characters of versions and releases, rpm-version(7). */
const PART = /^[A-Za-z0-9._+~^]+$/;

/**
 * Reads `[epoch:]version[-release]`.
 *
 * @param where what is read, for the error.
 * @throws UserError for what rpm would not take.
 */
export function parseEvr(text: string, where: string): Evr {
  const match = /^(?:(\d{1,10}):)?([^:-]+)(?:-([^:-]+))?$/.exec(text);
  const [, epoch, version, release] = match ?? [];
  const number = epoch === undefined ? undefined : Number(epoch);
  const isRead = version !== undefined && PART.test(version) && (release === undefined || PART.test(release));
  if (!isRead || (number !== undefined && number > 0xffff_ffff)) {
    throw new UserError({
      what: 'not a version of an rpm package',
      where,
      found: quote(text),
      expected: '[epoch:]version-release of letters, digits and ._+~^',
    });
  }
  return { epoch: number, version, release };
}

/** `[epoch:]version-release`; an epoch of 0 is left out where the package has none. */
export function formatEvr({ epoch, version, release }: Evr): string {
  return `${epoch === undefined ? '' : `${epoch}:`}${version}${release === undefined ? '' : `-${release}`}`;
}

/**
 * Orders two versions as rpm does.
 *
 * @returns negative, zero or positive. A missing epoch is 0; a missing release is less than any.
 */
export function compareEvr(a: Evr, b: Evr): number {
  const epochs = (a.epoch ?? 0) - (b.epoch ?? 0);
  if (epochs !== 0) return epochs;
  const versions = compareSegments(a.version, b.version);
  if (versions !== 0) return versions;
  // Not as an empty text, which would be newer than a release that starts with a tilde (rpmverCmp).
  if (a.release === undefined || b.release === undefined) {
    return Number(a.release !== undefined) - Number(b.release !== undefined);
  }
  return compareSegments(a.release, b.release);
}

const IGNORED = /^[^A-Za-z0-9~^]+/;
const DIGITS = /^[0-9]+/;
const LETTERS = /^[A-Za-z]+/;

/**
 * Orders two versions, or two releases, segment by segment (rpmvercmp). `~` sorts before anything, also the end; `^`
 * after the end and before anything else.
 *
 * @returns -1, 0 or 1.
 */
export function compareSegments(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0;
  let one = a;
  let two = b;
  while (one !== '' || two !== '') {
    one = one.replace(IGNORED, '');
    two = two.replace(IGNORED, '');
    if (one[0] === '~' || two[0] === '~') {
      if (one[0] !== '~') return 1;
      if (two[0] !== '~') return -1;
      one = one.slice(1);
      two = two.slice(1);
      continue;
    }
    if (one[0] === '^' || two[0] === '^') {
      if (one === '') return -1;
      if (two === '') return 1;
      if (one[0] !== '^') return 1;
      if (two[0] !== '^') return -1;
      one = one.slice(1);
      two = two.slice(1);
      continue;
    }
    if (one === '' || two === '') break;
    const kind = DIGITS.test(one) ? DIGITS : LETTERS;
    const first = kind.exec(one)?.[0] ?? '';
    const second = kind.exec(two)?.[0] ?? '';
    // A number is newer than letters.
    if (second === '') return kind === DIGITS ? 1 : -1;
    const result = kind === DIGITS ? compareNumbers(first, second) : compareText(first, second);
    if (result !== 0) return result;
    one = one.slice(first.length);
    two = two.slice(second.length);
  }
  if (one === '' && two === '') return 0;
  return one === '' ? -1 : 1;
}

function compareNumbers(a: string, b: string): -1 | 0 | 1 {
  const [one, two] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  if (one.length !== two.length) return one.length < two.length ? -1 : 1;
  return compareText(one, two);
}

function compareText(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
