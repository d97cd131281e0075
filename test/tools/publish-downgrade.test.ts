/** Downgrades of deb packages with a reason, by the real reprepro, and as apt sees them. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../src/main.ts';
import { act } from './plan-helpers.ts';
import { bench, expectWholePool, freshApt, names, useBench } from './publish-bench.ts';
import { expectRefused, treeDigest } from './publish-helpers.ts';

useBench();

const REASON = '2.0 loses mail, see issue 77';
const request = { architectures: ['amd64', 'arm64'], components: ['main', 'contrib'] };

/** A build of everything for `architecture`: binary, package for all, debug symbols, source, records. */
async function build(version: string, architecture: string, extra: readonly string[] = []): Promise<string> {
  const folder = await bench.scratch('build');
  const fields = { Source: 'hello' };
  const own = { version, architecture };
  await bench.source(folder, { name: 'hello', version });
  await bench.deb(folder, { name: 'hello', ...own });
  await bench.deb(folder, { name: 'hello-data', version, architecture: 'all', fields });
  await bench.deb(folder, { name: 'hello-udeb', ...own, extension: 'udeb', fields });
  const symbols = { ...fields, Section: 'debug', 'Auto-Built-Package': 'debug-symbols' };
  await bench.deb(folder, { name: 'hello-dbgsym', ...own, fields: symbols });
  for (const name of extra) await bench.deb(folder, { name, ...own, fields });
  await bench.records(folder, 'hello', version, architecture);
  const target = { name: 'debian-12', suite: 'bookworm', architecture };
  return await bench.build(folder, { manifest: { target } });
}

const list = async (architecture: string, components = 'main') =>
  (await (await freshApt({ architectures: [architecture], components })).list()).join('; ');
const sources = async () => await (await freshApt()).run('apt-cache', 'showsrc', '--only-source', 'hello');

describe('a downgrade with a reason', () => {
  it('takes the whole source package back: for all architectures, areas and components, and records why', async () => {
    const packages = [await build('2.0-1', 'amd64', ['hello-extra']), await build('2.0-1', 'arm64', ['hello-extra'])];
    await bench.publish([...packages, await bench.binaries({ name: 'other' })], {}, request);
    const older = [await build('1.0-1', 'amd64'), await build('1.0-1', 'arm64')];
    await expectRefused(bench.repository, () => bench.publish(older), /a downgrade/);

    const result = await bench.publish(older, { allowDowngrade: REASON });
    expect(result.plan.entries.map(({ action, replaces }) => `${action} ${replaces.join()}`)).toEqual(
      Array(8).fill('downgrade 2.0-1'),
    );
    expect(await list('amd64')).toBe('hello 1.0-1; hello-data 1.0-1; other 1.0');
    expect(await list('arm64')).toBe('hello 1.0-1; hello-data 1.0-1');
    expect(await list('amd64', 'main/debug')).toBe('hello-dbgsym 1.0-1');
    expect(await list('arm64', 'main/debian-installer')).toBe('hello-udeb 1.0-1');
    expect(await sources()).toMatch(/^Version: 1\.0-1$/m);
    expect(await sources()).not.toContain('2.0-1');
    // What only 2.0-1 made would not fit any more.
    expect(result.plan.superseded.map(({ name, version }) => `${name} ${version}`)).toContain('hello-extra 2.0-1');
    const { overrides = [] } = result.snapshot.change;
    expect(overrides).toHaveLength(8);
    expect(overrides).toContainEqual({
      ...{ kind: 'binary', name: 'hello', version: '1.0-1', architecture: 'arm64' },
      ...{ over: '2.0-1', channel: 'latest', reason: REASON },
    });
    expect(result.snapshot.records.every(({ sourceVersion }) => sourceVersion === '1.0-1')).toBe(true);
    await expectWholePool();
    const apt = await freshApt({ architectures: ['amd64', 'arm64'] });
    await apt.run('apt-get', '-q', 'download', 'hello:amd64', 'hello:arm64', 'hello-data');
    await apt.run('apt-get', '-q', '--download-only', 'source', 'hello');

    // And on: nothing to do, the withdrawn version again, to the byte, and a newer one.
    expect((await bench.publish(older, { allowDowngrade: REASON })).changed).toBe(false);
    expect((await bench.publish(older)).changed).toBe(false);
    const again = await bench.publish(packages);
    expect(again.snapshot.change.overrides).toBeUndefined();
    expect(await list('arm64')).toBe('hello 2.0-1; hello-data 2.0-1; hello-extra 2.0-1');
    await bench.publish([await build('3.0-1', 'amd64'), await build('3.0-1', 'arm64')]);
    expect(await list('amd64')).toBe('hello 3.0-1; hello-data 3.0-1; hello-extra 2.0-1; other 1.0');
    await expectWholePool();
  });

  it('goes back to a build that was published before, with what was signed then', async () => {
    const old = await bench.full('hello', '1.0-1');
    const first = await bench.publish([old]);
    await bench.publish([await bench.full('hello', '2.0-1')]);
    const back = await bench.publish([old], { allowDowngrade: REASON });
    expect(back.snapshot.packages).toEqual(first.snapshot.packages);
    expect(back.snapshot.records).toEqual(first.snapshot.records);
    expect(await names()).toBe('hello 1.0-1');
    await expectWholePool();
  });

  it('leaves an architecture that it is not built for as it is, but for the packages for all', async () => {
    await bench.publish(
      [await build('2.0-1', 'amd64', ['hello-extra']), await build('2.0-1', 'arm64', ['hello-extra'])],
      {},
      request,
    );
    await bench.publish([await build('1.0-1', 'amd64')], { allowDowngrade: REASON });
    expect(await list('amd64')).toBe('hello 1.0-1; hello-data 1.0-1');
    expect(await list('arm64')).toBe('hello 2.0-1; hello-data 1.0-1; hello-extra 2.0-1');
    await bench.publish([await build('1.0-1', 'arm64')], { allowDowngrade: REASON });
    expect(await list('arm64')).toBe('hello 1.0-1; hello-data 1.0-1');
    await expectWholePool();
  });

  it('takes a package back from another component, and from all to an architecture', async () => {
    const contrib = { Section: 'contrib/net' };
    await bench.publish(
      [
        await bench.binaries(
          { name: 'mover', version: '2.0', fields: contrib },
          { name: 'shape', version: '2.0', architecture: 'all' },
        ),
      ],
      {},
      request,
    );
    await bench.publish([await bench.binaries({ name: 'mover', version: '1.0' }, { name: 'shape', version: '1.0' })], {
      allowDowngrade: REASON,
    });
    expect(await list('amd64', 'main contrib')).toBe('mover 1.0; shape 1.0');
    expect(await list('arm64', 'main contrib')).toBe('shape 2.0');
    await bench.publish([await bench.binaries({ name: 'shape', version: '1.5', architecture: 'all' })], {
      allowDowngrade: REASON,
    });
    expect(await list('amd64')).toBe('mover 1.0; shape 1.5');
    expect(await list('arm64')).toBe('shape 1.5');
  });

  it('is needed where only another channel has a newer version, which stays as it is', async () => {
    await bench.publish([await bench.binaries({ version: '1.0' })]);
    const { snapshot } = await bench.publish([await bench.binaries({ version: '3.0' })], { channel: 'testing' });
    const middle = await bench.binaries({ version: '2.0' });
    await expectRefused(bench.repository, () => bench.publish([middle]), /a downgrade .* in the channel testing/);
    const result = await bench.publish([middle], { allowDowngrade: REASON });
    expect(result.plan.entries.map(({ action, replaces }) => [action, replaces])).toEqual([['upgrade', ['1.0']]]);
    expect(result.snapshot.change.overrides).toEqual([
      {
        ...{ kind: 'binary', name: 'hello', version: '2.0', architecture: 'amd64' },
        ...{ over: '3.0', channel: 'testing', reason: REASON },
      },
    ]);
    expect(await names()).toBe('hello 2.0');
    expect(await (await freshApt({ channel: 'testing' })).list()).toEqual(['hello 3.0']);
    expect((await bench.publish([await bench.binaries({ version: '3.0' })])).snapshot.parent).toBe(result.snapshot.id);
    expect(snapshot.channel).toBe('testing');
  });

  it('is not needed to publish again what the channel has', async () => {
    const build = await bench.binaries({ version: '1.0' });
    await bench.publish([build]);
    await bench.publish([await bench.binaries({ version: '2.0' })], { channel: 'testing' });
    expect((await bench.publish([build])).changed).toBe(false);
  });

  it('reaches machines that ask for it, by version or by a pin, and no others', async () => {
    await bench.publish([await bench.binaries({ version: '2.0' })]);
    await bench.publish([await bench.binaries({ version: '1.0' })], { allowDowngrade: REASON });
    const apt = await freshApt();
    await writeFile(
      path.join(apt.folder, 'status'),
      'Package: hello\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.0\nMaintainer: x <x@example.org>\nDescription: x\n\n',
    );
    const simulated = async (...args: string[]) => await apt.run('apt-get', '-q', '--simulate', ...args);
    expect(await simulated('dist-upgrade')).not.toContain('Inst hello');
    expect(await simulated('--allow-downgrades', 'install', 'hello=1.0')).toContain('Inst hello [2.0] (1.0 ');
    await writeFile(
      path.join(apt.folder, 'etc', 'preferences.d', 'hello'),
      'Package: hello\nPin: version 1.0\nPin-Priority: 1001\n',
    );
    expect(await simulated('--allow-downgrades', 'dist-upgrade')).toContain('Inst hello [2.0] (1.0 ');
  });

  it('overrides no conflict', async () => {
    await bench.publish([await bench.full('hello', '1.0-1')]);
    await bench.publish([await bench.full('hello', '2.0-1')]);
    const reason = { allowDowngrade: REASON };
    const same = await bench.binaries({ version: '2.0-1', content: 'other' });
    await expectRefused(bench.repository, () => bench.publish([same], reason), 'a conflict');
    // The version that is gone from the channel has its name in the pool for ever.
    const other = await bench.binaries({ version: '1.0-1', content: 'other' });
    await expectRefused(bench.repository, () => bench.publish([other], reason), /published with other content: a conf/);
    // An epoch is no part of the name.
    await bench.publish([await bench.binaries({ name: 'epoch', version: '1:5.0' })]);
    const lower = await bench.binaries({ name: 'epoch', version: '5.0', content: 'other' });
    await expectRefused(bench.repository, () => bench.publish([lower], reason), /epoch_5\.0_amd64\.deb/);
  });
});

describe('the input allow-downgrade', () => {
  const relative = (folder: string) => path.relative(bench.folder, folder);

  it('warns, and shows what it overrode and why', async () => {
    await bench.publish([await bench.binaries({ version: '2.0' })]);
    const packages = relative(await bench.binaries({ version: '1.0' }));
    const { host, code, downgrades } = await act(bench, {
      packages,
      'allow-downgrade': ` ${REASON} `,
      report: 'r.json',
    });
    expect(code).toBe(EXIT.success);
    expect(downgrades).toEqual([`hello 1.0 (amd64) is published although latest had the newer 2.0: ${REASON}`]);
    const override = { over: '2.0', channel: 'latest', reason: REASON };
    expect(JSON.parse(host.outputs['published'] ?? '')).toMatchObject({
      packages: [{ action: 'downgrade', replaces: ['2.0'] }],
      overrides: [{ kind: 'binary', name: 'hello', version: '1.0', architecture: 'amd64', ...override }],
    });
    for (const text of [
      'Published to latest: 0 added, 0 upgraded, 1 downgraded, 0 the same',
      `It was allowed: ${REASON}`,
      '| `hello` | `1.0` | amd64 | `2.0` | `latest` |',
    ]) {
      expect(host.summaryText).toContain(text);
    }
  });

  it.each([
    ['blank', '   '],
    ['of two lines', 'a\nb'],
    ['endless', 'x'.repeat(1001)],
  ])('is no reason when it is %s', async (_name, reason) => {
    await bench.publish([await bench.binaries({ version: '2.0' })]);
    const before = await treeDigest(bench.repository);
    const packages = relative(await bench.binaries({ version: '1.0' }));
    const { errors } = await act(bench, { packages, 'allow-downgrade': reason });
    expect(errors).toEqual([expect.stringContaining('a downgrade needs a reason')]);
    expect(await treeDigest(bench.repository)).toBe(before);
  });

  it('keeps its reason from being markup', async () => {
    await bench.publish([await bench.binaries({ version: '2.0' })]);
    const packages = relative(await bench.binaries({ version: '1.0' }));
    const { host } = await act(bench, { packages, 'allow-downgrade': '<img src=x> [a](b) @all | `' });
    expect(host.summaryText).toContain('&lt;img src=x&gt; \\[a\\]\\(b\\) &#64;all \\| \\`');
  });
});
