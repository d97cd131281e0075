/**
 * The files of a commit. Paths are kept as byte strings (one character a byte, `latin1`): git allows any bytes, and a
 * path that was decoded and encoded again would be another one.
 */
import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { quote, UserError } from '../errors.ts';
import type { Logger } from '../host/host.ts';
import { run } from '../process.ts';
import { temporaryFolder } from '../temporary.ts';
import { completeObjects } from './complete.ts';
import { type Commit, GitRepository, gitBytes, isolatedEnvironment } from './git.ts';

export type FileMode = '100644' | '100755' | '120000';

/** A file (or symbolic link) that goes into a package. */
export interface SourceFile {
  /** Byte string, relative, with `/`. */
  readonly path: string;
  readonly mode: FileMode;
  /** Id of the blob. */
  readonly id: string;
  /** Where the blob is read from. */
  readonly repository: GitRepository;
}

interface TreeEntry {
  readonly path: string;
  readonly mode: string;
  readonly id: string;
}

/** Of submodules: packed, or left out as `git archive` does. */
export type SubmodulePolicy = 'include' | 'omit';

export interface ReadTreeOptions {
  /** `ignore`: left out without a word. */
  readonly submodules: SubmodulePolicy | 'ignore';
  /** Whether to say what is left out or not expanded: once, for the commit that is built. */
  readonly warn: boolean;
  /** Leave out what `export-ignore` of the commit's own .gitattributes names, as `git archive` does. */
  readonly exportIgnore: boolean;
  readonly log: Logger;
  /** Submodules stay open until it is disposed of. */
  readonly resources: AsyncDisposableStack;
  readonly signal?: AbortSignal;
}

const LFS_POINTER = 'version https://git-lfs.github.com/spec/v1\n';

/** A byte string as text for people. */
export function pathText(bytePath: string): string {
  return Buffer.from(bytePath, 'latin1').toString('utf8');
}

/** Up to `limit` paths for a message. */
export function listPaths(paths: readonly string[], limit = 5): string {
  const shown = paths.slice(0, limit).map((each) => quote(pathText(each)));
  return `${shown.join(', ')}${paths.length > limit ? ` and ${paths.length - limit} more` : ''}`;
}

/**
 * Lists every file of `commit`, sorted by path, submodules expanded.
 *
 * Content is as committed: no end-of-line conversion, no filter, no `ident`, no `export-subst` (what those give depends
 * on the machine, its git and its tags).
 *
 * @throws UserError for paths that leave the folder or stand for two things, and for submodules that are not there.
 */
export async function readTree(
  repository: GitRepository,
  commit: Commit,
  options: ReadTreeOptions,
): Promise<SourceFile[]> {
  await completeObjects(repository, commit, options.log);
  const entries = parseTree(await repository.bytes(['ls-tree', '-r', '-z', '--full-tree', commit.tree]));
  const where = `${repository.role} project, commit ${commit.id.slice(0, 12)}`;
  checkPaths(entries, where);
  const attributes = await readAttributes(repository, commit, entries, options.signal);
  const kept = options.exportIgnore ? entries.filter((entry) => !attributes.ignored.has(entry.path)) : entries;
  const files: SourceFile[] = [];
  for (const { path: filePath, mode, id } of kept) {
    if (mode === '160000') {
      if (options.submodules === 'include') files.push(...(await readSubmodule(repository, filePath, id, options)));
      continue;
    }
    // 100664 is of git's first months; all that counts is whether the owner may execute.
    const fileMode = mode === '120000' ? '120000' : mode === '100755' ? '100755' : '100644';
    files.push({ path: filePath, mode: fileMode, id, repository });
  }
  const modules = kept.filter((entry) => entry.mode === '160000').map((entry) => entry.path);
  if (modules.length > 0 && options.submodules === 'omit' && options.warn) {
    options.log.warning(`submodules are left out of the source package: ${listPaths(modules)}`);
  }
  if (options.warn) await warnOfUnexpanded(repository, files, attributes, options.log);
  return files.sort(comparePaths);
}

/** Order of paths in tarballs: by bytes. */
export function comparePaths(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

function parseTree(output: Buffer): TreeEntry[] {
  return output
    .toString('latin1')
    .split('\0')
    .filter((record) => record !== '')
    .map((record) => {
      const tab = record.indexOf('\t');
      const [mode = '', , id = ''] = record.slice(0, tab).split(' ');
      return { mode, id, path: record.slice(tab + 1) };
    });
}

/** Trees are hostile: git checks them when it checks out, and we never do. */
function checkPaths(entries: readonly TreeEntry[], where: string): void {
  const wrong = (what: string, found: string): UserError =>
    new UserError({ what, where, found: quote(pathText(found)) });
  const files = new Set<string>();
  const folders = new Set<string>();
  for (const entry of entries) {
    const parts = entry.path.split('/');
    const bad = parts.some((part) => part === '' || part === '.' || part === '..' || part.toLowerCase() === '.git');
    if (bad) throw wrong('a file name that git forbids', entry.path);
    // dpkg-source, tar lists and patches hold one name a line.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    if (/[\u0000-\u001f\u007f]/.test(entry.path)) throw wrong('a file name with a control character', entry.path);
    if (files.has(entry.path)) throw wrong('two files of one name', entry.path);
    files.add(entry.path);
    for (let end = parts.length - 1; end > 0; end--) folders.add(parts.slice(0, end).join('/'));
  }
  for (const file of files) if (folders.has(file)) throw wrong('a file and a folder of one name', file);
}

interface Attributes {
  /** Paths of files that `export-ignore` covers, directly or by a folder above. */
  readonly ignored: ReadonlySet<string>;
  readonly substituted: ReadonlySet<string>;
  /** Files that Git LFS keeps elsewhere. */
  readonly lfs: ReadonlySet<string>;
}

/**
 * Reads the attributes that the commit itself sets, in a repository of our own that borrows the objects: neither the
 * person's configuration nor info/attributes of the clone has a say.
 */
async function readAttributes(
  repository: GitRepository,
  commit: Commit,
  entries: readonly TreeEntry[],
  signal: AbortSignal | undefined,
): Promise<Attributes> {
  const none: Attributes = { ignored: new Set(), substituted: new Set(), lfs: new Set() };
  if (!entries.some((entry) => entry.path === '.gitattributes' || entry.path.endsWith('/.gitattributes'))) return none;
  await using scratch = await temporaryFolder('attributes');
  const gitDir = path.join(scratch.path, 'git');
  await run(['git', 'init', '--quiet', '--bare', '--template=', `--object-format=${repository.objectFormat}`, gitDir], {
    env: isolatedEnvironment(),
  });
  const env = {
    ...isolatedEnvironment(),
    GIT_DIR: gitDir,
    GIT_OBJECT_DIRECTORY: await repository.objectsFolder(),
    GIT_INDEX_FILE: path.join(scratch.path, 'index'),
  };
  await gitBytes(['read-tree', commit.tree], env, '', signal);
  const folders = new Set<string>();
  for (const { path: file } of entries) {
    for (let end = file.lastIndexOf('/'); end !== -1; end = file.lastIndexOf('/', end - 1)) {
      folders.add(file.slice(0, end + 1));
    }
  }
  const names = [...folders, ...entries.map((entry) => entry.path)];
  const args = ['check-attr', '--cached', '--stdin', '-z', 'export-ignore', 'export-subst', 'filter'];
  const output = await gitBytes(args, env, Buffer.from(names.map((name) => `${name}\0`).join(''), 'latin1'), signal);
  const fields = output.toString('latin1').split('\0');
  const ignored = new Set<string>();
  const substituted = new Set<string>();
  const lfs = new Set<string>();
  for (let index = 0; index + 2 < fields.length; index += 3) {
    const [name = '', attribute, value] = fields.slice(index, index + 3);
    if (attribute === 'export-ignore' && value === 'set') ignored.add(name);
    if (attribute === 'export-subst' && value === 'set') substituted.add(name);
    if (attribute === 'filter' && value === 'lfs') lfs.add(name);
  }
  const covered = (file: string): boolean => {
    if (ignored.has(file)) return true;
    for (let end = file.indexOf('/'); end !== -1; end = file.indexOf('/', end + 1)) {
      if (ignored.has(file.slice(0, end + 1))) return true;
    }
    return false;
  };
  return { ignored: new Set(entries.map((entry) => entry.path).filter(covered)), substituted, lfs };
}

async function readSubmodule(
  repository: GitRepository,
  at: string,
  id: string,
  options: ReadTreeOptions,
): Promise<SourceFile[]> {
  const folder = path.join(repository.folder, pathText(at));
  const missing = (what: string): UserError =>
    new UserError({
      what,
      where: `${repository.role} project, submodule ${quote(pathText(at))}`,
      expected: `its commit ${id.slice(0, 12)}`,
      remedy: 'check out with submodules (submodules: recursive), or leave them out with the input submodules: omit',
    });
  // A folder of the tree that only looks like a repository is none: git wrote `.git`, a commit cannot.
  if (!(await lstat(path.join(folder, '.git')).catch(() => undefined)))
    throw missing('the submodule is not checked out');
  const submodule = await GitRepository.open(folder, repository.role, options.signal);
  options.resources.use(submodule);
  if (submodule.folder === repository.folder) throw missing('the submodule is not checked out');
  const type = await submodule.text(['cat-file', '-t', id], { okExitCodes: [0, 128] });
  if (type.trim() !== 'commit') throw missing('the submodule does not have the commit');
  const files = await readTree(submodule, await submodule.describeCommit(id), options);
  return files.map((file) => ({ ...file, path: `${at}/${file.path}` }));
}

/** `export-subst` and LFS pointers are named: the packed file is not what the developer sees. */
async function warnOfUnexpanded(
  repository: GitRepository,
  files: readonly SourceFile[],
  attributes: Attributes,
  log: Logger,
): Promise<void> {
  const pointers: string[] = [];
  const substituted: string[] = [];
  const own = files.filter(
    (file) =>
      file.repository === repository &&
      file.mode !== '120000' &&
      (attributes.lfs.has(file.path) || attributes.substituted.has(file.path)),
  );
  if (own.length === 0) return;
  await using reader = repository.reader();
  for (const file of own) {
    const content = await reader.blob(file.id);
    if (attributes.lfs.has(file.path) && content.subarray(0, 64).toString().startsWith(LFS_POINTER)) {
      pointers.push(file.path);
    }
    if (attributes.substituted.has(file.path) && content.includes('$Format:')) substituted.push(file.path);
  }
  if (pointers.length > 0) {
    log.warning(
      `the ${repository.role} project keeps files in Git LFS; the source package holds their pointers, not their content: ${listPaths(pointers)}`,
    );
  }
  if (substituted.length > 0) {
    log.warning(`export-subst is not expanded: "$Format:" stays as it is in ${listPaths(substituted)}`);
  }
}
