/** Channels of rpm repositories, with dnf as the client: single packages, and what differs from deb. */
import { readlink, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { run } from '../../src/process.ts';
import { promote, rollback } from '../../src/repository/manage/move.ts';
import { promotePackages } from '../../src/repository/manage/promote-packages.ts';
import { RpmWorkbench } from './rpm-publish-helpers.ts';

let bench: RpmWorkbench;
let hello1: string;
let hello2: string;
let data: string;
beforeAll(async () => {
  bench = await RpmWorkbench.make();
  hello1 = await bench.full({ subpackages: { gone: 'x86_64' } });
  hello2 = await bench.full({ version: '1.0-2', subpackages: { doc: 'noarch' } });
  data = await bench.full({ name: 'data', architecture: 'noarch' });
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await rm(bench.repository, { recursive: true, force: true });
});

const ago = (hours: number) => ({ now: () => new Date(Date.now() - hours * 3_600_000) });
const options = () => ({
  root: bench.repository,
  holder: 'a test',
  leaseSeconds: 60,
  logger: bench.host,
  signal: new AbortController().signal,
  dryRun: false,
});
const idOf = async (channel: string) => path.basename(await readlink(path.join(bench.repository, 'public', channel)));
async function poolState(): Promise<string[]> {
  const pool = path.join(bench.repository, 'public', 'pool');
  const { stdout } = await run(['find', pool, '-type', 'f', '-printf', '%P %i %T@ %s\\n']);
  return stdout.split('\n').sort();
}

it('promotes and goes back; dnf follows without a new signature', async () => {
  await bench.publish([hello1], { channel: 'stable', ...ago(4) });
  await bench.publish([hello2, data], { channel: 'testing', ...ago(3) });
  const former = await idOf('stable');
  // What it read in this very second is no news to dnf otherwise, whatever metadata_expire says.
  const dnf = await bench.dnf({ channel: 'stable' });
  expect(await dnf.list('--refresh')).toEqual(['hello-1.0-1.x86_64', 'hello-gone-1.0-1.x86_64']);

  const there = await promote({ ...options(), from: 'testing', to: 'stable' });
  // A package that the newer source does not make is no loss.
  expect(there.difference.map(({ name, change }) => `${name} ${change}`)).toEqual(
    expect.arrayContaining(['hello upgraded', 'hello-doc added', 'hello-gone withdrawn', 'data added']),
  );
  expect(await dnf.list('--refresh')).toEqual(['data-1.0-1.noarch', 'hello-1.0-2.x86_64', 'hello-doc-1.0-2.noarch']);
  const back = await rollback({ ...options(), channel: 'stable', reason: 'a test' });
  expect(back).toMatchObject({ id: former, changed: true, warnings: [] });
  expect(await dnf.list('--refresh')).toEqual(['hello-1.0-1.x86_64', 'hello-gone-1.0-1.x86_64']);
  await bench.publish([data], { channel: 'stable' });
  expect(await dnf.list('--refresh')).toEqual(['data-1.0-1.noarch', 'hello-1.0-1.x86_64', 'hello-gone-1.0-1.x86_64']);
});

it('promotes single source packages, signed as they are', async () => {
  await bench.publish([hello1], { channel: 'stable', ...ago(4) });
  await bench.publish([hello2, data], { channel: 'testing', ...ago(3) });
  await bench.publish([await bench.full({ version: '1.0-3' })], { channel: 'edge', ...ago(2) });
  const before = await poolState();
  const request = { ...options(), packages: ['hello'], from: 'testing', to: 'stable' };
  const result = await promotePackages({ ...request, keys: { signer: bench.signer } });
  expect(result.difference.map(({ name, kind, change }) => `${name} ${kind} ${change}`).sort()).toEqual([
    'hello binary upgraded',
    'hello source upgraded',
    'hello-doc binary added',
    'hello-gone binary withdrawn',
  ]);
  expect(await poolState()).toEqual(before);
  const dnf = await bench.dnf({ channel: 'stable' });
  expect(await dnf.list('--refresh')).toEqual(['hello-1.0-2.x86_64', 'hello-doc-1.0-2.noarch']);
  await dnf.run('install', '--downloadonly', 'hello', 'hello-doc');
  await expect(
    promotePackages({ ...request, from: 'stable', to: 'edge', keys: { signer: bench.signer } }),
  ).rejects.toThrow(/a downgrade/);
});
