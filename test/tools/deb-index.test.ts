/** Apt repositories made by apt-ftparchive and dpkg-scanpackages, signed by gpg, over http and from folders. */
import { copyFile, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as openpgp from 'openpgp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseSourceLine } from '../../src/deb/source-line.ts';
import { UserError } from '../../src/errors.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { run } from '../../src/process.ts';
import { type ReadOptions, readRepository } from '../../src/repository/deb-index/read.ts';
import {
  type GpgKey,
  makeDeb,
  makeKey,
  makeSource,
  publish,
  publishFlat,
  serve,
  sha256,
  temporaryFolder,
} from './check-version-fixture.ts';

const cleanup = new AsyncDisposableStack();
let work: string;
let key: GpgKey;
/** Packages of every kind, unpublished: each test publishes a copy. */
let pool: string;

beforeAll(async () => {
  work = cleanup.use(await temporaryFolder()).path;
  key = cleanup.use(await makeKey(work));
  pool = path.join(work, 'pool');
  const main = path.join(pool, 'main');
  await makeDeb(main, { name: 'hello', version: '1:1.0-1' });
  await makeDeb(main, { name: 'hello-data', version: '1:1.0-1', architecture: 'all' });
  await makeDeb(main, { name: 'far', version: '3.0', architecture: 'arm64' });
  await makeDeb(path.join(pool, 'udeb'), { name: 'hello-udeb', version: '1:1.0-1', extension: 'udeb' });
  await makeSource(main, { name: 'hello', version: '1:1.0-1' });
});
afterAll(() => cleanup.disposeAsync());

/** A fresh repository of `pool`. */
async function repository(options: Parameters<typeof publish>[1] = {}): Promise<string> {
  const root = cleanup.use(await temporaryFolder()).path;
  await symlink(pool, path.join(root, 'pool'));
  await publish(root, { key, ...options });
  return root;
}

const ALL: ReadOptions = {
  channel: 'c',
  architectures: new Set(['amd64', 'all']),
  binaries: true,
  udebs: true,
  sources: true,
  delayMilliseconds: 5,
};

function read(line: string, options: Partial<ReadOptions> = {}) {
  return readRepository(
    parseSourceLine(line, 'test', (file) => path.resolve('/', file)),
    { ...ALL, ...options },
  );
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

function names(content: { packages: readonly { name: string; version: string; architecture: string }[] }): string[] {
  return content.packages.map((one) => `${one.name} ${one.version} ${one.architecture}`).sort();
}

const EVERYTHING = [
  'hello 1:1.0-1 amd64',
  'hello 1:1.0-1 source',
  'hello-data 1:1.0-1 all',
  'hello-udeb 1:1.0-1 amd64',
];

describe('what is read', () => {
  test('debs, udebs and sources with their digests, over http with InRelease', async () => {
    const root = await repository();
    await using server = await serve(root);
    const content = await read(`deb [signed-by=${key.armored}] ${server.url}/ bookworm main`);
    expect(names(content)).toEqual(EVERYTHING);
    const hello = content.packages.find((one) => one.name === 'hello' && one.kind === 'binary');
    expect(hello).toEqual({
      kind: 'binary',
      channel: 'c',
      name: 'hello',
      version: '1:1.0-1',
      architecture: 'amd64',
      sha256: await sha256(path.join(pool, 'main/hello_1.0-1_amd64.deb')),
    });
    const source = content.packages.find((one) => one.kind === 'source');
    expect(source?.files?.map((file) => file.name).sort()).toEqual([
      'hello_1.0-1.debian.tar.xz',
      'hello_1.0.orig.tar.xz',
    ]);
    expect(content.exists).toBe(true);
    expect(Math.abs((content.date ?? 0) - Date.now() / 1000)).toBeLessThan(600);
    expect(server.headers[0]?.['accept-encoding']).toBe('identity');
    // zst is preferred over a network, and nothing is fetched twice.
    expect(server.requests.sort()).toEqual([
      'dists/bookworm/InRelease',
      'dists/bookworm/main/binary-amd64/Packages.zst',
      'dists/bookworm/main/debian-installer/binary-amd64/Packages.zst',
      'dists/bookworm/main/source/Sources.zst',
    ]);
  });

  test.each(['', '.gz', '.xz', '.zst'] as const)('indexes compressed as %j', async (compression) => {
    const root = await repository({ compressions: [compression] });
    await using server = await serve(root);
    for (const uri of [server.url, root, `file://${root}`]) {
      expect(names(await read(`deb [signed-by=${key.binary}] ${uri} bookworm main`))).toEqual(EVERYTHING);
    }
    expect(server.requests).toContain(`dists/bookworm/main/source/Sources${compression}`);
  });

  test('Release with Release.gpg', async () => {
    const root = await repository({ detached: true });
    await using server = await serve(root);
    expect(names(await read(`deb [signed-by=${key.armored}] ${server.url} bookworm main`))).toEqual(EVERYTHING);
    await rm(path.join(root, 'dists/bookworm/Release.gpg'));
    expect(await failure(read(`deb [signed-by=${key.armored}] ${server.url} bookworm main`))).toMatch(
      /dists\/bookworm\/Release: the Release file is not signed/,
    );
    expect(names(await read(`deb [trusted=yes] ${server.url} bookworm main`))).toEqual(EVERYTHING);
  });

  test('by-hash, which is fallen back from', async () => {
    const root = await repository({ byHash: true });
    await using server = await serve(root);
    expect(names(await read(`deb [signed-by=${key.armored}] ${server.url} bookworm main`))).toEqual(EVERYTHING);
    expect(server.requests.filter((one) => /by-hash\/SHA256\/[0-9a-f]{64}$/.test(one))).toHaveLength(3);
    // The other way round: by-hash is promised, and only the plain names are there.
    const promised = await repository({ fields: ['Acquire-By-Hash: yes'], compressions: ['.gz'] });
    expect(names(await read(`deb [signed-by=${key.armored}] ${promised} bookworm main`))).toEqual(EVERYTHING);
    await using second = await serve(promised);
    await read(`deb [signed-by=${key.armored} by-hash=no] ${second.url} bookworm main`);
    expect(second.requests.join()).not.toContain('by-hash');
  });

  test('a flat repository, with and without a Release file', async () => {
    const root = cleanup.use(await temporaryFolder()).path;
    await copyFile(path.join(pool, 'main/hello_1.0-1_amd64.deb'), path.join(root, 'hello.deb'));
    await publishFlat(root, { key, compressions: ['', '.gz'] });
    await using server = await serve(root);
    for (const line of [
      `deb [signed-by=${key.armored}] ${server.url} ./`,
      `deb [signed-by=${key.armored}] ${root} /`,
      `deb [trusted=yes] ${path.dirname(root)} ${path.basename(root)}/`,
    ]) {
      expect(names(await read(line))).toEqual(['hello 1:1.0-1 amd64']);
    }
    await rm(path.join(root, 'InRelease'));
    expect(names(await read(`deb [trusted=yes] ${server.url} ./`))).toEqual(['hello 1:1.0-1 amd64']);
    expect(await failure(read(`deb [signed-by=${key.armored}] ${server.url} ./`))).toMatch(/no Release file there/);
  });

  test('only what the question needs', async () => {
    const root = await repository({ architectures: ['amd64', 'arm64'] });
    const line = `deb [signed-by=${key.armored}] ${root} bookworm main`;
    expect(names(await read(line, { sources: false, udebs: false }))).toEqual([EVERYTHING[0], EVERYTHING[2]]);
    expect(names(await read(line, { binaries: false }))).toEqual(['hello 1:1.0-1 source']);
    expect(names(await read(line.replace('deb ', 'deb-src ')))).toEqual(['hello 1:1.0-1 source']);
    expect(names(await read(line, { names: new Set(['hello-data']), udebs: false }))).toEqual([
      'hello-data 1:1.0-1 all',
    ]);
    // A package of `all` meets those of every architecture.
    expect(names(await read(line, { architectures: new Set(['all']) }))).toContain('far 3.0 arm64');
    expect(names(await read(line))).not.toContain('far 3.0 arm64');
    expect(names(await read(line.replace('[', '[arch=arm64 '), { sources: false }))).toContain('far 3.0 arm64');
    expect(names(await read(line, { architectures: new Set(['riscv64']), sources: false }))).toEqual([]);
  });

  test("a link that is a channel's, read as one snapshot", async () => {
    const root = await repository();
    const link = path.join(cleanup.use(await temporaryFolder()).path, 'latest');
    await symlink(root, link);
    expect(names(await read(`deb [trusted=yes] ${link} bookworm main`))).toEqual(EVERYTHING);
  });

  test('credentials go to the server and into no message', async () => {
    const root = await repository();
    await using server = await serve(root);
    const line = `deb [signed-by=${key.armored}] ${server.url.replace('//', '//user:geheim@')} bookworm main`;
    await read(line);
    expect(server.headers[0]?.authorization).toBe(`Basic ${Buffer.from('user:geheim').toString('base64')}`);
    server.trouble = () => 401;
    const message = await failure(read(line));
    expect(message).toMatch(/the server refuses a file of the repository \(found "HTTP 401 Unauthorized"/);
    expect(message).not.toContain('geheim');
  });
});

describe('what is missing', () => {
  test('a local folder counts as empty only where that is said', async () => {
    const empty = cleanup.use(await temporaryFolder()).path;
    for (const folder of [empty, path.join(empty, 'not/there')]) {
      const line = `deb [signed-by=${key.armored}] ${folder} bookworm main`;
      expect(await failure(read(line))).toMatch(/the folder of the repository does not exist/);
      expect(await read(line, { allowMissing: true })).toMatchObject({ exists: false, packages: [] });
    }
    // A suite that was begun and has no Release file is broken, not missing.
    await mkdir(path.join(empty, 'dists/bookworm'), { recursive: true });
    const line = `deb [signed-by=${key.armored}] ${empty} bookworm main`;
    expect(await failure(read(line, { allowMissing: true }))).toMatch(/no Release file there/);
  });

  test('404 is final, and allowMissing does not cover it', async () => {
    await using server = await serve(work);
    const line = `deb [signed-by=${key.armored}] ${server.url}/none bookworm main`;
    expect(await failure(read(line, { allowMissing: true }))).toMatch(
      /none\/dists\/bookworm\/InRelease: no Release file there \(found HTTP 404 for InRelease and Release/,
    );
    expect(server.requests).toEqual(['none/dists/bookworm/InRelease', 'none/dists/bookworm/Release']);
  });

  test('a component that is misspelt, an index that is listed and not there', async () => {
    const root = await repository({ compressions: ['.gz'] });
    expect(await failure(read(`deb [signed-by=${key.armored}] ${root} bookworm mian`))).toMatch(
      /the repository has no component "mian" \(found \["main"\]\)/,
    );
    await using server = await serve(root);
    await rm(path.join(root, 'dists/bookworm/main/binary-amd64/Packages.gz'));
    expect(await failure(read(`deb [signed-by=${key.armored}] ${server.url} bookworm main`))).toMatch(
      /main\/binary-amd64\/Packages: an index of the repository is not there \(found none of \["Packages.gz","Packages"\]\)/,
    );
    expect(server.requests.filter((one) => one.endsWith('InRelease'))).toHaveLength(1);
  });
});

describe('troubles of the network', () => {
  const line = (url: string) => `deb [signed-by=${key.armored}] ${url} bookworm main`;

  test.each([503, 500, 429, 'cut', 'reset', 'stall'] as const)(
    '%s once, on every file, is tried again',
    async (trouble) => {
      const root = await repository();
      await using server = await serve(root);
      server.trouble = ({ count }) => (count === 1 ? trouble : undefined);
      const host = new RecordingHost({}, { workspace: work });
      const content = await read(line(server.url), { attempts: 6, stallSeconds: 0.2, logger: host });
      expect(names(content)).toEqual(EVERYTHING);
      expect(host.lines.some(({ message }) => /; attempt 2 of 6 in 0\.005 s$/.test(message))).toBe(true);
    },
  );

  test.each([
    [503, /\/InRelease: HTTP 503 Service Unavailable, after 3 attempts/],
    ['cut', /\/InRelease: .+, after 3 attempts/],
    ['stall', /\/InRelease: no data for 0\.2 s, after 3 attempts/],
  ] as const)('%s for ever ends after the attempts', async (trouble, message) => {
    const root = await repository();
    await using server = await serve(root);
    server.trouble = () => trouble;
    expect(await failure(read(line(server.url), { attempts: 3, stallSeconds: 0.2 }))).toMatch(message);
    expect(server.requests).toHaveLength(3);
  });

  test('index files that were verified are not fetched again', async () => {
    const root = await repository();
    await using server = await serve(root);
    server.trouble = ({ path: name, count }) => (name.includes('Sources') && count <= 2 ? 'stall' : undefined);
    expect(names(await read(line(server.url), { stallSeconds: 0.5 }))).toEqual(EVERYTHING);
    const count = (part: string) => server.requests.filter((one) => one.includes(part)).length;
    expect([count('InRelease'), count('Sources'), count('Packages')]).toEqual([3, 3, 2]);
  });

  test('an index of the right size with other content', async () => {
    const root = await repository();
    await using server = await serve(root);
    const flip = (body: Buffer | undefined) => Buffer.from(body ?? []).map((byte) => byte ^ 1) as Buffer;
    server.trouble = ({ path: name, body }) => (name.includes('Sources') ? flip(body) : undefined);
    expect(await failure(read(line(server.url), { attempts: 2 }))).toMatch(
      /main\/source\/Sources\.zst: not the file that Release lists \(found .*after 2 attempts/,
    );
    expect(server.requests.filter((one) => one.endsWith('InRelease'))).toHaveLength(2);
  });

  test('nobody listening', async () => {
    const server = await serve(work);
    await server[Symbol.asyncDispose]();
    expect(await failure(read(line(server.url), { attempts: 2 }))).toMatch(/ECONNREFUSED.*after 2 attempts/);
  });

  test('an index of another state of the repository: Release is fetched again', async () => {
    const root = await repository({ compressions: ['.gz'] });
    const old = await readFile(path.join(root, 'dists/bookworm/InRelease'));
    const added = await makeDeb(path.join(pool, 'main'), { name: 'added', version: '1' });
    try {
      await publish(root, { key, compressions: ['.gz'] });
    } finally {
      await rm(added);
    }
    await using server = await serve(root);
    server.trouble = ({ path: name, count }) => (name.endsWith('InRelease') && count === 1 ? old : undefined);
    expect(names(await read(line(server.url)))).toEqual(['added 1 amd64', ...EVERYTHING]);
    server.trouble = ({ path: name }) => (name.endsWith('InRelease') ? old : undefined);
    expect(await failure(read(line(server.url), { attempts: 2 }))).toMatch(
      /main\/binary-amd64\/Packages.gz: (not the file that Release lists|more than the \d+ bytes).*after 2 attempts/,
    );
  });

  test('cancelling ends it at once', async () => {
    const root = await repository();
    await using server = await serve(root);
    server.trouble = () => 'stall';
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('stop')), 50);
    await expect(read(line(server.url), { signal: controller.signal })).rejects.toThrow('stop');
  });
});

describe('signatures', () => {
  test('a Release file that was tampered with is refused at once', async () => {
    const root = await repository();
    await using server = await serve(root);
    server.trouble = ({ path: name, body }) =>
      name.endsWith('InRelease')
        ? Buffer.from(String(body).replace(/^Components: main/m, 'Components: mein'))
        : undefined;
    expect(await failure(read(`deb [signed-by=${key.armored}] ${server.url} bookworm main`))).toMatch(
      /InRelease: no valid signature by a trusted key \(found "key [0-9A-F]{40}: .*digest/i,
    );
    expect(server.requests).toHaveLength(1);
    server.trouble = ({ path: name, body }) =>
      name.endsWith('InRelease') ? Buffer.from(`Evil: 1\n${body}`) : undefined;
    expect(await failure(read(`deb [signed-by=${key.armored}] ${server.url} bookworm main`))).toMatch(
      /InRelease:1: text before the signed message/,
    );
    server.trouble = ({ path: name }) => (name.endsWith('InRelease') ? Buffer.from('<html>login</html>\n') : undefined);
    expect(await failure(read(`deb [signed-by=${key.armored}] ${server.url} bookworm main`))).toMatch(/is not signed/);
    expect(await failure(read(`deb [trusted=yes] ${server.url} bookworm main`))).toMatch(/InRelease:1: not a field/);
  });

  test('another key, and no key', async () => {
    const root = await repository();
    const other = await openpgp.generateKey({ userIDs: [{ name: 'Other' }], type: 'ecc', curve: 'ed25519Legacy' });
    const file = path.join(work, 'other.asc');
    await writeFile(file, other.publicKey);
    expect(await failure(read(`deb [signed-by=${file}] ${root} bookworm main`))).toMatch(
      /no valid signature by a trusted key \(found "signed by [0-9A-F]{16}, which is none of the given keys"/,
    );
    expect(await failure(read(`deb ${root} bookworm main`))).toMatch(/no key is named for the repository/);
    // Both at once, in one file, and from the list for all repositories.
    const both = path.join(work, 'both.asc');
    await writeFile(both, `${other.publicKey}\n${await readFile(key.armored, 'utf8')}`);
    expect(names(await read(`deb [signed-by=${both}] ${root} bookworm main`))).toEqual(EVERYTHING);
    expect(names(await read(`deb ${root} bookworm main`, { keyFiles: [file, key.binary] }))).toEqual(EVERYTHING);
    // signed-by names the signer: the keys for all repositories do not count then.
    expect(await failure(read(`deb [signed-by=${file}] ${root} bookworm main`, { keyFiles: [key.armored] }))).toMatch(
      /no valid signature/,
    );
  });

  test('fingerprints narrow the keys', async () => {
    const root = await repository();
    const line = (fingerprint: string) => `deb [signed-by=${key.armored},${fingerprint}] ${root} bookworm main`;
    expect(names(await read(line(key.fingerprint)))).toEqual(EVERYTHING);
    expect(await failure(read(line('0'.repeat(40))))).toMatch(/which signed-by does not name/);
  });

  test('an expired key', async () => {
    const root = await repository({ key: undefined });
    const made = new Date(Date.now() - 10 * 86_400_000);
    const expired = await openpgp.generateKey({
      userIDs: [{ name: 'Expired' }],
      type: 'ecc',
      curve: 'ed25519Legacy',
      date: made,
      keyExpirationTime: 5 * 86_400,
      format: 'object',
    });
    const file = path.join(work, 'expired.asc');
    await writeFile(file, expired.publicKey.armor());
    const text = await readFile(path.join(root, 'dists/bookworm/Release'), 'utf8');
    // Signed while it was valid: that is not enough for apt, nor for us.
    const date = new Date(made.getTime() + 86_400_000);
    const message = await openpgp.createCleartextMessage({ text });
    const signed = await openpgp.sign({ message, signingKeys: expired.privateKey, date });
    await writeFile(path.join(root, 'dists/bookworm/InRelease'), signed);
    expect(await failure(read(`deb [signed-by=${file}] ${root} bookworm main`))).toMatch(/no valid signature.*expired/);
  });

  test('key files that are none', async () => {
    const root = await repository();
    const line = (file: string) => `deb [signed-by=${file}] ${root} bookworm main`;
    expect(await failure(read(line(key.keybox)))).toMatch(/pubring\.kbx: a keybox of GnuPG 2.*gpg --armor --export/);
    expect(await failure(read(line(key.secret)))).toMatch(/secret\.asc: a private key where a public one belongs/);
    expect(await failure(read(line(path.join(work, 'none.asc'))))).toMatch(
      /none\.asc: the key file cannot be read \(found ENOENT/,
    );
    for (const content of [
      '',
      'no key',
      '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxxxx\n',
      '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxxxx\n-----END PGP PUBLIC KEY BLOCK-----\n',
    ]) {
      const file = path.join(work, 'bad.asc');
      await writeFile(file, content);
      expect(await failure(read(line(file)))).toMatch(/bad\.asc: /);
    }
  });
});

describe('dates and content', () => {
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toUTCString();
  const line = (root: string, options = '') => `deb [signed-by=${key.armored}${options}] ${root} bookworm main`;

  test('a Release file from the future, or one that has run out', async () => {
    const future = await repository({ fields: [`Date: ${day(1)}`] });
    expect(await failure(read(line(future)))).toMatch(/InRelease Date: the Release file is not valid yet/);
    expect(names(await read(line(future, ' check-date=no')))).toEqual(EVERYTHING);
    const old = await repository({ fields: [`Date: ${day(-9)}`, `Valid-Until: ${day(-2)}`] });
    expect(await failure(read(line(old)))).toMatch(/InRelease Valid-Until: the Release file has expired/);
    expect(names(await read(line(old, ' check-valid-until=no')))).toEqual(EVERYTHING);
    expect(names(await read(line(old, ' valid-until-min=864000')))).toEqual(EVERYTHING);
    const plain = await repository({ fields: [`Date: ${day(-9)}`] });
    expect(names(await read(line(plain)))).toEqual(EVERYTHING);
    expect(await failure(read(line(plain, ' valid-until-max=3600')))).toMatch(/has expired/);
  });

  test.each(['.gz', '.xz', '.zst'] as const)('a damaged %s that Release lists', async (compression) => {
    const root = cleanup.use(await temporaryFolder()).path;
    await mkdir(path.join(root, 'x'));
    await writeFile(path.join(root, `x/Packages${compression}`), 'this is no compressed file');
    const { stdout } = await run(['apt-ftparchive', 'release', '.'], { cwd: path.join(root, 'x') });
    await writeFile(path.join(root, 'x/Release'), stdout);
    expect(await failure(read(`deb [trusted=yes] ${root} x/`, { sources: false }))).toMatch(
      new RegExp(`x/Packages\\${compression}: a damaged index`),
    );
  });

  test('an index that grows beyond the size that Release lists', async () => {
    const root = await repository({ key: undefined, compressions: ['.gz'] });
    const release = path.join(root, 'dists/bookworm/Release');
    const text = await readFile(release, 'utf8');
    await writeFile(release, text.replace(/ \d+( main\/binary-amd64\/Packages)$/m, ' 10$1'));
    expect(await failure(read(`deb [trusted=yes] ${root} bookworm main`))).toMatch(/an index grows beyond its size/);
  });
});

/** The largest index of the archive that this machine installs from, as apt left it here. */
async function installedIndex() {
  const format = '$(FILENAME)\t$(METAKEY)\t$(RELEASE)\t$(COMPONENT)\t$(ARCHITECTURE)';
  const lists = async (options: readonly string[]) => {
    const argv = ['apt-get', 'indextargets', ...options, '--format', format, 'Created-By: Packages'] as const;
    const found = [];
    for (const line of (await run(argv)).stdout.trimEnd().split('\n')) {
      const [file = '', key = '', suite = '', component = '', architecture = ''] = line.split('\t');
      // apt keeps it compressed: Packages.lz4.
      const inRelease = `${file.replace(/\.[a-z0-9]+$/, '').slice(0, -key.length)}InRelease`;
      const size = (await stat(file).catch(() => undefined))?.size;
      const isSigned = (await stat(inRelease).catch(() => undefined)) !== undefined;
      if (size !== undefined && isSigned) found.push({ file, inRelease, key, suite, component, architecture, size });
    }
    return found.sort((a, b) => b.size - a.size)[0];
  };
  const system = await lists([]);
  if (system !== undefined) return system;
  // An image whose lists were removed: apt fetches them into a folder of this test.
  const folder = path.join(work, 'lists');
  await mkdir(folder);
  const options = ['-o', `Dir::State::lists=${folder}`, '-o', 'APT::Sandbox::User=root'];
  await run(['apt-get', ...options, 'update'], { timeoutSeconds: 300 });
  const own = await lists(options);
  if (own === undefined) throw new Error('apt-get update left no Packages index');
  return own;
}

test("the distribution's own index, verified with the distribution's own keys", { timeout: 400_000 }, async () => {
  const found = await installedIndex();
  const { stdout } = await run(['/usr/lib/apt/apt-helper', 'cat-file', found.file], {
    captureBytes: 512 * 1024 * 1024,
  });
  const root = cleanup.use(await temporaryFolder()).path;
  const dist = path.join(root, 'dists', found.suite);
  await mkdir(path.join(dist, path.dirname(found.key)), { recursive: true });
  await copyFile(found.inRelease, path.join(dist, 'InRelease'));
  await writeFile(path.join(dist, found.key), stdout);
  const trusted = (await readdir('/etc/apt/trusted.gpg.d')).filter((name) => /\.(?:gpg|asc)$/.test(name));
  const keys = trusted.map((name) => path.join('/etc/apt/trusted.gpg.d', name)).join();
  await using server = await serve(root);
  const started = performance.now();
  const line = `deb [signed-by=${keys} check-valid-until=no] ${server.url} ${found.suite} ${found.component}`;
  const content = await read(line, { architectures: new Set([found.architecture]), udebs: false, sources: false });
  process.stderr.write(
    `read ${content.packages.length} packages in ${Math.round(performance.now() - started)} ms, signature included\n`,
  );
  expect(content.packages).toHaveLength(stdout.match(/^Package: /gm)?.length ?? -1);
  expect(content.packages.every((one) => one.sha256?.length === 64)).toBe(true);
});
