/** Reads what an rpm repository publishes: repomd.xml, its signature, and the primary index it lists. */
import { createHash } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../errors.ts';
import type { Location } from '../../location.ts';
import { inParallel } from '../../parallel.ts';
import { baseArchitecture } from '../../rpm/architecture.ts';
import { isDebugName } from '../../rpm/package.ts';
import { type CandidateRpm, deciding, type PublishedRpm } from '../../rpm/version-check.ts';
import { type ClientOptions, fetchOptions, withAttempts } from '../client/attempts.ts';
import { decompress } from '../client/decompress.ts';
import { fetchFile, nameOf, TransientError } from '../client/transport.ts';
import { readKeyFiles, verifyDetached, type Wording } from '../client/verify.ts';
import { publishedHeaderDigest } from './header.ts';
import { type ListedRpm, PrimaryReader } from './primary.ts';
import { resolveReference } from './reference.ts';
import { type IndexRecord, parseRepomd, type Repomd } from './repomd.ts';
import type { RpmSource } from './source.ts';

export interface RpmReadOptions extends ClientOptions {
  /** What the packages' `channel` is set to. */
  readonly channel: string;
  /** Only packages of their names are returned. */
  readonly candidates: readonly CandidateRpm[];
  /** Key files for a source without keys of its own, absolute paths. */
  readonly keyFiles?: readonly string[];
  /** Whether a local folder that does not exist, or has no repository yet, counts as empty. */
  readonly allowMissing?: boolean;
}

export interface RpmRepositoryContent {
  readonly uri: string;
  readonly channel: string;
  /** `false` where the folder was missing and that was allowed. */
  readonly exists: boolean;
  /** Of the newest index, seconds since the epoch. */
  readonly date: number | undefined;
  /** With the header digests of those that have the version of a candidate. */
  readonly packages: readonly PublishedRpm[];
}

/** Folders of a root of several repositories, beside those of the architectures (docs/repository-layout.md). */
const DEBUG_FOLDER = 'debug';
const SOURCE_FOLDERS = ['source', 'SRPMS', 'src'] as const;
/** Base architectures that are looked for where every one counts: for packages without one. */
const BASE_ARCHITECTURES = ['x86_64', 'aarch64', 'ppc64le', 's390x', 'riscv64', 'i386', 'armhfp', 'noarch'] as const;

const REPOMD = 'repodata/repomd.xml';
const MAX_REPOMD_BYTES = 16 * 1024 * 1024;
/** Of the compressed index, which is kept in memory. */
const MAX_PRIMARY_BYTES = 1024 * 1024 * 1024;
const MAX_OPEN_BYTES = 8 * 1024 * 1024 * 1024;
/** Packages, and repositories, that are read at once. */
const PARALLEL = 4;
/** Seconds that the clock of the signer may be ahead; as apt has it. */
const MAX_FUTURE = 10;

const WORDING: Wording = {
  subject: 'repomd.xml',
  signature: 'a repomd.xml.asc beside it',
  remedy: 'sign the repository, or write trusted=yes for one that nobody else can write to',
  keys: "the repository's key= or repository-keys",
};

/**
 * Reads the packages of one source: of the repository there, else of the repositories below it that the candidates
 * need: one by base architecture (dnf's $basearch), `debug` below it, and `source`.
 *
 * repomd.xml is verified by repomd.xml.asc with the source's keys, else `keyFiles`; only trusted sources and folders of
 * this machine may do without any. The primary index is checked against repomd.xml, and the header digests of packages
 * with the version of a candidate are computed from the packages' own first bytes.
 *
 * 5xx, cut connections, and whatever does not match while repomd.xml is being replaced are tried again, from repomd.xml
 * on; 404 and bad signatures are not.
 *
 * @throws UserError naming the repository's file and what is wrong.
 */
export async function readRpmRepositories(source: RpmSource, options: RpmReadOptions): Promise<RpmRepositoryContent[]> {
  const settled = await settle(source.location);
  const found: RpmRepositoryContent[] = [];
  if (settled !== undefined) {
    for (const below of stages(source, options.candidates)) {
      const places = below.map((folder) => placeOf(source, settled, folder));
      const contents = await inParallel(places, PARALLEL, (place) =>
        withAttempts(place.uri, options, () => readOnce(place, source, options)),
      );
      found.push(...contents.filter((content) => content !== undefined));
      if (found.length > 0) return found;
    }
    if (await isRoot(source, settled, options)) {
      options.logger?.info(`${source.uri}: has no repository of these architectures yet`);
      return [{ uri: source.uri, channel: options.channel, exists: true, date: undefined, packages: [] }];
    }
  }
  if (options.allowMissing && source.location.kind === 'folder') {
    options.logger?.info(`${source.uri}: not there yet, so it counts as empty`);
    return [{ uri: source.uri, channel: options.channel, exists: false, date: undefined, packages: [] }];
  }
  const isFolder = source.location.kind === 'folder';
  throw new UserError({
    what: settled === undefined ? 'the folder of the repository does not exist' : 'no rpm repository there',
    where: source.uri,
    ...(settled === undefined ? {} : { found: `no repodata/repomd.xml${isFolder ? '' : ' (HTTP 404)'}` }),
    expected: 'a folder with repodata/repomd.xml, or one that holds such folders: x86_64, source',
    ...(isFolder ? { remedy: 'say allow-missing where nothing has been published yet' } : {}),
  });
}

interface RepositoryPlace {
  readonly location: Location;
  readonly uri: string;
}

/** Folders to look into, '' for the place itself: those of the first stage where one is there. */
function stages({ location }: RpmSource, candidates: readonly CandidateRpm[]): readonly (readonly string[])[] {
  const binaries = candidates.filter(({ kind }) => kind === 'binary');
  const architectures = binaries.map(({ architecture }) => architecture);
  const isAny = architectures.includes('noarch');
  const needed = new Set<string>(isAny ? BASE_ARCHITECTURES : architectures.map(baseArchitecture));
  // A package may have been noarch, in a repository of such packages.
  if (needed.size > 0) needed.add('noarch');
  // Debug information has a repository of its own, below that of its architecture.
  const hasDebug = binaries.some(({ name }) => isDebugName(name));
  const withDebug = (folder: string) => [folder, ...(hasDebug ? [path.posix.join(folder, DEBUG_FOLDER)] : [])];
  if (usesVariable(location)) return [[...needed]];
  const hasSource = candidates.some(({ kind }) => kind === 'source');
  return [withDebug(''), [...[...needed].flatMap(withDebug), ...(hasSource ? SOURCE_FOLDERS : [])]];
}

/** Whether there is a repository of any other architecture, or of sources. */
async function isRoot(source: RpmSource, settled: Location, options: RpmReadOptions): Promise<boolean> {
  const folders = [...BASE_ARCHITECTURES, ...(usesVariable(settled) ? [] : SOURCE_FOLDERS)];
  const found = await inParallel(folders, PARALLEL, (folder) => {
    const { location, uri } = placeOf(source, settled, folder);
    return withAttempts(uri, options, () => fetchFile(location, REPOMD, fetchOptions(options, MAX_REPOMD_BYTES)));
  });
  return found.some((data) => data !== undefined);
}

/** dnf's variable in an address. */
const VARIABLE = '$basearch';

function usesVariable(location: Location): boolean {
  return (location.kind === 'http' ? location.url : location.folder).includes(VARIABLE);
}

function placeOf(source: RpmSource, location: Location, folder: string): RepositoryPlace {
  const isVariable = usesVariable(location);
  const inside = (text: string) =>
    isVariable ? text.replaceAll(VARIABLE, folder) : folder === '' ? text : `${text.replace(/\/$/, '')}/${folder}`;
  return {
    uri: inside(source.uri),
    location:
      location.kind === 'http'
        ? { ...location, url: inside(location.url) }
        : { kind: 'folder', folder: inside(location.folder) },
  };
}

/** A local folder with its links resolved, so that a channel that is switched meanwhile is read as one snapshot. */
async function settle(location: Location): Promise<Location | undefined> {
  if (location.kind !== 'folder' || usesVariable(location)) return location;
  const resolved = await realpath(location.folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (resolved === undefined || !(await stat(resolved)).isDirectory()) return undefined;
  return { kind: 'folder', folder: resolved };
}

/** @returns `undefined` where there is no repository. */
async function readOnce(
  { location, uri }: RepositoryPlace,
  source: RpmSource,
  options: RpmReadOptions,
): Promise<RpmRepositoryContent | undefined> {
  const get = (name: string) => fetchFile(location, name, fetchOptions(options, MAX_REPOMD_BYTES));
  const data = await get(REPOMD);
  if (data === undefined) return undefined;
  try {
    const repomd = await verify(data, () => get(`${REPOMD}.asc`), nameOf(location, REPOMD), { source, options });
    const listed = await readPrimary(location, repomd, options);
    const packages = await withDigests(location, listed, options);
    return { uri, channel: options.channel, exists: true, date: repomd.date, packages };
  } catch (error) {
    // A file that is missing or does not match may be of a repository that was just replaced.
    if (!(error instanceof UserError) || (await get(REPOMD).catch(() => data))?.equals(data)) throw error;
    throw new TransientError(`${nameOf(location, REPOMD)} was replaced while it was read: ${error.message}`, {
      cause: error,
    });
  }
}

async function verify(
  data: Buffer,
  signature: () => Promise<Buffer | undefined>,
  where: string,
  { source, options }: { source: RpmSource; options: RpmReadOptions },
): Promise<Repomd> {
  if (!source.trusted) {
    const files = source.keyFiles.length > 0 ? source.keyFiles : (options.keyFiles ?? []);
    if (files.length > 0) {
      const keys = await readKeyFiles(files);
      await verifyDetached(data, await signature(), {
        where,
        keys,
        fingerprints: [],
        maxFuture: MAX_FUTURE,
        wording: WORDING,
      });
    } else if (source.location.kind === 'http') {
      throw new UserError({
        what: 'no key is named for the repository',
        where: source.uri,
        expected: 'key=FILE in its line, or a key file for all repositories',
        remedy: 'or write trusted=yes for one that nobody else can write to',
      });
    }
  }
  return parseRepomd(data, where);
}

async function readPrimary(location: Location, { primary }: Repomd, options: RpmReadOptions): Promise<ListedRpm[]> {
  const place = resolveReference(location, primary.location, nameOf(location, REPOMD));
  const file = nameOf(place.location, place.file);
  const data = await fetchFile(place.location, place.file, fetchOptions(options, primary.size ?? MAX_PRIMARY_BYTES));
  if (data === undefined) {
    throw new UserError({ what: 'an index of the repository is not there', where: file, expected: 'the listed file' });
  }
  checkIndex(data, primary, file);
  const packages: ListedRpm[] = [];
  const names = new Set(options.candidates.map(({ name }) => name));
  const reader = new PrimaryReader({ channel: options.channel, file, names }, (listed) => packages.push(listed));
  await decompress(data, primary.compression, {
    file,
    maxBytes: Math.min(primary.openSize ?? MAX_OPEN_BYTES, MAX_OPEN_BYTES),
    onPiece: (piece) => reader.push(piece),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  reader.end();
  return packages;
}

function checkIndex(data: Buffer, { checksum, size }: IndexRecord, file: string): void {
  const digest = createHash(checksum.algorithm).update(data).digest('hex');
  if (digest === checksum.digest && (size === undefined || size === data.length)) return;
  const short = (length: number | undefined, value: string) =>
    `${length === undefined ? '' : `${length} bytes, `}${checksum.algorithm} ${value.slice(0, 12)}…`;
  throw new TransientError(
    `${file}: not the file that repomd.xml lists (found ${short(data.length, digest)}, expected ${short(size, checksum.digest)})`,
  );
}

async function withDigests(
  location: Location,
  listed: readonly ListedRpm[],
  options: RpmReadOptions,
): Promise<PublishedRpm[]> {
  const wanted = deciding(options.candidates, listed);
  const digests = new Map<ListedRpm, string>();
  await inParallel(wanted, PARALLEL, async (each) => {
    digests.set(each, await publishedHeaderDigest(location, each, nameOf(location, 'repodata/primary.xml'), options));
  });
  return listed.map((each) => {
    const { location: _, headerRange: _range, size: _size, ...published } = each;
    const sha256 = digests.get(each);
    return { ...published, ...(sha256 === undefined ? {} : { sha256 }) };
  });
}
