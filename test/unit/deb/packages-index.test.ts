import { describe, expect, test } from 'vitest';
import { type IndexOptions, IndexReader, readIndex } from '../../../src/deb/packages-index.ts';
import { type PublishedPackage, sourceDigest } from '../../../src/deb/version-check.ts';
import { UserError } from '../../../src/errors.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
const options: IndexOptions = { kind: 'Packages', channel: 'c', file: 'Packages' };

const PACKAGES = `Package: one
Source: other (9)
Version: 1:1.0-1
Depends: x,
 Version: 7
Architecture: amd64
Description: é
 Package: no
Sha256: ${A.toUpperCase()}

version:   2.0
Architecture:	all
PACKAGE: two
MD5sum: 0


Package: three
Version: 3
Architecture: amd64
SHA256: ${B}`;

const EXPECTED: PublishedPackage[] = [
  { kind: 'binary', channel: 'c', name: 'one', version: '1:1.0-1', architecture: 'amd64', sha256: A },
  { kind: 'binary', channel: 'c', name: 'two', version: '2.0', architecture: 'all' },
  { kind: 'binary', channel: 'c', name: 'three', version: '3', architecture: 'amd64', sha256: B },
];

test('reads what it needs, fields in any order and case', () => {
  expect(readIndex(Buffer.from(PACKAGES), options)).toEqual(EXPECTED);
  expect(readIndex(Buffer.from(`\n\n${PACKAGES}\n\n\n`), options)).toEqual(EXPECTED);
  expect(readIndex(Buffer.alloc(0), options)).toEqual([]);
  expect(readIndex(Buffer.from('\n'), options)).toEqual([]);
});

test('reads the same in pieces of any size', () => {
  const data = Buffer.from(PACKAGES);
  for (const size of [1, 2, 3, 7, 64, 1000]) {
    const found: PublishedPackage[] = [];
    const reader = new IndexReader(options, (published) => found.push(published));
    for (let start = 0; start < data.length; start += size) reader.push(data.subarray(start, start + size));
    reader.end();
    expect(found).toEqual(EXPECTED);
  }
});

test('skips names that are not asked for', () => {
  const found = readIndex(Buffer.from(PACKAGES), { ...options, names: new Set(['two']) });
  expect(found).toEqual([EXPECTED[1]]);
});

test('reads sources, the .dsc left out of their content', () => {
  const text = `Package: hello
Binary: hello
Version: 1.0-1
Architecture: any
Files:
 ${'0'.repeat(32)} 1 hello_1.0-1.dsc
Checksums-Sha256:
 ${A} 1 hello_1.0-1.dsc
 ${B} 2 hello_1.0.orig.tar.gz
 ${A} 3 hello_1.0-1.debian.tar.xz
Directory: pool/main/h/hello

Package: old
Version: 1
Directory: ./

Package: evil
Version: 1
Directory: ../../etc
`;
  const files = [
    { name: 'hello_1.0.orig.tar.gz', sha256: B },
    { name: 'hello_1.0-1.debian.tar.xz', sha256: A },
  ];
  const common = { kind: 'source', channel: 'c', architecture: 'source' };
  expect(readIndex(Buffer.from(text), { ...options, kind: 'Sources' })).toEqual([
    { ...common, name: 'hello', version: '1.0-1', files, sha256: sourceDigest(files), directory: 'pool/main/h/hello' },
    { ...common, name: 'old', version: '1', directory: '' },
    { ...common, name: 'evil', version: '1' },
  ]);
});

describe('refuses, with file and line', () => {
  test.each([
    [
      'Package: a\nVersion: 1\nArchitecture: all\n\nPackage: b\nArchitecture: all\n',
      /^Packages:5: a package without a name or a version \(found "b"\)/,
    ],
    ['Version: 1\n', /^Packages:1: a package without a name or a version/],
    ['Package: a\nVersion: 1\n', /^Packages:1: a package without an architecture/],
    ['Package: a\nnonsense\n', /^Packages:2: not a field \(found "nonsense"\)/],
    ['<html>\n', /^Packages:1: not a field/],
    ['Package: a\nVersion: 1\nVersion: 2\n', /^Packages:3: a field that occurs twice/],
  ])('%j', (text, message) => {
    expect(() => readIndex(Buffer.from(text), options)).toThrow(UserError);
    expect(() => readIndex(Buffer.from(text), options)).toThrow(message);
  });

  test('checksums of a source that name a path', () => {
    const text = `Package: a\nVersion: 1\nChecksums-Sha256:\n ${A} 1 ../x.tar.gz\n`;
    expect(() => readIndex(Buffer.from(text), { ...options, kind: 'Sources' })).toThrow(/not a checksum line/);
  });

  test('a paragraph without end', () => {
    const reader = new IndexReader(options, () => {});
    const piece = Buffer.alloc(9 * 1024 * 1024, 'x');
    reader.push(piece);
    expect(() => reader.push(piece)).toThrow(/a paragraph that does not end/);
  });
});
