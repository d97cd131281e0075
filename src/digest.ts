/** Digests of files by any algorithm that lists of files are written with. Ours are SHA-256 (`digestFile` in manifest.ts). */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

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

/** Digest of a file in hexadecimal digits, read as a stream. */
export async function hashFile(file: string, algorithm: DigestAlgorithm): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
