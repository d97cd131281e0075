/** Rpm packages to check. */
import path from 'node:path';
import type { Manifest } from '../../manifest.ts';
import { inParallel } from '../../parallel.ts';
import { readRpmPackage, verifyPayload } from '../../rpm/read-package.ts';
import { rpmCandidate } from '../../rpm/version-check.ts';
import { type FoundCandidate, PARALLEL, type ReadOptions } from './candidate.ts';

/** Reads a single file; `undefined` where its name is of no rpm package. */
export async function readRpmFile(file: string, { signal }: ReadOptions): Promise<FoundCandidate[] | undefined> {
  if (!file.endsWith('.rpm')) return undefined;
  const candidate = await readCandidate(file);
  // The header that identifies the content holds the payload's digest: it has to be true.
  await verifyPayload(file, signal === undefined ? {} : { signal });
  return [candidate];
}

/** Reads the packages of a folder whose files have been verified by its manifest. */
export async function readRpmFolder(folder: string, manifest: Manifest): Promise<FoundCandidate[]> {
  const files = manifest.files.filter(({ role }) => role === 'rpm' || role === 'srpm');
  return inParallel(files, PARALLEL, ({ name }) => readCandidate(path.join(folder, name)));
}

async function readCandidate(file: string): Promise<FoundCandidate> {
  return { format: 'rpm', ...rpmCandidate(await readRpmPackage(file)), file };
}
