/** Builds through a compiler cache of this host: real sbuild, real ccache and sccache. */
import { chown, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { action } from '../../src/actions/build-sbuild/inputs.ts';
import { run } from '../../src/actions/build-sbuild/run.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { runAction } from '../../src/main.ts';
import { readManifest } from '../../src/manifest.ts';
import { STATE, TARGET, testGeneration } from './buildroot.ts';
import { makeSource, type TinyPackage } from './source-package.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-compiler-cache-'));
  await (await testGeneration()).lock.release();
});
afterAll(() => rm(root, { recursive: true, force: true }));

let folder: string;
/** A key of this case alone: the cache lies in the state that all tests share. */
let key: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(root, 'case-'));
  key = path.basename(folder).replace('case-', 'test-');
});
afterEach(async () => {
  for (const tool of ['ccache', 'sccache']) await rm(cacheOf(tool), { recursive: true, force: true });
});

const cacheOf = (tool: string) => path.join(STATE, 'compiler-cache', tool, `${TARGET}-amd64`, 'merge', key);

/** A package of two objects, one of them compiled by an absolute name. */
const PROGRAM: TinyPackage = {
  files: {
    'a.c': '#include <stdio.h>\nint twice(int);\nint main(void) { return puts(__FILE__) + twice(0); }\n',
    'b.c': 'int twice(int n) { return 2 * n; }\n',
    Makefile: [
      'all:',
      '\t$(CC) $(CFLAGS) $(CPPFLAGS) -c a.c -o a.o',
      '\t$(CC) $(CFLAGS) $(CPPFLAGS) -c $(CURDIR)/b.c -o b.o',
      '\t$(CC) $(LDFLAGS) a.o b.o -o program',
      'clean:',
      '\trm -f *.o program',
      'install:',
      '\tinstall -D program $(DESTDIR)/usr/bin/program',
      '',
    ].join('\n'),
  },
};

async function build(name: string, tiny: TinyPackage, inputs: Record<string, string> = {}) {
  const place = path.join(folder, name);
  await mkdir(place);
  const output = path.join(place, 'packages');
  const host = new RecordingHost(
    {
      source: await makeSource(place, tiny),
      target: TARGET,
      state: STATE,
      output,
      'compiler-cache-key': key,
      'compiler-cache-size': '64M',
      ...inputs,
    },
    { workspace: place },
  );
  const code = await runAction(action, run, host);
  const log = await readFile(host.outputs['log'] ?? '', 'utf8').catch(() => '');
  const errors = host.annotations('error').map(({ message }) => message);
  return { code, host, log, errors, output };
}

const debsOf = async (output: string) =>
  (await readManifest(output)).manifest.files
    .filter(({ role }) => role === 'deb' || role === 'ddeb')
    .map(({ name, sha256 }) => `${name} ${sha256}`);

describe.each(['ccache', 'sccache'] as const)('a build through %s', (tool) => {
  it('gives the packages of one without, the second time from the cache', async () => {
    const plain = await build('plain', PROGRAM);
    expect(plain.errors).toEqual([]);
    const first = await build('first', PROGRAM, { 'compiler-cache': tool });
    expect(first.errors).toEqual([]);
    expect(first.log).toMatch(new RegExp(`^compiler cache \\(${tool}\\): 0 hits, 2 misses$`, 'm'));
    const second = await build('second', PROGRAM, { 'compiler-cache': tool });
    expect(second.errors).toEqual([]);
    expect(second.log).toMatch(new RegExp(`^compiler cache \\(${tool}\\): 2 hits, 0 misses$`, 'm'));
    expect(second.host.summaryText).toContain(`Compiler cache: 2 of 2 compilations were in ${tool}.`);
    const debs = await debsOf(plain.output);
    expect(debs.length).toBeGreaterThan(0);
    expect(await debsOf(first.output)).toEqual(debs);
    expect(await debsOf(second.output)).toEqual(debs);
    // Whoever builds owns it, and nobody else comes to it.
    expect((await stat(path.join(cacheOf(tool), 'cache'))).uid).toBe(951);
    expect((await stat(cacheOf(tool))).mode & 0o777).toBe(0o700);
  });
});

describe('a build without a compiler cache', () => {
  it('knows of none', async () => {
    const rules = 'override_dh_auto_build:\n\tenv; ls -d /var/cache/pkg-actions || true; command -v ccache || true\n';
    const { code, log, host } = await build('plain', { rules });
    expect(code).toBe(0);
    expect(log).not.toMatch(/CCACHE|RUSTC_WRAPPER|^\/var\/cache\/pkg-actions$|\/ccache$|compiler cache/m);
    expect(host.summaryText).not.toContain('Compiler cache');
    await expect(lstat(cacheOf('ccache'))).rejects.toThrow('ENOENT');
  });
});

describe('two builds at once', () => {
  it('share a cache', async () => {
    const both = await Promise.all(
      ['left', 'right'].map((name) => build(name, PROGRAM, { 'compiler-cache': 'ccache', 'max-parallel': '4' })),
    );
    expect(both.flatMap(({ errors }) => errors)).toEqual([]);
    for (const { log } of both) {
      const [, hits, misses] = /^compiler cache \(ccache\): (\d+) hits?, (\d+) miss/m.exec(log) ?? [];
      expect(Number(hits) + Number(misses)).toBe(2);
    }
    const [left, right] = await Promise.all(both.map(({ output }) => debsOf(output)));
    expect(left).toEqual(right);
  });
});

describe('a build that is hostile', () => {
  it('makes root write nowhere, whatever it leaves in its cache', async () => {
    const secret = path.join(folder, 'secret');
    await writeFile(secret, 'untouched', { mode: 0o600 });
    const victim = path.join(folder, 'victim');
    await mkdir(victim);
    await writeFile(path.join(victim, 'file'), 'untouched');
    const rules = [
      'override_dh_auto_build:',
      '\trm -rf $(CCACHE_DIR)/*',
      `\tln -s ${secret} $(CCACHE_DIR)/ccache.conf`,
      `\tln -s ${victim} $(CCACHE_DIR)/tmp`,
      `\tfor name in 0 1 2 3 4 5 6 7 8 9 a b c d e f; do ln -s ${victim} $(CCACHE_DIR)/$$name; done`,
      '\tcp /bin/true $(CCACHE_DIR)/program; ! $(CCACHE_DIR)/program',
      '\tchmod 4755 $(CCACHE_DIR)/program',
      '\trm -f /tmp/pkg-actions-compiler-cache.log; mkfifo /tmp/pkg-actions-compiler-cache.log',
      // More than the limit, so that it is emptied.
      '\thead --bytes 200M /dev/zero > $(CCACHE_DIR)/large',
      '',
    ].join('\n');
    const { code, errors, host } = await build('hostile', { rules }, { 'compiler-cache': 'ccache' });
    expect(errors).toEqual([]);
    expect(code).toBe(0);
    expect(host.annotations('warning').map(({ message }) => message)).toEqual([
      expect.stringContaining('was far over its limit and has been emptied'),
    ]);
    expect(await readdir(cacheOf('ccache'))).toEqual([]);
    expect(await readFile(secret, 'utf8')).toBe('untouched');
    expect(await readdir(victim)).toEqual(['file']);
    const { uid, mode } = await stat(secret);
    expect([uid, mode & 0o777]).toEqual([0, 0o600]);
    // The next one has a cache again.
    const next = await build('next', PROGRAM, { 'compiler-cache': 'ccache' });
    expect(next.errors).toEqual([]);
    expect(next.log).toMatch(/^compiler cache \(ccache\): 0 hits, 2 misses$/m);
  });

  it('does not get another’s folder by a link in its place', async () => {
    const victim = path.join(folder, 'victim');
    await mkdir(victim);
    await writeFile(path.join(victim, 'file'), 'untouched');
    await mkdir(cacheOf('ccache'), { recursive: true, mode: 0o700 });
    await symlink(victim, path.join(cacheOf('ccache'), 'cache'));
    const { code, errors } = await build('tiny', PROGRAM, { 'compiler-cache': 'ccache' });
    expect(errors).toEqual([]);
    expect(code).toBe(0);
    expect((await stat(victim)).uid).toBe(0);
    expect(await readdir(victim)).toEqual(['file']);
    expect((await lstat(path.join(cacheOf('ccache'), 'cache'))).isDirectory()).toBe(true);
  });

  it('of an earlier build user is not continued', async () => {
    const place = path.join(cacheOf('ccache'), 'cache');
    await mkdir(place, { recursive: true });
    await writeFile(path.join(place, 'old'), '');
    await chown(place, 4711, 4711);
    const { errors } = await build('tiny', PROGRAM, { 'compiler-cache': 'ccache' });
    expect(errors).toEqual([]);
    expect((await stat(place)).uid).toBe(951);
    expect(await readdir(place)).not.toContain('old');
  });
});

it('a target that has no such tool is a matter of the configuration', async () => {
  const { code, host } = await build('none', PROGRAM, {
    'compiler-cache': 'ccache',
    pins: 'ccache; release *; -1',
  });
  expect(code).toBe(1);
  expect(host.outputs['verdict']).toBe('configuration');
  expect(host.annotations('error')[0]?.message).toMatch(/ccache, which the input compiler-cache asks for/i);
});
