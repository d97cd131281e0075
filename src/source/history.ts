/** What versions are counted from: tags, the changelog's history, and the numbers of a point of the history. */
import { type DebVersion, isVersion, parseVersion } from '../deb/version.ts';
import { quote, UserError } from '../errors.ts';
import type { Commit, GitRepository } from './git.ts';
import { type Agreement, agree, versionOfTag } from './upstream-version.ts';

export interface VersionTag {
  readonly name: string;
  /** The commit that it tags. */
  readonly commit: Commit;
  /** Upstream version in Debian's spelling. */
  readonly upstream: string;
}

/** Tags of packages are never versions of upstream (DEP-14). */
const EXCLUDED = ['debian/*', 'ubuntu/*', 'kali/*', 'raspbian/*', 'devuan/*'];
/** Tags that match the pattern and hold no version, at most, before we give up. */
const MAX_STRANGE_TAGS = 100;

/**
 * The newest tags that hold a version: those of the nearest tagged commit that `commit` descends from (as
 * `git describe --abbrev=0 --match PATTERN`, lightweight tags too).
 *
 * @param pattern glob of tags.
 * @returns empty where there is none. The one that git describe names is first.
 */
export async function nearestTags(
  repository: GitRepository,
  commit: Commit,
  pattern: string,
  packageName: string,
): Promise<VersionTag[]> {
  const excluded = [...EXCLUDED];
  while (excluded.length < MAX_STRANGE_TAGS) {
    const rules = [`--match=${pattern}`, ...excluded.map((each) => `--exclude=${each}`)];
    const described = await repository.text(['describe', '--tags', '--abbrev=0', ...rules, commit.id], {
      okExitCodes: [0, 128],
    });
    const name = described.replace(/\n$/, '');
    if (name === '') return [];
    if (versionOfTag(name, packageName) === undefined) {
      excluded.push(name);
      continue;
    }
    const tagged = (await repository.text(['rev-parse', '--verify', `refs/tags/${name}^{commit}`])).trim();
    const beside = await listTags(repository, ['--points-at', tagged], pattern);
    return await readTags(repository, [name, ...beside.filter((each) => each !== name)], packageName);
  }
  return [];
}

/** Every tag that `commit` descends from and that agrees with the changelog's version; the newest commit first. */
export async function tagsOfVersion(
  repository: GitRepository,
  commit: Commit,
  pattern: string,
  packageName: string,
  changelog: DebVersion,
): Promise<VersionTag[]> {
  const names = (await listTags(repository, ['--merged', commit.id], pattern)).filter((name) => {
    const upstream = versionOfTag(name, packageName);
    return upstream !== undefined && agree(changelog, { name, upstream }, packageName) !== undefined;
  });
  const tags = await readTags(repository, names, packageName);
  return tags.sort((a, b) => b.commit.time - a.commit.time);
}

async function listTags(
  repository: GitRepository,
  filter: readonly [string, string],
  pattern: string,
): Promise<string[]> {
  const output = await repository.text(['tag', '--list', ...filter, '--format=%(refname:strip=2)', '--', pattern]);
  return output.split('\n').filter((name) => name !== '');
}

async function readTags(
  repository: GitRepository,
  names: readonly string[],
  packageName: string,
): Promise<VersionTag[]> {
  const tags: VersionTag[] = [];
  for (const name of names) {
    const upstream = versionOfTag(name, packageName);
    if (upstream === undefined) continue;
    const id = (await repository.text(['rev-parse', '--verify', `refs/tags/${name}^{commit}`])).trim();
    tags.push({ name, upstream, commit: await repository.describeCommit(id) });
  }
  return tags;
}

export interface UpstreamRequest {
  readonly from: 'auto' | 'tag' | 'changelog';
  readonly changelog: DebVersion;
  /** Where that version stands, for people; the changelog when absent. */
  readonly document?: 'changelog' | 'spec';
  /** File and line of it. */
  readonly where: string;
  readonly pattern: string;
  readonly packageName: string;
}

export interface Upstream extends Agreement {
  /** The tag of that version; `undefined` where there is none. */
  readonly tag: VersionTag | undefined;
  /** How the version came about, for people. */
  readonly source: string;
}

/**
 * The upstream version of `commit`, from tag and changelog.
 *
 * @throws UserError where they disagree, naming both; where `from` is `tag` and there is none.
 */
export async function decideUpstream(
  repository: GitRepository,
  commit: Commit,
  request: UpstreamRequest,
): Promise<Upstream> {
  const { changelog, pattern, packageName, where, document = 'changelog' } = request;
  const ofChangelog: Agreement = { upstream: changelog.upstream, revision: changelog.revision ?? '', repacked: false };
  if (request.from === 'changelog') {
    const [tag] = await tagsOfVersion(repository, commit, pattern, packageName, changelog);
    const agreement = tag === undefined ? ofChangelog : (agree(changelog, tag, packageName) ?? ofChangelog);
    return { ...agreement, tag, source: `the ${document}${tag === undefined ? '' : `, tagged ${tag.name}`}` };
  }
  const tags = await nearestTags(repository, commit, pattern, packageName);
  for (const tag of tags) {
    const agreement = agree({ upstream: changelog.upstream, revision: changelog.revision }, tag, packageName);
    if (agreement !== undefined) return { ...agreement, tag, source: `tag ${tag.name} and the ${document}` };
  }
  const [newest] = tags;
  if (request.from === 'tag') {
    if (newest !== undefined) {
      const revision = changelog.revision ?? '';
      return { upstream: newest.upstream, revision, repacked: false, tag: newest, source: `tag ${newest.name}` };
    }
    throw new UserError({
      what: 'no tag of an upstream version',
      where: `code project, commit ${commit.id.slice(0, 12)}`,
      expected: `a tag matching ${quote(pattern)} among its ancestors`,
      remedy: `tag the release, fetch the tags, or take the version from the ${document} (upstream-version-from: auto)`,
    });
  }
  if (newest === undefined) return { ...ofChangelog, tag: undefined, source: `the ${document}: there is no tag` };
  throw new UserError({
    what: `the ${document} and the newest tag of the code project name different upstream versions`,
    where,
    found: `${changelog.upstream} in the ${document}, ${newest.upstream} by tag ${quote(newest.name)} (commit ${newest.commit.id.slice(0, 12)})`,
    expected: 'the same version',
    remedy: `${document === 'spec' ? 'set Version to' : 'add a changelog entry for'} ${newest.upstream}, tag ${changelog.upstream}, or choose with upstream-version-from`,
  });
}

/**
 * The commit that brought a file to its upstream version: the oldest of the newest run of commits, along the branch
 * itself, whose file has it.
 *
 * @param file path of the changelog or the spec in the repository, a byte string.
 * @param hasVersion whether a content of it has that version.
 */
export async function introduction(
  repository: GitRepository,
  commit: Commit,
  file: string,
  hasVersion: (content: Buffer) => boolean,
): Promise<string | undefined> {
  const pathspec = Buffer.from(file, 'latin1').toString('utf8');
  const listing = await repository.text(['rev-list', '--first-parent', commit.id, '--', `:(top,literal)${pathspec}`]);
  let found: string | undefined;
  await using reader = repository.reader();
  for (const id of listing.split('\n').filter((line) => line !== '')) {
    const object = await reader.read(`${id}:${pathspec}`);
    if (object?.type !== 'blob' || !hasVersion(object.content)) break;
    found = id;
  }
  return found;
}

/** Upstream version of the first heading of a changelog; old entries may have any form, so nothing here throws. */
export function topUpstream(content: Buffer): string | undefined {
  const version = /^\S+ \(([^()\s]+)\)/m.exec(content.subarray(0, 4096).toString('utf8'))?.[1];
  return version !== undefined && isVersion(version) ? parseVersion(version).upstream : undefined;
}
