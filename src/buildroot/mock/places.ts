/** What a session shows of this machine: folders of repositories, files of keys. */
import { lstat, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../errors.ts';
import { repositoryEntries, resolveFolder } from '../shown-folder.ts';

export interface Bind {
  readonly source: string;
  readonly destination: string;
}

const INDEX = 'repodata/repomd.xml';

/**
 * The mounts that show `place`, a repository or a file of keys, at `destination`. The `pool` of a published repository
 * is a link out of it: then every entry is mounted by itself.
 *
 * @throws UserError when it is not there, is a folder that holds no repository, or has links that lead out of it.
 */
export async function placeBinds(place: string, destination: string): Promise<Bind[]> {
  const source = await resolveFolder(place);
  const whole = [{ source, destination }];
  if (!(await stat(source)).isDirectory()) return whole;
  const index = await lstat(path.join(source, INDEX)).catch(() => undefined);
  if (index?.isFile() !== true) {
    throw new UserError({
      what: 'the folder of a repository holds none',
      where: place,
      expected: `${INDEX} in it`,
      remedy: 'run createrepo_c in it, or name the folder that has repodata: nothing else is shown to builds',
    });
  }
  const { own, pool } = await repositoryEntries(source);
  if (pool === undefined) return whole;
  return [
    ...own.map(({ name }) => ({ source: path.join(source, name), destination: `${destination}/${name}` })),
    { source: pool, destination: `${destination}/pool` },
  ];
}
