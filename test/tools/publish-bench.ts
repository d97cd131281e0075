/** A workbench for a file of tests of publishing, and what they ask of its repository. */
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { run } from '../../src/process.ts';
import { isSnapshotId, RepositoryPaths } from '../../src/repository/layout.ts';
import { listSnapshots, poolFilesOf, readSnapshot } from '../../src/repository/snapshot.ts';
import { Workbench } from './publish-helpers.ts';

export let bench: Workbench;

/** Has every test of the file begin without a repository, on a workbench that the file shares. */
export function useBench(): void {
  beforeAll(async () => {
    bench = await Workbench.make();
  });
  afterAll(async () => {
    await bench[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    await rm(bench.repository, { recursive: true, force: true });
  });
}

export const at = (...parts: string[]) => path.join(bench.repository, 'public', ...parts);
export const paths = () => new RepositoryPaths(bench.repository);
/** Snapshots whose state for the tool is kept, beside the channels' history. */
export const statesKept = async () => (await readdir(paths().private)).filter((name) => isSnapshotId(name));
export const hoursAgo = (count: number) => () => new Date(Date.now() - count * 3_600_000);
export const names = async () => (await (await freshApt()).list()).join('; ');

export async function freshApt(options: Parameters<Workbench['apt']>[0] = {}) {
  const apt = await bench.apt(options);
  await apt.update();
  return apt;
}

/** Every file that any snapshot lists is in the pool, with its bytes, and nothing else is there. */
export async function expectWholePool() {
  const needed = new Set<string>();
  for (const id of await listSnapshots(paths())) {
    for (const file of poolFilesOf(await readSnapshot(paths(), id))) {
      needed.add(file.path);
      expect((await run(['sha256sum', at(file.path)])).stdout.slice(0, 64)).toBe(file.sha256);
    }
  }
  const { stdout } = await run(['find', at('pool'), '-type', 'f', '-printf', 'pool/%P\n']);
  expect(stdout.trim().split('\n').sort()).toEqual([...needed].sort());
}
