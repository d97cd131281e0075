import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { packagingJsonSchema, packagingReference } from '../../../src/config/json-schema.ts';

const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(packagingJsonSchema());
const FIXTURES = 'test/fixtures/packaging';
const right = (await readdir(`${FIXTURES}/right`)).filter((name) => name.endsWith('.yml'));
const wrong = (await readdir(`${FIXTURES}/wrong`)).filter((name) => name.endsWith('.yml'));

/** What the second line of a wrong file says of editors; its YAML may be none at all. */
async function verdict(name: string): Promise<{ text: string; expected: string | undefined }> {
  const text = await readFile(path.join(FIXTURES, 'wrong', name), 'utf8');
  return { text, expected: /^# editor: (.*)$/m.exec(text)?.[1] };
}

describe('the JSON Schema', () => {
  it('is the committed one', async () => {
    const text = await readFile('schema/packaging.schema.json', 'utf8');
    expect(text).toBe(`${JSON.stringify(packagingJsonSchema(), null, 2)}\n`);
  });

  it.each(right)('accepts %s', async (name) => {
    const value: unknown = parse(await readFile(path.join(FIXTURES, 'right', name), 'utf8'));
    expect(validate(value), JSON.stringify(validate.errors)).toBe(true);
  });

  it.each(wrong)('judges %s as its second line says', async (name) => {
    const { text, expected } = await verdict(name);
    expect(['accepts', 'refuses', 'cannot read']).toContain(expected);
    if (expected === 'cannot read') return;
    expect(validate(parse(text)) ? 'accepts' : 'refuses').toBe(expected);
  });

  it('refuses most of what is wrong', async () => {
    const verdicts = await Promise.all(wrong.map(verdict));
    expect(verdicts.filter(({ expected }) => expected === 'refuses').length).toBeGreaterThan(50);
  });

  it('accepts the example', async () => {
    expect(validate(parse(await readFile('examples/packaging.yml', 'utf8')))).toBe(true);
  });

  it('describes every field', () => {
    const missing: string[] = [];
    const visit = (schema: Record<string, unknown>, at: string) => {
      for (const [name, field] of Object.entries(
        (schema['properties'] ?? {}) as Record<string, Record<string, unknown>>,
      )) {
        if (typeof field['description'] !== 'string') missing.push(`${at}.${name}`);
      }
      for (const [key, inner] of Object.entries(schema)) {
        if (typeof inner === 'object' && inner !== null) visit(inner as Record<string, unknown>, `${at}.${key}`);
      }
    };
    visit(packagingJsonSchema() as Record<string, unknown>, '');
    expect(missing).toEqual([]);
  });
});

describe('the reference', () => {
  it('is the committed one', async () => {
    const text = await readFile('docs/packaging-yml.md', 'utf8');
    const [, section] = /<!-- generated:packaging -->\n([\s\S]*)<!-- \/generated:packaging -->/.exec(text) ?? [];
    expect(section?.trim()).toBe(packagingReference().trim());
  });

  it('has every field, with a form and a meaning', () => {
    const rows = packagingReference()
      .split('\n')
      .filter((row) => row.startsWith('| `'));
    expect(rows.length).toBeGreaterThan(80);
    for (const row of rows) expect(row).toMatch(/^\| `[a-z0-9-]+` \| \S.* \| .*\| \S.* \|$/);
    expect(packagingReference()).toContain('| `timeout` | text | `2h` | Wall-clock limit of one build. |');
    expect(packagingReference()).toContain('### `targets[].sources[]`, `targets[].extra-sources[]`');
  });
});
