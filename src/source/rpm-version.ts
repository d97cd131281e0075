/** The version of an rpm build: tag, spec and history put together. */
import { UserError } from '../errors.ts';
import type { Logger } from '../host/host.ts';
import { compareEvr, parseEvr } from '../rpm/evr.ts';
import { versionKey } from '../rpm/spec.ts';
import type { ExpandedSpec } from '../rpm/spec-expander.ts';
import type { Commit, GitRepository } from './git.ts';
import { decideUpstream, introduction, type Upstream } from './history.ts';
import { type CountBase, nextPosition, positionOf } from './position.ts';
import type { Projects } from './projects.ts';
import type { SpecFile } from './rpm-layout.ts';
import type { RpmSourceRequest } from './rpm-request.ts';
import { mergeRelease, type ReleasePlan, type ReleaseText, reviewRelease } from './rpm-scheme.ts';
import { assertOrder, type Position } from './scheme.ts';

export interface RpmVersionDecision {
  readonly upstream: Upstream;
  /** Value for Version, where it is not to be the spec's own. */
  readonly version: string | undefined;
  readonly counted: CountBase;
  readonly position: Position;
  /** What becomes of Version and Release; `snapshot` where the Version is to say the commit. */
  at(snapshot: boolean): ReleaseText;
  /**
   * Asserts that what came out of the spec is in order.
   *
   * @returns for a review: the version that it stays below.
   */
  check(made: ExpandedSpec, text: ReleaseText): string | undefined;
}

/** Tags of a spec that its version is made of. */
const VERSION_TAGS = ['Version', 'Release', 'Epoch'] as const;

/**
 * @param release value of the spec's Release, unexpanded.
 * @throws UserError where tag and spec disagree.
 */
export async function decideRpmVersion(
  request: RpmSourceRequest,
  projects: Projects,
  file: SpecFile,
  spec: { readonly expanded: ExpandedSpec; readonly release: string },
  log: Logger,
): Promise<RpmVersionDecision> {
  const { code, codeCommit, separate } = projects;
  const { scheme, template, suffix, parentBranch, published, target } = request.version;
  const { expanded } = spec;
  const upstream = await decideUpstream(code, codeCommit, {
    from: request.version.upstreamFrom,
    // Between letters and digits rpm takes every separator for the same; tags are compared in dots.
    changelog: {
      epoch: expanded.epoch ?? 0,
      upstream: expanded.version.replaceAll('_', '.'),
      revision: spec.release.replace(/%\{\??dist\}.*$/s, ''),
    },
    document: 'spec',
    where: file.where,
    pattern: request.version.tagPattern,
    packageName: expanded.name,
  });
  const introduced = await introducedAt(projects, file);
  const ownBase = separate || introduced === undefined ? undefined : await code.describeCommit(introduced);
  const base = upstream.tag?.commit ?? ownBase;
  if (upstream.tag === undefined) {
    const from = base === undefined ? 'the beginning' : `the commit that brought ${expanded.version} to the spec`;
    log.notice(
      `no tag for upstream version ${expanded.version}: it is taken from the spec, and commits count from ${from}`,
    );
  }
  const counted = { code: base?.id, spec: introduced };
  const needsParent = scheme === 'hotfix' || scheme === 'security' || /\{(?:base|delta)\}/.test(template ?? '');
  if (needsParent && parentBranch === undefined) {
    throw new UserError({
      what: `the version scheme ${scheme} needs the branch that this one left`,
      where: 'input parent-branch',
      expected: 'a branch such as main',
    });
  }
  const position = await positionOf(projects, counted, needsParent ? parentBranch : undefined);
  const { review } = request;
  const merge = review === undefined ? undefined : await nextPosition(projects, counted, position, review);
  const sameVersion =
    merge !== undefined &&
    scheme === 'changelog' &&
    (await hasSameVersion(projects.spec, merge.specTip, file, versionOf(expanded), published));
  const at = (snapshot: boolean): ReleaseText => {
    const plan: ReleasePlan = {
      scheme,
      ...(template === undefined ? {} : { template }),
      suffix,
      release: spec.release,
      snapshot,
      ...(target === undefined ? {} : { target }),
    };
    return review === undefined || merge === undefined
      ? mergeRelease(plan, position)
      : reviewRelease(plan, merge.next, review, sameVersion);
  };
  const check = (made: ExpandedSpec, { mark }: ReleaseText): string | undefined => {
    const cut = (part: 'version' | 'release') =>
      mark?.part === part && made[part].endsWith(mark.text) ? made[part].slice(0, -mark.text.length) : made[part];
    const next = mark && versionOf({ ...made, version: cut('version'), release: cut('release') });
    const order = { version: versionOf(made), review: review !== undefined, published, next };
    assertOrder(order, (a, b) => compareEvr(parseEvr(a, 'version'), parseEvr(b, 'version')));
    return next;
  };
  const version = upstream.upstream === expanded.version.replaceAll('_', '.') ? undefined : upstream.upstream;
  return { upstream, version, counted, position, at, check };
}

/** `[epoch:]version-release` as the manifest has it. */
export function versionOf({ epoch, version, release }: Pick<ExpandedSpec, 'epoch' | 'version' | 'release'>): string {
  return `${epoch === undefined ? '' : `${epoch}:`}${version}-${release}`;
}

/** The commit that brought the spec to its Version. */
async function introducedAt({ spec, specCommit }: Projects, file: SpecFile): Promise<string | undefined> {
  const now = versionKey(file.text, ['Version']);
  if (now === undefined) return undefined;
  return await introduction(
    spec,
    specCommit,
    file.path,
    (content) => versionKey(content.toString('latin1'), ['Version']) === now,
  );
}

/** Whether a change leaves the version of the spec as it is where it goes to. */
async function hasSameVersion(
  repository: GitRepository,
  tip: Commit | undefined,
  file: SpecFile,
  version: string,
  published: string | undefined,
): Promise<boolean> {
  if (published === version || tip === undefined) return true;
  await using reader = repository.reader();
  const object = await reader.read(`${tip.id}:${Buffer.from(file.path, 'latin1').toString('utf8')}`);
  if (object?.type !== 'blob') return true;
  return versionKey(object.content.toString('latin1'), VERSION_TAGS) === versionKey(file.text, VERSION_TAGS);
}
