import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sourceDigest } from '../../../src/deb/version-check.ts';
import type { Manifest } from '../../../src/manifest.ts';
import type { Build, BuildFile } from '../../../src/repository/builds.ts';
import type { BinaryCandidate, DebCandidates, SourceCandidate } from '../../../src/repository/deb/candidates.ts';
import { type DebRequest, makePlan } from '../../../src/repository/deb/plan.ts';
import { indexFolder } from '../../../src/repository/deb/state.ts';
import type { RepositoryView } from '../../../src/repository/driver.ts';
import { RepositoryPaths } from '../../../src/repository/layout.ts';
import { refuseAll } from '../../../src/repository/refusal.ts';
import type { DebSnapshot, SnapshotPackage } from '../../../src/repository/snapshot.ts';
import { binary, digest, SETTINGS, snapshot, source } from './fixtures.ts';

const file = (name: string, role: BuildFile['role'], sha256: string): BuildFile => ({
  name,
  path: `/builds/${name}`,
  size: 1000,
  sha256,
  role,
});

/** The candidate that would be published as `each`. */
function candidate(each: SnapshotPackage, extra: Partial<BinaryCandidate> = {}): BinaryCandidate {
  const { name, version, architecture, source, sourceVersion } = each;
  const sha256 = each.files[0]?.sha256 ?? '';
  return {
    type: 'deb',
    candidate: { kind: 'binary', name, version, architecture, sha256 },
    source,
    sourceVersion,
    section: 'net',
    priority: 'optional',
    isDebugSymbols: false,
    file: file(`${name}_${version}_${architecture}.deb`, 'deb', sha256),
    ...extra,
  };
}

function sourceCandidate(each: SnapshotPackage): SourceCandidate {
  const [dsc, ...parts] = each.files.map((part) => file(path.basename(part.path), 'other', part.sha256));
  const files = parts.map(({ name, sha256 }) => ({ name, sha256 }));
  return {
    type: 'dsc',
    candidate: {
      kind: 'source',
      name: each.name,
      version: each.version,
      architecture: 'source',
      sha256: sourceDigest(files),
      files,
    },
    source: each.name,
    sourceVersion: each.version,
    section: 'net',
    priority: 'optional',
    dsc: dsc as BuildFile,
    text: '',
    parts,
  };
}

function plan(
  found: {
    binaries?: BinaryCandidate[];
    sources?: SourceCandidate[];
    records?: DebCandidates['records'];
    target?: string;
  },
  heads: Record<string, DebSnapshot> = {},
  request: Partial<DebRequest> = {},
  now = new Date('2026-01-02T04:00:00Z'),
  allowDowngrade = false,
) {
  const { binaries = [], sources = [], records = [], target = 'debian-12' } = found;
  const manifest = { target: { name: target, suite: 'bookworm', architecture: 'amd64' } } as Manifest;
  const view: RepositoryView<DebSnapshot> = {
    paths: new RepositoryPaths('/repository'),
    channel: 'latest',
    heads: new Map(Object.entries(heads)),
    head: heads['latest'],
  };
  const builds: Build[] = [{ manifest, sha256: '0'.repeat(64), folder: '/builds' }];
  const rules = { now, allowDowngrade };
  const result = makePlan({ binaries, sources, records, builds }, view, { name: 'test', ...request }, rules);
  refuseAll(result.refusals.map(({ error }) => error));
  return result;
}

describe('what becomes of a package', () => {
  const head = { latest: snapshot([binary('hello', '1.0'), source('hello', '1.0')]) };

  it('is added, upgraded or the same', () => {
    const result = plan(
      {
        binaries: [candidate(binary('hello', '2.0')), candidate(binary('new', '1.0'))],
        sources: [sourceCandidate(source('hello', '1.0'))],
      },
      head,
    );
    expect(result.entries.map((each) => [each.name, each.type, each.action, each.replaces])).toEqual([
      ['hello', 'deb', 'upgrade', ['1.0']],
      ['new', 'deb', 'add', []],
      ['hello', 'dsc', 'same', []],
    ]);
    expect(result.superseded).toEqual([{ kind: 'binary', name: 'hello', version: '1.0', architecture: 'amd64' }]);
    expect(result.sources).toEqual([]);
    expect(result.reasons).toEqual([]);
  });

  it('is refused as a downgrade against every channel', () => {
    const heads = { ...head, testing: snapshot([binary('hello', '3.0')], { id: '20260102T030405Z-000001' }) };
    expect(() => plan({ binaries: [candidate(binary('hello', '2.0'))] }, heads)).toThrow(
      /a downgrade .*hello 3\.0 \(amd64\) in the channel testing/,
    );
    expect(() => plan({ binaries: [candidate(binary('hello', '0.9'))] }, head)).toThrow(
      /a downgrade .*hello 1\.0 \(amd64\) in the channel latest/,
    );
  });

  it('is refused as a conflict: other bytes, another orig tarball', () => {
    const other = { ...binary('hello', '1.0'), files: [{ path: 'pool/x', size: 1, sha256: digest('other') }] };
    expect(() => plan({ binaries: [candidate(other)] }, head)).toThrow('a conflict');
    expect(() => plan({ sources: [sourceCandidate(source('hello', '1.0-2', 'other'))] }, head)).toThrow(
      /a conflict .*hello_1\.0\.orig\.tar\.xz/,
    );
  });

  it('is added to a channel that lacks it where another one has it', () => {
    const result = plan({ binaries: [candidate(binary('hello', '1.0'))] }, { testing: head.latest });
    expect(result.entries.map(({ action }) => action)).toEqual(['add']);
  });

  it('is told for all that are wrong at once', () => {
    const two = { latest: snapshot([binary('aa', '2.0'), binary('bb', '2.0')]) };
    const act = () => plan({ binaries: [candidate(binary('aa', '1.0')), candidate(binary('bb', '1.0'))] }, two);
    expect(act).toThrow(AggregateError);
    expect(act).toThrow('2 packages cannot be published; the first: ');
  });
});

describe('a downgrade', () => {
  const own = { source: 'hello', sourceVersion: '2.0' };
  const heads = {
    latest: snapshot([
      binary('hello', '2.0'),
      binary('hello', '2.0', { architecture: 'arm64' }),
      binary('hello-extra', '2.0', own),
      binary('hello-extra', '2.0', { ...own, architecture: 'arm64' }),
      binary('hello-dbgsym', '2.0', { ...own, component: 'main/debug' }),
      source('hello', '2.0'),
    ]),
    testing: snapshot([binary('hello', '3.0')], { id: '20260102T030405Z-000001' }),
  };
  const now = new Date('2026-01-02T04:00:00Z');
  const allowed = (found: Parameters<typeof plan>[0]) => plan(found, heads, {}, now, true);

  it('that is allowed replaces the newer version, with all that its source made for the architecture', () => {
    const result = allowed({
      binaries: [candidate(binary('hello', '1.0'))],
      sources: [sourceCandidate(source('hello', '1.0'))],
    });
    expect(result.entries.map(({ type, action, replaces }) => [type, action, replaces])).toEqual([
      ['deb', 'downgrade', ['2.0']],
      ['dsc', 'downgrade', ['2.0']],
    ]);
    const text = ({ name, version, architecture }: { name: string; version: string; architecture: string }) =>
      `${name} ${version} ${architecture}`;
    expect(result.superseded.map(text)).toEqual([
      'hello 2.0 amd64',
      'hello 2.0 source',
      'hello-extra 2.0 amd64',
      'hello-dbgsym 2.0 amd64',
    ]);
    // reprepro would keep the newer entries.
    expect(result.removed.map(({ key, name }) => `${indexFolder(key)} ${name}`)).toEqual([
      'main/binary-amd64 hello',
      'main/source hello',
      'main/binary-amd64 hello-extra',
      'main/debug/binary-amd64 hello-dbgsym',
    ]);
    const [first] = result.downgrades;
    expect(first?.against.map(({ version, channel }) => `${version} ${channel}`)).toEqual([
      '2.0 latest',
      '3.0 testing',
    ]);
  });

  it('takes the newer source along when nothing of it is left, and leaves it where something is', () => {
    const amd64 = candidate(binary('hello', '1.0'));
    const arm64 = candidate(binary('hello', '1.0', { architecture: 'arm64' }));
    const sources = (found: BinaryCandidate[]) =>
      allowed({ binaries: found }).superseded.filter(({ kind }) => kind === 'source').length;
    expect(sources([amd64])).toBe(0);
    expect(sources([amd64, arm64])).toBe(1);
  });

  it('is none where the channel has the very package, whatever others have', () => {
    const there = { ...heads, latest: snapshot([binary('hello', '2.0')]) };
    expect(plan({ binaries: [candidate(binary('hello', '2.0'))] }, there).entries.map(({ action }) => action)).toEqual([
      'same',
    ]);
  });

  it('is a refusal that names every channel, beside what is wrong otherwise', () => {
    const binaries = [
      candidate(binary('hello', '1.0')),
      candidate(binary('strange', '1.0', { architecture: 'riscv64' })),
      candidate({
        ...binary('hello-extra', '2.0', own),
        files: [{ path: 'pool/x', size: 1, sha256: digest('other') }],
      }),
      candidate(binary('fine', '1.0')),
    ];
    const view = {
      paths: new RepositoryPaths('/repository'),
      channel: 'latest',
      heads: new Map(Object.entries(heads)),
      head: heads.latest,
    };
    const builds: Build[] = [{ manifest: {} as Manifest, sha256: '0'.repeat(64), folder: '/builds' }];
    const found = { binaries, sources: [], records: [], builds };
    const { refusals, entries } = makePlan(found, view, { name: 'test' }, { now, allowDowngrade: false });
    expect(
      refusals.map(({ name, outcome, against }) => [name, outcome, against.map(({ channel }) => channel)]),
    ).toEqual([
      ['hello', 'downgrade', ['latest', 'testing']],
      ['strange', 'misplaced', []],
      ['hello-extra', 'conflict', ['latest']],
    ]);
    expect(entries.map(({ name }) => name)).toEqual(['fine']);
  });
});

describe('where several versions are kept', () => {
  const own = (version: string) => ({ source: 'hello', sourceVersion: version });
  const version = (text: string, ...more: string[]) => [
    binary('hello', text),
    ...more.map((name) => binary(name, text, own(text))),
    source('hello', text),
  ];
  const settings = { ...SETTINGS, keepVersions: 2 };
  const heads = {
    latest: snapshot([...version('1.0', 'hello-extra'), ...version('2.0', 'hello-extra')], { settings }),
  };
  const now = new Date('2026-01-02T04:00:00Z');
  const bring = (packages: SnapshotPackage[]) => ({
    binaries: packages.filter(({ kind }) => kind === 'binary').map((each) => candidate(each)),
    sources: packages.filter(({ kind }) => kind === 'source').map(sourceCandidate),
  });
  const show = ({ entries }: ReturnType<typeof plan>) =>
    entries.map(({ type, action, replaces, keeps = [] }) => [type, action, replaces.join(), keeps.join()].join(' '));

  it('takes the place of the oldest', () => {
    const result = plan(bring(version('3.0')), heads);
    expect(show(result)).toEqual(['deb upgrade 1.0 2.0', 'dsc upgrade 1.0 2.0']);
    expect(result.staying).toEqual([{ kind: 'binary', name: 'hello-extra', version: '2.0', architecture: 'amd64' }]);
    expect(result.superseded.map((each) => each.name)).toEqual(['hello', 'hello', 'hello-extra']);
    // Another version of each of them is there.
    expect(result.withdrawn).toEqual([]);
    expect([result.removed, result.reasons]).toEqual([[], []]);
  });

  it('is the same where it is kept, and a downgrade where that is what is asked for, or it would not stay', () => {
    const older = bring(version('1.0', 'hello-extra'));
    const same = plan(older, heads);
    expect(show(same)).toEqual(['deb same  ', 'deb same  ', 'dsc same  ']);
    expect(same.entries.map(({ component }) => component)).toEqual(['main', 'main', 'main']);
    expect(show(plan(older, heads, {}, now, true))).toEqual([
      'deb downgrade 2.0 ',
      'deb downgrade 2.0 ',
      'dsc downgrade 2.0 ',
    ]);
    expect(() => plan(older, heads, { keepVersions: 1 })).toThrow(/a downgrade .*hello 2\.0/);
    expect(show(plan(older, heads, { keepVersions: 3 }))).toEqual(['deb same  ', 'deb same  ', 'dsc same  ']);
    const other = { ...binary('hello', '1.0'), files: [{ path: 'pool/x', size: 1, sha256: digest('other') }] };
    expect(() => plan(bring([other]), heads)).toThrow('a conflict');
    expect(() => plan(bring(version('1.5')), heads)).toThrow(/a downgrade .*hello 2\.0/);
  });

  it('leaves with a lower number, which is a reason for a snapshot', () => {
    const result = plan(bring(version('2.0', 'hello-extra')), heads, { keepVersions: 1 });
    expect(result.reasons).toEqual(['settings changed: keepVersions']);
    expect(result.settings).not.toHaveProperty('keepVersions');
    expect(result.superseded.map((each) => `${each.name} ${each.version}`)).toEqual([
      'hello 1.0',
      'hello-extra 1.0',
      'hello 1.0',
    ]);
    expect(plan(bring(version('2.0', 'hello-extra')), heads).reasons).toEqual([]);
  });
});

describe('where a package goes', () => {
  const request = { components: ['main', 'contrib'], architectures: ['amd64'] };
  const componentOf = (extra: Partial<BinaryCandidate>, more: Partial<DebRequest> = {}) =>
    plan({ binaries: [candidate(binary('hello', '1.0'), extra)] }, {}, { ...request, ...more }).entries[0]?.component;

  it('follows the section, then the first component', () => {
    expect(componentOf({})).toBe('main');
    expect(componentOf({ section: 'contrib/net' })).toBe('contrib');
    expect(componentOf({ section: 'non-free/net' })).toBe('main');
    expect(componentOf({ section: undefined })).toBe('main');
  });
  it('follows the inputs before these', () => {
    expect(componentOf({}, { component: 'contrib' })).toBe('contrib');
    expect(componentOf({ type: 'udeb' }, { udebComponent: 'contrib' })).toBe('contrib');
    expect(() => componentOf({}, { component: 'nope' })).toThrow('does not have the component');
  });
  it('keeps debug symbols apart', () => {
    expect(componentOf({ isDebugSymbols: true })).toBe('main/debug');
    expect(componentOf({ isDebugSymbols: true, section: 'contrib/debug' })).toBe('contrib/debug');
  });
});

describe('records', () => {
  const record = (lists: string[]) => ({
    type: 'changes' as const,
    file: file('hello_1.0_amd64.changes', 'changes', digest('changes')),
    text: '',
    source: 'hello',
    sourceVersion: '1.0',
    lists,
  });
  const request = { architectures: ['amd64'] };

  it('go with the packages that they list', () => {
    const found = { binaries: [candidate(binary('hello', '1.0'))], records: [record(['hello_1.0_amd64.deb'])] };
    expect(plan(found, {}, request).records.map((each) => each.component)).toEqual(['main']);
    expect(plan(found, { latest: snapshot([binary('hello', '1.0')]) }, request).records).toEqual([]);
  });
  it('do not go to the debug symbols', () => {
    const symbols = candidate(binary('hello-dbgsym', '1.0'), { isDebugSymbols: true });
    const found = {
      binaries: [symbols, candidate(binary('hello', '1.0'))],
      records: [record(['hello-dbgsym_1.0_amd64.deb', 'hello_1.0_amd64.deb'])],
    };
    expect(plan(found, {}, request).records.map((each) => each.component)).toEqual(['main']);
  });
});

describe('settings', () => {
  const one = { binaries: [candidate(binary('hello', '1.0'))] };

  it('of a new repository come from inputs, target and packages', () => {
    expect(plan(one).settings).toEqual({
      suite: 'bookworm',
      target: 'debian-12',
      components: ['main'],
      udebComponents: [],
      architectures: ['amd64'],
      origin: 'test',
      label: 'test',
    });
    expect(
      plan(one, {}, { suite: 'acme', origin: 'Acme', description: 'All of it', validSeconds: 60 }).settings,
    ).toMatchObject({
      suite: 'acme',
      origin: 'Acme',
      label: 'Acme',
      description: 'All of it',
      validSeconds: 60,
    });
  });

  it('grow and do not shrink', () => {
    const result = plan(one, { latest: snapshot([]) }, { components: ['contrib'], architectures: ['riscv64'] });
    expect(result.settings).toMatchObject({
      components: ['main', 'contrib'],
      architectures: ['amd64', 'arm64', 'riscv64'],
    });
    expect(result.newArchitectures).toEqual(['riscv64']);
    expect(result.reasons[0]).toMatch(/^settings changed: /);
  });

  it('of a new channel are those of the repository', () => {
    const other = snapshot([], { settings: { ...SETTINGS, label: 'Known', components: ['main', 'contrib'] } });
    expect(plan(one, { testing: other }).settings).toMatchObject({ label: 'Known', components: ['main', 'contrib'] });
  });

  it('are a reason for a snapshot when they change, and so is a Release that grows old', () => {
    const settings = { ...SETTINGS, target: 'debian-12', validSeconds: 7200 };
    const head = { latest: snapshot([binary('hello', '1.0')], { settings }) };
    expect(plan(one, head).reasons).toEqual([]);
    expect(plan(one, head, { label: 'New' }).reasons).toEqual(['settings changed: label']);
    expect(plan(one, head, {}, new Date('2026-01-02T04:05:00Z')).reasons).toEqual([
      expect.stringContaining('more than half'),
    ]);
    expect(plan(one, head, { validSeconds: 0 }).settings).not.toHaveProperty('validSeconds');
  });

  it.each([
    [{ suite: 'trixie' }, 'serves another suite'],
    [{ origin: 'a # comment' }, 'input origin'],
    [{ label: 'two\nlines' }, 'input label'],
    [{ components: ['../x'] }, 'input components'],
    [{ components: ['a b'] }, 'input components'],
    [{ architectures: ['all'] }, 'input architectures'],
    [{ architectures: ['source'] }, 'input architectures'],
  ] as const)('refuse %j', (request, message) => {
    expect(() => plan(one, { latest: snapshot([]) }, request)).toThrow(message);
  });

  it('refuse a package of an architecture or a target that is not theirs', () => {
    expect(() =>
      plan({ binaries: [candidate(binary('hello', '1.0', { architecture: 'riscv64' }))] }, { latest: snapshot([]) }),
    ).toThrow('add it to the input architectures');
    const known = snapshot([], { settings: { ...SETTINGS, target: 'ubuntu-24.04' } });
    expect(() => plan(one, { latest: known })).toThrow('another target');
    const data = [candidate(binary('data', '1.0', { architecture: 'all' }))];
    expect(plan({ binaries: data }).settings.architectures).toEqual(['amd64']);
  });
});
