/** repomd.xml of our own repositories: what createrepo_c wrote, with all of its records. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../errors.ts';
import { XmlReader } from '../rpm-index/xml.ts';

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
  const records = parseRecords(data, file);
  if (records.some(({ type }) => type === 'primary')) return records;
  throw new UserError({ what: 'the repository has no primary index', where: file });
}

function parseRecords(data: Uint8Array, file: string): RepomdRecord[] {
  const records: RepomdRecord[] = [];
  let fields = new Map<string, string>();
  let field = '';
  const reader = new XmlReader({
    file,
    root: 'repomd',
    onOpen: ({ name, attributes, depth }) => {
      if (depth === 2) fields = new Map([['type', name === 'data' ? (attributes['type'] ?? '') : '']]);
      field = depth === 3 ? name : '';
      if (depth !== 3) return;
      fields.set(name, '');
      if (name === 'location') fields.set('href', attributes['href'] ?? '');
      if (name === 'checksum') fields.set('algorithm', attributes['type'] ?? '');
    },
    onText: (text) => {
      if (field !== '') fields.set(field, `${fields.get(field) ?? ''}${text}`);
    },
    onClose: (depth) => {
      field = '';
      if (depth === 2 && fields.get('type') !== '') records.push(recordOf(fields, file));
    },
  });
  reader.push(data);
  reader.end();
  return records;
}

function recordOf(fields: ReadonlyMap<string, string>, file: string): RepomdRecord {
  const value = (name: string) => (fields.get(name) ?? '').trim();
  const [type, href, sha256, size] = ['type', 'href', 'checksum', 'size'].map(value) as [
    string,
    string,
    string,
    string,
  ];
  const isRead =
    /^repodata\/[A-Za-z0-9][A-Za-z0-9.+~_-]*$/.test(href) &&
    value('algorithm') === 'sha256' &&
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
