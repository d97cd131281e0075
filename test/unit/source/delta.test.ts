import { describe, expect, it } from 'vitest';
import { deltaOf, patchHeader, unrepresentable, wantedTree } from '../../../src/source/delta.ts';
import type { FileState } from '../../../src/source/folder.ts';
import type { FileMode } from '../../../src/source/tree.ts';

const state = (id: string, mode: FileMode = '100644'): FileState => ({ id, mode });
const tree = (files: Record<string, string | FileState>) =>
  new Map(Object.entries(files).map(([name, each]) => [name, typeof each === 'string' ? state(each) : each]));

describe('wantedTree', () => {
  it('is the commit where the tarball is the tag', () => {
    const tag = tree({ a: '1', b: '1', c: '1' });
    const commit = tree({ a: '2', c: '1', d: '1' });
    expect(wantedTree(tag, tag, commit)).toEqual(commit);
  });

  it('keeps what the tarball has beside git, and what the commits did not change', () => {
    const orig = tree({ a: 'released', configure: 'generated', b: '1' });
    const tag = tree({ a: '1', b: '1', '.gitignore': '1', dropped: '1' });
    const commit = tree({ a: '1', b: '2', '.gitignore': '1', new: '1' });
    expect(wantedTree(orig, tag, commit)).toEqual(tree({ a: 'released', configure: 'generated', b: '2', new: '1' }));
  });

  it('takes the commit’s side where both changed a file', () => {
    expect(wantedTree(tree({ a: 'x' }), tree({ a: '1' }), tree({ a: '2' }))).toEqual(tree({ a: '2' }));
    expect(wantedTree(tree({ a: 'x' }), tree({ a: '1' }), tree({}))).toEqual(tree({}));
    expect(wantedTree(tree({}), tree({ a: '1' }), tree({ a: '2' }))).toEqual(tree({ a: '2' }));
  });

  it('without a tag is the commit, and the components of the tarball', () => {
    const orig = tree({ a: '1', configure: 'x', 'docs/manual': '1', 'docsx/y': '1' });
    expect(wantedTree(orig, undefined, tree({ a: '2' }), ['docs'])).toEqual(tree({ a: '2', 'docs/manual': '1' }));
  });
});

describe('unrepresentable', () => {
  const check = (
    from: Record<string, string | FileState>,
    to: Record<string, string | FileState>,
    format: '3.0 (quilt)' | '1.0' = '3.0 (quilt)',
  ) => {
    const [orig, wanted] = [tree(from), tree(to)];
    return unrepresentable(deltaOf(orig, wanted), {
      format,
      orig,
      wanted,
      empty: 'empty',
      isBinary: (id) => id.startsWith('binary'),
    }).map((entry) => entry.path);
  };

  it('by a patch', () => {
    expect(check({ a: '1' }, { a: '2', b: '1', binary: 'binary1', x: state('1', '100755') })).toEqual([]);
    expect(check({ a: '1', l: 'empty' }, { l: 'full' })).toEqual([]);
    expect(check({}, { l: state('t', '120000') })).toEqual([]);
    expect(check({ l: state('t', '120000') }, { l: state('u', '120000') })).toEqual(['l']);
    expect(check({ l: state('t', '120000') }, {})).toEqual(['l']);
    expect(check({ l: 'x' }, { l: state('u', '120000') })).toEqual(['l']);
    expect(check({}, { e: 'empty' })).toEqual(['e']);
    expect(check({ e: 'x' }, { e: 'empty' })).toEqual(['e']);
    expect(check({ e: 'empty' }, { e: state('empty', '100755') })).toEqual(['e']);
    expect(check({ e: 'empty' }, {})).toEqual([]);
    expect(check({}, { 'quo"te': '1', 'back\\slash': '1', 'x.dpkg-orig': '1' })).toEqual([
      'back\\slash',
      'quo"te',
      'x.dpkg-orig',
    ]);
    expect(check({ d: '1' }, { 'd/e': '1' })).toEqual(['d', 'd/e']);
    expect(check({ 'd/e': '1' }, { d: '1' })).toEqual(['d', 'd/e']);
  });

  it('never through a link that only the tarball has', () => {
    expect(check({ d: state('etc', '120000') }, { d: state('etc', '120000'), 'd/passwd': '1' })).toEqual(['d/passwd']);
    expect(check({ d: state('etc', '120000') }, { d: state('etc', '120000'), 'd/passwd': '1' }, '1.0')).toEqual([
      'd/passwd',
    ]);
  });

  it('by a diff of format 1.0', () => {
    expect(check({ a: '1' }, { a: '2', b: '1' }, '1.0')).toEqual([]);
    expect(check({ a: state('1', '100755') }, { a: state('2', '100755') }, '1.0')).toEqual([]);
    expect(check({ a: '1' }, {}, '1.0')).toEqual(['a']);
    expect(check({}, { a: state('1', '100755') }, '1.0')).toEqual(['a']);
    expect(check({ a: '1' }, { a: state('1', '100755') }, '1.0')).toEqual(['a']);
    expect(check({}, { a: state('1', '120000'), b: 'empty', c: 'binary1' }, '1.0')).toEqual(['a', 'b', 'c']);
    expect(check({ c: 'binary1' }, { c: 'text' }, '1.0')).toEqual(['c']);
  });
});

describe('patchHeader', () => {
  it('is of DEP-3 and holds no line that starts a patch', () => {
    const header = patchHeader({ tag: 'v1.2', commit: 'abc', time: 1_767_607_200 });
    expect(header).toMatch(/^Description: What the code project has since tag v1\.2\n /);
    expect(header).toContain('Last-Update: 2026-01-05\n');
    expect(header.endsWith('\n\n')).toBe(true);
    expect(header).not.toMatch(/^(---|\+\+\+|@@)/m);
  });
});
