import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { compareVersions } from '../../src/deb/version.ts';
import { readManifest } from '../../src/manifest.ts';
import { run } from '../../src/process.ts';
import { CODE, changelog, debianFiles, Project, START, scratchFolder } from '../unit/source/fixture.ts';
import { ok, refused, sha256, simple, sourceEntry } from './prepare-sources-helpers.ts';

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
      srpm: '',
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
