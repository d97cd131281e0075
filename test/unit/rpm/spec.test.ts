import { describe, expect, it } from 'vitest';
import {
  callsMacro,
  hasAutoChangelog,
  tagLine,
  tagLines,
  unknownMacros,
  versionKey,
  withChangelogEntry,
  withTag,
} from '../../../src/rpm/spec.ts';

const SPEC = `%global base 1.2
Name: hello
version :\t%{base}  
Release:  1%{?dist}
#Release: 2
Summary: x

%package devel
Version: 9

%description
Release: 3

%changelog
* Mon Jan 05 2026 Bob <bob@example.org> - 1.2-1
- x
`;

describe('tags', () => {
  it('are found in the preamble of the main package only', () => {
    expect(tagLines(SPEC, 'Version')).toEqual([{ line: 3, value: '%{base}' }]);
    expect(tagLine(SPEC, 'Release', 'hello.spec')).toEqual({ line: 4, value: '1%{?dist}' });
    expect(() => tagLine('Name: x\n', 'Release', 'hello.spec')).toThrow(/hello\.spec: the spec has no line Release/);
    expect(() => tagLine('Release: 1\nRelease: 2\n', 'Release', 'hello.spec')).toThrow(/hello\.spec:1: .*lines 1, 2/);
  });

  it('are set in their line, and everything else stays', () => {
    expect(withTag(SPEC, 'Release', 4, '1%{?dist}.git$&')).toBe(SPEC.replace('1%{?dist}', () => '1%{?dist}.git$&'));
    expect(withTag(SPEC, 'Version', 3, '1.3')).toBe(SPEC.replace('%{base}  ', '1.3  '));
    expect(withTag('Release: 1\r\n', 'Release', 1, '2')).toBe('Release: 2\r\n');
  });
});

describe('macros', () => {
  it('are called in several ways', () => {
    for (const yes of [
      '%autorelease',
      '%autorelease -b 3',
      '%{autorelease}',
      '%{?autorelease}',
      '%{autorelease -p}',
      '1%%%autorelease',
    ])
      expect(callsMacro(yes, 'autorelease'), yes).toBe(true);
    for (const no of ['autorelease', '%%autorelease', '%autoreleases', '%{my_autorelease}', ''])
      expect(callsMacro(no, 'autorelease'), no).toBe(false);
  });

  it('that nobody defines are left in a text', () => {
    expect(unknownMacros('1.%{foo}%{?bar:x}.%baz')).toEqual(['%{foo}', '%{?bar:x}', '%baz']);
    expect(unknownMacros('https://e.org/a%20b%2Fc/100%')).toEqual([]);
  });
});

describe('the changelog', () => {
  const entry = '* Tue Jan 06 2026 Team <team@example.org> - 1.2-2\n- y\n';

  it('gets an entry on top', () => {
    const made = withChangelogEntry(SPEC, entry, 'hello.spec');
    expect(made).toBe(SPEC.replace('%changelog\n', `%changelog\n${entry}\n`));
  });

  it('is made where there is none, and filled where it is empty', () => {
    expect(withChangelogEntry('Name: x', entry, 's')).toBe(`Name: x\n\n%changelog\n${entry}`);
    expect(withChangelogEntry('Name: x\n%changelog\n\n', entry, 's')).toBe(`Name: x\n%changelog\n${entry}`);
    expect(() => withChangelogEntry('%changelog\n%files\n%changelog\n', entry, 's')).toThrow(/s:3: .*two changelogs/);
  });

  it('may be rpmautospec’s', () => {
    expect(hasAutoChangelog('%changelog\n%autochangelog\n')).toBe(true);
    expect(hasAutoChangelog('%changelog\n%{?autochangelog}\n')).toBe(true);
    expect(hasAutoChangelog('%description\n%autochangelog\n%changelog\n* x\n')).toBe(false);
  });
});

describe('versionKey', () => {
  it('is the same for the same version, whatever else changes', () => {
    const key = versionKey(SPEC, ['Version']);
    expect(versionKey(SPEC.replace('Summary: x', 'Summary: y').replace('1%{?dist}', '7'), ['Version'])).toBe(key);
    expect(versionKey(SPEC.replace('base 1.2', 'base 1.3'), ['Version'])).not.toBe(key);
    expect(versionKey(SPEC.replace('%{base}', '1.2'), ['Version'])).not.toBe(key);
    expect(versionKey(SPEC.replace('1%{?dist}', '7'), ['Version', 'Release'])).not.toBe(
      versionKey(SPEC, ['Version', 'Release']),
    );
    expect(versionKey('Name: x\n', ['Version'])).toBeUndefined();
  });

  it('follows macros through macros, and ends', () => {
    const of = (minor: string) => versionKey(`%global a %{b}\n%global b 1.${minor}%{a}\nVersion: %{?a}\n`, ['Version']);
    expect(of('1')).not.toBe(of('2'));
    expect(of('1')).toBe(of('1'));
  });
});

describe('hostile specs', () => {
  const within = (milliseconds: number, work: () => unknown) => {
    // Of the processor: a busy machine does not lengthen it.
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(milliseconds);
  };
  const blanks = ' '.repeat(200_000);

  it('of long lines take no time', () => {
    within(1000, () => tagLines(`Release: a${blanks}b`, 'Release'));
    within(1000, () => tagLines(`${blanks}x\nRelease${blanks}x`, 'Release'));
    within(1000, () => withTag(`Release: a${blanks}b`, 'Release', 1, 'c'));
    within(1000, () => versionKey(`%global x a${blanks}b\nVersion: %{x}\n`, ['Version']));
  });

  it('of many macros that call each other are followed to the end', () => {
    const of = (last: string) => {
      const macros = Array.from({ length: 50_000 }, (_, index) => `%global m${index} %{m${index + 1}}`);
      return versionKey(`${macros.join('\n')}\n%global m50000 ${last}\nVersion: %{m0}\n`, ['Version']);
    };
    expect(of('1')).not.toBe(of('2'));
  });
});
