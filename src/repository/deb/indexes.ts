/**
 * Packages and Sources indexes as reprepro writes them, read with the files that they name. A reader of its own, as the
 * version check's (deb/packages-index.ts) has no use for files; it must be as fast: ten thousand packages are 10 MB.
 */
import { UserError } from '../../errors.ts';
import { isPoolPath } from '../layout.ts';
import type { PoolFile } from '../snapshot.ts';

export interface IndexEntry {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly files: readonly PoolFile[];
  /** MD5 and SHA-1 by path: what reprepro's database holds besides. */
  readonly weak: ReadonlyMap<string, { readonly md5: string; readonly sha1: string }>;
}

/**
 * @param file named in errors.
 * @throws UserError for a paragraph without what every one has.
 */
export function readPackagesFile(text: string, file: string): IndexEntry[] {
  return paragraphs(text).map((fields) => {
    const value = (name: string) => needed(fields, name, file);
    const path = value('Filename');
    return {
      name: value('Package'),
      version: value('Version'),
      architecture: value('Architecture'),
      files: [poolFile(path, value('Size'), value('SHA256'), file)],
      weak: new Map([[path, { md5: value('MD5sum'), sha1: value('SHA1') }]]),
    };
  });
}

/** As `readPackagesFile`, for Sources. */
export function readSourcesFile(text: string, file: string): IndexEntry[] {
  return paragraphs(text).map((fields) => {
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
      files.map(({ path }) => {
        const name = path.slice(folder.length + 1);
        return [path, { md5: md5.get(name) ?? '', sha1: sha1.get(name) ?? '' }];
      }),
    );
    return { name: value('Package'), version: value('Version'), architecture: 'source', files, weak };
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

/** The wanted fields of every paragraph; continuation lines keep their newlines. */
function paragraphs(text: string): Map<string, string>[] {
  const found: Map<string, string>[] = [];
  let fields = new Map<string, string>();
  let current: string | undefined;
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    if (end === start) {
      if (fields.size > 0) found.push(fields);
      fields = new Map();
      current = undefined;
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
  if (fields.size > 0) found.push(fields);
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

function poolFile(path: string, size: string, sha256: string, file: string): PoolFile {
  if (isPoolPath(path) && /^\d+$/.test(size) && /^[0-9a-f]{64}$/.test(sha256))
    return { path, size: Number(size), sha256 };
  throw new UserError({ what: 'the index names a file that cannot be', where: file, found: JSON.stringify(path) });
}
