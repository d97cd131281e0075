import { describe, expect, it } from 'vitest';
import { RecordingHost } from '../../../src/host/recording.ts';
import type { GitRepository } from '../../../src/source/git.ts';
import { checkLinks, findDebian, type LayoutRequest } from '../../../src/source/layout.ts';
import type { SourceFile } from '../../../src/source/tree.ts';

const PACKAGING = ['changelog', 'control', 'rules', 'source/format'];

function files(names: readonly string[], links: readonly string[] = []): SourceFile[] {
  const repository = {} as GitRepository;
  return [
    ...names.map((path) => ({ path, mode: '100644' as const, id: '0', repository })),
    ...links.map((path) => ({ path, mode: '120000' as const, id: '0', repository })),
  ];
}

const below = (folder: string) => PACKAGING.map((name) => `${folder}${name}`);

function find(list: readonly SourceFile[], parts: Partial<LayoutRequest> = {}) {
  const request = { files: list, subfolder: '', debianPath: undefined, targetNames: [], where: 'spec', ...parts };
  const { location, files: found } = findDebian(request, new RecordingHost());
  return { location, names: found.map((file) => file.path).sort() };
}

describe('findDebian', () => {
  it('finds the usual places', () => {
    expect(find(files(['x', ...below('debian/')]))).toEqual({ location: 'debian', names: PACKAGING });
    expect(find(files(below('')))).toEqual({ location: '', names: PACKAGING });
    expect(find(files(below('trusty/debian/'))).location).toBe('trusty/debian');
    expect(find(files(below('a/b/debian/'))).location).toBe('a/b/debian');
    expect(find(files(below('hello/debian/')), { subfolder: 'hello' }).location).toBe('hello/debian');
    expect(find(files(below('hello/')), { subfolder: 'hello' }).location).toBe('hello');
    expect(find(files(below('x/debian/')), { debianPath: './x//debian/' }).location).toBe('x/debian');
  });

  it('names the other format where there is a spec', () => {
    expect(() => find(files(['x', 'hello.spec']))).toThrow(
      /no debian\/ .*a target of rpm packages as the input target/,
    );
    expect(() => find(files(['x']))).toThrow(/as the input debian-path$/);
  });

  it('leaves out what belongs to the project, not to the package', () => {
    const project = ['.gitignore', '.gitreview', '.gitlab-ci.yml', 'hello_1.orig.tar.gz', '.github/workflows/x.yml'];
    expect(find(files([...below(''), ...project])).names).toEqual(PACKAGING);
    expect(find(files([...below('debian/'), 'debian/.gitignore'])).names).toContain('.gitignore');
  });

  it('chooses by the target', () => {
    const list = files([...below('trusty/debian/'), ...below('xenial/debian/')]);
    expect(find(list, { targetNames: ['ubuntu-16.04', 'xenial'] }).location).toBe('xenial/debian');
    expect(() => find(list)).toThrow(/more than one debian/);
    expect(() => find(list, { targetNames: ['bookworm'] })).toThrow(/more than one debian/);
  });

  it('refuses what is none', () => {
    expect(() => find(files(['debian/changelog', 'debian/control']))).toThrow(/no debian\//);
    expect(() => find(files(below('x/')), { debianPath: 'y' })).toThrow(/folder is no debian/);
    expect(() => find(files([], ['x']), { debianPath: 'x' })).toThrow(/folder is a symbolic link/);
    expect(() => find(files(below('x/')), { debianPath: '../x' })).toThrow(/leaves the spec project/);
    expect(() => find(files(below('x/')), { debianPath: '/x' })).toThrow(/leaves the spec project/);
    expect(() => find(files(below('packaging/debian/'), ['debian']))).toThrow(/debian is a symbolic link/);
    for (const link of [
      'debian/patches/x',
      'debian/source',
      'debian/source/options',
      'debian/upstream/signing-key.asc',
    ]) {
      expect(() => find(files(below('debian/'), [link])), link).toThrow(/symbolic link where a file or folder must be/);
    }
    expect(find(files(below('debian/'), ['debian/hello.init'])).location).toBe('debian');
  });
});

describe('checkLinks', () => {
  it.each([
    ['a', 'b'],
    ['a', '../configure'],
    ['sub/a', '../../configure'],
    ['sub/a', './../b/../c'],
  ])('lets %s -> %s be', (path, target) => {
    expect(() => checkLinks([{ path, target }], 'spec')).not.toThrow();
  });

  it.each([
    ['a', '/etc/passwd'],
    ['a', '../../x'],
    ['sub/a', '../../../x'],
    ['a', '../x/../../y/z'],
  ])('refuses %s -> %s', (path, target) => {
    expect(() => checkLinks([{ path, target }], 'spec')).toThrow(/leads out of the source package/);
  });
});
