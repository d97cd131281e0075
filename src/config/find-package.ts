/** The package of a repository that has no packaging.yml: by its debian/changelog, or by its only spec file. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseFirstEntry } from '../deb/changelog.ts';
import { UserError } from '../errors.ts';

export interface PackagePlace {
  /** Folder of the packaging of debs inside `folder`. */
  readonly debianPath: string;
  /** Spec file inside `folder`, where it is known. */
  readonly specFile?: string;
}

/**
 * Name of the source package whose packaging is in `folder`.
 *
 * @throws UserError where there is none, or several spec files and no changelog.
 */
export async function findPackageName(folder: string, { debianPath, specFile }: PackagePlace): Promise<string> {
  const changelog = path.join(folder, debianPath, 'changelog');
  const text = await readFile(changelog, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw new UserError({ what: 'the changelog cannot be read', where: changelog, found: error.code ?? 'an error' });
  });
  if (text !== undefined) return parseFirstEntry(text, changelog).source;
  const specs = specFile === undefined ? await specFiles(folder) : [specFile];
  const [spec, second] = specs;
  if (spec !== undefined && second === undefined) return path.basename(spec, '.spec');
  throw new UserError({
    what: second === undefined ? 'no packaging found' : 'several packages found',
    where: folder,
    ...(second === undefined ? {} : { found: specs.join(', ') }),
    expected: `${debianPath}/changelog or one *.spec file`,
    remedy: 'name the package, or write a packaging.yml',
  });
}

async function specFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw new UserError({ what: 'the folder cannot be read', where: folder, found: error.code ?? 'an error' });
  });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.spec'))
    .map(({ name }) => name)
    .sort();
}
