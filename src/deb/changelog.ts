/** debian/changelog: deb-changelog(5), Debian Policy 4.4. Where dpkg-parsechangelog warns, this throws. */
import { quote, UserError } from '../errors.ts';
import { withoutTrailingBlanks } from './control.ts';
import { parseDate } from './date.ts';
import { parseVersion } from './version.ts';

export interface ChangelogEntry {
  readonly source: string;
  readonly version: string;
  readonly distributions: readonly string[];
  /** The keyword in lower case (`medium`), without a comment behind it; `undefined` where the heading names none. */
  readonly urgency: string | undefined;
  /** Further `keyword=value` items of the heading, keywords in lower case. */
  readonly options: Readonly<Record<string, string>>;
  /** The lines between heading and trailer with their indentation, without blank ones at both ends. */
  readonly changes: readonly string[];
  readonly maintainer: { readonly name: string; readonly email: string };
  /** As it is written, RFC 5322: `Mon, 02 Jan 2006 15:04:05 +0000`. `formatDate` of date.ts makes one. */
  readonly date: string;
}

export interface ParsedEntry extends ChangelogEntry {
  /** `date` in seconds since the epoch. */
  readonly timestamp: number;
  /** Line of the heading, from 1. */
  readonly line: number;
}

const HEADING = /^(\w[-+0-9a-z.]*) \(([^() \t]+)\)((?:[ \t]+[-+0-9a-z.]+)+);(.*)$/i;
const TRAILER = /^ -- ([^<>]*) <([^<>]*)> {2}(\S.*)$/;
const OPTION = /^([-0-9a-z]+)=\s*(\S.*)$/i;

/** Lines that dpkg skips at the left margin: RCS keywords and comments. */
const SKIPPED = [/^\$\w+:.*\$/, /^# /, /^\/\*.*\*\//];

/** Where dpkg stops reading: editor settings, and entries older than the format (Dpkg::Changelog::Debian). */
const TAIL = [
  /^(?:;;\s*)?Local variables:/i,
  /^vim:/i,
  /^\w+\s+\w+\s+\d{1,2} \d{1,2}:\d{1,2}:\d{1,2}\s+[\w\s]*\d{4}\s+.*[<(].*[)>]/,
  /^\w+\s+\w+\s+\d{1,2},?\s*\d{4}\s+.*[<(].*[)>]/,
  // dpkg takes any line of this start; one that names an urgency is a heading gone wrong, not an old one.
  /^\w[-+0-9a-z.]* \([^() \t]+\)(?!.*urgency=)/i,
  /^[\w.+-]+[- ]\S+ Debian \S+/i,
  /^Changes from version .* to .*:/i,
  /^Changes for [\w.+-]+-[\w.+-]+:?$/i,
  /^Old Changelog:$/i,
  /^(?:\d+:)?\w[\w.+~-]*:?$/,
];

/**
 * Reads every entry, newest first. Editor settings and entries in formats older than deb-changelog(5) end the reading,
 * as in dpkg.
 *
 * @param file named in errors.
 * @throws UserError naming file and line: a bad heading or trailer, an entry that does not end, a stray line, no entry.
 */
export function parseChangelog(text: string, file = 'debian/changelog'): ParsedEntry[] {
  const entries = [...readEntries(text, file)];
  if (entries.length === 0) throw emptyChangelog(file);
  return entries;
}

/**
 * Reads the newest entry only; what follows it is not looked at.
 *
 * @param file named in errors.
 * @throws UserError as `parseChangelog`.
 */
export function parseFirstEntry(text: string, file = 'debian/changelog'): ParsedEntry {
  const { value } = readEntries(text, file).next();
  if (value === undefined) throw emptyChangelog(file);
  return value;
}

function emptyChangelog(file: string): UserError {
  return new UserError({ what: 'the changelog has no entry', where: file, expected: 'an entry (deb-changelog(5))' });
}

type Heading = Pick<ParsedEntry, 'source' | 'version' | 'distributions' | 'urgency' | 'options' | 'line'>;

function* readEntries(text: string, file: string): Generator<ParsedEntry, undefined> {
  let heading: Heading | undefined;
  let changes: string[] = [];
  let entries = 0;
  let number = 0;
  const wrong = (what: string, found: string, expected: string): UserError =>
    new UserError({ what, where: `${file}:${number}`, found: quote(found), expected });
  const unterminated = (): UserError =>
    new UserError({
      what: 'an entry that does not end',
      where: `${file}:${heading?.line}`,
      expected: 'a trailer line " -- Name <email>  date" after its changes',
    });

  for (const raw of text.split('\n')) {
    number++;
    const line = withoutTrailingBlanks(raw);
    if (line === '') {
      if (changes.length > 0) changes.push('');
    } else if (SKIPPED.some((pattern) => pattern.test(line))) {
    } else if (!/^\s/.test(line)) {
      if (heading !== undefined) {
        if (HEADING.test(line) || TAIL.some((pattern) => pattern.test(line))) throw unterminated();
        throw wrong('a line that is no change', line, 'two blanks before a change, or a trailer line');
      }
      // Before the first entry nothing is old: it is a heading or it is wrong.
      if (entries > 0 && !HEADING.test(line) && TAIL.some((pattern) => pattern.test(line))) return undefined;
      heading = { ...parseHeading(line, `${file}:${number}`), line: number };
    } else if (line.startsWith(' --')) {
      const trailer = parseTrailer(line, `${file}:${number}`);
      if (heading === undefined) throw wrong('a trailer without an entry', line, 'a heading line before it');
      if (changes.length === 0) throw wrong('an entry without changes', line, 'a change before the trailer');
      while (changes.at(-1) === '') changes.pop();
      yield { ...heading, changes, ...trailer };
      entries++;
      heading = undefined;
      changes = [];
    } else {
      if (heading === undefined) throw wrong('a change outside an entry', line, 'a heading line before it');
      if (!/^\s\s/.test(line)) throw wrong('a line that is no change', line, 'two blanks before a change');
      changes.push(line);
    }
  }
  if (heading !== undefined) throw unterminated();
  return undefined;
}

function parseHeading(line: string, where: string): Omit<Heading, 'line'> {
  const wrong = (what: string, found: string, expected: string): UserError =>
    new UserError({ what, where, found: quote(found), expected });
  const match = HEADING.exec(line);
  if (match === null) throw wrong('not a heading of an entry', line, 'package (version) distribution; urgency=medium');
  const [, source = '', version = '', distributions = '', items = ''] = match;
  parseVersion(version, where);
  const options = new Map<string, string>();
  for (const item of items.split(',')) {
    // `;` with nothing behind it is an empty list of items.
    if (items.trim() === '') break;
    const [, keyword, value = ''] = OPTION.exec(item.trim()) ?? [];
    if (keyword === undefined) throw wrong('not an item of a heading', item.trim(), 'keyword=value');
    const key = keyword.toLowerCase();
    if (options.has(key)) throw wrong('an item that occurs twice in its heading', key, 'each keyword once');
    if (key === 'binary-only' ? value !== 'yes' : key !== 'urgency' && !/^x[bcs]+-/.test(key)) {
      throw wrong('an item that dpkg does not know', item.trim(), 'urgency=..., binary-only=yes or an X- keyword');
    }
    options.set(key, value);
  }
  const urgency = options.get('urgency');
  if (urgency !== undefined && !/^[-0-9a-z]+(?:\s.*)?$/i.test(urgency)) {
    throw wrong('not an urgency', urgency, 'low, medium, high, emergency or critical');
  }
  options.delete('urgency');
  return {
    source,
    version,
    distributions: distributions.trim().split(/\s+/),
    urgency: urgency?.split(/\s/)[0]?.toLowerCase(),
    options: Object.fromEntries(options),
  };
}

function parseTrailer(line: string, where: string): Pick<ParsedEntry, 'maintainer' | 'date' | 'timestamp'> {
  const [, name = '', email = '', date = ''] = TRAILER.exec(line) ?? [];
  if (date === '') {
    throw new UserError({
      what: 'not a trailer of an entry',
      where,
      found: quote(line),
      expected: '" -- Name <email>  date", two blanks before the date',
    });
  }
  return { maintainer: { name, email }, date, timestamp: parseDate(date, where) };
}

/**
 * Writes an entry with its final newline. What it returns reads back as `entry`: anything in a name, an address or a
 * change that would break out of its place is refused.
 *
 * @throws UserError naming what cannot be written.
 */
export function formatEntry(entry: ChangelogEntry): string {
  const items = [
    ...(entry.urgency === undefined ? [] : [`urgency=${entry.urgency}`]),
    ...Object.entries(entry.options).map(([key, value]) => `${key}=${value}`),
  ];
  const heading = `${entry.source} (${entry.version}) ${entry.distributions.join(' ')}; ${items.join(', ')}`.trimEnd();
  const { name, email } = entry.maintainer;
  const text = `${heading}\n\n${entry.changes.join('\n')}\n\n -- ${name} <${email}>  ${entry.date}\n`;
  const where = 'changelog entry to write';
  const read = parseFirstEntry(text, where);
  const same =
    read.source === entry.source &&
    read.distributions.join(' ') === entry.distributions.join(' ') &&
    JSON.stringify(read.changes) === JSON.stringify(entry.changes) &&
    read.maintainer.name === name &&
    read.maintainer.email === email &&
    text.split('\n').length === entry.changes.length + 5;
  if (!same) {
    throw new UserError({
      what: 'an entry that cannot be written as it is',
      where,
      found: quote({ source: entry.source, distributions: entry.distributions, maintainer: entry.maintainer }),
      expected: 'names on one line, and changes that start with two blanks and neither start nor end blank',
    });
  }
  return text;
}

/**
 * A change as lines for `changes`: `  * text`, wrapped at `width` columns. Blanks and control characters of `text`
 * (a commit's subject, which is hostile) become single blanks.
 */
export function formatChange(text: string, width = 80): string[] {
  const lines: string[] = [];
  let line = '  *';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  for (const word of text.split(/[\s\u0000-\u001f\u007f-\u009f]+/u)) {
    if (word === '') continue;
    if (line.length + 1 + word.length > width && line.trim() !== '*') {
      lines.push(line);
      line = `    ${word}`;
    } else {
      line += ` ${word}`;
    }
  }
  if (line !== '  *') lines.push(line);
  return lines;
}
