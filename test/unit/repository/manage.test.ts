import { describe, expect, test } from 'vitest';
import type { ChannelEntry, HistoryEntry } from '../../../src/repository/history.ts';
import { beginningOf, findSnapshot, formerOf, servedUntil } from '../../../src/repository/manage/channels.ts';
import { differenceOf, isLoss } from '../../../src/repository/manage/difference.ts';
import { keepers } from '../../../src/repository/manage/prune.ts';
import { binary, rpm, rpmSnapshot, snapshot, source } from './fixtures.ts';

const at = (day: number) => new Date(Date.UTC(2026, 0, day));
const idOf = (day: number) => `202601${String(day).padStart(2, '0')}T000000Z-000000`;
const [A, B, C, D, E] = [1, 2, 3, 4, 5].map(idOf) as [string, string, string, string, string];

function entry(
  day: number,
  action: ChannelEntry['action'],
  former: string | null,
  id: string | null,
  more: Partial<ChannelEntry> = {},
): ChannelEntry {
  return { at: at(day).toISOString(), action, channel: 'latest', id, former, ...more };
}
const published = [entry(1, 'publish', null, A), entry(2, 'publish', A, B), entry(3, 'publish', B, C)];

describe('what a channel can go back to', () => {
  test('is what it pointed to before, the latest last', () => {
    expect(formerOf(published, 'latest', C)).toEqual([A, B]);
    expect(formerOf(published, 'other', C)).toEqual([]);
  });

  test('a rollback takes what it went back from with it', () => {
    const back = [...published, entry(4, 'rollback', C, B)];
    expect(formerOf(back, 'latest', B)).toEqual([A]);
    const twice = [...back, entry(5, 'rollback', B, A)];
    expect(formerOf(twice, 'latest', A)).toEqual([]);
    expect(formerOf([...back, entry(5, 'publish', B, D)], 'latest', D)).toEqual([A, B]);
  });

  test('a former state with a new date takes the place of that one', () => {
    const back = [...published, entry(4, 'rollback', C, D, { copyOf: A })];
    expect(formerOf(back, 'latest', D)).toEqual([]);
    const other = [...published, entry(4, 'rollback', C, D, { copyOf: B })];
    expect(formerOf(other, 'latest', D)).toEqual([A]);
  });

  test('a state that it did not have before is one more', () => {
    expect(formerOf([...published, entry(4, 'rollback', C, E)], 'latest', E)).toEqual([A, B, C]);
  });

  test('a link that was moved by hand counts as it is', () => {
    expect(formerOf(published, 'latest', D)).toEqual([A, B, C]);
    expect(formerOf(published, 'latest', B)).toEqual([A, C]);
  });

  test('each state once, and never the present one', () => {
    const forth = [...published, entry(4, 'promote', C, A), entry(5, 'promote', A, B)];
    expect(formerOf(forth, 'latest', B)).toEqual([A, C]);
  });

  test('a channel that was removed begins anew', () => {
    const history = [...published, entry(4, 'remove', C, null), entry(5, 'promote', null, D)];
    expect(formerOf(history, 'latest', D)).toEqual([]);
    expect(beginningOf(history, 'latest', D)).toBeNull();
  });

  test('a history that begins later knows what was there before its first line', () => {
    const history = published.slice(1);
    expect(formerOf(history, 'latest', C)).toEqual([A, B]);
    expect(beginningOf(history, 'latest', C)).toBe(A);
    expect(beginningOf([], 'latest', C)).toBe(C);
  });
});

describe('prune keeps', () => {
  const states = [1, 2, 3, 4, 5].map((day) =>
    snapshot([], { id: idOf(day), createdAt: at(day).toISOString(), parent: day === 1 ? null : idOf(day - 1) }),
  );
  const history: HistoryEntry[] = [
    entry(1, 'publish', null, A),
    entry(2, 'publish', A, B),
    entry(3, 'publish', B, C),
    entry(4, 'publish', C, D),
    entry(5, 'publish', D, E),
  ];
  const channels = new Map([['latest', E]]);
  const kept = (keep: number, days: number, now: Date, lines = history, links = channels) =>
    [...keepers(states, links, lines, { keep, keepSeconds: days * 86_400 }, now).keys()].sort();

  test('what channels point to, whatever is asked for', () => {
    expect(kept(1, 0, at(100))).toEqual([E]);
    expect(kept(1, 0, at(100), history, new Map([...channels, ['stable', B]]))).toEqual([B, E]);
  });

  test('the last states of a channel', () => {
    expect(kept(3, 0, at(100))).toEqual([C, D, E]);
    expect(kept(99, 0, at(100))).toEqual([A, B, C, D, E]);
  });

  test('what a channel left not long ago, and for a day in any case', () => {
    // D was left on the 5th, C on the 4th.
    expect(kept(1, 0, at(6))).toEqual([D, E]);
    expect(kept(1, 0, new Date(at(6).getTime() + 1))).toEqual([E]);
    expect(kept(1, 3, at(7))).toEqual([C, D, E]);
  });

  test('by the snapshots themselves where there is no history', () => {
    expect(kept(3, 0, at(100), [])).toEqual([C, D, E]);
    expect(kept(4, 0, at(100), history.slice(3))).toEqual([B, C, D, E]);
    expect(servedUntil(states, channels, []).get(B)).toBe(at(3).getTime());
  });

  test('none of a channel that was removed for its number', () => {
    const removed = [...history, entry(6, 'remove', E, null)];
    expect(kept(5, 0, at(100), removed, new Map())).toEqual([]);
    expect(kept(5, 0, at(7), removed, new Map())).toEqual([E]);
  });
});

describe('the difference of two snapshots', () => {
  const lines = (from: Parameters<typeof snapshot>[0], to: Parameters<typeof snapshot>[0]) =>
    differenceOf(snapshot(from), snapshot(to)).map(
      ({ change, kind, name, architecture, from: before = '-', to: after = '-' }) =>
        `${change} ${kind === 'source' ? 'source ' : ''}${name} ${architecture} ${before} ${after}`,
    );

  test('goes by dpkg’s order of versions', () => {
    expect(
      lines(
        [binary('a', '1.0~rc1'), binary('b', '1:0.9'), binary('same', '1'), source('a', '1.0-1')],
        [binary('a', '1.0'), binary('b', '2.0'), binary('new', '1'), binary('same', '1'), source('a', '1.0-2')],
      ),
    ).toEqual([
      'upgraded a amd64 1.0~rc1 1.0',
      'upgraded source a source 1.0-1 1.0-2',
      'downgraded b amd64 1:0.9 2.0',
      'added new amd64 - 1',
    ]);
  });

  test('tells what leaves with a newer source from what is lost', () => {
    const part = (name: string, version: string) => binary(name, version, { source: 'hello' });
    expect(lines([part('hello', '1'), part('old', '1'), binary('lost', '1')], [part('hello', '2')])).toEqual([
      'upgraded hello amd64 1 2',
      'removed lost amd64 1 -',
      'withdrawn old amd64 1 -',
    ]);
    // Something of the very source version is left: it was not a newer one that dropped it.
    expect(lines([part('hello', '1'), part('old', '1')], [part('hello', '1')])).toEqual(['removed old amd64 1 -']);
  });

  test('knows packages that move between an architecture and all of them', () => {
    expect(lines([binary('a', '1')], [binary('a', '2', { architecture: 'all' })])).toEqual(['upgraded a all 1 2']);
    expect(lines([binary('a', '2', { architecture: 'all' })], [binary('a', '1')])).toEqual(['downgraded a amd64 2 1']);
    expect(lines([binary('a', '1'), binary('a', '1', { architecture: 'arm64' })], [binary('a', '1')])).toEqual([
      'removed a arm64 1 -',
    ]);
  });

  test('sees other content under the same version', () => {
    const moved = binary('a', '1', { component: 'contrib' });
    expect(lines([binary('a', '1')], [moved])).toEqual(['changed a amd64 1 1']);
  });

  test('of several versions of a package the newest count', () => {
    expect(lines([binary('a', '1'), binary('a', '2')], [binary('a', '2'), binary('a', '3')])).toEqual([
      'upgraded a amd64 2 3',
    ]);
  });

  test('from nothing everything is new', () => {
    expect(differenceOf(undefined, snapshot([binary('a', '1')]))).toMatchObject([{ change: 'added', to: '1' }]);
  });

  test('goes by rpm’s order for rpm', () => {
    const found = differenceOf(
      rpmSnapshot([rpm('a', '1.0-1'), rpm('b', '1:1-1')]),
      rpmSnapshot([rpm('a', '1.0^git1-1'), rpm('b', '2-1')]),
    );
    expect(found).toMatchObject([
      { name: 'a', change: 'upgraded' },
      { name: 'b', change: 'downgraded' },
    ]);
    expect(found.filter(isLoss).map(({ name }) => name)).toEqual(['b']);
  });
});

test('a channel or an id names a snapshot', () => {
  const channels = new Map([['latest', A]]);
  expect(findSnapshot('latest', channels, [A, B], 'x')).toBe(A);
  expect(findSnapshot(B, channels, [A, B], 'x')).toBe(B);
  expect(() => findSnapshot(C, channels, [A, B], 'x')).toThrow(/no such snapshot/);
  expect(() => findSnapshot('__proto__', channels, [A, B], 'x')).toThrow(/no such channel or snapshot/);
});
