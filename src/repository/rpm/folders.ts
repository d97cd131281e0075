/**
 * Where things lie in a snapshot of an rpm repository: one folder with a `repodata` for the binary packages of each
 * base architecture, so that dnf's `$basearch` names it, `debug` below it for debug information, and one for sources.
 */
import { baseArchitecture } from '../../rpm/architecture.ts';
import type { SnapshotPackage } from '../snapshot.ts';

export const SOURCE_FOLDER = 'source';

/** What `component` of a package with debug information is. */
export const DEBUG = 'debug';

/** The folder of debug information for packages in the folder `architecture`. */
export function debugFolder(architecture: string): string {
  return `${architecture}/${DEBUG}`;
}

/** All folders of a repository with these base architectures, in a fixed order. */
export function foldersOf(architectures: readonly string[]): string[] {
  return [...architectures.flatMap((name) => [name, debugFolder(name)]), SOURCE_FOLDER];
}

/** The base architecture of a package's own; `undefined` of one that fits every machine. */
export function folderArchitecture(architecture: string): string | undefined {
  return architecture === 'noarch' ? undefined : baseArchitecture(architecture);
}

/** Names that are no base architecture: of packages for every machine, of sources, of our own folders. */
const NO_ARCHITECTURES = new Set(['noarch', 'all', 'src', 'nosrc', SOURCE_FOLDER, DEBUG, 'pool', 'repodata']);

/** Whether `name` can be a base architecture, and with it the name of a folder. */
export function isBaseArchitecture(name: string): boolean {
  return /^[a-z0-9_]{1,40}$/.test(name) && !NO_ARCHITECTURES.has(name);
}

/** Path in the pool, below `public/`: all packages of one source together. */
export function rpmPoolPath(source: string, fileName: string): string {
  return `pool/${source.slice(0, 1).toLowerCase()}/${source}/${fileName}`;
}

/** What rpm calls the architecture of a listed package; `src` of sources, also of those without all of their files. */
export function listedArchitecture(each: Pick<SnapshotPackage, 'kind' | 'architecture'>): string {
  return each.kind === 'source' ? 'src' : each.architecture;
}
