/** Publishing with the real reprepro, gpgv and apt. */
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../src/process.ts';
import { at, bench, expectWholePool, freshApt, hoursAgo, names, statesKept, useBench } from './publish-bench.ts';
import { treeDigest } from './publish-helpers.ts';

useBench();

describe('what comes next', () => {
  it('replaces a package by its newer version, and keeps the former files for former snapshots', async () => {
    const first = await bench.publish([await bench.full('hello', '1.0-1')]);
    const second = await bench.publish([await bench.full('hello', '1.0-2')]);
    expect(second.snapshot.parent).toBe(first.snapshot.id);
    expect(second.plan.entries.map(({ action, replaces }) => [action, replaces])).toEqual([
      ['upgrade', ['1.0-1']],
      ['upgrade', ['1.0-1']],
    ]);
    expect(second.snapshot.change.superseded.map(({ name, version }) => `${name} ${version}`)).toEqual([
      'hello 1.0-1',
      'hello 1.0-1',
    ]);
    expect(await names()).toBe('hello 1.0-2');
    await expectWholePool();
    const old = await freshApt({ channel: `snapshots/${first.snapshot.id}` });
    expect(await old.list()).toEqual(['hello 1.0-1']);
    await old.run('apt-get', '-q', 'download', 'hello');
    // Only the channel's state is kept.
    expect(await statesKept()).toEqual([second.snapshot.id]);
  });

  it('does nothing at all where all of it is there', async () => {
    const build = await bench.full('hello', '1.0-1');
    const first = await bench.publish([build]);
    const before = await treeDigest(bench.repository);
    const again = await bench.publish([build]);
    expect(again.changed).toBe(false);
    expect(again.snapshot.id).toBe(first.snapshot.id);
    expect(again.plan.entries.map(({ action }) => action)).toEqual(['same', 'same']);
    expect(await treeDigest(bench.repository)).toBe(before);
  });

  it('leaves the former snapshot as it was, to the byte and the mode', async () => {
    const { snapshot } = await bench.publish([await bench.full('hello', '1.0-1')]);
    const before = await treeDigest(at('snapshots', snapshot.id));
    await bench.publish([await bench.full('hello', '1.0-2'), await bench.binaries({ name: 'other' })]);
    expect(await treeDigest(at('snapshots', snapshot.id))).toBe(before);
  });

  it('takes several builds in one transaction, and what they share once', async () => {
    const amd64 = await bench.full('hello', '1.0-1');
    const arm64 = await bench.scratch('build');
    await bench.source(arm64, { name: 'hello', version: '1.0-1' });
    await bench.deb(arm64, { name: 'hello', version: '1.0-1', architecture: 'arm64' });
    await bench.records(arm64, 'hello', '1.0-1', 'arm64');
    await bench.build(arm64, { manifest: { target: { name: 'debian-12', suite: 'bookworm', architecture: 'arm64' } } });
    const result = await bench.publish(
      [amd64, arm64, await bench.binaries({ name: 'data', architecture: 'all' })],
      {},
      { architectures: undefined },
    );
    expect(result.snapshot.settings.architectures).toEqual(['amd64', 'arm64']);
    expect(result.plan.entries).toHaveLength(4);
    const apt = await freshApt({ architectures: ['amd64', 'arm64'] });
    await apt.run('apt-get', '-q', 'download', 'hello:arm64', 'hello:amd64', 'data');
    expect(result.snapshot.records.map((each) => path.basename(each.path)).sort()).toEqual([
      'hello_1.0-1_amd64.buildinfo',
      'hello_1.0-1_amd64.changes',
      'hello_1.0-1_arm64.buildinfo',
      'hello_1.0-1_arm64.changes',
    ]);
    await expectWholePool();
  });

  it('puts udebs into the installer area and debug symbols into a component of their own', async () => {
    const result = await bench.publish([
      await bench.binaries(
        { name: 'hello' },
        { name: 'hello-udeb', extension: 'udeb' },
        { name: 'hello-dbgsym', extension: 'ddeb', fields: { Section: 'debug' } },
        { name: 'world-dbgsym', fields: { Section: 'debug', 'Auto-Built-Package': 'debug-symbols' } },
      ),
    ]);
    expect(result.snapshot.settings.components).toEqual(['main', 'main/debug']);
    expect(await names()).toBe('hello 1.0');
    expect(await (await freshApt({ components: 'main/debug' })).list()).toEqual([
      'hello-dbgsym 1.0',
      'world-dbgsym 1.0',
    ]);
    expect(await (await freshApt({ components: 'main/debian-installer' })).list()).toEqual(['hello-udeb 1.0']);
    expect(await readdir(at('pool', 'main', 'h', 'hello-udeb'))).toEqual(['hello-udeb_1.0_amd64.udeb']);
    // And again: the areas are there now.
    await bench.publish([await bench.binaries({ name: 'hello-udeb', extension: 'udeb', version: '2.0' })]);
    expect(await (await freshApt({ components: 'main/debian-installer' })).list()).toEqual(['hello-udeb 2.0']);
  });

  it('takes packages without section and priority, of every compression', async () => {
    const fields = { Section: undefined, Priority: undefined };
    await bench.publish([
      await bench.binaries(
        { name: 'pack-xz', fields },
        { name: 'pack-gz', compression: 'gzip' },
        { name: 'pack-zst', compression: 'zstd' },
        { name: 'pack-none', compression: 'none' },
        { name: 'pack-udeb', extension: 'udeb', fields },
      ),
    ]);
    expect(await names()).toBe('pack-gz 1.0; pack-none 1.0; pack-xz 1.0; pack-zst 1.0');
  });

  it('follows a package that moves between components, and between any and all', async () => {
    const request = { components: ['main', 'contrib'], architectures: ['amd64', 'arm64'] };
    await bench.publish([await bench.binaries({ name: 'mover' }, { name: 'shape', architecture: 'all' })], {}, request);
    const moved = await bench.publish([
      await bench.binaries(
        { name: 'mover', version: '2.0', fields: { Section: 'contrib/net' } },
        { name: 'shape', version: '2.0' },
      ),
    ]);
    expect(moved.plan.entries.find(({ name }) => name === 'mover')).toMatchObject({
      component: 'contrib',
      replaces: ['1.0'],
    });
    expect(await (await freshApt({ components: 'main contrib' })).list()).toEqual(['mover 2.0', 'shape 2.0']);
    // arm64 has no newer one: the package for all stays there.
    expect(await (await freshApt({ architectures: ['arm64'] })).list()).toEqual(['shape 1.0']);
    await bench.publish([await bench.binaries({ name: 'shape', version: '3.0', architecture: 'all' })]);
    expect(await (await freshApt({ architectures: ['arm64'] })).list()).toEqual(['shape 3.0']);
    expect(await names()).toBe('shape 3.0');
  });

  it('fills a further architecture with the packages for all', async () => {
    await bench.publish([await bench.binaries({ name: 'native' }, { name: 'data', architecture: 'all' })]);
    await bench.publish(
      [await bench.binaries({ name: 'native', architecture: 'arm64' })],
      {},
      { architectures: ['arm64'] },
    );
    expect(await (await freshApt({ architectures: ['arm64'] })).list()).toEqual(['data 1.0', 'native 1.0']);
    expect(await names()).toBe('data 1.0; native 1.0');
  });

  it('makes a snapshot for changed settings alone', async () => {
    const build = await bench.binaries({});
    await bench.publish([build], { now: hoursAgo(14) });
    const changed = await bench.publish([build], { now: hoursAgo(13) }, { label: 'A new label', validSeconds: 86_400 });
    expect(changed.changed).toBe(true);
    const release = await readFile(at('latest', 'dists', 'bookworm', 'Release'), 'utf8');
    expect(release).toMatch(/^Label: A new label$/m);
    expect(release).toMatch(/^Valid-Until: /m);
    // Valid for 24 hours: renewed when more than half of them is over.
    expect((await bench.publish([build], { now: hoursAgo(2) })).changed).toBe(false);
    expect((await bench.publish([build])).changed).toBe(true);
  });

  it('serves on the indexes of the former snapshots by their digest, and drops them after a day', async () => {
    const first = await bench.publish([await bench.binaries({ version: '1.0' })], { now: hoursAgo(33) });
    const index = async (id: string) => {
      const { stdout } = await run([
        'sha256sum',
        at('snapshots', id, 'dists', 'bookworm', 'main', 'binary-amd64', 'Packages.gz'),
      ]);
      return `dists/bookworm/main/binary-amd64/by-hash/SHA256/${stdout.slice(0, 64)}`;
    };
    const old = await index(first.snapshot.id);
    await bench.publish([await bench.binaries({ version: '2.0' })], { now: hoursAgo(32) });
    const third = await bench.publish([await bench.binaries({ version: '3.0' })], { now: hoursAgo(31) });
    expect((await stat(at('latest', old))).isFile()).toBe(true);
    const fourth = await bench.publish([await bench.binaries({ version: '4.0' })]);
    await expect(stat(at('latest', old))).rejects.toThrow('ENOENT');
    expect((await stat(at('latest', await index(third.snapshot.id)))).isFile()).toBe(true);
    expect(
      fourth.snapshot.supersededIndexes.every((each) => Date.parse(each.supersededAt) > Date.now() - 86_400_000),
    ).toBe(true);
  });

  it("makes reprepro's database anew where it is lost", async () => {
    await bench.publish([
      await bench.full('hello', '1.0-1'),
      await bench.binaries({ name: 'data', architecture: 'all' }, { name: 'inst-udeb', extension: 'udeb' }),
    ]);
    await rm(path.join(bench.repository, 'private'), { recursive: true });
    await bench.publish([await bench.full('hello', '1.0-2')]);
    expect(await names()).toBe('data 1.0; hello 1.0-2');
    expect(await (await freshApt({ components: 'main/debian-installer' })).list()).toEqual(['inst-udeb 1.0']);
    await bench.publish([await bench.full('hello', '1.0-3')]);
    expect(await names()).toBe('data 1.0; hello 1.0-3');
  });

  it('shares the orig tarball between revisions and the pool between channels', async () => {
    const build = await bench.full('hello', '1.0-1');
    const testing = await bench.publish([build], { channel: 'testing' });
    const latest = await bench.publish([build]);
    expect(latest.changed).toBe(true);
    expect(latest.snapshot.packages).toEqual(testing.snapshot.packages);
    expect(latest.snapshot.records).toEqual(testing.snapshot.records);
    await bench.publish([await bench.full('hello', '1.0-2')], { channel: 'testing' });
    expect(await names()).toBe('hello 1.0-1');
    expect(await (await freshApt({ channel: 'testing' })).list()).toEqual(['hello 1.0-2']);
    await expectWholePool();
    expect((await statesKept()).length).toBe(2);
  });
});
