/** Names that end up in paths: package names, architectures, file names. All of them come from outside. */
import { quote, UserError } from '../errors.ts';
import { isVersion, withoutEpoch } from './version.ts';

export type DebType = 'deb' | 'udeb' | 'ddeb';

export interface DebFile {
  readonly name: string;
  /** Without an epoch: file names carry none. */
  readonly version: string;
  readonly architecture: string;
  readonly type: DebType;
}

/** Longest file name that Linux file systems take, in bytes. */
const MAX_NAME = 255;

/** Policy 5.6.1: at least two characters, lower case letters, digits and `+-.`, starting with a letter or digit. */
export function isPackageName(text: string): boolean {
  return text.length <= MAX_NAME && /^[a-z0-9][a-z0-9+.-]+$/.test(text);
}

/** One concrete architecture of a binary package: `all`, `amd64`, `kfreebsd-amd64`; no wildcard such as `any`. */
export function isArchitecture(text: string): boolean {
  return text !== 'any' && text !== 'source' && /^[a-z0-9]{1,32}(?:-[a-z0-9]{1,32}){0,3}$/.test(text);
}

/** A name that stays in its folder: letters, digits and `.+:~_@=^-`, not starting with a dot (as in the manifest). */
export function isPlainFileName(text: string): boolean {
  return text.length <= MAX_NAME && /^[A-Za-z0-9][A-Za-z0-9.+:~_@=^-]*$/.test(text);
}

/**
 * @param where file and field that the name came from, for the error.
 * @throws UserError where `isPackageName` says no.
 */
export function checkPackageName(text: string, where: string): string {
  if (isPackageName(text)) return text;
  throw new UserError({
    what: 'not a legal package name',
    where,
    found: quote(text),
    expected: 'two or more lower case letters, digits and +-. (Debian Policy 5.6.1)',
  });
}

/**
 * @param where file and field that the architecture came from, for the error.
 * @throws UserError where `isArchitecture` says no.
 */
export function checkArchitecture(text: string, where: string): string {
  if (isArchitecture(text)) return text;
  throw new UserError({
    what: 'not an architecture',
    where,
    found: quote(text),
    expected: 'one architecture such as amd64 or all',
  });
}

/** The canonical name of a binary package's file: `name_version_arch.deb`, the version without its epoch. */
export function debFileName(file: DebFile): string {
  return `${file.name}_${withoutEpoch(file.version)}_${file.architecture}.${file.type}`;
}

/**
 * Takes `name_version_arch.deb` (`.udeb`, `.ddeb`) apart.
 *
 * @returns `undefined` where `fileName` is no such name. The fields inside the package are what counts.
 */
export function parseDebFileName(fileName: string): DebFile | undefined {
  const match = /^([^_/]+)_([^_/]+)_([^_/]+)\.(deb|udeb|ddeb)$/.exec(fileName);
  if (match === null || fileName.length > MAX_NAME) return undefined;
  const [, name = '', version = '', architecture = '', type] = match;
  if (!isPackageName(name) || !isVersion(version) || !isArchitecture(architecture)) return undefined;
  return { name, version, architecture, type: type as DebType };
}

/** `pool/main/h/hello`, `pool/main/libh/libhello`: as all Debian archives have it. */
export function poolFolder(component: string, source: string): string {
  return `pool/${component}/${source.slice(0, source.startsWith('lib') ? 4 : 1)}/${source}`;
}
