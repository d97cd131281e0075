import { mkdir, mkdtemp, open, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../../src/process.ts';
import { RepositoryPaths } from '../../../src/repository/layout.ts';
import { formatSnapshot } from '../../../src/repository/snapshot.ts';
import { readView, viewOf } from '../../../src/repository/view.ts';
import { binary, snapshot } from './fixtures.ts';

const A = '20260102T030405Z-aaaaaa';
const B = '20260102T030406Z-bbbbbb';
let folder: string;
let paths: RepositoryPaths;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'view-'));
  paths = new RepositoryPaths(path.join(folder, 'repository'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function makeRepository(): Promise<void> {
  await mkdir(paths.snapshots, { recursive: true });
  await writeFile(paths.lease, '');
}

async function makeSnapshot(id: string, version: string): Promise<void> {
  await mkdir(paths.snapshot(id));
  const content = formatSnapshot(snapshot([binary('hello', version)], { id }));
  await writeFile(path.join(paths.snapshot(id), 'snapshot.json'), content);
}

async function point(channel: string, id: string): Promise<void> {
  await symlink(`snapshots/${id}`, path.join(paths.public, `${channel}.new`));
  await rename(path.join(paths.public, `${channel}.new`), path.join(paths.public, channel));
}

describe('a view', () => {
  it('of what is not there is empty, and makes nothing', async () => {
    const nothing = await readView(paths.root);
    expect([nothing.exists, nothing.channels.size, nothing.heads.size]).toEqual([false, 0, 0]);
    expect(await readdir(folder)).toEqual([]);
    await mkdir(paths.root);
    expect((await readView(paths.root)).exists).toBe(false);
    expect(await readdir(paths.root)).toEqual([]);
    expect(viewOf(nothing, 'latest', 'deb')).toMatchObject({ channel: 'latest', head: undefined });
  });

  it('of something else is an error', async () => {
    await mkdir(paths.root);
    await writeFile(path.join(paths.root, 'diary'), '');
    await expect(readView(paths.root)).rejects.toThrow('holds something that is not a repository');
    await expect(readView(path.join(paths.root, 'diary'))).rejects.toThrow('is not a folder');
  });

  it('has what each channel points to, for its format only', async () => {
    await makeRepository();
    await makeSnapshot(A, '1.0');
    await makeSnapshot(B, '2.0');
    await point('latest', A);
    await point('stable', A);
    await point('testing', B);
    const state = await readView(paths.root);
    expect([...state.channels]).toEqual([
      ['latest', A],
      ['stable', A],
      ['testing', B],
    ]);
    expect(state.heads.get('latest')).toBe(state.heads.get('stable'));
    expect(viewOf(state, 'testing', 'deb').head?.packages[0]?.version).toBe('2.0');
    expect(viewOf(state, 'none', 'deb').head).toBeUndefined();
    expect(() => viewOf(state, 'latest', 'rpm')).toThrow('packages of another format');
  });

  it('is read again where a channel moves and its snapshot goes away meanwhile', async () => {
    await makeRepository();
    await makeSnapshot(B, '2.0');
    await mkdir(paths.snapshot(A));
    // Reading it waits for a writer.
    const pipe = path.join(paths.snapshot(A), 'snapshot.json');
    await run(['mkfifo', pipe]);
    await point('latest', A);
    const reading = readView(paths.root);
    // Opens when the reader is there, so the channel moves while it reads.
    const writer = await open(pipe, 'w');
    await point('latest', B);
    await writer.close();
    const state = await reading;
    expect([...state.channels]).toEqual([['latest', B]]);
    expect(state.heads.get('latest')?.id).toBe(B);
  });

  it('says of a damaged snapshot that it is one', async () => {
    await makeRepository();
    await point('latest', A);
    await expect(readView(paths.root)).rejects.toThrow('the snapshot cannot be read');
  });
});
