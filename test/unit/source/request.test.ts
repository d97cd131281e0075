import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { action } from '../../../src/actions/prepare-sources/inputs.ts';
import { readRequest } from '../../../src/actions/prepare-sources/run.ts';
import { defaultStateFolder } from '../../../src/buildroot/state.ts';
import { RecordingHost } from '../../../src/host/recording.ts';
import { readInputs } from '../../../src/inputs.ts';
import type { DebSourceRequest } from '../../../src/source/deb-request.ts';
import { debianFiles, Project, scratchFolder } from './fixture.ts';

async function request(workspace: string, given: Record<string, string> = {}): Promise<DebSourceRequest> {
  const host = new RecordingHost(given, { workspace });
  const inputs = readInputs(action, host, {
    resolvePath: (file) => path.resolve(workspace, file),
    readSecret: () => '',
  });
  const read = await readRequest(inputs, host);
  if (read.format !== 'deb') throw new Error(`a request for ${read.format}`);
  return read.request;
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
    ['a target of rpm', { target: 'el9' }, /input target: a target for rpm packages/],
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
