/** Digests of files by any algorithm that lists of files are written with. Ours are SHA-256 (`digestFile` in manifest.ts). */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { readSmall } from './regular-file.ts';

/** Hexadecimal digits of each. */
export const DIGEST_LENGTHS = { md5: 32, sha1: 40, sha224: 56, sha256: 64, sha384: 96, sha512: 128 } as const;
export type DigestAlgorithm = keyof typeof DIGEST_LENGTHS;

export interface Digest {
  readonly algorithm: DigestAlgorithm;
  /** Lower case. */
  readonly hex: string;
}

/** Whether nobody can make another file with the same digest today. */
export function isStrong({ algorithm }: Digest): boolean {
  return algorithm !== 'md5' && algorithm !== 'sha1';
}

/** Read at once of a large file, bytes. */
const PIECE_BYTES = 1024 * 1024;

/** Digest of a file in hexadecimal digits, read piece by piece. */
export async function hashFile(file: string, algorithm: DigestAlgorithm): Promise<string> {
  return (await hashAndSize(file, algorithm)).hex;
}

/** Digest of a file in hexadecimal digits, and how many bytes were read for it. */
export async function hashAndSize(
  file: string,
  algorithm: DigestAlgorithm,
): Promise<{ readonly hex: string; readonly size: number }> {
  const small = readSmall(file);
  if (small !== undefined) return { hex: createHash(algorithm).update(small).digest('hex'), size: small.length };
  await using handle = await open(file);
  return await hashHandle(handle, algorithm);
}

/**
 * The same of a file that is open.
 *
 * @param most bytes that are read at most, where somebody may go on writing.
 */
export async function hashHandle(
  handle: FileHandle,
  algorithm: DigestAlgorithm,
  most = Number.MAX_SAFE_INTEGER,
): Promise<{ readonly hex: string; readonly size: number }> {
  const hash = createHash(algorithm);
  // A stream allocates a piece anew for every read, of the largest size: of a thousand small files a thousand megabytes.
  const expected = (await handle.stat()).size;
  const piece = Buffer.allocUnsafe(Math.max(1, Math.min(expected + 1, PIECE_BYTES)));
  let size = 0;
  while (size < most) {
    const { bytesRead } = await handle.read(piece, 0, Math.min(piece.length, most - size));
    if (bytesRead === 0) break;
    hash.update(piece.subarray(0, bytesRead));
    size += bytesRead;
  }
  return { hex: hash.digest('hex'), size };
}
