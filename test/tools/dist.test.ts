/** `dist/` is what the sources give, everywhere, and starts by itself. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chunkOf, lazyName } from '../../scripts/build/chunks.ts';
import { ACTIONS } from '../../src/actions/index.ts';
import { run } from '../../src/process.ts';
import { VERSION } from '../../src/version.ts';

let folder: string;
/** A copy of the project in a folder of another name and depth, with its `dist/` made there. */
let copy: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'pkg-actions-dist-'));
  copy = path.join(folder, 'somewhere else', 'deeper');
  mkdirSync(copy, { recursive: true });
  for (const name of ['src', 'scripts', 'targets', 'schema', 'package.json', 'tsconfig.json']) {
    cpSync(name, path.join(copy, name), { recursive: true });
  }
  symlinkSync(path.resolve('node_modules'), path.join(copy, 'node_modules'));
  await run([process.execPath, 'scripts/build.ts'], { cwd: copy });
  // What is left is what a release has: no sources, no packages.
  for (const name of ['src', 'scripts', 'node_modules', 'tsconfig.json']) {
    rmSync(path.join(copy, name), { recursive: true });
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string) => path.join(copy, 'dist', name);
const text = (name: string) => readFileSync(file(name), 'utf8');

async function started(words: readonly string[], env: Record<string, string> = {}) {
  return await run([process.execPath, ...words], { okExitCodes: 'any', cwd: folder, env, timeoutSeconds: 60 });
}

test('the committed files are those that are made in another folder', () => {
  const [here, there] = ['dist', file('')].map((each) => readdirSync(each).sort());
  expect(here).toEqual(there);
  for (const name of here ?? []) {
    expect(readFileSync(path.join('dist', name), 'utf8') === text(name), `dist/${name}: run npm run build`).toBe(true);
  }
});

test('no path of a machine is in them', () => {
  for (const name of readdirSync(file(''))) {
    for (const place of [folder, process.cwd(), '/home/']) expect(text(name).includes(place), name).toBe(false);
    // Not that of a root folder below another one.
    expect(text(name), name).not.toMatch(/(?<![\w}])\/root\//);
  }
});

test('names are stable: no digests', () => {
  for (const name of readdirSync(file(''))) expect(name).toMatch(/^([a-z]+(-[a-z]+)*\.js|LICENSES\.txt)$/);
});

describe('what is loaded', () => {
  /** A file and all that it imports statically. */
  function closure(entry: string): Set<string> {
    const all = new Set([entry]);
    for (const name of all) {
      for (const [, to] of text(name).matchAll(
        /^(?:import|export)\b[^;]*?from "\.\/([^"]+)";|^import "\.\/([^"]+)";/gm,
      )) {
        if (to !== undefined) all.add(to);
      }
    }
    return all;
  }
  const HEAVY = ['openpgp.js', 'artifact.js', 'tool-cache.js', 'http.js'];

  test.each(ACTIONS.filter(({ spec }) => !spec.cliOnly).map(({ spec }) => spec.name))(
    'by %s: nothing heavy',
    (name) => {
      const loaded = closure(`${name}.js`);
      expect(HEAVY.filter((each) => loaded.has(each))).toEqual([]);
      expect(loaded.has('frame.js')).toBe(true);
      expect(statSync(file(`${name}.js`)).size).toBeLessThan(1024);
    },
  );

  test('by the help: neither packages nor actions', () => {
    const loaded = closure('lazy-command-line.js');
    expect([...loaded].sort()).toEqual([
      'command-line.js',
      'commander.js',
      'frame.js',
      'inputs.js',
      'lazy-command-line.js',
      'rolldown-runtime.js',
    ]);
  });

  test('by GitHub: its toolkit, without the HTTP stack behind it', () => {
    const loaded = closure('lazy-host-github.js');
    expect(loaded.has('core.js')).toBe(true);
    expect(HEAVY.filter((each) => loaded.has(each))).toEqual([]);
  });

  test('every module has its chunk', () => {
    expect(chunkOf('node_modules/openpgp/dist/x.mjs')).toBe('openpgp');
    expect(chunkOf('node_modules/@actions/core/lib/core.js')).toBe('core');
    expect(chunkOf('node_modules/@actions/core/lib/oidc-utils.js')).toBe('http');
    expect(chunkOf('node_modules/some/thing.js')).toBe('artifact');
    expect(chunkOf('src/actions/build-sbuild/run.ts')).toBe('action-build-sbuild');
    expect(chunkOf('src/actions/build-sbuild/main.ts')).toBeUndefined();
    expect(chunkOf('src/deb/version.ts')).toBe('deb');
    expect(chunkOf('src/manifest.ts')).toBe('shared');
    for (const name of readdirSync('src', { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.ts') || /(^cli|^post|^actions\/[^/]+\/main)\.ts$/.test(name)) continue;
      expect(chunkOf(`src/${name}`), name).not.toBeUndefined();
    }
    expect(lazyName('src/actions/build-sbuild/run.ts')).toBe('lazy-action-build-sbuild');
    expect(lazyName('src/deb/version.ts')).toBe('lazy-deb-version');
    expect(chunkOf('node_modules/saxes/saxes.js')).toBe('saxes');
    expect(chunkOf('src/actions/build-outcome.ts')).toBe('actions');
  });
});

describe('without node_modules', () => {
  test('the command line starts', async () => {
    const help = await started([file('cli.js'), '--help']);
    expect(help.exitCode).toBe(0);
    for (const { spec } of ACTIONS) expect(help.stdout).toContain(spec.name);
    expect((await started([file('cli.js'), '--version'])).stdout).toBe(`${VERSION}\n`);
    expect(statSync(file('cli.js')).mode & 0o111).toBe(0o111);
    expect(text('cli.js')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  test.each(ACTIONS.map(({ spec }) => spec.name))('%s has help, and says what it misses', async (name) => {
    expect((await started([file('cli.js'), name, '--help'])).exitCode).toBe(0);
    const required = Object.values(ACTIONS.find(({ spec }) => spec.name === name)?.spec.inputs ?? {}).some(
      (input) => 'required' in input && input.required,
    );
    if (!required) return;
    const result = await started([file('cli.js'), name]);
    expect(result.stderr).toMatch(/^error: input [a-z-]+: a required (input|secret) is missing/);
    expect(result.exitCode).toBe(1);
  });

  test.each(ACTIONS.filter(({ spec }) => !spec.cliOnly).map(({ spec }) => spec.name))(
    '%s starts as an action of GitHub',
    async (name) => {
      const result = await started([file(`${name}.js`)], { GITHUB_ACTIONS: 'true', 'INPUT_NO-SUCH': 'x' });
      expect(result.stdout).not.toContain('a bug in pkg-actions');
      expect(result.stderr).toBe('');
    },
  );

  test('every file can be loaded', async () => {
    const files = readdirSync(file('')).filter((name) => name.endsWith('.js') && !isEntry(name));
    const script = `for (const name of ${JSON.stringify(files)}) await import(${JSON.stringify(`${file('')}/`)} + name);`;
    const result = await started(['--input-type=module', '-e', script]);
    expect(result.stderr).toBe('');
    expect(result.exitCode).toBe(0);
  });

  test('an older Node is told so', async () => {
    const script = `Object.defineProperty(process.versions, 'node', { value: '20.19.0' }); await import(${JSON.stringify(file('cli.js'))});`;
    const result = await started(['--input-type=module', '-e', script]);
    expect(result.stderr).toBe('error: this Node is too old (found 20.19.0, expected 24 or newer)\n');
    expect(result.exitCode).toBe(1);
  });
});

test('the licence of every bundled package is there', () => {
  const licences = text('LICENSES.txt');
  for (const name of ['@actions/core', '@actions/artifact', 'openpgp', 'undici', 'yaml', 'zod', 'commander']) {
    expect(licences, name).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, 'm'));
  }
  expect(licences).toMatch(/openpgp \d[^\n]*\(LGPL-3\.0\+\)\n\nKept whole and unmodified/);
  expect(licences).toContain('GNU LESSER GENERAL PUBLIC LICENSE');
});

function isEntry(name: string): boolean {
  return name === 'cli.js' || ACTIONS.some(({ spec }) => `${spec.name}.js` === name);
}
