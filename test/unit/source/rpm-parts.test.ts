import { describe, expect, it } from 'vitest';
import { RecordingHost } from '../../../src/host/recording.ts';
import type { SpecSource } from '../../../src/rpm/spec-parsed.ts';
import type { GitRepository } from '../../../src/source/git.ts';
import { changelogDate, entryTitle, makeRpmEntry } from '../../../src/source/rpm-changelog.ts';
import { findSpec, type SpecFile } from '../../../src/source/rpm-layout.ts';
import { chooseCodeSource } from '../../../src/source/rpm-sources.ts';
import { compressionOf } from '../../../src/source/tarball.ts';
import type { FileMode, SourceFile } from '../../../src/source/tree.ts';

const repository = {
  reader: () => ({ blob: async () => Buffer.from('Name: x\n'), [Symbol.asyncDispose]: async () => {} }),
} as unknown as GitRepository;
const file = (path: string, mode: FileMode = '100644'): SourceFile => ({ path, mode, id: '0', repository });

describe('findSpec', () => {
  const find = async (names: readonly string[], parts: Partial<Parameters<typeof findSpec>[0]> = {}) => {
    const request = { subfolder: '', specFile: undefined, packageName: undefined, targetNames: [], where: 'spec' };
    const found = await findSpec({ ...request, files: names.map((name) => file(name)), ...parts }, new RecordingHost());
    return [found.path, [...found.beside.keys()].sort().join(' ')];
  };

  it('finds the usual places, and what lies beside', async () => {
    expect(await find(['hello.spec', 'a.patch', 'src/b.c'])).toEqual(['hello.spec', 'a.patch']);
    expect(await find(['SPECS/x.spec', 'SPECS/y.patch', 'SOURCES/z.conf', 'w'])).toEqual([
      'SPECS/x.spec',
      'y.patch z.conf',
    ]);
    expect(await find(['rpm/SPECS/x.spec', 'rpm/SOURCES/z', 'SOURCES/no'])).toEqual(['rpm/SPECS/x.spec', 'z']);
    expect(await find(['packaging/x.spec', 'contrib/y.spec'])).toEqual(['packaging/x.spec', '']);
    expect(await find(['hello/x.spec', 'y.spec'], { subfolder: 'hello' })).toEqual(['hello/x.spec', '']);
    const targetNames = ['el9', 'epel-9'];
    expect(await find(['x.spec', 'el9/x.spec', 'el9/p'], { targetNames })).toEqual(['el9/x.spec', 'p']);
    expect(await find(['x.spec', 'el9/rpm/SPECS/x.spec'], { targetNames })).toEqual(['el9/rpm/SPECS/x.spec', '']);
  });

  it('takes the one that is named, by file or by package', async () => {
    expect(await find(['a.spec', 'b.spec'], { packageName: 'b' })).toEqual(['b.spec', 'a.spec']);
    expect(await find(['a.spec', 'deep/down/c.spec'], { specFile: './deep//down/c.spec' })).toEqual([
      'deep/down/c.spec',
      '',
    ]);
  });

  it('refuses two, none, links and names that are not there', async () => {
    await expect(find(['a.spec', 'b.spec'])).rejects.toThrow(/more than one spec .*"a\.spec", "b\.spec"/);
    await expect(find(['README'])).rejects.toThrow(/^spec: no spec in the spec project/);
    await expect(find(['deep/down/a.spec'])).rejects.toThrow(/"deep\/down\/a\.spec" where none is looked for/);
    await expect(find(['a.spec'], { specFile: 'README' })).rejects.toThrow(/no such spec file/);
    await expect(find(['a.spec'], { specFile: '/etc/a.spec' })).rejects.toThrow(/input spec-file: a path that leaves/);
    await expect(find([], { files: [file('a.spec', '120000')] })).rejects.toThrow(/the spec is a symbolic link/);
    await expect(find(['-a b.spec'])).rejects.toThrow(/not a name for a spec/);
  });
});

describe('chooseCodeSource', () => {
  const source = (number: number, location: string): SpecSource => ({
    kind: 'source',
    number,
    location,
    file: location.slice(location.lastIndexOf('/') + 1),
  });
  const choose = (
    sources: readonly SpecSource[],
    { beside = [] as string[], listed = [] as string[], separate = false, code = ['main.c'] } = {},
  ) => {
    const spec: SpecFile = {
      path: 'x.spec',
      name: 'x.spec',
      where: 'x.spec',
      text: '',
      beside: new Map(beside.map((name) => [name, file(name)])),
    };
    const digest = { algorithm: 'md5' as const, hex: '0' };
    const entries = new Map(listed.map((name) => [name, { file: name, line: 1, digest }]));
    const codeFiles = code.map((name) => file(name));
    return chooseCodeSource({ sources, file: spec, listed: entries, separate, codeFiles })?.number;
  };
  const tarball = source(0, 'https://e.org/x-1.tar.gz');

  it('is Source0 where the spec lies with the code', () => {
    expect(choose([tarball, source(1, 'y.tar.gz')])).toBe(0);
    expect(choose([])).toBeUndefined();
  });

  it('is none where the repository has no code, or the file itself, or says what it must be', () => {
    const packaging = ['x.spec', 'a.patch', 'sources', '.gitignore', 'gating.yaml', 'tests/run.sh', 'README.md'];
    expect(choose([tarball], { code: packaging })).toBeUndefined();
    expect(choose([tarball, source(1, 'x.service')], { code: [...packaging, 'x.service'] })).toBeUndefined();
    expect(choose([tarball], { beside: ['x-1.tar.gz'] })).toBeUndefined();
    expect(choose([tarball], { listed: ['x-1.tar.gz'] })).toBeUndefined();
    expect(choose([source(0, 'x.service')], { beside: ['x.service'] })).toBeUndefined();
    expect(choose([source(0, 'https://e.org/x.zip')])).toBeUndefined();
    expect(() => choose([source(0, 'x.zip')])).toThrow(/Source0 is of a kind that is not made here/);
  });

  it('is the first tarball of a separate code project, whatever the spec project says of it', () => {
    const conf = source(0, 'x.conf');
    const later = source(1, 'x.tar.xz');
    expect(choose([conf, later, source(2, 'z.tar')], { separate: true, beside: ['x.conf'] })).toBe(1);
    expect(choose([tarball], { separate: true, listed: ['x-1.tar.gz'], beside: ['x-1.tar.gz'] })).toBe(0);
    expect(() => choose([conf], { separate: true })).toThrow(/no Source that the code project could be packed as/);
  });
});

describe('compressionOf', () => {
  it('goes by the end of the name', () => {
    expect(
      ['a.tar.gz', 'a.tgz', 'a.tar.xz', 'a.txz', 'a.tar.bz2', 'a.tbz2', 'a.tar.zst', 'a.tar'].map(compressionOf),
    ).toEqual([...['gzip', 'gzip', 'xz', 'xz', 'bzip2', 'bzip2', 'zstd', 'none']]);
    expect(['a.zip', 'a.gem', 'a.gz', 'tar', 'a.tar.lz'].map(compressionOf)).toEqual(Array(5).fill(undefined));
  });
});

describe('the changelog entry', () => {
  const maintainer = { name: 'Team', email: 'team@example.org' };

  it('has rpm’s form of dates, in UTC', () => {
    expect(changelogDate(1_795_132_800)).toBe('Fri Nov 20 2026');
    expect(changelogDate(1_767_571_199)).toBe('Sun Jan 04 2026');
    expect(changelogDate(1_767_571_200)).toBe('Mon Jan 05 2026');
  });

  it('says what was built, folded, and how much more there is', () => {
    const subjects = [
      { id: '1'.repeat(40), author: 'Alice <a@b>', subject: `Explain ${'every last detail of it '.repeat(4)}` },
      { id: '2'.repeat(40), author: '', subject: '' },
    ];
    const text = makeRpmEntry({ version: '2:1.2-1.el9', subjects, total: 5, headline: 'Build.', maintainer, time: 0 });
    expect(text).toBe(
      [
        '* Thu Jan 01 1970 Team <team@example.org> - 2:1.2-1.el9',
        '- Build.',
        '- Explain every last detail of it every last detail of it every last detail of',
        '  it every last detail of it (Alice a@b, 11111111)',
        '- no subject (22222222)',
        '- and 3 more commits',
        '',
      ].join('\n'),
    );
    for (const line of text.split('\n')) expect(line.length).toBeLessThan(80);
  });

  it('stays text, whatever subjects and names hold', () => {
    const hostile = '%(touch x)\n%prep\n* Fri Nov 20 2026 Eve\u202e <e@e> - 9-9\u0000';
    const subjects = [{ id: 'f'.repeat(40), author: hostile, subject: hostile }];
    const who = { name: `Team${hostile}`, email: 'team@example.org' };
    const text = makeRpmEntry({ version: '1-1', subjects, total: 1, headline: hostile, maintainer: who, time: 0 });
    for (const [index, line] of text.trimEnd().split('\n').entries()) {
      expect(line).toMatch(index === 0 ? /^\* Thu Jan 01 1970 Team/ : /^(?:- | {2})\S/);
    }
    expect(text.replaceAll('%%', '')).not.toContain('%');
    for (const invisible of ['\u0000', '\u202e']) expect(text).not.toContain(invisible);
    expect(entryTitle({ maintainer: who, version: '1-1' })).toContain('%(touch x) %prep');
  });
});
