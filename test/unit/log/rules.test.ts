/** Every rule on lines as tools print them, and every pattern on lines made to take its time. */
import { describe, expect, test } from 'vitest';
import { diagnoseSbuild } from '../../../src/builder/log/classify.ts';
import type { Rule } from '../../../src/builder/log/rule.ts';
import { listOf } from '../../../src/builder/log/rule.ts';
import { ARCHIVE_RULES } from '../../../src/builder/log/rules-archive.ts';
import { BUILDROOT_RULES, MACHINE_RULES, OTHER_RULES } from '../../../src/builder/log/rules-buildroot.ts';
import { GENERIC_RULES } from '../../../src/builder/log/rules-generic.ts';
import { PACKAGE_RULES } from '../../../src/builder/log/rules-package.ts';
import { TEST_RULES } from '../../../src/builder/log/rules-test.ts';
import { expectLinear } from './linear.ts';
import { SECTION_SNIPPETS, TOOL_SNIPPETS } from './mock-snippets-build.ts';
import { banner, fixture, sbuildLog } from './sbuild-log.ts';
import { ARCHIVE_SNIPPETS, BUILD_SNIPPETS } from './snippets.ts';

const ALL: readonly Rule[] = [
  ...ARCHIVE_RULES,
  ...BUILDROOT_RULES,
  ...OTHER_RULES,
  ...MACHINE_RULES,
  ...PACKAGE_RULES,
  ...TEST_RULES,
  ...GENERIC_RULES,
];

describe('lines of tools, in the step that they belong to', () => {
  test.each(BUILD_SNIPPETS)(
    '$rule: $lines',
    ({ rule, step, lines, verdict = 'package', phase, reason, network, bare }) => {
      const build = [
        'Command: dpkg-buildpackage --sanitize-env -us -uc -b',
        ' debian/rules build',
        `   ${step}`,
        ...lines.split('\n'),
        ...(bare
          ? []
          : [
              `${step}: error: make -j2 returned exit code 2`,
              'make: *** [debian/rules:3: build] Error 25',
              'dpkg-buildpackage: error: debian/rules build subprocess returned exit status 2',
            ]),
      ].join('\n');
      const diagnosis = diagnoseSbuild({
        log: sbuildLog({ build }),
        exitCode: 2,
        end: 'exit',
        hasChanges: false,
        ...(network ? { network } : {}),
      });
      expect({ rule: diagnosis.rule, verdict: diagnosis.verdict, reason: diagnosis.reason }).toEqual({
        rule,
        verdict,
        reason,
      });
      if (phase) expect(diagnosis.phase).toBe(phase);
    },
  );

  test.each(ARCHIVE_SNIPPETS)('$rule: $lines', ({ rule, lines, verdict, reason }) => {
    const log = `${banner('Install package build dependencies')}Reading package lists...\n${lines}\n`;
    const diagnosis = diagnoseSbuild({ log, exitCode: 100, end: 'exit', hasChanges: false });
    expect({ rule: diagnosis.rule, verdict: diagnosis.verdict, reason: diagnosis.reason }).toEqual({
      rule,
      verdict,
      reason,
    });
  });
});

describe('the tables', () => {
  test('have every name once', () => {
    const names = ALL.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test('have a sample of every rule, recorded or written', () => {
    const verdicts: Record<string, Record<string, { rule: string }>> = JSON.parse(fixture('verdicts.json'));
    const seen = new Set([
      ...Object.values(verdicts).flatMap((folder) => Object.values(folder).map(({ rule }) => rule)),
      ...[...BUILD_SNIPPETS, ...ARCHIVE_SNIPPETS, ...SECTION_SNIPPETS, ...TOOL_SNIPPETS].map(({ rule }) => rule),
      // Tested where stages of sbuild and recorded logs are.
      ...['architecture-mismatch', 'chroot-architecture', 'chroot-session', 'command-failed', 'no-chroot'],
      ...['no-namespaces', 'no-source', 'no-space-around', 'post-build-check', 'stalled', 'tool-missing'],
      ...['claims-file', 'results-not-copied'],
    ]);
    expect(ALL.map(({ name }) => name).filter((name) => !seen.has(name))).toEqual([]);
  });

  test('retry nothing but infrastructure', () => {
    expect(ALL.filter(({ verdict, retryable }) => retryable && verdict !== 'infrastructure')).toEqual([]);
  });
});

describe('patterns take linear time', () => {
  test.each(ALL.map((rule) => [rule.name, rule] as const))('%s', (_name, rule) => {
    for (const pattern of [rule.pattern, rule.unlessFollowedBy, rule.besides, rule.prefer])
      if (pattern) expectLinear(pattern);
  });
});

describe('listOf', () => {
  test.each([
    [['a'], undefined, 'a'],
    [['a', 'b'], undefined, 'a and b'],
    [['a', 'b', 'c'], undefined, 'a, b and c'],
    [['a', 'b', 'c', 'd'], undefined, 'a, b and 2 more'],
    [['a', 'b', 'c', 'd', 'e', 'f'], 40, 'a, b and 38 more'],
    [['a', 'a', 'b'], undefined, 'a and b'],
    [[], undefined, ''],
  ])('%j of %s', (items, total, expected) => {
    expect(listOf(items, total)).toBe(expected);
  });
});
