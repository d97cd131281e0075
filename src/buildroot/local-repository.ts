/** Package repositories in folders of this host, made visible read-only inside a session. */
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { type AptSource, localFolder } from '../deb/apt-source.ts';
import { UserError } from '../errors.ts';
import { repositoryEntries, resolveFolder } from './shown-folder.ts';

/** Indexes of a flat repository (sources.list(5)), beside its packages. */
const FLAT_INDEX = /^(?:InRelease|Release|(?:Packages|Sources)(?:\.[a-z0-9]+)?)$/;

/** A source whose folder is shown. Without `suite` the index of a flat repository lies at its top. */
export type ShownSource = Pick<AptSource, 'uri'> & { readonly suite?: string | undefined };

/**
 * The mounts that show local repositories where `sessionUri` says. A published snapshot's `pool` is a link out of the
 * snapshot, so each top-level folder is mounted by itself; a flat repository is mounted as a whole.
 *
 * @throws UserError when a folder is not there, holds no repository, or has links that lead out of it.
 */
export async function localBinds(sources: readonly ShownSource[]): Promise<{ source: string; destination: string }[]> {
  const binds: { source: string; destination: string }[] = [];
  const seen = new Set<string>();
  for (const source of sources) {
    const named = localFolder(source);
    if (named === undefined || seen.has(source.uri)) continue;
    seen.add(source.uri);
    const destination = sessionUri(source.uri);
    const folder = await resolveFolder(named);
    const { own, pool } = await repositoryEntries(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTDIR' && error.code !== 'EACCES') throw error;
      throw new UserError({ what: 'the folder of a repository cannot be read', where: named, found: error.code });
    });
    const folders = own.filter(({ isFolder }) => isFolder);
    if (folders.some(({ name }) => name === 'dists')) {
      for (const { name } of folders)
        binds.push({ source: path.join(folder, name), destination: `${destination}/${name}` });
      if (pool !== undefined) binds.push({ source: pool, destination: `${destination}/pool` });
      continue;
    }
    if (!(await isFlat(folder, source.suite))) {
      throw new UserError({
        what: 'the folder of a repository holds none',
        where: named,
        expected: 'dists, or Packages or Release where the packages lie',
        remedy: 'name the folder that has them: all of it is shown to builds, and nothing else',
      });
    }
    binds.push({ source: folder, destination });
  }
  return binds;
}

/** Whether the index of a flat repository lies in `folder`, or in the folder that its suite names. */
async function isFlat(folder: string, suite = './'): Promise<boolean> {
  for (const place of new Set([folder, path.join(folder, suite)])) {
    const isWithin = `${path.normalize(place)}/`.startsWith(`${folder}/`);
    const entries = isWithin ? await readdir(place, { withFileTypes: true }).catch(() => []) : [];
    if (entries.some((entry) => entry.isFile() && FLAT_INDEX.test(entry.name))) return true;
  }
  return false;
}

/** Where the local repository `uri`, an address or a folder, is mounted: named by its digest, the same in generation and session. */
export function sessionUri(uri: string): string {
  return `/run/pkg-actions/repositories/${createHash('sha256').update(uri).digest('hex').slice(0, 16)}`;
}
