import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { RecordingHost } from '../../../src/host/recording.ts';
import { run } from '../../../src/process.ts';
import { GitRepository } from '../../../src/source/git.ts';
import { type TarEntry, writeTar } from '../../../src/source/tar.ts';
import { writeTarball } from '../../../src/source/tarball.ts';
import { readTree } from '../../../src/source/tree.ts';
import { CODE, type FileSpec, Project, START, scratchFolder } from './fixture.ts';

async function tarOf(entries: readonly TarEntry[], mtime = START): Promise<Buffer> {
  const pieces: Buffer[] = [];
  async function* each() {
    yield* entries;
  }
  for await (const piece of writeTar(each(), mtime)) pieces.push(piece);
  return Buffer.concat(pieces);
}

const file = (name: string, content: string): TarEntry => ({
  path: name,
  mode: '100644',
  content: Buffer.from(content),
});

describe('writeTar', () => {
  it('is read by tar(1), with long names, long links, odd bytes and large sizes', async () => {
    await using scratch = await scratchFolder();
    const long = `root/${'d'.repeat(120)}/${'e'.repeat(120)}/${'f'.repeat(120)}`;
    const fits = `root/${'a'.repeat(140)}/${'b'.repeat(99)}`;
    const entries: TarEntry[] = [
      { path: 'root', mode: 'folder', content: Buffer.alloc(0) },
      file(long, 'long\n'),
      file(fits, 'fits\n'),
      file('root/\u00fc\u00ff', 'latin1\n'),
      file('root/empty', ''),
      file('root/block', 'x'.repeat(512)),
      file('root/more', 'y'.repeat(513)),
      { path: 'root/exec', mode: '100755', content: Buffer.from('#!\n') },
      { path: 'root/link', mode: '120000', content: Buffer.from('empty') },
      { path: 'root/longlink', mode: '120000', content: Buffer.from('t'.repeat(300)) },
      { path: `root/${'g'.repeat(99)}/${'h'.repeat(60)}`, mode: 'folder', content: Buffer.alloc(0) },
    ];
    const tar = await tarOf(entries);
    expect(tar.length % 10_240).toBe(0);
    await writeFile(`${scratch.path}/a.tar`, tar);
    const listing = await run(['tar', '-C', scratch.path, '-tvf', 'a.tar', '--numeric-owner'], {
      cwd: scratch.path,
      env: { TZ: 'UTC' },
    });
    expect(listing.stderr).toBe('');
    const lines = listing.stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(entries.length);
    expect(lines[0]).toMatch(/^drwxr-xr-x 0\/0 +0 2026-01-05 10:00 root\/$/);
    expect(lines.find((line) => line.includes('root/exec'))).toMatch(/^-rwxr-xr-x/);
    expect(listing.stdout).toContain(`root/longlink -> ${'t'.repeat(300)}`);
    await run(['tar', '-xf', 'a.tar'], { cwd: scratch.path });
    expect(await readFile(path.join(scratch.path, long), 'utf8')).toBe('long\n');
    expect(await readFile(path.join(scratch.path, fits), 'utf8')).toBe('fits\n');
    expect(await readFile(path.join(scratch.path, 'root/more'), 'utf8')).toBe('y'.repeat(513));
    const names = await readdir(path.join(scratch.path, 'root'), { encoding: 'buffer' });
    expect(names.map((name) => name.toString('latin1'))).toContain('\u00fc\u00ff');
  });

  it('has the name of each length from 90 to 300 right', async () => {
    await using scratch = await scratchFolder();
    const names = Array.from({ length: 211 }, (_, index) => {
      const length = index + 90;
      return `r/${'a'.repeat(Math.floor(length / 3))}/${'b'.repeat(length - Math.floor(length / 3) - 4)}z`;
    });
    await writeFile(`${scratch.path}/a.tar`, await tarOf(names.map((name) => file(name, name))));
    const listing = await run(['tar', '-tf', 'a.tar'], { cwd: scratch.path });
    expect(listing.stdout.trimEnd().split('\n')).toEqual(names);
  });
});

async function tarball(folder: string, output: string, compression: 'gzip' | 'xz' = 'gzip'): Promise<Buffer> {
  await using resources = new AsyncDisposableStack();
  const repository = resources.use(await GitRepository.open(folder, 'code'));
  const commit = await repository.commit('v1.2', 'test');
  const log = new RecordingHost({}, { workspace: path.dirname(output) });
  const files = await readTree(repository, commit, {
    submodules: 'include',
    exportIgnore: true,
    warn: true,
    log,
    resources,
  });
  await writeTarball({ files, root: 'hello-1.2', mtime: commit.time, compression, output });
  return await readFile(output);
}

async function example(folder: string): Promise<Project> {
  const project = await Project.create(folder);
  const files: Record<string, FileSpec> = {
    ...CODE,
    '.gitattributes': '* text=auto\n*.crlf text eol=crlf\nid.txt ident\nci export-ignore\nversion export-subst\n',
    'dos.txt': 'a\r\nb\r\n',
    'x.crlf': 'a\nb\n',
    'id.txt': '$Id$\n',
    version: '$Format:%H %d$\n',
    'ci/x': 'x\n',
    ünï: 'u\n',
    'a-b': '1\n',
    'a/b': '2\n',
    'a.b': '3\n',
  };
  await project.commit('Import', files);
  await project.tag('v1.2');
  await project.commit('Later', { later: 'x\n' });
  return project;
}

describe('writeTarball', () => {
  it('gives the same bytes in any clone, on any machine', async () => {
    await using scratch = await scratchFolder();
    const project = await example(`${scratch.path}/project`);
    const first = await tarball(project.folder, `${scratch.path}/1`);
    const digest = createHash('sha256').update(first).digest('hex');
    const clone = `${scratch.path}/a clone/with ünï`;
    await project.git('clone', '-q', project.folder, clone);
    await project.git('-C', clone, 'gc', '-q', '--aggressive');
    for (const [key, value] of [
      ['core.autocrlf', 'true'],
      ['core.eol', 'crlf'],
      ['core.umask', '0077'],
      ['tar.umask', '0077'],
      ['core.fileMode', 'false'],
      ['core.symlinks', 'false'],
      ['core.abbrev', '40'],
      ['core.precomposeUnicode', 'true'],
    ] as const) {
      await project.git('-C', clone, 'config', key, value);
    }
    await writeFile(`${clone}/.git/info/attributes`, '* export-ignore export-subst\n');
    await project.git('-C', clone, 'tag', 'another', 'v1.2');
    const umask = process.umask(0o077);
    const saved = { TZ: process.env['TZ'], LANG: process.env['LANG'], LC_ALL: process.env['LC_ALL'] };
    try {
      process.env['TZ'] = 'Asia/Kathmandu';
      process.env['LANG'] = process.env['LC_ALL'] = 'tr_TR.UTF-8';
      const second = await tarball(clone, `${scratch.path}/2`);
      expect(createHash('sha256').update(second).digest('hex')).toBe(digest);
    } finally {
      process.umask(umask);
      for (const [name, value] of Object.entries(saved)) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
    // These bytes are published under this name somewhere: a change here breaks everybody's pool.
    expect(digest).toBe('6572fb47abbe4f4bfa2cefa706f93026786a8cb5db3c4e6f198c539c3f44ba1f');
  });

  it('holds what is committed, unconverted, without what export-ignore names', async () => {
    await using scratch = await scratchFolder();
    const project = await example(`${scratch.path}/project`);
    const content = await tarball(project.folder, `${scratch.path}/1`);
    await mkdir(`${scratch.path}/x`);
    await run(['tar', '-C', `${scratch.path}/x`, '-xzf', `${scratch.path}/1`]);
    const read = (name: string) => readFile(`${scratch.path}/x/hello-1.2/${name}`, 'utf8');
    expect(await read('x.crlf')).toBe('a\nb\n');
    expect(await read('id.txt')).toBe('$Id$\n');
    expect(await read('version')).toBe('$Format:%H %d$\n');
    const listing = (await run(['tar', '-tzf', `${scratch.path}/1`])).stdout.trimEnd().split('\n');
    expect(listing).not.toContain('hello-1.2/ci/x');
    expect(listing.filter((name) => name.startsWith('hello-1.2/a'))).toEqual([
      'hello-1.2/a-b',
      'hello-1.2/a.b',
      'hello-1.2/a/',
      'hello-1.2/a/b',
    ]);
    // RFC 1952: no name, no time.
    expect([...content.subarray(0, 8)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]);
    expect(gunzipSync(content).length % 10_240).toBe(0);
  });

  it('compresses what is larger than a chunk, the same each time; xz too', async () => {
    await using scratch = await scratchFolder();
    const project = await Project.create(`${scratch.path}/project`);
    const lines = Array.from({ length: 150_000 }, (_, index) => `${(index * 2_654_435_761) % 4_294_967_296}\n`).join(
      '',
    );
    await project.commit('Import', { large: lines, zeros: Buffer.alloc(3 * 1024 * 1024) });
    await project.tag('v1.2');
    const first = await tarball(project.folder, `${scratch.path}/1`);
    expect(await tarball(project.folder, `${scratch.path}/2`)).toEqual(first);
    const tar = gunzipSync(first);
    expect(tar.includes(lines)).toBe(true);
    await tarball(project.folder, `${scratch.path}/3`, 'xz');
    await run(['xz', '-t', '--format=xz', `${scratch.path}/3`]);
    await writeFile(`${scratch.path}/4`, tar);
    await run(['sh', '-c', 'xz -dc "$1" | cmp - "$2"', 'sh', `${scratch.path}/3`, `${scratch.path}/4`]);
  });
});
