import { mkdir, mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blameCache, cacheLine, countNotes } from '../../../src/builder/compiler-cache.ts';
import { diagnoseSbuild } from '../../../src/builder/log/classify.ts';
import { type CacheRequest, holdCompilerCache } from '../../../src/buildroot/compiler-cache.ts';
import { RecordingHost } from '../../../src/host/recording.ts';
import { takeLock } from '../../../src/lock.ts';
import { banner } from '../log/sbuild-log.ts';

describe('what came of the compilations', () => {
  it('is counted from the notes of ccache', () => {
    const notes =
      '# a.c\ndirect_cache_miss\npreprocessed_cache_miss\ncache_miss\nlocal_storage_write\n# b.c\ndirect_cache_hit\nlocal_storage_hit\n# c.c\npreprocessed_cache_hit\n# direct_cache_hit.c\ncalled_for_link\n';
    expect(countNotes(notes, 'ccache')).toEqual({ tool: 'ccache', hits: 2, misses: 1 });
    expect(countNotes('', 'ccache')).toEqual({ tool: 'ccache', hits: 0, misses: 0 });
  });

  it('and from those of sccache', () => {
    const notes = '[DEBUG sccache] [a.o]: Cache hit in 0.001 s\n[DEBUG sccache] [b.o]: Cache miss in 0.004 s\n';
    expect(countNotes(notes, 'sccache')).toEqual({ tool: 'sccache', hits: 1, misses: 1 });
  });

  it('is told in a line', () => {
    expect(cacheLine({ tool: 'ccache', hits: 1, misses: 2 })).toBe('compiler cache (ccache): 1 hit, 2 misses');
  });
});

it('a tool that is in no repository is no fault of the package, another dependency is', () => {
  const missing = (name: string) =>
    diagnoseSbuild({
      log: `${banner('Install package build dependencies')}E: Unable to locate package ${name}\n`,
      exitCode: 100,
      end: 'exit',
      hasChanges: false,
    });
  const cache = { tool: 'ccache', mostBytes: 1 } as const;
  expect(blameCache(missing('ccache'), cache).verdict).toBe('configuration');
  expect(blameCache(missing('libccache-dev'), cache).verdict).toBe('package');
  expect(blameCache(missing('ccache'), undefined).verdict).toBe('package');
});

describe('the folder of a cache', () => {
  let state: string;
  beforeEach(async () => {
    state = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-cache-folder-'));
  });
  afterEach(() => rm(state, { recursive: true, force: true }));

  const owner = process.getuid?.() ?? 0;
  const request = (more: Partial<CacheRequest> = {}): CacheRequest => ({
    state,
    tool: 'ccache',
    target: 'debian-12',
    architecture: 'amd64',
    change: 'merge',
    key: 'hello',
    owner,
    mostBytes: 1024 ** 2,
    logger: new RecordingHost(),
    signal: new AbortController().signal,
    ...more,
  });

  it('is one for each tool, target, architecture, kind of change and key', async () => {
    const variants: Partial<CacheRequest>[] = [
      {},
      { tool: 'sccache' },
      { target: 'debian-13' },
      { architecture: 'arm64' },
      { change: 'review' },
      { key: 'other' },
    ];
    const places = new Set<string>();
    for (const more of variants) {
      await using held = await holdCompilerCache(request(more));
      places.add(held.path);
      expect((await stat(held.path)).mode & 0o777).toBe(0o700);
    }
    expect(places.size).toBe(variants.length);
  });

  it('is shared by builds, and kept', async () => {
    const first = await holdCompilerCache(request());
    const second = await holdCompilerCache(request());
    expect(second.path).toBe(first.path);
    await writeFile(path.join(first.path, 'object'), 'x');
    await first[Symbol.asyncDispose]();
    await second[Symbol.asyncDispose]();
    expect(await readdir(first.path)).toEqual(['object']);
  });

  it('is emptied when it is far over its limit, by the last one that has it', async () => {
    const logger = new RecordingHost();
    const first = await holdCompilerCache(request({ logger }));
    const second = await holdCompilerCache(request({ logger }));
    await writeFile(path.join(first.path, 'large'), Buffer.alloc(40 * 1024 ** 2, 1));
    await first[Symbol.asyncDispose]();
    expect(await readdir(first.path)).toEqual(['large']);
    await second[Symbol.asyncDispose]();
    await expect(stat(first.path)).rejects.toThrow('ENOENT');
    expect(logger.annotations('warning')).toHaveLength(1);
    await using again = await holdCompilerCache(request({ logger }));
    expect(await readdir(again.path)).toEqual([]);
  });

  it('is removed when no build used it for long, and not while one has it', async () => {
    const old = await holdCompilerCache(request({ key: 'old' }));
    const used = await holdCompilerCache(request({ key: 'used' }));
    await old[Symbol.asyncDispose]();
    const long = new Date(Date.now() - 100 * 24 * 3600 * 1000);
    for (const { path: place } of [old, used]) await utimes(path.dirname(place), long, long);
    await using _other = await holdCompilerCache(request());
    await expect(stat(old.path)).rejects.toThrow('ENOENT');
    expect((await stat(used.path)).isDirectory()).toBe(true);
    await used[Symbol.asyncDispose]();
  });

  it.each(['../x', 'a/b', '', '.hidden', '-x', 'a\nb'])('has no name such as %j', async (key) => {
    await expect(holdCompilerCache(request({ key }))).rejects.toThrow(/a compiler cache cannot have this name/);
  });

  it('is no link to another one', async () => {
    const victim = path.join(state, 'victim');
    await mkdir(victim);
    await writeFile(path.join(victim, 'file'), '');
    const folder = path.join(state, 'compiler-cache/ccache/debian-12-amd64/merge/hello');
    await mkdir(folder, { recursive: true });
    await symlink(victim, path.join(folder, 'cache'));
    await using held = await holdCompilerCache(request());
    expect(await readdir(held.path)).toEqual([]);
    expect(await readdir(victim)).toEqual(['file']);
  });

  it('is not waited for by a release', async () => {
    const held = await holdCompilerCache(request());
    await using _other = await takeLock(path.dirname(held.path), { mode: 'shared', waitSeconds: 5, what: 'it' });
    await held[Symbol.asyncDispose]();
    expect((await stat(held.path)).isDirectory()).toBe(true);
  });
});
