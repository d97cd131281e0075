/** Debian source packages: a tree is put together, dpkg-source packs it, and what it packed is unpacked and compared. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseDsc } from '../deb/source-package.ts';
import { withoutEpoch } from '../deb/version.ts';
import { UserError } from '../errors.ts';
import { digestFile, type FileRole } from '../manifest.ts';
import { run } from '../process.ts';
import { DELTA_PATCH } from './delta.ts';
import { differingPaths, readFolder, type TreeState } from './folder.ts';
import { listPaths } from './tree.ts';

export const DEB_FORMATS = ['3.0 (quilt)', '3.0 (native)', '1.0'] as const;
export type DebFormat = (typeof DEB_FORMATS)[number];

/**
 * The format that debian/source/format names; without the file it is 1.0, as for dpkg-source.
 *
 * @throws UserError for another format, and where it does not fit the version.
 */
export function readFormat(content: string | undefined, revision: string | undefined, where: string): DebFormat {
  const text = content === undefined ? '1.0' : (content.split('\n')[0] ?? '').trim();
  const format = DEB_FORMATS.find((each) => each === text);
  if (format === undefined) {
    throw new UserError({
      what: 'a source format that is not supported',
      where: `${where}/source/format`,
      found: JSON.stringify(text.slice(0, 40)),
      expected: DEB_FORMATS.join(', '),
    });
  }
  const mismatch =
    (format === '3.0 (quilt)' && revision === undefined) || (format === '3.0 (native)' && revision !== undefined);
  if (!mismatch) return format;
  throw new UserError({
    what: 'the version in the changelog does not fit the source format',
    where: `${where}/changelog`,
    found: revision === undefined ? 'a version without a revision' : `the revision ${revision}`,
    expected: `${revision === undefined ? 'a revision (1.0-1)' : 'a version without one'} for ${format}`,
  });
}

export interface SpawnContext {
  /** Of everything dpkg-source writes, seconds since the epoch. */
  readonly epoch: number;
  readonly signal?: AbortSignal;
  /** Called for every line that dpkg-source says. */
  readonly onLine?: (line: string) => void;
}

function spawnOptions(context: SpawnContext, cwd: string) {
  return {
    cwd,
    env: {
      SOURCE_DATE_EPOCH: String(context.epoch),
      TZ: 'UTC',
      // Which series of patches is read would depend on the machine's distribution.
      DEB_VENDOR: 'debian',
      XZ_DEFAULTS: undefined,
      XZ_OPT: undefined,
      TAR_OPTIONS: undefined,
    },
    ...(context.signal === undefined ? {} : { signal: context.signal }),
    ...(context.onLine === undefined ? {} : { onLine: context.onLine }),
  };
}

/**
 * Packs `folder/tree` into a source package in `folder`, where its orig tarballs lie. Nothing of the package runs:
 * dpkg-source reads debian/, it calls no debian/rules.
 *
 * @returns name of the .dsc.
 * @throws CommandError with what dpkg-source said.
 */
export async function packSource(folder: string, tree: string, context: SpawnContext): Promise<string> {
  const before = new Set(await readdir(folder));
  const argv = ['dpkg-source', ...(await singleThread(context)), '--build', tree] as const;
  await run(argv, spawnOptions(context, folder));
  const dsc = (await readdir(folder)).find((name) => name.endsWith('.dsc') && !before.has(name));
  if (dsc === undefined) throw new Error(`dpkg-source wrote no .dsc into ${folder}`);
  return dsc;
}

/** xz cuts its input into blocks by the number of threads: other machines, other bytes. Since dpkg 1.21.14. */
async function singleThread(context: SpawnContext): Promise<string[]> {
  const { stdout } = await run(['dpkg-source', '--help'], spawnOptions({ ...context, onLine: () => {} }, '/'));
  return stdout.includes('--threads-max') ? ['--threads-max=1'] : [];
}

/** Unpacks `dsc` into `target`, which must not exist; digests are checked by dpkg-source. */
export async function unpackSource(
  dsc: string,
  target: string,
  context: SpawnContext,
  options: readonly string[] = [],
): Promise<void> {
  const argv = ['dpkg-source', '--no-check', ...options, '--extract', dsc, target] as const;
  await run(argv, spawnOptions(context, path.dirname(dsc)));
}

/** Applies the patches of `tree`'s debian/patches/series that are not applied yet. */
export async function applyPatches(tree: string, context: SpawnContext): Promise<void> {
  await run(['dpkg-source', '--before-build', tree], spawnOptions(context, path.dirname(tree)));
}

export interface CheckRequest {
  /** Path of the .dsc. */
  readonly dsc: string;
  readonly name: string;
  readonly version: string;
  readonly format: DebFormat;
  /** What the source must unpack to outside debian/, packaging patches not applied. */
  readonly wanted: TreeState;
  readonly hasDelta: boolean;
  /** Whether the package has patches of its own. */
  readonly hasPatches: boolean;
  /** An empty folder to unpack into. */
  readonly scratch: string;
  readonly objectFormat: 'sha1' | 'sha256';
}

/** A file of the package, with its part in it. */
export interface SourcePackageFile {
  readonly name: string;
  readonly role: FileRole;
}

/**
 * Checks a source package as its user would: the .dsc names the package and lists its files truly, it unpacks, and what
 * comes out is the commit.
 *
 * @returns its files, the .dsc among them.
 * @throws UserError, CommandError
 */
export async function checkSource(request: CheckRequest, context: SpawnContext): Promise<SourcePackageFile[]> {
  const { dsc, name, version, format, scratch } = request;
  const file = path.basename(dsc);
  const control = parseDsc(await readFile(dsc, 'utf8'), file);
  if (control.source !== name || control.version !== version || control.paragraph.get('Format') !== format) {
    throw new Error(`${file} is of ${control.source} ${control.version}, not of ${name} ${version} (${format})`);
  }
  for (const listed of control.files) {
    const found = await digestFile(path.join(path.dirname(dsc), listed.name));
    if (found.sha256 !== listed.digest || found.size !== listed.size) {
      throw new Error(`${file} lists ${listed.name} with another digest than it has`);
    }
  }
  const whole = path.join(scratch, 'whole');
  await unpackSource(dsc, whole, context);
  // Packaging patches are on top of what can be compared: then the delta alone is applied to a second copy.
  let plain = whole;
  if (format === '3.0 (quilt)' && request.hasPatches) {
    plain = path.join(scratch, 'plain');
    await unpackSource(dsc, plain, context, ['--skip-patches']);
    if (request.hasDelta) {
      const patches = path.join(plain, 'debian/patches');
      for (const series of (await readdir(patches)).filter((entry) => /(?:^|\.)series$/.test(entry))) {
        await rm(path.join(patches, series));
      }
      await writeFile(path.join(patches, 'series'), `${DELTA_PATCH}\n`);
      await applyPatches(plain, context);
    }
  }
  const found = await readFolder(plain, request.objectFormat, ['debian', '.pc']);
  const wanted = new Map([...request.wanted].filter(([each]) => !each.startsWith('.pc/')));
  const differing = differingPaths(found, wanted).filter((each) => format !== '3.0 (native)' || found.has(each));
  if (differing.length > 0) {
    throw new UserError({
      what: 'the source package does not unpack to what the commit has',
      where: file,
      found: `${differing.length} differing: ${listPaths(differing)}`,
      remedy: 'use the format 3.0 (quilt), or past-tag: snapshot',
    });
  }
  return [
    { name: file, role: 'dsc' },
    ...control.files.map((listed) => ({ name: listed.name, role: roleOf(listed.name, request) })),
  ];
}

function roleOf(file: string, { name, version }: CheckRequest): FileRole {
  if (/\.orig(?:-[A-Za-z0-9-]+)?\.tar\.[a-z0-9]+$/.test(file)) return 'orig';
  if (/\.orig(?:-[A-Za-z0-9-]+)?\.tar\.[a-z0-9]+\.asc$/.test(file)) return 'orig-signature';
  if (file.startsWith(`${name}_${withoutEpoch(version)}.debian.tar.`)) return 'debian';
  if (file.endsWith('.diff.gz')) return 'diff';
  return 'native';
}
