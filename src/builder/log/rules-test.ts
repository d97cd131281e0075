/** Rules for failing tests, one per test runner. A test may run while building, too; then it names its phase. */
import { sourcePath } from './map-path.ts';
import { type Found, listOf, type Rule, text } from './rule.ts';

const ofTests = {
  phases: ['test', 'build', 'install'],
  verdict: 'package',
  retryable: false,
  phase: 'test',
} as const;

const inTests = { ...ofTests, phases: ['test'] } as const;

/** Says how many tests failed and which, the name being in `group`. */
const named =
  (group = 1) =>
  ({ matches, count }: Found): string => {
    const names = matches.map(({ groups }) => groups[group] ?? '');
    return count === 1 ? `the test ${names[0]} failed` : `${count} tests failed: ${listOf(names, count)}`;
  };

export const TEST_RULES: readonly Rule[] = [
  {
    ...ofTests,
    name: 'pytest',
    pattern: /^(?:FAILED|ERROR) ([^\s:]+\.py(?:::[^\s]+)?)(?: - |$)/,
    reason: named(),
  },
  {
    ...ofTests,
    name: 'unittest',
    pattern: /^(?:FAIL|ERROR): (\S+) \([\w.]+\)(?: |$)/,
    reason: named(),
  },
  {
    ...ofTests,
    name: 'testr',
    pattern: /^(?:FAIL|ERROR): ((?:[\w-]+\.){2,}[\w-]+(?:\([^)]*\))?)$/,
    reason: named(),
  },
  {
    ...ofTests,
    name: 'ctest',
    pattern:
      /^\t *\d+ - (\S+) \((?:Failed|Timeout|SEGFAULT|Not Run|Child aborted|Subprocess aborted|ILLEGAL|BAD_COMMAND|OTHER_FAULT|NUMERICAL)\)/,
    reason: named(),
  },
  {
    ...ofTests,
    name: 'go-test-timeout',
    pattern: /^panic: test timed out after (\S+)/,
    reason: (found) => `a test did not end within ${text(found)}`,
  },
  {
    ...ofTests,
    name: 'catch-test',
    // Catch2 and doctest.
    pattern: /^([^\s:(]+)(?::(\d+)|\((\d+)\)): (?:FAILED:|(?:FATAL )?ERROR: (?:CHECK|REQUIRE|test case))/,
    reason: (found) => `a test failed at ${sourcePath(text(found))}:${text(found, 2) || text(found, 3)}`,
  },
  {
    ...ofTests,
    name: 'go-test',
    pattern: /^\s*--- FAIL: (\S+) \(/,
    reason: named(),
  },
  {
    ...ofTests,
    name: 'go-test-package',
    pattern: /^FAIL\t(\S+)\t?/,
    reason: ({ matches, count }) =>
      `tests failed in ${listOf(
        matches.map(({ groups }) => groups[1] ?? ''),
        count,
      )}`,
  },
  {
    ...ofTests,
    name: 'cargo-test',
    pattern: /^test (\S+)(?: - should panic)? \.\.\. FAILED$/,
    reason: named(),
  },
  {
    ...ofTests,
    name: 'gtest',
    pattern: /^\[ {2}FAILED {2}\] (\S+?)(?:,| \(|$)/,
    reason: named(),
  },
  {
    ...ofTests,
    name: 'prove',
    pattern: /^(\S+) +\(Wstat: \d+ .*?(?:Failed: [1-9]|exited|Signal|Bad plan|Parse errors)/,
    reason: named(),
  },
  {
    ...inTests,
    name: 'meson-test',
    pattern: /^ *\d+\/\d+ (\S+(?: \S+)*) +(?:FAIL|ERROR|TIMEOUT|UNEXPECTEDPASS) +[\d.]+ ?s/,
    reason: named(),
  },
  {
    ...ofTests,
    name: 'maven-test',
    pattern:
      /^\[ERROR\] +([\w.$]+(?::\d+|\.\w+:\d+)|[\w.$]+\(\S+\)) |^\[ERROR\] (Tests run: \d+, Failures: \d+, Errors: \d+)/,
    reason: ({ match: { groups } }) =>
      groups[1] === '' ? `tests failed: ${groups[2] ?? ''}` : `the test ${groups[1] ?? ''} failed`,
  },
  {
    ...ofTests,
    name: 'rspec',
    pattern: /^rspec (\.\/[^\s:]+:\d+)/,
    reason: named(),
  },
  {
    ...inTests,
    name: 'automake-test',
    pattern: /^(?:FAIL|ERROR|XPASS): (?!usage: )(\S+)/,
    reason: named(),
  },
  {
    ...inTests,
    name: 'tap',
    pattern: /^(?:# )?\s*not ok \d+(?: (?:- )?(?!.*# (?:TODO|SKIP))(\S.*))?$/,
    reason: ({ matches, count }) => {
      const names = matches.map(({ groups }) => groups[1] ?? '').filter((name) => name !== '');
      return count === 1
        ? `the test "${names[0] ?? 'without a name'}" failed`
        : `${count} tests failed${names.length > 0 ? `: ${listOf(names, Math.max(names.length, count))}` : ''}`;
    },
  },
  {
    ...ofTests,
    name: 'qtest',
    pattern: /^(?:FAIL!|XPASS) +: (\w+::\w+)\(/,
    reason: named(),
  },
  {
    ...ofTests,
    name: 'boost-test',
    pattern: /^[^\s(]+\(\d+\): (?:fatal )?error: in "([^"]+)": /,
    reason: named(),
  },
  {
    ...ofTests,
    name: 'minitest',
    pattern: /^(?:(\w+(?:::\w+)*#test_\w+) \[[^\]]+:\d+\]:|(?:Failure|Error): (test\w*\([\w:]+\)))/,
    reason: ({ matches, count }) => {
      const names = matches.map(({ groups }) => groups[1] || (groups[2] ?? ''));
      return count === 1 ? `the test ${names[0]} failed` : `${count} tests failed: ${listOf(names, count)}`;
    },
  },
  {
    ...inTests,
    name: 'testthat',
    pattern: /^(?:──|--) (?:Failure|Error) \([^)]{1,200}\): (.{1,200}?) [─-]+$/,
    reason: named(),
  },
  {
    ...inTests,
    name: 'glib-test',
    pattern: /^(?:# )?(?:Bail out! )?ERROR:([^\s:]+):(\d+):(\w+): (.*)/,
    reason: (found) => `${text(found, 3)} failed at ${sourcePath(text(found))}:${text(found, 2)}: ${text(found, 4)}`,
  },
  {
    ...inTests,
    name: 'assertion',
    pattern: /^(?:[^\s:]+: )?([^\s:]+):(\d+): (?:.{1,300}: )?Assertion [`'](.{1,300})' failed\.$/,
    reason: (found) => `an assertion failed at ${sourcePath(text(found))}:${text(found, 2)}: ${text(found, 3)}`,
  },
  {
    ...inTests,
    name: 'jest',
    pattern: /^(?:FAIL|✗|✖) ([^\s:]+\.[cm]?[jt]sx?)\b/,
    reason: ({ matches, count }) =>
      `tests failed in ${listOf(
        matches.map(({ groups }) => groups[1] ?? ''),
        count,
      )}`,
  },
  {
    ...inTests,
    name: 'test-count',
    pattern:
      /^(?:\s*(\d+ failing)$|Tests:? +(\d+ failed)|.*?\b((?:[1-9]\d*) (?:of|out of) \d+ tests? (?:\S+ )?failed)|.*?\b((?:failures|errors|failed)[=: ] ?[1-9]\d*)|.*?\b([1-9]\d* (?:tests? |test cases? |examples?, )?(?:failed|failures?))\b|# fail +([1-9]\d*)$|(FAILURES!)$)/i,
    reason: ({ match }) => `tests failed: ${match.groups.slice(1).find((group) => group !== '') ?? ''}`,
  },
  {
    ...inTests,
    name: 'panic',
    pattern: /^thread '([^']*)'(?: \(\d+\))? panicked at (\S+?):(\d+)/,
    reason: (found) => `${text(found)} panicked at ${sourcePath(text(found, 2))}:${text(found, 3)}`,
  },
];
