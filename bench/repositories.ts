/**
 * Adding packages to repositories of several sizes: sign-publish against reprepro with gpg and aptly, and against rpmsign
 * with createrepo_c. Prints Markdown for docs/performance.md; what is going on goes to stderr.
 *
 *     node bench/repositories.ts [RUNS] [deb|rpm ...]
 *
 * Needs what sign-publish needs, GNU time (/usr/bin/time) for the memory, and aptly for its rows. What is missing is said.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Argv, run, which } from '../src/process.ts';
import { endAgent, makeKey } from './repositories/key.ts';
import { type Batch, makeDebs, makeRpms } from './repositories/packages.ts';
import { aptly, createrepo, type Measure, type RepositoryWay, reprepro, signPublish } from './repositories/ways.ts';
import { removeFolder, withFolder } from './sessions/folder.ts';
import { checkDist, machine } from './sessions/machine.ts';
import { goalCells, markdownTable, median, NO_GOAL, notMeasured, print, range, say, timed } from './sessions/table.ts';

const FOLDER = path.resolve(import.meta.dirname, '../.cache/bench-repositories');
const TIME = '/usr/bin/time';
const THERE = [0, 1000, 10_000];
const ADDED = [1, 100, 1000];
/** Packages of one build while a repository is filled. */
const BATCH = 1000;
const [runs = '3', ...chosen] = process.argv.slice(2);
const RUNS = Number(runs);
const FORMATS = ['deb', 'rpm'] as const;
type Format = (typeof FORMATS)[number];

/** What it was built for: seconds, or the time of the first way, at most. */
function goalOf(format: Format, there: number, added: number): { seconds?: number; ofFirst?: number } {
  if (format === 'deb' && there === 10_000 && added === 1) return { seconds: 1.5 };
  if (format === 'deb' && there === 10_000 && added === 1000) return { ofFirst: 2 };
  if (format === 'rpm' && added === 1000) return { ofFirst: 0.25 };
  return {};
}

async function main(): Promise<void> {
  if (!(RUNS >= 1) || chosen.some((part) => !(FORMATS as readonly string[]).includes(part))) {
    throw new Error(`usage: node bench/repositories.ts [RUNS] [${FORMATS.join('|')} ...]`);
  }
  await checkDist();
  await withFolder(FOLDER, async () => {
    print(
      await machine(FOLDER, {
        reprepro: ['dpkg-query', '--show', 'reprepro'],
        aptly: ['aptly', 'version'],
        createrepo_c: ['createrepo_c', '--version'],
        rpm: ['rpm', '--version'],
        gpg: ['gpg', '--version'],
      }),
    );
    if (!existsSync(TIME)) notMeasured('memory, as GNU time is not installed');
    const key = await makeKey(FOLDER);
    try {
      for (const format of FORMATS) {
        if (chosen.length > 0 && !chosen.includes(format)) continue;
        const others = format === 'deb' ? [reprepro(key), aptly(key)] : [createrepo(key)];
        await measureFormat(format, [...others, signPublish(format, key)].filter(isThere));
      }
    } finally {
      await endAgent(key);
    }
  });
}

function isThere({ name }: RepositoryWay): boolean {
  if (name !== 'aptly' || which('aptly') !== undefined) return true;
  notMeasured('aptly, as it is not installed');
  return false;
}

async function measureFormat(format: Format, ways: readonly RepositoryWay[]): Promise<void> {
  const make = format === 'deb' ? makeDebs : makeRpms;
  say(`making packages: ${format}`);
  const most = Math.max(...THERE);
  const filling: Batch[] = [];
  for (let first = 0; first < most; first += BATCH) {
    filling.push(await make(path.join(FOLDER, `${format}-there-${first}`), first, BATCH));
  }
  const adding: Batch[] = [];
  for (const [index, count] of ADDED.entries()) {
    adding.push(await make(path.join(FOLDER, `${format}-added-${count}`), most + index * BATCH, count));
  }
  const rows: string[][] = [
    ['packages there', 'added', 'way', `s, median of ${RUNS}`, 'least–most', 'of the first', 'memory', 'goal', ''],
  ];
  for (const [index, there] of THERE.entries()) {
    for (const way of ways) await fill(format, way, filling.slice((THERE[index - 1] ?? 0) / BATCH, there / BATCH));
    for (const batch of adding) rows.push(...(await measureAddition(format, ways, there, batch)));
  }
  print(markdownTable(rows));
  for (const way of ways) await removeFolder(baseOf(format, way));
}

const baseOf = (format: Format, { name }: RepositoryWay) =>
  path.join(FOLDER, `${format}-${name.replaceAll(/\W+/g, '-')}`);

/** Brings the repository of a way to the next size. */
async function fill(format: Format, way: RepositoryWay, batches: readonly Batch[]): Promise<void> {
  const base = baseOf(format, way);
  if (!existsSync(base)) await way.make(base);
  for (const [index, batch] of batches.entries()) {
    say(`${way.name}: filling, ${index + 1} of ${batches.length}`);
    await way.add(base, batch, (argv, options) => run(argv, options));
  }
}

async function measureAddition(
  format: Format,
  ways: readonly RepositoryWay[],
  there: number,
  batch: Batch,
): Promise<string[][]> {
  const seconds = new Map<RepositoryWay, number[]>(ways.map((way) => [way, []]));
  const memory = new Map<RepositoryWay, number>();
  const added = batch.files.length;
  for (let turn = 1; turn <= RUNS; turn++) {
    for (const way of ways) {
      const work = path.join(FOLDER, 'work');
      if (existsSync(baseOf(format, way))) await run(['cp', '-a', '--', baseOf(format, way), work]);
      const { measure, peak } = memoryOf();
      const took = await timed(() => way.add(work, batch, measure));
      seconds.get(way)?.push(took);
      memory.set(way, Math.max(memory.get(way) ?? 0, await peak()));
      const found = await way.count(work);
      if (found !== there + added) throw new Error(`${way.name}: clients see ${found} packages, not ${there + added}`);
      await removeFolder(work);
      say(`${format}, ${there} there, ${added} added, turn ${turn} of ${RUNS}: ${way.name}: ${took.toFixed(2)} s`);
    }
  }
  const of = (way: RepositoryWay) => median(seconds.get(way) ?? []);
  const first = of(ways[0] as RepositoryWay);
  return ways.map((way) => {
    const took = of(way);
    const { seconds: limit, ofFirst } = way.name === 'sign-publish' ? goalOf(format, there, added) : {};
    const goal =
      limit !== undefined
        ? goalCells(`at most ${limit} s`, took, limit)
        : ofFirst !== undefined
          ? goalCells(`at most ${ofFirst} of the first`, took / first, ofFirst)
          : NO_GOAL;
    const peak = memory.get(way) ?? 0;
    const count = (value: number) => value.toLocaleString('en');
    return [
      ...[count(there), count(added), way.name, took.toFixed(2), range(seconds.get(way) ?? [])],
      ...[(took / first).toFixed(2), peak === 0 ? '' : `${Math.round(peak / 1024)} MB`, ...goal],
    ];
  });
}

/** Runs commands under time(1), which tells the largest resident set of each, of what it started too. */
function memoryOf(): { readonly measure: Measure; readonly peak: () => Promise<number> } {
  const log = path.join(FOLDER, 'memory');
  const prefix: readonly string[] = existsSync(TIME) ? [TIME, '--append', '--output', log, '--format', '%M'] : [];
  return {
    measure: (argv, options) => run([...prefix, ...argv] as unknown as Argv, options),
    async peak() {
      const text = await readFile(log, 'utf8').catch(() => '0');
      await run(['rm', '-f', '--', log]);
      return Math.max(...text.trim().split('\n').map(Number));
    },
  };
}

await main();
