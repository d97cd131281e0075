/**
 * What sessions show of folders of this machine that are named as repositories: what is one, and no more. A folder's
 * links are somebody else's words as soon as it lies in a checkout, so none is followed that leads out of it, but the one
 * that published repositories have (docs/repository-layout.md).
 */
import { readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { quote, UserError } from '../errors.ts';
import { isSnapshotId } from '../repository/layout.ts';

/**
 * The folder's own place, links resolved.
 *
 * @throws UserError where it is not there, and for the root of this machine.
 */
export async function resolveFolder(folder: string): Promise<string> {
  const found = await realpath(folder).catch((error: NodeJS.ErrnoException) => {
    throw new UserError({
      what: 'the folder of a repository cannot be read',
      where: folder,
      found: error.code ?? 'an error',
    });
  });
  if (found === '/') {
    throw new UserError({
      what: 'the root of this machine as a repository',
      where: folder,
      expected: 'a folder that holds a repository and nothing else: all of it is shown to builds',
    });
  }
  return found;
}

/**
 * Looks at the entries of a repository.
 *
 * @param folder links resolved.
 * @returns names of plain entries, and where the link `pool` leads, if there is one that leads out of the folder.
 * @throws UserError for any other link that leads out of the folder.
 */
export async function repositoryEntries(
  folder: string,
): Promise<{ readonly own: readonly { name: string; isFolder: boolean }[]; readonly pool?: string }> {
  const own: { name: string; isFolder: boolean }[] = [];
  let pool: string | undefined;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const { name } = entry;
    if (!entry.isSymbolicLink()) {
      own.push({ name, isFolder: entry.isDirectory() });
      continue;
    }
    const target = await realpath(path.join(folder, name)).catch(() => undefined);
    // One that leads nowhere, or to what is shown anyway, gives nothing away.
    if (target === undefined || target.startsWith(`${folder}/`)) continue;
    if (name === 'pool' && target === sharedPool(folder)) pool = target;
    else {
      throw new UserError({
        what: 'a link that leads out of a repository',
        where: path.join(folder, name),
        found: quote(target),
        expected: 'links within the folder, or the pool of a published repository',
        remedy: 'copy what it leads to, or name that folder itself',
      });
    }
  }
  return { own, ...(pool === undefined ? {} : { pool }) };
}

/** The pool that the snapshot which `folder` is, or lies in, shares with others: `<public>/pool` of `<public>/snapshots/<id>`. */
function sharedPool(folder: string): string | undefined {
  const parts = folder.split('/');
  const at = parts.findLastIndex((part, index) => part === 'snapshots' && isSnapshotId(parts[index + 1] ?? ''));
  return at === -1 ? undefined : [...parts.slice(0, at), 'pool'].join('/');
}
