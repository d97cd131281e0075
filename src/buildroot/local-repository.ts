/** Package repositories in folders of this host, made visible read-only inside a session. */
import { createHash } from 'node:crypto';
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { type AptSource, localFolder } from '../deb/apt-source.ts';
import { UserError } from '../errors.ts';

/**
 * The mounts that show local repositories where `sessionUri` says. A published snapshot's `pool` is a link out of the
 * snapshot, so each top-level folder is resolved and mounted by itself; a flat repository is mounted as a whole.
 *
 * @throws UserError when a folder is not there.
 */
export async function localBinds(
  sources: readonly Pick<AptSource, 'uri'>[],
): Promise<{ source: string; destination: string }[]> {
  const binds: { source: string; destination: string }[] = [];
  const seen = new Set<string>();
  for (const source of sources) {
    const folder = localFolder(source);
    if (folder === undefined || seen.has(source.uri)) continue;
    seen.add(source.uri);
    const destination = sessionUri(source.uri);
    const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
      throw new UserError({
        what: 'the folder of a repository cannot be read',
        where: folder,
        found: error.code ?? 'an error',
      });
    });
    if (!entries.includes('dists')) {
      binds.push({ source: await realpath(folder), destination });
      continue;
    }
    for (const entry of entries) {
      const place = path.join(folder, entry);
      if ((await stat(place)).isDirectory())
        binds.push({ source: await realpath(place), destination: `${destination}/${entry}` });
    }
  }
  return binds;
}

/** Where the local repository `uri` is mounted: named by its digest, the same in generation and session. */
export function sessionUri(uri: string): string {
  return `/run/pkg-actions/repositories/${createHash('sha256').update(uri).digest('hex').slice(0, 16)}`;
}
