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

/** The lines of a tag in the preamble of the main package. */
export function tagLines(text: string, tag: string): TagLine[] {
  const found: TagLine[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (partOf(line) !== undefined) break;
    const value = tagPattern(tag).exec(line)?.[2];
    if (value !== undefined) found.push({ line: index + 1, value });
  }
  return found;
}

/** Before the value, the value, behind it. */
function tagPattern(tag: string): RegExp {
  return new RegExp(`^(\\s*${tag}\\s*:\\s*)(\\S.*?)(\\s*)$`, 'i');
}

/**
 * The only line of a tag.
 *
 * @param where name of the spec.
 * @throws UserError where there is none, or more than one.
 */
export function tagLine(text: string, tag: 'Version' | 'Release', where: string): TagLine {
  const lines = tagLines(text, tag);
  const [only, second] = lines;
  if (only !== undefined && second === undefined) return only;
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
  lines[line - 1] = (lines[line - 1] ?? '').replace(
    tagPattern(tag),
    (_, before: string, _value, behind: string) => `${before}${value}${behind}`,
  );
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
    const [, name, value] = /^\s*%(?:global|define)\s+([A-Za-z_]\w*)\s+(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined && !known.has(name)) known.set(name, value ?? '');
  }
  const used = new Map<string, string>();
  const follow = (value: string) => {
    for (const [, braced, bare] of value.matchAll(/%(?:\{[?!]*([A-Za-z_]\w*)|([A-Za-z_]\w*))/g)) {
      const name = braced ?? bare ?? '';
      const definition = known.get(name);
      if (definition === undefined || used.has(name)) continue;
      used.set(name, definition);
      follow(definition);
    }
  };
  for (const value of values.flat()) follow(value);
  return JSON.stringify([values, [...used].sort()]);
}
