/** Small Debian source packages for tests, made by dpkg-source. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../src/process.ts';

export interface TinyPackage {
  readonly name?: string;
  readonly version?: string;
  readonly architecture?: string;
  readonly buildDepends?: readonly string[];
  /** Further lines of debian/rules; `%: dh $@` comes first. */
  readonly rules?: string;
  /** Files of the tree, by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Further binary packages: name to architecture. */
  readonly more?: Readonly<Record<string, string>>;
}

/** Makes a native source package in `folder` and returns the path of its .dsc. */
export async function makeSource(folder: string, tiny: TinyPackage = {}): Promise<string> {
  const {
    name = 'tiny',
    version = '1.0',
    architecture = 'any',
    buildDepends = [],
    rules = '',
    files = {},
    more = {},
  } = tiny;
  const tree = path.join(folder, `${name}-tree`);
  const binary = (binaryName: string, arch: string) =>
    `Package: ${binaryName}\nArchitecture: ${arch}\nDescription: test\n A package of the tests.\n`;
  const all: Record<string, string> = {
    'debian/control': [
      `Source: ${name}\nSection: misc\nPriority: optional\nMaintainer: Tests <tests@example.org>\nStandards-Version: 4.6.2\nBuild-Depends: ${['debhelper-compat (= 13)', ...buildDepends].join(', ')}\n`,
      binary(name, architecture),
      ...Object.entries(more).map(([binaryName, arch]) => binary(binaryName, arch)),
    ].join('\n'),
    'debian/changelog': `${name} (${version}) unstable; urgency=low\n\n  * Made by a test.\n\n -- Tests <tests@example.org>  Thu, 01 Jan 2026 00:00:00 +0000\n`,
    'debian/rules': `#!/usr/bin/make -f\n%:\n\tdh $@\n${rules}`,
    'debian/source/format': '3.0 (native)\n',
    [`debian/${name}.install`]: 'data usr/share/tiny-data\n',
    data: 'data\n',
    ...files,
  };
  for (const [file, content] of Object.entries(all)) {
    await mkdir(path.dirname(path.join(tree, file)), { recursive: true });
    await writeFile(path.join(tree, file), content);
  }
  await chmod(path.join(tree, 'debian/rules'), 0o755);
  await run(['dpkg-source', '--build', tree], { cwd: folder });
  return path.join(folder, `${name}_${version}.dsc`);
}
