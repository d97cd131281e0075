import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RepositoryPaths } from '../../../src/repository/layout.ts';
import {
  formatSnapshot,
  listSnapshots,
  poolFilesOf,
  readChannels,
  readSnapshot,
} from '../../../src/repository/snapshot.ts';
import { binary, rpm, rpmSnapshot, snapshot, source, srpm } from './fixtures.ts';

let paths: RepositoryPaths;
beforeEach(async () => {
  paths = new RepositoryPaths(await mkdtemp(path.join(tmpdir(), 'snapshot-')));
  await mkdir(paths.snapshots, { recursive: true });
});
afterEach(async () => {
  await rm(paths.root, { recursive: true });
});

const ID = '20260102T030405Z-abcdef';
async function write(text: string): Promise<void> {
  await mkdir(paths.snapshot(ID), { recursive: true });
  await writeFile(path.join(paths.snapshot(ID), 'snapshot.json'), text);
}

describe('snapshot.json', () => {
  it('reads back as it was written, one package a line', async () => {
    const value = snapshot([binary('hello', '1.0'), source('hello', '1.0')], {
      records: [
        { path: 'pool/main/h/hello/x.changes', size: 1, sha256: '0'.repeat(64), source: 'hello', sourceVersion: '1.0' },
      ],
    });
    const text = formatSnapshot(value);
    expect(text.split('\n').filter((line) => line.includes('"kind":')).length).toBe(2);
    await write(text);
    expect(await readSnapshot(paths, ID)).toEqual(value);
    expect([...poolFilesOf(value)].map((file) => path.basename(file.path))).toEqual([
      'hello_1.0_amd64.deb',
      'hello_1.0.dsc',
      'hello_1.0.orig.tar.xz',
      'hello_1.0.debian.tar.xz',
      'x.changes',
    ]);
    expect(JSON.parse(formatSnapshot(snapshot([])))).toEqual(snapshot([]));
  });

  it('of an rpm repository reads back as it was written', async () => {
    const value = rpmSnapshot([rpm('hello', '1:1.0-1'), srpm('hello', '1:1.0-1')]);
    await write(formatSnapshot(value));
    expect(await readSnapshot(paths, ID)).toEqual(value);
  });

  it('of the time when there was only deb is read', async () => {
    const text = JSON.stringify({
      schema: 'pkg-actions/snapshot/1',
      id: ID,
      createdAt: '2026-01-02T03:04:05.000Z',
      parent: null,
      channel: 'latest',
      format: 'deb',
      settings: {
        suite: 'bookworm',
        components: ['main'],
        udebComponents: [],
        architectures: ['amd64'],
        origin: 'Test',
        label: 'Test',
      },
      signedBy: 'A'.repeat(40),
      tool: { name: 'pkg-actions', version: '0.1.0' },
      change: { added: [], superseded: [], builds: [] },
      packages: [],
      records: [],
      supersededIndexes: [],
    });
    await write(text);
    const read = await readSnapshot(paths, ID);
    expect(JSON.stringify(read)).toBe(text);
  });

  it('does not mix formats', async () => {
    await write(formatSnapshot(rpmSnapshot([])).replace('"rpm"', '"deb"'));
    await expect(readSnapshot(paths, ID)).rejects.toThrow('settings');
  });

  it.each([
    ['nothing', '', 'no JSON'],
    ['a half', '{"schema":', 'no JSON'],
    ['another form', '{}', 'format'],
    ['another snapshot', formatSnapshot(snapshot([], { id: '20260102T030405Z-000000' })), 'the snapshot'],
    [
      'a path out of the pool',
      formatSnapshot(snapshot([binary('hello', '1.0')])).replace('pool/main/h', 'pool/../..'),
      'a path inside the pool',
    ],
    [
      'a path out of the snapshot',
      formatSnapshot(
        snapshot([], { supersededIndexes: [{ path: 'dists/x/by-hash/a', supersededAt: '2026-01-01T00:00:00Z' }] }),
      ).replace('dists/x', '../x'),
      'supersededIndexes',
    ],
  ])('refuses %s', async (_name, text, found) => {
    await write(text);
    await expect(readSnapshot(paths, ID)).rejects.toThrow(found);
  });

  it('says which one is missing', async () => {
    await expect(readSnapshot(paths, ID)).rejects.toThrow(/snapshot\.json: the snapshot cannot be read \(found ENOENT/);
  });
});

describe('channels', () => {
  it('are the links to snapshots, and nothing else in public/', async () => {
    await write('{}');
    await symlink(`snapshots/${ID}`, path.join(paths.public, 'latest'));
    await symlink(`snapshots/${ID}`, path.join(paths.public, '.testing.new'));
    await writeFile(path.join(paths.public, 'index.html'), '');
    await writeFile(path.join(paths.public, 'README'), '');
    expect([...(await readChannels(paths))]).toEqual([['latest', ID]]);
    expect(await listSnapshots(paths)).toEqual([ID]);
  });

  it.each(['/etc', '../../etc', `snapshots/${ID}/dists`, 'snapshots/..', ID])('may not point to %s', async (target) => {
    await symlink(target, path.join(paths.public, 'latest'));
    await expect(readChannels(paths)).rejects.toThrow('a channel does not point to a snapshot');
  });

  it('are none in a folder that is not there', async () => {
    const none = new RepositoryPaths(path.join(paths.root, 'none'));
    expect((await readChannels(none)).size).toBe(0);
    expect(await listSnapshots(none)).toEqual([]);
  });
});
