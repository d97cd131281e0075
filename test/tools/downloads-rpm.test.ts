import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { downloadsFolder } from '../../src/buildroot/downloads/store.ts';
import { layersFolder } from '../../src/buildroot/layers/store.ts';
import { removeUnheld } from '../../src/buildroot/staged-folder.ts';
import { digestFile } from '../../src/manifest.ts';
import { type Built, build, tinySource } from './build-mock-helpers.ts';
import { STATE } from './buildroot.ts';
import { recordingProxy } from './recording-proxy.ts';
import { testRpmGeneration } from './rpm-buildroot.ts';
import { extraRepository, type RpmRepository } from './rpm-distribution.ts';
import type { SmallPackage } from './rpm-distribution-packages.ts';
import { serveFolder } from './rpm-distribution-server.ts';

let root: string;
let folder: string;
let name: string;
const kept = new Set<string>();
const layers = new Set<string>();

beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-downloads-rpm-'));
  await (await testRpmGeneration()).lock.release();
}, 300_000);
afterAll(async () => {
  for (const file of kept) await rm(file, { force: true });
  for (const id of layers) await removeUnheld(path.join(layersFolder(STATE), id), 'a layer of the tests');
  await rm(root, { recursive: true, force: true });
});
beforeEach(async () => {
  folder = await mkdtemp(path.join(root, 'case-'));
  name = `dep${randomBytes(6).toString('hex')}`;
});

interface Remote extends RpmRepository {
  /** Of the one package. */
  readonly file: string;
  /** Where it is kept. */
  readonly place: string;
}

/** A signed repository that has one package, which no other test has. */
async function remoteRepository(place: string, more: Partial<SmallPackage> = {}): Promise<Remote> {
  const repository = await extraRepository(path.join(folder, place), [
    { name, files: { [`/usr/share/${name}`]: `${place}\n` }, ...more },
  ]);
  const file = path.join(repository.folder, `${name}-1.0-1.el9.noarch.rpm`);
  const { sha256 } = await digestFile(file);
  const stored = path.join(downloadsFolder(STATE), sha256.slice(0, 2), sha256);
  kept.add(stored);
  return { ...repository, file, place: stored };
}

const sourceOf = () =>
  tinySource(folder, { buildRequires: [name], sections: { build: `echo "content: $(cat /usr/share/${name})"` } });

let count = 0;
async function buildAgain(source: string, inputs: Record<string, string>): Promise<Built> {
  const built = await build(folder, source, { output: path.join(folder, `packages-${count++}`), ...inputs });
  expect(built.errors).toBe('');
  expect(built.warnings).toEqual([]);
  const layer = (await built.manifest()).buildroot?.layer;
  if (layer !== undefined) layers.add(layer);
  return built;
}

const said = (built: Built) => /downloads: .*/.exec(built.host.lines.map(({ message }) => message).join('\n'))?.[0];
const isThere = (file: string) =>
  stat(file).then(
    () => true,
    () => false,
  );

describe('downloads for rpm builds', () => {
  it.each([
    ['a layer', {}],
    ['the session that builds', { layers: 'false' }],
  ])('are kept, and given to the next build that wants them: for %s', async (_where, inputs) => {
    const remote = await remoteRepository('remote');
    await using server = await serveFolder(remote.folder);
    const fetched = () => server.requests.filter((one) => one.endsWith('.rpm')).length;
    const source = await sourceOf();
    const repositories = `remote ${server.url} key=${remote.keyFile}`;
    const first = await buildAgain(source, { repositories, ...inputs });
    expect(said(first)).toBe('downloads: 0 kept, 1 to be fetched');
    expect(fetched()).toBe(1);
    expect(await readFile(remote.place)).toEqual(await readFile(remote.file));
    // Without the layer that was made of it, it has to be installed again.
    const second = await buildAgain(source, { repositories, layers: 'false' });
    expect(said(second)).toBe('downloads: 1 kept, 0 to be fetched');
    expect(fetched()).toBe(1);
    expect(await second.text('build.log')).toContain('content: remote');
    expect(await second.text('.packages')).toBe(await first.text('.packages'));
    const off = await buildAgain(source, { repositories, layers: 'false', 'download-cache': 'false' });
    expect(said(off)).toBeUndefined();
    expect(fetched()).toBe(2);
  });

  it('are not kept where something in the session has changed them, nor given out when the disk has', async () => {
    const remote = await remoteRepository('remote', {
      scriptlets: { post: `for file in /var/cache/dnf/*/packages/${name}-*.rpm; do echo evil >> $file; done` },
    });
    await using server = await serveFolder(remote.folder);
    const fetched = () => server.requests.filter((one) => one.endsWith('.rpm')).length;
    const inputs = { repositories: `remote ${server.url} key=${remote.keyFile}`, layers: 'false' };
    const source = await sourceOf();
    await buildAgain(source, inputs);
    expect(await isThere(remote.place)).toBe(false);
    // As a disk that goes bad.
    await mkdir(path.dirname(remote.place), { recursive: true });
    const bytes = await readFile(remote.file);
    bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
    await writeFile(remote.place, bytes);
    const built = await buildAgain(source, inputs);
    expect(said(built)).toBe('downloads: 0 kept, 1 to be fetched');
    expect(fetched()).toBe(2);
    expect(await isThere(remote.place)).toBe(false);
  });

  it('are not taken for others of the same name and version', async () => {
    const one = await remoteRepository('one');
    const source = await sourceOf();
    {
      await using server = await serveFolder(one.folder);
      await buildAgain(source, { repositories: `remote ${server.url} key=${one.keyFile}`, layers: 'false' });
    }
    const two = await remoteRepository('two');
    await using server = await serveFolder(two.folder);
    const built = await buildAgain(source, {
      repositories: `remote ${server.url} key=${two.keyFile}`,
      layers: 'false',
    });
    expect(said(built)).toBe('downloads: 0 kept, 1 to be fetched');
    expect(await built.text('build.log')).toContain('content: two');
    expect(await isThere(one.place)).toBe(true);
    expect(await isThere(two.place)).toBe(true);
  });

  it('are kept by builds at the same time', async () => {
    const remote = await remoteRepository('remote');
    await using server = await serveFolder(remote.folder);
    const source = await sourceOf();
    const repositories = `remote ${server.url} key=${remote.keyFile}`;
    await Promise.all([1, 2].map(() => buildAgain(source, { repositories, layers: 'false' })));
    expect(await readFile(remote.place)).toEqual(await readFile(remote.file));
    const last = await buildAgain(source, { repositories, layers: 'false' });
    expect(said(last)).toBe('downloads: 1 kept, 0 to be fetched');
  });
});

describe('a proxy', () => {
  it('is asked for what has to be installed, and is nothing that the build knows of', async () => {
    const remote = await remoteRepository('remote');
    const address = 'http://packages.example.invalid/remote';
    await using proxy = await recordingProxy(address, remote.folder);
    const source = await tinySource(folder, {
      buildRequires: [name],
      sections: { build: 'env; cat /etc/dnf/dnf.conf; grep -rs "127.0.0.1:" /etc /builddir || :' },
    });
    const inputs = {
      repositories: `remote ${address} key=${remote.keyFile}`,
      proxy: proxy.url,
      'download-cache': 'false',
    };
    for (const more of [{}, { layers: 'false' }]) {
      proxy.asked.length = 0;
      const built = await buildAgain(source, { ...inputs, ...more });
      expect(proxy.asked.some((one) => one.endsWith(`/${name}-1.0-1.el9.noarch.rpm`))).toBe(true);
      const log = await built.text('build.log');
      expect(log).toContain('gpgcheck');
      expect(log).not.toContain(new URL(proxy.url).host);
    }
  });
});
