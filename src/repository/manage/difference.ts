/** What two snapshots have in common and what not, in the format's order of versions. */
import { compareVersions } from '../../deb/version.ts';
import { compareEvr, parseEvr } from '../../rpm/evr.ts';
import { sourceOrder } from '../rpm/sources.ts';
import type { Snapshot, SnapshotPackage } from '../snapshot.ts';

/**
 * `withdrawn`: gone, and what is left of its source package is newer, which does not make it any more. `removed`: gone
 * otherwise. `changed`: the same version with other files, or in another component.
 */
export const CHANGES = ['added', 'upgraded', 'downgraded', 'changed', 'withdrawn', 'removed'] as const;
export type Change = (typeof CHANGES)[number];

export interface Difference {
  readonly change: Change;
  readonly kind: SnapshotPackage['kind'];
  readonly name: string;
  readonly architecture: string;
  /** Name of its source package. */
  readonly source: string;
  /** Version before; absent where it was not there. */
  readonly from?: string;
  /** Version after; absent where it is not there any more. */
  readonly to?: string;
}

/** What takes a client back: packages that it would get older, or not any more. */
export function isLoss({ change }: Difference): boolean {
  return change === 'downgraded' || change === 'removed' || change === 'changed';
}

/**
 * What is other in `to` than in `from`, by name. Binaries of one name compare where their architectures are equal or one
 * of them fits every machine, as in version checks; of several versions the newest count.
 *
 * @param from `undefined`: nothing was there.
 */
export function differenceOf(from: Snapshot | undefined, to: Snapshot): Difference[] {
  const compare = orderOf(to.format);
  const before = byName(from?.packages ?? []);
  const after = byName(to.packages);
  const found: Difference[] = [];
  for (const [key, packages] of after) {
    for (const each of newest(packages, compare)) found.push(...compareWith(before.get(key) ?? [], each, compare));
  }
  const bySource = groupBy(to.packages, ({ source }) => source);
  for (const [key, packages] of before) {
    const left = after.get(key) ?? [];
    for (const each of newest(packages, compare)) {
      if (left.some((other) => isComparable(each, other))) continue;
      const isNewer = isWithNewer(each, bySource.get(each.source) ?? [], to.format);
      const change = isNewer ? 'withdrawn' : 'removed';
      found.push({ change, ...nameOf(each), from: each.version });
    }
  }
  return found.sort(
    (a, b) =>
      order(a.name, b.name) ||
      order(a.kind, b.kind) ||
      order(a.architecture, b.architecture) ||
      order(a.change, b.change),
  );
}

type Order = (a: string, b: string) => number;

/** The order of versions of a format. */
export function orderOf(format: Snapshot['format']): Order {
  return format === 'deb'
    ? compareVersions
    : (a, b) => compareEvr(parseEvr(a, 'a snapshot'), parseEvr(b, 'a snapshot'));
}

/**
 * The order of versions of one source package. Those of rpm have no epoch, which its packages tell.
 *
 * @param packages of it.
 */
export function sourceOrderOf(format: Snapshot['format'], packages: readonly SnapshotPackage[]): Order {
  return format === 'deb' ? compareVersions : sourceOrder(packages);
}

function compareWith(before: readonly SnapshotPackage[], each: SnapshotPackage, compare: Order): Difference[] {
  const [former] = newest(
    before.filter((other) => isComparable(each, other)),
    compare,
    true,
  );
  if (former === undefined) return [{ change: 'added', ...nameOf(each), to: each.version }];
  const versions = { from: former.version, to: each.version };
  const result = compare(each.version, former.version);
  if (result !== 0) return [{ change: result > 0 ? 'upgraded' : 'downgraded', ...nameOf(each), ...versions }];
  return isSame(former, each) ? [] : [{ change: 'changed', ...nameOf(each), ...versions }];
}

/** The newest of every architecture, or of all. */
function newest(packages: readonly SnapshotPackage[], compare: Order, ofAll = false): SnapshotPackage[] {
  const found = new Map<string, SnapshotPackage>();
  for (const each of packages) {
    const key = ofAll ? '' : each.architecture;
    const other = found.get(key);
    if (other === undefined || compare(each.version, other.version) > 0) found.set(key, each);
  }
  return [...found.values()];
}

function isSame(a: SnapshotPackage, b: SnapshotPackage): boolean {
  const files = (each: SnapshotPackage) => each.files.map(({ path, sha256 }) => `${path} ${sha256}`).sort();
  return a.component === b.component && files(a).join('\n') === files(b).join('\n');
}

const INDEPENDENT = new Set(['all', 'noarch']);

function isComparable(a: SnapshotPackage, b: SnapshotPackage): boolean {
  return a.architecture === b.architecture || INDEPENDENT.has(a.architecture) || INDEPENDENT.has(b.architecture);
}

/** @param left what is left of its source package, of whatever versions. */
function isWithNewer(each: SnapshotPackage, left: readonly SnapshotPackage[], format: Snapshot['format']): boolean {
  const compare = sourceOrderOf(format, [each, ...left]);
  const isOwn = (other: SnapshotPackage) => other.sourceVersion === each.sourceVersion && isComparable(each, other);
  return !left.some(isOwn) && left.some(({ sourceVersion }) => compare(sourceVersion, each.sourceVersion) > 0);
}

function byName(packages: readonly SnapshotPackage[]): Map<string, SnapshotPackage[]> {
  return groupBy(packages, ({ kind, name }) => `${kind} ${name}`);
}

function groupBy(
  packages: readonly SnapshotPackage[],
  keyOf: (each: SnapshotPackage) => string,
): Map<string, SnapshotPackage[]> {
  const found = new Map<string, SnapshotPackage[]>();
  for (const each of packages) {
    const key = keyOf(each);
    const list = found.get(key);
    if (list === undefined) found.set(key, [each]);
    else list.push(each);
  }
  return found;
}

function nameOf({ kind, name, architecture, source }: SnapshotPackage) {
  return { kind, name, architecture, source };
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
