/** What a publish will change in an rpm repository, decided before anything is written. */
import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { UserError } from '../../errors.ts';
import { baseArchitecture, rpmArchitecture } from '../../rpm/architecture.ts';
import { compareSegments } from '../../rpm/evr.ts';
import { checkRpmCandidate, isRepeatable, type PublishedRpm } from '../../rpm/version-check.ts';
import { type CheckResult, VersionIndex } from '../../version-check.ts';
import { shown } from '../builds.ts';
import type { Plan, PlanEntry, RepositoryView } from '../driver.ts';
import { refuseAll, versionRefusal } from '../refusal.ts';
import { listSnapshots, type RpmSettings, type RpmSnapshot, readSnapshot, type SnapshotPackage } from '../snapshot.ts';
import type { RpmCandidate, RpmCandidates } from './candidates.ts';
import { DEBUG, folderArchitecture } from './folders.ts';
import { isSameMetadata, type Metadata, type MetadataRequest, mergeMetadata } from './metadata.ts';
import { type RpmSettingsRequest, resolveRpmSettings } from './settings.ts';
import { RpmState } from './state.ts';

export interface RpmRequest extends RpmSettingsRequest {
  /** Label of a new repository that is given none. */
  readonly name: string;
  readonly metadata?: MetadataRequest;
}

export interface RpmPlan extends Plan {
  readonly settings: RpmSettings;
  /** What is new: to be signed. */
  readonly fresh: readonly RpmCandidate[];
  /** What another channel or an older snapshot has, signed. */
  readonly takenOver: readonly SnapshotPackage[];
  readonly metadata: readonly Metadata[];
  /** Whether it differs from that of the channel's last snapshot. */
  readonly isMetadataNew: boolean;
}

/** What is given besides packages, and what of it the channel has. */
export interface MetadataView {
  readonly given: readonly Metadata[];
  readonly published: readonly Metadata[];
}

/**
 * Plans the publish of `candidates`.
 *
 * @throws UserError, or an AggregateError of them, for downgrades, conflicts and packages that fit nowhere.
 */
export async function makeRpmPlan(
  candidates: RpmCandidates,
  metadata: MetadataView,
  view: RepositoryView<RpmSnapshot>,
  request: RpmRequest,
): Promise<RpmPlan> {
  const before = view.head?.settings ?? [...view.heads.values()][0]?.settings;
  const settings = resolveRpmSettings(request, before, {
    target: oneTarget(candidates),
    architectures: architecturesOf(candidates),
    label: request.name,
  });
  const published = new Published(view);
  const chosen = candidates.packages.map((each) => published.choose(each));
  refuseAll(chosen.flatMap((each) => misplaced(each, settings)));
  const { taken, dropped } = published.repeated(chosen);
  const checked = chosen.filter((each) => !dropped.has(each));
  refuseAll(
    checked.flatMap((each) => {
      const result = published.check(each);
      if (result.outcome === 'conflict' && result.file !== undefined)
        return [nameTaken(each, result.file, result.against)];
      const refusal = versionRefusal(result, shown(each.file));
      if (refusal.length > 0)
        return result.outcome === 'conflict' && isRepeatable(each.candidate) ? [repeat(refusal[0])] : refusal;
      return olderSource(each, checked, view);
    }),
  );

  const isSame = (each: RpmCandidate) => published.isInChannel(each.candidate);
  const fresh: RpmCandidate[] = [];
  const takenOver: SnapshotPackage[] = taken.filter((each) => !published.inChannel.has(each));
  for (const each of checked) {
    if (isSame(each)) continue;
    const there = published.find(each) ?? (await published.findInOlder(each));
    if (there === undefined) fresh.push(each);
    else takenOver.push(withoutListing(there));
  }
  const added = [...fresh.map((each) => provisional(each)), ...takenOver];
  const { replaced, superseded } = applyTo(view.head, settings, added);
  const merged = mergeMetadata(metadata.given, metadata.published);
  const isMetadataNew = !isSameMetadata(metadata.published, merged);
  return {
    entries: [
      ...added.map((each) => entryOf(each, replaced.get(each) ?? [])),
      ...checked.filter(isSame).map((each) => sameEntry(provisional(each))),
      ...taken.filter((each) => published.inChannel.has(each)).map(sameEntry),
    ],
    superseded: superseded.map(({ kind, name, version, architecture }) => ({ kind, name, version, architecture })),
    reasons: [
      ...settingsReasons(view.head, settings),
      ...(view.head === undefined || !isMetadataNew
        ? []
        : [`given: ${metadata.given.map(({ input }) => input).join(', ')}`]),
    ],
    settings,
    fresh,
    takenOver,
    metadata: merged,
    isMetadataNew,
  };
}

/** The channel's state after `added`. */
export function applyTo(head: RpmSnapshot | undefined, settings: RpmSettings, added: readonly SnapshotPackage[]) {
  const before = new RpmState(head?.packages ?? [], head?.settings.architectures ?? settings.architectures);
  const state = before.extendedTo(settings.architectures);
  return { state, ...state.addAll(added) };
}

/** A package as the snapshot will list it, with its file as it is once signed. */
export function rpmPackage(
  each: RpmCandidate,
  signed: { readonly size: number; readonly sha256: string },
  signedBy: string,
): SnapshotPackage {
  const { kind, name, version, architecture, sha256: headerDigest } = each.candidate;
  return {
    kind,
    type: each.type,
    name,
    version,
    architecture,
    ...(each.isDebug ? { component: DEBUG } : {}),
    source: each.source,
    sourceVersion: each.sourceVersion,
    headerDigest,
    signedBy,
    files: [{ path: each.poolPath, size: signed.size, sha256: signed.sha256 }],
  };
}

function provisional(each: RpmCandidate): SnapshotPackage {
  return rpmPackage(each, each.file, '');
}

/** What all channels have. */
class Published {
  readonly inChannel: ReadonlySet<SnapshotPackage>;
  readonly #view: RepositoryView<RpmSnapshot>;
  readonly #index = new VersionIndex();
  readonly #byContent = new Map<string, SnapshotPackage>();
  readonly #byIdentity = new Map<string, SnapshotPackage[]>();
  #older: Promise<Map<string, SnapshotPackage>> | undefined;

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

  /** Of what builds for several architectures bring alike, the one that is published, else the first. */
  choose(each: RpmCandidate): RpmCandidate {
    return [each, ...each.alternates].find((other) => this.find(other) !== undefined) ?? each;
  }

  /** The published package of the same content. */
  find(each: RpmCandidate): SnapshotPackage | undefined {
    return this.#byContent.get(`${identity(each.candidate)} ${each.candidate.sha256}`);
  }

  isInChannel(candidate: RpmCandidate['candidate']): boolean {
    const there = this.#byContent.get(`${identity(candidate)} ${candidate.sha256}`);
    return there !== undefined && this.inChannel.has(there);
  }

  /** The package of the same content in a snapshot that no channel points to any more: its name is taken by its file. */
  async findInOlder(each: RpmCandidate): Promise<SnapshotPackage | undefined> {
    const { paths, heads } = this.#view;
    if ((await lstat(path.join(paths.public, each.poolPath)).catch(() => undefined)) === undefined) return undefined;
    this.#older ??= (async () => {
      const known = new Set([...heads.values()].map(({ id }) => id));
      const found = new Map<string, SnapshotPackage>();
      for (const id of await listSnapshots(paths)) {
        if (known.has(id)) continue;
        for (const other of (await readSnapshot(paths, id)).packages) found.set(other.files[0]?.path ?? '', other);
      }
      return found;
    })();
    const there = (await this.#older).get(each.poolPath);
    return there?.headerDigest === each.candidate.sha256 ? there : undefined;
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

function refOf({ kind, name, version, architecture, headerDigest }: SnapshotPackage): Omit<PublishedRpm, 'channel'> {
  return { kind, name, version, architecture, ...(headerDigest === undefined ? {} : { sha256: headerDigest }) };
}

/** In the channel that it comes to, it is listed as it belongs there. */
function withoutListing({ listedIn: _, ...each }: SnapshotPackage): SnapshotPackage {
  return each;
}

function entryOf(each: SnapshotPackage, former: readonly SnapshotPackage[]): PlanEntry {
  return {
    ...sameEntry(each),
    action: former.length > 0 ? 'upgrade' : 'add',
    replaces: [...new Set(former.map(({ version }) => version))],
  };
}

function sameEntry({ kind, type, name, version, architecture, component }: SnapshotPackage): PlanEntry {
  const place = component === undefined ? {} : { component };
  return { kind, type, name, version, architecture, ...place, action: 'same', replaces: [] };
}

function misplaced(each: RpmCandidate, settings: RpmSettings): UserError[] {
  const { kind, architecture } = each.candidate;
  const folder = kind === 'source' ? undefined : folderArchitecture(architecture);
  if (folder === undefined || settings.architectures.includes(folder)) return [];
  return [
    new UserError({
      what: 'a package of an architecture that the repository does not have',
      where: shown(each.file),
      found: architecture,
      expected: settings.architectures.join(', '),
      remedy: 'add it to the input architectures',
    }),
  ];
}

/** The pool has one file of a name, which holds no epoch. */
function nameTaken(each: RpmCandidate, file: string, against: CheckResult['against']): UserError {
  return new UserError({
    what: 'the file name is taken: only the epoch differs, which is no part of it',
    where: shown(each.file),
    found: `${each.candidate.name} ${each.candidate.version} (${each.candidate.architecture}), file ${file}`,
    expected: `another version or release than ${against?.version} in the channel ${against?.channel}`,
    remedy: 'raise Release',
  });
}

function repeat(refusal: UserError | undefined): UserError {
  const { remedy = '', ...parts } = refusal?.parts ?? { what: '' };
  return new UserError({ ...parts, remedy: `${remedy}, or publish the builds for all architectures together` });
}

/**
 * A package of an older source package than the channels have would take the newer packages of that source with it.
 * Where a package of the same name is there, that one's version has been compared, which knows epochs.
 */
function olderSource(each: RpmCandidate, all: readonly RpmCandidate[], view: RepositoryView<RpmSnapshot>): UserError[] {
  if (each.type !== 'rpm') return [];
  const names = new Set(all.filter((other) => isOfSourceOf(other, each)).map(({ candidate }) => candidate.name));
  for (const [channel, { packages }] of view.heads) {
    const former = packages.filter(({ kind, source }) => kind === 'binary' && source === each.source);
    if (former.some(({ name }) => names.has(name))) continue;
    const newer = former.find((other) => compareSourceVersions(each.sourceVersion, other.sourceVersion) < 0);
    if (newer === undefined) continue;
    return [
      new UserError({
        what: 'the package comes from an older source package than the published ones: a downgrade',
        where: shown(each.file),
        found: `${each.source} ${each.sourceVersion}`,
        expected: `at least ${newer.sourceVersion}, from which ${newer.name} in the channel ${channel} was built`,
      }),
    ];
  }
  return [];
}

/** `version-release` each. */
function compareSourceVersions(a: string, b: string): number {
  const [version = '', release = ''] = a.split('-');
  const [otherVersion = '', otherRelease = ''] = b.split('-');
  return compareSegments(version, otherVersion) || compareSegments(release, otherRelease);
}

/** Base architectures of the packages; of noarch packages alone that of the machines they were built for. */
function architecturesOf({ packages, builds }: RpmCandidates): string[] {
  const own = packages
    .filter(({ type }) => type === 'rpm')
    .flatMap(({ candidate }) => folderArchitecture(candidate.architecture) ?? []);
  const built = builds.flatMap(({ manifest }) => manifest.target?.architecture ?? []);
  return [...new Set(own.length > 0 ? own : built.map((name) => baseArchitecture(rpmArchitecture(name))))];
}

function oneTarget({ builds }: RpmCandidates): string | undefined {
  const [target, other] = new Set(builds.flatMap(({ manifest }) => manifest.target?.name ?? []));
  if (other === undefined) return target;
  throw new UserError({
    what: 'the builds are for several targets',
    where: 'input packages',
    found: `${target} and ${other}`,
    expected: 'builds of one target: each target has a repository of its own',
  });
}

function settingsReasons(head: RpmSnapshot | undefined, settings: RpmSettings): string[] {
  if (head === undefined) return [];
  const names = new Set([...Object.keys(settings), ...Object.keys(head.settings)]) as Set<keyof RpmSettings>;
  const changed = [...names].filter((name) => !isDeepStrictEqual(settings[name], head.settings[name]));
  return changed.length === 0 ? [] : [`settings changed: ${changed.join(', ')}`];
}
