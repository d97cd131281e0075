/**
 * From a code project and a spec to an rpm source package: which version, which sources, a changelog entry; then packed
 * in the target's buildroot, checked and put in place (docs/actions/prepare-sources.md).
 */

import { mkdir, utimes } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.ts';
import { formatCount } from '../format.ts';
import type { Logger } from '../host/host.ts';
import { writeManifest } from '../manifest.ts';
import { checkReplaceable, replaceFolder } from '../output-folder.ts';
import { hasAutoChangelog, tagLines } from '../rpm/spec.ts';
import type { ExpandedSpec, SpecExpander } from '../rpm/spec-expander.ts';
import { temporaryFolder } from '../temporary.ts';
import { entryHeadline, newestSubjects, type PreparedSource, sourceManifest } from './prepared.ts';
import { openProjects, type Projects } from './projects.ts';
import { addEntry } from './rpm-changelog.ts';
import { expandText, withRelease } from './rpm-edit.ts';
import { findSpec, type SpecFile } from './rpm-layout.ts';
import { copySources, packCode, packSource } from './rpm-pack.ts';
import type { RpmSourceRequest } from './rpm-request.ts';
import { isAutomatic } from './rpm-scheme.ts';
import { chooseCodeSource, collectSources, placeBeside, readSourcesFile } from './rpm-sources.ts';
import { decideRpmVersion, type RpmVersionDecision, versionOf } from './rpm-version.ts';
import { readTree, type SourceFile } from './tree.ts';

export interface PreparedRpmSource extends PreparedSource {
  /** Path of the .src.rpm; `undefined` where the spec and its sources were asked for. */
  readonly srpm: string | undefined;
  /** Path of the spec; `undefined` of a .src.rpm. */
  readonly spec: string | undefined;
}

/**
 * Prepares the source package. Nothing is left behind where it fails, and the checkouts stay as they are.
 *
 * @throws UserError, CommandError
 */
export async function prepareRpmSource(
  request: RpmSourceRequest,
  log: Logger,
  signal?: AbortSignal,
): Promise<PreparedRpmSource> {
  await checkReplaceable(request.output);
  checkPastTag(request);
  await using resources = new AsyncDisposableStack();
  const projects = await log.group('Projects', async () => {
    const opened = await openProjects(request, resources, log, signal);
    log.info(`Code: ${opened.code.folder}, commit ${opened.codeCommit.id}`);
    if (opened.separate) log.info(`Packaging: ${opened.spec.folder}, commit ${opened.specCommit.id}`);
    return opened;
  });
  const stop = signal === undefined ? {} : { signal };
  const file = await readSpec(request, projects, resources, log, stop);
  const listed = await readSourcesFile(file);
  const code = await codeFiles(request, projects, resources, log, stop);

  await mkdir(path.dirname(request.output), { recursive: true });
  const staging = resources.use(await temporaryFolder('sources', path.dirname(request.output)));
  const expander = resources.use(await request.openExpander());
  const { folder } = expander;
  const before = await log.group('Spec', async () => {
    await placeBeside(file, folder, projects.specCommit.time);
    const expanded = await expandText(expander, file, file.text);
    if (hasAutoChangelog(file.text) && expanded.changelog === undefined) {
      log.warning(
        `${file.name} has %autochangelog, which the buildroot does not define: the package will have no changelog; add rpmautospec-rpm-macros to the buildroot, or run rpmautospec process-distgit before`,
      );
    }
    log.info(`${expanded.name} ${versionOf(expanded)}, read by rpm ${expander.rpmVersion} of ${request.target.name}`);
    return expanded;
  });
  checkName(before, file, request.packageName);

  const source = chooseCodeSource({
    sources: before.sources,
    file,
    listed,
    separate: projects.separate,
    codeFiles: code,
  });
  const release = releaseOf(file, before);
  const decision = await log.group('Version', async () => {
    const made = await decideRpmVersion(request, projects, file, { expanded: before, release }, log);
    log.info(`Upstream version ${made.version ?? before.version}, from ${made.upstream.source}`);
    const { commits } = made.position;
    log.info(`${formatCount(commits, 'commit')} since, merges not counted`);
    return made;
  });
  const isSnapshot =
    source !== undefined &&
    request.version.pastTag === 'snapshot' &&
    (decision.position.codeCommits > 0 || decision.counted.code === undefined);
  const edited = await editSpec({ request, projects, expander, file, before, release, decision, isSnapshot }, log);
  const { expanded, next } = edited;
  const version = versionOf(expanded);
  log.info(`Version ${version}`);

  // The version may be a part of their names.
  const made = source && expanded.sources.find(({ kind, number }) => kind === source.kind && number === source.number);
  const names = await log.group('Sources', async () => {
    if (made !== undefined) await packCode(made, expanded, code, { projects, folder, log, file }, stop);
    const mtime = projects.specCommit.time;
    const { downloads } = request;
    const { sources } = expanded;
    const others = await collectSources({ sources, code: made, file, listed, folder, downloads, mtime, log, ...stop });
    return [file.name, ...(made === undefined ? [] : [made.file]), ...others];
  });
  const epoch = decision.position.time;
  await utimes(path.join(folder, file.name), epoch, epoch);

  const result = path.join(staging.path, 'result');
  await mkdir(result);
  const files = await log.group('Source package', () =>
    request.kind === 'srpm'
      ? packSource(expander, { file, expanded, names, epoch, result })
      : copySources(folder, names, result),
  );
  const { target } = request;
  const manifest = await sourceManifest(projects, {
    format: 'rpm',
    name: expanded.name,
    version,
    folder: result,
    files,
    epoch,
    tag: decision.upstream.tag,
    asked: request,
    tools: { rpm: expander.rpmVersion },
    more: { target, buildroot: { generation: expander.generation } },
  });
  const manifestFile = await writeManifest(result, manifest);
  signal?.throwIfAborted();
  await replaceFolder(result, request.output);
  const srpm = files.find(({ role }) => role === 'srpm');
  return {
    name: expanded.name,
    version,
    format: request.kind === 'srpm' ? 'src.rpm' : 'spec and sources',
    folder: request.output,
    srpm: srpm && path.join(request.output, srpm.name),
    spec: srpm === undefined ? path.join(request.output, file.name) : undefined,
    manifestFile: path.join(request.output, path.basename(manifestFile)),
    manifest,
    upstreamSource: decision.upstream.source,
    tarball: made && {
      name: `Source${made.number}`,
      origin: `${made.file}, made from commit ${projects.codeCommit.id.slice(0, 12)}`,
    },
    commits: decision.position.commits,
    subjects: edited.subjects,
    changedFiles: 0,
    next,
  };
}

function checkPastTag({ version }: RpmSourceRequest): void {
  if (version.pastTag !== 'patch') return;
  throw new UserError({
    what: 'commits after the tag are not made a patch of an rpm package',
    where: 'input past-tag',
    found: 'patch',
    expected: 'auto (a tarball of the commit under the version of the spec) or snapshot (with a Version of its own)',
  });
}

async function readSpec(
  request: RpmSourceRequest,
  { spec, specCommit, specFolder }: Projects,
  resources: AsyncDisposableStack,
  log: Logger,
  stop: { readonly signal?: AbortSignal },
): Promise<SpecFile> {
  const files = await readTree(spec, specCommit, {
    // Attributes and submodules are the code's business.
    submodules: 'ignore',
    exportIgnore: false,
    warn: false,
    log,
    resources,
    ...stop,
  });
  const { specFile, packageName, targetNames } = request;
  const where = `spec project ${spec.folder}`;
  return await findSpec({ files, subfolder: specFolder, specFile, packageName, targetNames, where }, log);
}

/** Files of the code project's commit, as they are packed. */
async function codeFiles(
  request: RpmSourceRequest,
  { code, codeCommit, codeFolder }: Projects,
  resources: AsyncDisposableStack,
  log: Logger,
  stop: { readonly signal?: AbortSignal },
): Promise<SourceFile[]> {
  const { submodules } = request;
  const all = await readTree(code, codeCommit, {
    submodules,
    exportIgnore: true,
    warn: true,
    log,
    resources,
    ...stop,
  });
  const start = codeFolder === '' ? '' : `${codeFolder}/`;
  return all
    .filter((file) => file.path.startsWith(start))
    .map((file) => ({ ...file, path: file.path.slice(start.length) }));
}

function checkName({ name }: ExpandedSpec, { where }: SpecFile, expected: string | undefined): void {
  if (expected === undefined || expected === name) return;
  throw new UserError({
    what: 'the spec is of another package',
    where,
    found: name,
    expected,
    remedy: 'give the other spec as the input spec-file, or leave the input package out',
  });
}

/** Release as the spec writes it, where that is one line; an edit of what is not says why it cannot be. */
function releaseOf(file: SpecFile, expanded: ExpandedSpec): string {
  const [only, second] = tagLines(file.text, 'Release');
  return only !== undefined && second === undefined ? only.value : expanded.release;
}

interface Edit {
  readonly request: RpmSourceRequest;
  readonly projects: Projects;
  readonly expander: SpecExpander;
  readonly file: SpecFile;
  readonly before: ExpandedSpec;
  readonly release: string;
  readonly decision: RpmVersionDecision;
  readonly isSnapshot: boolean;
}

/** Sets Version and Release, and adds the entry to the changelog. */
async function editSpec(edit: Edit, log: Logger) {
  const { request, projects, expander, file, before, release, decision, isSnapshot } = edit;
  const text = decision.at(isSnapshot);
  if (isAutomatic(release) && request.version.scheme !== 'changelog') {
    log.notice(
      `Release of ${file.name} is left to %autorelease; version-scheme ${request.version.scheme} has no effect`,
    );
  }
  const wanted = { version: decision.version, release, text };
  const edited = await withRelease(expander, file, before, wanted);
  const next = decision.check(edited.expanded, text);
  const subjects = await newestSubjects(projects, decision.counted, request.entry.commits);
  if (versionOf(edited.expanded) === versionOf(before)) return { expanded: edited.expanded, next, subjects };
  const { upstream, position } = decision;
  const expanded = await addEntry(
    {
      expander,
      file,
      text: edited.text,
      expanded: edited.expanded,
      subjects,
      total: position.commits,
      headline: entryHeadline(projects, upstream.tag, request.review),
      maintainer: request.entry.maintainer,
      fallbackMaintainer: request.entry.fallbackMaintainer,
      time: position.time,
    },
    log,
  );
  return { expanded, next, subjects };
}
