import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPackaging } from '../../../src/config/packaging.ts';

const HEAD = 'release: { name: acme }\ntargets: [debian-12]\n';

async function temporary() {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'packaging-'));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

describe('packages without code and spec', () => {
  const HELLO = `${HEAD}projects: [fuel-openstack, fuel-linux, plain]\npackages: [hello]\n`;
  const checkouts = async (folder: string, projects: readonly string[]) => {
    for (const project of projects) await mkdir(path.join(folder, project, '.git'), { recursive: true });
  };
  const read = async (folder: string, text: string) => readPackaging(text, path.join(folder, 'packaging.yml'));

  it.each([
    [['openstack/hello', 'openstack-build/hello-build'], 'openstack/hello', 'openstack-build/hello-build'],
    [['packages/bookworm/hello'], 'packages/bookworm/hello', undefined],
    [['packages/debian-12/hello'], 'packages/debian-12/hello', undefined],
    [['hello'], 'hello', undefined],
    // Half a pair, another suite, another package.
    [['openstack/hello'], '', undefined],
    [['packages/trixie/hello', 'openstack/other', 'openstack-build/other-build'], '', undefined],
  ])('are looked for among the checkouts %j', async (projects, code, spec) => {
    await using place = await temporary();
    await checkouts(place.folder, projects);
    const { packages } = await read(place.folder, HELLO);
    expect(packages[0]?.code).toEqual({ path: path.join(place.folder, code).replace(/\/$/, '') });
    expect(packages[0]?.spec).toEqual(spec && { path: path.join(place.folder, spec) });
  });

  it('take the folder of the file where a folder of that name is no checkout', async () => {
    await using place = await temporary();
    await mkdir(path.join(place.folder, 'hello'));
    expect((await read(place.folder, HELLO)).packages[0]?.code).toEqual({ path: place.folder });
  });

  it('take the folder of the file where that has the packaging, though a submodule has the name', async () => {
    await using place = await temporary();
    await checkouts(place.folder, ['hello']);
    await mkdir(path.join(place.folder, 'debian'));
    await writeFile(path.join(place.folder, 'debian/changelog'), '');
    expect((await read(place.folder, HELLO)).packages[0]?.code).toEqual({ path: place.folder });
  });

  it('are in the projects of the customer', async () => {
    await using place = await temporary();
    const pair = ['acme/openstack/hello', 'acme/openstack-build/hello-build'];
    await checkouts(place.folder, [...pair, 'openstack/hello', 'openstack-build/hello-build']);
    const { packages } = await read(
      place.folder,
      `${HEAD}customer: acme\nprojects: [fuel-openstack]\npackages: [hello]\n`,
    );
    expect([packages[0]?.code, packages[0]?.spec]).toEqual(
      pair.map((each) => ({ path: path.join(place.folder, each) })),
    );
  });

  it('are refused with two checkouts, and taken by kind', async () => {
    await using place = await temporary();
    await checkouts(place.folder, ['hello', 'packages/bookworm/hello']);
    await expect(read(place.folder, HELLO)).rejects.toThrow(
      /packages\[0\]: several checkouts hold the package \(found .*\/packages\/bookworm\/hello, .*\/hello, expected code, or a kind/,
    );
    const { packages } = await read(place.folder, HELLO.replace('[hello]', '[{ name: hello, kind: linux }]'));
    expect(packages[0]?.code).toEqual({ path: path.join(place.folder, 'packages/bookworm/hello') });
    const given = await read(place.folder, HELLO.replace('[hello]', '[{ name: hello, code: . }]'));
    expect(given.packages[0]?.code).toEqual({ path: place.folder });
  });
});
