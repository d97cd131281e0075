/**
 * Whole builds, side by side: build-sbuild against sbuild as people set it up, and against dpkg-buildpackage alone.
 * Prints tables in Markdown; what is going on goes to stderr.
 *
 *     node bench/sessions.ts [RUNS] [builds|sizes|parallel ...]
 *
 * Needs root, sbuild, schroot and the archive of the distribution; with docker by DOCKER_HOST, or a dockerd of its own.
 * Every way builds the same sources in turn, after one turn that is not counted. For the time it takes there is a user
 * `pkg-actions-bench` and a file of that name among schroot's.
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { fetchHello } from '../scripts/demo/hello-source.ts';
import { buildrootFolder, currentGeneration } from '../src/buildroot/generation.ts';
import { prepareState } from '../src/buildroot/state.ts';
import { run } from '../src/process.ts';
import { makeSource } from '../test/tools/source-package.ts';
import { dockerEnvironment } from './sessions/docker.ts';
import { build, forgetCaches, type Ours, updateBuildroot } from './sessions/ours.ts';
import { parallelBuilds } from './sessions/parallel.ts';
import { grownTree, sessionSeconds } from './sessions/sizes.ts';
import { floor, stock } from './sessions/stock.ts';
import { markdownTable, median, say, timed } from './sessions/table.ts';

const FOLDER = path.resolve(import.meta.dirname, '../.cache/bench-sessions');
const TARGET = 'debian-12';
const SUITE = 'bookworm';
const [runs = '3', ...parts] = process.argv.slice(2);
const RUNS = Number(runs);
const wanted = (part: string) => parts.length === 0 || parts.includes(part);

type Way = readonly [string, (dsc: string) => Promise<unknown>, { readonly before?: () => Promise<void> }?];

async function main(): Promise<void> {
  if (process.getuid?.() !== 0) {
    process.stderr.write('SKIPPED: sessions on the host need root\n');
    return;
  }
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  const state = await prepareState(path.join(FOLDER, 'state'));
  const ours: Ours = { folder: FOLDER, state, target: TARGET };
  say('making the buildroot');
  await updateBuildroot(ours);
  const [name = ''] = await readdir(path.join(state, 'buildroots'));
  const generation = await currentGeneration(buildrootFolder(state, name));
  if (generation === undefined) throw new Error('no generation was made');
  const tiny = await makeSource(await made('tiny'));
  if (wanted('builds')) await builds(ours, generation.tree, { tiny, hello: await hello() });
  if (wanted('sizes')) await sizes(generation.tree);
  if (wanted('parallel')) await parallel(ours, tiny);
  await rm(FOLDER, { recursive: true, force: true });
}

async function made(name: string): Promise<string> {
  const folder = path.join(FOLDER, name);
  await mkdir(folder, { recursive: true });
  return folder;
}

async function hello(): Promise<string> {
  const folder = path.join(FOLDER, 'hello');
  await fetchHello(folder);
  const dsc = (await readdir(folder)).find((name) => name.endsWith('.dsc'));
  if (dsc === undefined) throw new Error('apt brought no .dsc');
  return path.join(folder, dsc);
}

async function builds(ours: Ours, tree: string, sources: Readonly<Record<string, string>>): Promise<void> {
  say('making the tarball of stock sbuild');
  await using others = await stock(FOLDER, SUITE, tree);
  await using docker = await dockerEnvironment(FOLDER);
  const header = ['median seconds', ...Object.keys(sources).flatMap((source) => [source, 'of stock'])];
  const table = new Map<string, string[]>();
  for (const [source, dsc] of Object.entries(sources)) {
    await using ready = await floor(FOLDER, tree, dsc);
    const inDocker: Ours | undefined = docker && { ...ours, env: docker.env };
    const forget = { before: () => forgetCaches(ours.state) };
    const ways: Way[] = [
      ['sbuild, unshare mode with a tarball (stock)', others.unshare],
      ['sbuild over schroot, overlay on disk', others.schroot],
      ['build-sbuild, first build, nothing kept', () => build(ours, dsc), forget],
      ['build-sbuild, without layers, downloads kept', () => build(ours, dsc, ['--no-layers'])],
      ['build-sbuild, the layer is there', () => build(ours, dsc)],
      ...(inDocker
        ? [['build-sbuild in docker, the layer is there', () => build(inDocker, dsc, docker?.options)] as const]
        : []),
      ['floor: dpkg-buildpackage in a ready tree on tmpfs', ready.build],
    ];
    const seconds = new Map<string, number[]>();
    for (let turn = 0; turn <= RUNS; turn++) {
      for (const [way, once, { before } = {}] of ways) {
        await before?.();
        const took = await timed(() => once(dsc));
        say(`${source}, turn ${turn}: ${way}: ${took.toFixed(2)} s`);
        if (turn > 0) seconds.set(way, [...(seconds.get(way) ?? []), took]);
      }
    }
    const [[base = ''] = []] = ways;
    const reference = median(seconds.get(base) ?? []);
    for (const [way] of ways) {
      const took = median(seconds.get(way) ?? []);
      table.set(way, [...(table.get(way) ?? [way]), took.toFixed(2), (took / reference).toFixed(2)]);
    }
  }
  process.stdout.write(`${markdownTable([header, ...table.values()])}\n\n`);
}

async function sizes(tree: string): Promise<void> {
  const rows = [];
  for (const megabytes of [0, 700, 1700]) {
    const grown = await grownTree(FOLDER, tree, megabytes);
    const { bytes, openAndClose, command } = await sessionSeconds(FOLDER, grown, Math.max(9, RUNS));
    rows.push([`${(bytes / 1e9).toFixed(1)} GB`, openAndClose.toFixed(3), command.toFixed(3)]);
    await run(['rm', '-rf', '--one-file-system', '--', grown]);
  }
  process.stdout.write(`${markdownTable([['root', 'open and close, s', 'a command, s'], ...rows])}\n\n`);
}

async function parallel(ours: Ours, dsc: string): Promise<void> {
  await build(ours, dsc);
  const rows = [];
  for (const atOnce of [1, 2, 4, 8]) {
    const { perMinute, memory } = await parallelBuilds(ours, dsc, atOnce, 16);
    say(`${atOnce} at once: ${perMinute.toFixed(1)} builds a minute`);
    rows.push([String(atOnce), perMinute.toFixed(1), `${Math.round(memory / 1e6)} MB`]);
  }
  process.stdout.write(`${markdownTable([['builds at once', 'builds a minute', 'memory'], ...rows])}\n`);
}

await main();
