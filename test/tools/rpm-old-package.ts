/** A package as rpm before 4.14 made it (CentOS 7): no digests of the payload, and no SHA-256 of the header. */

import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openRpm, type RpmFrame, readFrame } from '../../src/rpm/frame.ts';
import type { RpmHeader } from '../../src/rpm/header.ts';
import { header, type Tag } from '../unit/rpm/rpm-bytes.ts';

const tagsOf = ({ entries, store }: RpmHeader): Tag[] =>
  entries.map(({ tag, type, count, offset, length }) => ({
    tag,
    type,
    count,
    data: store.subarray(offset, offset + length),
  }));

/** Makes it from a new one, in `folder`. */
export async function oldPackage(file: string, folder: string): Promise<string> {
  const { frame, payload } = await partsOf(file);
  const isDigest = ({ tag }: Tag) => [5062, 5092, 5093, 5097].includes(tag);
  const main = header(
    tagsOf(frame.header).filter((tag) => !isDigest(tag)),
    63,
  );
  const target = path.join(folder, `old-${path.basename(file)}`);
  await writeFile(target, assemble(frame, main, payload, [273]));
  return target;
}

export async function partsOf(file: string): Promise<{ frame: RpmFrame; payload: Buffer }> {
  await using handle = await openRpm(file);
  const frame = await readFrame(handle, file);
  return { frame, payload: (await readFile(file)).subarray(frame.headerRange.end) };
}

/** A package of another main header, with the signature header that fits, without some of its tags. */
export function assemble(frame: RpmFrame, main: Buffer, payload: Buffer, without: readonly number[] = []): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(main.length + payload.length);
  const values: Readonly<Record<number, Buffer>> = {
    269: Buffer.from(`${createHash('sha1').update(main).digest('hex')}\0`),
    273: Buffer.from(`${createHash('sha256').update(main).digest('hex')}\0`),
    1000: size,
    1004: createHash('md5').update(main).update(payload).digest(),
  };
  const signature = header(
    tagsOf(frame.signature)
      .filter(({ tag }) => !without.includes(tag))
      .map((tag) => ({ ...tag, data: values[tag.tag] ?? tag.data })),
    62,
  );
  const padding = Buffer.alloc((8 - (signature.length % 8)) % 8);
  return Buffer.concat([frame.lead, signature, padding, main, payload]);
}
