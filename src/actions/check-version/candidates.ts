/** The packages to check: folders with a manifest, or single files. All of them are verified before they count. */
import { stat } from 'node:fs/promises';
import { UserError } from '../../errors.ts';
import { readManifest, verifyFiles } from '../../manifest.ts';
import { inParallel } from '../../parallel.ts';
import type { Candidate } from '../../version-check.ts';
import { type FoundCandidate, noPackage, PARALLEL, type ReadOptions } from './candidate.ts';
import { readDebFile, readDebFolder } from './deb-candidates.ts';
import { readRpmFile, readRpmFolder, withAlternate } from './rpm-candidates.ts';

/**
 * Reads the candidates at `locations`, all of one format, sorted by name; one that is named twice counts once.
 *
 * @throws UserError naming the file: not what its manifest, .changes or .dsc lists, damaged, hostile fields; no package
 *   at all; one version twice with different content, unless builds for several architectures made it; packages of both formats.
 */
export async function readCandidates(
  locations: readonly string[],
  options: ReadOptions = {},
): Promise<FoundCandidate[]> {
  const found = new Map<string, FoundCandidate>();
  for (const list of await inParallel(locations, PARALLEL, (location) => readLocation(location, options))) {
    for (const candidate of list) {
      const [first] = found.values();
      if (first !== undefined && first.format !== candidate.format) {
        throw new UserError({
          what: 'packages of two formats',
          where: 'input packages',
          found: `${first.file} and ${candidate.file}`,
          expected: 'packages of one format: they go to different repositories',
        });
      }
      const key = `${candidate.kind} ${candidate.name} ${candidate.version} ${candidate.architecture}`;
      const other = found.get(key);
      if (other === undefined) {
        found.set(key, candidate);
        continue;
      }
      if (isKnown(other, candidate)) continue;
      const merged = withAlternate(other, candidate);
      if (merged === undefined) {
        throw new UserError({
          what: `${candidate.name} ${candidate.version} is given twice with different content`,
          where: candidate.file,
          found: `the same version in ${other.file}`,
        });
      }
      found.set(key, merged);
    }
  }
  const order = (candidate: Candidate) =>
    `${candidate.name} ${candidate.kind === 'source' ? 0 : 1} ${candidate.architecture}`;
  return [...found.values()].sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

function isKnown(one: FoundCandidate, other: FoundCandidate): boolean {
  const digests = [one.sha256, ...(one.built?.alternates ?? []).map(({ candidate }) => candidate.sha256)];
  return digests.includes(other.sha256);
}

async function readLocation(location: string, options: ReadOptions): Promise<FoundCandidate[]> {
  const info = await stat(location).catch((error: NodeJS.ErrnoException) => {
    throw new UserError({ what: 'the package cannot be read', where: location, found: error.code ?? 'an error' });
  });
  if (info.isDirectory()) return readFolder(location, options);
  const found = (await readDebFile(location, options)) ?? (await readRpmFile(location, options));
  if (found !== undefined) return found;
  throw new UserError({
    what: 'not a package',
    where: location,
    expected: 'a folder with a manifest.json, or a .deb, .udeb, .ddeb, .dsc, .changes or .rpm file',
  });
}

async function readFolder(folder: string, options: ReadOptions): Promise<FoundCandidate[]> {
  const { manifest, file } = await readManifest(folder);
  if (manifest.verdict !== undefined && manifest.verdict !== 'success') {
    throw new UserError({
      what: 'the build did not succeed',
      where: file,
      found: `the verdict ${manifest.verdict}`,
      expected: 'success',
    });
  }
  await verifyFiles(folder, manifest);
  const isRpm = manifest.package.format === 'rpm';
  const candidates = isRpm ? await readRpmFolder(folder, manifest) : await readDebFolder(folder, manifest, options);
  if (candidates.length === 0) {
    throw noPackage(file, isRpm ? 'an .rpm file' : 'a .deb, .udeb, .ddeb or .dsc file');
  }
  return candidates;
}
