/**
 * Packages and Sources indexes as reprepro writes them, read with the files that they name. A reader of its own, as the
 * version check's (deb/packages-index.ts) has no use for files; it must be as fast: ten thousand packages are 10 MB.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../errors.ts';
import { isPoolPath } from '../layout.ts';
import type { DebSettings, PoolFile } from '../snapshot.ts';
import { type IndexKey, indexFolder } from './state.ts';

export interface IndexEntry {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly files: readonly PoolFile[];
  /** The whole paragraph, without the newline at its end. */
  readonly text: string;
  /** MD5 and SHA-1 by path: what reprepro's database holds besides. */
  readonly weak: ReadonlyMap<string, { readonly md5: string; readonly sha1: string }>;
}

/** Every index of a repository with these settings. */
export function* indexKeys(settings: DebSettings): Generator<IndexKey> {
  for (const component of settings.components) {
    yield { component, area: 'source', architecture: 'source' };
    for (const architecture of settings.architectures) {
      yield { component, area: 'binary', architecture };
      if (settings.udebComponents.includes(component)) yield { component, area: 'installer', architecture };
    }
  }
}

/** Path of an index's file, uncompressed, below `dists/<suite>/`. */
export function indexPath(key: IndexKey): string {
  return path.join(indexFolder(key), key.area === 'source' ? 'Sources' : 'Packages');
}

/**
 * The packages of one index of a snapshot, read from its file: as bytes, one a character, so that a paragraph can be
 * written as it was read.
 */
export async function readIndexFile(suiteFolder: string, key: IndexKey): Promise<IndexEntry[]> {
  const file = path.join(suiteFolder, indexPath(key));
  const text = await readFile(file, 'latin1');
  return key.area === 'source' ? readSourcesFile(text, file) : readPackagesFile(text, file);
}

/** All that makes a package of an index the one that it is, as one text. */
export function identityOf(entry: Pick<IndexEntry, 'name' | 'version' | 'architecture' | 'files'>): string {
  const { name, version, architecture, files } = entry;
  const list = files.map((file) => `${file.path} ${file.size} ${file.sha256}`).sort();
  return [`${name} ${version} (${architecture})`, ...list].join(', ');
}

/**
 * @param file named in errors.
 * @throws UserError for a paragraph without what every one has.
 */
export function readPackagesFile(text: string, file: string): IndexEntry[] {
  return paragraphs(text).map(({ fields, text: paragraph }) => {
    const value = (name: string) => needed(fields, name, file);
    const filename = value('Filename');
    return {
      text: paragraph,
      name: value('Package'),
      version: value('Version'),
      architecture: value('Architecture'),
      files: [poolFile(filename, value('Size'), value('SHA256'), file)],
      weak: new Map([[filename, { md5: value('MD5sum'), sha1: value('SHA1') }]]),
    };
  });
}

/** As `readPackagesFile`, for Sources. */
export function readSourcesFile(text: string, file: string): IndexEntry[] {
  return paragraphs(text).map(({ fields, text: paragraph }) => {
    const value = (name: string) => needed(fields, name, file);
    const folder = value('Directory');
    const list = (name: string) =>
      value(name)
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .filter((words) => words.length === 3) as [string, string, string][];
    const sha1 = new Map(list('Checksums-Sha1').map(([digest, , name]) => [name, digest]));
    const md5 = new Map(list('Files').map(([digest, , name]) => [name, digest]));
    const files = list('Checksums-Sha256').map(([digest, size, name]) =>
      poolFile(`${folder}/${name}`, size, digest, file),
    );
    const weak = new Map(
      files.map((each) => {
        const name = each.path.slice(folder.length + 1);
        return [each.path, { md5: md5.get(name) ?? '', sha1: sha1.get(name) ?? '' }];
      }),
    );
    const [name, version] = [value('Package'), value('Version')];
    return { text: paragraph, name, version, architecture: 'source', files, weak };
  });
}

const WANTED = new Set([
  'Package',
  'Version',
  'Architecture',
  'Filename',
  'Size',
  'SHA256',
  'SHA1',
  'MD5sum',
  'Directory',
  'Files',
  'Checksums-Sha1',
  'Checksums-Sha256',
]);

interface IndexParagraph {
  /** The wanted ones; continuation lines keep their newlines. */
  readonly fields: ReadonlyMap<string, string>;
  readonly text: string;
}

function paragraphs(text: string): IndexParagraph[] {
  const found: IndexParagraph[] = [];
  let fields = new Map<string, string>();
  let current: string | undefined;
  let first = 0;
  const finish = (end: number) => {
    if (fields.size > 0) found.push({ fields, text: text.slice(first, text[end - 1] === '\n' ? end - 1 : end) });
    fields = new Map();
    current = undefined;
  };
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    if (end === start) {
      finish(start);
      first = end + 1;
    } else if (text[start] === ' ' || text[start] === '\t') {
      if (current !== undefined) fields.set(current, `${fields.get(current)}\n${text.slice(start, end)}`);
    } else {
      const colon = text.indexOf(':', start);
      const name = colon === -1 || colon > end ? '' : text.slice(start, colon);
      current = WANTED.has(name) ? name : undefined;
      if (current !== undefined) fields.set(current, text.slice(colon + 1, end).trim());
    }
    start = end + 1;
  }
  finish(text.length);
  return found;
}

function needed(fields: ReadonlyMap<string, string>, name: string, file: string): string {
  const value = fields.get(name);
  if (value !== undefined) return value;
  throw new UserError({
    what: 'a paragraph of the index lacks a field',
    where: file,
    found: fields.get('Package') ?? 'no Package',
    expected: `the field ${name}`,
  });
}

function poolFile(name: string, size: string, sha256: string, file: string): PoolFile {
  if (isPoolPath(name) && /^\d+$/.test(size) && /^[0-9a-f]{64}$/.test(sha256))
    return { path: name, size: Number(size), sha256 };
  throw new UserError({ what: 'the index names a file that cannot be', where: file, found: JSON.stringify(name) });
}
