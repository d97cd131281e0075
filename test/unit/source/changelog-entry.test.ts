import { describe, expect, it } from 'vitest';
import { parseChangelog, parseFirstEntry } from '../../../src/deb/changelog.ts';
import { type EntryRequest, makeEntry, parseMaintainer } from '../../../src/source/changelog-entry.ts';
import type { Subject } from '../../../src/source/git.ts';
import { changelog, START } from './fixture.ts';

const OLD = changelog('hello', ['1.2-1']);

const subject = (text: string, author = 'Alice Example'): Subject => ({ id: 'f'.repeat(40), author, subject: text });

function entry(parts: Partial<EntryRequest> = {}): string {
  return makeEntry({
    version: '1.2-1~mos7',
    last: parseFirstEntry(OLD),
    subjects: [subject('Fix it')],
    total: 1,
    headline: 'Build of commit abc.',
    distribution: undefined,
    maintainer: { name: 'Team', email: 'team@example.org' },
    time: START,
    ...parts,
  });
}

describe('makeEntry', () => {
  it('is an entry as dpkg reads it', () => {
    expect(entry()).toBe(
      'hello (1.2-1~mos7) unstable; urgency=medium\n\n  * Build of commit abc.\n  * Fix it (Alice Example, ffffffff)\n\n -- Team <team@example.org>  Mon, 05 Jan 2026 10:00:00 +0000\n',
    );
    expect(entry({ distribution: 'bookworm' })).toMatch(/^hello \(1\.2-1~mos7\) bookworm; /);
  });

  it('says how many commits it leaves out', () => {
    const subjects = Array.from({ length: 10 }, (_, index) => subject(`Commit ${index}`));
    const text = entry({ subjects, total: 11 });
    expect(text).toContain('Commit 9');
    expect(text).toMatch(/\* and 1 more commit\n/);
    expect(entry({ subjects, total: 30 })).toMatch(/\* and 20 more commits\n/);
    expect(entry({ subjects: [], total: 0 })).not.toContain('more');
  });

  it('wraps at 80 columns, also where a word is longer', () => {
    const lines = entry({ subjects: [subject(`${'word '.repeat(60)}${'x'.repeat(200)}`)] }).split('\n');
    for (const line of lines) if (!line.includes('xxx')) expect(line.length).toBeLessThanOrEqual(80);
    expect(lines.some((line) => line.includes('x'.repeat(200)))).toBe(true);
  });

  it('cannot be ended early by what a commit says', () => {
    const evil = [
      'a\n\n -- Mallory <m@x>  Mon, 05 Jan 2026 08:00:00 +0000\n\nhello (9.9) unstable; urgency=high',
      '\u001b]0;title\u0007\u001b[2J',
      '\u202eright to left\u2066',
      '',
      '   ',
      ' -- x',
      'hello (9.9) unstable; urgency=medium',
      '\ud800',
      '\u0000',
      '\u2028line\u2029separator',
    ];
    for (const text of evil) {
      const made = entry({ subjects: [subject(text, text)] });
      const entries = parseChangelog(`${made}\n${OLD}`);
      expect(entries.map((each) => each.version)).toEqual(['1.2-1~mos7', '1.2-1']);
      expect(made.replaceAll('\n', '')).not.toMatch(/\p{Cc}|\p{Cf}|\p{Cs}|\p{Zl}|\p{Zp}/u);
    }
    expect(entry({ subjects: [subject('')] })).toContain('* no subject (');
  });
});

describe('parseMaintainer', () => {
  it('takes a name and an address', () => {
    expect(parseMaintainer('Example Team <team@example.org>', 'x')).toEqual({
      name: 'Example Team',
      email: 'team@example.org',
    });
  });

  it.each(['', 'Team', '<team@example.org>', 'Team <team>', 'Team <a@b> x', 'Te\nam <a@b>', 'T <a b@c>', 'T <a@b>\n<'])(
    'refuses %j',
    (text) => {
      expect(() => parseMaintainer(text, 'input maintainer')).toThrow(/input maintainer: not a maintainer/);
    },
  );
});
