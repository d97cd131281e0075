/** What a publish will change in a deb repository, decided before anything is written. */
import { isDeepStrictEqual } from 'node:util';
import { poolFolder } from '../../deb/file-name.ts';
import { compareVersions, withoutEpoch } from '../../deb/version.ts';
import { checkCandidate, type PublishedPackage, sourceDigest, VersionIndex } from '../../deb/version-check.ts';
import { UserError } from '../../errors.ts';
import { shown } from '../builds.ts';
import type { Plan, PlanEntry, RepositoryView } from '../driver.ts';
import { checkEachChannel, misplacedRefusal, type Refusal, versionRefusal } from '../refusal.ts';
import type { DebSettings, DebSnapshot, PackageRef, PoolFile, SnapshotPackage } from '../snapshot.ts';
import type { BinaryCandidate, DebCandidates, RecordCandidate, SourceCandidate } from './candidates.ts';
import { type DebSettingsRequest, debugComponent, resolveSettings } from './settings.ts';
import { areaOf, DebState, type IndexEntryRef, indexFolder, isNewer } from './state.ts';

export interface DebRequest extends DebSettingsRequest {
  /** Origin and label of a new repository that is given none. */
  readonly name: string;
}

/** A package that will be added, and where. */
export type Placed<T> = T & { readonly component: string };

export interface DebPlan extends Plan {
  readonly settings: DebSettings;
  readonly binaries: readonly Placed<BinaryCandidate>[];
  readonly sources: readonly Placed<SourceCandidate>[];
  readonly records: readonly Placed<RecordCandidate>[];
  /** Architectures that the repository did not have. */
  readonly newArchitectures: readonly string[];
  /** Entries that must go first: of components that packages leave, and newer ones, which reprepro would keep. */
  readonly removed: readonly IndexEntryRef[];
  readonly replacesSources: boolean;
}

/** What a plan depends on besides packages and repository. */
export interface PlanRules {
  readonly now: Date;
  /** Whether a package may be older than a published one. */
  readonly allowDowngrade: boolean;
  /** Whether a version of a source package takes all that another one made. */
  readonly replacesSources?: boolean | undefined;
}

/** Those of the packages; of packages for all architectures that of the machine they were built for. */
function architecturesOf({ binaries, builds }: DebCandidates): string[] {
  const own = binaries.map((each) => each.candidate.architecture).filter((name) => name !== 'all');
  const built = builds.flatMap(({ manifest }) => manifest.target?.architecture ?? []);
  return [...new Set(own.length > 0 ? own : built)];
}

/**
 * Plans the publish of `candidates`. Downgrades, conflicts and packages that fit nowhere are in its `refusals`.
 *
 * @throws UserError where the repository cannot be what is asked for.
 */
export function makePlan(
  candidates: DebCandidates,
  view: RepositoryView<DebSnapshot>,
  request: DebRequest,
  { now, allowDowngrade, replacesSources = false }: PlanRules,
): DebPlan {
  const before = view.head?.settings ?? [...view.heads.values()][0]?.settings;
  const base = resolveSettings(request, before, {
    target: oneTarget(candidates)?.name,
    suite: oneTarget(candidates)?.suite,
    architectures: architecturesOf(candidates),
    origin: request.name,
  });
  const inChannel = published(view.head === undefined ? [] : [view.head], view);
  const isSame = (each: BinaryCandidate | SourceCandidate) =>
    checkCandidate(each.candidate, inChannel).outcome === 'same';
  const all = [...candidates.binaries, ...candidates.sources];
  const objections = all
    .map((each) => [each, objectionsTo(each, view, base)] as const)
    // To leave what is there is no downgrade, whatever other channels have.
    .filter(([each, [first]]) => first !== undefined && !(first.outcome === 'downgrade' && isSame(each)));
  const isAllowed = ({ outcome }: Refusal) => outcome === 'downgrade' && allowDowngrade;
  const refused = new Set<BinaryCandidate | SourceCandidate>(
    objections.filter(([, found]) => !found.every(isAllowed)).map(([each]) => each),
  );

  const place = <T extends BinaryCandidate | SourceCandidate>(each: T): Placed<T> => ({
    ...each,
    component: componentOf(each, base, request),
  });
  const isAdded = (each: BinaryCandidate | SourceCandidate) => !refused.has(each) && !isSame(each);
  const binaries = candidates.binaries.filter(isAdded).map(place);
  const sources = candidates.sources.filter(isAdded).map(place);
  const settings = extend(base, binaries);

  const provisional = [
    ...binaries.map(binaryPackage),
    ...sources.map((each) => sourcePackage(each, { size: each.dsc.size, sha256: each.dsc.sha256 })),
  ];
  const { replaced, withdrawn, removed } = applyTo(view.head, settings, provisional, replacesSources);
  const former = new Map(provisional.map((each, index) => [each, replaced[index] ?? []]));
  const entries = [
    ...provisional.map((each): PlanEntry => entry(each, former.get(each) ?? [])),
    ...all.filter((each) => !refused.has(each) && isSame(each)).map((each): PlanEntry => sameEntry(each, view.head)),
  ];
  return {
    entries,
    superseded: [...new Set([...replaced.flat(), ...withdrawn])].map(({ kind, name, version, architecture }) => ({
      kind,
      name,
      version,
      architecture,
    })),
    reasons: reasonsOf(view.head, settings, now),
    refusals: objections.flatMap(([, found]) => found.filter((each) => !isAllowed(each))),
    downgrades: objections.flatMap(([each, found]) => (refused.has(each) ? [] : found)),
    settings,
    given: {},
    binaries,
    sources,
    records: placeRecords(candidates.records, binaries, sources),
    newArchitectures:
      view.head === undefined
        ? []
        : settings.architectures.filter((name) => !view.head?.settings.architectures.includes(name)),
    removed,
    replacesSources,
  };
}

/** What is wrong with a candidate: at most one refusal. */
function objectionsTo(
  each: BinaryCandidate | SourceCandidate,
  view: RepositoryView<DebSnapshot>,
  { architectures }: DebSettings,
): Refusal[] {
  const { candidate, type } = each;
  const subject = { candidate, type, where: shown(each.type === 'dsc' ? each.dsc : each.file) };
  const { architecture } = candidate;
  if (type !== 'dsc' && architecture !== 'all' && !architectures.includes(architecture)) {
    return [misplacedRefusal(subject, architectures)];
  }
  const everywhere = published(view.heads.values(), view);
  const result = checkCandidate(candidate, everywhere);
  if (result.outcome !== 'conflict' && result.outcome !== 'downgrade') return [];
  const eachChannel = checkEachChannel(candidate, everywhere, (of) => checkCandidate(candidate, of));
  return versionRefusal(result, eachChannel, subject);
}

/**
 * The channel's indexes after `added`.
 *
 * @param replacesSources whether what another version of their source packages made leaves, also with an upgrade.
 * @returns the state; for each of `added` what it replaced; what else leaves with it; entries that must go
 *   first.
 */
export function applyTo(
  head: DebSnapshot | undefined,
  settings: DebSettings,
  added: readonly SnapshotPackage[],
  replacesSources = false,
) {
  // `listedIn` of the former state is relative to the former architectures.
  const before = new DebState(head?.packages ?? [], head?.settings.architectures ?? []);
  const state = new DebState(
    before.packages().map((each) => ({ ...each, listedIn: each.listedIn ?? listing(each, before.architectures) })),
    settings.architectures,
  );
  for (const name of settings.architectures) if (!before.architectures.includes(name)) state.flood(name);
  const replaced: SnapshotPackage[][] = [];
  const removed = new Map<string, IndexEntryRef>();
  const remember = (entries: readonly IndexEntryRef[]) => {
    for (const each of entries) removed.set(`${indexFolder(each.key)} ${each.name}`, each);
  };
  const replacing = new Set<string>();
  for (const each of added) {
    const result = state.add(each);
    if (replacesSources || [...result.replaced].some((former) => isNewer(former, each))) replacing.add(each.source);
    replaced.push([...result.replaced]);
    remember(result.removed);
  }
  const withdrawn = new Set<SnapshotPackage>();
  for (const source of replacing) {
    const own = added.filter((each) => each.source === source);
    const [newest] = own.map(({ sourceVersion }) => sourceVersion).sort((a, b) => compareVersions(b, a));
    const binaries = own.filter(({ kind }) => kind === 'binary').map(({ architecture }) => architecture);
    const native = binaries.filter((name) => name !== 'all');
    const touched = new Set(native.length > 0 || binaries.length === 0 ? native : settings.architectures);
    const result = state.withdrawOthers(source, newest ?? '', touched, replacesSources ? 'any' : 'newer');
    for (const each of result.withdrawn) withdrawn.add(each);
    remember(result.removed);
  }
  return { state, replaced, withdrawn, removed: [...removed.values()] };
}

function listing(each: SnapshotPackage, architectures: readonly string[]): string[] {
  return each.architecture === 'all' ? [...architectures] : [each.architecture];
}

/** A binary as the snapshot will list it. reprepro names files of the pool so; the result is compared with this. */
export function binaryPackage(each: Placed<BinaryCandidate>): SnapshotPackage {
  const { name, version, architecture, sha256 } = each.candidate;
  const extension = each.type === 'udeb' ? 'udeb' : 'deb';
  const fileName = `${name}_${withoutEpoch(version)}_${architecture}.${extension}`;
  return {
    kind: 'binary',
    type: each.type,
    name,
    version,
    architecture,
    component: each.component,
    source: each.source,
    sourceVersion: each.sourceVersion,
    files: [{ path: `${poolFolder(each.component, each.source)}/${fileName}`, size: each.file.size, sha256 }],
  };
}

/** A source as the snapshot will list it, with its .dsc as it is signed. */
export function sourcePackage(each: Placed<SourceCandidate>, dsc: { size: number; sha256: string }): SnapshotPackage {
  const folder = poolFolder(each.component, each.source);
  const file = (name: string, { size, sha256 }: { size: number; sha256: string }): PoolFile => ({
    path: `${folder}/${name}`,
    size,
    sha256,
  });
  return {
    kind: 'source',
    type: 'dsc',
    name: each.source,
    version: each.sourceVersion,
    architecture: 'source',
    component: each.component,
    source: each.source,
    sourceVersion: each.sourceVersion,
    files: [file(each.dsc.name, dsc), ...each.parts.map((part) => file(part.name, part))],
  };
}

function entry(each: SnapshotPackage, former: readonly SnapshotPackage[]): PlanEntry {
  const { kind, type, name, version, architecture, component } = each;
  return {
    kind,
    type,
    name,
    version,
    architecture,
    ...(component === undefined ? {} : { component }),
    action: former.some((other) => isNewer(other, each)) ? 'downgrade' : former.length > 0 ? 'upgrade' : 'add',
    replaces: [...new Set(former.map((other) => other.version))],
  };
}

/** A package that the channel has: listed in the component where it is, wherever it would go today. */
function sameEntry(each: BinaryCandidate | SourceCandidate, head: DebSnapshot | undefined): PlanEntry {
  const ref = refOf(each);
  const there = head?.packages.find(
    ({ kind, name, architecture }) => kind === ref.kind && name === ref.name && architecture === ref.architecture,
  );
  const component = there?.component;
  return { ...ref, type: each.type, ...(component === undefined ? {} : { component }), action: 'same', replaces: [] };
}

function refOf({ candidate: { kind, name, version, architecture } }: BinaryCandidate | SourceCandidate): PackageRef {
  return { kind, name, version, architecture };
}

const indexes = new WeakMap<RepositoryView<DebSnapshot>, Map<string, VersionIndex>>();

/** The packages of some snapshots for the version check; made once per view and set. */
function published(snapshots: Iterable<DebSnapshot>, view: RepositoryView<DebSnapshot>): VersionIndex {
  const list = [...snapshots];
  const key = list.map(({ id }) => id).join();
  const known = indexes.get(view) ?? new Map<string, VersionIndex>();
  indexes.set(view, known);
  let index = known.get(key);
  if (index === undefined) {
    index = new VersionIndex();
    for (const [channel, snapshot] of view.heads) {
      if (list.includes(snapshot)) index.addAll(snapshot.packages.map((each) => asPublished(each, channel)));
    }
    known.set(key, index);
  }
  return index;
}

function asPublished(each: SnapshotPackage, channel: string): PublishedPackage {
  const { kind, name, version, architecture } = each;
  if (kind === 'binary') return { kind, name, version, architecture, sha256: each.files[0]?.sha256 ?? '', channel };
  const files = each.files
    .filter(({ path }) => !path.endsWith('.dsc'))
    .map(({ path, sha256 }) => ({ name: path.slice(path.lastIndexOf('/') + 1), sha256 }));
  return { kind, name, version, architecture, sha256: sourceDigest(files), files, channel };
}

/** The component that was asked for, else the area of the section where the repository has it, else its first. */
function componentOf(
  each: BinaryCandidate | SourceCandidate,
  settings: DebSettings,
  { component: asked, udebComponent }: DebRequest,
): string {
  if (each.type === 'udeb' && udebComponent !== undefined) return udebComponent;
  const [area, rest] = each.section?.split('/') ?? [];
  const named = rest !== undefined && area !== undefined && settings.components.includes(area) ? area : undefined;
  const component = asked ?? named ?? settings.components[0] ?? 'main';
  return each.type !== 'dsc' && each.isDebugSymbols ? debugComponent(component) : component;
}

function extend(settings: DebSettings, binaries: readonly Placed<BinaryCandidate>[]): DebSettings {
  const components = new Set([...settings.components, ...binaries.map((each) => each.component)]);
  const withUdebs = binaries.filter((each) => areaOf(each.type) === 'installer').map((each) => each.component);
  return {
    ...settings,
    components: [...components],
    udebComponents: [...new Set([...settings.udebComponents, ...withUdebs])],
  };
}

/** Records go where their packages go; those of builds that bring nothing new stay out. */
function placeRecords(
  records: readonly RecordCandidate[],
  binaries: readonly Placed<BinaryCandidate>[],
  sources: readonly Placed<SourceCandidate>[],
): Placed<RecordCandidate>[] {
  const files = new Map<string, string>();
  for (const each of binaries)
    if (!each.isDebugSymbols || !files.has(each.file.name)) files.set(each.file.name, each.component);
  for (const each of sources) files.set(each.dsc.name, each.component);
  return records.flatMap((each) => {
    const components = each.lists.flatMap((name) => files.get(name) ?? []);
    const component = components.find((name) => !name.endsWith('/debug')) ?? components[0];
    return component === undefined ? [] : [{ ...each, component }];
  });
}

function oneTarget(candidates: DebCandidates): { name: string; suite: string } | undefined {
  const targets = candidates.builds.flatMap(({ manifest }) => manifest.target ?? []);
  const [target] = targets;
  const other = targets.find(({ name, suite }) => name !== target?.name || suite !== target.suite);
  if (other === undefined) return target;
  throw new UserError({
    what: 'the builds are for several targets',
    where: 'input packages',
    found: `${target?.name} and ${other.name}`,
    expected: 'builds of one target: each target has a repository of its own',
  });
}

function reasonsOf(head: DebSnapshot | undefined, settings: DebSettings, now: Date): string[] {
  if (head === undefined) return [];
  const reasons: string[] = [];
  const names = new Set([...Object.keys(settings), ...Object.keys(head.settings)]) as Set<keyof DebSettings>;
  const changed = [...names].filter((name) => !isDeepStrictEqual(settings[name], head.settings[name]));
  if (changed.length > 0) reasons.push(`settings changed: ${changed.join(', ')}`);
  const age = (now.getTime() - Date.parse(head.createdAt)) / 1000;
  if (settings.validSeconds !== undefined && age > settings.validSeconds / 2) {
    reasons.push('more than half of the time is over that clients take the Release file for valid');
  }
  return reasons;
}
