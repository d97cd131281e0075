/** Phase 3 of a session for deb: apt resolves and installs the build dependencies, with network. */
import type { DebBuildroot, Repository } from '../buildroot/configuration.ts';
import { writeRepositories } from '../buildroot/mmdebstrap.ts';
import type { Session } from '../buildroot/session.ts';
import { CommandError, UserError } from '../errors.ts';
import type { RunResult } from '../process.ts';
import { aptRetryOptions, pause, retryLine, waitAfter } from '../retry.ts';
import { type BuildLog, bannerOf } from './build-log.ts';
import { type DependencyPlan, PLAN_OPTIONS, planArguments, readPlan } from './deb-plan.ts';
import { diagnoseSbuild } from './log/classify.ts';

export interface DependencyRequest {
  readonly session: Session;
  /** The .dsc inside the root. */
  readonly dsc: string;
  readonly architecture: string;
  readonly repositories: readonly Repository[];
  readonly pins: DebBuildroot['pins'];
  /** .deb files inside the root that may be installed from. */
  readonly extraPackages: readonly string[];
  /** Names of packages to install beside them. */
  readonly alsoInstall: readonly string[];
  readonly profiles: readonly string[];
  readonly parts: { readonly any: boolean; readonly all: boolean };
  /** Address of a proxy that apt downloads through. It is told by options: the root does not know it. */
  readonly proxy: string | undefined;
  /** Further options of apt. */
  readonly options: readonly string[];
  /** Seconds that are left of the build's limit. */
  readonly left: () => number;
  /** How often apt is asked again when the archive changed under us or did not answer. */
  readonly retries: number;
  readonly log: BuildLog;
  readonly signal: AbortSignal;
}

const SOURCES = 'session';
/** Title of the section, as sbuild's own log has it. */
export const DEPENDENCIES = 'Install package build dependencies';
/** What apt prints of some thousand packages. */
const PLAN_BYTES = 16 * 1024 ** 2;

/** Files below the root that the repositories of a session, so many, and their lists are in. */
export function repositoryFiles(count: number): string[] {
  return [
    `etc/apt/sources.list.d/${SOURCES}.sources`,
    `etc/apt/preferences.d/${SOURCES}`,
    ...Array.from({ length: count }, (_, index) => `etc/apt/keyrings/${SOURCES}-${index}.asc`),
    'var/lib/apt/lists',
    'var/cache/apt',
  ];
}

/** Names the repositories of this build to the session's apt. */
export function nameRepositories({
  session,
  repositories,
  pins,
}: Pick<DependencyRequest, 'session' | 'repositories' | 'pins'>): Promise<void> {
  return writeRepositories(session.writeFile, repositories, pins, SOURCES);
}

/**
 * Names the repositories of this build to apt, and fetches their lists. The generation has the others.
 *
 * @throws CommandError of apt; the log holds its output.
 */
export async function updateLists(request: DependencyRequest): Promise<void> {
  const { log, repositories } = request;
  await nameRepositories(request);
  if (repositories.length === 0) return;
  log.banner('Update chroot');
  const only = [
    '-o',
    `Dir::Etc::SourceList=/etc/apt/sources.list.d/${SOURCES}.sources`,
    '-o',
    'Dir::Etc::SourceParts=-',
    '-o',
    'APT::Get::List-Cleanup=0',
  ];
  await again(request, () => apt(request, [...only, '--error-on=any', 'update']));
}

/**
 * Asks apt what it would install for the .dsc (deb-policy 7.7), and for the packages to install beside.
 *
 * @returns `undefined` where apt says it in a way that is not understood, which the log tells.
 * @throws CommandError of apt, whose output the log then holds.
 */
export async function resolveDependencies(request: DependencyRequest): Promise<DependencyPlan | undefined> {
  const { alsoInstall, architecture, log } = request;
  // Without the archives that it installs from: what lies there would not be told.
  const asked: DependencyRequest = { ...request, options: PLAN_OPTIONS };
  try {
    const plan = readPlan((await quietly(asked, buildDep(request))).stdout);
    if (alsoInstall.length === 0) return plan;
    const both = [...sources(request), 'install', ...planArguments(plan, architecture), ...alsoInstall];
    return readPlan((await quietly(asked, both)).stdout);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    log.line(`W: ${error.message}`);
    return undefined;
  }
}

/**
 * Installs what the .dsc needs, by `apt-get build-dep` (apt-get(8)).
 *
 * @throws CommandError of apt; the log holds its output.
 */
export async function installDependencies(request: DependencyRequest): Promise<void> {
  await apt(request, buildDep(request));
  if (request.alsoInstall.length > 0) await apt(request, [...sources(request), 'install', ...request.alsoInstall]);
}

/** Fetches all lists anew, after a failure that this may mend. Its own failure is told by what is tried next. */
export async function refreshLists(request: DependencyRequest): Promise<void> {
  await apt(request, ['update']).catch((error: unknown) => {
    if (!(error instanceof CommandError) || error.failure.end === 'cancelled') throw error;
  });
}

/** Runs `body` again after failures that may pass, with `refresh` before. */
export async function again<T>(
  { log, retries, signal }: Pick<DependencyRequest, 'log' | 'retries' | 'signal'>,
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
      await refresh?.();
    }
  }
}

const sources = ({ extraPackages }: DependencyRequest) => extraPackages.flatMap((file) => ['--with-source', file]);

function buildDep(request: DependencyRequest): string[] {
  const { profiles, parts, dsc } = request;
  return [
    ...sources(request),
    ...(profiles.length > 0 ? [`--build-profiles=${profiles.join(',')}`] : []),
    ...(parts.all ? [] : ['--arch-only']),
    ...(parts.any ? [] : ['--indep-only']),
    'build-dep',
    dsc,
  ];
}

function apt(
  { session, proxy, options, left, log }: DependencyRequest,
  args: readonly string[],
  onLine: (line: string) => void = log.line,
): Promise<RunResult> {
  const through =
    proxy === undefined ? [] : ['http', 'https'].flatMap((kind) => ['-o', `Acquire::${kind}::Proxy=${proxy}`]);
  return session.chroot(['apt-get', '-q', ...aptRetryOptions(), ...through, ...options, ...args], {
    network: true,
    privileges: 'setup',
    onLine,
    captureBytes: PLAN_BYTES,
    timeoutSeconds: left(),
  });
}

/** Asks apt something whose answer is for us; only a failure is for people. */
async function quietly(request: DependencyRequest, args: readonly string[]): Promise<RunResult> {
  const said: string[] = [];
  try {
    return await apt(request, args, (line) => said.push(line));
  } catch (error) {
    for (const line of said) request.log.line(line);
    throw error;
  }
}

/** Whether apt's failure is one that asking again, with fresh lists, may mend: by the rules that the verdict follows. */
function mayPass(error: unknown): boolean {
  if (!(error instanceof CommandError) || error.failure.end !== 'exit') return false;
  const { stdout, stderr, exitCode, end } = error.failure;
  const log = `${bannerOf(DEPENDENCIES)}${stdout}\n${stderr}`;
  return diagnoseSbuild({ log, exitCode, end, hasChanges: false }).retryable;
}
