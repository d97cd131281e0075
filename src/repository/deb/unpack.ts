/**
 * Unpacks archives of binary packages to nowhere: whether that can be done, and how much comes out of them. In as few
 * processes as it can be, as a thousand packages must not take a minute.
 */
import path from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import type { DebMember } from '../../deb/deb-file.ts';
import { CommandError } from '../../errors.ts';
import { inParallel } from '../../parallel.ts';
import { runBytes, start } from '../../process.ts';
import { openRegular, readSmall } from '../../regular-file.ts';
import type { BuildFile } from '../builds.ts';

const FILES_AT_ONCE = 8;
/** Of compressed data that is read whole, bytes, and of what it may unpack to in memory. */
const SMALL_BYTES = 256 * 1024;
const MOST_AT_ONCE = 4 * 1024 * 1024;
/** Of what is unpacked by this thread: another one costs more than that takes. */
const TINY_BYTES = 16 * 1024;
/** Archives that are unpacked one after the other where the sum of them is bounded. */
const BATCH = 256;
/** A dictionary larger than that of any preset of xz(1) costs every machine that installs the package as much. */
const XZ_MEMORY = '--memlimit-decompress=1GiB';

/** An archive: a member of a package, and dpkg-deb's option for it, for compressions that are not done here. */
export interface PackedArchive {
  readonly file: BuildFile;
  readonly member: DebMember;
  readonly option: '--ctrl-tarfile' | '--fsys-tarfile';
}

/** `large`: more comes out of it than is allowed. */
export type Unpacked = 'whole' | 'damaged' | 'large';

/**
 * @param most bytes that may come out of each; `undefined` where any number may.
 * @returns one for each, in their order.
 */
export async function unpackAll(
  archives: readonly PackedArchive[],
  most: number | undefined,
  signal: AbortSignal,
): Promise<Unpacked[]> {
  const results = new Map<PackedArchive, Unpacked>();
  const xz: PackedArchive[] = [];
  const others: PackedArchive[] = [];
  for (const archive of archives) (path.extname(archive.member.name) === '.xz' ? xz : others).push(archive);
  await inParallel(others, FILES_AT_ONCE, async (archive) => {
    signal.throwIfAborted();
    results.set(archive, await unpackOne(archive, most, signal));
  });
  const size = most === undefined ? xz.length : BATCH;
  for (let start = 0; start < xz.length; start += size) {
    const batch = xz.slice(start, start + size);
    const isWhole = (await unpackXz(batch, most, signal)) === 'whole';
    for (const each of batch) results.set(each, isWhole ? 'whole' : await unpackXz([each], most, signal));
  }
  return archives.map((archive) => results.get(archive) as Unpacked);
}

async function unpackOne(archive: PackedArchive, most: number | undefined, signal: AbortSignal): Promise<Unpacked> {
  const { member } = archive;
  switch (path.extname(member.name)) {
    case '.tar':
      return most !== undefined && member.size > most ? 'large' : 'whole';
    case '.gz':
      if (member.size <= SMALL_BYTES && (await gunzipAtOnce(archive, most))) return 'whole';
      return await unpackByStream(archive, zlib.createGunzip(), most, signal);
    case '.zst': {
      const decoder = zlib.createZstdDecompress();
      const result = await unpackByStream(archive, decoder, most, signal);
      // Node reads the first of zstd's frames and says no more (pzstd(1) writes several). Of control fields dpkg reads
      // that one too, and apt all of them: no tool writes such an archive.
      if (result !== 'whole' || decoder.bytesWritten >= member.size) return result;
      if (archive.option === '--ctrl-tarfile') return 'damaged';
    }
  }
  return await unpackWithDpkg(archive, most, signal);
}

/** More came out than is allowed. */
class TooLarge extends Error {}

function counter(most: number): (piece: Uint8Array) => void {
  let size = 0;
  return (piece) => {
    size += piece.length;
    if (size > most) throw new TooLarge();
  };
}

async function unpackByStream(
  archive: PackedArchive,
  decoder: zlib.Gunzip | zlib.ZstdDecompress,
  most = Number.POSITIVE_INFINITY,
  signal: AbortSignal,
): Promise<Unpacked> {
  const count = counter(most);
  const nowhere = new Writable({
    write: (chunk: Uint8Array, _encoding, next) => {
      try {
        count(chunk);
        next();
      } catch (error) {
        next(error as Error);
      }
    },
  });
  try {
    await pipeline(dataOf([archive]), decoder, nowhere, { signal });
    return 'whole';
  } catch (error) {
    if (signal.aborted) throw error;
    return error instanceof TooLarge ? 'large' : 'damaged';
  }
}

/** In one call, which costs a tenth of a stream. @returns whether it could be: if not, a stream says why. */
async function gunzipAtOnce({ file, member }: PackedArchive, most = MOST_AT_ONCE): Promise<boolean> {
  const { offset, size } = member;
  const piece = readSmall(file.path)?.subarray(offset, offset + size) ?? (await readPiece(file.path, offset, size));
  if (piece.length !== size) return false;
  // What unpacks to more than this is left to the stream, which keeps none of it.
  const maxOutputLength = Math.min(most, MOST_AT_ONCE);
  if (size > TINY_BYTES) return await gunzip(piece, { maxOutputLength }).then(always, never);
  try {
    zlib.gunzipSync(piece, { maxOutputLength });
    return true;
  } catch {
    return false;
  }
}

async function readPiece(file: string, offset: number, size: number): Promise<Buffer> {
  await using handle = await openRegular(file);
  const piece = Buffer.allocUnsafe(size);
  const { bytesRead } = await handle.read(piece, 0, size, offset);
  return piece.subarray(0, bytesRead);
}

const gunzip = promisify(zlib.gunzip);
const always = () => true;
const never = () => false;

async function unpackWithDpkg(
  { file, option }: PackedArchive,
  most = Number.POSITIVE_INFINITY,
  signal: AbortSignal,
): Promise<Unpacked> {
  try {
    await runBytes(['dpkg-deb', option, file.path], { signal, onBytes: counter(most) });
    return 'whole';
  } catch (error) {
    if (error instanceof TooLarge) return 'large';
    if (error instanceof CommandError && error.failure.end === 'exit') return 'damaged';
    throw error;
  }
}

/** Streams of xz may follow each other: one xz(1) unpacks them all. */
async function unpackXz(
  archives: readonly PackedArchive[],
  most: number | undefined,
  signal: AbortSignal,
): Promise<Unpacked> {
  const child = start(['xz', most === undefined ? '--test' : '--decompress', '--stdout', XZ_MEMORY, '-']);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  let isLarge = false;
  const count = counter(most ?? Number.POSITIVE_INFINITY);
  child.stdout.on('data', (piece: Buffer) => {
    try {
      count(piece);
    } catch {
      isLarge = true;
      child.kill('SIGKILL');
    }
  });
  child.stderr.resume();
  try {
    // It stops reading at the first damage: a broken pipe then is its verdict, not ours.
    await pipeline(dataOf(archives), child.stdin, { signal }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET' && error.code !== 'ERR_STREAM_PREMATURE_CLOSE') {
        throw error;
      }
    });
    const code = await ended;
    if (isLarge) return 'large';
    return code === 0 ? 'whole' : 'damaged';
  } finally {
    child.kill('SIGKILL');
  }
}

/** Archives whose bytes are read at a time. */
const READ_AT_ONCE = 16;

/** The bytes of archives, one after the other. */
async function* dataOf(archives: readonly PackedArchive[]): AsyncGenerator<Buffer> {
  for (let start = 0; start < archives.length; start += READ_AT_ONCE) {
    const group = archives.slice(start, start + READ_AT_ONCE);
    const isSmall = ({ member }: PackedArchive) => member.size <= SMALL_BYTES;
    const small = await Promise.all(group.map(async (each) => (isSmall(each) ? await readWhole(each) : undefined)));
    if (group.every(isSmall)) {
      yield Buffer.concat(small.map((bytes) => bytes ?? Buffer.alloc(0)));
      continue;
    }
    for (const [index, archive] of group.entries())
      yield* small[index] === undefined ? bytesOf(archive) : [small[index]];
  }
}

/** A stream for each would cost as much as twenty reads. */
async function readWhole({ file, member: { offset, size } }: PackedArchive): Promise<Buffer> {
  if (size === 0) return Buffer.alloc(0);
  await using handle = await openRegular(file.path);
  const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(size), 0, size, offset);
  return buffer.subarray(0, bytesRead);
}

async function* bytesOf({ file, member: { offset, size } }: PackedArchive): AsyncGenerator<Buffer> {
  await using handle = await openRegular(file.path);
  for await (const chunk of handle.createReadStream({ start: offset, end: offset + size - 1, autoClose: false })) {
    yield chunk as Buffer;
  }
}
