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
import {
  APTLY,
  allTable,
  type Format,
  goalTable,
  growthTable,
  type Measured,
  type Steps,
} from './repositories/tables.ts';
import { aptly, createrepo, type Measure, type RepositoryWay, reprepro, signPublish } from './repositories/ways.ts';
import { removeFolder, withFolder } from './sessions/folder.ts';
import { checkDist, machine } from './sessions/machine.ts';
import { notMeasured, print, say, timed } from './sessions/table.ts';

const FOLDER = path.resolve(import.meta.dirname, '../.cache/bench-repositories');
const TIME = '/usr/bin/time';
const THERE = [0, 1000, 10_000];
const ADDED = [1, 100, 1000];
/** Packages of one build while a repository is filled. */
const BATCH = 1000;
const [runs = '3', ...chosen] = process.argv.slice(2);
const RUNS = Number(runs);
const FORMATS: readonly Format[] = ['deb', 'rpm'];

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
  if (name !== APTLY || which('aptly') !== undefined) return true;
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
  const measured: Measured[] = [];
  for (const [index, there] of THERE.entries()) {
    for (const way of ways) await fill(format, way, filling.slice((THERE[index - 1] ?? 0) / BATCH, there / BATCH));
    for (const batch of adding) measured.push(...(await measureAddition(format, ways, there, batch)));
  }
  const first = ways[0]?.name ?? '';
  print(allTable(measured, first));
  print(goalTable(format, measured, first));
  print(growthTable(measured));
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
    if (way.fill !== undefined) await way.fill(base, batch);
    else await way.add(base, batch, (argv, options) => run(argv, options));
  }
}

async function measureAddition(
  format: Format,
  ways: readonly RepositoryWay[],
  there: number,
  batch: Batch,
): Promise<Measured[]> {
  const added = batch.files.length;
  const measured = ways.map((way) => {
    return { way, seconds: [] as number[], cpu: [] as number[], steps: [] as Steps[], peak: 0 };
  });
  for (let turn = 1; turn <= RUNS; turn++) {
    for (const each of measured) {
      const { way } = each;
      const work = path.join(FOLDER, 'work');
      if (existsSync(baseOf(format, way))) await run(['cp', '-a', '--', baseOf(format, way), work]);
      // Nobody has to write what another one left to be written.
      await run(['sync']);
      const usage = usageOf();
      const took = await timed(async () => {
        const steps = await way.add(work, batch, usage.measure);
        if (steps !== undefined) each.steps.push(steps);
      });
      const { cpu, peak } = await usage.read();
      each.seconds.push(took);
      each.cpu.push(cpu);
      each.peak = Math.max(each.peak, peak);
      const found = await way.count(work);
      if (found !== there + added) throw new Error(`${way.name}: clients see ${found} packages, not ${there + added}`);
      await removeFolder(work);
      const what = `${took.toFixed(2)} s, ${cpu.toFixed(2)} s of processors, ${Math.round(peak / 1024)} MB`;
      say(`${format}, ${there} there, ${added} added, turn ${turn} of ${RUNS}: ${way.name}: ${what}`);
    }
  }
  return measured.map(({ way, ...each }) => ({ ...each, way: way.name, there, added }));
}

/**
 * Runs commands under time(1), which tells of each with what it started and waited for: seconds of processors, and the
 * largest resident set of any of them, kB.
 */
function usageOf(): { readonly measure: Measure; readonly read: () => Promise<{ cpu: number; peak: number }> } {
  const log = path.join(FOLDER, 'usage');
  const prefix: readonly string[] = existsSync(TIME) ? [TIME, '--append', '--output', log, '--format', '%U %S %M'] : [];
  return {
    measure: (argv, options) => run([...prefix, ...argv] as unknown as Argv, options),
    async read() {
      const text = await readFile(log, 'utf8').catch(() => '0 0 0');
      await run(['rm', '-f', '--', log]);
      const lines = text.trim().split('\n');
      const values = lines.map((line) => line.split(' ').map(Number));
      const cpu = values.reduce((sum, [user = 0, system = 0]) => sum + user + system, 0);
      return { cpu, peak: Math.max(...values.map(([, , peak = 0]) => peak)) };
    },
  };
}

await main();
