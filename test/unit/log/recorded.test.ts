/** The recorded logs, and real output of packages that do not build, put into our composite logs. */
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type Diagnosis, diagnoseSbuild } from '../../../src/builder/log/classify.ts';
import { isOutOfSpace } from '../../../src/builder/log/outcome.ts';
import { fixture, fixtureNames, sbuildLog } from './sbuild-log.ts';

interface Expected {
  readonly verdict: string;
  readonly phase: string;
  readonly rule: string;
  /** The line that is quoted first. */
  readonly quote: string;
  readonly reason: string;
}

const VERDICTS: Readonly<Record<'build' | 'apt' | 'unpack', Readonly<Record<string, Expected>>>> = JSON.parse(
  fixture('verdicts.json'),
);

function expectVerdict(diagnosis: Diagnosis, expected: Expected): void {
  const { verdict, phase, rule, reason, quotes } = diagnosis;
  expect({ verdict, phase, rule, reason, quote: quotes[0]?.text.trim() }).toEqual(expected);
}

/** Every quote and every line of the excerpt is what the log has on that line. */
function expectTrueQuotes(diagnosis: Diagnosis, log: string): void {
  const lines = log.split('\n');
  for (const { number, text } of [...diagnosis.quotes, ...diagnosis.excerpt]) {
    const line = stripVTControlCharacters(lines[number - 1] ?? '').replaceAll('\t', ' ');
    expect(line.trimEnd().slice(0, 400)).toBe(text.replace(/…$/, ''));
  }
  expect(diagnosis.excerpt.map(({ number }) => number)).toContain(diagnosis.quotes[0]?.number);
}

const COMPILE: Omit<Expected, 'reason'> = {
  verdict: 'package',
  phase: 'build',
  rule: 'compile-error',
  quote: 'main.c:1:41: error: ‘x’ undeclared (first use in this function)',
};
const COMPILE_REASON = 'compile error in main.c:1: ‘x’ undeclared (first use in this function)';

describe('recorded logs of sbuild 0.85 and 0.89', () => {
  test.each<readonly [string, number, Expected]>([
    [
      'sb85-s-arch-skipped',
      0,
      {
        verdict: 'configuration',
        phase: 'arch-check',
        rule: 'architecture-mismatch',
        quote: 'E: dsc: amd64 not in arch list or does not match any arch wildcards: arm64 -- skipping',
        reason: 'the package is for "arm64" and is not built for amd64',
      },
    ],
    ['sb85-s-compile-failure', 2, { ...COMPILE, reason: COMPILE_REASON }],
    ['sb85-u-compile-failure', 2, { ...COMPILE, reason: COMPILE_REASON }],
    ['sb89-s-compile-failure', 2, { ...COMPILE, reason: COMPILE_REASON }],
    [
      'sb85-s-missing-build-dep',
      1,
      {
        verdict: 'package',
        phase: 'dependencies',
        rule: 'unmet-build-dependencies',
        quote: 'sbuild-build-depends-main-dummy : Depends: libdoes-not-exist-dev (>= 2.0) but it is not installable',
        reason:
          'build dependencies cannot be installed: libdoes-not-exist-dev (>= 2.0) is not installable and libxml2-dev (>= 99) is not going to be installed',
      },
    ],
    [
      'sb85-s-test-failure',
      2,
      {
        verdict: 'package',
        phase: 'test',
        rule: 'automake-test',
        quote: 'FAIL: test_addition',
        reason: 'the test test_addition failed',
      },
    ],
    [
      'sb85-s-timeout',
      2,
      {
        verdict: 'package',
        phase: 'build',
        rule: 'stalled',
        quote: 'E: Build killed with signal TERM after 0 minutes of inactivity',
        reason: 'the build printed nothing for less than a minute and was ended',
      },
    ],
  ])('%s', (name, exitCode, expected) => {
    const log = fixture(`sbuild/${name}.log`);
    const diagnosis = diagnoseSbuild({ log, exitCode, end: 'exit', hasChanges: false });
    expectVerdict(diagnosis, expected);
    expectTrueQuotes(diagnosis, log);
    expect(diagnosis.retryable).toBe(false);
  });

  test.each(['sb85-s-success', 'sb89-s-success'])('%s', (name) => {
    const log = fixture(`sbuild/${name}.log`);
    const diagnosis = diagnoseSbuild({ log, exitCode: 0, end: 'exit', hasChanges: true });
    expect(diagnosis).toMatchObject({ verdict: 'success', phase: undefined, diagnostics: [], retryable: false });
    expect(diagnosis.fields).toMatchObject({
      Status: 'successful',
      'Build-Time': '1',
      Package: 'tinypkg',
      'Build Type': 'binary',
    });
    expect(diagnosis.quotes.map(({ text }) => text)).toEqual(['Status: successful']);
  });

  test('names file, line and column of what the compiler says, and the flag of a warning', () => {
    const log = fixture('sbuild/sb89-s-compile-failure.log');
    const { diagnostics, quotes } = diagnoseSbuild({ log, exitCode: 2, end: 'exit', hasChanges: false });
    expect(diagnostics).toEqual([
      {
        severity: 'error',
        file: 'main.c',
        line: 1,
        column: 41,
        message: '‘x’ undeclared (first use in this function)',
        logLine: 210,
        tool: 'cc',
      },
      {
        severity: 'warning',
        file: 'main.c',
        line: 1,
        column: 17,
        message: 'implicit declaration of function ‘undeclared_fn’',
        logLine: 207,
        tool: 'cc',
        code: '-Wimplicit-function-declaration',
      },
    ]);
    expect(quotes.map(({ number }) => number)).toEqual([210, 214, 216]);
  });
});

describe('real output of packages that do not build', () => {
  test('every fixture has its verdict', () => {
    expect(Object.keys(VERDICTS.build)).toEqual(fixtureNames('build'));
  });

  test.each(Object.entries(VERDICTS.build))('%s', (name, expected) => {
    for (const date of ['', 'Fri, 20 Nov 2026 16:30:53 +0000']) {
      const log = sbuildLog({ build: fixture(`build/${name}.txt`), date });
      const diagnosis = diagnoseSbuild({ log, exitCode: 2, end: 'exit', hasChanges: false });
      expectVerdict(diagnosis, expected);
      expectTrueQuotes(diagnosis, log);
      expect(diagnosis.retryable).toBe(diagnosis.verdict === 'infrastructure' && !isOutOfSpace(diagnosis.rule));
    }
  });

  test.each(Object.entries(VERDICTS.build))('%s, with CRLF and colours', (name, expected) => {
    const log = sbuildLog({ build: fixture(`build/${name}.txt`) })
      .replaceAll(/error|FAIL|Error/g, (word) => `\u001b[01;31m\u001b[K${word}\u001b[m\u001b[K`)
      .replaceAll('\n', '\r\n');
    expectVerdict(diagnoseSbuild({ log, exitCode: 2, end: 'exit', hasChanges: false }), expected);
  });
});

/** What a new try cannot mend, although it is not the package's fault. */
const LASTING = ['apt-release-expired', 'apt-release-not-yet-valid', 'dependency-script', 'dependency-conflict'];

describe('real output of apt', () => {
  test('every fixture has its verdict', () => {
    expect(Object.keys(VERDICTS.apt)).toEqual(fixtureNames('apt'));
  });

  test.each(Object.entries(VERDICTS.apt))('%s, in our own phases before sbuild', (name, expected) => {
    const log = fixture(`apt/${name}.txt`);
    const diagnosis = diagnoseSbuild({ log, exitCode: 100, end: 'exit', hasChanges: false });
    expectVerdict(diagnosis, expected);
    expectTrueQuotes(diagnosis, log);
    const lasts = LASTING.includes(diagnosis.rule) || isOutOfSpace(diagnosis.rule);
    expect(diagnosis.retryable).toBe(diagnosis.verdict === 'infrastructure' && !lasts);
  });

  test.each(Object.entries(VERDICTS.apt))("%s, in sbuild's", (name, expected) => {
    const fields = {
      Status: 'given-back',
      'Fail-Stage': expected.phase === 'update' ? 'apt-get-update' : 'install-deps',
    };
    const log = sbuildLog({ dependencies: fixture(`apt/${name}.txt`), fields });
    expectVerdict(diagnoseSbuild({ log, exitCode: 3, end: 'exit', hasChanges: false }), expected);
  });
});

describe('real output of dpkg-source', () => {
  test('every fixture has its verdict', () => {
    expect(Object.keys(VERDICTS.unpack)).toEqual(fixtureNames('unpack'));
  });

  test.each(Object.entries(VERDICTS.unpack))('%s', (name, expected) => {
    const fields = { Status: 'given-back', 'Fail-Stage': 'unpack' };
    const log = sbuildLog({ unpack: fixture(`unpack/${name}.txt`), fields });
    const diagnosis = diagnoseSbuild({ log, exitCode: 3, end: 'exit', hasChanges: false });
    expectVerdict(diagnosis, expected);
    expectTrueQuotes(diagnosis, log);
  });
});
