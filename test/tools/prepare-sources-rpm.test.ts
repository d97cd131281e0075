import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readManifest } from '../../src/manifest.ts';
import { run } from '../../src/process.ts';
import { CODE, Project, START, scratchFolder } from '../unit/source/fixture.ts';
import { sha256 } from './prepare-sources-helpers.ts';
import { ask, ENTRY, type RpmHost, rpmHost, simpleRpm, spec, unpack } from './prepare-sources-rpm-helpers.ts';

let host: RpmHost;
let shared: Awaited<ReturnType<typeof scratchFolder>>;
beforeAll(async () => {
  shared = await scratchFolder();
  host = await rpmHost(shared.path);
}, 600_000);
afterAll(async () => {
  await host?.lock.release();
  await shared?.[Symbol.asyncDispose]();
});

describe('a .src.rpm', () => {
  it('is made of a spec in the code project, with the commits in version and changelog', async () => {
    await using scratch = await scratchFolder();
    const project = await simpleRpm(`${scratch.path}/hello`, 2);
    const out = `${scratch.path}/out`;
    const {
      version,
      files,
      host: ran,
    } = await host.ok(project.folder, out, {
      'version-scheme': 'commits',
      package: 'hello',
    });
    expect(version).toBe('1.2-1.el9.git2');
    expect(files).toEqual(['hello-1.2-1.el9.git2.src.rpm', 'manifest.json']);
    expect(ran.outputs).toEqual({
      manifest: `${out}/manifest.json`,
      dsc: '',
      srpm: `${out}/hello-1.2-1.el9.git2.src.rpm`,
      version: '1.2-1.el9.git2',
      name: 'hello',
      folder: out,
      artifact: 'sources-hello-1.2-1.el9.git2-synthetic-9',
    });
    expect(ran.annotations()).toEqual([]);
    const head = await project.git('rev-parse', 'HEAD');
    const { manifest } = await readManifest(out);
    expect(manifest).toMatchObject({
      package: { name: 'hello', version: '1.2-1.el9.git2', format: 'rpm' },
      change: 'merge',
      origins: [{ role: 'code', project: 'hello', ref: 'HEAD', commit: head, tag: 'v1.2' }],
      target: { name: 'synthetic-9', suite: 'synthetic9' },
      buildroot: { generation: host.generation },
      sourceDateEpoch: START + 180,
      tools: { rpm: expect.stringMatching(/^\d+\.\d+/) },
    });
    expect(manifest.files.map((file) => file.role)).toEqual(['srpm']);
    expect(ran.summaryText).toContain('### hello `1.2-1.el9.git2`');

    const inside = await unpack(out);
    const text = await readFile(`${inside}/hello.spec`, 'utf8');
    expect(text).toContain('Release:        1%{?dist}.git2\n');
    const last = (await project.git('rev-parse', 'HEAD^')).slice(0, 8);
    expect(text).toContain(
      [
        '%changelog',
        '* Mon Jan 05 2026 Bob Packager <bob@example.org> - 1.2-1.el9.git2',
        `- Build of commit ${head.slice(0, 12)} (tag v1.2).`,
        `- Change 2 (Alice Example, ${head.slice(0, 8)})`,
        `- Change 1 (Alice Example, ${last})`,
        '',
        ENTRY,
      ].join('\n'),
    );
    const { stdout } = await run(['tar', '-tf', `${inside}/hello-1.2.tar.gz`]);
    expect(stdout.split('\n').slice(0, 3)).toEqual(['hello-1.2/', 'hello-1.2/README.md', 'hello-1.2/configure']);
    expect(stdout).toContain('hello-1.2/src/more.c\n');
    // Whoever opens it: no user of the buildroot, no host, no time of the clock.
    expect(
      await ask(
        out,
        '[%{FILEUSERNAME}:%{FILEGROUPNAME} %{FILEMODES:perms} %{FILENAMES}\n]%{BUILDHOST} %{BUILDTIME} %{PAYLOADCOMPRESSOR} %{FILEDIGESTALGO}',
      ),
    ).toBe(`root:root -rw-r--r-- hello-1.2.tar.gz\nroot:root -rw-r--r-- hello.spec\nlocalhost ${START + 180} gzip 8`);
    expect(await project.git('status', '--porcelain')).toBe('');
  });

  it('has the same bytes from another clone, at another time, in another session', async () => {
    await using scratch = await scratchFolder();
    const project = await simpleRpm(
      `${scratch.path}/hello`,
      1,
      { tags: 'Source1: extra.conf\nPatch0: fix.patch' },
      {
        'extra.conf': 'x\n',
        'fix.patch': '--- a\n',
      },
    );
    await host.ok(project.folder, `${scratch.path}/a`, { 'version-scheme': 'commits' });
    await run(['git', 'clone', '-q', project.folder, `${scratch.path}/clone`]);
    await run(['chmod', '-R', 'go-rwx', `${scratch.path}/clone`]);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const { version } = await host.ok(`${scratch.path}/clone`, `${scratch.path}/b`, { 'version-scheme': 'commits' });
    const name = `hello-${version}.src.rpm`;
    expect(await sha256(`${scratch.path}/a/${name}`)).toBe(await sha256(`${scratch.path}/b/${name}`));
    expect(await ask(`${scratch.path}/a`, '[%{FILENAMES} ]')).toBe('extra.conf fix.patch hello-1.2.tar.gz hello.spec ');
  });

  it('can be built from as it is', async () => {
    await using scratch = await scratchFolder();
    const project = await simpleRpm(`${scratch.path}/hello`, 1, { prep: '%setup -q\ntest -f src/more.c' });
    const out = `${scratch.path}/out`;
    const { version } = await host.ok(project.folder, out, { 'version-scheme': 'commits' });
    const build = ['rpmbuild', '--rebuild', '--nodeps', '--define', `_topdir ${scratch.path}/top`] as const;
    await run([...build, '--define', 'dist .el9', `${out}/hello-${version}.src.rpm`]);
  });

  it('lists what NoSource leaves out, and is called so', async () => {
    await using scratch = await scratchFolder();
    const parts = { tags: 'Source1: secret.bin\nNoSource: 1' };
    const project = await simpleRpm(`${scratch.path}/hello`, 0, parts, { 'secret.bin': 'x\n' });
    const { files } = await host.ok(project.folder, `${scratch.path}/out`);
    expect(files).toEqual(['hello-1.2-1.el9.nosrc.rpm', 'manifest.json']);
  });

  it('is the same under another umask', async () => {
    await using scratch = await scratchFolder();
    const project = await simpleRpm(`${scratch.path}/hello`, 1);
    await host.ok(project.folder, `${scratch.path}/a`, { 'version-scheme': 'commits' });
    const before = process.umask(0o077);
    try {
      await host.ok(project.folder, `${scratch.path}/b`, { 'version-scheme': 'commits' });
    } finally {
      process.umask(before);
    }
    const name = 'hello-1.2-1.el9.git1.src.rpm';
    expect(await sha256(`${scratch.path}/a/${name}`)).toBe(await sha256(`${scratch.path}/b/${name}`));
  });

  it('leaves version and changelog alone with the scheme changelog', async () => {
    await using scratch = await scratchFolder();
    const project = await simpleRpm(`${scratch.path}/hello`, 2);
    const out = `${scratch.path}/out`;
    const { version } = await host.ok(project.folder, out);
    expect(version).toBe('1.2-1.el9');
    expect(await readFile(`${await unpack(out)}/hello.spec`, 'utf8')).toBe(spec());
  });
});

describe('a spec with its sources', () => {
  it('is the other output', async () => {
    await using scratch = await scratchFolder();
    const project = await simpleRpm(
      `${scratch.path}/hello`,
      1,
      { tags: 'Source1: run.sh' },
      {
        'run.sh': { executable: '#!/bin/sh\n' },
      },
    );
    const out = `${scratch.path}/out`;
    const { files, host: ran } = await host.ok(project.folder, out, {
      'version-scheme': 'commits',
      'rpm-output': 'spec',
    });
    expect(files).toEqual(['hello-1.2.tar.gz', 'hello.spec', 'manifest.json', 'run.sh']);
    expect(ran.outputs).toMatchObject({ srpm: '', folder: out, version: '1.2-1.el9.git1' });
    const { manifest } = await readManifest(out);
    expect(manifest.files.map((file) => file.role)).toEqual(['other', 'other', 'other']);
    expect(await readFile(`${out}/hello.spec`, 'utf8')).toContain('Release:        1%{?dist}.git1\n');
    expect((await stat(`${out}/run.sh`)).mode & 0o777).toBe(0o755);
    const other = await simpleRpm(
      `${scratch.path}/other`,
      0,
      { tags: 'Source1: manifest.json' },
      { 'manifest.json': '{}' },
    );
    await host.refused(other.folder, out, { 'rpm-output': 'spec' }, /a source has the name of the manifest/);
  });
});

describe('layouts', () => {
  it('pairs a code project with a spec project as rpmbuild has its folders, and counts both', async () => {
    await using scratch = await scratchFolder();
    const code = await Project.create(`${scratch.path}/openstack/hello`);
    await code.commit('Import', CODE);
    await code.tag('1.2', false);
    await code.commit('Fix', { 'src/fix.c': 'fix\n' });
    const packaging = await Project.create(`${scratch.path}/openstack-build/hello-build`);
    const release = '1%{?dist}~mos1';
    await packaging.commit('Old packaging', { 'rpm/SPECS/hello.spec': spec({ version: '1.1', release }) });
    await packaging.commit('Package 1.2', {
      'rpm/SPECS/hello.spec': spec({ release, tags: 'Source1: hello.conf' }),
      'rpm/SOURCES/hello.conf': 'conf\n',
    });
    const inputs = { code: 'openstack/hello', spec: 'openstack-build/hello-build', 'version-scheme': 'commits' };
    const out = `${scratch.path}/out`;
    expect((await host.ok(scratch.path, out, inputs)).version).toBe('1.2-1.el9~mos1');
    await packaging.commit('Packaging fix', { 'rpm/SOURCES/hello.conf': 'other\n' });
    expect((await host.ok(scratch.path, out, inputs)).version).toBe('1.2-1.el9~mos2');
    expect((await readManifest(out)).manifest.origins).toMatchObject([
      { role: 'code', project: 'hello', tag: '1.2' },
      { role: 'spec', project: 'hello-build' },
    ]);
    const inside = await unpack(out);
    expect(await readFile(`${inside}/hello.conf`, 'utf8')).toBe('other\n');
    expect((await run(['tar', '-tf', `${inside}/hello-1.2.tar.gz`])).stdout).toContain('hello-1.2/src/fix.c');
  });

  it('takes the folder of the distribution, and the spec that is named', async () => {
    await using scratch = await scratchFolder();
    const project = await Project.create(`${scratch.path}/hello`);
    await project.commit('Import', {
      ...CODE,
      'rpm/SPECS/hello.spec': spec({ release: '1' }),
      'synthetic9/rpm/SPECS/hello.spec': spec({ release: '2' }),
      'packaging/one.spec': spec({ release: '3' }),
      'packaging/hello.spec': spec({ release: '4' }),
    });
    await project.tag('v1.2');
    const out = `${scratch.path}/out`;
    expect((await host.ok(project.folder, out)).version).toBe('1.2-2');
    expect((await host.ok(project.folder, out, { 'spec-file': 'packaging/one.spec' })).version).toBe('1.2-3');
    await project.commit('Fewer', { rpm: null, synthetic9: null });
    expect((await host.ok(project.folder, out, { package: 'hello' })).version).toBe('1.2-4');
  });

  it('gives the tarball the folder that %prep goes to, and the compression that its name says', async () => {
    await using scratch = await scratchFolder();
    const out = `${scratch.path}/out`;
    for (const [parts, file, first] of [
      [{ prep: '%setup -q -n greeter-%{version}' }, 'hello-1.2.tar.gz', 'greeter-1.2/'],
      [{ prep: '%autosetup -n %{name}-v%{version} -p1', source0: 'v%{version}.tar.xz' }, 'v1.2.tar.xz', 'hello-v1.2/'],
      [{ prep: '%setup -q -c', source0: '%{name}.tar.bz2' }, 'hello.tar.bz2', './'],
      [{ prep: '%setup -q -n top/lib', source0: '%{name}.tgz' }, 'hello.tgz', 'top/'],
      [{ prep: 'tar xf %{SOURCE0}\ncd other', source0: '%{name}.tar.zst' }, 'hello.tar.zst', 'other/'],
      [{ prep: '%setup -q', source0: 'https://example.org/get?file=%{name}.tar' }, 'hello.tar', 'hello-1.2/'],
    ] as const) {
      const project = await simpleRpm(`${scratch.path}/${file}`, 0, parts);
      await host.ok(project.folder, out);
      const inside = await unpack(out);
      const { stdout } = await run(['tar', '-tf', `${inside}/${file}`]);
      expect(stdout.split('\n')[0], file).toBe(first);
    }
  });

  it('says so where %prep does not tell', async () => {
    await using scratch = await scratchFolder();
    const project = await simpleRpm(`${scratch.path}/hello`, 0, { prep: 'true' });
    const { host: ran } = await host.ok(project.folder, `${scratch.path}/out`);
    expect(ran.annotations('notice')[0]?.message).toMatch(/%prep of hello\.spec does not say the folder .* hello-1\.2/);
  });
});

describe('the example', () => {
  it('packages GNU hello, with code and spec in two projects', async () => {
    await using scratch = await scratchFolder();
    const code = await Project.create(`${scratch.path}/openstack/hello`);
    await code.commit('Import GNU hello 2.10', CODE);
    await code.tag('2.10');
    await code.commit('Note a change', { THANKS: 'x\n' });
    const packaging = await Project.create(`${scratch.path}/openstack-build/hello-build`);
    const example = path.resolve(import.meta.dirname, '../../examples/hello-rpm/SPECS/hello.spec');
    await packaging.commit('Package it', { 'SPECS/hello.spec': await readFile(example) });
    const out = `${scratch.path}/out`;
    const inputs = { code: 'openstack/hello', spec: 'openstack-build/hello-build', 'version-scheme': 'commits' };
    const { version, host: ran } = await host.ok(scratch.path, out, { ...inputs, package: 'hello' });
    expect(version).toBe('2.10-1.el9.git1');
    expect(ran.annotations()).toEqual([]);
    expect(await ask(out, '[%{FILENAMES} ]')).toBe('hello-2.10.tar.gz hello.spec ');
    const { stdout } = await run(['tar', '-tf', `${await unpack(out)}/hello-2.10.tar.gz`]);
    expect(stdout.split('\n')[0]).toBe('hello-2.10/');
  });
});

describe('rpmautospec', () => {
  const MACROS = [
    '%define autorelease(e:s:pb:n) %{lua: print("7" .. rpm.expand("%{?dist}"))}',
    `%define autochangelog ${'* Mon Jan 05 2026 Auto <auto@example.org> - 1.2-7'}`,
  ].join('\n');

  it('makes release and changelog by itself', async () => {
    await using scratch = await scratchFolder();
    const parts = { top: MACROS, release: '%autorelease -b 3', changelog: '%autochangelog\n' };
    const project = await simpleRpm(`${scratch.path}/hello`, 2, parts);
    const out = `${scratch.path}/out`;
    const { version, host: ran } = await host.ok(project.folder, out, { 'version-scheme': 'commits' });
    expect(version).toBe('1.2-7.el9');
    expect(ran.annotations('notice').map(({ message }) => message)).toEqual([
      expect.stringMatching(/left to %autorelease/),
    ]);
    expect(await readFile(`${await unpack(out)}/hello.spec`, 'utf8')).toBe(spec(parts));
  });

  it('has its changelog left alone where the release is ours', async () => {
    await using scratch = await scratchFolder();
    const project = await simpleRpm(`${scratch.path}/hello`, 2, { top: MACROS, changelog: '%autochangelog\n' });
    const { version, host: ran } = await host.ok(project.folder, `${scratch.path}/out`, {
      'version-scheme': 'commits',
    });
    expect(version).toBe('1.2-1.el9.git2');
    expect(ran.annotations('notice')[0]?.message).toMatch(/left to %autochangelog/);
  });

  it('keeps a review apart, right above what there is', async () => {
    await using scratch = await scratchFolder();
    const parts = { top: MACROS, release: '%autorelease -b 3', changelog: '%autochangelog\n' };
    const project = await simpleRpm(`${scratch.path}/hello`, 2, parts);
    const inputs = { change: 'review', 'change-id': '42', patchset: '3', 'published-version': '1.2-7.el9' };
    const { version } = await host.ok(project.folder, `${scratch.path}/out`, inputs);
    expect(version).toBe('1.2-7.el9.0~cr42.3');
  });

  it('is asked for where the buildroot does not have it', async () => {
    await using scratch = await scratchFolder();
    const release = await simpleRpm(`${scratch.path}/a`, 0, { release: '%autorelease' });
    const wanted = /hello\.spec: Release calls a macro .*found "%autorelease".*rpmautospec-rpm-macros/;
    await host.refused(release.folder, `${scratch.path}/out`, {}, wanted);
    const changelog = await simpleRpm(`${scratch.path}/b`, 0, { changelog: '%autochangelog\n' });
    const { host: ran } = await host.prepare(changelog.folder, `${scratch.path}/out`);
    expect(
      ran
        .annotations('warning')
        .map(({ message }) => message)
        .join('\n'),
    ).toMatch(/has %autochangelog, which the buildroot does not define: .* no changelog; add rpmautospec-rpm-macros/);
  });
});

describe('the changelog', () => {
  it('gets a day that rpm takes, who signs it, and subjects that stay text', async () => {
    await using scratch = await scratchFolder();
    const changelog = '* Tue Jan 06 2026 Bob Packager <bob@example.org> - 1.2-1\n- Package it\n';
    const project = await simpleRpm(`${scratch.path}/hello`, 0, { changelog });
    await project.commit('100%{nil}% of %(touch /tmp/x) and %prep\u0007', {});
    const out = `${scratch.path}/out`;
    const { host: ran } = await host.ok(project.folder, out, {
      'version-scheme': 'commits',
      maintainer: 'Release 100% Team <team@example.org>',
    });
    expect(ran.annotations('notice')[0]?.message).toMatch(/of Tue Jan 06 2026, after the commit/);
    expect(await ask(out, '[%{CHANGELOGNAME}\n]')).toBe(
      'Release 100% Team <team@example.org> - 1.2-1.el9.git1\nBob Packager <bob@example.org> - 1.2-1\n',
    );
    expect(await ask(out, '%{CHANGELOGTEXT}')).toContain('- 100%{nil}% of %(touch /tmp/x) and %prep (Alice Example,');
  });

  it('is added to a spec that has none', async () => {
    await using scratch = await scratchFolder();
    const project = await simpleRpm(`${scratch.path}/hello`, 1, { changelog: null });
    const out = `${scratch.path}/out`;
    await host.ok(project.folder, out, { 'version-scheme': 'commits', maintainer: 'Team <team@example.org>' });
    expect(await ask(out, '%{CHANGELOGNAME}')).toBe('Team <team@example.org> - 1.2-1.el9.git1');
    await host.refused(project.folder, out, { 'version-scheme': 'commits' }, /no maintainer for the changelog entry/);
  });

  it('keeps the bytes of an old spec', async () => {
    await using scratch = await scratchFolder();
    const old = Buffer.from(spec({ tags: '# Gr\u00fc\u00dfe' }), 'latin1');
    const project = await simpleRpm(`${scratch.path}/hello`, 0, {}, { 'hello.spec': old });
    await project.commit('Gr\u00fc\u00dfe', {});
    const out = `${scratch.path}/out`;
    await host.ok(project.folder, out, { 'version-scheme': 'commits' });
    const made = await readFile(`${await unpack(out)}/hello.spec`);
    expect(made.includes(Buffer.from('# Gr\u00fc\u00dfe', 'latin1'))).toBe(true);
    expect(made.includes(Buffer.from('- Gr\u00fc\u00dfe (Alice', 'utf8'))).toBe(true);
  });
});
