/**
 * The sources and patches of a spec: those that lie beside it, those that lie elsewhere, and the one that is made from
 * the code project. What is fetched must be listed in a `sources` file, with its digest.
 */
import { constants } from 'node:fs';
import { chmod, copyFile, rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import { type Digest, hashFile, isStrong } from '../digest.ts';
import { download } from '../download/download.ts';
import { quote, UserError } from '../errors.ts';
import type { Logger } from '../host/host.ts';
import { formatSourcesLine, parseSourcesFile, type SourcesEntry } from '../rpm/sources-file.ts';
import type { SpecSource } from '../rpm/spec-parsed.ts';
import { BlobSource } from './blob-source.ts';
import { loadEach, writeFiles } from './folder.ts';
import { SOURCE_NAME, type SpecFile } from './rpm-layout.ts';
import { compressionOf } from './tarball.ts';
import type { SourceFile } from './tree.ts';

const NO_CODE =
  /^(?:\.[^/]+(?:\/.*)?|(?:README|LICENSE|COPYING|CONTRIBUTING|CODEOWNERS)[^/]*|sources|changelog|(?:tests?|plans?|ci)\/.*|[^/]+\.(?:spec|patch|diff|rpmlintrc|ya?ml|toml|asc|sig|sign))$/i;

/** The entries of the `sources` file beside the spec, by file name; empty without one. */
export async function readSourcesFile(file: SpecFile): Promise<ReadonlyMap<string, SourcesEntry>> {
  const listed = file.beside.get('sources');
  if (listed === undefined || listed.mode === '120000') return new Map();
  await using blobs = new BlobSource();
  return parseSourcesFile((await blobs.read(listed)).toString('utf8'), 'sources');
}

/** Puts the files that lie beside the spec into `folder`; links and names that no source can have are left out. */
export async function placeBeside(file: SpecFile, folder: string, mtime: number): Promise<void> {
  const files: SourceFile[] = [];
  for (const [name, each] of file.beside) {
    if (each.mode === '120000' || name.endsWith('.spec') || !SOURCE_NAME.test(name)) continue;
    files.push({ ...each, path: name });
  }
  await writeFiles(loadEach(files), folder, mtime);
}

export interface CodeSourceRequest {
  readonly sources: readonly SpecSource[];
  readonly file: SpecFile;
  readonly listed: ReadonlyMap<string, SourcesEntry>;
  /** Whether code and packaging have histories of their own. */
  readonly separate: boolean;
  /** Files of the code project's commit, paths relative to its folder. */
  readonly codeFiles: readonly SourceFile[];
}

/**
 * The source that the code project is packed as: Source0, or of a separate code project the first tarball. None where
 * the repository is packaging only (dist-git).
 *
 * @throws UserError where there should be one and is not.
 */
export function chooseCodeSource(request: CodeSourceRequest): SpecSource | undefined {
  const { sources, file, listed, separate, codeFiles } = request;
  const all = sources.filter(({ kind }) => kind === 'source');
  if (separate) {
    const found = all.find((source) => compressionOf(source.file) !== undefined);
    if (found !== undefined) return found;
    throw new UserError({
      what: 'the spec has no Source that the code project could be packed as',
      where: file.where,
      found: all.length === 0 ? 'no Source' : all.map((source) => quote(source.file)).join(', '),
      expected: 'a Source0 that is a tarball: .tar.gz, .tar.xz, .tar.bz2, .tar.zst or .tar',
    });
  }
  const [first] = all;
  if (first === undefined || file.beside.has(first.file) || listed.has(first.file)) return undefined;
  const named = new Set(sources.map((source) => source.file));
  const code = codeFiles.filter(({ path: each }) => !NO_CODE.test(each) && !named.has(each));
  if (code.length === 0) return undefined;
  if (compressionOf(first.file) !== undefined) return first;
  if (/^(?:https?|ftp):/i.test(first.location)) return undefined;
  throw new UserError({
    what: 'Source0 is of a kind that is not made here, and is not in the spec project',
    where: file.where,
    found: quote(first.file),
    expected: 'a name that ends in .tar.gz, .tar.xz, .tar.bz2, .tar.zst or .tar',
  });
}

export interface CollectRequest {
  readonly sources: readonly SpecSource[];
  /** The one that is made, and so is there. */
  readonly code: SpecSource | undefined;
  readonly file: SpecFile;
  readonly listed: ReadonlyMap<string, SourcesEntry>;
  /** Folder that all lie in at the end. */
  readonly folder: string;
  /** Folder that downloads are kept in. */
  readonly downloads: string;
  /** Seconds since the epoch, of fetched files: rpm writes them into the package. */
  readonly mtime: number;
  readonly log: Logger;
  readonly signal?: AbortSignal;
}

/**
 * Checks and fetches everything that the spec names, but for what is made from the code.
 *
 * @returns names of the files, each once.
 * @throws UserError naming all that are missing, all that are not listed with a digest, or the first that differs.
 */
export async function collectSources(request: CollectRequest): Promise<string[]> {
  const { sources, code, file, listed } = request;
  const wanted = new Map(sources.filter((source) => source.file !== code?.file).map((source) => [source.file, source]));
  const remote: { readonly source: SpecSource; readonly digest: Digest }[] = [];
  const local: { readonly source: SpecSource; readonly entry: SourcesEntry }[] = [];
  const missing: SpecSource[] = [];
  const unlisted: SpecSource[] = [];
  for (const source of wanted.values()) {
    const beside = file.beside.get(source.file);
    const entry = listed.get(source.file);
    if (beside?.mode === '120000') throw linkedSource(source, file);
    if (beside !== undefined) {
      if (entry !== undefined) local.push({ source, entry });
    } else if (!/^(?:https?|ftp):\/\//i.test(source.location)) missing.push(source);
    else if (entry === undefined) unlisted.push(source);
    else remote.push({ source, digest: entry.digest });
  }
  if (missing.length > 0) throw missingSources(missing, file, listed);
  if (unlisted.length > 0) throw unlistedSources(unlisted, file);
  warnOfWeak(
    [...local.map(({ entry }) => entry), ...remote.flatMap(({ source }) => listed.get(source.file) ?? [])],
    request,
  );
  for (const { source, entry } of local) await checkLocal(source, entry, request);
  for (const { source, digest } of remote) await fetchSource(source, digest, request);
  return [...wanted.keys()];
}

/** `Source1`, `Patch0`. */
function labelOf({ kind, number }: SpecSource): string {
  return `${kind === 'source' ? 'Source' : 'Patch'}${number}`;
}

function namesOf(sources: readonly SpecSource[]): string {
  return sources.map((source) => `${labelOf(source)} ${quote(source.file)}`).join(', ');
}

function linkedSource(source: SpecSource, file: SpecFile): UserError {
  return new UserError({
    what: `${labelOf(source)} is a symbolic link in the spec project, which is not followed`,
    where: file.where,
    found: quote(source.file),
    expected: 'the file itself',
  });
}

function missingSources(
  missing: readonly SpecSource[],
  file: SpecFile,
  listed: ReadonlyMap<string, SourcesEntry>,
): UserError {
  const isListed = missing.every((source) => listed.has(source.file));
  return new UserError({
    what: `${missing.length === 1 ? 'a file that the spec names is' : 'files that the spec names are'} not there`,
    where: file.where,
    found: namesOf(missing),
    expected: 'files beside the spec (or in SOURCES beside SPECS), or a URL as their location',
    remedy: isListed
      ? 'give the Source its URL: a lookaside cache is not asked'
      : 'commit them to the spec project, or give them a URL and a line in its file sources',
  });
}

function unlistedSources(unlisted: readonly SpecSource[], file: SpecFile): UserError {
  const lines = unlisted.map((source) => quote(formatSourcesLine(source.file, '<SHA-512 of the file>')));
  return new UserError({
    what: `nothing says what ${unlisted.length === 1 ? 'a remote file' : 'remote files'} of the spec must be, so nothing is fetched`,
    where: file.where,
    found: unlisted.map((source) => `${labelOf(source)} ${quote(source.location)}`).join(', '),
    expected: `in the file sources beside the spec: ${lines.join(', ')}`,
    remedy: 'get the file, verify it (signature, announcement), and add the line that sha512sum --tag gives',
  });
}

function warnOfWeak(entries: readonly SourcesEntry[], { log }: CollectRequest): void {
  const weak = entries.filter(({ digest }) => !isStrong(digest));
  if (weak.length === 0) return;
  log.warning(
    `sources lists ${weak.map(({ file }) => quote(file)).join(', ')} by ${[...new Set(weak.map(({ digest }) => digest.algorithm.toUpperCase()))].join(' and ')} only, which another file can be made for: list ${weak.length === 1 ? 'it' : 'them'} by SHA512 (sha512sum --tag)`,
  );
}

async function checkLocal(
  source: SpecSource,
  { digest, line }: SourcesEntry,
  { folder, file }: CollectRequest,
): Promise<void> {
  const found = await hashFile(path.join(folder, source.file), digest.algorithm);
  if (found === digest.hex) return;
  throw new UserError({
    what: `${labelOf(source)} ${quote(source.file)} has another digest than sources lists`,
    where: `${file.where}, sources:${line}`,
    found: `${digest.algorithm} ${found}`,
    expected: `${digest.algorithm} ${digest.hex}`,
  });
}

/** Fetched with retries, verified before it is kept and again when it is taken from there. */
async function fetchSource(source: SpecSource, digest: Digest, request: CollectRequest): Promise<void> {
  const { downloads, folder, mtime, log, signal } = request;
  const kept = await download(
    { url: source.location, name: source.file, digest },
    { folder: downloads, logger: log, ...(signal === undefined ? {} : { signal }) },
  );
  const target = path.join(folder, source.file);
  await rm(target, { force: true });
  await copyFile(kept, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  await chmod(target, 0o644);
  await utimes(target, mtime, mtime);
}
