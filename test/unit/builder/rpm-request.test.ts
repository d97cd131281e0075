import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { action } from '../../../src/actions/build-mock/inputs.ts';
import { planBuild } from '../../../src/actions/build-mock/request.ts';
import type { RpmBuildRequest } from '../../../src/builder/rpm-build.ts';
import { buildrootName, configurationDigest } from '../../../src/buildroot/configuration.ts';
import { HOST_ENGINE } from '../../../src/buildroot/engine/engine.ts';
import { buildrootFolder, installGeneration, stageGeneration } from '../../../src/buildroot/generation.ts';
import { rpmBuildroot } from '../../../src/buildroot/mock/configuration.ts';
import { findTarget, loadPackaging } from '../../../src/config/packaging.ts';
import { RecordingHost } from '../../../src/host/recording.ts';
import { readInputs } from '../../../src/inputs.ts';

/** Not to the disk, which all on this machine write to. */
const NO_FLUSH = { flush: async () => {} };

const MIB = 1024 ** 2;
const KEY = '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nnot read here\n-----END PGP PUBLIC KEY BLOCK-----';
const TARGET = `{ name: test-9, format: rpm, distribution: test, release: "9", suite: test9, architectures: [x86_64, aarch64], version-tag: test9, mock: { text: "config_opts['root'] = 'x'" } }`;
const RELEASE = `release: { name: demo, version: "1" }
targets: [${TARGET}, debian-12]
architectures: [amd64]
packages:
  - { name: tiny, code: tiny }
  - name: special
    code: special
    build: { profiles: [docs], parallel: 3, timeout: 10m }
sources:
  - { name: signed, uri: "https://packages.example.org/el9", key: keys/acme.asc, priority: 10, targets: [test-9] }
  - { name: elsewhere, line: "deb [trusted=yes] /srv/other ./", targets: [debian-12] }
build:
  timeout: 3h
  parallel: 5
  max-parallel: 2
  network: true
  profiles: [tests]
  options: [terse]
  tmpfs-size: 700M
  extra-packages: [ccache]
limits: { retries: 7, log-size: 3M, output-size: 20M, lock-timeout: 5s }
`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-rpm-request-'));
  await mkdir(path.join(folder, 'keys'));
  await writeFile(path.join(folder, 'keys/acme.asc'), `${KEY}\n`);
  await writeFile(path.join(folder, 'packaging.yml'), RELEASE);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A buildroot that was just looked at, so that none is made. */
async function buildroot(name?: string, architecture = 'x86_64'): Promise<string> {
  const target = findTarget(await loadPackaging(path.join(folder, 'packaging.yml')), 'test-9');
  const configuration = await rpmBuildroot({ target, architecture });
  const shown = name ?? buildrootName(target, architecture);
  const place = buildrootFolder(path.join(folder, 'state'), shown);
  await mkdir(place, { recursive: true });
  const staging = await stageGeneration(place);
  await mkdir(path.join(staging, 'tree'));
  const id = createHash('sha256').update(shown).digest('hex').slice(0, 16);
  await installGeneration(
    place,
    staging,
    id,
    {
      schema: 'pkg-actions/generation/1',
      name: shown,
      createdAt: '2026-01-01T00:00:00Z',
      configurationDigest: configurationDigest(configuration),
      configuration: { ...configuration },
      releases: [],
      packages: [],
      bytes: 1,
      tools: {},
    },
    NO_FLUSH,
  );
  return id;
}

async function request(given: Record<string, string> = {}, name = 'tiny'): Promise<RpmBuildRequest> {
  await writeFile(path.join(folder, `${name}.spec`), `Name: ${name}\n`);
  const source = `${name}.spec`;
  const host = new RecordingHost(
    {
      source,
      target: 'test-9',
      architecture: 'x86_64',
      state: 'state',
      engine: 'host',
      packaging: 'packaging.yml',
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

describe('what a build of mock is asked to do', () => {
  it('needs next to nothing of the packaging file', async () => {
    await writeFile(path.join(folder, 'packaging.yml'), `release: { name: demo }\ntargets: [${TARGET}]\n`);
    const id = await buildroot();
    const read = await request({ 'tmpfs-size': '0' });
    expect(read).toMatchObject({
      architecture: 'x86_64',
      scratch: 'disk',
      repositories: [],
      packageFiles: [],
      extraPackages: [],
      includeSource: true,
      with: [],
      without: [],
      defines: [],
      check: true,
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
    await buildroot();
    const read = await request();
    expect(read).toMatchObject({
      scratch: 700 * MIB,
      extraPackages: ['ccache'],
      with: ['tests'],
      jobs: 5,
      check: true,
      timeoutSeconds: 3 * 3600,
      network: true,
      limits: { logBytes: 3 * MIB, outputBytes: 20 * MIB, retries: 7 },
    });
    expect(read.repositories).toEqual([
      { name: 'signed', baseurl: 'https://packages.example.org/el9', priority: 10, keys: [KEY], trusted: false },
    ]);
  });

  it('is what the packaging file says of the package', async () => {
    await buildroot();
    expect(await request({}, 'special')).toMatchObject({ with: ['docs'], jobs: 3, timeoutSeconds: 600 });
    // A package that is none of the release is built as the release says.
    expect(await request({}, 'stranger')).toMatchObject({ with: ['tests'], jobs: 5 });
  });

  it('is what inputs say, before the packaging file', async () => {
    await buildroot();
    await mkdir(path.join(folder, 'rpms'));
    for (const name of ['b.rpm', 'a.rpm', 'c.txt']) await writeFile(path.join(folder, 'rpms', name), '');
    const read = await request({
      'extra-packages': 'less, pkgconfig(zlib), @buildsys-build',
      'package-files': 'rpms',
      with: 'docs',
      without: 'gui,x11',
      defines: 'vendor_tag acme\n%_build_id_links none',
      check: 'false',
      jobs: '9',
      timeout: '90m',
      retries: '0',
      'tmpfs-size': '300M',
      'include-source': 'false',
      repositories: `other https://other.example.org/el9 key=${path.join(folder, 'keys/acme.asc')}\nlocal /srv/x trusted=yes`,
      'path-mapping': '=src',
    });
    expect(read).toMatchObject({
      extraPackages: ['less', 'pkgconfig(zlib)', '@buildsys-build'],
      packageFiles: [path.join(folder, 'rpms/a.rpm'), path.join(folder, 'rpms/b.rpm')],
      with: ['docs'],
      without: ['gui', 'x11'],
      defines: [
        { name: 'vendor_tag', value: 'acme' },
        { name: '_build_id_links', value: 'none' },
      ],
      check: false,
      jobs: 9,
      timeoutSeconds: 5400,
      scratch: 300 * MIB,
      includeSource: false,
      mapping: [{ prefix: '', to: 'src' }],
    });
    expect(read.limits.retries).toBe(0);
    expect(read.repositories.map(({ name }) => name)).toEqual(['signed', 'other', 'local']);
  });

  it('takes no buildroot of another architecture, whatever its name', async () => {
    await buildroot('own-kind', 'aarch64');
    await expect(request({ buildroot: 'own-kind' })).rejects.toThrow(
      /buildroot own-kind: the buildroot is for other packages.*rpm packages for aarch64.*rpm packages for x86_64/,
    );
  });

  it('makes no buildroot under a name that none has', async () => {
    await expect(request({ buildroot: 'nosuch' })).rejects.toThrow(
      /input buildroot: no such buildroot \(found "nosuch", .*; make it with update-buildroots --name nosuch$/,
    );
    expect(await readdir(path.join(folder, 'state/buildroots')).catch(() => [])).not.toContain('nosuch');
  });

  it.each([
    [{ architecture: 'aarch64' }, /not built for this architecture.*"aarch64", expected amd64/],
    [{ architecture: 's390x' }, /the target test-9 has no such architecture/],
    [{ target: 'debian-12' }, /for deb packages/],
    [{ target: 'el9' }, /no such target in the release/],
    [{ source: 'absent.src.rpm' }, /absent\.src\.rpm/],
    [{ with: 'a-b' }, /^input with: a word that cannot be used/],
    [{ source: 'hello.x86_64.rpm' }, /hello\.x86_64\.rpm: a binary package \(expected a \.src\.rpm\)/],
    [{ source: 'nothere' }, /nothere: no such file or folder \(expected a folder that prepare-sources wrote/],
    [{ with: 'a b' }, /found "a b", expected names of conditions/],
    [{ 'package-files': 'nothere' }, /found "nothere", which is not there, expected a \.rpm file, or a folder of them/],
    [{ 'package-files': '.' }, /a folder without any \.rpm file/],
    [{ 'package-files': 'packaging.yml' }, /not a \.rpm file/],
    [{ 'extra-packages': '-y' }, /^input extra-packages: a word that cannot be used/],
    [{ defines: 'abc {{ x }}' }, /^input defines: a macro that mock takes for a template/],
    [{ repositories: 'signed /srv/x trusted=yes' }, /a name of a repository that is taken.*"signed"/],
    [{ repositories: 'package-files /srv/x trusted=yes' }, /a name of a repository that is taken/],
    [{ 'repository-keys': '/nowhere.asc' }, /a key cannot be read/],
    [{ 'path-mapping': 'src' }, /not a mapping of paths/],
    [{ 'buildroot-max-age': 'old' }, /a duration such as/],
  ] as [Record<string, string>, RegExp][])('refuses %j', async (given, expected) => {
    await expect(request(given)).rejects.toThrow(expected);
  });
});
