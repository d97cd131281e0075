/**
 * Headers of rpm packages: an index of tags over a store of data (rpm reference manual, "RPM V4 Package Format";
 * lib/header.c). Read strictly, with the limits of rpm itself: a header that rpm 4.18 refuses is refused here too.
 */
import { UserError } from '../errors.ts';

/** Types of a tag's data. */
export const TYPE = {
  char: 1,
  int8: 2,
  int16: 3,
  int32: 4,
  int64: 5,
  string: 6,
  binary: 7,
  stringArray: 8,
  i18nString: 9,
} as const;

/** Which of a package's two headers. */
export type HeaderKind = 'signature' | 'main';

export interface HeaderEntry {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  /** In the header's store of data. */
  readonly offset: number;
  /** Bytes in the store. */
  readonly length: number;
}

/** A header whose index has been checked: every entry lies in the store, aligned, and overlaps no other. */
export interface RpmHeader {
  /** As they lie in the index, without the region. */
  readonly entries: readonly HeaderEntry[];
  readonly byTag: ReadonlyMap<number, HeaderEntry>;
  readonly store: Buffer;
  /** The whole header with its magic, without padding. */
  readonly bytes: Buffer;
}

/** Magic, version 1 and four reserved bytes, then the sizes of index and store. */
export const INTRO_SIZE = 16;
export const ENTRY_SIZE = 16;
const MAGIC = Buffer.from('8eade80100000000', 'hex');
/** The first tag that is not about the header itself (HEADER_I18NTABLE is 100). */
const MIN_TAG = 100;

/** lib/header.c: hdrblobRead() and HEADER_TAGS_MAX, HEADER_DATA_MAX. */
const LIMITS: Readonly<Record<HeaderKind, { entries: number; data: number }>> = {
  signature: { entries: 32, data: 64 * 1024 * 1024 },
  main: { entries: 0xffff, data: 0x0fff_ffff },
};

/** RPMTAG_HEADERSIGNATURES and RPMTAG_HEADERIMMUTABLE: the region that covers the whole header. */
const REGION: Readonly<Record<HeaderKind, number>> = { signature: 62, main: 63 };
/** RPMTAG_HEADERIMAGE: what old rpms wrote at the end of a signature header's region. */
const HEADER_IMAGE = 61;

const SIZES: Readonly<Record<number, number>> = {
  [TYPE.char]: 1,
  [TYPE.int8]: 1,
  [TYPE.int16]: 2,
  [TYPE.int32]: 4,
  [TYPE.int64]: 8,
  [TYPE.binary]: 1,
};

/** What the offset of a value of `type` is a multiple of. */
export function alignmentOf(type: number): number {
  return type === TYPE.binary ? 1 : (SIZES[type] ?? 1);
}

export function damagedPackage(where: string, found: string): UserError {
  return new UserError({ what: 'the package is damaged', where, found, expected: 'a whole .rpm file' });
}

const NAMES: Readonly<Record<HeaderKind, string>> = { signature: 'signature header', main: 'header' };

/**
 * Bytes of a header without padding, from its first 16 bytes.
 *
 * @param where the package, for the error.
 * @throws UserError for another magic or sizes beyond rpm's limits.
 */
export function headerSize(intro: Buffer, kind: HeaderKind, where: string): number {
  if (intro.length < INTRO_SIZE) throw damagedPackage(where, `a file that ends in the ${NAMES[kind]}`);
  if (!intro.subarray(0, MAGIC.length).equals(MAGIC)) throw damagedPackage(where, `no ${NAMES[kind]}`);
  const entries = intro.readUInt32BE(8);
  const data = intro.readUInt32BE(12);
  const { entries: maxEntries, data: maxData } = LIMITS[kind];
  if (entries < 1 || entries > maxEntries) {
    throw damagedPackage(where, `a ${NAMES[kind]} of ${entries} tags, where 1 to ${maxEntries} are allowed`);
  }
  if (data > maxData) {
    throw damagedPackage(where, `a ${NAMES[kind]} with ${data} bytes of data, where ${maxData} are allowed`);
  }
  return INTRO_SIZE + entries * ENTRY_SIZE + data;
}

/**
 * Reads a header.
 *
 * @param bytes exactly the header, with its magic.
 * @param where the package, for the error.
 * @throws UserError for whatever rpm would not take.
 */
export function parseHeader(bytes: Buffer, kind: HeaderKind, where: string): RpmHeader {
  if (headerSize(bytes, kind, where) !== bytes.length) {
    throw damagedPackage(where, `a file that ends in the ${NAMES[kind]}`);
  }
  const count = bytes.readUInt32BE(8);
  const store = bytes.subarray(INTRO_SIZE + count * ENTRY_SIZE);
  const raw = (index: number) => {
    const position = INTRO_SIZE + index * ENTRY_SIZE;
    return {
      tag: bytes.readUInt32BE(position),
      type: bytes.readUInt32BE(position + 4),
      offset: bytes.readUInt32BE(position + 8),
      count: bytes.readUInt32BE(position + 12),
    };
  };
  const hasRegion = checkRegion(raw(0), { count, store, kind, where });
  const entries: HeaderEntry[] = [];
  const byTag = new Map<number, HeaderEntry>();
  let end = 0;
  for (let index = hasRegion ? 1 : 0; index < count; index++) {
    const entry = raw(index);
    const wrong = (found: string) => damagedPackage(where, `${found} in tag ${entry.tag} of the ${NAMES[kind]}`);
    if (entry.tag < MIN_TAG || entry.tag > 0x7fff_ffff) throw wrong('a number out of range');
    if (byTag.has(entry.tag)) throw wrong('a second value');
    // rpm wants the values in the index's order, so that none overlaps another.
    if (entry.offset < end) throw wrong('a value that overlaps another');
    if (entry.offset >= store.length) throw wrong('a value beyond the end');
    if (entry.offset % alignmentOf(entry.type) !== 0) throw wrong('a value that is not aligned');
    if (entry.count < 1 || entry.count > store.length) throw wrong('an impossible number of values');
    const length = dataLength(entry, store);
    if (length === undefined) throw wrong(`a value that does not end, or of an unknown type (${entry.type})`);
    end = entry.offset + length;
    const checked = { ...entry, length };
    entries.push(checked);
    byTag.set(entry.tag, checked);
  }
  // The region's own data lies behind everything else.
  if (end > store.length - (hasRegion ? ENTRY_SIZE : 0)) {
    throw damagedPackage(where, `a ${NAMES[kind]} whose values overlap its end`);
  }
  return { entries, byTag, store, bytes };
}

/** hdrblobVerifyRegion(): the first tag is the region, and it covers the header exactly. */
function checkRegion(
  entry: { readonly tag: number; readonly type: number; readonly offset: number; readonly count: number },
  header: { readonly count: number; readonly store: Buffer; readonly kind: HeaderKind; readonly where: string },
): boolean {
  const { count, store, kind, where } = header;
  if (entry.tag !== REGION[kind]) {
    // Signature headers of rpm 3 and of some signers have none.
    if (kind === 'signature' && entry.tag >= MIN_TAG) return false;
    throw new UserError({
      what: 'a package of a format that is not supported',
      where,
      found: `a ${NAMES[kind]} without its region (rpm 3, or damaged)`,
      expected: 'the package format 4 of rpm',
    });
  }
  const wrong = (): UserError => damagedPackage(where, `a ${NAMES[kind]} whose region does not cover it`);
  if (entry.type !== TYPE.binary || entry.count !== ENTRY_SIZE) throw wrong();
  if (store.length < ENTRY_SIZE || entry.offset !== store.length - ENTRY_SIZE) throw wrong();
  const trailer = store.subarray(entry.offset);
  const tag = trailer.readUInt32BE(0);
  const isTag = tag === REGION[kind] || (kind === 'signature' && tag === HEADER_IMAGE);
  const isExact = trailer.readInt32BE(8) === -count * ENTRY_SIZE;
  if (!isTag || trailer.readUInt32BE(4) !== TYPE.binary || !isExact || trailer.readUInt32BE(12) !== ENTRY_SIZE) {
    throw wrong();
  }
  return true;
}

/** Bytes of a value; `undefined` where it leaves the store. */
function dataLength(
  entry: { readonly type: number; readonly offset: number; readonly count: number },
  store: Buffer,
): number | undefined {
  const { type, offset, count } = entry;
  const size = SIZES[type];
  if (size !== undefined) return offset + size * count <= store.length ? size * count : undefined;
  const isText = type === TYPE.string || type === TYPE.stringArray || type === TYPE.i18nString;
  if (!isText || (type === TYPE.string && count !== 1)) return undefined;
  let position = offset;
  for (let index = 0; index < count; index++) {
    const end = store.indexOf(0, position);
    if (end === -1) return undefined;
    position = end + 1;
  }
  return position - offset;
}

/** The bytes of a tag's value; `undefined` where it is absent. */
export function tagBytes(header: RpmHeader, tag: number): Buffer | undefined {
  const entry = header.byTag.get(tag);
  return entry && header.store.subarray(entry.offset, entry.offset + entry.length);
}

/** The texts of a tag: a string, an array of them, or the translations of one; `undefined` where it is no text. */
export function tagStrings(header: RpmHeader, tag: number): readonly string[] | undefined {
  const entry = header.byTag.get(tag);
  const bytes = tagBytes(header, tag);
  if (entry === undefined || bytes === undefined) return undefined;
  if (entry.type !== TYPE.string && entry.type !== TYPE.stringArray && entry.type !== TYPE.i18nString) return undefined;
  // Each ends with a NUL.
  return bytes.toString('utf8', 0, bytes.length - 1).split('\0');
}

/** The first text of a tag: of a translated one that of the locale C. */
export function tagString(header: RpmHeader, tag: number): string | undefined {
  return tagStrings(header, tag)?.[0];
}

/** The first number of a tag; `undefined` where it is absent or no number that JavaScript can hold. */
export function tagNumber(header: RpmHeader, tag: number): number | undefined {
  const entry = header.byTag.get(tag);
  if (entry === undefined) return undefined;
  if (entry.type === TYPE.int32) return header.store.readUInt32BE(entry.offset);
  if (entry.type === TYPE.int16) return header.store.readUInt16BE(entry.offset);
  if (entry.type !== TYPE.int64) return undefined;
  const number = Number(header.store.readBigUInt64BE(entry.offset));
  return Number.isSafeInteger(number) ? number : undefined;
}
