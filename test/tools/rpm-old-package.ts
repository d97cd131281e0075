/** A package as rpm before 4.14 made it (CentOS 7): no digests of the payload, and no SHA-256 of the header. */

import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openRpm, readFrame } from '../../src/rpm/frame.ts';
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
  await using handle = await openRpm(file);
  const frame = await readFrame(handle, file);
  const payload = (await readFile(file)).subarray(frame.headerRange.end);
  const isDigest = ({ tag }: Tag) => [5062, 5092, 5093, 5097].includes(tag);
  const main = header(
    tagsOf(frame.header).filter((tag) => !isDigest(tag)),
    63,
  );
  const size = Buffer.alloc(4);
  size.writeUInt32BE(main.length + payload.length);
  const values: Readonly<Record<number, Buffer>> = {
    269: Buffer.from(`${createHash('sha1').update(main).digest('hex')}\0`),
    1000: size,
    1004: createHash('md5').update(main).update(payload).digest(),
  };
  const signature = header(
    tagsOf(frame.signature)
      .filter(({ tag }) => tag !== 273)
      .map((tag) => ({ ...tag, data: values[tag.tag] ?? tag.data })),
    62,
  );
  const target = path.join(folder, `old-${path.basename(file)}`);
  const padding = Buffer.alloc((8 - (signature.length % 8)) % 8);
  await writeFile(target, Buffer.concat([frame.lead, signature, padding, main, payload]));
  return target;
}
