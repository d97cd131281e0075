/** Builds of small debs with dependencies of their own, for tests of what is kept between builds. */
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { action } from '../../src/actions/build-sbuild/inputs.ts';
import { run } from '../../src/actions/build-sbuild/run.ts';
import { layersFolder } from '../../src/buildroot/layers/store.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { runAction } from '../../src/main.ts';
import { readManifest } from '../../src/manifest.ts';
import { run as command } from '../../src/process.ts';
import { STATE, TARGET } from './buildroot.ts';
import { makeSource } from './source-package.ts';

export interface SmallDeb {
  readonly name: string;
  /** 1.0 where absent. */
  readonly version?: string;
  /** By absolute path. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Lines of a shell script that runs when it is configured. */
  readonly postinst?: string;
}

/** Builds a binary package for all architectures into `folder`; gives the file. */
export async function makeDeb(
  folder: string,
  { name, version = '1.0', files = {}, postinst }: SmallDeb,
): Promise<string> {
  const tree = path.join(folder, `${name}.tree`);
  const control = `Package: ${name}\nVersion: ${version}\nArchitecture: all\nMaintainer: Tests <tests@example.org>\nDescription: test\n`;
  const all: Record<string, string | Uint8Array> = { '/DEBIAN/control': control, ...files };
  if (postinst !== undefined) all['/DEBIAN/postinst'] = `#!/bin/sh\nset -e\n${postinst}\n`;
  for (const [file, content] of Object.entries(all)) {
    await mkdir(path.dirname(path.join(tree, file)), { recursive: true });
    await writeFile(path.join(tree, file), content);
  }
  if (postinst !== undefined) await chmod(path.join(tree, 'DEBIAN/postinst'), 0o755);
  const deb = path.join(folder, `${name}_${version}_all.deb`);
  await command(['dpkg-deb', '--root-owner-group', '-Zgzip', '-z1', '--build', tree, deb]);
  await rm(tree, { recursive: true });
  return deb;
}

/** A flat repository of these packages; what was in the folder goes. Gives the packages' files. */
export async function makeRepository(folder: string, debs: readonly SmallDeb[]): Promise<string[]> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const files: string[] = [];
  for (const deb of debs) files.push(await makeDeb(folder, deb));
  const { stdout } = await command(['dpkg-scanpackages', '--multiversion', '.'], { cwd: folder });
  await writeFile(path.join(folder, 'Packages'), stdout);
  return files;
}

/** The line of the input `repositories` for a folder or an address. */
export const repositories = (place: string) => ({ repositories: `deb [trusted=yes] ${place} ./` });

export interface PlainPackage {
  readonly name?: string;
  readonly buildDepends: readonly string[];
  /** Lines of shell that the build runs, as the build user. */
  readonly build?: readonly string[];
}

/** Makes a source package that is built without debhelper: nothing is installed but what it names. */
export function plainSource(folder: string, { name = 'tiny', buildDepends, build = [] }: PlainPackage) {
  const rules = [
    '#!/usr/bin/make -f',
    'clean:',
    '\trm -rf debian/out debian/files debian/*substvars',
    'build build-arch build-indep:',
    ...build.map((line) => `\t${line.replaceAll('$', '$$$$')}`),
    // Without root there is no call for `build` before.
    'binary binary-arch: build-arch',
    `\tinstall -D -m 644 data debian/out/usr/share/${name}/data`,
    '\tmkdir -p debian/out/DEBIAN',
    '\tdpkg-gencontrol -Pdebian/out',
    '\tdpkg-deb --root-owner-group --build debian/out ..',
    'binary-indep:',
    '',
  ].join('\n');
  const control = `Source: ${name}\nSection: misc\nPriority: optional\nMaintainer: Tests <tests@example.org>\nStandards-Version: 4.6.2\nRules-Requires-Root: no\nBuild-Depends: ${buildDepends.join(', ')}\n\nPackage: ${name}\nArchitecture: any\nDescription: test\n A package of the tests.\n`;
  return makeSource(folder, { name, files: { 'debian/rules': rules, 'debian/control': control } });
}

export interface BuiltDeb {
  readonly code: number;
  readonly host: RecordingHost;
  readonly output: string;
  readonly errors: string;
  readonly warnings: readonly string[];
  /** Everything that it said, a line each. */
  readonly said: string;
  log(): Promise<string>;
  manifest(): Promise<Awaited<ReturnType<typeof readManifest>>['manifest']>;
  /** Names and digests of its packages. */
  debs(): Promise<string[]>;
  /** What was installed. */
  packages(): Promise<string[]>;
}

let count = 0;

/** Builds a .dsc in a place below `folder` of its own. */
export async function buildDeb(
  folder: string,
  source: string,
  inputs: Readonly<Record<string, string>> = {},
  onHost: (host: RecordingHost) => void = () => {},
): Promise<BuiltDeb> {
  const output = path.join(folder, `packages-${count++}`);
  const host = new RecordingHost(
    {
      ...{ source, target: TARGET, state: STATE, output, engine: 'host' },
      // A few may wait for each other; and none of them needs much memory.
      ...{ 'max-parallel': '8', 'tmpfs-size': '400M' },
      ...inputs,
    },
    { workspace: folder },
  );
  onHost(host);
  const code = await runAction(action, run, host);
  const messages = (level: 'error' | 'warning') => host.annotations(level).map(({ message }) => message);
  return {
    ...{ code, host, output, errors: messages('error').join('\n'), warnings: messages('warning') },
    said: host.lines.map(({ message }) => message).join('\n'),
    log: () => readFile(host.outputs['log'] ?? '', 'utf8'),
    manifest: async () => (await readManifest(output)).manifest,
    debs: async () =>
      (await readManifest(output)).manifest.files
        .filter(({ role }) => role === 'deb')
        .map(({ name, sha256 }) => `${name} ${sha256}`),
    packages: async () => {
      const { files } = (await readManifest(output)).manifest;
      const list = files.find(({ role }) => role === 'packages-list')?.name ?? 'none';
      return (await readFile(path.join(output, list), 'utf8')).trim().split('\n');
    },
  };
}

/** Everything of a layer's tree: kinds, modes, owners, sizes, times, links, content. */
export async function treeDigest(id: string, state = STATE): Promise<string> {
  const { stdout } = await command([
    'sh',
    '-c',
    'cd "$1" && { find . -printf "%p %y %m %U %G %s %T@ %l\\n" | sort; find . -type f -print0 | sort -z | xargs -0 -r sha256sum; } | sha256sum',
    'sh',
    path.join(layersFolder(state), id, 'tree'),
  ]);
  return stdout;
}
