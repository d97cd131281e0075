import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CODE, Project, scratchFolder } from '../unit/source/fixture.ts';
import { ask, type RpmHost, rpmHost, simpleRpm, spec, unpack } from './prepare-sources-rpm-helpers.ts';

let host: RpmHost;
let shared: Awaited<ReturnType<typeof scratchFolder>>;
let server: Server;
let url: string;
let requests: string[] = [];
/** Answers of the server before it serves, by path. */
const failures = new Map<string, number[]>();
const DATA = Buffer.from('the data of a model\n');
const PATCH = Buffer.from('--- a\n');
const hex = (algorithm: string, content: Buffer = DATA) => createHash(algorithm).update(content).digest('hex');

beforeAll(async () => {
  // The library's own switches for its pauses of 10 to 20 seconds.
  vi.stubGlobal('TEST_DOWNLOAD_TOOL_RETRY_MIN_SECONDS', 0);
  vi.stubGlobal('TEST_DOWNLOAD_TOOL_RETRY_MAX_SECONDS', 0);
  shared = await scratchFolder();
  host = await rpmHost(shared.path);
  server = createServer((request, response) => {
    const { method, url: place = '' } = request;
    if (method === 'GET') requests.push(place);
    const status = method === 'GET' ? (failures.get(place)?.shift() ?? 200) : 200;
    response.statusCode = place.includes('absent') ? 404 : status;
    response.end(response.statusCode !== 200 ? undefined : place.includes('get?') ? PATCH : DATA);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}, 600_000);
afterAll(async () => {
  vi.unstubAllGlobals();
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
  await host?.lock.release();
  await shared?.[Symbol.asyncDispose]();
});

describe('remote sources', () => {
  it('are fetched with retries, verified, kept, and not fetched again', async () => {
    await using scratch = await scratchFolder();
    const out = `${scratch.path}/out`;
    requests = [];
    failures.set('/data.bin', [503, 503]);
    const tags = `Source1: ${url}/data.bin\nPatch0: ${url}/get?id=7#/fix.patch`;
    const files = { sources: `SHA512 (data.bin) = ${hex('sha512')}\nSHA512 (fix.patch) = ${hex('sha512', PATCH)}\n` };
    const project = await simpleRpm(`${scratch.path}/hello`, 0, { tags }, files);
    await host.ok(project.folder, out);
    expect(requests.filter((each) => each === '/data.bin')).toHaveLength(3);
    expect(await readFile(`${await unpack(out)}/data.bin`)).toEqual(DATA);
    expect(await ask(out, '[%{FILENAMES} ]')).toBe('data.bin fix.patch hello-1.2.tar.gz hello.spec ');
    const fetched = requests.length;
    await host.ok(project.folder, out);
    expect(requests).toHaveLength(fetched);
    // What is kept is verified again.
    await writeFile(`${scratch.path}/downloads/by-sha512/${hex('sha512')}/data.bin`, 'spoilt');
    await host.ok(project.folder, out);
    expect(requests.length).toBeGreaterThan(fetched);
    expect(await readFile(`${await unpack(out)}/data.bin`)).toEqual(DATA);
  });

  it('are refused without an entry, and nothing is asked of the server', async () => {
    await using scratch = await scratchFolder();
    const out = `${scratch.path}/out`;
    requests = [];
    const tags = `Source1: ${url}/data.bin\nPatch3: ${url}/fix.patch`;
    const project = await simpleRpm(`${scratch.path}/hello`, 0, { tags });
    await host.refused(
      project.folder,
      out,
      {},
      /hello\.spec: nothing says what remote files of the spec must be.*Source1 ".*data\.bin", Patch3 ".*SHA512 \(data\.bin\) = <SHA-512 of the file>.*SHA512 \(fix\.patch\)/,
    );
    expect(requests).toEqual([]);
  });

  it('are refused where they are not what the entry says, and where they are not there', async () => {
    await using scratch = await scratchFolder();
    const out = `${scratch.path}/out`;
    const listed = (file: string) => ({ sources: `SHA512 (${file}) = ${hex('sha512', Buffer.from('other'))}\n` });
    const a = await simpleRpm(`${scratch.path}/a`, 0, { tags: `Source1: ${url}/data.bin` }, listed('data.bin'));
    await host.refused(
      a.folder,
      out,
      { downloads: shared.path },
      /data\.bin: the content has another digest \(found sha512/,
    );
    const b = await simpleRpm(`${scratch.path}/b`, 0, { tags: `Source1: ${url}/absent.bin` }, listed('absent.bin'));
    await host.refused(
      b.folder,
      out,
      { downloads: shared.path },
      /absent\.bin: the download failed \(found HTTP status 404/,
    );
  });

  it.each(['md5', 'sha1'])('are taken by an old line of %s, with a warning', async (algorithm) => {
    await using scratch = await scratchFolder();
    const files = { sources: `${hex(algorithm)}  data.bin\n` };
    const project = await simpleRpm(`${scratch.path}/hello`, 0, { tags: `Source1: ${url}/data.bin` }, files);
    const { host: ran } = await host.ok(project.folder, `${scratch.path}/out`);
    expect(ran.annotations('warning')[0]?.message).toMatch(/"data\.bin" by (?:MD5|SHA1) only/);
  });

  it('make a whole package of a dist-git repository', async () => {
    await using scratch = await scratchFolder();
    const out = `${scratch.path}/out`;
    const project = await Project.create(`${scratch.path}/hello`);
    await project.commit('Package 1.2', {
      'hello.spec': spec({ source0: `${url}/%{name}-%{version}.tar.gz`, tags: 'Patch0: fix.patch' }),
      'fix.patch': '--- a\n',
      sources: `SHA512 (hello-1.2.tar.gz) = ${hex('sha512')}\n`,
      'gating.yaml': 'x\n',
    });
    await project.commit('Fix the packaging', { 'fix.patch': '--- b\n' });
    const { version, host: ran } = await host.ok(project.folder, out, { 'version-scheme': 'commits' });
    expect(version).toBe('1.2-1.el9.git1');
    expect(await readFile(`${await unpack(out)}/hello-1.2.tar.gz`)).toEqual(DATA);
    expect(ran.summaryText).not.toContain('Source0');
    // Its file `sources` says what Source0 is: without it the same repository holds no upstream.
    await project.commit('Forget it', { sources: null });
    await host.refused(project.folder, out, {}, /nothing says what a remote file of the spec must be/);
  });
});

describe('local sources', () => {
  it('are refused where they are not there, all at once', async () => {
    await using scratch = await scratchFolder();
    const out = `${scratch.path}/out`;
    const tags = 'Source1: absent.conf\nPatch0: absent.patch\nSource2: file:///etc/passwd';
    const project = await simpleRpm(`${scratch.path}/a`, 0, { tags });
    await host.refused(
      project.folder,
      out,
      {},
      /files that the spec names are not there \(found Source1 "absent\.conf", Source2 "passwd", Patch0 "absent\.patch"/,
    );
    const listed = { sources: `SHA512 (absent.conf) = ${hex('sha512')}\n` };
    const b = await simpleRpm(`${scratch.path}/b`, 0, { tags: 'Source1: absent.conf' }, listed);
    await host.refused(b.folder, out, {}, /a lookaside cache is not asked/);
  });

  it('are refused where they differ from their entry, and where the file of entries cannot be read', async () => {
    await using scratch = await scratchFolder();
    const out = `${scratch.path}/out`;
    const tags = 'Source1: data.bin';
    const wrong = { 'data.bin': DATA, sources: `\nSHA256 (data.bin) = ${hex('sha256', Buffer.from('x'))}\n` };
    const a = await simpleRpm(`${scratch.path}/a`, 0, { tags }, wrong);
    await host.refused(a.folder, out, {}, /sources:2: Source1 "data\.bin" has another digest than sources lists/);
    const b = await simpleRpm(`${scratch.path}/b`, 0, { tags }, { 'data.bin': DATA, sources: 'data.bin\n' });
    await host.refused(b.folder, out, {}, /sources:1: not an entry of a sources file \(found "data\.bin"/);
    const c = await simpleRpm(`${scratch.path}/c`, 0, { tags }, { ...wrong, sources: `${hex('md5')} *data.bin\n` });
    await host.ok(c.folder, out);
  });

  it('are refused as links, which would be read of another place', async () => {
    await using scratch = await scratchFolder();
    const project = await simpleRpm(`${scratch.path}/hello`, 0, { tags: 'Source1: x' }, { x: { link: '/etc/passwd' } });
    await host.refused(project.folder, `${scratch.path}/out`, {}, /Source1 is a symbolic link in the spec project/);
  });

  it('may be all there is', async () => {
    await using scratch = await scratchFolder();
    const out = `${scratch.path}/out`;
    const project = await simpleRpm(`${scratch.path}/a`, 1, { source0: 'x.conf', prep: 'true' }, { 'x.conf': 'x\n' });
    const { host: ran } = await host.ok(project.folder, out);
    expect(await ask(out, '[%{FILENAMES} ]')).toBe('hello.spec x.conf ');
    expect(ran.annotations()).toEqual([]);
    const none = await simpleRpm(`${scratch.path}/b`, 0, { source0: null, prep: 'true' });
    await host.ok(none.folder, out);
    expect(await ask(out, '[%{FILENAMES} ]')).toBe('hello.spec ');
    const zip = await simpleRpm(`${scratch.path}/c`, 0, { source0: 'hello-%{version}.zip' });
    await host.refused(zip.folder, out, {}, /Source0 is of a kind that is not made here.*"hello-1\.2\.zip"/);
    await Project.create(`${scratch.path}/code`).then((code) => code.commit('Import', CODE));
    const apart = { code: `${scratch.path}/code`, spec: none.folder };
    await host.refused(
      scratch.path,
      out,
      apart,
      /no Source that the code project could be packed as .*found no Source/,
    );
  });
});
