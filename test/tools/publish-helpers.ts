/** Packages, builds and clients for the tests of publishing: made with the real tools, in a folder that goes away. */
import { createHash } from 'node:crypto';
import { cp, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { describeFiles, type FileRole, type Manifest, writeManifest } from '../../src/manifest.ts';
import { run } from '../../src/process.ts';
import { debDriver } from '../../src/repository/deb/driver.ts';
import type { DebRequest } from '../../src/repository/deb/plan.ts';
import { type PublishOptions, publish } from '../../src/repository/publish.ts';
import { generateKey, openSigner } from '../../src/signing/openpgp.ts';
import type { Signer } from '../../src/signing/signer.ts';
import { VERSION } from '../../src/version.ts';

export interface DebOptions {
  readonly name?: string;
  readonly version?: string;
  readonly architecture?: string;
  readonly extension?: 'deb' | 'udeb' | 'ddeb';
  /** Further control fields, or `undefined` for one to leave out. */
  readonly fields?: Readonly<Record<string, string | undefined>>;
  /** Maintainer scripts by name, without their first line. */
  readonly scripts?: Readonly<Record<string, string>>;
  readonly content?: string;
  readonly fileName?: string;
  readonly compression?: 'xz' | 'gzip' | 'zstd' | 'none';
}

export interface BuildOptions {
  readonly manifest?: Partial<Manifest>;
  /** Whether a .changes and a .buildinfo are made. */
  readonly records?: boolean;
}

/** A scratch folder with everything that a test of publishing needs. */
export class Workbench implements AsyncDisposable {
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

  static async make(): Promise<Workbench> {
    const folder = await mkdtemp(path.join(tmpdir(), 'publish-'));
    const { key } = await generateKey({ name: 'Test Archive', email: 'test@example.org' });
    return new Workbench(folder, await openSigner({ key }), key.reveal());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** A new empty folder. */
  async scratch(name = 'scratch'): Promise<string> {
    const folder = path.join(this.folder, `${name}-${this.#counter++}`);
    await mkdir(folder);
    return folder;
  }

  /** Builds a binary package into `folder`. */
  async deb(folder: string, options: DebOptions = {}): Promise<string> {
    const { name = 'hello', version = '1.0', architecture = 'amd64', extension = 'deb' } = options;
    const tree = await this.scratch('tree');
    const fields: Record<string, string | undefined> = {
      Package: name,
      Version: version,
      Architecture: architecture,
      Maintainer: 'Test <test@example.org>',
      Section: extension === 'udeb' ? 'debian-installer' : 'net',
      Priority: 'optional',
      Description: 'a package for tests\n of several lines',
      ...options.fields,
    };
    await mkdir(path.join(tree, 'DEBIAN'));
    await mkdir(path.join(tree, 'usr', 'share', 'doc', 'test'), { recursive: true });
    const control = Object.entries(fields).filter((field) => field[1] !== undefined);
    await writeFile(
      path.join(tree, 'DEBIAN', 'control'),
      `${control.map(([key, value]) => `${key}: ${value}`).join('\n')}\n`,
    );
    await writeFile(
      path.join(tree, 'usr', 'share', 'doc', 'test', 'content'),
      options.content ?? `${name} ${version}\n`,
    );
    for (const [script, text] of Object.entries(options.scripts ?? {})) {
      await writeFile(path.join(tree, 'DEBIAN', script), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    }
    const fileName = options.fileName ?? `${name}_${version.replace(/^\d+:/, '')}_${architecture}.${extension}`;
    const file = path.join(folder, fileName);
    await run(
      ['dpkg-deb', '--nocheck', '--root-owner-group', `-Z${options.compression ?? 'xz'}`, '--build', tree, file],
      { env: { SOURCE_DATE_EPOCH: '1700000000' } },
    );
    return file;
  }

  /** Builds a source package of format 3.0 (quilt) into `folder`; the same `upstream` gives the same orig tarball. */
  async source(folder: string, options: { name?: string; version?: string; upstream?: string } = {}): Promise<string> {
    const { name = 'hello', version = '1.0-1', upstream = 'upstream text' } = options;
    const base = version.slice(0, version.lastIndexOf('-')).replace(/^\d+:/, '');
    const work = await this.scratch('source');
    const tree = path.join(work, `${name}-${base}`);
    await mkdir(path.join(tree, 'debian', 'source'), { recursive: true });
    await writeFile(path.join(tree, 'README'), `${upstream}\n`);
    const tar = ['--sort=name', '--mtime=@1700000000', '--owner=0', '--group=0', '--numeric-owner'] as const;
    const orig = path.join(work, `${name}_${base}.orig.tar.xz`);
    await run(['tar', '-C', work, ...tar, '--exclude=debian', '-cJf', orig, `${name}-${base}`]);
    await writeFile(path.join(tree, 'debian', 'source', 'format'), '3.0 (quilt)\n');
    await writeFile(
      path.join(tree, 'debian', 'control'),
      `Source: ${name}\nSection: net\nPriority: optional\nMaintainer: Ä Test <test@example.org>\nStandards-Version: 4.6.2\n\nPackage: ${name}\nArchitecture: any\nDescription: x\n y\n`,
    );
    await writeFile(
      path.join(tree, 'debian', 'changelog'),
      `${name} (${version}) bookworm; urgency=medium\n\n  * Test.\n\n -- Ä Test <test@example.org>  Tue, 14 Nov 2023 22:13:20 +0000\n`,
    );
    await run(['dpkg-source', '--build', tree], { cwd: work, env: { SOURCE_DATE_EPOCH: '1700000000' } });
    await rm(tree, { recursive: true });
    await cp(work, folder, { recursive: true });
    return path.join(folder, `${name}_${version.replace(/^\d+:/, '')}.dsc`);
  }

  /** Writes .buildinfo and .changes of what lies in `folder`, as dpkg-genchanges would. */
  async records(folder: string, source: string, version: string, architecture = 'amd64'): Promise<void> {
    const base = path.join(folder, `${source}_${version.replace(/^\d+:/, '')}_${architecture}`);
    const head = `Source: ${source}\nBinary: ${source}\nArchitecture: ${architecture}\nVersion: ${version}\n`;
    const built = (await readdir(folder)).sort();
    await writeFile(
      `${base}.buildinfo`,
      `Format: 1.0\n${head}${await checksumFields(folder, built)}Build-Origin: Debian\n`,
    );
    const files = [...built, path.basename(`${base}.buildinfo`)];
    await writeFile(
      `${base}.changes`,
      `Format: 1.8\nDate: Tue, 14 Nov 2023 22:13:20 +0000\n${head}Distribution: bookworm\nUrgency: medium\nMaintainer: Ä Test <test@example.org>\nChanges:\n ${source} (${version}) bookworm; urgency=medium\n .\n   * Test.\n${await checksumFields(folder, files, true)}`,
    );
  }

  /** Writes the manifest of what lies in `folder`. */
  async build(folder: string, options: BuildOptions = {}): Promise<string> {
    const roles: Readonly<Record<string, FileRole>> = {
      '.deb': 'deb',
      '.udeb': 'udeb',
      '.ddeb': 'ddeb',
      '.dsc': 'dsc',
      '.changes': 'changes',
      '.buildinfo': 'buildinfo',
      '.log': 'log',
    };
    const names = (await readdir(folder)).filter((name) => name !== 'manifest.json');
    const files = names.map((name) => ({
      name,
      role:
        roles[path.extname(name)] ??
        (name.includes('.orig.') ? 'orig' : name.includes('.debian.') ? 'debian' : 'other'),
    }));
    await writeManifest(folder, {
      schema: 'pkg-actions/manifest/1',
      stage: 'build',
      createdAt: '2023-11-14T22:13:20Z',
      tool: { name: 'pkg-actions', version: VERSION },
      package: { name: 'hello', version: '1.0', format: 'deb' },
      change: 'merge',
      origins: [{ role: 'code', project: 'example/hello', commit: 'a'.repeat(40) }],
      target: { name: 'debian-12', suite: 'bookworm', architecture: 'amd64' },
      verdict: 'success',
      tools: {},
      files: await describeFiles(folder, files),
      ...options.manifest,
    });
    return folder;
  }

  /** A build of binary packages, with its manifest. */
  async binaries(...packages: readonly DebOptions[]): Promise<string> {
    const folder = await this.scratch('build');
    for (const each of packages) await this.deb(folder, each);
    return await this.build(folder);
  }

  /** A whole build: source, binary, .changes, .buildinfo. */
  async full(name: string, version: string, options: { upstream?: string; content?: string } = {}): Promise<string> {
    const folder = await this.scratch('build');
    await this.source(folder, { name, version, ...options });
    await this.deb(folder, { name, version, ...options });
    await this.records(folder, name, version);
    return await this.build(folder);
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

  async publish(packages: readonly string[], extra: Partial<PublishOptions> = {}, request: Partial<DebRequest> = {}) {
    return await publish(
      this.options(packages, extra),
      debDriver({ name: 'Test', architectures: ['amd64'], ...request }),
    );
  }

  /** A real apt with folders of its own on `uri` (the repository's `public/` when absent). */
  async apt(
    options: { uri?: string; channel?: string; components?: string; architectures?: readonly string[] } = {},
  ): Promise<AptClient> {
    const { channel = 'latest', components = 'main', architectures = ['amd64'] } = options;
    const folder = await this.scratch('apt');
    for (const part of ['state/lists/partial', 'cache/archives/partial', 'etc/preferences.d', 'etc/apt.conf.d']) {
      await mkdir(path.join(folder, part), { recursive: true });
    }
    await writeFile(path.join(folder, 'status'), '');
    const uri = `${options.uri ?? `file:${this.repository}/public`}/${channel}`;
    const where = `[signed-by=${this.repository}/public/keyring.gpg] ${uri} bookworm`;
    await writeFile(path.join(folder, 'etc', 'sources.list'), `deb ${where} ${components}\ndeb-src ${where} main\n`);
    const config = path.join(folder, 'apt.conf');
    await writeFile(
      config,
      `Dir::State "${folder}/state"; Dir::State::status "${folder}/status"; Dir::Cache "${folder}/cache"; Dir::Etc "${folder}/etc";
Dir::Etc::main "/dev/null"; Dir::Etc::parts "/dev/null"; Dir::Etc::trustedparts "/dev/null"; Dir::Log "${folder}";
APT::Architecture "${architectures[0]}"; APT::Architectures { ${architectures.map((name) => `"${name}";`).join(' ')} };
Acquire::Languages "none"; APT::Sandbox::User "root"; APT::Update::Error-Mode "any"; Debug::NoLocking "true";\n`,
    );
    return new AptClient(folder, config);
  }
}

/** Runs apt tools; every failure and every complaint of `update` throws. */
export class AptClient {
  readonly folder: string;
  readonly #config: string;

  constructor(folder: string, config: string) {
    this.folder = folder;
    this.#config = config;
  }

  async run(tool: string, ...args: string[]): Promise<string> {
    const { stdout } = await run([tool, ...args], { cwd: this.folder, env: { APT_CONFIG: this.#config } });
    return stdout;
  }

  async update(): Promise<void> {
    const { stderr } = await run(['apt-get', '-q', 'update'], { env: { APT_CONFIG: this.#config } });
    if (/^[WE]:/m.test(stderr)) throw new Error(stderr);
  }

  /** `name version` of all packages that it knows. */
  async list(): Promise<string[]> {
    const { stdout } = await run(['apt-cache', 'dumpavail'], { env: { APT_CONFIG: this.#config } });
    const names = [...stdout.matchAll(/^Package: (.*)$/gm)].map((match) => match[1]);
    const versions = [...stdout.matchAll(/^Version: (.*)$/gm)].map((match) => match[1]);
    return names.map((name, index) => `${name} ${versions[index]}`).sort();
  }
}

/** A digest of everything below `folder`: names, kinds, modes, contents. */
export async function treeDigest(folder: string): Promise<string> {
  const hash = createHash('sha256');
  const walk = async (current: string): Promise<void> => {
    for (const name of (await readdir(current)).sort()) {
      const full = path.join(current, name);
      const stat = await lstat(full);
      hash.update(`${path.relative(folder, full)} ${stat.mode} `);
      if (stat.isSymbolicLink()) hash.update(await readlink(full));
      else if (stat.isDirectory()) await walk(full);
      else hash.update(await readFile(full));
      hash.update('\0');
    }
  };
  await walk(folder);
  return hash.digest('hex');
}

/** `work` fails with one line that matches, a person's error, and leaves all of `root` as it is. */
export async function expectRefused(root: string, work: () => Promise<unknown>, message: RegExp | string) {
  const before = await treeDigest(root);
  const error = await work().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const shown = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  expect(shown).toBeInstanceOf(UserError);
  expect((shown as UserError).message).toMatch(message);
  expect((shown as UserError).message).not.toContain('\n');
  expect(await treeDigest(root)).toBe(before);
}

/** Every file below `folder` that holds `needle`. */
export async function filesWith(folder: string, needle: string): Promise<string[]> {
  const { stdout } = await run(['grep', '-rlaF', '-e', needle, folder], { okExitCodes: [0, 1] });
  return stdout.split('\n').filter((line) => line !== '');
}

async function checksumFields(folder: string, names: readonly string[], withFiles = false): Promise<string> {
  const contents = await Promise.all(
    names.map(async (name) => [name, await readFile(path.join(folder, name))] as const),
  );
  const field = (title: string, algorithm: string, middle = '') =>
    `${title}:\n${contents
      .map(([name, data]) => ` ${createHash(algorithm).update(data).digest('hex')} ${data.length} ${middle}${name}\n`)
      .join('')}`;
  const files = withFiles ? field('Files', 'md5', 'net optional ') : '';
  return `${field('Checksums-Sha1', 'sha1')}${field('Checksums-Sha256', 'sha256')}${files}`;
}
