/** Projects that the packaging file gives by URL: cloned into the work folder, or brought up to date there. */
import { mkdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Location } from '../../config/packaging.ts';
import type { Logger } from '../../host/host.ts';
import { type Argv, run } from '../../process.ts';

export interface Checkout {
  readonly folder: string;
  /** Commit-ish to build; `undefined` for what is checked out. */
  readonly ref: string | undefined;
}

/**
 * The checkout of a project; a path is one already.
 *
 * @throws CommandError of git.
 */
export async function checkOut(
  location: Location,
  folder: string,
  logger: Logger,
  signal: AbortSignal,
): Promise<Checkout> {
  if ('path' in location) return { folder: location.path, ref: undefined };
  const git = (args: readonly string[]) => {
    const argv: Argv = ['git', '-c', 'core.hooksPath=/dev/null', '-C', folder, ...args];
    return run(argv, {
      signal,
      timeoutSeconds: 3600,
      env: { GIT_TERMINAL_PROMPT: '0' },
      onLine: (line) => logger.progress(line),
    });
  };
  // Bare: nothing of the project runs or is checked out, its commits are all that is read.
  if ((await stat(path.join(folder, 'HEAD')).catch(() => undefined)) === undefined) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await git(['init', '--quiet', '--bare']);
  }
  const wanted = location.ref ?? 'HEAD';
  await git(['fetch', '--quiet', '--force', '--tags', '--prune', '--', location.url, '+refs/heads/*:refs/heads/*']);
  await git(['fetch', '--quiet', '--force', '--', location.url, `+${wanted}:refs/pkg-actions/build`]);
  return { folder, ref: 'refs/pkg-actions/build' };
}
