/** What holds of every repository that no run is at work on, whatever ended the runs before. */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import { run } from '../../src/process.ts';
import { readHistory } from '../../src/repository/history.ts';
import type { RepositoryPaths } from '../../src/repository/layout.ts';
import { isOurs } from '../../src/repository/site/ours.ts';
import { listSnapshots, poolFilesOf, readChannels, readSnapshot } from '../../src/repository/snapshot.ts';

/** Nothing of what was begun is left, whatever a snapshot needs is there, and the history tells what links tell. */
export async function expectSound(paths: RepositoryPaths): Promise<void> {
  expect(await readdir(paths.staging)).toEqual([]);
  const snapshots = await listSnapshots(paths);
  expect((await readdir(paths.snapshots)).sort()).toEqual(snapshots);
  await expectComplete(paths);
  const channels = await readChannels(paths);
  const files = (await readdir(paths.public)).filter((name) => !isOurs(name)).sort();
  expect(files).toEqual(['key.asc', 'keyring.gpg', 'pool', 'snapshots', ...channels.keys()].sort());
  const history = await readHistory(paths);
  for (const [channel, id] of channels) {
    const entries = history.flatMap((entry) => (entry.action !== 'prune' && entry.channel === channel ? [entry] : []));
    expect(entries.at(-1)?.id).toBe(id);
    for (const [index, entry] of entries.entries()) expect(entry.former).toBe(entries[index - 1]?.id ?? null);
    expect(await readFile(path.join(paths.public, `${channel}.target.txt`), 'utf8')).toBe(`snapshots/${id}\n`);
  }
  const heads = new Set(channels.values());
  for (const name of await readdir(paths.private)) expect(name === 'history.jsonl' || heads.has(name)).toBe(true);
}

/** Every file that a snapshot needs is there. */
export async function expectComplete(paths: RepositoryPaths): Promise<void> {
  for (const id of await listSnapshots(paths)) {
    for (const file of poolFilesOf(await readSnapshot(paths, id))) {
      expect((await stat(path.join(paths.public, file.path))).size).toBe(file.size);
    }
  }
}

/** The pool has what snapshots need, and nothing else. */
export async function expectTidy(paths: RepositoryPaths): Promise<void> {
  const needed = new Set<string>();
  for (const id of await listSnapshots(paths)) {
    for (const file of poolFilesOf(await readSnapshot(paths, id))) needed.add(file.path);
  }
  const { stdout } = await run(['find', paths.pool, '-type', 'f', '-printf', 'pool/%P\n']);
  expect(stdout.trim().split('\n').sort()).toEqual([...needed].sort());
}
