import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { action } from '../../../src/actions/build-sbuild/inputs.ts';
import { planBuild } from '../../../src/actions/build-sbuild/request.ts';
import type { DebBuildRequest } from '../../../src/builder/deb-build.ts';
import { configurationDigest, debBuildroot } from '../../../src/buildroot/configuration.ts';
import { HOST_ENGINE } from '../../../src/buildroot/engine/engine.ts';
import { buildrootFolder, installGeneration, stageGeneration } from '../../../src/buildroot/generation.ts';
import { resolveTarget } from '../../../src/config/target.ts';
import { RecordingHost } from '../../../src/host/recording.ts';
import { readInputs } from '../../../src/inputs.ts';

/** Not to the disk, which all on this machine write to. */
const NO_FLUSH = { flush: async () => {} };

const MIB = 1024 ** 2;
const KEY = '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nnot read here\n-----END PGP PUBLIC KEY BLOCK-----';
const RELEASE = `release: { name: demo, version: "1" }
targets: [debian-12, ubuntu-24.04]
architectures: [amd64, arm64]
packages:
  - { name: tiny, code: tiny }
  - name: special
    code: special
    build: { profiles: [nodoc], parallel: 3, timeout: 10m }
sources:
  - { name: signed, uri: "https://packages.example.org/apt", suites: [bookworm, bookworm-extra], components: [main], key: keys/acme.asc, priority: 1001, targets: [debian-12] }
  - { name: local, line: "deb [trusted=yes] /srv/flat ./", targets: [debian-12] }
  - { name: elsewhere, line: "deb [trusted=yes] /srv/other ./", targets: [ubuntu-24.04] }
build:
  timeout: 3h
  parallel: 5
  max-parallel: 2
  network: true
  profiles: [nocheck]
  options: [terse]
  tmpfs-size: 700M
  extra-packages: [ccache]
limits: { retries: 7, log-size: 3M, output-size: 20M, lock-timeout: 5s }
`;

const digest = (text: string) => createHash('sha256').update(text).digest('hex');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-request-'));
  await mkdir(path.join(folder, 'keys'));
  await writeFile(path.join(folder, 'keys/acme.asc'), `${KEY}\n`);
  await writeFile(path.join(folder, 'packaging.yml'), RELEASE);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A .dsc with its one file, as dpkg-source writes them. */
async function source(name: string): Promise<string> {
  const tarball = `content of ${name}`;
  const sum = (kind: string) => createHash(kind).update(tarball).digest('hex');
  const line = `${tarball.length} ${name}_1.0.tar.xz`;
  await writeFile(path.join(folder, `${name}_1.0.tar.xz`), tarball);
  await writeFile(
    path.join(folder, `${name}_1.0.dsc`),
    `Format: 3.0 (native)\nSource: ${name}\nBinary: ${name}\nArchitecture: any all\nVersion: 1.0\nChecksums-Sha256:\n ${sum('sha256')} ${line}\nFiles:\n ${sum('md5')} ${line}\n`,
  );
  return `${name}_1.0.dsc`;
}

/** A buildroot that was just looked at, so that none is made. */
async function buildroot(target: string, architecture: string, name = `${target}-${architecture}`): Promise<string> {
  const configuration = await debBuildroot({ target: resolveTarget(target), architecture });
  const place = buildrootFolder(path.join(folder, 'state'), name);
  await mkdir(place, { recursive: true });
  const staging = await stageGeneration(place);
  await mkdir(path.join(staging, 'tree'));
  const id = digest(name).slice(0, 16);
  await installGeneration(
    place,
    staging,
    id,
    {
      schema: 'pkg-actions/generation/1',
      name,
      createdAt: '2026-01-01T00:00:00Z',
      configurationDigest: configurationDigest(configuration),
      configuration: { ...configuration },
      releases: [{ uri: `file:${folder}/archive`, release: './', file: 'Release', sha256: digest('as it was') }],
      packages: [],
      bytes: 1,
      tools: {},
    },
    NO_FLUSH,
  );
  return id;
}

async function request(given: Record<string, string> = {}, name = 'tiny'): Promise<DebBuildRequest> {
  const host = new RecordingHost(
    {
      source: await source(name),
      target: 'debian-12',
      architecture: 'amd64',
      state: 'state',
      engine: 'host',
      ...given,
    },
    { workspace: folder },
  );
  const inputs = readInputs(action, host, {
    resolvePath: (file) => path.resolve(folder, file),
    readSecret: () => '',
  });
  const plan = await planBuild(inputs, host, async () => HOST_ENGINE);
  const held = await plan.hold(false);
  await held.lock.release();
  return { ...plan.request, scratch: await plan.scratch(), ...held };
}

describe('what a build is asked to do', () => {
  it('needs no packaging file', async () => {
    const id = await buildroot('debian-12', 'amd64');
    const read = await request({ 'tmpfs-size': '0' });
    expect(read).toMatchObject({
      architecture: 'amd64',
      scratch: 'disk',
      repositories: [],
      pins: [],
      extraPackages: [],
      parts: { any: true, all: true, source: true },
      profiles: [],
      options: [],
      jobs: os.availableParallelism(),
      timeoutSeconds: 7200,
      network: false,
      limits: { logBytes: 256 * MIB, outputBytes: 8 * 1024 * MIB, retries: 2 },
      output: path.join(folder, 'packages'),
      mapping: undefined,
    });
    expect(read.generation.id).toBe(id);
  });

  it('is what the packaging file says of the release', async () => {
    await buildroot('debian-12', 'amd64');
    const read = await request({ packaging: 'packaging.yml' });
    expect(read).toMatchObject({
      scratch: 700 * MIB,
      extraPackages: ['ccache'],
      profiles: ['nocheck'],
      options: ['terse'],
      jobs: 5,
      timeoutSeconds: 3 * 3600,
      network: true,
      limits: { logBytes: 3 * MIB, outputBytes: 20 * MIB, retries: 7 },
    });
    expect(read.repositories.map(({ source: { uri, suite, trusted }, key }) => ({ uri, suite, trusted, key }))).toEqual(
      [
        { uri: 'https://packages.example.org/apt', suite: 'bookworm', trusted: false, key: KEY },
        { uri: 'https://packages.example.org/apt', suite: 'bookworm-extra', trusted: false, key: KEY },
        { uri: 'file:/srv/flat', suite: './', trusted: true, key: undefined },
      ],
    );
    expect(read.pins).toEqual([{ packages: '*', pin: 'origin "packages.example.org"', priority: 1001 }]);
  });

  it('is what the packaging file says of the package', async () => {
    await buildroot('debian-12', 'amd64');
    expect(await request({ packaging: 'packaging.yml' }, 'special')).toMatchObject({
      profiles: ['nodoc'],
      jobs: 3,
      timeoutSeconds: 600,
      options: ['terse'],
    });
    // A package that is none of the release is built as the release says.
    expect(await request({ packaging: 'packaging.yml' }, 'stranger')).toMatchObject({ profiles: ['nocheck'], jobs: 5 });
  });

  it('is what inputs say, before the packaging file', async () => {
    await buildroot('debian-12', 'amd64');
    await writeFile(path.join(folder, 'more.asc'), KEY.replace('not read', 'nor'));
    const read = await request({
      packaging: 'packaging.yml',
      'extra-packages': 'less, vim:arm64',
      profiles: 'cross',
      'build-options': 'nocheck,noopt',
      jobs: '9',
      timeout: '90m',
      retries: '0',
      'tmpfs-size': '300M',
      'build-arch-all': 'false',
      'include-source': 'false',
      repositories: 'deb https://other.example.org/apt bookworm main',
      'repository-keys': path.join(folder, 'more.asc'),
      pins: 'hello; release o=Other; 600',
      'path-mapping': 'debian/=packaging/debian/\n=./src',
    });
    expect(read).toMatchObject({
      extraPackages: ['less', 'vim:arm64'],
      profiles: ['cross'],
      options: ['nocheck', 'noopt'],
      jobs: 9,
      timeoutSeconds: 5400,
      scratch: 300 * MIB,
      parts: { any: true, all: false, source: false },
      mapping: [
        { prefix: 'debian', to: 'packaging/debian' },
        { prefix: '', to: 'src' },
      ],
    });
    expect(read.limits.retries).toBe(0);
    expect(read.repositories).toHaveLength(4);
    expect(read.repositories[3]).toMatchObject({
      source: { uri: 'https://other.example.org/apt' },
      key: KEY.replace('not read', 'nor'),
    });
    expect(read.pins[1]).toEqual({ packages: 'hello', pin: 'release o=Other', priority: 600 });
  });

  it('shares processors and memory among the builds at once', async () => {
    await buildroot('debian-12', 'amd64');
    await writeFile(
      path.join(folder, 'packaging.yml'),
      RELEASE.replace('  parallel: 5\n  max-parallel: 2\n', '').replace('700M', 'auto'),
    );
    const processors = os.availableParallelism();
    const share = async (given: Record<string, string>) =>
      (await request({ packaging: 'packaging.yml', 'tmpfs-size': '300M', ...given })).jobs;
    expect(await share({ 'max-parallel': '1' })).toBe(processors);
    expect(await share({ 'max-parallel': '256' })).toBe(1);
    // Nobody said that others run beside it.
    expect(await share({})).toBe(processors);
    const { scratch } = await request({ packaging: 'packaging.yml', 'max-parallel': '256' });
    expect(scratch === 'disk' ? 0 : scratch).toBeLessThan(os.totalmem() / 256);
    await expect(share({ 'max-parallel': 'many' })).rejects.toThrow(/max-parallel/);
  });

  it.each([
    ['2d', false],
    ['1h', true],
    [undefined, true],
  ])('looks upstream where nobody has for buildroot-max-age: %s', async (age, looks) => {
    const id = await buildroot('debian-12', 'amd64');
    await mkdir(path.join(folder, 'archive'));
    await writeFile(path.join(folder, 'archive/Release'), 'as it was');
    const checked = path.join(folder, 'state/buildroots/debian-12-amd64/checked');
    const before = new Date(Date.now() - 30 * 3600 * 1000);
    await utimes(checked, before, before);
    const read = await request(age === undefined ? {} : { 'buildroot-max-age': age });
    expect(read.generation.id).toBe(id);
    expect((await stat(checked)).mtimeMs > before.getTime() + 1000).toBe(looks);
  });

  it('takes the buildroot that is asked for', async () => {
    const id = await buildroot('debian-12', 'amd64', 'own-kind');
    expect((await request({ buildroot: 'own-kind' })).generation.id).toBe(id);
  });

  it('takes no buildroot of another architecture, whatever its name', async () => {
    await buildroot('debian-12', 'arm64', 'own-kind');
    await expect(request({ buildroot: 'own-kind' })).rejects.toThrow(
      /the buildroot is for other packages.*deb packages for arm64.*deb packages for amd64/,
    );
  });

  it('makes no buildroot under a name that none has', async () => {
    await expect(request({ buildroot: 'nosuch' })).rejects.toThrow(
      /input buildroot: no such buildroot \(found "nosuch", .*; make it with update-buildroots --name nosuch$/,
    );
    expect(await readdir(path.join(folder, 'state/buildroots')).catch(() => [])).not.toContain('nosuch');
  });

  it.each([
    [{ architecture: 'armhf' }, /not built for this architecture.*"armhf", expected amd64, arm64/],
    [{ target: 'debian-11' }, /no such target in the release/],
    [{ 'path-mapping': 'debian' }, /not a mapping of paths.*"debian".*PREFIX=FOLDER/],
    [{ 'path-mapping': 'a=b=c' }, /not a mapping of paths/],
    [{ source: 'hello_1_amd64.deb' }, /what a build has made \(expected a \.dsc\)/],
    [{ source: 'nothere' }, /nothere: no such file or folder \(expected a folder that prepare-sources wrote/],
    [{ 'package-files': 'nothere' }, /found "nothere", which is not there, expected a \.deb file, or a folder of them/],
    [{ 'package-files': '.' }, /a folder without any \.deb file/],
    [{ profiles: 'a b' }, /found "a b", expected names of build profiles/],
    [{ 'extra-packages': 'Not_a_name' }, /^input extra-packages: a word that cannot be used/],
    [{ 'build-options': 'parallel=4' }, /^input build-options: a word that cannot be used/],
    [{ pins: 'nonsense' }, /not a pin/],
    [{ 'repository-keys': '/nowhere.asc' }, /a key cannot be read/],
    [{ repositories: 'deb https://other.example.org/apt bookworm main' }, /no key for a repository/],
    [{ 'buildroot-max-age': 'old' }, /a duration such as/],
  ] as [Record<string, string>, RegExp][])('refuses %j', async (given, expected) => {
    await expect(request({ packaging: 'packaging.yml', ...given })).rejects.toThrow(expected);
  });

  it.each([
    ['log-size: 3M', 'log-size: 10K', /limits\.log-size.*1M or more, or 0 for no limit/],
    ['max-parallel: 2', 'max-parallel: 500', /build\.max-parallel.*256/],
  ])('refuses a packaging file that says %s as %s', async (right, wrong, expected) => {
    await writeFile(path.join(folder, 'packaging.yml'), RELEASE.replace(right, wrong));
    await expect(request({ packaging: 'packaging.yml' })).rejects.toThrow(expected);
  });

  it('builds for an architecture that the release names', async () => {
    const id = await buildroot('debian-12', 'arm64');
    expect((await request({ packaging: 'packaging.yml', architecture: 'arm64' })).generation.id).toBe(id);
  });
});
