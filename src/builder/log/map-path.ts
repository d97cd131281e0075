/** From the paths that tools print to the files of a repository. */
import path from 'node:path';
import type { Diagnostic } from './diagnosis.ts';

/**
 * Where source packages lie while they are built: sbuild's filtered log, sbuild's build path, rpmbuild's; with rpm 4.20
 * and later in a folder of the build, beside what is installed.
 */
const TREES =
  /^\/?(?:<<PKGBUILDDIR>>|(?:<<BUILDDIR>>|build\/reproducible-path|build\/[^/]+-[A-Za-z0-9]{6})\/[^/]+|builddir\/build\/BUILD\/(?:[^/]+-\d[^/]*-build\/(?!BUILDROOT(?:\/|$)|SPECPARTS(?:\/|$))[^/]+|(?![^/]+-\d[^/]*-build\/)[^/]+))(?:\/|$)/;

/** pybuild(1) runs and tests a copy of the modules. */
const PYBUILD = /^\.pybuild\/[^/]+\/build\//;

/**
 * `file` relative to the top of the source package where it lies in one, normal form; else as it is. Relative files
 * are taken as relative to the top.
 */
export function sourcePath(file: string): string {
  const tree = TREES.exec(file);
  const inside = tree ? file.slice(tree[0].length) : file;
  if (inside === '') return '.';
  return path.posix.normalize(inside).replace(PYBUILD, '');
}

/** Whether `file`, of `sourcePath`, lies in the source package. */
export function isInSource(file: string): boolean {
  return !file.startsWith('/') && !file.startsWith('../') && file !== '..' && file !== '.' && !file.startsWith('<');
}

/** A part of the source package and where it comes from. */
export interface PathPrefix {
  /** Folder in the source package, `''` for its top. */
  readonly prefix: string;
  /** Folder in the repository, `''` for its top; `undefined` where the part is not in this repository. */
  readonly to: string | undefined;
}

/**
 * The file of the repository that `file` of the source package is, or `undefined` where there is none. The longest
 * prefix that fits decides; it ends at a slash. The result never leaves the repository.
 */
export function mapPath({ file, prefixes }: PathQuery): string | undefined {
  const normal = path.posix.normalize(file);
  const best = prefixOf({ file: normal, prefixes });
  if (best?.to === undefined) return undefined;
  const rest = best.prefix === '' ? normal : normal.slice(best.prefix.length + 1);
  const mapped = path.posix.join(best.to, rest);
  return isInSource(mapped) ? mapped : undefined;
}

interface PathQuery {
  /** As `sourcePath` gives it. */
  readonly file: string;
  readonly prefixes: readonly PathPrefix[];
}

function prefixOf({ file, prefixes }: PathQuery): PathPrefix | undefined {
  if (!isInSource(file) || file.includes('\0')) return undefined;
  return prefixes
    .map(({ prefix, to }) => ({ prefix: prefix.replace(/\/+$/, ''), to }))
    .filter(({ prefix }) => prefix === '' || file === prefix || file.startsWith(`${prefix}/`))
    .sort((a, b) => b.prefix.length - a.prefix.length)[0];
}

/**
 * The diagnostics with `path` set where their file is in the repository.
 *
 * @param files the repository's files, relative with slashes. When given, only they count, and a file that is not where
 *   it is expected is taken for the only one of them whose path ends alike: tools run in other folders than their
 *   makefiles say.
 */
export function locateDiagnostics(
  diagnostics: readonly Diagnostic[],
  options: { readonly prefixes: readonly PathPrefix[]; readonly files?: ReadonlySet<string> },
): Diagnostic[] {
  const { prefixes, files } = options;
  const byName = files && namesOf(files);
  return diagnostics.map(({ path: _before, ...diagnostic }) => {
    const { file } = diagnostic;
    const mapped = mapPath({ file, prefixes });
    if (!files || !byName) return mapped === undefined ? diagnostic : { ...diagnostic, path: mapped };
    if (mapped !== undefined && files.has(mapped)) return { ...diagnostic, path: mapped };
    if (prefixOf({ file: path.posix.normalize(file), prefixes })?.to === undefined) return diagnostic;
    const alike = (byName.get(path.posix.basename(file)) ?? []).filter((candidate) =>
      `/${candidate}`.endsWith(`/${file}`),
    );
    return alike.length === 1 && alike[0] ? { ...diagnostic, path: alike[0] } : diagnostic;
  });
}

function namesOf(files: ReadonlySet<string>): Map<string, string[]> {
  const byName = new Map<string, string[]>();
  for (const file of files) {
    const name = path.posix.basename(file);
    const known = byName.get(name);
    if (known) known.push(file);
    else byName.set(name, [file]);
  }
  return byName;
}
