import { expect, test } from 'vitest';
import { table } from '../../src/markdown.ts';

const rows = (count: number) => Array.from({ length: count }, (_, index) => [`p${index}`, '']);

test('a table as it is', () => {
  expect(table(['package', ''], rows(2))).toEqual(['| package |  |', '|---|---|', '| p0 |  |', '| p1 |  |', '']);
  expect(table(['package', ''], rows(500))).toHaveLength(503);
});

test('of a long one the first rows, and how many more there are, outside of it', () => {
  const lines = table(['package', ''], rows(10_000), 'the report');
  expect(lines).toHaveLength(505);
  expect(lines.slice(-4)).toEqual(['| p499 |  |', '', '... and 9,500 more; the report has all of them.', '']);
  expect(table(['package', ''], rows(501)).at(-2)).toBe('... and 1 more.');
});
