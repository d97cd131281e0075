/** The package of a repository that has no packaging.yml: by its debian/changelog, or by its only spec file. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseFirstEntry } from '../deb/changelog.ts';
import { UserError } from '../errors.ts';
import { specFolders } from '../source/spec-places.ts';

export interface PackagePlace {
  /** Folder of the packaging of debs inside `folder`. */
  readonly debianPath: string;
  /** Spec file inside `folder`, where it is known. */
  readonly specFile?: string;
  /** Name, suite and aliases of each target that it is for: folders named so may hold the target's spec. */
  readonly targets?: readonly (readonly string[])[];
  /** Name that the person said: which spec is meant where there are several, and what a spec's package is called. */
  readonly name?: string;
}

/**
 * Name of the source package whose packaging is in `folder`. Specs are looked for where prepare-sources looks for them.
 *
 * @throws UserError where there is none, or several spec files and no changelog.
 */
export async function findPackageName(folder: string, place: PackagePlace): Promise<string> {
  const { debianPath, specFile, name, targets = [] } = place;
  const changelog = path.join(folder, debianPath, 'changelog');
  const text = await readFile(changelog, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw new UserError({ what: 'the changelog cannot be read', where: changelog, found: error.code ?? 'an error' });
  });
  if (text !== undefined) return parseFirstEntry(text, changelog).source;
  const specs = specFile === undefined ? await specFiles(folder, targets, name) : [specFile];
  const [found, second] = new Set(specs.map((spec) => path.basename(spec, '.spec')));
  if (found !== undefined && second === undefined) return name ?? found;
  throw new UserError({
    what: second === undefined ? 'no packaging found' : 'several packages found',
    where: folder,
    ...(second === undefined ? {} : { found: specs.join(', ') }),
    expected: `${debianPath}/changelog, or one *.spec file at the top or in a folder such as SPECS, rpm, packaging or dist`,
    remedy: second === undefined ? 'write a packaging.yml' : 'name the package, or write a packaging.yml',
  });
}

/** The specs that `folder` has for the targets, from the first of the places that has any for a target. */
async function specFiles(
  folder: string,
  targets: readonly (readonly string[])[],
  name: string | undefined,
): Promise<string[]> {
  const found = new Set<string>();
  for (const names of targets.length === 0 ? [[]] : targets) {
    for (const place of specFolders(names)) {
      const specs = await specsIn(folder, place);
      const own = specs.filter((spec) => path.basename(spec) === `${name}.spec`);
      for (const spec of own.length > 0 ? own : specs) found.add(spec);
      if (specs.length > 0) break;
    }
  }
  return [...found];
}

/** Paths of the specs in one folder, sorted; none where there is no such folder. */
async function specsIn(folder: string, place: string): Promise<string[]> {
  const entries = await readdir(path.join(folder, place), { withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (place !== '' && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return [];
      const where = path.join(folder, place);
      throw new UserError({ what: 'the folder cannot be read', where, found: error.code ?? 'an error' });
    },
  );
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.spec'))
    .map((entry) => path.join(place, entry.name))
    .sort();
}
