/** Builds of rpm packages through a compiler cache, with the real ccache in mock's root. */
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { run as command } from '../../src/process.ts';
import { build, C_PROGRAM, C_SOURCE, tinySource } from './build-mock-helpers.ts';
import { STATE } from './buildroot.ts';
import { makeRpm, type SmallPackage } from './rpm-distribution-packages.ts';

let root: string;
let packages: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-compiler-cache-rpm-'));
  packages = path.join(root, 'ccache');
  await makeRpm(packages, await ccachePackage());
});
afterAll(() => rm(root, { recursive: true, force: true }));

let folder: string;
let key: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(root, 'case-'));
  key = path.basename(folder).replace('case-', 'test-rpm-');
});
afterEach(() => rm(cache(), { recursive: true, force: true }));

const cache = () =>
  path.join(STATE, 'compiler-cache/ccache', `synthetic-${os.arch() === 'x64' ? 'x86_64' : 'aarch64'}`, 'merge', key);

/** ccache of this machine as the package that Fedora and EPEL have: with links by the names of compilers. */
async function ccachePackage(): Promise<SmallPackage> {
  const { stdout } = await command(['ldd', '/usr/bin/ccache']);
  const libraries = [...stdout.matchAll(/=> (\/\S+) /g)].map(([, file]) => file ?? '');
  // Those that every machine has are the distribution's own.
  const brought = libraries.filter((file) => !/\/lib(?:c|m)\.so/.test(file));
  const files: Record<string, string> = { '/usr/bin/ccache': await bytes('/usr/bin/ccache') };
  for (const file of brought) files[`/usr/lib/ccache-libraries/${path.basename(file)}`] = await bytes(file);
  return {
    name: 'ccache',
    architecture: os.arch() === 'x64' ? 'x86_64' : 'aarch64',
    files,
    scriptlets: {
      post: [
        'mkdir -p /usr/lib64/ccache',
        'ln -sf ../../bin/ccache /usr/lib64/ccache/gcc',
        'echo /usr/lib/ccache-libraries > /etc/ld.so.conf.d/ccache.conf',
        'ldconfig',
      ].join('\n'),
    },
  };
}

/** A file's bytes, for what writes files and asks for text. */
const bytes = async (file: string) => (await readFile(file)) as unknown as string;

it('compiles through ccache, the second time from the cache', async () => {
  const program = {
    ...C_PROGRAM,
    sections: { build: 'gcc -g -O2 -c %{SOURCE0} -o tiny.o\ngcc tiny.o -o tiny' },
  };
  const source = await tinySource(folder, program, { 'tiny.c': C_SOURCE });
  const builds = (name: string, more: Record<string, string> = {}) =>
    build(folder, source, {
      output: path.join(folder, name),
      'package-files': packages,
      'compiler-cache-key': key,
      'compiler-cache-size': '64M',
      ...more,
    });
  const plain = await builds('plain');
  expect(plain.errors).toBe('');
  expect(await plain.text('.log')).not.toContain('compiler cache');
  const first = await builds('first', { 'compiler-cache': 'ccache' });
  expect(first.errors).toBe('');
  expect(first.warnings).toEqual([]);
  expect(first.host.summaryText).toContain('Compiler cache: 0 of 1 compilations were in ccache.');
  const second = await builds('second', { 'compiler-cache': 'ccache' });
  expect(second.errors).toBe('');
  expect(second.host.summaryText).toContain('Compiler cache: 1 of 1 compilations were in ccache.');
  expect((await stat(path.join(cache(), 'cache'))).uid).toBe(951);
  const payloads = await Promise.all([plain, first, second].map(({ output }) => contents(output)));
  expect(payloads[1]).toEqual(payloads[0]);
  expect(payloads[2]).toEqual(payloads[0]);
});

/** Digests of the files of the packages, as rpm has them. */
async function contents(output: string): Promise<string> {
  const { stdout } = await command([
    'sh',
    '-c',
    'cd "$1" && for file in *.rpm; do case $file in *.src.rpm) ;; *) rpm --define "_dbpath $1/none" -qp --dump "$file" ;; esac; done',
    'sh',
    output,
  ]);
  await rm(path.join(output, 'none'), { recursive: true, force: true });
  return stdout;
}
