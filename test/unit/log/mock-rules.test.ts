/** Every rule of mock's side on text as tools print it, and every pattern on lines made to take its time. */
import { describe, expect, test } from 'vitest';
import { diagnoseMock } from '../../../src/builder/log/classify-mock.ts';
import type { Diagnosis } from '../../../src/builder/log/diagnosis.ts';
import type { Rule } from '../../../src/builder/log/rule.ts';
import { ARCHIVE_RULES } from '../../../src/builder/log/rules-archive.ts';
import { BUILDROOT_RULES, MACHINE_RULES, OTHER_RULES } from '../../../src/builder/log/rules-buildroot.ts';
import { DNF_OTHER_RULES, DNF_RULES, GIVEN_UP, TRY } from '../../../src/builder/log/rules-dnf.ts';
import { GENERIC_RULES } from '../../../src/builder/log/rules-generic.ts';
import { MOCK_OTHER_RULES, MOCK_RULES } from '../../../src/builder/log/rules-mock.ts';
import { PACKAGE_RULES } from '../../../src/builder/log/rules-package.ts';
import {
  RPMBUILD_BARE_RULES,
  RPMBUILD_OTHER_RULES,
  RPMBUILD_RULES,
  SECTION_RULES,
} from '../../../src/builder/log/rules-rpmbuild.ts';
import { TEST_RULES } from '../../../src/builder/log/rules-test.ts';
import { expectLinear } from './linear.ts';
import { mockBuildRun, mockErrorRun, mockManagerRun } from './mock-run.ts';
import { FILES_SNIPPETS, SECTION_SNIPPETS, TOOL_SNIPPETS } from './mock-snippets-build.ts';
import { MANAGER_SNIPPETS } from './mock-snippets-manager.ts';
import { STDERR_SNIPPETS } from './mock-snippets-stderr.ts';

const OF_MOCK: readonly Rule[] = [
  ...DNF_RULES,
  ...DNF_OTHER_RULES,
  ...MOCK_RULES,
  ...MOCK_OTHER_RULES,
  ...RPMBUILD_RULES,
  ...RPMBUILD_OTHER_RULES,
  ...SECTION_RULES,
];

function shown({ rule, verdict, phase, reason, quotes }: Diagnosis) {
  return { rule, verdict, phase, reason, quote: quotes[0]?.text };
}

interface Expectation {
  readonly rule: string;
  readonly verdict: string;
  readonly phase: string;
  readonly lines: string;
  readonly quote?: string;
  readonly reason?: string;
}

function expectShown(diagnosis: Diagnosis, expected: Expectation): void {
  const { rule, verdict, phase, quote = expected.lines.split('\n')[0]?.trimEnd(), reason } = expected;
  const found = shown(diagnosis);
  expect(found).toEqual({ rule, verdict, phase, quote, reason: reason ?? found.reason });
  expect(found.reason).toMatch(/^\S.*[^.]$/);
  // Only what the infrastructure did may pass by itself.
  if (diagnosis.retryable) expect(diagnosis.verdict).toBe('infrastructure');
}

describe('package managers', () => {
  test.each(MANAGER_SNIPPETS)('$reached: $rule: $lines', ({ reached, program, ...expected }) => {
    const run = mockManagerRun(expected.lines, reached, program);
    expectShown(diagnoseMock(run), expected);
    // Of either log alone, too: koji keeps no stderr.
    expectShown(diagnoseMock({ ...run, rootLog: undefined }), expected);
    expectShown(diagnoseMock({ ...run, stderr: '' }), expected);
  });

  test('a mirror that failed says nothing where the next one answered', () => {
    const lines =
      "[MIRROR] a.rpm: Status code: 503 for https://one.example.org/a.rpm (IP: 192.0.2.1)\na.rpm 100% | 1 MB\nNo matching package to install: 'nosuch'";
    expect(diagnoseMock(mockManagerRun(lines, 'dependencies')).rule).toBe('no-build-dependency');
  });

  test('of several tries the last one counts', () => {
    const run = mockManagerRun("No matching package to install: 'nosuch'", 'dependencies');
    const first = mockManagerRun('  - Status code: 503 for https://one.example.org/x', 'dependencies');
    expect(diagnoseMock({ ...run, rootLog: `${first.rootLog}${run.rootLog}` }).rule).toBe('no-build-dependency');
  });
});

describe('mock itself', () => {
  test.each(STDERR_SNIPPETS)('$rule: $lines', ({ exitCode, ...expected }) => {
    expectShown(diagnoseMock(mockErrorRun(expected.lines, exitCode)), expected);
  });

  test.each([
    [3, 'configuration'],
    [5, 'configuration'],
    [6, 'configuration'],
    [60, 'infrastructure'],
    [70, 'configuration'],
    [80, 'configuration'],
    [90, 'infrastructure'],
  ])('exit code %d without a word is a hint', (exitCode, verdict) => {
    expect(diagnoseMock(mockErrorRun('', exitCode))).toMatchObject({ verdict, rule: 'mock-exit-code' });
  });
});

describe('packages that are not there', () => {
  const written = 'Wrote: /builddir/build/RPMS/hello-1.0-1.x86_64.rpm';
  test.each([
    ['which rpmbuild wrote', written, 'infrastructure', 'no-packages'],
    ['and none was written', 'Processing files: hello-1.0-1.x86_64', 'package', 'no-results'],
  ])('%s', (_name, files, verdict, rule) => {
    const run = mockBuildRun({ output: '', files, code: 0 }, { stderr: 'Finish: run\n' });
    expect(diagnoseMock(run)).toMatchObject({ verdict, rule, phase: 'results' });
  });
});

test('rpmbuild failed, by the word of mock alone', () => {
  const run = mockBuildRun({ output: 'make: *** [Makefile:3: all] Error 1' }, { buildLog: undefined });
  expect(diagnoseMock(run)).toMatchObject({ verdict: 'package', phase: 'build', rule: 'mock-command' });
});

describe('sections of the spec', () => {
  const PHASES: Readonly<Record<string, string>> = {
    '%prep': 'unpack',
    '%generate_buildrequires': 'dependencies',
    '%build': 'build',
    '%install': 'install',
    '%check': 'test',
  };
  test.each([...SECTION_SNIPPETS, ...TOOL_SNIPPETS])(
    '$section: $rule: $lines',
    ({ section, verdict = 'package', ...expected }) => {
      const run = mockBuildRun({ section, output: expected.lines });
      expectShown(diagnoseMock(run), { ...expected, verdict, phase: PHASES[section] ?? '' });
      const marked = (run.buildLog ?? '').replace(
        /^(?!\+ |Executing|Building|Child|Mock|Wrote|$)(?=.)/gm,
        'BUILDSTDERR: ',
      );
      expectShown(diagnoseMock({ ...run, buildLog: marked }), { ...expected, verdict, phase: PHASES[section] ?? '' });
    },
  );
});

describe('rpmbuild on the spec and on what was installed', () => {
  test.each(FILES_SNIPPETS)('$rule: $lines', ({ source, verdict = 'package', ...expected }) => {
    const parts = source ? { output: '', source: expected.lines } : { output: '', files: expected.lines };
    expectShown(diagnoseMock(mockBuildRun(parts)), { ...expected, verdict });
  });
});

describe('the tables', () => {
  test('have every name once, also beside those of sbuild', () => {
    const all = [...OF_MOCK, ...ARCHIVE_RULES, ...BUILDROOT_RULES, ...OTHER_RULES, ...MACHINE_RULES];
    const names = [...all, ...PACKAGE_RULES, ...TEST_RULES, ...GENERIC_RULES].map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test('have a sample of every rule', () => {
    const seen = new Set(
      [...MANAGER_SNIPPETS, ...STDERR_SNIPPETS, ...SECTION_SNIPPETS, ...FILES_SNIPPETS].map(({ rule }) => rule),
    );
    expect(OF_MOCK.map(({ name }) => name).filter((name) => !seen.has(name))).toEqual([]);
  });

  test('retry nothing but infrastructure', () => {
    expect(OF_MOCK.filter(({ verdict, retryable }) => retryable && verdict !== 'infrastructure')).toEqual([]);
  });
});

describe('patterns take linear time', () => {
  const patterns = [
    ...[...OF_MOCK, ...RPMBUILD_BARE_RULES].flatMap(({ name, pattern, besides, prefer, unlessFollowedBy }) =>
      [pattern, besides, prefer, unlessFollowedBy].flatMap((each) => (each ? [[name, each] as const] : [])),
    ),
    ['TRY', TRY] as const,
    ['GIVEN_UP', GIVEN_UP] as const,
  ];
  test.each(patterns)('%s', (_name, pattern) => {
    expectLinear(pattern);
  });
});
