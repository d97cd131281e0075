/** What all channels of an rpm repository have, as the plan asks for it. */
import { UserError } from '../../errors.ts';
import { compareSegments } from '../../rpm/evr.ts';
import { checkRpmCandidate, isRepeatable, type PublishedRpm } from '../../rpm/version-check.ts';
import { type CheckResult, VersionIndex } from '../../version-check.ts';
import { shown } from '../builds.ts';
import type { RepositoryView } from '../driver.ts';
import { checkEachChannel, HOW_TO_GO_BACK, type Refusal, refusal, type Subject, versionRefusal } from '../refusal.ts';
import type { RpmSnapshot, SnapshotPackage } from '../snapshot.ts';
import type { RpmCandidate } from './candidates.ts';
import { folderArchitecture } from './folders.ts';

export interface RpmSubject extends Subject {
  readonly candidate: RpmCandidate['candidate'];
}

/** A candidate, for refusals. */
export function subjectOf({ candidate, type, file }: RpmCandidate): RpmSubject {
  return { candidate, type, where: shown(file) };
}

/** A package that is published already, for the channel that it comes to. */
export function asSubject(each: SnapshotPackage): RpmSubject {
  const { headerDigest = '' } = each;
  return { candidate: { ...refOf(each), sha256: headerDigest }, type: each.type, where: each.files[0]?.path ?? '' };
}

/** What all channels have. */
export class Published {
  readonly inChannel: ReadonlySet<SnapshotPackage>;
  readonly #view: RepositoryView<RpmSnapshot>;
  readonly #index = new VersionIndex();
  readonly #byContent = new Map<string, SnapshotPackage>();
  readonly #byIdentity = new Map<string, SnapshotPackage[]>();

  constructor(view: RepositoryView<RpmSnapshot>) {
    this.#view = view;
    this.inChannel = new Set(view.head?.packages);
    // The channel's own first: its listing counts.
    for (const each of this.inChannel) this.#remember(each);
    for (const [channel, { packages }] of view.heads) {
      this.#index.addAll(packages.map((each): PublishedRpm => ({ ...refOf(each), channel })));
      for (const each of packages) this.#remember(each);
    }
  }

  check(each: RpmCandidate): CheckResult {
    return checkRpmCandidate(each.candidate, this.#index);
  }

  /** What the versions of all channels say against a package: at most one refusal. */
  objections(subject: RpmSubject): Refusal[] {
    const { candidate } = subject;
    const result = checkRpmCandidate(candidate, this.#index);
    if (result.outcome !== 'conflict' && result.outcome !== 'downgrade') return [];
    const each = checkEachChannel(candidate, this.#index, (of) => checkRpmCandidate(candidate, of));
    return versionRefusal(result, each, subject).map((found) => {
      if (result.outcome === 'downgrade') return found;
      if (result.file !== undefined) return { ...found, error: nameTaken(subject, result.file, result.against) };
      return isRepeatable(candidate) ? { ...found, error: repeat(found.error) } : found;
    });
  }

  /**
   * A package of an older source package than the channels have would take the newer packages of that source with it.
   * Where a package of the same name is there, that one's version has been compared, which knows epochs.
   */
  olderSource(each: RpmCandidate, all: readonly RpmCandidate[]): Refusal[] {
    if (each.type !== 'rpm') return [];
    const names = new Set(all.filter((other) => isOfSourceOf(other, each)).map(({ candidate }) => candidate.name));
    const newest = [...this.#view.heads].flatMap(([channel, { packages }]) => {
      const former = packages.filter(({ kind, source }) => kind === 'binary' && source === each.source);
      if (former.some(({ name }) => names.has(name))) return [];
      const newer = former.find((other) => compareSourceVersions(each.sourceVersion, other.sourceVersion) < 0);
      return newer === undefined ? [] : [{ channel, newer }];
    });
    const [first] = newest;
    if (first === undefined) return [];
    const error = new UserError({
      what: 'the package comes from an older source package than the published ones: a downgrade',
      where: shown(each.file),
      found: `${each.source} ${each.sourceVersion}`,
      expected: `at least ${first.newer.sourceVersion}, from which ${first.newer.name} in the channel ${first.channel} was built`,
      remedy: HOW_TO_GO_BACK,
    });
    const against = newest.map(({ channel, newer: { name, version, architecture } }) => {
      return { outcome: 'downgrade' as const, name, version, architecture, channel };
    });
    return [refusal(subjectOf(each), 'downgrade', against, error)];
  }

  /** Of what builds for several architectures bring alike, the one that is published, else the first. */
  choose(each: RpmCandidate): RpmCandidate {
    return [each, ...each.alternates].find((other) => this.find(other) !== undefined) ?? each;
  }

  /** The published package of the same content. */
  find(each: RpmCandidate): SnapshotPackage | undefined {
    return this.#byContent.get(`${identity(each.candidate)} ${each.candidate.sha256}`);
  }

  /**
   * Whether the channel has the very package and goes on with it as it is: as the newest one, or as an older version
   * that is kept.
   *
   * @param newestOnly going back to an older version is what is asked for, or fewer versions shall be kept.
   */
  isLeft(candidate: RpmCandidate['candidate'], newestOnly: boolean): boolean {
    const there = this.#byContent.get(`${identity(candidate)} ${candidate.sha256}`);
    if (there === undefined || !this.inChannel.has(there)) return false;
    if (!newestOnly) return true;
    const known = this.#index.get(candidate.kind, candidate.name);
    const inChannel = known.filter(({ channel }) => channel === this.#view.channel);
    return checkRpmCandidate(candidate, inChannel).outcome !== 'downgrade';
  }

  /**
   * noarch and source packages that a build for a further architecture makes again, of the very source version that is
   * published: they differ in time and host at least, and the published ones go on to be served (`taken`) instead.
   */
  repeated(chosen: readonly RpmCandidate[]): { taken: SnapshotPackage[]; dropped: Set<RpmCandidate> } {
    const taken: SnapshotPackage[] = [];
    const dropped = new Set<RpmCandidate>();
    for (const each of chosen) {
      if (!isRepeatable(each.candidate) || this.check(each).outcome !== 'conflict') continue;
      const there = this.#byIdentity.get(identity(each.candidate)) ?? [];
      const isOfSource = there.every((other) => isOfSourceOf(other, each));
      const [first] = there;
      if (first === undefined || !isOfSource || !this.#isFurther(each, chosen)) continue;
      taken.push(this.inChannel.has(first) ? first : withoutListing(first));
      dropped.add(each);
    }
    return { taken, dropped };
  }

  /** Whether the build of `each` is for an architecture that no channel has of this source version. */
  #isFurther(each: RpmCandidate, chosen: readonly RpmCandidate[]): boolean {
    const own = new Set(
      chosen
        .filter((other) => other.build === each.build && isOfSourceOf(other, each) && other.type === 'rpm')
        .flatMap(({ candidate }) => folderArchitecture(candidate.architecture) ?? []),
    );
    const served = [...this.#view.heads.values()]
      .flatMap(({ packages }) => packages)
      .filter((other) => other.kind === 'binary' && isOfSourceOf(other, each))
      .flatMap(({ architecture }) => folderArchitecture(architecture) ?? []);
    return own.size > 0 && !served.some((name) => own.has(name));
  }

  #remember(each: SnapshotPackage): void {
    const key = identity(each);
    const content = `${key} ${each.headerDigest}`;
    if (this.#byContent.has(content)) return;
    this.#byContent.set(content, each);
    this.#byIdentity.set(key, [...(this.#byIdentity.get(key) ?? []), each]);
  }
}

function identity({ kind, name, version, architecture }: Omit<SnapshotPackage, 'files'> | RpmCandidate['candidate']) {
  return `${kind} ${name} ${version} ${architecture}`;
}

interface OfSource {
  readonly source: string;
  readonly sourceVersion: string;
}

function isOfSourceOf(a: OfSource, b: OfSource): boolean {
  return a.source === b.source && a.sourceVersion === b.sourceVersion;
}

export function refOf({
  kind,
  name,
  version,
  architecture,
  headerDigest,
}: SnapshotPackage): Omit<PublishedRpm, 'channel'> {
  return { kind, name, version, architecture, ...(headerDigest === undefined ? {} : { sha256: headerDigest }) };
}

/** In the channel that it comes to, it is listed as it belongs there. */
export function withoutListing({ listedIn: _, ...each }: SnapshotPackage): SnapshotPackage {
  return each;
}

/** The pool has one file of a name, which holds no epoch. */
function nameTaken({ candidate, where }: RpmSubject, file: string, against: CheckResult['against']): UserError {
  return new UserError({
    what: 'the file name is taken: only the epoch differs, which is no part of it',
    where,
    found: `${candidate.name} ${candidate.version} (${candidate.architecture}), file ${file}`,
    expected: `another version or release than ${against?.version} in the channel ${against?.channel}`,
    remedy: 'raise Release',
  });
}

function repeat(error: UserError): UserError {
  const { remedy = '', ...parts } = error.parts;
  return new UserError({ ...parts, remedy: `${remedy}, or publish the builds for all architectures together` });
}

/** `version-release` each. */
function compareSourceVersions(a: string, b: string): number {
  const [version = '', release = ''] = a.split('-');
  const [otherVersion = '', otherRelease = ''] = b.split('-');
  return compareSegments(version, otherVersion) || compareSegments(release, otherRelease);
}
