/** What a publish will change in a deb repository, decided before anything is written. */
import { isDeepStrictEqual } from 'node:util';
import { poolFolder } from '../../deb/file-name.ts';
import { withoutEpoch } from '../../deb/version.ts';
import { checkCandidate, type PublishedPackage, sourceDigest, VersionIndex } from '../../deb/version-check.ts';
import { UserError } from '../../errors.ts';
import { shown } from '../builds.ts';
import type { Plan, PlanEntry, RepositoryView } from '../driver.ts';
import { refuseAll, versionRefusal } from '../refusal.ts';
import type { DebSettings, DebSnapshot, PackageRef, PoolFile, SnapshotPackage } from '../snapshot.ts';
import type { BinaryCandidate, DebCandidates, RecordCandidate, SourceCandidate } from './candidates.ts';
import { type DebSettingsRequest, debugComponent, resolveSettings } from './settings.ts';
import { areaOf, DebState, type IndexKey } from './state.ts';

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
  /** Entries of other components that must go, as their packages move. */
  readonly moved: readonly { readonly key: IndexKey; readonly name: string }[];
}

/** Those of the packages; of packages for all architectures that of the machine they were built for. */
function architecturesOf({ binaries, builds }: DebCandidates): string[] {
  const own = binaries.map((each) => each.candidate.architecture).filter((name) => name !== 'all');
  const built = builds.flatMap(({ manifest }) => manifest.target?.architecture ?? []);
  return [...new Set(own.length > 0 ? own : built)];
}

/**
 * Plans the publish of `candidates`.
 *
 * @throws UserError, or an AggregateError of them, for downgrades, conflicts and packages that fit nowhere.
 */
export function makePlan(
  candidates: DebCandidates,
  view: RepositoryView<DebSnapshot>,
  request: DebRequest,
  now: Date,
): DebPlan {
  const before = view.head?.settings ?? [...view.heads.values()][0]?.settings;
  const base = resolveSettings(request, before, {
    target: oneTarget(candidates)?.name,
    suite: oneTarget(candidates)?.suite,
    architectures: architecturesOf(candidates),
    origin: request.name,
  });
  const all = [...candidates.binaries, ...candidates.sources];
  refuseAll(all.flatMap((each) => misplaced(each, base)));
  const everywhere = published(view.heads.values(), view);
  refuseAll(
    all.flatMap((each) =>
      versionRefusal(checkCandidate(each.candidate, everywhere), shown(each.type === 'dsc' ? each.dsc : each.file)),
    ),
  );

  const inChannel = published(view.head === undefined ? [] : [view.head], view);
  const isSame = (each: BinaryCandidate | SourceCandidate) =>
    checkCandidate(each.candidate, inChannel).outcome === 'same';
  const place = <T extends BinaryCandidate | SourceCandidate>(each: T): Placed<T> => ({
    ...each,
    component: componentOf(each, base, request),
  });
  const binaries = candidates.binaries.filter((each) => !isSame(each)).map(place);
  const sources = candidates.sources.filter((each) => !isSame(each)).map(place);
  const settings = extend(base, binaries);

  const provisional = [
    ...binaries.map(binaryPackage),
    ...sources.map((each) => sourcePackage(each, { size: each.dsc.size, sha256: each.dsc.sha256 })),
  ];
  const { replaced, moved } = applyTo(view.head, settings, provisional);
  const former = new Map(provisional.map((each, index) => [each, replaced[index] ?? []]));
  const entries = [
    ...provisional.map((each): PlanEntry => entry(each, former.get(each) ?? [])),
    ...all.filter(isSame).map((each): PlanEntry => sameEntry(each, view.head)),
  ];
  return {
    entries,
    superseded: [...new Set(replaced.flat())].map(({ kind, name, version, architecture }) => ({
      kind,
      name,
      version,
      architecture,
    })),
    reasons: reasonsOf(view.head, settings, now),
    settings,
    binaries,
    sources,
    records: placeRecords(candidates.records, binaries, sources),
    newArchitectures:
      view.head === undefined
        ? []
        : settings.architectures.filter((name) => !view.head?.settings.architectures.includes(name)),
    moved,
  };
}

/**
 * The channel's indexes after `added`.
 *
 * @returns the state; for each of `added` what it replaced; entries of other components that must go.
 */
export function applyTo(head: DebSnapshot | undefined, settings: DebSettings, added: readonly SnapshotPackage[]) {
  // `listedIn` of the former state is relative to the former architectures.
  const before = new DebState(head?.packages ?? [], head?.settings.architectures ?? []);
  const state = new DebState(
    before.packages().map((each) => ({ ...each, listedIn: each.listedIn ?? listing(each, before.architectures) })),
    settings.architectures,
  );
  for (const name of settings.architectures) if (!before.architectures.includes(name)) state.flood(name);
  const replaced: SnapshotPackage[][] = [];
  const moved: { key: IndexKey; name: string }[] = [];
  for (const each of added) {
    const result = state.add(each);
    replaced.push([...result.replaced]);
    moved.push(...result.moved);
  }
  return { state, replaced, moved };
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
    action: former.length > 0 ? 'upgrade' : 'add',
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

function misplaced(each: BinaryCandidate | SourceCandidate, settings: DebSettings): UserError[] {
  const { architecture } = each.candidate;
  if (each.type === 'dsc' || architecture === 'all' || settings.architectures.includes(architecture)) return [];
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
