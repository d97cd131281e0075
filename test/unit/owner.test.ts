import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { currentOwner, ownedName, ownerOfName, ownerState, parseStat } from '../../src/owner.ts';

describe('whether an owner lives', () => {
  test('this process does', async () => {
    expect(await ownerState(currentOwner())).toBe('alive');
    expect(currentOwner('run-1')).toMatchObject({ runId: 'run-1', pid: process.pid });
  });

  test('one whose number was given again does not', async () => {
    const me = currentOwner();
    expect(await ownerState({ ...me, startTime: me.startTime - 1 })).toBe('dead');
  });

  test('one of before the last start of the machine does not', async () => {
    expect(await ownerState({ ...currentOwner(), bootId: '00000000' })).toBe('dead');
  });

  test('one that was killed does not, before and after somebody has waited for it', async () => {
    const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
    await once(child, 'spawn');
    const { startTime } = parseStat(await stat(child.pid)) ?? { startTime: -1 };
    const owner = { ...currentOwner(), pid: child.pid ?? 0, startTime };
    expect(await ownerState(owner)).toBe('alive');
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    expect(await ownerState(owner)).toBe('dead');
  });

  test('one of another pid namespace is only judged from where it would be seen', async () => {
    const me = currentOwner();
    const elsewhere = { ...me, pidNamespace: me.pidNamespace + 1 };
    const seesAll = me.pidNamespace === 0xeffffffc && process.getuid?.() === 0;
    expect(await ownerState(elsewhere)).toBe(seesAll ? 'dead' : 'unknown');
  });
});

describe('names that tell their owner', () => {
  test('are read back, also with an ending, and no two are the same', () => {
    const { runId: _, ...me } = currentOwner('x');
    const name = ownedName('.pkg-actions-sources-');
    expect(ownerOfName(name)).toEqual(me);
    expect(ownerOfName(`${name}.part`)).toEqual(me);
    expect(ownedName('x')).not.toBe(ownedName('x'));
    expect(name).toMatch(/^[a-z0-9.-]+$/);
  });

  test.each(['', '.pkg-actions-sources-AbCdEf', 'lib-1.2.3.4-5', '.new-0123456789ab'])('%j is none', (name) => {
    expect(ownerOfName(name)).toBeUndefined();
  });
});

test('state and start of a process whose name holds parentheses', () => {
  const fields = Array.from({ length: 48 }, (_, index) => String(index + 5)).join(' ');
  expect(parseStat(`12 (a) b) (c) S 4 ${fields}`)).toEqual({ state: 'S', startTime: 22 });
  expect(parseStat('')).toBeUndefined();
});

async function stat(pid: number | undefined): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  return await readFile(`/proc/${pid}/stat`, 'utf8');
}
