/** The same for build-mock, with the synthetic distribution of the tests: against mock as people run it, and rpmbuild. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Generation } from '../../src/buildroot/generation.ts';
import { LOGGING } from '../../src/buildroot/mock/config-text.ts';
import { findMock } from '../../src/buildroot/mock/program.ts';
import { openMockSession } from '../../src/buildroot/mock/session.ts';
import { INBOX } from '../../src/buildroot/session.ts';
import { prepareState } from '../../src/buildroot/state.ts';
import { run } from '../../src/process.ts';
import { C_PROGRAM, C_SOURCE, specText } from '../../test/tools/build-mock-helpers.ts';
import { rpmTarget } from '../../test/tools/rpm-buildroot.ts';
import { rpmDistribution } from '../../test/tools/rpm-distribution.ts';
import { sourceRpm } from '../../test/tools/rpm-distribution-packages.ts';
import { compare } from './compare.ts';
import { dockerEnvironment } from './docker.ts';
import { makeBuildroot, type Ours } from './ours.ts';
import { notMeasured, print, say } from './table.ts';
import { oursWays } from './ways.ts';

const TARGET = 'synthetic';

/** Plugins of mock that make it faster, as its documentation has them. */
const STOCK = {
  'stock: mock --rebuild, root cache': [],
  'mock --rebuild, root cache and tmpfs plugin': ["config_opts['plugin_conf']['tmpfs_enable'] = True"],
} as const;

/**
 * Prints a table for each of two packages. Where there is no mock it says so: the stand-in of the tests is not measured.
 *
 * @param folder on a disk; everything is made below it.
 */
export async function mockBuilds(folder: string, runs: number): Promise<void> {
  const program = await findMock().catch(() => undefined);
  if (program === undefined) {
    notMeasured('build-mock, as there is no mock here; install it, or name it by MOCK');
    return;
  }
  await using user = await mockUser();
  const version = await run([program.file, '--version'], { env: user.env });
  const said = `${version.stdout}${version.stderr}`.trim();
  if (/stand-in/.test(said)) {
    notMeasured('build-mock, as MOCK names the stand-in of the tests, which says nothing of mock itself');
    return;
  }
  print(`mock ${said} with the synthetic distribution of the tests.`);
  const state = await prepareState(path.join(folder, 'state'));
  const packaging = path.join(folder, 'packaging.yml');
  await writeFile(packaging, await packagingText());
  const options = ['--packaging', packaging];
  const ours: Ours = { action: 'build-mock', folder, state, target: TARGET, options, env: { MOCK: program.file } };
  say('making the buildroot');
  const generation = await makeBuildroot(ours);
  const stocks = [];
  for (const [name, more] of Object.entries(STOCK)) {
    stocks.push({ name, build: await stock(folder, program.file, `way-${stocks.length}`, more, user.env) });
  }
  await using docker = await dockerEnvironment('rpm');
  for (const [title, spec, files] of [
    ['a tiny package, nothing to install', {}, {}],
    ['a C program, installs gcc', C_PROGRAM, { 'tiny.c': C_SOURCE }],
  ] as const) {
    const place = path.join(folder, title.replaceAll(/\W+/g, '-'));
    const source = await sourceRpm(place, { spec: specText(spec), files });
    await using ready = await floor(folder, generation, source);
    await compare({
      title,
      reference: 'stock',
      runs,
      ways: [
        ...stocks.map(({ name, build }) => ({ name, once: () => build(source), warmUp: true })),
        ...oursWays(ours, source, docker, undefined),
        { name: 'floor: rpmbuild in a ready tree on tmpfs', once: ready.build, warmUp: true },
      ],
    });
  }
}

/** A release of one target: the synthetic distribution. JSON is YAML. */
async function packagingText(): Promise<string> {
  const { format, distribution, release, suite, versionTag, architectures, mock } = await rpmTarget();
  const target = { name: TARGET, format, distribution, release, suite, 'version-tag': versionTag, architectures, mock };
  return JSON.stringify({ release: { name: 'bench' }, targets: [target] });
}

/** mock with folders of its own, run as from a shell. */
async function stock(
  folder: string,
  program: string,
  name: string,
  more: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<(source: string) => Promise<void>> {
  const distribution = await rpmDistribution();
  const place = path.join(folder, name);
  const etc = path.join(folder, 'etc');
  const results = path.join(place, 'results');
  await mkdir(results, { recursive: true });
  await mkdir(etc, { recursive: true });
  const text = distribution.mockConfig({
    root: name,
    more: [
      "config_opts['plugin_conf']['root_cache_enable'] = True",
      `config_opts['basedir'] = ${JSON.stringify(path.join(place, 'lib'))}`,
      `config_opts['cache_topdir'] = ${JSON.stringify(path.join(place, 'cache'))}`,
      ...more,
    ],
  });
  await writeFile(path.join(etc, `${name}.cfg`), text);
  await writeFile(path.join(etc, 'logging.ini'), LOGGING);
  // mock becomes an ordinary user to read and to write these.
  for (const one of [folder, etc, place]) await chmod(one, 0o755);
  await chmod(results, 0o777);
  return async (source) => {
    await run([program, `--configdir=${etc}`, '-r', name, '--rebuild', source, '--resultdir', results], { env });
  };
}

/** mock refuses to run for root alone: an ordinary user of its group, for as long as this runs. */
async function mockUser(): Promise<AsyncDisposable & { readonly env: Readonly<Record<string, string>> }> {
  const name = 'pkg-actions-bench-mock';
  const hasGroup = (await run(['getent', 'group', 'mock'], { okExitCodes: 'any' })).exitCode === 0;
  if (!hasGroup) await run(['groupadd', '--system', 'mock']);
  // 9: it is there, of a run that was killed.
  const argv = ['useradd', '--system', '--no-create-home', '--shell', '/bin/sh', '--groups', 'mock', name] as const;
  await run(argv, { okExitCodes: [0, 9] });
  const id = async (what: '-u' | '-g') => (await run(['id', what, name])).stdout.trim();
  return {
    env: { SUDO_UID: await id('-u'), SUDO_GID: await id('-g'), SUDO_USER: name },
    async [Symbol.asyncDispose]() {
      await run(['userdel', name], { okExitCodes: 'any' });
      if (!hasGroup) await run(['groupdel', 'mock'], { okExitCodes: 'any' });
    },
  };
}

/** The floor: rpmbuild in a root that has everything, on a tmpfs overlay that is mounted already. */
async function floor(
  folder: string,
  generation: Generation,
  source: string,
): Promise<AsyncDisposable & { readonly build: () => Promise<void> }> {
  const { session, mock } = await openMockSession({
    state: path.join(folder, 'floor'),
    generation,
    scratch: 4 * 1024 ** 3,
    inbox: { sources: [source] },
    runId: 'bench',
  });
  await mock(['--installdeps', `${INBOX}/sources/${path.basename(source)}`], { network: true });
  // Of mock the inbox is seen outside of the root only.
  const script = 'cp -- "$1" "$2/tmp/source.src.rpm" && chroot "$2" rpmbuild --rebuild /tmp/source.src.rpm';
  return {
    async build() {
      await session.run(['sh', '-ec', script, 'sh', `${INBOX}/sources/${path.basename(source)}`, session.root], {
        privileges: 'mock',
      });
    },
    [Symbol.asyncDispose]: () => session.close(),
  };
}
