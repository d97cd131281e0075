import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { run } from '../../src/process.ts';

/** scripts/setup.sh in a project of its own, where what it calls only notes that it was called. */
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pkg-actions-setup-'));
  mkdirSync(path.join(folder, 'scripts'));
  mkdirSync(path.join(folder, 'bin'));
  cpSync('scripts/setup.sh', path.join(folder, 'scripts/setup.sh'));
  writeFileSync(path.join(folder, 'package-lock.json'), '{}');
  tool('node', 'case "$1" in -p) echo "${NODE_MAJOR:-24}";; *) echo "v${NODE_MAJOR:-24}.0.0";; esac');
  tool('npm', 'echo "npm $*" >> calls; mkdir -p node_modules; touch node_modules/.package-lock.json');
  tool('id', 'echo "${FAKE_UID:-0}"');
  tool('dpkg-query', 'for last; do :; done; case " $ABSENT " in *" $last "*) exit 1;; esac; echo installed');
  tool('apt-get', 'echo "apt-get $*" >> calls; if [ -n "$APT_FAILS" ]; then echo "E: no mirror"; exit 100; fi');
});
afterEach(() => rmSync(folder, { recursive: true }));

function tool(name: string, script: string): void {
  writeFileSync(path.join(folder, 'bin', name), `#!/bin/sh\n${script}\n`);
  chmodSync(path.join(folder, 'bin', name), 0o755);
}

async function setup(env: Record<string, string> = {}) {
  return await run(['sh', 'scripts/setup.sh'], {
    cwd: folder,
    okExitCodes: 'any',
    env: { PATH: `${folder}/node_modules/.bin:${folder}/bin:/usr/bin:/bin`, ...env },
  });
}

/** What was called since the last time. */
function calls(): string[] {
  const file = path.join(folder, 'calls');
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  rmSync(file);
  return lines;
}

describe('npm packages', () => {
  test('are installed once, and again when the lock changes', async () => {
    expect(await setup()).toMatchObject({ exitCode: 0, stdout: 'setup: npm ci\n' });
    expect(calls()).toEqual(['npm ci --no-audit --no-fund --loglevel=error']);
    expect(await setup()).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
    expect(calls()).toEqual([]);
    writeFileSync(path.join(folder, 'package-lock.json'), '{ }');
    await setup();
    expect(calls()).toHaveLength(1);
  });

  test('are not installed again for a lock that is only newer', async () => {
    await setup();
    calls();
    const later = new Date(Date.now() + 60_000);
    utimesSync(path.join(folder, 'package-lock.json'), later, later);
    await setup();
    expect(calls()).toEqual([]);
  });

  test('that npm installed by itself are taken as they are', async () => {
    mkdirSync(path.join(folder, 'node_modules'));
    const earlier = new Date(Date.now() - 60_000);
    utimesSync(path.join(folder, 'package-lock.json'), earlier, earlier);
    writeFileSync(path.join(folder, 'node_modules/.package-lock.json'), '{}');
    await setup();
    expect(calls()).toEqual([]);
  });

  test('a failure ends it', async () => {
    tool('npm', 'echo "npm error" >&2; exit 1');
    expect(await setup()).toMatchObject({ exitCode: 1, stderr: 'npm error\nsetup: npm ci failed\n' });
  });
});

describe('Debian packages', () => {
  test('that are missing are installed in one call', async () => {
    const { exitCode, stdout } = await setup({ ABSENT: 'sbuild reprepro' });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('setup: apt-get install sbuild reprepro\n');
    const [, update, install, ...rest] = calls();
    expect(update).toMatch(/^apt-get .*update$/);
    expect(install).toMatch(/^apt-get .*--yes --no-install-recommends install sbuild reprepro$/);
    expect(rest).toEqual([]);
  });

  test('without root: the command to run', async () => {
    const { exitCode, stderr } = await setup({ ABSENT: 'sbuild', FAKE_UID: '1000' });
    expect(exitCode).toBe(1);
    expect(stderr).toBe(
      'setup: Debian packages are missing; run as root: apt-get install --no-install-recommends sbuild\n',
    );
    expect(calls().filter((call) => call.startsWith('apt-get'))).toEqual([]);
  });

  test('without root, and nothing missing: fine', async () => {
    expect((await setup({ FAKE_UID: '1000' })).exitCode).toBe(0);
  });

  test('what apt said is shown when it fails', async () => {
    const { exitCode, stderr } = await setup({ ABSENT: 'sbuild', APT_FAILS: '1' });
    expect(exitCode).toBe(1);
    expect(stderr).toBe('E: no mirror\nsetup: apt-get failed; what it said last stands above\n');
  });
});

test('an older Node is told so before anything is done', async () => {
  expect(await setup({ NODE_MAJOR: '18' })).toMatchObject({
    exitCode: 1,
    stderr: 'setup: Node 20 or newer is needed, found v18.0.0\n',
  });
  expect(calls()).toEqual([]);
});

test('a Node of node_modules is not what replaces node_modules', async () => {
  mkdirSync(path.join(folder, 'node_modules/.bin'), { recursive: true });
  writeFileSync(path.join(folder, 'node_modules/.bin/npm'), '#!/bin/sh\necho wrong >> calls\n');
  chmodSync(path.join(folder, 'node_modules/.bin/npm'), 0o755);
  await setup();
  expect(calls()).toEqual(['npm ci --no-audit --no-fund --loglevel=error']);
});
