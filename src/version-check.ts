/**
 * What publishing a package would mean, given what is published: the same for every format, which brings its own order
 * of versions (src/deb/version-check.ts, src/rpm/version-check.ts). Used by check-version, and again inside the lease.
 */

export type PackageKind = 'binary' | 'source';

/** A file of a Debian source package, without the .dsc: signing changes that one. */
export interface SourceFile {
  readonly name: string;
  readonly sha256: string;
}

export interface Candidate {
  readonly kind: PackageKind;
  readonly name: string;
  readonly version: string;
  /** One architecture; of a source `source`. */
  readonly architecture: string;
  /**
   * What identifies the content, hexadecimal, lower case: of a deb its file's SHA-256, of a Debian source package
   * `sourceDigest` of its files, of an rpm the SHA-256 of its main header.
   */
  readonly sha256: string;
  /** Only of a Debian source package. */
  readonly files?: readonly SourceFile[];
}

export interface PublishedPackage {
  readonly kind: PackageKind;
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** As in `Candidate`; `undefined` where it is not known, which never counts as equal. */
  readonly sha256?: string;
  readonly files?: readonly SourceFile[];
  /** Only of a Debian source package: the folder of its files, relative to the repository's root; empty for the root itself. */
  readonly directory?: string;
  /** Only of an rpm: `name-version-release` of the source package that it was built from; of a source its own. */
  readonly source?: string;
  readonly channel: string;
}

/**
 * `new`: no such package. `upgrade`: newer than every published one. `same`: the published one, with equal content.
 * `conflict`: this version is published with other content, or a file of the source is. `downgrade`: a newer one is
 * published.
 */
export type Outcome = 'new' | 'upgrade' | 'same' | 'conflict' | 'downgrade';

/** Worst first. `same` is last: only where all are the same there is nothing to publish. */
export const OUTCOMES: readonly Outcome[] = ['conflict', 'downgrade', 'upgrade', 'new', 'same'];

export interface CheckResult {
  readonly outcome: Outcome;
  readonly candidate: Candidate;
  /** What decided: the highest published version, or the one that it is equal to or in conflict with. */
  readonly against?: PublishedPackage;
  /** The file that two source packages hold with different content, or that two rpms of other epochs share the name of. */
  readonly file?: string;
}

/** What a format says of its versions. */
export interface VersionRules {
  /** Negative, zero or positive. */
  readonly compare: (a: string, b: string) => number;
  /** The architecture of packages that fit every machine: `all`, `noarch`. */
  readonly independent: string;
}

/** Published packages by name: made once, asked often. */
export class VersionIndex {
  readonly #byName: Record<PackageKind, Map<string, PublishedPackage[]>> = { binary: new Map(), source: new Map() };
  #size = 0;

  constructor(packages: Iterable<PublishedPackage> = []) {
    this.addAll(packages);
  }

  add(published: PublishedPackage): void {
    const byName = this.#byName[published.kind];
    const list = byName.get(published.name);
    if (list === undefined) {
      byName.set(published.name, [published]);
    } else {
      // A package for every architecture is listed in the index of each.
      if (list.some((other) => isSameEntry(other, published))) return;
      list.push(published);
    }
    this.#size++;
  }

  addAll(packages: Iterable<PublishedPackage>): void {
    for (const published of packages) this.add(published);
  }

  get(kind: PackageKind, name: string): readonly PublishedPackage[] {
    return this.#byName[kind].get(name) ?? [];
  }

  /** Number of distinct packages. */
  get size(): number {
    return this.#size;
  }
}

function isSameEntry(a: PublishedPackage, b: PublishedPackage): boolean {
  return (
    a.version === b.version && a.architecture === b.architecture && a.channel === b.channel && a.sha256 === b.sha256
  );
}

/**
 * Compares `candidate` with all that is published, over all channels.
 *
 * Binaries of one name compare where their architectures are equal or one of them is independent: a package may move
 * between the two. A conflict outweighs a downgrade: publishing would be wrong in either order.
 */
export function checkVersion(
  candidate: Candidate,
  published: Iterable<PublishedPackage> | VersionIndex,
  rules: VersionRules,
): CheckResult {
  const known =
    published instanceof VersionIndex
      ? published.get(candidate.kind, candidate.name)
      : findByName(candidate, published);
  let highest: PublishedPackage | undefined;
  let same: PublishedPackage | undefined;
  for (const other of known) {
    const file = conflictingFile(candidate, other);
    if (file !== undefined) return { outcome: 'conflict', candidate, against: other, file };
    if (!isComparable(candidate, other, rules)) continue;
    if (rules.compare(candidate.version, other.version) === 0) {
      if (!hasSameContent(candidate, other)) return { outcome: 'conflict', candidate, against: other };
      same ??= other;
    }
    if (highest === undefined || rules.compare(other.version, highest.version) > 0) highest = other;
  }
  if (highest === undefined) return { outcome: 'new', candidate };
  if (rules.compare(candidate.version, highest.version) < 0) {
    return { outcome: 'downgrade', candidate, against: highest };
  }
  return same === undefined
    ? { outcome: 'upgrade', candidate, against: highest }
    : { outcome: 'same', candidate, against: same };
}

function isComparable(candidate: Candidate, other: PublishedPackage, { independent }: VersionRules): boolean {
  return (
    candidate.kind === 'source' ||
    candidate.architecture === other.architecture ||
    candidate.architecture === independent ||
    other.architecture === independent
  );
}

function findByName(candidate: Candidate, published: Iterable<PublishedPackage>): PublishedPackage[] {
  const found: PublishedPackage[] = [];
  for (const other of published) if (other.kind === candidate.kind && other.name === candidate.name) found.push(other);
  return found;
}

/** Equal version to the letter too: for dpkg `1.0` and `1.0-0` are equal, and are two files. */
function hasSameContent(candidate: Candidate, other: PublishedPackage): boolean {
  return (
    candidate.version === other.version &&
    candidate.architecture === other.architecture &&
    candidate.sha256 === other.sha256
  );
}

/** The pool holds one file of a name: an orig tarball must be the published one in every revision of its version. */
function conflictingFile(candidate: Candidate, other: PublishedPackage): string | undefined {
  if (candidate.files === undefined || other.files === undefined) return undefined;
  const digests = new Map(other.files.map((file) => [file.name, file.sha256]));
  return candidate.files.find((file) => (digests.get(file.name) ?? file.sha256) !== file.sha256)?.name;
}

/** The worst of some outcomes; `same` where there is none. */
export function worstOutcome(outcomes: Iterable<Outcome>): Outcome {
  const found = new Set(outcomes);
  return OUTCOMES.find((outcome) => found.has(outcome)) ?? 'same';
}
