/**
 * Reads a staged snapshot as a client would, before it is served: gpgv on its signatures, and the real apt with folders
 * of its own, so that nothing of this machine's configuration, keys or sources plays a part.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CommandError, UserError } from '../../errors.ts';
import { digestFile } from '../../manifest.ts';
import { inParallel } from '../../parallel.ts';
import { run } from '../../process.ts';
import type { CheckContext, Draft } from '../driver.ts';
import { checkWithGpgv } from '../gpgv.ts';
import { fileUri } from '../layout.ts';
import type { DebSnapshot, PackageRef, PoolFile, SnapshotPackage } from '../snapshot.ts';
import type { DebPlan } from './plan.ts';

/** Packages asked for in one call of apt. */
const PACKAGES_PER_CALL = 500;
const FILES_AT_ONCE = 4;

/** What of a plan the check looks at. */
type Checked = Pick<DebPlan, 'settings' | 'binaries' | 'sources'>;

/**
 * @throws UserError when a client would refuse the snapshot, or would get other files than planned.
 */
export async function checkAsClient(plan: Checked, draft: Draft<DebSnapshot>, context: CheckContext): Promise<void> {
  const folder = path.join(context.staging.work, 'client');
  await mkdir(folder);
  const keyring = path.join(folder, 'keyring.gpg');
  await writeFile(keyring, context.keys.binary);
  const added = [...plan.binaries, ...plan.sources].map(({ candidate }) => candidate);
  const [names, versions] = [new Set(added.map(nameOf)), new Set(added.map(versionOf))];
  const packages = draft.packages.filter((each) => names.has(nameOf(each)));
  const files = packages.filter((each) => versions.has(versionOf(each))).flatMap((each) => each.files);
  const askApt = async () => {
    const apt = await Apt.configure(folder, draft, context);
    await apt.update();
    return await apt.whereFrom(packages);
  };
  // At once: apt has a processor of its own. Of several errors the first in this order is told, whichever came first.
  const [signed, seen, onDisk] = await Promise.allSettled([
    checkSignatures(plan, keyring, context),
    askApt(),
    digestsOf(files, context),
  ]);
  if (signed.status === 'rejected') throw signed.reason;
  if (seen.status === 'rejected') throw seen.reason;
  if (onDisk.status === 'rejected') throw onDisk.reason;
  for (const [index, file] of files.entries()) checkFile(file, seen.value.get(file.path), onDisk.value[index]);
  // Files of older versions that are kept are in the pool, and were read when they came.
  const older = packages.filter((each) => !versions.has(versionOf(each)));
  for (const file of older.flatMap((each) => each.files)) checkFile(file, seen.value.get(file.path), file);
}

function nameOf({ kind, name, architecture }: PackageRef): string {
  return `${kind} ${name} ${architecture}`;
}

function versionOf(each: PackageRef): string {
  return `${nameOf(each)} ${each.version}`;
}

interface Found {
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
}

async function digestsOf(files: readonly PoolFile[], { staging, signal }: CheckContext): Promise<Found[]> {
  return await inParallel(files, FILES_AT_ONCE, async (file) => {
    signal.throwIfAborted();
    return await digestFile(path.join(staging.public, file.path));
  });
}

/** @param seen what apt is told of it; @param onDisk what it would get. */
function checkFile(file: PoolFile, seen: Found | undefined, onDisk: Found | undefined): void {
  if ([seen, onDisk].every((each) => each?.size === file.size && each.sha256 === file.sha256)) return;
  throw new UserError({
    what: 'a client would not get the file that was published',
    where: file.path,
    found:
      seen === undefined
        ? 'that apt does not ask for it'
        : `sha256 ${seen.sha256.slice(0, 12)}…, on disk ${onDisk?.sha256.slice(0, 12)}…`,
    expected: `sha256 ${file.sha256.slice(0, 12)}…, ${file.size} bytes`,
  });
}

async function checkSignatures(plan: Checked, keyring: string, context: CheckContext): Promise<void> {
  const dists = path.join(context.staging.snapshot, 'dists', plan.settings.suite);
  const home = path.dirname(keyring);
  const { fingerprint, nextFingerprint, signal } = context;
  const fingerprints = [fingerprint, ...(nextFingerprint === undefined ? [] : [nextFingerprint])];
  for (const [where, data] of [['InRelease'], ['Release.gpg', 'Release']] as const) {
    const signature = path.join(dists, where);
    const files = data === undefined ? ([signature] as const) : ([signature, path.join(dists, data)] as const);
    await checkWithGpgv({ files, keyring, home, fingerprints, where }, signal);
  }
}

class Apt {
  readonly #config: string;
  readonly #folder: string;
  readonly #draft: Draft<DebSnapshot>;
  readonly #context: CheckContext;

  private constructor(config: string, folder: string, draft: Draft<DebSnapshot>, context: CheckContext) {
    this.#config = config;
    this.#folder = folder;
    this.#draft = draft;
    this.#context = context;
  }

  /** apt.conf(5): everything that it reads or writes lies in `folder`. */
  static async configure(folder: string, draft: Draft<DebSnapshot>, context: CheckContext): Promise<Apt> {
    const { settings } = draft;
    const uri = fileUri(context.staging.snapshot);
    for (const part of ['state/lists/partial', 'cache/archives/partial', 'etc/trusted.gpg.d', 'log', 'download']) {
      await mkdir(path.join(folder, part), { recursive: true });
    }
    await writeFile(path.join(folder, 'status'), '');
    await writeFile(path.join(folder, 'etc', 'trusted.gpg.d', 'repository.gpg'), context.keys.binary);
    const components = [
      ...settings.components,
      ...settings.udebComponents.map((component) => `${component}/debian-installer`),
    ].join(' ');
    await writeFile(
      path.join(folder, 'etc', 'sources.list'),
      ['deb', 'deb-src']
        // An installer area holds no sources.
        .map(
          (type) => `${type} ${uri} ${settings.suite} ${type === 'deb' ? components : settings.components.join(' ')}\n`,
        )
        .join(''),
    );
    const values: [string, string][] = [
      ['Dir', folder],
      ['Dir::State', path.join(folder, 'state')],
      ['Dir::State::status', path.join(folder, 'status')],
      ['Dir::Cache', path.join(folder, 'cache')],
      ['Dir::Log', path.join(folder, 'log')],
      ['Dir::Etc', path.join(folder, 'etc')],
      ['Dir::Etc::main', '/dev/null'],
      ['Dir::Etc::parts', '/dev/null'],
      ['Dir::Etc::sourceparts', '/dev/null'],
      ['Dir::Etc::preferencesparts', '/dev/null'],
      ['Dir::Etc::trusted', '/dev/null'],
      ['APT::Architecture', settings.architectures[0] ?? ''],
      ['APT::Get::AllowUnauthenticated', 'false'],
      ['Acquire::AllowInsecureRepositories', 'false'],
      ['Acquire::Languages', 'none'],
      ['APT::Update::Error-Mode', 'any'],
      // The staging folder is ours alone; apt's user for downloads could not read it.
      ['APT::Sandbox::User', 'root'],
    ];
    const lines = [
      ...values.map(([name, value]) => `${name} "${value}";`),
      `APT::Architectures { ${settings.architectures.map((name) => `"${name}";`).join(' ')} };`,
    ];
    const config = path.join(folder, 'apt.conf');
    await writeFile(config, `${lines.join('\n')}\n`);
    return new Apt(config, folder, draft, context);
  }

  async update(): Promise<void> {
    const { stderr } = await this.#run(
      ['apt-get', '--quiet', '--quiet', 'update'],
      'apt does not accept the repository',
    );
    const complaint = stderr.split('\n').find((line) => /^[WE]: /.test(line));
    if (complaint !== undefined) {
      throw new UserError({
        what: 'apt does not accept the repository',
        where: 'the staged snapshot',
        found: complaint,
      });
    }
  }

  /** Asks apt where it would fetch `packages` from: size and digest that it expects, by path in the pool. */
  async whereFrom(packages: readonly SnapshotPackage[]): Promise<Map<string, Found>> {
    const binaries = packages.filter((each) => each.kind === 'binary');
    const sources = packages.filter((each) => each.kind === 'source');
    const seen = new Map<string, Found>();
    for (const [list, command] of [
      [binaries, ['download']],
      [sources, ['source', '--download-only', '--only-source']],
    ] as const) {
      for (let start = 0; start < list.length; start += PACKAGES_PER_CALL) {
        const names = list.slice(start, start + PACKAGES_PER_CALL).map((each) => this.#nameOf(each));
        const argv = ['apt-get', '--quiet', '--quiet', '--print-uris', ...command, ...names] as const;
        const { stdout } = await this.#run([...argv], 'apt does not find what was published');
        for (const line of stdout.split('\n')) {
          const [, uri = '', size = '', sha256 = ''] = /^'([^']+)' \S+ (\d+) SHA256:([0-9a-f]{64})$/.exec(line) ?? [];
          const poolPath = uri.split(`/snapshots/${this.#context.staging.id}/`)[1];
          // apt escapes some characters of a path and not others.
          if (poolPath !== undefined) seen.set(decodeURIComponent(poolPath), { size: Number(size), sha256 });
        }
      }
    }
    return seen;
  }

  /** `name:architecture=version`, apt-get(8). */
  #nameOf(each: SnapshotPackage): string {
    const architecture = each.kind === 'source' || each.architecture === 'all' ? '' : `:${each.architecture}`;
    return `${each.name}${architecture}=${each.version}`;
  }

  async #run(argv: [string, ...string[]], what: string) {
    try {
      return await run(argv, {
        signal: this.#context.signal,
        cwd: path.join(this.#folder, 'download'),
        env: { APT_CONFIG: this.#config },
        captureBytes: 64 * 1024 * 1024,
      });
    } catch (error) {
      // Ended by a signal, it has said nothing of the repository.
      if (!(error instanceof CommandError) || error.failure.end !== 'exit') throw error;
      const found = error.failure.stderr.split('\n').filter((line) => line.startsWith('E: '));
      throw new UserError(
        {
          what: error.failure.stderr.includes('No space left on device') ? 'no space left for apt to check it' : what,
          where: `the staged snapshot of ${this.#draft.settings.suite}`,
          found: found[0] ?? error.message,
        },
        { cause: error },
      );
    }
  }
}
