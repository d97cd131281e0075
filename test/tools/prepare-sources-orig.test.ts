import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { digestFile, readManifest } from '../../src/manifest.ts';
import { run } from '../../src/process.ts';
import { CODE, debianFiles, Project, scratchFolder } from '../unit/source/fixture.ts';
import { ok, refused, serve, sha256, simple } from './prepare-sources-helpers.ts';

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
    expect(host.transcript()).toMatch(/differs from the tagged commit in \d+ files?/);
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
