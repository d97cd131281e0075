import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { compareEvr, compareSegments, formatEvr, parseEvr } from '../../../src/rpm/evr.ts';

describe('parseEvr', () => {
  it.each([
    ['1.0-1', { epoch: undefined, version: '1.0', release: '1' }],
    ['0:1.0-1.el9', { epoch: 0, version: '1.0', release: '1.el9' }],
    ['4294967295:1~rc1-0.1^git+x_y', { epoch: 4_294_967_295, version: '1~rc1', release: '0.1^git+x_y' }],
    ['2:1.0', { epoch: 2, version: '1.0', release: undefined }],
  ])('%s', (text, expected) => {
    const read = parseEvr(text, 'the test');
    expect(read).toEqual(expected);
    expect(formatEvr(read)).toBe(text);
  });

  it.each([
    '',
    '-1',
    '1-',
    '1-2-3',
    ':1-1',
    'a:1-1',
    '4294967296:1-1',
    '1:2:3-4',
    '1.0-1\n',
    '1 0-1',
    '../1-1',
    '-1:1-1',
    '1:é-1',
  ])('refuses %j', (text) => {
    expect(() => parseEvr(text, 'spec:3 Version')).toThrow(UserError);
    expect(() => parseEvr(text, 'spec:3 Version')).toThrow(/^spec:3 Version: not a version of an rpm package \(found/);
  });
});

describe('the order of versions', () => {
  // Each is newer than the one before it.
  const ascending = [
    '1.0~~',
    '1.0~rc1',
    '1.0~rc1^git1',
    '1.0',
    '1.0^git1',
    '1.0^git1.1',
    '1.0.a',
    '1.0.0',
    '1.0.1',
    '1.1',
    '1.10',
    '2',
  ];

  it('is total', () => {
    for (const [i, a] of ascending.entries()) {
      for (const [j, b] of ascending.entries()) expect([a, b, compareSegments(a, b)]).toEqual([a, b, Math.sign(i - j)]);
    }
  });

  it.each([
    ['1.0', '1_0'],
    ['1.0', '1..0.'],
    ['01', '1'],
    ['1.0a', '1.0.a'],
  ])('%s is %s', (a, b) => {
    expect(compareSegments(a, b)).toBe(0);
  });

  it.each([
    ['9-1', '1:1-1'],
    ['1-1', '0:1-2'],
    ['1', '1-1'],
    ['1', '1-~1'],
    ['1', '1-.'],
    ['1-9', '2-1'],
  ])('%s is older than %s', (a, b) => {
    const [one, two] = [parseEvr(a, 'the test'), parseEvr(b, 'the test')];
    expect(Math.sign(compareEvr(one, two))).toBe(-1);
    expect(Math.sign(compareEvr(two, one))).toBe(1);
    expect(compareEvr(one, one)).toBe(0);
  });

  it('takes no epoch for 0', () => {
    expect(compareEvr(parseEvr('1-1', 'the test'), parseEvr('0:1-1', 'the test'))).toBe(0);
  });
});
