import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, link, mkdir, mkdtemp, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  type Download,
  downloadsFolder,
  openDownloads,
  removeDeadDownloads,
} from '../../../src/buildroot/downloads/store.ts';

let state: string;
beforeEach(async () => {
  state = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-downloads-'));
});
afterEach(() => rm(state, { recursive: true, force: true }));

const named = (content: string): Download => ({
  sha256: createHash('sha256').update(content).digest('hex'),
  size: Buffer.byteLength(content),
});
const placeOf = ({ sha256 }: Download) => path.join(downloadsFolder(state), sha256.slice(0, 2), sha256);

async function file(content: string): Promise<string> {
  const place = path.join(state, `file-${Math.random()}`);
  await writeFile(place, content);
  return place;
}

it('what was kept is given out to the next build, whole', async () => {
  {
    await using first = await openDownloads(state);
    expect(await first.keep(named('one'), await file('one'))).toBe(true);
    expect(await first.keep(named('one'), await file('one'))).toBe(true);
  }
  await using second = await openDownloads(state);
  const destination = path.join(second.folder, 'one.deb');
  expect(await second.take(named('one'), destination)).toBe(true);
  expect(await readFile(destination, 'utf8')).toBe('one');
  expect(await second.take(named('two'), path.join(second.folder, 'two.deb'))).toBe(false);
});

it('nothing comes in that is not what was named', async () => {
  await using store = await openDownloads(state);
  const real = await file('one');
  const link = path.join(state, 'link');
  await symlink(real, link);
  const folder = path.join(state, 'folder');
  await mkdir(folder);
  const attempts: [Download, string][] = [
    [named('one'), await file('own')],
    [named('one'), await file('one and more')],
    [{ ...named('one'), size: 2 }, real],
    [named('one'), link],
    [named('one'), folder],
    [named('one'), path.join(state, 'nowhere')],
  ];
  for (const [download, source] of attempts) expect(await store.keep(download, source)).toBe(false);
  expect(existsSync(placeOf(named('one')))).toBe(false);
  await expect(store.keep({ sha256: '../x', size: 1 }, real)).rejects.toThrow('not a SHA-256');
});

it('a file that is taken over is moved, and belongs to nobody else', async () => {
  await using store = await openDownloads(state);
  const source = await file('one');
  await chmod(source, 0o666);
  const { ino } = await stat(source);
  expect(await store.adopt(named('one'), source)).toBe(true);
  expect(existsSync(source)).toBe(false);
  const kept = await stat(placeOf(named('one')));
  expect([kept.ino, kept.mode & 0o777, kept.uid]).toEqual([ino, 0o644, process.getuid?.()]);
});

it('a file that has another name as well is copied: by that name it could be changed', async () => {
  await using store = await openDownloads(state);
  const source = await file('one');
  const other = path.join(state, 'other');
  await link(source, other);
  expect(await store.adopt(named('one'), source)).toBe(true);
  await writeFile(other, 'own');
  expect(await readFile(placeOf(named('one')), 'utf8')).toBe('one');
});

it('nothing is taken over that is not what was named', async () => {
  await using store = await openDownloads(state);
  const pointed = await file('one');
  const symbolic = path.join(state, 'link');
  await symlink(pointed, symbolic);
  const folder = path.join(state, 'folder');
  await mkdir(folder);
  const attempts: [Download, string][] = [
    [named('one'), await file('own')],
    [{ ...named('one'), size: 2 }, await file('one')],
    [named('one'), symbolic],
    [{ ...named('one'), size: (await stat(folder)).size }, folder],
    [named('one'), path.join(state, 'nowhere')],
  ];
  for (const [download, source] of attempts) expect(await store.adopt(download, source)).toBe(false);
  expect(existsSync(placeOf(named('one')))).toBe(false);
  expect(await readFile(pointed, 'utf8')).toBe('one');
});

it('what is damaged on the disk is not given out, and goes', async () => {
  await using store = await openDownloads(state);
  await store.keep(named('one'), await file('one'));
  await writeFile(placeOf(named('one')), 'own');
  const destination = path.join(store.folder, 'one.deb');
  expect(await store.take(named('one'), destination)).toBe(false);
  expect(existsSync(destination)).toBe(false);
  expect(existsSync(placeOf(named('one')))).toBe(false);
});

it('the least recently used go first', async () => {
  await using store = await openDownloads(state);
  for (const [index, content] of ['aaaa', 'bbbb', 'cccc'].entries()) {
    await store.keep(named(content), await file(content));
    await utimes(placeOf(named(content)), 1_700_000_000 + index, 1_700_000_000 + index);
  }
  await store.take(named('aaaa'), path.join(store.folder, 'a.deb'));
  expect(await store.prune(8)).toBe(1);
  expect(['aaaa', 'bbbb', 'cccc'].map((content) => existsSync(placeOf(named(content))))).toEqual([true, false, true]);
  expect(await store.prune(100)).toBe(0);
  expect(await store.prune(0)).toBe(2);
});

it('folders of builds that were killed are removed, of those that run are not', async () => {
  await using store = await openDownloads(state);
  await mkdir(path.join(downloadsFolder(state), '.new-0123456789ab/shown'), { recursive: true });
  expect(await removeDeadDownloads(state)).toEqual(['.new-0123456789ab']);
  expect(existsSync(store.folder)).toBe(true);
});
