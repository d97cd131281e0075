/** A report that an input asks for: a file for other tools. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { writeWhole } from './durable.ts';

/** Writes `value` as JSON to `file`, whole or not at all; its folder is made. */
export async function writeReport(file: string, value: unknown): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeWhole(file, `${JSON.stringify(value, null, 2)}\n`);
}
