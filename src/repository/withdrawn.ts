/** What leaves a channel, or stays in it, without a newer version of its own: what a source package no longer makes. */
import type { PlanEntry } from './driver.ts';
import type { PackageRef, SnapshotPackage } from './snapshot.ts';

const INDEPENDENT = new Set(['all', 'noarch']);

/** A package may move between an architecture and all of them. */
function isComparable(a: string, b: string): boolean {
  return a === b || INDEPENDENT.has(a) || INDEPENDENT.has(b);
}

/**
 * Those of `superseded` of which the channel has no version any more.
 *
 * @param named all packages of a name that the channel lists from now on.
 */
export function withdrawnOf(
  entries: readonly PlanEntry[],
  superseded: readonly SnapshotPackage[],
  named: (kind: PackageRef['kind'], name: string) => Iterable<SnapshotPackage>,
): SnapshotPackage[] {
  const replaced = new Map<string, string[]>();
  for (const { kind, name, architecture, replaces } of entries) {
    for (const old of replaces) {
      const key = `${kind} ${name} ${old}`;
      replaced.set(key, [...(replaced.get(key) ?? []), architecture]);
    }
  }
  return superseded.filter((each) => {
    const { kind, name, version, architecture } = each;
    const newer = replaced.get(`${kind} ${name} ${version}`) ?? [];
    if (newer.some((own) => isComparable(own, architecture))) return false;
    return ![...named(kind, name)].some((other) => other !== each && isComparable(other.architecture, architecture));
  });
}

/**
 * Packages of older versions that stay in the channel and that `added`, a newer version of their source package, does
 * not make.
 *
 * @param listed what the channel lists from now on.
 */
export function stayingOf(added: readonly SnapshotPackage[], listed: readonly SnapshotPackage[]): SnapshotPackage[] {
  const binaries = added.filter(({ kind }) => kind === 'binary');
  const groups = new Map<string, SnapshotPackage[]>();
  for (const each of binaries) groups.set(each.source, [...(groups.get(each.source) ?? []), each]);
  const now = new Set(listed.map((each) => `${each.source} ${each.sourceVersion} ${each.name}`));
  return listed.filter((each) => {
    const own = groups.get(each.source) ?? [];
    const comparable = own.filter(({ architecture }) => isComparable(architecture, each.architecture));
    if (each.kind !== 'binary' || comparable.length === 0) return false;
    // The rest of the newer version may have come with another build.
    return own.every(
      ({ sourceVersion }) =>
        sourceVersion !== each.sourceVersion && !now.has(`${each.source} ${sourceVersion} ${each.name}`),
    );
  });
}
