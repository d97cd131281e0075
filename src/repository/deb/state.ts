/**
 * What the indexes of a deb repository list. The plan is made on this model, and what is written is compared with it,
 * entry by entry.
 *
 * Of a name there may be several versions in an index. The newest one over all components is reprepro's, which knows no
 * other; older ones are put beside it (older.ts).
 */
import { compareVersions } from '../../deb/version.ts';
import type { SnapshotPackage } from '../snapshot.ts';
import { versionsToKeep } from './retention.ts';

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
  /** By name, the newest first. */
  readonly packages: Map<string, SnapshotPackage[]>;
}

/** A name in an index. */
export interface IndexEntryRef {
  readonly key: IndexKey;
  readonly name: string;
}

/** A name in the indexes of an area and architecture, over all components. */
export interface Slot extends Omit<IndexKey, 'component'> {
  readonly name: string;
}

/** A package in an index. */
export interface ListedEntry {
  readonly key: IndexKey;
  readonly each: SnapshotPackage;
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
    for (const each of packages) for (const key of this.#keysOf(each)) insert(this.#index(key), each);
  }

  /** The indexes that are not empty. */
  get indexes(): readonly Index[] {
    return [...this.#indexes.values()].filter((index) => index.packages.size > 0);
  }

  /** What the index lists, by name, the newest first; empty where there is none. */
  index(key: IndexKey): ReadonlyMap<string, readonly SnapshotPackage[]> {
    return this.#indexes.get(indexFolder(key))?.packages ?? new Map();
  }

  /** What of the index is reprepro's, by name. */
  current(key: IndexKey): Map<string, SnapshotPackage> {
    const others = this.#besides(key);
    const found = new Map<string, SnapshotPackage>();
    for (const [name, [newest]] of this.index(key)) {
      if (newest === undefined) continue;
      const isOlder = others.some(({ packages }) => {
        const other = packages.get(name)?.[0];
        return other !== undefined && isNewer(other, newest);
      });
      if (!isOlder) found.set(name, newest);
    }
    return found;
  }

  /** Whether the index lists what is not reprepro's. */
  hasOlder(key: IndexKey): boolean {
    const others = this.#besides(key);
    for (const [name, list] of this.index(key)) {
      if (list.length > 1 || others.some(({ packages }) => packages.has(name))) return true;
    }
    return false;
  }

  /** The newest of a name. */
  newest({ name, ...group }: Slot): ListedEntry | undefined {
    return this.#versions(group, name)[0];
  }

  /** All packages of a name, of whatever architecture and area of its kind; one may occur more than once. */
  named(kind: SnapshotPackage['kind'], name: string): SnapshotPackage[] {
    return [...this.#indexes.values()].flatMap(({ key, packages }) =>
      (key.area === 'source') === (kind === 'source') ? (packages.get(name) ?? []) : [],
    );
  }

  /**
   * Adds a package to the indexes of its architecture, or to all where it is for `all`. Newer ones of its name leave
   * these; the very same one is listed anew.
   *
   * @returns the newer ones; older ones, which `retain` decides about; and where it changed something.
   */
  add(added: SnapshotPackage): { newer: Set<SnapshotPackage>; older: Set<SnapshotPackage>; slots: Slot[] } {
    const newer = new Set<SnapshotPackage>();
    const older = new Set<SnapshotPackage>();
    const slots: Slot[] = [];
    for (const key of this.#keysOf(added)) {
      for (const { key: at, each } of this.#versions(key, added.name)) {
        if (isNewer(added, each)) {
          older.add(each);
          continue;
        }
        takeOut(this.#index(at), each);
        if (each.version !== added.version) newer.add(each);
      }
      insert(this.#index(key), added);
      slots.push({ area: key.area, architecture: key.architecture, name: added.name });
    }
    return { newer, older, slots };
  }

  /**
   * Takes out what other versions of a source package made: packages that this version does not make, which would not
   * fit to those that it makes.
   *
   * @param architectures whose indexes list this version now; those of others keep the other one.
   * @param which `newer`: after a downgrade.
   * @returns the packages, and where it changed something.
   */
  withdrawOthers(
    source: string,
    sourceVersion: string,
    architectures: ReadonlySet<string>,
    which: 'newer' | 'any',
  ): { withdrawn: Set<SnapshotPackage>; slots: Slot[] } {
    const withdrawn = new Set<SnapshotPackage>();
    const slots: Slot[] = [];
    const withdraw = (index: Index, each: SnapshotPackage) => {
      takeOut(index, each);
      withdrawn.add(each);
      slots.push({ area: index.key.area, architecture: index.key.architecture, name: each.name });
    };
    const isMeant = (each: SnapshotPackage) => {
      const order = compareVersions(each.sourceVersion, sourceVersion);
      return each.source === source && (which === 'any' ? order !== 0 : order > 0);
    };
    const others = [...this.#indexes.values()].flatMap((index) =>
      [...index.packages.values()]
        .flat()
        .filter(isMeant)
        .map((each) => ({ index, each })),
    );
    for (const { index, each } of others) {
      if (each.kind === 'binary' && architectures.has(index.key.architecture)) withdraw(index, each);
    }
    const left = new Set(
      others
        .filter(({ index, each }) => each.kind === 'binary' && index.packages.get(each.name)?.includes(each) === true)
        .map(({ each }) => each.sourceVersion),
    );
    if (architectures.size === 0) return { withdrawn, slots };
    for (const { index, each } of others) {
      if (each.kind === 'source' && !left.has(each.sourceVersion)) withdraw(index, each);
    }
    return { withdrawn, slots };
  }

  /**
   * Takes out older versions that are not kept. The newest of a name always stays.
   *
   * @param keep how many versions of a source package stay, 1 or more.
   * @param sources names of the source packages that it is about; all when absent.
   * @returns what left an index.
   */
  retain(keep: number, sources?: ReadonlySet<string>): Set<SnapshotPackage> {
    const left = new Set<SnapshotPackage>();
    const older = [...this.#older(sources)];
    if (older.length === 0) return left;
    const names = new Set(older.map(({ each }) => each.source));
    const stays = keep === 1 ? () => false : versionsToKeep(this.#listed(), keep, names);
    for (const { key, each } of older) {
      if (stays({ architecture: key.architecture, each })) continue;
      takeOut(this.#index(key), each);
      left.add(each);
    }
    return left;
  }

  /** Lists the packages for `all` in the indexes of a further architecture, as `reprepro flood` does: the newest. */
  flood(architecture: string): void {
    for (const { key } of this.indexes) {
      if (key.area === 'source' || key.architecture === architecture) continue;
      const target = this.#index({ ...key, architecture }).packages;
      for (const [name, each] of this.current(key)) {
        const there = target.get(name)?.[0];
        if (each.architecture !== 'all') continue;
        if (there === undefined || isNewer(each, there)) target.set(name, [each]);
      }
    }
  }

  /** Every package once, in a fixed order. */
  packages(): SnapshotPackage[] {
    const listed = new Map<SnapshotPackage, string[]>();
    for (const { architecture, each } of this.#listed()) listed.set(each, [...(listed.get(each) ?? []), architecture]);
    const found = [...listed].map(([each, architectures]): SnapshotPackage => {
      const isEverywhere = each.architecture !== 'all' || architectures.length === this.architectures.length;
      // Most of a large repository: what was read is written as it is.
      if (isEverywhere && each.listedIn === undefined) return each;
      const { listedIn: _, ...plain } = each;
      return isEverywhere ? plain : { ...plain, listedIn: architectures.sort() };
    });
    const sortKey = (each: SnapshotPackage) =>
      [each.component, each.type, each.name, each.version, each.architecture].join('\0');
    return found
      .map((each) => ({ each, key: sortKey(each) }))
      .sort((a, b) => (a.key < b.key ? -1 : 1))
      .map(({ each }) => each);
  }

  *#listed(): Generator<{ architecture: string; each: SnapshotPackage }> {
    for (const { key, packages } of this.#indexes.values()) {
      for (const list of packages.values()) for (const each of list) yield { architecture: key.architecture, each };
    }
  }

  /** What is not the newest of its name, over all components. */
  *#older(sources?: ReadonlySet<string>): Generator<ListedEntry> {
    for (const { key, packages } of this.#indexes.values()) {
      const others = this.#besides(key);
      for (const [name, list] of packages) {
        if (list.length === 1 && !others.some((other) => other.packages.has(name))) continue;
        if (sources !== undefined && !list.some((each) => sources.has(each.source))) continue;
        const newest = this.newest({ ...key, name })?.each;
        for (const each of list) {
          if (each !== newest && (sources === undefined || sources.has(each.source))) yield { key, each };
        }
      }
    }
  }

  /** The versions of a name, the newest first. */
  #versions({ area, architecture }: Omit<IndexKey, 'component'>, name: string): ListedEntry[] {
    return [...this.#indexes.values()]
      .filter(({ key }) => key.area === area && key.architecture === architecture)
      .flatMap(({ key, packages }) => (packages.get(name) ?? []).map((each) => ({ key, each })))
      .sort((a, b) => compareVersions(b.each.version, a.each.version));
  }

  /** The indexes of other components. */
  #besides({ component, area, architecture }: IndexKey): Index[] {
    return [...this.#indexes.values()].filter(
      ({ key }) => key.area === area && key.architecture === architecture && key.component !== component,
    );
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

function insert({ packages }: Index, each: SnapshotPackage): void {
  const list = packages.get(each.name);
  if (list === undefined) {
    packages.set(each.name, [each]);
    return;
  }
  const at = list.findIndex((other) => isNewer(each, other));
  list.splice(at === -1 ? list.length : at, 0, each);
}

function takeOut({ packages }: Index, each: SnapshotPackage): void {
  const left = packages.get(each.name)?.filter((other) => other !== each) ?? [];
  if (left.length === 0) packages.delete(each.name);
  else packages.set(each.name, left);
}
