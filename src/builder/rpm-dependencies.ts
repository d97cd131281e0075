/**
 * Installs what a package needs to be built, with network, so that mock can build it without.
 *
 * `mock --installdeps` installs what the header of the .src.rpm says. What only the spec file says in the buildroot,
 * under its conditions and macros, and what `%generate_buildrequires` says, is known only to the rebuild. It runs
 * without network, so it cannot install that, ends with exit code 30, and leaves what it wanted as a package that
 * requires it. That one is given to `--installdeps`, and the rebuild is run again. So no line of the package's own code
 * ever runs with network.
 */
import path from 'node:path';
import type { MockSession } from '../buildroot/mock/session.ts';
import { pause, retryLine, waitAfter } from '../retry.ts';
import type { BuildLog } from './build-log.ts';
import type { MockSteps } from './rpm-steps.ts';

export interface RpmDependencyRequest {
  readonly session: MockSession;
  readonly steps: MockSteps;
  readonly log: BuildLog;
  /** How often is tried again what may pass. */
  readonly retries: number;
  readonly signal: AbortSignal;
}

/** mock's exit code where packages could not be installed (mock, exception.py). */
const NOT_INSTALLED = 30;
/** Bounds for names of packages that a build leaves: they are its own words. */
const REQUIRING = /^[A-Za-z0-9][A-Za-z0-9.+_~^-]{0,250}\.rpm$/;

/**
 * Runs `mock --installdeps` or `--install`, again after failures that may pass.
 *
 * @returns whether it succeeded; how it ended is the last of the steps.
 */
export async function install(request: RpmDependencyRequest, argv: readonly string[]): Promise<boolean> {
  const { session, steps, log, retries, signal } = request;
  for (let attempt = 1; ; attempt++) {
    await steps.run('installdeps', argv, true);
    if (steps.isGood) return true;
    if (attempt > retries || steps.last.end !== 'exit') return false;
    const { retryable } = await steps.diagnose(session.results, { hasPackages: false });
    if (!retryable) return false;
    const wait = waitAfter(attempt);
    log.line(retryLine(attempt, retries + 1, wait));
    await pause(wait, signal);
    await forgetMetadata(session);
  }
}

/** Takes away what the package manager remembers of repositories: it may be what is wrong. */
async function forgetMetadata({ session, buildroot }: MockSession): Promise<void> {
  const script = 'cd "$1" && rm -rf dnf libdnf5 yum';
  await session.run(['sh', '-c', script, 'sh', path.join(buildroot, 'var/cache')], { okExitCodes: 'any' });
}

const COPY_REQUIRING = `
set -eu
mkdir "$2"
take() { find "$1" -maxdepth 1 -type f -name "$3" -exec cp --no-dereference --no-preserve=all -t "$2" {} +; }
take "$1" "$2" '*.buildreqs.nosrc.rpm'
[ -n "$(ls -A "$2")" ] || take "$1" "$2" '*.src.rpm'
ls -A "$2"
`;

/**
 * What a rebuild that ended for want of packages has left: the packages that require them, as seen in the session.
 * Empty where it ended for another reason.
 *
 * @param round to tell the folders of several apart.
 */
export async function requiringPackages({ session, steps }: RpmDependencyRequest, round: number): Promise<string[]> {
  if (steps.last.end !== 'exit' || steps.last.exitCode !== NOT_INSTALLED) return [];
  const folder = path.join(session.results, `requires-${round}`);
  const left = path.join(session.buildroot, 'builddir/build/SRPMS');
  const { stdout } = await session.session.run(['sh', '-c', COPY_REQUIRING, 'sh', left, folder]);
  return stdout
    .split('\n')
    .filter((name) => REQUIRING.test(name))
    .map((name) => path.join(folder, name));
}
