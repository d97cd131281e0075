/**
 * What the indexes of a deb repository list: one version per package name in every index. The plan is made on this
 * model, and what reprepro writes is compared with it, entry by entry.
 */
import { compareVersions } from '../../deb/version.ts';
import type { SnapshotPackage } from '../snapshot.ts';

/** `binary` indexes hold .deb (and .ddeb) files, `installer` ones .udeb, `source` ones .dsc. */
export type Area = 'binary' | 'installer' | 'source';

export interface IndexKey {
  readonly component: string;
  readonly area: Area;
  /** `source` in the area of that name. */
  readonly architecture: string;
}

/** Path of an index's folder below `dists/<suite>/`. */
export function indexFolder({ component, area, architecture }: IndexKey): string {
  if (area === 'source') return `${component}/source`;
  return `${component}/${area === 'installer' ? 'debian-installer/' : ''}binary-${architecture}`;
}

export function areaOf(type: SnapshotPackage['type']): Area {
  if (type === 'dsc') return 'source';
  return type === 'udeb' ? 'installer' : 'binary';
}

interface Index {
  readonly key: IndexKey;
  readonly packages: Map<string, SnapshotPackage>;
}

/** An entry of an index. */
export interface IndexEntryRef {
  readonly key: IndexKey;
  readonly name: string;
}

/** Whether `each` is a newer version than `other`. */
export function isNewer(each: SnapshotPackage, other: SnapshotPackage): boolean {
  return compareVersions(each.version, other.version) > 0;
}

export class DebState {
  readonly architectures: readonly string[];
  readonly #indexes = new Map<string, Index>();

  /** @param architectures of the repository, without `all`. */
  constructor(packages: Iterable<SnapshotPackage>, architectures: readonly string[]) {
    this.architectures = architectures;
    for (const each of packages) for (const key of this.#keysOf(each)) this.#index(key).packages.set(each.name, each);
  }

  /** The indexes that are not empty. */
  get indexes(): readonly Index[] {
    return [...this.#indexes.values()].filter((index) => index.packages.size > 0);
  }

  /** What the index lists; empty where there is none. */
  index(key: IndexKey): ReadonlyMap<string, SnapshotPackage> {
    return this.#indexes.get(indexFolder(key))?.packages ?? new Map();
  }

  /**
   * Adds a package to the indexes of its architecture, or to all where it is for `all`.
   *
   * @returns what it replaces there, and the entries that reprepro must remove first: those of other components, and
   *   newer ones, which it would keep.
   */
  add(added: SnapshotPackage): { replaced: Set<SnapshotPackage>; removed: IndexEntryRef[] } {
    const replaced = new Set<SnapshotPackage>();
    const removed: IndexEntryRef[] = [];
    for (const key of this.#keysOf(added)) {
      for (const other of this.#indexes.values()) {
        const former = other.packages.get(added.name);
        if (former === undefined || other.key.area !== key.area || other.key.architecture !== key.architecture)
          continue;
        replaced.add(former);
        const isOther = other.key.component !== key.component;
        if (isOther) other.packages.delete(added.name);
        if (isOther || isNewer(former, added)) removed.push({ key: other.key, name: added.name });
      }
      this.#index(key).packages.set(added.name, added);
    }
    return { replaced, removed };
  }

  /**
   * Takes out what other versions of a source package made: packages that this version does not make, which would not
   * fit to those that it makes.
   *
   * @param architectures whose indexes list this version now; those of others keep the other one.
   * @param which `newer`: after a downgrade.
   * @returns the packages, and their entries.
   */
  withdrawOthers(
    source: string,
    sourceVersion: string,
    architectures: ReadonlySet<string>,
    which: 'newer' | 'any',
  ): { withdrawn: Set<SnapshotPackage>; removed: IndexEntryRef[] } {
    const withdrawn = new Set<SnapshotPackage>();
    const removed: IndexEntryRef[] = [];
    const takeOut = ({ key, packages }: Index, each: SnapshotPackage) => {
      packages.delete(each.name);
      withdrawn.add(each);
      removed.push({ key, name: each.name });
    };
    const isMeant = (each: SnapshotPackage) => {
      const order = compareVersions(each.sourceVersion, sourceVersion);
      return each.source === source && (which === 'any' ? order !== 0 : order > 0);
    };
    const others = [...this.#indexes.values()].flatMap((index) =>
      [...index.packages.values()].filter(isMeant).map((each) => ({ index, each })),
    );
    for (const { index, each } of others) {
      if (each.kind === 'binary' && architectures.has(index.key.architecture)) takeOut(index, each);
    }
    const left = new Set(
      others
        .filter(({ index, each }) => each.kind === 'binary' && index.packages.get(each.name) === each)
        .map(({ each }) => each.sourceVersion),
    );
    if (architectures.size === 0) return { withdrawn, removed };
    for (const { index, each } of others) {
      if (each.kind === 'source' && !left.has(each.sourceVersion)) takeOut(index, each);
    }
    return { withdrawn, removed };
  }

  /** Lists the packages for `all` in the indexes of a further architecture, as `reprepro flood` does. */
  flood(architecture: string): void {
    for (const { key, packages } of this.indexes) {
      if (key.area === 'source' || key.architecture === architecture) continue;
      const target = this.#index({ ...key, architecture }).packages;
      for (const [name, each] of packages) {
        const there = target.get(name);
        if (each.architecture !== 'all') continue;
        if (there === undefined || compareVersions(there.version, each.version) < 0) target.set(name, each);
      }
    }
  }

  /** Every package once, in a fixed order. */
  packages(): SnapshotPackage[] {
    const listed = new Map<SnapshotPackage, string[]>();
    for (const { key, packages } of this.#indexes.values()) {
      for (const each of packages.values()) listed.set(each, [...(listed.get(each) ?? []), key.architecture]);
    }
    const found = [...listed].map(([each, architectures]): SnapshotPackage => {
      const { listedIn: _, ...plain } = each;
      const isEverywhere = each.architecture !== 'all' || architectures.length === this.architectures.length;
      return isEverywhere ? plain : { ...plain, listedIn: architectures.sort() };
    });
    const sortKey = (each: SnapshotPackage) =>
      [each.component, each.type, each.name, each.version, each.architecture].join('\0');
    return found
      .map((each) => ({ each, key: sortKey(each) }))
      .sort((a, b) => (a.key < b.key ? -1 : 1))
      .map(({ each }) => each);
  }

  #keysOf(each: SnapshotPackage): IndexKey[] {
    const area = areaOf(each.type);
    const own = each.architecture === 'all' ? this.architectures : [each.architecture];
    return (each.listedIn ?? own).map((architecture) => ({ component: each.component ?? 'main', area, architecture }));
  }

  #index(key: IndexKey): Index {
    const folder = indexFolder(key);
    let index = this.#indexes.get(folder);
    if (index === undefined) {
      index = { key, packages: new Map() };
      this.#indexes.set(folder, index);
    }
    return index;
  }
}
