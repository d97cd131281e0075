/** What a build of an rpm package may give: packages that can be read and are of the source package that was built. */
import { copyFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { quote, UserError } from '../errors.ts';
import type { FileRole } from '../manifest.ts';
import { baseArchitecture } from '../rpm/architecture.ts';
import { formatEvr } from '../rpm/evr.ts';
import type { RpmPackage } from '../rpm/package.ts';
import { readRpmPackage, verifyPayload } from '../rpm/read-package.ts';
import type { RpmSource } from './rpm-source.ts';

export interface RpmResults {
  /** Binary packages with their file names, by file name. */
  readonly packages: readonly { readonly file: string; readonly package: RpmPackage }[];
  /** The .src.rpm that mock made, by its file name in the folder; `undefined` where there is none. */
  readonly made: { readonly file: string; readonly package: RpmPackage } | undefined;
  /** Why these results are not taken. */
  readonly refused?: string;
}

/** `hello-2.12-1.el9.x86_64.rpm`: how rpmbuild names packages; of a source package `.src.rpm`. */
export function rpmFileName({ name, evr, architecture, isSource }: RpmPackage): string {
  return `${name}-${evr.version}-${evr.release ?? ''}.${isSource ? 'src' : architecture}.rpm`;
}

/** A source package without some of its sources (`NoSource`) has another ending. */
const sourceName = (file: string) => file.replace(/\.nosrc\.rpm$/, '.src.rpm');

/**
 * Reads the .rpm files in `folder`. A package chooses what lies where mock collects results, so each has to be what it
 * is called, for this architecture, and built from the source package that was asked for.
 */
export async function readRpmResults(
  folder: string,
  source: Pick<RpmSource, 'name' | 'version' | 'package'>,
  architecture: string,
): Promise<RpmResults> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.rpm')).sort();
  const read: { readonly file: string; readonly package: RpmPackage }[] = [];
  const refuse = (refused: string): RpmResults => ({ packages: [], made: undefined, refused });
  for (const file of names) {
    try {
      read.push({ file, package: await readRpmPackage(path.join(folder, file), file) });
      await verifyPayload(path.join(folder, file), { shown: file });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return refuse(`a package among the results cannot be read: ${error.message}`);
    }
  }
  const packages = read.filter((entry) => !entry.package.isSource);
  const [made, second] = read.filter((entry) => entry.package.isSource);
  if (second !== undefined) return refuse(`the results have two source packages: ${made?.file}, ${second.file}`);
  const origin = made?.package ?? source.package;
  if (origin === undefined)
    return packages.length === 0 ? { packages, made } : refuse('the results have no source package');
  // A spec file alone has no name that could be compared.
  if (source.version !== undefined && origin.name !== source.name) {
    return refuse(`the source package that was built is ${quote(origin.name)}, not ${quote(source.name)}`);
  }
  const sourceRpm = rpmFileName(origin);
  for (const { file, package: entry } of read) {
    if (sourceName(file) !== rpmFileName(entry))
      return refuse(`${quote(file)} holds the package ${quote(rpmFileName(entry))}`);
  }
  for (const { file, package: entry } of packages) {
    if (sourceName(entry.sourceRpm ?? '') !== sourceRpm) {
      return refuse(`${quote(file)} was built from ${quote(entry.sourceRpm ?? 'nothing')}, not from ${sourceRpm}`);
    }
    if (entry.architecture !== 'noarch' && baseArchitecture(entry.architecture) !== baseArchitecture(architecture)) {
      return refuse(`${quote(file)} is for ${entry.architecture}, not for ${architecture}`);
    }
  }
  return { packages, made };
}

/**
 * Puts the source package among the results: the one that was given, byte for byte, wherever it is the one that the
 * packages name. mock makes another one from it, with the same name and another header; the header's digest is what
 * repositories tell packages apart by, so builds for two architectures would not fit into one.
 *
 * @returns what is handed on, and why it is not the one that was given.
 */
export async function placeSource(
  folder: string,
  source: RpmSource,
  made: RpmResults['made'],
  wanted: boolean,
): Promise<{ readonly file: string | undefined; readonly warning?: string }> {
  const given = source.package;
  const isGiven = given !== undefined && (made === undefined || sameVersion(given, made.package));
  if (made !== undefined && (!wanted || isGiven)) await rm(path.join(folder, made.file));
  if (!wanted) return { file: undefined };
  if (isGiven) {
    const file = rpmFileName(given);
    await copyFile(path.join(source.folder, source.main), path.join(folder, file));
    return { file };
  }
  const version = made && formatEvr(made.package.evr);
  if (made === undefined || source.version === undefined || source.version === version) return { file: made?.file };
  return {
    file: made.file,
    warning: `the source package is ${source.version} as given and ${version} in the buildroot, whose macros differ; the one that mock made is handed on`,
  };
}

function sameVersion(one: RpmPackage, other: RpmPackage): boolean {
  return one.name === other.name && formatEvr(one.evr) === formatEvr(other.evr);
}

/** What a file of a build is, by its name. */
export function roleOfRpmResult(name: string): FileRole {
  const roles: readonly (readonly [RegExp, FileRole])[] = [
    [/\.(?:no)?src\.rpm$/, 'srpm'],
    [/\.rpm$/, 'rpm'],
    [/\.log$/, 'log'],
    [/\.packages$/, 'packages-list'],
    [/^(?:junit\.xml|code-quality\.json)$/, 'report'],
  ];
  return roles.find(([pattern]) => pattern.test(name))?.[1] ?? 'other';
}
