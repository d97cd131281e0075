import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { prepareState } from '../../../src/buildroot/state.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-state-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

const as = (uid: number) => vi.spyOn(process as { getuid: () => number }, 'getuid').mockReturnValue(uid);

it('says that root is needed before it looks at the folder', async () => {
  as(1000);
  const message = 'buildroots and build sessions on the host need root (found uid 1000); run as root, or with sudo';
  await expect(prepareState(path.join(folder, 'state'))).rejects.toThrow(message);
  // Root's, or no folder at all: it is the same.
  await expect(prepareState('/proc/none')).rejects.toThrow(message);
  expect(await readdir(folder)).toEqual([]);
});

it('says which folder cannot be made', async () => {
  as(0);
  const file = path.join(folder, 'file');
  await writeFile(file, '');
  await expect(prepareState(file)).rejects.toThrow(
    `${file}: the state folder cannot be made (found ENOTDIR, expected a folder that root can write, the input state)`,
  );
  const state = path.join(folder, 'state');
  expect(await prepareState(state)).toBe(state);
  expect((await readdir(state)).sort()).toEqual(['buildroots', 'sessions']);
});
