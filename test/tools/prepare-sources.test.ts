import { access, chmod, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { action } from '../../src/actions/prepare-sources/inputs.ts';
import { run as prepare } from '../../src/actions/prepare-sources/run.ts';
import { parseFirstEntry } from '../../src/deb/changelog.ts';
import { compareVersions } from '../../src/deb/version.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { runAction } from '../../src/main.ts';
import { digestFile, readManifest, verifyFiles } from '../../src/manifest.ts';
import { run } from '../../src/process.ts';
import { CODE, changelog, debianFiles, Project, RULES_RAN, START, scratchFolder } from '../unit/source/fixture.ts';

interface Outcome {
  readonly code: number;
  readonly host: RecordingHost;
  /** First error, whole. */
  readonly error: string;
  readonly version: string;
  readonly files: readonly string[];
}

/** Runs the action in `workspace`; the output goes to `out` beside the first project. */
async function prepareIn(workspace: string, out: string, inputs: Record<string, string> = {}): Promise<Outcome> {
  const host = new RecordingHost(
    { output: out, downloads: `${path.dirname(out)}/downloads`, ...inputs },
    { workspace },
  );
  const code = await runAction(action, prepare, host);
  const files = code === 0 ? (await readdir(out)).sort() : [];
  return {
    code,
    host,
    error: host.annotations('error')[0]?.message ?? '',
    version: host.outputs['version'] ?? '',
    files,
  };
}

async function ok(workspace: string, out: string, inputs: Record<string, string> = {}): Promise<Outcome> {
  const outcome = await prepareIn(workspace, out, inputs);
  expect(outcome.code, outcome.host.transcript()).toBe(0);
  const { manifest, folder } = await readManifest(out);
  await verifyFiles(folder, manifest);
  expect(manifest.stage).toBe('sources');
  expect(manifest.package.version).toBe(outcome.version);
  return outcome;
}

async function refused(
  workspace: string,
  out: string,
  inputs: Record<string, string>,
  message: RegExp,
): Promise<Outcome> {
  const before = await readdir(path.dirname(out));
  const outcome = await prepareIn(workspace, out, inputs);
  expect(outcome.code, outcome.host.transcript()).toBe(1);
  expect(outcome.error).toMatch(message);
  expect(outcome.error).not.toContain('\n');
  expect(await readdir(path.dirname(out)), 'nothing is left behind').toEqual(before);
  return outcome;
}

/** A project with packaging, tagged v1.2, and `more` commits after it. */
async function simple(folder: string, more = 0, version = '1.2-1~mos1', format: string | null = '3.0 (quilt)') {
  const project = await Project.create(folder);
  await project.commit('Import', { ...CODE, ...debianFiles('hello', version, format) });
  await project.tag('v1.2');
  for (let index = 1; index <= more; index++)
    await project.commit(`Change ${index}`, { 'src/more.c': `// ${index}\n` });
  return project;
}

async function sourceEntry(scratch: string, out: string): Promise<ReturnType<typeof parseFirstEntry>> {
  const dsc = (await readdir(out)).find((name) => name.endsWith('.dsc')) ?? '';
  const into = path.join(scratch, `x-${Math.random()}`);
  await run(['dpkg-source', '--no-check', '-x', path.join(out, dsc), into]);
  return parseFirstEntry(await readFile(path.join(into, 'debian/changelog'), 'utf8'));
}

const sha256 = async (file: string) => (await digestFile(file)).sha256;

describe('formats and layouts', () => {
  it('makes 3.0 (quilt), with the commits as a patch on the tag’s tarball', async () => {
    await using scratch = await scratchFolder();
    const project = await simple(`${scratch.path}/hello`, 2);
    const out = `${scratch.path}/out`;
    const { version, files, host } = await ok(project.folder, out, { 'version-scheme': 'commits', package: 'hello' });
    expect(version).toBe('1.2-1~mos2');
    expect(files).toEqual([
      'hello_1.2-1~mos2.debian.tar.xz',
      'hello_1.2-1~mos2.dsc',
      'hello_1.2.orig.tar.gz',
      'manifest.json',
    ]);
    expect(host.outputs).toEqual({
      manifest: `${out}/manifest.json`,
      dsc: `${out}/hello_1.2-1~mos2.dsc`,
      version: '1.2-1~mos2',
      name: 'hello',
      folder: out,
      artifact: 'sources-hello-1.2-1-mos2',
    });
    expect(host.uploads).toMatchObject([{ name: 'sources-hello-1.2-1-mos2', root: out }]);
    expect([...(host.uploads[0]?.files ?? [])].sort()).toEqual(files);
    expect(host.annotations()).toEqual([]);
    const entry = await sourceEntry(scratch.path, out);
    expect(entry.version).toBe('1.2-1~mos2');
    expect(entry.distributions).toEqual(['unstable']);
    expect(entry.maintainer).toEqual({ name: 'Bob Packager', email: 'bob@example.org' });
    expect(entry.timestamp).toBe(START + 180);
    const head = await project.git('rev-parse', 'HEAD');
    expect(entry.changes.join('\n')).toBe(
      [
        `  * Build of commit ${head.slice(0, 12)} (tag v1.2).`,
        `  * Change 2 (Alice Example, ${head.slice(0, 8)})`,
        `  * Change 1 (Alice Example, ${(await project.git('rev-parse', 'HEAD^')).slice(0, 8)})`,
      ].join('\n'),
    );
    const { manifest } = await readManifest(out);
    expect(manifest).toMatchObject({
      package: { name: 'hello', format: 'deb' },
      change: 'merge',
      origins: [{ role: 'code', project: 'hello', ref: 'HEAD', commit: head, tag: 'v1.2' }],
      sourceDateEpoch: START + 180,
    });
    expect(manifest.files.map((file) => file.role)).toEqual(['debian', 'dsc', 'orig']);
    expect(host.summaryText).toContain('### hello `1.2-1~mos2`');
  });

  it('makes 3.0 (native) of the commit', async () => {
    await using scratch = await scratchFolder();
    const project = await simple(`${scratch.path}/hello`, 2, '1.2', '3.0 (native)');
    const { version, files, host } = await ok(project.folder, `${scratch.path}/out`, {
      'version-scheme': 'commits',
      upload: 'false',
    });
    expect(version).toBe('1.2+git2');
    expect([host.uploads, host.outputs['artifact']]).toEqual([[], '']);
    expect(files).toEqual(['hello_1.2+git2.dsc', 'hello_1.2+git2.tar.xz', 'manifest.json']);
    await run(['dpkg-source', '--no-check', '-x', `${scratch.path}/out/hello_1.2+git2.dsc`, `${scratch.path}/x`]);
    expect(await readFile(`${scratch.path}/x/src/more.c`, 'utf8')).toBe('// 2\n');
  });

  it('makes 1.0 with a diff, and native; without debian/source/format it is 1.0', async () => {
    await using scratch = await scratchFolder();
    const project = await simple(`${scratch.path}/a`, 1, '1.2-1', null);
    const diff = await ok(project.folder, `${scratch.path}/out`, { 'version-scheme': 'commits', compression: 'xz' });
    expect(diff.files).toEqual([
      'hello_1.2-1+git1.diff.gz',
      'hello_1.2-1+git1.dsc',
      'hello_1.2.orig.tar.gz',
      'manifest.json',
    ]);
    const native = await simple(`${scratch.path}/b`, 1, '1.2', '1.0');
    const { files } = await ok(native.folder, `${scratch.path}/out`);
    expect(files).toEqual(['hello_1.2.dsc', 'hello_1.2.tar.gz', 'manifest.json']);
    const { manifest } = await readManifest(`${scratch.path}/out`);
    expect(manifest.files.map((file) => file.role)).toEqual(['dsc', 'native']);
  });

  it('pairs a code project with a spec project, and counts both', async () => {
    await using scratch = await scratchFolder();
    const code = await Project.create(`${scratch.path}/openstack/hello`);
    await code.commit('Import', { ...CODE, 'debian/upstream-owns-this': 'x\n' });
    await code.tag('1.2', false);
    await code.commit('Fix', { 'src/fix.c': 'fix\n' });
    const spec = await Project.create(`${scratch.path}/openstack-build/hello-build`);
    await spec.commit('Old packaging', debianFiles('hello', '1.1-1~mos1'));
    await spec.commit('Package 1.2', { 'debian/changelog': changelog('hello', ['1.2-1~mos1', '1.1-1~mos1']) });
    const inputs = { code: 'openstack/hello', spec: 'openstack-build/hello-build', 'version-scheme': 'commits' };
    const first = await ok(scratch.path, `${scratch.path}/out`, inputs);
    expect(first.version).toBe('1.2-1~mos1');
    const orig = await sha256(`${scratch.path}/out/hello_1.2.orig.tar.gz`);
    await spec.commit('Packaging fix', { 'debian/hello.docs': 'README.md\n' });
    const second = await ok(scratch.path, `${scratch.path}/out`, inputs);
    expect(second.version).toBe('1.2-1~mos2');
    expect(await sha256(`${scratch.path}/out/hello_1.2.orig.tar.gz`)).toBe(orig);
    const { manifest } = await readManifest(`${scratch.path}/out`);
    expect(manifest.origins).toMatchObject([
      { role: 'code', project: 'hello', commit: await code.git('rev-parse', 'HEAD'), tag: '1.2' },
      { role: 'spec', project: 'hello-build', commit: await spec.git('rev-parse', 'HEAD') },
    ]);
    const entry = await sourceEntry(scratch.path, `${scratch.path}/out`);
    expect(entry.changes.join('\n')).toMatch(/Fix \(Alice.*\n.*Packaging fix \(Alice/);
    const listing = await run(['tar', '-tf', `${scratch.path}/out/hello_1.2.orig.tar.gz`]);
    expect(listing.stdout).not.toContain('debian');
  });

  it('finds a project that is debian/, and a folder of a distribution', async () => {
    await using scratch = await scratchFolder();
    const code = await Project.create(`${scratch.path}/hello`);
    await code.commit('Import', CODE);
    await code.tag('1.2');
    const top = await Project.create(`${scratch.path}/top`);
    await top.commit('Packaging', { ...debianFiles('hello', '1.2-1', '3.0 (quilt)', ''), '.gitreview': 'x\n' });
    const first = await ok(scratch.path, `${scratch.path}/out`, { code: 'hello', spec: 'top' });
    expect(first.version).toBe('1.2-1');
    const dist = await Project.create(`${scratch.path}/dist`);
    await dist.commit('Packaging', {
      ...debianFiles('hello', '1.2-1trusty1', '3.0 (quilt)', 'trusty/debian/'),
      ...debianFiles('hello', '1.2-1xenial1', '3.0 (quilt)', 'xenial/debian/'),
    });
    const inputs = { code: 'hello', spec: 'dist' };
    await refused(
      scratch.path,
      `${scratch.path}/new`,
      inputs,
      /more than one debian\/ in the spec project.*trusty\/debian/,
    );
    const second = await ok(scratch.path, `${scratch.path}/out`, { ...inputs, target: 'xenial' });
    expect(second.version).toBe('1.2-1xenial1');
    const third = await ok(scratch.path, `${scratch.path}/out`, { ...inputs, 'debian-path': 'trusty/debian' });
    expect(third.version).toBe('1.2-1trusty1');
    const fourth = await ok(scratch.path, `${scratch.path}/out`, { code: 'hello', spec: 'dist/trusty' });
    expect(fourth.version).toBe('1.2-1trusty1');
  });

  it('packs a repository that holds packaging only, around its orig tarball', async () => {
    await using scratch = await scratchFolder();
    const upstream = await simple(`${scratch.path}/upstream`);
    await ok(upstream.folder, `${scratch.path}/published`);
    const project = await Project.create(`${scratch.path}/hello`);
    await project.commit('Packaging', { ...debianFiles('hello', '1.2-5'), 'README.md': 'packaging of hello\n' });
    await refused(project.folder, `${scratch.path}/out`, {}, /upstream part .* is not there.*hello_1\.2\.orig/);
    const { files } = await ok(project.folder, `${scratch.path}/out`, { orig: '../published' });
    expect(files).toContain('hello_1.2.orig.tar.gz');
    await project.commit('With its tarball', {
      'hello_1.2.orig.tar.gz': await readFile(`${scratch.path}/published/hello_1.2.orig.tar.gz`),
    });
    await ok(project.folder, `${scratch.path}/out`);
    expect(await sha256(`${scratch.path}/out/hello_1.2.orig.tar.gz`)).toBe(
      await sha256(`${scratch.path}/published/hello_1.2.orig.tar.gz`),
    );
  });

  it('pairs two branches of one repository, in a linked work tree too', async () => {
    await using scratch = await scratchFolder();
    const project = await Project.create(`${scratch.path}/hello`);
    await project.commit('Upstream', CODE);
    await project.tag('upstream/1.2');
    await project.git('branch', 'upstream');
    await project.git('checkout', '-q', '-b', 'debian/latest');
    await project.commit('Packaging', debianFiles('hello', '1.2-1'));
    await project.commit('More packaging', { 'debian/hello.docs': 'README.md\n' });
    const inputs = { ref: 'upstream', 'spec-ref': 'debian/latest', 'version-scheme': 'commits' };
    expect((await ok(project.folder, `${scratch.path}/out`, inputs)).version).toBe('1.2-1+git1');
    await project.git('worktree', 'add', '-q', `${scratch.path}/linked`, 'upstream');
    const linked = { ...inputs, code: `${scratch.path}/linked`, ref: 'HEAD' };
    expect((await ok(project.folder, `${scratch.path}/out`, linked)).version).toBe('1.2-1+git1');
    expect((await ok(`${scratch.path}/linked`, `${scratch.path}/out`, inputs)).version).toBe('1.2-1+git1');
  });

  it('packs one folder of a repository that holds several packages', async () => {
    await using scratch = await scratchFolder();
    const project = await Project.create(`${scratch.path}/all`);
    const packaging = debianFiles('hello', '1.2-1');
    await project.commit('Import', {
      ...Object.fromEntries(Object.entries({ ...CODE, ...packaging }).map(([name, each]) => [`hello/${name}`, each])),
      'other/x': 'x\n',
      '.gitattributes': 'hello/ci export-ignore\n',
      'hello/ci': 'x\n',
    });
    await project.tag('hello-1.2');
    await project.tag('other-7');
    await project.commit('Change', { 'hello/src/more.c': 'x\n', 'other/x': 'y\n' });
    const inputs = { code: 'hello', 'tag-pattern': 'hello-*', 'version-scheme': 'commits' };
    expect((await ok(project.folder, `${scratch.path}/out`, inputs)).version).toBe('1.2-1+git1');
    const listing = (await run(['tar', '-tf', `${scratch.path}/out/hello_1.2.orig.tar.gz`])).stdout;
    expect(
      listing
        .split('\n')
        .sort()
        .filter((name) => name !== ''),
    ).toEqual([
      'hello-1.2/',
      'hello-1.2/README.md',
      'hello-1.2/configure',
      'hello-1.2/latest.txt',
      'hello-1.2/src/',
      'hello-1.2/src/main.c',
    ]);
  });

  it('keeps patches of the package, on top of the commits', async () => {
    await using scratch = await scratchFolder();
    const project = await Project.create(`${scratch.path}/hello`);
    await project.commit('Import', { ...CODE, ...debianFiles('hello', '1.2-1') });
    await project.tag('v1.2');
    await project.commit('Rewrite', { 'README.md': '# hello\nnew line\n' });
    // Made for what the commit has, not for the tag.
    const patch = '--- a/README.md\n+++ b/README.md\n@@ -1,2 +1,2 @@\n # hello\n-new line\n+patched line\n';
    await project.commit('Patch', { 'debian/patches/series': 'fix.patch\n', 'debian/patches/fix.patch': patch });
    await ok(project.folder, `${scratch.path}/out`);
    await run(['dpkg-source', '--no-check', '-x', `${scratch.path}/out/hello_1.2-1.dsc`, `${scratch.path}/x`]);
    expect(await readFile(`${scratch.path}/x/README.md`, 'utf8')).toBe('# hello\npatched line\n');
    expect(await readFile(`${scratch.path}/x/debian/patches/series`, 'utf8')).toBe(
      '0000-code-project.patch\nfix.patch\n',
    );
  });

  it('knows a repository that has its patches applied', async () => {
    await using scratch = await scratchFolder();
    const project = await Project.create(`${scratch.path}/hello`);
    await project.commit('Import', CODE);
    await project.tag('upstream/1.2');
    const patch = '--- a/README.md\n+++ b/README.md\n@@ -1 +1,2 @@\n # hello\n+patched line\n';
    await project.commit('Packaging with the patch applied', {
      ...debianFiles('hello', '1.2-1'),
      'debian/patches/series': 'fix.patch\n',
      'debian/patches/fix.patch': patch,
      'README.md': '# hello\npatched line\n',
    });
    const { host } = await ok(project.folder, `${scratch.path}/out`);
    expect(host.transcript()).toContain('has the packaging patches applied');
    await run(['dpkg-source', '--no-check', '-x', `${scratch.path}/out/hello_1.2-1.dsc`, `${scratch.path}/x`]);
    expect(await readFile(`${scratch.path}/x/debian/patches/series`, 'utf8')).toBe('fix.patch\n');
    expect(await readFile(`${scratch.path}/x/README.md`, 'utf8')).toBe('# hello\npatched line\n');
  });
});

describe('two builds one after the other', () => {
  it('share their orig tarball, or name it otherwise', async () => {
    await using scratch = await scratchFolder();
    const project = await simple(`${scratch.path}/hello`, 1);
    const digests = new Map<string, string>();
    const versions: string[] = [];
    const publish = async (inputs: Record<string, string>) => {
      const { files, version } = await ok(project.folder, `${scratch.path}/out`, {
        'version-scheme': 'commits',
        ...inputs,
      });
      versions.push(version);
      for (const name of files.filter((each) => each !== 'manifest.json')) {
        const digest = await sha256(`${scratch.path}/out/${name}`);
        expect(digests.get(name) ?? digest, `${name} keeps its bytes`).toBe(digest);
        digests.set(name, digest);
      }
    };
    await publish({});
    await project.commit('More', { 'src/more.c': 'more\n' });
    await publish({});
    // What no patch carries gets a tarball of its own, and stays above.
    await project.commit('An empty file', { 'src/__init__.py': '' });
    await publish({});
    await project.commit('And more', { 'src/more.c': 'even more\n' });
    await publish({});
    await publish({ 'past-tag': 'snapshot' });
    const head = await project.git('rev-parse', '--short=8', 'HEAD');
    const before = await project.git('rev-parse', '--short=8', 'HEAD^');
    expect(versions).toEqual([
      '1.2-1~mos1',
      '1.2-1~mos2',
      `1.2+git3.g${before}-1~mos3`,
      `1.2+git4.g${head}-1~mos4`,
      `1.2+git4.g${head}-1~mos4`,
    ]);
    for (let index = 1; index < 4; index++) {
      expect(compareVersions(versions[index - 1] ?? '', versions[index] ?? '')).toBe(-1);
    }
    await refused(
      project.folder,
      `${scratch.path}/new`,
      { 'past-tag': 'patch' },
      /cannot carry.*__init__\.py.*past-tag: snapshot/,
    );
    await refused(project.folder, `${scratch.path}/new`, {}, /cannot carry.*__init__\.py/);
  });

  it('without any tag: the changelog’s own commit stands for it, or every commit has its tarball', async () => {
    await using scratch = await scratchFolder();
    const project = await Project.create(`${scratch.path}/hello`);
    await project.commit('Import', { ...CODE, ...debianFiles('hello', '1.2-1') });
    await project.commit('Change', { 'src/more.c': 'more\n' });
    const first = await ok(project.folder, `${scratch.path}/out`, { 'version-scheme': 'commits' });
    expect(first.version).toBe('1.2-1+git1');
    expect(first.host.annotations('notice')[0]?.message).toMatch(/no tag for upstream version 1\.2/);
    const orig = await sha256(`${scratch.path}/out/hello_1.2.orig.tar.gz`);
    await project.commit('Release', {
      'src/more.c': 'yet more\n',
      'debian/changelog': changelog('hello', ['1.2-2', '1.2-1']),
    });
    const second = await ok(project.folder, `${scratch.path}/out`);
    expect(second.version).toBe('1.2-2');
    expect(await sha256(`${scratch.path}/out/hello_1.2.orig.tar.gz`)).toBe(orig);

    const code = await Project.create(`${scratch.path}/code`);
    await code.commit('Import', CODE);
    await code.commit('Change', { 'src/more.c': 'more\n' });
    const head = await code.git('rev-parse', '--short=8', 'HEAD');
    const spec = await Project.create(`${scratch.path}/spec`);
    await spec.commit('Packaging', debianFiles('hello', '1.2-1'));
    const inputs = { code: 'code', spec: 'spec' };
    const third = await ok(scratch.path, `${scratch.path}/out`, { ...inputs, 'version-scheme': 'commits' });
    expect(third.version).toBe(`1.2+git2.g${head}-1+git2`);
    const fourth = await ok(scratch.path, `${scratch.path}/out`, inputs);
    expect(fourth.version).toBe('1.2-1');
    expect(fourth.host.annotations('notice').at(-1)?.message).toMatch(/another commit would give another one/);
    await refused(
      scratch.path,
      `${scratch.path}/new`,
      { ...inputs, 'version-scheme': 'commits', 'past-tag': 'patch' },
      /no tag to make the orig tarball of/,
    );
  });
});

describe('versions', () => {
  it('refuses a tag and a changelog that disagree, naming both', async () => {
    await using scratch = await scratchFolder();
    const project = await simple(`${scratch.path}/hello`, 1);
    await project.tag('v1.3');
    const out = `${scratch.path}/out`;
    await refused(
      project.folder,
      out,
      {},
      /^debian\/changelog:1: the changelog and the newest tag .* different upstream versions \(found 1\.2 in the changelog, 1\.3 by tag "v1\.3" \(commit [0-9a-f]{12}\), expected the same version\)/,
    );
    expect((await ok(project.folder, out, { 'upstream-version-from': 'tag' })).version).toBe('1.3-1~mos1');
    expect((await ok(project.folder, out, { 'upstream-version-from': 'changelog' })).version).toBe('1.2-1~mos1');
    expect((await ok(project.folder, out, { 'tag-pattern': '*1.2*' })).version).toBe('1.2-1~mos1');
  });

  it('turns pre-releases of PEP 440 into tildes', async () => {
    await using scratch = await scratchFolder();
    const project = await Project.create(`${scratch.path}/hello`);
    await project.commit('Import', { ...CODE, ...debianFiles('hello', '2015.1.0~rc1-1~mos1') });
    await project.tag('2015.1.0rc1');
    const { version, files } = await ok(project.folder, `${scratch.path}/out`, { 'version-scheme': 'commits' });
    expect(version).toBe('2015.1.0~rc1-1~mos0');
    expect(files).toContain('hello_2015.1.0~rc1.orig.tar.gz');
  });

  it('counts hotfix and security builds from where the branch left its parent', async () => {
    await using scratch = await scratchFolder();
    const project = await simple(`${scratch.path}/hello`, 3);
    await project.git('branch', 'stable');
    await project.git('checkout', '-q', '-b', 'stable-hotfix');
    await project.commit('Hotfix 1', { hotfix: '1\n' });
    await project.commit('Hotfix 2', { hotfix: '2\n' });
    const inputs = { 'parent-branch': 'stable', ref: 'stable-hotfix' };
    const out = `${scratch.path}/out`;
    expect((await ok(project.folder, out, { ...inputs, 'version-scheme': 'hotfix' })).version).toBe('1.2-1~mos3.2.0');
    expect((await ok(project.folder, out, { ...inputs, 'version-scheme': 'security' })).version).toBe('1.2-1~mos3.0.2');
    await refused(
      project.folder,
      `${scratch.path}/new`,
      { 'version-scheme': 'hotfix' },
      /needs the branch.*parent-branch|parent-branch.*needs the branch/,
    );
    const review = { ...inputs, 'version-scheme': 'hotfix', change: 'review', 'change-id': '9' };
    expect((await ok(project.folder, out, review)).version).toBe('1.2-1~mos3.2.0~cr9.1');
  });

  it('builds the merged commit that is given, not the head of its branch', async () => {
    await using scratch = await scratchFolder();
    const project = await simple(`${scratch.path}/hello`, 3);
    const merged = await project.git('rev-parse', 'HEAD~1');
    const { version } = await ok(project.folder, `${scratch.path}/out`, { ref: merged, 'version-scheme': 'commits' });
    expect(version).toBe('1.2-1~mos2');
    expect((await readManifest(`${scratch.path}/out`)).manifest.origins[0]?.commit).toBe(merged);
  });

  it('takes target, distribution, maintainer and suffix', async () => {
    await using scratch = await scratchFolder();
    const project = await simple(`${scratch.path}/hello`, 12);
    await ok(project.folder, `${scratch.path}/out`, {
      target: 'debian-12',
      'version-scheme': 'template',
      'version-template': '{stem}{n}',
      'version-suffix': '~deb12u1',
      maintainer: 'Example Team <team@example.org>',
      'changelog-commits': '2',
    });
    const entry = await sourceEntry(scratch.path, `${scratch.path}/out`);
    expect(entry).toMatchObject({
      version: '1.2-1~mos12~deb12u1',
      distributions: ['bookworm'],
      maintainer: { name: 'Example Team', email: 'team@example.org' },
    });
    expect(entry.changes).toHaveLength(4);
    expect(entry.changes.at(-1)).toBe('  * and 10 more commits');
  });

  it('reads packaging.yml, over which inputs win', async () => {
    await using scratch = await scratchFolder();
    const project = await simple(`${scratch.path}/projects/hello`, 2);
    await writeFile(
      `${scratch.path}/packaging.yml`,
      `release: { name: demo, version: "9.0" }
maintainer: Demo Team <demo@example.org>
targets: [debian-12]
packages:
  - name: hello
    code: projects/hello
versions: { scheme: commits, suffix: "+{tag}" }
`,
    );
    const inputs = { packaging: 'packaging.yml' };
    expect((await ok(scratch.path, `${scratch.path}/out`, inputs)).version).toBe('1.2-1~mos2+deb12');
    const entry = await sourceEntry(scratch.path, `${scratch.path}/out`);
    expect(entry.distributions).toEqual(['bookworm']);
    expect(entry.maintainer.name).toBe('Demo Team');
    const other = await ok(scratch.path, `${scratch.path}/out`, {
      ...inputs,
      'version-scheme': 'changelog',
      'version-suffix': '+x',
    });
    expect(other.version).toBe('1.2-1~mos1+x');
    await project.commit('x');
    await refused(scratch.path, `${scratch.path}/new`, { ...inputs, package: 'other' }, /no such package/);
  });
});

describe('a change under review', () => {
  it('sorts above what is published and below the next merge, however it is merged', async () => {
    await using scratch = await scratchFolder();
    const project = await simple(`${scratch.path}/hello`, 6);
    const out = `${scratch.path}/out`;
    const scheme = { 'version-scheme': 'commits' };
    const published = (await ok(project.folder, out, scheme)).version;
    expect(published).toBe('1.2-1~mos6');
    await project.git('checkout', '-q', '-b', 'feature');
    for (const index of [1, 2, 3]) await project.commit(`Feature ${index}`, { feature: `${index}\n` });
    const inputs = {
      ...scheme,
      change: 'review',
      'change-id': '42',
      patchset: '3',
      'base-branch': 'main',
      'published-version': published,
    };
    const review = await ok(project.folder, out, inputs);
    expect(review.version).toBe('1.2-1~mos7~cr42.3');
    expect((await readManifest(out)).manifest.change).toBe('review');
    const entry = await sourceEntry(scratch.path, out);
    expect(entry.changes[0]).toMatch(/^ {2}\* Change 42, patch set 3, under review: commit/);
    // GitHub's merge commit of a pull request says its base by itself.
    await project.git('checkout', '-q', 'main');
    await project.git('merge', '-q', '--no-ff', '-m', 'Merge feature', 'feature');
    const { 'base-branch': _, ...withoutBase } = inputs;
    expect((await ok(project.folder, out, withoutBase)).version).toBe('1.2-1~mos7~cr42.3');
    const merged = (await ok(project.folder, out, scheme)).version;
    expect(merged).toBe('1.2-1~mos9');
    await project.git('reset', '-q', '--hard', 'HEAD^');
    await project.git('merge', '-q', '--squash', 'feature');
    await project.commit('Squashed');
    const squashed = (await ok(project.folder, out, scheme)).version;
    expect(squashed).toBe('1.2-1~mos7');
    for (const later of [merged, squashed]) expect(compareVersions(review.version, later)).toBe(-1);
    expect(compareVersions(published, review.version)).toBe(-1);
    await refused(
      project.folder,
      `${scratch.path}/new`,
      { ...inputs, ref: 'feature', 'base-branch': 'feature~3', 'published-version': '1.2-1~mos8' },
      /would not sort above the published version \(found 1\.2-1~mos7~cr42\.3, expected a version above 1\.2-1~mos8\).*rebase/,
    );
    await refused(project.folder, `${scratch.path}/new`, { change: 'review' }, /input change-id/);
    await refused(
      project.folder,
      `${scratch.path}/new`,
      { ...scheme, 'published-version': '1.2-2' },
      /older than the published one/,
    );
  });

  it('of the spec project counts there', async () => {
    await using scratch = await scratchFolder();
    const code = await Project.create(`${scratch.path}/code`);
    await code.commit('Import', CODE);
    await code.tag('1.2');
    const spec = await Project.create(`${scratch.path}/spec`);
    await spec.commit('Packaging', debianFiles('hello', '1.2-1~mos1'));
    await spec.commit('Published', { 'debian/a': '1\n' });
    await spec.commit('Change', { 'debian/a': '2\n' });
    const inputs = {
      code: 'code',
      spec: 'spec',
      change: 'review',
      'change-id': '5',
      'change-project': 'spec',
      'version-scheme': 'commits',
    };
    expect((await ok(scratch.path, `${scratch.path}/out`, inputs)).version).toBe('1.2-1~mos2~cr5.1');
  });

  it('by the changelog: below a new entry, right above an old one', async () => {
    await using scratch = await scratchFolder();
    const project = await simple(`${scratch.path}/hello`, 1, '1.2-1');
    const inputs = { change: 'review', 'change-id': '5', 'published-version': '1.2-1' };
    expect((await ok(project.folder, `${scratch.path}/out`, inputs)).version).toBe('1.2-1+~cr5.1');
    await project.commit('Release', { 'debian/changelog': changelog('hello', ['1.2-2', '1.2-1']) });
    expect((await ok(project.folder, `${scratch.path}/out`, inputs)).version).toBe('1.2-2~cr5.1');
  });
});

describe('the orig tarball', () => {
  it('is taken where it is published: folder, pool, .dsc, URL, repository', async () => {
    await using scratch = await scratchFolder();
    const project = await simple(`${scratch.path}/hello`);
    // Published before with other bytes: xz.
    await ok(project.folder, `${scratch.path}/published`, { compression: 'xz' });
    await project.commit('Change', { 'src/more.c': 'x\n' });
    const orig = `${scratch.path}/published/hello_1.2.orig.tar.xz`;
    const digest = await sha256(orig);
    await mkdir(`${scratch.path}/repository/pool/main/h/hello`, { recursive: true });
    for (const name of await readdir(`${scratch.path}/published`)) {
      if (name === 'manifest.json') continue;
      await cp(`${scratch.path}/published/${name}`, `${scratch.path}/repository/pool/main/h/hello/${name}`);
    }
    const sources = `${scratch.path}/repository/dists/stable/main/source`;
    await mkdir(sources, { recursive: true });
    const dsc = await readFile(`${scratch.path}/published/hello_1.2-1~mos1.dsc`, 'utf8');
    const index = `${dsc.trimEnd().replace(/^Source:/m, 'Package:')}\nDirectory: pool/main/h/hello\n`;
    await writeFile(`${sources}/Sources`, index);
    const found = await digestFile(`${sources}/Sources`);
    await writeFile(
      `${scratch.path}/repository/dists/stable/Release`,
      `Suite: stable\nDate: Mon, 05 Jan 2026 10:00:00 UTC\nArchitectures: amd64\nComponents: main\nSHA256:\n ${found.sha256} ${found.size} main/source/Sources\n`,
    );
    await using server = await serve(scratch.path);
    const dscName = 'hello_1.2-1~mos1.dsc';
    const places = [
      `${scratch.path}/published`,
      '../published',
      `file://${scratch.path}/published`,
      `${scratch.path}/repository`,
      `../published/${dscName}`,
      `${server.url}/published`,
      `${server.url}/published/${dscName}`,
      `deb [trusted=yes] ../repository stable main`,
      `deb-src [trusted=yes] ${server.url}/repository stable main`,
    ];
    for (const place of places) {
      const { files, host } = await ok(project.folder, `${scratch.path}/out`, {
        'version-scheme': 'commits',
        orig: place,
      });
      expect(files, place).toContain('hello_1.2.orig.tar.xz');
      expect(await sha256(`${scratch.path}/out/hello_1.2.orig.tar.xz`), place).toBe(digest);
      expect(host.outputs['version']).toBe('1.2-1~mos1');
    }
    // The first place without one is passed by.
    await mkdir(`${scratch.path}/empty`);
    const { files } = await ok(project.folder, `${scratch.path}/out`, { orig: `${scratch.path}/empty\n../published` });
    expect(files).toContain('hello_1.2.orig.tar.xz');

    // Without a digest it is fetched each time; with one, of a .dsc or an index, once for all places.
    const name = 'hello_1.2.orig.tar.xz';
    expect(server.requests.filter((url) => url.endsWith(name))).toEqual([`/published/${name}`, `/published/${name}`]);
    const kept = await readdir(`${scratch.path}/downloads/by-sha256/${digest}`);
    expect(kept).toEqual([name]);

    await writeFile(`${scratch.path}/repository/pool/main/h/hello/${name}`, 'tampered');
    const published = `deb-src [trusted=yes] ${server.url}/repository stable main`;
    // What is kept needs no server, and is still what the index lists.
    await ok(project.folder, `${scratch.path}/out`, { orig: published });
    expect(await sha256(`${scratch.path}/out/${name}`)).toBe(digest);
    const other = { downloads: `${scratch.path}/downloads/other` };
    await refused(project.folder, `${scratch.path}/new`, { orig: published, ...other }, /content has another digest/);
    const local = 'deb-src [trusted=yes] ../repository stable main';
    await refused(project.folder, `${scratch.path}/new`, { orig: local }, /not the one that the index lists/);
    // A damaged copy is not taken.
    await writeFile(`${scratch.path}/downloads/by-sha256/${digest}/${name}`, 'damaged');
    await refused(project.folder, `${scratch.path}/new`, { orig: published }, /content has another digest/);
    await refused(project.folder, `${scratch.path}/new`, { orig: `${scratch.path}/absent` }, /folder does not exist/);
    await refused(project.folder, `${scratch.path}/new`, { orig: `${server.url}/absent.dsc` }, /\.dsc does not exist/);
    await refused(
      project.folder,
      `${scratch.path}/new`,
      { orig: `deb ${server.url}/repository stable main` },
      /no key is named/,
    );
  });

  it('of upstream keeps files that git does not have, and its signature and components', async () => {
    await using scratch = await scratchFolder();
    const project = await simple(`${scratch.path}/hello`, 1);
    await mkdir(`${scratch.path}/dist/hello-1.2/src`, { recursive: true });
    await mkdir(`${scratch.path}/dist/docs`);
    await writeFile(`${scratch.path}/dist/hello-1.2/Makefile.in`, 'generated\n');
    await writeFile(`${scratch.path}/dist/hello-1.2/src/main.c`, 'as released\n');
    await writeFile(`${scratch.path}/dist/docs/manual`, 'manual\n');
    const tar = (name: string, folder: string) =>
      run(['tar', '-C', `${scratch.path}/dist`, '-caf', `${scratch.path}/dist/${name}`, folder]);
    await tar('hello_1.2.orig.tar.gz', 'hello-1.2');
    await tar('hello_1.2.orig-docs.tar.xz', 'docs');
    await writeFile(`${scratch.path}/dist/hello_1.2.orig.tar.gz.asc`, 'a signature\n');
    const { files, host } = await ok(project.folder, `${scratch.path}/out`, {
      orig: '../dist',
      'version-scheme': 'commits',
    });
    expect(files).toEqual([
      'hello_1.2-1~mos1.debian.tar.xz',
      'hello_1.2-1~mos1.dsc',
      'hello_1.2.orig-docs.tar.xz',
      'hello_1.2.orig.tar.gz',
      'hello_1.2.orig.tar.gz.asc',
      'manifest.json',
    ]);
    expect((await readManifest(`${scratch.path}/out`)).manifest.files.map((file) => file.role)).toEqual([
      'debian',
      'dsc',
      'orig',
      'orig',
      'orig-signature',
    ]);
    expect(host.transcript()).toMatch(/differs from the tagged commit in \d+ files/);
    await run(['dpkg-source', '--no-check', '-x', `${scratch.path}/out/hello_1.2-1~mos1.dsc`, `${scratch.path}/x`]);
    expect(await readFile(`${scratch.path}/x/Makefile.in`, 'utf8')).toBe('generated\n');
    expect(await readFile(`${scratch.path}/x/src/main.c`, 'utf8')).toBe('as released\n');
    expect(await readFile(`${scratch.path}/x/src/more.c`, 'utf8')).toBe('// 1\n');
    expect(await readFile(`${scratch.path}/x/docs/manual`, 'utf8')).toBe('manual\n');
    await cp(`${scratch.path}/dist/hello_1.2.orig.tar.gz`, `${scratch.path}/dist/hello_1.2.orig.tar.xz`);
    await refused(
      project.folder,
      `${scratch.path}/new`,
      { orig: '../dist' },
      /two orig tarballs of one upstream version/,
    );
  });

  it('of a repacked version is asked for', async () => {
    await using scratch = await scratchFolder();
    const project = await simple(`${scratch.path}/hello`, 0, '1.2+dfsg1-1');
    await refused(project.folder, `${scratch.path}/out`, {}, /its repacked tarball hello_1\.2\+dfsg1\.orig/);
  });
});

async function serve(
  folder: string,
): Promise<AsyncDisposable & { readonly url: string; readonly requests: readonly string[] }> {
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    if (request.method === 'GET') requests.push(request.url ?? '');
    const content = await readFile(path.join(folder, decodeURIComponent(request.url ?? '/'))).catch(() => undefined);
    response.statusCode = content === undefined ? 404 : 200;
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('clones', () => {
  it('that are shallow are deepened, or refused', async () => {
    await using scratch = await scratchFolder();
    const origin = await simple(`${scratch.path}/origin`, 3);
    const clone = () =>
      origin.git('clone', '-q', '--depth=1', '--no-tags', `file://${origin.folder}`, `${scratch.path}/clone`);
    await clone();
    await refused(
      `${scratch.path}/clone`,
      `${scratch.path}/out`,
      { deepen: 'false' },
      /clone is shallow.*fetch-depth: 0/,
    );
    const { version } = await ok(`${scratch.path}/clone`, `${scratch.path}/out`, { 'version-scheme': 'commits' });
    expect(version).toBe('1.2-1~mos3');
    await rm(`${scratch.path}/clone`, { recursive: true });
    await clone();
    await rm(`${scratch.path}/origin`, { recursive: true });
    await refused(
      `${scratch.path}/clone`,
      `${scratch.path}/new`,
      {},
      /rest of its history could not be fetched \(git: .*fetch-depth: 0/,
    );
    await new Project(`${scratch.path}/clone`).git('remote', 'remove', 'origin');
    await refused(`${scratch.path}/clone`, `${scratch.path}/new`, {}, /no remote to fetch the rest from/);
  });

  it('that are partial get what they lack', async () => {
    await using scratch = await scratchFolder();
    const origin = await simple(`${scratch.path}/origin`, 3);
    await origin.git('config', 'uploadpack.allowFilter', 'true');
    await origin.git('config', 'uploadpack.allowAnySHA1InWant', 'true');
    const clone = `${scratch.path}/clone`;
    await origin.git('clone', '-q', '--filter=blob:none', '--no-checkout', `file://${origin.folder}`, clone);
    const { version, host } = await ok(clone, `${scratch.path}/out`, { 'version-scheme': 'commits' });
    expect(version).toBe('1.2-1~mos3');
    expect(host.transcript()).toMatch(/partial clone: fetching \d+ objects/);
    await ok(origin.folder, `${scratch.path}/other`, { 'version-scheme': 'commits' });
    expect(await sha256(`${scratch.path}/out/hello_1.2.orig.tar.gz`)).toBe(
      await sha256(`${scratch.path}/other/hello_1.2.orig.tar.gz`),
    );
  });

  it('that are bare are read, unless a commit brought them', async () => {
    await using scratch = await scratchFolder();
    const project = await simple(`${scratch.path}/hello`, 1);
    await project.git('clone', '-q', '--bare', project.folder, `${scratch.path}/hello.git`);
    const { version } = await ok(`${scratch.path}/hello.git`, `${scratch.path}/out`, { 'version-scheme': 'commits' });
    expect(version).toBe('1.2-1~mos1');
    expect((await readManifest(`${scratch.path}/out`)).manifest.origins[0]?.project).toBe('hello');
    await cp(`${scratch.path}/hello.git`, `${project.folder}/inside`, { recursive: true });
    await ok(project.folder, `${scratch.path}/out`, { code: 'inside' });
    await project.commit('Evil');
    await refused(project.folder, `${scratch.path}/new`, { code: 'inside' }, /committed as files of another one/);
    await refused(project.folder, `${scratch.path}/new`, { spec: 'inside' }, /committed as files of another one/);
  });

  it('of SHA-256 work too', async () => {
    await using scratch = await scratchFolder();
    const project = new Project(`${scratch.path}/hello`);
    await mkdir(project.folder);
    await project.git('init', '-q', '-b', 'main', '--object-format=sha256');
    await project.commit('Import', {
      ...CODE,
      ...debianFiles('hello', '1.2-1'),
      '.gitattributes': '/x export-ignore\n',
      x: 'x',
    });
    await project.tag('v1.2');
    await project.commit('Change', { 'src/more.c': 'x\n' });
    const { version } = await ok(project.folder, `${scratch.path}/out`, { 'version-scheme': 'commits' });
    expect(version).toBe('1.2-1+git1');
  });
});

describe('the checkout', () => {
  it('stays as it is, and may be read-only', async () => {
    await using scratch = await scratchFolder();
    const project = await simple(`${scratch.path}/hello`, 2);
    await project.write({ 'src/main.c': 'not committed\n', 'new file': 'x\n' });
    const state = async () =>
      (await run(['find', project.folder, '-printf', '%p %y %m %s %T@\\n'])).stdout.split('\n').sort().join('\n');
    const before = await state();
    const { host } = await ok(project.folder, `${scratch.path}/out`);
    expect(await state()).toBe(before);
    expect(host.annotations('warning').map((line) => line.message)).toEqual([
      'the code project has changes that are not committed and so are not packed: "src/main.c", "new file"',
    ]);
    // Root writes anywhere; what a read-only mount gives is shown by permissions to the others only.
    await run(['chmod', '-R', 'a-w', project.folder]);
    await ok(project.folder, `${scratch.path}/out`);
    await run(['chmod', '-R', 'u+w', project.folder]);
  });

  it('can be tried out without a commit on the branch', async () => {
    await using scratch = await scratchFolder();
    const project = await simple(`${scratch.path}/hello`, 1);
    await project.write({ 'src/main.c': 'not committed\n' });
    const ref = await project.git('stash', 'create');
    await ok(project.folder, `${scratch.path}/out`, { ref });
    await run(['dpkg-source', '--no-check', '-x', `${scratch.path}/out/hello_1.2-1~mos1.dsc`, `${scratch.path}/x`]);
    expect(await readFile(`${scratch.path}/x/src/main.c`, 'utf8')).toBe('not committed\n');
  });

  it('of another user is read', async () => {
    await using scratch = await scratchFolder();
    const project = await simple(`${scratch.path}/hello`, 1);
    await run(['chown', '-R', '12345:12345', project.folder]);
    await ok(project.folder, `${scratch.path}/out`);
  });

  it('may hold the output', async () => {
    await using scratch = await scratchFolder();
    const project = await simple(`${scratch.path}/hello`, 1);
    await ok(project.folder, `${project.folder}/sources`);
    const { host } = await ok(project.folder, `${project.folder}/sources`);
    expect(host.annotations('warning')).toEqual([]);
    expect(await project.git('status', '--porcelain')).toBe('?? sources/');
  });
});

describe('the output', () => {
  it('replaces what was written before and nothing else', async () => {
    await using scratch = await scratchFolder();
    const project = await simple(`${scratch.path}/hello`, 1);
    const out = `${scratch.path}/out`;
    await mkdir(out);
    await writeFile(`${out}/precious`, 'x');
    await refused(project.folder, out, {}, /output folder holds something else/);
    expect(await readdir(out)).toEqual(['precious']);
    await rm(`${out}/precious`);
    await ok(project.folder, out, { 'version-scheme': 'commits' });
    const { files } = await ok(project.folder, out);
    expect(files.filter((name) => name.endsWith('.dsc'))).toEqual(['hello_1.2-1~mos1.dsc']);
  });

  it('stays as it was where a run fails or is cancelled', async () => {
    await using scratch = await scratchFolder();
    const project = await simple(`${scratch.path}/hello`, 1);
    const out = `${scratch.path}/out`;
    await ok(project.folder, out);
    const before = await readFile(`${out}/manifest.json`, 'utf8');
    await project.commit('Break', {
      'debian/patches/series': 'x.patch\n',
      'debian/patches/x.patch': 'garbage\n--- a/x\n',
    });
    const failed = await prepareIn(project.folder, out);
    expect(failed.code).toBe(1);
    expect(failed.error).toMatch(/^dpkg-source failed with exit code \d+: dpkg-source: error:/);
    await project.commit('Mend', { 'debian/patches/series': null, 'debian/patches/x.patch': null });
    for (const stage of ['Projects', 'Version', 'Upstream source', 'Source package']) {
      const host = new RecordingHost({ output: out }, { workspace: project.folder });
      const group = host.group.bind(host);
      host.group = async (title, body) => {
        if (title === stage) host.cancel();
        return await group(title, body);
      };
      expect(await runAction(action, prepare, host), stage).toBe(130);
    }
    expect(await readFile(`${out}/manifest.json`, 'utf8')).toBe(before);
    expect((await readdir(scratch.path)).sort()).toEqual(['hello', 'out']);
  });
});

describe('hostile projects', () => {
  it('names are data', async () => {
    await using scratch = await scratchFolder();
    const [open, close] = ['$', '{IFS}'];
    const branch = `$(touch${open}${close}x)`;
    const project = await simple(`${scratch.path}/he llo;$(touch x)`, 1);
    await project.git('checkout', '-q', '-b', branch);
    await project.git('tag', '-a', '-m', 'x', `release-$(touch${open}${close}y)-1.2`);
    await project.git('update-ref', 'refs/tags/-9.9', 'HEAD^{commit}');
    await project.git('update-ref', 'refs/heads/--upload-pack=x', 'HEAD');
    const subject =
      'Evil \u001b[31mred\u001b[0m \u202e\n -- Mallory <m@x>  Mon, 05 Jan 2026 08:00:00 +0000\u0007 `touch z` <b>';
    await project.commit(subject.replace('\n', ' '), { 'src/x': '1\n' }, { GIT_AUTHOR_NAME: 'Eve\u001b[2J <x>' });
    const inputs = { ref: branch, 'version-scheme': 'commits', 'tag-pattern': 'v*' };
    const { version, host } = await ok(project.folder, `${scratch.path}/out`, inputs);
    expect(version).toBe('1.2-1~mos2');
    const entry = await sourceEntry(scratch.path, `${scratch.path}/out`);
    expect(entry.changes.join('')).not.toMatch(/\p{Cc}|\p{Cf}/u);
    expect(host.summaryText.replaceAll('\n', '')).not.toMatch(/\p{Cc}|\p{Cf}/u);
    for (const name of ['x', 'y', 'z']) {
      await expect(access(`${project.folder}/${name}`)).rejects.toThrow();
      await expect(access(`${scratch.path}/${name}`)).rejects.toThrow();
    }
    const out = `${scratch.path}/new`;
    await refused(project.folder, out, { ref: '--upload-pack=x' }, /no such commit/);
    await refused(project.folder, out, { ref: '$(touch x)' }, /no such commit.*\$\(touch x\)/);
    await refused(project.folder, out, { ref: 'HEAD\n' }, /no such commit/);
    await refused(project.folder, out, { ...inputs, 'change-id': '$(x)', change: 'review' }, /input change-id/);
    await refused(project.folder, out, { 'debian-path': '../../etc' }, /leaves the spec project/);
  });

  it('nothing of the package or the repository runs', async () => {
    await using scratch = await scratchFolder();
    const project = await simple(`${scratch.path}/hello`, 1);
    const trap = `${scratch.path}/trap`;
    await writeFile(trap, `#!/bin/sh\ntouch ${scratch.path}/sprung\ncat\n`);
    await chmod(trap, 0o755);
    for (const hook of ['post-checkout', 'reference-transaction', 'post-index-change']) {
      await cp(trap, `${project.folder}/.git/hooks/${hook}`);
    }
    for (const [key, value] of [
      ['core.fsmonitor', trap],
      ['core.pager', trap],
      ['diff.external', trap],
      ['filter.evil.smudge', trap],
      ['filter.evil.clean', trap],
      ['diff.evil.textconv', trap],
      ['gpg.program', trap],
      ['log.showSignature', 'true'],
      ['core.sshCommand', trap],
      ['core.attributesFile', `${scratch.path}/attributes`],
      ['alias.rev-list', `!${trap}`],
    ] as const) {
      await run(['git', '-C', project.folder, 'config', key, value]);
    }
    await writeFile(`${scratch.path}/attributes`, '* filter=evil diff=evil\n');
    await writeFile(`${project.folder}/.git/info/attributes`, '* filter=evil diff=evil export-ignore\n');
    const commit = ['-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false', '-c', 'filter.evil.clean=cat'];
    await project.write({ 'src/x.c': 'x\n', '.gitattributes': '* filter=evil diff=evil ident text eol=crlf\n' });
    await project.git(...commit, 'add', '--all');
    await project.git(...commit, 'commit', '-q', '-m', 'x');
    await rm(`${scratch.path}/sprung`, { force: true });
    const { files } = await ok(project.folder, `${scratch.path}/out`, { 'version-scheme': 'commits' });
    expect(files).toContain('hello_1.2.orig.tar.gz');
    expect(await readdir(scratch.path)).not.toContain('sprung');
    await expect(access(RULES_RAN)).rejects.toThrow();
    const listing = await run(['tar', '-tf', `${scratch.path}/out/hello_1.2.orig.tar.gz`]);
    expect(listing.stdout).toContain('hello-1.2/src/main.c');
  });

  it('links and names that lead out are refused', async () => {
    await using scratch = await scratchFolder();
    const project = await simple(`${scratch.path}/hello`);
    const out = `${scratch.path}/out`;
    const cases: [Record<string, Parameters<Project['write']>[0][string]>, RegExp][] = [
      [{ 'debian/copyright': { link: '/etc/shadow' } }, /leads out of the source package.*\/etc\/shadow/],
      [{ 'debian/copyright': { link: '../../../etc/shadow' } }, /leads out of the source package/],
      [{ 'debian/control': { link: '../README.md' } }, /symbolic link where a file or folder must be/],
      [{ 'debian/source': { link: '/tmp' } }, /symbolic link where a file or folder must be/],
      [{ 'debian/patches/series': '../../../../etc/passwd\n' }, /patch outside debian\/patches.*etc\/passwd/],
      [{ 'debian/patches/series': '/etc/passwd\n' }, /patch outside debian\/patches/],
      [{ debian: { link: '/etc' } }, /debian is a symbolic link/],
      [{ 'src/new\nline': 'x' }, /file name with a control character.*new\\nline/],
      [
        { 'debian/changelog': changelog('hello', ['1.2-1']).split(' --')[0] ?? '' },
        /debian\/changelog:1: an entry that does not end/,
      ],
      [{ 'debian/changelog': 'garbage\n' }, /debian\/changelog:1: /],
      [{ 'debian/changelog': changelog('../evil', ['1.2-1']) }, /debian\/changelog:1: /],
      [{ 'debian/changelog': changelog('other', ['1.2-1']) }, /name different source packages/],
      [{ 'debian/source/format': '3.0 (git)\n' }, /source format that is not supported/],
      [{ 'debian/source/format': '3.0 (native)\n' }, /does not fit the source format/],
      [{ 'debian/rules': null, 'debian/control': null }, /no debian\/ in the spec project/],
    ];
    for (const [files, message] of cases) {
      await project.git('checkout', '-q', '--force', 'main');
      await project.git('clean', '-qfdx');
      await project.git('checkout', '-q', '--detach');
      await project.commit('Evil', files);
      await refused(project.folder, out, {}, message);
    }
    await refused(scratch.path, out, {}, /not a git checkout/);
    await refused(scratch.path, out, { code: 'absent' }, /folder does not exist/);
    await refused(project.folder, out, { package: 'other', ref: 'main' }, /spec project holds another package/);
  });

  it('a debian of the code project cannot lead the packaging elsewhere', async () => {
    await using scratch = await scratchFolder();
    await mkdir(`${scratch.path}/elsewhere`);
    for (const format of ['3.0 (native)', '3.0 (quilt)', '1.0']) {
      const version = format === '3.0 (native)' ? '1.2' : '1.2-1';
      const code = await Project.create(`${scratch.path}/code-${format}`);
      await code.commit('Import', {
        ...CODE,
        debian: { link: `${scratch.path}/elsewhere` },
        '.pc/applied-patches': 'x\n',
      });
      await code.tag('1.2');
      await code.commit('Change', { '.pc/applied-patches': 'y\n' });
      const spec = await Project.create(`${scratch.path}/spec-${format}`);
      await spec.commit('Packaging', debianFiles('hello', version, format));
      await ok(scratch.path, `${scratch.path}/out`, { code: code.folder, spec: spec.folder });
      expect(await readdir(`${scratch.path}/elsewhere`)).toEqual([]);
    }
  });

  it('trees that git would never check out are refused', async () => {
    await using scratch = await scratchFolder();
    const project = await simple(`${scratch.path}/hello`);
    const blob = await project.git('rev-parse', 'HEAD:README.md');
    const debian = await project.git('rev-parse', 'HEAD:debian');
    const tree = await project.git('rev-parse', 'HEAD:src');
    const entry = (mode: string, name: string, id: string) =>
      Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(id, 'hex')]);
    const cases: [Buffer[], RegExp][] = [
      [[entry('40000', '..', tree)], /file name that git forbids/],
      [[entry('40000', '.git', tree)], /file name that git forbids/],
      [[entry('120000', 'a', blob), entry('40000', 'a', tree)], /a file and a folder of one name/],
      [[entry('100644', 'a', blob), entry('100644', 'a', blob)], /two files of one name/],
    ];
    for (const [entries, message] of cases) {
      const file = `${scratch.path}/tree`;
      await writeFile(file, Buffer.concat([entry('40000', 'debian', debian), ...entries]));
      const id = await project.git('hash-object', '-t', 'tree', '-w', '--literally', file);
      const commit = await project.git('commit-tree', '-p', 'HEAD', '-m', 'Evil', id);
      await rm(file);
      await refused(project.folder, `${scratch.path}/out`, { ref: commit }, message);
    }
  });
});

describe('what is not plain files', () => {
  it('submodules are packed or left out', async () => {
    await using scratch = await scratchFolder();
    const library = await Project.create(`${scratch.path}/library`);
    await library.commit('Library', { 'lib.c': 'lib\n' });
    const project = await Project.create(`${scratch.path}/hello`);
    await project.write({ ...CODE, ...debianFiles('hello', '1.2-1') });
    await project.git('submodule', 'add', '-q', library.folder, 'vendor/library');
    await project.commit('Import');
    await project.tag('v1.2');
    await ok(project.folder, `${scratch.path}/out`);
    const listing = async () => (await run(['tar', '-tf', `${scratch.path}/out/hello_1.2.orig.tar.gz`])).stdout;
    expect(await listing()).toContain('hello-1.2/vendor/library/lib.c');
    const omitted = await ok(project.folder, `${scratch.path}/out`, { submodules: 'omit' });
    expect(await listing()).not.toContain('lib.c');
    expect(omitted.host.annotations('warning')[0]?.message).toMatch(/submodules are left out.*vendor\/library/);
    await project.git('submodule', 'deinit', '-q', '--all', '--force');
    await refused(project.folder, `${scratch.path}/new`, {}, /submodule is not checked out.*submodules: recursive/);
  });

  it('export-ignore counts, export-subst and LFS pointers are named', async () => {
    await using scratch = await scratchFolder();
    const project = await Project.create(`${scratch.path}/hello`);
    await project.commit('Import', {
      ...CODE,
      ...debianFiles('hello', '1.2-1'),
      '.gitattributes':
        'ci/ export-ignore\n/debian export-ignore\nversion.txt export-subst\n*.png filter=lfs\n*.bin -export-ignore\n',
      'ci/run': 'x\n',
      'ci/keep.bin': 'x\n',
      'version.txt': '$Format:%H$\n',
      'logo.png': `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12\n`,
    });
    await project.tag('v1.2');
    const { host } = await ok(project.folder, `${scratch.path}/out`);
    const listing = (await run(['tar', '-tf', `${scratch.path}/out/hello_1.2.orig.tar.gz`])).stdout;
    expect(listing).toContain('hello-1.2/version.txt');
    expect(listing).not.toContain('ci/');
    const warnings = host.annotations('warning').map((line) => line.message);
    expect(warnings).toEqual([
      expect.stringMatching(/Git LFS.*"logo\.png"/),
      expect.stringMatching(/export-subst is not expanded.*"version\.txt"/),
    ]);
  });
});
