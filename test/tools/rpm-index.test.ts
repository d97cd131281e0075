/** Rpm repositories made by createrepo_c, signed by gpg, over http and from folders. */
import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, rename, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { run } from '../../src/process.ts';
import { type RpmReadOptions, readRpmRepositories } from '../../src/repository/rpm-index/read.ts';
import { parseRpmLine } from '../../src/repository/rpm-index/source.ts';
import { readRpmPackage } from '../../src/rpm/read-package.ts';
import { type CandidateRpm, rpmCandidate } from '../../src/rpm/version-check.ts';
import { generateKey, openSigner } from '../../src/signing/openpgp.ts';
import { signRpms } from '../../src/signing/rpm.ts';
import { type GpgKey, makeKey, serve, temporaryFolder } from './check-version-fixture.ts';
import { makeRpm, sourceRpm } from './rpm-distribution-packages.ts';
import { makeRepository, primaryOf, type RepositoryOptions } from './rpm-index-fixture.ts';

const cleanup = new AsyncDisposableStack();
let work: string;
let key: GpgKey;
/** Packages that are not in a repository yet: each test makes one of a copy. */
let pool: string;
let hello: CandidateRpm;
let candidates: CandidateRpm[];
let helloFile: string;

const SPEC = 'Name: hello\nEpoch: 1\nVersion: 1.0\nRelease: 1.el9\nSummary: x\nLicense: MIT\n%description\nx\n';

beforeAll(async () => {
  work = cleanup.use(await temporaryFolder()).path;
  key = cleanup.use(await makeKey(work));
  pool = path.join(work, 'pool');
  helloFile = await makeRpm(pool, { name: 'hello', epoch: 1, architecture: 'x86_64', files: { '/usr/bin/h': 'x' } });
  const files = [
    helloFile,
    await makeRpm(pool, { name: 'hello-data', version: '1.0~rc1^git2', release: '0.1' }),
    await sourceRpm(pool, { spec: SPEC }),
  ];
  await makeRpm(pool, { name: 'other' });
  candidates = await Promise.all(files.map(async (file) => rpmCandidate(await readRpmPackage(file))));
  hello = candidates[0] as CandidateRpm;
}, 60_000);
afterAll(() => cleanup.disposeAsync());

/** A fresh repository of `pool`. */
async function repository(options: RepositoryOptions = {}): Promise<string> {
  const root = cleanup.use(await temporaryFolder()).path;
  await cp(pool, root, { recursive: true });
  await makeRepository(root, { key, ...options });
  return root;
}

function read(line: string, options: Partial<RpmReadOptions> = {}) {
  const source = parseRpmLine(line, 'test', (file) => path.resolve('/', file));
  return readRpmRepositories(source, { channel: 'c', candidates, delayMilliseconds: 5, ...options });
}

async function readAll(line: string, options: Partial<RpmReadOptions> = {}): Promise<string[]> {
  const contents = await read(line, options);
  return contents
    .flatMap(({ packages }) => packages.map((one) => `${one.name} ${one.version} ${one.architecture}`))
    .sort();
}

async function failure(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  const { message } = error as Error;
  expect(message).not.toContain('\n');
  return message;
}

const EVERYTHING = ['hello 1:1.0-1.el9 source', 'hello 1:1.0-1.el9 x86_64', 'hello-data 1.0~rc1^git2-0.1.el9 noarch'];

describe('what is read', () => {
  test('binaries and sources with the digests of their headers, over http', async () => {
    const root = await repository();
    await using server = await serve(root);
    const [content] = await read(`rpm ${server.url}/ key=${key.armored}`);
    expect(content).toMatchObject({ uri: server.url, channel: 'c', exists: true });
    expect(Math.abs((content?.date ?? 0) - Date.now() / 1000)).toBeLessThan(600);
    const sources = ['hello-1.0-1.el9', 'hello-data-1.0~rc1^git2-0.1.el9', 'hello-1.0-1.el9'];
    const published = candidates.map((one, index) => ({ ...one, source: sources[index], channel: 'c' }));
    expect(content?.packages.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual(expect.arrayContaining(published));
    expect(content?.packages).toHaveLength(3);
    expect(server.headers[0]?.['accept-encoding']).toBe('identity');
    // Of the packages no more than their headers.
    const { headerRange } = await readRpmPackage(helloFile);
    const asked = server.requests.indexOf(path.basename(helloFile));
    expect(server.headers[asked]?.range).toBe(`bytes=0-${headerRange.end - 1}`);
    expect(server.requests).not.toContain('repodata/filelists.xml.gz');
    expect(server.requests).toHaveLength(3 + 3);
  });

  test.each(['', '.gz', '.xz', '.zst'] as const)('primary.xml compressed as %j', async (compression) => {
    const root = await repository({ compression });
    await using server = await serve(root);
    for (const uri of [server.url, root, `file://${root}`]) {
      expect(await readAll(`rpm ${uri} key=${key.binary}`)).toEqual(EVERYTHING);
    }
    expect(server.requests.some((name) => name.endsWith(`primary.xml${compression}`))).toBe(true);
  });

  test.each([
    ['by createrepo_c as xz', ['--xz']],
    ['with sha512', ['--checksum=sha512']],
    ['with databases', ['--database']],
    ['with zchunk and names without digests', ['--simple-md-filenames']],
  ])('a repository made %s', async (_, argv) => {
    const root = await repository({
      argv,
      editRepomd: (text) =>
        text.replace(
          '</repomd>',
          `<data type="primary_zck"><checksum type="sha256">${'0'.repeat(64)}</checksum><location href="repodata/primary.xml.zck"/></data></repomd>`,
        ),
    });
    expect(await readAll(`rpm ${root} key=${key.armored}`)).toEqual(EVERYTHING);
  });

  test('headers are read only where they decide, and those of other names not at all', async () => {
    const root = await repository();
    await using server = await serve(root);
    const next = candidates.map((one) => ({ ...one, version: '9-9' }));
    const [content] = await read(`rpm ${server.url} key=${key.armored}`, { candidates: next });
    expect(content?.packages.map(({ sha256 }) => sha256)).toEqual([undefined, undefined, undefined]);
    expect(server.requests.filter((name) => name.endsWith('.rpm'))).toEqual([]);
  });

  test('a server that knows no ranges: the download ends behind the header', async () => {
    const root = cleanup.use(await temporaryFolder()).path;
    const content = Buffer.alloc(24 * 1024 * 1024)
      .fill('incompressible? ')
      .toString('latin1');
    const file = await makeRpm(root, {
      name: 'large',
      files: { '/large': content },
      head: ['%define _binary_payload w0.gzdio'],
    });
    await makeRepository(root);
    await using server = await serve(root);
    server.ranges = false;
    const large = rpmCandidate(await readRpmPackage(file));
    const [result] = await read(`rpm ${server.url} trusted=yes`, { candidates: [large] });
    expect(result?.packages).toEqual([{ ...large, source: 'large-1.0-1.el9', channel: 'c' }]);
    await vi.waitFor(() => expect(server.unfinished).toEqual([path.basename(file)]));
    server.ranges = true;
    expect((await read(`rpm ${server.url} trusted=yes`, { candidates: [large] }))[0]?.packages).toEqual(
      result?.packages,
    );
  });

  test('the header of a package that was signed since is the same; that of one that was built again is not', async () => {
    const root = await repository();
    const { key: secret } = await generateKey({ name: 'x', email: 'x@example.org' });
    await signRpms(
      [{ source: helloFile, target: path.join(root, path.basename(helloFile)) }],
      await openSigner({ key: secret }),
    );
    await makeRepository(root);
    const signed = (await read(`rpm ${root}`, { candidates: [hello] }))[0]?.packages;
    expect(signed?.find(({ kind }) => kind === 'binary')).toMatchObject({ ...hello, channel: 'c' });
    const again = { name: 'hello', epoch: 1, architecture: 'x86_64', files: { '/usr/bin/h': 'y' } };
    await makeRpm(root, again);
    await makeRepository(root);
    const rebuilt = (await read(`rpm ${root}`, { candidates: [hello] }))[0]?.packages.find(
      ({ kind }) => kind === 'binary',
    );
    expect(rebuilt?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(rebuilt?.sha256).not.toBe(hello.sha256);
  });

  test('an index without header-range, as some tools write it', async () => {
    const root = await repository({ edit: (text) => text.replace(/<rpm:header-range[^>]*>/g, '') });
    await using server = await serve(root);
    const [content] = await read(`rpm ${server.url} key=${key.armored}`, { candidates: [hello] });
    expect(content?.packages.find(({ kind }) => kind === 'binary')?.sha256).toBe(hello.sha256);
  });
});

describe('roots of several repositories', () => {
  async function channel(): Promise<string> {
    const root = cleanup.use(await temporaryFolder()).path;
    for (const [folder, name] of [
      ['x86_64', path.basename(helloFile)],
      ['aarch64', 'other-1.0-1.el9.noarch.rpm'],
      ['source', 'hello-1.0-1.el9.src.rpm'],
    ] as const) {
      await mkdir(path.join(root, 'snapshots/one', folder), { recursive: true });
      await cp(path.join(pool, name), path.join(root, 'snapshots/one', folder, name));
      await makeRepository(path.join(root, 'snapshots/one', folder), { key });
    }
    await symlink('snapshots/one', path.join(root, 'latest'));
    return path.join(root, 'latest');
  }

  test('those that the candidates need, in a folder and over http', async () => {
    const root = await channel();
    await using server = await serve(root);
    for (const uri of [root, server.url]) {
      const contents = await read(`rpm ${uri} key=${key.armored}`);
      // hello-data is noarch: every architecture counts.
      expect(contents.map((one) => path.basename(one.uri))).toEqual(['x86_64', 'aarch64', 'source']);
      expect(await readAll(`rpm ${uri} key=${key.armored}`)).toEqual(EVERYTHING.slice(0, 2));
      const [only, ...none] = await read(`rpm ${uri} key=${key.armored}`, { candidates: [hello] });
      expect([path.basename(only?.uri ?? ''), none]).toEqual(['x86_64', []]);
    }
    expect(await readAll(`rpm ${server.url}/$basearch key=${key.armored}`)).toEqual(EVERYTHING.slice(1, 2));
    expect(await readAll(`rpm ${root}/$basearch key=${key.armored}`)).toEqual(EVERYTHING.slice(1, 2));
    expect(await readAll(`rpm ${server.url}/source key=${key.armored}`)).toEqual(EVERYTHING.slice(0, 1));
  });

  test('an architecture that a root does not have yet', async () => {
    const root = await channel();
    await using server = await serve(root);
    const foreign = [{ ...hello, architecture: 'ppc64le' }];
    for (const uri of [root, server.url, `${server.url}/$basearch`]) {
      expect(await read(`rpm ${uri} key=${key.armored}`, { candidates: foreign })).toMatchObject([
        { uri, exists: true, packages: [] },
      ]);
    }
  });

  test('debug information, below its architecture', async () => {
    const root = await channel();
    const debug = path.join(root, 'x86_64/debug');
    const file = await makeRpm(debug, { name: 'hello-debuginfo', architecture: 'x86_64' });
    await makeRepository(debug, { key });
    const candidate = rpmCandidate(await readRpmPackage(file));
    await using server = await serve(root);
    for (const uri of [root, server.url, `${server.url}/x86_64`]) {
      const contents = await read(`rpm ${uri} key=${key.armored}`, { candidates: [candidate] });
      expect(contents.flatMap(({ packages }) => packages)).toEqual([
        { ...candidate, source: 'hello-debuginfo-1.0-1.el9', channel: 'c' },
      ]);
    }
    const before = server.requests.length;
    await read(`rpm ${server.url} key=${key.armored}`, { candidates: [hello] });
    expect(server.requests.slice(before).filter((name) => name.includes('debug'))).toEqual([]);
  });

  test('nothing there is an error, unless it may be missing', async () => {
    const empty = cleanup.use(await temporaryFolder()).path;
    await using server = await serve(empty);
    expect(await failure(read(`rpm ${empty}`))).toMatch(
      /no rpm repository there \(found no repodata\/repomd\.xml, expected a folder with .*allow-missing/,
    );
    expect(await failure(read(`rpm ${empty}/none`))).toMatch(/the folder of the repository does not exist/);
    expect(await failure(read(`rpm ${server.url} key=${key.armored}`, { allowMissing: true }))).toMatch(
      /no rpm repository there \(found no repodata\/repomd\.xml \(HTTP 404\)/,
    );
    for (const uri of [empty, `${empty}/none`, `${empty}/$basearch`]) {
      expect(await read(`rpm ${uri}`, { allowMissing: true })).toMatchObject([{ exists: false, packages: [] }]);
    }
  });
});

describe('signatures', () => {
  test('of the given key only, over http and in folders', async () => {
    const other = cleanup.use(await temporaryFolder()).path;
    await using stranger = await makeKey(other);
    const root = await repository();
    await using server = await serve(root);
    for (const uri of [root, server.url]) {
      expect(await readAll(`rpm ${uri}`, { keyFiles: [key.armored] })).toEqual(EVERYTHING);
      expect(await readAll(`rpm ${uri} key=${stranger.armored} key=${key.armored}`)).toEqual(EVERYTHING);
      expect(await failure(read(`rpm ${uri} key=${stranger.armored}`))).toMatch(
        /repomd\.xml: no valid signature by a trusted key .*none of the given keys.*expected a signature by a key of the repository's key= or repository-keys/,
      );
    }
    const repomd = path.join(root, 'repodata/repomd.xml');
    await writeFile(repomd, `${await readFile(repomd, 'utf8')}\n`);
    expect(await failure(read(`rpm ${server.url} key=${key.armored}`))).toMatch(/no valid signature by a trusted key/);
    await rm(`${repomd}.asc`);
    expect(await failure(read(`rpm ${root} key=${key.armored}`))).toMatch(
      /repomd\.xml is not signed \(expected a repomd\.xml\.asc beside it\); .*trusted=yes/,
    );
    expect(await failure(read(`rpm ${server.url}`))).toMatch(/no key is named for the repository .*key=FILE/);
    expect(await readAll(`rpm ${server.url} trusted=yes`)).toEqual(EVERYTHING);
    // A folder of this machine.
    expect(await readAll(`rpm ${root}`)).toEqual(EVERYTHING);
    expect(server.requests.filter((name) => name.endsWith('.asc')).length).toBeGreaterThan(0);
  });
});

describe('failures', () => {
  test.each(['cut', 'stall', 'reset', 503] as const)('%s once, on every file, is tried again', async (trouble) => {
    const root = await repository();
    await using server = await serve(root);
    server.trouble = ({ count }) => (count === 1 ? trouble : undefined);
    const host = new RecordingHost({}, { workspace: root });
    const options = { attempts: 12, logger: host, stallSeconds: 0.2 };
    expect(await readAll(`rpm ${server.url} key=${key.armored}`, options)).toEqual(EVERYTHING);
    expect(host.lines.map(({ message }) => message).join('\n')).toMatch(/attempt 2 of 12/);
  });

  test('a server that fails for ever ends after the attempts; 403 at once', async () => {
    const root = await repository();
    await using server = await serve(root);
    server.trouble = () => 500;
    expect(await failure(read(`rpm ${server.url} key=${key.armored}`, { attempts: 2 }))).toMatch(
      /the repository cannot be read \(found .*repomd\.xml: HTTP 500.*, after 2 attempts\)/,
    );
    server.trouble = ({ path: name }) => (name.endsWith('.gz') ? 403 : undefined);
    const before = server.requests.length;
    expect(await failure(read(`rpm ${server.url} key=${key.armored}`))).toMatch(/refuses a file.*HTTP 403/);
    expect(server.requests.slice(before).filter((name) => name.endsWith('.gz'))).toHaveLength(1);
  });

  test.each(['repomd.xml.asc', 'primary', 'hello-1.0-1.el9.x86_64.rpm'])(
    'a repository that is replaced before its %s is read is read anew',
    async (file) => {
      const root = await repository();
      const next = await repository({ edit: (text) => text });
      await using server = await serve(path.join(root, '..'));
      const from = path.basename(root);
      await cp(path.join(next, 'repodata'), path.join(root, 'new'), { recursive: true });
      let isReplaced = false;
      server.trouble = ({ path: name }) => {
        if (!name.includes(file) || isReplaced) return undefined;
        isReplaced = true;
        return 404;
      };
      // The answers that follow are of the next state.
      const swap = async () => {
        while (!isReplaced) await new Promise((resolve) => setTimeout(resolve, 0));
        await rename(path.join(root, 'repodata'), path.join(root, 'old'));
        await rename(path.join(root, 'new'), path.join(root, 'repodata'));
      };
      const host = new RecordingHost({}, { workspace: root });
      const reading = readAll(`rpm ${server.url}/${from} key=${key.armored}`, {
        logger: host,
        delayMilliseconds: 1500,
      });
      await Promise.all([swap(), expect(reading).resolves.toEqual(EVERYTHING)]);
    },
  );

  test('a package that is gone while repomd.xml stays is an error', async () => {
    const root = await repository();
    await rm(path.join(root, path.basename(helloFile)));
    expect(await failure(read(`rpm ${root}`))).toMatch(
      /hello-1\.0-1\.el9\.x86_64\.rpm: a package that the repository lists is not there \(expected hello 1:1\.0-1\.el9 \(x86_64\)\)/,
    );
  });
});

describe('hostile repositories', () => {
  test('an index that is not the listed one', async () => {
    const root = await repository();
    const primary = await primaryOf(root);
    await writeFile(primary, Buffer.concat([await readFile(primary), Buffer.from('x')]));
    expect(await failure(read(`rpm ${root}`, { attempts: 1 }))).toMatch(/more than the \d+ bytes that are expected/);
    await truncate(primary, 100);
    expect(await failure(read(`rpm ${root}`, { attempts: 1 }))).toMatch(
      /primary\.xml\.gz: not the file that repomd\.xml lists \(found 100 bytes, sha256 /,
    );
    await rm(primary);
    expect(await failure(read(`rpm ${root}`))).toMatch(/an index of the repository is not there/);
  });

  test('an index that grows beyond its size, or ends early', async () => {
    const shrunk = await repository({ editRepomd: (text) => text.replace(/<open-size>\d+/, '<open-size>100') });
    expect(await failure(read(`rpm ${shrunk}`))).toMatch(/an index grows beyond its size/);
    const cut = await repository({ edit: (text) => text.slice(0, -200) });
    expect(await failure(read(`rpm ${cut}`))).toMatch(/primary\.xml\.gz:\d+: XML that is not well-formed/);
  });

  test.each([
    ['a DTD', (xml: string) => xml.replace('<metadata', '<!DOCTYPE m [<!ENTITY a "b">]><metadata'), /document type/],
    [
      'an entity',
      (xml: string) => xml.replace(/<name>hello</, '<name>&bomb;<'),
      /not well-formed \(found "undefined entity/,
    ],
    ['another root', (xml: string) => xml.replaceAll('metadata', 'html'), /XML of another kind \(found "html"/],
    [
      'another encoding',
      (xml: string) => xml.replace('encoding="UTF-8"', 'encoding="UTF-16"'),
      /another encoding \(found "UTF-16"/,
    ],
    [
      'a huge attribute',
      (xml: string) => xml.replace('<metadata', `<metadata x="${'a'.repeat(20_000_000)}"`),
      /tag or text that does not end/,
    ],
    [
      'deep nesting',
      (xml: string) => xml.replace('</metadata>', `${'<a>'.repeat(100)}${'</a>'.repeat(100)}</metadata>`),
      /nested too deep/,
    ],
    ['no name', (xml: string) => xml.replace('<name>hello</name>', ''), /package \d: a package without a name/],
    ['two names', (xml: string) => xml.replace('<name>hello</name>', '$&$&'), /says twice what it is/],
    ['no version', (xml: string) => xml.replace(/<version epoch="1"[^>]*>/, ''), /a package without a version/],
    [
      'a hostile version',
      (xml: string) => xml.replace(/(<version epoch="1" ver=")[^"]*/, '$11.0-1:&#10;::error::x'),
      /not a version of an rpm package/,
    ],
    ['a hostile architecture', (xml: string) => xml.replace('<arch>x86_64<', '<arch>../x<'), /not an architecture/],
    ['a path that escapes', (xml: string) => withHref(xml, '../../etc/passwd'), /leads out of the repository/],
    ['an escaped one', (xml: string) => withHref(xml, '%2e%2e/x.rpm'), /leads out of the repository/],
    ['one with escaped slashes', (xml: string) => withHref(xml, 'a%2f..%2f..%2fx'), /leads out of the repository/],
    ['an absolute path', (xml: string) => withHref(xml, '/etc/passwd'), /leads out of the repository/],
    ['a file address', (xml: string) => withHref(xml, 'file:///etc/passwd'), /leads out of the repository/],
    ['another scheme', (xml: string) => withHref(xml, 'ftp://127.0.0.1/x.rpm'), /leads out of the repository/],
    ['another host', (xml: string) => withHref(xml, '//127.0.0.2/x.rpm'), /leads out of the repository/],
    [
      'a base elsewhere',
      (xml: string) => xml.replaceAll('<location ', '<location xml:base="file:///etc/" '),
      /leads out of the repository/,
    ],
    [
      'an impossible header-range',
      (xml: string) => xml.replace(/(<rpm:header-range start="\d+" end=")\d+/g, '$1999999999'),
      /impossible place for the header/,
    ],
    [
      'another header-range',
      (xml: string) => xml.replace(/(<rpm:header-range start=")\d+/g, '$1104'),
      /not the listed one \(found a header from \d+ to \d+, expected one from 104/,
    ],
    [
      'a file of another package',
      (xml: string) => withHref(xml, 'other-1.0-1.el9.noarch.rpm'),
      /not the listed one|ends in the header|damaged/,
    ],
  ])('%s', async (_, edit, message) => {
    const root = await repository({ edit });
    expect(await failure(read(`rpm ${root}`))).toMatch(message);
  });

  test.each([
    ['no primary', (xml: string) => xml.replace('type="primary"', 'type="x"'), /has no primary index/],
    ['two', (xml: string) => xml.replace(/<data type="primary">[\s\S]*?<\/data>/, '$&$&'), /listed twice/],
    [
      'md5',
      (xml: string) => xml.replace(/type="sha256">[0-9a-f]+/g, `type="md5">${'0'.repeat(32)}`),
      /without a digest/,
    ],
    ['bzip2', (xml: string) => xml.replaceAll('xml.gz', 'xml.bz2'), /compression that cannot be read/],
    ['an escape', (xml: string) => xml.replaceAll('href="repodata', 'href="../../repodata'), /leads out of/],
    ['no XML', () => '<html><p>log in</html>', /repomd\.xml:1: XML of another kind/],
    ['nothing', () => '', /repomd\.xml:1: XML that is not well-formed/],
    ['not UTF-8', (xml: string) => xml, /XML that is not UTF-8/],
  ])('repomd.xml with %s', async (name, editRepomd, message) => {
    const root = await repository({ editRepomd });
    if (name === 'not UTF-8') {
      await writeFile(path.join(root, 'repodata/repomd.xml'), Buffer.from('<repomd>\xff\xfe</repomd>', 'latin1'));
    }
    expect(await failure(read(`rpm ${root}`))).toMatch(message);
  });

  test('a header that does not match its own digest', async () => {
    const root = await repository();
    const file = path.join(root, path.basename(helloFile));
    const data = await readFile(file);
    // In the text of the summary, which is in the header.
    data[data.indexOf('hello of the tests')] = 0x48;
    await writeFile(file, data);
    expect(await failure(read(`rpm ${root}`))).toMatch(/header of a published package does not match its digest/);
  });

  test('locations with xml:base on the same server, and names with special characters', async () => {
    const root = await repository();
    await using packages = await serve(pool);
    const name = path.basename(helloFile);
    await makeRepository(root, { key, argv: ['--baseurl', `${packages.url}/`] });
    await rm(path.join(root, name));
    await using server = await serve(root);
    const [content] = await read(`rpm ${server.url} key=${key.armored}`, { candidates: [hello] });
    expect(content?.packages.find(({ kind }) => kind === 'binary')?.sha256).toBe(hello.sha256);
    expect(packages.requests).toEqual([name]);
    for (const special of ['a#b?c d/1:h+~^.rpm', 'a%41b.rpm']) {
      const odd = await repository();
      await mkdir(path.dirname(path.join(odd, special)), { recursive: true });
      // The second is written decoded: %41 is an A.
      await rename(path.join(odd, name), path.join(odd, special.replace('%41', 'A')));
      await makeRepository(odd, {
        edit: (xml) => xml.replace(/(<location href=")(?:hello-1\.0-1[^"]*x86_64|a[^"]*)\.rpm/, `$1${special}`),
      });
      await using oddServer = await serve(odd);
      for (const uri of [odd, oddServer.url]) {
        const [read1] = await read(`rpm ${uri} trusted=yes`, { candidates: [hello] });
        expect(read1?.packages.find(({ kind }) => kind === 'binary')?.sha256).toBe(hello.sha256);
      }
    }
  });

  test('credentials go to the server of the repository, to no other, and into no message', async () => {
    const root = await repository();
    await using other = await serve(pool);
    await makeRepository(root, { key, argv: ['--baseurl', `${other.url}/`] });
    await using server = await serve(root);
    const uri = server.url.replace('http://', 'http://someone:secret@');
    await read(`rpm ${uri} key=${key.armored}`, { candidates: [hello] });
    expect(server.headers[0]?.authorization).toBe(`Basic ${Buffer.from('someone:secret').toString('base64')}`);
    expect(other.headers[0]?.authorization).toBeUndefined();
    server.trouble = () => 403;
    expect(await failure(read(`rpm ${uri} key=${key.armored}`))).not.toContain('secret');
  });
});

test('a large repository: 60,000 packages in a few seconds and bounded memory', async () => {
  const root = cleanup.use(await temporaryFolder()).path;
  await mkdir(path.join(root, 'repodata'), { recursive: true });
  const file = path.join(root, 'repodata/primary.xml');
  await writeFile(file, largePrimary(60_000));
  const { size } = await stat(file);
  await run(['zstd', '--quiet', '--rm', file]);
  const data = await readFile(`${file}.zst`);
  const digest = createHash('sha256').update(data).digest('hex');
  await writeFile(
    path.join(root, 'repodata/repomd.xml'),
    `<repomd><data type="primary"><checksum type="sha256">${digest}</checksum><location href="repodata/primary.xml.zst"/><size>${data.length}</size><open-size>${size}</open-size></data></repomd>`,
  );
  const { stdout } = await run([process.execPath, 'test/tools/rpm-index-child.ts', root, 'package-31415']);
  const { packages, seconds, idleMegabytes, megabytes } = JSON.parse(stdout);
  expect(packages).toEqual([
    {
      kind: 'binary',
      name: 'package-31415',
      version: '1.31415-1.el9',
      architecture: 'x86_64',
      source: 'package-31415-1.31415-1.el9',
      channel: 'c',
    },
  ]);
  process.stdout.write(
    `read 60000 packages, ${Math.round(size / 1e6)} MB of XML, in ${seconds.toFixed(1)} s with ${Math.round(megabytes - idleMegabytes)} MB (${Math.round(megabytes)} MB in all)\n`,
  );
  expect(size).toBeGreaterThan(200e6);
  expect(megabytes - idleMegabytes).toBeLessThan(200);
}, 120_000);

/** As those of distributions: dependencies, files and a description make up most of it. */
function* largePrimary(count: number): Generator<string> {
  yield `<?xml version="1.0" encoding="UTF-8"?>\n<metadata xmlns="http://linux.duke.edu/metadata/common" xmlns:rpm="http://linux.duke.edu/metadata/rpm" packages="${count}">\n`;
  const range = (length: number) => Array.from({ length }, (_, index) => index);
  for (let number = 0; number < count; number++) {
    const provides = range(12).map(
      (each) =>
        `      <rpm:entry name="lib${number}.so.${each}()(64bit)" flags="EQ" epoch="0" ver="1.${number}" rel="1"/>`,
    );
    const requires = range(25).map((each) => `      <rpm:entry name="libc.so.6(GLIBC_2.${each})(64bit)"/>`);
    const files = range(5).map((each) => `    <file>/usr/bin/program-${number}-${each}</file>`);
    yield `<package type="rpm">
  <name>package-${number}</name>
  <arch>x86_64</arch>
  <version epoch="0" ver="1.${number}" rel="1.el9"/>
  <checksum type="sha256" pkgid="YES">${'a'.repeat(64)}</checksum>
  <summary>Package number ${number} &amp; more</summary>
  <description>${'A longer text of a description, of a line or so. '.repeat(8)}</description>
  <time file="1700000000" build="1700000000"/>
  <size package="100000" installed="200000" archive="200000"/>
  <location href="Packages/p/package-${number}-1.${number}-1.el9.x86_64.rpm"/>
  <format>
    <rpm:license>MIT</rpm:license>
    <rpm:sourcerpm>package-${number}-1.${number}-1.el9.src.rpm</rpm:sourcerpm>
    <rpm:header-range start="4504" end="9999"/>
    <rpm:provides>
${provides.join('\n')}
    </rpm:provides>
    <rpm:requires>
${requires.join('\n')}
    </rpm:requires>
${files.join('\n')}
  </format>
</package>
`;
  }
  yield '</metadata>\n';
}

function withHref(xml: string, href: string): string {
  return xml.replace(/(<location href=")hello-1\.0-1\.el9\.x86_64\.rpm/, `$1${href}`);
}
