/** repomd.xml of our own repositories: what createrepo_c wrote, with all of its records. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../errors.ts';
import { type RepomdData, repomdData } from '../rpm-index/repomd.ts';

export const REPOMD = 'repodata/repomd.xml';
export const REPOMD_SIGNATURE = 'repodata/repomd.xml.asc';

export interface RepomdRecord {
  readonly type: string;
  /** Relative to the folder that holds `repodata`. */
  readonly href: string;
  readonly sha256: string;
  readonly size: number;
}

/**
 * Reads the records of a folder.
 *
 * @throws UserError where it is not there or not as createrepo_c writes it: the repository was changed by hand.
 */
export async function readRepomd(folder: string): Promise<RepomdRecord[]> {
  const file = path.join(folder, REPOMD);
  const data = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new UserError({ what: 'the index cannot be read', where: file, found: error.code ?? 'an error' });
  });
  const records = repomdData(data, file).map((each) => recordOf(each, file));
  if (records.some(({ type }) => type === 'primary')) return records;
  throw new UserError({ what: 'the repository has no primary index', where: file });
}

function recordOf({ type, texts, checksumType, location }: RepomdData, file: string): RepomdRecord {
  const { href = '', base } = location ?? {};
  const [sha256 = '', size = ''] = [texts.get('checksum'), texts.get('size')];
  const isRead =
    /^repodata\/[A-Za-z0-9][A-Za-z0-9.+~_-]*$/.test(href) &&
    base === undefined &&
    checksumType === 'sha256' &&
    /^[0-9a-f]{64}$/.test(sha256) &&
    /^\d+$/.test(size);
  if (isRead) return { type, href, sha256, size: Number(size) };
  throw new UserError({
    what: 'a record that is not ours',
    where: file,
    found: JSON.stringify(type),
    expected: 'a file in repodata with size and SHA-256',
  });
}
