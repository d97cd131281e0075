/** Text from outside as a part of Markdown: none of it becomes markup. */

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
