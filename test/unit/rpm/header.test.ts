import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import {
  type HeaderKind,
  headerSize,
  parseHeader,
  tagBytes,
  tagNumber,
  tagString,
  tagStrings,
} from '../../../src/rpm/header.ts';
import { binary, header, number, text, texts, words } from './rpm-bytes.ts';

const TAGS = [
  text(1000, 'hello'),
  { tag: 1005, type: 9, count: 2, data: Buffer.from('Hallo\0Hello\0') },
  number(1006, 4_000_000_000),
  { tag: 1030, type: 3, count: 2, data: Buffer.from('81a441ed', 'hex') },
  { tag: 5009, type: 5, count: 1, data: Buffer.from('0000000100000000', 'hex') },
  texts(1117, ['a', '', 'ü']),
  binary(5096, Buffer.from([0, 1, 2])),
];

function refusal(bytes: Buffer, kind: HeaderKind = 'main'): string {
  try {
    parseHeader(bytes, kind, 'x.rpm');
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toMatch(/^x\.rpm: /);
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}

/** A word of the index or the introduction, changed. */
function patched(bytes: Buffer, position: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeInt32BE(value | 0, position);
  return copy;
}

const GOOD = header(TAGS, 63);
/** Where the entry of the index lies; 0 is the region. */
const entry = (index: number) => 16 + index * 16;

describe('parseHeader', () => {
  it('reads all types', () => {
    const read = parseHeader(GOOD, 'main', 'x.rpm');
    expect(read.entries.map(({ tag }) => tag)).toEqual(TAGS.map(({ tag }) => tag));
    expect(tagString(read, 1000)).toBe('hello');
    expect(tagStrings(read, 1005)).toEqual(['Hallo', 'Hello']);
    expect(tagNumber(read, 1006)).toBe(4_000_000_000);
    expect(tagNumber(read, 1030)).toBe(0x81a4);
    expect(tagNumber(read, 5009)).toBe(2 ** 32);
    expect(tagStrings(read, 1117)).toEqual(['a', '', 'ü']);
    expect(tagBytes(read, 5096)?.toString('hex')).toBe('000102');
    expect(tagNumber(read, 1000)).toBeUndefined();
    expect(tagString(read, 1006)).toBeUndefined();
    expect(tagString(read, 9999)).toBeUndefined();
  });

  it('takes signature headers without a region, and main headers only with it', () => {
    expect(parseHeader(header(TAGS, undefined), 'signature', 'x.rpm').entries).toHaveLength(TAGS.length);
    expect(parseHeader(header(TAGS, 62), 'signature', 'x.rpm').entries).toHaveLength(TAGS.length);
    // RPMTAG_HEADERIMAGE at the end, as old rpms wrote it.
    const old = header(TAGS, 62);
    expect(parseHeader(patched(old, old.length - 16, 61), 'signature', 'x.rpm').entries).toHaveLength(TAGS.length);
    expect(refusal(header(TAGS, undefined))).toContain('without its region');
    expect(refusal(header(TAGS, 62))).toContain('without its region');
    expect(refusal(header(TAGS, 63), 'signature')).toContain('without its region');
  });

  it('refuses every cut', () => {
    for (let length = 0; length < GOOD.length; length++) {
      expect(refusal(GOOD.subarray(0, length))).toMatch(/damaged/);
    }
    expect(refusal(Buffer.concat([GOOD, Buffer.alloc(1)]))).toContain('damaged');
  });

  it('refuses another magic', () => {
    for (let position = 0; position < 8; position++) {
      const copy = Buffer.from(GOOD);
      copy.writeUInt8((copy[position] ?? 0) ^ 1, position);
      expect(refusal(copy)).toContain('found no header');
    }
  });

  it.each<[HeaderKind, number, number, string]>([
    ['main', 0, 100, 'of 0 tags'],
    ['main', 0x10000, 100, 'of 65536 tags'],
    ['main', 0xffff_ffff, 0xffff_ffff, 'of 4294967295 tags'],
    ['main', 1, 0x1000_0000, '268435456 bytes'],
    ['main', 1, 0x8000_0000, '2147483648 bytes'],
    ['signature', 33, 100, 'of 33 tags'],
    ['signature', 1, 0x0400_0001, '67108865 bytes'],
  ])('refuses the sizes of a %s header beyond rpm’s limits: %i, %i', (kind, entries, data, message) => {
    const intro = Buffer.concat([Buffer.from('8eade80100000000', 'hex'), words([entries, data])]);
    expect(() => headerSize(intro, kind, 'x.rpm')).toThrow(UserError);
    expect(() => headerSize(intro, kind, 'x.rpm')).toThrow(message);
  });

  it('takes the sizes at these limits', () => {
    const intro = (entries: number, data: number) =>
      Buffer.concat([Buffer.from('8eade80100000000', 'hex'), words([entries, data])]);
    expect(headerSize(intro(0xffff, 0x0fff_ffff), 'main', 'x.rpm')).toBe(16 + 0xffff * 16 + 0x0fff_ffff);
    expect(headerSize(intro(32, 0x0400_0000), 'signature', 'x.rpm')).toBe(16 + 32 * 16 + 0x0400_0000);
  });

  it.each<[string, number, number, RegExp]>([
    ['a region of another type', entry(0) + 4, 6, /region does not cover it/],
    ['a region of another size', entry(0) + 12, 32, /region does not cover it/],
    ['a region that ends early', entry(0) + 8, 0, /region does not cover it/],
    ['a region beyond the end', entry(0) + 8, 1_000_000, /region does not cover it/],
    ['a region before the start', entry(0) + 8, -16, /region does not cover it/],
    ['a trailer of another tag', GOOD.length - 16, 62, /region does not cover it/],
    ['a trailer of another type', GOOD.length - 12, 6, /region does not cover it/],
    ['a trailer over fewer entries', GOOD.length - 8, -16, /region does not cover it/],
    ['a trailer over more entries', GOOD.length - 8, -16 * 100, /region does not cover it/],
    ['a trailer that points forward', GOOD.length - 8, 16 * (TAGS.length + 1), /region does not cover it/],
    ['a trailer of another count', GOOD.length - 4, 15, /region does not cover it/],
    ['a tag about the header itself', entry(1), 63, /out of range/],
    ['a negative tag', entry(1), -1, /out of range/],
    ['the same tag twice', entry(2), 1000, /a second value in tag 1000/],
    ['an unknown type', entry(1) + 4, 10, /unknown type \(10\)/],
    ['no type', entry(1) + 4, 0, /unknown type \(0\)/],
    ['a negative offset', entry(1) + 8, -1, /beyond the end/],
    ['an offset beyond the end', entry(7) + 8, 4096, /beyond the end/],
    ['an offset in the region’s trailer', entry(7) + 8, GOOD.length - 16 * 9 - 16, /overlap its end/],
    ['an offset in another value', entry(2) + 8, 3, /overlaps another/],
    ['an offset that is not aligned', entry(3) + 8, 21, /not aligned/],
    ['no values', entry(1) + 12, 0, /impossible number/],
    ['more values than bytes', entry(7) + 12, 100_000, /impossible number/],
    ['a negative number of values', entry(7) + 12, -1, /impossible number/],
    ['numbers that leave the store', entry(5) + 12, 6, /does not end/],
    ['a string that is several', entry(1) + 12, 2, /does not end/],
    ['more strings than there are', entry(6) + 12, 40, /does not end/],
  ])('refuses %s', (_name, position, value, message) => {
    expect(refusal(patched(GOOD, position, value))).toMatch(message);
  });

  it('refuses a string without its end', () => {
    const bytes = header([{ tag: 1000, type: 6, count: 1, data: Buffer.from('hello') }], undefined);
    expect(refusal(bytes, 'signature')).toMatch(/does not end/);
  });
});
