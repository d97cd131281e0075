import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localBinds, sessionUri } from '../../../src/buildroot/local-repository.ts';
import { placeBinds } from '../../../src/buildroot/mock/places.ts';

const SNAPSHOT = '20260102T030405Z-1a2b3c';

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-shown-')));
  await mkdir(path.join(folder, 'private'));
  await writeFile(path.join(folder, 'private/key'), 'secret');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function touch(name: string): Promise<void> {
  const file = path.join(folder, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, '');
}

/** A published repository with a channel; `index` in its snapshot. */
async function published(index: string, pool: string): Promise<void> {
  await touch(`public/pool/a/a/file`);
  await touch(`public/snapshots/${SNAPSHOT}/${index}`);
  const below = pool.split('/').slice(0, -1).join('/');
  await symlink('../../pool', path.join(folder, 'public/snapshots', SNAPSHOT, 'pool'));
  if (below !== '') await symlink('../pool', path.join(folder, 'public/snapshots', SNAPSHOT, pool));
  await symlink(`snapshots/${SNAPSHOT}`, path.join(folder, 'public/latest'));
}

describe('a folder of rpm packages', () => {
  const binds = (name: string) => placeBinds(path.join(folder, name), '/shown');

  it('is shown where it is a repository', async () => {
    await touch('repo/repodata/repomd.xml');
    await symlink('repodata', path.join(folder, 'repo/within'));
    await symlink('nowhere', path.join(folder, 'repo/dangling'));
    expect(await binds('repo')).toEqual([{ source: path.join(folder, 'repo'), destination: '/shown' }]);
  });

  it('is not shown where it is none', async () => {
    await expect(binds('private')).rejects.toThrow(/holds none \(expected repodata\/repomd\.xml in it\)/);
    await touch('fake/repodata/other');
    await symlink('../../private/key', path.join(folder, 'fake/repodata/repomd.xml'));
    await expect(binds('fake')).rejects.toThrow(/holds none/);
    await expect(placeBinds('/', '/shown')).rejects.toThrow(/the root of this machine/);
    await expect(binds('absent')).rejects.toThrow(/cannot be read.*ENOENT/);
  });

  it.each(['x', 'pool', 'repodata'])('is not shown with a link %s that leads out of it', async (name) => {
    const repodata = name === 'repodata' ? 'private' : 'repo/repodata';
    await touch(`${repodata}/repomd.xml`);
    await mkdir(path.join(folder, 'repo'), { recursive: true });
    await symlink('../private', path.join(folder, 'repo', name));
    await expect(binds('repo')).rejects.toThrow(new RegExp(`repo/${name}: a link that leads out of a repository`));
  });

  it('is not shown with a link in a folder of many entries', async () => {
    await touch('repo/repodata/repomd.xml');
    await Promise.all(Array.from({ length: 300 }, (_, index) => touch(`repo/file-${index}`)));
    await symlink('../private', path.join(folder, 'repo/x'));
    await expect(binds('repo')).rejects.toThrow(/repo\/x: a link/);
  });

  it('is shown with the pool that snapshots share', async () => {
    await published('x86_64/repodata/repomd.xml', 'x86_64/pool');
    const place = path.join(folder, 'public/snapshots', SNAPSHOT, 'x86_64');
    expect((await binds('public/latest/x86_64')).sort((a, b) => a.destination.localeCompare(b.destination))).toEqual([
      { source: path.join(folder, 'public/pool'), destination: '/shown/pool' },
      { source: path.join(place, 'repodata'), destination: '/shown/repodata' },
    ]);
  });

  it('is not shown with a pool that only looks like it', async () => {
    await published('repodata/repomd.xml', 'pool');
    await rm(path.join(folder, 'public/pool'), { recursive: true });
    await mkdir(path.join(folder, 'elsewhere/pool'), { recursive: true });
    await symlink('../elsewhere/pool', path.join(folder, 'public/pool'));
    await expect(binds('public/latest')).rejects.toThrow(/\/pool: a link that leads out/);
  });
});

describe('a folder of Debian packages', () => {
  const uri = () => `file:${folder}/repo`;
  const binds = (suite?: string) => localBinds([{ uri: uri(), suite }]);

  it('is shown where it is a repository', async () => {
    await touch('repo/dists/stable/Release');
    await touch('repo/pool/main/a');
    expect((await binds()).map(({ destination }) => destination).sort()).toEqual([
      `${sessionUri(uri())}/dists`,
      `${sessionUri(uri())}/pool`,
    ]);
  });

  it.each([
    ['Packages', './'],
    ['InRelease', undefined],
    ['sub/Packages.xz', './sub/'],
  ])('is shown where it is flat and has %s', async (index, suite) => {
    await touch(`repo/${index}`);
    expect(await binds(suite)).toEqual([{ source: path.join(folder, 'repo'), destination: sessionUri(uri()) }]);
  });

  it('is not shown where it is none', async () => {
    await touch('repo/file');
    await touch('Packages');
    await expect(binds('./')).rejects.toThrow(/holds none/);
    await expect(binds('./../')).rejects.toThrow(/holds none/);
    await symlink('../Packages', path.join(folder, 'repo/Packages'));
    await expect(binds('./')).rejects.toThrow(/Packages: a link that leads out/);
    await expect(localBinds([{ uri: 'file:/' }])).rejects.toThrow(/the root of this machine/);
  });

  it.each(['x', 'pool', 'dists'])('is not shown with a link %s that leads out of it', async (name) => {
    if (name !== 'dists') await touch('repo/dists/stable/Release');
    await mkdir(path.join(folder, 'repo'), { recursive: true });
    await symlink('../private', path.join(folder, 'repo', name));
    await expect(binds()).rejects.toThrow(new RegExp(`repo/${name}: a link that leads out of a repository`));
  });

  it('is shown with the pool that snapshots share', async () => {
    await published('dists/stable/Release', 'pool');
    const latest = `file:${folder}/public/latest`;
    expect(await localBinds([{ uri: latest }])).toEqual([
      {
        source: path.join(folder, 'public/snapshots', SNAPSHOT, 'dists'),
        destination: `${sessionUri(latest)}/dists`,
      },
      { source: path.join(folder, 'public/pool'), destination: `${sessionUri(latest)}/pool` },
    ]);
  });
});
