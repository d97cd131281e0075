import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { completeLock } from '../../scripts/complete-lock.ts';

const text = readFileSync('package-lock.json', 'utf8');
const lock = JSON.parse(text) as Parameters<typeof completeLock>[0];

describe('package-lock.json', () => {
  test('has every optional package, so that npm ci takes it: node scripts/complete-lock.ts adds them', () => {
    expect(completeLock(lock).added).toEqual([]);
  });

  test('names no registry', () => {
    expect(text).not.toContain('"resolved"');
    expect(text).not.toContain('"integrity": ""');
  });

  test('is of this package.json', () => {
    const { version, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, unknown>;
    expect(lock.packages['']).toMatchObject({ version, devDependencies });
  });
});

test('completeLock adds what is missing, by name and version, where it belongs', () => {
  const wants = (version: string) => ({
    optionalDependencies: {
      '@x/tool-linux-x64-musl': version,
      '@x/tool-darwin-arm64': version,
      '@x/tool-wasm32-wasi': version,
      fsevents: '~2.3.3',
    },
  });
  const { lock: complete, added } = completeLock({
    packages: {
      '': {},
      'node_modules/tool': wants('2.0.0'),
      'node_modules/other': {},
      'node_modules/other/node_modules/tool': wants('1.0.0'),
      'node_modules/@x/tool-darwin-arm64': { version: '2.0.0' },
    },
  });
  expect(added).toHaveLength(5);
  expect(complete.packages).toMatchObject({
    'node_modules/@x/tool-linux-x64-musl': {
      version: '2.0.0',
      os: ['linux'],
      cpu: ['x64'],
      libc: ['musl'],
      optional: true,
    },
    'node_modules/@x/tool-wasm32-wasi': { version: '2.0.0', cpu: ['wasm32'] },
    'node_modules/other/node_modules/tool/node_modules/@x/tool-darwin-arm64': { version: '1.0.0', os: ['darwin'] },
  });
  expect(completeLock(complete).added).toEqual([]);
});
