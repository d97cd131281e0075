/**
 * The tree of a release, made with git's plumbing from a commit; neither the work tree nor the index takes part.
 *
 * | release                  | source                              |
 * | ------------------------ | ----------------------------------- |
 * | `<name>/`                | `actions/<name>/`, `main:` adjusted |
 * | `.github/workflows/`     | `workflows/`                        |
 * | everything in `TAKEN`    | the same path                       |
 *
 * References between the parts are pinned to the version.
 */
import path from 'node:path';
import { parseDocument } from 'yaml';
import { UserError } from '../../src/errors.ts';
import type { Argv } from '../../src/process.ts';

/** Files and folders that a release has at the same path. Those that are absent are left out. */
const TAKEN: readonly string[] = [
  'templates',
  'dist',
  'targets',
  'containers',
  'schema',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
  'package.json',
];

/** Without these a release is of no use. */
const NEEDED: readonly string[] = [
  'dist',
  'targets',
  'containers',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
  'package.json',
];

/** How references are written in the sources; the part behind `@` is replaced. */
const OWN_NAME = 'org/pkg-actions';

export interface TreeEntry {
  readonly mode: string;
  readonly hash: string;
  readonly path: string;
}

/** Runs git in the repository and gives its standard output. */
export type Git = (args: Argv, input?: string | Uint8Array) => Promise<string>;

/**
 * The entries of the release tree; new blobs are written to the repository.
 *
 * @param version without `v`.
 * @param repository `owner/name` that users write behind `uses:`.
 */
export async function releaseEntries(
  git: Git,
  commit: string,
  version: string,
  repository: string,
): Promise<TreeEntry[]> {
  const entries: TreeEntry[] = [];
  const found = new Set<string>();
  for (const entry of await listTree(git, commit)) {
    const place = placeOf(entry.path);
    if (place === undefined) continue;
    found.add(place.split('/')[0] ?? '');
    const hash = await adjusted(git, entry, { version, repository, commit, place });
    entries.push({ mode: entry.mode, hash, path: place });
  }
  const missing = NEEDED.filter((name) => !found.has(name));
  if (missing.length > 0) {
    throw new UserError({
      what: 'the commit lacks parts of a release',
      where: commit,
      found: `no ${missing.join(', ')}`,
    });
  }
  const seen = new Set<string>();
  for (const entry of entries) {
    if (seen.has(entry.path)) throw new UserError({ what: 'two sources for one path of a release', where: entry.path });
    seen.add(entry.path);
  }
  return entries;
}

/** Path in the release, or `undefined` where a file stays behind. */
function placeOf(file: string): string | undefined {
  const [top = '', ...rest] = file.split('/');
  if (top === 'actions' && rest.length > 1) return rest.join('/');
  if (top === 'workflows' && rest.length > 0) return `.github/workflows/${rest.join('/')}`;
  return TAKEN.includes(top) ? file : undefined;
}

async function listTree(git: Git, commit: string): Promise<TreeEntry[]> {
  const output = await git(['ls-tree', '-r', '-z', '--full-tree', commit]);
  return output
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const [, mode = '', type, hash = '', name = ''] = /^(\d+) (\w+) ([0-9a-f]+)\t([\s\S]*)$/.exec(line) ?? [];
      if (type !== 'blob')
        throw new UserError({ what: 'a release holds files only', where: name, found: type ?? line });
      return { mode, hash, path: name };
    });
}

interface Context {
  readonly version: string;
  readonly repository: string;
  readonly commit: string;
  /** Path of the file in the release. */
  readonly place: string;
}

async function adjusted(git: Git, entry: TreeEntry, context: Context): Promise<string> {
  const change = changeOf(entry.path);
  if (change === undefined) return entry.hash;
  const before = await git(['cat-file', 'blob', entry.hash]);
  const after = change(before, context);
  return after === before ? entry.hash : (await git(['hash-object', '-w', '--stdin'], after)).trim();
}

type Change = (text: string, context: Context) => string;

function changeOf(file: string): Change | undefined {
  if (file === 'package.json') return (text, { version }) => withVersion(text, version);
  if (/^actions\/[^/]+\/action\.ya?ml$/.test(file)) return (text) => withDist(text, file);
  if (/^templates\/.*\.yml$/.test(file)) {
    return (text, { version, repository }) => pinReferences(withPackage(text, file, version), version, repository);
  }
  if (/^workflows\//.test(file)) {
    return (text, { version, repository }) => pinReferences(text, version, repository);
  }
  if (/^(README\.md$|actions\/.*\.md$)/.test(file)) {
    return (text, context) => pinReferences(withLinks(text, file, context), context.version, context.repository);
  }
  return undefined;
}

/** Relative links of a Markdown file: to where their target lies in the release, else to the source commit. */
function withLinks(text: string, file: string, { place, repository, commit }: Context): string {
  return text.replace(/\]\((?![a-z]+:|#|\/)([^)\s#]+)(#[^)\s]*)?\)/g, (_, link: string, anchor = '') => {
    const target = path.posix.normalize(path.posix.join(path.posix.dirname(file), link));
    const released = placeOf(target) ?? placeOf(`${target}/x`)?.slice(0, -2);
    const address =
      released === undefined
        ? `https://github.com/${repository}/blob/${commit}/${target}`
        : path.posix.relative(path.posix.dirname(place), released);
    return `](${address}${anchor})`;
  });
}

/** `main:` and `post:` of an action one level higher. */
function withDist(text: string, file: string): string {
  const document = parseDocument(text);
  for (const step of ['main', 'post']) {
    const script = document.getIn(['runs', step]);
    if (step === 'post' && script === undefined) continue;
    if (typeof script !== 'string' || !script.startsWith('../../dist/')) {
      throw new UserError({ what: 'no bundle of dist/', where: `${file} runs.${step}`, found: String(script) });
    }
    document.setIn(['runs', step], script.replace('../../dist/', '../dist/'));
  }
  return document.toString({ lineWidth: 120 });
}

/** The default of a component's input `pkg-actions`. */
function withPackage(text: string, file: string, version: string): string {
  if (!/^( *)default: pkg-actions@\S+$/m.test(text)) {
    throw new UserError({
      what: 'no default for what npx fetches',
      where: file,
      expected: 'default: pkg-actions@VERSION',
    });
  }
  return text.replace(/^( *)default: pkg-actions@\S+$/m, `$1default: pkg-actions@${version}`);
}

/** Sets `version` of a package.json and takes away what is for development only. */
function withVersion(text: string, version: string): string {
  const { devDependencies, overrides, scripts, ...rest } = JSON.parse(text) as Record<string, unknown>;
  return `${JSON.stringify({ ...rest, version }, null, 2)}\n`;
}

/** `org/pkg-actions/…@v1` and `org/pkg-actions@v1`, under the name and at the version of the release. */
export function pinReferences(text: string, version: string, repository: string): string {
  return text.replace(
    new RegExp(`(?<![A-Za-z0-9._-])${OWN_NAME}((?:/[A-Za-z0-9._-]+)*)@[A-Za-z0-9._-]+`, 'g'),
    (_, path: string) => `${repository}${path}@v${version}`,
  );
}
