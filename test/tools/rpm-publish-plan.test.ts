/** Plans and downgrades of rpm publishes, by the real createrepo_c, and as dnf sees them. */
import { existsSync } from 'node:fs';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../../src/main.ts';
import { readManifest, writeManifest } from '../../src/manifest.ts';
import { act, makePlan, rows } from './plan-helpers.ts';
import { expectRefused, treeDigest } from './publish-helpers.ts';
import { at, bench, expectWholePool, indexOf, list, useRpmBench } from './rpm-publish-bench.ts';

useRpmBench();
beforeEach(async () => {
  await rm(path.join(bench.folder, 'plan.json'), { force: true });
});

const REASON = '2.0 loses mail, see issue 77';

describe('a plan', () => {
  it('names everything that would be done or refused, writes it, and changes nothing', async () => {
    await bench.publish([
      await bench.full({ name: 'up', subpackages: { gone: 'x86_64' } }),
      await bench.binaries({ name: 'kept' }),
      await bench.binaries({ name: 'bad' }),
      await bench.binaries({ name: 'old', version: '2.0-1' }),
      await bench.binaries({ name: 'named', version: '2.0-1' }),
    ]);
    await bench.publish([await bench.binaries({ name: 'old', version: '4.0-1' })], { channel: 'testing' });
    const builds = [
      await bench.full({ name: 'up', version: '2.0-1' }),
      await bench.binaries({ name: 'new' }),
      await bench.binaries({ name: 'bad', content: 'other' }),
      await bench.binaries({ name: 'old' }),
      await bench.binaries({ name: 'named', subpackages: { late: 'x86_64' }, withMain: false }),
      await bench.binaries({ name: 'strange', architecture: 'aarch64' }),
    ];
    const kept = await bench.scratch('build');
    await cp(at('pool/k/kept/kept-1.0-1.x86_64.rpm'), path.join(kept, 'kept-1.0-1.x86_64.rpm'));
    builds.push(await bench.build(kept));
    const before = await treeDigest(bench.repository);
    const { host, code, errors, plan } = await makePlan(bench, builds);
    expect(await treeDigest(bench.repository)).toBe(before);
    expect(code).toBe(EXIT.failure);
    expect(errors).toHaveLength(4);
    expect(rows(plan)).toEqual([
      'bad 1.0-1 x86_64, refused conflict, conflict 1.0-1 latest',
      'kept 1.0-1 x86_64, same',
      'named-late 1.0-1 x86_64, refused downgrade, downgrade 2.0-1 latest',
      'new 1.0-1 x86_64, add',
      'old 1.0-1 x86_64, refused downgrade, downgrade 2.0-1 latest, downgrade 4.0-1 testing',
      'strange 1.0-1 aarch64, refused misplaced',
      'up 2.0-1 source, upgrade, for 1.0-1',
      'up 2.0-1 x86_64, upgrade, for 1.0-1',
    ]);
    expect(plan).toMatchObject({ verdict: 'refused', format: 'rpm', settings: { changed: [] } });
    expect(plan.withdrawn.map(({ name }) => name)).toEqual(['up-gone']);
    expect(host.summaryText).toContain('### Leaves the channel: 1');
  });

  it('is applied as it is: with groups, a label and the builds that it names', async () => {
    const comps = (name: string) =>
      `<?xml version="1.0" encoding="UTF-8"?>\n<comps><group><id>tools</id><name>${name}</name></group></comps>\n`;
    const groups = path.join(bench.folder, 'comps.xml');
    await writeFile(groups, comps('Tools'));
    const build = await bench.full({ subpackages: { doc: 'noarch' } });
    const inputs = { groups: 'comps.xml', label: 'Acme packages' };
    const refused = await act(bench, {
      packages: path.relative(bench.folder, build),
      plan: 'plan.json',
      'signing-key': '',
    });
    expect(refused.errors[0]).toContain('needs to know which key will sign');
    const fingerprint = bench.signer.key.fingerprint;
    const { plan, code } = await makePlan(bench, [build], { ...inputs, 'signing-key-fingerprint': fingerprint });
    expect([code, plan.verdict, plan.request.groups]).toEqual([EXIT.success, 'publish', 'comps.xml']);
    expect(existsSync(bench.repository)).toBe(false);

    const apply = async () => await act(bench, { repository: '', apply: 'plan.json' });
    await writeFile(groups, comps('Other tools'));
    expect((await apply()).errors.join()).toContain('the file of the input groups is another one');
    expect(existsSync(at('latest'))).toBe(false);
    await writeFile(groups, comps('Tools'));
    expect((await apply()).errors).toEqual([]);
    expect(await list()).toEqual(['hello-1.0-1.x86_64', 'hello-doc-1.0-1.noarch']);
    expect((await indexOf(at('latest', 'x86_64'), 'group'))?.content).toContain('<name>Tools</name>');
    expect((await apply()).errors[0]).toContain('the repository has changed since the plan was made');
    await expectWholePool();
  });

  it('is refused where the build was made anew, or another publish came between', async () => {
    await bench.publish([await bench.full()]);
    const build = await bench.full({ version: '1.0-2' });
    await makePlan(bench, [build]);
    const { manifest } = await readManifest(build);
    await writeManifest(build, { ...manifest, createdAt: '2024-01-01T00:00:00Z' });
    const before = await treeDigest(bench.repository);
    expect((await act(bench, { apply: 'plan.json' })).errors[0]).toContain('the builds are not those of the plan');
    expect(await treeDigest(bench.repository)).toBe(before);
    await writeManifest(build, manifest);
    await bench.publish([await bench.binaries({ name: 'other' })]);
    expect((await act(bench, { apply: 'plan.json' })).errors[0]).toContain('the repository has changed');
    expect(await list()).toEqual(['hello-1.0-1.x86_64', 'other-1.0-1.x86_64']);
  });
});

describe('a downgrade with a reason', () => {
  const spec = { subpackages: { libs: 'native', doc: 'noarch' } } as const;
  const build = async (version: string, architecture: string, built: number, more: object = {}) =>
    await bench.full({ ...spec, version, architecture, built, ...more });
  const extra = { subpackages: { ...spec.subpackages, extra: 'native', debuginfo: 'native' } };
  const of = (version: string, architecture: string, ...more: string[]) =>
    [
      `hello-${version}.${architecture}`,
      `hello-doc-${version}.noarch`,
      `hello-libs-${version}.${architecture}`,
      ...more,
    ].sort();

  it('takes the whole source package back, and records why; what comes next works', async () => {
    const newer = [
      await build('2.0-1', 'x86_64', 1_700_000_000, extra),
      await build('2.0-1', 'aarch64', 1_700_000_600, extra),
    ];
    await bench.publish([...newer, await bench.binaries({ name: 'other' })]);
    const older = [await build('1.0-1', 'x86_64', 1_700_001_000), await build('1.0-1', 'aarch64', 1_700_001_600)];
    await expectRefused(bench.repository, () => bench.publish(older), /a downgrade/);

    const result = await bench.publish(older, { allowDowngrade: REASON });
    expect(new Set(result.plan.entries.map(({ action }) => action))).toEqual(new Set(['downgrade']));
    expect(await list()).toEqual(of('1.0-1', 'x86_64', 'other-1.0-1.x86_64'));
    expect(await list({ architecture: 'aarch64' })).toEqual(of('1.0-1', 'aarch64'));
    expect(await list({ folder: '$basearch/debug' })).toEqual([]);
    expect(await list({ folder: 'source' })).toEqual(['hello-1.0-1.src']);
    const { overrides = [] } = result.snapshot.change;
    expect(overrides).toContainEqual({
      ...{ kind: 'binary', name: 'hello-libs', version: '1.0-1', architecture: 'aarch64' },
      ...{ over: '2.0-1', channel: 'latest', reason: REASON },
    });
    expect(overrides).toContainEqual(expect.objectContaining({ kind: 'source', name: 'hello', over: '2.0-1' }));
    await expectWholePool();
    const dnf = await bench.dnf();
    await dnf.run('install', 'hello-libs', 'hello-doc');

    expect((await bench.publish(older)).changed).toBe(false);
    await bench.publish(newer);
    expect(await list()).toEqual(of('2.0-1', 'x86_64', 'hello-extra-2.0-1.x86_64', 'other-1.0-1.x86_64'));
    await bench.publish([await build('3.0-1', 'x86_64', 1_700_002_000)]);
    expect(await list()).toEqual(of('3.0-1', 'x86_64', 'other-1.0-1.x86_64'));
    expect(await list({ architecture: 'aarch64' })).toEqual(of('2.0-1', 'aarch64', 'hello-extra-2.0-1.aarch64'));
    await expectWholePool();
  });

  it('goes back to packages that were published before, signed as they were', async () => {
    const old = await bench.full(spec);
    const first = await bench.publish([old]);
    await bench.publish([await bench.full({ ...spec, version: '2.0-1' })]);
    const back = await bench.publish([old], { allowDowngrade: REASON });
    expect(back.snapshot.packages).toEqual(first.snapshot.packages);
    expect(await list()).toEqual(of('1.0-1', 'x86_64'));
    await expectWholePool();
  });

  it('brings machines back with distro-sync, and with nothing else', async () => {
    const old = await bench.full(spec);
    await bench.publish([await bench.full({ ...spec, version: '2.0-1' })]);
    const dnf = await bench.dnf();
    await dnf.run('install', 'hello');
    await bench.publish([old], { allowDowngrade: REASON });
    const installed = async () => await dnf.list('--installed', 'hello');
    await dnf.run('upgrade');
    expect(await installed()).toEqual(['hello-2.0-1.x86_64']);
    await dnf.run('distro-sync');
    expect(await installed()).toEqual(['hello-1.0-1.x86_64']);
  });

  it('takes a package of an older source with a name of its own, and the newer ones go', async () => {
    await bench.publish([await bench.full({ version: '2.0-1' })]);
    const late = await bench.binaries({ subpackages: { late: 'x86_64' }, withMain: false });
    await expectRefused(bench.repository, () => bench.publish([late]), /an older source package/);
    const result = await bench.publish([late], { allowDowngrade: REASON });
    expect(result.snapshot.change.overrides).toEqual([
      {
        ...{ kind: 'binary', name: 'hello-late', version: '1.0-1', architecture: 'x86_64' },
        ...{ over: '2.0-1', channel: 'latest', reason: REASON },
      },
    ]);
    expect(await list()).toEqual(['hello-late-1.0-1.x86_64']);
    expect(await list({ folder: 'source' })).toEqual([]);
  });

  it('is needed where only another channel is newer, and overrides no conflict', async () => {
    const old = await bench.full();
    await bench.publish([old]);
    await bench.publish([await bench.full({ version: '3.0-1' })], { channel: 'testing' });
    const middle = await bench.full({ version: '2.0-1' });
    await expectRefused(bench.repository, () => bench.publish([middle]), /a downgrade .* in the channel testing/);
    const { snapshot } = await bench.publish([middle], { allowDowngrade: REASON });
    expect(snapshot.change.overrides?.map(({ kind, channel }) => `${kind} ${channel}`).sort()).toEqual([
      'binary testing',
      'source testing',
    ]);
    expect(await list()).toEqual(['hello-2.0-1.x86_64']);
    expect(await list({ channel: 'testing' })).toEqual(['hello-3.0-1.x86_64']);

    const reason = { allowDowngrade: REASON };
    const gone = await bench.binaries({ content: 'other' });
    await expectRefused(bench.repository, () => bench.publish([gone], reason), /hello-1\.0-1.*with other content/);
    const epoch = await bench.binaries({ name: 'epoch', version: '1:5.0-1' });
    await bench.publish([epoch]);
    const lower = await bench.binaries({ name: 'epoch', version: '5.0-1' });
    await expectRefused(bench.repository, () => bench.publish([lower], reason), /epoch-5\.0-1\.x86_64\.rpm/);
  });

  it('shows in the plan what it allows, and why', async () => {
    await bench.publish([await bench.binaries({ version: '2.0-1' })]);
    const { host, code, plan, downgrades } = await makePlan(bench, [await bench.binaries({})], {
      'allow-downgrade': REASON,
    });
    expect(code).toBe(EXIT.success);
    expect(rows(plan)).toEqual(['hello 1.0-1 x86_64, downgrade, for 2.0-1, downgrade 2.0-1 latest']);
    expect(downgrades).toEqual([`hello 1.0-1 (x86_64) is older than 2.0-1 in latest, and allowed: ${REASON}`]);
    expect(host.summaryText).toContain(`Downgrades are allowed: ${REASON}.`);
    const applied = await act(bench, { repository: '', apply: 'plan.json', 'allow-downgrade': REASON });
    expect(applied.errors).toEqual([]);
    expect(await list()).toEqual(['hello-1.0-1.x86_64']);
    expect(JSON.parse(await readFile(at('latest', 'snapshot.json'), 'utf8')).change.overrides[0].reason).toBe(REASON);
  });
});
