import { describe, expect, test } from 'vitest';
import { formatBytes, formatDuration } from '../../../src/format.ts';
import { renderMarkdown } from '../../../src/host/markdown.ts';
import { printableLine, printableLines, safeName } from '../../../src/host/text.ts';
import { code, escapeMarkdown } from '../../../src/markdown.ts';

describe('printableLines', () => {
  test('leaves plain text, tabs and other languages alone', () => {
    expect(printableLines('a\tb\nüß → 漢字')).toEqual(['a\tb', 'üß → 漢字']);
  });

  test('takes colours and other escape sequences away as a whole', () => {
    for (const sequence of [
      '\u001b[31;1m',
      '\u001b[2J',
      '\u001b[?25l',
      '\u001b]0;title\u0007',
      '\u001b]52;c;Y2xpcGJvYXJk\u001b\\',
      '\u001bPdevice\u001b\\',
      '\u001b(B',
      '\u001bc',
      '\u009b31m',
      '\u009d0;title\u009c',
    ]) {
      expect(printableLine(`a${sequence}b`), JSON.stringify(sequence)).toBe('ab');
    }
  });

  test('an escape sequence that never ends takes nothing but itself', () => {
    expect(printableLine('a\u001b[31')).toBe('a\\u001b[31');
    expect(printableLine('a\u001b')).toBe('a\\u001b');
  });

  test('shows other control characters and the bidirectional ones', () => {
    expect(printableLine('a\u0000\u0007\u0008\u007f\u0085\u2028\u202e\u2066b')).toBe(
      'a\\u0000\\u0007\\u0008\\u007f\\u0085\\u2028\\u202e\\u2066b',
    );
  });

  test('keeps the last state of a line that was written over', () => {
    expect(printableLine('10%\r50%\r100%')).toBe('100%');
    expect(printableLine('100%\r')).toBe('100%');
    expect(printableLine('\r')).toBe('');
  });

  test('leaves no character that a terminal acts on, whatever comes', () => {
    let seed = 1;
    const random = (limit: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % limit;
    };
    const alphabet = [
      '\u001b',
      '[',
      ']',
      '0',
      ';',
      'm',
      '\u0007',
      '\r',
      '\u009b',
      '\u009c',
      '\\',
      'P',
      'a',
      '\u0000',
      ' ',
    ];
    for (let round = 0; round < 20_000; round += 1) {
      const text = Array.from({ length: random(12) }, () => alphabet[random(alphabet.length)]).join('');
      // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be left
      expect(printableLine(text), JSON.stringify(text)).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/);
    }
  });
});

test('safeName makes names of anything', () => {
  expect(safeName('hello_1:2.10-3 (amd64)')).toBe('hello_1-2.10-3-amd64');
  expect(safeName('../../etc')).toBe('etc');
  expect(safeName('a"<>|*?\r\n\\/b')).toBe('a-b');
  expect(safeName('...')).toBe('unnamed');
  expect(safeName('x'.repeat(500))).toHaveLength(100);
});

test('durations and sizes for people', () => {
  expect([0, 0.04, 5, 9.94, 9.96, 59.6, 61, 3599.7, 7260].map(formatDuration)).toEqual([
    '0 s',
    '0.0 s',
    '5 s',
    '9.9 s',
    '10 s',
    '1 min 0 s',
    '1 min 1 s',
    '1 h 0 min',
    '2 h 1 min',
  ]);
  expect([0, 1023, 1536, 20 * 1024 ** 2, 1024 ** 4 * 5000].map(formatBytes)).toEqual([
    '0 B',
    '1023 B',
    '1.5 KiB',
    '20 MiB',
    '5000 TiB',
  ]);
});

describe('renderMarkdown', () => {
  const plain = { colours: false, width: 40 };

  test('headings, paragraphs wrapped, lists', () => {
    expect(
      renderMarkdown(
        '# One\nA paragraph that is longer than forty columns are wide.\n\n\n- `code` and **bold**\n  - deeper, with a text that needs a second line\n1. first\n---\n',
        plain,
      ),
    ).toEqual([
      'One',
      '',
      'A paragraph that is longer than forty',
      'columns are wide.',
      '',
      '- code and bold',
      '  - deeper, with a text that needs a',
      '    second line',
      '1. first',
    ]);
  });

  test('tables are aligned, with cells that hold a bar', () => {
    expect(renderMarkdown('| Package | Size |\n| --- | ---: |\n| `a\\|b` | 5 |\n| long-name | 12345 |', plain)).toEqual(
      ['Package     Size', 'a|b            5', 'long-name  12345'],
    );
  });

  test('code blocks are left as they are', () => {
    expect(renderMarkdown('```sh\n# no heading\n| no | table |\n```\nafter', plain)).toEqual([
      '    # no heading',
      '    | no | table |',
      'after',
    ]);
  });

  test('links, entities, details', () => {
    expect(
      renderMarkdown(
        '<details>\n<summary>More &amp; more</summary>\n\n[the log](https://x/y) [https://x](https://x) &lt;b&gt; a_b_c\n</details>',
        { ...plain, width: 200 },
      ),
    ).toEqual(['More & more', '', 'the log (https://x/y) https://x <b> a_b_c']);
  });

  test('code spans of any length; a backtick alone is one', () => {
    const wide = { ...plain, width: 200 };
    expect(renderMarkdown('``a`b`` and `` `x` `` and `c\\` end', wide)).toEqual(['a`b and `x` and c\\ end']);
    expect(renderMarkdown('a `` b \\`c **d** `e', wide)).toEqual(['a `` b `c d `e']);
    const started = performance.now();
    renderMarkdown('`x``y'.repeat(20_000), wide);
    renderMarkdown(Array.from({ length: 400 }, (_, index) => '`'.repeat(index + 1)).join(' '), wide);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test('what our own summaries escape is shown as it was', () => {
    const texts = ['a_b*c [x](y) #1 ~$! <b>&', '@user http://x', '`a` \\ |'];
    for (const text of texts) {
      expect(renderMarkdown(escapeMarkdown(text), { ...plain, width: 200 })).toEqual([text]);
      expect(renderMarkdown(`- ${code(text)}`, { ...plain, width: 200 })).toEqual([`- ${text}`]);
    }
  });

  test('colours only where asked for', () => {
    expect(renderMarkdown('# T\n`c`', { ...plain, colours: true }).join('')).toContain('\u001b[1m');
    expect(renderMarkdown('# T\n`c` **b**\n|a|\n|-|', plain).join('')).not.toContain('\u001b');
  });
});
