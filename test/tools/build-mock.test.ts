import { chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Manifest, readManifest, verifyFiles } from '../../src/manifest.ts';
import { run as command } from '../../src/process.ts';
import { readRpmPackage } from '../../src/rpm/read-package.ts';
import { Project } from '../unit/source/fixture.ts';
import { build, C_PROGRAM, C_SOURCE, rpmQuery, specText, tinySource } from './build-mock-helpers.ts';
import { STATE } from './buildroot.ts';
import { rpmHost } from './prepare-sources-rpm-helpers.ts';
import { testRpmGeneration } from './rpm-buildroot.ts';
import { extraRepository, rpmDistribution } from './rpm-distribution.ts';
import { makeRpm, sourceRpm } from './rpm-distribution-packages.ts';
import { serveFolder } from './rpm-distribution-server.ts';

let root: string;
let folder: string;
let architecture: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-build-mock-'));
  await (await testRpmGeneration()).lock.release();
  ({ architecture } = await rpmDistribution());
}, 300_000);
afterAll(() => rm(root, { recursive: true, force: true }));
beforeEach(async () => {
  folder = await mkdtemp(path.join(root, 'case-'));
});

const noSession = async () => {
  const owners = (await readdir(path.join(STATE, 'sessions'))).map(
    async (id) =>
      JSON.parse(await readFile(path.join(STATE, 'sessions', id, 'owner.json'), 'utf8').catch(() => '{}'))
        .pid as unknown,
  );
  expect(await Promise.all(owners)).not.toContain(process.pid);
};

describe('build-mock', () => {
  it('builds a C program with its debug information, and says what it made from what', async () => {
    await chown(folder, 65_534, 65_534);
    const source = await tinySource(
      folder,
      {
        ...C_PROGRAM,
        version: '1.0~rc1',
        head: ['Epoch: 2', 'Source0: tiny.c'],
        sections: { prep: '%setup -c -T\ncp %{SOURCE0} .', build: 'gcc -g -O2 -o tiny tiny.c' },
        more: '%package data\nSummary: data\nBuildArch: noarch\n%description data\nData.\n%files data\n%doc tiny.c\n',
      },
      { 'tiny.c': C_SOURCE },
    );
    const { code, host, output, errors, warnings, manifest, names, text } = await build(folder, source);
    expect(errors).toBe('');
    expect(warnings).toEqual([]);
    expect(code).toBe(0);
    expect(host.outputs).toMatchObject({
      verdict: 'success',
      folder: output,
      packages: 'tiny tiny-data tiny-debuginfo tiny-debugsource',
      log: path.join(output, `tiny-1.0~rc1-1.el9.${architecture}.log`),
    });
    const stem = `tiny-1.0~rc1-1.el9.${architecture}`;
    expect(await names()).toEqual(
      [
        ...['build.log', 'code-quality.json', 'hw_info.log', 'installed_pkgs.log', 'junit.xml', 'mock-stderr.log'],
        ...['root.log', 'state.log', 'tiny-1.0~rc1-1.el9.src.rpm', `${stem}.log`, `${stem}.packages`, `${stem}.rpm`],
        ...['tiny-data-1.0~rc1-1.el9.noarch.rpm', `tiny-debuginfo-1.0~rc1-1.el9.${architecture}.rpm`],
        `tiny-debugsource-1.0~rc1-1.el9.${architecture}.rpm`,
      ].sort((a, b) => (a < b ? -1 : 1)),
    );
    const made = await manifest();
    await verifyFiles(output, made);
    expect(made).toMatchObject({
      stage: 'build',
      verdict: 'success',
      package: { name: 'tiny', version: '2:1.0~rc1-1.el9', format: 'rpm' },
      target: { name: 'synthetic', suite: 'synthetic9', architecture },
    });
    expect(made.repositories).toEqual([
      expect.objectContaining({ suite: 'synthetic', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }),
    ]);
    expect(made.buildroot?.generation).toMatch(/^[0-9a-f]{16}$/);
    expect(made.tools['mock']).toBeDefined();
    const roles = new Map(made.files.map(({ name, role }) => [name, role]));
    expect(
      [`${stem}.rpm`, 'tiny-1.0~rc1-1.el9.src.rpm', 'build.log', `${stem}.packages`].map((n) => roles.get(n)),
    ).toEqual(['rpm', 'srpm', 'log', 'packages-list']);
    // Packages: of this source, with the times of the changelog, made on no host.
    const rpm = path.join(output, `${stem}.rpm`);
    expect(await rpmQuery(rpm, '%{SOURCERPM} %{BUILDHOST} %{BUILDTIME}')).toBe(
      'tiny-1.0~rc1-1.el9.src.rpm localhost 1767225600',
    );
    expect((await command(['rpm', '-qpl', rpm])).stdout).toContain('/usr/bin/tiny');
    // The source package is the one that was given.
    expect(await readFile(path.join(output, 'tiny-1.0~rc1-1.el9.src.rpm'))).toEqual(await readFile(source));
    expect(await text('.packages')).toMatch(/^gcc-[\d.]+-\S+\nlibsample-devel-1\.2-1\.el9\.noarch\n/m);
    const log = await text(`${stem}.log`);
    expect(log).toMatch(/\| Install build dependencies [\s\S]*libsample-devel[\s\S]*\| Build [\s\S]*\+ gcc -g -O2/);
    expect(host.reports.map(({ kind }) => kind)).toEqual(['junit', 'codequality']);
    expect(host.uploads.map(({ name }) => name)).toEqual([`packages-tiny-synthetic-${architecture}`]);
    // What root made in a person's workspace belongs to the person.
    expect((await stat(path.join(output, 'manifest.json'))).uid).toBe(65_534);
    await noSession();
  });

  it('gives the same packages when it is done again, at the same time, on one generation', async () => {
    const source = await tinySource(folder);
    const both = await Promise.all(
      ['one', 'two'].map((name) => build(path.join(folder, name), source, { output: path.join(folder, name, 'out') })),
    );
    expect(both.map(({ errors }) => errors)).toEqual(['', '']);
    const digests = await Promise.all(
      both.map(async ({ manifest }) => (await manifest()).files.find(({ role }) => role === 'rpm')?.sha256),
    );
    expect(digests[0]).toBeDefined();
    expect(digests[0]).toBe(digests[1]);
  });

  it('passes conditions, macros, jobs and whether to check; without network, as an ordinary user, without secrets', async () => {
    const tell =
      'echo "told: tests %{with tests} docs %{with docs} vendor %{vendor_tag} jobs %{_smp_mflags} $RPM_BUILD_NCPUS"\n' +
      'echo "devices: $(tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d " " | sort | tr "\\n" " ")user $(id -un)"\nenv';
    const source = await tinySource(folder, {
      head: ['%bcond_with tests', '%bcond_without docs', '%{!?vendor_tag:%global vendor_tag none}'],
      sections: { build: tell, check: 'echo check runs; exit 1' },
    });
    process.env['INPUT_SIGNING-KEY'] = 'top-secret-value';
    try {
      const { code, errors, text } = await build(folder, source, {
        with: 'tests',
        without: 'docs',
        defines: 'vendor_tag acme corp',
        jobs: '3',
        check: 'false',
        'include-source': 'false',
      });
      expect(errors).toBe('');
      expect(code).toBe(0);
      const log = await text('build.log');
      expect(log).toContain('told: tests 1 docs 0 vendor acme corp jobs -j3 3');
      expect(log).toContain('devices: lo user mockbuild');
      expect(log).not.toContain('top-secret-value');
      expect(log).not.toContain('check runs');
      await expect(text('.src.rpm')).rejects.toThrow('no result');
    } finally {
      delete process.env['INPUT_SIGNING-KEY'];
    }
  });

  it('leaves the network open when asked, and installs what is asked for beside', async () => {
    const source = await tinySource(folder, {
      sections: { build: 'tail -n +3 /proc/net/dev | cut -d: -f1\ncat /usr/include/other.h' },
    });
    const { errors, text } = await build(folder, source, { network: 'true', 'extra-packages': 'libother-devel' });
    expect(errors).toBe('');
    const devices = (await readFile('/proc/net/dev', 'utf8'))
      .split('\n')
      .slice(2)
      .map((line) => line.split(':')[0]);
    const log = await text('build.log');
    for (const device of devices) expect(log).toContain(device);
    expect(log).toContain('#define OTHER 3');
    expect(await text('.packages')).toContain('libother-devel-3.0-1.el9.noarch');
  });

  it('takes package files and repositories of its own', async () => {
    const files = path.join(folder, 'files');
    await makeRpm(files, { name: 'from-file', files: { '/usr/share/from-file': 'x\n' } });
    const signed = await extraRepository(path.join(folder, 'signed'), [
      { name: 'from-signed', files: { '/usr/share/from-signed': 'x\n' } },
    ]);
    const unsigned = await extraRepository(
      path.join(folder, 'unsigned'),
      [{ name: 'from-unsigned', files: { '/usr/share/from-unsigned': 'x\n' } }],
      { signed: false },
    );
    await using server = await serveFolder(signed.folder);
    const source = await tinySource(folder, { buildRequires: ['from-file', 'from-signed', 'from-unsigned'] });
    const { errors, manifest, text } = await build(folder, source, {
      'package-files': files,
      repositories: `remote ${server.url} priority=10 key=${signed.keyFile}\nlocal ${unsigned.folder} trusted=yes`,
    });
    expect(errors).toBe('');
    expect(await text('.packages')).toMatch(/^from-file-1.0-1.*\nfrom-signed-.*\nfrom-unsigned-/m);
    const { repositories } = await manifest();
    expect(repositories?.map(({ uri, suite }) => `${suite} ${uri}`)).toEqual(
      expect.arrayContaining([`remote ${server.url}`, `local ${unsigned.folder}`]),
    );
    expect(repositories?.filter(({ sha256 }) => sha256 === undefined)).toEqual([]);
    expect(await readdir(path.join(STATE, 'sessions'))).not.toContainEqual(expect.stringMatching(/^packages-/));
  });

  it('finds out without network what only the buildroot knows, and installs it with', async () => {
    const signed = await extraRepository(path.join(folder, 'repository'), [
      { name: 'first-devel', files: { '/usr/include/first.h': 'x\n' } },
      { name: 'second-devel', files: { '/usr/include/second.h': 'x\n' } },
      { name: 'when-tested', files: { '/usr/share/when-tested': 'x\n' } },
    ]);
    await using server = await serveFolder(signed.folder);
    const source = await tinySource(folder, {
      head: ['%bcond_with tests', '%if %{with tests}', 'BuildRequires: when-tested', '%endif'],
      sections: {
        generate_buildrequires: [
          'echo first-devel',
          '[ ! -e /usr/include/first.h ] || echo second-devel',
          'echo "devices: $(tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d " " | tr "\\n" " ")." >&2',
        ].join('\n'),
      },
    });
    const { errors, host, names, text } = await build(folder, source, {
      repositories: `remote ${server.url} key=${signed.keyFile}`,
      with: 'tests',
    });
    expect(errors).toBe('');
    expect(await text('.packages')).toMatch(/^first-devel-[\s\S]*^second-devel-[\s\S]*^when-tested-/m);
    const seen = [...(await text('build.log')).matchAll(/devices: (.*)\./g)].map(([, devices]) => devices?.trim());
    expect(seen.length).toBeGreaterThan(1);
    expect(new Set(seen)).toEqual(new Set(['lo']));
    expect((await names()).filter((name) => name.endsWith('.rpm'))).toEqual([
      'tiny-1.0-1.el9.noarch.rpm',
      'tiny-1.0-1.el9.src.rpm',
    ]);
    expect(host.summaryText).toMatch(/dependencies [\d.]+ s · build/);
  });
});

describe('a spec file', () => {
  it('is made a source package in the session, with what lies beside it', async () => {
    await writeFile(
      path.join(folder, 'tiny.spec'),
      specText({ ...C_PROGRAM, head: ['Source0: tiny.c', '%global _hidden %(touch /tmp/evaluated; echo x)'] }),
    );
    await writeFile(path.join(folder, 'tiny.c'), C_SOURCE);
    await writeFile(path.join(folder, '.token'), 'top-secret-content');
    const { errors, names, manifest, output, text } = await build(folder, path.join(folder, 'tiny.spec'));
    expect(errors).toBe('');
    expect(await names()).toEqual(
      expect.arrayContaining(['tiny-1.0-1.el9.src.rpm', `tiny-1.0-1.el9.${architecture}.rpm`]),
    );
    expect((await manifest()).package).toEqual({ name: 'tiny', version: '1.0-1.el9', format: 'rpm' });
    expect((await readRpmPackage(path.join(output, 'tiny-1.0-1.el9.src.rpm'))).isSource).toBe(true);
    expect((await command(['rpm', '-qpl', path.join(output, 'tiny-1.0-1.el9.src.rpm')])).stdout).toBe(
      'tiny.c\ntiny.spec\n',
    );
    expect(await text(`${architecture}.log`)).toMatch(
      /\| Make the source package [\s\S]*\| Install build dependencies/,
    );
    await expect(stat('/tmp/evaluated')).rejects.toThrow();
  });

  it.each([
    ['that rpmbuild cannot read', specText({ head: ['Nonsense: yes'] }), /Nonsense|Unknown tag/],
    ['without one of its sources', specText({ head: ['Source0: absent.tar.gz'] }), /absent\.tar\.gz/],
  ])('%s is the package’s fault', async (_name, spec, expected) => {
    await writeFile(path.join(folder, 'tiny.spec'), spec);
    const { code, host, errors, manifest, names } = await build(folder, path.join(folder, 'tiny.spec'));
    expect(code).toBe(1);
    expect(host.outputs['verdict']).toBe('package');
    expect(errors).toMatch(expected);
    expect((await manifest()).verdict).toBe('package');
    expect((await names()).filter((name) => name.endsWith('.rpm'))).toEqual([]);
  });
});

describe('what prepare-sources wrote', () => {
  it.each(['srpm', 'spec'])('is built, as %s', async (kind) => {
    const host = await rpmHost(path.join(folder, 'host'));
    await host.lock.release();
    const project = await Project.create(path.join(folder, 'hello'));
    const tiny = { name: 'hello', version: '1.2', release: '1%{?dist}', head: ['Source0: %{name}-%{version}.tar.gz'] };
    const sections = { prep: '%autosetup', build: 'test -e src/hello.c' };
    const spec = specText({ ...tiny, sections });
    await project.commit('Import', { 'hello.spec': spec, 'src/hello.c': 'int main(void) { return 0; }\n' });
    await project.tag('v1.2');
    await project.commit('Change', { 'src/more.c': '// more\n' });
    const sources = path.join(folder, 'sources');
    await host.ok(project.folder, sources, { 'version-scheme': 'commits', 'rpm-output': kind });
    const prepared = await readManifest(sources);
    const { errors, warnings, manifest, names } = await build(folder, sources);
    expect(errors).toBe('');
    expect(warnings).toEqual([]);
    const made = await manifest();
    const { version } = prepared.manifest.package;
    expect(version).toMatch(/^1\.2-1\.el9\.git1$/);
    expect(made).toMatchObject({
      package: { name: 'hello', version, format: 'rpm' },
      previous: prepared.sha256,
      origins: prepared.manifest.origins,
      sourceDateEpoch: expect.any(Number),
    });
    expect((await names()).filter((name) => name.endsWith('.rpm'))).toEqual([
      `hello-${version}.noarch.rpm`,
      `hello-${version}.src.rpm`,
    ]);
    const source = ({ files }: Manifest) => files.find(({ role }) => role === 'srpm')?.sha256;
    if (kind === 'srpm') expect(source(made)).toBe(source(prepared.manifest));
  });
});

describe('the source package', () => {
  it('that the buildroot calls otherwise is handed on as mock made it', async () => {
    const spec = specText().replace('Release: 1%{?dist}', 'Release: %{!?in_mock:7}%{?in_mock}');
    const source = await sourceRpm(path.join(folder, 'source'), { spec });
    expect(path.basename(source)).toBe('tiny-1.0-7.src.rpm');
    const { errors, warnings, names, manifest } = await build(folder, source, { defines: 'in_mock 8' });
    expect(errors).toBe('');
    expect(warnings.join()).toMatch(/1\.0-7 as given and 1\.0-8 in the buildroot/);
    expect((await names()).filter((name) => name.endsWith('.rpm'))).toEqual([
      'tiny-1.0-8.noarch.rpm',
      'tiny-1.0-8.src.rpm',
    ]);
    expect((await manifest()).package.version).toBe('1.0-8');
  });

  it('is verified before anything runs', async () => {
    const source = await tinySource(folder);
    const content = await readFile(source);
    const wrong = path.join(folder, 'wrong.src.rpm');
    for (const [damaged, expected] of [
      [content.subarray(0, content.length - 20), /wrong\.src\.rpm/],
      [Buffer.concat([content.subarray(0, -20), Buffer.alloc(20)]), /wrong\.src\.rpm.*digest/],
    ] as const) {
      await writeFile(wrong, damaged);
      const { code, errors, output } = await build(folder, wrong);
      expect(code).toBe(1);
      expect(errors).toMatch(expected);
      await expect(stat(output)).rejects.toThrow();
    }
    const binary = await makeRpm(folder, { name: 'binary', files: { '/usr/share/binary': 'x\n' } });
    await command(['cp', binary, path.join(folder, 'binary.src.rpm')]);
    expect((await build(folder, path.join(folder, 'binary.src.rpm'))).errors).toMatch(/not a source package/);
  });
});

describe('wrong input', () => {
  it.each([
    [{ architecture: 's390x' }, /has no such architecture|not built for this architecture/],
    [{ target: 'debian-12' }, /no such target|for deb packages/],
    [{ buildroot: '../../etc' }, /not a name for a buildroot/],
    [{ with: 'a b' }, /a word that cannot be used/],
    [{ without: 'a-b' }, /a word that cannot be used/],
    [{ defines: 'vendor' }, /input defines: not a macro/],
    [{ 'extra-packages': '--setopt=x' }, /input extra-packages: a word that cannot be used/],
    [{ 'package-files': '/nowhere.rpm' }, /a package file cannot be read/],
    [{ 'package-files': '/etc/passwd' }, /not a \.rpm file/],
    [{ repositories: 'acme https://packages.example.org/el9' }, /no key for a repository/],
    [{ repositories: 'package-files /srv/x trusted=yes' }, /a name of a repository that is taken/],
    [{ timeout: 'soon' }, /a duration such as/],
    [{ check: 'maybe' }, /true or false/],
  ] as [Record<string, string>, RegExp][])('refuses %j', async (inputs, expected) => {
    const { code, errors, output } = await build(folder, await tinySource(folder), inputs);
    expect(code).toBe(1);
    expect(errors).toMatch(expected);
    await expect(stat(output)).rejects.toThrow();
    await noSession();
  });

  it('does not replace a folder that is not its own', async () => {
    await mkdir(path.join(folder, 'packages'));
    await writeFile(path.join(folder, 'packages', 'precious'), 'x');
    const { code, errors } = await build(folder, await tinySource(folder));
    expect(code).toBe(1);
    expect(errors).toContain('would be lost');
    expect(await readdir(path.join(folder, 'packages'))).toEqual(['precious']);
  });

  it('reads no package file that is damaged', async () => {
    const files = path.join(folder, 'files');
    const file = await makeRpm(files, { name: 'cut', files: { '/usr/share/cut': 'x\n' } });
    await writeFile(file, (await readFile(file)).subarray(0, 400));
    const { code, errors } = await build(folder, await tinySource(folder), { 'package-files': files });
    expect(code).toBe(1);
    expect(errors).toMatch(/cut-1\.0-1/);
    await noSession();
  });
});
