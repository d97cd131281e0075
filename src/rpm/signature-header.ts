/** Writes the signature header of an rpm anew: where OpenPGP signatures of packages live. */
import { UserError } from '../errors.ts';
import { padded } from './frame.ts';
import { alignmentOf, ENTRY_SIZE, INTRO_SIZE, type RpmHeader, TYPE } from './header.ts';
import { SIGNATURE_TAG } from './tags.ts';

/** An OpenPGP signature packet and where it goes. */
export interface SignatureValue {
  readonly tag: number;
  readonly packet: Uint8Array;
}

interface Value {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  readonly data: Uint8Array;
}

/** Every form of an OpenPGP signature: all of them go when a package is signed anew, as rpmsign does it. */
const OPENPGP_TAGS: ReadonlySet<number> = new Set([
  SIGNATURE_TAG.rsa,
  SIGNATURE_TAG.dsa,
  SIGNATURE_TAG.openpgp,
  SIGNATURE_TAG.pgp,
  SIGNATURE_TAG.gpg,
  SIGNATURE_TAG.pgp5,
]);

/** RPMTAG_HEADERSIGNATURES. */
const REGION = 62;
const MAX_ENTRIES = 32;

/**
 * The signature header with other signatures. It takes up the bytes of the old one where the reserved space allows
 * (RPMSIGTAG_RESERVEDSPACE gives or takes the difference), so that the rest of the file stays where it is; else it has
 * the size that it needs, without reserved space.
 *
 * @param where the package, for the error.
 * @returns the header with the zeros that follow it: its length is a multiple of 8.
 */
export function replaceSignatures(old: RpmHeader, signatures: readonly SignatureValue[], where: string): Buffer {
  const kept = old.entries
    .filter(({ tag }) => !OPENPGP_TAGS.has(tag) && tag !== SIGNATURE_TAG.reservedSpace)
    .map(({ tag, type, count, offset, length }) => ({
      tag,
      type,
      count,
      data: old.store.subarray(offset, offset + length),
    }));
  const added = signatures.map(({ tag, packet }) => binaryValue(tag, packet));
  const values = [...kept, ...added];
  // One more for the region, one for the reserved space.
  if (values.length + 2 > MAX_ENTRIES) {
    throw new UserError({ what: 'the signature header has no room for a signature', where });
  }
  const size = padded(old.bytes.length);
  const least = [...values, binaryValue(SIGNATURE_TAG.reservedSpace, Buffer.alloc(1))];
  const spare = size - layout(least).length;
  if (spare >= 0) {
    const filled = [...values, binaryValue(SIGNATURE_TAG.reservedSpace, Buffer.alloc(1 + spare))];
    const bytes = layout(filled);
    if (padded(bytes.length) === size) return withPadding(bytes);
  }
  return withPadding(layout(values));
}

function binaryValue(tag: number, data: Uint8Array): Value {
  return { tag, type: TYPE.binary, count: data.length, data };
}

/** A header of the values in the order of their tags, in a region that covers all of it (lib/header.c: headerUnload). */
function layout(values: readonly Value[]): Buffer {
  const sorted = values.toSorted((a, b) => a.tag - b.tag);
  const offsets: number[] = [];
  let end = 0;
  for (const { type, data } of sorted) {
    const alignment = alignmentOf(type);
    const offset = Math.ceil(end / alignment) * alignment;
    offsets.push(offset);
    end = offset + data.length;
  }
  const count = sorted.length + 1;
  const store = INTRO_SIZE + count * ENTRY_SIZE;
  const bytes = Buffer.alloc(store + end + ENTRY_SIZE);
  bytes.write('8eade80100000000', 'hex');
  bytes.writeUInt32BE(count, 8);
  bytes.writeUInt32BE(end + ENTRY_SIZE, 12);
  const entry = (position: number, tag: number, type: number, offset: number, number: number) => {
    bytes.writeUInt32BE(tag, position);
    bytes.writeUInt32BE(type, position + 4);
    bytes.writeInt32BE(offset, position + 8);
    bytes.writeUInt32BE(number, position + 12);
  };
  entry(INTRO_SIZE, REGION, TYPE.binary, end, ENTRY_SIZE);
  for (const [index, value] of sorted.entries()) {
    const offset = offsets[index] ?? 0;
    entry(INTRO_SIZE + (index + 1) * ENTRY_SIZE, value.tag, value.type, offset, value.count);
    bytes.set(value.data, store + offset);
  }
  // The region's trailer points back at the index.
  entry(store + end, REGION, TYPE.binary, -count * ENTRY_SIZE, ENTRY_SIZE);
  return bytes;
}

function withPadding(bytes: Buffer): Buffer {
  const zeros = padded(bytes.length) - bytes.length;
  return zeros === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(zeros)]);
}
