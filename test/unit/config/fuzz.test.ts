import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { type Document, isScalar, parseDocument, visit } from 'yaml';
import { type Packaging, readPackaging } from '../../../src/config/packaging.ts';
import { messageOf, UserError } from '../../../src/errors.ts';

const FILE = 'test/fixtures/packaging/right/everything.yml';
const VALUES: unknown[] = [
  null,
  '',
  '..',
  '../../etc/passwd',
  '-rf',
  '$(touch x)',
  'a\nb',
  '\u001b[31m',
  '\0',
  'x'.repeat(5000),
  '{package}',
  '{',
  '[',
  0,
  -1,
  1e300,
  Number.NaN,
  true,
  [],
  {},
  [[]],
  [null],
  { name: 'x' },
  { __proto__: null },
  'constructor',
  '__proto__',
];

/** Numbers from 0 to 1, the same in every run (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Puts a hostile value in the place of one scalar, key or value. */
function mutate(document: Document, next: () => number): void {
  let count = 0;
  visit(document, { Scalar: () => void count++ });
  let chosen = Math.floor(next() * count);
  const value = VALUES[Math.floor(next() * VALUES.length)];
  visit(document, {
    Scalar: (_, node) => {
      if (chosen-- !== 0) return undefined;
      if (isScalar(node) && (typeof value !== 'object' || value === null)) {
        node.value = value;
        delete node.type;
        return visit.BREAK;
      }
      return document.createNode(value);
    },
  });
}

describe('a file with anything anywhere', () => {
  it('is read or refused on one line, never half and never with a bug', async () => {
    const text = await readFile(FILE, 'utf8');
    const next = random(1);
    let refused = 0;
    for (let round = 0; round < 500; round++) {
      const document = parseDocument(text);
      mutate(document, next);
      const changed = document.toString();
      const result: Packaging | Error = await readPackaging(changed, FILE).catch((error: Error) => error);
      if (!(result instanceof Error)) continue;
      refused += 1;
      expect(result, `${messageOf(result)}\n${result.stack}\n${changed}`).toBeInstanceOf(UserError);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      expect(result.message).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      expect(result.message.length).toBeLessThan(2000);
    }
    expect(refused).toBeGreaterThan(250);
  });

  it('does not fall over when it is cut or garbled anywhere', async () => {
    const text = await readFile(FILE, 'utf8');
    const next = random(2);
    for (let round = 0; round < 300; round++) {
      const at = Math.floor(next() * text.length);
      const garbage = String.fromCharCode(Math.floor(next() * 128));
      const changed = round % 2 === 0 ? text.slice(0, at) : text.slice(0, at) + garbage + text.slice(at + 1);
      const result: unknown = await readPackaging(changed, FILE).catch((error: unknown) => error);
      if (result instanceof Error) expect(result, `${result.stack}`).toBeInstanceOf(UserError);
    }
  });
});
