/** Orig tarballs out of a commit: the same bytes for the same commit, on any machine. */
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CommandError } from '../errors.ts';
import { type Argv, start } from '../process.ts';
import { BlobSource } from './blob-source.ts';
import { type TarEntry, writeTar } from './tar.ts';
import { comparePaths, type SourceFile } from './tree.ts';

/**
 * `gzip` is compressed in process by a pinned library, so its bytes depend on nothing of the machine. `xz` is smaller
 * and compressed by xz(1), single-threaded: the same bytes from the same release of xz.
 */
export type Compression = 'gzip' | 'xz';

export const COMPRESSION_SUFFIX: Readonly<Record<Compression, string>> = { gzip: 'gz', xz: 'xz' };

/** How tarballs of rpm sources may be named: by the spec. `none` is a plain tar. */
export type TarCompression = Compression | 'bzip2' | 'zstd' | 'none';

/** How the name of a tarball ends, and what it then is. */
const ARCHIVES: readonly (readonly [RegExp, TarCompression])[] = [
  [/\.(?:tar\.gz|tgz)$/, 'gzip'],
  [/\.(?:tar\.xz|txz)$/, 'xz'],
  [/\.(?:tar\.bz2|tbz2?)$/, 'bzip2'],
  [/\.(?:tar\.zst|tzst)$/, 'zstd'],
  [/\.tar$/, 'none'],
];

/** What a file of that name is compressed by; `undefined` of what is no tarball that is made here. */
export function compressionOf(file: string): TarCompression | undefined {
  return ARCHIVES.find(([ending]) => ending.test(file))?.[1];
}

/** Compressors that are programs: the same bytes from the same release of each. */
const PROGRAMS = {
  // One thread: with more, the input is cut into blocks and the bytes are others.
  xz: ['xz', '--compress', '--stdout', '-6', '--threads=1', '--check=crc64', '--no-adjust'],
  bzip2: ['bzip2', '--compress', '--stdout', '-9'],
  zstd: ['zstd', '--compress', '--stdout', '--quiet', '-19', '--single-thread'],
} as const satisfies Record<string, Argv>;

/** What the compressor gets at once. Part of what makes the bytes: never change it. */
const CHUNK = 1024 * 1024;

export interface TarballRequest {
  readonly files: readonly SourceFile[];
  /** Leading folder, `hello-2.10`; `.` for none. */
  readonly root: string;
  /** Seconds since the epoch, of every entry. */
  readonly mtime: number;
  readonly compression: TarCompression;
  /** Path of the file to write. */
  readonly output: string;
  readonly signal?: AbortSignal;
}

/** Writes a tarball. */
export async function writeTarball(request: TarballRequest): Promise<void> {
  await using blobs = new BlobSource();
  const tar = inChunks(writeTar(entries(request.files, request.root, blobs), request.mtime));
  const compressed = compress(tar, request.compression, request.signal);
  await pipeline(compressed, createWriteStream(request.output, { flags: 'wx' }), {
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  });
}

/** Every folder once, before what lies in it; all sorted by bytes. */
async function* entries(files: readonly SourceFile[], root: string, blobs: BlobSource): AsyncGenerator<TarEntry> {
  const none = Buffer.alloc(0);
  yield { path: root, mode: 'folder', content: none };
  const made = new Set(['']);
  for (const file of [...files].sort(comparePaths)) {
    for (let end = file.path.indexOf('/'); end !== -1; end = file.path.indexOf('/', end + 1)) {
      const folder = file.path.slice(0, end);
      if (made.has(folder)) continue;
      made.add(folder);
      yield { path: `${root}/${folder}`, mode: 'folder', content: none };
    }
    yield { path: `${root}/${file.path}`, mode: file.mode, content: await blobs.read(file) };
  }
}

async function* inChunks(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let length = 0;
  for await (const piece of pieces) {
    waiting.push(piece);
    length += piece.length;
    if (length < CHUNK) continue;
    let all = Buffer.concat(waiting, length);
    while (all.length >= CHUNK) {
      yield all.subarray(0, CHUNK);
      all = all.subarray(CHUNK);
    }
    waiting = [all];
    length = all.length;
  }
  if (length > 0) yield Buffer.concat(waiting, length);
}

async function* gzip(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { Gzip } = await import('fflate');
  let ready: Uint8Array[] = [];
  // No name and no time in the header (RFC 1952): mtime 0 means none.
  const compressor = new Gzip({ level: 9, mtime: 0 }, (chunk) => ready.push(chunk));
  const take = (): Buffer => {
    const all = Buffer.concat(ready);
    ready = [];
    return all;
  };
  for await (const chunk of chunks) {
    compressor.push(chunk, false);
    yield take();
  }
  compressor.push(new Uint8Array(0), true);
  yield take();
}

function compress(
  chunks: AsyncIterable<Buffer>,
  compression: TarCompression,
  signal: AbortSignal | undefined,
): AsyncIterable<Buffer> {
  if (compression === 'none') return chunks;
  return compression === 'gzip' ? gzip(chunks) : byProgram(PROGRAMS[compression], chunks, signal);
}

async function* byProgram(
  argv: Argv,
  chunks: AsyncIterable<Buffer>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  const none = { XZ_DEFAULTS: undefined, XZ_OPT: undefined, BZIP: undefined, BZIP2: undefined, ZSTD_CLEVEL: undefined };
  const child = start(argv, { env: none });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
  });
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code));
  });
  const fed = pipeline(chunks, child.stdin, { ...(signal === undefined ? {} : { signal }) });
  fed.catch(() => child.kill('SIGKILL'));
  for await (const chunk of child.stdout) yield chunk as Buffer;
  const code = await closed;
  if (code !== 0) {
    throw new CommandError({ argv, end: 'exit', exitCode: code ?? undefined, signal: undefined, stdout: '', stderr });
  }
  await fed;
}

/** `hello_2.10.orig.tar.gz`. */
export function origFileName(name: string, upstream: string, suffix: string, component?: string): string {
  return path.basename(`${name}_${upstream}.orig${component === undefined ? '' : `-${component}`}.tar.${suffix}`);
}
