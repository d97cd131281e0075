import { describe, expect, test } from 'vitest';
import { parseRelease } from '../../../src/deb/release.ts';
import { parseChanges, parseDsc } from '../../../src/deb/source-package.ts';
import { UserError } from '../../../src/errors.ts';

const A = 'a'.repeat(64);
const DSC = `Format: 3.0 (quilt)
Source: hello
Version: 1:1.0-1
Checksums-Sha256:
 ${A} 2 hello_1.0.orig.tar.gz
 ${A} 3 hello_1.0-1.debian.tar.xz
Files:
 ${'b'.repeat(32)} 2 hello_1.0.orig.tar.gz
 ${'b'.repeat(32)} 3 hello_1.0-1.debian.tar.xz
`;

describe('.dsc and .changes', () => {
  test('are read, signed or not', () => {
    const signed = `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${DSC}\n-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n`;
    for (const text of [DSC, signed]) {
      const dsc = parseDsc(text, 'x.dsc');
      expect([dsc.source, dsc.version]).toEqual(['hello', '1:1.0-1']);
      expect(dsc.files.map((file) => file.name)).toEqual(['hello_1.0-1.debian.tar.xz', 'hello_1.0.orig.tar.gz']);
    }
  });

  test('a binary-only .changes names the version of its source behind the source', () => {
    expect(parseChanges(DSC.replace('Source: hello', 'Source: hello (1:1.0-1)'), 'x').source).toBe('hello');
  });

  test.each([
    ['a path for a name', DSC.replace('Source: hello', 'Source: ../hello'), /^x\.dsc Source: not a legal package name/],
    ['an illegal version', DSC.replace('1:1.0-1', '1.0/2'), /^x\.dsc Version: not a legal Debian version/],
    ['a file outside', DSC.replaceAll('hello_1.0.orig.tar.gz', '../../etc/x'), /not a plain file name/],
    ['no SHA-256', DSC.replace('Checksums-Sha256', 'Checksums-X'), /x\.dsc:1: a required field is missing/],
    ['SHA-1 in its place', DSC.replaceAll(A, 'a'.repeat(40)), /not SHA-256 digests/],
    ['two lists that differ', DSC.replace(`${'b'.repeat(32)} 2`, `${'b'.repeat(32)} 4`), /list different files/],
    ['two paragraphs', `${DSC}\n${DSC}`, /not a control file of one paragraph/],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseDsc(text, 'x.dsc')).toThrow(UserError);
    expect(() => parseDsc(text, 'x.dsc')).toThrow(message);
  });
});

describe('Release', () => {
  const RELEASE = `Origin: X
Suite: stable
Codename: bookworm
Date: Tue, 02 Jan 2024 03:04:05 UTC
Valid-Until: Tue, 09 Jan 2024 03:04:05 UTC
Acquire-By-Hash: yes
Architectures: all amd64
Components: main
No-Support-for-Architecture-all: Packages
SHA256:
 ${A}  12 main/binary-amd64/Packages
 ${A.toUpperCase()} 3 ./Packages.gz
`;
  test('is read', () => {
    const release = parseRelease(RELEASE, 'Release');
    expect(release).toMatchObject({
      suite: 'stable',
      codename: 'bookworm',
      origin: 'X',
      date: Date.UTC(2024, 0, 2, 3, 4, 5) / 1000,
      validUntil: Date.UTC(2024, 0, 9, 3, 4, 5) / 1000,
      acquireByHash: true,
      architectures: ['all', 'amd64'],
      components: ['main'],
      hasAllInEveryIndex: true,
    });
    expect([...release.files]).toEqual([
      ['main/binary-amd64/Packages', { size: 12, sha256: A }],
      ['Packages.gz', { size: 3, sha256: A }],
    ]);
    expect(parseRelease(RELEASE.replace(/^No-Support.*\n/m, ''), 'Release').hasAllInEveryIndex).toBe(false);
    expect(parseRelease(RELEASE.replace('all amd64', 'amd64'), 'Release').hasAllInEveryIndex).toBe(true);
  });
  test.each([
    ['', /an empty file/],
    [`${RELEASE}\nA: b\n`, /several paragraphs/],
    [RELEASE.replace('SHA256:', 'SHA1:'), /without SHA-256 digests/],
    [RELEASE.replace('  12', '  x'), /Release SHA256: not a checksum line/],
    [RELEASE.replace('Tue, 02', 'Mi, 02'), /Release Date: not a date/],
    ['<!doctype html>\n', /Release:1: not a field/],
  ])('refuses %j', (text, message) => expect(() => parseRelease(text, 'Release')).toThrow(message));
});
