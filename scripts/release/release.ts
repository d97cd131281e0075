/** A release: a commit whose tree is `releaseEntries`, and the tags that users write. Nothing is ever pushed. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { quote, shellQuote, UserError } from '../../src/errors.ts';
import { type Argv, run } from '../../src/process.ts';
import { type Git, releaseEntries, type TreeEntry } from './tree.ts';

export interface ReleaseOptions {
  /** Root of the repository. */
  readonly root: string;
  /** `vX.Y.Z`, with a pre-release part if need be: `v1.0.0-rc.1`. */
  readonly version: string;
  /** `owner/name` that users write behind `uses:`. */
  readonly repository: string;
  readonly dryRun: boolean;
}

/** SemVer 2.0.0 without build metadata. */
const VERSION = /^v((0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?)$/;

/**
 * Makes the release, or with `dryRun` says what it would hold.
 *
 * The commit's dates and author are those of its source, so that doing it again gives the same commit.
 *
 * @returns what to tell the person, last the command that publishes it.
 * @throws UserError for a dirty tree, a bad version, or a tag that is taken.
 */
export async function release(options: ReleaseOptions): Promise<string[]> {
  const { root, version, repository } = options;
  const [, number, majorNumber] = VERSION.exec(version) ?? [];
  if (number === undefined) {
    throw new UserError({ what: 'not a version', found: quote(version), expected: 'vX.Y.Z, such as v1.2.3' });
  }
  if (!/^[A-Za-z0-9][A-Za-z0-9-]*\/[A-Za-z0-9._-]+$/.test(repository)) {
    throw new UserError({ what: 'not a repository', found: quote(repository), expected: 'OWNER/NAME' });
  }
  const git = gitIn(root);
  const status = (await git(['status', '--porcelain', '--untracked-files=normal'])).trim();
  if (status !== '') {
    throw new UserError({
      what: 'the work tree has changes that are not committed',
      found: quote(status.split('\n')[0]?.trim()),
      expected: 'a clean tree: what is released is what was tested',
    });
  }
  const source = (await git(['rev-parse', '--verify', '--end-of-options', 'HEAD^{commit}'])).trim();
  const entries = await releaseEntries(git, source, number, repository);
  const tree = await writeTree(root, entries);
  const major = `v${majorNumber}`;
  const movesMajor = await isNewest(git, number);

  const existing = await tagOf(git, version);
  if (existing !== undefined && existing.tree !== tree) {
    throw new UserError({
      what: `the tag ${version} exists with another tree`,
      found: existing.tree.slice(0, 12),
      expected: `${tree.slice(0, 12)}, or a new version`,
    });
  }
  if (options.dryRun) {
    return [...entries.map((entry) => entry.path).sort(), `tree ${tree}, ${entries.length} files; nothing was tagged`];
  }
  const commit = existing?.commit ?? (await commitTree(git, tree, source, version));
  if (existing === undefined) await makeTag(git, version, commit, source);
  if (movesMajor) await git(['update-ref', `refs/tags/${major}`, commit]);
  const refs = [`refs/tags/${version}`, ...(movesMajor ? [`+refs/tags/${major}`] : [])];
  return [
    `${version}: commit ${commit}, tree ${tree}, ${entries.length} files${existing ? ' (was there already)' : ''}`,
    movesMajor ? `${major} points at it` : `${major} stays where it is`,
    'To publish it:',
    `  ${shellQuote(['git', 'push', 'origin', ...refs])}`,
  ];
}

function gitIn(root: string, env: Readonly<Record<string, string>> = {}): Git {
  return async (args: Argv, input?: string | Uint8Array) => {
    const { stdout } = await run(['git', ...args], {
      cwd: root,
      env,
      captureBytes: 64 * 1024 * 1024,
      ...(input === undefined ? {} : { input }),
    });
    return stdout;
  };
}

/** Writes the tree through an index of its own. */
async function writeTree(root: string, entries: readonly TreeEntry[]): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'pkg-actions-release-'));
  try {
    const git = gitIn(root, { GIT_INDEX_FILE: path.join(folder, 'index') });
    const lines = entries.map(({ mode, hash, path: name }) => `${mode} ${hash} 0\t${name}\0`).join('');
    await git(['update-index', '-z', '--index-info'], lines);
    return (await git(['write-tree'])).trim();
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * Whether `vX` is to point at `version`: never at a pre-release, which is for those who ask for it by name, and never
 * back from a newer one.
 */
async function isNewest(git: Git, version: string): Promise<boolean> {
  if (version.includes('-')) return false;
  const numbers = version.split('.').map(Number);
  const tags = (await git(['tag', '--list', `v${numbers[0]}.*`])).trim().split('\n');
  return tags.every((tag) => {
    const match = VERSION.exec(tag);
    if (!match || match[5] !== undefined) return true;
    const [minor, patch] = [Number(match[3]), Number(match[4])];
    return minor < (numbers[1] ?? 0) || (minor === numbers[1] && patch <= (numbers[2] ?? 0));
  });
}

async function tagOf(git: Git, tag: string): Promise<{ commit: string; tree: string } | undefined> {
  const found = (await git(['for-each-ref', '--format=%(objectname)', `refs/tags/${tag}`])).trim();
  if (found === '') return undefined;
  const [commit = '', tree = ''] = (await git(['rev-parse', `${found}^{commit}`, `${found}^{tree}`]))
    .trim()
    .split('\n');
  return { commit, tree };
}

async function commitTree(git: Git, tree: string, source: string, version: string): Promise<string> {
  const identity = await identityOf(git, source);
  const message = `Release ${version}\n\nMade from ${source}\n`;
  const lines = [`tree ${tree}`, `parent ${source}`, `author ${identity}`, `committer ${identity}`, '', message];
  return (await git(['hash-object', '-t', 'commit', '-w', '--stdin'], lines.join('\n'))).trim();
}

async function makeTag(git: Git, version: string, commit: string, source: string): Promise<void> {
  const identity = await identityOf(git, source);
  const text = `object ${commit}\ntype commit\ntag ${version}\ntagger ${identity}\n\nRelease ${version}\n`;
  const tag = (await git(['mktag'], text)).trim();
  // All zeros: only where there is no such tag yet.
  await git(['update-ref', `refs/tags/${version}`, tag, '0'.repeat(tag.length)]);
}

/** `Name <address> seconds zone` of the committer of `commit`. */
async function identityOf(git: Git, commit: string): Promise<string> {
  return (await git(['log', '-1', '--format=%cn <%ce> %cd', '--date=raw', commit])).trim();
}
