import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { compareVersions } from '../../src/deb/version.ts';
import { readManifest } from '../../src/manifest.ts';
import { CODE, changelog, debianFiles, Project, scratchFolder } from '../unit/source/fixture.ts';
import { ok, refused, simple, sourceEntry } from './prepare-sources-helpers.ts';

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
