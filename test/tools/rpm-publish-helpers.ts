/** Packages, builds and clients for the tests of publishing rpm: made with the real tools, in a folder that goes away. */
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { RecordingHost } from '../../src/host/recording.ts';
import { describeFiles, type FileRole, type Manifest, writeManifest } from '../../src/manifest.ts';
import { run } from '../../src/process.ts';
import { fileUrl } from '../../src/repository/layout.ts';
import { type PublishOptions, publish } from '../../src/repository/publish.ts';
import { rpmDriver } from '../../src/repository/rpm/driver.ts';
import { endLeftovers, markedEnvironment } from '../../src/repository/rpm/leftovers.ts';
import type { RpmRequest } from '../../src/repository/rpm/plan.ts';
import { readRpmPackage } from '../../src/rpm/read-package.ts';
import { sourceOf } from '../../src/rpm/version-check.ts';
import { generateKey, openSigner } from '../../src/signing/openpgp.ts';
import type { Signer } from '../../src/signing/signer.ts';
import { VERSION } from '../../src/version.ts';

/** A source package and what it is built into: binary packages without files or dependencies. */
export interface SpecOptions {
  readonly name?: string;
  /** `[epoch:]version-release`. */
  readonly version?: string;
  /** Architecture of the package and of subpackages that do not say another. */
  readonly architecture?: string;
  /** Names of subpackages after the package's own, by architecture: `{ doc: 'noarch' }`. */
  readonly subpackages?: Readonly<Record<string, string>>;
  /** Whether the package itself is made, besides its subpackages. */
  readonly withMain?: boolean;
  /** Other content gives other headers. */
  readonly content?: string;
  /** Whether its source package comes without its source. */
  readonly noSource?: boolean;
  /** Sets the header's times; two of them give two headers of the same content. */
  readonly built?: number;
}

/** A scratch folder with everything that a test of publishing needs. */
export class RpmWorkbench implements AsyncDisposable {
  readonly folder: string;
  readonly repository: string;
  readonly host: RecordingHost;
  readonly signer: Signer;
  /** Armored private key, to be looked for in every output and file. */
  readonly secret: string;
  #counter = 0;

  private constructor(folder: string, signer: Signer, secret: string) {
    this.folder = folder;
    this.repository = path.join(folder, 'repository');
    this.host = new RecordingHost({}, { workspace: folder });
    this.signer = signer;
    this.secret = secret;
  }

  static async make(): Promise<RpmWorkbench> {
    const folder = await mkdtemp(path.join(tmpdir(), 'rpm-publish-'));
    const { key } = await generateKey({ name: 'Test Archive', email: 'test@example.org' });
    return new RpmWorkbench(folder, await openSigner({ key }), key.reveal());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endLeftovers(this.folder);
    await rm(this.folder, { recursive: true, force: true });
  }

  /** A new empty folder. */
  async scratch(name = 'scratch'): Promise<string> {
    const folder = path.join(this.folder, `${name}-${this.#counter++}`);
    await mkdir(folder);
    return folder;
  }

  /** Builds packages with rpmbuild into `folder`. */
  async rpms(folder: string, options: SpecOptions = {}, ...parts: readonly ('binary' | 'source')[]): Promise<void> {
    const { name = 'hello', version = '1.0-1', architecture = 'x86_64', subpackages = {}, withMain = true } = options;
    const [, epoch, base = '', release = ''] = /^(?:(\d+):)?([^-]+)-([^-]+)$/.exec(version) ?? [];
    const top = await this.scratch('rpmbuild');
    const content = options.content ?? `${name} ${version}`;
    const description = createHash('sha256').update(content).digest('hex');
    await writeFile(path.join(top, 'content'), content);
    await mkdir(path.join(top, 'SOURCES'));
    await writeFile(path.join(top, 'SOURCES', 'firmware'), 'not to be handed on');
    const spec = [
      `Name: ${name}`,
      ...(epoch === undefined ? [] : [`Epoch: ${epoch}`]),
      `Version: ${base}`,
      `Release: ${release}`,
      'Summary: A package for tests',
      'License: MIT',
      ...(options.noSource ? ['Source0: firmware', 'NoSource: 0'] : []),
      ...(architecture === 'noarch' ? ['BuildArch: noarch'] : []),
      '%description',
      description,
      ...(withMain ? ['%files', '/usr/share/%{name}'] : []),
      ...Object.entries(subpackages).flatMap(([sub, each]) => [
        `%package ${sub}`,
        'Summary: A part of a package for tests',
        ...(each === 'noarch' ? ['BuildArch: noarch'] : []),
        `%description ${sub}`,
        description,
        `%files ${sub}`,
        `/usr/share/%{name}-${sub}`,
      ]),
      '%install',
      ...['%{name}', ...Object.keys(subpackages).map((sub) => `%{name}-${sub}`)].map(
        (folderName) =>
          `mkdir -p %{buildroot}/usr/share/${folderName}; cp %{_topdir}/content %{buildroot}/usr/share/${folderName}/content`,
      ),
      ...(withMain ? [] : ['rm -r %{buildroot}/usr/share/%{name}']),
      '',
    ].join('\n');
    const file = path.join(top, `${name}.spec`);
    await writeFile(file, spec);
    const isBoth = parts.length === 0;
    const mode = isBoth ? '-ba' : parts[0] === 'source' ? '-bs' : '-bb';
    const machine = architecture === 'noarch' ? 'x86_64' : architecture;
    const defines = {
      _topdir: top,
      debug_package: '%{nil}',
      __os_install_post: '%{nil}',
      _buildhost: 'builder',
      _arch_compat: `${machine} noarch`,
      ...(options.built === undefined ? {} : { source_date_epoch_from_changelog: '0' }),
    };
    await run(
      ['rpmbuild', mode, '--quiet', '--target', machine]
        .concat(Object.entries(defines).flatMap(([macro, value]) => ['--define', `${macro} ${value}`]))
        .concat(file) as [string, ...string[]],
      options.built === undefined ? {} : { env: { SOURCE_DATE_EPOCH: String(options.built) } },
    );
    for (const place of ['RPMS', 'SRPMS']) {
      const names = await readdir(path.join(top, place), { recursive: true }).catch(() => []);
      for (const each of names.filter((one) => one.endsWith('.rpm')))
        await cp(path.join(top, place, each), path.join(folder, path.basename(each)));
    }
    await rm(top, { recursive: true });
  }

  /** Writes the manifest of what lies in `folder`, with the name of the first package's source. */
  async build(folder: string, options: { manifest?: Partial<Manifest>; architecture?: string } = {}): Promise<string> {
    const roleOf = (name: string): FileRole => {
      if (/\.(?:no)?src\.rpm$/.test(name)) return 'srpm';
      return name.endsWith('.rpm') ? 'rpm' : 'log';
    };
    const names = (await readdir(folder)).filter((name) => name !== 'manifest.json');
    const sources = await Promise.all(
      names
        .filter((name) => name.endsWith('.rpm'))
        .map(async (name) => await readRpmPackage(path.join(folder, name)).catch(() => undefined)),
    );
    const source = sources.flatMap((each) =>
      each === undefined ? [] : sourceOf(each).replace(/-[^-]+-[^-]+$/, ''),
    )[0];
    await writeManifest(folder, {
      schema: 'pkg-actions/manifest/1',
      stage: 'build',
      createdAt: '2023-11-14T22:13:20Z',
      tool: { name: 'pkg-actions', version: VERSION },
      package: { name: source ?? 'hello', version: '1.0-1', format: 'rpm' },
      change: 'merge',
      origins: [{ role: 'code', project: 'example/hello', commit: 'a'.repeat(40) }],
      target: { name: 'el9', suite: '9', architecture: options.architecture ?? 'x86_64' },
      verdict: 'success',
      tools: {},
      files: await describeFiles(
        folder,
        names.map((name) => ({ name, role: roleOf(name) })),
      ),
      ...options.manifest,
    });
    return folder;
  }

  /** Binary and source packages of one spec, with their manifest. */
  async full(options: SpecOptions = {}): Promise<string> {
    const folder = await this.scratch('build');
    await this.rpms(folder, options);
    return await this.build(folder, architectureOf(options));
  }

  /** Binary packages of one spec or several of one name, without their source package. */
  async binaries(...specs: readonly SpecOptions[]): Promise<string> {
    const folder = await this.scratch('build');
    for (const spec of specs) await this.rpms(folder, spec, 'binary');
    return await this.build(folder, architectureOf(specs[0] ?? {}));
  }

  options(packages: readonly string[], extra: Partial<PublishOptions> = {}): PublishOptions {
    return {
      root: this.repository,
      packages,
      channel: 'latest',
      signer: this.signer,
      allowReview: false,
      allowKeyChange: false,
      holder: 'a test',
      leaseSeconds: 60,
      logger: this.host,
      signal: new AbortController().signal,
      ...extra,
    };
  }

  async publish(packages: readonly string[], extra: Partial<PublishOptions> = {}, request: Partial<RpmRequest> = {}) {
    return await publish(this.options(packages, extra), rpmDriver({ name: 'Test', ...request }));
  }

  /** A real dnf with folders of its own on `url` (the repository's `public/` when absent). */
  async dnf(
    options: {
      url?: string;
      channel?: string;
      folder?: string;
      architecture?: string;
      keys?: string;
      /** Whether it asks for the channel's snapshot first. */
      mirrorlist?: boolean;
    } = {},
  ): Promise<DnfClient> {
    const { url = fileUrl(`${this.repository}/public`), channel = 'latest', architecture = 'x86_64' } = options;
    const address = `${url}/${channel}/${options.folder ?? '$basearch'}`;
    const folder = await this.scratch('dnf');
    for (const part of ['root', 'cache', 'state', 'log']) await mkdir(path.join(folder, part));
    const config = path.join(folder, 'dnf.conf');
    await writeFile(
      config,
      `[main]
reposdir=/dev/null
varsdir=/dev/null
plugins=0
cachedir=${folder}/cache
persistdir=${folder}/state
logdir=${folder}/log
gpgcheck=1
repo_gpgcheck=1
assumeyes=1
skip_if_unavailable=0
metadata_expire=0
zchunk=0
retries=1
[test]
name=test
${options.mirrorlist ? `mirrorlist=${address}/mirrorlist` : `baseurl=${address}`}
gpgkey=${options.keys ?? `${url}/key.asc`}
`,
    );
    return new DnfClient(folder, config, architecture);
  }
}

const architectureOf = ({ architecture }: SpecOptions) =>
  architecture === undefined || architecture === 'noarch' ? {} : { architecture };

/** Runs dnf in a root of its own; every failure throws. */
export class DnfClient {
  readonly folder: string;
  readonly root: string;
  readonly #config: string;
  readonly #architecture: string;

  constructor(folder: string, config: string, architecture: string) {
    this.folder = folder;
    this.root = path.join(folder, 'root');
    this.#config = config;
    this.#architecture = architecture;
  }

  async run(...args: string[]): Promise<string> {
    const { stdout } = await run(
      [
        'dnf',
        '--quiet',
        `--config=${this.#config}`,
        `--installroot=${this.root}`,
        '--releasever=9',
        `--forcearch=${this.#architecture}`,
        ...args,
      ],
      { cwd: this.folder, env: { HOME: this.folder, ...markedEnvironment(this.folder) } },
    );
    return stdout;
  }

  /** `name-[epoch:]version-release.architecture` of all packages that it sees. */
  async list(...args: string[]): Promise<string[]> {
    const text = await this.run('repoquery', '--queryformat=%{name}-%{evr}.%{arch}', ...args);
    return text
      .split('\n')
      .filter((line) => line !== '')
      .sort();
  }
}
