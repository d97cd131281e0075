import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileRole, Manifest } from '../../../src/manifest.ts';
import type { Build } from '../../../src/repository/builds.ts';
import { readRpmCandidates } from '../../../src/repository/rpm/candidates.ts';
import { type RpmRecipe, rpmBytes } from '../rpm/rpm-bytes.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rpm-candidates-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A build of the source package `name`, with one package in the file `x.rpm`. */
async function build(name: string, recipe: RpmRecipe, role: FileRole = 'rpm'): Promise<Build> {
  const bytes = rpmBytes(recipe);
  await writeFile(path.join(folder, 'x.rpm'), bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const files = [{ name: 'x.rpm', role, size: bytes.length, sha256 }];
  return { manifest: { package: { name }, files } as unknown as Manifest, sha256, folder };
}

const read = async (...given: Parameters<typeof build>) =>
  (await readRpmCandidates([await build(...given)], new AbortController().signal)).packages.map(
    ({ source, poolPath }) => `${source}: ${poolPath}`,
  );

describe('readRpmCandidates', () => {
  it('takes packages of the source package that the manifest names', async () => {
    expect(await read('hello', { name: 'libhello', sourceRpm: 'hello-2.10-1.src.rpm' })).toEqual([
      'hello: pool/h/hello/libhello-2.10-1.x86_64.rpm',
    ]);
    expect(await read('hello', { sourceRpm: undefined }, 'srpm')).toEqual(['hello: pool/h/hello/hello-2.10-1.src.rpm']);
  });

  it.each<[string, RpmRecipe, FileRole]>([
    ['a package', { name: 'hello', sourceRpm: 'victim-2.10-1.src.rpm' }, 'rpm'],
    ['a source package', { name: 'victim', sourceRpm: undefined }, 'srpm'],
  ])('refuses %s of another', async (_, recipe, role) => {
    await expect(read('hello', recipe, role)).rejects.toThrow(
      /x\.rpm: the package is of another source package than its build \(found victim, expected hello, as the manifest says\)/,
    );
  });

  it('refuses names that no file can have', async () => {
    const name = (length: number) => 'l'.repeat(length - '-2.10-1.x86_64.rpm'.length);
    expect(await read('hello', { name: name(255), sourceRpm: 'hello-2.10-1.src.rpm' })).toHaveLength(1);
    await expect(read('hello', { name: name(256), sourceRpm: 'hello-2.10-1.src.rpm' })).rejects.toThrow(
      /x\.rpm: a name that the repository cannot hold .* 255 bytes at most/,
    );
    const sourceRpm = `${'s'.repeat(240)}-2.10-1.src.rpm`;
    await expect(read('s'.repeat(240), { sourceRpm })).resolves.toHaveLength(1);
    await expect(read('s'.repeat(241), { sourceRpm: `s${sourceRpm}` })).rejects.toThrow(/Source RPM: an illegal value/);
  });
});
