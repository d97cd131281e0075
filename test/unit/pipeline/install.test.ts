import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { builtPackages } from '../../../src/actions/pipeline/install.ts';
import { publishedChannels } from '../../../src/actions/pipeline/repository.ts';
import { type FileRole, writeManifest } from '../../../src/manifest.ts';
import { channelTarget, RepositoryPaths } from '../../../src/repository/layout.ts';
import { formatSnapshot, SNAPSHOT_FILE, type SnapshotPackage } from '../../../src/repository/snapshot.ts';

let folder: string;
let paths: RepositoryPaths;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-install-'));
  paths = new RepositoryPaths(path.join(folder, 'repository'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const ID = '20260101T000000Z-abcdef';
const digest = (letter: string) => letter.repeat(64);

const inSnapshot = (
  name: string,
  version: string,
  architecture: string,
  sha256: string,
  type: 'deb' | 'udeb' = 'deb',
): SnapshotPackage => ({
  kind: 'binary',
  type,
  name,
  version,
  architecture,
  source: 'hello',
  sourceVersion: version,
  files: [{ path: `pool/${sha256.slice(0, 8)}.${type}`, size: 1, sha256 }],
});

async function snapshot(packages: SnapshotPackage[], channels: string[], suite = 'acme'): Promise<void> {
  await mkdir(paths.snapshot(ID), { recursive: true });
  const text = formatSnapshot({
    schema: 'pkg-actions/snapshot/1',
    id: ID,
    createdAt: '2026-01-01T00:00:00Z',
    parent: null,
    channel: 'latest',
    format: 'deb',
    settings: {
      suite,
      components: ['main', 'extra'],
      udebComponents: [],
      architectures: ['amd64', 'arm64'],
      origin: 'Acme',
      label: 'Acme',
    },
    signedBy: 'F'.repeat(40),
    tool: { name: 'pkg-actions', version: '1' },
    change: { added: [], superseded: [], builds: [] },
    packages,
    records: [],
    supersededIndexes: [],
  });
  await writeFile(path.join(paths.snapshot(ID), SNAPSHOT_FILE), text);
  for (const channel of channels) await symlink(channelTarget(ID), path.join(paths.public, channel));
}

it('installs what was built: no other version, architecture or kind of the same names', async () => {
  const files: [string, FileRole, string][] = [
    ['hello_2.0_amd64.deb', 'deb', digest('a')],
    ['hello-data_2.0_all.deb', 'deb', digest('b')],
    ['hello-dbgsym_2.0_amd64.deb', 'deb', digest('c')],
    ['hello-udeb_2.0_amd64.udeb', 'udeb', digest('d')],
  ];
  const build = path.join(folder, 'build');
  await mkdir(build);
  await writeManifest(build, {
    schema: 'pkg-actions/manifest/1',
    stage: 'build',
    createdAt: '2026-01-01T00:00:00Z',
    tool: { name: 'pkg-actions', version: '1' },
    package: { name: 'hello', version: '1:2.0', format: 'deb' },
    change: 'merge',
    origins: [],
    tools: {},
    files: files.map(([name, role, sha256]) => ({ name, role, sha256, size: 1 })),
  });
  await snapshot(
    [
      inSnapshot('hello', '1:1.0', 'amd64', digest('1')),
      inSnapshot('hello', '1:2.0', 'amd64', digest('a')),
      inSnapshot('hello', '1:2.0', 'arm64', digest('2')),
      inSnapshot('hello-data', '1:2.0', 'all', digest('b')),
      inSnapshot('hello-dbgsym', '1:2.0', 'amd64', digest('c')),
      inSnapshot('hello-udeb', '1:2.0', 'amd64', digest('d'), 'udeb'),
      inSnapshot('other', '1', 'amd64', digest('3')),
    ],
    [],
  );
  expect(await builtPackages(paths, ID, [build])).toEqual([
    { name: 'hello', version: '1:2.0', architecture: 'amd64' },
    { name: 'hello-data', version: '1:2.0', architecture: 'all' },
  ]);
});

it('knows every channel of a repository, by the suite that it publishes', async () => {
  expect(await publishedChannels(paths.root, 'latest')).toEqual([]);
  await snapshot([], ['stable', 'testing', 'daily'], 'acme-bookworm');
  const channels = await publishedChannels(paths.root, 'testing');
  expect(channels.map(({ channel }) => channel)).toEqual(['testing', 'daily', 'stable']);
  expect(channels[0]?.source).toBe(
    `deb [signed-by=${paths.public}/key.asc] ${paths.public}/testing acme-bookworm main extra`,
  );
});
