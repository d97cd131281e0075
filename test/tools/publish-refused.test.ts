/** Publishing with the real reprepro, gpgv and apt. */
import { cp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readManifest, writeManifest } from '../../src/manifest.ts';
import { run } from '../../src/process.ts';
import { listSnapshots } from '../../src/repository/snapshot.ts';
import { generateKey, openSigner } from '../../src/signing/openpgp.ts';
import { at, bench, freshApt, names, paths, useBench } from './publish-bench.ts';
import { expectRefused, treeDigest, type Workbench } from './publish-helpers.ts';

useBench();

describe('what is refused leaves the repository byte-identical', () => {
  async function refused(
    build: string,
    message: RegExp | string,
    extra: Parameters<Workbench['publish']>[1] = {},
    request: Parameters<Workbench['publish']>[2] = {},
  ) {
    await expectRefused(bench.repository, () => bench.publish([build], extra, request), message);
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
