/** Version checks of rpm packages, in rpm's order. */
import {
  type Candidate,
  type CheckResult,
  checkVersion,
  type PublishedPackage,
  VersionIndex,
} from '../version-check.ts';
import { baseArchitecture } from './architecture.ts';
import { compareEvr, type Evr, formatEvr, parseEvr } from './evr.ts';
import type { RpmPackage } from './package.ts';

/**
 * An rpm that is to be published. `version` is `[epoch:]version-release` as of `versionText`, `architecture` of a source
 * package is `source`, and `sha256` is the digest of its main header (`RpmPackage.headerDigest`): signing leaves it.
 */
export type CandidateRpm = Omit<Candidate, 'files'>;

/** A published rpm, in the same terms. A missing `sha256` never counts as equal. */
export type PublishedRpm = Omit<PublishedPackage, 'files' | 'directory'>;

const RULES = { compare: compareVersionTexts, independent: 'noarch' };

/** `[epoch:]version-release`, without an epoch of 0: rpm holds it for none, and indexes write it for every package. */
export function versionText(evr: Evr): string {
  return formatEvr({ ...evr, epoch: evr.epoch === 0 ? undefined : evr.epoch });
}

/** A package that was read (`readRpmPackage`) as a candidate. */
export function rpmCandidate(read: RpmPackage): CandidateRpm {
  return {
    kind: read.isSource ? 'source' : 'binary',
    name: read.name,
    version: versionText(read.evr),
    architecture: read.isSource ? 'source' : read.architecture,
    sha256: read.headerDigest,
  };
}

/**
 * Compares `candidate` with all that is published, over all channels: binaries by name and architecture, where `noarch`
 * compares with every one; sources by name.
 *
 * Same version and release with another epoch is another version, as it is for rpm. But the name of a package's file
 * holds no epoch: where that alone became higher, the published file has the name, and the result is a conflict over
 * `file`.
 */
export function checkRpmCandidate(
  candidate: CandidateRpm,
  published: Iterable<PublishedRpm> | VersionIndex,
): CheckResult {
  const result = checkVersion(candidate, published, RULES);
  if (result.outcome !== 'upgrade') return result;
  const { kind, name } = candidate;
  const known: Iterable<PublishedRpm> = published instanceof VersionIndex ? published.get(kind, name) : published;
  for (const other of known) {
    const isNamesake = other.kind === kind && other.name === name && other.version !== candidate.version;
    if (isNamesake && fileName(other) === fileName(candidate)) {
      return { outcome: 'conflict', candidate, against: other, file: fileName(candidate) };
    }
  }
  return result;
}

function fileName({ kind, name, version, architecture }: Omit<CandidateRpm, 'sha256'>): string {
  return `${name}-${version.replace(/^\d+:/, '')}.${kind === 'source' ? 'src' : architecture}.rpm`;
}

/** A candidate, and what it was built from and with. */
export interface BuiltRpm {
  readonly candidate: CandidateRpm;
  /** As in `PublishedPackage`. */
  readonly source: string;
  /** Tells its build from others; `undefined` of a file that is of no build. */
  readonly build: { readonly id: string; readonly architecture: string } | undefined;
  /** The same package of builds for other architectures: see `isRepeatable`. */
  readonly alternates: readonly BuiltRpm[];
}

/** `name-version-release` of the source package of a package that was read. */
export function sourceOf({ isSource, name, evr, sourceRpm }: RpmPackage): string {
  return isSource ? `${name}-${evr.version}-${evr.release}` : sourceName(sourceRpm ?? '');
}

/** `name-version-release` of the file name of a source package (RPMTAG_SOURCERPM). */
export function sourceName(sourceRpm: string): string {
  return sourceRpm.replace(/\.(?:no)?src\.rpm$/, '');
}

/**
 * Whether every build of a source package makes it, for whatever architecture: the headers differ then (time, host), and
 * one of them is published.
 */
export function isRepeatable({ kind, architecture }: Pick<CandidateRpm, 'kind' | 'architecture'>): boolean {
  return kind === 'source' || architecture === 'noarch';
}

/**
 * Compares what builds brought with all that is published, as publishing does: `same` is a repeatable package, too, of
 * which a build for another architecture is published (an alternate), or that is published of the very source version
 * while nothing of that is for the architecture of its build.
 *
 * @returns a result for each, in their order.
 */
export function checkRpmBuilds(built: readonly BuiltRpm[], published: VersionIndex): CheckResult[] {
  return built.map((each) => {
    const results = [each, ...each.alternates].map(({ candidate }) => checkRpmCandidate(candidate, published));
    const [first] = results as [CheckResult];
    const same = results.find(({ outcome }) => outcome === 'same');
    if (same !== undefined) return { ...same, candidate: each.candidate };
    const there = repeated(each, built, published);
    return first.outcome === 'conflict' && there !== undefined ? { ...first, outcome: 'same', against: there } : first;
  });
}

/** The published package that stays in place of `each`, which a build for a further architecture made again. */
function repeated(
  { candidate, source, build }: BuiltRpm,
  built: readonly BuiltRpm[],
  published: VersionIndex,
): PublishedRpm | undefined {
  if (build === undefined || !isRepeatable(candidate)) return undefined;
  const known: readonly PublishedRpm[] = published.get(candidate.kind, candidate.name);
  if (known.some(({ version }) => RULES.compare(version, candidate.version) > 0)) return undefined;
  const equal = known.filter(({ version }) => RULES.compare(version, candidate.version) === 0);
  const isAgain = (other: PublishedRpm) =>
    other.version === candidate.version && other.architecture === candidate.architecture && other.source === source;
  if (!equal.every(isAgain)) return undefined;
  const own = built.filter(
    (other) => other.build?.id === build.id && other.source === source && !isRepeatable(other.candidate),
  );
  const isServed = own.some(({ candidate: { kind, name, architecture } }) =>
    published
      .get(kind, name)
      .some(
        (other: PublishedRpm) =>
          other.source === source && baseArchitecture(other.architecture) === baseArchitecture(architecture),
      ),
  );
  return own.length > 0 && !isServed ? equal[0] : undefined;
}

/**
 * Those of `published` whose header digest decides over one of `candidates`: they have its name, architecture and
 * version. Of all others the digest need not be known.
 */
export function deciding<T extends PublishedRpm>(candidates: Iterable<CandidateRpm>, published: readonly T[]): T[] {
  const found = new Set<T>();
  const byName = new Map<string, T[]>();
  for (const other of published) {
    const key = `${other.kind} ${other.name}`;
    byName.set(key, [...(byName.get(key) ?? []), other]);
  }
  for (const candidate of candidates) {
    for (const other of byName.get(`${candidate.kind} ${candidate.name}`) ?? []) {
      // Another architecture of the same version is a conflict whatever the header.
      if (candidate.version === other.version && candidate.architecture === other.architecture) found.add(other);
    }
  }
  return [...found];
}

/** Orders two texts of `versionText`. */
function compareVersionTexts(a: string, b: string): number {
  return compareEvr(parseEvr(a, 'version'), parseEvr(b, 'version'));
}
