/**
 * The demo: the real source of GNU hello, laid out in git as a code project and a spec project like those of the
 * original build system, an ephemeral key, and `pkg-actions pipeline` over it. Each run adds a change, so each run
 * builds and publishes a newer version. Everything lies in .demo/, but for the packages that setup.sh installs;
 * `--folder` and `--state` say another place, for everything and for buildroots.
 *
 * `--rpm-target` (a name such as el9, or the path of a target file) builds, publishes and installs it for an rpm target
 * too, by the spec in examples/hello-rpm; that needs mock on this machine.
 */
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { action } from '../src/actions/pipeline/inputs.ts';
import { run } from '../src/actions/pipeline/run.ts';
import { hostSources } from '../src/buildroot/host-apt.ts';
import { isTargetFile, listTargets } from '../src/config/target.ts';
import { CommandError, messageOf } from '../src/errors.ts';
import { LocalHost } from '../src/host/local.ts';
import { runAction, runProcess } from '../src/main.ts';
import { run as command, which } from '../src/process.ts';
import { generateKey } from '../src/signing/openpgp.ts';
import { fetchHello } from './demo/hello-source.ts';

const RELEASE = '10.0';
const BRANCH = `openstack-ci/fuel-${RELEASE}/2026.2`;
/** Names of the projects, as the original had them: the pipeline finds their checkouts by these. */
const CODE = 'openstack/hello';
const SPEC = 'openstack-build/hello-build';
/** Fixed, so that the first commit of every machine is the same one. */
const IMPORT_DATE = '2026-01-01T00:00:00Z';

const git = (folder: string, args: readonly string[], date?: string) =>
  command(['git', '-c', 'core.hooksPath=/dev/null', '-C', folder, ...args], {
    env: {
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      ...Object.fromEntries(
        ['AUTHOR', 'COMMITTER'].flatMap((who) => [
          [`GIT_${who}_NAME`, 'Demo Developer'],
          [`GIT_${who}_EMAIL`, 'developer@example.org'],
          ...(date === undefined ? [] : [[`GIT_${who}_DATE`, date]]),
        ]),
      ),
    },
  });

async function exists(place: string): Promise<boolean> {
  return (await readdir(place).catch(() => undefined)) !== undefined;
}

/** Makes the two projects below `projects`: upstream's tree with its tag, and the packaging. */
async function layOut(download: string, projects: string): Promise<void> {
  const names = await readdir(download);
  const dsc = names.find((name) => name.endsWith('.dsc'));
  const version = /^hello_(.+)\.orig\.tar\.[a-z]+$/.exec(
    names.find((name) => /\.orig\.tar\.[a-z]+$/.test(name)) ?? '',
  )?.[1];
  if (dsc === undefined || version === undefined) throw new Error(`no source package of hello in ${names.join(' ')}`);
  const tree = path.join(download, 'tree');
  await command(['dpkg-source', '--no-check', '--skip-patches', '-x', path.join(download, dsc), tree], {
    cwd: download,
  });
  const code = path.join(projects, CODE);
  const spec = path.join(projects, SPEC);
  for (const folder of [code, spec]) {
    await mkdir(folder, { recursive: true });
    await git(folder, ['init', '-q', '-b', BRANCH]);
  }
  await cp(path.join(tree, 'debian'), path.join(spec, 'debian'), { recursive: true });
  const example = await readFile(path.join(import.meta.dirname, '../examples/hello-rpm/SPECS/hello.spec'), 'utf8');
  await mkdir(path.join(spec, 'rpm/SPECS'), { recursive: true });
  await writeFile(path.join(spec, 'rpm/SPECS/hello.spec'), example.replace(/^(Version:\s+)\S+$/m, `$1${version}`));
  await rm(path.join(tree, 'debian'), { recursive: true });
  await cp(tree, code, { recursive: true });
  for (const [folder, message] of [
    [code, `Import GNU hello ${version}`],
    [spec, `Import the packaging of GNU hello ${version}`],
  ] as const) {
    await git(folder, ['add', '--all', '--force']);
    await git(folder, ['commit', '-q', '-m', message], IMPORT_DATE);
  }
  await git(code, ['tag', '-a', '-m', `GNU hello ${version}`, version], IMPORT_DATE);
}

/** The change of this run: one more commit to the code project. */
async function change(code: string): Promise<string> {
  const { stdout } = await git(code, ['rev-list', '--count', 'HEAD']);
  const subject = `Note change ${Number(stdout.trim())} in the contributors' list`;
  await writeFile(path.join(code, 'THANKS'), `\nDemo Developer, change ${Number(stdout.trim())}\n`, { flag: 'a' });
  await git(code, ['commit', '-q', '--all', '-m', subject]);
  return subject;
}

const packaging = (targets: readonly string[]) => `# yaml-language-server: $schema=../schema/packaging.schema.json
release: { name: demo, version: "${RELEASE}" }
maintainer: Demo Release Team <release@example.org>
targets: ${JSON.stringify(targets)}
projects: [fuel-openstack]
packages:
  - name: hello
    smoke: [hello, --greeting=Built by pkg-actions]
versions: { scheme: commits }
repositories:
  - { name: demo, path: "repository/{target}", origin: Demo, label: Demo }
`;

/** A path is one of this shell, and the packaging file lies elsewhere. */
const targetReference = (text: string) => (isTargetFile(text) ? path.resolve(text) : text);

async function main(): Promise<void> {
  const started = performance.now();
  const { values } = parseArgs({
    options: { folder: { type: 'string' }, state: { type: 'string' }, 'rpm-target': { type: 'string' } },
  });
  const folder = path.resolve(values.folder ?? path.join(import.meta.dirname, '../.demo'));
  const state = values.state === undefined ? path.join(folder, 'state') : path.resolve(values.state);
  const fetching = new LocalHost({ workspace: folder });
  await mkdir(folder, { recursive: true });
  if (!(await exists(path.join(folder, CODE)))) {
    await fetching.group('Fetch GNU hello from the distribution’s archive', async () => {
      const download = path.join(folder, 'download');
      // Made aside and renamed, the code last: what is stopped half-way leaves no projects that look whole.
      const made = path.join(download, 'projects');
      await fetchHello(download);
      await layOut(download, made);
      for (const project of [SPEC, CODE]) {
        const place = path.join(folder, project);
        await rm(place, { recursive: true, force: true });
        await mkdir(path.dirname(place), { recursive: true });
        await rename(path.join(made, project), place);
      }
    });
  }
  const subject = await change(path.join(folder, CODE));
  fetching.info(`A change to build: “${subject}”`);
  const distribution = await hostSources();
  const suites = new Set(distribution.map((source) => source.suite));
  const target =
    listTargets().find((candidate) => candidate.format === 'deb' && suites.has(candidate.suite))?.name ?? 'debian-12';
  const file = path.join(folder, 'packaging.yml');
  const rpmTarget = values['rpm-target'];
  if (rpmTarget === undefined && which('mock') !== undefined) {
    fetching.info('mock is there: --rpm-target el9 builds hello for an rpm target too');
  }
  await writeFile(file, packaging([target, ...(rpmTarget === undefined ? [] : [targetReference(rpmTarget)])]));
  await fetching.close();
  // Ephemeral: it exists in the memory of this process only.
  const { key } = await generateKey({ name: 'Demo Release Team', email: 'release@example.org' });
  const inputs: Record<string, string> = {
    packaging: file,
    work: path.join(folder, 'work'),
    state,
    'signing-key': key.reveal(),
    // Each run has a key of its own.
    'allow-key-change': 'true',
  };
  const host = new LocalHost({ workspace: folder, inputs: (name) => inputs[name] });
  process.once('exit', (code) => {
    if (code !== 0) return;
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    process.stderr.write(
      `\nThe demo took ${seconds} s. Everything it made lies in ${folder}; run it again for the next change.\n`,
    );
  });
  await runProcess(host, () => runAction(action, run, host));
}

try {
  await main();
} catch (error) {
  process.stderr.write(`error: ${messageOf(error)}\n`);
  if (error instanceof CommandError) process.stderr.write(`${error.command}\n${error.lastLines().join('\n')}\n`);
  process.exitCode = 1;
}
