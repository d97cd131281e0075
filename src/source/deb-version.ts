/** The version of a build: tag, changelog and history put together. */
import { UserError } from '../errors.ts';
import type { Logger } from '../host/host.ts';
import type { DebSourceRequest } from './deb-request.ts';
import type { Debian } from './debian-folder.ts';
import type { Commit } from './git.ts';
import { decideUpstream, introduction, topUpstream, type Upstream } from './history.ts';
import type { DebianFolder } from './layout.ts';
import { type CountBase, changelogVersionAt, nextPosition, positionOf } from './position.ts';
import type { Projects } from './projects.ts';
import { assertOrder, type Position, reviewVersion, type VersionPlan, versionAt } from './scheme.ts';

export interface VersionDecision {
  readonly upstream: Upstream;
  /** The commit that the upstream version's orig tarball is of: the tag's, or where the changelog came to it. */
  readonly base: Commit | undefined;
  readonly counted: CountBase;
  readonly position: Position;
  readonly native: boolean;
  /** The version, with a tarball of the tag or of the commit (`snapshot`); asserted to be in order. */
  at(snapshot: boolean): { readonly version: string; readonly next: string | undefined };
}

/** @throws UserError where tag and changelog disagree, or the version would be out of order. */
export async function decideVersion(
  request: DebSourceRequest,
  projects: Projects,
  debian: Debian,
  folder: DebianFolder,
  log: Logger,
): Promise<VersionDecision> {
  const { code, spec, codeCommit, specCommit, separate } = projects;
  const { scheme, template, suffix, parentBranch, published, target } = request.version;
  const upstream = await decideUpstream(code, codeCommit, {
    from: request.version.upstreamFrom,
    changelog: debian.version,
    where: debian.where,
    pattern: request.version.tagPattern,
    packageName: debian.name,
  });
  const changelog = folder.location === '' ? 'changelog' : `${folder.location}/changelog`;
  const introduced = await introduction(
    spec,
    specCommit,
    changelog,
    (content) => topUpstream(content) === debian.version.upstream,
  );
  const ownBase = separate || introduced === undefined ? undefined : await code.describeCommit(introduced);
  const base = upstream.tag?.commit ?? ownBase;
  if (upstream.tag === undefined) {
    const from = base === undefined ? 'the beginning' : `the commit that brought ${upstream.upstream} to the changelog`;
    log.notice(
      `no tag for upstream version ${upstream.upstream}: it is taken from the changelog, and commits count from ${from}`,
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
  const native = debian.version.revision === undefined;
  const { review } = request;
  const merge = review === undefined ? undefined : await nextPosition(projects, counted, position, review);
  let sameVersion = false;
  if (scheme === 'changelog' && merge !== undefined) {
    // A change that leaves the changelog alone brings no version of its own.
    const before = merge.specTip === undefined ? undefined : await changelogVersionAt(spec, merge.specTip, changelog);
    sameVersion = before === debian.entry.version || before === undefined || published === debian.entry.version;
  }
  const at = (snapshot: boolean) => {
    const plan: VersionPlan = {
      scheme,
      ...(template === undefined ? {} : { template }),
      suffix,
      epoch: debian.version.epoch,
      upstream: upstream.upstream,
      revision: upstream.revision,
      native,
      snapshot,
      ...(target === undefined ? {} : { target }),
    };
    const made: { version: string; next: string | undefined } =
      review === undefined || merge === undefined
        ? { version: versionAt(plan, position), next: undefined }
        : reviewVersion(plan, merge.next, review, sameVersion);
    assertOrder({ ...made, review: review !== undefined, published });
    return made;
  };
  return { upstream, base, counted, position, native, at };
}
