/** Version checks of deb packages, in dpkg's order. */
import { createHash } from 'node:crypto';
import {
  type Candidate,
  type CheckResult,
  checkVersion,
  type PublishedPackage,
  type SourceFile,
  type VersionIndex,
} from '../version-check.ts';
import { compareVersions } from './version.ts';

export {
  type Candidate,
  type CheckResult,
  OUTCOMES,
  type Outcome,
  type PackageKind,
  type PublishedPackage,
  type SourceFile,
  VersionIndex,
  worstOutcome,
} from '../version-check.ts';

const RULES = { compare: compareVersions, independent: 'all' };

/** Compares `candidate` with all that is published, over all channels (`checkVersion`). */
export function checkCandidate(
  candidate: Candidate,
  published: Iterable<PublishedPackage> | VersionIndex,
): CheckResult {
  return checkVersion(candidate, published, RULES);
}

/** One digest for the content of a source package, whoever signed its .dsc: over names and digests of its files. */
export function sourceDigest(files: readonly SourceFile[]): string {
  const lines = files.map((file) => `${file.sha256}  ${file.name}\n`).sort();
  return createHash('sha256').update(lines.join('')).digest('hex');
}
