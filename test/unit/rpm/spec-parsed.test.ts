import { describe, expect, it } from 'vitest';
import { expandedSources, setupFolder } from '../../../src/rpm/spec-parsed.ts';

const sources = (parsed: string, source: string[], patch: string[] = []) =>
  expandedSources(parsed, { source, patch }).map(({ kind, number, location, file }) => [
    `${kind}${number}`,
    location,
    file,
  ]);

describe('expandedSources', () => {
  it('takes locations from the text, and files from the header', () => {
    const parsed = `Name: x
Source0: https://e.org/x-1.tar.gz
Source:  extra.conf
source9: https://e.org/get?file=y.tar
Patch2: https://e.org/pr/7#/fix.patch
Patch: other.patch
%description
Source5: not-one.tar
%package devel
Source10: late.conf
%prep
Source11: not-one.tar
`;
    const files = ['x-1.tar.gz', 'extra.conf', 'y.tar', 'late.conf'];
    expect(sources(parsed, files, ['fix.patch', 'other.patch'])).toEqual([
      ['source0', 'https://e.org/x-1.tar.gz', 'x-1.tar.gz'],
      ['source1', 'extra.conf', 'extra.conf'],
      ['source9', 'https://e.org/get?file=y.tar', 'y.tar'],
      ['source10', 'late.conf', 'late.conf'],
      ['patch2', 'https://e.org/pr/7#/fix.patch', 'fix.patch'],
      ['patch3', 'other.patch', 'other.patch'],
    ]);
  });

  it('reads lists of sources and patches', () => {
    const parsed = 'Name: x\n%sourcelist\nhttps://e.org/a.tar\n\n# a comment\nb.conf\n%patchlist\nc.patch\n%files\nd\n';
    expect(sources(parsed, ['a.tar', 'b.conf'], ['c.patch'])).toEqual([
      ['source0', 'https://e.org/a.tar', 'a.tar'],
      ['source1', 'b.conf', 'b.conf'],
      ['patch0', 'c.patch', 'c.patch'],
    ]);
  });

  it('counts what the header has, whatever the text says', () => {
    expect(sources('Source0: a.tar\nSource0: b.tar\nSource3: gone.tar\n', ['a.tar', 'hidden.tar'])).toEqual([
      ['source0', 'a.tar', 'a.tar'],
      ['source1', 'hidden.tar', 'hidden.tar'],
    ]);
    expect(sources('', [])).toEqual([]);
  });

  it('takes no time over long lines and many sources, and no more than there can be', () => {
    const started = performance.now();
    expect(sources(`Source0: a${' '.repeat(60_000)}b\nName:${' '.repeat(200_000)}x`, ['x'])).toHaveLength(1);
    const files = Array.from({ length: 5000 }, (_, index) => `f${index}`);
    const lines = files.map((file, index) => `Source${index}: ${file}`);
    expect(sources(lines.slice(0, 2500).join('\n'), files)).toHaveLength(5000);
    // Half of a text of any length names nothing.
    expect(sources('Source: none\n'.repeat(200_000), files)).toHaveLength(5000);
    expect(performance.now() - started).toBeLessThan(2000);
    expect(() => sources('', [...files, 'more'])).toThrow(/too many sources and patches \(found 5001/);
    expect(() => sources('', files, ['more'])).toThrow(/too many sources and patches/);
    expect(() => sources('Source: a\n'.repeat(5001), ['a'])).toThrow(/too many sources and patches/);
    expect(() => sources(`Patch3: ${'a'.repeat(70_000)}\n`, [])).toThrow(
      /Patch3: the spec has a source of a location that is too long \(found 70000 bytes, expected 65536 at most/,
    );
  });
});

describe('setupFolder', () => {
  const prep = (...lines: string[]) => `Name: x\n%prep\n${lines.join('\n')}\n%build\ncd 'other'\n`;
  const at = "cd '/top/BUILD'";

  it.each<[string, string[], string | undefined]>([
    // What rpm 4.11, 4.16, 4.18 and 4.20 make of %setup.
    [
      '4.11',
      [at, "rm -rf 'x-1'", "/usr/bin/gzip -dc '/s/x.tar.gz' | /usr/bin/tar -xvvf - ", 'STATUS=$?', "cd 'x-1'"],
      'x-1',
    ],
    ['4.18', [at, "rm -rf 'x-1'", '/usr/lib/rpm/rpmuncompress -x /s/x.tar.gz', "cd 'x-1'"], 'x-1'],
    [
      '4.20',
      ["cd '/top/BUILD/x-1-build'", "rm -rf 'x-1'", "/usr/lib/rpm/rpmuncompress -x '/s/x.tar.gz'", "cd 'x-1'"],
      'x-1',
    ],
    ['-c', [at, "/bin/mkdir -p 'x-1'", "cd 'x-1'", '/usr/lib/rpm/rpmuncompress -x /s/x.tar.gz', "cd 'y'"], '.'],
    ['a folder below', [at, "tar -xf '/s/x.tar.gz'", "cd 'x-1/lib'"], 'x-1'],
    ['by hand', ['tar xf /s/x.tar.gz', 'cd ./x-1'], 'x-1'],
    [
      'another tarball first',
      [at, 'tar xf /s/other-x.tar.gz', "cd 'other'", at, 'tar xf /s/x.tar.gz', "cd 'x-1'"],
      'x-1',
    ],
    ['a name that goes on', ['tar xf /s/x.tar.gz.asc', "cd 'no'"], undefined],
    ['nowhere', [at, 'tar xf /s/x.tar.gz'], undefined],
    ['to an absolute folder', ['tar xf /s/x.tar.gz', "cd '/top/BUILD'"], undefined],
    ['not at all', [at, 'true'], undefined],
  ])('%s', (_, lines, expected) => {
    expect(setupFolder(prep(...lines), 'x.tar.gz')).toBe(expected);
  });

  it('reads %prep only', () => {
    expect(setupFolder("%build\ntar xf /s/x.tar.gz\ncd 'x'\n", 'x.tar.gz')).toBeUndefined();
  });
});
