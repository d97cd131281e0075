/** What a publish will change in a deb repository, decided before anything is written. */
import { isDeepStrictEqual } from 'node:util';
import { UserError } from '../../errors.ts';
import type { Plan, PlanEntry, RepositoryView } from '../driver.ts';
import type { Refusal } from '../refusal.ts';
import { keepsFewer, keptVersions } from '../retention.ts';
import type { DebSettings, DebSnapshot, PackageRef, SnapshotPackage } from '../snapshot.ts';
import { stayingOf, withdrawnOf } from '../withdrawn.ts';
import { applyTo } from './apply.ts';
import type { BinaryCandidate, DebCandidates, RecordCandidate, SourceCandidate } from './candidates.ts';
import { binaryPackage, componentOf, type Placed, placeRecords, sourcePackage } from './packages.ts';
import { Published } from './published.ts';
import { type DebSettingsRequest, resolveSettings } from './settings.ts';
import { areaOf, type IndexEntryRef, isNewer, type ListedEntry } from './state.ts';

export interface DebRequest extends DebSettingsRequest {
  /** Origin and label of a new repository that is given none. */
  readonly name: string;
}

export interface DebPlan extends Plan {
  readonly settings: DebSettings;
  readonly binaries: readonly Placed<BinaryCandidate>[];
  readonly sources: readonly Placed<SourceCandidate>[];
  readonly records: readonly Placed<RecordCandidate>[];
  /** Architectures that the repository did not have. */
  readonly newArchitectures: readonly string[];
  /** Entries that must go first: of components that packages leave, and newer ones, which reprepro would keep. */
  readonly removed: readonly IndexEntryRef[];
  /** Older versions that are the newest once those have gone. */
  readonly restored: readonly ListedEntry[];
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
  const published = new Published(view);
  const newestOnly = allowDowngrade || keepsFewer(base, view.head?.settings);
  const isSame = (each: BinaryCandidate | SourceCandidate) => published.isLeft(each.candidate, newestOnly);
  const all = [...candidates.binaries, ...candidates.sources];
  const objections = all
    .map((each) => [each, published.objections(each, base)] as const)
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
  const { state, replaced, kept, withdrawn, removed, restored } = applyTo(
    view.head,
    settings,
    provisional,
    replacesSources,
  );
  const superseded = [...new Set([...replaced.flat(), ...withdrawn])];
  const entries = [
    ...provisional.map((each, index): PlanEntry => entry(each, replaced[index] ?? [], kept[index] ?? [])),
    ...all.filter((each) => !refused.has(each) && isSame(each)).map((each): PlanEntry => sameEntry(each, view.head)),
  ];
  return {
    entries,
    superseded: superseded.map(refOf),
    withdrawn: withdrawnOf(entries, superseded, (kind, name) => state.named(kind, name)).map(refOf),
    staying: keptVersions(settings) === 1 ? [] : stayingOf(provisional, state.packages()).map(refOf),
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
    restored,
    replacesSources,
  };
}

/**
 * @param former those of its name that leave for it.
 * @param kept older ones that stay, the newest first.
 */
function entry(each: SnapshotPackage, former: readonly SnapshotPackage[], kept: readonly SnapshotPackage[]): PlanEntry {
  const { kind, type, name, version, architecture, component } = each;
  return {
    kind,
    type,
    name,
    version,
    architecture,
    ...(component === undefined ? {} : { component }),
    action: former.some((other) => isNewer(other, each))
      ? 'downgrade'
      : former.length + kept.length > 0
        ? 'upgrade'
        : 'add',
    replaces: [...new Set(former.map((other) => other.version))],
    ...(kept.length === 0 ? {} : { keeps: [...new Set(kept.map((other) => other.version))] }),
  };
}

/** A package that the channel has: listed in the component where it is, wherever it would go today. */
function sameEntry(each: BinaryCandidate | SourceCandidate, head: DebSnapshot | undefined): PlanEntry {
  const ref = each.candidate;
  const there = head?.packages.find(
    ({ kind, name, version, architecture }) =>
      kind === ref.kind && name === ref.name && version === ref.version && architecture === ref.architecture,
  );
  const component = there?.component;
  return {
    ...refOf(each.candidate),
    type: each.type,
    ...(component === undefined ? {} : { component }),
    action: 'same',
    replaces: [],
  };
}

function refOf({ kind, name, version, architecture }: PackageRef): PackageRef {
  return { kind, name, version, architecture };
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
