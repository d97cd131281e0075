import { expect, test } from 'vitest';
import { formatCount } from '../../src/format.ts';

test.each([
  [0, '0 packages'],
  [1, '1 package'],
  [2, '2 packages'],
  [10_000, '10,000 packages'],
])('%i packages: %s', (count, text) => {
  expect(formatCount(count, 'package')).toBe(text);
});

test('a plural that is not made with an s', () => {
  expect([1, 2].map((count) => formatCount(count, 'entry', 'entries'))).toEqual(['1 entry', '2 entries']);
});
