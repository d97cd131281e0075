/** dnf, and what stands between it and the repository: over http, with gpgcheck and repo_gpgcheck. */
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/process.ts';
import { type PublishServer, servePublic } from './publish-server.ts';
import { type DnfClient, RpmWorkbench } from './rpm-publish-helpers.ts';

let bench: RpmWorkbench;
let server: PublishServer;

beforeAll(async () => {
  bench = await RpmWorkbench.make();
  server = await servePublic(path.join(bench.repository, 'public'));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
});
beforeEach(async () => {
  server.tamper = undefined;
  await rm(bench.repository, { recursive: true, force: true });
});

const data = (version: string) => ({ name: 'data', architecture: 'noarch', version, subpackages: { doc: 'noarch' } });
const client = async (options: { channel?: string } = {}) => await bench.dnf({ url: server.url, ...options });
const installed = async (dnf: DnfClient) =>
  (await dnf.run('repoquery', '--installed', '--queryformat=%{name}-%{version}-%{release}'))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('gpg-pubkey'))
    .sort();
/** Why dnf fails; fails itself where it does not. */
const complaint = async (work: Promise<unknown>) =>
  await work.then(
    () => {
      throw new Error('dnf did not refuse it');
    },
    (error: Error) => `${error.message}\n${(error as { failure?: { stderr: string } }).failure?.stderr ?? ''}`,
  );

describe('a client that stays', () => {
  it('installs, upgrades after each publish, and loses no subpackage that went', async () => {
    await bench.publish([await bench.full(data('1.0-1'))]);
    const dnf = await client();
    await dnf.run('install', 'data', 'data-doc');
    expect(await installed(dnf)).toEqual(['data-1.0-1', 'data-doc-1.0-1']);
    await bench.publish([await bench.full(data('1.0-2'))]);
    await dnf.run('upgrade', '--refresh');
    expect(await installed(dnf)).toEqual(['data-1.0-2', 'data-doc-1.0-2']);
    await bench.publish([await bench.full({ ...data('1:0.9-1'), subpackages: {} })]);
    await dnf.run('upgrade', '--refresh');
    expect(await installed(dnf)).toEqual(['data-0.9-1', 'data-doc-1.0-2']);
    expect(await dnf.list()).toEqual(['data-1:0.9-1.noarch']);
    expect(await readFile(path.join(dnf.root, 'usr/share/data/content'), 'utf8')).toBe('data 1:0.9-1');
    expect(server.requests.some((url) => url.endsWith('/repodata/repomd.xml.asc'))).toBe(true);
    expect(server.requests.filter((url) => url.includes('..'))).toEqual([]);
  });

  it('that holds a former repomd.xml still gets the files that it lists, and packages of a snapshot stay', async () => {
    const first = await bench.publish([await bench.full(data('1.0-1'))]);
    const repomd = await (await fetch(`${server.url}/latest/x86_64/repodata/repomd.xml`)).text();
    const stays = await client({ channel: `snapshots/${first.snapshot.id}` });
    for (const version of ['1.0-2', '1.0-3']) await bench.publish([await bench.full(data(version))]);
    const files = [...repomd.matchAll(/<location href="([^"]+)"/g)].map((match) => match[1]);
    expect(files.length).toBe(3);
    for (const file of files) {
      const response = await fetch(`${server.url}/latest/x86_64/${file}`);
      expect(response.status).toBe(200);
      await response.arrayBuffer();
    }
    await stays.run('install', 'data');
    expect(await installed(stays)).toEqual(['data-1.0-1']);
  });

  it('copies it whole with reposync', async () => {
    await bench.publish([await bench.full(data('1.0-1'))]);
    const copy = await bench.scratch('copy');
    const dnf = await client();
    await dnf.run('--setopt=plugins=1', 'reposync', `--download-path=${copy}`, '--download-metadata');
    const names = await readdir(path.join(copy, 'test'), { recursive: true });
    expect(names).toContain('pool/d/data/data-1.0-1.noarch.rpm');
    expect(names).toContain('repodata/repomd.xml');
    expect(names.filter((name) => name.endsWith('.rpm'))).toHaveLength(2);
  });
});

describe('what was tampered with on the way is not installed', () => {
  const flip = (content: Buffer, offset: number) => {
    const copy = Buffer.from(content);
    copy[offset] = (copy[offset] ?? 0) ^ 1;
    return copy;
  };

  it('a package with another byte', async () => {
    await bench.publish([await bench.full(data('1.0-1'))]);
    server.tamper = (url, content) => (url.endsWith('.rpm') ? flip(content, content.length - 9) : undefined);
    const dnf = await client();
    expect(await complaint(dnf.run('install', 'data'))).toMatch(/data-1\.0-1\.noarch: Cannot download/);
    expect(await installed(dnf)).toEqual([]);
  });

  it('a repomd.xml with another byte, an older one, and one without a signature', async () => {
    await bench.publish([await bench.full(data('1.0-1'))]);
    const former = await readFile(path.join(bench.repository, 'public/latest/x86_64/repodata/repomd.xml'));
    await bench.publish([await bench.full(data('1.0-2'))]);
    for (const tamper of [
      (content: Buffer) => Buffer.from(content.toString().replace(/<revision>\d/, '<revision>9')),
      () => former,
    ]) {
      server.tamper = (url, content) => (url.endsWith('/repomd.xml') ? tamper(content) : undefined);
      expect(await complaint((await client()).run('makecache'))).toMatch(/signature/i);
    }
    server.tamper = (url) => (url.endsWith('.asc') && url.includes('repomd') ? Buffer.from('') : undefined);
    expect(await complaint((await client()).run('makecache'))).toMatch(/repomd|GPG/i);
  });

  it('a package without a signature, even in indexes that list it', async () => {
    const build = await bench.full(data('1.0-1'));
    await bench.publish([build]);
    // Somebody with the server and without the key: indexes of unsigned packages, for a client that does not verify these.
    const evil = await bench.scratch('evil');
    await run(['createrepo_c', '--quiet', '--no-database', `--outputdir=${evil}`, build]);
    await using other = await servePublic(evil);
    const dnf = await bench.dnf({ url: other.url, channel: '.', folder: '.', keys: `${server.url}/key.asc` });
    await run(['cp', '-r', ...(await readdir(build)).map((name) => path.join(build, name)), evil]);
    const text = await complaint(dnf.run('--setopt=test.repo_gpgcheck=0', 'install', 'data'));
    expect(text).toMatch(/is not signed/);
    expect(await installed(dnf)).toEqual([]);
  });

  it('a repository of another key', async () => {
    await bench.publish([await bench.full(data('1.0-1'))]);
    await using stranger = await RpmWorkbench.make();
    await stranger.publish([await stranger.full(data('1.0-1'))]);
    const dnf = await bench.dnf({ url: server.url, keys: `file://${stranger.repository}/public/key.asc` });
    expect(await complaint(dnf.run('install', 'data'))).toMatch(/GPG|signature/i);
  });
});

describe('clients that update all the time', () => {
  it('never get packages that do not fit together', async () => {
    await bench.publish([await bench.binaries(data('4.0-1'))]);
    let isOver = false;
    let updates = 0;
    let straddled = 0;
    const loop = async () => {
      const dnf = await client();
      while (!isOver) {
        const seen = await dnf.list('--refresh').catch((error: unknown) => String(error));
        if (typeof seen === 'string') {
          // repomd.xml and its signature are two files: when the channel moves in between, dnf asks again.
          expect(seen).toMatch(/signature/i);
          straddled++;
          continue;
        }
        const [version] = /4\.\d+-1/.exec(seen[0] ?? '') ?? [];
        expect(seen).toEqual([`data-${version}.noarch`, `data-doc-${version}.noarch`]);
        // By the indexes that it has: the channel may have moved on. Now and then dnf asks for new ones all the same.
        const install = dnf.run('--setopt=test.metadata_expire=-1', 'install', '--downloadonly', ...seen);
        const refusal = await install.catch((error: unknown) => String(error));
        if (/Unable to find a match/.test(refusal ?? '')) straddled++;
        else {
          await install;
          updates++;
        }
      }
    };
    const publisher = async () => {
      for (let minor = 1; minor <= 8 || (updates <= 5 && minor < 100); minor++) {
        await bench.publish([await bench.binaries(data(`4.${minor}-1`))]);
      }
    };
    const over = () => {
      isOver = true;
    };
    const ended = await Promise.allSettled([loop(), loop(), publisher()].map((each) => each.finally(over)));
    expect(ended.filter(({ status }) => status === 'rejected')).toEqual([]);
    expect(updates).toBeGreaterThan(5);
    expect(straddled).toBeLessThan(updates);
  });
});
