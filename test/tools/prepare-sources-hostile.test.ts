import { access, chmod, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { action } from '../../src/actions/prepare-sources/inputs.ts';
import { run as prepare } from '../../src/actions/prepare-sources/run.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { runAction } from '../../src/main.ts';
import { run } from '../../src/process.ts';
import { CODE, changelog, debianFiles, Project, RULES_RAN, scratchFolder } from '../unit/source/fixture.ts';
import { ok, prepareIn, refused, simple, sourceEntry } from './prepare-sources-helpers.ts';

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
