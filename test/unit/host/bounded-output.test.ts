import { describe, expect, test } from 'vitest';
import { boundedOutput, MAX_OUTPUT_BYTES } from '../../../src/host/bounded-output.ts';

const packages = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ name: `package-${index}`, version: '1.0-1', action: 'add' }));

const parsed = (text: string) => JSON.parse(text) as Record<string, unknown>;

test('what is short stays as it is, to the byte', () => {
  for (const value of ['', 'debian-12', '{ "packages": [] }', JSON.stringify({ packages: packages(1000) })]) {
    expect(boundedOutput(value, 'report.json')).toBe(value);
  }
});

test('a long list is cut, its length is told, and where all of it is', () => {
  const value = JSON.stringify({ schema: 'x/1', changed: true, packages: packages(10_000), superseded: [] });
  const text = boundedOutput(value, 'out/report.json');
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_OUTPUT_BYTES);
  expect(parsed(text)).toEqual({
    schema: 'x/1',
    changed: true,
    packages: packages(1000),
    superseded: [],
    shortened: { packages: 10_000 },
    report: 'out/report.json',
  });
  expect(parsed(boundedOutput(value))).not.toHaveProperty('report');
});

test('lists inside of lists are cut too, and every object says so of its own', () => {
  const mirrors = Array.from({ length: 3 }, (_, index) => ({ name: `m${index}`, files: packages(2000 * (index + 1)) }));
  const text = boundedOutput(JSON.stringify({ mirrors }));
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_OUTPUT_BYTES);
  const found = parsed(text)['mirrors'] as { files: unknown[]; shortened: unknown }[];
  expect(found.map(({ shortened }) => shortened)).toEqual([{ files: 2000 }, { files: 4000 }, { files: 6000 }]);
  expect(found.map(({ files }) => files.length)).toEqual([500, 500, 500]);
});

test('JSON with line breaks loses these first, and nothing else where that is enough', () => {
  const value = { packages: packages(1200) };
  const pretty = JSON.stringify(value, null, 8);
  expect(Buffer.byteLength(pretty)).toBeGreaterThan(MAX_OUTPUT_BYTES);
  expect(boundedOutput(pretty, 'report.json')).toBe(JSON.stringify(value));
});

describe('whatever it is, it is short and it is JSON', () => {
  const long = 'ä€'.repeat(100_000);
  test.each([
    ['a list', packages(20_000)],
    ['texts', { message: long, list: [long, long] }],
    ['many fields', Object.fromEntries(packages(6000).map(({ name }) => [name, name]))],
    ['deep', { a: { b: { c: packages(20_000).map((each) => ({ ...each, of: packages(3) })) } } }],
  ])('%s', (_, value) => {
    const text = boundedOutput(JSON.stringify(value), 'report.json');
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_OUTPUT_BYTES);
    expect(() => parsed(text)).not.toThrow();
  });
});

test('what is no JSON is nobody’s to cut', () => {
  const names = 'package '.repeat(20_000);
  expect(boundedOutput(names)).toBe(names);
});
