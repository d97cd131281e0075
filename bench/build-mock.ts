/**
 * build-mock against mock as people run it, on the synthetic distribution of the tests. Prints a table in Markdown.
 *
 *     node bench/build-mock.ts [RUNS]
 *
 * Needs root and mock (on PATH, or named by `MOCK`); skips loudly where it is absent. Every way builds the same source
 * packages from the same repository, in turn, after one run that is not counted.
 */
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { action } from '../src/actions/build-mock/inputs.ts';
import { run as buildMock } from '../src/actions/build-mock/run.ts';
import { LOGGING } from '../src/buildroot/mock/config-text.ts';
import { RecordingHost } from '../src/host/recording.ts';
import { runAction } from '../src/main.ts';
import { run, which } from '../src/process.ts';
import { C_PROGRAM, C_SOURCE, packagingText, tinySource } from '../test/tools/build-mock-helpers.ts';
import { testRpmGeneration } from '../test/tools/rpm-buildroot.ts';
import { rpmDistribution } from '../test/tools/rpm-distribution.ts';

const FOLDER = path.resolve(import.meta.dirname, '../.cache/bench-mock');
const RUNS = Number(process.argv[2] ?? 5);

/** Plugins of mock that make it faster, as its documentation has them. */
const STOCK = {
  'mock --rebuild (root cache)': [],
  'mock --rebuild (root cache, tmpfs plugin)': ["config_opts['plugin_conf']['tmpfs_enable'] = True"],
} as const;

async function main(): Promise<void> {
  const program = process.env['MOCK'] ?? which('mock');
  if (program === undefined || process.getuid?.() !== 0) {
    process.stderr.write('SKIPPED: this compares with mock itself, as root; install mock or name it by MOCK\n');
    return;
  }
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(path.join(FOLDER, 'etc'), { recursive: true });
  const sources = {
    noarch: await tinySource(path.join(FOLDER, 'noarch')),
    'C, installs gcc': await tinySource(path.join(FOLDER, 'c'), C_PROGRAM, { 'tiny.c': C_SOURCE }),
  };
  const ways: [string, (source: string) => Promise<void>][] = [];
  for (const [name, more] of Object.entries(STOCK)) ways.push([name, await stock(program, `way-${ways.length}`, more)]);
  ways.push(['build-mock', await ours()]);

  const seconds = new Map<string, number[]>();
  for (const [kind, source] of Object.entries(sources)) {
    for (let turn = 0; turn <= RUNS; turn++) {
      for (const [name, way] of ways) {
        const started = performance.now();
        await way(source);
        const key = `${name}\t${kind}`;
        // The first one fills caches.
        if (turn > 0) seconds.set(key, [...(seconds.get(key) ?? []), (performance.now() - started) / 1000]);
      }
    }
  }
  const kinds = Object.keys(sources);
  const best = (name: string, kind: string) => median(seconds.get(`${name}\t${kind}`) ?? []);
  const lines = [
    `| median of ${RUNS}, seconds | ${kinds.join(' | ')} |`,
    `|---|${kinds.map(() => '---:').join('|')}|`,
    ...ways.map(([name]) => {
      const cells = kinds.map((kind) => {
        const ratio = best(name, kind) / best('build-mock', kind);
        return `${best(name, kind).toFixed(2)} (${ratio.toFixed(1)}×)`;
      });
      return `| ${name} | ${cells.join(' | ')} |`;
    }),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  await rm(FOLDER, { recursive: true, force: true });
}

/** mock with folders of its own, run as from a shell. */
async function stock(
  program: string,
  name: string,
  more: readonly string[],
): Promise<(source: string) => Promise<void>> {
  const distribution = await rpmDistribution();
  const place = path.join(FOLDER, name);
  const results = path.join(place, 'results');
  await mkdir(results, { recursive: true });
  const text = distribution.mockConfig({
    root: name,
    more: [
      "config_opts['plugin_conf']['root_cache_enable'] = True",
      `config_opts['basedir'] = ${JSON.stringify(path.join(place, 'lib'))}`,
      `config_opts['cache_topdir'] = ${JSON.stringify(path.join(place, 'cache'))}`,
      ...more,
    ],
  });
  await writeFile(path.join(FOLDER, 'etc', `${name}.cfg`), text);
  await writeFile(path.join(FOLDER, 'etc', 'logging.ini'), LOGGING);
  // mock becomes an ordinary user to read and to write these.
  for (const folder of [FOLDER, path.join(FOLDER, 'etc'), place]) await chmod(folder, 0o755);
  await chmod(results, 0o777);
  const env = { SUDO_UID: process.env['SUDO_UID'] ?? (await memberOfMock()) };
  return async (source) => {
    await run(
      [program, `--configdir=${path.join(FOLDER, 'etc')}`, '-r', name, '--rebuild', source, '--resultdir', results],
      {
        env,
      },
    );
  };
}

/** mock refuses to run for root alone: the first user of its group. */
async function memberOfMock(): Promise<string | undefined> {
  const { stdout } = await run(['getent', 'group', 'mock'], { okExitCodes: 'any' });
  const [user] = stdout.trim().split(':').at(-1)?.split(',') ?? [];
  return user ? (await run(['id', '-u', user])).stdout.trim() : undefined;
}

/** The action, with the buildroot there as it is for every build but the first. */
async function ours(): Promise<(source: string) => Promise<void>> {
  const { state, name, lock } = await testRpmGeneration();
  await lock.release();
  const packaging = path.join(FOLDER, 'packaging.yml');
  await writeFile(packaging, await packagingText());
  return async (source) => {
    const inputs = { source, packaging, state, target: 'synthetic', buildroot: name, output: path.join(FOLDER, 'out') };
    const host = new RecordingHost(inputs, { workspace: FOLDER });
    if ((await runAction(action, buildMock, host)) !== 0) throw new Error(host.transcript());
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

await main();
