import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readPackagesFile, readSourcesFile } from '../../../src/repository/deb/indexes.ts';
import { updateChecksums } from '../../../src/repository/deb/sign-sources.ts';

const hash = (algorithm: string, data: string) => createHash(algorithm).update(data).digest('hex');
const record = (text: string) => ({
  text,
  file: { name: 'x.changes', path: '/builds/x.changes', size: 1, sha256: '', role: 'changes' as const },
});

describe('updateChecksums', () => {
  const lines = (data: string) =>
    [
      'Source: hello',
      'Checksums-Sha1:',
      ` ${hash('sha1', data)} ${data.length} hello.dsc`,
      ` ${hash('sha1', 'o')} 1 hello.orig.tar.xz`,
      'Checksums-Sha256:',
      ` ${hash('sha256', data)} ${data.length} hello.dsc`,
      'Files:',
      ` ${hash('md5', data)} ${data.length} net optional hello.dsc`,
      'Description:',
      ' 0123 hello.dscx and others',
      '',
    ].join('\n');

  it('changes digests and sizes of what was signed, and nothing else', () => {
    expect(updateChecksums(record(lines('plain')), new Map([['hello.dsc', Buffer.from('signed text')]]))).toBe(
      lines('signed text'),
    );
    expect(updateChecksums(record(lines('plain')), new Map())).toBe(lines('plain'));
    expect(updateChecksums(record(lines('plain')), new Map([['other.dsc', Buffer.from('x')]]))).toBe(lines('plain'));
  });

  it('fails rather than to leave a digest that is no longer true', () => {
    const odd = `Checksums-Sha256:\n ${hash('sha256', 'x')}\thello.dsc\n`;
    expect(() => updateChecksums(record(odd), new Map([['hello.dsc', Buffer.from('y')]]))).toThrow(
      'a form that cannot be read',
    );
  });
});

describe('indexes', () => {
  const digest = hash('sha256', 'x');
  it('of packages are read with their files', () => {
    const text = `Package: hello\nVersion: 1:1.0-1\nArchitecture: amd64\nDepends: libc6\nFilename: pool/main/h/hello/hello_1.0-1_amd64.deb\nSize: 12\nSHA256: ${digest}\nSHA1: aa\nMD5sum: bb\nDescription: x\n Package: not me\n .\n y\n\nPackage: other\nVersion: 2\nArchitecture: all\nFilename: pool/main/o/other/other_2_all.deb\nSize: 1\nSHA256: ${digest}\nSHA1: a\nMD5sum: b\n`;
    const [hello, other, ...more] = readPackagesFile(text, 'Packages');
    expect(hello).toMatchObject({
      name: 'hello',
      version: '1:1.0-1',
      architecture: 'amd64',
      files: [{ path: 'pool/main/h/hello/hello_1.0-1_amd64.deb', size: 12, sha256: digest }],
    });
    expect(hello?.weak.get('pool/main/h/hello/hello_1.0-1_amd64.deb')).toEqual({ md5: 'bb', sha1: 'aa' });
    expect(other?.name).toBe('other');
    expect(more).toEqual([]);
    expect(readPackagesFile('', 'Packages')).toEqual([]);
  });

  it('of sources are read with all files', () => {
    const text = `Package: hello\nVersion: 1.0-1\nDirectory: pool/main/h/hello\nFiles: \n aa 5 hello_1.0-1.dsc\n bb 6 hello_1.0.orig.tar.xz\nChecksums-Sha1: \n cc 5 hello_1.0-1.dsc\n dd 6 hello_1.0.orig.tar.xz\nChecksums-Sha256: \n ${digest} 5 hello_1.0-1.dsc\n ${digest} 6 hello_1.0.orig.tar.xz\n\n`;
    const [hello] = readSourcesFile(text, 'Sources');
    expect(hello?.files.map((file) => `${file.path} ${file.size}`)).toEqual([
      'pool/main/h/hello/hello_1.0-1.dsc 5',
      'pool/main/h/hello/hello_1.0.orig.tar.xz 6',
    ]);
    expect(hello?.weak.get('pool/main/h/hello/hello_1.0.orig.tar.xz')).toEqual({ md5: 'bb', sha1: 'dd' });
  });

  it('are refused where a field is missing or a path leaves the pool', () => {
    expect(() => readPackagesFile('Package: hello\nVersion: 1\n', 'Packages')).toThrow(/lacks a field/);
    const hostile = `Package: h\nVersion: 1\nArchitecture: all\nFilename: pool/../../etc/passwd\nSize: 1\nSHA256: ${digest}\nSHA1: a\nMD5sum: b\n`;
    expect(() => readPackagesFile(hostile, 'Packages')).toThrow('a file that cannot be');
  });
});
