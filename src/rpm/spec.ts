/**
 * Edits of a spec's text. What a spec means only rpm knows: the text is searched for the lines to edit and nothing else,
 * and whoever edits has rpm expand the result and compares (`source/rpm-edit.ts`).
 *
 * A text is a byte string (latin1): old specs are in encodings of their own, and what is not edited stays as it is.
 */
import { quote, UserError } from '../errors.ts';
import { partOf } from './spec-parsed.ts';

export interface TagLine {
  /** From 1. */
  readonly line: number;
  /** Unexpanded: `1%{?dist}`. */
  readonly value: string;
}

/** Longest value of a tag, in bytes. Nobody writes one of a thousand. */
const MAX_VALUE = 64 * 1024;

/** The lines of a tag in the preamble of the main package. */
export function tagLines(text: string, tag: string): TagLine[] {
  const pattern = tagPattern(tag);
  const found: TagLine[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (partOf(line) !== undefined) break;
    const value = splitTag(line, pattern)?.value;
    if (value !== undefined) found.push({ line: index + 1, value });
  }
  return found;
}

function tagPattern(tag: string): RegExp {
  return new RegExp(`^\\s*${tag}\\s*:`, 'i');
}

/**
 * Before the value, the value, behind it. The blanks are cut off by hand: a pattern for them takes quadratic time over a
 * line of many.
 */
function splitTag(line: string, pattern: RegExp): { before: string; value: string; behind: string } | undefined {
  const head = pattern.exec(line)?.[0];
  if (head === undefined) return undefined;
  const rest = line.slice(head.length);
  const value = rest.trim();
  if (value === '') return undefined;
  const start = line.length - rest.trimStart().length;
  return { before: line.slice(0, start), value, behind: line.slice(start + value.length) };
}

/**
 * The only line of a tag.
 *
 * @param where name of the spec.
 * @throws UserError where there is none, more than one, or one of more than 64 KiB.
 */
export function tagLine(text: string, tag: 'Version' | 'Release', where: string): TagLine {
  const lines = tagLines(text, tag);
  const [only, second] = lines;
  if (only !== undefined && second === undefined) {
    if (only.value.length <= MAX_VALUE) return only;
    throw new UserError({
      what: `the spec's ${tag} is too long`,
      where: `${where}:${only.line}`,
      found: `${only.value.length} bytes`,
      expected: `${MAX_VALUE} at most`,
    });
  }
  if (only === undefined) {
    throw new UserError({
      what: `the spec has no line ${tag} to set`,
      where,
      expected: `one line "${tag}: ..." before the first section`,
      remedy: `write ${tag} into the spec itself, not into a macro or an included file, or use the version scheme changelog`,
    });
  }
  throw new UserError({
    what: `the spec has more than one line ${tag}, and which one counts only its conditions say`,
    where: `${where}:${only.line}`,
    found: `lines ${lines.map(({ line }) => line).join(', ')}`,
    expected: 'one line',
    remedy: `put the condition into a macro (%global base_release 1) and one line "${tag}: %{base_release}%{?dist}" behind it`,
  });
}

/** The text with another value in line `line`, where the tag is. */
export function withTag(text: string, tag: string, line: number, value: string): string {
  const lines = text.split('\n');
  const parts = splitTag(lines[line - 1] ?? '', tagPattern(tag));
  if (parts !== undefined) lines[line - 1] = `${parts.before}${value}${parts.behind}`;
  return lines.join('\n');
}

/** Whether `value` calls the macro `name`, in any of the ways to write that. */
export function callsMacro(value: string, name: string): boolean {
  return new RegExp(`(?<!%)(?:%%)*%(?:[?!]*${name}\\b|\\{[?!]*${name}\\b)`).test(value);
}

/**
 * Names of macros that are left in an expanded text: those that nobody defined. rpm leaves them as they are.
 */
export function unknownMacros(expanded: string): string[] {
  return [
    ...new Set([...expanded.matchAll(/%\{[?!]*([A-Za-z_]\w*)[^}]*\}?|%([A-Za-z_]\w{2,})/g)].map((match) => match[0])),
  ];
}

/** Whether the changelog is made by rpmautospec (`%autochangelog`). */
export function hasAutoChangelog(text: string): boolean {
  return changelogLines(text).some(({ content }) => callsMacro(content, 'autochangelog'));
}

function changelogLines(text: string): { readonly index: number; readonly content: string }[] {
  const lines = text.split('\n');
  const found: { index: number; content: string }[] = [];
  let isInside = false;
  for (const [index, content] of lines.entries()) {
    const part = partOf(content);
    if (part !== undefined) isInside = part === 'changelog';
    if (isInside) found.push({ index, content });
  }
  return found;
}

/**
 * The text with `entry` on top of its changelog; with a changelog at its end where it had none.
 *
 * @param entry lines of one entry as a byte string, with its final newline.
 * @throws UserError where there are two changelogs.
 */
export function withChangelogEntry(text: string, entry: string, where: string): string {
  const headings = changelogLines(text).filter(({ content }) => partOf(content) !== undefined);
  const [heading, second] = headings;
  if (heading === undefined) return `${text}${text.endsWith('\n') || text === '' ? '' : '\n'}\n%changelog\n${entry}`;
  if (second !== undefined) {
    throw new UserError({
      what: 'the spec has two changelogs',
      where: `${where}:${second.index + 1}`,
      found: quote(second.content),
      expected: 'one %changelog',
    });
  }
  const lines = text.split('\n');
  const rest = lines.slice(heading.index + 1);
  const isFirst = rest.every((line) => line.trim() === '');
  const behind = isFirst ? '' : `\n${rest.join('\n')}`;
  return `${lines.slice(0, heading.index + 1).join('\n')}\n${entry}${behind}`;
}

/**
 * What decides about the version of a spec, unexpanded: the values of `tags` and the definitions of the macros in them.
 * Two texts with the same key have the same version; for looking back through a history, where nothing is expanded.
 *
 * @returns `undefined` where a tag is missing.
 */
export function versionKey(text: string, tags: readonly string[]): string | undefined {
  const values = tags.map((tag) => tagLines(text, tag).map(({ value }) => value));
  if (values[0]?.length === 0) return undefined;
  const known = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [head, name] = /^\s*%(?:global|define)\s+([A-Za-z_]\w*)(?=\s)/.exec(line) ?? [];
    if (head !== undefined && name !== undefined && !known.has(name)) known.set(name, line.slice(head.length).trim());
  }
  const used = new Map<string, string>();
  const open = values.flat();
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    for (const [, braced, bare] of value.matchAll(/%(?:\{[?!]*([A-Za-z_]\w*)|([A-Za-z_]\w*))/g)) {
      const name = braced ?? bare ?? '';
      const definition = known.get(name);
      if (definition === undefined || used.has(name)) continue;
      used.set(name, definition);
      open.push(definition);
    }
  }
  return JSON.stringify([values, [...used].sort()]);
}
