/** Versions of source packages: their order, and which source packages stay in the folder for them. */
import { compareEvr, formatEvr, parseEvr } from '../../rpm/evr.ts';
import { newestVersions } from '../retention.ts';
import type { SnapshotPackage } from '../snapshot.ts';

type Order = (a: string, b: string) => number;

/**
 * The order of versions of one source package. These have no epoch (RPMTAG_SOURCERPM), so it is that of the source, else
 * of a package with the version of its source, else the highest of a package.
 *
 * @param packages of that source package, whatever their versions.
 */
export function sourceOrder(packages: readonly SnapshotPackage[]): Order {
  const epochs = new Map<string, { epoch: number; rank: number }>();
  for (const { kind, name, version, sourceVersion } of packages) {
    const evr = parseEvr(version, name);
    const isOwn = formatEvr({ ...evr, epoch: undefined }) === sourceVersion;
    const found = { epoch: evr.epoch ?? 0, rank: kind === 'source' ? 2 : isOwn ? 1 : 0 };
    const known = epochs.get(sourceVersion);
    const isBetter = known === undefined || found.rank > known.rank;
    if (isBetter || (found.rank === known.rank && found.epoch > known.epoch)) epochs.set(sourceVersion, found);
  }
  const evrOf = (version: string) => ({
    ...parseEvr(version, 'the version of a source package'),
    epoch: epochs.get(version)?.epoch,
  });
  return (a, b) => compareEvr(evrOf(a), evrOf(b));
}

/** What came of a source package. */
export interface SourceAddition {
  readonly version: string;
  /** `undefined`: it came without its source. */
  readonly source: SnapshotPackage | undefined;
}

/** What decides about source packages. */
export interface SourceRules {
  readonly keep: number;
  readonly order: Order;
  /** Whether a folder lists a package that was built from the version. */
  readonly isNeeded: (version: string) => boolean;
  /** `undefined`: nothing came. */
  readonly added: SourceAddition | undefined;
}

/**
 * Those of the source packages of one name that stay.
 *
 * @param list with the one that came.
 */
export function sourcesToKeep(
  list: readonly SnapshotPackage[],
  { keep, order, isNeeded, added }: SourceRules,
): SnapshotPackage[] {
  const newest = (of: readonly SnapshotPackage[]) => {
    const versions = [...of.map(({ sourceVersion }) => sourceVersion), ...(added === undefined ? [] : [added.version])];
    return newestVersions(versions, keep, order);
  };
  if (keep === 1) {
    if (added?.source !== undefined) return [added.source];
    // Binaries that came without their source take the former source along, once nothing of it is listed.
    const left = list.filter((each) => added === undefined || isNeeded(each.sourceVersion));
    const [only] = newestVersions(
      left.map(({ sourceVersion }) => sourceVersion),
      1,
      order,
    );
    return left.filter(({ sourceVersion }) => sourceVersion === only);
  }
  // Newer ones than what came are what was gone back from.
  const candidates = list.filter((each) => added === undefined || order(each.sourceVersion, added.version) <= 0);
  const stays = newest(candidates);
  return list.filter(
    (each) => isNeeded(each.sourceVersion) || (candidates.includes(each) && stays.has(each.sourceVersion)),
  );
}
