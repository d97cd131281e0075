/**
 * Publishers, promotions and removals at once, each in a process of its own: every package is there in the end, and what
 * is served is whole all the time. `PKG_ACTIONS_PUBLISHERS=20` makes it as many publishers.
 */
import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readHistory } from '../../src/repository/history.ts';
import { RepositoryPaths } from '../../src/repository/layout.ts';
import { promote } from '../../src/repository/manage/move.ts';
import { prune } from '../../src/repository/manage/prune.ts';
import { listSnapshots, poolFilesOf, readSnapshot } from '../../src/repository/snapshot.ts';
import type { ChildTask } from './publish-child.ts';
import { Workbench } from './publish-helpers.ts';

const PUBLISHERS = Number(process.env['PKG_ACTIONS_PUBLISHERS'] ?? 10);
/** All of them wait for one another, on a machine that does other things too. */
const LEASE_SECONDS = 550;

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.make();
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

async function publisher(build: string): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'publish-child.ts')], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const task: ChildTask = {
    format: 'deb',
    root: bench.repository,
    packages: [build],
    key: bench.secret,
    leaseSeconds: LEASE_SECONDS,
  };
  child.stdin.end(JSON.stringify(task));
  return await new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

it('loses nothing', async () => {
  const names = Array.from({ length: PUBLISHERS }, (_, index) => `package-${index}`);
  const builds: string[] = [];
  for (const name of ['first', ...names]) builds.push(await bench.binaries({ name }));
  const [first = '', ...others] = builds;
  await bench.publish([first]);

  const options = { root: bench.repository, leaseSeconds: LEASE_SECONDS, logger: bench.host, dryRun: false };
  const common = { ...options, signal: new AbortController().signal };
  let busy = true;
  const publishing = Promise.all(others.map(publisher)).finally(() => {
    busy = false;
  });
  const pruning = (async () => {
    let count = 0;
    do {
      // As if days had passed: whatever no channel points to goes at once.
      const now = () => new Date(Date.now() + 7 * 86_400_000);
      count += (await prune({ ...common, holder: 'a prune', now, keep: 1, keepSeconds: 0 })).removed.length;
    } while (busy);
    return count;
  })();
  const promoting = (async () => {
    do {
      await promote({ ...common, holder: 'a promotion', from: 'latest', to: 'stable' });
    } while (busy);
  })();
  const outcomes = await publishing;
  expect(outcomes.map(({ code, output }) => ({ code, error: code === 0 ? '' : output }))).toEqual(
    names.map(() => ({ code: 0, error: '' })),
  );
  expect(await pruning).toBeGreaterThan(0);
  await promoting;

  const paths = new RepositoryPaths(bench.repository);
  for (const id of await listSnapshots(paths)) {
    for (const file of poolFilesOf(await readSnapshot(paths, id))) {
      expect((await stat(path.join(paths.public, file.path))).size).toBe(file.size);
    }
  }
  await promote({ ...common, holder: 'the last one', from: 'latest', to: 'stable' });
  const wanted = ['first', ...names].map((name) => `${name} 1.0`).sort();
  for (const channel of ['latest', 'stable']) {
    const apt = await bench.apt({ channel });
    await apt.update();
    const list = await apt.list();
    expect(list).toEqual(wanted);
    await apt.run('apt-get', '-q', 'download', ...list.map((each) => each.split(' ')[0] ?? ''));
  }
  const history = await readHistory(paths);
  const published = history.filter(({ action }) => action === 'publish');
  expect(published.length).toBe(1 + PUBLISHERS);
});
