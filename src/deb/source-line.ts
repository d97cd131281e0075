/** An apt repository as one line: sources.list(5), one-line style. */
import { quote, UserError } from '../errors.ts';
import { hideCredentials, type Location, parseLocation } from '../location.ts';

export { hideCredentials, type Location } from '../location.ts';

export interface AptSource {
  /** `deb`: binary packages, and the sources where they are asked for. `deb-src`: sources only. */
  readonly type: 'deb' | 'deb-src';
  readonly location: Location;
  /** The URI for people, without credentials. */
  readonly uri: string;
  /** A suite or codename below `dists/`; of a flat repository the folder of its indexes. */
  readonly suite: string;
  readonly isFlat: boolean;
  readonly components: readonly string[];
  /** Of the option `arch`. */
  readonly architectures: readonly string[] | undefined;
  readonly trusted: boolean;
  /** Absolute paths of the key files of `signed-by`. */
  readonly keyFiles: readonly string[];
  /** Fingerprints of `signed-by`, upper case: only these keys count. */
  readonly fingerprints: readonly string[];
  readonly byHash: 'yes' | 'no' | 'force' | undefined;
  readonly checkDate: boolean;
  readonly checkValidUntil: boolean;
  /** Seconds. */
  readonly dateMaxFuture: number;
  readonly validUntilMin: number | undefined;
  readonly validUntilMax: number | undefined;
}

/** Options of sources.list(5) that change nothing here: what is downloaded for other purposes. */
const IGNORED_OPTIONS = new Set(['lang', 'target', 'pdiffs']);

/** apt's Acquire::Max-FutureTime, seconds. */
const MAX_FUTURE = 10;

/**
 * Reads `deb [option=value ...] URI SUITE COMPONENT...` or `deb-src ...`.
 *
 * The URI is http:, https:, file:, copy: or the plain path of a folder.
 *
 * @param where input that the line came from, for errors.
 * @param resolvePath makes a path absolute; relative ones are the caller's to place.
 * @throws UserError saying what is wrong with the line. Credentials in it are not shown.
 */
export function parseSourceLine(line: string, where: string, resolvePath: (file: string) => string): AptSource {
  const wrong = (what: string, found: string, expected: string): UserError =>
    new UserError({ what, where, found: quote(found), expected });
  const match = /^(deb|deb-src)[ \t]+(?:\[([^\]]*)\][ \t]*)?([^ \t[\]]+)[ \t]+([^ \t]+)((?:[ \t]+[^ \t]+)*)$/.exec(
    line.trim(),
  );
  if (match === null) {
    throw wrong(
      'not an apt source line',
      hideCredentials(line),
      'deb [options] URI SUITE COMPONENT... (sources.list(5))',
    );
  }
  const [, type, optionText = '', uri = '', suite = '', componentText = ''] = match;
  const components = componentText.split(/[ \t]+/).filter((word) => word !== '');
  const isFlat = suite.endsWith('/');
  if (!isInside(isFlat ? suite.replace(/^\/+$|^\.\/$/, 'x') : suite)) {
    throw wrong('not a suite', suite, 'a name such as bookworm, or a folder with a trailing slash');
  }
  if (isFlat && components.length > 0) {
    throw wrong('components for a flat repository', components.join(' '), 'none: its suite ends with a slash');
  }
  if (!isFlat && components.length === 0)
    throw wrong('no component', hideCredentials(line), 'one or more after the suite');
  const strange = components.find((component) => !isInside(component));
  if (strange !== undefined) throw wrong('not a component', strange, 'a name such as main');
  const { location, shown } = parseLocation(uri, where, resolvePath);
  return {
    type: type as AptSource['type'],
    location,
    uri: shown,
    suite,
    isFlat,
    components: [...new Set(components)],
    ...parseOptions(optionText, where, resolvePath),
  };
}

type Options = Omit<AptSource, 'type' | 'location' | 'uri' | 'suite' | 'isFlat' | 'components'>;

function parseOptions(text: string, where: string, resolvePath: (file: string) => string): Options {
  const wrong = (what: string, found: string, expected: string): UserError =>
    new UserError({ what, where, found: quote(found), expected });
  const values = new Map<string, string>();
  for (const word of text.split(/[ \t]+/)) {
    if (word === '') continue;
    const [, name = '', value = ''] = /^([a-z-]+)=(.+)$/i.exec(word) ?? [];
    if (name === '') throw wrong('not an option of a source line', word, 'name=value');
    if (values.has(name.toLowerCase())) throw wrong('an option that occurs twice', name, 'each option once');
    values.set(name.toLowerCase(), value);
  }
  const take = (name: string): string | undefined => {
    const value = values.get(name);
    values.delete(name);
    return value;
  };
  const flag = (name: string): boolean | undefined => {
    const value = take(name);
    if (value === undefined || /^(yes|true|1)$/i.test(value)) return value === undefined ? undefined : true;
    if (/^(no|false|0)$/i.test(value)) return false;
    throw wrong(`not a value of the option ${name}`, value, 'yes or no');
  };
  const seconds = (name: string): number | undefined => {
    const value = take(name);
    if (value !== undefined && !/^\d{1,12}$/.test(value))
      throw wrong(`not a value of the option ${name}`, value, 'seconds');
    return value === undefined ? undefined : Number(value);
  };
  const architectures = take('arch')?.split(',');
  const bad = architectures?.find((architecture) => !/^[a-z0-9-]+$/.test(architecture));
  if (bad !== undefined) throw wrong('not a value of the option arch', bad, 'architectures with commas between them');
  const signers = take('signed-by')?.split(',') ?? [];
  const isFingerprint = (signer: string) => /^[0-9a-f]{40}(?:[0-9a-f]{24})?!?$/i.test(signer);
  const byHash = take('by-hash')?.toLowerCase();
  if (byHash !== undefined && byHash !== 'yes' && byHash !== 'no' && byHash !== 'force') {
    throw wrong('not a value of the option by-hash', byHash, 'yes, no or force');
  }
  const options: Options = {
    architectures,
    trusted: flag('trusted') ?? false,
    keyFiles: signers.filter((signer) => !isFingerprint(signer)).map(resolvePath),
    fingerprints: signers.filter(isFingerprint).map((signer) => signer.replace('!', '').toUpperCase()),
    byHash,
    checkDate: flag('check-date') ?? true,
    checkValidUntil: flag('check-valid-until') ?? true,
    dateMaxFuture: seconds('date-max-future') ?? MAX_FUTURE,
    validUntilMin: seconds('valid-until-min'),
    validUntilMax: seconds('valid-until-max'),
  };
  const unknown = [...values.keys()].find((name) => !IGNORED_OPTIONS.has(name));
  if (unknown !== undefined) {
    throw wrong(
      'an option of a source line that is not supported',
      unknown,
      'arch, signed-by, trusted, by-hash, check-date, date-max-future, check-valid-until, valid-until-min, valid-until-max',
    );
  }
  return options;
}

/** A relative path that stays inside its folder. */
function isInside(text: string): boolean {
  const parts = text.replace(/\/$/, '').split('/');
  return /^[A-Za-z0-9._+~/-]+$/.test(text) && parts.every((part) => !/^\.{0,2}$/.test(part));
}
