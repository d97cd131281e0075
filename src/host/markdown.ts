/**
 * The part of Markdown that summaries are written in, rendered for a terminal: headings, paragraphs, lists, tables,
 * fenced code, bold, code, links, and HTML's details, summary and br.
 */

export interface RenderOptions {
  readonly colours: boolean;
  /** Columns to wrap paragraphs at. */
  readonly width: number;
}

/** The lines of `markdown` for a terminal. */
export function renderMarkdown(markdown: string, options: RenderOptions): string[] {
  const style = styles(options.colours);
  const lines = markdown.split('\n');
  const rendered: string[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const fence = /^\s*(```+|~~~+)/.exec(line)?.[1];
    if (fence !== undefined) {
      for (index += 1; index < lines.length && !(lines[index] ?? '').trim().startsWith(fence); index += 1) {
        rendered.push(`    ${lines[index]}`);
      }
    } else if (line.startsWith('|')) {
      const rows: string[][] = [];
      for (; (lines[index] ?? '').startsWith('|'); index += 1) rows.push(cells(lines[index] ?? '', style));
      index -= 1;
      rendered.push(...renderTable(rows, style));
    } else {
      rendered.push(...renderLine(line, style, options.width));
    }
  }
  return squeeze(rendered);
}

interface Styles {
  bold(text: string): string;
  dim(text: string): string;
}

function styles(colours: boolean): Styles {
  return {
    bold: (text) => (colours ? `\u001b[1m${text}\u001b[22m` : text),
    dim: (text) => (colours ? `\u001b[2m${text}\u001b[22m` : text),
  };
}

function renderLine(line: string, style: Styles, width: number): string[] {
  const heading = /^(#{1,6})\s+(.*)$/.exec(line);
  if (heading?.[2] !== undefined) return ['', style.bold(inline(heading[2], style)), ''];
  if (/^\s*<\/?(details|br)\s*\/?>\s*$/.test(line)) return [];
  const summary = /^\s*(?:<details>)?\s*<summary>(.*)<\/summary>\s*$/.exec(line);
  if (summary?.[1] !== undefined) return [style.bold(inline(summary[1], style))];
  if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) return [''];
  const item = /^(\s*(?:[-*+]|\d+\.)\s+)(.*)$/.exec(line);
  if (item?.[1] !== undefined && item[2] !== undefined) {
    return wrap(inline(item[2], style), width - item[1].length).map(
      (part, index) => (index === 0 ? item[1] : ' '.repeat(item[1]?.length ?? 0)) + part,
    );
  }
  return wrap(inline(line, style), width);
}

function inline(text: string, style: Styles): string {
  return codeSpans(text)
    .map(({ isCode, part }) => {
      if (isCode) return style.bold(part);
      return part
        .replace(/!?\[([^\]]*)\]\(([^)\s]*)\)/g, (_, label: string, url: string) =>
          label === url || label === '' ? url : `${label} (${url})`,
        )
        .replace(/\*\*([^*]+)\*\*/g, (_, bold: string) => style.bold(bold))
        .replace(/(?<![A-Za-z0-9_*])([*_])([^*_]+)\1(?![A-Za-z0-9_*])/g, '$2')
        .replace(/<br\s*\/?>/g, ' ')
        .replace(/<\/?[a-z]+>/g, '')
        .replace(/&(lt|gt|amp|quot|#39|#58|#64);/g, (entity) => ENTITIES[entity] ?? entity)
        .replace(/\\([\\`*_{}[\]()#+.!|<>~$-])/g, '$1');
    })
    .join('');
}

/** Takes code spans out of a line: from a run of backticks to the next of the same length (CommonMark 6.1). */
function codeSpans(text: string): { readonly isCode: boolean; readonly part: string }[] {
  const runs = [...text.matchAll(/`+/g)];
  const parts: { isCode: boolean; part: string }[] = [];
  // Lengths of which no further run exists: looked for once.
  const single = new Set<number>();
  let from = 0;
  for (let index = 0; index < runs.length; index += 1) {
    const open = runs[index];
    const { length } = open?.[0] ?? '';
    if (open === undefined || single.has(length) || text[open.index - 1] === '\\') continue;
    let end = index + 1;
    while (end < runs.length && runs[end]?.[0].length !== length) end += 1;
    const close = runs[end];
    if (close === undefined) {
      single.add(length);
      continue;
    }
    const inside = text.slice(open.index + length, close.index);
    const padded = inside.startsWith(' ') && inside.endsWith(' ') && inside.trim() !== '';
    parts.push({ isCode: false, part: text.slice(from, open.index) });
    parts.push({ isCode: true, part: padded ? inside.slice(1, -1) : inside });
    from = close.index + length;
    index = end;
  }
  parts.push({ isCode: false, part: text.slice(from) });
  return parts;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&amp;': '&',
  '&quot;': '"',
  '&#39;': "'",
  '&#58;': ':',
  '&#64;': '@',
};

function cells(line: string, style: Styles): string[] {
  return line
    .replace(/^\|/, '')
    .replace(/\|\s*$/, '')
    .split(/(?<!\\)\|/)
    .map((cell) => inline(cell.trim().replaceAll('\\|', '|'), style));
}

function renderTable(rows: readonly (readonly string[])[], style: Styles): string[] {
  const isRule = (row: readonly string[]) => row.every((cell) => /^:?-+:?$/.test(cell));
  const alignment = (rows.find(isRule) ?? []).map((cell) => (cell.endsWith(':') ? 'right' : 'left'));
  const body = rows.filter((row) => !isRule(row));
  const widths: number[] = [];
  for (const row of body) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, visibleLength(cell));
  }
  return body.map((row, index) => {
    const text = row
      .map((cell, column) => {
        const padding = ' '.repeat((widths[column] ?? 0) - visibleLength(cell));
        return alignment[column] === 'right' ? padding + cell : cell + padding;
      })
      .join('  ')
      .trimEnd();
    return index === 0 ? style.dim(text) : text;
  });
}

/** Length without our own styles. */
function visibleLength(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: our own escape sequences
  return text.replace(/\u001b\[\d+m/g, '').length;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && visibleLength(line) + 1 + visibleLength(word) > Math.max(20, width)) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** At most one empty line in a row, none at the ends. */
function squeeze(lines: readonly string[]): string[] {
  const kept = lines.filter((line, index) => line.trim() !== '' || (lines[index - 1] ?? '').trim() !== '');
  while (kept[0]?.trim() === '') kept.shift();
  while (kept.at(-1)?.trim() === '') kept.pop();
  return kept;
}
