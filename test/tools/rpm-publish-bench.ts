/** A workbench for a file of tests of publishing rpm, and what they ask of its repository. */
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import zlib from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { run } from '../../src/process.ts';
import { isSnapshotId, RepositoryPaths } from '../../src/repository/layout.ts';
import { listSnapshots, poolFilesOf, readSnapshot } from '../../src/repository/snapshot.ts';
import { RpmWorkbench } from './rpm-publish-helpers.ts';

export let bench: RpmWorkbench;

/** Has every test of the file begin without a repository, on a workbench that the file shares. */
export function useRpmBench(): void {
  beforeAll(async () => {
    bench = await RpmWorkbench.make();
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
export const list = async (options: Parameters<RpmWorkbench['dnf']>[0] = {}) => await (await bench.dnf(options)).list();

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

/** A record of a folder's repomd.xml: where its file lies, and its content. */
export async function indexOf(folder: string, type: string): Promise<{ href: string; content: string } | undefined> {
  const repomd = await readFile(path.join(folder, 'repodata', 'repomd.xml'), 'utf8');
  const [, href] = new RegExp(`<data type="${type}">[^]*?<location href="([^"]+)"`).exec(repomd) ?? [];
  if (href === undefined) return undefined;
  const data = await readFile(path.join(folder, href));
  return { href, content: (href.endsWith('.gz') ? zlib.gunzipSync(data) : data).toString() };
}

/** rpmkeys with nothing but the repository's key says that all is well. */
export async function expectSigned(...files: string[]): Promise<void> {
  const dbpath = await bench.scratch('rpmdb');
  await run(['rpmkeys', '--dbpath', dbpath, '--import', at('key.asc')]);
  await run(['rpmkeys', '--dbpath', dbpath, '--checksig', '--define', '_pkgverify_level all', ...files]);
}
