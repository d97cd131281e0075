/**
 * Orig tarballs that exist already: published ones (a repository, a folder, a .dsc) and pristine ones that lie beside
 * debian/. A pool holds one file of a name, so a published tarball is used as it is and never made anew.
 */
import { constants, type Stats, statSync } from 'node:fs';
import { copyFile, lstat, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { poolFolder } from '../deb/file-name.ts';
import { type AptSource, hideCredentials, type Location, parseSourceLine } from '../deb/source-line.ts';
import { parseDsc } from '../deb/source-package.ts';
import { isVersion, parseVersion } from '../deb/version.ts';
import { download, NotFoundError } from '../download/download.ts';
import { messageOf, oneLine, quote, UserError } from '../errors.ts';
import type { Logger } from '../host/host.ts';
import { digestFile } from '../manifest.ts';
import { fetchFile, nameOf, TransientError } from '../repository/client/transport.ts';
import { readRepository } from '../repository/deb-index/read.ts';
import { loadFiles } from './folder.ts';
import type { SourceFile } from './tree.ts';

export interface OrigRequest {
  readonly name: string;
  readonly upstream: string;
  /** Format 1.0 takes gzip only. */
  readonly gzipOnly: boolean;
  /** Folder that the files are put into. */
  readonly into: string;
  /** Absolute folder that relative places start from. */
  readonly base: string;
  /** Folder that downloads are kept in. */
  readonly downloads: string;
  readonly log: Logger;
  readonly signal?: AbortSignal;
}

/** An orig tarball with its components and signatures, put into the folder of the request. */
export interface FoundOrig {
  /** Names of the files, the main tarball first. */
  readonly files: readonly string[];
  /** Where it was, for people. */
  readonly origin: string;
  readonly published: boolean;
}

const ATTEMPTS = 3;
const STALL_SECONDS = 60;

interface Wanted {
  readonly main: string;
  readonly component: string | undefined;
  readonly signature: boolean;
}

/** Takes `hello_2.10.orig-docs.tar.xz.asc` apart; `undefined` where it is none of this version. */
function readName(file: string, request: Pick<OrigRequest, 'name' | 'upstream' | 'gzipOnly'>): Wanted | undefined {
  const start = `${request.name}_${request.upstream}.orig`;
  if (!file.startsWith(start)) return undefined;
  const match = /^(?:-([A-Za-z0-9-]+))?\.tar\.(gz|xz|bz2|lzma)(\.asc)?$/.exec(file.slice(start.length));
  if (match === null || (request.gzipOnly && (match[2] !== 'gz' || match[1] !== undefined))) return undefined;
  return { main: file.replace(/\.asc$/, ''), component: match[1], signature: match[3] !== undefined };
}

/**
 * Chooses the files of one orig out of `names`: the main tarball, components, and signatures of these.
 *
 * @returns empty where there is no main tarball.
 * @throws UserError where there are two of one kind.
 */
function choose(names: readonly string[], request: OrigRequest, where: string): string[] {
  const tarballs = new Map<string, string>();
  for (const name of [...names].sort()) {
    const read = readName(name, request);
    if (read === undefined || read.signature) continue;
    const other = tarballs.get(read.component ?? '');
    if (other !== undefined) {
      throw new UserError({
        what: 'two orig tarballs of one upstream version',
        where,
        found: `${other} and ${name}`,
        expected: 'one',
      });
    }
    tarballs.set(read.component ?? '', name);
  }
  const main = tarballs.get('');
  if (main === undefined) return [];
  const all = [main, ...[...tarballs.values()].filter((name) => name !== main)];
  return [...all, ...all.map((name) => `${name}.asc`).filter((name) => names.includes(name))];
}

/**
 * Looks for a published orig in `places`, in their order: lines of sources.list(5), .dsc files, and folders, the last
 * two as paths or URLs.
 *
 * @throws UserError where a place cannot be read, or what it holds is not what its index says.
 */
export async function findPublished(places: readonly string[], request: OrigRequest): Promise<FoundOrig | undefined> {
  for (const place of places) {
    const found = /^deb(?:-src)?\s/.test(place)
      ? await fromRepository(place, request)
      : place.endsWith('.dsc')
        ? await fromDsc(place, request)
        : await fromFolder(place, request);
    if (found !== undefined) return found;
    request.log.info(`No orig tarball of ${request.name} ${request.upstream} in ${hideCredentials(place)}`);
  }
  return undefined;
}

async function fromRepository(line: string, request: OrigRequest): Promise<FoundOrig | undefined> {
  const source = parseSourceLine(line, 'input orig', (file) => path.resolve(request.base, file));
  const { packages } = await readRepository(source, {
    channel: source.suite,
    architectures: new Set(),
    binaries: false,
    udebs: false,
    sources: true,
    names: new Set([request.name]),
    allowMissing: true,
    logger: request.log,
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  });
  for (const { version, files = [] } of packages) {
    if (!isVersion(version) || parseVersion(version).upstream !== request.upstream) continue;
    const where = `${source.uri} ${source.suite}`;
    const names = choose(
      files.map((file) => file.name),
      request,
      where,
    );
    if (names.length === 0) continue;
    const digests = new Map(files.map((file) => [file.name, file.sha256]));
    for (const name of names) await fetchFromPool(source, name, digests.get(name) ?? '', request);
    return { files: names, origin: `${where}, published with ${version}`, published: true };
  }
  return undefined;
}

/** Pools are laid out as Debian's: pool/COMPONENT/PREFIX/SOURCE; a flat repository has its files beside the index. */
async function fetchFromPool(source: AptSource, name: string, sha256: string, request: OrigRequest): Promise<void> {
  const folders = source.isFlat
    ? [source.suite.replace(/^\.?\/+|\/+$/g, ''), '']
    : source.components.map((component) => poolFolder(component, request.name));
  for (const folder of folders) {
    const file = folder === '' ? name : `${folder}/${name}`;
    if (await fetchTo(source.location, file, name, request, sha256)) return;
  }
  throw new UserError({
    what: 'the repository lists a file that is not where pools have it',
    where: `${source.uri} ${source.suite}`,
    found: quote(name),
    expected: `it in ${folders.join(' or ')}`,
    remedy: 'give the URL of its .dsc as the input orig',
  });
}

async function fromDsc(place: string, request: OrigRequest): Promise<FoundOrig | undefined> {
  const { location, name } = locate(place, 'file', request.base);
  const text = await fetchWithRetries(location, name, 1024 * 1024, request);
  const shown = hideCredentials(place);
  if (text === undefined) throw new UserError({ what: 'the .dsc does not exist', where: `input orig, ${shown}` });
  const dsc = parseDsc(text.toString('utf8'), shown);
  if (dsc.source !== request.name || parseVersion(dsc.version).upstream !== request.upstream) return undefined;
  const digests = new Map(dsc.files.map((file) => [file.name, file.digest]));
  const names = choose([...digests.keys()], request, shown);
  for (const each of names) {
    if (await fetchTo(location, each, each, request, digests.get(each))) continue;
    throw new UserError({ what: 'a file of the .dsc is not beside it', where: shown, found: quote(each) });
  }
  return names.length === 0 ? undefined : { files: names, origin: shown, published: true };
}

async function fromFolder(place: string, request: OrigRequest): Promise<FoundOrig | undefined> {
  const shown = hideCredentials(place);
  const { location } = locate(place, 'folder', request.base);
  if (location.kind === 'http') {
    const names: string[] = [];
    for (const suffix of request.gzipOnly ? ['gz'] : ['xz', 'gz', 'bz2']) {
      const name = `${request.name}_${request.upstream}.orig.tar.${suffix}`;
      if (!(await fetchTo(location, name, name, request))) continue;
      names.push(name);
      if (await fetchTo(location, `${name}.asc`, `${name}.asc`, request)) names.push(`${name}.asc`);
      request.log.info(`${name} comes without a digest to check it against: give the .dsc or a repository for one`);
      return { files: names, origin: shown, published: true };
    }
    return undefined;
  }
  for (const folder of await poolFolders(location.folder, request.name)) {
    const found = await fromLocalFolder(folder, request, true);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The folder itself, and where it is a repository its pool's folders of the package. */
async function poolFolders(folder: string, name: string): Promise<string[]> {
  if (!(await lstat(folder).catch(() => undefined))) {
    throw new UserError({ what: 'the folder does not exist', where: 'input orig', found: quote(folder) });
  }
  const pool = path.join(folder, 'pool');
  const components = await readdir(pool).catch(() => [] as string[]);
  return [folder, ...components.sort().map((component) => path.join(folder, poolFolder(component, name)))];
}

async function fromLocalFolder(
  folder: string,
  request: OrigRequest,
  published: boolean,
): Promise<FoundOrig | undefined> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  // A link could lead to any file of this machine.
  const names = choose(
    entries.filter((entry) => entry.isFile()).map((entry) => entry.name),
    request,
    folder,
  );
  for (const name of names) {
    await copyFile(path.join(folder, name), path.join(request.into, name), constants.COPYFILE_EXCL);
  }
  return names.length === 0 ? undefined : { files: names, origin: folder, published };
}

/**
 * Looks for a pristine orig beside debian/: committed, or else as a file in the checkout.
 *
 * @param location folder that debian/ lies in, byte string, of the repository whose committed files are `files`.
 * @param folder the same folder on disk, where there is a work tree.
 */
export async function findPristine(
  files: readonly SourceFile[],
  location: string,
  folder: string | undefined,
  request: OrigRequest,
): Promise<FoundOrig | undefined> {
  const start = location === '' ? '' : `${location}/`;
  const beside = files.filter(
    (file) => file.path.startsWith(start) && !file.path.slice(start.length).includes('/') && file.mode !== '120000',
  );
  const byName = new Map(beside.map((file) => [file.path.slice(start.length), file]));
  const names = choose([...byName.keys()], request, 'spec project');
  for (const name of names) {
    const file = byName.get(name);
    const [loaded] = file === undefined ? [] : await loadFiles([file]);
    if (loaded !== undefined) await writeFile(path.join(request.into, name), loaded.content, { flag: 'wx' });
  }
  if (names.length > 0) return { files: names, origin: 'the spec project', published: false };
  return folder === undefined ? undefined : await fromLocalFolder(folder, request, false);
}

function locate(
  place: string,
  kind: 'file' | 'folder',
  base: string,
): { readonly location: Location; readonly name: string } {
  const cut = kind === 'file' ? place.lastIndexOf('/') : -1;
  const folder = kind === 'file' ? (cut === -1 ? '.' : place.slice(0, Math.max(1, cut))) : place;
  const name = kind === 'file' ? place.slice(cut + 1) : '';
  if (!/^https?:\/\//i.test(place)) {
    const local = path.resolve(base, folder.replace(/^file:(?:\/\/(?=\/))?/, ''));
    return { location: { kind: 'folder', folder: local }, name };
  }
  const { location } = parseSourceLine(`deb ${folder} ./`, 'input orig', (file) => file);
  return { location, name };
}

/**
 * Puts a file into the folder of the request, where it is not in memory at any time.
 *
 * @returns whether the file is there.
 */
async function fetchTo(
  location: Location,
  file: string,
  name: string,
  request: OrigRequest,
  sha256?: string,
): Promise<boolean> {
  const target = path.join(request.into, name);
  const source =
    location.kind === 'http'
      ? await downloaded(location, file, name, request, sha256)
      : localFile(location.folder, file);
  if (source === undefined) return false;
  await copyFile(source, target, constants.COPYFILE_EXCL).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(source, error);
  });
  if (sha256 === undefined) return true;
  const found = (await digestFile(target)).sha256;
  if (found === sha256) return true;
  throw new UserError({
    what: 'the file is not the one that the index lists',
    where: nameOf(location, file),
    found: `sha256 ${found.slice(0, 12)}…`,
    expected: `sha256 ${sha256.slice(0, 12)}…`,
  });
}

/** The kept copy of a file, by its digest: no network the second time. Without a digest nothing outlives the request. */
async function downloaded(
  location: Extract<Location, { kind: 'http' }>,
  file: string,
  name: string,
  { downloads, into, log, signal }: OrigRequest,
  sha256: string | undefined,
): Promise<string | undefined> {
  try {
    return await download(
      {
        url: nameOf(location, file),
        name,
        ...(sha256 === undefined ? {} : { sha256 }),
        ...(location.authorization === undefined ? {} : { authorization: location.authorization }),
      },
      {
        folder: sha256 === undefined ? path.join(into, 'fetched') : downloads,
        logger: log,
        ...(signal === undefined ? {} : { signal }),
      },
    );
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

function localFile(folder: string, file: string): string | undefined {
  const place = path.join(folder, file);
  let found: Stats | undefined;
  try {
    found = statSync(place, { throwIfNoEntry: false });
  } catch (error) {
    throw unreadable(place, error as NodeJS.ErrnoException);
  }
  if (found === undefined || found.isFile()) return found && place;
  throw new UserError({ what: 'not a file', where: quote(place), expected: 'a file of the repository' });
}

function unreadable(file: string, { code = 'an error' }: NodeJS.ErrnoException): UserError {
  return new UserError({ what: 'a file of the repository cannot be read', where: quote(file), found: code });
}

/** A .dsc, which is small. */
async function fetchWithRetries(
  location: Location,
  file: string,
  maxBytes: number,
  request: OrigRequest,
): Promise<Buffer | undefined> {
  const { signal, log } = request;
  for (let attempt = 1; ; attempt++) {
    try {
      const options = { stallSeconds: STALL_SECONDS, maxBytes, ...(signal === undefined ? {} : { signal }) };
      return await fetchFile(location, file, options);
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      if (attempt >= ATTEMPTS) {
        throw new UserError(
          { what: 'a file cannot be fetched', where: nameOf(location, file), found: oneLine(messageOf(error)) },
          { cause: error },
        );
      }
      log.info(`${oneLine(messageOf(error))}; attempt ${attempt + 1} of ${ATTEMPTS}`);
      await sleep(1000 * (error.waitSeconds ?? attempt), undefined, signal === undefined ? {} : { signal });
    }
  }
}
