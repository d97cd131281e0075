import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../../src/manifest.ts';
import type { Build } from '../../../src/repository/builds.ts';
import type { RepositoryView } from '../../../src/repository/driver.ts';
import { RepositoryPaths } from '../../../src/repository/layout.ts';
import { refuseAll } from '../../../src/repository/refusal.ts';
import type { RpmCandidate } from '../../../src/repository/rpm/candidates.ts';
import type { Metadata } from '../../../src/repository/rpm/metadata.ts';
import { makeRpmPlan, type RpmRequest } from '../../../src/repository/rpm/plan.ts';
import type { RpmSnapshot, SnapshotPackage } from '../../../src/repository/snapshot.ts';
import { digest, RPM_SETTINGS, rpm, rpmSnapshot, srpm } from './fixtures.ts';

const buildFor = (architecture: string, target = 'el9'): Build => ({
  manifest: { target: { name: target, suite: '9', architecture } } as Manifest,
  sha256: '0'.repeat(64),
  folder: '/builds',
});
const BUILD = buildFor('x86_64');

/** The candidate that would be published as `each`. */
function candidate(each: SnapshotPackage, extra: Partial<RpmCandidate> = {}): RpmCandidate {
  const { kind, name, version, architecture, source, sourceVersion, headerDigest = '', component } = each;
  const poolPath = each.files[0]?.path ?? '';
  return {
    type: kind === 'source' ? 'srpm' : 'rpm',
    candidate: { kind, name, version, architecture, sha256: headerDigest },
    source,
    sourceVersion,
    isDebug: component === 'debug',
    file: {
      name: path.basename(poolPath),
      path: `/builds/${path.basename(poolPath)}`,
      size: 900,
      sha256: digest('unsigned'),
      role: 'rpm',
    },
    poolPath,
    build: BUILD,
    alternates: [],
    ...extra,
  };
}

const other = (each: SnapshotPackage): SnapshotPackage => ({ ...each, headerDigest: digest('other') });

async function plan(
  packages: readonly RpmCandidate[],
  heads: Record<string, RpmSnapshot> = {},
  request: Partial<RpmRequest> = {},
  metadata: { given?: readonly Metadata[]; published?: readonly Metadata[] } = {},
  allowDowngrade = false,
) {
  const view: RepositoryView<RpmSnapshot> = {
    paths: new RepositoryPaths('/repository'),
    channel: 'latest',
    heads: new Map(Object.entries(heads)),
    head: heads['latest'],
  };
  const builds = [...new Set(packages.map(({ build }) => build))];
  const given = { given: metadata.given ?? [], published: metadata.published ?? [] };
  const result = await makeRpmPlan({ packages, builds }, given, view, { name: 'test', ...request }, allowDowngrade);
  refuseAll(result.refusals.map(({ error }) => error));
  return result;
}

const actions = ({ entries }: Awaited<ReturnType<typeof plan>>) =>
  entries.map((each) => `${each.name} ${each.architecture} ${each.action} ${each.replaces.join()}`.trim());

describe('what becomes of a package', () => {
  const head = { latest: rpmSnapshot([rpm('hello', '1.0-1'), srpm('hello', '1.0-1')]) };

  it('is added, upgraded or the same', async () => {
    const heads = { latest: rpmSnapshot([rpm('hello', '1.0-1'), srpm('hello', '1.0-1'), srpm('data', '1.0-1')]) };
    const result = await plan(
      [candidate(rpm('hello', '1.0-2')), candidate(rpm('new', '1.0-1')), candidate(srpm('data', '1.0-1'))],
      heads,
    );
    expect(actions(result)).toEqual(['hello x86_64 upgrade 1.0-1', 'new x86_64 add', 'data source same']);
    expect(result.superseded).toEqual([
      { kind: 'binary', name: 'hello', version: '1.0-1', architecture: 'x86_64' },
      { kind: 'source', name: 'hello', version: '1.0-1', architecture: 'source' },
    ]);
    expect(result.fresh.map(({ candidate: { name } }) => name)).toEqual(['hello', 'new']);
    expect(result.reasons).toEqual([]);
  });

  it('is ordered as rpm orders versions: epochs, ~ and ^', async () => {
    const heads = { latest: rpmSnapshot([rpm('hello', '1.0-1')]) };
    for (const version of ['1:0.1-1', '1.0^git1-1', '1.0-1.1', '1.0-2~rc1']) {
      expect(actions(await plan([candidate(rpm('hello', version))], heads))).toEqual(['hello x86_64 upgrade 1.0-1']);
    }
    for (const version of ['1.0~rc1-9', '0.9-9', '1.0-1~rc1']) {
      await expect(plan([candidate(rpm('hello', version))], heads)).rejects.toThrow('a downgrade');
    }
  });

  it('is refused where only its epoch is higher: the file name is taken', async () => {
    const heads = { ...head, testing: rpmSnapshot([srpm('data', '1-1')], { id: '20260102T030405Z-000001' }) };
    await expect(plan([candidate(rpm('hello', '1:1.0-1'))], heads)).rejects.toThrow(
      /hello-1\.0-1\.x86_64\.rpm: the file name is taken: .*found hello 1:1\.0-1 \(x86_64\), .*release than 1\.0-1 in the channel latest\); raise Release/,
    );
    await expect(plan([candidate(srpm('data', '2:1-1'))], heads)).rejects.toThrow(/taken.* in the channel testing/);
    expect(actions(await plan([candidate(rpm('hello', '1:1.0-2'))], heads))).toEqual(['hello x86_64 upgrade 1.0-1']);
  });

  it('is refused as a downgrade against every channel', async () => {
    const heads = { ...head, testing: rpmSnapshot([rpm('hello', '3.0-1')], { id: '20260102T030405Z-000001' }) };
    await expect(plan([candidate(rpm('hello', '2.0-1'))], heads)).rejects.toThrow(
      /a downgrade .*hello 3\.0-1 \(x86_64\) in the channel testing/,
    );
  });

  it('is refused with other content of a published version, binary, noarch or source', async () => {
    const heads = {
      latest: rpmSnapshot([rpm('hello', '1-1'), rpm('data', '1-1', { architecture: 'noarch' }), srpm('hello', '1-1')]),
    };
    for (const each of heads.latest.packages) {
      await expect(plan([candidate(other(each))], heads)).rejects.toThrow('a conflict');
    }
    await expect(plan([candidate(rpm('hello', '1-1', { architecture: 'noarch' }))], heads)).rejects.toThrow(
      'a conflict',
    );
  });

  it('may move between noarch and an architecture with a newer version', async () => {
    const heads = { latest: rpmSnapshot([rpm('hello', '1-1'), rpm('data', '1-1', { architecture: 'noarch' })]) };
    const result = await plan(
      [candidate(rpm('hello', '2-1', { architecture: 'noarch' })), candidate(rpm('data', '2-1'))],
      heads,
    );
    expect(actions(result)).toEqual(['hello noarch upgrade 1-1', 'data x86_64 upgrade 1-1']);
  });

  it('is taken over, signed as it is, where another channel has it', async () => {
    const there = rpm('hello', '2.0-1', { signedBy: 'B'.repeat(40) });
    const heads = { ...head, testing: rpmSnapshot([there], { id: '20260102T030405Z-000001' }) };
    const result = await plan([candidate(there)], heads);
    expect(result.fresh).toEqual([]);
    expect(result.takenOver).toEqual([there]);
    expect(actions(result)).toEqual(['hello x86_64 upgrade 1.0-1']);
  });

  it('is refused where it comes from an older source package and has a name of its own', async () => {
    const heads = { latest: rpmSnapshot([rpm('hello', '2.0-1'), rpm('hello-libs', '2.0-1', { source: 'hello' })]) };
    const stray = rpm('hello-extra', '1.0-1', { source: 'hello' });
    await expect(plan([candidate(stray)], heads)).rejects.toThrow(/an older source package .*hello 1\.0-1.*2\.0-1/);
    expect(actions(await plan([candidate(rpm('hello-extra', '3.0-1', { source: 'hello' }))], heads))).toEqual([
      'hello-extra x86_64 add',
    ]);
  });

  it('is named with all that are wrong', async () => {
    const heads = { latest: rpmSnapshot([rpm('aa', '2-1'), rpm('bb', '2-1')]) };
    const error = await plan([candidate(rpm('aa', '1-1')), candidate(rpm('bb', '1-1'))], heads).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(AggregateError);
    expect((error as AggregateError).errors).toHaveLength(2);
  });
});

describe('a downgrade', () => {
  const libs = { source: 'hello' };
  const heads = {
    latest: rpmSnapshot([rpm('hello', '2-1'), rpm('hello-libs', '2-1', libs), srpm('hello', '2-1')]),
    testing: rpmSnapshot([rpm('hello', '3-1')], { id: '20260102T030405Z-000001' }),
  };

  it('that is allowed takes the newer version of the whole source away', async () => {
    const result = await plan([candidate(rpm('hello', '1-1'))], heads, {}, {}, true);
    expect(actions(result)).toEqual(['hello x86_64 downgrade 2-1']);
    expect(result.superseded.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'binary hello',
      'binary hello-libs',
      'source hello',
    ]);
    expect(result.downgrades.map(({ against }) => against.map(({ channel }) => channel))).toEqual([
      ['latest', 'testing'],
    ]);
  });

  it('is none where the channel has the very package, whatever others have', async () => {
    expect(actions(await plan([candidate(rpm('hello', '2-1'))], heads))).toEqual(['hello x86_64 same']);
  });

  it('is one for a package too that another channel has and that is taken over', async () => {
    const doc = (version: string) => rpm('hello-doc', version, { architecture: 'noarch', source: 'hello' });
    const there = {
      latest: rpmSnapshot([rpm('hello', '2-1'), doc('2-1')]),
      stable: rpmSnapshot([rpm('hello', '1-1'), doc('1-1')], { id: '20260102T030405Z-000001' }),
    };
    const build = buildFor('aarch64');
    const packages = [
      candidate(rpm('hello', '1-1', { architecture: 'aarch64' }), { build }),
      candidate(other(doc('1-1')), { build }),
    ];
    await expect(plan(packages, there)).rejects.toThrow(/hello-doc-1-1\.noarch\.rpm: .*a downgrade .*hello-doc 2-1/);
    expect(actions(await plan(packages, there, {}, {}, true))).toEqual([
      'hello aarch64 add',
      'hello-doc noarch downgrade 2-1',
    ]);
  });
});

describe('what builds for several architectures make alike', () => {
  const arm = buildFor('aarch64');
  const doc = rpm('hello-doc', '1-1', { architecture: 'noarch', source: 'hello' });
  const native = rpm('hello', '1-1');
  const foreign = rpm('hello', '1-1', { architecture: 'aarch64' });

  it('is that of the first, and stays the one that is published', async () => {
    const second = candidate(other(doc), { build: arm });
    const packages = [candidate(native), candidate(foreign, { build: arm }), candidate(doc, { alternates: [second] })];
    expect((await plan(packages)).fresh.map((each) => each.candidate.sha256)).toContain(doc.headerDigest);
    const turned = [candidate(other(doc), { alternates: [candidate(doc)], build: arm })];
    const result = await plan(turned, { latest: rpmSnapshot([native, foreign, doc]) });
    expect(actions(result)).toEqual(['hello-doc noarch same']);
  });

  it('is not taken again with a further architecture of the same source version', async () => {
    const heads = { latest: rpmSnapshot([native, doc, srpm('hello', '1-1')]) };
    const packages = [foreign, other(doc), other(srpm('hello', '1-1'))].map((each) => candidate(each, { build: arm }));
    const result = await plan(packages, heads);
    expect(actions(result)).toEqual(['hello aarch64 add', 'hello-doc noarch same', 'hello source same']);
    // Not without packages of that architecture, not a second time, and not of another source version.
    await expect(plan(packages.slice(1), heads)).rejects.toThrow('publish the builds for all architectures together');
    const complete = { latest: rpmSnapshot([native, foreign, doc]) };
    await expect(plan(packages, complete)).rejects.toThrow('a conflict');
    const moved = { latest: rpmSnapshot([native, { ...doc, sourceVersion: '0-1' }]) };
    await expect(plan(packages, moved)).rejects.toThrow('a conflict');
  });
});

describe('settings', () => {
  const one = [candidate(rpm('hello', '1.0-1'))];

  it('of a new repository come from inputs, target and packages', async () => {
    expect((await plan(one)).settings).toEqual({ label: 'test', target: 'el9', architectures: ['x86_64'] });
    const noarch = [candidate(rpm('data', '1-1', { architecture: 'noarch' }), { build: buildFor('arm64') })];
    expect((await plan(noarch, {}, { label: 'Acme' })).settings).toEqual({
      label: 'Acme',
      target: 'el9',
      architectures: ['aarch64'],
    });
  });

  it("take the format's names of architectures and Debian's, grow and do not shrink", async () => {
    const result = await plan(one, { latest: rpmSnapshot([]) }, { architectures: ['amd64', 's390x', 'i686'] });
    expect(result.settings.architectures).toEqual(['x86_64', 'aarch64', 's390x', 'i386']);
    expect(result.reasons).toEqual(['settings changed: architectures']);
  });

  it.each([
    [{ architectures: ['noarch'] }, 'input architectures'],
    [{ architectures: ['src'] }, 'input architectures'],
    [{ architectures: ['../x'] }, 'input architectures'],
    [{ architectures: ['pool'] }, 'input architectures'],
    [{ label: 'two\nlines' }, 'input label'],
  ])('refuse %j', async (request, message) => {
    await expect(plan(one, { latest: rpmSnapshot([]) }, request)).rejects.toThrow(message);
  });

  it('refuse a package of an architecture or a target that is not theirs', async () => {
    const heads = { latest: rpmSnapshot([]) };
    await expect(plan([candidate(rpm('hello', '1-1', { architecture: 's390x' }))], heads)).rejects.toThrow(
      'add it to the input architectures',
    );
    await expect(
      plan(one, { latest: rpmSnapshot([], { settings: { ...RPM_SETTINGS, target: 'el8' } }) }),
    ).rejects.toThrow('another target');
    const mixed = [...one, candidate(rpm('other', '1-1'), { build: buildFor('x86_64', 'el8') })];
    await expect(plan(mixed)).rejects.toThrow('the builds are for several targets');
  });
});

describe('what is given besides packages', () => {
  const metadata = (input: 'groups' | 'updateinfo', text: string): Metadata => ({
    input,
    type: input,
    fileName: input,
    content: Buffer.from(text),
    sha256: digest(text),
  });

  it('is a reason for a snapshot where it is new, and replaces its kind only', async () => {
    const heads = { latest: rpmSnapshot([rpm('hello', '1.0-1')]) };
    const same = [candidate(rpm('hello', '1.0-1'))];
    const published = [metadata('groups', 'old'), metadata('updateinfo', 'news')];
    const kept = await plan(same, heads, {}, { published, given: [metadata('groups', 'old')] });
    expect([kept.reasons, kept.isMetadataNew]).toEqual([[], false]);
    const result = await plan(same, heads, {}, { published, given: [metadata('groups', 'new')] });
    expect([result.reasons, result.isMetadataNew]).toEqual([['given: groups'], true]);
    expect(result.metadata.map(({ content }) => content.toString()).sort()).toEqual(['new', 'news']);
  });
});

describe('where several versions are kept', () => {
  const version = (text: string) => [
    rpm('hello', text),
    rpm('hello-doc', text, { architecture: 'noarch', source: 'hello' }),
    srpm('hello', text),
  ];
  const settings = { ...RPM_SETTINGS, keepVersions: 2 };
  const heads = { latest: rpmSnapshot([...version('1-1'), ...version('2-1')], { settings }) };
  const bring = (packages: SnapshotPackage[]) => packages.map((each) => candidate(each));

  it('takes the place of the oldest', async () => {
    const result = await plan(bring([rpm('hello', '3-1'), srpm('hello', '3-1')]), heads);
    expect(actions(result)).toEqual(['hello x86_64 upgrade 1-1', 'hello source upgrade 1-1']);
    expect(result.entries.map(({ keeps }) => keeps)).toEqual([['2-1'], ['2-1']]);
    expect(result.staying.map(({ name, version: text }) => `${name} ${text}`)).toEqual(['hello-doc 2-1']);
    expect(result.withdrawn).toEqual([]);
  });

  it('is the same where it is kept, and a downgrade where that is what is asked for, or it would not stay', async () => {
    const older = bring(version('1-1'));
    const same = ['hello x86_64 same', 'hello-doc noarch same', 'hello source same'];
    expect(actions(await plan(older, heads))).toEqual(same);
    const back = await plan(older, heads, {}, {}, true);
    expect(actions(back)).toEqual([
      'hello x86_64 downgrade 2-1',
      'hello-doc noarch downgrade 2-1',
      'hello source downgrade 2-1',
    ]);
    // As they are signed.
    expect([back.fresh.length, back.takenOver.length]).toEqual([0, 3]);
    await expect(plan(older, heads, { keepVersions: 1 })).rejects.toThrow(/a downgrade|3 packages cannot be published/);
    expect(actions(await plan(older, heads, { keepVersions: 3 }))).toEqual(same);
    await expect(plan([candidate(other(rpm('hello', '1-1')))], heads)).rejects.toThrow('a conflict');
  });

  it('leaves with a lower number, which is a reason for a snapshot', async () => {
    const result = await plan(bring(version('2-1')), heads, { keepVersions: 1 });
    expect(result.reasons).toEqual(['settings changed: keepVersions']);
    expect(result.superseded.map(({ name, version: text }) => `${name} ${text}`).sort()).toEqual([
      'hello 1-1',
      'hello 1-1',
      'hello-doc 1-1',
    ]);
  });
});
