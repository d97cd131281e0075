import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { engineOf } from '../../../src/actions/build-request.ts';
import { action } from '../../../src/actions/prepare-sources/inputs.ts';
import { readRequest } from '../../../src/actions/prepare-sources/run.ts';
import { cacheInputs, engineInputs } from '../../../src/actions/session/inputs.ts';
import { defaultStateFolder } from '../../../src/buildroot/state.ts';
import { InfrastructureError } from '../../../src/errors.ts';
import { RecordingHost } from '../../../src/host/recording.ts';
import { readInputs } from '../../../src/inputs.ts';
import { WAIT_VARIABLE } from '../../../src/retry.ts';
import type { DebSourceRequest } from '../../../src/source/deb-request.ts';
import type { RpmSourceRequest } from '../../../src/source/rpm-request.ts';
import { debianFiles, Project, scratchFolder } from './fixture.ts';

async function read(workspace: string, given: Record<string, string> = {}, choose?: typeof engineOf) {
  const host = new RecordingHost(given, { workspace });
  const inputs = readInputs(action, host, {
    resolvePath: (file) => path.resolve(workspace, file),
    readSecret: () => '',
  });
  return await readRequest(inputs, host, choose);
}

async function request(workspace: string, given: Record<string, string> = {}): Promise<DebSourceRequest> {
  const made = await read(workspace, given);
  if (made.format !== 'deb') throw new Error(`a request for ${made.format}`);
  return made.request;
}

async function rpmRequest(workspace: string, given: Record<string, string> = {}): Promise<RpmSourceRequest> {
  const made = await read(workspace, given);
  if (made.format !== 'rpm') throw new Error(`a request for ${made.format}`);
  return made.request;
}

const RELEASE = `release: { name: demo, version: "9.0" }
maintainer: Demo Team <demo@example.org>
targets: [debian-12, ubuntu-24.04]
packages:
  - name: hello
    code: code/hello
    spec: spec/hello-build
    debian-path: packaging
    versions: { scheme: hotfix, parent-branch: stable, tag-pattern: "v*", changelog-commits: 3 }
  - name: other
    code: https://git.example.org/other.git
    targets: [debian-12]
  - name: plain
    code: code/plain
    versions: { suffix: "" }
`;

async function release(): Promise<AsyncDisposable & { readonly path: string }> {
  const scratch = await scratchFolder();
  await writeFile(`${scratch.path}/packaging.yml`, RELEASE);
  return scratch;
}

describe('readRequest', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('needs nothing', async () => {
    await using scratch = await scratchFolder();
    vi.stubEnv('DEBEMAIL', undefined);
    expect(await request(scratch.path)).toEqual({
      code: scratch.path,
      ref: 'HEAD',
      deepen: true,
      targetNames: [],
      output: `${scratch.path}/sources`,
      version: { scheme: 'changelog', suffix: '', upstreamFrom: 'auto', tagPattern: '*[0-9]*', pastTag: 'auto' },
      entry: { commits: 10 },
      orig: [],
      origBase: scratch.path,
      downloads: path.join(defaultStateFolder(), 'downloads'),
      compression: 'gzip',
      submodules: 'include',
    });
  });

  it('takes the package of packaging.yml, of the target', async () => {
    await using scratch = await release();
    const read = await request(scratch.path, { packaging: 'packaging.yml', package: 'hello', target: 'bookworm' });
    expect(read).toMatchObject({
      code: `${scratch.path}/code/hello`,
      spec: `${scratch.path}/spec/hello-build`,
      debianPath: 'packaging',
      packageName: 'hello',
      version: { scheme: 'hotfix', suffix: '+deb12', tagPattern: 'v*', parentBranch: 'stable', target: 'debian-12' },
      entry: { distribution: 'bookworm', maintainer: { name: 'Demo Team', email: 'demo@example.org' }, commits: 3 },
    });
    expect(read.targetNames).toContain('bookworm');
  });

  it('lets inputs win', async () => {
    await using scratch = await release();
    const read = await request(scratch.path, {
      packaging: 'packaging.yml',
      package: 'hello',
      target: 'noble',
      code: 'x',
      spec: 'y',
      'debian-path': 'z',
      'version-scheme': 'security',
      'version-suffix': '~s',
      'parent-branch': 'main',
      'tag-pattern': '[0-9]*',
      'changelog-commits': '0',
      distribution: 'experimental',
      maintainer: 'Me <me@example.org>',
    });
    expect(read).toMatchObject({
      code: `${scratch.path}/x`,
      spec: `${scratch.path}/y`,
      debianPath: 'z',
      version: { scheme: 'security', suffix: '~s', tagPattern: '[0-9]*', parentBranch: 'main' },
      entry: { distribution: 'experimental', maintainer: { name: 'Me', email: 'me@example.org' }, commits: 0 },
    });
  });

  it('takes the only target of a package, and none where all have one suffix', async () => {
    await using scratch = await release();
    const only = await request(scratch.path, { packaging: 'packaging.yml', package: 'other', code: '.' });
    expect(only.entry.distribution).toBe('bookworm');
    expect(only.version.suffix).toBe('+deb12');
    const plain = await request(scratch.path, { packaging: 'packaging.yml', package: 'plain' });
    expect(plain.entry.distribution).toBeUndefined();
    expect(plain.version.suffix).toBe('');
  });

  it('finds the package by its changelog where several are listed', async () => {
    await using scratch = await release();
    const project = await Project.create(`${scratch.path}/code/plain`);
    await project.commit('Import', debianFiles('plain', '1.0-1'));
    const read = await request(scratch.path, { packaging: 'packaging.yml', code: 'code/plain' });
    expect(read.packageName).toBe('plain');
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['a target that is not there', { target: 'x' }, /no such target/],
    ['a review without a change', { change: 'review' }, /input change-id: a review needs/],
    ['a template without a text', { 'version-scheme': 'template' }, /input version-template: .*needs a template/],
    [
      'a template of another scheme',
      { 'version-template': '{n}' },
      /input version-template: .*for the scheme template/,
    ],
    ['a bad template', { 'version-scheme': 'template', 'version-template': 'x' }, /gives two commits the same version/],
    ['a bad suffix', { 'version-suffix': '-1' }, /input version-suffix: not a suffix/],
    ['a bad version', { 'published-version': 'x' }, /input published-version: not a legal Debian version/],
    ['a bad maintainer', { maintainer: 'x' }, /input maintainer: not a maintainer/],
    ['a package that is not there', { packaging: 'packaging.yml', package: 'absent' }, /no such package/],
    ['a project that is elsewhere', { packaging: 'packaging.yml', package: 'other' }, /input code: .*gives a URL/],
    [
      'several suffixes',
      { packaging: 'packaging.yml', package: 'hello' },
      /input target: .*another suffix for each target/,
    ],
  ])('refuses %s', async (_, inputs, message) => {
    await using scratch = await release();
    await mkdir(`${scratch.path}/code`);
    await expect(request(scratch.path, inputs)).rejects.toThrow(message);
  });

  it('knows DEBFULLNAME and DEBEMAIL', async () => {
    await using scratch = await scratchFolder();
    vi.stubEnv('DEBFULLNAME', 'Full Name');
    vi.stubEnv('DEBEMAIL', 'name@example.org');
    const fallback = async () => (await request(scratch.path)).entry.fallbackMaintainer;
    expect(await fallback()).toEqual({ name: 'Full Name', email: 'name@example.org' });
    vi.stubEnv('DEBEMAIL', 'Other <other@example.org>');
    expect(await fallback()).toEqual({ name: 'Other', email: 'other@example.org' });
    vi.stubEnv('DEBEMAIL', 'nonsense');
    expect(await fallback()).toBeUndefined();
  });
});

const RPM = `release: { name: demo, version: "9.0" }
targets:
  - name: synthetic-9
    format: rpm
    distribution: synthetic
    release: "9"
    suite: synthetic9
    architectures: [x86_64, aarch64]
    version-tag: syn9
    mock: { text: "config_opts['root'] = 'x'" }
  - debian-12
packages:
  - name: hello
    code: code
    spec-file: rpm/hello.spec
    targets: [synthetic-9]
    versions: { scheme: template, template: "1%{?dist}~mos{n}" }
  - name: both
    code: code
`;

describe('readRequest for rpm', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });
  const project = async () => {
    const scratch = await scratchFolder();
    await mkdir(`${scratch.path}/code`);
    await writeFile(`${scratch.path}/packaging.yml`, RPM);
    return scratch;
  };
  const inputs = { packaging: 'packaging.yml', package: 'hello', architecture: 'aarch64' };

  it('is made for an rpm target', async () => {
    await using scratch = await project();
    vi.stubEnv('DEBEMAIL', undefined);
    const { openExpander, ...made } = await rpmRequest(scratch.path, { ...inputs, state: 'state' });
    expect(made).toEqual({
      code: `${scratch.path}/code`,
      ref: 'HEAD',
      deepen: true,
      specFile: 'rpm/hello.spec',
      packageName: 'hello',
      targetNames: ['synthetic-9', 'synthetic9'],
      output: `${scratch.path}/sources`,
      kind: 'srpm',
      version: {
        scheme: 'template',
        template: '1%{?dist}~mos{n}',
        suffix: '',
        upstreamFrom: 'auto',
        tagPattern: '*[0-9]*',
        pastTag: 'auto',
        target: 'synthetic-9',
      },
      entry: { commits: 10 },
      downloads: `${scratch.path}/state/downloads`,
      submodules: 'include',
      target: { name: 'synthetic-9', suite: 'synthetic9', architecture: 'aarch64' },
    });
    expect(typeof openExpander).toBe('function');
    const other = await rpmRequest(scratch.path, { ...inputs, 'spec-file': 'x.spec', 'rpm-output': 'spec' });
    expect([other.specFile, other.kind]).toEqual(['x.spec', 'spec']);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['inputs of deb', { 'debian-path': 'x' }, /input debian-path: the input has no meaning for rpm packages/],
    ['a bad version', { 'published-version': '1-1-1' }, /input published-version: not a version of an rpm package/],
    ['a Debian version', { 'published-version': '1.2-1', 'version-suffix': '-x' }, /input version-suffix/],
    ['another architecture', { architecture: 's390x' }, /no such architecture/],
    ['no target of several', { package: 'both' }, /input target: the package has targets of both formats/],
  ])('refuses %s', async (_, more, message) => {
    await using scratch = await project();
    await expect(rpmRequest(scratch.path, { ...inputs, ...more })).rejects.toThrow(message);
  });

  it('chooses the engine as it is said, only once a session is to be opened', async () => {
    await using scratch = await project();
    vi.spyOn(process, 'getuid').mockReturnValue(0);
    const given = { engine: 'podman', 'tool-image': 'tools:1', 'base-image': 'base:2', state: 'state' };
    const asked: unknown[][] = [];
    const made = await read(scratch.path, { ...inputs, ...given }, async (...args) => {
      asked.push(args);
      throw new Error('no engine here');
    });
    if (made.format !== 'rpm') throw new Error('a request for deb');
    expect(asked).toEqual([]);
    await expect(made.request.openExpander()).rejects.toThrow('no engine here');
    expect(asked).toHaveLength(1);
    const { state: _state, ...images } = given;
    expect(asked[0]?.slice(0, 3)).toEqual([expect.objectContaining(images), 'rpm', `${scratch.path}/state`]);
    // Nothing was begun in the state folder.
    expect(await readdir(`${scratch.path}/state/buildroots`)).toEqual([]);
  });

  it.each([
    ['as the packaging file says', {}, 2],
    ['as the input says', { retries: '2' }, 3],
  ] as [string, Record<string, string>, number][])(
    'asks an engine that does not answer again, %s',
    async (_, more, times) => {
      await using scratch = await project();
      await writeFile(`${scratch.path}/packaging.yml`, `${RPM}limits: { retries: 1 }\n`);
      vi.spyOn(process, 'getuid').mockReturnValue(0);
      vi.stubEnv(WAIT_VARIABLE, '1');
      const choose = vi.fn(() => Promise.reject(new InfrastructureError({ what: 'docker does not answer' })));
      const made = await read(scratch.path, { ...inputs, ...more, state: 'state' }, choose);
      if (made.format !== 'rpm') throw new Error('a request for deb');
      await expect(made.request.openExpander()).rejects.toThrow('docker does not answer');
      expect(choose).toHaveBeenCalledTimes(times);
    },
  );

  it('asks for root before it asks for an engine', async () => {
    await using scratch = await project();
    vi.spyOn(process, 'getuid').mockReturnValue(1000);
    const choose = vi.fn();
    const made = await read(scratch.path, { ...inputs, engine: 'docker' }, choose);
    if (made.format !== 'rpm') throw new Error('a request for deb');
    await expect(made.request.openExpander()).rejects.toThrow(/prepared on a build host.*uid 1000, expected root/);
    expect(choose).not.toHaveBeenCalled();
  });

  it('has the inputs of engine and proxy that builds have', () => {
    const { inputs: own } = action;
    for (const [name, input] of Object.entries({ ...engineInputs, proxy: cacheInputs.proxy })) {
      const { description: _ours, ...mine } = own[name as keyof typeof own];
      const { description: _theirs, ...theirs } = input;
      expect(mine, name).toEqual(theirs);
    }
  });

  it.each([
    ['engine', 'lxc', /input engine/],
    ['tool-image', '--privileged', /input tool-image/],
    ['base-image', 'a b', /input base-image/],
    ['proxy', 'http://user:secret@proxy.example.org:3142', /input proxy/],
  ])('refuses a bad %s', async (name, value, message) => {
    await using scratch = await project();
    await expect(rpmRequest(scratch.path, { ...inputs, [name]: value })).rejects.toThrow(message);
  });

  it('lets a job for deb packages say what the host is like', async () => {
    await using scratch = await project();
    const choose = vi.fn();
    const host = { engine: 'docker', 'tool-image': 'tools:1', 'base-image': 'base:2', proxy: 'http://127.0.0.1:3142' };
    const made = await read(scratch.path, { target: 'debian-12', ...host }, choose);
    expect(made.format).toBe('deb');
    expect(choose).not.toHaveBeenCalled();
  });

  it.each(['spec-file', 'rpm-output', 'architecture', 'buildroot'])('refuses %s for deb', async (name) => {
    await using scratch = await project();
    const value = name === 'rpm-output' ? 'spec' : 'x86_64';
    await expect(request(scratch.path, { target: 'debian-12', [name]: value })).rejects.toThrow(
      `input ${name}: the input has no meaning for deb packages`,
    );
  });
});
