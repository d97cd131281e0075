/**
 * Control files of Debian: deb822(5). debian/control, .dsc, .changes, .buildinfo, Release.
 * Packages and Sources indexes are read by packages-index.ts, which is made for their size.
 */
import { quote, UserError } from '../errors.ts';
import { isPlainFileName } from './file-name.ts';

interface Field {
  /** As it was written. */
  readonly name: string;
  readonly value: string;
  /** Line where it starts, from 1; 0 for one that was set, not read. */
  readonly line: number;
}

/**
 * One paragraph: fields in their order, found by name in any case.
 *
 * A value is what the field means: lines joined by `\n`, the leading blank of a continuation line and the dot of an
 * empty one removed, as Dpkg::Control gives it. A multi-line field such as `Files` starts with an empty line.
 */
export class Paragraph implements Iterable<readonly [name: string, value: string]> {
  /** Line of its first field, from 1. */
  readonly line: number;
  readonly #fields = new Map<string, Field>();

  constructor(fields: Iterable<readonly [name: string, value: string]> = [], line = 0) {
    this.line = line;
    for (const [name, value] of fields) this.set(name, value);
  }

  get(name: string): string | undefined {
    return this.#fields.get(name.toLowerCase())?.value;
  }

  has(name: string): boolean {
    return this.#fields.has(name.toLowerCase());
  }

  /** Line where the field starts, from 1. */
  lineOf(name: string): number | undefined {
    return this.#fields.get(name.toLowerCase())?.line;
  }

  /** Sets a field: an existing one keeps its place and spelling, a new one comes last. */
  set(name: string, value: string, line = 0): void {
    const key = name.toLowerCase();
    this.#fields.set(key, { name: this.#fields.get(key)?.name ?? name, value, line });
  }

  delete(name: string): boolean {
    return this.#fields.delete(name.toLowerCase());
  }

  /** Names as they were written, in their order. */
  get names(): string[] {
    return [...this.#fields.values()].map((field) => field.name);
  }

  *[Symbol.iterator](): Iterator<readonly [string, string]> {
    for (const { name, value } of this.#fields.values()) yield [name, value];
  }
}

export interface ControlOptions {
  /** Named in errors. */
  readonly file?: string;
  /** Whether lines that start with `#` are comments: only in debian/control, deb822(5). */
  readonly comments?: boolean;
}

/** ASCII blanks only, as dpkg does: a no-break space is content. A loop, as `/\s+$/` is quadratic on long blank runs. */
export function withoutTrailingBlanks(line: string): string {
  let end = line.length;
  while (end > 0 && ' \t\r\f\v'.includes(line.charAt(end - 1))) end--;
  return line.slice(0, end);
}

/** deb822(5): US-ASCII without control characters, blank and colon, not starting with `#` or `-`. */
const FIELD = /^((?![#-])[!-9;-~]+):[ \t]*(.*)$/s;

/**
 * Reads all paragraphs. A text that is signed must go through `stripSignature` first.
 *
 * @throws UserError naming file and line: no field, a continuation without a field, a field twice.
 */
export function parseControl(text: string, options: ControlOptions = {}): Paragraph[] {
  const paragraphs: Paragraph[] = [];
  let paragraph: Paragraph | undefined;
  let current: { name: string; lines: string[]; line: number } | undefined;
  let number = 0;
  const wrong = (what: string, found: string, expected?: string): UserError =>
    new UserError({
      what,
      where: `${options.file ?? 'control file'}:${number}`,
      found: quote(found),
      ...(expected === undefined ? {} : { expected }),
    });
  const endField = () => {
    if (current !== undefined) paragraph?.set(current.name, current.lines.join('\n'), current.line);
    current = undefined;
  };

  for (const raw of text.split('\n')) {
    number++;
    const line = withoutTrailingBlanks(raw);
    if (line === '') {
      // A line of blanks separates too: so do dpkg and apt.
      endField();
      paragraph = undefined;
      continue;
    }
    if (line.startsWith('#') && options.comments) continue;
    if (line.startsWith(' ') || line.startsWith('\t')) {
      if (current === undefined) throw wrong('a continuation line without a field', line, 'Name: value');
      const content = line.slice(1);
      current.lines.push(/^\.+$/.test(content) ? content.slice(1) : content);
      continue;
    }
    const match = FIELD.exec(line);
    if (match === null)
      throw wrong('not a field', line, 'Name: value, or a continuation line that starts with a blank');
    endField();
    const [, name = '', value = ''] = match;
    if (paragraph === undefined) {
      paragraph = new Paragraph([], number);
      paragraphs.push(paragraph);
    }
    if (paragraph.has(name)) throw wrong('a field that occurs twice in its paragraph', name);
    current = { name, lines: [value], line: number };
  }
  endField();
  return paragraphs;
}

/**
 * Reads a text that is exactly one paragraph (.dsc, .changes, Release), signed or not.
 *
 * @throws UserError naming file and line.
 */
export function parseSingleParagraph(text: string, options: ControlOptions = {}): Paragraph {
  const paragraphs = parseControl(stripSignature(text, options.file), options);
  const [paragraph, second] = paragraphs;
  if (paragraph === undefined || second !== undefined) {
    throw new UserError({
      what: 'not a control file of one paragraph',
      where: `${options.file ?? 'control file'}${second === undefined ? '' : `:${second.line}`}`,
      found: `${paragraphs.length} paragraphs`,
    });
  }
  return paragraph;
}

/**
 * The value of a field that must be there and not be empty.
 *
 * @throws UserError naming file and field.
 */
export function requireField(paragraph: Paragraph, name: string, file: string): string {
  const value = paragraph.get(name);
  if (value === undefined || value.trim() === '') {
    throw new UserError({
      what: value === undefined ? 'a required field is missing' : 'a required field is empty',
      where: `${file}${paragraph.line > 0 ? `:${paragraph.line}` : ''}`,
      expected: `the field ${name}`,
    });
  }
  return value;
}

const BEGIN_MESSAGE = '-----BEGIN PGP SIGNED MESSAGE-----';
const BEGIN_SIGNATURE = '-----BEGIN PGP SIGNATURE-----';
const END_SIGNATURE = '-----END PGP SIGNATURE-----';

/**
 * The text inside an OpenPGP cleartext signature (RFC 9580, 7), dash-escaping undone; a text without one as it is.
 * The signature is not verified here. Text outside the armor is refused: it looks signed and is not.
 *
 * @throws UserError naming file and line.
 */
export function stripSignature(text: string, file = 'control file'): string {
  const lines = text.split('\n').map(withoutTrailingBlanks);
  const wrong = (what: string, index: number): UserError =>
    new UserError({ what, where: `${file}:${index + 1}`, found: quote(lines[index] ?? 'end of file') });
  const begin = lines.indexOf(BEGIN_MESSAGE);
  if (begin === -1) {
    const stray = lines.findIndex((line) => line.startsWith('-----BEGIN PGP '));
    if (stray !== -1) throw wrong('an OpenPGP signature without its signed message', stray);
    return text;
  }
  const before = lines.findIndex((line) => line !== '');
  if (before !== begin) throw wrong('text before the signed message', before);
  const blank = lines.indexOf('', begin);
  for (let index = begin + 1; index < (blank === -1 ? lines.length : blank); index++) {
    if (!/^Hash: [A-Za-z0-9, -]+$/.test(lines[index] ?? ''))
      throw wrong('not an armor header of a signed message', index);
  }
  const signature = lines.indexOf(BEGIN_SIGNATURE, begin);
  const end = signature === -1 ? -1 : lines.indexOf(END_SIGNATURE, signature);
  if (blank === -1 || signature < blank || end === -1)
    throw wrong('an OpenPGP signature that does not end', lines.length);
  const after = lines.findIndex((line, index) => index > end && line !== '');
  if (after !== -1) throw wrong('text after the signed message', after);
  const body = text.split('\n').slice(blank + 1, signature);
  const unescaped = body.find((line) => line.startsWith('-') && !line.startsWith('- '));
  if (unescaped !== undefined) throw wrong('a line that is not dash-escaped', blank + 1 + body.indexOf(unescaped));
  return `${body.map((line) => (line.startsWith('- ') ? line.slice(2) : line)).join('\n')}\n`;
}

/** What of a text a cleartext signature covers: no blanks at line ends, no empty lines at the end. */
export function coveredText(text: string): string {
  const lines = text.split('\n').map(withoutTrailingBlanks);
  while (lines.at(-1) === '') lines.pop();
  return lines.join('\n');
}

/**
 * Writes a paragraph, with its final newline; the inverse of `parseControl`.
 *
 * @throws UserError for a name or value that would read back as something else.
 */
export function formatParagraph(fields: Iterable<readonly [name: string, value: string]>): string {
  let text = '';
  for (const [name, value] of fields) {
    if (!FIELD.test(`${name}:`) || name.includes(':')) {
      throw new UserError({
        what: 'not a name of a field',
        found: quote(name),
        expected: 'printable ASCII without a colon',
      });
    }
    const [first = '', ...rest] = value.split('\n');
    text += `${name}:${first.trim() === '' ? '' : ` ${first.trim()}`}\n`;
    for (const line of rest) {
      const content = withoutTrailingBlanks(line);
      text += ` ${/^\.*$/.test(content) ? '.' : ''}${content}\n`;
    }
  }
  return text;
}

export interface Checksum {
  readonly algorithm: 'md5' | 'sha1' | 'sha256' | 'sha512';
  /** Hexadecimal, lower case. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  /** A plain file name. */
  readonly name: string;
  /** Only in `Files` of a .changes. */
  readonly section?: string;
  /** Only in `Files` of a .changes. */
  readonly priority?: string;
}

const ALGORITHM_BY_LENGTH: Readonly<Record<number, Checksum['algorithm']>> = {
  32: 'md5',
  40: 'sha1',
  64: 'sha256',
  128: 'sha512',
};

/**
 * Reads `Files` or `Checksums-*` of a .dsc or .changes (Policy 5.6.21, 5.6.24): digest, size, in `Files` of a .changes
 * section and priority, name. Names are checked to be plain file names: they become paths.
 *
 * @param where file and field, for errors.
 * @throws UserError naming the line's content and what is expected.
 */
export function parseChecksums(value: string, where: string): Checksum[] {
  const checksums: Checksum[] = [];
  const names = new Set<string>();
  for (const line of value.split('\n')) {
    if (line.trim() === '') continue;
    const words = line.trim().split(/[ \t]+/);
    const [digest = '', size = ''] = words;
    const name = words.at(-1) ?? '';
    const algorithm = /^[0-9a-fA-F]+$/.test(digest) ? ALGORITHM_BY_LENGTH[digest.length] : undefined;
    const wrong = (what: string, found: string, expected?: string): UserError =>
      new UserError({ what, where, found: quote(found), ...(expected === undefined ? {} : { expected }) });
    if (algorithm === undefined || !/^\d{1,15}$/.test(size) || (words.length !== 3 && words.length !== 5)) {
      throw wrong('not a checksum line', line.trim(), 'digest, size and file name');
    }
    if (checksums[0] !== undefined && checksums[0].algorithm !== algorithm) {
      throw wrong('digests of different kinds in one field', line.trim(), checksums[0].algorithm);
    }
    if (!isPlainFileName(name)) throw wrong('not a plain file name', name, 'letters, digits and .+:~_@=^- only');
    if (names.has(name)) throw wrong('a file that is listed twice', name);
    names.add(name);
    const [section = '', priority = ''] = words.slice(2);
    checksums.push({
      algorithm,
      digest: digest.toLowerCase(),
      size: Number(size),
      name,
      ...(words.length === 5 ? { section, priority } : {}),
    });
  }
  return checksums;
}
