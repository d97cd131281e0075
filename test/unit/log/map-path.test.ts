import { describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../../src/builder/log/diagnosis.ts';
import { isInSource, locateDiagnostics, mapPath, sourcePath } from '../../../src/builder/log/map-path.ts';

describe('sourcePath', () => {
  test.each([
    ['/<<PKGBUILDDIR>>/src/x.c', 'src/x.c'],
    ['<<PKGBUILDDIR>>/src/x.c', 'src/x.c'],
    ['/build/hello-XyZ012/hello-2.10/src/x.c', 'src/x.c'],
    ['/builddir/build/BUILD/hello-2.10/src/x.c', 'src/x.c'],
    ['.pybuild/cpython3_3.11_x/build/x/y.py', 'x/y.py'],
    ['./a//b/../c.c', 'a/c.c'],
    ['/usr/include/x.h', '/usr/include/x.h'],
    ['/<<PKGBUILDDIR>>', '.'],
    ['/<<PKGBUILDDIR>>/../../etc/passwd', '../../etc/passwd'],
  ])('%s is %s', (file, expected) => {
    expect(sourcePath(file)).toBe(expected);
  });

  test.each(['/etc/passwd', '../x', '..', '.', '<stdin>'])('%s is not in the source', (file) => {
    expect(isInSource(file)).toBe(false);
  });
});

describe('mapPath', () => {
  const both = [
    { prefix: '', to: '' },
    { prefix: 'debian', to: undefined },
  ];

  test.each([
    ['src/x.c', [{ prefix: '', to: '' }], 'src/x.c'],
    ['src/x.c', [{ prefix: '', to: 'code' }], 'code/src/x.c'],
    ['src/x.c', [{ prefix: 'src/', to: 'source' }], 'source/x.c'],
    ['srcs/x.c', [{ prefix: 'src', to: 'source' }], undefined],
    ['src/x.c', both, 'src/x.c'],
    ['debian/rules', both, undefined],
    ['debian/rules', [{ prefix: 'debian', to: '' }], 'rules'],
    ['debian/rules', [{ prefix: 'debian', to: 'debian' }], 'debian/rules'],
    ['src/x.c', [{ prefix: 'debian', to: 'debian' }], undefined],
    ['src/x.c', [], undefined],
    ['../../etc/passwd', [{ prefix: '', to: '' }], undefined],
    ['/etc/passwd', [{ prefix: '', to: '' }], undefined],
    ['src/../../x', [{ prefix: '', to: '' }], undefined],
    ['x', [{ prefix: '', to: '../elsewhere' }], undefined],
    ['x\0y', [{ prefix: '', to: '' }], undefined],
  ])('%s by %j is %s', (file, prefixes, expected) => {
    expect(mapPath({ file, prefixes })).toBe(expected);
  });
});

describe('locateDiagnostics', () => {
  const diagnostic = (file: string): Diagnostic => ({
    severity: 'error',
    file,
    line: 1,
    message: 'm',
    logLine: 1,
    tool: 'cc',
  });
  const prefixes = [
    { prefix: '', to: '' },
    { prefix: 'debian', to: undefined },
  ];
  const files = new Set(['src/a.c', 'src/deep/b.c', 'lib/b.c', 'lib/only.c', 'debian/rules']);

  test.each([
    ['src/a.c', 'src/a.c'],
    // Built in src/, told without it.
    ['a.c', 'src/a.c'],
    ['deep/b.c', 'src/deep/b.c'],
    // Two files could be meant.
    ['b.c', undefined],
    ['gone.c', undefined],
    // Packaging from another project.
    ['debian/rules', undefined],
    ['/usr/include/only.c', undefined],
    ['x/only.c', undefined],
  ])('%s lies at %s', (file, expected) => {
    expect(locateDiagnostics([diagnostic(file)], { prefixes, files })[0]?.path).toBe(expected);
  });

  test('without a list of files the prefixes alone decide, and an old place does not stay', () => {
    const old = { ...diagnostic('/usr/include/x.h'), path: 'old' };
    expect(locateDiagnostics([diagnostic('gone.c'), old], { prefixes }).map(({ path }) => path)).toEqual([
      'gone.c',
      undefined,
    ]);
  });
});
