import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { downloadsFolder } from '../../src/buildroot/downloads/store.ts';
import { layersFolder } from '../../src/buildroot/layers/store.ts';
import { removeUnheld } from '../../src/buildroot/staged-folder.ts';
import { digestFile } from '../../src/manifest.ts';
import {
  type BuiltDeb,
  buildDeb,
  makeRepository,
  type PlainPackage,
  plainSource,
  repositories,
  type SmallDeb,
} from './build-deb-helpers.ts';
import { STATE, TARGET, testGeneration } from './buildroot.ts';
import { recordingProxy } from './recording-proxy.ts';
import { serveFolder } from './rpm-distribution-server.ts';

let root: string;
let folder: string;
/** Of a dependency, in every test another one, so that nothing of it is kept. */
let name: string;
const kept = new Set<string>();
const layers = new Set<string>();

beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-downloads-'));
  await (await testGeneration()).lock.release();
}, 300_000);
afterAll(async () => {
  for (const file of kept) await rm(file, { force: true });
  for (const id of layers)
    await removeUnheld(path.join(layersFolder(STATE), id), 'a layer of the tests').catch(() => {});
  await rm(root, { recursive: true, force: true });
});
beforeEach(async () => {
  folder = await mkdtemp(path.join(root, 'case-'));
  name = `dep${randomBytes(6).toString('hex')}`;
});

interface Remote {
  readonly folder: string;
  /** Of the one package. */
  readonly file: string;
  /** Where it is kept. */
  readonly place: string;
}

/** A repository that has one package, which no other test has. */
async function remoteRepository(place: string, more: Partial<SmallDeb> = {}, state = STATE): Promise<Remote> {
  const [file = ''] = await makeRepository(path.join(folder, place), [
    { name, files: { [`/usr/share/${name}/content`]: `${place}\n` }, ...more },
  ]);
  const { sha256 } = await digestFile(file);
  const stored = path.join(downloadsFolder(state), sha256.slice(0, 2), sha256);
  kept.add(stored);
  return { folder: path.join(folder, place), file, place: stored };
}

const sourceOf = (more: Partial<PlainPackage> = {}) =>
  plainSource(folder, { buildDepends: [name], build: [`echo "content: $(cat /usr/share/${name}/content)"`], ...more });

async function build(source: string, inputs: Record<string, string>): Promise<BuiltDeb> {
  const built = await buildDeb(folder, source, inputs);
  expect(built.errors).toBe('');
  expect(built.warnings).toEqual([]);
  const layer = (await built.manifest()).buildroot?.layer;
  if (layer !== undefined) layers.add(layer);
  return built;
}

const told = (built: BuiltDeb) => /^downloads: .*/m.exec(built.said)?.[0];
const fetchedOf = (server: { readonly requests: readonly string[] }) =>
  server.requests.filter((one) => one.endsWith('.deb')).length;
const isThere = (file: string) =>
  stat(file).then(
    () => true,
    () => false,
  );

describe('downloads for deb builds', () => {
  it.each([
    ['a layer', {}],
    ['the session that builds', { layers: 'false' }],
  ])('are kept, and given to the next build that wants them: for %s', async (_where, inputs) => {
    const remote = await remoteRepository('remote');
    await using server = await serveFolder(remote.folder);
    const source = await sourceOf();
    const first = await build(source, { ...repositories(server.url), ...inputs });
    expect(told(first)).toBe('downloads: 0 kept, 1 to be fetched');
    expect(fetchedOf(server)).toBe(1);
    expect(await readFile(remote.place)).toEqual(await readFile(remote.file));
    // Without the layer that was made of it, it has to be installed again.
    const second = await build(source, { ...repositories(server.url), layers: 'false' });
    expect(told(second)).toBe('downloads: 1 kept, 0 to be fetched');
    expect(fetchedOf(server)).toBe(1);
    expect(await second.log()).toContain('\ncontent: remote\n');
    expect(await second.packages()).toEqual(await first.packages());
    expect(await second.debs()).toEqual(await first.debs());
    const off = await build(source, { ...repositories(server.url), layers: 'false', 'download-cache': 'false' });
    expect(told(off)).toBeUndefined();
    expect(fetchedOf(server)).toBe(2);
  });

  it('are not kept where something in the session has changed them, nor given out when the disk has', async () => {
    const evil = 'for file in /run/pkg-actions/archives/*.deb; do echo evil >> "$file" || :; done';
    const remote = await remoteRepository('remote', { postinst: evil });
    await using server = await serveFolder(remote.folder);
    const inputs = { ...repositories(server.url), layers: 'false' };
    const source = await sourceOf();
    await build(source, inputs);
    expect(await isThere(remote.place)).toBe(false);
    // As a disk that goes bad.
    await mkdir(path.dirname(remote.place), { recursive: true });
    const bytes = await readFile(remote.file);
    bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
    await writeFile(remote.place, bytes);
    const damaged = await build(source, inputs);
    expect(told(damaged)).toBe('downloads: 0 kept, 1 to be fetched');
    expect(fetchedOf(server)).toBe(2);
    expect(await isThere(remote.place)).toBe(false);
    // One that is kept cannot be written to from the session.
    await writeFile(remote.place, await readFile(remote.file));
    expect(told(await build(source, inputs))).toBe('downloads: 1 kept, 0 to be fetched');
    expect(fetchedOf(server)).toBe(2);
    expect(await readFile(remote.place)).toEqual(await readFile(remote.file));
  });

  it('are not taken for others of the same name and version', async () => {
    const source = await sourceOf();
    for (const place of ['one', 'two']) {
      const remote = await remoteRepository(place);
      await using server = await serveFolder(remote.folder);
      const built = await build(source, { ...repositories(server.url), layers: 'false' });
      expect(told(built)).toBe('downloads: 0 kept, 1 to be fetched');
      expect(await built.log()).toContain(`\ncontent: ${place}\n`);
      expect(await isThere(remote.place)).toBe(true);
    }
  });

  it('are kept by builds at the same time', async () => {
    const remote = await remoteRepository('remote');
    await using server = await serveFolder(remote.folder);
    const source = await sourceOf();
    const inputs = { ...repositories(server.url), layers: 'false' };
    await Promise.all([1, 2].map(() => build(source, inputs)));
    expect(await readFile(remote.place)).toEqual(await readFile(remote.file));
    expect(told(await build(source, inputs))).toBe('downloads: 1 kept, 0 to be fetched');
  });

  it('take no more room than they are given', async () => {
    const state = await mkdtemp(path.join(path.dirname(STATE), 'test-downloads-'));
    try {
      const buildroot = `${TARGET}-amd64`;
      await mkdir(path.join(state, 'buildroots'));
      await symlink(path.join(STATE, 'buildroots', buildroot), path.join(state, 'buildroots', buildroot));
      const content = () => ({ files: { [`/usr/share/${name}/content`]: randomBytes(100_000).toString('base64') } });
      const source = await sourceOf({ build: [] });
      let last: Remote | undefined;
      for (const place of ['one', 'two']) {
        last = await remoteRepository(place, content(), state);
        await using server = await serveFolder(last.folder);
        // Room for one of them.
        await build(source, {
          ...{ ...repositories(server.url), state, layers: 'false' },
          'download-cache-size': String(Math.round((await stat(last.file)).size * 1.5)),
        });
        const all = await readdir(downloadsFolder(state), { recursive: true });
        expect(all.map((one) => path.basename(one)).filter((one) => one.length === 64)).toEqual([
          path.basename(last.place),
        ]);
        // No folder of a build is left.
        expect(all.filter((one) => one.startsWith('.'))).toEqual([]);
      }
    } finally {
      await rm(state, { recursive: true, force: true });
    }
  });
});

describe('a proxy', () => {
  it('is asked for what has to be installed, and is nothing that the build knows of', async () => {
    const remote = await remoteRepository('remote');
    const address = 'http://packages.example.invalid/remote';
    await using proxy = await recordingProxy(address, remote.folder);
    const source = await sourceOf({
      // With network: it could be asked.
      build: ['env', 'apt-config dump', 'grep -rs "127.0.0.1:" /etc || :', 'echo "end of settings"'],
    });
    const inputs = {
      ...repositories(address),
      ...{ proxy: proxy.url, network: 'true', 'download-cache': 'false', 'buildroot-max-age': '3650d' },
    };
    for (const more of [{}, { layers: 'false' }]) {
      proxy.asked.length = 0;
      const built = await build(source, { ...inputs, ...more });
      expect(proxy.asked.some((one) => one.endsWith(`/${path.basename(remote.file)}`))).toBe(true);
      const log = await built.log();
      expect(log).toContain('\nend of settings\n');
      expect(log).toContain('APT::Install-Recommends');
      expect(log).not.toMatch(/Acquire::https?::Proxy/i);
      expect(log.slice(log.indexOf('sbuild (Debian sbuild)'))).not.toContain(new URL(proxy.url).host);
    }
  });
});
