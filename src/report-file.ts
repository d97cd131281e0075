/** A report that an input asks for: a file for other tools. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Writes `value` as JSON to `file`, whole or not at all; its folder is made. */
export async function writeReport(file: string, value: unknown): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  // A link that was committed in its place would lead anywhere.
  await rm(`${file}.new`, { recursive: true, force: true });
  await writeFile(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`, { flag: 'wx' });
  await rename(`${file}.new`, file);
}
