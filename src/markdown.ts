/** Text from outside as a part of Markdown: none of it becomes markup. And tables that do not grow without end. */
import { formatCount } from './format.ts';

/** Rows of a table: the platforms cut a summary off at 1 MiB, and nobody reads more. */
const MAX_ROWS = 500;

/**
 * A table, and an empty line after it. Of a long one the first rows, and how many are not shown.
 *
 * @param head its headings, as Markdown.
 * @param rows cells, as Markdown.
 * @param whole what has all of them, for people: `the plan`.
 */
export function table(head: readonly string[], rows: readonly (readonly string[])[], whole?: string): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const more = rows.length - MAX_ROWS;
  const rest = `... and ${formatCount(more, 'more', 'more')}${whole === undefined ? '' : `; ${whole} has all of them`}.`;
  return [
    line(head),
    `|${'---|'.repeat(head.length)}`,
    ...rows.slice(0, MAX_ROWS).map(line),
    '',
    ...(more > 0 ? [rest, ''] : []),
  ];
}

/** A block that no line of it can end: its fence is longer than any run of backticks inside (CommonMark 4.5). */
export function fenced(lines: readonly string[]): string {
  const longest = Math.max(0, ...lines.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length)));
  const fence = '`'.repeat(Math.max(3, longest + 1));
  return [`${fence}text`, ...lines.map((line) => line.replace(/[\r\n]/g, ' ')), fence].join('\n');
}

/** `text` as inline code, whatever it holds (CommonMark 6.1). */
export function code(text: string): string {
  const line = text.replace(/[\r\n]+/g, ' ');
  if (line === '') return '` `';
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** `text` as inline code in a cell of a table, which a bar would end (GitHub Flavored Markdown 4.10). */
export function codeCell(text: string): string {
  return code(text).replaceAll('|', '\\|');
}

/** `text` as plain text on one line: nothing in it is markup, a link, an image, a mention or HTML. */
export function escapeMarkdown(text: string): string {
  return (
    text
      .replace(/[\r\n]+/g, ' ')
      .replace(/[\\`*_{}[\]()#+!|~$]/g, '\\$&')
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
      // A mention would tell people who have nothing to do with it; a bare address would be a link.
      .replace(/@/g, '&#64;')
      .replace(/:\/\//g, '&#58;//')
  );
}
