/** What a publish will change in an rpm repository, decided before anything is written. */
import { isDeepStrictEqual } from 'node:util';
import { UserError } from '../../errors.ts';
import { baseArchitecture, rpmArchitecture } from '../../rpm/architecture.ts';
import { compareEvr, parseEvr } from '../../rpm/evr.ts';
import type { Plan, PlanEntry, RepositoryView } from '../driver.ts';
import { misplacedRefusal, type Refusal } from '../refusal.ts';
import { keepsFewer, keptVersions } from '../retention.ts';
import type { PackageRef, RpmSettings, RpmSnapshot, SnapshotPackage } from '../snapshot.ts';
import { type Taken, takenNames, takenRefusal } from '../taken.ts';
import { stayingOf, withdrawnOf } from '../withdrawn.ts';
import type { RpmCandidate, RpmCandidates } from './candidates.ts';
import { DEBUG, folderArchitecture } from './folders.ts';
import { isSameMetadata, type Metadata, type MetadataRequest, mergeMetadata } from './metadata.ts';
import { asSubject, Published, subjectOf, withoutListing } from './published.ts';
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
 * Plans the publish of `candidates`. Downgrades, conflicts and packages that fit nowhere are in its `refusals`.
 *
 * @throws UserError where the repository cannot be what is asked for.
 */
export async function makeRpmPlan(
  candidates: RpmCandidates,
  metadata: MetadataView,
  view: RepositoryView<RpmSnapshot>,
  request: RpmRequest,
  allowDowngrade: boolean,
): Promise<RpmPlan> {
  const before = view.head?.settings ?? [...view.heads.values()][0]?.settings;
  const settings = resolveRpmSettings(request, before, {
    target: oneTarget(candidates),
    architectures: architecturesOf(candidates),
    label: request.name,
  });
  const published = new Published(view);
  const chosen = candidates.packages.map((each) => published.choose(each));
  const misplaced = chosen.flatMap((each) => misplacedIn(each, settings));
  const placed = chosen.filter((each) => isPlaced(each, settings));
  const { taken, dropped } = published.repeated(placed);
  const checked = placed.filter((each) => !dropped.has(each));
  const newestOnly = allowDowngrade || keepsFewer(settings, view.head?.settings);
  const isSame = (each: RpmCandidate) => published.isLeft(each.candidate, newestOnly);
  const missing = checked.filter((each) => !isSame(each) && published.find(each) === undefined);
  const names = await takenNames(
    view,
    missing.map(({ poolPath }) => poolPath),
  );

  const objections = new Map<RpmCandidate | SnapshotPackage, readonly Refusal[]>();
  for (const each of checked) {
    const found = objectionsTo(each, checked, published, names.get(each.poolPath));
    // To leave what is there is no downgrade, whatever other channels have.
    if (found[0]?.outcome !== 'downgrade' || !isSame(each)) objections.set(each, found);
  }
  for (const each of taken) {
    if (!published.inChannel.has(each)) objections.set(each, published.objections(asSubject(each)));
  }
  const isAllowed = ({ outcome }: Refusal) => outcome === 'downgrade' && allowDowngrade;
  const isFine = (each: RpmCandidate | SnapshotPackage) => (objections.get(each) ?? []).every(isAllowed);

  const fresh: RpmCandidate[] = [];
  const takenOver: SnapshotPackage[] = taken.filter((each) => isFine(each) && !published.inChannel.has(each));
  for (const each of checked) {
    if (isSame(each) || !isFine(each)) continue;
    const there = published.find(each) ?? names.get(each.poolPath)?.package;
    if (there === undefined) fresh.push(each);
    else takenOver.push(withoutListing(there));
  }
  const added = [...fresh.map((each) => provisional(each)), ...takenOver];
  const { state, replaced, kept, superseded } = applyTo(view.head, settings, added);
  const merged = mergeMetadata(metadata.given, metadata.published);
  const isMetadataNew = !isSameMetadata(metadata.published, merged);
  const found = [...objections.values()].flat();
  const entries = [
    ...added.map((each) => entryOf(each, replaced.get(each) ?? [], kept.get(each) ?? [])),
    ...checked.filter((each) => isSame(each) && isFine(each)).map((each) => sameEntry(provisional(each))),
    ...taken.filter((each) => published.inChannel.has(each)).map(sameEntry),
  ];
  return {
    entries,
    superseded: superseded.map(asRef),
    withdrawn: withdrawnOf(entries, superseded, (kind, name) => state.named(kind, name)).map(asRef),
    staying: keptVersions(settings) === 1 ? [] : stayingOf(added, state.packages()).map(asRef),
    reasons: [
      ...settingsReasons(view.head, settings),
      ...(view.head === undefined || !isMetadataNew
        ? []
        : [`given: ${metadata.given.map(({ input }) => input).join(', ')}`]),
    ],
    refusals: [...misplaced, ...found.filter((each) => !isAllowed(each))],
    downgrades: found.filter(isAllowed),
    settings,
    given: Object.fromEntries(metadata.given.map(({ input, sha256 }) => [input, sha256])),
    fresh,
    takenOver,
    metadata: merged,
    isMetadataNew,
  };
}

/**
 * What is wrong with a candidate: at most one refusal.
 *
 * @param taken what has its name in the pool, where no channel has its content.
 */
function objectionsTo(
  each: RpmCandidate,
  checked: readonly RpmCandidate[],
  published: Published,
  taken: Taken | undefined,
): Refusal[] {
  const subject = subjectOf(each);
  const found = published.objections(subject);
  const isConflict = found.some(({ outcome }) => outcome === 'conflict');
  const isTaken = taken !== undefined && taken.package.headerDigest !== each.candidate.sha256;
  if (isTaken && !isConflict) return [takenRefusal(subject, taken)];
  return found.length > 0 ? found : published.olderSource(each, checked);
}

/** The channel's state after `added`. */
export function applyTo(head: RpmSnapshot | undefined, settings: RpmSettings, added: readonly SnapshotPackage[]) {
  const before = new RpmState(head?.packages ?? [], head?.settings.architectures ?? settings.architectures);
  const state = before.extendedTo(settings.architectures);
  const retention = { keep: keptVersions(settings), isLower: keepsFewer(settings, head?.settings) };
  return { state, ...state.addAll(added, retention) };
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

/**
 * @param former those of its name that leave for it.
 * @param kept older ones that stay, the newest first.
 */
function entryOf(
  each: SnapshotPackage,
  former: readonly SnapshotPackage[],
  kept: readonly SnapshotPackage[],
): PlanEntry {
  const version = parseEvr(each.version, each.name);
  const isDowngrade = former.some((other) => compareEvr(parseEvr(other.version, other.name), version) > 0);
  return {
    ...sameEntry(each),
    action: isDowngrade ? 'downgrade' : former.length + kept.length > 0 ? 'upgrade' : 'add',
    replaces: versionsOf(former),
    ...(kept.length === 0 ? {} : { keeps: versionsOf(kept) }),
  };
}

function versionsOf(packages: readonly SnapshotPackage[]): string[] {
  return [...new Set(packages.map(({ version }) => version))];
}

function asRef({ kind, name, version, architecture }: SnapshotPackage): PackageRef {
  return { kind, name, version, architecture };
}

function sameEntry({ kind, type, name, version, architecture, component }: SnapshotPackage): PlanEntry {
  const place = component === undefined ? {} : { component };
  return { kind, type, name, version, architecture, ...place, action: 'same', replaces: [] };
}

function isPlaced(each: RpmCandidate, { architectures }: RpmSettings): boolean {
  const { kind, architecture } = each.candidate;
  const folder = kind === 'source' ? undefined : folderArchitecture(architecture);
  return folder === undefined || architectures.includes(folder);
}

function misplacedIn(each: RpmCandidate, settings: RpmSettings): Refusal[] {
  return isPlaced(each, settings) ? [] : [misplacedRefusal(subjectOf(each), settings.architectures)];
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
