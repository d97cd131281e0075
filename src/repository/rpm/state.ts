/**
 * What the folders of an rpm repository list. The plan is made on this model, and what createrepo_c writes is compared
 * with it, package by package.
 *
 * Packages of one source package come and go together, for each base architecture: a newer version of the source takes
 * all of the former one with it, also subpackages that it no longer has. An architecture that the newer version was not
 * built for yet keeps the former one whole, with its noarch packages, until its own packages come: what it lists always
 * fits together.
 */
import { compareEvr, parseEvr } from '../../rpm/evr.ts';
import type { SnapshotPackage } from '../snapshot.ts';
import { DEBUG, debugFolder, folderArchitecture, foldersOf, SOURCE_FOLDER } from './folders.ts';

/** What an addition changed. */
export interface Addition {
  /** By added package: those of its name that it takes the place of. */
  readonly replaced: ReadonlyMap<SnapshotPackage, readonly SnapshotPackage[]>;
  /** What no folder lists any more. */
  readonly superseded: readonly SnapshotPackage[];
}

export class RpmState {
  readonly architectures: readonly string[];
  /** Binary packages and the base architectures that list them. */
  readonly #listed = new Map<SnapshotPackage, Set<string>>();
  /** The same packages, also such that nothing lists any more, by their name and by that of their source package. */
  readonly #byName = new Map<string, SnapshotPackage[]>();
  readonly #bySource = new Map<string, SnapshotPackage[]>();
  readonly #sources = new Map<string, SnapshotPackage>();

  /** @param architectures base architectures of the repository. */
  constructor(packages: Iterable<SnapshotPackage>, architectures: readonly string[]) {
    this.architectures = architectures;
    for (const each of packages) {
      if (each.kind === 'source') this.#sources.set(each.name, each);
      else this.#list(each, each.listedIn ?? this.#ownArchitectures(each));
    }
  }

  /** The state of the same packages in a repository with further architectures: these list the newest noarch ones. */
  extendedTo(architectures: readonly string[]): RpmState {
    const extended = new RpmState([], architectures);
    for (const [name, each] of this.#sources) extended.#sources.set(name, each);
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
    folders.set(SOURCE_FOLDER, [...this.#sources.values()]);
    return folders;
  }

  /** Adds packages; those of one source are of one version of it. */
  addAll(added: readonly SnapshotPackage[]): Addition {
    const before = new Set([...this.#listed.keys(), ...this.#sources.values()]);
    const replaced = new Map<SnapshotPackage, SnapshotPackage[]>();
    const bySource = new Map<string, SnapshotPackage[]>();
    for (const each of added) {
      replaced.set(each, []);
      if (each.kind === 'binary') {
        bySource.set(each.source, [...(bySource.get(each.source) ?? []), each]);
        continue;
      }
      const former = this.#sources.get(each.name);
      if (former !== undefined) replaced.set(each, [former]);
      this.#sources.set(each.name, each);
    }
    for (const group of bySource.values()) this.#addBinaries(group, replaced);
    for (const [each, listed] of this.#listed) if (listed.size === 0) this.#listed.delete(each);
    for (const [source, group] of bySource) this.#dropSource(source, group[0]?.sourceVersion);
    const after = new Set([...this.#listed.keys(), ...this.#sources.values()]);
    return { replaced, superseded: [...before].filter((each) => !after.has(each)) };
  }

  /** Binaries that came without their source take the former source along, once nothing of it is listed. */
  #dropSource(name: string, sourceVersion: string | undefined): void {
    const former = this.#sources.get(name);
    if (former === undefined || former.sourceVersion === sourceVersion) return;
    const isNeeded = (this.#bySource.get(name) ?? []).some(
      (each) => each.sourceVersion === former.sourceVersion && this.#listed.has(each),
    );
    if (!isNeeded) this.#sources.delete(name);
  }

  /** Binary packages of one version of one source package. */
  #addBinaries(added: readonly SnapshotPackage[], replaced: Map<SnapshotPackage, SnapshotPackage[]>): void {
    const [{ source, sourceVersion } = { source: '', sourceVersion: '' }] = added;
    for (const each of added) this.#list(each, []);
    const ofSource = (this.#bySource.get(source) ?? []).filter((each) => this.#listed.has(each));
    const current = ofSource.filter((each) => each.sourceVersion === sourceVersion);
    const isIndependent = current.every(({ architecture }) => architecture === 'noarch');
    for (const name of this.architectures) {
      const former = ofSource.filter(
        (each) => each.sourceVersion !== sourceVersion && this.#listed.get(each)?.has(name) === true,
      );
      const fitting = current.filter(({ architecture }) => (folderArchitecture(architecture) ?? name) === name);
      const isBuilt = fitting.some(({ architecture }) => architecture !== 'noarch');
      const waits = !isIndependent && !isBuilt && former.some(({ architecture }) => architecture !== 'noarch');
      if (waits) continue;
      for (const each of former) this.#listed.get(each)?.delete(name);
      for (const each of fitting) {
        const others = (this.#byName.get(each.name) ?? []).filter(
          (other) => this.#listed.get(other)?.has(name) === true && takesThePlaceOf(each, other),
        );
        for (const other of others) this.#listed.get(other)?.delete(name);
        const gone = [...others, ...former.filter((other) => takesThePlaceOf(each, other))];
        if (replaced.has(each)) replaced.set(each, [...new Set([...(replaced.get(each) ?? []), ...gone])]);
        this.#listed.get(each)?.add(name);
      }
    }
  }

  /** Every package once, in a fixed order. */
  packages(): SnapshotPackage[] {
    const binaries = [...this.#listed].map(([each, listed]): SnapshotPackage => {
      const { listedIn: _, ...plain } = each;
      const isEverywhere = this.#ownArchitectures(each).every((name) => listed.has(name));
      return isEverywhere ? plain : { ...plain, listedIn: this.architectures.filter((name) => listed.has(name)) };
    });
    const sortKey = (each: SnapshotPackage) =>
      [each.kind, each.component ?? '', each.name, each.version, each.architecture].join('\0');
    return [...binaries, ...this.#sources.values()]
      .map((each) => ({ each, key: sortKey(each) }))
      .sort((a, b) => (a.key < b.key ? -1 : 1))
      .map(({ each }) => each);
  }

  #list(each: SnapshotPackage, architectures: Iterable<string>): void {
    this.#listed.set(each, new Set(architectures));
    for (const [index, key] of [
      [this.#byName, each.name],
      [this.#bySource, each.source],
    ] as const) {
      const list = index.get(key);
      if (list === undefined) index.set(key, [each]);
      else list.push(each);
    }
  }

  #ownArchitectures({ architecture }: SnapshotPackage): readonly string[] {
    const own = folderArchitecture(architecture);
    return own === undefined ? this.architectures : [own];
  }
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
