import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { describe, expect, test } from 'vitest';
import { diagnoseSbuild } from '../../../src/builder/log/classify.ts';
import { eachLine, lineAt, linesBetween, printable, readLog, strip } from '../../../src/builder/log/text.ts';
import { run } from '../../../src/process.ts';
import { fixture, sbuildLog } from './sbuild-log.ts';

const linesOf = (log: string) => {
  const lines: [number, string][] = [];
  eachLine(log, (text, number) => lines.push([number, text]));
  return lines;
};

describe('strip and printable', () => {
  test.each([
    ['\u001b[01;31m\u001b[Kerror\u001b[m\u001b[K', 'error'],
    ['\u001b]8;;http://x\u0007link\u001b]8;;\u001b\\', 'link'],
    ['\u009b31mred', 'red'],
    ['\u001b(Bx\u001b7y', 'xy'],
    ['a\tb', 'a\tb'],
    ['a\u0000\u0008b\u007f', 'ab'],
    ['plain ‘text’', 'plain ‘text’'],
  ])('%j is %j', (text, expected) => {
    expect(strip(text)).toBe(expected);
  });

  test('one line of printable text, cut', () => {
    expect(printable('a\tb\u202ec\u2028d\ud800  ')).toBe('a bcd\ufffd');
    expect(printable('x'.repeat(1000))).toBe(`${'x'.repeat(400)}…`);
    expect(printable(`${'x'.repeat(9)}😀`, 10)).toBe(`${'x'.repeat(9)}\ufffd…`);
  });
});

describe('eachLine', () => {
  test('numbers lines as editors do; carriage returns make no new number', () => {
    expect(linesOf('a\r\nb\n\n10%\r20%\rerror: x\r\nend')).toEqual([
      [1, 'a'],
      [2, 'b'],
      [3, ''],
      [4, '10%'],
      [4, '20%'],
      [4, 'error: x'],
      [5, 'end'],
    ]);
    expect(linesOf('')).toEqual([]);
    expect(linesOf('\r\r\n')).toEqual([[1, '']]);
  });

  test('long lines come with their start and their end', () => {
    const [[, text] = [0, '']] = linesOf(`head${'x'.repeat(100_000)}tail`);
    expect(text.length).toBeLessThan(3000);
    expect(text).toMatch(/^headx+ … x+tail$/);
  });
});

test('linesBetween and lineAt agree with the log', () => {
  const log = 'one\ntwo\nthree\u001b[0m\nfour';
  expect(linesBetween(log, 2, 3)).toEqual([
    { number: 2, text: 'two' },
    { number: 3, text: 'three' },
  ]);
  expect(linesBetween(log, 4, 9)).toEqual([{ number: 4, text: 'four' }]);
  expect([0, 3, 4, 8, 20].map((offset) => lineAt(log, offset))).toEqual([1, 1, 2, 3, 4]);
});

describe('readLog', () => {
  async function withFile<T>(content: Uint8Array | string, body: (file: string) => Promise<T>): Promise<T> {
    const folder = await mkdtemp(path.join(tmpdir(), 'read-log-'));
    try {
      const file = path.join(folder, 'log');
      await writeFile(file, content);
      return await body(file);
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  test('a link is not followed, and a pipe not waited for', async () => {
    await withFile('secret', async (file) => {
      await symlink(file, `${file}.link`);
      await expect(readLog(`${file}.link`)).rejects.toThrow(/no plain file/);
      await run(['mkfifo', `${file}.pipe`]);
      await expect(readLog(`${file}.pipe`)).rejects.toThrow(/no plain file/);
    });
  });

  test('bytes that are no UTF-8 do no harm', async () => {
    const log = await withFile(Uint8Array.of(0x61, 0xff, 0xfe, 0x0a, 0xc3, 0xa9), (file) => readLog(file));
    expect(log).toBe('a\ufffd\ufffd\né');
  });

  test('the middle of a huge log is left out and line numbers stay true', async () => {
    const lines = Array.from({ length: 1000 }, (_, index) => `line ${index + 1}`);
    const whole = `${lines.join('\n')}\n`;
    const log = await withFile(whole, (file) => readLog(file, 500));
    expect(log.length).toBeLessThan(2500);
    expect(linesOf(log).filter(([, text]) => text === 'line 990')).toEqual([[990, 'line 990']]);
    expect(linesOf(log)).toHaveLength(1000);
    expect(await withFile(whole, (file) => readLog(file, whole.length / 2))).toBe(whole);
  });
});

describe('logs of many megabytes', () => {
  const HEAD = 'Command: dpkg-buildpackage\n debian/rules build\n   dh_auto_build\n';
  const failure = fixture('build/make-recursive.txt').split('dh_auto_build\n')[1] ?? '';
  const fill = (unit: string, size: number) => unit.repeat(Math.ceil(size / unit.length));
  const MEGABYTE = 1024 * 1024;

  test.each([
    ['commands', `${fill('cc -g -O2 -fstack-protector-strong -Wformat -c -o a.o a.c ', 150)}\n`],
    ['one line without an end', 'error: x:1: '],
    ['carriage returns', '\r'],
    ['banners', `+${'-'.repeat(78)}+\n| Summary${' '.repeat(70)}|\n+${'-'.repeat(78)}+\nStatus: successful\n`],
    ['finished builds', '\nBuild finished at 2026-01-01'],
    ['steps', '   dh_auto_test\nmake[1]: *** [Makefile:1: x] Error 1\n'],
    ['escape sequences without an end', '\u001b]0;\u001b[1;'],
  ])('%s', (_title, unit) => {
    const seconds = (size: number) => {
      const log = sbuildLog({ build: `${HEAD}${fill(unit, size)}\n   dh_auto_build\n${failure}` });
      const started = performance.now();
      const diagnosis = diagnoseSbuild({ log, exitCode: 2, end: 'exit', hasChanges: false });
      expect(diagnosis).toMatchObject({ verdict: 'package', rule: 'compile-error', phase: 'build' });
      return (performance.now() - started) / 1000;
    };
    const small = seconds(MEGABYTE / 4);
    // Four times the log takes about four times as long; with a margin for other work on the machine.
    expect(seconds(MEGABYTE)).toBeLessThan(Math.max(1, 16 * small));
  });

  test('lines made to take the time of the parsers that look at them', () => {
    const starts = [
      '',
      'In file included from ',
      'Traceback (most recent call last):\n  File "',
      '#   Failed test ',
      'make[1]: *** [',
    ];
    const units = [
      ' ',
      'a',
      '/',
      '../',
      '.',
      ':1',
      ':1: ',
      '-',
      '_',
      ' at x line 1',
      'meson',
      '.py:1: ',
      'error: ',
      ' required from ',
    ];
    const lines = starts.flatMap((start) => units.map((unit) => `${start}${fill(unit, 2000)}`));
    const log = sbuildLog({
      build: `${HEAD}${[...lines, ...lines, ...lines].join('\n')}\n   dh_auto_build\n${failure}`,
    });
    const started = performance.now();
    expect(diagnoseSbuild({ log, exitCode: 2, end: 'exit', hasChanges: false }).rule).toBe('compile-error');
    // 210 lines: some 40 ms when linear, seconds when one pattern is not.
    expect(performance.now() - started).toBeLessThan(1000);
  });

  test('of half a million lines the first and the last are read, with their true numbers', () => {
    const lines = Array.from({ length: 500_000 }, (_, index) => `x.c:${index + 1}:1: warning: w`);
    const log = sbuildLog({ build: `${HEAD}${lines.join('\n')}\n${failure}` });
    const { rule, quotes, diagnostics } = diagnoseSbuild({ log, exitCode: 2, end: 'exit', hasChanges: false });
    expect(rule).toBe('compile-error');
    const [quote] = quotes;
    expect(log.split('\n')[(quote?.number ?? 0) - 1]).toBe(quote?.text);
    expect(diagnostics).toContainEqual(expect.objectContaining({ file: 'x.c', line: 1, severity: 'warning' }));
  });
});
