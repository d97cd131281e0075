/**
 * The difference between an orig tarball and the commit that is built. One upstream version has one orig tarball for
 * good, so commits after its tag travel as a patch in debian/patches, or as format 1.0's diff.
 */
import path from 'node:path';
import { run } from '../process.ts';
import { temporaryFolder } from '../temporary.ts';
import { bytes, type FileState, sameState, type TreeState } from './folder.ts';
import { gitBytes, isolatedEnvironment } from './git.ts';
import type { SourceFile } from './tree.ts';

export interface DeltaEntry {
  /** Byte string. */
  readonly path: string;
  readonly from: FileState | undefined;
  readonly to: FileState | undefined;
}

/**
 * What the source package must unpack to, outside debian/: what the commits since the tag changed is as the commit has
 * it, everything else as the orig tarball has it (which may hold files that are not in git, such as `configure`).
 *
 * @param base the tag's tree; without one the commit's tree is meant, whole.
 * @param keep folders of the orig (its components) that are not in git.
 */
export function wantedTree(
  orig: TreeState,
  base: TreeState | undefined,
  commit: TreeState,
  keep: readonly string[] = [],
): Map<string, FileState> {
  const kept = (file: string) => keep.some((folder) => file.startsWith(`${folder}/`));
  if (base === undefined) {
    return new Map([...[...orig].filter(([file]) => kept(file)), ...commit]);
  }
  const wanted = new Map(orig);
  for (const file of new Set([...base.keys(), ...commit.keys()])) {
    const now = commit.get(file);
    if (sameState(base.get(file), now)) continue;
    if (now === undefined) wanted.delete(file);
    else wanted.set(file, now);
  }
  return wanted;
}

/** What has to change in `orig` to get `wanted`, sorted by path. */
export function deltaOf(orig: TreeState, wanted: TreeState): DeltaEntry[] {
  return [...new Set([...orig.keys(), ...wanted.keys()])]
    .sort()
    .map((file) => ({ path: file, from: orig.get(file), to: wanted.get(file) }))
    .filter((entry) => !sameState(entry.from, entry.to));
}

export interface RepresentableRequest {
  readonly format: '3.0 (quilt)' | '1.0';
  readonly orig: TreeState;
  readonly wanted: TreeState;
  /** Id of the empty blob. */
  readonly empty: string;
  /** Of format 1.0: whether the content with that id has a NUL byte, which diff(1) takes for binary. */
  readonly isBinary: (id: string) => boolean;
}

/** Entries that the format has no way to carry (dpkg-source(1), patch(1)). */
export function unrepresentable(delta: readonly DeltaEntry[], request: RepresentableRequest): DeltaEntry[] {
  const check = request.format === '1.0' ? fitsDiff : fitsPatch;
  const folders = (state: TreeState) => {
    const found = new Set<string>();
    for (const file of state.keys()) {
      for (let end = file.lastIndexOf('/'); end > 0; end = file.lastIndexOf('/', end - 1))
        found.add(file.slice(0, end));
    }
    return found;
  };
  const [before, after] = [folders(request.orig), folders(request.wanted)];
  return delta.filter((entry) => {
    // A file where a folder was, or the other way round; a path through a link.
    if (before.has(entry.path) || after.has(entry.path)) return true;
    for (let end = entry.path.indexOf('/'); end !== -1; end = entry.path.indexOf('/', end + 1)) {
      const folder = entry.path.slice(0, end);
      if (request.orig.has(folder) || request.wanted.has(folder)) return true;
    }
    return !check(entry, request);
  });
}

function fitsPatch({ path: file, from, to }: DeltaEntry, { empty }: RepresentableRequest): boolean {
  // git writes such names quoted, and dpkg-source refuses those; it keeps .dpkg-orig for itself.
  if (/["\\]/.test(file) || file.endsWith('.dpkg-orig')) return false;
  // Patches through links are refused. A new one is fine.
  if (from?.mode === '120000' || (from !== undefined && to?.mode === '120000')) return false;
  // dpkg-source runs patch with -E, which removes what ends up empty.
  return to?.id !== empty || (from?.id === empty && from.mode === to.mode);
}

function fitsDiff({ path: file, from, to }: DeltaEntry, { empty, isBinary }: RepresentableRequest): boolean {
  if (/["\\]/.test(file) || to === undefined || to.id === empty) return false;
  if (to.mode === '120000' || (from === undefined ? to.mode !== '100644' : from.mode !== to.mode)) return false;
  return !isBinary(to.id) && (from === undefined || !isBinary(from.id));
}

export interface PatchRequest {
  readonly delta: readonly DeltaEntry[];
  /** The orig tarball, unpacked. */
  readonly origFolder: string;
  /** The commit's files, which hold what the delta changes to. */
  readonly files: readonly SourceFile[];
  readonly objectFormat: 'sha1' | 'sha256';
  readonly signal?: AbortSignal;
}

/**
 * The delta as a patch that GNU patch takes, in git's extended form (for modes, links and empty files). Binary files are
 * in it like text: GNU patch is 8-bit clean.
 */
export async function makePatch(request: PatchRequest): Promise<Buffer> {
  const { delta, origFolder, objectFormat, signal } = request;
  await using scratch = await temporaryFolder('delta');
  const gitDir = path.join(scratch.path, 'git');
  const base = isolatedEnvironment();
  await run(['git', 'init', '--quiet', '--bare', '--template=', `--object-format=${objectFormat}`, gitDir], {
    env: base,
  });
  const repositories = new Set(request.files.map((file) => file.repository));
  const borrowed = await Promise.all([...repositories].map((repository) => repository.objectsFolder()));
  const env = { ...base, GIT_DIR: gitDir, GIT_ALTERNATE_OBJECT_DIRECTORIES: borrowed.map(quoted).join(':') };
  // What the commit has lies in its repository; what the tarball has is added to ours.
  const old = delta.flatMap((entry) => (entry.from === undefined ? [] : [bytes(origFolder, entry.path)]));
  const list = Buffer.concat(old.flatMap((place) => [place, Buffer.from('\n')]));
  await gitBytes(['hash-object', '-w', '--stdin-paths', '--no-filters'], env, list, signal);
  const trees: string[] = [];
  for (const side of ['from', 'to'] as const) {
    const lines = delta.map(({ path: file, [side]: state }) => (state ? `${state.mode} ${state.id}\t${file}\0` : ''));
    const index = { ...env, GIT_INDEX_FILE: path.join(scratch.path, `index-${side}`) };
    await gitBytes(['update-index', '-z', '--index-info'], index, Buffer.from(lines.join(''), 'latin1'), signal);
    trees.push((await gitBytes(['write-tree'], index, '', signal)).toString().trim());
  }
  const [from = '', to = ''] = trees;
  const options = ['--patch', '--text', '--no-renames', '--full-index', '--no-ext-diff', '--no-textconv', '--no-color'];
  const settings = ['-c', 'core.quotePath=false', '-c', 'core.attributesFile=/dev/null', '-c', 'diff.context=3'];
  const prefixes = [
    '--src-prefix=a/',
    '--dst-prefix=b/',
    '--diff-algorithm=myers',
    '--indent-heuristic',
    '--unified=3',
  ];
  return await gitBytes([...settings, 'diff-tree', '-r', ...options, ...prefixes, from, to], env, '', signal);
}

/** A path in a list of git's that colons separate (git(1), GIT_ALTERNATE_OBJECT_DIRECTORIES). */
function quoted(folder: string): string {
  return `"${folder.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

export interface PatchHeader {
  readonly tag: string | undefined;
  readonly commit: string;
  /** Seconds since the epoch. */
  readonly time: number;
}

/** Name of the patch in debian/patches. */
export const DELTA_PATCH = '0000-code-project.patch';

/** The header of the patch, in the form of DEP-3. */
export function patchHeader({ tag, commit, time }: PatchHeader): string {
  return [
    `Description: What the code project has ${tag === undefined ? 'beside the orig tarball' : `since tag ${tag}`}`,
    ' Made by pkg-actions: the orig tarball of an upstream version stays the same,',
    ' later commits are in this patch.',
    `Origin: vendor, commit ${commit}`,
    'Forwarded: not-needed',
    `Last-Update: ${new Date(time * 1000).toISOString().slice(0, 10)}`,
    '',
    '',
  ].join('\n');
}
