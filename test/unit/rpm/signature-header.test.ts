import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { parseHeader, tagBytes } from '../../../src/rpm/header.ts';
import { replaceSignatures } from '../../../src/rpm/signature-header.ts';
import { binary, header, number, type RpmRecipe, rpmParts, text } from './rpm-bytes.ts';

const PACKET = Buffer.alloc(566, 'signature');
const RSA = 268;

const read = (bytes: Buffer) => {
  const length = 16 + bytes.readUInt32BE(8) * 16 + bytes.readUInt32BE(12);
  expect(bytes.length).toBe(Math.ceil(length / 8) * 8);
  expect(bytes.subarray(length).every((byte) => byte === 0)).toBe(true);
  return parseHeader(bytes.subarray(0, length), 'signature', 'x.rpm');
};
const signatureOf = (recipe: RpmRecipe) => read(rpmParts(recipe).signature);
const sign = (recipe: RpmRecipe, packet = PACKET, tag = RSA) =>
  replaceSignatures(signatureOf(recipe), [{ tag, packet }], 'x.rpm');

describe('replaceSignatures', () => {
  it('keeps the size for every length that the reserved space has room for', () => {
    const recipe = { reserved: 700 };
    const { length } = rpmParts(recipe).signature;
    for (let size = 1; size <= 650; size++) expect(sign(recipe, Buffer.alloc(size)).length).toBe(length);
  });

  it('keeps all other tags, in the order of their numbers, in a region', () => {
    const bytes = sign({
      signature: (tags) => [...tags.slice(0, 2), binary(274, Buffer.from('ima')), ...tags.slice(2)],
    });
    const written = read(bytes);
    expect(written.entries.map(({ tag }) => tag)).toEqual([268, 269, 273, 274, 1000, 1004, 1007, 1008]);
    expect(bytes.readUInt32BE(16)).toBe(62);
    expect(tagBytes(written, RSA)).toEqual(PACKET);
    expect(tagBytes(written, 274)?.toString()).toBe('ima');
    const before = signatureOf({});
    for (const tag of [269, 273, 1000, 1004, 1007]) expect(tagBytes(written, tag)).toEqual(tagBytes(before, tag));
    expect(tagBytes(written, 1008)?.every((byte) => byte === 0)).toBe(true);
  });

  it('takes the size that it needs where there is no room', () => {
    for (const reserved of [0, 1, 16, 500]) {
      const old = rpmParts({ reserved }).signature;
      const bytes = sign({ reserved });
      expect(bytes.length).toBeGreaterThan(old.length);
      expect(read(bytes).byTag.has(1008)).toBe(false);
      expect(tagBytes(read(bytes), RSA)).toEqual(PACKET);
    }
  });

  it('removes every former signature', () => {
    const former = [267, 268, 278, 1002, 1005, 1006];
    const recipe: RpmRecipe = {
      signature: (tags) =>
        [...tags, ...former.map((tag) => binary(tag, Buffer.from(`old ${tag}`)))].toSorted((a, b) => a.tag - b.tag),
    };
    const bytes = sign(recipe, PACKET, 267);
    expect(
      read(bytes)
        .entries.filter(({ tag }) => former.includes(tag))
        .map(({ tag }) => tag),
    ).toEqual([267]);
    expect(bytes.includes('old ')).toBe(false);
  });

  it('gives the same form when it is done again, with a shorter and a longer signature too', () => {
    const first = sign({});
    const again = (packet: Buffer) => replaceSignatures(read(first), [{ tag: RSA, packet }], 'x.rpm');
    expect(again(PACKET)).toEqual(first);
    const other = replaceSignatures(read(again(PACKET.subarray(1))), [{ tag: RSA, packet: PACKET }], 'x.rpm');
    expect(other).toEqual(first);
    const both = replaceSignatures(
      read(first),
      [
        { tag: RSA, packet: PACKET },
        { tag: 1002, packet: Buffer.alloc(100) },
      ],
      'x.rpm',
    );
    expect(both.length).toBe(first.length);
  });

  it('makes a region where there was none', () => {
    const bytes = sign({ signatureRegion: undefined, isOld: true });
    expect(bytes.readUInt32BE(16)).toBe(62);
    expect(tagBytes(read(bytes), RSA)).toEqual(PACKET);
  });

  it('aligns numbers behind texts', () => {
    const tags = [text(269, 'odd'), number(1000, 7), { tag: 1009, type: 5, count: 1, data: Buffer.alloc(8, 1) }];
    const old = parseHeader(header(tags, 62), 'signature', 'x.rpm');
    for (let size = 1; size < 20; size++) {
      const written = read(replaceSignatures(old, [{ tag: RSA, packet: Buffer.alloc(size) }], 'x.rpm'));
      expect(tagBytes(written, 1009)).toEqual(Buffer.alloc(8, 1));
    }
  });

  it('refuses a header that is full', () => {
    const tags = Array.from({ length: 31 }, (_, index) => number(2000 + index, index));
    const old = parseHeader(header(tags, 62), 'signature', 'x.rpm');
    expect(() => replaceSignatures(old, [{ tag: RSA, packet: PACKET }], 'x.rpm')).toThrow(UserError);
  });
});
