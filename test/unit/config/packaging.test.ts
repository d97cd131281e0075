import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  defaultPackaging,
  findPackage,
  findTarget,
  loadPackaging,
  type Packaging,
  PackagingError,
  readPackaging,
  repositoriesOf,
  sourcesOf,
} from '../../../src/config/packaging.ts';
import { resolveTarget } from '../../../src/config/target.ts';

const RIGHT = 'test/fixtures/packaging/right';
const HEAD = 'release: { name: acme }\ntargets: [debian-12]\n';
const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);

async function temporary() {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'packaging-'));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

describe('the smallest file', () => {
  it('has every default', async () => {
    const packaging = await loadPackaging(`${RIGHT}/smallest.yml`);
    const target = resolveTarget('debian-12');
    const versions: Packaging['versions'] = {
      scheme: 'changelog',
      tagPattern: '*[0-9]*',
      changelogCommits: 10,
      suffixes: { 'debian-12': '' },
    };
    const build: Packaging['build'] = {
      timeout: 7200,
      parallel: 'auto',
      maxParallel: 'auto',
      network: false,
      profiles: [],
      options: [],
      tmpfsSize: 'auto',
      extraPackages: [],
    };
    const { projects, ...rest } = packaging;
    expect(projects.map(({ kind, both, branch }) => [kind, both?.text, branch.text])).toEqual([
      ['plain', '[{group}/]{package}', '{branch}'],
    ]);
    expect(rest).toEqual({
      file: `${RIGHT}/smallest.yml`,
      folder: path.resolve(RIGHT),
      release: { name: 'acme', version: '1' },
      targets: [target],
      packages: [
        {
          name: 'hello',
          code: { path: path.resolve(RIGHT) },
          targets: [target],
          debianPath: 'debian',
          versions,
          build,
        },
      ],
      versions,
      repositories: [
        {
          name: 'acme',
          target,
          format: 'deb',
          suite: 'bookworm',
          components: ['main'],
          origin: 'acme',
          label: 'acme',
          description: 'Packages of acme 1',
          channels: ['latest'],
        },
      ],
      sources: [],
      build,
      signing: {},
      limits: { lockTimeout: 3600, smokeTimeout: 300, retries: 2, logSize: 256 * 1024 ** 2, outputSize: 8 * 1024 ** 3 },
    } satisfies Omit<Packaging, 'projects'>);
  });
});

describe('a file with everything', () => {
  it('is read as it was meant', async () => {
    const packaging = await loadPackaging(`${RIGHT}/everything.yml`);
    expect(names(packaging.targets)).toEqual(['debian-12', 'ubuntu-22.04', 'acme-9', 'debian-5']);
    expect(packaging.maintainer).toBe('Acme Packaging <packaging@acme.example>');
    expect(packaging.architectures).toEqual(['amd64', 'x86_64']);
    expect(packaging.versions.suffixes).toEqual({
      'debian-12': '+deb12',
      'ubuntu-22.04': '+ubuntu22.04',
      'acme-9': '',
      'debian-5': '+deb5',
    });
    expect(packaging.build).toMatchObject({ timeout: 4 * 3600, parallel: 4, maxParallel: 2, tmpfsSize: 8 * 1024 ** 3 });
    expect(packaging.limits).toMatchObject({ lockTimeout: 600, retries: 0, logSize: 0, smokeTimeout: 300 });
  });

  it('gives packages the release’s settings with their own over them', async () => {
    const packaging = await loadPackaging(`${RIGHT}/everything.yml`);
    const tool = findPackage(packaging, 'tool');
    expect(tool).toMatchObject({
      code: { url: 'https://code.example.org/acme/tool', ref: 'main' },
      spec: { url: 'git@code.example.org:acme/tool-spec' },
      debianPath: 'packaging/debian',
      specFile: 'packaging/tool.spec',
      smoke: ['tool', '--version'],
    });
    expect(names(tool.targets)).toEqual(['ubuntu-22.04', 'acme-9']);
    expect(tool.versions).toMatchObject({ scheme: 'hotfix', parentBranch: 'main', tagPattern: 'v[0-9]*' });
    expect(tool.versions.suffixes).toMatchObject({ 'ubuntu-22.04': '~jammy1', 'debian-12': '+deb12' });
    expect(tool.build).toEqual({
      timeout: 5400,
      parallel: 4,
      maxParallel: 2,
      network: true,
      profiles: ['nocheck'],
      options: ['nocheck', 'hardening=+all'],
      tmpfsSize: 8 * 1024 ** 3,
      extraPackages: ['eatmydata'],
    });
    expect(findPackage(packaging, 'hello').versions).toEqual(packaging.versions);
  });

  it('has a repository for each target of each entry', async () => {
    const packaging = await loadPackaging(`${RIGHT}/everything.yml`);
    expect(packaging.repositories.map(({ name, target, suite }) => [name, target.name, suite])).toEqual([
      ['deb', 'debian-12', 'acme-bookworm'],
      ['deb', 'ubuntu-22.04', 'acme-jammy'],
      ['deb', 'debian-5', 'acme-lenny'],
      ['rpm', 'acme-9', 'acme9'],
    ]);
    const [first, , , rpm] = packaging.repositories;
    expect(first).toMatchObject({
      path: path.resolve(RIGHT, 'public/bookworm'),
      url: 'https://deb.acme.example/debian-12',
      origin: 'Acme',
      label: 'Acme packages',
      architectures: ['amd64'],
    });
    expect(rpm).toMatchObject({ format: 'rpm', components: [], architectures: ['x86_64'] });
    expect(rpm).not.toHaveProperty('path');
    const jammy = findTarget(packaging, 'jammy');
    expect(repositoriesOf(packaging, jammy)).toEqual([packaging.repositories[1]]);
  });

  it('gives builds the sources of their target', async () => {
    const packaging = await loadPackaging(`${RIGHT}/everything.yml`);
    const of = (name: string) => names(sourcesOf(packaging, findTarget(packaging, name)));
    expect(of('debian-12')).toEqual(['line', 'flat', 'backports']);
    expect(of('jammy')).toEqual(['flat', 'backports']);
    expect(of('a9')).toEqual(['extras']);
    const [one, flat, backports, extras] = packaging.sources;
    expect(one).toMatchObject({
      uri: 'https://deb.example.org/x',
      suites: ['stable'],
      components: ['main', 'contrib'],
      architectures: ['amd64'],
      key: { path: '/etc/apt/keyrings/x.gpg' },
      trusted: false,
      pinPackages: ['*'],
    });
    expect(one).not.toHaveProperty('pin');
    expect(flat).toMatchObject({
      uri: 'file:/srv/flat',
      suites: ['./'],
      components: [],
      trusted: true,
      pin: 'origin ""',
    });
    expect(backports).toMatchObject({
      suites: ['bookworm-backports', 'bookworm-proposed'],
      key: { url: 'https://deb.example.org/key.asc', sha256: '0'.repeat(64) },
      priority: -1,
      pin: 'release a=bookworm-backports',
      pinPackages: ['debhelper', 'dh-*'],
    });
    expect(extras).toMatchObject({
      format: 'rpm',
      uri: 'https://rpm.example.org/9/x86_64',
      key: { path: path.resolve(RIGHT, 'keys/extras.asc') },
      priority: 50,
    });
    expect(extras).not.toHaveProperty('pin');
  });
});

describe('other right files', () => {
  it('has the original’s', async () => {
    const packaging = await loadPackaging(`${RIGHT}/fuel.yml`);
    expect(packaging).toMatchObject({ release: { name: 'mos', version: '9.0' }, customer: 'acme' });
    expect(packaging.signing.key).toBe('0123456789ABCDEF0123456789ABCDEF01234567');
    expect(packaging.versions.suffixes).toEqual({ 'ubuntu-14.04': '~u14.04+mos', 'centos-7': '~u14.04+mos' });
    expect(packaging.repositories.map(({ name, suite, path: folder }) => [name, suite, folder])).toEqual([
      ['mos-deb', 'mos9.0', '/srv/mos/ubuntu'],
      ['mos-rpm', 'centos7', '/srv/mos/centos'],
    ]);
    expect(packaging.repositories[0]).toMatchObject({
      url: 'https://mirror.example.org/mos/ubuntu',
      components: ['main', 'restricted'],
      udebComponent: 'main',
      channels: ['proposed', 'updates', 'security'],
      keepVersions: 3,
    });
    expect(packaging.repositories[1]).not.toHaveProperty('keepVersions');
    expect(findPackage(packaging, 'kernel')).toMatchObject({
      kind: 'linux',
      code: { url: 'ssh://review@code.example.org:29418/acme/packages/trusty/kernel', ref: '9.0' },
    });
    expect(findPackage(packaging, 'nova').spec).toEqual({ path: path.resolve(RIGHT, 'nova-build') });
  });

  it('puts suffixes of a package over those of the release', async () => {
    const text = [
      'release: { name: acme }',
      'targets: [debian-12, debian-13, noble]',
      "versions: { suffix: { debian-12: '~a', debian-13: '~b{tag}' } }",
      "packages: [{ name: x, versions: { suffix: { debian-12: '~c' } } }]",
      '',
    ].join('\n');
    const packaging = await readPackaging(text, 'p.yml');
    expect(packaging.versions.suffixes).toEqual({
      'debian-12': '~a',
      'debian-13': '~bdeb13',
      'ubuntu-24.04': '+ubuntu24.04',
    });
    expect(packaging.packages[0]?.versions.suffixes).toEqual({ ...packaging.versions.suffixes, 'debian-12': '~c' });
  });

  it('takes aliases of YAML', async () => {
    const { packages } = await loadPackaging(`${RIGHT}/alias.yml`);
    expect(packages.map(({ build }) => build.timeout)).toEqual([600, 600]);
  });

  it('pins to the host of an address', async () => {
    const text = `${HEAD}sources: [{ name: a, line: 'deb http://deb.example.org:8080/x y main', priority: 900 }]\n`;
    expect((await readPackaging(text, 'p.yml')).sources[0]?.pin).toBe('origin "deb.example.org"');
  });

  it.each([
    'https://code.example.org/a/b.git',
    'http://[::1]:3000/a',
    'ssh://git@code.example.org:29418/a/b',
    'git@code.example.org:a/b.git',
    'git://code.example.org/a',
    'file:///srv/git/a',
  ])('takes %s for a URL', async (url) => {
    const { packages } = await readPackaging(`${HEAD}packages: [{ name: a, code: '${url}' }]\n`, 'p.yml');
    expect(packages[0]?.code).toEqual({ url });
  });

  it.each([
    ['.', '/srv/release'],
    ['../hello', '/srv/hello'],
    ['/abs/olute', '/abs/olute'],
    ['with blank/ä', '/srv/release/with blank/ä'],
    ['a:b', '/srv/release/a:b'],
  ])('takes %s for a path', async (text, expected) => {
    const { packages } = await readPackaging(`${HEAD}packages: [{ name: a, code: '${text}' }]\n`, '/srv/release/p.yml');
    expect(packages[0]?.code).toEqual({ path: expected });
  });
});

describe('looking up', () => {
  it('finds a package, or says which there are', async () => {
    const packaging = await readPackaging(
      `${HEAD}packages: [{ name: hello, code: a }, { name: world, code: b }]\n`,
      'p.yml',
    );
    expect(findPackage(packaging, 'world').name).toBe('world');
    expect(() => findPackage(packaging, 'helo')).toThrow(
      'p.yml: no such package in the release (found "helo", expected hello, world); did you mean hello?',
    );
  });

  it('takes any package where none is listed', async () => {
    const packaging = await readPackaging(HEAD, '/srv/p.yml');
    expect(packaging.packages).toEqual([]);
    expect(findPackage(packaging, 'hello')).toMatchObject({
      name: 'hello',
      code: { path: '/srv' },
      debianPath: 'debian',
    });
  });

  it('finds a target of the release by name and alias, and no other', async () => {
    const packaging = await readPackaging(HEAD, 'p.yml');
    expect(findTarget(packaging, 'bookworm').name).toBe('debian-12');
    expect(() => findTarget(packaging, 'noble')).toThrow(
      'p.yml: no such target in the release (found "noble", expected debian-12)',
    );
  });
});

describe('without a file', () => {
  const changelog = `hello (2.10-3) unstable; urgency=medium

  * Change.

 -- A Person <person@example.org>  Mon, 02 Jan 2006 15:04:05 +0000
`;

  it('needs a folder with debian/ and a target', async () => {
    await using temporaryFolder = await temporary();
    const { folder } = temporaryFolder;
    await mkdir(path.join(folder, 'debian'));
    await writeFile(path.join(folder, 'debian/changelog'), changelog);
    const packaging = await defaultPackaging({ folder, targets: ['bookworm'] });
    expect(packaging).toMatchObject({ file: undefined, folder, release: { name: 'hello', version: '1' } });
    expect(names(packaging.packages)).toEqual(['hello']);
    expect(packaging.packages[0]?.code).toEqual({ path: folder });
    expect(names(packaging.targets)).toEqual(['debian-12']);
    expect(packaging.repositories.map(({ name, suite }) => [name, suite])).toEqual([['hello', 'bookworm']]);
    await writeFile(path.join(folder, 'debian/changelog'), changelog.replace('\n\n -- A', '\n\n- A'));
    await expect(defaultPackaging({ folder, targets: ['bookworm'] })).rejects.toThrow(/debian\/changelog/);
  });

  it('takes inputs as fields', async () => {
    const packaging = await defaultPackaging({
      folder: '/srv/hello',
      name: 'hello',
      targets: ['debian-12', 'noble'],
      fields: {
        release: { name: 'acme', version: '2' },
        versions: { scheme: 'commits', suffix: '~{tag}' },
        build: { timeout: '10m' },
        sources: [{ name: 'x', line: 'deb https://x.example.org y main' }],
        repositories: [{ name: 'acme', path: 'r/{target}' }],
      },
      package: { spec: 'packaging', smoke: ['hello'] },
    });
    expect(packaging.packages[0]).toMatchObject({
      spec: { path: '/srv/hello/packaging' },
      smoke: ['hello'],
      build: { timeout: 600 },
      versions: { scheme: 'commits', suffixes: { 'debian-12': '~deb12', 'ubuntu-24.04': '~ubuntu24.04' } },
    });
    expect(packaging.repositories.map(({ path: folder }) => folder)).toEqual([
      '/srv/hello/r/debian-12',
      '/srv/hello/r/ubuntu-24.04',
    ]);
  });

  it('finds the only spec file, and says when there are several or none', async () => {
    await using temporaryFolder = await temporary();
    const { folder } = temporaryFolder;
    const make = () => defaultPackaging({ folder, targets: ['el9'] });
    await expect(make()).rejects.toThrow(
      `${folder}: no packaging found (expected debian/changelog, or one *.spec file at the top or in a folder such as SPECS, rpm, packaging or dist); write a packaging.yml`,
    );
    await writeFile(path.join(folder, 'hello.spec'), 'Name: hello\n');
    expect(names((await make()).packages)).toEqual(['hello']);
    await writeFile(path.join(folder, 'world.spec'), 'Name: world\n');
    await expect(make()).rejects.toThrow(`${folder}: several packages found (found hello.spec, world.spec,`);
    const named = await defaultPackaging({ folder, targets: ['el9'], package: { 'spec-file': 'world.spec' } });
    expect(names(named.packages)).toEqual(['world']);
    const wanted = await defaultPackaging({ folder, targets: ['el9'], wanted: 'world' });
    expect(names(wanted.packages)).toEqual(['world']);
    await writeFile(path.join(folder, 'x.spec'), '');
    await expect(defaultPackaging({ folder: path.join(folder, 'none'), targets: ['el9'] })).rejects.toThrow(
      /none: the folder cannot be read \(found ENOENT\)/,
    );
  });

  it.each([
    [['SPECS/hello.spec'], 'hello'],
    [['rpm/hello.spec', 'dist/other.spec'], 'hello'],
    [['hello.spec', 'rpm/other.spec'], 'hello'],
    [['packaging/SPECS/hello.spec'], 'hello'],
    // A folder of the target, by its name or an alias; another target's is not looked in.
    [['el9/hello.spec', 'rocky-8/other.spec'], 'hello'],
    [['rocky-9/SPECS/hello.spec', 'other.spec'], 'hello'],
    [['centos7/hello.spec', 'other.spec'], 'hello', 'centos-7'],
  ])('finds the spec where prepare-sources does: %j', async (files, name, target = 'el9') => {
    await using temporaryFolder = await temporary();
    const { folder } = temporaryFolder;
    for (const file of files) {
      await mkdir(path.join(folder, path.dirname(file)), { recursive: true });
      await writeFile(path.join(folder, file), '');
    }
    expect(names((await defaultPackaging({ folder, targets: [target] })).packages)).toEqual([name]);
  });

  it('wants one package for all targets, and takes the name that is asked for', async () => {
    await using temporaryFolder = await temporary();
    const { folder } = temporaryFolder;
    for (const file of ['el9/hello.spec', 'centos-7/old.spec']) {
      await mkdir(path.join(folder, path.dirname(file)));
      await writeFile(path.join(folder, file), '');
    }
    await expect(defaultPackaging({ folder, targets: ['el9', 'el7'] })).rejects.toThrow(
      /several packages found \(found el9\/hello\.spec, centos-7\/old\.spec,.*; name the package, or write/,
    );
    // A spec's file may be named otherwise than its package.
    const asked = await defaultPackaging({ folder, targets: ['el7'], wanted: 'older' });
    expect(names(asked.packages)).toEqual(['older']);
    await expect(defaultPackaging({ folder, targets: ['el8', 'nonsense'], wanted: 'x' })).rejects.toThrow(
      /no packaging found/,
    );
    await writeFile(path.join(folder, 'el9.yml'), 'name: mine\nextends: el9\nsuite: mine\naliases: [centos-7]\n');
    expect(names((await defaultPackaging({ folder, targets: ['./el9.yml'] })).packages)).toEqual(['old']);
  });

  it('refuses as the file would, naming the field', async () => {
    const wrong = (targets: string[], fields = {}) =>
      defaultPackaging({ folder: '/srv', name: 'hello', targets, fields });
    await expect(wrong(['bokworm'])).rejects.toThrow(
      /^inputs targets\[0\]: no such target \(found "bokworm".*did you mean bookworm\?$/,
    );
    await expect(wrong([])).rejects.toThrow(
      'inputs targets: a value that cannot be used (found an empty list, expected a list with one item or more)',
    );
    await expect(wrong(['noble'], { build: { timeout: 'soon' } })).rejects.toBeInstanceOf(PackagingError);
    await expect(wrong(['noble'], { build: { timeout: 'soon' } })).rejects.toThrow(/^inputs build\.timeout: /);
    await expect(defaultPackaging({ folder: '/srv', name: '../x', targets: ['noble'] })).rejects.toThrow(
      /^inputs release\.name: a value that cannot be used \(found "\.\.\/x"/,
    );
  });
});
