import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRpmSource } from '../../../src/builder/rpm-source.ts';
import { describeFiles, type FileRole, type Manifest, writeManifest } from '../../../src/manifest.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-rpm-source-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A folder as prepare-sources leaves it. */
async function prepared(files: Readonly<Record<string, FileRole>>, more: Partial<Manifest> = {}): Promise<void> {
  for (const name of Object.keys(files)) await writeFile(path.join(folder, name), `content of ${name}\n`);
  await writeManifest(folder, {
    schema: 'pkg-actions/manifest/1',
    stage: 'sources',
    createdAt: '2026-01-01T00:00:00Z',
    tool: { name: 'pkg-actions', version: '1.0.0' },
    package: { name: 'hello', version: '1:2.12-1.el9', format: 'rpm' },
    change: 'review',
    origins: [{ role: 'code', project: 'hello', commit: 'a'.repeat(40) }],
    sourceDateEpoch: 1767225600,
    tools: {},
    files: await describeFiles(
      folder,
      Object.entries(files).map(([name, role]) => ({ name, role })),
    ),
    ...more,
  });
}

describe('a source package for mock', () => {
  it('is a prepared spec file with its sources', async () => {
    await prepared({ 'hello.spec': 'other', 'hello-2.12.tar.gz': 'other', 'fix.patch': 'other' });
    expect(await readRpmSource(folder)).toMatchObject({
      folder,
      kind: 'spec',
      main: 'hello.spec',
      files: ['fix.patch', 'hello-2.12.tar.gz', 'hello.spec'],
      name: 'hello',
      version: '1:2.12-1.el9',
      change: 'review',
      origins: [{ project: 'hello' }],
      sourceDateEpoch: 1767225600,
      manifestSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(await readRpmSource(path.join(folder, 'manifest.json'))).toMatchObject({ main: 'hello.spec' });
  });

  it('is a spec file with what lies beside it, which nothing is known of but its name', async () => {
    await writeFile(path.join(folder, 'hello.spec'), 'Name: other\n');
    await writeFile(path.join(folder, 'hello-2.12.tar.gz'), 'x');
    // None of these is a source: another spec, what git and others keep, folders, what links lead to.
    await writeFile(path.join(folder, 'bye.spec'), 'x');
    await writeFile(path.join(folder, '.npmrc'), 'token');
    await mkdir(path.join(folder, '.git'));
    await mkdir(path.join(folder, 'docs'));
    await symlink('/etc/passwd', path.join(folder, 'passwd'));
    expect(await readRpmSource(path.join(folder, 'hello.spec'))).toEqual({
      folder,
      files: ['hello-2.12.tar.gz', 'hello.spec'],
      kind: 'spec',
      main: 'hello.spec',
      name: 'hello',
      version: undefined,
      package: undefined,
      origins: [],
      change: 'merge',
      manifestSha256: undefined,
      sourceDateEpoch: undefined,
    });
  });

  it.each(['a;touch x.spec', 'a b.spec', '-x.spec', '$(id).spec', 'ä.spec'])('has no spec file %j', async (name) => {
    await writeFile(path.join(folder, name), 'Name: x\n');
    await expect(readRpmSource(path.join(folder, name))).rejects.toThrow(/a name that a spec file cannot have/);
  });

  it('has no spec file that is a link', async () => {
    await symlink('/etc/passwd', path.join(folder, 'x.spec'));
    await expect(readRpmSource(path.join(folder, 'x.spec'))).rejects.toThrow(/cannot be read/);
  });

  it.each([
    ['nothing.spec', /nothing\.spec: the spec file cannot be read/],
    ['nothing.src.rpm', /nothing\.src\.rpm/],
    ['nothing', /no such file or folder \(expected a folder that prepare-sources wrote.*\.src\.rpm, or a \.spec/],
  ])('is not %s', async (name, expected) => {
    await expect(readRpmSource(path.join(folder, name))).rejects.toThrow(expected);
  });

  it.each([
    ['no package at all', {}, /no source package/],
    ['no spec file', { 'x.tar.gz': 'other' }, /no source package.*one \.src\.rpm, or one spec file/],
    ['two spec files', { 'a.spec': 'other', 'b.spec': 'other' }, /several source packages.*a\.spec, b\.spec/],
    ['two source packages', { 'a.src.rpm': 'srpm', 'b.src.rpm': 'srpm' }, /several source packages/],
    ['one that is no rpm', { 'a.src.rpm': 'srpm' }, /a\.src\.rpm/],
  ] as [string, Record<string, FileRole>, RegExp][])('is not a folder with %s', async (_name, files, expected) => {
    await prepared(files);
    await expect(readRpmSource(folder)).rejects.toThrow(expected);
  });

  it('is not one of deb, nor the result of a build', async () => {
    await prepared({ 'a.spec': 'other' }, { package: { name: 'a', version: '1', format: 'deb' } });
    await expect(readRpmSource(folder)).rejects.toThrow(/deb sources.*prepare-sources wrote for an rpm target/);
    await prepared({ 'a.spec': 'other' }, { stage: 'build' });
    await expect(readRpmSource(folder)).rejects.toThrow(/rpm build/);
  });

  it('has not been changed', async () => {
    await prepared({ 'hello.spec': 'other' });
    await writeFile(path.join(folder, 'hello.spec'), 'Name: evil\n');
    await expect(readRpmSource(folder)).rejects.toThrow(/not the one that the manifest lists/);
    await writeFile(path.join(folder, 'hello.spec'), 'content of hello.spec\n');
    await writeFile(path.join(folder, 'more'), '');
    await expect(readRpmSource(folder)).rejects.toThrow(/a file that the manifest does not list/);
  });
});
