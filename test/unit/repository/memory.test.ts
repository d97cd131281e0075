import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { RecordingHost } from '../../../src/host/recording.ts';
import { RepositoryPaths } from '../../../src/repository/layout.ts';
import { makeMemoryFolder, removeMemoryFolder } from '../../../src/repository/memory.ts';
import { recover } from '../../../src/repository/recovery.ts';

const made: string[] = [];
const newId = () => {
  const id = `20260102T030405Z-${randomBytes(3).toString('hex')}`;
  made.push(`/dev/shm/pkg-actions-${id}`);
  return id;
};
afterEach(async () => {
  for (const folder of made.splice(0)) await rm(folder, { recursive: true, force: true });
});

test('a folder in memory is private, and is there once', async () => {
  const id = newId();
  const folder = await makeMemoryFolder(id, 1000);
  expect(folder).toBe(`/dev/shm/pkg-actions-${id}`);
  expect((await lstat(folder ?? '')).mode & 0o777).toBe(0o700);
  expect(await makeMemoryFolder(id, 1000)).toBeUndefined();
  await removeMemoryFolder(id);
  expect(existsSync(folder ?? '')).toBe(false);
  await removeMemoryFolder(id);
});

test('there is none where it would not fit', async () => {
  const id = newId();
  expect(await makeMemoryFolder(id, Number.MAX_SAFE_INTEGER)).toBeUndefined();
  expect(existsSync(`/dev/shm/pkg-actions-${id}`)).toBe(false);
});

test('what a killed publish left in memory goes with its staging folder', async () => {
  await using disposables = new AsyncDisposableStack();
  const root = await mkdtemp(path.join(tmpdir(), 'memory-'));
  disposables.defer(async () => await rm(root, { recursive: true, force: true }));
  const paths = new RepositoryPaths(root);
  const [id, other] = [newId(), newId()];
  for (const folder of [paths.public, paths.private, path.join(paths.staging, id)])
    await mkdir(folder, { recursive: true });
  const left = await makeMemoryFolder(id, 1000);
  const others = await makeMemoryFolder(other, 1000);
  await writeFile(path.join(left ?? '', 'db'), 'x');
  await recover(paths, new RecordingHost());
  expect(existsSync(left ?? '')).toBe(false);
  expect(existsSync(path.join(paths.staging, id))).toBe(false);
  // A publish into another repository may be at work.
  expect(existsSync(others ?? '')).toBe(true);
});
