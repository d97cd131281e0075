/** The packages to check: folders with a manifest, or single files. All of them are verified before they count. */
import { lstat, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Checksum } from '../../deb/control.ts';
import { readDebFields } from '../../deb/deb-file.ts';
import { parseChanges, parseDsc } from '../../deb/source-package.ts';
import { type Candidate, sourceDigest } from '../../deb/version-check.ts';
import { quote, UserError } from '../../errors.ts';
import { digestFile, readManifest, verifyFiles } from '../../manifest.ts';
import { inParallel } from '../../parallel.ts';

/** A candidate, and the file that it was read from. */
export interface FoundCandidate extends Candidate {
  readonly file: string;
}

/** Size and SHA-256 by file name, of files in one folder that were read already. */
type Known = ReadonlyMap<string, { readonly size: number; readonly sha256: string }>;

const BINARY = /\.(?:deb|udeb|ddeb)$/;
/** Packages that are read at once: each takes a process. */
const PARALLEL = 4;
/** Bytes. A .changes of a kernel has some 100 KB. */
const MAX_CONTROL_SIZE = 16 * 1024 * 1024;

/**
 * Reads the candidates at `locations`, sorted by name; one that is named twice counts once.
 *
 * @throws UserError naming the file: not what its manifest, .changes or .dsc lists, damaged, hostile fields; no package
 *   at all; one version twice with different content.
 */
export async function readCandidates(
  locations: readonly string[],
  options: { readonly signal?: AbortSignal } = {},
): Promise<FoundCandidate[]> {
  const found = new Map<string, FoundCandidate>();
  for (const list of await inParallel(locations, PARALLEL, (location) => readLocation(location, options))) {
    for (const candidate of list) {
      const key = `${candidate.kind} ${candidate.name} ${candidate.version} ${candidate.architecture}`;
      const other = found.get(key);
      if (other !== undefined && other.sha256 !== candidate.sha256) {
        throw new UserError({
          what: `${candidate.name} ${candidate.version} is given twice with different content`,
          where: candidate.file,
          found: `the same version in ${other.file}`,
        });
      }
      found.set(key, other ?? candidate);
    }
  }
  const order = (candidate: Candidate) =>
    `${candidate.name} ${candidate.kind === 'source' ? 0 : 1} ${candidate.architecture}`;
  return [...found.values()].sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

async function readLocation(location: string, options: { readonly signal?: AbortSignal }): Promise<FoundCandidate[]> {
  const info = await stat(location).catch((error: NodeJS.ErrnoException) => {
    throw new UserError({ what: 'the package cannot be read', where: location, found: error.code ?? 'an error' });
  });
  if (info.isDirectory()) return readFolder(location, options);
  if (BINARY.test(location)) return [await readBinary(location, (await digestFile(location)).sha256, options)];
  if (location.endsWith('.dsc')) return [await readSource(location, new Map())];
  if (location.endsWith('.changes')) return readUpload(location, options);
  throw new UserError({
    what: 'not a package',
    where: location,
    expected: 'a folder with a manifest.json, or a .deb, .udeb, .ddeb, .dsc or .changes file',
  });
}

async function readFolder(folder: string, options: { readonly signal?: AbortSignal }): Promise<FoundCandidate[]> {
  const { manifest, file } = await readManifest(folder);
  if (manifest.package.format !== 'deb') {
    throw new UserError({
      what: 'not a manifest of Debian packages',
      where: file,
      found: manifest.package.format,
      expected: 'deb',
    });
  }
  if (manifest.verdict !== undefined && manifest.verdict !== 'success') {
    throw new UserError({
      what: 'the build did not succeed',
      where: file,
      found: `the verdict ${manifest.verdict}`,
      expected: 'success',
    });
  }
  await verifyFiles(folder, manifest);
  const known: Known = new Map(manifest.files.map((entry) => [entry.name, entry]));
  const read = await inParallel(manifest.files, PARALLEL, async ({ name, role, sha256 }) => {
    const where = path.join(folder, name);
    if (role === 'deb' || role === 'udeb' || role === 'ddeb') return readBinary(where, sha256, options);
    if (role === 'dsc') return readSource(where, known);
    if (role === 'changes') checkListed((await readControl(where, parseChanges)).files, known, where, 'all');
    return undefined;
  });
  const candidates = read.filter((candidate) => candidate !== undefined);
  if (candidates.length === 0) throw noPackage(file);
  return candidates;
}

async function readUpload(file: string, options: { readonly signal?: AbortSignal }): Promise<FoundCandidate[]> {
  const { files } = await readControl(file, parseChanges);
  const folder = path.dirname(file);
  const known = await digestBeside(files, folder);
  checkListed(files, known, file, 'all');
  const read = await inParallel(files, PARALLEL, async ({ name, digest }) => {
    const where = path.join(folder, name);
    if (BINARY.test(name)) return readBinary(where, digest, options);
    return name.endsWith('.dsc') ? readSource(where, known) : undefined;
  });
  const candidates = read.filter((candidate) => candidate !== undefined);
  if (candidates.length === 0) throw noPackage(file);
  return candidates;
}

async function readBinary(
  file: string,
  sha256: string,
  options: { readonly signal?: AbortSignal },
): Promise<FoundCandidate> {
  return { kind: 'binary', ...(await readDebFields(file, options)), sha256, file };
}

async function readSource(file: string, known: Known): Promise<FoundCandidate> {
  const { source, version, files } = await readControl(file, parseDsc);
  // An orig tarball that is published already need not lie here again; what does lie here has to be the listed one.
  const beside = known.size > 0 ? known : await digestBeside(files, path.dirname(file));
  checkListed(files, beside, file, 'present');
  const contents = files.map(({ name, digest }) => ({ name, sha256: digest }));
  return {
    kind: 'source',
    name: source,
    version,
    architecture: 'source',
    sha256: sourceDigest(contents),
    files: contents,
    file,
  };
}

async function readControl<T>(file: string, parse: (text: string, file: string) => T): Promise<T> {
  const info = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw new UserError({ what: 'the file cannot be read', where: file, found: error.code ?? 'an error' });
  });
  if (!info.isFile() || info.size > MAX_CONTROL_SIZE) {
    throw new UserError({
      what: 'not a control file',
      where: file,
      found: info.isFile() ? `${info.size} bytes` : 'no regular file',
      expected: `a file of at most ${MAX_CONTROL_SIZE} bytes`,
    });
  }
  return parse(await readFile(file, 'utf8'), file);
}

/** Digests of those of `files` that lie in `folder`. Their names are plain file names (`parseChecksums`). */
async function digestBeside(files: readonly Checksum[], folder: string): Promise<Known> {
  const known = new Map<string, { size: number; sha256: string }>();
  for (const { name } of files) {
    const where = path.join(folder, name);
    const info = await lstat(where).catch(() => undefined);
    if (info?.isFile()) known.set(name, await digestFile(where));
  }
  return known;
}

function checkListed(files: readonly Checksum[], known: Known, where: string, which: 'all' | 'present'): void {
  for (const { name, size, digest } of files) {
    const found = known.get(name);
    if (found === undefined) {
      if (which === 'present') continue;
      throw new UserError({ what: 'a listed file is not there', where, found: quote(name) });
    }
    if (found.size !== size || found.sha256 !== digest) {
      throw new UserError({
        what: 'a listed file is another one',
        where: `${where}: ${name}`,
        found: `${found.size} bytes, sha256 ${found.sha256.slice(0, 12)}…`,
        expected: `${size} bytes, sha256 ${digest.slice(0, 12)}…`,
      });
    }
  }
}

function noPackage(where: string): UserError {
  return new UserError({ what: 'no package is listed', where, expected: 'a .deb, .udeb, .ddeb or .dsc file' });
}
