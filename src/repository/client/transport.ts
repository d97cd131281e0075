/** Files of a repository, by http, https or from a folder. Retrying is the caller's: it starts at the first file. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, quote, UserError } from '../../errors.ts';
import type { Location } from '../../location.ts';
import { VERSION } from '../../version.ts';
import { fetchThrough } from './proxy.ts';

/** A failure that may be gone at the next attempt: the server's, the network's, or a repository just being replaced. */
export class TransientError extends Error {
  override readonly name = 'TransientError';
  /** Seconds that the server asks to wait (Retry-After). */
  readonly waitSeconds: number | undefined;

  constructor(message: string, options: ErrorOptions & { waitSeconds?: number } = {}) {
    super(message, options);
    this.waitSeconds = options.waitSeconds;
  }
}

export interface FetchOptions {
  /** Seconds without a single byte before the connection counts as dead. */
  readonly stallSeconds: number;
  /** Seconds after which a file must have come at an average of 4 KiB a second. 60 when absent. */
  readonly slowAfterSeconds?: number;
  /** Seconds that a file may take at most, whatever its speed. An hour when absent. */
  readonly maxSeconds?: number;
  /** More bytes than this are refused. */
  readonly maxBytes: number;
  /** Address of a proxy, `http://HOST:PORT`; that of the environment when absent, where Node takes it. */
  readonly proxy?: string;
  readonly signal?: AbortSignal;
}

/** Codes of errors that another attempt does not mend. */
const LASTING_CODES =
  /^(ENOTFOUND|ERR_TLS_CERT_ALTNAME_INVALID|CERT_.*|.*_CERT|.*_CERTIFICATE.*|.*_SIGNATURE.*|ERR_INVALID_URL)$/;

/** A server that sends a byte now and then would hold us for ever otherwise. */
const MIN_BYTES_PER_SECOND = 4096;
const SLOW_AFTER_SECONDS = 60;
const MAX_SECONDS = 3600;

/** `file` of the repository for people. */
export function nameOf(location: Location, file: string): string {
  return location.kind === 'http' ? `${location.url}/${file}` : path.join(location.folder, file);
}

/**
 * Reads `file` (a relative path) of the repository at `location`.
 *
 * @returns its bytes, or `undefined` where it does not exist (404, 410, ENOENT).
 * @throws TransientError for 408, 429, 5xx, a cut, silent or very slow connection.
 * @throws UserError for every other failure.
 */
export async function fetchFile(location: Location, file: string, options: FetchOptions): Promise<Buffer | undefined> {
  return location.kind === 'http' ? fetchHttp(location, file, options) : readLocal(location.folder, file, options);
}

/**
 * Reads the first `length` bytes of `file`, or all of it where it is shorter. A server that does not answer ranges sends
 * the file from its start: the rest is not read.
 *
 * @returns as `fetchFile`, and throws as it does; `maxBytes` does not count.
 */
export async function fetchStart(
  location: Location,
  file: string,
  length: number,
  options: FetchOptions,
): Promise<Buffer | undefined> {
  return location.kind === 'http'
    ? fetchHttp(location, file, options, length)
    : readLocal(location.folder, file, options, length);
}

async function readLocal(
  folder: string,
  file: string,
  options: FetchOptions,
  first?: number,
): Promise<Buffer | undefined> {
  const where = path.join(folder, file);
  try {
    // Not blocking: a fifo would hold us for ever.
    await using handle = await open(where, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await handle.stat();
    if (!stat.isFile()) throw new UserError({ what: 'not a file', where, expected: 'a file of the repository' });
    if (first !== undefined) return await readFirst(handle, Math.min(first, stat.size));
    if (stat.size > options.maxBytes) throw tooLarge(where, options.maxBytes);
    return await handle.readFile({ ...(options.signal ? { signal: options.signal } : {}) });
  } catch (error) {
    options.signal?.throwIfAborted();
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code === undefined) throw error;
    throw new UserError({ what: 'a file of the repository cannot be read', where, found: code }, { cause: error });
  }
}

async function readFirst(handle: FileHandle, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** @param first bytes from the start that are wanted; the whole file when absent. */
async function fetchHttp(
  location: Extract<Location, { kind: 'http' }>,
  file: string,
  options: FetchOptions,
  first?: number,
): Promise<Buffer | undefined> {
  const where = nameOf(location, file);
  const stalled = new AbortController();
  const stall = () => stalled.abort(new TransientError(`${where}: no data for ${options.stallSeconds} s`));
  let timer = setTimeout(stall, options.stallSeconds * 1000);
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(stall, options.stallSeconds * 1000);
  };
  const signals = options.signal === undefined ? [stalled.signal] : [stalled.signal, options.signal];
  try {
    const request = {
      signal: AbortSignal.any(signals),
      headers: {
        // Indexes are compressed files: a server must not add or take away a compression, their digests are signed.
        'accept-encoding': 'identity',
        'cache-control': 'max-age=0',
        'user-agent': `pkg-actions/${VERSION}`,
        ...(location.authorization === undefined ? {} : { authorization: location.authorization }),
        ...(first === undefined ? {} : { range: `bytes=0-${first - 1}` }),
      },
    };
    const response = await (options.proxy === undefined
      ? fetch(where, request)
      : fetchThrough(options.proxy, where, request));
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      if (response.status === 404 || response.status === 410) return undefined;
      throw statusError(where, response);
    }
    // A part that nobody asked for would be taken for the start.
    const range = response.headers.get('content-range');
    if (response.status === 206 && !(first !== undefined && range?.startsWith('bytes 0-'))) {
      await response.body.cancel();
      throw new UserError({
        what: 'the server answers with another part of a file',
        where,
        found: quote(range ?? 'no Content-Range'),
        expected: first === undefined ? 'the whole file' : `bytes 0-${first - 1}`,
      });
    }
    const pieces: Uint8Array[] = [];
    let size = 0;
    const begun = performance.now();
    for await (const piece of response.body) {
      alive();
      size += piece.length;
      pieces.push(piece);
      checkSpeed(size, (performance.now() - begun) / 1000, where, options);
      // Leaving the loop ends the download.
      if (first !== undefined && size >= first) return Buffer.concat(pieces).subarray(0, first);
      if (first === undefined && size > options.maxBytes) throw tooLarge(where, options.maxBytes);
    }
    return Buffer.concat(pieces);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof UserError || error instanceof TransientError) throw error;
    if (stalled.signal.aborted) throw stalled.signal.reason;
    throw networkError(where, error);
  } finally {
    clearTimeout(timer);
  }
}

function checkSpeed(size: number, seconds: number, where: string, options: FetchOptions): void {
  const { slowAfterSeconds = SLOW_AFTER_SECONDS, maxSeconds = MAX_SECONDS } = options;
  if (seconds > maxSeconds) {
    throw new UserError({
      what: 'a file of the repository takes too long',
      where,
      found: `${size} bytes in ${maxSeconds} s`,
      expected: `the whole file in ${maxSeconds} s`,
    });
  }
  if (seconds > slowAfterSeconds && size / seconds < MIN_BYTES_PER_SECOND) {
    throw new TransientError(
      `${where}: less than ${MIN_BYTES_PER_SECOND} bytes a second (${size} in ${Math.round(seconds)} s)`,
    );
  }
}

function statusError(where: string, response: Response): Error {
  const status = `HTTP ${response.status} ${response.statusText}`.trimEnd();
  if (response.status >= 500 || response.status === 429 || response.status === 408) {
    const after = response.headers.get('retry-after') ?? '';
    const waitSeconds = /^\d{1,4}$/.test(after) ? Number(after) : undefined;
    return new TransientError(`${where}: ${status}`, waitSeconds === undefined ? {} : { waitSeconds });
  }
  return new UserError({
    what: 'the server refuses a file of the repository',
    where,
    found: quote(status),
    ...(response.status === 401 || response.status === 403
      ? { expected: 'a URI that may be read with its credentials' }
      : {}),
  });
}

function networkError(where: string, error: unknown): Error {
  // fetch says "fetch failed" or "terminated"; what happened is in the cause.
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? '';
  const text = messageOf(cause) || code;
  if (LASTING_CODES.test(code)) {
    return new UserError(
      { what: 'the server of the repository cannot be reached', where, found: `${code} ${text}` },
      { cause: error },
    );
  }
  return new TransientError(`${where}: ${text}`, { cause: error });
}

function tooLarge(where: string, limit: number): Error {
  // The repository may just have been replaced by one that lists a larger file.
  return new TransientError(`${where}: more than the ${limit} bytes that are expected`);
}
