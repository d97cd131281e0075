/**
 * apt sources and pins as a session's apt is given them: read strictly, because they come from inputs and end in files
 * that apt obeys. The line itself is read by source-line.ts, for everybody.
 */
import path from 'node:path';
import { quote, UserError } from '../errors.ts';
import { parseSourceLine } from './source-line.ts';

export interface AptSource {
  readonly type: 'deb' | 'deb-src';
  /** Absolute URI (`http`, `https`, `file`), without a trailing slash. */
  readonly uri: string;
  readonly suite: string;
  /** Empty for a flat repository, whose suite ends in `/`. */
  readonly components: readonly string[];
  readonly architectures: readonly string[];
  /** Paths of key files on this machine, armored or binary. */
  readonly signedBy: readonly string[];
  /** `trusted=yes`: no signature is asked for. */
  readonly trusted: boolean;
}

/** URIs end in a line of their own in a `.sources` file, and in the mounts of a session. */
const URI = /^(https?:\/\/[^\s[\]"'`\\<>]+|file:\/[^\s[\]"'`\\<>]*)$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9.+~_/-]*$|^\.?\/$|^\.\/[A-Za-z0-9.+~_/-]*$/;

/**
 * Reads one source.
 *
 * @param where what it came from, for errors: `input repositories`.
 * @throws UserError naming the part that is wrong.
 */
export function parseAptSource(
  text: string,
  where: string,
  resolvePath = (file: string) => path.resolve(file),
): AptSource {
  const { type, location, suite, components, architectures, keyFiles, fingerprints, trusted } = parseSourceLine(
    text,
    where,
    resolvePath,
  );
  if (location.kind === 'http' && location.authorization !== undefined) {
    throw new UserError({
      what: 'credentials in the URI of a repository',
      where,
      expected: 'a URI without them',
      remedy: 'a build could read them: serve the repository to build hosts without, or by a proxy that knows them',
    });
  }
  if (fingerprints.length > 0) {
    throw new UserError({
      what: 'a fingerprint in signed-by',
      where,
      found: quote(text),
      expected: 'the path of a key file',
    });
  }
  const uri = location.kind === 'http' ? location.url : `file:${location.folder}`;
  const strange = [uri]
    .filter((word) => !URI.test(word))
    .concat([suite, ...components].filter((word) => !NAME.test(word)));
  if (strange.length > 0) {
    throw new UserError({
      what: 'a repository that a session cannot be given',
      where,
      found: quote(strange[0]),
      expected: 'plain letters, digits and .+~_-/',
    });
  }
  return { type, uri, suite, components, architectures: architectures ?? [], signedBy: keyFiles, trusted };
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
