import { describe, expect, test } from 'vitest';
import {
  type ChangelogEntry,
  formatChange,
  formatEntry,
  parseChangelog,
  parseFirstEntry,
} from '../../../src/deb/changelog.ts';
import { formatDate, parseDate } from '../../../src/deb/date.ts';
import { UserError } from '../../../src/errors.ts';

const ENTRY = `hello (2.10-3) bookworm trixie; urgency=LOW (high for all), binary-only=yes

  * First.

  [ A. Person ]
  * Second: Closes: #1
    -- not a trailer

 -- Zoë Person <zoe@example.org>  Tue, 02 Jan 2024 03:04:05 +0130
`;

test('parseChangelog reads all of an entry', () => {
  expect(parseChangelog(`\n${ENTRY}`)).toEqual([
    {
      source: 'hello',
      version: '2.10-3',
      distributions: ['bookworm', 'trixie'],
      urgency: 'low',
      options: { 'binary-only': 'yes' },
      changes: ['  * First.', '', '  [ A. Person ]', '  * Second: Closes: #1', '    -- not a trailer'],
      maintainer: { name: 'Zoë Person', email: 'zoe@example.org' },
      date: 'Tue, 02 Jan 2024 03:04:05 +0130',
      timestamp: Date.UTC(2024, 0, 2, 1, 34, 5) / 1000,
      line: 2,
    },
  ]);
});

test('parseChangelog reads entry after entry, and stops at editor settings and old formats', () => {
  const second = ENTRY.replace('2.10-3', '2.10-2');
  const tails = [
    '',
    'Local variables:\nmode: x\n',
    'vim: et\n',
    'Old Changelog:\nanything\n',
    'gmp (1.3.2-2) - dcs\nx\n',
  ];
  for (const tail of tails) {
    expect(
      parseChangelog(`# comment\n${ENTRY}\n\n${second}\n/* c */\n$Id: x $\n${tail}`).map((e) => e.version),
    ).toEqual(['2.10-3', '2.10-2']);
  }
});

test('parseFirstEntry does not look further than the first trailer', () => {
  expect(parseFirstEntry(`${ENTRY}\nbroken (\n`).version).toBe('2.10-3');
  expect(() => parseChangelog(`${ENTRY}\nbroken (\n`, 'debian/changelog')).toThrow(
    /^debian\/changelog:11: not a heading of an entry/,
  );
});

describe('refused, with file and line', () => {
  const trailer = ' -- A B <a@b>  Tue, 02 Jan 2024 03:04:05 +0000\n';
  const entry = (heading: string) => `${heading}\n\n  * X.\n\n${trailer}`;
  test.each([
    ['nothing', '', /c: the changelog has no entry/],
    ['no trailer', 'a (1) b; urgency=low\n\n  * X.\n', /c:1: an entry that does not end/],
    [
      'the next entry before the trailer',
      `${'a (1) b; urgency=low\n\n  * X.\n\n'}${ENTRY}`,
      /c:1: an entry that does not/,
    ],
    ['no changes', `a (1) b; urgency=low\n\n${trailer}`, /c:3: an entry without changes/],
    ['no heading', `  * X.\n${trailer}`, /c:1: a change outside an entry/],
    ['a trailer alone', trailer, /c:1: a trailer without an entry/],
    ['no semicolon', entry('aa (1) b urgency=low'), /c:1: not a heading/],
    ['no distribution', entry('aa (1); urgency=low'), /c:1: not a heading/],
    ['no version', entry('aa b; urgency=low'), /c:1: not a heading/],
    ['an illegal version', entry('aa (1_2) b; urgency=low'), /c:1: not a legal Debian version/],
    ['a version with a command', entry('aa ($(touch)) b; urgency=low'), /c:1: not a heading/],
    ['a path for a name', entry('../aa (1) b; urgency=low'), /c:1: not a heading/],
    ['an item without a value', entry('aa (1) b; urgency'), /c:1: not an item of a heading/],
    ['an item twice', entry('aa (1) b; urgency=low, Urgency=low'), /c:1: an item that occurs twice/],
    ['an unknown item', entry('aa (1) b; urgent=yes'), /c:1: an item that dpkg does not know/],
    ['a line at the margin', `a (1) b; urgency=low\n\n  * X.\n* Y.\n${trailer}`, /c:4: a line that is no change/],
    ['one blank', `a (1) b; urgency=low\n\n * X.\n${trailer}`, /c:3: a line that is no change/],
    ['one blank before the date', ENTRY.replace('>  Tue', '> Tue'), /c:9: not a trailer/],
    ['no address', ENTRY.replace('<zoe@example.org>', ''), /c:9: not a trailer/],
    ['a month in another language', ENTRY.replace('Jan', 'Mai'), /c:9: not a date/],
    ['a day that is none', ENTRY.replace('02 Jan', '31 Feb'), /c:9: not a date/],
    ['a weekday that is none', ENTRY.replace('Tue', 'Die'), /c:9: not a date/],
    ['an hour that is none', ENTRY.replace('03:04', '24:04'), /c:9: not a date/],
  ])('%s', (_, text, message) => {
    expect(() => parseChangelog(text, 'c')).toThrow(UserError);
    expect(() => parseChangelog(text, 'c')).toThrow(message);
    expect(() => parseFirstEntry(text, 'c')).toThrow(message);
  });
});

describe('formatEntry', () => {
  const entry: ChangelogEntry = {
    source: 'hello',
    version: '1:2.10-3',
    distributions: ['bookworm'],
    urgency: 'medium',
    options: {},
    changes: ['  * One.', '', '  * Two.'],
    maintainer: { name: 'A B', email: 'a@b.example' },
    date: formatDate(1_704_164_645),
  };

  test('writes what reads back', () => {
    expect(formatEntry(entry)).toBe(
      'hello (1:2.10-3) bookworm; urgency=medium\n\n  * One.\n\n  * Two.\n\n -- A B <a@b.example>  Tue, 02 Jan 2024 03:04:05 +0000\n',
    );
    expect(parseFirstEntry(formatEntry(entry))).toEqual({ ...entry, timestamp: 1_704_164_645, line: 1 });
  });

  const trailer = ' -- E <e@e>  Tue, 02 Jan 2024 03:04:05 +0000';
  test.each<[string, Partial<ChangelogEntry>]>([
    ['a change that is a trailer', { changes: ['  * x', trailer, 'evil (9) sid; urgency=low', '', '  * y'] }],
    ['a change with a newline', { changes: [`  * x\n${trailer}`] }],
    ['a change without blanks', { changes: ['* x'] }],
    ['no change', { changes: [] }],
    ['a blank line at the end', { changes: ['  * x', ''] }],
    ['a name with an address', { maintainer: { name: 'A <x@y>', email: 'a@b' } }],
    ['a name with a newline', { maintainer: { name: 'A\n -- B', email: 'a@b' } }],
    ['an address with a bracket', { maintainer: { name: 'A', email: 'a@b>  x <' } }],
    ['a distribution with a semicolon', { distributions: ['sid; x=y'] }],
    ['no distribution', { distributions: [] }],
    ['an illegal version', { version: '1.0) sid; urgency=low' }],
    ['a date that is none', { date: 'today' }],
  ])('refuses %s', (_, change) => {
    expect(() => formatEntry({ ...entry, ...change })).toThrow(UserError);
  });
});

test('formatChange wraps, and tames a hostile subject', () => {
  expect(formatChange('Fix  it')).toEqual(['  * Fix it']);
  expect(formatChange('aaa bbb ccc ddd', 14)).toEqual(['  * aaa bbb', '    ccc ddd']);
  expect(formatChange('x'.repeat(100))).toEqual([`  * ${'x'.repeat(100)}`]);
  expect(formatChange('a\n -- E <e@e>  Tue\u0007\u001b[0m')).toEqual(['  * a -- E <e@e> Tue [0m']);
  expect(formatChange(' \n')).toEqual([]);
});

describe('dates', () => {
  test('are written in UTC and read back', () => {
    expect(formatDate(0)).toBe('Thu, 01 Jan 1970 00:00:00 +0000');
    for (const seconds of [0, 1, 951_782_400, 1_709_164_800, 4_102_444_799]) {
      expect(parseDate(formatDate(seconds), 'x')).toBe(seconds);
    }
  });
  test.each([
    ['2 Jan 2024 03:04:05 -0100', Date.UTC(2024, 0, 2, 4, 4, 5)],
    ['Tue,  2 Jan 2024 3:04:05 +0000', Date.UTC(2024, 0, 2, 3, 4, 5)],
    ['Tue, 02 Jan 2024 03:04:05 UTC', Date.UTC(2024, 0, 2, 3, 4, 5)],
    ['Thu, 29 Feb 2024 00:00:00 +0000', Date.UTC(2024, 1, 29)],
  ])('reads %s', (text, milliseconds) => expect(parseDate(text, 'x')).toBe(milliseconds / 1000));
  test.each(['', '2024-01-02', 'Tue, 02 Jan 24 03:04:05 +0000', '29 Feb 2023 00:00:00 +0000', '1 Jan 2024 00:00:00'])(
    'refuses %j',
    (text) => expect(() => parseDate(text, 'here')).toThrow(/^here: not a date/),
  );
});
