import { appendFile, mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  appendHistory,
  type HistoryEntry,
  historyLine,
  readHistory,
  takeBackHistory,
} from '../../../src/repository/history.ts';
import { RepositoryPaths } from '../../../src/repository/layout.ts';
import { type TemporaryFolder, temporaryFolder } from '../../../src/temporary.ts';

let folder: TemporaryFolder;
let paths: RepositoryPaths;
beforeEach(async () => {
  folder = await temporaryFolder('history-test');
  paths = new RepositoryPaths(folder.path);
  await mkdir(paths.private);
});
afterEach(async () => {
  await folder[Symbol.asyncDispose]();
});

const ids = ['20260101T000000Z-000001', '20260101T000000Z-000002'] as const;
const one: HistoryEntry = {
  at: '2026-01-01T00:00:00.000Z',
  action: 'publish',
  channel: 'latest',
  id: ids[0],
  former: null,
};
const two: HistoryEntry = { ...one, id: ids[1], former: ids[0], reason: 'Grüße\u2028"\\' };
const pruned: HistoryEntry = { at: one.at, action: 'prune', snapshots: [ids[0]] };
const text = async () => await readFile(paths.history, 'utf8');

test('lines are added and read, and one is not added twice', async () => {
  expect(await readHistory(paths)).toEqual([]);
  for (const entry of [one, two, pruned, pruned]) await appendHistory(paths, historyLine(entry));
  expect(await readHistory(paths)).toEqual([one, two, pruned]);
  expect(await text()).toMatch(/^(\{[^\n]*\}\n){3}$/);
});

test('the last line is taken back, and no other', async () => {
  await appendHistory(paths, historyLine(one));
  await appendHistory(paths, historyLine(two));
  await takeBackHistory(paths, historyLine(one));
  expect(await readHistory(paths)).toEqual([one, two]);
  await takeBackHistory(paths, historyLine(two));
  expect(await readHistory(paths)).toEqual([one]);
  await takeBackHistory(paths, historyLine(one));
  await expect(text()).rejects.toThrow('ENOENT');
  await takeBackHistory(paths, historyLine(one));
});

test('what was cut off is never seen, and gives way', async () => {
  await appendHistory(paths, historyLine(one));
  const begun = historyLine(two);
  for (const length of [1, 20, begun.length]) {
    await appendFile(paths.history, begun.slice(0, length));
    expect(await readHistory(paths)).toEqual([one]);
    await takeBackHistory(paths, begun);
    expect(await text()).toBe(`${historyLine(one)}\n`);
    await appendFile(paths.history, begun.slice(0, length));
    await appendHistory(paths, begun);
    expect(await readHistory(paths)).toEqual([one, two]);
    await takeBackHistory(paths, begun);
  }
  // A first line that was begun.
  await truncate(paths.history);
  await writeFile(paths.history, begun.slice(0, 10));
  await takeBackHistory(paths, begun);
  await expect(text()).rejects.toThrow('ENOENT');
});

test('a line that is none of ours is named', async () => {
  await appendHistory(paths, historyLine(one));
  await appendFile(paths.history, 'by hand\n');
  await expect(readHistory(paths)).rejects.toThrow(/history\.jsonl:2.*no JSON/);
  await writeFile(paths.history, `${JSON.stringify({ ...one, channel: '../x' })}\n`);
  await expect(readHistory(paths)).rejects.toThrow(/history\.jsonl:1.*channel: the name of a channel/);
});
