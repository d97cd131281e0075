/** Many small packages, quickly: what repositories are measured with. */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describeFiles, writeManifest } from '../../src/manifest.ts';
import { run } from '../../src/process.ts';
import { type TarEntry, writeTar } from '../../src/source/tar.ts';

/** Packages of one build, in a folder with its manifest. */
export interface Batch {
  readonly folder: string;
  /** Absolute. */
  readonly files: readonly string[];
}

const MTIME = 1_700_000_000;
/** Of noise in each package. */
const BYTES = 2000;

/**
 * Makes `count` deb packages of one source, named by their numbers from `first` on. By hand, deb(5): dpkg-deb takes some
 * 30 ms for each.
 */
export async function makeDebs(folder: string, first: number, count: number): Promise<Batch> {
  await mkdir(folder, { recursive: true });
  const files: string[] = [];
  for (let number = first; number < first + count; number++) {
    const name = `bench-${String(number).padStart(5, '0')}`;
    const fields = [
      `Package: ${name}`,
      `Source: bench-${first}`,
      'Version: 1.0-1',
      'Architecture: amd64',
      'Maintainer: Bench <bench@example.org>',
      'Installed-Size: 16',
      'Depends: libc6 (>= 2.34)',
      'Section: net',
      'Priority: optional',
      'Homepage: https://example.org/bench',
      `Description: package number ${number} of a measurement\n It has the fields that most packages have, and a description\n of several lines.`,
    ];
    const control = await tarball([{ path: './control', content: Buffer.from(`${fields.join('\n')}\n`) }]);
    const data = await tarball([{ path: `./usr/share/${name}`, content: randomBytes(BYTES) }]);
    const file = path.join(folder, `${name}_1.0-1_amd64.deb`);
    await writeFile(
      file,
      Buffer.concat([
        Buffer.from('!<arch>\n'),
        member('debian-binary', Buffer.from('2.0\n')),
        member('control.tar.gz', control),
        member('data.tar.gz', data),
      ]),
    );
    files.push(file);
  }
  await manifest(folder, 'deb', `bench-${first}`, '1.0-1', { name: 'debian-12', suite: 'bookworm' }, 'amd64');
  return { folder, files };
}

/** Makes `count` rpm packages: subpackages of one spec, so that rpmbuild makes them in seconds. */
export async function makeRpms(folder: string, first: number, count: number): Promise<Batch> {
  const numbers = Array.from({ length: count }, (_, index) => first + index);
  const name = `bench-${first}`;
  const spec = `Name: ${name}
Version: 1.0
Release: 1
Summary: Many
License: MIT
%description
Many
${numbers.map((n) => `%package -n bench-n${n}\nSummary: Number ${n}\n%description -n bench-n${n}\nPackage number ${n} of a measurement\n%files -n bench-n${n}\n/usr/share/bench/${n}\n`).join('')}
%install
mkdir -p %{buildroot}/usr/share/bench
cd %{buildroot}/usr/share/bench
for i in $(seq ${first} ${first + count - 1}); do head -c ${BYTES} /dev/urandom > $i; done
`;
  const top = path.join(folder, 'build');
  await mkdir(top, { recursive: true });
  const file = path.join(top, 'bench.spec');
  await writeFile(file, spec);
  const defines = [`_topdir ${top}`, '__os_install_post %{nil}', 'debug_package %{nil}'];
  const options = defines.flatMap((each) => ['--define', each]);
  await run(['rpmbuild', '-bb', '--quiet', '--target', 'x86_64', ...options, file]);
  const made = path.join(top, 'RPMS', 'x86_64');
  for (const each of await readdir(made)) await rename(path.join(made, each), path.join(folder, each));
  await run(['rm', '-rf', '--', top]);
  await manifest(folder, 'rpm', name, '1.0-1', { name: 'el-9', suite: 'el9' }, 'x86_64');
  const names = (await readdir(folder)).filter((each) => each.endsWith('.rpm'));
  return { folder, files: names.map((each) => path.join(folder, each)) };
}

async function manifest(
  folder: string,
  format: 'deb' | 'rpm',
  name: string,
  version: string,
  target: { readonly name: string; readonly suite: string },
  architecture: string,
): Promise<void> {
  const names = (await readdir(folder)).filter((each) => each.endsWith(`.${format}`)).sort();
  await writeManifest(folder, {
    schema: 'pkg-actions/manifest/1',
    stage: 'build',
    createdAt: new Date(MTIME * 1000).toISOString(),
    tool: { name: 'pkg-actions', version: '0.0.0' },
    package: { name, version, format },
    change: 'merge',
    origins: [{ role: 'code', project: 'example/bench', commit: 'a'.repeat(40) }],
    target: { ...target, architecture },
    verdict: 'success',
    tools: {},
    files: await describeFiles(
      folder,
      names.map((each) => ({ name: each, role: format })),
    ),
  });
}

async function tarball(files: readonly { readonly path: string; readonly content: Buffer }[]): Promise<Buffer> {
  async function* entries(): AsyncGenerator<TarEntry> {
    for (const file of files) yield { ...file, mode: '100644' };
  }
  const pieces: Buffer[] = [];
  for await (const piece of writeTar(entries(), MTIME)) pieces.push(piece);
  return gzipSync(Buffer.concat(pieces));
}

/** A member of an archive, ar(5). */
function member(name: string, content: Buffer): Buffer {
  const head = `${name.padEnd(16)}${String(MTIME).padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(content.length).padEnd(10)}\`\n`;
  return Buffer.concat([Buffer.from(head), content, Buffer.from(content.length % 2 === 1 ? '\n' : '')]);
}
