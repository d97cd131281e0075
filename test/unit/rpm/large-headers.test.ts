import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inParallelByHeader } from '../../../src/rpm/large-headers.ts';
import { header, rpmBytes, words } from './rpm-bytes.ts';

const MIB = 1024 * 1024;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'large-headers-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** The start of a package whose main header is to have `bytes` of data, in a sparse file. */
async function beginning(name: string, bytes: number, size: number): Promise<string> {
  const file = path.join(folder, name);
  const signature = header([], 62);
  const padding = Buffer.alloc((8 - (signature.length % 8)) % 8);
  const intro = Buffer.concat([Buffer.from('8eade80100000000', 'hex'), words([1, bytes])]);
  await writeFile(file, Buffer.concat([rpmBytes().subarray(0, 96), signature, padding, intro]));
  await using handle = await open(file, 'r+');
  await handle.truncate(size);
  return file;
}

it('works on packages with large headers one at a time, and gives all in order', async () => {
  const files = [
    await beginning('large-1', 40 * MIB, 64 * MIB),
    await beginning('small-1', MIB, 64 * MIB),
    await beginning('large-2', 200 * MIB, 256 * MIB),
    await beginning('small-2', MIB, 2 * MIB),
    await beginning('large-3', 40 * MIB, 64 * MIB),
    path.join(folder, 'none'),
  ];
  const running = new Set<string>();
  const together: string[][] = [];
  const found = await inParallelByHeader(
    files,
    8,
    (file) => ({ path: file }),
    async (file) => {
      running.add(path.basename(file));
      await new Promise((resolve) => setTimeout(resolve, 30));
      together.push([...running].sort());
      running.delete(path.basename(file));
      return path.basename(file);
    },
  );
  expect(found).toEqual(['large-1', 'small-1', 'large-2', 'small-2', 'large-3', 'none']);
  expect(together[0]).toEqual(['none', 'small-1', 'small-2']);
  expect(together.slice(3)).toEqual([['large-1'], ['large-2'], ['large-3']]);
});

it('does not open what is known to be small', async () => {
  const file = await beginning('claimed', 40 * MIB, 64 * MIB);
  let most = 0;
  let running = 0;
  await inParallelByHeader(
    [1, 2],
    2,
    () => ({ path: file, size: 1000 }),
    async () => {
      running += 1;
      await new Promise((resolve) => setTimeout(resolve, 20));
      most = Math.max(most, running);
      running -= 1;
    },
  );
  expect(most).toBe(2);
});
