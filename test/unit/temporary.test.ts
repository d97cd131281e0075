import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { claimant, claimFolder } from '../../src/claimed-folder.ts';
import { tryLock } from '../../src/lock.ts';
import { currentOwner, ownedName, ownerState, readOwner } from '../../src/owner.ts';
import { removeDeadTemporary, temporaryFolder } from '../../src/temporary.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pkg-actions-unit-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs code in a process of its own that is killed once it has said something; what it said. */
async function killed(code: string): Promise<string> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', code, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: path.resolve(import.meta.dirname, '../..'),
  });
  const ended = once(child, 'close');
  const [said] = (await Promise.race([once(child.stdout, 'data'), ended])) as [Buffer | number | null];
  child.kill('SIGKILL');
  await ended;
  return String(said).trim();
}

describe('a temporary folder', () => {
  test('goes with its scope', async () => {
    {
      await using temporary = await temporaryFolder('x', folder);
      writeFileSync(path.join(temporary.path, 'file'), '');
      expect(readdirSync(folder)).toEqual([path.basename(temporary.path)]);
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  test('of a killed process is removed by whoever makes the next one there; those of the living stay', async () => {
    await using mine = await temporaryFolder('x', folder);
    const place = await killed(
      `import { temporaryFolder } from './src/temporary.ts';
       const { path } = await temporaryFolder('y', process.argv[1]);
       console.log(path); setInterval(() => {}, 1000);`,
    );
    expect(existsSync(place)).toBe(true);
    // Another process: this one has looked already.
    const next = await killed(
      `import { temporaryFolder } from './src/temporary.ts';
       const { path } = await temporaryFolder('z', process.argv[1]);
       console.log(path); setInterval(() => {}, 1000);`,
    );
    expect(existsSync(place)).toBe(false);
    expect(readdirSync(folder).sort()).toEqual([path.basename(mine.path), path.basename(next)].sort());
    expect(await removeDeadTemporary(folder)).toEqual([next]);
  });

  test('is known by its name alone: what merely looks like one stays', async () => {
    for (const name of ['.pkg-actions-x-AbCdEf', 'other']) mkdirSync(path.join(folder, name));
    writeFileSync(path.join(folder, ownedName('.pkg-actions-file-')), '');
    expect(await removeDeadTemporary(folder)).toEqual([]);
    expect(readdirSync(folder)).toHaveLength(3);
  });
});

describe('a claimed folder', () => {
  test('is locked and says whose it is, until it is removed', async () => {
    const claimed = await claimFolder(folder, 'name', { runId: 'run-1', what: 'x', record: { engine: 'host' } });
    expect(claimed.folder).toBe(path.join(folder, 'name'));
    expect(await readOwner(path.join(claimed.folder, 'owner.json'))).toEqual({
      ...currentOwner('run-1'),
      engine: 'host',
    });
    const other = { mode: 'exclusive', waitSeconds: 0, what: 'x' } as const;
    expect(await tryLock(claimed.folder, other)).toBeUndefined();
    await claimed.remove();
    await claimed.remove();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('whose name is taken leaves nothing', async () => {
    mkdirSync(path.join(folder, 'name'));
    writeFileSync(path.join(folder, 'name', 'file'), '');
    await expect(claimFolder(folder, 'name', { runId: 'x', what: 'x' })).rejects.toThrow(/ENOTEMPTY|EEXIST/);
    expect(readdirSync(folder)).toEqual(['name']);
  });

  test('of a process that was killed before it had its name tells its owner', async () => {
    const name = await killed(
      `import { mkdirSync } from 'node:fs';
       import { ownedName } from './src/owner.ts';
       const name = ownedName('.claim-');
       mkdirSync(process.argv[1] + '/' + name);
       console.log(name); setInterval(() => {}, 1000);`,
    );
    const owner = claimant(name);
    expect(owner).toBeDefined();
    expect(owner && (await ownerState(owner))).toBe('dead');
    expect(claimant('session-1')).toBeUndefined();
  });
});
