import { describe, expect, test } from 'vitest';
import {
  checkArchitecture,
  checkPackageName,
  debFileName,
  isArchitecture,
  isPackageName,
  isPlainFileName,
  parseDebFileName,
  poolFolder,
} from '../../../src/deb/file-name.ts';

test.each(['ab', '0ad', 'libstdc++6', 'g++-12', 'a.b-c+d'])('%s is a package name', (name) => {
  expect(isPackageName(name)).toBe(true);
  expect(checkPackageName(name, 'x')).toBe(name);
});
test.each([
  '',
  'a',
  'Ab',
  '-ab',
  '.ab',
  '+ab',
  'a_b',
  'a/b',
  '../ab',
  'ab\n',
  'ab c',
  'äb',
  '$(touch x)',
  'a'.repeat(256),
])('%j is no package name', (name) => {
  expect(isPackageName(name)).toBe(false);
  expect(() => checkPackageName(name, 'x.deb Package')).toThrow(/^x\.deb Package: not a legal package name/);
});

test.each(['all', 'amd64', 'kfreebsd-amd64', 'musl-linux-armhf'])('%s is an architecture', (name) => {
  expect(isArchitecture(name)).toBe(true);
});
test.each(['', 'any', 'source', 'AMD64', 'amd64 i386', '../x', 'x/y', 'amd64-', 'linux_any', 'a\n'])(
  '%j is no architecture',
  (name) => {
    expect(isArchitecture(name)).toBe(false);
    expect(() => checkArchitecture(name, 'x')).toThrow(/^x: not an architecture/);
  },
);

test.each(['a', 'x_1.0~rc1-1.dsc', 'x_1.orig-comp.tar.xz.asc', '1:2=@^'])('%s is a plain file name', (name) => {
  expect(isPlainFileName(name)).toBe(true);
});
test.each(['', '.', '..', '.a', '-a', 'a/b', 'a\\b', 'a b', 'a\n', 'a\0', 'é', 'a'.repeat(256)])(
  '%j is no plain file name',
  (name) => expect(isPlainFileName(name)).toBe(false),
);

describe('names of packages as files', () => {
  test('leave the epoch out', () => {
    const file = { name: 'hello', version: '1:2.10-3', architecture: 'amd64', type: 'udeb' } as const;
    expect(debFileName(file)).toBe('hello_2.10-3_amd64.udeb');
    expect(parseDebFileName('hello_2.10-3_amd64.udeb')).toEqual({ ...file, version: '2.10-3' });
  });
  test.each([
    'hello.deb',
    'hello_1_amd64.rpm',
    'hello_1_2_amd64.deb',
    '../hello_1_all.deb',
    'hello_x_all.deb',
    'h_1_all.deb',
  ])('%s is none', (name) => expect(parseDebFileName(name)).toBeUndefined());
});

test('a source package has its folder in the pool', () => {
  expect(poolFolder('main', 'hello')).toBe('pool/main/h/hello');
  expect(poolFolder('main', 'libhello')).toBe('pool/main/libh/libhello');
  expect(poolFolder('main', 'lib')).toBe('pool/main/lib/lib');
});
