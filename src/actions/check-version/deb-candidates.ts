/** Debian packages to check. */
import { lstat, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Checksum } from '../../deb/control.ts';
import { readDebFields } from '../../deb/deb-file.ts';
import { parseChanges, parseDsc } from '../../deb/source-package.ts';
import { sourceDigest } from '../../deb/version-check.ts';
import { quote, UserError } from '../../errors.ts';
import { digestFile, type Manifest } from '../../manifest.ts';
import { inParallel } from '../../parallel.ts';
import { type FoundCandidate, noPackage, PARALLEL, type ReadOptions } from './candidate.ts';

/** Size and SHA-256 by file name, of files in one folder that were read already. */
type Known = ReadonlyMap<string, { readonly size: number; readonly sha256: string }>;

const BINARY = /\.(?:deb|udeb|ddeb)$/;
/** Bytes. A .changes of a kernel has some 100 KB. */
const MAX_CONTROL_SIZE = 16 * 1024 * 1024;

/** Reads a single file; `undefined` where its name is of no Debian package. */
export async function readDebFile(file: string, options: ReadOptions): Promise<FoundCandidate[] | undefined> {
  if (BINARY.test(file)) return [await readBinary(file, (await digestFile(file)).sha256, options)];
  if (file.endsWith('.dsc')) return [await readSource(file, new Map())];
  if (file.endsWith('.changes')) return readUpload(file, options);
  return undefined;
}

/** Reads the packages of a folder whose files have been verified by its manifest. */
export async function readDebFolder(
  folder: string,
  manifest: Manifest,
  options: ReadOptions,
): Promise<FoundCandidate[]> {
  const known: Known = new Map(manifest.files.map((entry) => [entry.name, entry]));
  const read = await inParallel(manifest.files, PARALLEL, async ({ name, role, sha256 }) => {
    const where = path.join(folder, name);
    if (role === 'deb' || role === 'udeb' || role === 'ddeb') return readBinary(where, sha256, options);
    if (role === 'dsc') return readSource(where, known);
    if (role === 'changes') checkListed((await readControl(where, parseChanges)).files, known, where, 'all');
    return undefined;
  });
  return read.filter((candidate) => candidate !== undefined);
}

async function readUpload(file: string, options: ReadOptions): Promise<FoundCandidate[]> {
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
  if (candidates.length === 0) throw noPackage(file, 'a .deb, .udeb, .ddeb or .dsc file');
  return candidates;
}

async function readBinary(file: string, sha256: string, options: ReadOptions): Promise<FoundCandidate> {
  return { format: 'deb', kind: 'binary', ...(await readDebFields(file, options)), sha256, file };
}

async function readSource(file: string, known: Known): Promise<FoundCandidate> {
  const { source, version, files } = await readControl(file, parseDsc);
  // An orig tarball that is published already need not lie here again; what does lie here has to be the listed one.
  const beside = known.size > 0 ? known : await digestBeside(files, path.dirname(file));
  checkListed(files, beside, file, 'present');
  const contents = files.map(({ name, digest }) => ({ name, sha256: digest }));
  return {
    format: 'deb',
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
