import { describe, expect, it } from 'vitest';
import { fileUri, isChannelName, isPoolPath, isSnapshotId, newSnapshotId } from '../../../src/repository/layout.ts';

describe('names of channels', () => {
  it.each(['latest', 'testing', 'stable-2.1', 'Mitaka_9', '9.0', 'a'])('takes %s', (name) => {
    expect(isChannelName(name)).toBe(true);
  });
  it.each([
    '',
    '.',
    '..',
    '.latest',
    'a/b',
    '../x',
    'a..b',
    'a.',
    'pool',
    'snapshots',
    'review',
    'key.asc',
    'keyring.gpg',
    'index.html',
    'x.new',
    'a b',
    'ä',
    '-x',
    'x\n',
    'x'.repeat(65),
  ])('refuses %j', (name) => {
    expect(isChannelName(name)).toBe(false);
  });
});

describe('names of snapshots', () => {
  it('hold their time, sort by it and never repeat', () => {
    const early = newSnapshotId(new Date('2026-01-02T03:04:05.678Z'));
    expect(early).toMatch(/^20260102T030405Z-[0-9a-f]{6}$/);
    expect(isSnapshotId(early)).toBe(true);
    expect(early < newSnapshotId(new Date('2026-01-02T03:04:06Z'))).toBe(true);
    expect(newSnapshotId(new Date(0))).not.toBe(newSnapshotId(new Date(0)));
  });
  it.each(['', 'latest', '../20260102T030405Z-abcdef', '20260102T030405Z-ABCDEF', '20260102T030405Z-abcdef/x'])(
    'are not %j',
    (text) => {
      expect(isSnapshotId(text)).toBe(false);
    },
  );
});

describe('paths of the pool', () => {
  it.each([
    'pool/main/h/hello/hello_1.0-1_amd64.deb',
    'pool/main/debug/libg/libg++/libg++_1%3a1.deb'.replace('%3a', ':'),
  ])('takes %s', (text) => {
    expect(isPoolPath(text)).toBe(true);
  });
  it.each([
    'pool',
    'pool/',
    '/pool/x',
    'pool/../x',
    'pool/./x',
    'pool//x',
    'dists/x',
    'pool/x/..',
    'pool/.x',
    `pool/${'x'.repeat(256)}`,
    'pool/a b',
    'pool/a\nb',
    'pool/a%2fb',
  ])('refuses %j', (text) => {
    expect(isPoolPath(text)).toBe(false);
  });
});

describe('URIs for apt', () => {
  it('escape what a path may hold', () => {
    expect(fileUri('/srv/a b/100%/ä')).toBe('file:/srv/a%20b/100%25/%C3%A4');
  });
  it.each(['/srv/"x', '/srv/\\x', '/srv/\nx'])('refuse %j', (folder) => {
    expect(() => fileUri(folder)).toThrow('a path that apt cannot use');
  });
});
