/** Indexes as they are compressed: gz and zst in process, xz by xz(1). */
import zlib from 'node:zlib';
import { CommandError, messageOf, quote, UserError } from '../../errors.ts';
import { runBytes } from '../../process.ts';

/** Extensions of indexes that can be read; `''` is a plain file. */
export type Compression = '' | '.gz' | '.zst' | '.xz';

/** Fast ones first, for a repository on this machine; over a network the plain file comes last. */
export const COMPRESSIONS: readonly Compression[] = ['', '.zst', '.gz', '.xz'];

const PIECE_SIZE = 1024 * 1024;
/** Bytes that xz may take. The largest of its presets takes 65 MB. */
const XZ_MEMORY = 512 * 1024 * 1024;

export interface DecompressOptions {
  /** Named in errors. */
  readonly file: string;
  /** More bytes than this are refused: a small file can grow without bound. */
  readonly maxBytes: number;
  readonly onPiece: (piece: Uint8Array) => void;
  readonly signal?: AbortSignal;
}

/**
 * Hands the content of `data` to `onPiece`, piece by piece.
 *
 * @throws UserError where it is damaged or larger than `maxBytes`; what `onPiece` throws.
 */
export async function decompress(data: Uint8Array, kind: Compression, options: DecompressOptions): Promise<void> {
  let size = 0;
  const take = (piece: Uint8Array) => {
    options.signal?.throwIfAborted();
    size += piece.length;
    if (size > options.maxBytes) {
      throw new UserError({
        what: 'an index grows beyond its size',
        where: options.file,
        found: `more than ${options.maxBytes} bytes`,
      });
    }
    options.onPiece(piece);
  };
  // Some repositories list an empty file under its compressed name too.
  if (data.length === 0) return;
  if (kind === '') take(data);
  else if (kind === '.xz') await decompressXz(data, take, options);
  else await decompressZlib(data, kind, take, options);
}

async function decompressZlib(
  data: Uint8Array,
  kind: '.gz' | '.zst',
  take: (piece: Uint8Array) => void,
  options: DecompressOptions,
): Promise<void> {
  let rest = data;
  while (rest.length > 0) {
    const decoder =
      kind === '.gz'
        ? zlib.createGunzip({ chunkSize: PIECE_SIZE })
        : zlib.createZstdDecompress({ chunkSize: PIECE_SIZE });
    decoder.end(rest);
    try {
      const pieces = decoder[Symbol.asyncIterator]();
      while (true) {
        const next = await pieces.next().catch((error: unknown) => {
          throw damaged(options.file, messageOf(error), error);
        });
        if (next.done) break;
        take(next.value as Uint8Array);
      }
    } finally {
      decoder.destroy();
    }
    // Members of gzip are all read; of zstd's frames (pzstd(1) writes several) Node reads the first and says no more.
    if (kind === '.gz' || decoder.bytesWritten === 0) return;
    rest = rest.subarray(decoder.bytesWritten);
  }
}

async function decompressXz(
  data: Uint8Array,
  take: (piece: Uint8Array) => void,
  options: DecompressOptions,
): Promise<void> {
  // xz closes its input early where the data is damaged: its exit code says so.
  const { signal } = options;
  await runBytes(['xz', '--decompress', '--stdout', `--memlimit-decompress=${XZ_MEMORY}`], {
    input: data,
    onBytes: take,
    ...(signal === undefined ? {} : { signal }),
  }).catch((error: unknown) => {
    if (!(error instanceof CommandError) || error.failure.end === 'cancelled') throw error;
    throw damaged(options.file, quote(error.failure.stderr.trim().split('\n')[0] ?? ''), error);
  });
}

function damaged(file: string, found: string, cause: unknown): UserError {
  return new UserError({ what: 'a damaged index', where: file, found }, { cause });
}
