import { describe, expect, test } from 'vitest';
import { annotate } from '../../../src/builder/report/annotations.ts';
import type { BuildReport } from '../../../src/builder/report/build-report.ts';
import type { Location } from '../../../src/host/host.ts';
import { RecordingHost } from '../../../src/host/recording.ts';
import { failed, failedDependencies, failedWith, succeeded } from './build-reports.ts';

type Line = readonly [string, string, Location | undefined];

function said(report: BuildReport): Line[] {
  const host = new RecordingHost();
  annotate(report, host);
  return host.lines.map(({ level, message, location }) => [level, message, location]);
}

const TITLE = 'hello 2.10-3 for debian-12/amd64';
const output = (lines: string) => `Command: dpkg-buildpackage\n debian/rules build\n   dh_auto_build\n${lines}\n`;

describe('annotate', () => {
  test('the reason first, at its place, then errors and warnings', () => {
    expect(said(failed('make-recursive'))).toEqual([
      [
        'error',
        'Compile error in src/b.c:1: nosuch.h: No such file or directory',
        { title: `${TITLE}: package failure (build)`, file: 'src/b.c', line: 1, column: 10 },
      ],
      ['error', 'expected ‘;’, identifier or ‘(’ before ‘int’', { title: 'cc', file: 'src/h.h', line: 2, column: 1 }],
      ['error', '‘y’ undeclared (first use in this function)', { title: 'cc', file: 'src/a.c', line: 2, column: 34 }],
      ['warning', 'unused variable ‘unused’', { title: 'cc: -Wunused-variable', file: 'src/a.c', line: 2, column: 19 }],
      [
        'warning',
        'control reaches end of non-void function',
        { title: 'cc: -Wreturn-type', file: 'src/a.c', line: 2, column: 37 },
      ],
    ]);
  });

  test('a failure of the infrastructure has no place', () => {
    expect(said(failedDependencies('mirror-503'))).toEqual([
      [
        'error',
        'The archive answered "503 Service Unavailable" for http://mirror.example.org/e503/dists/s/InRelease',
        { title: `${TITLE}: infrastructure failure (update package lists)` },
      ],
    ]);
  });

  test('a success says nothing but warnings', () => {
    expect(said(succeeded())).toEqual([]);
  });

  test('ten errors and ten warnings, the rest counted', () => {
    const lines = (kind: string, count: number) =>
      Array.from({ length: count }, (_, index) => `a.c:${index + 1}:1: ${kind}: m${index}`).join('\n');
    const all = said(failedWith(output(`${lines('warning', 31)}\n${lines('error', 12)}`)));
    expect(all.filter(([level]) => level === 'error')).toHaveLength(10);
    expect(all.filter(([level]) => level === 'warning')).toHaveLength(10);
    expect(all.at(-1)).toEqual(['info', '2 errors and 21 warnings more in out/hello_2.10-3_amd64.build', undefined]);
  });

  test('errors outside of the repository are not shown at a place', () => {
    const report = failedWith(output('/usr/include/x.h:3:1: error: bad\n/usr/include/y.h:4:1: error: worse'));
    expect(said(report)).toEqual([
      ['error', 'Compile error in /usr/include/x.h:3: bad', { title: `${TITLE}: package failure (build)` }],
    ]);
  });
});
