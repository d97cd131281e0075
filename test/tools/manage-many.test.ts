/**
 * Publishers, promotions and removals at once, each in a process of its own: every package is there in the end, and what
 * is served is whole all the time. `PKG_ACTIONS_PUBLISHERS=50` makes it as many publishers.
 */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { readHistory } from '../../src/repository/history.ts';
import { RepositoryPaths } from '../../src/repository/layout.ts';
import { promote } from '../../src/repository/manage/move.ts';
import { prune } from '../../src/repository/manage/prune.ts';
import { listSnapshots, poolFilesOf, readSnapshot } from '../../src/repository/snapshot.ts';
import type { ChildTask } from './publish-child.ts';
import { Workbench } from './publish-helpers.ts';
import { runChild } from './publish-task.ts';
import { RpmWorkbench } from './rpm-publish-helpers.ts';

const PUBLISHERS = Number(process.env['PKG_ACTIONS_PUBLISHERS'] ?? 20);
/** All of them wait for one another, on a machine that does other things too. */
const LEASE_SECONDS = 550;

interface Many {
  readonly format: ChildTask['format'];
  readonly bench: Workbench | RpmWorkbench;
  build(name: string): Promise<string>;
  /** Names of packages that a client of the channel sees; it must be able to fetch all of them. */
  fetched(channel: string): Promise<string[]>;
}

async function manyDebs(): Promise<Many> {
  const bench = await Workbench.make();
  return {
    format: 'deb',
    bench,
    build: async (name) => await bench.binaries({ name }),
    async fetched(channel) {
      const apt = await bench.apt({ channel });
      await apt.update();
      const names = (await apt.list()).map((each) => each.split(' ')[0] ?? '');
      await apt.run('apt-get', '-q', 'download', ...names);
      return names;
    },
  };
}

async function manyRpms(): Promise<Many> {
  const bench = await RpmWorkbench.make();
  return {
    format: 'rpm',
    bench,
    build: async (name) => await bench.binaries({ name, version: '1-1' }),
    async fetched(channel) {
      const dnf = await bench.dnf({ channel });
      const list = await dnf.list();
      await dnf.run('install', '--downloadonly', ...list);
      return list.map((each) => each.replace(/-1-1\.x86_64$/, ''));
    },
  };
}

async function publisher({ format, bench }: Many, build: string): Promise<{ code: number | null; output: string }> {
  const { code, output } = await runChild({
    format,
    root: bench.repository,
    packages: [build],
    key: bench.secret,
    leaseSeconds: LEASE_SECONDS,
  });
  return { code, output };
}

it.each([
  { format: 'deb', make: manyDebs },
  { format: 'rpm', make: manyRpms },
])('loses nothing ($format)', async ({ make }) => {
  const many = await make();
  const { bench } = many;
  await using _ = bench;
  const names = Array.from({ length: PUBLISHERS }, (_each, index) => `package-${index}`);
  const builds: string[] = [];
  for (const name of ['first', ...names]) builds.push(await many.build(name));
  const [first = '', ...others] = builds;
  await bench.publish([first]);

  const options = { root: bench.repository, leaseSeconds: LEASE_SECONDS, logger: bench.host, dryRun: false };
  const common = { ...options, signal: new AbortController().signal };
  let busy = true;
  const publishing = Promise.all(others.map((build) => publisher(many, build))).finally(() => {
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
  for (const channel of ['latest', 'stable']) {
    expect(await many.fetched(channel)).toEqual(['first', ...names].sort());
  }
  const history = await readHistory(paths);
  const published = history.filter(({ action }) => action === 'publish');
  expect(published.length).toBe(1 + PUBLISHERS);
});
