import { describe, expect, test } from 'vitest';
import { titleOf } from '../../../src/builder/report/build-report.ts';
import { junit } from '../../../src/builder/report/junit.ts';
import { buildSummary } from '../../../src/builder/report/summary.ts';
import { code, codeCell, escapeMarkdown, fenced } from '../../../src/markdown.ts';
import { failed, failedDependencies, HOSTILE_TEXTS, succeeded } from './build-reports.ts';

describe('buildSummary', () => {
  test('of a failure: whose, where, why, and the lines that say so', () => {
    expect(buildSummary(failed('override-test'))).toBe(`### ❌ \`hello\` \`2.10-3\` for \`debian-12\` on \`amd64\`

**Package failure** in the phase “test”, after 20 s.

The command nosuchcommand is not there; Build-Depends may lack its package \\(run-tests.sh:2\\).

\`\`\`text
70: ./run-tests.sh: 2: nosuchcommand: not found
71: make[1]: *** [debian/rules:5: override_dh_auto_test] Error 1
\`\`\`

open session 0.3 s · dependencies 4 s · build 16 s

Log: \`out/hello_2.10-3_amd64.build\`
`);
  });

  test('of a success: what came out and how long it took', () => {
    expect(buildSummary(succeeded())).toBe(`### ✅ \`hello\` \`2.10-3\` for \`debian-12\` on \`amd64\`

Built in 20 s: 2 files.

| File | Size |
|---|---:|
| \`hello_2.10-3_amd64.deb\` | 52 KiB |
| \`hello_2.10-3_amd64.changes\` | 1.7 KiB |

open session 0.3 s · dependencies 4 s · build 16 s

Log: \`out/hello_2.10-3_amd64.build\`
`);
  });

  test('says when trying again may help, and puts the quotes in the order of the log', () => {
    const text = buildSummary(failedDependencies('hash-sum-package'));
    expect(text).toContain(
      '**Infrastructure failure** in the phase “install build dependencies”, after 4.3 s. It may pass when it is run again.',
    );
    expect(text).toMatch(/```text\n52: .*\n64: .*\n```/);
  });

  test('leaves out a version that is not known, and names both logs', () => {
    const report = failed('javac', {
      version: undefined,
      logFile: 'out/build.log',
      wholeLogFile: 'out/hello.amd64.log',
    });
    const text = buildSummary(report);
    expect(text).toMatch(/^### ❌ `hello` for `debian-12` on `amd64`\n/);
    expect(text).toMatch(/\nLog: `out\/build\.log` · everything in order: `out\/hello\.amd64\.log`\n$/);
    expect(titleOf(report)).toBe('hello for debian-12/amd64');
    expect(junit([report])).toContain('\nWhole log: out/build.log\nEverything in order: out/hello.amd64.log<');
  });

  test('many files are cut', () => {
    const files = Array.from({ length: 50 }, (_, index) => ({ name: `f${index}.deb`, size: index }));
    const text = buildSummary(succeeded({ files }));
    expect(text).toContain('Built in 20 s: 50 files.');
    expect(text).toContain('| `f39.deb` | 39 B |\n| and 10 more | |');
    expect(text).not.toContain('f40.deb');
  });

  test.each(HOSTILE_TEXTS)('%j makes no markup', (text) => {
    const report = failed('javac', { package: text, logFile: text, files: [{ name: text, size: 1 }] });
    const hostile = { ...report, diagnosis: { ...report.diagnosis, reason: text, quotes: [{ number: 1, text }] } };
    const outside = withoutCode(buildSummary(hostile));
    expect(outside).not.toMatch(/<\w|(?<!\\)\]\(|(?<!\\)!\[|@|javascript:x\)/);
    expect(outside.match(/^#+ /gm)).toEqual(['### ']);
  });
});

/** What a Markdown reader shows as text: fences and inline code taken out, as CommonMark 4.5 and 6.1 delimit them. */
function withoutCode(markdown: string): string {
  return markdown
    .replace(/^(`{3,})text\n[\s\S]*?\n\1$/gm, 'FENCE')
    .replace(/(?<!`)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, 'CODE');
}

describe('pieces', () => {
  test('a fence is longer than what it holds', () => {
    expect(fenced(['a', '```', '``````'])).toBe('```````text\na\n```\n``````\n```````');
    expect(fenced(['one\ntwo'])).toBe('```text\none two\n```');
  });

  test.each([
    ['x', '`x`'],
    ['a`b', '``a`b``'],
    ['`x`', '`` `x` ``'],
    ['', '` `'],
    ['a\nb', '`a b`'],
  ])('code of %j is %j', (text, expected) => {
    expect(code(text)).toBe(expected);
    expect(codeCell(`${text}|`)).toBe(code(`${text}|`).replace('|', '\\|'));
  });

  test.each([
    ['a_b*c', 'a\\_b\\*c'],
    ['<b>&', '&lt;b&gt;&amp;'],
    ['@user http://x', '&#64;user http&#58;//x'],
    ['a\nb', 'a b'],
    ['“plain” text, 1.2-3', '“plain” text, 1.2-3'],
  ])('%j as text is %j', (text, expected) => {
    expect(escapeMarkdown(text)).toBe(expected);
  });
});
