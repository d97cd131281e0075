/**
 * A synthetic RPM distribution for tests, so that they need no mirror of a real one: a signed repository whose base
 * package is a Debian tree with rpm's build tools, and a configuration of mock for it. Made once (about 45 s) and kept
 * in .cache/rpm-distribution until its recipe changes.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { takeLock } from '../../src/lock.ts';
import { run } from '../../src/process.ts';
import { makeBasePackages } from './rpm-distribution-make.ts';
import { indexAndSign, makeKeyFiles, makeRpm, SMALL, type SmallPackage } from './rpm-distribution-packages.ts';

const CACHE = path.resolve(import.meta.dirname, '../../.cache/rpm-distribution');
const RECIPE = ['rpm-distribution-make.ts', 'rpm-distribution-packages.ts'];

export interface RpmRepository {
  /** Folder with packages and `repodata/`. */
  readonly folder: string;
  /** `file:` address of the folder. */
  readonly url: string;
  /** Public key, armored: packages and `repomd.xml` are signed with it. */
  readonly key: string;
  /** The same as a file. */
  readonly keyFile: string;
}

export interface RpmDistribution extends RpmRepository {
  /** Private key, armored and not protected; for `indexAndSign`. */
  readonly secretFile: string;
  /** rpm's name of the machine's architecture. */
  readonly architecture: string;
  /** Files of the packages, by name of the package. */
  readonly packages: Readonly<Record<string, string>>;
  /** Text of a mock configuration for the distribution. */
  mockConfig(options?: MockConfigOptions): string;
}

export interface ExtraRepository {
  readonly url: string;
  /** Nothing is verified without. */
  readonly keyFile?: string;
  /** False for unsigned metadata; packages are verified nevertheless. */
  readonly repoGpgcheck?: boolean;
}

export interface MockConfigOptions {
  /** `synthetic-9-<architecture>` when absent. */
  readonly root?: string;
  /** What mock installs into an empty root: `install synthetic-base` when absent. */
  readonly setup?: string;
  /** Address of the distribution, where it is not the folder's: of a server, or of a place in a session. */
  readonly url?: string;
  /** Public key file or address, as the root's user sees it. */
  readonly keyFile?: string;
  /** Further repositories, by id. */
  readonly repositories?: Readonly<Record<string, ExtraRepository>>;
  /** Lines of Python that come last. */
  readonly more?: readonly string[];
}

/** The distribution, made when there is none of this recipe. */
export async function rpmDistribution(): Promise<RpmDistribution> {
  const folder = path.join(CACHE, await recipeDigest());
  await mkdir(CACHE, { recursive: true });
  const lockFile = path.join(CACHE, 'lock');
  await (await open(lockFile, 'a')).close();
  {
    await using _lock = await takeLock(lockFile, {
      mode: 'exclusive',
      waitSeconds: 900,
      what: 'the synthetic distribution',
    });
    const isMade = await stat(folder).then(
      () => true,
      () => false,
    );
    if (!isMade) await makeDistribution(folder);
  }
  const architecture = await hostArchitecture();
  const repository = path.join(folder, 'repository');
  const keyFile = path.join(folder, 'RPM-GPG-KEY-synthetic');
  const url = pathToFileURL(repository).href;
  const packages: Record<string, string> = {};
  for (const file of await readdir(repository)) {
    const name = /^(.+)-[^-]+-[^-]+\.rpm$/.exec(file)?.[1];
    if (name !== undefined) packages[name] = path.join(repository, file);
  }
  return {
    folder: repository,
    url,
    key: await readFile(keyFile, 'utf8'),
    keyFile,
    secretFile: path.join(folder, 'secret.asc'),
    architecture,
    packages,
    mockConfig: (options = {}) => mockConfig({ url, keyFile, ...options }, architecture),
  };
}

/**
 * Makes a further repository in `folder` (which must not exist), signed with the distribution's key unless `signed` is
 * false: for updates of packages and for packages that cannot be installed.
 */
export async function extraRepository(
  folder: string,
  packages: readonly SmallPackage[],
  options: { readonly signed?: boolean } = {},
): Promise<RpmRepository> {
  const { secretFile, key, keyFile } = await rpmDistribution();
  await mkdir(folder, { recursive: true });
  for (const one of packages) await makeRpm(folder, one);
  await indexAndSign(folder, options.signed === false ? undefined : secretFile);
  return { folder, url: pathToFileURL(folder).href, key, keyFile };
}

async function makeDistribution(folder: string): Promise<void> {
  for (const name of await readdir(CACHE)) {
    const old = path.join(CACHE, name);
    // A run of another recipe may still use its own for a while.
    const isOld = Date.now() - (await stat(old)).mtimeMs > 86_400_000;
    if (name.endsWith('.new') || (isOld && name !== 'lock')) await rm(old, { recursive: true, force: true });
  }
  const made = `${folder}.new`;
  const repository = path.join(made, 'repository');
  await mkdir(repository, { recursive: true });
  await makeBasePackages(path.join(made, 'work'), repository);
  await rm(path.join(made, 'work'), { recursive: true });
  for (const one of SMALL) await makeRpm(repository, one);
  const secret = path.join(made, 'secret.asc');
  await makeKeyFiles(secret, path.join(made, 'RPM-GPG-KEY-synthetic'), 'synthetic@example.org');
  await indexAndSign(repository, secret);
  await writeFile(path.join(made, 'made'), `${new Date().toISOString()}\n`);
  await rename(made, folder);
}

async function recipeDigest(): Promise<string> {
  const digest = createHash('sha256');
  for (const name of RECIPE) digest.update(await readFile(path.join(import.meta.dirname, name)));
  digest.update((await run(['rpm', '--version'])).stdout).update(await readFile('/etc/os-release'));
  return digest.digest('hex').slice(0, 16);
}

async function hostArchitecture(): Promise<string> {
  return (await run(['rpm', '--eval', '%{_arch}'])).stdout.trim();
}

function mockConfig(
  options: MockConfigOptions & { readonly url: string; readonly keyFile: string },
  architecture: string,
): string {
  const { root = `synthetic-9-${architecture}`, setup = 'install synthetic-base' } = options;
  const repository = (id: string, { url, keyFile, repoGpgcheck = true }: ExtraRepository) => [
    `[${id}]`,
    `name=${id}`,
    `baseurl=${url}`,
    'enabled=1',
    `gpgcheck=${keyFile === undefined ? 0 : 1}`,
    `repo_gpgcheck=${keyFile === undefined || !repoGpgcheck ? 0 : 1}`,
    ...(keyFile === undefined ? [] : [`gpgkey=${keyFile.startsWith('/') ? pathToFileURL(keyFile).href : keyFile}`]),
    'metadata_expire=0',
    '',
  ];
  return [
    `config_opts['root'] = ${JSON.stringify(root)}`,
    "config_opts['description'] = 'Synthetic Linux 9'",
    `config_opts['target_arch'] = ${JSON.stringify(architecture)}`,
    `config_opts['legal_host_arches'] = (${JSON.stringify(architecture)},)`,
    `config_opts['chroot_setup_cmd'] = ${JSON.stringify(setup)}`,
    "config_opts['dist'] = 'el9'",
    "config_opts['releasever'] = '9'",
    "config_opts['package_manager'] = 'dnf'",
    "config_opts['use_bootstrap'] = False",
    "config_opts['use_bootstrap_image'] = False",
    "config_opts['isolation'] = 'simple'",
    "config_opts['plugin_conf']['root_cache_enable'] = False",
    "config_opts['dnf.conf'] = '''",
    '[main]',
    'keepcache=1',
    'reposdir=/dev/null',
    'logfile=/var/log/yum.log',
    'retries=2',
    'obsoletes=1',
    'gpgcheck=1',
    'assumeyes=1',
    'install_weak_deps=0',
    'best=1',
    'module_platform_id=platform:el9',
    '',
    ...repository('synthetic', { url: options.url, keyFile: options.keyFile }),
    ...Object.entries(options.repositories ?? {}).flatMap(([id, one]) => repository(id, one)),
    "'''",
    ...(options.more ?? []),
    '',
  ].join('\n');
}
