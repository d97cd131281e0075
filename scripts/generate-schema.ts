/** What follows from the schema of packaging.yml: the JSON Schema for editors, and the tables of its reference. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { packagingJsonSchema, packagingReference } from '../src/config/json-schema.ts';

const SCHEMA = 'schema/packaging.schema.json';
const REFERENCE = 'docs/packaging-yml.md';
const MARKERS = ['<!-- generated:packaging -->', '<!-- /generated:packaging -->'] as const;

/**
 * The files, in memory.
 *
 * @param root of the repository, for the text around the tables.
 */
export function schemaFiles(root: string): { path: string; content: string }[] {
  const text = readFileSync(path.join(root, REFERENCE), 'utf8');
  const [start, end] = MARKERS.map((marker) => text.indexOf(marker));
  if (start === undefined || end === undefined || start < 0 || end < start) {
    throw new Error(`${REFERENCE}: no lines ${MARKERS.join(' and ')}`);
  }
  const reference = `${text.slice(0, start + MARKERS[0].length)}\n\n${packagingReference().trim()}\n\n${text.slice(end)}`;
  return [
    { path: SCHEMA, content: `${JSON.stringify(packagingJsonSchema(), null, 2)}\n` },
    { path: REFERENCE, content: reference },
  ];
}

if (import.meta.main) {
  const root = path.dirname(import.meta.dirname);
  for (const file of schemaFiles(root)) writeFileSync(path.join(root, file.path), file.content);
}
