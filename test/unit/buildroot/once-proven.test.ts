import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { onceProven } from '../../../src/buildroot/engine/once-proven.ts';

let folder: string;
let file: string;
let proven: number;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'proven-'));
  file = path.join(folder, 'probes', 'host');
  proven = 0;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const prove = (answer: string) => async () => {
  proven++;
  return answer;
};

test.each<[string, string[], string]>([
  ['nothing but the start of the machine', [], ''],
  ['values that are empty', ['20.10.24', 'deb', '', ''], ''],
  ['values with line breaks and empty lines', ['a\n\nb', '\n'], '/usr/bin/mock\n\n'],
])('proves once, and gives the same answer again: %s', async (_, key, answer) => {
  expect(await onceProven(file, key, prove(answer))).toBe(answer);
  expect(await onceProven(file, key, prove('another'))).toBe(answer);
  expect(await onceProven(file, key, prove('another'))).toBe(answer);
  expect(proven).toBe(1);
});

test('proves again with another key', async () => {
  await onceProven(file, ['20.10.24', ''], prove('a'));
  expect(await onceProven(file, ['20.10.25', ''], prove('b'))).toBe('b');
  expect(await onceProven(file, ['20.10.25'], prove('c'))).toBe('c');
  expect(proven).toBe(3);
});

test('proves again after another start of the machine', async () => {
  await onceProven(file, ['key'], prove('a'));
  const text = await readFile(file, 'utf8');
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  expect(text).toContain(boot);
  await writeFile(file, text.replace(boot, '00000000-0000-0000-0000-000000000000'));
  expect(await onceProven(file, ['key'], prove('b'))).toBe('b');
});

test('proves again where the answer was cut off', async () => {
  await onceProven(file, ['key'], prove('answer'));
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.slice(0, text.indexOf('answer') + 3));
  expect(await onceProven(file, ['key'], prove('b'))).toBe('b');
});

test('tries a failure again, and keeps none', async () => {
  const fail = () => Promise.reject(new Error('no namespaces'));
  await expect(onceProven(file, [], fail)).rejects.toThrow('no namespaces');
  expect(await onceProven(file, [], prove('works'))).toBe('works');
});
