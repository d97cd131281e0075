/** Rpm packages to check. */
import path from 'node:path';
import type { Manifest } from '../../manifest.ts';
import { inParallelByHeader } from '../../rpm/large-headers.ts';
import { readRpmPackage, verifyPayload } from '../../rpm/read-package.ts';
import { type BuiltRpm, isRepeatable, rpmCandidate, sourceOf } from '../../rpm/version-check.ts';
import { type FoundCandidate, PARALLEL, type ReadOptions } from './candidate.ts';

/** Reads a single file; `undefined` where its name is of no rpm package. */
export async function readRpmFile(file: string, { signal }: ReadOptions): Promise<FoundCandidate[] | undefined> {
  if (!file.endsWith('.rpm')) return undefined;
  const candidate = await readCandidate(file, undefined);
  // The header that identifies the content holds the payload's digest: it has to be true.
  await verifyPayload(file, signal === undefined ? {} : { signal });
  return [candidate];
}

/** Reads the packages of a folder whose files have been verified by its manifest. */
export async function readRpmFolder(folder: string, manifest: Manifest): Promise<FoundCandidate[]> {
  const files = manifest.files.filter(({ role }) => role === 'rpm' || role === 'srpm');
  const architecture = manifest.target?.architecture;
  const build = architecture === undefined ? undefined : { id: folder, architecture };
  const fileOf = ({ name, size }: (typeof files)[number]) => ({ path: path.join(folder, name), size });
  return inParallelByHeader(files, PARALLEL, fileOf, (file) => readCandidate(fileOf(file).path, build));
}

async function readCandidate(file: string, build: BuiltRpm['build']): Promise<FoundCandidate> {
  const read = await readRpmPackage(file);
  const candidate = rpmCandidate(read);
  return { format: 'rpm', ...candidate, file, built: { candidate, source: sourceOf(read), build, alternates: [] } };
}

/**
 * `one` with `other`, which has its name and version and another header, as what a build for another architecture made;
 * `undefined` where it is nothing that every build makes, or not of such a build.
 */
export function withAlternate(one: FoundCandidate, other: FoundCandidate): FoundCandidate | undefined {
  const [first, second] = [one.built, other.built];
  if (first === undefined || second?.build === undefined || !isRepeatable(one)) return undefined;
  const builds = [first, ...first.alternates].map(({ build }) => build?.architecture);
  if (builds.includes(undefined) || builds.includes(second.build.architecture)) return undefined;
  return { ...one, built: { ...first, alternates: [...first.alternates, second] } };
}
