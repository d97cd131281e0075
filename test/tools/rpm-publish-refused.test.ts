/** What of rpm packages is not published, with the real tools. */
import { cp, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readManifest, writeManifest } from '../../src/manifest.ts';
import { publish } from '../../src/repository/publish.ts';
import { rpmDriver } from '../../src/repository/rpm/driver.ts';
import { readRpmPackage } from '../../src/rpm/read-package.ts';
import { generateKey, openSigner } from '../../src/signing/openpgp.ts';
import type { Signer } from '../../src/signing/signer.ts';
import { expectRefused, Workbench } from './publish-helpers.ts';
import { at, bench, expectSigned, list, useRpmBench } from './rpm-publish-bench.ts';
import type { RpmWorkbench } from './rpm-publish-helpers.ts';

useRpmBench();

describe('what is refused leaves the repository byte-identical', () => {
  const refused = async (
    build: string,
    message: RegExp | string,
    extra: Parameters<RpmWorkbench['publish']>[1] = {},
    request: Parameters<RpmWorkbench['publish']>[2] = {},
  ) => await expectRefused(bench.repository, () => bench.publish([build], extra, request), message);

  it('1.0 over 2.0, and over a version with an epoch', async () => {
    await bench.publish([
      await bench.full({ version: '2.0-1' }),
      await bench.full({ name: 'other', version: '1:1.0-1' }),
    ]);
    await refused(
      await bench.full({ version: '1.0-1' }),
      /a downgrade \(found hello 1\.0-1 \((x86_64|source)\), expected a version above hello 2\.0-1 .* in the channel latest\)/,
    );
    await refused(await bench.binaries({ version: '2.0~rc1-1' }), 'a downgrade');
    await refused(await bench.binaries({ name: 'other', version: '2.0-1' }), /a downgrade .*above other 1:1\.0-1/);
    expect(await list()).toEqual(['hello-2.0-1.x86_64', 'other-1:1.0-1.x86_64']);
  });

  it('an older version than another channel has', async () => {
    await bench.publish([await bench.binaries({ version: '1.0-1' })]);
    await bench.publish([await bench.binaries({ version: '2.0-1' })], { channel: 'testing' });
    await refused(await bench.binaries({ version: '1.5-1' }), /a downgrade .* in the channel testing/);
  });

  it('the same version with another header: binary, noarch, source', async () => {
    await bench.publish([await bench.full({ subpackages: { doc: 'noarch' } })]);
    for (const parts of [['binary'], ['source']] as const) {
      const folder = await bench.scratch('build');
      await bench.rpms(folder, { content: 'other', subpackages: { doc: 'noarch' } }, ...parts);
      await refused(await bench.build(folder), 'with other content: a conflict');
    }
  });

  it('a version that an older snapshot has with another header', async () => {
    await bench.publish([await bench.binaries({})]);
    // The channel is gone, its snapshot is not: the pool still needs the file.
    await rm(at('latest'));
    await bench.publish([await bench.binaries({ name: 'other' })], { channel: 'testing' });
    await refused(await bench.binaries({ content: 'other' }), 'published with other content');
  });

  it('one good package with one bad one', async () => {
    await bench.publish([await bench.binaries({ name: 'aa', version: '2.0-1' })]);
    const builds = [await bench.binaries({ name: 'bb' }), await bench.binaries({ name: 'aa', version: '1.0-1' })];
    await expectRefused(bench.repository, () => bench.publish(builds), 'a downgrade');
  });

  it('a package that was changed after its build', async () => {
    await bench.publish([await bench.binaries({ name: 'other' })]);
    const build = await bench.binaries({});
    await bench.rpms(build, { content: 'tampered' }, 'binary');
    await refused(build, 'the file is not the one that the manifest lists');
    const linked = await bench.binaries({});
    await rm(path.join(linked, 'hello-1.0-1.x86_64.rpm'));
    await symlink('/etc/passwd', path.join(linked, 'hello-1.0-1.x86_64.rpm'));
    await refused(linked, 'not a regular file');
  });

  it('a package that became another after it was verified', async () => {
    await bench.publish([await bench.binaries({ name: 'other' })]);
    const [good, evil] = [await bench.binaries({}), await bench.binaries({ content: 'evil' })];
    const name = 'hello-1.0-1.x86_64.rpm';
    const onStep = async (step: string) => {
      if (step === 'staged') await cp(path.join(evil, name), path.join(good, name));
    };
    await refused(good, /hello-1\.0-1\.x86_64\.rpm: the package changed after it was verified/, { onStep });
  });

  it('a staged package that is not the verified one', async () => {
    await bench.publish([await bench.binaries({ name: 'other' })]);
    const driver = rpmDriver({ name: 'Test' });
    const other: typeof driver = {
      ...driver,
      check: async (plan, draft, context) => {
        const packages = draft.packages.map((each) => ({ ...each, headerDigest: '0'.repeat(64) }));
        await driver.check(plan, { ...draft, packages }, context);
      },
    };
    const build = await bench.binaries({});
    await expectRefused(
      bench.repository,
      () => publish(bench.options([build]), other),
      /hello-1\.0-1\.x86_64\.rpm: a client would get another package than the one that was verified/,
    );
  });

  it('a damaged package: cut off, not a package, a wrong header, a wrong payload', async () => {
    await bench.publish([await bench.binaries({ name: 'other' })]);
    const damaged = async (change: (file: string) => Promise<unknown>) => {
      const folder = await bench.scratch('build');
      await bench.rpms(folder, { subpackages: { fine: 'x86_64' } }, 'binary');
      await change(path.join(folder, 'hello-1.0-1.x86_64.rpm'));
      return await bench.build(folder);
    };
    const flipped = (place: (read: Awaited<ReturnType<typeof readRpmPackage>>) => number) => async (file: string) => {
      const offset = place(await readRpmPackage(file));
      const bytes = await readFile(file);
      bytes[offset] = (bytes[offset] ?? 0) ^ 1;
      await writeFile(file, bytes);
    };
    await refused(await damaged((file) => truncate(file, 3000)), /hello-1\.0-1\.x86_64\.rpm/);
    await refused(await damaged((file) => truncate(file, 50)), /hello-1\.0-1\.x86_64\.rpm/);
    const tail = async (file: string) => await truncate(file, (await readFile(file)).length - 10);
    await refused(await damaged(tail), /hello-1\.0-1\.x86_64\.rpm/);
    await refused(await damaged((file) => writeFile(file, 'junk')), /hello-1\.0-1\.x86_64\.rpm/);
    await refused(await damaged((file) => writeFile(file, '')), /hello-1\.0-1\.x86_64\.rpm/);
    await refused(await damaged(flipped(({ headerRange }) => headerRange.start + 1000)), /digest/);
    await refused(await damaged(flipped(({ size }) => size - 5)), /payload/);
  });

  it('a package of another kind than the manifest says', async () => {
    await bench.publish([await bench.binaries({ name: 'other' })]);
    const build = await bench.binaries({});
    const file = path.join(build, 'hello-1.0-1.x86_64.rpm');
    await rename(file, path.join(build, 'hello-1.0-1.src.rpm'));
    await refused(await bench.build(build), /another kind .*found a binary package, expected the role srpm/);
  });

  it('a package of another source than its build: it would take the packages of that source away', async () => {
    await bench.publish([await bench.binaries({ name: 'victim', subpackages: { libs: 'x86_64' } })]);
    const options = { name: 'victim', version: '9-1', withMain: false, subpackages: { x: 'x86_64' } };
    const manifest = { package: { name: 'hello', version: '9-1', format: 'rpm' as const } };
    const folder = await bench.scratch('build');
    await bench.rpms(folder, options, 'binary');
    const message =
      /victim-x-9-1\.x86_64\.rpm: the package is of another source package than its build \(found victim, expected hello/;
    await refused(await bench.build(folder, { manifest }), message);
    const sources = await bench.scratch('build');
    await bench.rpms(sources, options, 'source');
    await refused(await bench.build(sources, { manifest }), /victim-9-1\.src\.rpm: .*found victim, expected hello/);
    expect(await list()).toEqual(['victim-1.0-1.x86_64', 'victim-libs-1.0-1.x86_64']);
  });

  it('a build that failed, is under review, or is of deb packages', async () => {
    await bench.publish([await bench.binaries({ name: 'other' })]);
    const build = await bench.binaries({});
    const { manifest } = await readManifest(build);
    await writeManifest(build, { ...manifest, verdict: 'package' });
    await refused(build, 'the build did not succeed');
    await writeManifest(build, { ...manifest, package: { ...manifest.package, format: 'deb' } });
    await refused(build, 'packages of another format (found deb, expected rpm)');
    await writeManifest(build, { ...manifest, change: 'review' });
    await refused(build, 'not merged');
    expect((await bench.publish([build], { allowReview: true })).changed).toBe(true);
  });

  it('a package of another target or architecture', async () => {
    await bench.publish([await bench.binaries({ name: 'other' })]);
    const build = await bench.binaries({});
    const { manifest } = await readManifest(build);
    await writeManifest(build, { ...manifest, target: { name: 'el8', suite: '8', architecture: 'x86_64' } });
    await refused(build, 'another target');
    await refused(await bench.binaries({ architecture: 's390x' }), 'an architecture that the repository does not have');
    await refused(await bench.binaries({}), 'input architectures', {}, { architectures: ['noarch'] });
  });

  it('two builds that bring one package with two contents', async () => {
    await bench.publish([await bench.binaries({ name: 'other' })]);
    const builds = [await bench.binaries({}), await bench.binaries({ content: 'other' })];
    await expectRefused(bench.repository, () => bench.publish(builds), 'the builds bring a package twice');
    const versions = [
      await bench.binaries({ subpackages: { aa: 'x86_64' }, withMain: false }),
      await bench.binaries({ version: '2.0-1', subpackages: { bb: 'x86_64' }, withMain: false }),
    ];
    await expectRefused(bench.repository, () => bench.publish(versions), 'two versions of one source package');
  });

  it('another signing key, until it is wanted; clients then get both', async () => {
    const build = await bench.binaries({});
    await bench.publish([build]);
    const signer = await openSigner({ key: (await generateKey({ name: 'New', email: 'new@example.org' })).key });
    await refused(await bench.binaries({ name: 'more' }), 'signed by another key', { signer });
    const changed = await bench.publish([build, await bench.binaries({ name: 'more' })], {
      signer,
      allowKeyChange: true,
    });
    expect(changed.snapshot.signedBy).toBe(signer.key.fingerprint);
    expect(changed.snapshot.packages.map(({ name, signedBy }) => [name, signedBy])).toEqual([
      ['hello', bench.signer.key.fingerprint],
      ['more', signer.key.fingerprint],
    ]);
    // The package that was there keeps its signature: its key is handed out as long as it is served.
    const dnf = await bench.dnf();
    await dnf.run('install', 'hello', 'more');
    await expectSigned(at('pool/h/hello/hello-1.0-1.x86_64.rpm'), at('pool/m/more/more-1.0-1.x86_64.rpm'));
    await bench.publish([await bench.binaries({ name: 'again' })], { signer });
    await (await bench.dnf()).run('install', 'hello', 'more', 'again');
  });

  it('a repository of deb packages, and rpm packages for it the other way round', async () => {
    await using deb = await Workbench.make();
    await deb.publish([await deb.binaries({})]);
    const build = await bench.binaries({});
    const root = deb.repository;
    await expectRefused(root, () => bench.publish([build], { root, signer: deb.signer }), /another format \(found deb/);
    await bench.publish([build]);
    const debs = await deb.binaries({});
    await expectRefused(
      bench.repository,
      () => deb.publish([debs], { root: bench.repository, signer: bench.signer }),
      /another format \(found rpm/,
    );
  });

  it('a signature on a package that is not by a key that clients get', async () => {
    await bench.publish([await bench.binaries({})]);
    const stranger = await openSigner({ key: (await generateKey({ name: 'No', email: 'no@example.org' })).key });
    const signer: Signer = {
      key: bench.signer.key,
      publicKey: bench.signer.publicKey,
      warnings: [],
      clearsign: async (text) => await bench.signer.clearsign(text),
      detach: async (data) => await bench.signer.detach(data),
      signPacket: async (data) => await stranger.signPacket(data),
      [Symbol.asyncDispose]: async () => {},
    };
    const build = await bench.binaries({ name: 'more' });
    await refused(build, /pool\/m\/more\/more-1\.0-1\.x86_64\.rpm: rpm does not accept the package .*NOT OK/, {
      signer,
    });
  });

  it('a damaged repository: an index that was changed by hand', async () => {
    const { snapshot } = await bench.publish([await bench.binaries({})]);
    const folder = at('snapshots', snapshot.id, 'x86_64', 'repodata');
    const file = path.join(folder, 'repomd.xml');
    const build = await bench.binaries({ name: 'more' });
    for (const [text, message] of [
      ['<repomd/>', 'no primary index'],
      ['x', 'not well-formed'],
      [(await readFile(file, 'utf8')).replaceAll('href="repodata/', 'href="../'), 'a record that is not ours'],
    ] as const) {
      await writeFile(file, text);
      await refused(build, message);
    }
    await rm(file);
    await refused(build, 'the index cannot be read');
  });
});
