import { describe, expect, test } from 'vitest';
import {
  type Candidate,
  checkCandidate,
  type PublishedPackage,
  sourceDigest,
  VersionIndex,
  worstOutcome,
} from '../../../src/deb/version-check.ts';

const candidate = (version: string, more: Partial<Candidate> = {}): Candidate => ({
  kind: 'binary',
  name: 'hello',
  version,
  architecture: 'amd64',
  sha256: 'a',
  ...more,
});
const published = (version: string, more: Partial<PublishedPackage> = {}): PublishedPackage => ({
  ...candidate(version),
  channel: 'latest',
  ...more,
});

describe('checkCandidate', () => {
  const cases: [string, Candidate, PublishedPackage[], string, number?][] = [
    ['nothing published', candidate('1.0'), [], 'new'],
    ['another name', candidate('1.0'), [published('1.0', { name: 'other' })], 'new'],
    ['a source of that name', candidate('1.0'), [published('2.0', { kind: 'source', architecture: 'source' })], 'new'],
    ['another architecture', candidate('1.0'), [published('2.0', { architecture: 'arm64' })], 'new'],
    ['an older one', candidate('1.1'), [published('1.0')], 'upgrade', 0],
    ['equal bytes', candidate('1.0'), [published('1.0')], 'same', 0],
    ['other bytes', candidate('1.0'), [published('1.0', { sha256: 'b' })], 'conflict', 0],
    ['unknown bytes', candidate('1.0'), [{ ...published('1.0'), sha256: undefined } as never], 'conflict', 0],
    ['a newer one', candidate('1.0~rc1'), [published('1.0')], 'downgrade', 0],
    ['an epoch', candidate('2.0'), [published('1:1.0')], 'downgrade', 0],
    [
      'the highest of all channels',
      candidate('1.5'),
      [published('1.0'), published('2.0', { channel: 'testing' }), published('1.2', { channel: 'stable' })],
      'downgrade',
      1,
    ],
    [
      'an upgrade everywhere, against the highest',
      candidate('3.0'),
      [published('1.0'), published('2.0', { channel: 'testing' }), published('1.2')],
      'upgrade',
      1,
    ],
    [
      'a conflict in any channel',
      candidate('1.0'),
      [published('1.0'), published('1.0', { channel: 'stable', sha256: 'b' })],
      'conflict',
      1,
    ],
    [
      'a conflict below a newer one',
      candidate('1.0'),
      [published('2.0'), published('1.0', { channel: 'stable', sha256: 'b' })],
      'conflict',
      1,
    ],
    ['the same below a newer one', candidate('1.0'), [published('1.0'), published('2.0')], 'downgrade', 1],
    ['from any to all', candidate('1.1', { architecture: 'all' }), [published('1.0')], 'upgrade', 0],
    ['from any to all, older', candidate('1.0', { architecture: 'all' }), [published('1.1')], 'downgrade', 0],
    ['from all to any, older', candidate('1.0'), [published('1.1', { architecture: 'all' })], 'downgrade', 0],
    ['from all to any, same version', candidate('1.0'), [published('1.0', { architecture: 'all' })], 'conflict', 0],
    ['equal for dpkg, not to the letter', candidate('1.0-0'), [published('1.0')], 'conflict', 0],
  ];
  test.each(cases)('%s', (_, one, others, outcome, against) => {
    const expected = { outcome, candidate: one, ...(against === undefined ? {} : { against: others[against] }) };
    expect(checkCandidate(one, others)).toEqual(expected);
    expect(checkCandidate(one, new VersionIndex(others))).toEqual(expected);
  });

  test('a source whose orig tarball is published with other content is a conflict, whatever the revision', () => {
    const files = (orig: string) => [
      { name: 'hello_1.0.orig.tar.gz', sha256: orig },
      { name: `hello_1.0-${orig}.debian.tar.xz`, sha256: orig },
    ];
    const source = (version: string, orig: string) =>
      ({
        kind: 'source',
        architecture: 'source',
        name: 'hello',
        version,
        files: files(orig),
        sha256: sourceDigest(files(orig)),
      }) as const;
    const old = { ...source('1.0-1', 'x'), channel: 'stable' };
    expect(checkCandidate(source('1.0-2', 'y'), [old])).toMatchObject({
      outcome: 'conflict',
      file: 'hello_1.0.orig.tar.gz',
      against: old,
    });
    expect(checkCandidate(source('1.0-2', 'x'), [old])).toMatchObject({ outcome: 'upgrade' });
    expect(checkCandidate(source('1.0-1', 'x'), [old])).toMatchObject({ outcome: 'same' });
  });
});

test('VersionIndex counts an entry of several indexes once, and finds by kind and name', () => {
  const index = new VersionIndex([published('1.0'), published('1.0'), published('1.0', { channel: 'stable' })]);
  expect(index.size).toBe(2);
  expect(index.get('binary', 'hello')).toHaveLength(2);
  expect(index.get('source', 'hello')).toEqual([]);
  // Names of Object.prototype are names like any other.
  expect(index.get('binary', 'constructor')).toEqual([]);
});

test('sourceDigest does not depend on the order of the files, but on names and content', () => {
  const one = { name: 'a', sha256: '1' };
  const two = { name: 'b', sha256: '2' };
  expect(sourceDigest([one, two])).toBe(sourceDigest([two, one]));
  expect(sourceDigest([one, two])).not.toBe(sourceDigest([one, { ...two, name: 'c' }]));
  expect(sourceDigest([one, two])).not.toBe(sourceDigest([one]));
});

test('worstOutcome', () => {
  expect(worstOutcome([])).toBe('same');
  expect(worstOutcome(['same', 'new'])).toBe('new');
  expect(worstOutcome(['new', 'upgrade', 'same'])).toBe('upgrade');
  expect(worstOutcome(['upgrade', 'downgrade'])).toBe('downgrade');
  expect(worstOutcome(['downgrade', 'conflict'])).toBe('conflict');
});
