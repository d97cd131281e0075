import { describe, expect, it } from 'vitest';
import { RpmState } from '../../../src/repository/rpm/state.ts';
import type { SnapshotPackage } from '../../../src/repository/snapshot.ts';
import { rpm, srpm } from './fixtures.ts';

const BOTH = ['x86_64', 'aarch64'];
const names = (packages: Iterable<SnapshotPackage>) =>
  [...packages].map((each) => `${each.name}-${each.version}.${each.architecture}`).sort();
const show = (state: RpmState) =>
  Object.fromEntries([...state.folders()].map(([folder, packages]) => [folder, names(packages)]));
/** Packages of one version of the source package `hello`. */
const hello = (version: string, ...packages: readonly [string, string][]) =>
  packages.map(([name, architecture]) => rpm(name, version, { architecture, source: 'hello' }));

describe('the model of the folders', () => {
  it('lists a package for its base architecture, noarch for every one, debug and sources apart', () => {
    const state = new RpmState(
      [
        rpm('native', '1-1'),
        rpm('data', '1-1', { architecture: 'noarch' }),
        rpm('native-debuginfo', '1-1', { component: 'debug' }),
        srpm('native', '1-1'),
        rpm('old', '1-1', { architecture: 'i586' }),
      ],
      ['x86_64', 'i386'],
    );
    expect(show(state)).toEqual({
      x86_64: ['data-1-1.noarch', 'native-1-1.x86_64'],
      'x86_64/debug': ['native-debuginfo-1-1.x86_64'],
      i386: ['data-1-1.noarch', 'old-1-1.i586'],
      'i386/debug': [],
      source: ['native-1-1.source'],
    });
  });

  it('lets a former source go with its last package, also where the newer one has none', () => {
    const state = new RpmState(
      [...hello('1-1', ['hello', 'x86_64'], ['hello', 'aarch64']), srpm('hello', '1-1'), srpm('other', '1-1')],
      BOTH,
    );
    const { superseded } = state.addAll(hello('2-1', ['hello', 'x86_64']));
    expect(names(superseded)).toEqual(['hello-1-1.x86_64']);
    expect(show(state)['source']).toEqual(['hello-1-1.source', 'other-1-1.source']);
    expect(names(state.addAll(hello('2-1', ['hello', 'aarch64'])).superseded)).toEqual([
      'hello-1-1.aarch64',
      'hello-1-1.source',
    ]);
    expect(show(state)['source']).toEqual(['other-1-1.source']);
  });

  it('lets all of a former source version go, subpackages that are no more among them', () => {
    const state = new RpmState(
      [...hello('1-1', ['hello', 'x86_64'], ['hello-gone', 'x86_64'], ['hello-doc', 'noarch']), srpm('hello', '1-1')],
      ['x86_64'],
    );
    const added = [...hello('2-1', ['hello', 'x86_64'], ['hello-doc', 'noarch']), srpm('hello', '2-1')];
    const { replaced, superseded } = state.addAll(added);
    expect(names(superseded)).toEqual([
      'hello-1-1.source',
      'hello-1-1.x86_64',
      'hello-doc-1-1.noarch',
      'hello-gone-1-1.x86_64',
    ]);
    expect([...replaced].map(([each, former]) => [each.name, each.kind, names(former)])).toEqual([
      ['hello', 'binary', ['hello-1-1.x86_64']],
      ['hello-doc', 'binary', ['hello-doc-1-1.noarch']],
      ['hello', 'source', ['hello-1-1.source']],
    ]);
    expect(show(state)).toEqual({
      x86_64: ['hello-2-1.x86_64', 'hello-doc-2-1.noarch'],
      'x86_64/debug': [],
      source: ['hello-2-1.source'],
    });
  });

  it('leaves the former version whole where the newer one was not built yet', () => {
    const parts = (version: string, architecture: string) =>
      hello(version, ['hello', architecture], ['hello-libs', architecture]);
    const doc = (version: string) => hello(version, ['hello-doc', 'noarch']);
    const state = new RpmState([...parts('1-1', 'x86_64'), ...parts('1-1', 'aarch64'), ...doc('1-1')], BOTH);
    const { superseded } = state.addAll([...parts('2-1', 'x86_64'), ...doc('2-1')]);
    expect(names(superseded)).toEqual(['hello-1-1.x86_64', 'hello-libs-1-1.x86_64']);
    expect(show(state)).toMatchObject({
      x86_64: ['hello-2-1.x86_64', 'hello-doc-2-1.noarch', 'hello-libs-2-1.x86_64'],
      aarch64: ['hello-1-1.aarch64', 'hello-doc-1-1.noarch', 'hello-libs-1-1.aarch64'],
    });
    // This survives being written and read.
    const packages = state.packages();
    expect(packages.filter(({ name }) => name === 'hello-doc').map((each) => [each.version, each.listedIn])).toEqual([
      ['1-1', ['aarch64']],
      ['2-1', ['x86_64']],
    ]);
    const again = new RpmState(packages, BOTH);
    expect(show(again)).toEqual(show(state));
    expect(again.packages()).toEqual(packages);

    // Its own build comes, without the noarch package that is there already.
    expect(names(again.addAll(parts('2-1', 'aarch64')).superseded)).toEqual([
      'hello-1-1.aarch64',
      'hello-doc-1-1.noarch',
      'hello-libs-1-1.aarch64',
    ]);
    expect(show(again)).toMatchObject({
      aarch64: ['hello-2-1.aarch64', 'hello-doc-2-1.noarch', 'hello-libs-2-1.aarch64'],
    });
    expect(again.packages().every(({ listedIn }) => listedIn === undefined)).toBe(true);
  });

  it('takes a source that is noarch from now on for complete everywhere', () => {
    const state = new RpmState(
      [...hello('1-1', ['hello', 'x86_64'], ['hello-libs', 'x86_64']), ...hello('1-1', ['hello', 'aarch64'])],
      BOTH,
    );
    state.addAll(hello('2-1', ['hello', 'noarch']));
    expect(show(state)).toMatchObject({ x86_64: ['hello-2-1.noarch'], aarch64: ['hello-2-1.noarch'] });
  });

  it('replaces by name what moved to another source package', () => {
    const state = new RpmState([rpm('tool', '1-1', { source: 'old' }), rpm('old', '1-1')], ['x86_64']);
    const { replaced, superseded } = state.addAll([rpm('tool', '2-1', { source: 'new' })]);
    expect(names(superseded)).toEqual(['tool-1-1.x86_64']);
    expect([...replaced.values()].map(names)).toEqual([['tool-1-1.x86_64']]);
    expect(show(state)['x86_64']).toEqual(['old-1-1.x86_64', 'tool-2-1.x86_64']);
  });

  it('gives a further architecture the newest noarch packages', () => {
    const state = new RpmState(
      [
        rpm('native', '1-1'),
        rpm('data', '1-1', { architecture: 'noarch', listedIn: ['aarch64'] }),
        rpm('data', '1:1-1', { architecture: 'noarch', listedIn: ['x86_64'] }),
      ],
      BOTH,
    ).extendedTo([...BOTH, 's390x']);
    expect(show(state)).toMatchObject({ s390x: ['data-1:1-1.noarch'], aarch64: ['data-1-1.noarch'] });
  });

  it('gives its packages in one order, whatever they came in', () => {
    const all = [rpm('b', '1-1'), rpm('a', '1-1'), srpm('a', '1-1'), rpm('a', '1-1', { architecture: 'aarch64' })];
    const there = new RpmState(all, BOTH).packages();
    expect(new RpmState(all.toReversed(), BOTH).packages()).toEqual(there);
    expect(there.map(({ kind, name, architecture }) => `${kind} ${name} ${architecture}`)).toEqual([
      'binary a aarch64',
      'binary a x86_64',
      'binary b x86_64',
      'source a source',
    ]);
  });
});
