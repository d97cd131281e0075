import { describe, expect, it } from 'vitest';
import { formatSourcesLine, parseSourcesFile } from '../../../src/rpm/sources-file.ts';

const hex = (length: number, digit = 'a') => digit.repeat(length);

describe('parseSourcesFile', () => {
  it('reads both formats of dist-git, and comments', () => {
    const text = [
      '# a comment',
      `SHA512 (hello-2.10.tar.gz) = ${hex(128, 'A')}`,
      '',
      `${hex(32)}  old.tar.gz`,
      `${hex(40)} *binary.tar.gz`,
      `${hex(64)}\tx.tar\r`.replace('\t', '  '),
      `MD5 (a~b+c.tar) = ${hex(32)}`,
    ].join('\n');
    const entries = [...parseSourcesFile(text, 'sources').values()];
    expect(entries.map(({ file, digest, line }) => [file, digest.algorithm, line])).toEqual([
      ['hello-2.10.tar.gz', 'sha512', 2],
      ['old.tar.gz', 'md5', 4],
      ['binary.tar.gz', 'sha1', 5],
      ['x.tar', 'sha256', 6],
      ['a~b+c.tar', 'md5', 7],
    ]);
    expect(entries[0]?.digest.hex).toBe(hex(128));
    expect(parseSourcesFile('', 'sources').size).toBe(0);
  });

  it('takes the strongest of several', () => {
    const text = `${hex(32)}  x\nSHA512 (x) = ${hex(128)}\nSHA256 (x) = ${hex(64)}\n`;
    expect(parseSourcesFile(text, 'sources').get('x')?.digest.algorithm).toBe('sha512');
  });

  it.each([
    ['a digest of another length', `SHA512 (x) = ${hex(64)}`],
    ['an unknown algorithm', `SHA3 (x) = ${hex(64)}`],
    ['no digest', 'x'],
    ['no file', hex(32)],
    ['a path', `${hex(32)}  ../x`],
    ['a path in parentheses', `SHA512 (a/x) = ${hex(128)}`],
    ['not hexadecimal', `${'g'.repeat(32)}  x`],
    ['two files', `${hex(32)}  x y`],
  ])('refuses %s', (_, line) => {
    expect(() => parseSourcesFile(`\n${line}\n`, 'sources')).toThrow(/^sources:2: not an entry of a sources file/);
  });

  it('refuses two digests for one file', () => {
    const text = `${formatSourcesLine('x', hex(128))}\n${formatSourcesLine('x', hex(128, 'b'))}\n`;
    expect(() => parseSourcesFile(text, 'sources')).toThrow(/sources:2: two digests for one file .*digest of line 1/);
    expect(parseSourcesFile(`${formatSourcesLine('x', hex(128))}\n`.repeat(2), 's').size).toBe(1);
  });
});
