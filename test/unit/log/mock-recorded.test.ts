/** Recorded runs of mock 6.7: what is said of each, and that neither prefixes nor missing logs change it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { diagnoseMock } from '../../../src/builder/log/classify-mock.ts';
import type { Diagnosis, MockRun } from '../../../src/builder/log/diagnosis.ts';
import { lineOf, MOCK_FIXTURES, mockBuildRun, mockCases, recordedRun, textOf } from './mock-run.ts';

interface Expected {
  readonly verdict: string;
  readonly phase: string | null;
  readonly rule: string;
  /** Log and text of the line that is quoted first. */
  readonly quote: string | null;
  readonly reason: string;
}

const VERDICTS: Readonly<Record<string, Expected>> = JSON.parse(
  readFileSync(path.join(MOCK_FIXTURES, 'verdicts.json'), 'utf8'),
);

function summaryOf({ verdict, phase, rule, reason, quotes }: Diagnosis): Expected {
  const quote = quotes[0] ? `${quotes[0].file}: ${quotes[0].text.trim()}` : null;
  return { verdict, phase: phase ?? null, rule, quote, reason };
}

/** Every quote and every line of the excerpt is the end of what its log has on that line. */
function expectTrueQuotes(diagnosis: Diagnosis, run: MockRun): void {
  for (const line of [...diagnosis.quotes, ...diagnosis.excerpt]) {
    const whole = stripVTControlCharacters(lineOf(run, line)).replaceAll('\t', ' ').trimEnd();
    expect(line.file).toBeDefined();
    if (line.text.endsWith('…')) expect(whole).toContain(line.text.slice(0, -1));
    else expect(whole.endsWith(line.text), `${line.file}:${line.number}: ${line.text}`).toBe(true);
  }
}

describe.each(mockCases())('%s', (name) => {
  const run = recordedRun(name);
  const expected = VERDICTS[name];

  test('verdict, phase, rule, quote and reason', () => {
    const diagnosis = diagnoseMock(run);
    expect(summaryOf(diagnosis)).toEqual(expected);
    expectTrueQuotes(diagnosis, run);
    if (diagnosis.verdict !== 'success') {
      expect(diagnosis.excerpt.map(({ number }) => number)).toContain(diagnosis.quotes[0]?.number);
    }
  });

  test('with the prefix that koji has on lines of stderr', () => {
    // Which lines were stderr's the log does not tell: all but those that only mock and rpm's stdout write.
    const prefixed = (run.buildLog ?? '').replace(
      /^(?!\+ |Executing|Building|Child return|Mock Version|Processing|Checking|Wrote|$)(?=.)/gm,
      'BUILDSTDERR: ',
    );
    const rootLog = run.rootLog?.replace(/^(DEBUG util\.py:46[01]: {2})/gm, '$1BUILDSTDERR: ');
    const marked: MockRun = { ...run, buildLog: run.buildLog === undefined ? undefined : prefixed, rootLog };
    const diagnosis = diagnoseMock(marked);
    expect(summaryOf(diagnosis)).toEqual(expected);
    expectTrueQuotes(diagnosis, marked);
  });

  test('with carriage returns, colours and a final line that is cut', () => {
    const changed: MockRun = {
      ...run,
      stderr: run.stderr.replaceAll('\n', '\r\n'),
      buildLog: run.buildLog?.replace(/^(\S.*)$/gm, '\u001b[1m$1\u001b[0m'),
      rootLog: run.rootLog?.trimEnd(),
    };
    const { verdict, phase, rule, reason } = summaryOf(diagnoseMock(changed));
    expect({ verdict, phase, rule, reason }).toEqual({
      verdict: expected?.verdict,
      phase: expected?.phase,
      rule: expected?.rule,
      reason: expected?.reason,
    });
  });

  // mock's own words or the state log suffice; one of both has to be there.
  test.each(['state.log', 'root.log', 'mock-stderr.log'] as const)('verdict and phase without %s', (missing) => {
    if (textOf(run, missing) === '') return;
    const onlyThere = missing === 'mock-stderr.log' && (expected?.quote ?? '').startsWith('mock-stderr.log');
    const without: MockRun = {
      ...run,
      ...(missing === 'state.log' ? { stateLog: undefined } : {}),
      ...(missing === 'root.log' ? { rootLog: undefined } : {}),
      ...(missing === 'mock-stderr.log' ? { stderr: '' } : {}),
    };
    const { verdict, phase } = diagnoseMock(without);
    if (onlyThere) expect(verdict).not.toBe('success');
    else expect([verdict, phase ?? null]).toEqual([expected?.verdict, expected?.phase]);
  });
});

test('every recorded run has an expectation, and every expectation a run', () => {
  expect(Object.keys(VERDICTS).sort()).toEqual(mockCases());
});

describe('what a recorded run tells beside its verdict', () => {
  test('the tools', () => {
    expect(diagnoseMock(recordedRun('fail-build')).fields).toEqual({
      'Mock Version': 'unreleased_version',
      'Package manager': 'dnf4',
    });
  });

  test('warnings of a success, with their place', () => {
    expect(diagnoseMock(recordedRun('preov-hello-c')).diagnostics).toEqual([
      {
        severity: 'warning',
        file: 'hello.c',
        line: 4,
        column: 22,
        message: "unused variable 'unused'",
        logLine: 35,
        tool: 'cc',
        code: '-Wunused-variable',
      },
    ]);
  });

  test('errors of a failure, relative to the folder that make and the shell are in', () => {
    const { diagnostics } = diagnoseMock(recordedRun('make-error'));
    expect(diagnostics.map(({ file, line, message }) => `${file}:${line}: ${message}`)).toEqual([
      'src/a.c:1: nosuch.h: No such file or directory',
      "src/b.c:1: 'q' undeclared (first use in this function)",
    ]);
  });

  test('lines of the spec and of patches', () => {
    expect(diagnoseMock(recordedRun('badspec-buildsrpm')).diagnostics).toMatchObject([
      { file: 'bad-spec.spec', line: 6, message: 'Unclosed %if', tool: 'rpmbuild' },
    ]);
    expect(diagnoseMock(recordedRun('patch-fails2')).diagnostics).toMatchObject([
      { file: 'fix-it.patch', line: 1, tool: 'patch', message: 'does not apply: hunk 1 does not fit main.c at line 1' },
    ]);
  });

  test('no errors of tools where rpm itself complained', () => {
    const output = 'x.c:1:1: error: the build gets over it';
    const buildLog =
      mockBuildRun({ output: '', files: 'error: File not found: /builddir/build/BUILDROOT/usr/x' }).buildLog ?? '';
    const run = { ...mockBuildRun({ output: '' }), buildLog: buildLog.replace('+ RPM_EC=0', `${output}\n+ RPM_EC=0`) };
    expect(diagnoseMock(run)).toMatchObject({ rule: 'file-not-found', diagnostics: [] });
  });

  test('no errors of the package where it was not at fault', () => {
    expect(diagnoseMock(recordedRun('enospc-build')).diagnostics).toEqual([]);
  });
});
