import { describe, expect, test } from 'vitest';
import { sentence } from '../../../src/actions/check-version/table.ts';
import type { RpmPackage } from '../../../src/rpm/package.ts';
import {
  type BuiltRpm,
  type CandidateRpm,
  checkRpmBuilds,
  checkRpmCandidate,
  deciding,
  type PublishedRpm,
  rpmCandidate,
  sourceOf,
  versionText,
} from '../../../src/rpm/version-check.ts';
import { VersionIndex } from '../../../src/version-check.ts';

const candidate = (version: string, more: Partial<CandidateRpm> = {}): CandidateRpm => ({
  kind: 'binary',
  name: 'hello',
  version,
  architecture: 'x86_64',
  sha256: 'a',
  ...more,
});
const published = (version: string, more: Partial<PublishedRpm> = {}): PublishedRpm => ({
  ...candidate(version),
  channel: 'latest',
  ...more,
});
const source = { kind: 'source', architecture: 'source' } as const;

describe('checkRpmCandidate', () => {
  const cases: [string, CandidateRpm, PublishedRpm[], string, number?][] = [
    ['nothing published', candidate('1.0-1'), [], 'new'],
    ['another name', candidate('1.0-1'), [published('1.0-1', { name: 'hello-libs' })], 'new'],
    ['a source of that name', candidate('1.0-1'), [published('2.0-1', source)], 'new'],
    ['another architecture', candidate('1.0-1'), [published('2.0-1', { architecture: 'aarch64' })], 'new'],
    ['an older release', candidate('1.0-2'), [published('1.0-1')], 'upgrade', 0],
    ['the header of the published one', candidate('1.0-1'), [published('1.0-1')], 'same', 0],
    ['another header', candidate('1.0-1'), [published('1.0-1', { sha256: 'b' })], 'conflict', 0],
    ['an unknown header', candidate('1.0-1'), [{ ...published('1.0-1'), sha256: undefined } as never], 'conflict', 0],
    ['a tilde below the version', candidate('1.0~rc1-1'), [published('1.0-1')], 'downgrade', 0],
    ['the version above its tilde', candidate('1.0-1'), [published('1.0~rc1-9')], 'upgrade', 0],
    ['a caret above the version', candidate('1.0^20240101git1-1'), [published('1.0-9')], 'upgrade', 0],
    ['a caret below the next version', candidate('1.0^20240101git1-1'), [published('1.0.1-1')], 'downgrade', 0],
    ['a tilde below a caret', candidate('1.0^git1~pre-1'), [published('1.0^git1-1')], 'downgrade', 0],
    ['a tilde in the release', candidate('1.0-1~mos2'), [published('1.0-1')], 'downgrade', 0],
    ['an epoch', candidate('2.0-1'), [published('1:1.0-1')], 'downgrade', 0],
    ['a higher epoch', candidate('2:0.1-1'), [published('1:9-9')], 'upgrade', 0],
    ['a first epoch', candidate('1:1.0-2'), [published('1.0-1')], 'upgrade', 0],
    ['numbers, not letters', candidate('1.10-1'), [published('1.9-1')], 'upgrade', 0],
    ['a dist of el9 above that of el8', candidate('1.0-1.el9'), [published('1.0-1.el8')], 'upgrade', 0],
    [
      'the highest of all channels',
      candidate('1.5-1'),
      [published('1.0-1'), published('2.0-1', { channel: 'testing' }), published('1.2-1', { channel: 'stable' })],
      'downgrade',
      1,
    ],
    [
      'a conflict in any channel',
      candidate('1.0-1'),
      [published('1.0-1'), published('1.0-1', { channel: 'stable', sha256: 'b' })],
      'conflict',
      1,
    ],
    [
      'a conflict below a newer one',
      candidate('1.0-1'),
      [published('2.0-1'), published('1.0-1', { channel: 'stable', sha256: 'b' })],
      'conflict',
      1,
    ],
    ['the same below a newer one', candidate('1.0-1'), [published('1.0-1'), published('2.0-1')], 'downgrade', 1],
    ['to noarch', candidate('1.1-1', { architecture: 'noarch' }), [published('1.0-1')], 'upgrade', 0],
    ['to noarch, older', candidate('1.0-1', { architecture: 'noarch' }), [published('1.1-1')], 'downgrade', 0],
    ['from noarch, older', candidate('1.0-1'), [published('1.1-1', { architecture: 'noarch' })], 'downgrade', 0],
    ['from noarch, equal', candidate('1.0-1'), [published('1.0-1', { architecture: 'noarch' })], 'conflict', 0],
    ['equal for rpm, not to the letter', candidate('1.01-1'), [published('1.1-1')], 'conflict', 0],
    ['a source', candidate('1.0-1', source), [published('1.0-1', source)], 'same', 0],
    ['a source, older', candidate('1.0-1', source), [published('1.0-2', source)], 'downgrade', 0],
    ['a source, rebuilt', candidate('1.0-1', source), [published('1.0-1', { ...source, sha256: 'b' })], 'conflict', 0],
  ];
  test('a higher epoch alone is a conflict: the file name is taken', () => {
    const others = [published('1:9-9'), published('1.0-1')];
    for (const known of [others, new VersionIndex(others)]) {
      const result = checkRpmCandidate(candidate('2:1.0-1'), known);
      expect(result).toMatchObject({ outcome: 'conflict', against: others[1], file: 'hello-1.0-1.x86_64.rpm' });
      expect(sentence(result)).toMatch(
        /^hello 2:1\.0-1 \(x86_64\) differs by its epoch alone from 1\.0-1 in .*: raise Release$/,
      );
    }
    expect(checkRpmCandidate({ ...candidate('1:1.0-1'), ...source }, [published('1.0-1', source)])).toMatchObject({
      outcome: 'conflict',
      file: 'hello-1.0-1.src.rpm',
    });
    const elsewhere = [published('1.0-1', { architecture: 'aarch64' }), published('0.9-1')];
    expect(checkRpmCandidate(candidate('1:1.0-1'), elsewhere).outcome).toBe('upgrade');
  });

  test.each(cases)('%s', (_, one, others, outcome, against) => {
    const expected = { outcome, candidate: one, ...(against === undefined ? {} : { against: others[against] }) };
    expect(checkRpmCandidate(one, others)).toEqual(expected);
    expect(checkRpmCandidate(one, new VersionIndex(others))).toEqual(expected);
  });
});

const read: RpmPackage = {
  name: 'hello',
  evr: { epoch: 0, version: '1.0', release: '1.el9' },
  architecture: 'x86_64',
  isSource: false,
  sourceRpm: 'hello-1.0-1.el9.src.rpm',
  headerDigest: 'a'.repeat(64),
  headerRange: { start: 280, end: 5000 },
  isSigned: false,
  isDebug: false,
  summary: '',
  license: '',
  buildTime: 0,
  size: 6000,
};

describe('checkRpmBuilds: noarch and source packages that builds for several architectures make', () => {
  const noarch = { name: 'hello-doc', architecture: 'noarch' };
  const hello = 'hello-1.0-1';
  const built = (one: CandidateRpm, architecture = 'aarch64', more: Partial<BuiltRpm> = {}): BuiltRpm => ({
    candidate: one,
    source: hello,
    build: { id: architecture, architecture },
    alternates: [],
    ...more,
  });
  /** A build for aarch64 of what was published from one for x86_64. */
  const further = [
    built(candidate('1.0-1', { architecture: 'aarch64', sha256: 'b' })),
    built(candidate('1.0-1', { ...noarch, sha256: 'b' })),
    built(candidate('1.0-1', { ...source, sha256: 'b' })),
  ];
  const served = [
    published('1.0-1', { source: hello }),
    published('1.0-1', { ...noarch, source: hello }),
    published('1.0-1', { ...source, source: hello }),
  ];
  const check = (all: readonly BuiltRpm[], others: readonly PublishedRpm[]) =>
    checkRpmBuilds(all, new VersionIndex(others)).map(({ outcome }) => outcome);

  test('the published ones stay where a build for a further architecture comes', () => {
    expect(check(further, served)).toEqual(['new', 'same', 'same']);
    expect(checkRpmBuilds(further, new VersionIndex(served))[1]).toEqual({
      outcome: 'same',
      candidate: further[1]?.candidate,
      against: served[1],
    });
  });

  test.each<[string, readonly BuiltRpm[], readonly PublishedRpm[], string[]]>([
    [
      'the architecture is published already',
      further,
      [...served, published('1.0-1', { architecture: 'aarch64', source: hello, sha256: 'c' })],
      ['conflict', 'conflict', 'conflict'],
    ],
    [
      'in any channel',
      further,
      [...served, published('1.0-1', { architecture: 'aarch64', source: hello, sha256: 'b', channel: 'testing' })],
      ['same', 'conflict', 'conflict'],
    ],
    ['nothing is for one architecture', further.slice(1), served, ['conflict', 'conflict']],
    [
      'files of no build',
      further.map((each) => ({ ...each, build: undefined })),
      served,
      ['new', 'conflict', 'conflict'],
    ],
    [
      'parts of two builds',
      further.map((each, index) => ({ ...each, build: { id: String(index), architecture: 'aarch64' } })),
      served,
      ['new', 'conflict', 'conflict'],
    ],
    [
      'another source package',
      further,
      served.map((each) => ({ ...each, source: 'hello-1.0-0' })),
      ['new', 'conflict', 'conflict'],
    ],
    [
      'an index that names no source package',
      further,
      served.map(({ source: _, ...each }) => each),
      ['new', 'conflict', 'conflict'],
    ],
    [
      'a newer one is published too',
      further,
      [...served, published('2.0-1', { ...noarch, source: 'hello-2.0-1' })],
      ['new', 'conflict', 'same'],
    ],
  ])('a conflict where %s', (_, all, others, outcomes) => {
    expect(check(all, others)).toEqual(outcomes);
  });

  test('together: one of them is published, whichever', () => {
    const one = candidate('1.0-1', { ...noarch, sha256: 'b' });
    const other = built(candidate('1.0-1', { ...noarch, sha256: 'a' }), 'x86_64');
    const both = [built(one, 'aarch64', { alternates: [other] })];
    expect(checkRpmBuilds(both, new VersionIndex(served))).toEqual([
      { outcome: 'same', candidate: one, against: served[1] },
    ]);
    expect(check(both, [])).toEqual(['new']);
    expect(check(both, [published('0.9-1', { ...noarch })])).toEqual(['upgrade']);
    expect(check(both, [published('1.0-1', { ...noarch, sha256: 'c' })])).toEqual(['conflict']);
  });
});

test('the source package that a package names', () => {
  expect(sourceOf(read)).toBe('hello-1.0-1.el9');
  expect(sourceOf({ ...read, sourceRpm: 'other-3-4.nosrc.rpm' })).toBe('other-3-4');
  expect(sourceOf({ ...read, isSource: true, sourceRpm: undefined })).toBe('hello-1.0-1.el9');
});

test('a package becomes a candidate; an epoch of 0 is none, and a source has no architecture', () => {
  expect(rpmCandidate(read)).toEqual({
    kind: 'binary',
    name: 'hello',
    version: '1.0-1.el9',
    architecture: 'x86_64',
    sha256: 'a'.repeat(64),
  });
  expect(rpmCandidate({ ...read, isSource: true, sourceRpm: undefined })).toMatchObject(source);
  expect(versionText({ epoch: 3, version: '1.0', release: '1' })).toBe('3:1.0-1');
  expect(versionText({ epoch: undefined, version: '1.0', release: '1' })).toBe('1.0-1');
});

test('the header digest decides only over packages of the same name, architecture and version', () => {
  const others = [
    published('1.0-1'),
    published('1.0-1', { channel: 'stable' }),
    published('1.0-2'),
    published('1:1.0-1'),
    published('1.0-1', { architecture: 'noarch' }),
    published('1.0-1', { name: 'other' }),
    published('1.0-1', source),
  ];
  expect(deciding([candidate('1.0-1'), candidate('1.0-1')], others)).toEqual(others.slice(0, 2));
  expect(deciding([candidate('1.0-1', source)], others)).toEqual(others.slice(6));
  expect(deciding([candidate('3.0-1')], others)).toEqual([]);
});
