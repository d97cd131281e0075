/** What comes out of preparing sources, for either format, and the parts that are made the same way for both. */
import { describeFiles, type FileRole, type Manifest } from '../manifest.ts';
import { run } from '../process.ts';
import { VERSION } from '../version.ts';
import type { ReviewChange } from './deb-request.ts';
import type { Subject } from './git.ts';
import type { VersionTag } from './history.ts';
import type { CountBase } from './position.ts';
import { type Projects, projectName } from './projects.ts';

export interface PreparedSource {
  readonly name: string;
  readonly version: string;
  /** What it is, for people: `3.0 (quilt)`, `src.rpm`. */
  readonly format: string;
  readonly folder: string;
  /** Path of the manifest. */
  readonly manifestFile: string;
  readonly manifest: Manifest;
  /** How the upstream version came about, for people. */
  readonly upstreamSource: string;
  /** What holds upstream's files, and where it came from, for people; `undefined` where there is none. */
  readonly tarball: { readonly name: string; readonly origin: string } | undefined;
  /** Commits since the tag. */
  readonly commits: number;
  /** The newest of them. */
  readonly subjects: readonly Subject[];
  /** Files in which the commit differs from the tarball. */
  readonly changedFiles: number;
  /** For a review: the version that it stays below. */
  readonly next: string | undefined;
}

/** The newest commits, of the code project before those of the spec project. */
export async function newestSubjects(
  { code, spec, codeCommit, specCommit, separate }: Projects,
  counted: CountBase,
  limit: number,
): Promise<Subject[]> {
  if (limit === 0) return [];
  const subjects = await code.subjects(codeCommit.id, counted.code, limit);
  if (separate) subjects.push(...(await spec.subjects(specCommit.id, counted.spec, limit)));
  return subjects.slice(0, limit);
}

/** What the changelog entry of a build says first. */
export function entryHeadline(
  { codeCommit }: Projects,
  tag: VersionTag | undefined,
  review: ReviewChange | undefined,
): string {
  const commit = codeCommit.id.slice(0, 12);
  const since = tag === undefined ? '' : ` (tag ${tag.name})`;
  return review === undefined
    ? `Build of commit ${commit}${since}.`
    : `Change ${review.id}, patch set ${review.patchset}, under review: commit ${commit}${since}.`;
}

export interface SourceManifestRequest {
  readonly format: 'deb' | 'rpm';
  readonly name: string;
  readonly version: string;
  /** Folder of the files. */
  readonly folder: string;
  readonly files: Iterable<{ readonly name: string; readonly role: FileRole }>;
  /** Seconds since the epoch. */
  readonly epoch: number;
  readonly tag: VersionTag | undefined;
  /** Refs and names as they were asked for. */
  readonly asked: {
    readonly ref: string;
    readonly specRef?: string;
    readonly codeProject?: string;
    readonly specProject?: string;
    readonly review?: ReviewChange;
  };
  /** Tools that took part beside git, by name. */
  readonly tools: Readonly<Record<string, string>>;
  readonly more?: Pick<Manifest, 'target' | 'buildroot'>;
}

export async function sourceManifest(
  { code, codeCommit, spec, specCommit, separate }: Projects,
  request: SourceManifestRequest,
): Promise<Manifest> {
  const { asked, tag } = request;
  const codeOrigin = {
    role: 'code' as const,
    project: asked.codeProject ?? (await projectName(code)),
    ref: asked.ref,
    commit: codeCommit.id,
    ...(tag === undefined ? {} : { tag: tag.name }),
  };
  const specOrigin = {
    role: 'spec' as const,
    project: asked.specProject ?? (await projectName(spec)),
    ref: asked.specRef ?? 'HEAD',
    commit: specCommit.id,
  };
  return {
    schema: 'pkg-actions/manifest/1',
    stage: 'sources',
    createdAt: new Date().toISOString(),
    tool: { name: 'pkg-actions', version: VERSION },
    package: { name: request.name, version: request.version, format: request.format },
    change: asked.review === undefined ? 'merge' : 'review',
    origins: separate ? [codeOrigin, specOrigin] : [codeOrigin],
    sourceDateEpoch: request.epoch,
    tools: { git: await toolVersion('git'), ...request.tools },
    ...request.more,
    files: await describeFiles(request.folder, request.files),
  };
}

/** What a tool says of its version, without its name. */
export async function toolVersion(tool: string): Promise<string> {
  const { stdout } = await run([tool, '--version']);
  return /\d+(?:\.\d+)+/.exec(stdout)?.[0] ?? '';
}
