/** Projects that the packaging file gives by URL: cloned into the work folder, or brought up to date there. */
import { mkdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Location } from '../../config/packaging.ts';
import { CommandError, quote, UserError } from '../../errors.ts';
import { run } from '../../process.ts';
import { GitRepository, isolatedEnvironment, type ProjectRole } from '../../source/git.ts';

export interface Checkout {
  readonly folder: string;
  /** Commit-ish to build; `undefined` for what is checked out. */
  readonly ref: string | undefined;
}

const BUILD_REF = 'refs/pkg-actions/build';

/**
 * The checkout of a project; a path is one already. A URL is fetched with the person's own means: their configuration
 * of git, an ssh agent, an askpass program.
 *
 * @throws UserError where git cannot fetch it.
 */
export async function checkOut(
  location: Location,
  role: ProjectRole,
  folder: string,
  signal: AbortSignal,
): Promise<Checkout> {
  if ('path' in location) return { folder: location.path, ref: undefined };
  const git = (args: readonly string[]) =>
    run(['git', '-C', folder, ...args], { signal, env: isolatedEnvironment(), okExitCodes: [0] });
  // Bare: nothing of the project runs or is checked out, its commits are all that is read.
  if ((await stat(path.join(folder, 'HEAD')).catch(() => undefined)) === undefined) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await git(['init', '--quiet', '--bare', '--template=']);
  }
  // What the manifest calls the project by.
  await git(['config', 'remote.origin.url', location.url]);
  await using repository = await GitRepository.open(folder, role, signal);
  const wanted = location.ref ?? 'HEAD';
  try {
    const heads = '+refs/heads/*:refs/heads/*';
    await repository.fetch(['--quiet', '--force', '--tags', '--prune', '--', location.url, heads]);
    await repository.fetch(['--quiet', '--force', '--', location.url, `+${wanted}:${BUILD_REF}`]);
  } catch (error) {
    if (!(error instanceof CommandError) || error.failure.end !== 'exit') throw error;
    const lines = error.lastLines();
    throw new UserError(
      {
        what: `the ${role} project cannot be fetched`,
        where: location.url,
        // What follows it is advice that fits any cause.
        found: lines.find((line) => /^(?:fatal|error): /.test(line)) ?? error.message,
        expected: location.ref === undefined ? 'a git repository' : `a git repository with ${quote(location.ref)}`,
      },
      { cause: error },
    );
  }
  return { folder, ref: BUILD_REF };
}
