import { renameSync, symlinkSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mockVersion, parseDefine, rpmbuildOptions } from '../../../src/builder/mock.ts';
import { copyLog, packageManagerLines, watchLogs } from '../../../src/builder/mock-logs.ts';
import { run } from '../../../src/process.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-mock-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a macro', () => {
  it.each([
    ['vendor_tag acme', 'vendor_tag', 'acme'],
    ['%vendor_tag  acme corp ', 'vendor_tag', 'acme corp'],
    ['dist .el9_4%{?more:.%{more}}', 'dist', '.el9_4%{?more:.%{more}}'],
    ['today %(date +%%F)', 'today', '%(date +%%F)'],
    ['twice(n:) %{-n*} %1', 'twice(n:)', '%{-n*} %1'],
    ['smile :) or :{', 'smile', ':) or :{'],
    ['tab a\tb', 'tab', 'a\tb'],
  ])('is read from %j', (text, name, value) => {
    expect(parseDefine(text)).toEqual({ name, value });
  });

  it.each([
    ['vendor', /NAME VALUE/],
    ['', /NAME VALUE/],
    ['ab x', /three or more/],
    ['1abc x', /not a macro/],
    ['--define=abc x', /not a macro/],
    ['abc;touch x', /not a macro/],
    ['abc x\n%other y', /not a macro|control characters/],
    ['abc x\u0007', /control characters/],
    ['abc {{ basedir }}', /template/],
    ['abc {% raw %}', /template/],
    ['abc {# note #}', /template/],
    ['abc %{?x', /does not end on its line.*brackets/],
    ['abc %(echo', /does not end on its line/],
    ['abc %[1 + ', /does not end on its line/],
    ['abc x\\', /does not end on its line/],
  ])('is refused where it is %j', (text, expected) => {
    expect(() => parseDefine(text)).toThrow(expected);
  });

  it('takes no long time whatever it is', () => {
    const started = performance.now();
    expect(parseDefine(`abc ${'%{a'.repeat(20_000)}${'}'.repeat(20_000)}`).name).toBe('abc');
    expect(() => parseDefine(`${'a'.repeat(100_000)} `)).toThrow();
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

describe('options of mock', () => {
  const none = { with: [], without: [], defines: [], jobs: 3, check: true };
  it('say jobs and what makes builds alike', () => {
    const options = rpmbuildOptions(none);
    expect(options).toEqual(expect.arrayContaining(['--define', '_smp_mflags -j3', '_smp_build_ncpus 3']));
    expect(options).toContain('_buildhost localhost');
    expect(options).not.toContain('--nocheck');
  });

  it('have the conditions, the macros after ours, and whether to check', () => {
    const options = rpmbuildOptions({
      ...none,
      with: ['tests', 'docs'],
      without: ['gui'],
      defines: [{ name: '_buildhost', value: 'here' }],
      check: false,
    });
    expect(options.slice(0, 6)).toEqual(['--with', 'tests', '--with', 'docs', '--without', 'gui']);
    expect(options.at(-1)).toBe('--nocheck');
    expect(options.indexOf('_buildhost here')).toBeGreaterThan(options.indexOf('_buildhost localhost'));
  });

  it.each([
    ['6.7\n', '6.7'],
    ['mock 5.9-1.fc40', '5.9-1.fc40'],
    ['unreleased_version\n', 'unreleased_version'],
  ])('are for the version %j', (text, version) => {
    expect(mockVersion(text)).toBe(version);
  });
});

describe('logs of mock', () => {
  it('are told line by line as they grow, from where they are at the end', async () => {
    const seen: string[] = [];
    const file = path.join(folder, 'build.log');
    const watch = watchLogs(folder, ['build.log', 'absent.log'], 0, (name, line) => seen.push(`${name}: ${line}`));
    await appendFile(file, 'one\ntw');
    await expect.poll(() => seen).toEqual(['build.log: one']);
    await appendFile(file, 'o\nthr\u00e9');
    await watch.stop();
    expect(seen).toEqual(['build.log: one', 'build.log: two', 'build.log: thré']);
  });

  it('are not told again by the watch of the next run', async () => {
    const file = path.join(folder, 'root.log');
    await writeFile(file, 'first\n');
    const seen: string[] = [];
    const watch = watchLogs(folder, ['root.log'], 0, (_name, line) => seen.push(line));
    await watch.begun;
    await appendFile(file, 'second\n');
    await watch.stop();
    expect(seen).toEqual(['second']);
  });

  it('are plain files', async () => {
    await writeFile(path.join(folder, 'secret'), 'top-secret\n');
    await symlink(path.join(folder, 'secret'), path.join(folder, 'build.log'));
    await run(['mkfifo', path.join(folder, 'root.log')]);
    const seen: string[] = [];
    const watch = watchLogs(folder, ['build.log', 'root.log'], 0, (_name, line) => seen.push(line));
    await watch.stop();
    expect(seen).toEqual([]);
    expect(await copyLog(path.join(folder, 'build.log'), path.join(folder, 'copy'), 0)).toBe(false);
    expect(await copyLog(path.join(folder, 'root.log'), path.join(folder, 'copy'), 0)).toBe(false);
    await expect(stat(path.join(folder, 'copy'))).rejects.toThrow();
  });

  it('are copied, of large ones the start and the end', async () => {
    const from = path.join(folder, 'from');
    const text = Array.from({ length: 1000 }, (_, index) => `line ${index}\n`).join('');
    await writeFile(from, text, { mode: 0o600 });
    expect(await copyLog(from, path.join(folder, 'whole'), 0)).toBe(true);
    expect(await readFile(path.join(folder, 'whole'), 'utf8')).toBe(text);
    expect((await stat(path.join(folder, 'whole'))).mode & 0o777).toBe(0o644);
    await copyLog(from, path.join(folder, 'cut'), 200);
    const cut = await readFile(path.join(folder, 'cut'), 'utf8');
    expect(cut.startsWith('line 0\n')).toBe(true);
    expect(cut.endsWith('line 999\n')).toBe(true);
    expect(cut).toMatch(/\[… \d+ bytes left out: the log is over its limit …\]/);
    expect(cut.length).toBeLessThan(300);
    await writeFile(path.join(folder, 'empty'), '');
    await copyLog(path.join(folder, 'empty'), path.join(folder, 'nothing'), 200);
    expect(await readFile(path.join(folder, 'nothing'), 'utf8')).toBe('');
  });

  it('give the disk back what nobody will read', async () => {
    await mkdir(path.join(folder, 'results'));
    const file = path.join(folder, 'results/build.log');
    const line = `${'x'.repeat(1023)}\n`;
    const piece = line.repeat(1024 * 8);
    let lines = 0;
    const watch = watchLogs(path.join(folder, 'results'), ['build.log'], 4 * 1024 ** 2, () => lines++);
    for (let part = 0; part < 20; part++) await appendFile(file, piece);
    await watch.stop();
    expect(lines).toBe(20 * 1024 * 8);
    const { size, blocks } = await stat(file);
    expect(size).toBe(20 * 8 * 1024 ** 2);
    expect(blocks * 512).toBeLessThan(size - 64 * 1024 ** 2);
    // Its start and its end are there.
    await copyLog(file, path.join(folder, 'copy'), 4 * 1024 ** 2);
    expect(await readFile(path.join(folder, 'copy'), 'latin1')).not.toContain('\0');
  });

  it('give back nothing of another file that has taken the name of one', async () => {
    const results = path.join(folder, 'results');
    await mkdir(results);
    const other = path.join(folder, 'other');
    const content = Buffer.alloc(4 * 1024 ** 2, 'k');
    await writeFile(other, content);
    const file = path.join(results, 'root.log');
    let isSwapped = false;
    const watch = watchLogs(results, ['root.log'], 1024 ** 2, () => {
      // The log is being read, and its middle not given back yet.
      if (!isSwapped) {
        renameSync(file, path.join(results, 'moved'));
        symlinkSync(other, file);
      }
      isSwapped = true;
    });
    await watch.begun;
    const from = path.join(results, 'from');
    for (let part = 0; part < 9; part++) await appendFile(from, `${'x'.repeat(1023)}\n`.repeat(1024 * 8));
    await rename(from, file);
    await watch.stop();
    expect(isSwapped).toBe(true);
    expect((await readFile(other)).equals(content)).toBe(true);
    const { size, blocks } = await stat(path.join(results, 'moved'));
    expect(blocks * 512).toBeLessThan(size - 32 * 1024 ** 2);
  });

  it('have the package manager’s lines among mock’s own', () => {
    const pick = packageManagerLines();
    const lines = [
      "DEBUG util.py:558:  Executing command: ['/usr/bin/lscpu'] with env {} and shell False",
      'DEBUG util.py:463:  Architecture: x86_64',
      'DEBUG util.py:610:  Child return code was: 0',
      "DEBUG package_manager.py:285:  ['/usr/bin/dnf-3', 'builddep', '--installroot', '/r/', 'x.src.rpm']",
      'DEBUG util.py:636:  child environment: None',
      "DEBUG util.py:558:  Executing command: ['/usr/bin/dnf-3', 'builddep', '--installroot', '/r/', 'x.src.rpm'] with env {} and shell False",
      'DEBUG util.py:463:  Installing:',
      'DEBUG util.py:463:   libsample-devel noarch',
      'DEBUG util.py:463:  ',
      'DEBUG util.py:610:  Child return code was: 0',
      'DEBUG util.py:463:  after it',
    ];
    expect(lines.map(pick).filter((line) => line !== undefined)).toEqual(['Installing:', ' libsample-devel noarch']);
  });
});
