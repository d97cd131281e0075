/** What builds bring: binary and source packages, read from their own headers and verified. */
import { UserError } from '../../errors.ts';
import { openRpm, readFrame } from '../../rpm/frame.ts';
import { checkIndexTexts } from '../../rpm/index-texts.ts';
import { inParallelByHeader } from '../../rpm/large-headers.ts';
import type { RpmPackage } from '../../rpm/package.ts';
import { describePackage, verifyPayload } from '../../rpm/read-package.ts';
import { type CandidateRpm, isRepeatable, rpmCandidate } from '../../rpm/version-check.ts';
import { type Build, type BuildFile, filesOf, shown } from '../builds.ts';
import { isPoolPath } from '../layout.ts';
import type { Provenance } from '../provenance.ts';
import { rpmPoolPath } from './folders.ts';
import { verifySignedRpm } from './provenance.ts';

const FILES_AT_ONCE = 8;

export interface RpmCandidate {
  readonly type: 'rpm' | 'srpm';
  /** As the version check takes it. */
  readonly candidate: CandidateRpm;
  /** Name of the source package, and its version and release: RPMTAG_SOURCERPM knows no epoch. */
  readonly source: string;
  readonly sourceVersion: string;
  readonly isDebug: boolean;
  readonly file: BuildFile;
  readonly poolPath: string;
  /** The build it comes from. */
  readonly build: Build;
  /**
   * Of noarch and source packages the same package of the builds for other architectures. Their headers differ (time,
   * host); one of them is published.
   */
  readonly alternates: readonly RpmCandidate[];
}

export interface RpmCandidates {
  readonly packages: readonly RpmCandidate[];
  readonly builds: readonly Build[];
}

/**
 * Reads everything that `builds` hold for publishing. A package that several builds bring is taken once.
 *
 * @param provenance where packages must be signed.
 * @throws UserError naming the file: damaged, not a legal name, two contents for one version.
 */
export async function readRpmCandidates(
  builds: readonly Build[],
  signal: AbortSignal,
  provenance?: Provenance,
): Promise<RpmCandidates> {
  const files = builds.flatMap((build) => filesOf(build, 'rpm', 'srpm').map((file) => ({ build, file })));
  if (files.length === 0) {
    throw new UserError({ what: 'nothing to publish', where: 'input packages', found: 'builds without an .rpm' });
  }
  const fileOf = ({ file }: { file: BuildFile }) => file;
  const read = await inParallelByHeader(files, FILES_AT_ONCE, fileOf, async ({ build, file }) => {
    signal.throwIfAborted();
    const candidate = await readOne(file, build, provenance);
    await verifyPayload(file.path, { shown: shown(file), signal });
    return candidate;
  });
  const packages = once(read);
  checkSources(packages);
  return { packages, builds };
}

/** What is checked of a header is read once: a file that becomes another one is not the one that was signed. */
async function readOne(file: BuildFile, build: Build, provenance: Provenance | undefined): Promise<RpmCandidate> {
  const where = shown(file);
  await using handle = await openRpm(file.path, where);
  const frame = await readFrame(handle, where);
  const candidate = describe(describePackage(frame, where), file, build);
  checkIndexTexts(frame.header, where);
  if (provenance !== undefined) {
    provenance.add(build, await verifySignedRpm(handle, frame, file, provenance.signers));
  }
  return candidate;
}

function describe(read: RpmPackage, file: BuildFile, build: Build): RpmCandidate {
  if (read.isSource !== (file.role === 'srpm')) {
    throw new UserError({
      what: 'a package of another kind than the manifest says',
      where: shown(file),
      found: read.isSource ? 'a source package' : 'a binary package',
      expected: `the role ${file.role}`,
    });
  }
  const versionRelease = `${read.evr.version}-${read.evr.release}`;
  const { source, sourceVersion } = read.isSource
    ? { source: read.name, sourceVersion: versionRelease }
    : readSourceRpm(read.sourceRpm ?? '', file);
  const own = build.manifest.package.name;
  // Publishing takes all former packages of a source away: a build has a say over its own only.
  if (source !== own) {
    throw new UserError({
      what: 'the package is of another source package than its build',
      where: shown(file),
      found: source,
      expected: `${own}, as the manifest says`,
    });
  }
  // rpmbuild names a source package that lacks sources (NoSource) so; the header does not say it in one place.
  const suffix = !read.isSource ? read.architecture : file.name.endsWith('.nosrc.rpm') ? 'nosrc' : 'src';
  const poolPath = rpmPoolPath(source, `${read.name}-${versionRelease}.${suffix}.rpm`);
  if (!isPoolPath(poolPath)) {
    throw new UserError({
      what: 'a name that the repository cannot hold',
      where: shown(file),
      found: poolPath,
      expected: 'names that start with a letter or digit, and file names of 255 bytes at most',
    });
  }
  return {
    type: read.isSource ? 'srpm' : 'rpm',
    candidate: rpmCandidate(read),
    source,
    sourceVersion,
    isDebug: read.isDebug,
    file,
    poolPath,
    build,
    alternates: [],
  };
}

/** RPMTAG_SOURCERPM: `name-version-release.src.rpm`. */
function readSourceRpm(text: string, file: BuildFile): { source: string; sourceVersion: string } {
  const [, source, sourceVersion] = /^(.+)-([^-]+-[^-]+)\.(?:no)?src\.rpm$/.exec(text) ?? [];
  if (source !== undefined && sourceVersion !== undefined) return { source, sourceVersion };
  throw new UserError({
    what: 'the package does not say from which source package it was built',
    where: shown(file),
    found: JSON.stringify(text),
    expected: 'name-version-release.src.rpm',
  });
}

/** Drops what several builds bring alike; one version with two contents is an error. */
function once(read: readonly RpmCandidate[]): RpmCandidate[] {
  const kept = new Map<string, RpmCandidate>();
  for (const each of read) {
    const { kind, name, version, architecture, sha256 } = each.candidate;
    const key = `${kind} ${name} ${architecture}`;
    const other = kept.get(key);
    if (other === undefined) {
      kept.set(key, each);
      continue;
    }
    const isSame = other.candidate.version === version;
    if (isSame && [other, ...other.alternates].some(({ candidate }) => candidate.sha256 === sha256)) continue;
    if (isSame && isRepeatable(each.candidate) && isForAnother(each, [other, ...other.alternates])) {
      kept.set(key, { ...other, alternates: [...other.alternates, each] });
      continue;
    }
    throw new UserError({
      what: 'the builds bring a package twice, with other content',
      where: shown(each.file),
      found: `${name} ${version} (${architecture})`,
      expected: `the same as ${shown(other.file)}, ${other.candidate.version}`,
    });
  }
  return [...kept.values()];
}

function isForAnother(each: RpmCandidate, others: readonly RpmCandidate[]): boolean {
  const architectureOf = ({ build }: RpmCandidate) => build.manifest.target?.architecture;
  const own = architectureOf(each);
  return own !== undefined && others.every((other) => architectureOf(other) !== own);
}

/** What is published together replaces what is there by source package: of each there is one version. */
function checkSources(packages: readonly RpmCandidate[]): void {
  const versions = new Map<string, RpmCandidate>();
  for (const each of packages) {
    const other = versions.get(each.source) ?? each;
    versions.set(each.source, other);
    if (other.sourceVersion === each.sourceVersion) continue;
    throw new UserError({
      what: 'the builds bring packages of two versions of one source package',
      where: shown(each.file),
      found: `${each.source} ${each.sourceVersion}`,
      expected: `${other.sourceVersion} as of ${shown(other.file)}`,
    });
  }
}
