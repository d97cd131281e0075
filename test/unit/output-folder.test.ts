import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as exchanging from '../../src/exchange.ts';
import { checkReplaceable, refuseLinkOut, replaceFolder, stageOutput } from '../../src/output-folder.ts';

vi.mock('../../src/exchange.ts', { spy: true });

let folder: string;
let output: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'pkg-actions-output-')));
  output = path.join(folder, 'packages');
});
afterEach(() => {
  vi.mocked(exchanging.exchange).mockReset();
  rmSync(folder, { recursive: true, force: true });
});

async function staged(content: string): Promise<string> {
  const staging = await stageOutput(output);
  writeFileSync(path.join(staging, 'manifest.json'), content);
  return staging;
}
const content = () => readFileSync(path.join(output, 'manifest.json'), 'utf8');

describe.each([
  ['exchanged in one step', true],
  ['renamed in two, where this machine cannot exchange', false],
])('an output, %s', (_, canExchange) => {
  beforeEach(() => {
    if (!canExchange) vi.mocked(exchanging.exchange).mockResolvedValue(false);
  });

  test('is the new one, and nothing else is left', async () => {
    for (const each of ['first', 'second', 'third']) {
      await checkReplaceable(output);
      await replaceFolder(await staged(each), output);
      expect(content()).toBe(each);
      expect(readdirSync(folder)).toEqual(['packages']);
    }
    expect(vi.mocked(exchanging.exchange)).toHaveBeenCalledTimes(2);
    expect(await vi.mocked(exchanging.exchange).mock.results[0]?.value).toBe(canExchange);
  });
});

test('a run that was killed between two renames loses neither: the former output is put back', async () => {
  await replaceFolder(await staged('former'), output);
  renameSync(output, path.join(folder, '.packages.pkg-actions-old'));
  await checkReplaceable(output);
  expect(content()).toBe('former');
  expect(readdirSync(folder)).toEqual(['packages']);
});

test('one that was killed after them has only to remove the former one', async () => {
  await replaceFolder(await staged('new'), output);
  mkdirSync(path.join(folder, '.packages.pkg-actions-old'));
  writeFileSync(path.join(folder, '.packages.pkg-actions-old', 'manifest.json'), 'former');
  await checkReplaceable(output);
  expect(content()).toBe('new');
  expect(readdirSync(folder)).toEqual(['packages']);
});

test('one that fails between two renames puts the former output back itself', async () => {
  vi.mocked(exchanging.exchange).mockResolvedValue(false);
  await replaceFolder(await staged('former'), output);
  await expect(replaceFolder(path.join(folder, 'none'), output)).rejects.toThrow(/ENOENT/);
  const file = path.join(folder, 'file');
  writeFileSync(file, '');
  chmodSync(file, 0o600);
  await expect(replaceFolder(path.join(file, 'none'), output)).rejects.toThrow(/ENOTDIR/);
  expect(content()).toBe('former');
});

test('whenever a run is killed, there is an output afterwards', async () => {
  const code = `
    import { writeFileSync } from 'node:fs';
    import { checkReplaceable, replaceFolder, stageOutput } from './src/output-folder.ts';
    for (let turn = 0; ; turn++) {
      await checkReplaceable(process.argv[1]);
      const staging = await stageOutput(process.argv[1]);
      writeFileSync(staging + '/manifest.json', String(turn));
      console.log(turn);
      await replaceFolder(staging, process.argv[1]);
    }`;
  for (const turns of [1, 2, 3]) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', code, output], {
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: path.resolve(import.meta.dirname, '../..'),
    });
    const ended = once(child, 'close');
    // In the middle of whatever comes after so many lines.
    for await (const line of createInterface(child.stdout)) if (Number(line) >= turns) break;
    child.kill('SIGKILL');
    await ended;
    await checkReplaceable(output);
    expect(Number(content())).toBeGreaterThanOrEqual(turns - 1);
  }
  await replaceFolder(await staged('last'), output);
  expect(existsSync(path.join(folder, '.packages.pkg-actions-old'))).toBe(false);
});

test('what somebody else put there is not replaced', async () => {
  mkdirSync(output);
  writeFileSync(path.join(output, 'thesis.txt'), '');
  await expect(checkReplaceable(output)).rejects.toThrow(/holds something else, which would be lost/);
});

describe('links in the workspace', () => {
  test('that stay in it are followed, and what is not there yet is fine', async () => {
    mkdirSync(path.join(folder, 'real'));
    symlinkSync('real', path.join(folder, 'link'));
    await refuseLinkOut(folder, path.join(folder, 'link/deep/packages'), 'input output');
    await refuseLinkOut(folder, path.join(folder, 'new/deep/packages'), 'input output');
    await refuseLinkOut(folder, '/somewhere/else', 'input output');
  });

  test.each([['/etc'], ['..'], ['none']])('that lead out of it to %j are refused', async (target) => {
    symlinkSync(target, path.join(folder, 'link'));
    for (const place of ['link/packages', 'link/deep/packages']) {
      await expect(refuseLinkOut(folder, path.join(folder, place), 'input output')).rejects.toThrow(
        /^input output: a link leads out of the workspace/,
      );
    }
  });
});

test('a link with the name of what is put aside is no former output', async () => {
  const elsewhere = path.join(folder, 'elsewhere');
  mkdirSync(elsewhere);
  writeFileSync(path.join(elsewhere, 'manifest.json'), 'of somebody');
  const aside = path.join(folder, '.packages.pkg-actions-old');
  for (const isThere of [false, true]) {
    symlinkSync(elsewhere, aside);
    if (isThere) {
      mkdirSync(output);
      writeFileSync(path.join(output, 'manifest.json'), 'last');
    }
    await checkReplaceable(output);
    expect(existsSync(aside)).toBe(false);
    expect(existsSync(output)).toBe(isThere);
  }
  expect(content()).toBe('last');
  expect(readFileSync(path.join(elsewhere, 'manifest.json'), 'utf8')).toBe('of somebody');
});
