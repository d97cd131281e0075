/** The files at the root of a repository, as machines use them: downloaded over http, and given to real clients. */
import { appendFile, lstat, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Workbench } from './publish-helpers.ts';
import { type PublishServer, servePublic } from './publish-server.ts';
import { runChild } from './publish-task.ts';
import { DnfClient, RpmWorkbench } from './rpm-publish-helpers.ts';

const download = async (url: string) => {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return await response.text();
};

describe('deb', () => {
  let bench: Workbench;
  let server: PublishServer;
  beforeAll(async () => {
    bench = await Workbench.make();
    server = await servePublic(path.join(bench.repository, 'public'));
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await bench[Symbol.asyncDispose]();
  });
  afterEach(async () => {
    await rm(bench.repository, { recursive: true, force: true });
  });
  const request = () => ({ label: 'Acme packages', url: server.url });
  const page = async () => await readFile(path.join(bench.repository, 'public', 'index.html'), 'utf8');

  it('its .sources is all that apt needs, for each channel', async () => {
    await bench.publish([await bench.full('hello', '1.0-1')], {}, request());
    await bench.publish([await bench.full('hello', '1.0-2')], { channel: 'testing' }, request());
    for (const [channel, version] of [
      ['latest', '1.0-1'],
      ['testing', '1.0-2'],
    ] as const) {
      const apt = await bench.apt();
      const etc = path.join(apt.folder, 'etc');
      await rm(path.join(etc, 'sources.list'));
      await mkdir(path.join(etc, 'sources.list.d'));
      const name = `acme-packages-${channel}.sources`;
      await writeFile(path.join(etc, 'sources.list.d', name), await download(`${server.url}/${name}`));
      await apt.update();
      expect(await apt.list()).toEqual([`hello ${version}`]);
      await apt.run('apt-get', '-q', '-y', '--download-only', 'install', 'hello');
      const fetched = path.join(apt.folder, 'cache', 'archives', `hello_${version}_amd64.deb`);
      expect((await stat(fetched)).size).toBeGreaterThan(500);
      await apt.run('apt-get', '-q', 'source', '--download-only', 'hello');
    }
  });

  it('its .sources trusts the repository’s key and no other', async () => {
    await bench.publish([await bench.full('hello', '1.0-1')], {}, request());
    const sources = await download(`${server.url}/acme-packages-latest.sources`);
    await using other = await Workbench.make();
    await other.publish([await other.full('hello', '6.6-6')], {}, request());
    const apt = await bench.apt();
    await rm(path.join(apt.folder, 'etc', 'sources.list'));
    await mkdir(path.join(apt.folder, 'etc', 'sources.list.d'));
    const elsewhere = sources.replace(/^URIs: .*$/m, `URIs: file:${other.repository}/public/latest`);
    await writeFile(path.join(apt.folder, 'etc', 'sources.list.d', 'x.sources'), elsewhere);
    await expect(apt.update()).rejects.toThrow();
    expect(await apt.list()).toEqual([]);
  });

  it('<channel>.target.txt names a snapshot that stays', async () => {
    await bench.publish([await bench.full('hello', '1.0-1')], {}, request());
    const target = (await download(`${server.url}/latest.target.txt`)).trim();
    await bench.publish([await bench.full('hello', '1.0-2')], {}, request());
    const apt = await bench.apt({ uri: server.url, channel: target });
    await apt.update();
    expect(await apt.list()).toEqual(['hello 1.0-1']);
    expect(await download(`${server.url}/latest.target.txt`)).not.toBe(`${target}\n`);
  });

  it('the address is taken over by later publishes, and a new one is published', async () => {
    await bench.publish([await bench.full('hello', '1.0-1')], {}, request());
    const build = await bench.full('hello', '1.0-2');
    const { snapshot } = await bench.publish([build]);
    expect(snapshot.settings).toMatchObject({ url: server.url, label: 'Acme packages' });
    const moved = { url: 'https://packages.example.org/x/' };
    const { changed, plan } = await bench.publish([build], {}, moved);
    expect(changed).toBe(true);
    expect(plan.reasons).toEqual(['settings changed: url']);
    expect(await download(`${server.url}/acme-packages-latest.sources`)).toContain(
      'URIs: https://packages.example.org/x/latest\n',
    );
    expect((await bench.publish([build], {}, moved)).changed).toBe(false);
    const where = path.join(bench.repository, 'public', 'acme-packages-latest.sources');
    const { ino } = await lstat(where);
    await expect(bench.publish([build], {}, { url: 'https://me:secret@packages.example.org' })).rejects.toThrow(
      /a user or password in it/,
    );
    expect((await lstat(where)).ino).toBe(ino);
  });

  it('a run that is killed before it writes them leaves them to the next one, which publishes nothing', async () => {
    await bench.publish([await bench.full('hello', '1.0-1')]);
    const before = await page();
    const build = await bench.full('hello', '1.0-2');
    const { signal } = await runChild({
      format: 'deb',
      root: bench.repository,
      key: bench.secret,
      packages: [build],
      killAt: 'switched',
    });
    expect(signal).toBe('SIGKILL');
    expect(await page()).toBe(before);
    const { changed } = await bench.publish([build]);
    expect(changed).toBe(false);
    expect(await page()).toContain('<td>1.0-2</td>');
    const target = await readFile(path.join(bench.repository, 'public', 'latest.target.txt'), 'utf8');
    const [{ id } = { id: '' }] = [(await bench.publish([build])).snapshot];
    expect(target).toBe(`snapshots/${id}\n`);
  });

  it('what cannot be written is a warning, not a failure, and mended by the next run', async () => {
    await bench.publish([await bench.full('hello', '1.0-1')]);
    const history = path.join(bench.repository, 'private', 'history.jsonl');
    const good = await readFile(history);
    await appendFile(history, 'not ours\n');
    const build = await bench.full('hello', '1.0-2');
    const warnings = () => bench.host.annotations('warning').map(({ message }) => message);
    const count = warnings().length;
    const { changed } = await bench.publish([build]);
    expect(changed).toBe(true);
    expect(warnings().slice(count).join('\n')).toMatch(/could not be written, and will be by the next run: .*history/);
    const apt = await bench.apt();
    await apt.update();
    expect(await apt.list()).toEqual(['hello 1.0-2']);
    expect(await page()).not.toContain('<td>1.0-2</td>');
    await writeFile(history, good);
    await bench.publish([build]);
    expect(await page()).toContain('<td>1.0-2</td>');
  });

  it('modes are those of what is served, whatever the umask', async () => {
    const { code } = await runChild(
      {
        format: 'deb',
        root: bench.repository,
        key: bench.secret,
        packages: [await bench.full('hello', '1.0-1')],
      },
      { umask: 0o077 },
    );
    expect(code).toBe(0);
    for (const name of ['index.html', 'latest.target.txt'])
      expect((await lstat(path.join(bench.repository, 'public', name))).mode & 0o7777, name).toBe(0o644);
  });
});

describe('rpm', () => {
  it('its .repo is all that dnf needs, for channels at once', async () => {
    await using bench = await RpmWorkbench.make();
    await using server = await servePublic(path.join(bench.repository, 'public'));
    const request = { label: 'Acme packages', url: server.url };
    const data = (version: string) => ({ name: 'data', architecture: 'noarch', version });
    await bench.publish([await bench.full(data('1.0-1'))], {}, request);
    await bench.publish([await bench.full(data('1.0-2'))], { channel: 'testing' }, request);
    const folder = await bench.scratch('dnf');
    for (const part of ['root', 'cache', 'state', 'log', 'repos']) await mkdir(path.join(folder, part));
    for (const channel of ['latest', 'testing']) {
      const name = `acme-packages-${channel}.repo`;
      await writeFile(path.join(folder, 'repos', name), await download(`${server.url}/${name}`));
    }
    const config = path.join(folder, 'dnf.conf');
    await writeFile(
      config,
      `[main]
reposdir=${folder}/repos
varsdir=/dev/null
plugins=0
cachedir=${folder}/cache
persistdir=${folder}/state
logdir=${folder}/log
assumeyes=1
skip_if_unavailable=0
metadata_expire=0
zchunk=0
retries=1
`,
    );
    const dnf = new DnfClient(folder, config, 'x86_64');
    const disabled = ['acme-packages-testing', 'acme-packages'] as const;
    expect(await dnf.list(`--disablerepo=${disabled[0]}`)).toEqual(['data-1.0-1.noarch']);
    expect(await dnf.list(`--disablerepo=${disabled[1]}`)).toEqual(['data-1.0-2.noarch']);
    await dnf.run(`--disablerepo=${disabled[0]}`, 'install', 'data');
    expect(await readFile(path.join(dnf.root, 'usr/share/data/content'), 'utf8')).toBe('data 1.0-1');
    await dnf.run('upgrade', 'data');
    expect(await readFile(path.join(dnf.root, 'usr/share/data/content'), 'utf8')).toBe('data 1.0-2');
    expect(await dnf.list('--disablerepo=*', '--enablerepo=acme-packages-source')).toEqual(['data-1.0-1.src']);
    const page = await download(`${server.url}/index.html`);
    expect(page).toContain(bench.signer.key.fingerprint.replaceAll(/(.{4})(?=.)/g, '$1 '));
  });
});
