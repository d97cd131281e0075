import { describe, expect, test } from 'vitest';
import { codeQuality, codeQualityJson } from '../../../src/builder/report/code-quality.ts';
import { failed, failedDependencies, failedWith, succeeded } from './build-reports.ts';

const output = (lines: string) => `Command: dpkg-buildpackage\n debian/rules build\n   dh_auto_build\n${lines}\n`;

describe('codeQuality', () => {
  test('has the form that GitLab reads', () => {
    const issues = codeQuality([failed('make-recursive')]);
    expect(issues[0]).toEqual({
      description: 'nosuch.h: No such file or directory',
      check_name: 'cc',
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      severity: 'major',
      location: { path: 'src/b.c', lines: { begin: 1 } },
    });
    expect(issues.map(({ check_name, severity, location }) => [check_name, severity, location.path])).toEqual([
      ['cc', 'major', 'src/b.c'],
      ['cc', 'major', 'src/h.h'],
      ['cc', 'major', 'src/a.c'],
      ['cc:-Wunused-variable', 'minor', 'src/a.c'],
      ['cc:-Wreturn-type', 'minor', 'src/a.c'],
    ]);
  });

  test('a fingerprint stays when code above is added', () => {
    const before = codeQuality([failedWith(output('a.c:3:1: error: bad\nb.c:9: warning: odd, see line 7'))]);
    const after = codeQuality([failedWith(output('a.c:30:1: error: bad\nb.c:19: warning: odd, see line 17'))]);
    expect(after.map(({ fingerprint }) => fingerprint)).toEqual(before.map(({ fingerprint }) => fingerprint));
    expect(after.map(({ location }) => location.lines.begin)).toEqual([30, 19]);
  });

  test('the same complaint twice in one file is two issues, in whatever order the log has them', () => {
    const one = codeQuality([failedWith(output('a.c:3:1: error: bad\na.c:9:1: error: bad'))]);
    const other = codeQuality([failedWith(output('a.c:9:1: error: bad\na.c:3:1: error: bad'))]);
    expect(new Set(one.map(({ fingerprint }) => fingerprint)).size).toBe(2);
    const byLine = (issues: typeof one) =>
      issues.toSorted((a, b) => a.location.lines.begin - b.location.lines.begin).map(({ fingerprint }) => fingerprint);
    expect(byLine(other)).toEqual(byLine(one));
  });

  test('file, tool and text tell issues apart', () => {
    const issues = codeQuality([
      failedWith(
        output('a.c:3:1: error: bad\nb.c:3:1: error: bad\na.c:3:1: error: worse\na.c:3:1: warning: bad [-Wx]'),
      ),
    ]);
    expect(new Set(issues.map(({ fingerprint }) => fingerprint)).size).toBe(4);
  });

  test('builds for several targets tell the same issue once', () => {
    const twice = codeQuality([failed('make-recursive'), failed('make-recursive', { target: 'ubuntu-24.04' })]);
    expect(twice).toEqual(codeQuality([failed('make-recursive')]));
  });

  test('what is not in the repository is no issue', () => {
    const report = failedWith(output('/usr/include/x.h:3:1: error: bad'));
    expect(report.diagnosis.diagnostics).toHaveLength(1);
    expect(codeQualityJson([report, failedDependencies('unmet'), succeeded()])).toBe('[]\n');
  });

  test('at most 500 issues, errors before warnings', () => {
    const lines = (kind: string) => Array.from({ length: 600 }, (_, index) => `a.c:${index + 1}:1: ${kind}: m${index}`);
    const issues = codeQuality([failedWith(output([...lines('warning'), ...lines('error')].join('\n')))]);
    expect(issues).toHaveLength(500);
    expect(issues.slice(0, 200).every(({ severity }) => severity === 'major')).toBe(true);
  });
});
