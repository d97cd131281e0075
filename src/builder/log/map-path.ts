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
  /** Folder in the repository that a file is looked for in that is not where it is expected; all of it when absent. */
  readonly within?: string;
}

/** Where the packaging of an rpm package lies: the spec file, patches and what else is beside it. */
export interface PackagingFiles {
  /** Folder in the repository that is looked into first, `''` for its top. */
  readonly folder: string;
  /** Files among which a name is looked for, relative to the repository. */
  readonly files: ReadonlySet<string>;
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
    .map((entry) => ({ ...entry, prefix: entry.prefix.replace(/\/+$/, '') }))
    .filter(({ prefix }) => prefix === '' || file === prefix || file.startsWith(`${prefix}/`))
    .sort((a, b) => b.prefix.length - a.prefix.length)[0];
}

/** Where rpmbuild has the packaging. */
const RPM_PACKAGING = /^\/?builddir\/build\/(?:SOURCES|SPECS)\/([^/]+)$/;

/** The name of a file of the packaging; `undefined` for one of the source tarball. */
function packagingName({ file, tool }: Diagnostic): string | undefined {
  const [, name] = RPM_PACKAGING.exec(file) ?? [];
  if (name !== undefined) return name;
  // Both tell files by their names alone.
  const isPackaging = (tool === 'rpmbuild' && file.endsWith('.spec')) || tool === 'patch';
  return isPackaging ? path.posix.basename(file) : undefined;
}

/**
 * The diagnostics with `path` set where their file is in the repository.
 *
 * @param files the repository's files, relative with slashes. When given, only they count, and a file that is not where
 *   it is expected is taken for the only one of them whose path ends alike: tools run in other folders than their
 *   makefiles say.
 * @param packaging of an rpm package: files of the packaging are looked for there, by name, and nowhere else.
 */
export function locateDiagnostics(
  diagnostics: readonly Diagnostic[],
  options: {
    readonly prefixes: readonly PathPrefix[];
    readonly files?: ReadonlySet<string>;
    readonly packaging?: PackagingFiles;
  },
): Diagnostic[] {
  const { prefixes, files, packaging } = options;
  const byName = files && namesOf(files);
  const packagingByName = packaging && namesOf(packaging.files);
  return diagnostics.map(({ path: _before, ...diagnostic }) => {
    const { file } = diagnostic;
    const name = packaging && packagingName(diagnostic);
    if (name !== undefined && packagingByName) {
      const named = packagingByName.get(name) ?? [];
      const first = named.find((candidate) => candidate === path.posix.join(packaging.folder, name));
      return withPath(diagnostic, first ?? (named.length === 1 ? named[0] : undefined));
    }
    const mapped = mapPath({ file, prefixes });
    if (!files || !byName) return withPath(diagnostic, mapped);
    if (mapped !== undefined && files.has(mapped)) return withPath(diagnostic, mapped);
    const prefix = prefixOf({ file: path.posix.normalize(file), prefixes });
    if (prefix?.to === undefined) return diagnostic;
    const within = prefix.within ? `${prefix.within}/` : '';
    const alike = (byName.get(path.posix.basename(file)) ?? []).filter(
      (candidate) => candidate.startsWith(within) && `/${candidate}`.endsWith(`/${file}`),
    );
    return withPath(diagnostic, alike.length === 1 ? alike[0] : undefined);
  });
}

function withPath(diagnostic: Diagnostic, found: string | undefined): Diagnostic {
  return found === undefined ? diagnostic : { ...diagnostic, path: found };
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
