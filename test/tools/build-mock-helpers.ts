/** What tests of build-mock share: small spec files, and a build of one as the action does it. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { action } from '../../src/actions/build-mock/inputs.ts';
import { run } from '../../src/actions/build-mock/run.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { runAction } from '../../src/main.ts';
import { type Manifest, readManifest } from '../../src/manifest.ts';
import { run as command } from '../../src/process.ts';
import { STATE } from './buildroot.ts';
import { testRpmGeneration } from './rpm-buildroot.ts';
import { sourceRpm } from './rpm-distribution-packages.ts';

export interface TinySpec {
  readonly name?: string;
  readonly version?: string;
  readonly release?: string;
  /** `noarch` when absent; empty for the architecture of the machine. */
  readonly buildArch?: string;
  readonly buildRequires?: readonly string[];
  /** Further lines of the head. */
  readonly head?: readonly string[];
  /** Sections: `prep`, `build`, `check`, `generate_buildrequires`, shell text each. */
  readonly sections?: Readonly<Record<string, string>>;
  /** Shell text of `%install`; one file `/usr/share/NAME` when absent. */
  readonly install?: string;
  /** Lines of `%files`. */
  readonly files?: readonly string[];
  /** Whatever comes after `%files`: further packages. */
  readonly more?: string;
}

/** The text of a spec file. */
export function specText(tiny: TinySpec = {}): string {
  const { name = 'tiny', version = '1.0', release = '1%{?dist}', buildArch = 'noarch', buildRequires = [] } = tiny;
  const { head = [], sections = {}, files = [`/usr/share/${name}`] } = tiny;
  const install = tiny.install ?? `mkdir -p %{buildroot}/usr/share\necho data > %{buildroot}/usr/share/${name}`;
  return [
    `Name: ${name}`,
    `Version: ${version}`,
    `Release: ${release}`,
    `Summary: ${name} of the tests`,
    'License: MIT',
    ...(buildArch === '' ? [] : [`BuildArch: ${buildArch}`]),
    ...buildRequires.map((text) => `BuildRequires: ${text}`),
    ...head,
    '%description',
    'A package of the tests.',
    ...Object.entries(sections).flatMap(([section, text]) => [`%${section}`, text]),
    '%install',
    install,
    '%files',
    ...files,
    ...(tiny.more === undefined ? [] : [tiny.more]),
    '%changelog',
    `* Thu Jan 01 2026 Tests <tests@example.org> - ${version}-1`,
    '- Made by a test.',
    '',
  ].join('\n');
}

/** A C program that is built by gcc, with debug information as `debug` says. */
export const C_PROGRAM: TinySpec = {
  buildArch: '',
  buildRequires: ['gcc', 'libsample-devel'],
  head: ['Source0: tiny.c'],
  sections: { build: 'gcc -g -O2 -o tiny %{SOURCE0}' },
  install: 'install -D -m 0755 tiny %{buildroot}/usr/bin/tiny',
  files: ['/usr/bin/tiny'],
};
export const C_SOURCE = '#include <sample.h>\n#include <stdio.h>\nint main(void)\n{\n  puts(SAMPLE);\n  return 0;\n}\n';

/** Makes the source package by rpmbuild in `folder`. */
export function tinySource(
  folder: string,
  tiny: TinySpec = {},
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<string> {
  return sourceRpm(path.join(folder, 'source'), { spec: specText(tiny), files });
}

export interface Built {
  readonly code: number;
  readonly host: RecordingHost;
  readonly output: string;
  readonly errors: string;
  readonly warnings: readonly string[];
  manifest(): Promise<Manifest>;
  /** The text of a result, by its name or the end of its name. */
  text(name: string): Promise<string>;
  /** Names of the results. */
  names(): Promise<string[]>;
}

/**
 * Builds `source` as the action does, on the buildroot of the tests.
 *
 * @param begin is given the host before the build begins: to cancel it.
 */
export async function build(
  folder: string,
  source: string,
  inputs: Record<string, string> = {},
  begin: (host: RecordingHost) => void = () => {},
): Promise<Built> {
  const held = await testRpmGeneration();
  await held.lock.release();
  const packaging = path.join(folder, 'packaging.yml');
  await mkdir(folder, { recursive: true });
  await writeFile(packaging, await packagingText());
  const output = inputs['output'] ?? path.join(folder, 'packages');
  const host = new RecordingHost(
    { source, target: 'synthetic', packaging, state: STATE, buildroot: held.name, output, ...inputs },
    { workspace: folder },
  );
  begin(host);
  const code = await runAction(action, run, host);
  const said = (level: 'error' | 'warning') => host.annotations(level).map(({ message }) => message);
  const names = async () => (await readManifest(output)).manifest.files.map(({ name }) => name);
  return {
    code,
    host,
    output,
    errors: said('error').join('\n'),
    warnings: said('warning'),
    manifest: async () => (await readManifest(output)).manifest,
    names,
    text: async (end) => {
      const name = (await names()).find((one) => one.endsWith(end));
      if (name === undefined) throw new Error(`no result ${end}: ${(await names()).join(' ')}`);
      return readFile(path.join(output, name), 'utf8');
    },
  };
}

/** A release of one target for the synthetic distribution. */
export async function packagingText(more = ''): Promise<string> {
  const { target, lock } = await testRpmGeneration();
  await lock.release();
  const value = {
    release: { name: 'tests' },
    targets: [
      {
        name: 'synthetic',
        format: 'rpm',
        distribution: 'synthetic',
        release: '9',
        suite: 'synthetic9',
        'version-tag': 'syn9',
        architectures: target.architectures,
        mock: target.mock,
      },
    ],
  };
  // JSON is YAML.
  return `${JSON.stringify(value).slice(0, -1)}${more === '' ? '' : `,${more}`}}\n`;
}

/** The tags of a package that rpm shows for `format`, rpm(8). */
export async function rpmQuery(file: string, format: string): Promise<string> {
  return (await command(['rpm', '-qp', '--nosignature', '--queryformat', format, file])).stdout;
}
