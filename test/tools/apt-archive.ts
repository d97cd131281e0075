/** Small apt archives for tests, signed with a key of their own. */
import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../src/process.ts';
import { generateKey, openSigner } from '../../src/signing/openpgp.ts';
import type { Signer } from '../../src/signing/signer.ts';

export interface ArchiveKey {
  readonly signer: Signer;
  /** Armored. */
  readonly publicKey: string;
}

export async function archiveKey(): Promise<ArchiveKey> {
  const { key, publicKey } = await generateKey({ name: 'Test Archive', email: 'test@example.org' });
  return { signer: await openSigner({ key }), publicKey };
}

/** Builds a binary package for all architectures into `folder`, in place of any other version of it. */
export async function makeDeb(folder: string, name: string, version: string): Promise<void> {
  const tree = path.join(folder, `${name}.tree`);
  await mkdir(path.join(tree, 'DEBIAN'), { recursive: true });
  await writeFile(
    path.join(tree, 'DEBIAN/control'),
    `Package: ${name}\nVersion: ${version}\nArchitecture: all\nMaintainer: A <a@example.org>\nDescription: x\n`,
  );
  await run(['dpkg-deb', '--root-owner-group', '--build', tree, path.join(folder, `${name}.deb`)]);
  await rm(tree, { recursive: true });
}

export interface ArchiveOptions {
  readonly folder: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  readonly origin: string;
  readonly key: ArchiveKey;
  /** `inline` gives InRelease, `beside` Release and Release.gpg. */
  readonly signature: 'inline' | 'beside';
}

/** Writes and signs the indexes of `folder`, for the packages of its `pool` (all of them in the first component). */
export async function writeArchive(options: ArchiveOptions): Promise<void> {
  const { folder, suites, components, origin, key, signature } = options;
  await mkdir(path.join(folder, 'pool'), { recursive: true });
  const { stdout: packages } = await run(['dpkg-scanpackages', '--multiversion', 'pool'], { cwd: folder });
  for (const suite of suites) {
    const place = path.join(folder, 'dists', suite);
    const sums: string[] = [];
    for (const [index, component] of components.entries()) {
      const content = index === 0 ? packages : '';
      const name = `${component}/binary-amd64/Packages`;
      await mkdir(path.dirname(path.join(place, name)), { recursive: true });
      await writeFile(path.join(place, name), content);
      sums.push(` ${createHash('sha256').update(content).digest('hex')} ${Buffer.byteLength(content)} ${name}`);
    }
    const release = [
      `Origin: ${origin}`,
      `Suite: ${suite}`,
      `Codename: ${suite.replace(/-.*/, '')}`,
      `Date: ${new Date().toUTCString().replace('GMT', 'UTC')}`,
      'Architectures: amd64',
      `Components: ${components.join(' ')}`,
      'SHA256:',
      ...sums,
      '',
    ].join('\n');
    if (signature === 'inline') {
      await writeFile(path.join(place, 'InRelease'), await key.signer.clearsign(release));
    } else {
      await writeFile(path.join(place, 'Release'), release);
      await writeFile(path.join(place, 'Release.gpg'), (await key.signer.detach(Buffer.from(release))).armored);
    }
  }
}
