/**
 * Reads a staged snapshot as a client would, before it is served: gpgv on repomd.xml, rpmkeys on every new package, and
 * the real dnf with folders of its own, so that nothing of this machine's configuration, keys or repositories plays a
 * part.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CommandError, UserError } from '../../errors.ts';
import { digestFile } from '../../manifest.ts';
import { inParallel } from '../../parallel.ts';
import { type Argv, run } from '../../process.ts';
import { parseEvr } from '../../rpm/evr.ts';
import { inParallelByHeader } from '../../rpm/large-headers.ts';
import { readRpmPackage } from '../../rpm/read-package.ts';
import { versionText } from '../../rpm/version-check.ts';
import type { CheckContext, Draft } from '../driver.ts';
import { checkWithGpgv } from '../gpgv.ts';
import { fileUrl } from '../layout.ts';
import type { PoolFile, RpmSnapshot, SnapshotPackage } from '../snapshot.ts';
import { debugFolder, foldersOf, listedArchitecture, SOURCE_FOLDER } from './folders.ts';
import { endLeftovers, markedEnvironment } from './leftovers.ts';
import type { RpmPlan } from './plan.ts';
import { REPOMD, REPOMD_SIGNATURE } from './repomd.ts';
import { RpmState } from './state.ts';

const FILES_AT_ONCE = 4;
/** dnf and rpmkeys are processes of one thread; a machine that publishes has two processors at least. */
const TOOLS_AT_ONCE = 2;
/** Packages given to rpmkeys in one call: paths are long, argument lists are not endless. */
const MAX_PER_CALL = 500;
/** Fewer are not worth a second process. */
const MIN_PER_CALL = 50;

/**
 * @throws UserError when a client would refuse the snapshot, or would get other packages than planned.
 */
export async function checkAsRpmClient(plan: RpmPlan, draft: Draft<RpmSnapshot>, context: CheckContext): Promise<void> {
  const { staging, keys, fingerprint, signal } = context;
  const home = path.join(staging.work, 'client');
  await mkdir(home);
  const keyring = path.join(home, 'keyring.gpg');
  await writeFile(keyring, keys.binary);
  const armored = path.join(home, 'key.asc');
  await writeFile(armored, keys.armored);

  const { architectures } = plan.settings;
  await inParallel(foldersOf(architectures), FILES_AT_ONCE, async (folder) => {
    const at = (name: string) => path.join(staging.snapshot, folder, name);
    const files = [at(REPOMD_SIGNATURE), at(REPOMD)] as const;
    await checkWithGpgv(
      { files, keyring, home, fingerprints: [fingerprint], where: `${folder}/${REPOMD_SIGNATURE}` },
      signal,
    );
  });

  const rpmkeys = ['rpmkeys', '--dbpath', path.join(home, 'rpmdb')] as const;
  const headers = new Map(draft.packages.map((each) => [each.files[0]?.path, each.headerDigest]));
  const files = draft.poolFiles.map((file) => ({
    ...file,
    file: path.join(staging.public, file.path),
    headerDigest: headers.get(file.path),
  }));
  if (files.length > 0) await importKeys([...rpmkeys, '--import', armored], signal);
  const perCall = Math.min(MAX_PER_CALL, Math.max(MIN_PER_CALL, Math.ceil(files.length / TOOLS_AT_ONCE)));
  const calls = Array.from({ length: Math.ceil(files.length / perCall) }, (_, index) => {
    const part = files.slice(index * perCall, (index + 1) * perCall);
    return async () => await checkSignatures(part, rpmkeys, signal);
  });
  const expected = new RpmState(draft.packages, architectures).folders();
  const views = architectures.map((architecture, index) => async () => {
    const folders = [architecture, debugFolder(architecture), ...(index === 0 ? [SOURCE_FOLDER] : [])];
    const seen = await listWithDnf(architecture, folders, armored, home, context);
    for (const folder of folders) compare(folder, expected.get(folder) ?? [], seen.get(folder) ?? new Set());
  });
  try {
    await inParallel([() => checkFiles(files), ...calls, ...views], TOOLS_AT_ONCE, (work) => work());
  } finally {
    // Those of publishers that were killed too: we hold the lease.
    await endLeftovers(path.dirname(staging.root));
  }
}

interface StagedFile extends PoolFile {
  /** Absolute. */
  readonly file: string;
  /** Of the package that the snapshot lists there. */
  readonly headerDigest: string | undefined;
}

/** New files are what was planned. */
async function checkFiles(files: readonly StagedFile[]): Promise<void> {
  await inParallelByHeader(
    files,
    FILES_AT_ONCE,
    ({ file, size }) => ({ path: file, size }),
    async ({ file, path: poolPath, size, sha256, headerDigest }) => {
      const found = await digestFile(file);
      if (found.size === size && found.sha256 === sha256) {
        const header = (await readRpmPackage(file, poolPath)).headerDigest;
        if (header === headerDigest) return;
        throw new UserError({
          what: 'a client would get another package than the one that was verified',
          where: poolPath,
          found: `the header ${header.slice(0, 12)}…`,
          expected: `the header ${headerDigest === undefined ? 'of a package of the snapshot' : `${headerDigest.slice(0, 12)}…`}`,
        });
      }
      throw new UserError({
        what: 'a client would not get the file that was published',
        where: poolPath,
        found: `sha256 ${found.sha256.slice(0, 12)}…, ${found.size} bytes`,
        expected: `sha256 ${sha256.slice(0, 12)}…, ${size} bytes`,
      });
    },
  );
}

/** rpmkeys takes the keys that clients get. Its exit code is 0 whatever becomes of its database. */
async function importKeys(argv: Argv, signal: AbortSignal): Promise<void> {
  const { stderr } = await run(argv, { signal });
  const problem = stderr.split('\n').find((line) => line.startsWith('error: '));
  if (problem === undefined) return;
  throw new UserError({
    what: /disk is full|disk I\/O error|No space left/.test(stderr)
      ? 'no space left for rpm to check the packages'
      : 'rpm does not take the key',
    where: 'the staged packages',
    found: problem,
  });
}

/** rpm accepts digests and signatures of new packages. */
async function checkSignatures(
  files: readonly StagedFile[],
  rpmkeys: readonly [string, ...string[]],
  signal: AbortSignal,
): Promise<void> {
  const { exitCode, stdout, stderr } = await run(
    [...rpmkeys, '--checksig', '--define', '_pkgverify_level all', ...files.map(({ file }) => file)],
    { signal, okExitCodes: 'any', captureBytes: 4 * 1024 * 1024 },
  );
  if (exitCode === 0) return;
  const complaint = stdout.split('\n').find((line) => line !== '' && !line.endsWith(': digests signatures OK'));
  const which = files.find(({ file }) => complaint?.startsWith(`${file}:`));
  throw new UserError({
    what: 'rpm does not accept the package',
    where: which?.path ?? 'the staged packages',
    found: complaint?.split(': ').at(-1) ?? stderr.trim().split('\n').at(-1) ?? `exit code ${exitCode}`,
    expected: 'good digests and a good signature, by the keys that clients get',
  });
}

/** dnf's name of an architecture that it takes for a machine's, by base architecture, where these differ (dnf/rpm). */
const MACHINES: Readonly<Record<string, string>> = { i386: 'i686', armhfp: 'armv7hl' };

/**
 * Asks dnf what it sees.
 *
 * @returns for each folder its packages, as `describe` gives them.
 */
async function listWithDnf(
  architecture: string,
  folders: readonly string[],
  armored: string,
  home: string,
  context: CheckContext,
): Promise<Map<string, Set<string>>> {
  const folder = path.join(home, `dnf-${architecture}`);
  for (const part of ['root', 'cache', 'state', 'log']) await mkdir(path.join(folder, part), { recursive: true });
  const sections = folders.map((name, index) =>
    [
      `[folder-${index}]`,
      `name=${name}`,
      `baseurl=${fileUrl(path.join(context.staging.snapshot, name))}`,
      `gpgkey=${fileUrl(armored)}`,
      // Packages of module streams that are not enabled are hidden otherwise.
      'module_hotfixes=1',
      '',
    ].join('\n'),
  );
  // dnf.conf(5): everything that it reads or writes lies in `folder`.
  const main = [
    '[main]',
    'reposdir=/dev/null',
    'varsdir=/dev/null',
    'pluginpath=/dev/null',
    'pluginconfpath=/dev/null',
    'plugins=0',
    `cachedir=${path.join(folder, 'cache')}`,
    `persistdir=${path.join(folder, 'state')}`,
    `logdir=${path.join(folder, 'log')}`,
    'gpgcheck=1',
    'repo_gpgcheck=1',
    'assumeyes=1',
    'skip_if_unavailable=0',
    'optional_metadata_types=',
    'zchunk=0',
    '',
  ].join('\n');
  const config = path.join(folder, 'dnf.conf');
  await writeFile(config, [main, ...sections].join('\n'));
  const argv = [
    'dnf',
    '--quiet',
    `--config=${config}`,
    `--installroot=${path.join(folder, 'root')}`,
    '--releasever=1',
    `--forcearch=${MACHINES[architecture] ?? architecture}`,
    'repoquery',
    '--queryformat=%{repoid} %{epoch}:%{version}-%{release} %{name} %{arch} %{downloadsize} %{location}',
  ] as const;
  const { stdout } = await run([...argv], {
    signal: context.signal,
    env: { HOME: folder, ...markedEnvironment(folder) },
    captureBytes: Number.MAX_SAFE_INTEGER,
  }).catch((error: unknown) => {
    // Ended by a signal, it has said nothing of the repository.
    if (!(error instanceof CommandError) || error.failure.end !== 'exit') throw error;
    const lines = error.failure.stderr.split('\n').filter((line) => line.trim() !== '');
    throw new UserError(
      {
        what: error.failure.stderr.includes('No space left on device')
          ? 'no space left for dnf to check it'
          : 'dnf does not accept the repository',
        where: `the staged snapshot for ${architecture}`,
        found: lines.find((line) => /^(?:Error|GPG)/.test(line)) ?? lines.at(-1) ?? error.message,
      },
      { cause: error },
    );
  });
  const seen = new Map(folders.map((name) => [name, new Set<string>()]));
  for (const line of stdout.split('\n')) {
    const [, index, evr, ...rest] = /^folder-(\d+) (\S+) (\S+) (\S+) (\d+) (\S+)$/.exec(line) ?? [];
    if (index === undefined || evr === undefined) continue;
    seen.get(folders[Number(index)] ?? '')?.add(`${versionText(parseEvr(evr, 'dnf'))} ${rest.join(' ')}`);
  }
  return seen;
}

function describe(each: SnapshotPackage): string {
  const [file] = each.files;
  return `${each.version} ${each.name} ${listedArchitecture(each)} ${file?.size} ${file?.path}`;
}

function compare(folder: string, packages: readonly SnapshotPackage[], seen: ReadonlySet<string>): void {
  const wanted = new Set(packages.map(describe));
  const refuse = (found: string, expected: string): UserError =>
    new UserError({ what: 'dnf sees other packages than those that were published', where: folder, found, expected });
  for (const each of wanted) if (!seen.has(each)) throw refuse('that dnf does not list it', each);
  for (const each of seen) if (!wanted.has(each)) throw refuse(each, 'nothing of it');
}
