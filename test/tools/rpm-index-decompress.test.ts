/** Indexes in every form that compressors write them. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { run } from '../../src/process.ts';
import { type Compression, decompress } from '../../src/repository/client/decompress.ts';

async function read(data: Uint8Array, kind: Compression, maxBytes = 100_000_000): Promise<Buffer> {
  const pieces: Buffer[] = [];
  await decompress(data, kind, { file: 'index', maxBytes, onPiece: (piece) => pieces.push(Buffer.from(piece)) });
  return Buffer.concat(pieces);
}

/** What the program of that name makes of `data`. */
async function by(argv: readonly [string, ...string[]], data: Uint8Array): Promise<Buffer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'decompress-'));
  try {
    const file = path.join(folder, 'data');
    await writeFile(file, data);
    await run([...argv, file]);
    return await readFile(`${file}${argv[0] === 'xz' ? '.xz' : argv[0] === 'gzip' ? '.gz' : '.zst'}`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const text = Buffer.from(Array.from({ length: 200_000 }, (_, number) => `line ${number * 7919}\n`).join(''));

describe.each([
  ['.gz', ['gzip', '--quiet']],
  ['.xz', ['xz', '--quiet']],
  ['.zst', ['zstd', '--quiet']],
] as const)('%s', (kind, argv) => {
  test('one part, and several that follow each other', async () => {
    const one = await by(argv, text);
    expect((await read(one, kind)).equals(text)).toBe(true);
    const half = text.length / 2;
    const parts = [await by(argv, text.subarray(0, half)), await by(argv, text.subarray(half))];
    expect((await read(Buffer.concat(parts), kind)).equals(text)).toBe(true);
  });

  test('cut, damaged, followed by something else, or larger than allowed', async () => {
    const one = await by(argv, text);
    await expect(read(one.subarray(0, -20), kind)).rejects.toThrow(/a damaged index/);
    const damaged = Buffer.from(one);
    damaged.fill(0xff, 100, 200);
    await expect(read(damaged, kind)).rejects.toThrow(/a damaged index/);
    if (kind !== '.gz') await expect(read(Buffer.concat([one, text]), kind)).rejects.toThrow(/a damaged index/);
    await expect(read(one, kind, text.length - 1)).rejects.toThrow(/grows beyond its size/);
    await expect(read(Buffer.concat([one, one]), kind, text.length)).rejects.toThrow(/grows beyond its size/);
    expect(await read(Buffer.alloc(0), kind)).toHaveLength(0);
  });
});

test('frames of zstd that hold nothing (skippable ones) are passed over', async () => {
  const skippable = Buffer.from('502a4d180400000001020304', 'hex');
  const frame = zlib.zstdCompressSync(text);
  expect((await read(Buffer.concat([skippable, frame, skippable]), '.zst')).equals(text)).toBe(true);
});
