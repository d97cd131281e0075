/**
 * Older versions of packages, put beside the newest ones that reprepro lists: the paragraphs of the former snapshot's
 * indexes, as they are there. An index that reprepro had no reason to write, and that loses an older version, is written
 * here. The Release file gets the checksums of all of these.
 */
import { createHash } from 'node:crypto';
import { lstat, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { formatParagraph, parseSingleParagraph } from '../../deb/control.ts';
import { compareVersions } from '../../deb/version.ts';
import type { StageContext } from '../driver.ts';
import type { DebSettings, DebSnapshot, SnapshotPackage } from '../snapshot.ts';
import { type IndexEntry, identityOf, indexKeys, indexPath, readIndexFile } from './indexes.ts';
import { DebState, type IndexKey, indexFolder } from './state.ts';

const gzip = promisify(zlib.gzip);

/** Fields of the Release file, and the names of their digests. */
const DIGESTS: Readonly<Record<string, string>> = { MD5Sum: 'md5', SHA1: 'sha1', SHA256: 'sha256', SHA512: 'sha512' };

/**
 * Puts older versions into the staged indexes.
 *
 * @param expected what these shall list.
 * @returns folders of indexes that are the former snapshot's, and list the same.
 */
export async function mergeOlder(
  settings: DebSettings,
  expected: DebState,
  { view, staging }: StageContext<DebSnapshot>,
): Promise<Set<string>> {
  const { head, paths } = view;
  const unchanged = new Set<string>();
  // Nothing is older in a first snapshot.
  if (head === undefined) return unchanged;
  const suiteFolder = path.join(staging.snapshot, 'dists', settings.suite);
  const formerFolder = path.join(paths.snapshot(head.id), 'dists', settings.suite);
  const former = new DebState(head.packages, head.settings.architectures);
  const written = new Map<string, Buffer>();
  const linked: string[] = [];
  for (const key of indexKeys(settings)) {
    const file = indexPath(key);
    const isLinked = await isSameFile(path.join(formerFolder, file), path.join(suiteFolder, file));
    if (isLinked && isSameIndex(former.index(key), expected.index(key))) {
      unchanged.add(indexFolder(key));
      linked.push(file, `${file}.gz`);
      continue;
    }
    if (!isLinked && !expected.hasOlder(key)) continue;
    written.set(file, await mergedIndex(key, expected, suiteFolder, isLinked ? undefined : formerFolder));
  }
  const compress = async ([file, content]: [string, Buffer]) => [`${file}.gz`, await gzip(content)] as const;
  for (const [file, content] of await Promise.all([...written].map(compress))) written.set(file, content);
  for (const [name, content] of written) {
    const file = path.join(suiteFolder, name);
    // Never into the file: it may be the former snapshot's.
    await writeFile(`${file}.new`, content);
    await rename(`${file}.new`, file);
  }
  await writeChecksums(suiteFolder, written, await checksumLines(formerFolder, linked));
  return unchanged;
}

/** What an index lists, by name, the newest first. */
type Listed = ReadonlyMap<string, readonly SnapshotPackage[]>;

/** Whether two indexes list the same. */
function isSameIndex(a: Listed, b: Listed): boolean {
  if (a.size !== b.size) return false;
  for (const [name, list] of a) {
    const others = b.get(name) ?? [];
    const isSame = list.every((each, index) => {
      const other = others[index];
      return other !== undefined && identityOf(each) === identityOf(other);
    });
    if (!isSame || list.length !== others.length) return false;
  }
  return true;
}

/** Whether both names are of one file. */
async function isSameFile(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([a, b].map((file) => lstat(file).catch(() => undefined)));
  return one !== undefined && other !== undefined && one.ino === other.ino && one.dev === other.dev;
}

/**
 * The content of an index with its older versions.
 *
 * @param formerFolder has what the staged index lacks. `undefined`: that is the former one, and what is not wanted any
 *   more leaves it.
 */
async function mergedIndex(
  key: IndexKey,
  expected: DebState,
  suiteFolder: string,
  formerFolder: string | undefined,
): Promise<Buffer> {
  const wanted = new Set([...expected.index(key).values()].flat().map(identityOf));
  const staged = await readIndexFile(suiteFolder, key);
  const known = new Set(staged.map(identityOf));
  const isMissing = (entry: IndexEntry) => {
    const identity = identityOf(entry);
    return wanted.has(identity) && !known.has(identity);
  };
  const entries =
    formerFolder === undefined
      ? staged.filter((entry) => wanted.has(identityOf(entry)))
      : // What reprepro lists besides stays, for the comparison with the plan to find.
        [...staged, ...(await readIfThere(formerFolder, key)).filter(isMissing)];
  entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : compareVersions(b.version, a.version)));
  return Buffer.from(entries.map(({ text }) => `${text}\n\n`).join(''), 'latin1');
}

async function readIfThere(suiteFolder: string, key: IndexKey): Promise<IndexEntry[]> {
  return await readIndexFile(suiteFolder, key).catch((error: NodeJS.ErrnoException) => {
    // An architecture or component that the former snapshot did not have.
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}

/** Lines of the Release file by field and the name of the file. */
type Lines = Map<string, Map<string, string>>;

const CHECKSUM_LINE = /^ *[0-9a-f]+ +\d+ +(\S+)$/;

/** What the former Release file says of `names`, which are the same files now. */
async function checksumLines(suiteFolder: string, names: readonly string[]): Promise<Lines> {
  const wanted = new Set(names);
  const lines: Lines = new Map();
  if (wanted.size === 0) return lines;
  const release = await readRelease(suiteFolder);
  for (const field of Object.keys(DIGESTS)) {
    const found = new Map<string, string>();
    for (const line of release.get(field)?.split('\n') ?? []) {
      const [, name = ''] = CHECKSUM_LINE.exec(line) ?? [];
      if (wanted.has(name)) found.set(name, line);
    }
    lines.set(field, found);
  }
  return lines;
}

/**
 * Puts the checksums of indexes into the staged Release file that reprepro does not know: it takes what it wrote last
 * for what is there.
 */
async function writeChecksums(
  suiteFolder: string,
  written: ReadonlyMap<string, Buffer>,
  linked: ReadonlyMap<string, ReadonlyMap<string, string>>,
): Promise<void> {
  const release = await readRelease(suiteFolder);
  let isOther = false;
  for (const [field, algorithm] of Object.entries(DIGESTS)) {
    const value = release.get(field);
    if (value === undefined) continue;
    const lines = value.split('\n').map((line) => {
      const [, name = ''] = CHECKSUM_LINE.exec(line) ?? [];
      const content = written.get(name);
      if (content === undefined) return linked.get(field)?.get(name) ?? line;
      return `${createHash(algorithm).update(content).digest('hex')} ${content.length} ${name}`;
    });
    if (lines.join('\n') === value) continue;
    isOther = true;
    release.set(field, lines.join('\n'));
  }
  if (isOther) await writeFile(path.join(suiteFolder, 'Release'), formatParagraph([...release]));
}

async function readRelease(suiteFolder: string) {
  const file = path.join(suiteFolder, 'Release');
  return parseSingleParagraph(await readFile(file, 'utf8'), { file });
}
