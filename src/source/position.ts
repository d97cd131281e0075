/** The numbers that versions are made of, counted in the history: of the commit that is built, and of the next merge. */
import { parseFirstEntry } from '../deb/changelog.ts';
import { UserError } from '../errors.ts';
import type { Commit, GitRepository } from './git.ts';
import type { Projects } from './projects.ts';
import type { Position } from './scheme.ts';

export interface CountBase {
  /** Commit of the code project that counting starts behind; `undefined`: the beginning. */
  readonly code: string | undefined;
  /** The same of a separate spec project. */
  readonly spec: string | undefined;
}

/** Position of `codeCommit` and `specCommit`. */
export async function positionOf(
  projects: Projects,
  base: CountBase,
  parentBranch: string | undefined,
): Promise<Position> {
  const { code, spec, codeCommit, specCommit, separate } = projects;
  const codeCommits = await code.count([codeCommit.id], base.code);
  const specCommits = separate ? await spec.count([specCommit.id], base.spec) : 0;
  return {
    codeCommits,
    commits: codeCommits + specCommits,
    baseCommits: parentBranch === undefined ? 0 : await commitsOfParent(code, codeCommit, base.code, parentBranch),
    time: Math.max(codeCommit.time, specCommit.time),
    codeCommit: codeCommit.id,
  };
}

/** Commits up to where the branch left `parentBranch`. */
async function commitsOfParent(
  code: GitRepository,
  commit: Commit,
  base: string | undefined,
  parentBranch: string,
): Promise<number> {
  const parent = await code.commit(parentBranch, 'input parent-branch');
  const fork = await code.mergeBase(parent.id, commit.id);
  if (fork === undefined) {
    throw new UserError({
      what: 'the parent branch has no commit in common with the one that is built',
      where: 'input parent-branch',
      found: parentBranch,
      expected: 'the branch that this one left',
    });
  }
  return await code.count([fork], base);
}

export interface ReviewRequest {
  readonly inCode: boolean;
  readonly inSpec: boolean;
  /** Branch that the change goes into; the first parent of the change when absent. */
  readonly baseBranch?: string;
}

export interface ReviewBase {
  /** Lowest numbers that the next merge can have. */
  readonly next: Position;
  /** Tip that the change goes onto, of the spec project. */
  readonly specTip: Commit | undefined;
}

/**
 * The lowest position that the next merge can have: one commit more than the branch has, whether the change is merged,
 * rebased or squashed, and whichever change is merged next. A change that only merges (a new upstream tag) adds none.
 */
export async function nextPosition(
  projects: Projects,
  base: CountBase,
  now: Position,
  review: ReviewRequest,
): Promise<ReviewBase> {
  const { code, spec, codeCommit, specCommit, separate } = projects;
  const inCode = review.inCode || !separate;
  const inSpec = review.inSpec && separate;
  const codeTip = inCode ? await tipOf(code, codeCommit, review.baseBranch) : codeCommit;
  const specTip = separate ? (inSpec ? await tipOf(spec, specCommit, review.baseBranch) : specCommit) : codeTip;
  const count = async (repository: GitRepository, tips: readonly (Commit | undefined)[], from: string | undefined) => {
    const ids = tips.flatMap((tip) => (tip === undefined ? [] : [tip.id]));
    return ids.length === 0 ? 0 : await repository.count(ids, from);
  };
  const codeBefore = await count(code, [codeTip], base.code);
  const codeAfter = await count(code, [codeTip, codeCommit], base.code);
  const specBefore = separate ? await count(spec, [specTip], base.spec) : 0;
  const specAfter = separate ? await count(spec, [specTip, specCommit], base.spec) : 0;
  return {
    next: {
      codeCommits: Math.min(codeAfter, codeBefore + (inCode ? 1 : 0)),
      commits: Math.min(codeAfter + specAfter, codeBefore + specBefore + 1),
      baseCommits: now.baseCommits,
      time: Math.max(codeTip?.time ?? 0, specTip?.time ?? 0) + 1,
      codeCommit: inCode ? undefined : codeCommit.id,
    },
    specTip,
  };
}

async function tipOf(
  repository: GitRepository,
  commit: Commit,
  branch: string | undefined,
): Promise<Commit | undefined> {
  if (branch !== undefined) return await repository.commit(branch, 'input base-branch');
  const [parent] = commit.parents;
  return parent === undefined ? undefined : await repository.describeCommit(parent);
}

/** Version of the changelog's top entry at `commit`, or `undefined` where there is none that can be read. */
export async function changelogVersionAt(
  repository: GitRepository,
  commit: Commit,
  changelog: string,
): Promise<string | undefined> {
  await using reader = repository.reader();
  const object = await reader.read(`${commit.id}:${Buffer.from(changelog, 'latin1').toString('utf8')}`);
  if (object?.type !== 'blob') return undefined;
  try {
    return parseFirstEntry(object.content.toString('utf8')).version;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
