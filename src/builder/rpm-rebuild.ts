/** The build itself, by mock, in a session that has its dependencies. */
import type { MockSession } from '../buildroot/mock/session.ts';
import type { CompilerCache } from './compiler-cache.ts';
import { rpmbuildOptions } from './mock.ts';
import { install, type RpmDependencyRequest, requiringPackages } from './rpm-dependencies.ts';
import type { RpmBuildContext } from './rpm-layer.ts';

/** With the compiler cache that packages are built through. */
export interface CachedContext extends RpmBuildContext {
  readonly cache: CompilerCache | undefined;
}

/** How often a rebuild may ask for more packages: as often as mock itself lets it (dynamic_buildrequires_max_loops). */
const MOST_ROUNDS = 10;
/**
 * Installs what was asked for beside the dependencies, and builds.
 *
 * @param before installed packages.
 * @returns those that are installed at the end, and whether the package manager was asked for any.
 */
export async function rebuild(
  { request, log, steps, cache }: CachedContext,
  session: MockSession,
  source: string,
  before: readonly string[],
): Promise<{ readonly installed: readonly string[]; readonly hasAsked: boolean }> {
  const { network, limits, signal, extraPackages } = request;
  const options = rpmbuildOptions(request);
  const dependencies: RpmDependencyRequest = { session, steps, log, retries: limits.retries, signal };
  let installed = before;
  let hasAsked = false;
  if (extraPackages.length > 0) {
    log.phase('dependencies');
    log.banner('Install extra packages');
    hasAsked = true;
    if (!(await install(dependencies, ['--install', ...extraPackages]))) return { installed: [], hasAsked };
    installed = await session.installedRpms();
  }
  for (let round = 1; ; round++) {
    // What scripts of packages left running has the network, and more capabilities than a build gets.
    if (hasAsked) await session.session.endProcesses();
    await cache?.prepare(session.session, 'login');
    log.phase('build');
    log.banner('Build');
    await steps.run('rebuild', ['--rebuild', source, ...options, ...(network ? ['--enable-network'] : [])], network);
    const requiring = network || round > MOST_ROUNDS ? [] : await requiringPackages(dependencies, round);
    if (requiring.length === 0) return { installed, hasAsked };
    log.phase('dependencies');
    log.banner('Install build dependencies that the spec file names in the buildroot');
    hasAsked = true;
    if (!(await install(dependencies, ['--installdeps', ...requiring]))) return { installed, hasAsked };
    const former = installed;
    installed = await session.installedRpms();
    // Nothing came of it, so the next rebuild is the last one.
    if (installed.join() === former.join()) round = MOST_ROUNDS;
  }
}
