/** Version checks of rpm packages, in rpm's order. */
import {
  type Candidate,
  type CheckResult,
  checkVersion,
  type PublishedPackage,
  type VersionIndex,
} from '../version-check.ts';
import { compareEvr, type Evr, formatEvr, parseEvr } from './evr.ts';
import type { RpmPackage } from './package.ts';

/**
 * An rpm that is to be published. `version` is `[epoch:]version-release` as of `versionText`, `architecture` of a source
 * package is `source`, and `sha256` is the digest of its main header (`RpmPackage.headerDigest`): signing leaves it.
 */
export type RpmCandidate = Omit<Candidate, 'files'>;

/** A published rpm, in the same terms. A missing `sha256` never counts as equal. */
export type PublishedRpm = Omit<PublishedPackage, 'files' | 'directory'>;

const RULES = { compare: compareVersionTexts, independent: 'noarch' };

/** `[epoch:]version-release`, without an epoch of 0: rpm holds it for none, and indexes write it for every package. */
export function versionText(evr: Evr): string {
  return formatEvr({ ...evr, epoch: evr.epoch === 0 ? undefined : evr.epoch });
}

/** A package that was read (`readRpmPackage`) as a candidate. */
export function rpmCandidate(read: RpmPackage): RpmCandidate {
  return {
    kind: read.isSource ? 'source' : 'binary',
    name: read.name,
    version: versionText(read.evr),
    architecture: read.isSource ? 'source' : read.architecture,
    sha256: read.headerDigest,
  };
}

/**
 * Compares `candidate` with all that is published, over all channels: binaries by name and architecture, where `noarch`
 * compares with every one; sources by name.
 *
 * Same version and release with another epoch is another version, as it is for rpm.
 */
export function checkRpmCandidate(
  candidate: RpmCandidate,
  published: Iterable<PublishedRpm> | VersionIndex,
): CheckResult {
  return checkVersion(candidate, published, RULES);
}

/**
 * Those of `published` whose header digest decides over one of `candidates`: they have its name, architecture and
 * version. Of all others the digest need not be known.
 */
export function deciding<T extends PublishedRpm>(candidates: Iterable<RpmCandidate>, published: readonly T[]): T[] {
  const found = new Set<T>();
  const byName = new Map<string, T[]>();
  for (const other of published) {
    const key = `${other.kind} ${other.name}`;
    byName.set(key, [...(byName.get(key) ?? []), other]);
  }
  for (const candidate of candidates) {
    for (const other of byName.get(`${candidate.kind} ${candidate.name}`) ?? []) {
      // Another architecture of the same version is a conflict whatever the header.
      if (candidate.version === other.version && candidate.architecture === other.architecture) found.add(other);
    }
  }
  return [...found];
}

/** Orders two texts of `versionText`. */
function compareVersionTexts(a: string, b: string): number {
  return compareEvr(parseEvr(a, 'version'), parseEvr(b, 'version'));
}
