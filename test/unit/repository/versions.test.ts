/** What channels list that keep several versions of a source package. */
import { describe, expect, it } from 'vitest';
import { applyTo as applyDeb } from '../../../src/repository/deb/apply.ts';
import { type IndexKey, indexFolder } from '../../../src/repository/deb/state.ts';
import { differenceOf } from '../../../src/repository/manage/difference.ts';
import { applyTo as applyRpm } from '../../../src/repository/rpm/plan.ts';
import { sourceOrder } from '../../../src/repository/rpm/sources.ts';
import type { DebSnapshot, RpmSnapshot, SnapshotPackage } from '../../../src/repository/snapshot.ts';
import { stayingOf, withdrawnOf } from '../../../src/repository/withdrawn.ts';
import { binary, RPM_SETTINGS, rpm, rpmSnapshot, SETTINGS, snapshot, source, srpm } from './fixtures.ts';

type Names = readonly (readonly [name: string, architecture: string])[];

describe('deb', () => {
  const settings = (keepVersions: number) => ({ ...SETTINGS, ...(keepVersions === 1 ? {} : { keepVersions }) });
  /** Packages of a version of the source `hello`, its source with them. */
  const hello = (version: string, names: Names = [['hello', 'amd64']]) => [
    ...names.map(([name, architecture]) =>
      binary(name, version, {
        architecture,
        source: 'hello',
        sourceVersion: version,
        ...(name.endsWith('-dbgsym') ? { component: 'main/debug' } : {}),
      }),
    ),
    source('hello', version),
  ];
  const WHOLE: Names = [
    ['hello', 'amd64'],
    ['hello-data', 'all'],
    ['hello-dbgsym', 'amd64'],
  ];
  /** A channel after some publishes, one after the other. */
  function channel(keep: number, ...publishes: readonly (readonly SnapshotPackage[])[]) {
    let head: DebSnapshot | undefined;
    let applied: ReturnType<typeof applyDeb> | undefined;
    for (const added of publishes) {
      applied = applyDeb(head, settings(keep), added);
      // As it is written and read again.
      head = snapshot(applied.state.packages(), { settings: settings(keep) });
    }
    if (head === undefined || applied === undefined) throw new Error('nothing is published');
    return { head, ...applied };
  }
  const show = (packages: readonly SnapshotPackage[]) =>
    packages
      .map(({ name, version, architecture, listedIn }) =>
        [name, version, architecture, ...(listedIn === undefined ? [] : [`in ${listedIn.join()}`])].join(' '),
      )
      .sort();
  const refs = (packages: Iterable<SnapshotPackage>) =>
    [...packages].map(({ name, version, architecture }) => `${name} ${version} ${architecture}`).sort();
  const versions = ({ head }: { head: DebSnapshot }, name: string) =>
    show(head.packages.filter((each) => each.name === name && each.kind === 'binary'));
  const KEY: IndexKey = { component: 'main', area: 'binary', architecture: 'amd64' };

  it('keeps the newest versions of a source package, and these whole', () => {
    const found = channel(2, hello('1.0', WHOLE), hello('2.0', WHOLE), hello('3.0', WHOLE));
    expect(show(found.head.packages)).toEqual([
      'hello 2.0 amd64',
      'hello 2.0 source',
      'hello 3.0 amd64',
      'hello 3.0 source',
      'hello-data 2.0 all',
      'hello-data 3.0 all',
      'hello-dbgsym 2.0 amd64',
      'hello-dbgsym 3.0 amd64',
    ]);
    expect(found.replaced.map(refs)).toEqual(
      ['hello 1.0 amd64', 'hello-data 1.0 all', 'hello-dbgsym 1.0 amd64', 'hello 1.0 source'].map((each) => [each]),
    );
    expect(found.kept.map((each) => each.map(({ version }) => version))).toEqual(Array(4).fill(['2.0']));
    // reprepro has the newest only, and finds out about it by itself.
    expect([found.removed, found.restored]).toEqual([[], []]);
    expect(
      found.state
        .index(KEY)
        .get('hello')
        ?.map(({ version }) => version),
    ).toEqual(['3.0', '2.0']);
    expect([...found.state.current(KEY).values()].map(({ version }) => version)).toEqual(['3.0', '3.0']);
    expect(found.state.hasOlder(KEY)).toBe(true);
  });

  it('counts each source package for itself', () => {
    const found = channel(2, [binary('other', '9')], hello('1.0'), hello('2.0'), hello('3.0'), [binary('other', '10')]);
    expect(versions(found, 'other')).toEqual(['other 10 amd64', 'other 9 amd64']);
    expect(versions(found, 'hello')).toEqual(['hello 2.0 amd64', 'hello 3.0 amd64']);
  });

  it('keeps the versions of an architecture that is built later, with their packages for all', () => {
    const both = (version: string) => [...hello(version, WHOLE), ...hello(version, [['hello', 'arm64']]).slice(0, 1)];
    const early = channel(2, both('1.0'), both('2.0'), hello('3.0', WHOLE), hello('4.0', WHOLE));
    expect(versions(early, 'hello')).toEqual([
      'hello 1.0 arm64',
      'hello 2.0 arm64',
      'hello 3.0 amd64',
      'hello 4.0 amd64',
    ]);
    expect(versions(early, 'hello-data')).toEqual([
      'hello-data 1.0 all in arm64',
      'hello-data 2.0 all in arm64',
      'hello-data 3.0 all',
      'hello-data 4.0 all',
    ]);
    const sources = (found: { head: DebSnapshot }) =>
      found.head.packages.filter(({ kind }) => kind === 'source').map(({ version }) => version);
    expect(sources(early)).toEqual(['1.0', '2.0', '3.0', '4.0']);
    const arm64 = applyDeb(early.head, settings(2), hello('4.0', [['hello', 'arm64']]).slice(0, 1));
    const late = { head: snapshot(arm64.state.packages(), { settings: settings(2) }) };
    expect(versions(late, 'hello')).toEqual([
      'hello 2.0 arm64',
      'hello 3.0 amd64',
      'hello 4.0 amd64',
      'hello 4.0 arm64',
    ]);
    expect(versions(late, 'hello-data')).toEqual([
      'hello-data 2.0 all in arm64',
      'hello-data 3.0 all',
      'hello-data 4.0 all',
    ]);
  });

  it('lets go what an architecture had, once a source is for all of them', () => {
    const all = (version: string) => hello(version, [['hello', 'all']]);
    const found = channel(2, hello('1.0'), hello('2.0'), all('3.0'), all('4.0'));
    expect(versions(found, 'hello')).toEqual(['hello 3.0 all', 'hello 4.0 all']);
  });

  it('does not grow with packages for all where an architecture is built no more', () => {
    const first = [...hello('1', WHOLE), ...hello('1', [['hello', 'arm64']]).slice(0, 1)];
    const found = channel(2, first, ...['2', '3', '4', '5', '6'].map((version) => hello(version, WHOLE)));
    expect(versions(found, 'hello-data')).toEqual([
      'hello-data 1 all in arm64',
      'hello-data 5 all',
      'hello-data 6 all',
    ]);
  });

  it('lets go on architectures that nothing is built for what it lets go on the others', () => {
    const found = channel(2, hello('1', WHOLE), hello('2', WHOLE), hello('3'), hello('4'));
    // The newest of its name.
    expect(versions(found, 'hello-data')).toEqual(['hello-data 2 all']);
    const native = channel(2, hello('1', [['hello', 'all']]), hello('2', [['hello', 'all']]), hello('3'), hello('4'));
    expect(versions(native, 'hello')).toEqual(['hello 2 all in arm64', 'hello 3 amd64', 'hello 4 amd64']);
  });

  it('keeps what the newer version does not make as a part of the older one', () => {
    const extra: Names = [...WHOLE, ['hello-extra', 'amd64']];
    const second = channel(3, hello('1.0', extra), hello('2.0', extra), hello('3.0', WHOLE));
    expect(versions(second, 'hello-extra')).toEqual(['hello-extra 1.0 amd64', 'hello-extra 2.0 amd64']);
    expect(show(stayingOf(hello('3.0', WHOLE), second.state.packages()))).toEqual([
      'hello-extra 1.0 amd64',
      'hello-extra 2.0 amd64',
    ]);
    const third = applyDeb(second.head, settings(3), hello('4.0', WHOLE));
    const left = [...third.replaced.flat(), ...third.withdrawn];
    expect(refs(left)).toContain('hello-extra 1.0 amd64');
    // The channel has another version of it.
    expect(withdrawnOf([], left, (kind, name) => third.state.named(kind, name))).toEqual([]);
    expect(stayingOf(hello('4.0', WHOLE), third.state.packages()).map(({ version }) => version)).toEqual(['2.0']);
  });

  it('is no part of an older version what another build of the newer one brings', () => {
    const parts = hello('2.0', WHOLE);
    const found = channel(2, hello('1.0', WHOLE), parts.slice(1, 2), parts.slice(0, 1));
    expect(stayingOf(parts.slice(0, 1), found.state.packages()).map(({ name }) => name)).toEqual(['hello-dbgsym']);
  });

  it('takes the surplus out once the number is lower, and keeps from then on once it is higher', () => {
    const three = channel(3, hello('1.0'), hello('2.0'), hello('3.0'));
    const two = applyDeb(three.head, settings(2), []);
    expect(show(two.state.packages().filter(({ kind }) => kind === 'binary'))).toEqual([
      'hello 2.0 amd64',
      'hello 3.0 amd64',
    ]);
    expect(refs(two.withdrawn)).toEqual(['hello 1.0 amd64', 'hello 1.0 source']);
    expect([two.removed, two.restored]).toEqual([[], []]);
    const one = applyDeb(three.head, settings(1), []);
    expect(show(one.state.packages())).toEqual(['hello 3.0 amd64', 'hello 3.0 source']);
    const higher = applyDeb(snapshot(one.state.packages()), settings(2), hello('4.0'));
    expect(show(higher.state.packages().filter(({ kind }) => kind === 'binary'))).toEqual([
      'hello 3.0 amd64',
      'hello 4.0 amd64',
    ]);
  });

  it('goes back without newer versions, and gives reprepro what is the newest then', () => {
    const extra: Names = [
      ['hello', 'amd64'],
      ['hello-extra', 'amd64'],
    ];
    const three = channel(3, hello('1.0', extra), hello('2.0', extra), hello('3.0', extra));
    const back = applyDeb(three.head, settings(3), hello('1.5'));
    expect(show(back.state.packages().filter(({ kind }) => kind === 'binary'))).toEqual([
      'hello 1.0 amd64',
      'hello 1.5 amd64',
      'hello-extra 1.0 amd64',
    ]);
    expect(refs(back.replaced[0] ?? [])).toEqual(['hello 2.0 amd64', 'hello 3.0 amd64']);
    expect(back.removed.map(({ key, name }) => `${indexFolder(key)} ${name}`)).toEqual([
      'main/binary-amd64 hello',
      'main/source hello',
      'main/binary-amd64 hello-extra',
    ]);
    expect(back.restored.map(({ each }) => `${each.name} ${each.version}`)).toEqual(['hello-extra 1.0']);
    // To one that is kept.
    const kept = applyDeb(three.head, settings(3), hello('2.0', extra));
    expect(show(kept.state.packages().filter(({ kind }) => kind === 'binary'))).toEqual([
      'hello 1.0 amd64',
      'hello 2.0 amd64',
      'hello-extra 1.0 amd64',
      'hello-extra 2.0 amd64',
    ]);
    expect(kept.replaced.map((each) => each.map(({ version }) => version))).toEqual(Array(3).fill(['3.0']));
    expect(kept.kept.map((each) => each.map(({ version }) => version))).toEqual(Array(3).fill(['1.0']));
  });

  it('fills a further architecture with the newest packages for all', () => {
    const two = channel(2, hello('1.0', WHOLE), hello('2.0', WHOLE));
    const more = { ...settings(2), architectures: [...SETTINGS.architectures, 'riscv64'] };
    const { state } = applyDeb(two.head, more, []);
    expect(show([...state.packages()].filter(({ name }) => name === 'hello-data'))).toEqual([
      'hello-data 1.0 all in amd64,arm64',
      'hello-data 2.0 all',
    ]);
  });

  it('compares two states by the newest versions', () => {
    const two = channel(2, hello('1.0'), hello('2.0'));
    const three = channel(2, hello('1.0'), hello('2.0'), hello('3.0'));
    const changes = (from: DebSnapshot, to: DebSnapshot) =>
      differenceOf(from, to).map(({ change, kind, from: a, to: b }) => `${change} ${kind} ${a} ${b}`);
    expect(changes(two.head, three.head)).toEqual(['upgraded binary 2.0 3.0', 'upgraded source 2.0 3.0']);
    expect(changes(three.head, two.head)).toEqual(['downgraded binary 3.0 2.0', 'downgraded source 3.0 2.0']);
    expect(changes(two.head, channel(1, hello('2.0')).head)).toEqual([]);
    // What an older version has beside it makes no loss of what the newer one does not make.
    const extra = snapshot([
      ...hello('1.5', [
        ['hello', 'amd64'],
        ['hello-extra', 'amd64'],
      ]),
    ]);
    expect(changes(extra, two.head)).toContain('withdrawn binary 1.5 undefined');
  });
});

describe('rpm', () => {
  const settings = (keepVersions: number) => ({ ...RPM_SETTINGS, ...(keepVersions === 1 ? {} : { keepVersions }) });
  const hello = (version: string, names: Names = [['hello', 'x86_64']], withSource = true) => [
    ...names.map(([name, architecture]) => rpm(name, version, { architecture, source: 'hello' })),
    ...(withSource ? [srpm('hello', version)] : []),
  ];
  const BOTH: Names = [
    ['hello', 'x86_64'],
    ['hello', 'aarch64'],
    ['hello-doc', 'noarch'],
  ];
  const HERE: Names = [
    ['hello', 'x86_64'],
    ['hello-doc', 'noarch'],
  ];
  function channel(keep: number, ...publishes: readonly (readonly SnapshotPackage[])[]) {
    let head: RpmSnapshot | undefined;
    let applied: ReturnType<typeof applyRpm> | undefined;
    for (const added of publishes) {
      applied = applyRpm(head, settings(keep), added);
      head = rpmSnapshot(applied.state.packages(), { settings: settings(keep) });
    }
    if (head === undefined || applied === undefined) throw new Error('nothing is published');
    return { head, ...applied };
  }
  const folders = (state: ReturnType<typeof applyRpm>['state']) =>
    Object.fromEntries(
      [...state.folders()].map(([folder, packages]) => [
        folder,
        packages.map(({ name, version }) => `${name} ${version}`).sort(),
      ]),
    );
  const names = (packages: readonly SnapshotPackage[]) =>
    packages.map(({ name, version }) => `${name} ${version}`).sort();

  it('keeps the newest versions of a source package, and these whole, subpackages that are no more among them', () => {
    const gone: Names = [...HERE, ['hello-gone', 'x86_64']];
    const found = channel(2, hello('1-1', gone), hello('2-1', gone), hello('3-1', HERE));
    expect(folders(found.state)).toMatchObject({
      x86_64: ['hello 2-1', 'hello 3-1', 'hello-doc 2-1', 'hello-doc 3-1', 'hello-gone 2-1'],
      source: ['hello 2-1', 'hello 3-1'],
    });
    expect(names(found.superseded)).toEqual(['hello 1-1', 'hello 1-1', 'hello-doc 1-1', 'hello-gone 1-1']);
    const added = hello('3-1', HERE);
    expect(names(stayingOf(added, found.state.packages()))).toEqual(['hello-gone 2-1']);
    expect(withdrawnOf([], found.superseded, (kind, name) => found.state.named(kind, name))).toEqual([]);
    const next = applyRpm(found.head, settings(2), hello('4-1', HERE));
    expect(names(next.superseded)).toContain('hello-gone 2-1');
    const named = (kind: 'binary' | 'source', name: string) => next.state.named(kind, name);
    expect(names(withdrawnOf([], next.superseded, named))).toEqual(['hello-gone 2-1']);
    const [first] = [...next.kept];
    expect(names(first?.[1] ?? [])).toEqual(['hello 3-1']);
  });

  it('waits for an architecture, which keeps its own versions', () => {
    const found = channel(2, hello('1-1', BOTH), hello('2-1', BOTH), hello('3-1', HERE), hello('4-1', HERE));
    expect(folders(found.state)).toMatchObject({
      x86_64: ['hello 3-1', 'hello 4-1', 'hello-doc 3-1', 'hello-doc 4-1'],
      aarch64: ['hello 1-1', 'hello 2-1', 'hello-doc 1-1', 'hello-doc 2-1'],
      source: ['hello 1-1', 'hello 2-1', 'hello 3-1', 'hello 4-1'],
    });
    const late = applyRpm(found.head, settings(2), hello('4-1', [['hello', 'aarch64']], false));
    expect(folders(late.state)).toMatchObject({
      aarch64: ['hello 2-1', 'hello 4-1', 'hello-doc 2-1', 'hello-doc 4-1'],
      source: ['hello 2-1', 'hello 3-1', 'hello 4-1'],
    });
  });

  it('lets go on architectures that nothing is built for what it lets go on the others', () => {
    const found = channel(2, hello('1-1', HERE), hello('2-1', HERE), hello('3-1'));
    expect(folders(found.state)).toMatchObject({ aarch64: ['hello-doc 2-1'], source: ['hello 2-1', 'hello 3-1'] });
    const later = applyRpm(found.head, settings(2), hello('4-1'));
    expect(folders(later.state)).toMatchObject({ aarch64: [], source: ['hello 3-1', 'hello 4-1'] });
  });

  it('takes an older version that is kept for a further architecture, and leaves the newer one', () => {
    const found = channel(2, hello('1-1', HERE), hello('2-1', HERE));
    const more = applyRpm(found.head, settings(2), hello('1-1', [['hello', 'aarch64']], false));
    expect(folders(more.state)).toMatchObject({
      x86_64: ['hello 1-1', 'hello 2-1', 'hello-doc 1-1', 'hello-doc 2-1'],
      source: ['hello 1-1', 'hello 2-1'],
    });
    expect(folders(more.state)['aarch64']).toContain('hello 1-1');
  });

  it('lets a source package go with the last of what was built from it', () => {
    const found = channel(2, hello('1-1'), hello('2-1'), hello('3-1', HERE, false));
    expect(folders(found.state)['source']).toEqual(['hello 2-1']);
  });

  it('takes the surplus out once the number is lower', () => {
    const three = channel(3, hello('1-1', HERE), hello('2-1', HERE), hello('3-1', HERE), [
      rpm('tool', '1-1', { source: 'old' }),
      rpm('old', '1-1'),
    ]);
    const moved = applyRpm(three.head, settings(3), [rpm('tool', '2-1', { source: 'new' })]);
    expect(folders(moved.state)['x86_64']).toEqual(expect.arrayContaining(['tool 1-1', 'tool 2-1']));
    const head = rpmSnapshot(moved.state.packages(), { settings: settings(3) });
    const two = applyRpm(head, settings(2), []);
    expect(names(two.superseded)).toEqual(['hello 1-1', 'hello 1-1', 'hello-doc 1-1']);
    const one = applyRpm(head, settings(1), []);
    expect(folders(one.state)).toMatchObject({
      x86_64: ['hello 3-1', 'hello-doc 3-1', 'old 1-1', 'tool 2-1'],
      source: ['hello 3-1'],
    });
  });

  it('goes back without newer versions', () => {
    const three = channel(3, hello('1-1'), hello('2-1'), hello('3-1'));
    const back = applyRpm(three.head, settings(3), hello('2-1'));
    expect(folders(back.state)).toMatchObject({
      x86_64: ['hello 1-1', 'hello 2-1'],
      source: ['hello 1-1', 'hello 2-1'],
    });
    expect([...back.replaced.values()].map(names)).toEqual([['hello 3-1'], ['hello 3-1']]);
    const between = applyRpm(three.head, settings(3), hello('1-5'));
    expect(folders(between.state)).toMatchObject({ x86_64: ['hello 1-1', 'hello 1-5'] });
  });

  it('orders source packages with the epochs of their packages', () => {
    const packages = [
      ...hello('2-1'),
      rpm('hello', '1:1-1', { source: 'hello' }),
      rpm('hello-libs', '7:9-9', { source: 'hello', sourceVersion: '1-1' }),
    ];
    expect(['1-1', '2-1'].sort(sourceOrder(packages))).toEqual(['2-1', '1-1']);
    const found = channel(2, hello('2-1'), hello('1:1-1'), hello('1:1-2'));
    expect(folders(found.state)['x86_64']).toEqual(['hello 1:1-1', 'hello 1:1-2']);
  });
});
