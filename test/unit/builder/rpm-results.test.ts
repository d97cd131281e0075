import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { placeSource, readRpmResults, roleOfRpmResult, rpmFileName } from '../../../src/builder/rpm-results.ts';
import { type RpmSource, readRpmSource } from '../../../src/builder/rpm-source.ts';
import { type RpmRecipe, rpmBytes } from '../rpm/rpm-bytes.ts';

let root: string;
let results: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-rpm-results-'));
  results = path.join(root, 'results');
  await mkdir(results);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const BINARY: RpmRecipe = { arch: 'x86_64', sourceRpm: 'hello-2.12-1.el9.src.rpm' };

/** A source package has no tag that names one. */
const SOURCE: RpmRecipe = { sourceRpm: undefined };

async function put(name: string, recipe: RpmRecipe): Promise<void> {
  await writeFile(path.join(results, name), rpmBytes({ name: 'hello', version: '2.12', release: '1.el9', ...recipe }));
}

/** A source package as it was given. */
async function given(recipe: RpmRecipe = {}): Promise<RpmSource> {
  const file = path.join(root, 'given.src.rpm');
  await writeFile(file, rpmBytes({ name: 'hello', version: '2.12', release: '1.el9', ...SOURCE, ...recipe }));
  return readRpmSource(file);
}

describe('packages among the results', () => {
  it('are those of the source package', async () => {
    await put('hello-2.12-1.el9.x86_64.rpm', BINARY);
    await put('hello-data-2.12-1.el9.noarch.rpm', { ...BINARY, name: 'hello-data', arch: 'noarch' });
    await put('hello-2.12-1.el9.src.rpm', { ...SOURCE });
    await writeFile(path.join(results, 'build.log'), 'x');
    const read = await readRpmResults(results, await given(), 'x86_64');
    expect(read.refused).toBeUndefined();
    expect(read.made?.file).toBe('hello-2.12-1.el9.src.rpm');
    expect(read.packages.map(({ file }) => file)).toEqual([
      'hello-2.12-1.el9.x86_64.rpm',
      'hello-data-2.12-1.el9.noarch.rpm',
    ]);
  });

  it('may be there without a source package, when one was given', async () => {
    await put('hello-2.12-1.el9.x86_64.rpm', BINARY);
    const { packages, made, refused } = await readRpmResults(results, await given(), 'x86_64');
    expect({ count: packages.length, made, refused }).toEqual({ count: 1, made: undefined, refused: undefined });
    const spec = { name: 'hello', version: undefined, package: undefined };
    expect((await readRpmResults(results, spec, 'x86_64')).refused).toBe('the results have no source package');
  });

  it.each<[string, Readonly<Record<string, RpmRecipe>>, RegExp]>([
    ['of another name than its file', { 'other-2.12-1.el9.x86_64.rpm': BINARY }, /"other-.*holds the package "hello-/],
    [
      'of another source package',
      { 'hello-2.12-1.el9.x86_64.rpm': { ...BINARY, sourceRpm: 'bash-5-1.src.rpm' } },
      /built from "bash-5-1\.src\.rpm", not from hello-2\.12-1\.el9\.src\.rpm/,
    ],
    [
      'for another architecture',
      { 'hello-2.12-1.el9.s390x.rpm': { ...BINARY, arch: 's390x' } },
      /is for s390x, not for x86_64/,
    ],
    [
      'beside two source packages',
      { 'hello-2.12-1.el9.src.rpm': { ...SOURCE }, 'hello-2.12-2.src.rpm': { ...SOURCE, release: '2' } },
      /two source packages: hello-2\.12-1\.el9\.src\.rpm, hello-2\.12-2\.src\.rpm/,
    ],
    [
      'of a source package that was not asked for',
      { 'bash-2.12-1.el9.src.rpm': { ...SOURCE, name: 'bash' } },
      /is "bash", not "hello"/,
    ],
  ])('are refused where one is %s', async (_name, files, expected) => {
    for (const [name, recipe] of Object.entries(files)) await put(name, recipe);
    const { refused, packages } = await readRpmResults(results, await given(), 'x86_64');
    expect(refused).toMatch(expected);
    expect(packages).toEqual([]);
  });

  it.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, 150)],
    ['altered', (bytes: Buffer) => Buffer.concat([bytes.subarray(0, -3), Buffer.from('xyz')])],
    ['something else', () => Buffer.from('root:x:0:0:')],
  ])('are refused where one is %s', async (_name, damage) => {
    await put('hello-2.12-1.el9.x86_64.rpm', BINARY);
    const file = path.join(results, 'hello-2.12-1.el9.x86_64.rpm');
    await writeFile(file, damage(await readFile(file)));
    const { refused } = await readRpmResults(results, await given(), 'x86_64');
    expect(refused).toMatch(/cannot be read: hello-2\.12-1\.el9\.x86_64\.rpm/);
  });
});

describe('the source package that is handed on', () => {
  const made = async (source: RpmSource) => (await readRpmResults(results, source, 'x86_64')).made;
  const names = async () => (await readdir(results)).sort();

  it('is the one that was given, though mock made another of the same version', async () => {
    const source = await given({ payload: Buffer.from('as it was given') });
    await put('hello-2.12-1.el9.src.rpm', { ...SOURCE });
    expect(await placeSource(results, source, await made(source), true)).toEqual({ file: 'hello-2.12-1.el9.src.rpm' });
    expect(await readFile(path.join(results, 'hello-2.12-1.el9.src.rpm'))).toEqual(
      rpmBytes({
        name: 'hello',
        version: '2.12',
        release: '1.el9',
        ...SOURCE,
        payload: Buffer.from('as it was given'),
      }),
    );
  });

  it('is the one that was given, called as it should be, where nothing was made', async () => {
    expect(await placeSource(results, await given(), undefined, true)).toEqual({ file: 'hello-2.12-1.el9.src.rpm' });
    expect(await names()).toEqual(['hello-2.12-1.el9.src.rpm']);
  });

  it('is the one that mock made where that has another version, and that is said', async () => {
    await put('hello-2.12-1.el8.src.rpm', { ...SOURCE, release: '1.el8' });
    const source = await given();
    const placed = await placeSource(results, source, await made(source), true);
    expect(placed.file).toBe('hello-2.12-1.el8.src.rpm');
    expect(placed.warning).toMatch(/2\.12-1\.el9 as given and 2\.12-1\.el8 in the buildroot/);
    expect(await names()).toEqual(['hello-2.12-1.el8.src.rpm']);
  });

  it('is none where none is wanted', async () => {
    await put('hello-2.12-1.el9.src.rpm', { ...SOURCE });
    const source = await given();
    expect(await placeSource(results, source, await made(source), false)).toEqual({ file: undefined });
    expect(await names()).toEqual([]);
  });
});

it('names packages as rpmbuild does, and tells what a file is by its name', async () => {
  const { package: source } = await given({ epoch: 3 });
  expect(source && rpmFileName(source)).toBe('hello-2.12-1.el9.src.rpm');
  const roles = ['a.src.rpm', 'a.nosrc.rpm', 'a.x86_64.rpm', 'build.log', 'a.packages', 'junit.xml', 'x'];
  expect(roles.map(roleOfRpmResult)).toEqual(['srpm', 'srpm', 'rpm', 'log', 'packages-list', 'report', 'other']);
});
