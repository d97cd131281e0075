/**
 * rpmbuild's stdout and stderr come to mock by separate pipes. mock reads what is there and keeps what is behind the last
 * newline for the next piece, of whichever pipe (mockbuild/util.py, logOutput): so lines change places and merge.
 */
import { describe, expect, test } from 'vitest';
import { diagnoseMock } from '../../../src/builder/log/classify-mock.ts';
import type { MockRun } from '../../../src/builder/log/diagnosis.ts';
import { lineOf, mockBuildRun, mockCases, recordedRun } from './mock-run.ts';

/** Deterministic noise: a linear congruential generator (Numerical Recipes). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const STDOUT =
  /^(?:Executing|Building|Processing|Checking|Wrote|Provides|Requires|RPM build|$)|^checking |^\S+: (?:PASS|FAIL)$/;

/** What mock would have logged of the same two streams, had they come in other pieces. */
function remerge(lines: readonly string[], random: () => number, prefix = ''): string[] {
  const streams = [
    lines.filter((line) => STDOUT.test(line)).map((line) => `${line}\n`),
    lines.filter((line) => !STDOUT.test(line)).map((line) => `${line}\n`),
  ] as const;
  const logged: string[] = [];
  let tail = '';
  while (streams[0].length > 0 || streams[1].length > 0) {
    const which = streams[0].length === 0 ? 1 : streams[1].length === 0 ? 0 : random() < 0.5 ? 0 : 1;
    const stream = streams[which];
    let chunk = stream.splice(0, 1 + Math.floor(random() * 4)).join('');
    // stdout comes in blocks that end anywhere, stderr in lines; but rpm writes its `error: ` by itself, and dash `+ `.
    const alone = /^(?:error: (?=Bad)|\+ )/.exec(chunk)?.[0].length ?? 0;
    const torn = which === 0 ? Math.floor(random() * chunk.length) : alone;
    if (torn > 0 && random() < 0.4 && streams[1 - which]?.length) {
      stream.unshift(...chunk.slice(torn).split(/(?<=\n)/));
      chunk = chunk.slice(0, torn);
    }
    const parts = (tail + chunk).split('\n');
    tail = parts.pop() ?? '';
    for (const part of parts) {
      if (part !== '') logged.push(which === 1 && prefix !== '' && !part.startsWith('+ ') ? `${prefix}${part}` : part);
    }
  }
  if (tail !== '') logged.push(tail);
  return logged;
}

/** The run with the last run of rpmbuild merged anew. */
function remerged(run: MockRun, random: () => number, prefix = ''): MockRun {
  const lines = (run.buildLog ?? '').split('\n');
  const from = lines.findLastIndex((line) => line.startsWith('Executing command:')) + 1;
  const to = lines.findLastIndex((line) => line.startsWith('Child return code'));
  const merged = remerge(lines.slice(from, to), random, prefix);
  return { ...run, buildLog: [...lines.slice(0, from), ...merged, ...lines.slice(to)].join('\n') };
}

/** Whether a line was neither torn nor put behind half a line that says something. */
function isWhole(run: MockRun, text: string): boolean {
  const lines = (run.buildLog ?? '').split('\n').map((line) => line.replace(/^BUILDSTDERR: /, ''));
  return lines.some((line) => line.trim() === text || line === `+ ${text}`);
}

const FAILED_IN_BUILD = mockCases().filter((name) => {
  const run = recordedRun(name);
  const { quotes, rule } = diagnoseMock(run);
  return quotes[0]?.file === 'build.log' && run.exitCode !== 0 && rule !== 'signal';
});

describe.each(FAILED_IN_BUILD)('%s, merged in other ways', (name) => {
  const run = recordedRun(name);
  const expected = diagnoseMock(run);
  const causes = expected.quotes.slice(0, 1).map(({ text }) => text.trim());

  test.each(['', 'BUILDSTDERR: '])('keeps verdict and phase, and quotes what is there (prefix "%s")', (prefix) => {
    for (let seed = 1; seed <= 40; seed++) {
      const merged = remerged(run, generator(seed), prefix);
      const diagnosis = diagnoseMock(merged);
      const where = `seed ${seed}: ${diagnosis.rule}: ${diagnosis.reason}\n${merged.buildLog}`;
      expect([diagnosis.verdict, diagnosis.phase], where).toEqual([expected.verdict, expected.phase]);
      // Of the last command nothing is sure when its output may stand anywhere.
      if (expected.rule !== 'section-failed' && causes.every((cause) => isWhole(merged, cause))) {
        expect(diagnosis.rule, where).toBe(expected.rule);
        // The rest of a command whose `+ ` was torn off ends alike.
        const quoted = diagnosis.quotes[0]?.text.trim();
        expect(causes[0]?.endsWith(quoted ?? '?') || quoted?.endsWith(causes[0] ?? '?'), where).toBe(true);
      }
      for (const quote of diagnosis.quotes)
        expect(lineOf(merged, quote)).toContain(quote.text.replace(/…$/, '').trim());
    }
  });
});

describe('half a line of stdout before the cause', () => {
  test.each([
    ['checking for foo... src/main.c:3:1: error: unknown type', '%build', 'compile-error', 'package', 'build'],
    ['checking for foo... configure: error: libfoo is required', '%build', 'configure-error', 'package', 'build'],
    ['checking for foo... BUILDSTDERR: a.c:3:1: error: unknown type', '%build', 'compile-error', 'package', 'build'],
    ['linking... /usr/bin/ld: cannot find -lfoo', '%build', 'library-missing', 'package', 'build'],
    ['running testsFAIL: test_two', '%check', 'automake-test', 'package', 'test'],
    ['running testsFAILED tests/test_a.py::test_b - AssertionError', '%check', 'pytest', 'package', 'test'],
    ['a: oknot ok 2 - adds', '%check', 'tap', 'package', 'test'],
    ['copying xModuleNotFoundError: No module named foo', '%build', 'python-module-missing', 'package', 'build'],
    ['+ make checkFAIL: test_two', '%check', 'automake-test', 'package', 'test'],
    [
      'Wrote 3 filesinstall: cannot stat foo: No such file or directory',
      '%install',
      'file-operation',
      'package',
      'install',
    ],
    [
      'progress 10%dd: error writing x: No space left on device',
      '%build',
      'no-space-in-build',
      'infrastructure',
      'build',
    ],
  ])('%s', (line, section, rule, verdict, phase) => {
    const run = mockBuildRun({ section, output: `+ make\nall is well\n${line}\nmore output` });
    const diagnosis = diagnoseMock(run);
    expect([diagnosis.rule, diagnosis.verdict, diagnosis.phase]).toEqual([rule, verdict, phase]);
    const cause = diagnosis.quotes[0];
    expect(cause && lineOf(run, cause)).toBe(line);
  });

  test('behind the `+ ` of a command it counts like a line of its own', () => {
    const output = '+ pytest\n+ FAILED tests/test_a.py::test_b - assert 1 == 2\n=== 1 failed, 3 passed ===\n+ exit 1';
    expect(diagnoseMock(mockBuildRun({ section: '%check', output }))).toMatchObject({
      rule: 'pytest',
      quotes: [{ text: 'FAILED tests/test_a.py::test_b - assert 1 == 2' }, {}],
    });
    const plain = diagnoseMock(mockBuildRun({ section: '%check', output: '+ ./run\n+ FAIL: test_x' }));
    expect(plain.reason).toBe('the test test_x failed');
  });

  test.each([
    ['%check', 'FAIL: test_9', 'automake-test', 'package'],
    ['%check', 'FAILED tests/a.py::b - x', 'pytest', 'package'],
    ['%check', 'not ok 2 - adds', 'tap', 'package'],
    ['%build', '[ERROR] /x/A.java:[1,2] cannot find symbol', 'maven-compile-error', 'package'],
    ['%prep', '1 out of 1 hunk FAILED -- saving rejects to file a.c.rej', 'spec-patch-does-not-apply', 'package'],
    ['%build', '/usr/bin/ld: final link failed: No space left on device', 'no-space-in-build', 'infrastructure'],
  ])("%s: %s after rpm's last words", (section, line, rule, verdict) => {
    const run = mockBuildRun({ section, output: '+ make check' });
    const buildLog = (run.buildLog ?? '').replace(/(\n {4}Bad exit status from .*\n)/, `$1${line}\n`);
    const diagnosis = diagnoseMock({ ...run, buildLog });
    expect(diagnosis).toMatchObject({ rule, verdict });
    expect(diagnosis.quotes[0]?.text).toBe(line);
  });

  test("rpm's last words behind a command, and the cause before them", () => {
    const buildLog = mockBuildRun({ section: '%check', output: 'FAIL: test_two\n+ make check' }).buildLog ?? '';
    const torn = buildLog.replace('+ make check\nerror: Bad exit', '+ make checkerror: Bad exit');
    expect(torn).not.toBe(buildLog);
    const run = { ...mockBuildRun({ output: '' }), buildLog: torn };
    expect(diagnoseMock(run)).toMatchObject({ verdict: 'package', phase: 'test', rule: 'automake-test' });
    const both = buildLog.replace('FAIL: test_two\n+ make check\nerror: Bad', 'FAIL: test_twoerror: Bad');
    expect(diagnoseMock({ ...run, buildLog: both })).toMatchObject({ phase: 'test', rule: 'automake-test' });
  });

  test("rpm's `error: ` apart from what it says", () => {
    const source =
      'error: Building target platforms: x86_64\nBuilding for target x86_64\nline 3: Unknown tag: Foo: bar';
    expect(diagnoseMock(mockBuildRun({ output: '', source }))).toMatchObject({
      verdict: 'package',
      phase: 'source',
      rule: 'spec-unknown-tag',
      quotes: [{ file: 'build.log', number: 5 }],
    });
  });
});
