import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { updateBuildroots } from '../../src/actions/pipeline/buildroots.ts';
import { action } from '../../src/actions/pipeline/inputs.ts';
import { prepareJob } from '../../src/actions/pipeline/prepare.ts';
import { run } from '../../src/actions/pipeline/run.ts';
import { Stages } from '../../src/actions/pipeline/stage.ts';
import { buildrootName, configurationDigest, debBuildroot } from '../../src/buildroot/configuration.ts';
import { buildrootFolder, installGeneration, stageGeneration } from '../../src/buildroot/generation.ts';
import { prepareState } from '../../src/buildroot/state.ts';
import { defaultPackaging, readPackaging } from '../../src/config/packaging.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { readInputs } from '../../src/inputs.ts';
import { runAction } from '../../src/main.ts';
import { run as command } from '../../src/process.ts';
import { generateKey } from '../../src/signing/openpgp.ts';
import { STATE, TARGET, testGeneration } from './buildroot.ts';

/** As where nobody gave any. */
const shared = readInputs(action, new RecordingHost({ 'signing-key': 'unused' }), {
  resolvePath: (file) => file,
  readSecret: (_kind, value) => value,
});

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
  options: { version?: string; rules?: string; branch?: string; output?: string; depends?: string } = {},
): Promise<string> {
  const { version = '1.0', rules = '', branch = 'main', output = 'works' } = options;
  const depends = options.depends === undefined ? '' : `Depends: ${options.depends}\n`;
  const place = path.join(folder, name);
  const files: Record<string, string> = {
    'debian/control': `Source: ${name}\nSection: misc\nPriority: optional\nMaintainer: Tests <tests@example.org>\nBuild-Depends: debhelper-compat (= 13)\nStandards-Version: 4.6.2\n\nPackage: ${name}\nArchitecture: all\n${depends}Description: test\n A test.\n`,
    'debian/changelog': `${name} (${version}) unstable; urgency=low\n\n  * Made by a test.\n\n -- Tests <tests@example.org>  Thu, 01 Jan 2026 00:00:00 +0000\n`,
    'debian/rules': `#!/usr/bin/make -f\n%:\n\tdh $@\n${rules}`,
    'debian/source/format': '3.0 (native)\n',
    'debian/install': `${name}-run usr/bin\n`,
    [`${name}-run`]: `#!/bin/sh\necho ${output}\n`,
  };
  // There is one already where a test runs again.
  await rm(place, { recursive: true, force: true });
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
    const commit = (await git(path.join(folder, 'alpha'), 'rev-parse', 'HEAD')).stdout.trim();
    expect(result.built[0]).toMatchObject({
      origins: [{ role: 'code', project: 'alpha', commit }],
      seconds: { prepare: expect.any(Number), build: expect.any(Number) },
    });
    expect(result.published).toMatchObject([
      { changed: true, channel: 'latest', seconds: { publish: expect.any(Number), install: expect.any(Number) } },
    ]);
    expect(first.host.summaryText).toContain(`\`alpha\` at \`${commit.slice(0, 12)}\``);
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
    const { code, errors, host } = await pipeline({ packaging: path.join(folder, 'packaging.yml') });
    expect(code).toBe(1);
    expect(host.summaryText).toMatch(/^## tests 1: failed, one package built\n/);
    expect(host.summaryText).toMatch(/### ❌ `bad` `1\.0` for `debian-12`[\s\S]*override_dh_auto_build/);
    expect(host.summaryText).toMatch(/\| `good` \| `1\.0` \|/);
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
    // The same target, by a file beside the checkout.
    await writeFile(path.join(folder, 'own.yml'), `name: ${TARGET}\nextends: ${TARGET}\n`);
    const back = await pipeline({ ...inputs, targets: '../own.yml' }, place);
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

  it('stops a smoke command at the limit of the packaging file', async () => {
    await project('sleepy');
    await packaging(
      'packages: [{ name: sleepy, code: sleepy, smoke: [sleep, "600"] }]\nlimits: { smoke-timeout: 2s }\n',
    );
    const { code, errors, host } = await pipeline({});
    expect(code).toBe(1);
    expect(errors).toMatch(/the smoke command fails where the packages are installed .*\b2 s/);
    // What is published is in the summary of a run that failed too.
    expect(host.summaryText).toMatch(/^## tests 1: failed, one package built\n/);
  });

  it('compares all channels, takes published orig tarballs, and installs with the sources of the release', async () => {
    const flat = path.join(folder, 'flat');
    await mkdir(path.join(folder, 'needed/DEBIAN'), { recursive: true });
    await mkdir(flat);
    await writeFile(
      path.join(folder, 'needed/DEBIAN/control'),
      'Package: needed-here\nVersion: 1\nArchitecture: all\nMaintainer: T <t@example.org>\nDescription: test\n',
    );
    await command(['dpkg-deb', '--build', '--root-owner-group', path.join(folder, 'needed'), flat]);
    await writeFile(path.join(flat, 'Packages'), (await command(['dpkg-scanpackages', '.'], { cwd: flat })).stdout);
    const place = await project('gamma', { version: '1.0-1', depends: 'needed-here' });
    await writeFile(path.join(place, 'debian/source/format'), '3.0 (quilt)\n');
    await git(place, 'commit', '-qam', 'Be no native package');
    await writeFile(
      path.join(folder, 'packaging.yml'),
      `release: { name: tests, version: "1" }
targets: [${TARGET}]
repositories: [{ name: tests, path: repository, suite: "tests-{suite}", channels: [testing, stable] }]
packages: [{ name: gamma, code: gamma, smoke: [gamma-run] }]
sources: [{ name: flat, uri: "file:${flat}", suites: [./], trusted: true, priority: 500 }]
`,
    );
    const first = await pipeline({});
    expect(first.errors).toBe('');
    expect(JSON.parse(first.host.outputs['result'] ?? '')).toMatchObject({
      published: [{ channel: 'testing', installed: ['gamma:all=1.0-1'] }],
    });
    expect(first.host.outputs['sources-entry']).toMatch(/\/testing\n[\s\S]*tests-bookworm/);

    // Another channel of the same repository: the older version is found in the first one.
    const changelog = path.join(place, 'debian/changelog');
    await writeFile(changelog, (await readFile(changelog, 'utf8')).replace('1.0-1', '1.0-0'));
    await git(place, 'commit', '-qam', 'Go back');
    const second = await pipeline({ channel: 'stable', install: 'false' });
    expect(second.code).toBe(1);
    expect(second.errors).toMatch(/packages? cannot be published: gamma.*1\.0-0.*older than.*1\.0-1.*testing/);
    expect(second.host.transcript()).toMatch(/gamma_1\.0\.orig\.tar\.gz: (?!made from).*\/public\/testing\b.*bytes/);
    expect(second.host.summaryText).toContain('### Versions');
  });

  it('gives the versions of several targets their suffixes without a packaging file', async () => {
    const place = await project('several');
    const host = new RecordingHost({}, { workspace: place });
    const targets = ['debian-12', 'debian-13'];
    const { packages, targets: resolved } = await defaultPackaging({ folder: place, targets });
    const versions = [];
    for (const target of resolved) {
      const [entry] = packages;
      if (entry === undefined) throw new Error('no package');
      const sources = path.join(folder, target.name);
      const job = { package: entry, target, reference: target.name, sources, packages: '' };
      const repositoryPlan = { root: repository(), name: undefined, channel: 'latest' };
      const settings = { work: path.join(folder, 'work'), state: STATE, packaging: undefined, shared };
      versions.push((await prepareJob(job, repositoryPlan, settings, new Stages(host), host)).version);
    }
    expect(versions).toEqual(['1.0+deb12', '1.0+deb13']);
  });

  it('uses the last buildroot where the archive cannot be reached', async () => {
    const [target] = (
      await readPackaging(
        'release: { name: x }\ntargets: [{ name: far, extends: debian-12, mirror: "http://127.0.0.1:9/debian" }]\n',
        path.join(folder, 'packaging.yml'),
      )
    ).targets;
    if (target === undefined) throw new Error('no target');
    const state = await prepareState(path.join(folder, 'state'));
    const file = path.join(folder, 'packaging.yml');
    await writeFile(
      file,
      'release: { name: x }\ntargets: [{ name: far, extends: debian-12, mirror: "http://127.0.0.1:9/debian" }]\n',
    );
    const request = {
      targets: [{ target, reference: target.name }],
      packaging: file,
      state,
      mirror: undefined,
      shared,
    };
    const refused = new RecordingHost({}, { workspace: folder });
    await updateBuildroots(request, refused);
    expect(refused.annotations('warning').map(({ message }) => message)).toContainEqual(
      expect.stringMatching(
        /^the buildroot of far could not be made, its first build tries again: .*the buildroot of far .* cannot be made/,
      ),
    );

    const configuration = await debBuildroot({ target });
    const buildroot = buildrootFolder(state, buildrootName(target, configuration.architecture));
    const staging = await stageGeneration(buildroot);
    await mkdir(path.join(staging, 'tree'));
    await installGeneration(buildroot, staging, '1'.repeat(16), {
      schema: 'pkg-actions/generation/1',
      name: path.basename(buildroot),
      createdAt: '2026-01-01T00:00:00Z',
      configurationDigest: configurationDigest(configuration),
      configuration: { ...configuration },
      releases: [{ uri: 'http://127.0.0.1:9/debian', release: 'bookworm', sha256: '0'.repeat(64) }],
      packages: [],
      bytes: 1,
      tools: {},
    });
    const host = new RecordingHost({}, { workspace: folder });
    await updateBuildroots(request, host);
    expect(host.annotations('error')).toEqual([]);
    expect(host.annotations('warning').map(({ message }) => message)).toEqual([
      expect.stringMatching(/^the buildroot of far could not be brought up to date, its last generation is used: /),
    ]);
    // Another configuration: that generation is not what is asked for.
    const other = { ...request, mirror: 'http://127.0.0.1:9/other' };
    await updateBuildroots(other, host);
    expect(host.annotations('warning').at(-1)?.message).toMatch(/^the buildroot of far could not be made, /);
    // What does not pass by itself ends the run.
    const wrong = { ...request, mirror: 'file:///nowhere/at/all' };
    await expect(updateBuildroots(wrong, host)).rejects.toThrow(
      /the buildroot of far .* cannot be made.*check the mirror/,
    );
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
