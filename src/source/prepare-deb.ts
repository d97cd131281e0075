/**
 * From a code project and its packaging to a Debian source package: which version, which orig tarball, which difference;
 * then packed, checked and put in place (docs/actions/prepare-sources.md).
 */

import { copyFile, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { parseVersion } from '../deb/version.ts';
import { UserError } from '../errors.ts';
import { formatCount } from '../format.ts';
import type { Logger } from '../host/host.ts';
import { writeManifest } from '../manifest.ts';
import { checkReplaceable, replaceFolder } from '../output-folder.ts';
import { temporaryFolder } from '../temporary.ts';
import { makeEntry } from './changelog-entry.ts';
import type { DebSourceRequest } from './deb-request.ts';
import { checkSource, packSource } from './deb-source.ts';
import { decideVersion, type VersionDecision } from './deb-version.ts';
import { type Debian, readDebian, withEntry } from './debian-folder.ts';
import { writeFiles } from './folder.ts';
import type { Subject } from './git.ts';
import { type DebianFolder, findDebian } from './layout.ts';
import { entryHeadline, newestSubjects, type PreparedSource, sourceManifest, toolVersion } from './prepared.ts';
import { openProjects, type Projects } from './projects.ts';
import { readTree, type SourceFile } from './tree.ts';
import {
  applyDelta,
  codeFiles,
  findOrig,
  isPackagingOnly,
  makeOrig,
  nativePart,
  origPart,
  refuseDelta,
  type UpstreamContext,
  type UpstreamPart,
} from './upstream-source.ts';

export interface PreparedDebSource extends PreparedSource {
  /** Path of the .dsc. */
  readonly dsc: string;
}

/**
 * Prepares the source package. Nothing is left behind where it fails, and the checkouts stay as they are.
 *
 * @throws UserError, CommandError
 */
export async function prepareDebSource(
  request: DebSourceRequest,
  log: Logger,
  signal?: AbortSignal,
): Promise<PreparedDebSource> {
  await checkReplaceable(request.output);
  await using resources = new AsyncDisposableStack();
  const projects = await log.group('Projects', async () => {
    const opened = await openProjects(request, resources, log, signal);
    log.info(`Code: ${opened.code.folder}, commit ${opened.codeCommit.id}`);
    if (opened.separate) log.info(`Packaging: ${opened.spec.folder}, commit ${opened.specCommit.id}`);
    return opened;
  });
  const { folder, debian, specFiles } = await readPackaging(request, projects, resources, log, signal);
  const decision = await log.group('Version', async () => {
    const made = await decideVersion(request, projects, debian, folder, log);
    log.info(`Upstream version ${made.upstream.upstream}, from ${made.upstream.source}`);
    const { commits } = made.position;
    log.info(`${formatCount(commits, 'commit')} since, merges not counted`);
    return made;
  });

  await mkdir(path.dirname(request.output), { recursive: true });
  const staging = resources.use(await temporaryFolder('sources', path.dirname(request.output)));
  const work = path.join(staging.path, 'work');
  await mkdir(work);
  const context: UpstreamContext = {
    projects,
    debian,
    debianLocation: folder.location,
    specFiles,
    places: request.orig,
    placesBase: request.origBase,
    downloads: request.downloads,
    compression: request.compression,
    submodules: request.submodules,
    work,
    trees: new Map(),
    log,
    resources,
    ...(signal === undefined ? {} : { signal }),
  };
  const built = await log.group('Upstream source', () => makeUpstream(request, context, decision));
  const { version, next, part } = built;
  log.info(`Version ${version}`);

  const subjects = await newestSubjects(projects, decision.counted, request.entry.commits);
  const changed = version !== debian.entry.version;
  const epoch = changed ? decision.position.time : debian.entry.timestamp;
  const withPatch = await applyDelta(context, part, built.files, decision.upstream.tag?.name);
  const entry = changed ? entryOf(request, projects, debian, decision, version, subjects) : undefined;
  const packed = entry === undefined ? withPatch : withEntry(withPatch, entry);
  const spawn = { epoch, onLine: (line: string) => log.info(line), ...(signal === undefined ? {} : { signal }) };
  const files = await log.group('Source package', async () => {
    await writeFiles(packed, path.join(part.tree, 'debian'), projects.specCommit.time);
    const dsc = await packSource(work, path.basename(part.tree), spawn);
    await rm(part.tree, { recursive: true });
    const scratch = path.join(staging.path, 'check');
    await mkdir(scratch);
    return await checkSource(
      {
        dsc: path.join(work, dsc),
        name: debian.name,
        version,
        format: debian.format,
        wanted: part.wanted,
        hasDelta: part.delta.length > 0,
        hasPatches: debian.hasPatches,
        scratch,
        objectFormat: projects.code.objectFormat,
      },
      { ...spawn, onLine: (line) => log.debug(line) },
    );
  });

  const result = path.join(staging.path, 'result');
  await mkdir(result);
  for (const { name } of files) await copyFile(path.join(work, name), path.join(result, name));
  const manifest = await sourceManifest(projects, {
    format: 'deb',
    name: debian.name,
    version,
    folder: result,
    files,
    epoch,
    tag: decision.upstream.tag,
    asked: request,
    tools: { 'dpkg-source': await toolVersion('dpkg-source'), xz: await toolVersion('xz') },
  });
  const manifestFile = await writeManifest(result, manifest);
  signal?.throwIfAborted();
  await replaceFolder(result, request.output);
  return {
    name: debian.name,
    version,
    format: debian.format,
    folder: request.output,
    dsc: path.join(request.output, files[0]?.name ?? ''),
    manifestFile: path.join(request.output, path.basename(manifestFile)),
    manifest,
    upstreamSource: decision.upstream.source,
    tarball: part.origin === undefined ? undefined : { name: 'Orig tarball', origin: part.origin },
    commits: decision.position.commits,
    subjects,
    changedFiles: part.delta.length,
    next,
  };
}

interface Packaging {
  readonly folder: DebianFolder;
  readonly debian: Debian;
  readonly specFiles: readonly SourceFile[];
}

async function readPackaging(
  request: DebSourceRequest,
  { spec, specCommit, specFolder }: Projects,
  resources: AsyncDisposableStack,
  log: Logger,
  signal: AbortSignal | undefined,
): Promise<Packaging> {
  const specFiles = await readTree(spec, specCommit, {
    // Attributes and submodules are the upstream part's business.
    submodules: 'ignore',
    exportIgnore: false,
    warn: false,
    log,
    resources,
    ...(signal === undefined ? {} : { signal }),
  });
  const where = `spec project ${spec.folder}`;
  const folder = findDebian(
    {
      files: specFiles,
      subfolder: specFolder,
      debianPath: request.debianPath,
      targetNames: request.targetNames,
      where,
    },
    log,
  );
  return { folder, specFiles, debian: await readDebian(folder, request.packageName) };
}

interface MadeUpstream {
  readonly part: UpstreamPart;
  readonly version: string;
  readonly next: string | undefined;
  /** The commit's files. */
  readonly files: readonly SourceFile[];
}

/** Chooses between a tarball of the tag with a patch and one of the commit, and with it the upstream version. */
async function makeUpstream(
  request: DebSourceRequest,
  context: UpstreamContext,
  decision: VersionDecision,
): Promise<MadeUpstream> {
  const { debian, projects, work, log } = context;
  const { upstream, base, position, native } = decision;
  const { pastTag, scheme } = request.version;
  const files = await codeFiles(context, projects.codeCommit);
  const packagingOnly = isPackagingOnly(context, files);
  const tree = path.join(work, 'tree');
  if (native) {
    if (packagingOnly && context.debianLocation === '')
      throw noUpstream(context, 'a code project: the package is native');
    return { ...decision.at(false), files, part: await nativePart(context, files, tree) };
  }
  const found = await findOrig(context, upstream.upstream);
  if (packagingOnly) {
    if (found === undefined) {
      throw noUpstream(context, `${debian.name}_${upstream.upstream}.orig.tar.* in a place that the input orig names`);
    }
    const part = await origPart(context, found, tree, undefined, undefined);
    if ('paths' in part) throw new Error('a package without code cannot differ from its tarball');
    return { ...decision.at(false), files: [], part };
  }
  if (upstream.repacked && found === undefined) {
    throw noUpstream(
      context,
      `its repacked tarball ${debian.name}_${upstream.upstream}.orig.tar.* in a place that the input orig names, or a tag upstream/${upstream.upstream}`,
    );
  }

  const pastBase = position.codeCommits > 0 || base === undefined;
  const homeless = base === undefined && found === undefined && scheme !== 'changelog';
  if (homeless && pastTag === 'patch') {
    throw new UserError({
      what: 'there is no tag to make the orig tarball of',
      where: 'input past-tag',
      found: 'patch',
      expected: `a tag for ${upstream.upstream}, or past-tag: snapshot`,
    });
  }
  if (!homeless && !(pastTag === 'snapshot' && pastBase)) {
    const version = decision.at(false);
    if (found === undefined && base === undefined) {
      log.notice(
        `the orig tarball of ${upstream.upstream} is made from this commit, and another commit would give another one: tag the release, or name the repository that it is published in as the input orig`,
      );
    }
    const orig =
      found ?? (await makeOrig(context, upstream.upstream, base ?? projects.codeCommit, describeBase(decision)));
    const part = await origPart(context, orig, tree, files, base);
    if (!('paths' in part)) return { ...version, files, part };
    if (pastTag === 'patch' || scheme === 'changelog' || !pastBase) refuseDelta(part.paths, debian.format);
    log.warning(
      `a patch cannot carry ${part.paths.length === 1 ? 'one file' : `${part.paths.length} files`} that changed since ${describeBase(decision)}, so the orig tarball is of the commit, with an upstream version of its own`,
    );
    await rm(tree, { recursive: true, force: true });
    for (const name of orig.files) await rm(path.join(work, name), { force: true });
  } else if (found !== undefined) {
    for (const name of found.files) await rm(path.join(work, name), { force: true });
  }

  const version = decision.at(true);
  const own = parseVersion(version.version).upstream;
  const published = own === upstream.upstream ? undefined : await findOrig(context, own);
  const what = `commit ${projects.codeCommit.id.slice(0, 12)}`;
  const orig = published ?? (await makeOrig(context, own, projects.codeCommit, what));
  const part = await origPart(context, orig, tree, files, projects.codeCommit);
  if ('paths' in part) refuseDelta(part.paths, debian.format);
  return { ...version, files, part };
}

function describeBase({ upstream, base }: VersionDecision): string {
  if (upstream.tag !== undefined) return `tag ${upstream.tag.name}`;
  return base === undefined ? 'the commit' : `commit ${base.id.slice(0, 12)}, which brought it to the changelog`;
}

function noUpstream(context: UpstreamContext, expected: string): UserError {
  return new UserError({
    what: 'the upstream part of the package is not there',
    where: `code project ${context.projects.code.folder}`,
    found: 'packaging only',
    expected,
    remedy: 'give the input orig, or the code project as the input code',
  });
}

function entryOf(
  request: DebSourceRequest,
  projects: Projects,
  debian: Debian,
  { upstream, position }: VersionDecision,
  version: string,
  subjects: readonly Subject[],
): string {
  const { review, entry } = request;
  const { maintainer: last } = debian.entry;
  const maintainer = entry.maintainer ?? (last.email.includes('@') ? last : entry.fallbackMaintainer);
  if (maintainer === undefined) {
    throw new UserError({
      what: 'no maintainer for the changelog entry',
      where: debian.where,
      found: `${last.name} <${last.email}>`,
      expected: 'Name <address@example.org>',
      remedy: 'give the input maintainer, or DEBFULLNAME and DEBEMAIL',
    });
  }
  return makeEntry({
    version,
    last: debian.entry,
    subjects,
    total: position.commits,
    headline: entryHeadline(projects, upstream.tag, review),
    distribution: entry.distribution,
    maintainer,
    time: position.time,
  });
}
