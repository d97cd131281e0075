/** Reads what an apt repository publishes: the Release file, its signature, its dates, and the indexes it lists. */
import { createHash } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { stripSignature } from '../../deb/control.ts';
import { IndexReader } from '../../deb/packages-index.ts';
import { parseRelease, type Release } from '../../deb/release.ts';
import type { AptSource } from '../../deb/source-line.ts';
import type { PublishedPackage } from '../../deb/version-check.ts';
import { quote, UserError } from '../../errors.ts';
import { type ClientOptions, fetchOptions, withAttempts } from '../client/attempts.ts';
import { decompress } from '../client/decompress.ts';
import { fetchFile, nameOf, TransientError } from '../client/transport.ts';
import { readKeyFiles, verifyDetached, verifyInRelease } from '../client/verify.ts';
import { type IndexRequest, type IndexVariant, unlistedIndexes, type WantedIndex, wantedIndexes } from './indexes.ts';

export interface ReadOptions extends IndexRequest, ClientOptions {
  /** What the packages' `channel` is set to. */
  readonly channel: string;
  /** Key files for a source without `signed-by`, absolute paths. */
  readonly keyFiles?: readonly string[];
  /** Whether a local folder that does not exist, or has no such suite yet, counts as empty. */
  readonly allowMissing?: boolean;
  /** Only packages of these names are returned. */
  readonly names?: ReadonlySet<string>;
}

export interface RepositoryContent {
  readonly uri: string;
  readonly suite: string;
  readonly channel: string;
  /** `false` where the folder was missing and that was allowed. */
  readonly exists: boolean;
  /** Of the Release file, seconds since the epoch. */
  readonly date: number | undefined;
  readonly packages: readonly PublishedPackage[];
}

const MAX_RELEASE_BYTES = 64 * 1024 * 1024;
const MAX_INDEX_BYTES = 4 * 1024 * 1024 * 1024;
/** Indexes that are fetched at once. */
const PARALLEL = 4;

/**
 * Reads the packages of one apt source.
 *
 * The Release file's signature is verified against the keys of `signed-by`, else `keyFiles`, unless the source is
 * trusted; every index is checked against it. 5xx, cut connections and indexes that do not match (a repository that is
 * being replaced) are tried again, from the Release file on; 404 and bad signatures are not.
 *
 * @throws UserError naming the repository's file and what is wrong.
 */
export async function readRepository(source: AptSource, options: ReadOptions): Promise<RepositoryContent> {
  const verified: Verified = new Map();
  return withAttempts(source.uri, options, () => readOnce(source, options, verified));
}

/** Index files by their SHA-256, so that another attempt fetches only what is missing. */
type Verified = Map<string, Buffer>;

async function readOnce(given: AptSource, options: ReadOptions, verified: Verified): Promise<RepositoryContent> {
  const { uri, suite } = given;
  const folder = given.isFlat ? suite.replace(/^\.?\/+|\/+$/g, '') : `dists/${suite}`;
  const source = await settle(given, folder);
  const empty = { uri, suite, channel: options.channel, date: undefined, packages: [] };
  if (source === undefined) {
    if (options.allowMissing) {
      options.logger?.info(`${uri} ${suite}: not there yet, so it counts as empty`);
      return { ...empty, exists: false };
    }
    throw new UserError({
      what: 'the folder of the repository does not exist',
      where: path.join(uri, folder),
      expected: 'a published repository',
      remedy: 'say allow-missing where nothing has been published yet',
    });
  }
  const file = (name: string) => (folder === '' ? name : `${folder}/${name}`);
  const release = await readRelease(source, file, options);
  const wanted =
    release === undefined
      ? unlistedIndexes(source, options)
      : wantedIndexes(source, release, options, nameOf(source.location, file('Release')));

  const lists: PublishedPackage[][] = [];
  const rest = [...wanted];
  // The first failure ends the other downloads.
  const others = new AbortController();
  const signal = options.signal === undefined ? others.signal : AbortSignal.any([options.signal, others.signal]);
  const context = { source, file, useByHash: usesByHash(source, release), options: { ...options, signal }, verified };
  const work = async () => {
    for (let index = rest.shift(); index !== undefined; index = rest.shift()) {
      options.logger?.progress(`Reading ${uri} ${suite} ${index.path}`);
      lists.push(await readIndexFile(index, context));
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(PARALLEL, rest.length) }, work));
  } finally {
    others.abort();
  }
  return { ...empty, exists: true, date: release?.date, packages: lists.flat() };
}

/**
 * A local source with its links resolved, so that a channel that is switched meanwhile is read as one snapshot.
 *
 * @returns `undefined` where the folder, or `folder` in it, does not exist.
 */
async function settle(source: AptSource, folder: string): Promise<AptSource | undefined> {
  if (source.location.kind !== 'folder') return source;
  const resolved = await realpath(source.location.folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (resolved === undefined) return undefined;
  const found = await stat(path.join(resolved, folder)).catch(() => undefined);
  return found?.isDirectory() ? { ...source, location: { kind: 'folder', folder: resolved } } : undefined;
}

/** The Release file, verified; `undefined` for a trusted flat repository that has none. */
async function readRelease(
  source: AptSource,
  file: (name: string) => string,
  options: ReadOptions,
): Promise<Release | undefined> {
  const { location } = source;
  const get = (name: string) => fetchFile(location, file(name), fetchOptions(options, MAX_RELEASE_BYTES));
  const where = (name: string) => nameOf(location, file(name));
  const signed = source.trusted ? undefined : await signatureOptions(source, options);

  const inRelease = await get('InRelease');
  if (inRelease !== undefined) {
    const text =
      signed === undefined
        ? stripSignature(inRelease.toString('utf8'), where('InRelease'))
        : await verifyInRelease(inRelease, { ...signed, where: where('InRelease') });
    return checkDates(parseRelease(text, where('InRelease')), source, where('InRelease'));
  }
  const release = await get('Release');
  if (release === undefined) {
    if (source.trusted && source.isFlat) return undefined;
    throw new UserError({
      what: 'no Release file there',
      where: where('InRelease'),
      found: location.kind === 'http' ? 'HTTP 404 for InRelease and Release' : 'neither InRelease nor Release',
      expected: 'the URI and the suite of an apt repository',
    });
  }
  let text = release.toString('utf8');
  if (signed !== undefined) {
    text = await verifyDetached(release, await get('Release.gpg'), { ...signed, where: where('Release') });
  }
  return checkDates(parseRelease(text, where('Release')), source, where('Release'));
}

async function signatureOptions(source: AptSource, options: ReadOptions) {
  const files = source.keyFiles.length > 0 ? source.keyFiles : (options.keyFiles ?? []);
  if (files.length === 0) {
    throw new UserError({
      what: 'no key is named for the repository',
      where: source.uri,
      expected: '[signed-by=KEY-FILE] in its line, or a key file for all repositories',
      remedy: 'or write [trusted=yes] for one that nobody else can write to',
    });
  }
  return {
    keys: await readKeyFiles(files),
    fingerprints: source.fingerprints,
    maxFuture: source.dateMaxFuture,
  };
}

/** apt's checks: a Release file from the future, or one that has run out (an old one that somebody holds us at). */
function checkDates(release: Release, source: AptSource, where: string): Release {
  const now = Date.now() / 1000;
  const shown = (seconds: number) => new Date(seconds * 1000).toISOString();
  if (release.date === undefined) {
    if (!source.checkDate || source.trusted) return release;
    throw new UserError({ what: 'a Release file without a date', where, expected: 'the field Date' });
  }
  if (source.checkDate && release.date > now + source.dateMaxFuture) {
    throw new UserError({
      what: 'the Release file is not valid yet',
      where: `${where} Date`,
      found: shown(release.date),
      expected: `at most ${shown(now)}`,
      remedy: "set this machine's clock, or write [check-date=no]",
    });
  }
  const { validUntilMax, validUntilMin } = source;
  let until = release.validUntil ?? Number.POSITIVE_INFINITY;
  if (validUntilMax !== undefined) until = Math.min(until, release.date + validUntilMax);
  if (validUntilMin !== undefined) until = Math.max(until, release.date + validUntilMin);
  if (source.checkDate && source.checkValidUntil && until < now) {
    throw new UserError({
      what: 'the Release file has expired',
      where: `${where} Valid-Until`,
      found: shown(until),
      expected: `later than ${shown(now)}`,
      remedy: 'publish the repository again, or write [check-valid-until=no]',
    });
  }
  return release;
}

interface IndexContext {
  readonly source: AptSource;
  /** Path of a file beside the Release file. */
  readonly file: (name: string) => string;
  readonly useByHash: boolean;
  readonly options: ReadOptions;
  readonly verified: Verified;
}

function usesByHash(source: AptSource, release: Release | undefined): boolean {
  return source.byHash === undefined ? (release?.acquireByHash ?? false) : source.byHash !== 'no';
}

async function readIndexFile(index: WantedIndex, context: IndexContext): Promise<PublishedPackage[]> {
  const { source, file, options } = context;
  for (const variant of index.variants) {
    const data = await fetchVariant(variant, context);
    if (data === undefined) continue;
    const where = nameOf(source.location, file(variant.path));
    const packages: PublishedPackage[] = [];
    const reader = new IndexReader(
      {
        kind: index.kind,
        channel: options.channel,
        file: where,
        ...(options.names === undefined ? {} : { names: options.names }),
      },
      (published) => packages.push(published),
    );
    await decompress(data, variant.compression, {
      file: where,
      maxBytes: index.plainSize ?? MAX_INDEX_BYTES,
      onPiece: (piece) => reader.push(piece),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    reader.end();
    return packages;
  }
  if (index.isOptional) return [];
  throw new UserError({
    what: 'an index of the repository is not there',
    where: nameOf(source.location, file(index.path)),
    found: `none of ${quote(index.variants.map((variant) => path.posix.basename(variant.path)))}`,
  });
}

/** The bytes of one variant, checked; `undefined` where it does not exist. */
async function fetchVariant(variant: IndexVariant, context: IndexContext): Promise<Buffer | undefined> {
  const { file, options, verified } = context;
  const { location } = context.source;
  const { listed } = variant;
  const known = listed === undefined ? undefined : verified.get(listed.sha256);
  if (known !== undefined) return known;
  const folder = path.posix.dirname(variant.path);
  const names =
    listed !== undefined && context.useByHash
      ? [path.posix.join(folder, 'by-hash/SHA256', listed.sha256), variant.path]
      : [variant.path];
  for (const name of names) {
    const data = await fetchFile(location, file(name), fetchOptions(options, listed?.size ?? MAX_INDEX_BYTES));
    if (data === undefined) continue;
    if (listed === undefined) return data;
    const sha256 = createHash('sha256').update(data).digest('hex');
    if (data.length !== listed.size || sha256 !== listed.sha256) {
      const shown = (size: number, digest: string) => `${size} bytes, sha256 ${digest.slice(0, 12)}…`;
      throw new TransientError(
        `${nameOf(location, file(name))}: not the file that Release lists (found ${shown(data.length, sha256)}, expected ${shown(listed.size, listed.sha256)})`,
      );
    }
    verified.set(sha256, data);
    return data;
  }
  return undefined;
}
