/** Small RPM packages and signed repositories of them, for tests; made by rpmbuild, rpmsign and createrepo_c. */
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { run } from '../../src/process.ts';
import { rpmbuild } from './rpm-distribution-make.ts';

export interface SmallPackage {
  readonly name: string;
  /** `1.0` when absent. */
  readonly version?: string;
  /** Without the dist suffix, which is added: `1` gives `1.el9`. */
  readonly release?: string;
  readonly epoch?: number;
  /** `noarch` when absent. */
  readonly architecture?: string;
  /** Absolute paths to contents. A file below a `bin` folder is executable. */
  readonly files?: Readonly<Record<string, string>>;
  readonly requires?: readonly string[];
  readonly provides?: readonly string[];
  /** Further lines of the spec's head: `Obsoletes: x`. */
  readonly head?: readonly string[];
  /** `%post` and its like, with the shell text each runs. */
  readonly scriptlets?: Readonly<Record<string, string>>;
}

/** Packages of the distribution that builds ask for. */
export const SMALL: readonly SmallPackage[] = [
  {
    name: 'libsample-devel',
    version: '1.2',
    files: { '/usr/include/sample.h': '#define SAMPLE "1.2"\n' },
    provides: ['pkgconfig(sample) = 1.2'],
  },
  {
    name: 'libother-devel',
    version: '3.0',
    files: { '/usr/include/other.h': '#include <sample.h>\n#define OTHER 3\n' },
    requires: ['libsample-devel >= 1.0'],
  },
];

/** An update of a package of the distribution, and a package whose scriptlet fails; for `extraRepository`. */
export const UPDATED_SAMPLE: SmallPackage = {
  name: 'libsample-devel',
  version: '2.0',
  files: { '/usr/include/sample.h': '#define SAMPLE "2.0"\n' },
  provides: ['pkgconfig(sample) = 2.0'],
};
export const BROKEN_SCRIPTLET: SmallPackage = {
  name: 'broken-scriptlet',
  files: { '/usr/share/broken-scriptlet': 'x\n' },
  scriptlets: { pre: 'echo this scriptlet fails >&2\nexit 1' },
};

/** Builds a binary package into `folder` and returns its file. */
export async function makeRpm(folder: string, one: SmallPackage): Promise<string> {
  const { name, version = '1.0', release = '1', epoch, architecture = 'noarch', files = {}, head = [] } = one;
  const work = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-rpm-'));
  try {
    const tree = path.join(work, 'tree');
    await mkdir(tree);
    for (const [file, content] of Object.entries(files)) {
      await mkdir(path.join(tree, path.dirname(file)), { recursive: true });
      await writeFile(path.join(tree, file), content, { mode: file.includes('bin/') ? 0o755 : 0o644 });
    }
    const spec = path.join(work, `${name}.spec`);
    const lines = [
      '%global debug_package %{nil}',
      `Name: ${name}`,
      ...(epoch === undefined ? [] : [`Epoch: ${epoch}`]),
      `Version: ${version}`,
      `Release: ${release}%{?dist}`,
      `Summary: ${name} of the tests`,
      'License: MIT',
      ...(architecture === 'noarch' ? ['BuildArch: noarch'] : []),
      'AutoReqProv: no',
      ...(one.requires ?? []).map((text) => `Requires: ${text}`),
      ...(one.provides ?? []).map((text) => `Provides: ${text}`),
      ...head,
      '%description',
      'A package of the tests.',
      '%install',
      'mkdir -p %{buildroot}',
      `cp -a ${tree}/. %{buildroot}/`,
      ...Object.entries(one.scriptlets ?? {}).flatMap(([kind, text]) => [`%${kind}`, text]),
      '%files',
      ...Object.keys(files).map((file) => `"${file}"`),
      '',
    ];
    await writeFile(spec, lines.join('\n'));
    const target = architecture === 'noarch' ? [] : ['--target', architecture];
    const [file] = await rpmbuild(work, path.join(work, 'out'), ['-bb', ...target, spec]);
    if (file === undefined) throw new Error('rpmbuild wrote no package');
    await mkdir(folder, { recursive: true });
    const result = path.join(folder, path.basename(file));
    await run(['mv', file, result]);
    return result;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

export interface SourceRpmOptions {
  /** Text of the spec. */
  readonly spec: string;
  /** Its sources and patches, by name. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
}

/** Builds a source package into `folder` by `rpmbuild -bs`, without asking for its build dependencies. */
export async function sourceRpm(folder: string, { spec, files = {} }: SourceRpmOptions): Promise<string> {
  const work = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-srpm-'));
  try {
    const sources = path.join(work, 'rpmbuild/SOURCES');
    await mkdir(sources, { recursive: true });
    for (const [name, content] of Object.entries(files)) await writeFile(path.join(sources, name), content);
    const name = /^Name:\s*(\S+)/im.exec(spec)?.[1] ?? 'package';
    const file = path.join(work, `${name}.spec`);
    await writeFile(file, spec);
    const [made] = await rpmbuild(work, path.join(work, 'out'), ['-bs', file]);
    if (made === undefined) throw new Error('rpmbuild wrote no source package');
    await mkdir(folder, { recursive: true });
    const result = path.join(folder, path.basename(made));
    await run(['mv', made, result]);
    return result;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Runs `use` with a gpg home that holds the private key of `secretFile`, gone afterwards with its agent. */
async function withKey<T>(secretFile: string, use: (home: string, keyId: string) => Promise<T>): Promise<T> {
  // A short path: gpg-agent's socket is in it.
  const home = await mkdtemp('/tmp/gpg-');
  const env = { GNUPGHOME: home };
  try {
    await run(['gpg', '--batch', '--quiet', '--import', secretFile], { env });
    const { stdout } = await run(['gpg', '--batch', '--with-colons', '--list-secret-keys'], { env });
    const keyId = /^fpr:+([0-9A-F]{40}):/m.exec(stdout)?.[1];
    if (keyId === undefined) throw new Error('the key was not imported');
    return await use(home, keyId);
  } finally {
    await run(['gpgconf', '--kill', 'all'], { env, okExitCodes: 'any' });
    await rm(home, { recursive: true, force: true });
  }
}

/** Signs the packages of `folder`, makes its indexes, and signs `repomd.xml`. */
export async function indexAndSign(folder: string, secretFile: string | undefined): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.rpm'));
  const packages = names.map((name) => path.join(folder, name));
  const index = () => run(['createrepo_c', '--quiet', '--general-compress-type=gz', folder]);
  if (secretFile === undefined) {
    await index();
    await rm(path.join(folder, 'repodata/repomd.xml.asc'), { force: true });
    return;
  }
  await withKey(secretFile, async (home, keyId) => {
    // Debian's macros name gpg without its folder, and rpmsign looks on no PATH.
    const macros = [
      '--define',
      '__gpg /usr/bin/gpg',
      '--define',
      `_gpg_name ${keyId}`,
      '--define',
      `_gpg_path ${home}`,
    ];
    if (packages.length > 0) {
      await run(['rpmsign', ...macros, '--addsign', ...packages], { env: { GNUPGHOME: home }, timeoutSeconds: 300 });
    }
    await index();
    const repomd = path.join(folder, 'repodata/repomd.xml');
    await rm(`${repomd}.asc`, { force: true });
    await run(['gpg', '--batch', '--armor', '--detach-sign', '--output', `${repomd}.asc`, repomd], {
      env: { GNUPGHOME: home },
    });
  });
}

/** Makes a fresh key pair: `secret` (not protected) and `key` (both armored files). */
export async function makeKeyFiles(secret: string, key: string, email: string): Promise<void> {
  const { generateKey } = await import('../../src/signing/openpgp.ts');
  const made = await generateKey({ name: 'Synthetic Linux', email, algorithm: 'rsa2048' });
  await writeFile(`${secret}.new`, made.key.reveal(), { mode: 0o600 });
  await rename(`${secret}.new`, secret);
  await writeFile(key, made.publicKey);
}
