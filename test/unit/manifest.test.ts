import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  describeFiles,
  digestFile,
  MANIFEST_NAME,
  type Manifest,
  readManifest,
  verifyFiles,
  writeManifest,
} from '../../src/manifest.ts';
import { VERSION } from '../../src/version.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pkg-actions-manifest-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

function manifestOf(files: Manifest['files']): Manifest {
  return {
    schema: 'pkg-actions/manifest/1',
    stage: 'build',
    createdAt: '2026-01-02T03:04:05Z',
    tool: { name: 'pkg-actions', version: VERSION },
    package: { name: 'hello', version: '1:2.10-3', format: 'deb' },
    change: 'merge',
    origins: [{ role: 'code', project: 'hello', commit: 'a'.repeat(40) }],
    tools: { sbuild: '0.85.0' },
    files,
  };
}

/** A folder with two files and a manifest that lists them. */
async function sample(): Promise<Manifest> {
  await writeFile(path.join(folder, 'hello_2.10-3_amd64.deb'), 'deb');
  await writeFile(path.join(folder, 'hello_2.10-3.dsc'), 'dsc');
  const manifest = manifestOf(
    await describeFiles(folder, [
      { name: 'hello_2.10-3_amd64.deb', role: 'deb' },
      { name: 'hello_2.10-3.dsc', role: 'dsc' },
    ]),
  );
  await writeManifest(folder, manifest);
  return manifest;
}

async function edit(change: (json: Record<string, unknown>) => void): Promise<void> {
  const file = path.join(folder, MANIFEST_NAME);
  const json = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  change(json);
  await writeFile(file, JSON.stringify(json));
}

describe('writing and reading', () => {
  test('gives back what was written, by file and by folder', async () => {
    const manifest = await sample();
    const file = path.join(folder, MANIFEST_NAME);
    const read = await readManifest(folder);
    expect(read).toEqual(await readManifest(file));
    expect(read.manifest).toEqual(manifest);
    expect(read).toMatchObject({ file, folder });
    expect(read.sha256).toBe(
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex'),
    );
  });

  test('lists files by name, with size and digest', async () => {
    const { files } = await sample();
    expect(files).toEqual([
      { name: 'hello_2.10-3.dsc', size: 3, sha256: sha256('dsc'), role: 'dsc' },
      { name: 'hello_2.10-3_amd64.deb', size: 3, sha256: sha256('deb'), role: 'deb' },
    ]);
  });

  test('leaves nothing beside the manifest, and writes none that is wrong', async () => {
    await sample();
    const bad = { ...manifestOf([]), stage: 'other' } as unknown as Manifest;
    await expect(writeManifest(folder, bad)).rejects.toThrow();
    expect((await readdir(folder)).sort()).toEqual(['hello_2.10-3.dsc', 'hello_2.10-3_amd64.deb', MANIFEST_NAME]);
    expect((await readManifest(folder)).manifest.stage).toBe('build');
  });

  test('an error names the file and the field', async () => {
    await sample();
    await edit((json) => {
      (json['package'] as Record<string, unknown>)['format'] = 'tgz';
    });
    await expect(readManifest(folder)).rejects.toThrow(`${path.join(folder, MANIFEST_NAME)} package.format`);
  });

  test.each([
    ['..'],
    ['../evil.deb'],
    ['a/b.deb'],
    ['/etc/passwd'],
    ['.hidden'],
    ['-rf'],
    ['a b'],
    ['a\nb'],
    ['$(touch x)'],
    [''],
    ['x'.repeat(256)],
  ])('refuses the file name %j', async (name) => {
    await sample();
    await edit((json) => {
      (json['files'] as Record<string, unknown>[])[0] = { name, size: 1, sha256: '0'.repeat(64), role: 'deb' };
    });
    await expect(readManifest(folder)).rejects.toThrow(/files\.0\.name/);
  });

  test.each([
    ['an unknown field', (json: Record<string, unknown>) => Object.assign(json, { extra: 1 })],
    ['a later schema', (json: Record<string, unknown>) => Object.assign(json, { schema: 'pkg-actions/manifest/2' })],
    ['a digest in capitals', (json: Record<string, unknown>) => Object.assign(json, { previous: 'A'.repeat(64) })],
    ['a negative size', (json: Record<string, unknown>) => Object.assign(json, { sourceDateEpoch: -1 })],
  ])('refuses %s', async (_, change) => {
    await sample();
    await edit((json) => {
      change(json);
    });
    await expect(readManifest(folder)).rejects.toThrow(/the manifest does not have its form/);
  });

  test('refuses a file that is listed twice', async () => {
    await sample();
    await edit((json) => {
      const files = json['files'] as unknown[];
      files.push(files[0]);
    });
    await expect(readManifest(folder)).rejects.toThrow(/lists a file twice.*hello_2\.10-3\.dsc/);
  });

  test('says when there is none, or no JSON', async () => {
    await expect(readManifest(folder)).rejects.toThrow(
      /the manifest cannot be read \(found no such file, expected a folder/,
    );
    await expect(readManifest(path.join(folder, 'nothere'), 'a box')).rejects.toThrow(
      `${path.join(folder, 'nothere')}: no such file or folder (expected a box)`,
    );
    await writeFile(path.join(folder, 'some'), Buffer.from([0xed, 0xab, 0xee, 0xdb, 3, 0]));
    await expect(readManifest(path.join(folder, 'some'))).rejects.toThrow(/not JSON \(found a binary file, expected/);
    await writeFile(path.join(folder, MANIFEST_NAME), '{"schema":');
    await expect(readManifest(folder)).rejects.toThrow(/the manifest is not JSON/);
  });
});

describe('verifyFiles', () => {
  test('takes a folder that holds what is listed', async () => {
    await expect(verifyFiles(folder, await sample())).resolves.toBeUndefined();
  });

  test('names what was changed, even to the same size', async () => {
    const manifest = await sample();
    await writeFile(path.join(folder, 'hello_2.10-3_amd64.deb'), 'bad');
    await expect(verifyFiles(folder, manifest)).rejects.toThrow(/hello_2\.10-3_amd64\.deb: the file is not the one/);
    await truncate(path.join(folder, 'hello_2.10-3_amd64.deb'), 1);
    await expect(verifyFiles(folder, manifest)).rejects.toThrow(/found 1 bytes/);
  });

  test('names what is missing', async () => {
    const manifest = await sample();
    await rm(path.join(folder, 'hello_2.10-3.dsc'));
    await expect(verifyFiles(folder, manifest)).rejects.toThrow(/hello_2\.10-3\.dsc: .*cannot be read.*ENOENT/);
  });

  test('names what is not listed', async () => {
    const manifest = await sample();
    await writeFile(path.join(folder, 'evil_1.0_amd64.deb'), '');
    await expect(verifyFiles(folder, manifest)).rejects.toThrow(
      /evil_1\.0_amd64\.deb: a file that the manifest does not/,
    );
  });

  test('takes no link for a file, although its content would do', async () => {
    const manifest = await sample();
    await rm(path.join(folder, 'hello_2.10-3.dsc'));
    await mkdir(path.join(folder, '..', `${path.basename(folder)}-outside`));
    const outside = path.join(folder, '..', `${path.basename(folder)}-outside`, 'file');
    await writeFile(outside, 'dsc');
    await symlink(outside, path.join(folder, 'hello_2.10-3.dsc'));
    await expect(verifyFiles(folder, manifest)).rejects.toThrow(/hello_2\.10-3\.dsc: not a regular file/);
    await rm(path.dirname(outside), { recursive: true });
  });
});

test('digestFile reads files larger than its buffer', async () => {
  const content = Buffer.alloc(3 * 1024 * 1024 + 1, 'x');
  await writeFile(path.join(folder, 'large'), content);
  expect(await digestFile(path.join(folder, 'large'))).toEqual({
    size: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
  });
});

test('the version is that of package.json', async () => {
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
  expect(VERSION).toBe(version);
});

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
