/** What publishing a package would mean, given what is published. Used by check-version, and again inside the lease. */
import { createHash } from 'node:crypto';
import { compareVersions } from './version.ts';

export type PackageKind = 'binary' | 'source';

/** A file of a source package, without the .dsc: signing changes that one. */
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
  /** Of a binary its file's SHA-256, of a source `sourceDigest` of its files; hexadecimal, lower case. */
  readonly sha256: string;
  /** Only of a source. */
  readonly files?: readonly SourceFile[];
}

export interface PublishedPackage {
  readonly kind: PackageKind;
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** As in `Candidate`; `undefined` where the index has no SHA-256, which never counts as equal. */
  readonly sha256?: string;
  readonly files?: readonly SourceFile[];
  /** Only of a source: the folder of its files, relative to the repository's root; empty for the root itself. */
  readonly directory?: string;
  readonly channel: string;
}

/**
 * `new`: no such package. `upgrade`: newer than every published one. `same`: the published one, to the byte.
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
  /** The file that two source packages hold with different content, where that is the conflict. */
  readonly file?: string;
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
      // An `all` package is listed in the index of every architecture.
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
 * Binaries of one name compare where their architectures are equal or one of them is `all`: a package may move between
 * `any` and `all`. A conflict outweighs a downgrade: publishing would be wrong in either order.
 */
export function checkCandidate(
  candidate: Candidate,
  published: Iterable<PublishedPackage> | VersionIndex,
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
    if (!isComparable(candidate, other)) continue;
    if (compareVersions(candidate.version, other.version) === 0) {
      if (!hasSameContent(candidate, other)) return { outcome: 'conflict', candidate, against: other };
      same ??= other;
    }
    if (highest === undefined || compareVersions(other.version, highest.version) > 0) highest = other;
  }
  if (highest === undefined) return { outcome: 'new', candidate };
  if (compareVersions(candidate.version, highest.version) < 0) {
    return { outcome: 'downgrade', candidate, against: highest };
  }
  return same === undefined
    ? { outcome: 'upgrade', candidate, against: highest }
    : { outcome: 'same', candidate, against: same };
}

function findByName(candidate: Candidate, published: Iterable<PublishedPackage>): PublishedPackage[] {
  const found: PublishedPackage[] = [];
  for (const other of published) if (other.kind === candidate.kind && other.name === candidate.name) found.push(other);
  return found;
}

function isComparable(candidate: Candidate, other: PublishedPackage): boolean {
  return (
    candidate.kind === 'source' ||
    candidate.architecture === other.architecture ||
    candidate.architecture === 'all' ||
    other.architecture === 'all'
  );
}

/** Equal version to the letter too: `1.0` and `1.0-0` are equal for dpkg, and are two files. */
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

/** One digest for the content of a source package, whoever signed its .dsc: over names and digests of its files. */
export function sourceDigest(files: readonly SourceFile[]): string {
  const lines = files.map((file) => `${file.sha256}  ${file.name}\n`).sort();
  return createHash('sha256').update(lines.join('')).digest('hex');
}

/** The worst of some outcomes; `same` where there is none. */
export function worstOutcome(outcomes: Iterable<Outcome>): Outcome {
  const found = new Set(outcomes);
  return OUTCOMES.find((outcome) => found.has(outcome)) ?? 'same';
}
