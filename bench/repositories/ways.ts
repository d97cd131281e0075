/** Ways to add packages to a repository, each with a repository of its own kind. */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Argv, type RunOptions, run } from '../../src/process.ts';
import type { BenchKey } from './key.ts';
import type { Batch } from './packages.ts';
import { APTLY, OURS, type Steps } from './tables.ts';

const CLI = path.resolve(import.meta.dirname, '../../dist/cli.js');

/** A repository in `folder`, which is copied before each measurement. */
export interface RepositoryWay {
  readonly name: string;
  /** Makes an empty one. */
  make(folder: string): Promise<void>;
  /**
   * Adds packages, and signs what clients read.
   *
   * @param measure runs the commands whose memory and processor time count.
   * @returns how long its steps took, where it says that.
   */
  add(folder: string, batch: Batch, measure: Measure): Promise<Steps | undefined>;
  /** The same before a measurement, where there is a quicker way to what is measured then. */
  fill?(folder: string, batch: Batch): Promise<void>;
  /** How many packages clients are told of. */
  count(folder: string): Promise<number>;
}

/** Runs a command, and notes what it took. */
export type Measure = (argv: Argv, options?: RunOptions) => Promise<unknown>;

export function reprepro({ home, fingerprint }: BenchKey): RepositoryWay {
  const env = { GNUPGHOME: home };
  return {
    name: 'reprepro + gpg',
    async make(folder) {
      await mkdir(path.join(folder, 'conf'), { recursive: true });
      await writeFile(
        path.join(folder, 'conf', 'distributions'),
        `Codename: bookworm\nArchitectures: amd64\nComponents: main\nSignWith: ${fingerprint}\n`,
      );
      await run(['reprepro', '--basedir', folder, 'export'], { env });
    },
    add: async (folder, { files }, measure) => {
      await measure(['reprepro', '--silent', '--basedir', folder, 'includedeb', 'bookworm', ...files], { env });
      return undefined;
    },
    count: (folder) => stanzas(path.join(folder, 'dists/bookworm/main/binary-amd64/Packages')),
  };
}

export function aptly({ home, fingerprint }: BenchKey): RepositoryWay {
  const env = { GNUPGHOME: home };
  const command = (folder: string): [string, ...string[]] => ['aptly', `-config=${path.join(folder, 'aptly.conf')}`];
  return {
    name: APTLY,
    async make(folder) {
      await mkdir(folder, { recursive: true });
      const configuration = {
        rootDir: folder,
        architectures: ['amd64'],
        gpgProvider: 'gpg',
        // Else it writes a list of all files for each, which nobody else makes.
        skipContentsPublishing: true,
      };
      await writeFile(path.join(folder, 'aptly.conf'), JSON.stringify(configuration));
      await run([...command(folder), 'repo', 'create', '-distribution=bookworm', '-component=main', 'bench']);
    },
    async add(folder, batch, measure) {
      await moveAptly(folder);
      await measure([...command(folder), 'repo', 'add', 'bench', batch.folder], { env });
      const isNew = (await run([...command(folder), 'publish', 'list', '-raw'])).stdout.trim() === '';
      const what: readonly string[] = isNew
        ? ['publish', 'repo', '-architectures=amd64', '-skip-contents', `-gpg-key=${fingerprint}`, '-batch', 'bench']
        : ['publish', 'update', '-skip-contents', `-gpg-key=${fingerprint}`, '-batch', 'bookworm'];
      await measure([...command(folder), ...what], { env });
      return undefined;
    },
    count: (folder) => stanzas(path.join(folder, 'public/dists/bookworm/main/binary-amd64/Packages')),
  };
}

/** Its configuration names its own folder: of a copy the former one. */
async function moveAptly(folder: string): Promise<void> {
  const configuration = {
    rootDir: folder,
    architectures: ['amd64'],
    gpgProvider: 'gpg',
    skipContentsPublishing: true,
  };
  await writeFile(path.join(folder, 'aptly.conf'), JSON.stringify(configuration));
}

/** rpmsign and createrepo_c, as people put them together: packages are copied in, signed there, and indexed. */
export function createrepo({ home, fingerprint }: BenchKey): RepositoryWay {
  const copyIn = async (folder: string, { files }: Batch) => {
    const there = files.map((file) => path.join(folder, 'packages', path.basename(file)));
    for (const [index, file] of files.entries()) await copyFile(file, there[index] ?? '');
    return there;
  };
  return {
    name: 'rpmsign + createrepo_c + gpg',
    async make(folder) {
      await mkdir(path.join(folder, 'packages'), { recursive: true });
    },
    // Not signed: that takes minutes, and createrepo_c does not read again what it has indexed.
    async fill(folder, batch) {
      await copyIn(folder, batch);
      await run(['createrepo_c', '--quiet', '--update', folder]);
    },
    async add(folder, batch, measure) {
      const there = await copyIn(folder, batch);
      const defines = [`_gpg_name ${fingerprint}`, `_gpg_path ${home}`, '__gpg /usr/bin/gpg'];
      const options = defines.flatMap((each) => ['--define', each]);
      await measure(['rpmsign', ...options, '--addsign', ...there], { env: { GNUPGHOME: home } });
      await measure(['createrepo_c', '--quiet', '--update', folder]);
      const repomd = path.join(folder, 'repodata', 'repomd.xml');
      await run(['gpg', '--homedir', home, '--batch', '--yes', '--detach-sign', '--armor', repomd]);
      return undefined;
    },
    count: (folder) => rpmCount(path.join(folder)),
  };
}

/** sign-publish as people run it: with all that it adds, the client check and fsync among it. */
export function signPublish(format: 'deb' | 'rpm', { secret }: BenchKey): RepositoryWay {
  const settings =
    format === 'deb' ? ['--suite', 'bookworm', '--architectures', 'amd64'] : ['--architectures', 'x86_64'];
  return {
    name: OURS,
    make: async () => {},
    async add(folder, batch, measure) {
      const report = path.join(path.dirname(folder), 'report.json');
      const argv: Argv = [process.execPath, CLI, 'sign-publish', '--packages', batch.folder, '--repository', folder];
      const options = [...settings, '--signing-key-variable', 'BENCH_KEY', '--report', report];
      await measure([...argv, ...options], { env: { BENCH_KEY: secret } });
      return (JSON.parse(await readFile(report, 'utf8')) as { seconds: Steps }).seconds;
    },
    count: (folder) =>
      format === 'deb'
        ? stanzas(path.join(folder, 'public/latest/dists/bookworm/main/binary-amd64/Packages'))
        : rpmCount(path.join(folder, 'public/latest/x86_64')),
  };
}

async function stanzas(file: string): Promise<number> {
  const { stdout } = await run(['grep', '--count', '^Package: ', file], { okExitCodes: 'any' });
  return Number(stdout);
}

async function rpmCount(folder: string): Promise<number> {
  const { stdout } = await run(['dnf', '--quiet', ...dnfOptions(folder), 'repoquery', '--available', 'bench-n*']);
  return stdout.split('\n').filter((line) => line !== '').length;
}

const dnfOptions = (folder: string): string[] => [
  ...['--repofrompath', `bench,file://${folder}`, '--repoid', 'bench', '--forcearch', 'x86_64'],
  ...['--setopt', 'bench.gpgcheck=0', '--setopt', `cachedir=${path.join(folder, '..', 'dnf')}`, '--refresh'],
];
