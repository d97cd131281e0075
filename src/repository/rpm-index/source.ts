/** An rpm repository as one line. */
import { quote, UserError } from '../../errors.ts';
import { hideCredentials, type Location, parseLocation } from '../../location.ts';

export interface RpmSource {
  readonly location: Location;
  /** The URI for people, without credentials. May hold dnf's variable `$basearch`. */
  readonly uri: string;
  /** `undefined` where the line gives none. */
  readonly name: string | undefined;
  readonly trusted: boolean;
  /** Absolute paths. */
  readonly keyFiles: readonly string[];
}

const FORM = 'rpm URI [key=FILE] [trusted=yes]';
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const LOOKS_LIKE_URI = /^(?:[a-z]+:\/|\.{0,2}\/)/i;

/** Whether `line` is an rpm repository, and no apt source. */
export function isRpmLine(line: string): boolean {
  const [first = '', second = ''] = line.trim().split(/[ \t]+/);
  return first === 'rpm' || (first !== 'deb' && first !== 'deb-src' && NAME.test(first) && LOOKS_LIKE_URI.test(second));
}

/**
 * Reads `rpm URI [key=FILE] [trusted=yes]`, or the form of build-mock, `NAME URI [priority=N] [key=FILE] [trusted=yes]`,
 * whose priority means nothing here. The options may stand in brackets before the URI, as in apt's lines. `key` may be
 * there more than once.
 *
 * The URI is the baseurl: http:, https:, file: or the plain path of a folder. Lists of mirrors are not read.
 *
 * @param where input that the line came from, for errors.
 * @param resolvePath makes a path absolute; relative ones are the caller's to place.
 * @throws UserError saying what is wrong with the line. Credentials in it are not shown.
 */
export function parseRpmLine(line: string, where: string, resolvePath: (file: string) => string): RpmSource {
  const wrong = (what: string, found: string, expected: string): UserError =>
    new UserError({ what, where, found: quote(hideCredentials(found)), expected });
  const [, first = '', bracketed = '', uri = '', rest = ''] =
    /^(\S+)[ \t]+(?:\[([^\]]*)\][ \t]*)?(\S+)((?:[ \t]+\S+)*)$/.exec(line.trim()) ?? [];
  if (uri === '') throw wrong('not an rpm repository', line, FORM);
  if (!NAME.test(first)) throw wrong('not a name of a repository', first, 'letters, digits and ._-');
  const keyFiles: string[] = [];
  let trusted = false;
  for (const option of `${bracketed} ${rest}`.split(/[ \t]+/)) {
    if (option === '') continue;
    const [, name, value = ''] = /^(key|trusted|priority)=(.+)$/.exec(option) ?? [];
    if (name === 'key') keyFiles.push(resolvePath(value));
    else if (name === 'trusted' && /^(?:yes|no)$/.test(value)) trusted = value === 'yes';
    else if (name !== 'priority' || !/^\d{1,4}$/.test(value))
      throw wrong('not an option of a repository', option, FORM);
  }
  if (/(?:mirrorlist|metalink)\b/.test(uri)) {
    throw wrong('a list of mirrors', uri, 'the baseurl of one repository');
  }
  const variable = /\$(?!basearch\b)\S*/.exec(uri)?.[0];
  if (variable !== undefined) throw wrong('a variable of dnf that is not known here', variable, 'only $basearch');
  const { location, shown } = parseLocation(uri, where, resolvePath);
  return { location, uri: shown, name: first === 'rpm' ? undefined : first, trusted, keyFiles };
}
