import { describe, expect, it } from 'vitest';
import { applyTo } from '../../../src/repository/deb/apply.ts';
import { areaOf, DebState, type IndexKey, indexFolder } from '../../../src/repository/deb/state.ts';
import { binary, SETTINGS, snapshot, source } from './fixtures.ts';

const MAIN = (architecture: string): IndexKey => ({ component: 'main', area: 'binary', architecture });
const show = (state: DebState, key: IndexKey) =>
  [...state.index(key)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, list]) => list.map((each) => `${name} ${each.version}`));

describe('the model of the indexes', () => {
  it('lists a package in the index of its architecture, one for all in every one', () => {
    const state = new DebState(
      [binary('native', '1'), binary('data', '1', { architecture: 'all' }), source('native', '1')],
      ['amd64', 'arm64'],
    );
    expect(show(state, MAIN('amd64'))).toEqual(['data 1', 'native 1']);
    expect(show(state, MAIN('arm64'))).toEqual(['data 1']);
    expect(show(state, { component: 'main', area: 'source', architecture: 'source' })).toEqual(['native 1']);
    expect(show(state, MAIN('riscv64'))).toEqual([]);
  });

  it('replaces by name, where the architectures meet', () => {
    const old = binary('data', '1', { architecture: 'all' });
    const state = new DebState([old], ['amd64', 'arm64']);
    const { newer, older } = state.add(binary('data', '2'));
    expect([newer.size, [...older]]).toEqual([0, [old]]);
    expect(show(state, MAIN('amd64'))).toEqual(['data 2', 'data 1']);
    expect([...state.retain(1)]).toEqual([old]);
    expect(show(state, MAIN('amd64'))).toEqual(['data 2']);
    expect(show(state, MAIN('arm64'))).toEqual(['data 1']);
    // The older one is listed where it still is, and this survives being written and read.
    const packages = state.packages();
    expect(packages.map((each) => [each.version, each.listedIn])).toEqual([
      ['1', ['arm64']],
      ['2', undefined],
    ]);
    const again = new DebState(packages, ['amd64', 'arm64']);
    expect(show(again, MAIN('amd64'))).toEqual(['data 2']);
    expect(show(again, MAIN('arm64'))).toEqual(['data 1']);
    expect(again.packages()).toEqual(packages);
  });

  it('takes a package out of the component that it leaves', () => {
    const head = snapshot([binary('data', '1', { architecture: 'all' })]);
    const added = binary('data', '2', { architecture: 'all', component: 'contrib' });
    const { state, replaced, removed } = applyTo(head, SETTINGS, [added]);
    expect(replaced.map(({ length }) => length)).toEqual([1]);
    expect(removed.map(({ key, name }) => `${name} ${indexFolder(key)}`)).toEqual([
      'data main/binary-amd64',
      'data main/binary-arm64',
    ]);
    expect(state.packages().map((each) => `${each.component} ${each.version}`)).toEqual(['contrib 2']);
  });

  it('keeps udebs and debs of one name apart', () => {
    const state = new DebState([binary('same', '1')], ['amd64']);
    expect(state.add(binary('same', '2', { type: 'udeb' })).older.size).toBe(0);
    expect(state.indexes.map(({ key }) => indexFolder(key))).toEqual([
      'main/binary-amd64',
      'main/debian-installer/binary-amd64',
    ]);
    expect([areaOf('ddeb'), areaOf('udeb'), areaOf('dsc')]).toEqual(['binary', 'installer', 'source']);
  });

  it('fills a further architecture with the newest packages for all', () => {
    const state = new DebState(
      [
        binary('native', '1'),
        binary('data', '1', { architecture: 'all', listedIn: ['amd64'] }),
        binary('data', '2', { architecture: 'all', listedIn: ['arm64'] }),
      ],
      ['amd64', 'arm64', 'riscv64'],
    );
    state.flood('riscv64');
    expect(show(state, MAIN('riscv64'))).toEqual(['data 2']);
    expect(show(state, MAIN('amd64'))).toEqual(['data 1', 'native 1']);
  });

  it('gives its packages in one order, whatever they came in', () => {
    const all = [binary('b', '1'), binary('a', '1'), source('a', '1'), binary('c', '1', { component: 'contrib' })];
    const there = new DebState(all, ['amd64', 'arm64']).packages();
    const back = new DebState(all.toReversed(), ['amd64', 'arm64']).packages();
    expect(there).toEqual(back);
  });
});
