/**
 * apt sources in the one-line style (sources.list(5)): `deb [signed-by=/path/key.asc arch=amd64] URI SUITE COMPONENT...`.
 * Read strictly, because they come from inputs and end in files that apt obeys.
 */
import { quote, UserError } from '../errors.ts';

export interface AptSource {
  readonly type: 'deb' | 'deb-src';
  /** Absolute URI (`http`, `https`, `file`, `copy`), without a trailing slash; a plain absolute path becomes `file:`. */
  readonly uri: string;
  readonly suite: string;
  /** Empty for a flat repository, whose suite ends in `/`. */
  readonly components: readonly string[];
  readonly architectures: readonly string[];
  /** Path of the key on this machine (armored or binary). */
  readonly signedBy: string | undefined;
  /** `trusted=yes`: no signature is asked for. */
  readonly trusted: boolean;
}

const SUITE = /^[A-Za-z0-9][A-Za-z0-9.+~_/-]*$|^\.?\/$|^\.\/[A-Za-z0-9.+~_/-]*$/;
const COMPONENT = /^[A-Za-z0-9][A-Za-z0-9.+~_/-]*$/;
const URI = /^(https?:\/\/[^\s[\]"'`\\<>]+|(file|copy):\/[^\s[\]"'`\\<>]*)$/;

/**
 * Reads one source.
 *
 * @param where what it came from, for errors: `input repositories`.
 * @throws UserError naming the part that is wrong.
 */
export function parseAptSource(text: string, where: string): AptSource {
  const wrong = (what: string, expected: string): UserError =>
    new UserError({ what, where, found: quote(text), expected });
  const match = /^(deb|deb-src)\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)((?:\s+\S+)*)$/.exec(text.trim());
  if (!match) throw wrong('not an apt source', 'deb [signed-by=/path/key.asc] URI SUITE COMPONENT...');
  const [, type, optionText = '', rawUri = '', suite = '', rest = ''] = match;
  const uri = (rawUri.startsWith('/') ? `file:${rawUri}` : rawUri).replace(/(?<=[^:/])\/+$/, '');
  if (/^https?:\/\/[^/]*@/.test(uri)) {
    throw new UserError({
      what: 'credentials in the URI of a repository',
      where,
      expected: 'a URI without them',
      remedy: 'a build could read them: serve the repository to build hosts without, or by a proxy that knows them',
    });
  }
  if (!URI.test(uri) || uri.split('/').includes('..'))
    throw wrong('the URI cannot be used', 'an http, https, file or copy URI, or an absolute path');
  if (!SUITE.test(suite) || suite.split('/').includes('..'))
    throw wrong('the suite cannot be used', 'a suite such as bookworm, or ./ for a flat repository');
  const components = rest.split(/\s+/).filter((part) => part !== '');
  const flat = suite.endsWith('/');
  if (flat !== (components.length === 0))
    throw wrong(flat ? 'a flat repository has no components' : 'the components are missing', 'URI SUITE COMPONENT...');
  for (const component of components)
    if (!COMPONENT.test(component) || component.includes('..'))
      throw wrong('the component cannot be used', 'a component such as main');
  let signedBy: string | undefined;
  let trusted = false;
  let architectures: readonly string[] = [];
  for (const option of optionText.split(/\s+/).filter((part) => part !== '')) {
    const [name, value = ''] = [option.slice(0, option.indexOf('=')), option.slice(option.indexOf('=') + 1)];
    if (name === 'signed-by' && value.startsWith('/')) signedBy = value;
    else if (name === 'trusted' && /^(yes|no)$/.test(value)) trusted = value === 'yes';
    else if (name === 'arch' && /^[a-z0-9-]+(,[a-z0-9-]+)*$/.test(value)) architectures = value.split(',');
    else
      throw wrong(`the option ${quote(option)} cannot be used`, 'signed-by=/absolute/path, trusted=yes or arch=amd64');
  }
  return { type: type as AptSource['type'], uri, suite, components, architectures, signedBy, trusted };
}

/** The folder of a `file:` or `copy:` source, else `undefined`. */
export function localFolder(source: Pick<AptSource, 'uri'>): string | undefined {
  const match = /^(?:file|copy):(?:\/\/(?=\/))?(\/.*)$/.exec(source.uri);
  return match?.[1];
}

/** The source as one stanza of a `.sources` file (sources.list(5), DEB822-STYLE), `signedBy` as a path inside the root. */
export function formatDeb822Source(source: AptSource, signedBy: string | undefined): string {
  return [
    `Types: ${source.type}`,
    `URIs: ${source.uri}`,
    `Suites: ${source.suite}`,
    ...(source.components.length > 0 ? [`Components: ${source.components.join(' ')}`] : []),
    ...(source.architectures.length > 0 ? [`Architectures: ${source.architectures.join(' ')}`] : []),
    ...(signedBy === undefined ? [] : [`Signed-By: ${signedBy}`]),
    ...(source.trusted ? ['Trusted: yes'] : []),
    '',
  ].join('\n');
}

/** A pin of apt_preferences(5). */
export interface AptPin {
  /** `*`, or package names and globs separated by blanks. */
  readonly packages: string;
  /** `release o=Example`, `origin "host"`, `version 1.2*`. */
  readonly pin: string;
  readonly priority: number;
}

/**
 * Reads a pin written `PACKAGES; PIN; PRIORITY`, such as `*; release o=Example; 1001`.
 *
 * @throws UserError naming the part that is wrong.
 */
export function parseAptPin(text: string, where: string): AptPin {
  const parts = text.split(';').map((part) => part.trim());
  const [packages = '', pin = '', priority = ''] = parts;
  if (
    parts.length !== 3 ||
    !/^[A-Za-z0-9*?.+:~/ -]+$/.test(packages) ||
    !/^(release|origin|version) [A-Za-z0-9.+~_=,:*"/ -]+$/.test(pin) ||
    !/^-?\d{1,5}$/.test(priority)
  ) {
    throw new UserError({
      what: 'not a pin',
      where,
      found: quote(text),
      expected: 'PACKAGES; PIN; PRIORITY such as *; release o=Example; 1001',
    });
  }
  return { packages, pin, priority: Number(priority) };
}

/** The pin as a stanza of a preferences file. */
export function formatAptPin({ packages, pin, priority }: AptPin): string {
  return `Package: ${packages}\nPin: ${pin}\nPin-Priority: ${priority}\n`;
}
