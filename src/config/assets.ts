/** The data files that travel with the program: `targets/`, `schema/`. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

let root: string | undefined;

/**
 * Path of a data file of the program, found from its sources and from its bundles in `dist/` alike: below the nearest
 * folder upwards whose package.json names pkg-actions.
 */
export function assetPath(...parts: readonly string[]): string {
  root ??= findRoot(import.meta.dirname);
  return path.join(root, ...parts);
}

function findRoot(from: string): string {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const file = path.join(folder, 'package.json');
    if (existsSync(file)) {
      const json: unknown = JSON.parse(readFileSync(file, 'utf8'));
      if (typeof json === 'object' && json !== null && 'name' in json && json.name === 'pkg-actions') return folder;
    }
    // The program is not whole: not the person's doing.
    if (path.dirname(folder) === folder) throw new Error(`no package.json of pkg-actions above ${from}`);
  }
}
