/** Payloads of rpm packages: the compressed archive behind the headers. Read piece by piece, never as a whole. */
import { createHash, getFips, type Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { quote, UserError } from '../errors.ts';
import type { RpmFrame } from './frame.ts';
import { damagedPackage, tagBytes, tagNumber, tagString } from './header.ts';
import { SIGNATURE_TAG, TAG } from './tags.ts';

const PIECE = 1024 * 1024;

/**
 * The payload. While one piece is worked on, the next is read; a piece is valid until the next but one is asked for.
 *
 * @throws UserError where the file became shorter.
 */
export async function* payloadOf(
  handle: FileHandle,
  frame: Pick<RpmFrame, 'head' | 'headerRange' | 'size'>,
  where: string,
): AsyncGenerator<Buffer, void, undefined> {
  const { head, headerRange, size } = frame;
  let position = headerRange.end;
  if (position < head.length) {
    yield head.subarray(position);
    position = head.length;
  }
  if (position >= size) return;
  const length = Math.min(PIECE, size - position);
  const buffers = [0, 1, 2].map(() => Buffer.allocUnsafe(length));
  const readPiece = async (index: number, start: number): Promise<Buffer> => {
    const buffer = buffers[index % buffers.length] as Buffer;
    const wanted = Math.min(length, size - start);
    const { bytesRead } = wanted > 0 ? await handle.read(buffer, 0, wanted, start) : { bytesRead: 0 };
    if (wanted > 0 && bytesRead === 0) throw damagedPackage(where, 'a file that became shorter while it was read');
    return buffer.subarray(0, bytesRead);
  };
  const read = (index: number, start: number): Promise<Buffer> => {
    const reading = readPiece(index, start);
    // Awaited in the next round; an error before that must not count as unhandled.
    reading.catch(() => {});
    return reading;
  };
  let next = read(0, position);
  try {
    for (let index = 1; position < size; index++) {
      const piece = await next;
      position += piece.length;
      next = read(index, position);
      yield piece;
    }
  } finally {
    // Nothing may read from a handle that the caller closes.
    await next.catch(() => {});
  }
}

/** Names of digests by their OpenPGP number (RFC 9580, 9.5). */
const DIGESTS: Readonly<Record<number, string>> = { 8: 'sha256', 9: 'sha384', 10: 'sha512' };

interface Digest {
  readonly name: string;
  readonly hash: Hash;
  readonly expected: string;
}

/** Whether a package says in its main header what its payload's digest is, so that rpm can verify it: rpm 4.14 and later. */
export function hasPayloadDigest({ header }: Pick<RpmFrame, 'header'>): boolean {
  return header.byTag.has(TAG.payloadDigest) && header.byTag.has(TAG.payloadDigestAlgorithm);
}

/**
 * Verifies a payload by all its digests, as rpmkeys does: RPMTAG_PAYLOADDIGEST of the main header, and the MD5 of header
 * and payload in the signature header.
 *
 * @throws UserError where the package has none that can be checked.
 */
export class PayloadCheck {
  readonly #digests: Digest[] = [];
  readonly #where: string;

  constructor({ header, signature }: Pick<RpmFrame, 'header' | 'signature'>, where: string) {
    this.#where = where;
    const expected = tagString(header, TAG.payloadDigest);
    if (expected === undefined && header.byTag.has(TAG.payloadDigestAlt)) {
      throw damagedPackage(where, 'a digest of the uncompressed payload only');
    }
    if (expected !== undefined) {
      const number = tagNumber(header, TAG.payloadDigestAlgorithm) ?? 8;
      const name = DIGESTS[number];
      if (name === undefined) throw damagedPackage(where, `a payload digest of the unknown algorithm ${number}`);
      this.#digests.push({ name, hash: createHash(name), expected });
    }
    const md5 = tagBytes(signature, SIGNATURE_TAG.md5);
    // OpenSSL in its FIPS mode has no MD5, and rpm leaves it out then.
    if (md5 !== undefined && getFips() === 0) {
      const hash = createHash('md5').update(header.bytes);
      this.#digests.push({ name: 'md5', hash, expected: md5.toString('hex') });
    }
    if (this.#digests.length === 0) throw damagedPackage(where, 'no digest of its payload');
  }

  update(piece: Uint8Array): void {
    for (const { hash } of this.#digests) hash.update(piece);
  }

  /** @throws UserError where the pieces are not the package's payload. */
  finish(): void {
    for (const { name, hash, expected } of this.#digests) {
      const found = hash.digest('hex');
      if (found === expected) continue;
      throw new UserError({
        what: "the package's payload does not match its digest: it was damaged or altered",
        where: this.#where,
        found: `${name} ${found}`,
        expected: quote(expected),
      });
    }
  }
}
