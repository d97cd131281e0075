/** packaging.yml for editors: a JSON Schema, and the tables of its reference, both made from the one schema. */
import { z } from 'zod';
import { packagingSchema } from './schema.ts';

/** The part of JSON Schema that zod makes of our schemas. */
interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly pattern?: string;
  readonly maximum?: number;
}

/** The JSON Schema (draft 7, which editors know best) of packaging.yml. `schema/packaging.schema.json` is its text. */
export function packagingJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(packagingSchema, { io: 'input', target: 'draft-7' });
  return { $schema, title: 'packaging.yml', description: 'A release of packages, for pkg-actions.', ...schema };
}

/** Markdown tables of every field of packaging.yml: a section for each mapping, one for several that are alike. */
export function packagingReference(): string {
  const sections = new Map<string, string[]>();
  describeMapping('', packagingJsonSchema() as JsonSchema, sections);
  return [...sections]
    .map(([table, paths]) => {
      const names = paths.map((path) => (path === '' ? 'Top level' : `\`${path}\``));
      return `### ${names.join(', ')}\n\n${table}\n`;
    })
    .join('\n');
}

function describeMapping(path: string, schema: JsonSchema, sections: Map<string, string[]>): void {
  const rows = ['| Field | Form | Default | Meaning |', '|---|---|---|---|'];
  const inner: [string, JsonSchema][] = [];
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const fallback = schema.required?.includes(name) ? 'required' : defaultOf(field);
    rows.push(`| \`${name}\` | ${cell(formOf(field))} | ${fallback} | ${cell(field.description ?? '')} |`);
    inner.push(...mappingsIn(path === '' ? name : `${path}.${name}`, field));
  }
  const table = rows.join('\n');
  sections.set(table, [...(sections.get(table) ?? []), path]);
  for (const [at, field] of inner) describeMapping(at, field, sections);
}

/** Mappings that a field holds: itself, its items, its alternatives. */
function mappingsIn(path: string, schema: JsonSchema): [string, JsonSchema][] {
  if (schema.properties) return [[path, schema]];
  if (schema.items) return mappingsIn(`${path}[]`, schema.items);
  return (schema.anyOf ?? []).flatMap((branch) => mappingsIn(path, branch));
}

function formOf(schema: JsonSchema): string {
  if (schema.anyOf) return [...new Set(schema.anyOf.map(formOf))].join(' or ');
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ');
  switch (schema.type) {
    case 'array':
      return `list of ${plural(formOf(schema.items ?? {}))}`;
    case 'object':
      return schema.properties ? 'mapping' : 'mapping of names';
    case 'boolean':
      return '`true` or `false`';
    case 'integer':
      return 'whole number';
    default:
      return 'text';
  }
}

function plural(form: string): string {
  return form.replaceAll(/\b(text|mapping)\b/g, (word) => (word === 'text' ? 'texts' : 'mappings'));
}

function defaultOf(schema: JsonSchema): string {
  const value = schema.default;
  if (value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0))
    return '';
  return Array.isArray(value) ? `\`[${value.join(', ')}]\`` : `\`${String(value)}\``;
}

/** Text inside a table's cell. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
