/** Source trees on disk: written out of git, and read back to be compared with it. */
import { createHash } from 'node:crypto';
import {
  chmod,
  lstat,
  lutimes,
  mkdir,
  readdir,
  readFile,
  readlink,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { BlobSource } from './blob-source.ts';
import type { FileMode, SourceFile } from './tree.ts';

/** A file with its content in memory. */
export interface LoadedFile {
  /** Byte string, relative, with `/`. */
  readonly path: string;
  readonly mode: FileMode;
  readonly content: Buffer;
}

/** What a file is, as git sees it. */
export interface FileState {
  readonly mode: FileMode;
  /** Id that git gives the content as a blob. */
  readonly id: string;
}

/** Byte paths to what lies there; no folders, as in git. */
export type TreeState = ReadonlyMap<string, FileState>;

/** Reads `files` into memory, in their order. */
export async function loadFiles(files: readonly SourceFile[]): Promise<LoadedFile[]> {
  await using blobs = new BlobSource();
  const loaded: LoadedFile[] = [];
  for (const file of files) loaded.push({ path: file.path, mode: file.mode, content: await blobs.read(file) });
  return loaded;
}

/**
 * Writes `files` below `folder`, which is made: permissions and times do not depend on umask and clock.
 *
 * @param mtime seconds since the epoch, of files and folders.
 */
export async function writeFiles(
  files: AsyncIterable<LoadedFile> | Iterable<LoadedFile>,
  folder: string,
  mtime: number,
): Promise<void> {
  const made = new Set<string>();
  const makeFolder = async (name: string): Promise<void> => {
    if (made.has(name)) return;
    const up = name.lastIndexOf('/');
    if (up > 0) await makeFolder(name.slice(0, up));
    made.add(name);
    await mkdir(bytes(folder, name), { recursive: true });
    await chmod(bytes(folder, name), 0o755);
  };
  await makeFolder('');
  for await (const file of files) {
    const up = file.path.lastIndexOf('/');
    if (up !== -1) await makeFolder(file.path.slice(0, up));
    const place = bytes(folder, file.path);
    if (file.mode === '120000') {
      await symlink(file.content, place);
      await lutimes(place, mtime, mtime);
      continue;
    }
    // `wx`: a link that lies there must not lead the content elsewhere.
    await writeFile(place, file.content, { flag: 'wx' });
    await chmod(place, file.mode === '100755' ? 0o755 : 0o644);
    await utimes(place, mtime, mtime);
  }
  // Deepest first: writing into a folder changes its time.
  for (const name of [...made].sort((a, b) => b.length - a.length)) await utimes(bytes(folder, name), mtime, mtime);
}

/** The files one by one, read when they are asked for. */
export async function* loadEach(files: readonly SourceFile[]): AsyncGenerator<LoadedFile> {
  await using blobs = new BlobSource();
  for (const file of files) yield { path: file.path, mode: file.mode, content: await blobs.read(file) };
}

/**
 * Describes what lies below `folder`; links are not followed, special files not listed.
 *
 * @param skip names at the top that are left out.
 */
export async function readFolder(
  folder: string,
  objectFormat: 'sha1' | 'sha256',
  skip: readonly string[] = [],
): Promise<Map<string, FileState>> {
  const state = new Map<string, FileState>();
  const walk = async (at: string): Promise<void> => {
    const names = (await readdir(bytes(folder, at), { encoding: 'buffer' })).map((name) => name.toString('latin1'));
    for (const name of names.sort()) {
      if (at === '' && skip.includes(name)) continue;
      const inside = at === '' ? name : `${at}/${name}`;
      const place = bytes(folder, inside);
      const stat = await lstat(place);
      if (stat.isDirectory()) await walk(inside);
      else if (stat.isSymbolicLink()) {
        const target = await readlink(place, { encoding: 'buffer' });
        state.set(inside, { mode: '120000', id: blobId(target, objectFormat) });
      } else if (stat.isFile()) {
        const mode = (stat.mode & 0o100) === 0 ? '100644' : '100755';
        state.set(inside, { mode, id: blobId(await readFile(place), objectFormat) });
      }
    }
  };
  await walk('');
  return state;
}

/** The state of files that lie in git. */
export function stateOf(files: readonly SourceFile[]): Map<string, FileState> {
  return new Map(files.map(({ path, mode, id }) => [path, { mode, id }]));
}

/** Paths that differ between two states, sorted. */
export function differingPaths(a: TreeState, b: TreeState): string[] {
  const paths = new Set([...a.keys(), ...b.keys()]);
  return [...paths].filter((path) => !sameState(a.get(path), b.get(path))).sort();
}

export function sameState(a: FileState | undefined, b: FileState | undefined): boolean {
  return a?.id === b?.id && a?.mode === b?.mode;
}

/** Id of a blob (git-hash-object(1)). */
export function blobId(content: Buffer, objectFormat: 'sha1' | 'sha256'): string {
  return createHash(objectFormat).update(`blob ${content.length}\0`).update(content).digest('hex');
}

/** The path of `name` (a byte string) below `folder`, as the file system takes it: bytes. */
export function bytes(folder: string, name: string): Buffer {
  return Buffer.concat([Buffer.from(name === '' ? folder : `${folder}/`), Buffer.from(name, 'latin1')]);
}
