import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { action } from '../../src/actions/pipeline/inputs.ts';
import { run } from '../../src/actions/pipeline/run.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { runAction } from '../../src/main.ts';
import { run as command } from '../../src/process.ts';
import { generateKey } from '../../src/signing/openpgp.ts';
import { STATE, TARGET, testGeneration } from './buildroot.ts';

let root: string;
let folder: string;
let key: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-pipeline-'));
  key = (await generateKey({ name: 'Tests', email: 'tests@example.org' })).key.reveal();
  await (await testGeneration()).lock.release();
});
afterAll(() => rm(root, { recursive: true, force: true }));
beforeEach(async () => {
  folder = await mkdtemp(path.join(root, 'case-'));
});

const git = (project: string, ...args: string[]) =>
  command(['git', '-C', project, ...args], {
    env: {
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_AUTHOR_NAME: 'A Developer',
      GIT_AUTHOR_EMAIL: 'a@example.org',
      GIT_COMMITTER_NAME: 'A Developer',
      GIT_COMMITTER_EMAIL: 'a@example.org',
    },
  });

/** A native package that installs a script of its own name. */
async function project(
  name: string,
  options: { version?: string; rules?: string; branch?: string; output?: string } = {},
): Promise<string> {
  const { version = '1.0', rules = '', branch = 'main', output = 'works' } = options;
  const place = path.join(folder, name);
  const files: Record<string, string> = {
    'debian/control': `Source: ${name}\nSection: misc\nPriority: optional\nMaintainer: Tests <tests@example.org>\nBuild-Depends: debhelper-compat (= 13)\nStandards-Version: 4.6.2\n\nPackage: ${name}\nArchitecture: all\nDescription: test\n A test.\n`,
    'debian/changelog': `${name} (${version}) unstable; urgency=low\n\n  * Made by a test.\n\n -- Tests <tests@example.org>  Thu, 01 Jan 2026 00:00:00 +0000\n`,
    'debian/rules': `#!/usr/bin/make -f\n%:\n\tdh $@\n${rules}`,
    'debian/source/format': '3.0 (native)\n',
    'debian/install': `${name}-run usr/bin\n`,
    [`${name}-run`]: `#!/bin/sh\necho ${output}\n`,
  };
  for (const [file, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(place, file)), { recursive: true });
    await writeFile(path.join(place, file), content, {
      mode: file.endsWith('rules') || file.endsWith('-run') ? 0o755 : 0o644,
    });
  }
  await git(place, 'init', '-q', '-b', branch);
  await git(place, 'add', '-A');
  await git(place, 'commit', '-q', '-m', `Start ${name}`);
  return place;
}

async function pipeline(
  inputs: Record<string, string>,
  workspace = folder,
): Promise<{ code: number; host: RecordingHost; errors: string }> {
  const host = new RecordingHost(
    { state: STATE, work: path.join(folder, 'work'), 'signing-key': key, ...inputs },
    { workspace },
  );
  const code = await runAction(action, run, host);
  return {
    code,
    host,
    errors: host
      .annotations('error')
      .map(({ message }) => message)
      .join('\n'),
  };
}

const packaging = (lines: string) =>
  writeFile(
    path.join(folder, 'packaging.yml'),
    `release: { name: tests, version: "1" }\ntargets: [${TARGET}]\nrepositories: [{ name: tests, path: repository }]\n${lines}`,
  );

const repository = () => path.join(folder, 'repository');

describe('pipeline', () => {
  it('takes packages from git to apt, and leaves the repository alone when there is nothing new', async () => {
    await project('alpha');
    await project('beta', { branch: '$(id>x)', output: 'beta' });
    await packaging(
      'packages:\n  - { name: alpha, code: alpha, smoke: [alpha-run] }\n  - { name: beta, code: beta, smoke: [beta-run] }\n',
    );
    const first = await pipeline({ packaging: path.join(folder, 'packaging.yml'), 'max-parallel': '2' });
    expect(first.errors).toBe('');
    expect(first.code).toBe(0);
    const result = JSON.parse(first.host.outputs['result'] ?? '') as {
      built: unknown[];
      published: { snapshot: string; changed: boolean }[];
    };
    expect(result.built).toMatchObject([
      { package: 'alpha', target: TARGET, version: '1.0', packages: ['alpha'] },
      { package: 'beta', target: TARGET, version: '1.0', packages: ['beta'] },
    ]);
    expect(result.published).toMatchObject([{ changed: true, channel: 'latest' }]);
    expect(first.host.summaryText).toMatch(/Installed with apt in a clean session: `alpha:all=1\.0`, `beta:all=1\.0`/);
    expect(first.host.summaryText).toContain('`alpha-run` → `works`');
    expect(first.host.outputs['sources-entry']).toContain('Signed-By:');
    expect((await readdir(repository())).sort()).toContain('public');

    const again = await pipeline({ packaging: path.join(folder, 'packaging.yml'), install: 'false' });
    expect(again.errors).toBe('');
    expect(JSON.parse(again.host.outputs['result'] ?? '')).toMatchObject({
      published: [{ changed: false, snapshot: result.published[0]?.snapshot }],
    });
    await expect(access(path.join(folder, 'x'))).rejects.toThrow();
    await expect(access(path.join(folder, 'beta', 'x'))).rejects.toThrow();
    // The key is nowhere: neither in what was said, nor in any file.
    const secret = key.split('\n')[4] ?? '';
    expect(secret.length).toBeGreaterThan(40);
    expect(first.host.transcript()).not.toContain(secret);
    await expect(command(['grep', '-rF', '--', secret, folder])).rejects.toThrow(/exit code 1/);
  });

  it('publishes nothing when one of the packages does not build', async () => {
    await project('good');
    await project('bad', { rules: 'override_dh_auto_build:\n\tfalse\n' });
    await packaging('packages:\n  - { name: good, code: good }\n  - { name: bad, code: bad }\n');
    const { code, errors } = await pipeline({ packaging: path.join(folder, 'packaging.yml') });
    expect(code).toBe(1);
    expect(errors).toMatch(/bad for debian-12: .*does not build/);
    expect(errors).toMatch(/1 of 2 builds failed, nothing is published/);
    await expect(access(path.join(repository(), 'public', 'latest'))).rejects.toThrow();
    expect(await readdir(path.join(folder, 'work', 'packages', TARGET, 'good'))).toContain('good_1.0_all.deb');
  });

  it('works without a packaging file, and refuses what goes backwards', async () => {
    const place = await project('solo', { version: '2.0' });
    const inputs = { targets: TARGET, repository: repository(), smoke: 'solo-run' };
    const first = await pipeline(inputs, place);
    expect(first.errors).toBe('');
    expect(first.code).toBe(0);
    const before = await command([
      'sh',
      '-c',
      'cd "$1" && find . -type f -exec sha256sum {} + | sort; find . -type l -printf "%p %l\\n" | sort',
      'sh',
      repository(),
    ]);
    await writeFile(
      path.join(place, 'debian/changelog'),
      (await readFile(path.join(place, 'debian/changelog'), 'utf8')).replace('2.0', '1.0'),
    );
    await git(place, 'commit', '-qam', 'Go back');
    const back = await pipeline(inputs, place);
    expect(back.code).toBe(1);
    expect(back.errors).toMatch(/solo.*1\.0.*2\.0/);
    const after = await command([
      'sh',
      '-c',
      'cd "$1" && find . -type f -exec sha256sum {} + | sort; find . -type l -printf "%p %l\\n" | sort',
      'sh',
      repository(),
    ]);
    expect(after.stdout).toBe(before.stdout);
  });

  it('says which smoke command fails', async () => {
    await project('smoky');
    await packaging('packages: [{ name: smoky, code: smoky, smoke: [smoky-run-not-there] }]\n');
    const { code, errors } = await pipeline({ packaging: path.join(folder, 'packaging.yml') });
    expect(code).toBe(1);
    expect(errors).toMatch(/the smoke command fails where the packages are installed/);
    expect(errors).toContain('smoky-run-not-there');
  });

  it.each([
    [{}, /neither a packaging file nor targets/],
    [{ targets: TARGET }, /no package|debian\/changelog|found/],
    [{ packaging: '/nowhere/packaging.yml' }, /cannot be read/],
  ] as [Record<string, string>, RegExp][])('refuses %j', async (inputs, expected) => {
    const { code, errors } = await pipeline(inputs);
    expect(code).toBe(1);
    expect(errors).toMatch(expected);
    expect(errors).not.toContain('\n');
  });
});
