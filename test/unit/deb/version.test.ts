import { describe, expect, test } from 'vitest';
import { compareVersions, formatVersion, isVersion, parseVersion, withoutEpoch } from '../../../src/deb/version.ts';
import { UserError } from '../../../src/errors.ts';

describe('parseVersion', () => {
  test.each([
    ['1.0', { epoch: 0, upstream: '1.0', revision: undefined }],
    ['1.0-1', { epoch: 0, upstream: '1.0', revision: '1' }],
    ['2:1.0-rc1-3+b1', { epoch: 2, upstream: '1.0-rc1', revision: '3+b1' }],
    ['1:2:3-1', { epoch: 1, upstream: '2:3', revision: '1' }],
    ['0~git20240101', { epoch: 0, upstream: '0~git20240101', revision: undefined }],
  ])('takes %s apart', (text, expected) => {
    expect(parseVersion(text)).toEqual(expected);
    expect(formatVersion(parseVersion(text))).toBe(text);
  });

  test.each([
    '',
    ' 1.0',
    '1.0 ',
    '1.0\n',
    'a1',
    '-1',
    '1.0-',
    ':1',
    'x:1',
    '1:',
    '2147483648:1',
    '1.0_2',
    '1.0-1_2',
    '1/../../2',
    '1.0-1:2',
    '1.0\u00e9',
    '$(touch x)',
  ])('refuses %j', (text) => {
    expect(() => parseVersion(text, 'debian/changelog:1')).toThrow(UserError);
    expect(() => parseVersion(text, 'debian/changelog:1')).toThrow(/^debian\/changelog:1: not a legal Debian version/);
    expect(isVersion(text)).toBe(false);
  });

  test('keeps an epoch of 0 only where a colon in the upstream version needs it', () => {
    expect(formatVersion(parseVersion('0:1.0-1'))).toBe('1.0-1');
    expect(formatVersion(parseVersion('0:1:2'))).toBe('0:1:2');
  });
});

test('withoutEpoch cuts the epoch only', () => {
  expect(withoutEpoch('1:2:3-1')).toBe('2:3-1');
  expect(withoutEpoch('2.0')).toBe('2.0');
});

describe('compareVersions', () => {
  // In rising order; every pair is compared.
  const rising = [
    '0~~',
    '0~',
    '0',
    '1.0~~a',
    '1.0~rc1-1',
    '1.0',
    '1.0-1~bpo12+1',
    '1.0-1',
    '1.0-1+b1',
    '1.0-1.1',
    '1.0a',
    '1.0+dfsg-1',
    '1.1a',
    '1.1+',
    '1.2-9',
    '1.2-10',
    '1.9007199254740992',
    '1.9007199254740993',
    '1:0.1',
    '2:0',
    '10:0',
  ];
  test('orders', () => {
    for (const [i, a] of rising.entries()) {
      for (const [j, b] of rising.entries()) {
        expect([a, b, compareVersions(a, b)]).toEqual([a, b, Math.sign(i - j)]);
      }
    }
  });

  test.each([
    ['1.0', '1.0-0'],
    ['0:1', '1'],
    ['1.01a', '1.1a'],
    ['1.000', '1.0'],
  ])('%s equals %s', (a, b) => expect(compareVersions(a, b)).toBe(0));

  test('ends and answers for anything', () => {
    const texts = ['', ':', '-', '\0', '1\0', '1\0\0', '\u{1f4a9}', 'a:1', '~', '1:-', 'é', '00'];
    for (const a of texts) {
      for (const b of texts) expect(compareVersions(a, b) + compareVersions(b, a)).toBe(0);
    }
  });
});
