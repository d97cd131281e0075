/** The session of one rpm build: mock makes the source package where there is none, installs what it needs, builds. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { type MockSession, openMockSession } from '../buildroot/mock/session.ts';
import { INBOX } from '../buildroot/session.ts';
import type { Manifest } from '../manifest.ts';
import type { BuildLog } from './build-log.ts';
import { collectFiles } from './collect.ts';
import { rpmbuildOptions } from './mock.ts';
import type { RpmBuildRequest } from './rpm-build.ts';

import { install, type RpmDependencyRequest, requiringPackages } from './rpm-dependencies.ts';
import { packageFileRepository } from './rpm-package-files.ts';
import { usedRepositories } from './rpm-repositories.ts';
import { MockSteps } from './rpm-steps.ts';

export interface RpmSessionEnd {
  readonly steps: MockSteps;
  /** Installed packages when the build began; empty where it did not. */
  readonly installed: readonly string[];
  /** Repositories that the session installed from, with what their metadata was. */
  readonly repositories: NonNullable<Manifest['repositories']>;
  /** Why nothing of what the build made was taken. */
  readonly refused?: string;
}

/** How often a rebuild may ask for more packages: as often as mock itself lets it (dynamic_buildrequires_max_loops). */
const MOST_ROUNDS = 10;
/** File names of packages, as rpmbuild makes them. */
const PACKAGE_FILE = /^[A-Za-z0-9_+][A-Za-z0-9.+_~^-]*\.rpm$/;

/**
 * Runs the session to its end, whatever that is. Packages and mock's logs are in `staging` then.
 *
 * @param log for people; `stderr` gets what mock itself says.
 * @throws UserError where the session cannot be opened; a cancellation as such.
 */
export async function runRpmSession(
  request: RpmBuildRequest,
  log: BuildLog,
  stderr: BuildLog,
  staging: string,
): Promise<RpmSessionEnd> {
  const { source, limits, signal } = request;
  const started = performance.now();
  const left = () => Math.max(1, request.timeoutSeconds - (performance.now() - started) / 1000);
  log.phase('open session');
  await using files = await packageFileRepository(request, request.packageFiles);
  await using session = await openMockSession({
    state: request.state,
    generation: request.generation,
    scratch: request.scratch,
    locks: [request.lock],
    runId: request.runId,
    signal,
    repositories: [...request.repositories, ...files.repositories],
    // The files alone: beside a spec file in a checkout lies `.git/config`, with a token in it.
    inbox: { source: source.files.map((name) => path.join(source.folder, name)) },
  });
  const steps = new MockSteps({
    session,
    log,
    stderr,
    left,
    logBytes: limits.logBytes,
    outputBytes: limits.outputBytes,
  });
  const installed = await runSteps(request, session, steps, log);
  log.phase('collect results');
  const repositories = await usedRepositories(session, request.generation, request.repositories);
  // Nothing may change the results any more while they are read.
  await session.session.stop();
  await steps.copyLogs(staging);
  const { isGood } = steps;
  const isWanted = (name: string) => isGood && PACKAGE_FILE.test(name);
  const { refused } = await collectFiles(session.results, staging, isWanted, limits.outputBytes);
  log.phase('close session');
  await session.session.close();
  return { steps, installed, repositories, ...(refused === undefined ? {} : { refused }) };
}

/** @returns what is installed when the build begins; how the last step ended is in `steps`. */
async function runSteps(
  request: RpmBuildRequest,
  session: MockSession,
  steps: MockSteps,
  log: BuildLog,
): Promise<readonly string[]> {
  const { network, limits, signal } = request;
  const options = rpmbuildOptions(request);
  const dependencies: RpmDependencyRequest = { session, steps, log, retries: limits.retries, signal };
  const source = await sourcePackage(request, session, steps, log, options);
  if (source === undefined) return [];

  log.phase('dependencies');
  log.banner('Install build dependencies');
  if (!(await install(dependencies, ['--installdeps', source]))) return [];
  if (request.extraPackages.length > 0) {
    log.banner('Install extra packages');
    if (!(await install(dependencies, ['--install', ...request.extraPackages]))) return [];
  }
  let installed = await session.installedRpms();
  for (let round = 1; ; round++) {
    // What scripts of packages left running has the network, and more capabilities than a build gets.
    await session.session.endProcesses();
    log.phase('build');
    log.banner('Build');
    await steps.run('rebuild', ['--rebuild', source, ...options, ...(network ? ['--enable-network'] : [])], network);
    const requiring = network || round > MOST_ROUNDS ? [] : await requiringPackages(dependencies, round);
    if (requiring.length === 0) return installed;
    log.phase('dependencies');
    log.banner('Install build dependencies that the spec file names in the buildroot');
    if (!(await install(dependencies, ['--installdeps', ...requiring]))) return installed;
    const before = installed;
    installed = await session.installedRpms();
    // Nothing came of it, so the next rebuild is the last one.
    if (installed.join() === before.join()) round = MOST_ROUNDS;
  }
}

/** The .src.rpm as mock sees it: the one that was given, or one made from the spec file; `undefined` where that fails. */
async function sourcePackage(
  { source }: RpmBuildRequest,
  session: MockSession,
  steps: MockSteps,
  log: BuildLog,
  options: readonly string[],
): Promise<string | undefined> {
  const folder = `${INBOX}/source`;
  const given = `${folder}/${source.main}`;
  if (source.kind === 'srpm') return given;
  log.phase('source');
  log.banner('Make the source package');
  await steps.run('buildsrpm', ['--buildsrpm', '--spec', given, '--sources', folder, ...options], false);
  if (!steps.isGood) return undefined;
  const [made] = (await readdir(session.results)).filter((name) => PACKAGE_FILE.test(name));
  if (made === undefined) return undefined;
  return await setAside(session, made);
}

/**
 * Moves a package out of the results, where the rebuild makes it once more: two of them would be two results. In the
 * session, where a link in the place of the folder leads to nothing of the host.
 *
 * @returns its new place, the same inside and outside of the session.
 */
export async function setAside({ session, results }: MockSession, name: string): Promise<string> {
  const aside = path.join(results, 'source');
  await session.run([
    'sh',
    '-c',
    'mkdir "$1" && mv -T "$2" "$3"',
    'sh',
    aside,
    path.join(results, name),
    path.join(aside, name),
  ]);
  return path.join(aside, name);
}
