import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { swapLink, syncFileSystem, writeDurably, writeWhole, writeWholeSync } from '../../src/durable.ts';
import { CommandError } from '../../src/errors.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-durable-'));
  file = path.join(folder, 'file');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const ways = {
  writeWhole: (content: string) => writeWhole(file, content),
  writeWholeSync: async (content: string) => writeWholeSync(file, content),
  writeDurably: (content: string) => writeDurably(file, content, 0o640),
};

describe.each(Object.entries(ways))('%s', (_name, write) => {
  it('replaces a file, and leaves nothing beside it', async () => {
    await write('one');
    await write('two');
    expect(await readFile(file, 'utf8')).toBe('two');
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('leaves what is there where the new one cannot be put in its place', async () => {
    await mkdir(path.join(file, 'full'), { recursive: true });
    await expect(write('one')).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(await readdir(file)).toEqual(['full']);
  });

  it('writes through no link, neither in its place nor in that of what it writes first', async () => {
    const elsewhere = path.join(folder, 'elsewhere');
    await writeFile(elsewhere, 'theirs');
    await symlink(elsewhere, file);
    await symlink(elsewhere, `${file}.new`);
    await write('ours');
    expect(await readFile(elsewhere, 'utf8')).toBe('theirs');
    expect((await lstat(file)).isFile()).toBe(true);
    expect(await readFile(file, 'utf8')).toBe('ours');
  });
});

it('writeDurably gives exactly the mode that it is told', async () => {
  const before = process.umask(0o077);
  try {
    await writeDurably(file, 'x', 0o644);
  } finally {
    process.umask(before);
  }
  expect((await lstat(file)).mode & 0o777).toBe(0o644);
});

it('writeWhole takes a name of its own beside the file', async () => {
  await Promise.all([
    writeWhole(file, 'one', { temporary: `${file}.1` }),
    writeWhole(file, 'two', { temporary: `${file}.2` }),
  ]);
  expect(['one', 'two']).toContain(await readFile(file, 'utf8'));
  expect(await readdir(folder)).toEqual(['file']);
});

it('swapLink replaces a link, and what a killed run left', async () => {
  const link = path.join(folder, 'current');
  await swapLink(link, 'one');
  await symlink('left', path.join(folder, '.current.new'));
  await swapLink(link, 'two');
  expect(await readlink(link)).toBe('two');
  await swapLink(link, 'three', '.own');
  expect(await readlink(link)).toBe('three');
  expect(await readdir(folder)).toEqual(['current']);
});

it('a file system is flushed by a place on it, and only by one that is there', async () => {
  await syncFileSystem(folder);
  await expect(syncFileSystem(path.join(folder, 'nowhere'))).rejects.toThrow(CommandError);
});
