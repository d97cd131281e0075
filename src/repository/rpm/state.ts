/**
 * What the folders of an rpm repository list. The plan is made on this model, and what createrepo_c writes is compared
 * with it, package by package.
 *
 * Packages of one source package come and go together, for each base architecture: a newer version of the source takes
 * all of the former one with it, also subpackages that it no longer has. An architecture that the newer version was not
 * built for yet keeps the former one whole, with its noarch packages, until its own packages come: what it lists always
 * fits together. Where several versions are kept, the former one stays beside the newer one, and the oldest one goes.
 */
import { compareEvr, parseEvr } from '../../rpm/evr.ts';
import { newestVersions } from '../retention.ts';
import type { SnapshotPackage } from '../snapshot.ts';
import { DEBUG, debugFolder, folderArchitecture, foldersOf, SOURCE_FOLDER } from './folders.ts';
import { type SourceAddition, sourceOrder, sourcesToKeep } from './sources.ts';

/** What an addition changed. */
export interface Addition {
  /** By added package: those of its name that it takes the place of. */
  readonly replaced: ReadonlyMap<SnapshotPackage, readonly SnapshotPackage[]>;
  /** By added package: older ones of its name that stay, the newest first. */
  readonly kept: ReadonlyMap<SnapshotPackage, readonly SnapshotPackage[]>;
  /** What no folder lists any more. */
  readonly superseded: readonly SnapshotPackage[];
}

/** How many versions of a source package stay. */
export interface Retention {
  /** 1 or more. */
  readonly keep: number;
  /** Whether it were more before: then there may be a surplus of sources that nothing comes of. */
  readonly isLower: boolean;
}

/** By added package: those whose place it takes that left for it, and older ones that may stay. */
interface Changes {
  readonly replaced: Map<SnapshotPackage, Set<SnapshotPackage>>;
  readonly older: Map<SnapshotPackage, Set<SnapshotPackage>>;
}

export class RpmState {
  readonly architectures: readonly string[];
  /** Binary packages and the base architectures that list them. */
  readonly #listed = new Map<SnapshotPackage, Set<string>>();
  /** The same packages, also such that nothing lists any more, by their name and by that of their source package. */
  readonly #byName = new Map<string, SnapshotPackage[]>();
  readonly #bySource = new Map<string, SnapshotPackage[]>();
  /** Source packages by name. */
  readonly #sources = new Map<string, SnapshotPackage[]>();

  /** @param architectures base architectures of the repository. */
  constructor(packages: Iterable<SnapshotPackage>, architectures: readonly string[]) {
    this.architectures = architectures;
    for (const each of packages) {
      if (each.kind === 'source') addTo(this.#sources, each.name, each);
      else this.#list(each, each.listedIn ?? this.#ownArchitectures(each));
    }
  }

  /** The state of the same packages in a repository with further architectures: these list the newest noarch ones. */
  extendedTo(architectures: readonly string[]): RpmState {
    const extended = new RpmState([], architectures);
    for (const [name, list] of this.#sources) extended.#sources.set(name, [...list]);
    for (const [each, listed] of this.#listed) extended.#list(each, listed);
    const newest = new Map<string, SnapshotPackage>();
    for (const each of this.#listed.keys()) {
      const other = newest.get(each.name);
      if (each.architecture === 'noarch' && (other === undefined || compareVersions(each, other) > 0))
        newest.set(each.name, each);
    }
    for (const architecture of architectures) {
      if (this.architectures.includes(architecture)) continue;
      for (const each of newest.values()) extended.#listed.get(each)?.add(architecture);
    }
    return extended;
  }

  /** What each folder lists. */
  folders(): Map<string, SnapshotPackage[]> {
    const folders = new Map(foldersOf(this.architectures).map((folder) => [folder, [] as SnapshotPackage[]]));
    for (const [each, listed] of this.#listed) {
      for (const name of listed) folders.get(each.component === DEBUG ? debugFolder(name) : name)?.push(each);
    }
    folders.set(SOURCE_FOLDER, [...this.#sources.values()].flat());
    return folders;
  }

  /** All packages of a name that any folder lists. */
  named(kind: SnapshotPackage['kind'], name: string): SnapshotPackage[] {
    if (kind === 'source') return this.#sources.get(name) ?? [];
    return (this.#byName.get(name) ?? []).filter((each) => this.#listed.has(each));
  }

  /** Adds packages; those of one source are of one version of it. The very same ones are listed anew. */
  addAll(added: readonly SnapshotPackage[], { keep, isLower }: Retention = { keep: 1, isLower: false }): Addition {
    for (const each of added) this.#forget(each);
    const before = this.#all();
    const empty = () => new Map(added.map((each) => [each, new Set<SnapshotPackage>()]));
    const changes: Changes = { replaced: empty(), older: empty() };
    const bySource = new Map<string, SnapshotPackage[]>();
    for (const each of added) addTo(bySource, each.source, each);
    for (const group of bySource.values()) {
      const binaries = group.filter(({ kind }) => kind === 'binary');
      if (binaries.length > 0) this.#addBinaries(binaries, changes, keep);
    }
    const left = this.#retain(isLower ? this.#bySource.keys() : bySource.keys(), keep);
    if (isLower && keep === 1) for (const each of this.#dropSameNames()) left.add(each);
    for (const [each, listed] of this.#listed) if (listed.size === 0) this.#listed.delete(each);
    for (const name of new Set([...bySource.keys(), ...(isLower ? this.#sources.keys() : [])])) {
      this.#settleSources(name, bySource.get(name) ?? [], changes, keep);
    }

    const after = this.#all();
    const replaced = new Map<SnapshotPackage, SnapshotPackage[]>();
    const kept = new Map<SnapshotPackage, SnapshotPackage[]>();
    for (const each of added) {
      const older = [...(changes.older.get(each) ?? [])];
      const gone = new Set(changes.replaced.get(each));
      for (const other of older) if (left.has(other) || !after.has(other)) gone.add(other);
      replaced.set(each, [...gone]);
      const stays = older.filter((other) => !gone.has(other) && compareVersions(other, each) < 0);
      stays.sort((a, b) => compareVersions(b, a));
      if (stays.length > 0) kept.set(each, stays);
    }
    return { replaced, kept, superseded: [...before].filter((each) => !after.has(each)) };
  }

  #all(): Set<SnapshotPackage> {
    return new Set([...this.#listed.keys(), ...[...this.#sources.values()].flat()]);
  }

  #forget(each: SnapshotPackage): void {
    const isSame = (other: SnapshotPackage) =>
      other.version === each.version && other.architecture === each.architecture;
    if (each.kind === 'source') {
      const list = this.#sources.get(each.name);
      if (list?.some(isSame)) {
        this.#sources.set(
          each.name,
          list.filter((other) => !isSame(other)),
        );
      }
      return;
    }
    for (const other of this.#byName.get(each.name) ?? []) if (isSame(other)) this.#listed.delete(other);
  }

  /** Binary packages of one version of one source package. */
  #addBinaries(added: readonly SnapshotPackage[], changes: Changes, keep: number): void {
    const [{ source, sourceVersion } = { source: '', sourceVersion: '' }] = added;
    for (const each of added) this.#list(each, []);
    const ofSource = (this.#bySource.get(source) ?? []).filter((each) => this.#listed.has(each));
    const current = ofSource.filter((each) => each.sourceVersion === sourceVersion);
    const isIndependent = current.every(isNoarch);
    const order = this.#orderOf(source);
    const isOlder = (each: SnapshotPackage) => order(each.sourceVersion, sourceVersion) < 0;
    for (const name of this.architectures) {
      const isListed = (each: SnapshotPackage) => this.#listed.get(each)?.has(name) === true;
      const former = ofSource.filter((each) => each.sourceVersion !== sourceVersion && isListed(each));
      const fitting = current.filter(({ architecture }) => (folderArchitecture(architecture) ?? name) === name);
      const native = fitting.filter((each) => !isNoarch(each));
      const waits = !isIndependent && native.length === 0 && former.some((each) => !isNoarch(each));
      // An older version that is kept here already, and comes for another architecture now.
      const isKept = native.length > 0 && native.every(isListed) && former.some((each) => !isOlder(each));
      if (waits || isKept) continue;
      for (const each of former) if (keep === 1 || !isOlder(each)) this.#listed.get(each)?.delete(name);
      for (const each of fitting) {
        if (isListed(each)) continue;
        const others = (this.#byName.get(each.name) ?? []).filter(
          (other) => isListed(other) && takesThePlaceOf(each, other) && !former.includes(other),
        );
        for (const other of others) {
          if (keep === 1 || compareVersions(other, each) >= 0) this.#listed.get(other)?.delete(name);
        }
        for (const other of [...others, ...former.filter((another) => takesThePlaceOf(each, another))]) {
          changes[isListed(other) ? 'older' : 'replaced'].get(each)?.add(other);
        }
        this.#listed.get(each)?.add(name);
      }
    }
  }

  /** Takes surplus versions of source packages out of the folders of every architecture. */
  #retain(sources: Iterable<string>, keep: number): Set<SnapshotPackage> {
    const left = new Set<SnapshotPackage>();
    for (const source of sources) {
      const packages = (this.#bySource.get(source) ?? []).filter((each) => this.#listed.has(each));
      if (new Set(packages.map(versionOfSource)).size <= keep) continue;
      const order = this.#orderOf(source);
      for (const name of this.architectures) {
        const here = packages.filter((each) => this.#listed.get(each)?.has(name));
        // One that nothing is built for has what the others have, and waits for nothing.
        const counted = here.every(isNoarch) ? packages : here;
        const stays = newestVersions(counted.map(versionOfSource), keep, order);
        for (const each of here) if (!stays.has(each.sourceVersion)) this.#drop(each, name, left);
      }
    }
    return left;
  }

  /** Where one version is kept: one package of a name, whatever source package it is built from. */
  #dropSameNames(): Set<SnapshotPackage> {
    const left = new Set<SnapshotPackage>();
    for (const list of this.#byName.values()) {
      for (const name of list.length > 1 ? this.architectures : []) {
        const here = list.filter((each) => this.#listed.get(each)?.has(name));
        const isSurplus = (each: SnapshotPackage) =>
          here.some((other) => takesThePlaceOf(other, each) && compareVersions(other, each) > 0);
        for (const each of here) if (isSurplus(each)) this.#drop(each, name, left);
      }
    }
    return left;
  }

  #drop(each: SnapshotPackage, architecture: string, left: Set<SnapshotPackage>): void {
    this.#listed.get(each)?.delete(architecture);
    left.add(each);
  }

  /** The source packages of a name, after `group` came of it. */
  #settleSources(name: string, group: readonly SnapshotPackage[], { older }: Changes, keep: number): void {
    const formers = this.#sources.get(name) ?? [];
    const [first] = group;
    const source = group.find(({ kind }) => kind === 'source');
    if (source !== undefined) for (const former of formers) older.get(source)?.add(former);
    const list = source === undefined ? formers : [...formers, source];
    const needed = new Set(
      this.#bySource
        .get(name)
        ?.filter((each) => this.#listed.has(each))
        .map(versionOfSource),
    );
    const added: SourceAddition | undefined = first && { version: first.sourceVersion, source };
    const isNeeded = (version: string) => needed.has(version);
    const left = sourcesToKeep(list, { keep, order: this.#orderOf(name), isNeeded, added });
    if (left.length === 0) this.#sources.delete(name);
    else this.#sources.set(name, left);
  }

  /** The order of versions of a source package. */
  #orderOf(source: string): (a: string, b: string) => number {
    return sourceOrder([...(this.#bySource.get(source) ?? []), ...(this.#sources.get(source) ?? [])]);
  }

  /** Every package once, in a fixed order. */
  packages(): SnapshotPackage[] {
    const binaries = [...this.#listed].map(([each, listed]): SnapshotPackage => {
      const isEverywhere = this.#ownArchitectures(each).every((name) => listed.has(name));
      // Most of a large repository: what was read is written as it is.
      if (isEverywhere && each.listedIn === undefined) return each;
      const { listedIn: _, ...plain } = each;
      return isEverywhere ? plain : { ...plain, listedIn: this.architectures.filter((name) => listed.has(name)) };
    });
    const sortKey = (each: SnapshotPackage) =>
      [each.kind, each.component ?? '', each.name, each.version, each.architecture].join('\0');
    return [...binaries, ...[...this.#sources.values()].flat()]
      .map((each) => ({ each, key: sortKey(each) }))
      .sort((a, b) => (a.key < b.key ? -1 : 1))
      .map(({ each }) => each);
  }

  #list(each: SnapshotPackage, architectures: Iterable<string>): void {
    this.#listed.set(each, new Set(architectures));
    addTo(this.#byName, each.name, each);
    addTo(this.#bySource, each.source, each);
  }

  #ownArchitectures({ architecture }: SnapshotPackage): readonly string[] {
    const own = folderArchitecture(architecture);
    return own === undefined ? this.architectures : [own];
  }
}

function addTo(map: Map<string, SnapshotPackage[]>, key: string, each: SnapshotPackage): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [each]);
  else list.push(each);
}

function isNoarch({ architecture }: SnapshotPackage): boolean {
  return architecture === 'noarch';
}

function versionOfSource({ sourceVersion }: SnapshotPackage): string {
  return sourceVersion;
}

/** As dnf sees it: a package may move between noarch and an architecture. */
function takesThePlaceOf(each: SnapshotPackage, other: SnapshotPackage): boolean {
  const isComparable =
    each.architecture === other.architecture || each.architecture === 'noarch' || other.architecture === 'noarch';
  return each !== other && each.name === other.name && isComparable;
}

function compareVersions(a: SnapshotPackage, b: SnapshotPackage): number {
  return compareEvr(parseEvr(a.version, a.name), parseEvr(b.version, b.name));
}
