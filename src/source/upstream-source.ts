/**
 * The upstream part of a source package: the orig tarball (published, pristine or made from git), unpacked, and what
 * the commit has beside it.
 */

import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { CommandError, UserError } from '../errors.ts';
import { formatCount } from '../format.ts';
import type { Logger } from '../host/host.ts';
import { digestFile } from '../manifest.ts';
import { run } from '../process.ts';
import { temporaryFolder } from '../temporary.ts';
import { applyPatches } from './deb-source.ts';
import type { Debian } from './debian-folder.ts';
import { withDelta } from './debian-folder.ts';
import { type DeltaEntry, deltaOf, makePatch, patchHeader, unrepresentable, wantedTree } from './delta.ts';
import {
  blobId,
  bytes,
  differingPaths,
  type FileState,
  loadEach,
  loadFiles,
  readFolder,
  stateOf,
  type TreeState,
  writeFiles,
} from './folder.ts';
import type { Commit } from './git.ts';
import { type FoundOrig, findPristine, findPublished, type OrigRequest } from './orig.ts';
import type { Projects } from './projects.ts';
import { COMPRESSION_SUFFIX, type Compression, origFileName, writeTarball } from './tarball.ts';
import { listPaths, readTree, type SourceFile, type SubmodulePolicy } from './tree.ts';

export interface UpstreamContext {
  readonly projects: Projects;
  readonly debian: Debian;
  /** Folder of debian/ in the spec project, byte string. */
  readonly debianLocation: string;
  /** All files of the spec project's commit. */
  readonly specFiles: readonly SourceFile[];
  /** Places to look for a published orig. */
  readonly places: readonly string[];
  /** Absolute folder that relative places start from. */
  readonly placesBase: string;
  /** Folder that downloads are kept in. */
  readonly downloads: string;
  readonly compression: Compression;
  readonly submodules: SubmodulePolicy;
  /** Folder that orig tarballs are put into. */
  readonly work: string;
  /** Files by commit, as they were read. */
  readonly trees: Map<string, readonly SourceFile[]>;
  readonly log: Logger;
  readonly resources: AsyncDisposableStack;
  readonly signal?: AbortSignal;
}

export interface UpstreamPart {
  /** Orig files in the work folder, the main tarball first; none of a native package. */
  readonly files: readonly string[];
  /** Where the tarball came from, for people; `undefined` of a native package. */
  readonly origin: string | undefined;
  /** Folder with the upstream part, to which debian/ is to be added. */
  readonly tree: string;
  /** What the source package must unpack to outside debian/. */
  readonly wanted: TreeState;
  /** What the orig tarball does not have. */
  readonly delta: readonly DeltaEntry[];
}

/** What is left to do where the difference cannot be carried. */
export interface Unrepresentable {
  readonly paths: readonly string[];
}

const PRISTINE = /^[^/]+\.orig(?:-[^/]+)?\.tar\.[^/]+$/;
/** A file or link of such a name too: what is put there must not be led elsewhere. */
const OURS = /^(?:debian|\.pc)(?:\/|$)/;
/** In a repository that holds packaging only, these may lie beside debian/. */
const NO_CODE = /^(?:\.[^/]+(?:\/.*)?|(?:README|LICENSE|COPYING|CONTRIBUTING|CODEOWNERS)[^/]*)$/i;

/**
 * Files of the code project at `commit` that are upstream's: without debian/, quilt's .pc and tarballs beside debian/.
 */
export async function codeFiles(context: UpstreamContext, commit: Commit): Promise<readonly SourceFile[]> {
  const { projects, submodules, trees, log, resources, signal } = context;
  const known = trees.get(commit.id);
  if (known !== undefined) return known;
  const all = await readTree(projects.code, commit, {
    submodules,
    exportIgnore: true,
    warn: commit.id === projects.codeCommit.id,
    log,
    resources,
    ...(signal === undefined ? {} : { signal }),
  });
  const start = projects.codeFolder === '' ? '' : `${projects.codeFolder}/`;
  const files = all
    .filter((file) => file.path.startsWith(start))
    .map((file) => ({ ...file, path: file.path.slice(start.length) }))
    .filter((file) => !OURS.test(file.path) && !(!projects.separate && PRISTINE.test(file.path)));
  trees.set(commit.id, files);
  return files;
}

/** Whether the repository holds packaging only: the upstream part is the orig tarball alone. */
export function isPackagingOnly(context: UpstreamContext, files: readonly SourceFile[]): boolean {
  if (context.projects.separate) return false;
  return context.debianLocation === context.projects.codeFolder || files.every((file) => NO_CODE.test(file.path));
}

/** The upstream part of a native package: the commit's files. */
export async function nativePart(
  context: UpstreamContext,
  files: readonly SourceFile[],
  tree: string,
): Promise<UpstreamPart> {
  await writeFiles(loadEach(files), tree, context.projects.codeCommit.time);
  return { files: [], origin: undefined, tree, wanted: stateOf(files), delta: [] };
}

/** Looks for a tarball of `upstream` that exists already. */
export async function findOrig(context: UpstreamContext, upstream: string): Promise<FoundOrig | undefined> {
  const { projects, debian, debianLocation, places, work, log, signal } = context;
  const request: OrigRequest = {
    name: debian.name,
    upstream,
    gzipOnly: debian.format === '1.0',
    into: work,
    base: context.placesBase,
    downloads: context.downloads,
    log,
    ...(signal === undefined ? {} : { signal }),
  };
  const published = await findPublished(places, request);
  if (published !== undefined) return published;
  const beside = debianLocation.includes('/') ? debianLocation.slice(0, debianLocation.lastIndexOf('/')) : '';
  const folder = projects.spec.bare
    ? undefined
    : path.join(projects.spec.folder, Buffer.from(beside, 'latin1').toString());
  return await findPristine(context.specFiles, beside, folder, request);
}

/** Makes the tarball of `upstream` out of `commit`. */
export async function makeOrig(
  context: UpstreamContext,
  upstream: string,
  commit: Commit,
  what: string,
): Promise<FoundOrig> {
  const { debian, work, signal } = context;
  // Format 1.0 knows gzip only.
  const compression = debian.format === '1.0' ? 'gzip' : context.compression;
  const name = origFileName(debian.name, upstream, COMPRESSION_SUFFIX[compression]);
  await writeTarball({
    files: await codeFiles(context, commit),
    root: `${debian.name}-${upstream}`,
    mtime: commit.time,
    compression,
    output: path.join(work, name),
    ...(signal === undefined ? {} : { signal }),
  });
  return { files: [name], origin: `made from ${what}`, published: false };
}

/**
 * Unpacks `found` into `tree` and works out what the commit has beside it.
 *
 * @param files the commit's; `undefined` where the tarball is all there is (packaging only).
 * @param base the tag's commit, `undefined` where there is none.
 */
export async function origPart(
  context: UpstreamContext,
  found: FoundOrig,
  tree: string,
  files: readonly SourceFile[] | undefined,
  base: Commit | undefined,
): Promise<UpstreamPart | Unrepresentable> {
  const { projects, debian, log, work } = context;
  const { objectFormat } = projects.code;
  await logOrig(context, found);
  const components = await unpackOrig(context, found, tree);
  const orig = await readFolder(tree, objectFormat, ['debian', '.pc']);
  const part = { files: found.files, origin: found.origin, tree };
  if (files === undefined) return { ...part, wanted: orig, delta: [] };
  const baseFiles = base === undefined ? undefined : await codeFiles(context, base);
  const baseState = baseFiles === undefined ? undefined : stateOf(baseFiles);
  if (baseState !== undefined) {
    const differing = differingPaths(orig, baseState).filter((file) => !inComponent(file, components));
    if (differing.length > 0) {
      log.info(
        `The orig tarball differs from the tagged commit in ${formatCount(differing.length, 'file')}, which stay as in the tarball: ${listPaths(differing)}`,
      );
    }
  }
  const wanted = wantedTree(orig, baseState, stateOf(files), components);
  const delta = deltaOf(orig, wanted);
  if (delta.length === 0) return { ...part, wanted, delta };
  if (await hasPatchesApplied(context, found, wanted, work)) {
    log.info('The code project has the packaging patches applied: they make up the difference to the orig tarball');
    return { ...part, wanted: orig, delta: [] };
  }
  const format = debian.format === '1.0' ? '1.0' : '3.0 (quilt)';
  const binary = format === '1.0' ? await binaryIds(delta, files, tree) : new Set<string>();
  const bad = unrepresentable(delta, {
    format,
    orig,
    wanted,
    empty: blobId(Buffer.alloc(0), objectFormat),
    isBinary: (id) => binary.has(id),
  });
  if (bad.length > 0) return { paths: bad.map((entry) => entry.path) };
  log.info(
    `${delta.length} ${delta.length === 1 ? 'file differs' : 'files differ'} from the orig tarball, which is kept: ${listPaths(delta.map((entry) => entry.path))}`,
  );
  return { ...part, wanted, delta };
}

async function logOrig(context: UpstreamContext, found: FoundOrig): Promise<void> {
  for (const name of found.files) {
    const { size, sha256 } = await digestFile(path.join(context.work, name));
    context.log.info(`${name}: ${found.origin} (${size} bytes, sha256 ${sha256})`);
  }
}

/** Unpacks as dpkg-source does: a single folder at the top is taken off. */
async function unpackOrig(context: UpstreamContext, found: FoundOrig, tree: string): Promise<string[]> {
  const { work, debian, signal } = context;
  const components: string[] = [];
  for (const name of found.files.filter((file) => !file.endsWith('.asc'))) {
    const component = /\.orig-([A-Za-z0-9-]+)\.tar\./.exec(name.slice(debian.name.length))?.[1];
    if (component !== undefined) components.push(component);
    await using scratch = await temporaryFolder('unpack', path.dirname(tree));
    const into = path.join(scratch.path, 'content');
    await mkdir(into);
    const options = ['--no-same-owner', '--no-same-permissions', '--exclude=.pc', '--exclude=*/.pc', '--anchored'];
    await run(
      ['tar', '--extract', `--file=${path.join(work, name)}`, `--directory=${into}`, ...options],
      // A name with a colon would be a remote archive.
      { env: { TAR_OPTIONS: undefined }, ...(signal === undefined ? {} : { signal }) },
    );
    const entries = await readdir(into, { withFileTypes: true });
    const [only] = entries;
    const root = entries.length === 1 && only?.isDirectory() ? path.join(into, only.name) : into;
    const target = component === undefined ? tree : path.join(tree, component);
    await rm(target, { recursive: true, force: true });
    await rename(root, target);
  }
  await rm(path.join(tree, 'debian'), { recursive: true, force: true });
  return components;
}

function inComponent(file: string, components: readonly string[]): boolean {
  return components.some((component) => file.startsWith(`${component}/`));
}

/** Whether the orig tarball with the packaging patches is what the commit has (as dgit keeps repositories). */
async function hasPatchesApplied(
  context: UpstreamContext,
  found: FoundOrig,
  wanted: TreeState,
  work: string,
): Promise<boolean> {
  const { debian, projects, signal } = context;
  if (!debian.hasPatches || debian.format !== '3.0 (quilt)') return false;
  await using scratch = await temporaryFolder('patches', work);
  const tree = path.join(scratch.path, 'tree');
  await unpackOrig(context, found, tree);
  await writeFiles(debian.files, path.join(tree, 'debian'), projects.specCommit.time);
  try {
    await applyPatches(tree, { epoch: projects.specCommit.time, ...(signal === undefined ? {} : { signal }) });
  } catch (error) {
    if (error instanceof CommandError && error.failure.end === 'exit') return false;
    throw error;
  }
  const patched = await readFolder(tree, projects.code.objectFormat, ['debian', '.pc']);
  return differingPaths(patched, wanted).length === 0;
}

/** Ids of the delta's contents that diff(1) takes for binary. */
async function binaryIds(
  delta: readonly DeltaEntry[],
  files: readonly SourceFile[],
  tree: string,
): Promise<ReadonlySet<string>> {
  const binary = new Set<string>();
  for (const { path: file, from } of delta) {
    if (from !== undefined && from.mode !== '120000' && (await readFile(bytes(tree, file))).includes(0)) {
      binary.add(from.id);
    }
  }
  const changed = new Set(delta.map((entry) => entry.path));
  const wanted = files.filter((file) => changed.has(file.path));
  const loaded = await loadFiles(wanted);
  for (const [index, { content }] of loaded.entries()) {
    const id = wanted[index]?.id;
    if (id !== undefined && content.includes(0)) binary.add(id);
  }
  return binary;
}

/**
 * Puts the delta where its format has it: 3.0 (quilt) as the first patch of debian/, 1.0 into the tree, from which
 * dpkg-source makes its diff.
 *
 * @returns the files of debian/.
 */
export async function applyDelta(
  context: UpstreamContext,
  part: UpstreamPart,
  files: readonly SourceFile[],
  tag: string | undefined,
): Promise<Debian['files']> {
  const { debian, projects, signal } = context;
  if (part.delta.length === 0) return debian.files;
  if (debian.format === '3.0 (quilt)') {
    const patch = await makePatch({
      delta: part.delta,
      origFolder: part.tree,
      files,
      objectFormat: projects.code.objectFormat,
      ...(signal === undefined ? {} : { signal }),
    });
    const header = patchHeader({ tag, commit: projects.codeCommit.id, time: projects.codeCommit.time });
    return withDelta(debian.files, Buffer.concat([Buffer.from(header), patch]), 'debian');
  }
  const changed = new Map(part.delta.map((entry): [string, FileState | undefined] => [entry.path, entry.to]));
  for (const file of changed.keys()) await rm(bytes(part.tree, file), { force: true });
  const written = files.filter((file) => changed.get(file.path) !== undefined);
  await writeFiles(loadEach(written), part.tree, projects.codeCommit.time);
  return debian.files;
}

/** @throws UserError where the difference has to be carried and cannot be. */
export function refuseDelta(paths: readonly string[], format: string): never {
  throw new UserError({
    what: `the commit differs from the orig tarball in what the source format ${format} cannot carry`,
    where: 'code project',
    found: listPaths(paths),
    expected: 'no links, modes, empty or moved files that changed since the tag',
    remedy: 'set past-tag: snapshot, or tag the commit as a new upstream version',
  });
}
