/** Clones that lack something: history (shallow) or file contents (partial). */
import { CommandError, oneLine, UserError } from '../errors.ts';
import type { Logger } from '../host/host.ts';
import type { Commit, GitRepository } from './git.ts';

const REMEDY =
  'fetch the whole history: fetch-depth: 0 (actions/checkout), GIT_DEPTH: 0 (GitLab), git fetch --unshallow';

/**
 * Makes sure that the whole history and the tags are there: versions are counted from them, and a count over a part of
 * the history is a wrong version, not an error.
 *
 * @throws UserError where the clone is shallow and may not, or cannot, be deepened.
 */
export async function completeHistory(repository: GitRepository, deepen: boolean, log: Logger): Promise<void> {
  if (!(await repository.isShallow())) return;
  const where = `${repository.role} project ${repository.folder}`;
  if (!deepen) {
    throw new UserError({
      what: 'the clone is shallow, and the version is counted from its history',
      where,
      expected: 'the whole history, or the input deepen: true',
      remedy: REMEDY,
    });
  }
  const remote = await remoteName(repository);
  if (remote === undefined) {
    throw new UserError({
      what: 'the clone is shallow and has no remote to fetch the rest from',
      where,
      remedy: REMEDY,
    });
  }
  log.info(`The ${repository.role} project is a shallow clone: fetching the rest of its history from ${remote}`);
  try {
    await repository.fetch(['--unshallow', '--tags', '--force', '--no-recurse-submodules', '--quiet', '--', remote]);
  } catch (error) {
    if (!(error instanceof CommandError) || error.failure.end === 'cancelled') throw error;
    throw new UserError({
      what: `the clone is shallow and the rest of its history could not be fetched (git: ${lastWords(error)})`,
      where,
      remedy: REMEDY,
    });
  }
  // A remote that is shallow itself serves no more than it has.
  if (await repository.isShallow()) {
    throw new UserError({ what: 'the clone is still shallow after git fetch --unshallow', where, remedy: REMEDY });
  }
}

/**
 * Fetches the file contents of `commit` that a partial clone (`--filter=blob:none`) left out: at once, where git by
 * itself would fetch them one by one.
 *
 * @throws UserError
 */
export async function completeObjects(repository: GitRepository, commit: Commit, log: Logger): Promise<void> {
  const remote =
    (await repository.config('extensions.partialclone')) ??
    ((await repository.config('remote.origin.promisor')) === 'true' ? 'origin' : undefined);
  if (remote === undefined) return;
  const listing = await repository.text([
    'rev-list',
    '--objects',
    '--missing=print',
    '--no-object-names',
    '--max-count=1',
    commit.id,
  ]);
  const missing = listing.split('\n').flatMap((line) => (line.startsWith('?') ? [line.slice(1).trim()] : []));
  if (missing.length === 0) return;
  log.info(`The ${repository.role} project is a partial clone: fetching ${missing.length} objects from ${remote}`);
  try {
    const options = ['--no-tags', '--no-write-fetch-head', '--no-recurse-submodules', '--filter=blob:none', '--quiet'];
    await repository.fetch([...options, '--stdin', '--', remote], `${missing.join('\n')}\n`);
  } catch (error) {
    if (!(error instanceof CommandError) || error.failure.end === 'cancelled') throw error;
    throw new UserError({
      what: `the clone is partial and the files it lacks could not be fetched (git: ${lastWords(error)})`,
      where: `${repository.role} project ${repository.folder}`,
      remedy: 'clone without --filter',
    });
  }
}

/** `origin`, or the only remote there is. */
async function remoteName(repository: GitRepository): Promise<string | undefined> {
  const names = (await repository.text(['remote'])).split('\n').filter((name) => name !== '');
  return names.includes('origin') ? 'origin' : names.length === 1 ? names[0] : undefined;
}

function lastWords(error: CommandError): string {
  return oneLine(error.lastLines(1)[0] ?? 'no message');
}
