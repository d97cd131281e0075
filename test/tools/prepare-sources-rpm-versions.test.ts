import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/process.ts';
import { CODE, Project, scratchFolder } from '../unit/source/fixture.ts';
import { type RpmHost, rpmHost, simpleRpm, spec, unpack } from './prepare-sources-rpm-helpers.ts';

let host: RpmHost;
let shared: Awaited<ReturnType<typeof scratchFolder>>;
beforeAll(async () => {
  shared = await scratchFolder();
  host = await rpmHost(shared.path);
}, 600_000);
afterAll(async () => {
  await host?.lock.release();
  await shared?.[Symbol.asyncDispose]();
});

/** rpm's own order of `version-release`. */
async function order(a: string, b: string): Promise<number> {
  const { stdout } = await run(['rpm', '--eval', `%{lua:print(rpm.vercmp("${a}", "${b}"))}`]);
  return Number(stdout.trim());
}

describe('schemes', () => {
  it('makes the original’s forms, with %{?dist} where it was', async () => {
    await using scratch = await scratchFolder();
    const out = `${scratch.path}/out`;
    const project = await Project.create(`${scratch.path}/hello`);
    await project.commit('Import', { ...CODE, 'hello.spec': spec({ release: '1%{?dist}~mos1' }) });
    await project.tag('v1.2');
    await project.commit('One');
    await project.commit('Two');
    await project.git('checkout', '-q', '-b', 'fix');
    await project.commit('Three');
    const made = async (release: string, inputs: Record<string, string>) => {
      await project.write({ 'hello.spec': spec({ release }) });
      await project.git('add', '--all');
      const tree = await project.git('stash', 'create');
      const ref = tree === '' ? 'HEAD' : tree;
      const { version } = await host.ok(project.folder, out, { ref, ...inputs });
      return version;
    };
    const parent = { 'parent-branch': 'main' };
    expect(await made('1%{?dist}~mos1', { 'version-scheme': 'commits' })).toBe('1.2-1.el9~mos3');
    expect(await made('1%{?dist}~mos1', { 'version-scheme': 'hotfix', ...parent })).toBe('1.2-1.el9~mos2.1.0');
    expect(await made('1%{?dist}~mos1', { 'version-scheme': 'security', ...parent })).toBe('1.2-1.el9~mos2.0.1');
    // `git stash create` makes a merge of two parents: it counts as none itself, and its index commit as one.
    expect(await made('1.mos1', { 'version-scheme': 'commits' })).toBe('1.2-1.mos4');
    expect(await made('1.dev1%{?dist}', { 'version-scheme': 'commits' })).toBe('1.2-1.dev4.el9');
    const template = { 'version-scheme': 'template', 'version-template': '1%{?dist}.{n}.{shortsha}' };
    expect(await made('1%{?dist}', template)).toMatch(/^1\.2-1\.el9\.4\.[0-9a-f]{8}$/);
  });

  it('keeps what macros say of the Release, and counts behind it', async () => {
    await using scratch = await scratchFolder();
    const parts = { top: '%global rel 3', release: '%{rel}%{?dist}' };
    const project = await simpleRpm(`${scratch.path}/hello`, 2, parts);
    const out = `${scratch.path}/out`;
    expect((await host.ok(project.folder, out, { 'version-scheme': 'commits' })).version).toBe('1.2-3.el9.git2');
    expect(await readFile(`${await unpack(out)}/hello.spec`, 'utf8')).toContain(
      'Release:        %{rel}%{?dist}.git2\n',
    );
    await project.git('checkout', '-q', 'v1.2');
    expect((await host.ok(project.folder, out, { 'version-scheme': 'commits' })).version).toBe('1.2-3.el9');
  });

  it('puts an epoch in front', async () => {
    await using scratch = await scratchFolder();
    const project = await simpleRpm(`${scratch.path}/hello`, 1, { tags: 'Epoch: 2' });
    const { version, files } = await host.ok(project.folder, `${scratch.path}/out`, {
      'version-scheme': 'commits',
      'published-version': '2:1.2-1.el9',
    });
    expect(version).toBe('2:1.2-1.el9.git1');
    expect(files[0]).toBe('hello-1.2-1.el9.git1.src.rpm');
  });

  it('gives a snapshot a Version of its own', async () => {
    await using scratch = await scratchFolder();
    const project = await simpleRpm(`${scratch.path}/hello`, 2);
    const out = `${scratch.path}/out`;
    const inputs = { 'version-scheme': 'commits', 'past-tag': 'snapshot' };
    const { version } = await host.ok(project.folder, out, inputs);
    const upstream = `1.2^git2.g${(await project.git('rev-parse', 'HEAD')).slice(0, 8)}`;
    expect(version).toBe(`${upstream}-1.el9.git2`);
    const { stdout } = await run(['tar', '-tf', `${await unpack(out)}/hello-${upstream}.tar.gz`]);
    expect(stdout.split('\n')[0]).toBe(`hello-${upstream}/`);
    await project.git('checkout', '-q', 'v1.2');
    expect((await host.ok(project.folder, out, inputs)).version).toBe('1.2-1.el9');
    await host.refused(project.folder, out, { 'past-tag': 'patch' }, /input past-tag: commits after the tag are not/);
  });
});

describe('the Version', () => {
  it('must be that of the newest tag', async () => {
    await using scratch = await scratchFolder();
    const out = `${scratch.path}/out`;
    const project = await simpleRpm(`${scratch.path}/hello`, 1);
    await project.tag('v1.3');
    const both =
      /hello\.spec: the spec and the newest tag .*found 1\.2 in the spec, 1\.3 by tag "v1\.3".*set Version to 1\.3/;
    await host.refused(project.folder, out, {}, both);
    expect((await host.ok(project.folder, out, { 'upstream-version-from': 'changelog' })).version).toBe('1.2-1.el9');
    expect((await host.ok(project.folder, out, { 'upstream-version-from': 'tag' })).version).toBe('1.3-1.el9');
    expect((await run(['tar', '-tf', `${await unpack(out)}/hello-1.3.tar.gz`])).stdout).toContain('hello-1.3/src/');
  });

  it('agrees with pre-releases in either spelling, and with tags of the whole version', async () => {
    await using scratch = await scratchFolder();
    const out = `${scratch.path}/out`;
    const project = await simpleRpm(`${scratch.path}/a`, 1, { version: '1.3~rc1' });
    await project.tag('1.3.0-rc.1'.replace('.0', ''));
    expect((await host.ok(project.folder, out)).version).toBe('1.3~rc1-1.el9');
    const tito = await simpleRpm(`${scratch.path}/b`, 1);
    await tito.tag('hello-1.2-1');
    await tito.git('tag', '-d', 'v1.2');
    expect((await host.ok(tito.folder, out, { 'version-scheme': 'commits' })).version).toBe('1.2-1.el9');
  });

  it('is the spec’s where there is no tag, and counts from the commit that brought it', async () => {
    await using scratch = await scratchFolder();
    const project = await Project.create(`${scratch.path}/hello`);
    await project.commit('Import', { ...CODE, 'hello.spec': spec({ top: '%global base 1.1', version: '%{base}' }) });
    await project.commit('More', { 'src/more.c': '\n' });
    await project.commit('Go to 1.2', { 'hello.spec': spec({ top: '%global base 1.2', version: '%{base}' }) });
    await project.commit('More still', { 'src/more.c': '//\n' });
    const { version, host: ran } = await host.ok(project.folder, `${scratch.path}/out`, {
      'version-scheme': 'commits',
    });
    expect(version).toBe('1.2-1.el9.git1');
    expect(ran.annotations('notice')[0]?.message).toMatch(
      /no tag for upstream version 1\.2: .*brought 1\.2 to the spec/,
    );
  });

  it('is not set where the spec decides it elsewhere', async () => {
    await using scratch = await scratchFolder();
    const out = `${scratch.path}/out`;
    const commits = { 'version-scheme': 'commits' };
    const two = '%if 0%{?rhel}\nRelease: 2%{?dist}\n%else\nRelease: 3\n%endif';
    const conditional = spec().replace(/^Release:.*$/m, two);
    const a = await simpleRpm(`${scratch.path}/a`, 1, {}, { 'hello.spec': conditional });
    await host.refused(a.folder, out, commits, /hello\.spec:4: the spec has more than one line Release.*lines 4, 6/);
    expect((await host.ok(a.folder, out)).version).toBe('1.2-2.el9');
    const dead = spec().replace(/^(Release:.*)$/m, '%if 0\n$1\n%endif\n%{lua: print("Release: 5")}');
    const b = await simpleRpm(`${scratch.path}/b`, 1, {}, { 'hello.spec': dead });
    await host.refused(
      b.folder,
      out,
      commits,
      /hello\.spec:4: setting Release in the spec has no effect: .*found "5", expected "1%\{\?dist\}\.git1"/,
    );
    const none = spec().replace(/^Release:.*$/m, '%{lua: print("Release: 5")}');
    const c = await simpleRpm(`${scratch.path}/c`, 1, {}, { 'hello.spec': none });
    await host.refused(c.folder, out, commits, /hello\.spec: the spec has no line Release to set/);
    expect((await host.ok(c.folder, out)).version).toBe('1.2-5');
  });
});

describe('a change under review', () => {
  it('sorts above what is published and below the next merge, as rpm compares', async () => {
    await using scratch = await scratchFolder();
    const out = `${scratch.path}/out`;
    for (const release of ['1%{?dist}', '1%{?dist}~mos1', '1.mos1', '1.dev1%{?dist}', '3']) {
      const project = await simpleRpm(`${scratch.path}/${release.replace(/\W/g, '')}`, 2, { release });
      const commits = { 'version-scheme': 'commits' };
      const { version: published } = await host.ok(project.folder, out, commits);
      await project.git('checkout', '-q', '-b', 'change');
      await project.commit('Under review', { 'src/a.c': '\n' });
      await project.commit('And more', { 'src/b.c': '\n' });
      const review = { ...commits, change: 'review', 'change-id': '42', 'base-branch': 'main' };
      const at = async (patchset: string) =>
        (await host.ok(project.folder, out, { ...review, patchset, 'published-version': published })).version;
      const [third, fourth] = [await at('3'), await at('4')];
      expect(third.endsWith('~cr42.3'), third).toBe(true);
      await project.git('checkout', '-q', 'main');
      await project.commit('Merged in its place', { 'src/a.c': '//\n' });
      const { version: next } = await host.ok(project.folder, out, { ...commits, 'published-version': published });
      const inOrder = [published, third, fourth, next];
      for (let index = 1; index < inOrder.length; index++) {
        expect(await order(inOrder[index - 1] ?? '', inOrder[index] ?? ''), inOrder.join(' < ')).toBe(-1);
      }
      // Of a distribution's next release too, and above its own.
      expect(await order(third, '1.2-9.el9')).toBe(-1);
    }
  });

  it('has a Version of its own as a snapshot', async () => {
    await using scratch = await scratchFolder();
    const out = `${scratch.path}/out`;
    const project = await simpleRpm(`${scratch.path}/hello`, 2);
    const inputs = { 'version-scheme': 'commits', 'past-tag': 'snapshot' };
    const { version: published } = await host.ok(project.folder, out, inputs);
    await project.git('checkout', '-q', '-b', 'change');
    await project.commit('Under review', { 'src/a.c': '\n' });
    const { version: review } = await host.ok(project.folder, out, {
      ...inputs,
      change: 'review',
      'change-id': '42',
      'base-branch': 'main',
      'published-version': published,
    });
    expect(review).toBe('1.2^git3~cr42.1-1.el9.git3');
    const { version: next } = await host.ok(project.folder, out, inputs);
    expect(await order(published, review)).toBe(-1);
    expect(await order(review, next)).toBe(-1);
  });

  it('stands right above the published one where it brings no version, and below the next where it does', async () => {
    await using scratch = await scratchFolder();
    const out = `${scratch.path}/out`;
    const project = await simpleRpm(`${scratch.path}/hello`, 1);
    await project.git('checkout', '-q', '-b', 'change');
    await project.commit('No version', { 'src/a.c': '\n' });
    const review = { change: 'review', 'change-id': '42', 'base-branch': 'main', 'published-version': '1.2-1.el9' };
    const { version: same } = await host.ok(project.folder, out, review);
    expect(same).toBe('1.2-1.el9.0~cr42.1');
    for (const above of ['1.2-1.el9.1', '1.2-2.el9', '1.2-1.el9_1', '1.3-1.el9']) {
      expect(await order(same, above), above).toBe(-1);
    }
    expect(await order('1.2-1.el9', same)).toBe(-1);
    await project.commit('A version', { 'hello.spec': spec({ release: '2%{?dist}' }) });
    expect((await host.ok(project.folder, out, review)).version).toBe('1.2-2.el9~cr42.1');
  });

  it('is told to rebase where it is behind, and a merge where it is older', async () => {
    await using scratch = await scratchFolder();
    const out = `${scratch.path}/out`;
    const project = await simpleRpm(`${scratch.path}/hello`, 2);
    const review = { 'version-scheme': 'commits', change: 'review', 'change-id': '42' };
    const newer = { 'published-version': '1.2-1.el9.git7' };
    await host.refused(project.folder, out, { ...review, ...newer }, /would not sort above .*rebase the change/);
    await host.refused(project.folder, out, { 'version-scheme': 'commits', ...newer }, /older than the published one/);
    await host.refused(
      project.folder,
      out,
      { 'published-version': '1.2-1-1' },
      /input published-version: not a version/,
    );
  });
});
