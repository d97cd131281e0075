import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../../src/builder/log/diagnosis.ts';
import { placeDiagnostics, type SourcePlaces } from '../../../src/builder/report/places.ts';
import { run } from '../../../src/process.ts';

let workspace: string;
beforeEach(async () => {
  workspace = await mkdtemp(path.join(os.tmpdir(), 'places-'));
});
afterEach(() => rm(workspace, { recursive: true }));

async function write(folder: string, files: readonly string[]) {
  for (const file of files) {
    const place = path.join(workspace, folder, file);
    await mkdir(path.dirname(place), { recursive: true });
    await writeFile(place, `${folder} ${file}\n`);
  }
}

/** Makes a checkout in `folder` of the workspace and gives its commit. */
async function checkout(folder: string, files: readonly string[]): Promise<string> {
  await write(folder, files);
  const git = (...argv: string[]) =>
    run(['git', '-c', 'user.name=T', '-c', 'user.email=t@example.org', ...argv], { cwd: path.join(workspace, folder) });
  await git('init', '--quiet');
  await git('add', '--', ...files);
  await git('commit', '--quiet', '-m', `files of ${folder}`);
  return (await git('rev-parse', 'HEAD')).stdout.trim();
}

const at = (file: string, tool = 'cc'): Diagnostic => ({
  severity: 'error',
  file,
  line: 1,
  message: 'm',
  logLine: 1,
  tool,
});
const SPEC = at('hello.spec', 'rpmbuild');
const PATCH = at('fix.patch', 'patch');
const origin = (role: 'code' | 'spec', commit: string, project: string = role) => ({ role, project, commit });

async function placesOf(diagnostics: readonly Diagnostic[], places: Partial<SourcePlaces> = {}) {
  const placed = await placeDiagnostics(diagnostics, {
    workspace,
    format: 'rpm',
    origins: [],
    mapping: undefined,
    ...places,
  });
  return placed.map(({ path: place }) => place);
}

describe('a workspace that holds two checkouts', () => {
  let origins: SourcePlaces['origins'];
  beforeEach(async () => {
    const code = await checkout('code', ['hello.c', 'src/deep.c', 'debian/rules', 'test/fix.patch']);
    const spec = await checkout('openstack/packaging', ['hello.spec', 'fix.patch', 'debian/rules', 'deep.c']);
    origins = [origin('code', code), origin('spec', spec)];
    await checkout('other', ['hello.c', 'hello.spec', 'only.c']);
  });

  it('has the code in one and the packaging in the other', async () => {
    const source = at('/builddir/build/SOURCES/fix.patch');
    expect(await placesOf([at('hello.c'), at('deep.c'), at('only.c'), SPEC, PATCH, source], { origins })).toEqual([
      'code/hello.c',
      'code/src/deep.c',
      undefined,
      'openstack/packaging/hello.spec',
      'openstack/packaging/fix.patch',
      'openstack/packaging/fix.patch',
    ]);
  });

  it('has the packaging of a Debian package there too', async () => {
    expect(await placesOf([at('hello.c'), at('debian/rules')], { origins, format: 'deb' })).toEqual([
      'code/hello.c',
      'openstack/packaging/debian/rules',
    ]);
  });

  it('has neither where other commits are checked out', async () => {
    const others = origins.map((entry) => ({ ...entry, commit: '0'.repeat(40) }));
    expect(await placesOf([at('hello.c'), SPEC, PATCH], { origins: others })).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('has what the person says, where it is there', async () => {
    const mapping = [{ prefix: '', to: 'other' }];
    expect(await placesOf([at('only.c'), at('gone.c'), SPEC], { origins, mapping })).toEqual([
      'other/only.c',
      undefined,
      'openstack/packaging/hello.spec',
    ]);
  });
});

it('finds the packaging in a checkout inside of the code’s', async () => {
  const code = await checkout('', ['hello.c', 'rpm/hello.spec']);
  const spec = await checkout('packaging', ['hello.spec']);
  const origins = [origin('code', code), origin('spec', spec)];
  expect(await placesOf([at('hello.c'), SPEC], { origins })).toEqual(['hello.c', 'packaging/hello.spec']);
});

it('finds both in one checkout, whatever is checked out', async () => {
  const commit = await checkout('', ['hello.c', 'rpm/hello.spec', 'rpm/fix.patch']);
  const found = ['hello.c', 'rpm/hello.spec', 'rpm/fix.patch'];
  for (const origins of [[], [origin('code', commit)], [origin('code', '0'.repeat(40))]]) {
    expect(await placesOf([at('hello.c'), SPEC, PATCH], { origins })).toEqual(found);
  }
});

describe('a spec file that was given', () => {
  it('is the one that is told of, with what lies beside it', async () => {
    await checkout('', ['rpm/hello.spec', 'rpm/fix.patch', 'hello.c']);
    await write('sp', ['hello.spec', 'fix.patch']);
    const packaging = ['hello.spec', 'fix.patch'].map((name) => path.join(workspace, 'sp', name));
    expect(await placesOf([SPEC, PATCH, at('hello.c')], { packaging })).toEqual([
      'sp/hello.spec',
      'sp/fix.patch',
      'hello.c',
    ]);
  });

  it('has no place where it lies outside of the workspace', async () => {
    await checkout('', ['rpm/hello.spec']);
    expect(await placesOf([SPEC], { packaging: ['/elsewhere/hello.spec'] })).toEqual([undefined]);
  });
});

it('tells only files that are there, of a folder that is no checkout', async () => {
  await write('', ['hello.c', 'src/deep.c']);
  expect(await placesOf([at('hello.c'), at('gone.c'), at('deep.c')])).toEqual(['hello.c', undefined, undefined]);
});
