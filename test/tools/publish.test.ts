/** Publishing with the real reprepro, gpgv and apt. */
import { cp, mkdir, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { readManifest, writeManifest } from '../../src/manifest.ts';
import { run } from '../../src/process.ts';
import { RepositoryPaths } from '../../src/repository/layout.ts';
import { listSnapshots, poolFilesOf, readChannels, readSnapshot } from '../../src/repository/snapshot.ts';
import { generateKey, openSigner } from '../../src/signing/openpgp.ts';
import { filesWith, treeDigest, Workbench } from './publish-helpers.ts';

let bench: Workbench;

beforeAll(async () => {
  bench = await Workbench.make();
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await rm(bench.repository, { recursive: true, force: true });
});

const at = (...parts: string[]) => path.join(bench.repository, 'public', ...parts);
const paths = () => new RepositoryPaths(bench.repository);
const hoursAgo = (count: number) => () => new Date(Date.now() - count * 3_600_000);
const names = async () => (await (await freshApt()).list()).join('; ');

async function freshApt(options: Parameters<Workbench['apt']>[0] = {}) {
  const apt = await bench.apt(options);
  await apt.update();
  return apt;
}

/** Every file that any snapshot lists is in the pool, with its bytes, and nothing else is there. */
async function expectWholePool() {
  const needed = new Set<string>();
  for (const id of await listSnapshots(paths())) {
    for (const file of poolFilesOf(await readSnapshot(paths(), id))) {
      needed.add(file.path);
      expect((await run(['sha256sum', at(file.path)])).stdout.slice(0, 64)).toBe(file.sha256);
    }
  }
  const { stdout } = await run(['find', at('pool'), '-type', 'f', '-printf', 'pool/%P\n']);
  expect(stdout.trim().split('\n').sort()).toEqual([...needed].sort());
}

describe('a first publish', () => {
  it('gives a signed repository that apt installs from, with everything where it belongs', async () => {
    const result = await bench.publish([await bench.full('hello', '1.0-1')]);
    expect(result.changed).toBe(true);
    expect(result.snapshot.parent).toBeNull();
    const apt = await freshApt();
    expect(await apt.list()).toEqual(['hello 1.0-1']);
    await apt.run('apt-get', '-q', 'download', 'hello');
    await apt.run('apt-get', '-q', 'source', '--download-only', 'hello');
    expect((await readdir(apt.folder)).filter((name) => name.startsWith('hello')).sort()).toEqual([
      'hello_1.0-1.debian.tar.xz',
      'hello_1.0-1.dsc',
      'hello_1.0-1_amd64.deb',
      'hello_1.0.orig.tar.xz',
    ]);
    const dists = at('latest', 'dists', 'bookworm');
    for (const files of [
      [path.join(dists, 'InRelease')],
      [path.join(dists, 'Release.gpg'), path.join(dists, 'Release')],
    ]) {
      await run(['gpgv', '--keyring', at('keyring.gpg'), ...files]);
    }
    await expectWholePool();
    expect(await readdir(path.join(bench.repository, 'staging'))).toEqual([]);
    expect(await readdir(path.join(bench.repository, 'private'))).toEqual([result.snapshot.id]);
    expect(await readFile(path.join(bench.repository, 'lease'), 'utf8')).toBe('');
  });

  it('signs .dsc, .changes and .buildinfo, with the checksums of what it signed', async () => {
    const build = await bench.full('hello', '1.0-1');
    const before = await treeDigest(build);
    await bench.publish([build]);
    expect(await treeDigest(build)).toBe(before);
    const pool = at('pool', 'main', 'h', 'hello');
    for (const name of ['hello_1.0-1.dsc', 'hello_1.0-1_amd64.changes', 'hello_1.0-1_amd64.buildinfo']) {
      await run(['gpgv', '--keyring', at('keyring.gpg'), path.join(pool, name)]);
    }
    // dscverify(1)'s part that matters: every file that the .changes lists, by every digest.
    const changes = await readFile(path.join(pool, 'hello_1.0-1_amd64.changes'), 'utf8');
    for (const [field, tool] of [
      ['Checksums-Sha1', 'sha1sum'],
      ['Checksums-Sha256', 'sha256sum'],
      ['Files', 'md5sum'],
    ] as const) {
      const [, block = ''] = new RegExp(`^${field}:\\n((?: .*\\n)+)`, 'm').exec(changes) ?? [];
      const lines = block
        .trim()
        .split('\n')
        .map((line) => line.trim().split(' '));
      expect(lines.map((words) => words.at(-1))).toContain('hello_1.0-1.dsc');
      await run([tool, '--check', '--strict'], {
        cwd: pool,
        input: lines.map((words) => `${words[0]}  ${words.at(-1)}\n`).join(''),
      });
    }
    const { stdout } = await run([
      'dpkg-source',
      '--no-copy',
      '--extract',
      path.join(pool, 'hello_1.0-1.dsc'),
      path.join(await bench.scratch(), 'x'),
    ]);
    expect(stdout).toContain('extracting hello');
    const buildinfo = await readFile(path.join(pool, 'hello_1.0-1_amd64.buildinfo'), 'utf8');
    const dsc = (await run(['sha256sum', path.join(pool, 'hello_1.0-1.dsc')])).stdout.slice(0, 64);
    expect(buildinfo).toContain(` ${dsc} `);
  });

  it('takes what dpkg-buildpackage makes, and dscverify accepts what comes out', async () => {
    const work = await bench.scratch('real');
    const tree = path.join(work, 'real-1.0');
    await mkdir(path.join(tree, 'debian', 'source'), { recursive: true });
    const files: Record<string, string> = {
      'source/format': '3.0 (native)\n',
      control:
        'Source: real\nSection: misc\nPriority: optional\nMaintainer: Ä Test <test@example.org>\nStandards-Version: 4.6.2\n\nPackage: real\nArchitecture: any\nDescription: a real one\n of two lines\n',
      changelog:
        'real (1:1.0) bookworm; urgency=medium\n\n  * Ä test.\n\n -- Ä Test <test@example.org>  Tue, 14 Nov 2023 22:13:20 +0000\n',
      rules:
        '#!/usr/bin/make -f\nclean build build-arch build-indep:\nbinary-indep:\nbinary binary-arch:\n\tmkdir -p debian/real/DEBIAN\n\tdpkg-gencontrol -Pdebian/real\n\tdpkg-deb --root-owner-group --build debian/real ..\n',
    };
    for (const [name, content] of Object.entries(files))
      await writeFile(path.join(tree, 'debian', name), content, { mode: 0o755 });
    await run(['dpkg-buildpackage', '--no-sign', '--no-check-builddeps'], { cwd: tree });
    await rm(tree, { recursive: true });
    const { snapshot } = await bench.publish([await bench.build(work)]);
    expect(snapshot.packages.map((each) => `${each.name} ${each.version} ${each.architecture}`)).toEqual([
      'real 1:1.0 amd64',
      'real 1:1.0 source',
    ]);
    await run(['dscverify', '--no-default-keyrings', '--keyring', at('keyring.gpg'), 'real_1.0_amd64.changes'], {
      cwd: at('pool', 'main', 'r', 'real'),
      env: { HOME: await bench.scratch('home') },
    });
    const apt = await freshApt();
    await apt.run('apt-get', '-q', 'download', 'real=1:1.0');
    await apt.run('apt-get', '-q', 'source', '--download-only', 'real=1:1.0');
  });

  it('lists every index by its digest, which is what apt asks for', async () => {
    await bench.publish([await bench.full('hello', '1.0-1')]);
    const release = await readFile(at('latest', 'dists', 'bookworm', 'Release'), 'utf8');
    expect(release).toMatch(/^Acquire-By-Hash: yes$/m);
    expect(release).toMatch(/^Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d UTC$/m);
    for (const [field, value] of [
      ['Origin', 'Test'],
      ['Label', 'Test'],
      ['Suite', 'bookworm'],
      ['Codename', 'bookworm'],
      ['Architectures', 'amd64'],
      ['Components', 'main'],
    ]) {
      expect(release).toMatch(new RegExp(`^${field}: ${value}$`, 'm'));
    }
    const [, block = ''] = /^SHA256:\n((?: .*\n)+)/m.exec(release) ?? [];
    const lines = block
      .trim()
      .split('\n')
      .map((line) => line.trim().split(' '));
    expect(lines.length).toBe(6);
    for (const [digest, , name] of lines) {
      const file = at('latest', 'dists', 'bookworm', path.dirname(name ?? ''), 'by-hash', 'SHA256', digest ?? '');
      expect((await run(['sha256sum', file])).stdout.slice(0, 64)).toBe(digest);
    }
  });

  it('gives what is served the modes for it, whatever the umask', async () => {
    const before = process.umask(0o077);
    try {
      await bench.publish([await bench.full('hello', '1.0-1')]);
    } finally {
      process.umask(before);
    }
    const { stdout } = await run(['find', bench.repository, at(), '-printf', '%y %m %P\n']);
    const served = (await run(['find', at(), '-printf', '%y %m\n'])).stdout.trim().split('\n');
    expect([...new Set(served)].sort()).toEqual(['d 755', 'f 644', 'l 777']);
    expect(stdout).toMatch(/^d 700 private$/m);
    expect(stdout).toMatch(/^d 700 staging$/m);
    expect((await stat(bench.repository)).mode & 0o777).toBe(0o755);
    await run(
      [
        'setpriv',
        '--reuid=65534',
        '--regid=65534',
        '--clear-groups',
        'cat',
        at('latest', 'dists', 'bookworm', 'InRelease'),
      ],
      { cwd: '/' },
    ).catch(async (error) => {
      // The scratch folder itself may be closed to others: then there is nothing to be read.
      if (((await stat(bench.folder)).mode & 0o005) === 0o005) throw error;
    });
  });

  it('leaves nothing of the key anywhere', async () => {
    const passphrase = 'correct horse battery staple';
    const { key } = await generateKey({ name: 'Secret', email: 'secret@example.org', passphrase });
    const { Secret } = await import('../../src/secret.ts');
    const signer = await openSigner({ key, passphrase: new Secret(passphrase) });
    await bench.publish([await bench.full('hello', '1.0-1')], { signer });
    const body = key.reveal().split('\n')[4] ?? '';
    expect(body.length).toBeGreaterThan(50);
    for (const needle of [body, passphrase, 'PRIVATE KEY']) {
      expect(await filesWith(bench.repository, needle)).toEqual([]);
      expect(bench.host.transcript()).not.toContain(needle);
    }
  });

  it('refuses a folder that holds something else', async () => {
    await mkdir(bench.repository);
    await writeFile(path.join(bench.repository, 'thesis.tex'), 'x');
    const build = await bench.binaries({});
    await expect(bench.publish([build])).rejects.toThrow(/holds something that is not a repository .*thesis\.tex/);
    expect(await readdir(bench.repository)).toEqual(['thesis.tex']);
  });

  it('works below a path with blanks and a percent sign', async () => {
    const root = path.join(bench.folder, 'a repository, 100% ours');
    await bench.publish([await bench.full('hello', '1.0-1')], { root });
    const channels = await readChannels(new RepositoryPaths(root));
    expect([...channels.keys()]).toEqual(['latest']);
  });
});

describe('what comes next', () => {
  it('replaces a package by its newer version, and keeps the former files for former snapshots', async () => {
    const first = await bench.publish([await bench.full('hello', '1.0-1')]);
    const second = await bench.publish([await bench.full('hello', '1.0-2')]);
    expect(second.snapshot.parent).toBe(first.snapshot.id);
    expect(second.plan.entries.map(({ action, replaces }) => [action, replaces])).toEqual([
      ['upgrade', ['1.0-1']],
      ['upgrade', ['1.0-1']],
    ]);
    expect(second.snapshot.change.superseded.map(({ name, version }) => `${name} ${version}`)).toEqual([
      'hello 1.0-1',
      'hello 1.0-1',
    ]);
    expect(await names()).toBe('hello 1.0-2');
    await expectWholePool();
    const old = await freshApt({ channel: `snapshots/${first.snapshot.id}` });
    expect(await old.list()).toEqual(['hello 1.0-1']);
    await old.run('apt-get', '-q', 'download', 'hello');
    // Only the channel's state is kept.
    expect(await readdir(path.join(bench.repository, 'private'))).toEqual([second.snapshot.id]);
  });

  it('does nothing at all where all of it is there', async () => {
    const build = await bench.full('hello', '1.0-1');
    const first = await bench.publish([build]);
    const before = await treeDigest(bench.repository);
    const again = await bench.publish([build]);
    expect(again.changed).toBe(false);
    expect(again.snapshot.id).toBe(first.snapshot.id);
    expect(again.plan.entries.map(({ action }) => action)).toEqual(['same', 'same']);
    expect(await treeDigest(bench.repository)).toBe(before);
  });

  it('leaves the former snapshot as it was, to the byte and the mode', async () => {
    const { snapshot } = await bench.publish([await bench.full('hello', '1.0-1')]);
    const before = await treeDigest(at('snapshots', snapshot.id));
    await bench.publish([await bench.full('hello', '1.0-2'), await bench.binaries({ name: 'other' })]);
    expect(await treeDigest(at('snapshots', snapshot.id))).toBe(before);
  });

  it('takes several builds in one transaction, and what they share once', async () => {
    const amd64 = await bench.full('hello', '1.0-1');
    const arm64 = await bench.scratch('build');
    await bench.source(arm64, { name: 'hello', version: '1.0-1' });
    await bench.deb(arm64, { name: 'hello', version: '1.0-1', architecture: 'arm64' });
    await bench.records(arm64, 'hello', '1.0-1', 'arm64');
    await bench.build(arm64, { manifest: { target: { name: 'debian-12', suite: 'bookworm', architecture: 'arm64' } } });
    const result = await bench.publish(
      [amd64, arm64, await bench.binaries({ name: 'data', architecture: 'all' })],
      {},
      { architectures: undefined },
    );
    expect(result.snapshot.settings.architectures).toEqual(['amd64', 'arm64']);
    expect(result.plan.entries).toHaveLength(4);
    const apt = await freshApt({ architectures: ['amd64', 'arm64'] });
    await apt.run('apt-get', '-q', 'download', 'hello:arm64', 'hello:amd64', 'data');
    expect(result.snapshot.records.map((each) => path.basename(each.path)).sort()).toEqual([
      'hello_1.0-1_amd64.buildinfo',
      'hello_1.0-1_amd64.changes',
      'hello_1.0-1_arm64.buildinfo',
      'hello_1.0-1_arm64.changes',
    ]);
    await expectWholePool();
  });

  it('puts udebs into the installer area and debug symbols into a component of their own', async () => {
    const result = await bench.publish([
      await bench.binaries(
        { name: 'hello' },
        { name: 'hello-udeb', extension: 'udeb' },
        { name: 'hello-dbgsym', extension: 'ddeb', fields: { Section: 'debug' } },
        { name: 'world-dbgsym', fields: { Section: 'debug', 'Auto-Built-Package': 'debug-symbols' } },
      ),
    ]);
    expect(result.snapshot.settings.components).toEqual(['main', 'main/debug']);
    expect(await names()).toBe('hello 1.0');
    expect(await (await freshApt({ components: 'main/debug' })).list()).toEqual([
      'hello-dbgsym 1.0',
      'world-dbgsym 1.0',
    ]);
    expect(await (await freshApt({ components: 'main/debian-installer' })).list()).toEqual(['hello-udeb 1.0']);
    expect(await readdir(at('pool', 'main', 'h', 'hello-udeb'))).toEqual(['hello-udeb_1.0_amd64.udeb']);
    // And again: the areas are there now.
    await bench.publish([await bench.binaries({ name: 'hello-udeb', extension: 'udeb', version: '2.0' })]);
    expect(await (await freshApt({ components: 'main/debian-installer' })).list()).toEqual(['hello-udeb 2.0']);
  });

  it('takes packages without section and priority, of every compression', async () => {
    const fields = { Section: undefined, Priority: undefined };
    await bench.publish([
      await bench.binaries(
        { name: 'pack-xz', fields },
        { name: 'pack-gz', compression: 'gzip' },
        { name: 'pack-zst', compression: 'zstd' },
        { name: 'pack-none', compression: 'none' },
        { name: 'pack-udeb', extension: 'udeb', fields },
      ),
    ]);
    expect(await names()).toBe('pack-gz 1.0; pack-none 1.0; pack-xz 1.0; pack-zst 1.0');
  });

  it('follows a package that moves between components, and between any and all', async () => {
    const request = { components: ['main', 'contrib'], architectures: ['amd64', 'arm64'] };
    await bench.publish([await bench.binaries({ name: 'mover' }, { name: 'shape', architecture: 'all' })], {}, request);
    const moved = await bench.publish([
      await bench.binaries(
        { name: 'mover', version: '2.0', fields: { Section: 'contrib/net' } },
        { name: 'shape', version: '2.0' },
      ),
    ]);
    expect(moved.plan.entries.find(({ name }) => name === 'mover')).toMatchObject({
      component: 'contrib',
      replaces: ['1.0'],
    });
    expect(await (await freshApt({ components: 'main contrib' })).list()).toEqual(['mover 2.0', 'shape 2.0']);
    // arm64 has no newer one: the package for all stays there.
    expect(await (await freshApt({ architectures: ['arm64'] })).list()).toEqual(['shape 1.0']);
    await bench.publish([await bench.binaries({ name: 'shape', version: '3.0', architecture: 'all' })]);
    expect(await (await freshApt({ architectures: ['arm64'] })).list()).toEqual(['shape 3.0']);
    expect(await names()).toBe('shape 3.0');
  });

  it('fills a further architecture with the packages for all', async () => {
    await bench.publish([await bench.binaries({ name: 'native' }, { name: 'data', architecture: 'all' })]);
    await bench.publish(
      [await bench.binaries({ name: 'native', architecture: 'arm64' })],
      {},
      { architectures: ['arm64'] },
    );
    expect(await (await freshApt({ architectures: ['arm64'] })).list()).toEqual(['data 1.0', 'native 1.0']);
    expect(await names()).toBe('data 1.0; native 1.0');
  });

  it('makes a snapshot for changed settings alone', async () => {
    const build = await bench.binaries({});
    await bench.publish([build], { now: hoursAgo(14) });
    const changed = await bench.publish([build], { now: hoursAgo(13) }, { label: 'A new label', validSeconds: 86_400 });
    expect(changed.changed).toBe(true);
    const release = await readFile(at('latest', 'dists', 'bookworm', 'Release'), 'utf8');
    expect(release).toMatch(/^Label: A new label$/m);
    expect(release).toMatch(/^Valid-Until: /m);
    // Valid for 24 hours: renewed when more than half of them is over.
    expect((await bench.publish([build], { now: hoursAgo(2) })).changed).toBe(false);
    expect((await bench.publish([build])).changed).toBe(true);
  });

  it('serves on the indexes of the former snapshots by their digest, and drops them after a day', async () => {
    const first = await bench.publish([await bench.binaries({ version: '1.0' })], { now: hoursAgo(33) });
    const index = async (id: string) => {
      const { stdout } = await run([
        'sha256sum',
        at('snapshots', id, 'dists', 'bookworm', 'main', 'binary-amd64', 'Packages.gz'),
      ]);
      return `dists/bookworm/main/binary-amd64/by-hash/SHA256/${stdout.slice(0, 64)}`;
    };
    const old = await index(first.snapshot.id);
    await bench.publish([await bench.binaries({ version: '2.0' })], { now: hoursAgo(32) });
    const third = await bench.publish([await bench.binaries({ version: '3.0' })], { now: hoursAgo(31) });
    expect((await stat(at('latest', old))).isFile()).toBe(true);
    const fourth = await bench.publish([await bench.binaries({ version: '4.0' })]);
    await expect(stat(at('latest', old))).rejects.toThrow('ENOENT');
    expect((await stat(at('latest', await index(third.snapshot.id)))).isFile()).toBe(true);
    expect(
      fourth.snapshot.supersededIndexes.every((each) => Date.parse(each.supersededAt) > Date.now() - 86_400_000),
    ).toBe(true);
  });

  it("makes reprepro's database anew where it is lost", async () => {
    await bench.publish([
      await bench.full('hello', '1.0-1'),
      await bench.binaries({ name: 'data', architecture: 'all' }, { name: 'inst-udeb', extension: 'udeb' }),
    ]);
    await rm(path.join(bench.repository, 'private'), { recursive: true });
    await bench.publish([await bench.full('hello', '1.0-2')]);
    expect(await names()).toBe('data 1.0; hello 1.0-2');
    expect(await (await freshApt({ components: 'main/debian-installer' })).list()).toEqual(['inst-udeb 1.0']);
    await bench.publish([await bench.full('hello', '1.0-3')]);
    expect(await names()).toBe('data 1.0; hello 1.0-3');
  });

  it('shares the orig tarball between revisions and the pool between channels', async () => {
    const build = await bench.full('hello', '1.0-1');
    const testing = await bench.publish([build], { channel: 'testing' });
    const latest = await bench.publish([build]);
    expect(latest.changed).toBe(true);
    expect(latest.snapshot.packages).toEqual(testing.snapshot.packages);
    expect(latest.snapshot.records).toEqual(testing.snapshot.records);
    await bench.publish([await bench.full('hello', '1.0-2')], { channel: 'testing' });
    expect(await names()).toBe('hello 1.0-1');
    expect(await (await freshApt({ channel: 'testing' })).list()).toEqual(['hello 1.0-2']);
    await expectWholePool();
    expect((await readdir(path.join(bench.repository, 'private'))).length).toBe(2);
  });
});

describe('what is refused leaves the repository byte-identical', () => {
  async function refused(
    build: string,
    message: RegExp | string,
    extra: Parameters<Workbench['publish']>[1] = {},
    request: Parameters<Workbench['publish']>[2] = {},
  ) {
    const before = await treeDigest(bench.repository);
    const error = await bench.publish([build], extra, request).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    const shown = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
    expect(shown).toBeInstanceOf(UserError);
    expect((shown as UserError).message).toMatch(message);
    expect((shown as UserError).message).not.toContain('\n');
    expect(await treeDigest(bench.repository)).toBe(before);
  }

  it('1.0 over 2.0', async () => {
    await bench.publish([await bench.full('hello', '2.0-1')]);
    await refused(
      await bench.full('hello', '1.0-1'),
      /a downgrade \(found hello 1\.0-1 \((amd64|source)\), expected a version above hello 2\.0-1 .* in the channel latest\)/,
    );
    // Only the binary, only the source.
    await refused(await bench.binaries({ version: '1.0-1' }), 'a downgrade');
    const folder = await bench.scratch('build');
    await bench.source(folder, { version: '1.0-1' });
    await refused(await bench.build(folder), 'a downgrade');
    expect(await names()).toBe('hello 2.0-1');
  });

  it('an older version than another channel has', async () => {
    await bench.publish([await bench.binaries({ version: '1.0' })]);
    await bench.publish([await bench.binaries({ version: '2.0' })], { channel: 'testing' });
    await refused(await bench.binaries({ version: '1.5' }), /a downgrade .* in the channel testing/);
  });

  it('the same version with other bytes', async () => {
    await bench.publish([await bench.full('hello', '1.0-1')]);
    await refused(await bench.binaries({ version: '1.0-1', content: 'other' }), 'with other content: a conflict');
  });

  it('another orig tarball for the same upstream version', async () => {
    await bench.publish([await bench.full('hello', '1.0-1')]);
    await refused(
      await bench.full('hello', '1.0-2', { upstream: 'other' }),
      /a conflict .*file hello_1\.0\.orig\.tar\.xz/,
    );
  });

  it('a version that an older snapshot has with other bytes', async () => {
    const first = await bench.publish([await bench.binaries({ version: '1.0' })]);
    // The channel is gone, its snapshot is not: the pool still needs the file.
    await rm(at('latest'));
    await bench.publish([await bench.binaries({ name: 'other' })], { channel: 'testing' });
    await refused(await bench.binaries({ version: '1.0', content: 'other' }), 'published with other content');
    expect(await listSnapshots(paths())).toContain(first.snapshot.id);
  });

  it('one good package with one bad one', async () => {
    await bench.publish([await bench.binaries({ name: 'aa', version: '2.0' })]);
    await refused(await bench.binaries({ name: 'aa', version: '1.0' }, { name: 'bb' }), 'a downgrade');
  });

  it('a package that was changed after its build', async () => {
    await bench.publish([await bench.binaries({ name: 'other' })]);
    const build = await bench.binaries({});
    await bench.deb(build, { content: 'tampered' });
    await refused(build, 'the file is not the one that the manifest lists');
    const stray = await bench.binaries({});
    await bench.deb(stray, { name: 'stray' });
    await refused(stray, 'a file that the manifest does not list');
    const linked = await bench.binaries({});
    await rm(path.join(linked, 'hello_1.0_amd64.deb'));
    await symlink('/etc/passwd', path.join(linked, 'hello_1.0_amd64.deb'));
    await refused(linked, 'not a regular file');
  });

  it('a build that failed, is under review, or is only sources', async () => {
    await bench.publish([await bench.binaries({ name: 'other' })]);
    const build = await bench.binaries({});
    const { manifest } = await readManifest(build);
    const { verdict: _, ...unjudged } = manifest;
    await writeManifest(build, unjudged);
    await refused(build, /did not succeed \(found the verdict \(none\)/);
    await writeManifest(build, { ...manifest, verdict: 'package' });
    await refused(build, 'the build did not succeed');
    await writeManifest(build, { ...manifest, stage: 'sources' });
    await refused(build, 'not the manifest of a build');
    await writeManifest(build, { ...manifest, change: 'review' });
    await refused(build, 'not merged');
    expect((await bench.publish([build], { allowReview: true })).changed).toBe(true);
  });

  it('a package of another target, suite or architecture', async () => {
    await bench.publish([await bench.binaries({ name: 'other' })]);
    const build = await bench.binaries({});
    const { manifest } = await readManifest(build);
    await writeManifest(build, {
      ...manifest,
      target: { name: 'ubuntu-24.04', suite: 'noble', architecture: 'amd64' },
    });
    await refused(build, 'another target');
    await refused(await bench.binaries({}), 'serves another suite', {}, { suite: 'trixie' });
    await refused(
      await bench.binaries({ architecture: 'riscv64' }),
      'an architecture that the repository does not have',
    );
    await refused(await bench.binaries({}), 'does not have the component', {}, { component: 'contrib' });
  });

  it('a damaged package: cut off, not a package, data that cannot be unpacked', async () => {
    await bench.publish([await bench.binaries({ name: 'other' })]);
    const damaged = async (change: (file: string) => Promise<unknown>, compression: 'xz' | 'gzip' | 'zstd' = 'xz') => {
      const folder = await bench.scratch('build');
      await bench.deb(folder, { name: 'fine', compression });
      const content = Array.from({ length: 5000 }, (_, index) => Math.imul(index, 2_654_435_761).toString(36)).join('');
      await change(await bench.deb(folder, { compression, content }));
      return await bench.build(folder);
    };
    await refused(
      await damaged((file) => truncate(file, 500)),
      /not a whole Debian package .*(is cut off|a damaged member)/,
    );
    await refused(await damaged((file) => writeFile(file, 'junk')), 'not a whole Debian package');
    await refused(await damaged((file) => writeFile(file, '')), 'not a whole Debian package');
    for (const compression of ['xz', 'gzip', 'zstd'] as const) {
      const build = await damaged(async (file) => {
        const bytes = await readFile(file);
        bytes.fill(0xff, bytes.length - 2000, bytes.length - 1500);
        await writeFile(file, bytes);
      }, compression);
      await refused(build, /hello_1\.0_amd64\.deb: the package is damaged/);
    }
    const control = await damaged(async (file) => {
      const bytes = await readFile(file);
      bytes.fill(0, 140, 180);
      await writeFile(file, bytes);
    });
    await refused(control, /the package cannot be read|not a whole Debian package/);
  });

  it('control fields with a path, a newline or another language in them', async () => {
    await bench.publish([await bench.binaries({ name: 'other' })]);
    const hostile = async (fields: Record<string, string>, message: string | RegExp) => {
      const folder = await bench.scratch('build');
      await bench.deb(folder, { fields, fileName: 'hello_1.0_amd64.deb' });
      await refused(await bench.build(folder), message);
    };
    await hostile({ Package: '../../../tmp/evil' }, 'not a legal package name');
    await hostile({ Package: '$(touch x)' }, 'not a legal package name');
    await hostile({ Version: '1.0/../../x' }, 'not a legal Debian version');
    await hostile({ Architecture: '../amd64' }, 'not an architecture');
    await hostile({ Source: '../evil' }, 'not a legal package name');
    await hostile({ Source: 'evil (1.0/../..)' }, 'not a legal Debian version');
    await hostile({ Section: '../../x' }, 'not a section');
    await hostile({ Section: 'net\n Filename: x' }, 'not a section');
  });

  it('hostile sources: a path in the name, a part that is another file or missing, no UTF-8', async () => {
    await bench.publish([await bench.binaries({ name: 'other' })]);
    const hostile = async (change: (text: string) => string | Buffer, message: string | RegExp) => {
      const folder = await bench.scratch('build');
      const dsc = await bench.source(folder);
      await writeFile(dsc, change(await readFile(dsc, 'utf8')));
      await refused(await bench.build(folder), message);
    };
    await hostile((text) => text.replace('Source: hello', 'Source: ../hello'), 'not a legal package name');
    await hostile((text) => text.replace('Source: hello', 'Source: world'), 'not named after the source package');
    await hostile(
      (text) => text.replaceAll('hello_1.0.orig.tar.xz', '../hello_1.0.orig.tar.xz'),
      'not a plain file name',
    );
    await hostile(
      (text) => text.replaceAll('hello_1.0.orig.tar.xz', 'hello_9.9.orig.tar.xz'),
      'a file of the source package is missing',
    );
    await hostile((text) => text.replace(/ [0-9a-f]{64} /, ` ${'0'.repeat(64)} `), 'not the one that the .dsc lists');
    await hostile((text) => Buffer.from(text.replace('Ä', '\u00c4'), 'latin1'), 'not text in UTF-8');
  });

  it('a .changes that lists another file, or lacks one', async () => {
    await bench.publish([await bench.binaries({ name: 'other' })]);
    const build = await bench.full('hello', '1.0-1');
    await bench.deb(build, { name: 'smuggled' });
    await refused(await bench.build(build), 'a package that no .changes of its build lists');
    const other = await bench.full('hello', '1.0-1');
    await bench.deb(other, { name: 'hello', version: '1.0-1', content: 'other' });
    await refused(await bench.build(other), /the file is not the one that the \.(changes|buildinfo) lists/);
  });

  it('two builds that bring one package with two contents', async () => {
    await bench.publish([await bench.binaries({ name: 'other' })]);
    const before = await treeDigest(bench.repository);
    const builds = [await bench.binaries({}), await bench.binaries({ content: 'other' })];
    await expect(bench.publish(builds)).rejects.toThrow('the builds bring a package twice, with other content');
    expect(await treeDigest(bench.repository)).toBe(before);
  });

  it('another signing key, until it is wanted', async () => {
    const build = await bench.binaries({});
    await bench.publish([build]);
    const signer = await openSigner({ key: (await generateKey({ name: 'New', email: 'new@example.org' })).key });
    await refused(await bench.binaries({ name: 'more' }), 'signed by another key', { signer });
    await bench.publish([build], { channel: 'stable' });
    const changed = await bench.publish([build], { signer, allowKeyChange: true });
    expect(changed.changed).toBe(true);
    expect(changed.snapshot.signedBy).toBe(signer.key.fingerprint);
    // Clients of the other channel still need the former key: the keyring has both.
    await freshApt();
    await freshApt({ channel: 'stable' });
    const { stdout } = await run(['gpg', '--with-colons', '--show-keys', at('key.asc')], {
      env: { GNUPGHOME: await bench.scratch() },
    });
    expect(stdout.match(/^pub:/gm)?.length).toBe(2);
  });

  it('a channel that is no name for one', async () => {
    await bench.publish([await bench.binaries({})]);
    for (const channel of ['../latest', 'pool', 'snapshots', 'key.asc', 'a/b', '', '.hidden', '$(x)', 'a..b']) {
      await refused(await bench.binaries({ name: 'more' }), 'not a name of a channel', { channel });
    }
  });

  it('a damaged repository: a snapshot that was changed by hand', async () => {
    const { snapshot } = await bench.publish([await bench.binaries({})]);
    const file = at('snapshots', snapshot.id, 'snapshot.json');
    await cp(file, `${file}.kept`);
    await writeFile(file, '{}');
    await refused(await bench.binaries({ name: 'more' }), 'the snapshot cannot be read');
  });
});
