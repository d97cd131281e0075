/**
 * Whole builds, side by side: build-sbuild against sbuild as people set it up, and against dpkg-buildpackage alone; the
 * same for build-mock. Sessions over roots of several sizes, and many builds at once. Prints Markdown for
 * docs/performance.md; what is going on goes to stderr.
 *
 *     [MOCK=PROGRAM] node bench/sessions.ts [RUNS] [builds|sizes|parallel|mock ...]
 *
 * Needs root, sbuild, schroot and the archive of the distribution; for the engine docker dockerd, for build-mock mock.
 * What is missing is said. While it runs there is a user `pkg-actions-bench`, and a file of that name among schroot's.
 */
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { fetchHello } from '../scripts/demo/hello-source.ts';
import { HOST_ENGINE } from '../src/buildroot/engine/engine.ts';
import { prepareState } from '../src/buildroot/state.ts';
import { makeSource } from '../test/tools/source-package.ts';
import { compare } from './sessions/compare.ts';
import { type DockerEnvironment, dockerEnvironment } from './sessions/docker.ts';
import { removeFolder, withFolder } from './sessions/folder.ts';
import { checkDist, machine } from './sessions/machine.ts';
import { mockBuilds } from './sessions/mock.ts';
import { build, makeBuildroot, type Ours } from './sessions/ours.ts';
import { parallelBuilds } from './sessions/parallel.ts';
import { grownTree, sessionSeconds } from './sessions/sizes.ts';
import { floor, stock } from './sessions/stock.ts';
import { goalCells, markdownTable, print, say, timed } from './sessions/table.ts';
import { OF_DOCKER, oursWays } from './sessions/ways.ts';

const FOLDER = path.resolve(import.meta.dirname, '../.cache/bench-sessions');
const TARGET = 'debian-12';
const SUITE = 'bookworm';
const PARTS = ['builds', 'sizes', 'parallel', 'mock'];
const [runs = '3', ...chosen] = process.argv.slice(2);
const RUNS = Number(runs);
const wanted = (part: string) => chosen.length === 0 || chosen.includes(part);

/** Of the time that stock takes, at most: what this was built for. */
const GOALS = { tiny: { first: 0.35, hit: 0.17 }, hello: { first: 0.7, hit: 0.54 } } as const;
/** Seconds that opening and closing a session may take together, whatever its root's size. */
const SESSION_SECONDS = 0.2;
/** As many builds for each number of them at once. */
const BUILDS = 16;

async function main(): Promise<void> {
  if (!(RUNS >= 1) || chosen.some((part) => !PARTS.includes(part))) {
    throw new Error(`usage: node bench/sessions.ts [RUNS] [${PARTS.join('|')} ...]`);
  }
  if (process.getuid?.() !== 0) {
    say('SKIPPED: sessions on the host need root');
    return;
  }
  await checkDist();
  await withFolder(FOLDER, async () => {
    print(
      await machine(FOLDER, {
        sbuild: ['dpkg-query', '--show', 'sbuild'],
        schroot: ['dpkg-query', '--show', 'schroot'],
        docker: ['dockerd', '--version'],
      }),
    );
    if (['builds', 'sizes', 'parallel'].some(wanted)) await debParts();
    if (wanted('mock')) await mockBuilds(await made('mock'), RUNS);
  });
}

async function debParts(): Promise<void> {
  const state = await prepareState(path.join(FOLDER, 'state'));
  const ours: Ours = { action: 'build-sbuild', folder: FOLDER, state, target: TARGET };
  say('making the buildroot');
  const { tree } = await makeBuildroot(ours);
  const tiny = await makeSource(await made('tiny'));
  if (wanted('builds') || wanted('sizes')) {
    await using docker = await dockerEnvironment('deb');
    if (wanted('builds')) await builds(ours, tree, docker, tiny);
    if (wanted('sizes')) await sizes(tree, docker);
  }
  if (wanted('parallel')) await parallel(ours, tiny);
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

async function builds(ours: Ours, tree: string, docker: DockerEnvironment | undefined, tiny: string): Promise<void> {
  say('making the tarball of stock sbuild');
  await using others = await stock(FOLDER, SUITE, tree);
  for (const [name, dsc, title] of [
    ['tiny', tiny, 'a tiny package'],
    ['hello', await hello(), 'GNU hello'],
  ] as const) {
    await using ready = await floor(FOLDER, tree, dsc);
    const isTiny = name === 'tiny';
    await compare({
      title,
      reference: 'stock',
      // hello takes long, and its times differ little.
      runs: isTiny ? RUNS : Math.ceil(RUNS / 2),
      ways: [
        {
          name: 'stock: sbuild in unshare mode, with a tarball',
          once: () => others.unshare(dsc),
          warmUp: isTiny,
        },
        { name: 'sbuild over schroot, overlay on disk', once: () => others.schroot(dsc), warmUp: isTiny },
        ...oursWays(ours, dsc, docker, GOALS[name], isTiny),
        { name: 'floor: dpkg-buildpackage in a ready tree on tmpfs', once: ready.build, warmUp: isTiny },
      ],
    });
  }
}

async function sizes(tree: string, docker: DockerEnvironment | undefined): Promise<void> {
  const folder = await made('sizes');
  const inDocker = await docker?.engine(folder);
  const times = Math.max(9, RUNS);
  const rows = [];
  for (const megabytes of [0, 700, 1700]) {
    say(`sessions over a root with ${megabytes} MB more`);
    const grown = await grownTree(FOLDER, tree, megabytes);
    const host = await sessionSeconds(folder, grown, times, HOST_ENGINE);
    const size = `a root of ${(host.bytes / 1e9).toFixed(1)} GB`;
    const cells = (engine: string, { openAndClose, command }: typeof host) => [
      `${size}, ${engine}`,
      openAndClose.toFixed(3),
      command.toFixed(3),
    ];
    const goal = goalCells(`under ${SESSION_SECONDS} s`, host.openAndClose, SESSION_SECONDS);
    rows.push([...cells('host', host), ...goal]);
    if (inDocker !== undefined) {
      const there = await sessionSeconds(folder, grown, times, inDocker);
      const more = there.openAndClose - host.openAndClose;
      const text = `at most ${OF_DOCKER} s more than the host (${more.toFixed(2)} s)`;
      rows.push([...cells('docker', there), ...goalCells(text, more, OF_DOCKER)]);
    }
    await removeFolder(grown);
  }
  const head = ['a session', `open and close, s, median of ${times}`, 'a command in it, s', 'goal', ''];
  print(markdownTable([head, ...rows]));
}

async function parallel(ours: Ours, dsc: string): Promise<void> {
  await build(ours, dsc);
  const rows: string[][] = [];
  let alone = 0;
  for (const atOnce of [1, 2, 4, 8]) {
    const { perMinute, memory } = await parallelBuilds(ours, dsc, atOnce, BUILDS);
    if (atOnce === 1) alone = perMinute;
    say(`${atOnce} at once: ${perMinute.toFixed(1)} builds a minute`);
    const faster = (perMinute / alone).toFixed(2);
    rows.push([String(atOnce), perMinute.toFixed(1), `${faster}×`, `${Math.round(memory / 1e6)} MB`]);
  }
  print(markdownTable([['builds at once', 'builds a minute', 'of one at once', 'memory'], ...rows]));
}

const took = await timed(main);
say(`took ${Math.round(took)} s`);
