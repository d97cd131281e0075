/** Publishing with the real reprepro, gpgv and apt. */
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../src/process.ts';
import { RepositoryPaths } from '../../src/repository/layout.ts';
import { readChannels } from '../../src/repository/snapshot.ts';
import { generateKey, openSigner } from '../../src/signing/openpgp.ts';
import { at, bench, expectWholePool, freshApt, statesKept, useBench } from './publish-bench.ts';
import { filesWith, treeDigest } from './publish-helpers.ts';

useBench();

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
    expect(await statesKept()).toEqual([result.snapshot.id]);
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
