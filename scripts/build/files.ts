/** Every file of `dist/`, in memory. */
import path from 'node:path';
import { ACTIONS } from '../../src/actions/index.ts';
import { bundle } from './bundle.ts';
import { licencesText } from './licences.ts';

export interface DistFile {
  readonly content: string;
  readonly executable: boolean;
}

/** The commands of the package: `bin` in package.json. */
const EXECUTABLE = new Set(['cli.js', 'post.js']);

/**
 * Builds all of `dist/`. The bytes depend on the sources and on the locked packages only.
 *
 * @param root of the repository.
 * @returns files by name.
 */
export async function distFiles(root: string): Promise<Map<string, DistFile>> {
  const entries: Record<string, string> = { cli: 'src/cli.ts', post: 'src/post.ts' };
  for (const { spec } of ACTIONS) {
    if (!spec.cliOnly) entries[spec.name] = `src/actions/${spec.name}/main.ts`;
  }
  const chunks = await bundle(root, entries);
  const files = new Map<string, DistFile>();
  const modules = new Set<string>();
  for (const chunk of chunks) {
    if (chunk.code.includes(root)) throw new Error(`${chunk.fileName} holds a path of this machine`);
    files.set(chunk.fileName, { content: `${chunk.code.trimEnd()}\n`, executable: EXECUTABLE.has(chunk.fileName) });
    for (const module of chunk.moduleIds) {
      if (!module.startsWith('\0')) modules.add(path.relative(root, module));
    }
  }
  files.set('LICENSES.txt', { content: licencesText(root, modules), executable: false });
  return files;
}
