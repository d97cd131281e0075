/** Makes rpm packages byte by byte, right ones and wrong ones, without rpm's tools and without the code under test. */
import { createHash } from 'node:crypto';

export interface Tag {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  readonly data: Buffer;
}

export const text = (tag: number, value: string, type = 6): Tag => ({
  tag,
  type,
  count: 1,
  data: Buffer.from(`${value}\0`),
});
export const texts = (tag: number, values: readonly string[]): Tag => ({
  tag,
  type: 8,
  count: values.length,
  data: Buffer.from(values.map((value) => `${value}\0`).join('')),
});
export const number = (tag: number, value: number): Tag => {
  const data = Buffer.alloc(4);
  data.writeUInt32BE(value);
  return { tag, type: 4, count: 1, data };
};
export const binary = (tag: number, data: Buffer): Tag => ({ tag, type: 7, count: data.length, data });

const ALIGNMENT: Readonly<Record<number, number>> = { 3: 2, 4: 4, 5: 8 };

/** A header of the tags as they are given, in a region (62 or 63); no region where it is undefined. */
export function header(tags: readonly Tag[], region: number | undefined): Buffer {
  const pieces: Buffer[] = [];
  const index: number[][] = [];
  let end = 0;
  for (const { tag, type, count, data } of tags) {
    const alignment = ALIGNMENT[type] ?? 1;
    const gap = (alignment - (end % alignment)) % alignment;
    pieces.push(Buffer.alloc(gap), data);
    index.push([tag, type, end + gap, count]);
    end += gap + data.length;
  }
  if (region !== undefined) {
    index.unshift([region, 7, end, 16]);
    pieces.push(words([region, 7, -(index.length * 16), 16]));
    end += 16;
  }
  return Buffer.concat([
    Buffer.from('8eade80100000000', 'hex'),
    words([index.length, end]),
    ...index.map(words),
    ...pieces,
  ]);
}

export function words(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeInt32BE(value | 0, index * 4);
  return bytes;
}

const digest = (algorithm: string, ...pieces: Buffer[]) =>
  pieces.reduce((hash, piece) => hash.update(piece), createHash(algorithm));

export const PAYLOAD = Buffer.from('not really an archive, but nobody unpacks it here');

export interface RpmRecipe {
  readonly name?: string;
  readonly version?: string;
  readonly release?: string;
  readonly epoch?: number;
  readonly arch?: string;
  /** Of a source package none. */
  readonly sourceRpm?: string | undefined;
  readonly payload?: Buffer;
  /** As packages from before rpm 4.14: no digest of the payload, no SHA-256 of the header. */
  readonly isOld?: boolean;
  /** Bytes of reserved space in the signature header; none when 0. */
  readonly reserved?: number;
  /** Tags of the main header, changed. */
  readonly main?: (tags: Tag[]) => readonly Tag[];
  /** Tags of the signature header, changed. */
  readonly signature?: (tags: Tag[]) => readonly Tag[];
  readonly signatureRegion?: number | undefined;
  readonly mainRegion?: number | undefined;
}

export interface RpmParts {
  readonly lead: Buffer;
  /** Padded. */
  readonly signature: Buffer;
  readonly main: Buffer;
  readonly payload: Buffer;
}

export function rpmParts(recipe: RpmRecipe = {}): RpmParts {
  const { payload = PAYLOAD, isOld = false, reserved = 1024 } = recipe;
  const sourceRpm = 'sourceRpm' in recipe ? recipe.sourceRpm : 'hello-2.10-1.src.rpm';
  const identify = recipe.main ?? ((tags) => tags);
  const main = header(
    identify([
      text(1000, recipe.name ?? 'hello'),
      text(1001, recipe.version ?? '2.10'),
      text(1002, recipe.release ?? '1'),
      ...(recipe.epoch === undefined ? [] : [number(1003, recipe.epoch)]),
      text(1004, 'A greeting – friendly', 9),
      number(1006, 1_700_000_000),
      text(1014, 'GPL-3.0-or-later'),
      text(1022, recipe.arch ?? 'x86_64'),
      ...(sourceRpm === undefined ? [] : [text(1044, sourceRpm)]),
      ...(isOld ? [] : [texts(5092, [digest('sha256', payload).digest('hex')]), number(5093, 8)]),
    ]),
    'mainRegion' in recipe ? recipe.mainRegion : 63,
  );
  const sign = recipe.signature ?? ((tags) => tags);
  const bare = header(
    sign([
      text(269, digest('sha1', main).digest('hex')),
      ...(isOld ? [] : [text(273, digest('sha256', main).digest('hex'))]),
      number(1000, main.length + payload.length),
      binary(1004, digest('md5', main, payload).digest()),
      number(1007, payload.length),
      ...(reserved === 0 ? [] : [binary(1008, Buffer.alloc(reserved))]),
    ]),
    'signatureRegion' in recipe ? recipe.signatureRegion : 62,
  );
  const signature = Buffer.concat([bare, Buffer.alloc((8 - (bare.length % 8)) % 8)]);
  return { lead: lead(sourceRpm === undefined), signature, main, payload };
}

export function lead(isSource = false): Buffer {
  const bytes = Buffer.alloc(96);
  bytes.write('edabeedb0300', 'hex');
  bytes.writeUInt16BE(isSource ? 1 : 0, 6);
  bytes.writeUInt16BE(1, 8);
  bytes.write('hello-2.10-1', 10);
  bytes.writeUInt16BE(1, 76);
  bytes.writeUInt16BE(5, 78);
  return bytes;
}

export function rpmBytes(recipe: RpmRecipe = {}): Buffer {
  const { lead: first, signature, main, payload } = rpmParts(recipe);
  return Buffer.concat([first, signature, main, payload]);
}
