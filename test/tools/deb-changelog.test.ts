/** Changelogs of the packages that are installed here, against dpkg-parsechangelog. */
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { formatEntry, type ParsedEntry, parseChangelog, parseFirstEntry } from '../../src/deb/changelog.ts';
import { parseControl } from '../../src/deb/control.ts';
import { UserError } from '../../src/errors.ts';
import { run } from '../../src/process.ts';

const LIMIT = 160;

/** Changelogs of distinct sources, newest format and old: every n-th of what /usr/share/doc has. */
async function installedChangelogs(): Promise<{ name: string; text: string }[]> {
  const found = new Map<string, { name: string; text: string }>();
  for (const folder of (await readdir('/usr/share/doc')).sort()) {
    for (const file of ['changelog.Debian.gz', 'changelog.gz']) {
      const name = `/usr/share/doc/${folder}/${file}`;
      const raw = await readFile(name).catch(() => undefined);
      if (raw === undefined) continue;
      const text = (await promisify(gunzip)(raw)).toString('utf8');
      // changelog.gz is the Debian one for native packages only; upstream's looks otherwise.
      if (/^[a-z0-9][a-z0-9+.-]+ \(.+\) .+; urgency=/.test(text)) found.set(text.slice(0, 200), { name, text });
    }
  }
  const all = [...found.values()];
  const step = Math.max(1, Math.floor(all.length / LIMIT));
  return all.filter((_, index) => index % step === 0).slice(0, LIMIT);
}

/** What dpkg-parsechangelog prints of an entry, in our terms. */
function fields(entry: ParsedEntry): Record<string, string> {
  return {
    Source: entry.source,
    Version: entry.version,
    Distribution: entry.distributions.join(' '),
    Urgency: entry.urgency ?? '',
    Maintainer: `${entry.maintainer.name} <${entry.maintainer.email}>`,
    Timestamp: String(entry.timestamp),
    Date: entry.date,
  };
}

describe('installed changelogs', () => {
  test('read as dpkg-parsechangelog reads them, entry by entry', { timeout: 600_000 }, async () => {
    const changelogs = await installedChangelogs();
    expect(changelogs.length).toBeGreaterThan(20);
    const counts = { files: 0, entries: 0, refused: 0 };
    for (const { name, text } of changelogs) {
      const { stdout, stderr } = await run(['dpkg-parsechangelog', '--all', '--format', 'rfc822', '-l', '-'], {
        input: text,
        captureBytes: 64 * 1024 * 1024,
      });
      const expected = parseControl(stdout, { file: name });
      const first = parseFirstEntry(text, name);
      expect(first.version, name).toBe(expected[0]?.get('Version'));
      if (stderr.includes('warning')) {
        // Where dpkg warns we refuse the whole file; the newest entry is read all the same.
        expect(() => parseChangelog(text, name), `${name}: ${stderr}`).toThrow(UserError);
        counts.refused++;
        continue;
      }
      const entries = parseChangelog(text, name);
      expect(entries.map(fields), name).toEqual(
        expected.map((paragraph) =>
          Object.fromEntries(Object.keys(fields(first)).map((field) => [field, paragraph.get(field)])),
        ),
      );
      for (const [index, entry] of entries.entries()) {
        // `Changes` is an empty line, the heading, a blank line, the changes. Blank lines in them are kept.
        const lines = (expected[index]?.get('Changes') ?? '').split('\n').slice(2);
        while (lines[0] === '') lines.shift();
        expect(entry.changes, `${name} ${entry.version}`).toEqual(lines);
        expect(parseFirstEntry(formatEntry(entry), name)).toEqual({ ...entry, line: 1 });
      }
      counts.files++;
      counts.entries += entries.length;
    }
    expect(counts.files).toBeGreaterThan(10);
    expect(counts.entries).toBeGreaterThan(100);
  });

  test('what formatEntry writes, dpkg-parsechangelog reads without a warning', async () => {
    const text = formatEntry({
      source: 'hello',
      version: '1:2.10-3~cr1.2',
      distributions: ['bookworm', 'trixie'],
      urgency: 'high',
      options: { 'binary-only': 'yes' },
      changes: ['  [ A. Person ]', '  * First.', '', '  * Second, é.', '    . deeper'],
      maintainer: { name: 'Zoë "Z" O\'Neil, Jr.', email: 'zoe@example.org' },
      date: 'Thu, 01 Jan 1970 00:00:01 +0000',
    });
    const { stdout, stderr } = await run(['dpkg-parsechangelog', '-l', '-'], { input: text });
    expect(stderr).toBe('');
    const [paragraph] = parseControl(stdout);
    expect(paragraph?.get('version')).toBe('1:2.10-3~cr1.2');
    expect(paragraph?.get('timestamp')).toBe('1');
    expect(paragraph?.get('binary-only')).toBe('yes');
    expect(paragraph?.get('maintainer')).toBe('Zoë "Z" O\'Neil, Jr. <zoe@example.org>');
  });
});
