/** What a session shows of this machine: folders of repositories, files of keys. */
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../errors.ts';

export interface Bind {
  readonly source: string;
  readonly destination: string;
}

/** More entries than this are no published repository, whose packages lie in folders. */
const MOST_ENTRIES = 200;

/**
 * The mounts that show `place` at `destination`. Entries of a published repository may be links that lead out of it, to
 * a pool that snapshots share: then every entry is resolved and mounted by itself.
 *
 * @throws UserError when it is not there.
 */
export async function placeBinds(place: string, destination: string): Promise<Bind[]> {
  const source = await realpath(place).catch((error: NodeJS.ErrnoException) => {
    throw new UserError({
      what: 'the folder of a repository cannot be read',
      where: place,
      found: error.code ?? 'an error',
    });
  });
  const whole = [{ source, destination }];
  if (!(await stat(source)).isDirectory()) return whole;
  const entries = await readdir(source, { withFileTypes: true });
  if (entries.length > MOST_ENTRIES || !entries.some((entry) => entry.isSymbolicLink())) return whole;
  const binds: Bind[] = [];
  for (const { name } of entries) {
    const found = await realpath(path.join(source, name)).catch(() => undefined);
    if (found !== undefined) binds.push({ source: found, destination: `${destination}/${name}` });
  }
  return binds;
}
