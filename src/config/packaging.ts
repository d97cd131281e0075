/**
 * packaging.yml: one file that describes a release (docs/packaging-yml.md). Reading it, doing without it, and asking
 * it questions.
 */
import path from 'node:path';
import { quote, UserError } from '../errors.ts';
import { didYouMean } from '../suggest.ts';
import {
  type Configuration,
  checkConfiguration,
  type LocatedProblem,
  PackagingError,
  parseConfiguration,
  readConfigurationFile,
} from './document.ts';
import { findPackageName, type PackagePlace } from './find-package.ts';
import type { Project } from './projects.ts';
import { resolvePackaging } from './resolve.ts';
import { type PackagingInput, type PackagingValue, packagingSchema } from './schema.ts';
import { isTargetFile, readTargetFile, resolveTargetReference, type Target, type TargetInput } from './target.ts';

export {
  matchProject,
  type Project,
  type ProjectMatch,
  type ProjectNames,
  type ProjectRef,
  projectNames,
} from './projects.ts';
export { type LocatedProblem, PackagingError, type PackagingValue };

export type Versions = Omit<PackagingInput['versions'], 'suffix'> & {
  /** Put behind the version, by name of the target; `{tag}` is filled in. Has every target of the release. */
  readonly suffixes: Readonly<Record<string, string>>;
};
/** `timeout` in seconds, `tmpfsSize` in bytes. */
export type Build = PackagingInput['build'];
/** Durations in seconds, sizes in bytes. */
export type Limits = PackagingInput['limits'];

/** Where a project's files are. `path` is absolute. */
export type Location = { readonly path: string } | { readonly url: string; readonly ref?: string };

export interface Package {
  readonly name: string;
  /** The code project. */
  readonly code: Location;
  /** The spec project, where the packaging is not in the code project. */
  readonly spec?: Location;
  /** `kind` of the project patterns that its names follow. */
  readonly kind?: string;
  readonly targets: readonly Target[];
  readonly debianPath: string;
  readonly specFile?: string;
  /** The release's, with the package's own over them. */
  readonly versions: Versions;
  readonly build: Build;
  readonly smoke?: readonly string[];
}

/** A repository of one target: an entry of `repositories` gives one for each of its targets. */
export interface Repository {
  /** The entry's. */
  readonly name: string;
  readonly target: Target;
  readonly format: 'deb' | 'rpm';
  /** Absolute folder on the publisher, where packaging.yml says it. */
  readonly path?: string;
  /** Without a slash at its end. */
  readonly url?: string;
  /** deb: the published suite. rpm: the target's suite, a name for people. */
  readonly suite: string;
  /** deb. Empty for rpm. */
  readonly components: readonly string[];
  readonly udebComponent?: string;
  /** `undefined`: that of the machine. */
  readonly architectures?: readonly string[];
  readonly origin: string;
  readonly label: string;
  /** rpm: absolute path of a comps.xml. */
  readonly groups?: string;
  readonly description: string;
  readonly channels: readonly [string, ...string[]];
  /** How many versions of each source package channels keep. */
  readonly keepVersions?: number;
  /** Absolute paths of files with the public keys that builds must be signed by. */
  readonly allowedSigners?: readonly string[];
  /** Where it is mirrored to; folders are absolute. */
  readonly mirrors?: readonly string[];
}

/** A package repository that builds may install from. */
export interface Source {
  readonly name: string;
  readonly format: 'deb' | 'rpm';
  readonly uri: string;
  /** deb. */
  readonly suites: readonly string[];
  /** deb: empty for a flat repository. */
  readonly components: readonly string[];
  readonly architectures: readonly string[];
  /** `undefined`: signed by a key of the target's keyring. `path` is absolute. */
  readonly key?: { readonly path: string } | { readonly url: string; readonly sha256: string };
  readonly trusted: boolean;
  readonly priority?: number;
  /** deb: `release ...`, `origin ...` or `version ...`; there where `priority` is. */
  readonly pin?: string;
  readonly pinPackages: readonly string[];
  readonly targets: readonly Target[];
}

export interface Packaging {
  /** As it was given to `loadPackaging`; `undefined` without a file. */
  readonly file: string | undefined;
  /** Absolute folder that relative paths start from. */
  readonly folder: string;
  readonly release: { readonly name: string; readonly version: string };
  readonly customer?: string;
  readonly maintainer?: string;
  readonly targets: readonly Target[];
  /** `undefined`: that of the machine. */
  readonly architectures?: readonly string[];
  readonly projects: readonly Project[];
  /** Empty where any package goes. */
  readonly packages: readonly Package[];
  readonly versions: Versions;
  readonly repositories: readonly Repository[];
  readonly sources: readonly Source[];
  readonly build: Build;
  /** `key`: fingerprint in upper case without blanks. */
  readonly signing: { readonly key?: string };
  readonly limits: Limits;
}

/**
 * Reads packaging.yml.
 *
 * @throws UserError where the file cannot be read.
 * @throws PackagingError with file, line, column, field, what was found and what is expected.
 */
export async function loadPackaging(file: string): Promise<Packaging> {
  return readPackaging(await readConfigurationFile(file), file);
}

/**
 * Reads the text of a packaging.yml that lies at `file`.
 *
 * @throws as `loadPackaging`.
 */
export async function readPackaging(text: string, file: string): Promise<Packaging> {
  const configuration = parseConfiguration(text, file, packagingSchema);
  const files = await readTargetFiles(configuration, path.dirname(file));
  return resolvePackaging(configuration, { file, folder: path.dirname(path.resolve(file)) }, files);
}

/** What takes the place of the file, for a repository that has none. */
export interface PackagingDefaults {
  /** Absolute path of the checkout. */
  readonly folder: string;
  /** Names, aliases or files of targets. */
  readonly targets: readonly string[];
  /** Name of the source package. Without it: that of debian/changelog, or of the only spec file. */
  readonly name?: string;
  /** Name that is asked for: as `name` where it can be the one of what the folder has. */
  readonly wanted?: string;
  /** Any further fields, as they would stand in packaging.yml. */
  readonly fields?: Partial<Omit<PackagingValue, 'targets' | 'packages'>>;
  /** Further fields of the package. */
  readonly package?: Partial<Exclude<NonNullable<PackagingValue['packages']>[number], string>>;
}

/**
 * The packaging of a repository without packaging.yml: one package, the packaging inside its code project, published
 * into one repository for each format.
 *
 * @throws PackagingError for values that cannot be used; UserError where no package is found in the folder.
 */
export async function defaultPackaging(defaults: PackagingDefaults): Promise<Packaging> {
  const { folder, targets, fields = {}, package: own = {} } = defaults;
  const name = defaults.name ?? own.name ?? (await findPackageName(folder, await packagePlace(defaults)));
  const value = { release: { name }, ...fields, targets: [...targets], packages: [{ ...own, name }] };
  const configuration = checkConfiguration(value, 'inputs', packagingSchema);
  const files = await readTargetFiles(configuration, folder);
  return resolvePackaging(configuration, { file: undefined, folder: path.resolve(folder) }, files);
}

async function packagePlace({ folder, targets, wanted, package: own = {} }: PackagingDefaults): Promise<PackagePlace> {
  const { 'debian-path': debianPath = 'debian', 'spec-file': specFile } = own;
  return {
    debianPath,
    targets: await Promise.all(targets.map((reference) => namesOf(reference, folder))),
    ...(specFile === undefined ? {} : { specFile }),
    ...(wanted === undefined ? {} : { name: wanted }),
  };
}

/** Name, suite and aliases of a target; none of one that is wrong, which is told where targets are resolved. */
async function namesOf(reference: string, folder: string): Promise<string[]> {
  try {
    const target = await resolveTargetReference(isTargetFile(reference) ? path.resolve(folder, reference) : reference);
    return [target.name, target.suite, ...target.aliases];
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}

/** The files that `targets` names, by place. Their paths are relative to `folder`, and shown as such. */
async function readTargetFiles(
  { value, error }: Configuration<PackagingInput>,
  folder: string,
): Promise<ReadonlyMap<number, Configuration<TargetInput>>> {
  const files = new Map<number, Configuration<TargetInput>>();
  for (const [index, target] of value.targets.entries()) {
    if (typeof target !== 'string' || !isTargetFile(target)) continue;
    const file = path.isAbsolute(target) ? target : path.join(folder, target);
    try {
      files.set(index, await readTargetFile(file));
    } catch (cause) {
      if (cause instanceof PackagingError || !(cause instanceof UserError)) throw cause;
      const { what, found } = cause.parts;
      throw error([{ path: ['targets', index], what: `${file}: ${what}`, ...(found ? { found } : {}) }]);
    }
  }
  return files;
}

/**
 * The package of that name. Where packaging.yml lists none, any name is one, with the defaults.
 *
 * @throws UserError naming the packages of the release.
 */
export function findPackage(packaging: Packaging, name: string): Package {
  const found = packaging.packages.find((entry) => entry.name === name);
  if (found) return found;
  if (packaging.packages.length === 0) {
    const { folder, targets, versions, build } = packaging;
    return { name, code: { path: folder }, targets, debianPath: 'debian', versions, build };
  }
  const names = packaging.packages.map((entry) => entry.name);
  const remedy = didYouMean(name, names);
  throw new UserError({
    what: 'no such package in the release',
    ...(packaging.file === undefined ? {} : { where: packaging.file }),
    found: quote(name),
    expected: names.join(', '),
    ...(remedy === undefined ? {} : { remedy }),
  });
}

/**
 * The target of the release with that name or alias.
 *
 * @throws UserError naming the targets of the release.
 */
export function findTarget(packaging: Pick<Packaging, 'file' | 'targets'>, nameOrAlias: string): Target {
  const found =
    packaging.targets.find((target) => target.name === nameOrAlias) ??
    packaging.targets.find((target) => target.aliases.includes(nameOrAlias));
  if (found) return found;
  const names = packaging.targets.map((target) => target.name);
  const remedy = didYouMean(nameOrAlias, names);
  throw new UserError({
    what: 'no such target in the release',
    ...(packaging.file === undefined ? {} : { where: packaging.file }),
    found: quote(nameOrAlias),
    expected: names.join(', '),
    ...(remedy === undefined ? {} : { remedy }),
  });
}

/** The repositories that packages of `target` go to. */
export function repositoriesOf(packaging: Packaging, target: Target): Repository[] {
  return packaging.repositories.filter((repository) => repository.target.name === target.name);
}

/** The repositories that builds for `target` may install from, beside the target's own. */
export function sourcesOf(packaging: Packaging, target: Target): Source[] {
  return packaging.sources.filter((source) => source.targets.some(({ name }) => name === target.name));
}
