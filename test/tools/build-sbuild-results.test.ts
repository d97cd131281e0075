import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { action } from '../../src/actions/build-sbuild/inputs.ts';
import { run } from '../../src/actions/build-sbuild/run.ts';
import { UserError } from '../../src/errors.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { runAction } from '../../src/main.ts';
import { readManifest } from '../../src/manifest.ts';
import { archiveKey, makeDeb, writeArchive } from './apt-archive.ts';
import { STATE, TARGET, testGeneration } from './buildroot.ts';
import { makeSource, type TinyPackage } from './source-package.ts';

let root: string;
let folder: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-results-'));
  await (await testGeneration()).lock.release();
});
afterAll(() => rm(root, { recursive: true, force: true }));
beforeEach(async () => {
  folder = await mkdtemp(path.join(root, 'case-'));
});

/** Its uploads fail, as where the platform's store does not answer. */
class UploadFails extends RecordingHost {
  override upload(): Promise<string | undefined> {
    return Promise.reject(new UserError({ what: 'the artifact cannot be uploaded' }));
  }
}

async function build(tiny: TinyPackage, inputs: Record<string, string>, Host = RecordingHost) {
  const output = path.join(folder, 'packages');
  const source = await makeSource(folder, tiny);
  const host = new Host({ source, target: TARGET, state: STATE, output, ...inputs }, { workspace: folder });
  const code = await runAction(action, run, host);
  const said = (level: 'error' | 'warning') => host.annotations(level).map(({ message }) => message);
  return { code, host, output, errors: said('error').join('\n'), warnings: said('warning') };
}

const description = 'Description: test\n A package of the tests.\n';

describe('the results of a build', () => {
  it('are those of the parts asked for, udebs too, with packages from signed repositories as pins say', async () => {
    const key = await archiveKey();
    const archive = path.join(folder, 'archive');
    const pool = path.join(archive, 'pool');
    await mkdir(pool, { recursive: true });
    for (const version of ['1.0', '2.0']) {
      await makeDeb(pool, 'made-here', version);
      await rename(path.join(pool, 'made-here.deb'), path.join(pool, `made-here_${version}.deb`));
    }
    const options = { folder: archive, suites: ['stable'], components: ['main'], origin: 'Tests' };
    await writeArchive({ ...options, key, signature: 'inline' });
    await writeFile(path.join(folder, 'key.asc'), key.publicKey);
    const control = [
      'Source: tiny\nSection: misc\nPriority: optional\nMaintainer: Tests <tests@example.org>\nBuild-Depends: debhelper-compat (= 13)\n',
      `Package: tiny\nArchitecture: any\n${description}`,
      `Package: tiny-doc\nArchitecture: all\n${description}`,
      `Package: tiny-udeb\nPackage-Type: udeb\nSection: debian-installer\nArchitecture: any\n${description}`,
    ].join('\n');
    const { code, host, errors, output } = await build(
      { files: { 'debian/control': control } },
      {
        repositories: `deb ${archive} stable main`,
        'repository-keys': path.join(folder, 'key.asc'),
        pins: 'made-here; version 1.0; 1001',
        'extra-packages': 'made-here',
        'build-arch-all': 'false',
      },
    );
    expect(errors).toBe('');
    expect(code).toBe(0);
    expect(host.outputs['packages']?.split(' ').sort()).toEqual(['tiny', 'tiny-udeb']);
    const { manifest } = await readManifest(output);
    const udebs = manifest.files.filter(({ role }) => role === 'udeb').map(({ name }) => name);
    expect(udebs).toEqual(['tiny-udeb_1.0_amd64.udeb']);
    expect(manifest.repositories).toContainEqual({ uri: archive, suite: 'stable' });
    expect(await readFile(path.join(output, 'tiny_1.0_amd64.packages'), 'utf8')).toContain('made-here:all=1.0\n');
  });

  it('are outputs where they cannot be uploaded', async () => {
    const { code, host, errors, output } = await build({}, {}, UploadFails);
    expect(code).toBe(1);
    expect(errors).toBe('the artifact cannot be uploaded');
    expect(host.outputs).toMatchObject({ verdict: 'success', folder: output, packages: 'tiny', artifact: '' });
  });

  it('are judged where they are more than the limit', async () => {
    const packaging = path.join(folder, 'packaging.yml');
    await writeFile(packaging, `release: { name: x }\ntargets: [${TARGET}]\nlimits: { output-size: 3M }\n`);
    const { code, host, errors, warnings, output } = await build(
      {
        more: { 'tiny-doc': 'all' },
        files: { 'debian/tiny-doc.install': 'data usr/share/doc/tiny-doc\n' },
        rules: 'override_dh_auto_build:\n\thead -c 2500000 /dev/urandom > data\n',
      },
      { packaging },
      UploadFails,
    );
    expect(code).toBe(1);
    expect(host.outputs).toMatchObject({ verdict: 'package', folder: output, packages: '' });
    expect(errors).toMatch(/The build gives more than limits\.output-size allows: \d+ bytes, not 3145728 or fewer/);
    expect(errors).toMatch(/tiny 1\.0 for debian-12 .* does not build/);
    expect(warnings).toContain('the results could not be uploaded: the artifact cannot be uploaded');
    const log = await readFile(host.outputs['log'] ?? '', 'utf8');
    expect(log).toMatch(/^Status: successful$/m);
    expect(log).toMatch(/^E: the build gives more than limits\.output-size/m);
    const { manifest } = await readManifest(output);
    expect(manifest.verdict).toBe('package');
    expect(manifest.files.some(({ role }) => role === 'deb' || role === 'changes')).toBe(false);
    expect(host.summaryText).toContain('output-size');
  });
});
