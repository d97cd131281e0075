/**
 * What it saves to keep downloads, and to have a proxy: the dependencies of one package with many of them, installed with
 * nothing kept, with all kept, and through apt-cacher-ng that has all. Prints Markdown for docs/performance.md; what is
 * going on goes to stderr.
 *
 *     node bench/downloads.ts [RUNS]
 *
 * Needs root and the archive of the distribution; for the row with the proxy apt-cacher-ng and a mirror by http.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { prepareState } from '../src/buildroot/state.ts';
import { makeSource } from '../test/tools/source-package.ts';
import { type RunningProxy, startProxy } from './downloads/proxy.ts';
import { withFolder } from './sessions/folder.ts';
import { checkDist, machine } from './sessions/machine.ts';
import { build, forgetDownloads, type HowItWas, lastBuild, makeBuildroot, type Ours } from './sessions/ours.ts';
import { markdownTable, median, notMeasured, print, range, say, timed } from './sessions/table.ts';

const FOLDER = path.resolve(import.meta.dirname, '../.cache/bench-downloads');
const TARGET = 'debian-12';
/** Some two hundred packages to install. */
const BUILD_DEPENDS = ['libgtk-3-dev', 'libssl-dev', 'python3-all-dev'];
const RUNS = Number(process.argv[2] ?? 2);

interface Way {
  readonly name: string;
  readonly options: readonly string[];
  before?(): Promise<void>;
  /** Whether what the build says of downloads is what the name says. */
  isRight(downloads: HowItWas['downloads']): boolean;
}

async function main(): Promise<void> {
  if (!(RUNS >= 1)) throw new Error('usage: node bench/downloads.ts [RUNS]');
  if (process.getuid?.() !== 0) {
    say('SKIPPED: sessions on the host need root');
    return;
  }
  await checkDist();
  await withFolder(FOLDER, async () => {
    await using proxy = await startProxy(path.join(FOLDER, 'proxy'));
    print(await machine(FOLDER, { apt: ['dpkg-query', '--show', 'apt'], ...acng(proxy) }));
    await measure(proxy);
  });
}

const acng = (proxy: RunningProxy | undefined): Record<string, readonly [string, ...string[]]> =>
  proxy === undefined ? {} : { 'apt-cacher-ng': ['dpkg-query', '--show', 'apt-cacher-ng'] };

async function measure(proxy: RunningProxy | undefined): Promise<void> {
  const state = await prepareState(path.join(FOLDER, 'state'));
  const ours: Ours = { action: 'build-sbuild', folder: FOLDER, state, target: TARGET, options: [] };
  say('making the buildroot');
  await makeBuildroot(ours);
  const folder = path.join(FOLDER, 'source');
  await mkdir(folder);
  const dsc = await makeSource(folder, { buildDepends: BUILD_DEPENDS });

  let count = 0;
  const forget = () => forgetDownloads(state);
  const ways: Way[] = [
    {
      name: 'nothing kept: `download-cache: false`',
      options: ['--no-download-cache'],
      isRight: (downloads) => downloads === undefined,
    },
    {
      name: 'nothing kept yet: what is fetched is kept',
      options: [],
      before: forget,
      isRight(downloads) {
        count = downloads?.missing ?? 0;
        return downloads?.kept === 0 && count > 0;
      },
    },
    { name: 'all kept', options: [], isRight: (downloads) => downloads?.missing === 0 && downloads.kept === count },
  ];
  if (proxy === undefined) notMeasured('the proxy, as apt-cacher-ng is not installed');
  else {
    ways.push({
      name: 'apt-cacher-ng on this host has all: `proxy`',
      options: ['--no-download-cache', '--proxy', proxy.address],
      isRight: (downloads) => downloads === undefined,
    });
  }
  // Each way leaves what the next one needs. Before the first round the proxy is filled.
  const installed = new Map<string, number[]>(ways.map(({ name }) => [name, []]));
  const whole = new Map<string, number[]>(ways.map(({ name }) => [name, []]));
  let bytes = 0;
  for (let turn = 0; turn <= RUNS; turn++) {
    for (const { name, options, before, isRight } of ways) {
      if (turn === 0 && !options.includes('--proxy')) continue;
      await before?.();
      const start = await proxy?.traffic();
      const took = await timed(() => build(ours, dsc, ['--no-layers', ...options]));
      const was = await lastBuild(ours);
      if (!isRight(was.downloads)) throw new Error(`${name}: found ${JSON.stringify(was.downloads ?? 'nothing kept')}`);
      const end = await proxy?.traffic();
      if (start && end && options.includes('--proxy')) {
        bytes = end.given - start.given;
        const fetched = end.fetched - start.fetched;
        if (bytes === 0) throw new Error('nothing came through the proxy');
        // Not a byte of a package; it may look after what is new.
        if (turn > 0 && fetched > bytes / 100) throw new Error(`the proxy fetched ${fetched} bytes of ${bytes} again`);
      }
      const seconds = was.seconds.get('dependencies') ?? Number.NaN;
      say(`turn ${turn} of ${RUNS}: ${name}: dependencies ${seconds.toFixed(2)} s, whole build ${took.toFixed(2)} s`);
      if (turn === 0) continue;
      installed.get(name)?.push(seconds);
      whole.get(name)?.push(took);
    }
  }
  const of = (values: ReadonlyMap<string, number[]>, name: string) => median(values.get(name) ?? []);
  const first = ways[0]?.name ?? '';
  const rows = ways.map(({ name }) => {
    const seconds = of(installed, name);
    const ratio = (values: typeof installed) => (of(values, name) / of(values, first)).toFixed(2);
    return [
      name,
      seconds.toFixed(2),
      range(installed.get(name) ?? []),
      ratio(installed),
      of(whole, name).toFixed(2),
      ratio(whole),
    ];
  });
  const size = bytes === 0 ? '' : `, ${Math.round(bytes / 1e6)} MB`;
  print(`A package with ${count} packages to download${size}.`);
  const dependencies = `dependencies, s, median of ${RUNS}`;
  print(
    markdownTable([['', dependencies, 'least–most', 'of nothing kept', 'whole build, s', 'of nothing kept'], ...rows]),
  );
}

const took = await timed(main);
say(`took ${Math.round(took)} s`);
