/**
 * Downloads that are kept: orig tarballs and keys that lie elsewhere.
 *
 * The transfer is that of @actions/tool-cache, which goes through the proxies of the environment and tries again, with
 * pauses, what may pass: a server's fault, a cut connection, 408 and 429. What is kept, and under what name, is ours: by
 * digest where one is given, which needs no network at all the second time.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DIGEST_LENGTHS, type Digest, hashFile } from '../digest.ts';
import { messageOf, oneLine, quote, UserError } from '../errors.ts';
import type { Logger } from '../host/host.ts';
import { safeName } from '../host/text.ts';
import { hearToolkit } from '../host/toolkit.ts';
import { ownedName } from '../owner.ts';

export interface DownloadSource {
  /** `https:` or `http:` URL, `file:` URL, or a path (relative ones to the working folder). */
  readonly url: string;
  /** What it must be, in hexadecimal digits. */
  readonly sha256?: string;
  /** The same by another algorithm; instead of `sha256`. */
  readonly digest?: Digest;
  /** File name to keep it under. Default: the last part of the URL. */
  readonly name?: string;
  /** The header that the server wants, where user and password are not a part of the URL. Never shown. */
  readonly authorization?: string;
}

/** The server has no such file: 404 or 410. */
export class NotFoundError extends UserError {
  override readonly name: string = 'NotFoundError';
}

export interface DownloadContext {
  /** Folder of what is kept. */
  readonly folder: string;
  readonly logger: Logger;
  readonly signal?: AbortSignal;
  /** How long a download without digest is taken for fresh. Default: an hour. */
  readonly maxAgeSeconds?: number;
  /** How long a download may take, with all of its attempts. Default: an hour. */
  readonly maxSeconds?: number;
}

const DEFAULT_MAX_AGE_SECONDS = 3600;
const DEFAULT_MAX_SECONDS = 3600;
/** What nobody wanted for as long goes, when something new comes. */
const UNUSED_SECONDS = 90 * 24 * 3600;

/**
 * Path of a file with the content of `source`: a local file itself, else the copy that is kept.
 *
 * @throws NotFoundError where the server has no such file.
 * @throws UserError for an address of another kind, another answer of 4xx, a server that stays at fault, another digest,
 *   more than `maxSeconds`.
 * @throws CancelledError when `signal` is aborted.
 */
export async function download(source: DownloadSource, context: DownloadContext): Promise<string> {
  const digest = wantedDigest(source);
  const url = parseUrl(source.url);
  if (url === undefined || url.protocol === 'file:') {
    const file = url === undefined ? path.resolve(source.url) : localPath(url);
    await verify(file, digest, source.url);
    return file;
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new UserError({
      what: 'an address that cannot be downloaded from',
      found: quote(source.url),
      expected: 'https:, http:, file: or a path',
    });
  }
  return await kept(url, digest, source, context);
}

function wantedDigest({ sha256, digest }: DownloadSource): Digest | undefined {
  if (sha256 === undefined && digest === undefined) return undefined;
  const algorithm = digest?.algorithm ?? 'sha256';
  const hex = (digest?.hex ?? sha256 ?? '').toLowerCase();
  if (/^[0-9a-f]+$/.test(hex) && hex.length === DIGEST_LENGTHS[algorithm]) return { algorithm, hex };
  throw new UserError({
    what: `not a ${algorithm.replace(/^sha/, 'sha-').toUpperCase()} digest`,
    found: quote(digest?.hex ?? sha256),
    expected: `${DIGEST_LENGTHS[algorithm]} hexadecimal digits`,
  });
}

async function kept(
  url: URL,
  digest: Digest | undefined,
  { name, authorization }: DownloadSource,
  context: DownloadContext,
): Promise<string> {
  const shown = withoutSecrets(url);
  const key =
    digest?.hex ??
    createHash('sha256')
      .update(`${url.href}\n${authorization ?? ''}`)
      .digest('hex');
  const folder = path.join(context.folder, digest === undefined ? 'by-url' : `by-${digest.algorithm}`, key);
  const file = path.join(folder, safeName(name ?? decodeName(url)));
  if (await isUsable(file, digest, context.maxAgeSeconds ?? DEFAULT_MAX_AGE_SECONDS)) {
    // What is used last is removed last.
    if (digest !== undefined) await utimes(file, new Date(), new Date());
    context.logger.debug(`${shown}: kept in ${file}`);
    return file;
  }
  await mkdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new UserError({
      what: 'the folder for downloads cannot be made',
      where: quote(folder),
      found: error.code ?? 'an error',
      expected: 'a folder that this user may write',
    });
  });
  // All parts in one place, and each with its owner's name: what a killed run left is found without a search.
  const parts = path.join(context.folder, '.parts');
  await mkdir(parts, { recursive: true });
  const temporary = path.join(parts, `${ownedName('')}.part`);
  try {
    context.logger.progress(`Downloading ${shown}`);
    await hearToolkit(retellRetries(shown, context.logger), () =>
      transfer({ url, authorization }, temporary, shown, context),
    );
    await verify(temporary, digest, shown);
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
    context.logger.progress('');
  }
  // The same content under a former name.
  for (const other of await readdir(folder)) {
    if (other !== path.basename(file)) await rm(path.join(folder, other), { force: true });
  }
  await removeUnused(path.dirname(folder));
  context.logger.info(`Downloaded ${shown}`);
  return file;
}

/** How often the library tries. */
const ATTEMPTS = 3;

/** The library says in one line why an attempt failed, and in the next how long it waits, and of what in neither. */
function retellRetries(shown: string, logger: Logger): (text: string) => void {
  let attempt = 0;
  let reason = '';
  return (text) => {
    const [, seconds] = /^Waiting (\d+) seconds before trying again$/.exec(text) ?? [];
    if (seconds === undefined) {
      reason = text;
      return;
    }
    attempt += 1;
    const why = reason === '' ? '' : ` (${oneLine(reason)})`;
    logger.info(`Attempt ${attempt} of ${ATTEMPTS} to download ${shown} failed${why}; once more in ${seconds} s`);
  };
}

/** Removes what was kept for long without use; another job may do the same at the same time. */
async function removeUnused(folder: string): Promise<void> {
  for (const key of await readdir(folder).catch(() => [])) {
    const place = path.join(folder, key);
    const files = await readdir(place).catch(() => []);
    const times = await Promise.all(files.map(async (file) => (await stat(path.join(place, file))).mtimeMs)).catch(
      () => [Date.now()],
    );
    // An empty folder is one in which a download begins.
    const newest = Math.max(...(times.length === 0 ? [Date.now()] : times));
    if (Date.now() - newest > UNUSED_SECONDS * 1000) await rm(place, { recursive: true, force: true });
  }
}

/** A kept file may have been cut by a full disk or changed by hand: its digest is checked again. */
async function isUsable(file: string, digest: Digest | undefined, maxAgeSeconds: number): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined || !found.isFile()) return false;
  if (digest === undefined) return (Date.now() - found.mtimeMs) / 1000 < maxAgeSeconds;
  return (await hashFile(file, digest.algorithm)) === digest.hex;
}

interface Request {
  readonly url: URL;
  readonly authorization: string | undefined;
}

async function transfer(
  request: Request,
  target: string,
  shown: string,
  { signal, maxSeconds = DEFAULT_MAX_SECONDS }: DownloadContext,
): Promise<void> {
  signal?.throwIfAborted();
  // The library ends a connection that says nothing, not one that sends a byte now and then.
  const late = new AbortController();
  const tooLong = new UserError({
    what: 'the download takes too long',
    where: shown,
    expected: `the whole file in ${maxSeconds} s`,
  });
  const timer = setTimeout(() => late.abort(tooLong), maxSeconds * 1000);
  const stop = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]);
  const work = async () => {
    const { downloadTool } = await import('@actions/tool-cache');
    const { address, auth } = await followRedirects(request, shown);
    stop.throwIfAborted();
    return await downloadTool(address.href, target, auth);
  };
  const transferred = work();
  try {
    await Promise.race([transferred, aborted(stop)]);
  } catch (error) {
    if (stop.aborted) {
      // The library cannot be stopped; what it still writes goes away with the process or with its end.
      transferred.then(
        () => rm(target, { force: true }),
        () => {},
      );
      throw error;
    }
    if (error instanceof UserError) throw error;
    const { HTTPError } = await import('@actions/tool-cache');
    const status = error instanceof HTTPError ? error.httpStatusCode : undefined;
    const found = status === undefined ? messageOf(error) : `HTTP status ${status}`;
    const parts = { what: 'the download failed', where: shown, found };
    throw status === 404 || status === 410 ? new NotFoundError(parts) : new UserError(parts);
  } finally {
    clearTimeout(timer);
  }
}

const MAX_REDIRECTS = 10;

/**
 * Where `url` leads to in the end. The library follows redirects by itself, but stumbles over relative ones
 * (RFC 9110, section 10.2.2). Whatever else a server answers here is left to the download.
 *
 * @returns the address, and the header to send: user and password go to the host they were given for only.
 */
async function followRedirects(
  { url, authorization: header }: Request,
  shown: string,
): Promise<{ address: URL; auth: string | undefined }> {
  const { HttpClient } = await import('@actions/http-client');
  const client = new HttpClient('pkg-actions', [], { allowRedirects: false, allowRetries: false });
  let address = new URL(url);
  const { origin } = address;
  const given = header ?? authorization(address);
  address.username = '';
  address.password = '';
  for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
    const auth = address.origin === origin ? given : undefined;
    const response = await client
      .head(address.href, auth === undefined ? {} : { authorization: auth })
      .catch(() => undefined);
    response?.message.resume();
    const { statusCode = 0, headers } = response?.message ?? { headers: {} };
    const { location } = headers;
    if (![301, 302, 303, 307, 308].includes(statusCode) || location === undefined) return { address, auth };
    const next = URL.canParse(location, address.href) ? new URL(location, address) : undefined;
    if (next === undefined || (next.protocol !== 'https:' && next.protocol !== address.protocol)) {
      throw new UserError({ what: 'a redirect that is not followed', where: shown, found: quote(location) });
    }
    address = next;
  }
  throw new UserError({ what: 'too many redirects', where: shown, expected: `${MAX_REDIRECTS} at most` });
}

/** The header that a browser would make of `https://user:password@host/`. */
function authorization(url: URL): string | undefined {
  if (url.username === '' && url.password === '') return undefined;
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}

async function aborted(signal: AbortSignal): Promise<never> {
  return await new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

async function verify(file: string, digest: Digest | undefined, shown: string): Promise<void> {
  const algorithm = digest?.algorithm ?? 'sha256';
  // Without a digest too: a file that cannot be read is found here.
  const found = await hashFile(file, algorithm).catch((error: NodeJS.ErrnoException) => {
    throw new UserError({ what: 'the file cannot be read', where: shown, found: error.code ?? 'an error' });
  });
  if (digest !== undefined && found !== digest.hex) {
    throw new UserError({
      what: 'the content has another digest',
      where: shown,
      found: `${algorithm} ${found}`,
      expected: `${algorithm} ${digest.hex}`,
    });
  }
}

function parseUrl(text: string): URL | undefined {
  return /^[A-Za-z][A-Za-z0-9+.-]*:/.test(text) && URL.canParse(text) ? new URL(text) : undefined;
}

function localPath(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new UserError({
      what: 'not the address of a local file',
      found: quote(url.href),
      expected: messageOf(error),
    });
  }
}

/** For people: neither user and password nor the query, where tokens travel. */
function withoutSecrets(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

function decodeName(url: URL): string {
  const last = url.pathname.split('/').findLast((part) => part !== '') ?? url.hostname;
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
