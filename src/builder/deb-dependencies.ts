/** Phase 3 of a session for deb: apt installs the build dependencies, with network. */
import type { DebBuildroot, Repository } from '../buildroot/configuration.ts';
import { installedPackages } from '../buildroot/installed.ts';
import { writeRepositories } from '../buildroot/mmdebstrap.ts';
import type { Session } from '../buildroot/session.ts';
import { CommandError } from '../errors.ts';
import { aptRetryOptions, pause, retryLine, waitAfter } from '../retry.ts';
import { type BuildLog, bannerOf } from './build-log.ts';
import { diagnoseSbuild } from './log/classify.ts';

export interface DependencyRequest {
  readonly session: Session;
  /** The .dsc inside the root. */
  readonly dsc: string;
  readonly repositories: readonly Repository[];
  readonly pins: DebBuildroot['pins'];
  /** .deb files inside the root that may be installed from. */
  readonly extraPackages: readonly string[];
  /** Names of packages to install beside them. */
  readonly alsoInstall: readonly string[];
  readonly profiles: readonly string[];
  readonly parts: { readonly any: boolean; readonly all: boolean };
  readonly timeoutSeconds: number;
  /** How often apt is asked again when the archive changed under us or did not answer. */
  readonly retries: number;
  readonly log: BuildLog;
  readonly signal: AbortSignal;
}

const SOURCES = 'session';
/** Title of the section, as sbuild's own log has it. */
const DEPENDENCIES = 'Install package build dependencies';

/**
 * Installs what the .dsc needs (deb-policy 7.7), by `apt-get build-dep` (apt-get(8)).
 *
 * @returns installed packages, `name:architecture=version`, sorted.
 * @throws CommandError of apt; the log holds its output.
 */
export async function installDependencies(request: DependencyRequest): Promise<string[]> {
  const { session, log } = request;
  await writeRepositories(session.writeFile, request.repositories, request.pins, SOURCES);
  const started = performance.now();
  const apt = (args: readonly string[]) =>
    session.chroot(['apt-get', '-q', ...aptRetryOptions(), ...args], {
      network: true,
      privileges: 'setup',
      onLine: log.line,
      timeoutSeconds: Math.max(1, request.timeoutSeconds - (performance.now() - started) / 1000),
    });

  if (request.repositories.length > 0) {
    log.banner('Update chroot');
    // Only the lists of this session's repositories: the generation has the others.
    const only = [
      '-o',
      `Dir::Etc::SourceList=/etc/apt/sources.list.d/${SOURCES}.sources`,
      '-o',
      'Dir::Etc::SourceParts=-',
      '-o',
      'APT::Get::List-Cleanup=0',
    ];
    await again(request, () => apt([...only, '--error-on=any', 'update']));
  }
  log.banner(DEPENDENCIES);
  const buildDep = [
    ...request.extraPackages.flatMap((file) => ['--with-source', file]),
    ...(request.profiles.length > 0 ? [`--build-profiles=${request.profiles.join(',')}`] : []),
    ...(request.parts.all ? [] : ['--arch-only']),
    ...(request.parts.any ? [] : ['--indep-only']),
    'build-dep',
    request.dsc,
  ];
  await again(
    request,
    () => apt(buildDep),
    () => apt(['update']),
  );
  if (request.alsoInstall.length > 0) await again(request, () => apt(['install', ...request.alsoInstall]));
  return installedPackages(session);
}

/** Runs `body` again after failures that may pass, with `refresh` before. */
async function again<T>(
  { log, retries, signal }: DependencyRequest,
  body: () => Promise<T>,
  refresh?: () => Promise<unknown>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await body();
    } catch (error) {
      if (attempt > retries || !mayPass(error)) throw error;
      const wait = waitAfter(attempt);
      log.line(retryLine(attempt, retries + 1, wait));
      await pause(wait, signal);
      await refresh?.().catch(() => undefined);
    }
  }
}

/** Whether apt's failure is one that asking again, with fresh lists, may mend: by the rules that the verdict follows. */
function mayPass(error: unknown): boolean {
  if (!(error instanceof CommandError) || error.failure.end !== 'exit') return false;
  const { stdout, stderr, exitCode, end } = error.failure;
  const log = `${bannerOf(DEPENDENCIES)}${stdout}\n${stderr}`;
  return diagnoseSbuild({ log, exitCode, end, hasChanges: false }).retryable;
}
