/** The session of one rpm build: mock makes the source package where there is none, installs what it needs, builds. */
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { RpmDownloads } from '../buildroot/downloads/rpm.ts';
import type { RpmRepository } from '../buildroot/mock/repositories.ts';
import { type MockSession, type MockSessionOptions, openMockSession } from '../buildroot/mock/session.ts';
import { INBOX } from '../buildroot/session.ts';
import { claimFolder } from '../claimed-folder.ts';
import { CommandError, InfrastructureError, oneLine } from '../errors.ts';
import type { Manifest } from '../manifest.ts';
import type { BuildLog } from './build-log.ts';
import { collectFiles } from './collect.ts';
import { CACHE_PLACE, type CacheUse, type CompilerCache, cacheLine, openCompilerCache } from './compiler-cache.ts';
import { rpmbuildOptions } from './mock.ts';
import type { RpmBuildRequest } from './rpm-build.ts';
import { installPlanned, openLayer, rpmDownloads, type SessionKind } from './rpm-layer.ts';
import { packageFileRepository } from './rpm-package-files.ts';
import { planDependencies } from './rpm-plan.ts';
import { type CachedContext, rebuild } from './rpm-rebuild.ts';
import { usedRepositories } from './rpm-repositories.ts';
import { MockSteps } from './rpm-steps.ts';

export interface RpmSessionEnd {
  readonly steps: MockSteps;
  /** Installed packages when the build began; empty where it did not. */
  readonly installed: readonly string[];
  /** Name of the layer that it was built on. */
  readonly layer?: string;
  /** Repositories that the session installed from, with what their metadata was. */
  readonly repositories: NonNullable<Manifest['repositories']>;
  /** Why nothing of what the build made was taken. */
  readonly refused?: string;
  readonly compilerCache?: CacheUse;
}

/** File names of packages, as rpmbuild makes them. */
const PACKAGE_FILE = /^[A-Za-z0-9_+][A-Za-z0-9.+_~^-]*\.rpm$/;

/**
 * Runs the sessions of a build to their end, whatever that is. Packages and mock's logs are in `staging` then.
 *
 * @param log for people; `stderr` gets what mock itself says.
 * @throws UserError where a session cannot be opened, InfrastructureError where one is lost; a cancellation as such.
 */
export async function runRpmSession(
  asked: RpmBuildRequest,
  log: BuildLog,
  stderr: BuildLog,
  staging: string,
): Promise<RpmSessionEnd> {
  const { limits, signal, source } = asked;
  const started = performance.now();
  const left = () => Math.max(1, asked.timeoutSeconds - (performance.now() - started) / 1000);
  await using all = new AsyncDisposableStack();
  all.use(asked.lock);
  log.phase('open session');
  const cache = all.use(
    await openCompilerCache({
      ...asked,
      ...{ cache: asked.caches.compilerCache, name: source.name, change: source.change, target: asked.target.name },
    }),
  );
  const request = cache ? { ...asked, extraPackages: [...asked.extraPackages, ...cache.packages] } : asked;
  const { repositories } = all.use(await packageFileRepository(request, request.packageFiles));
  const steps = new MockSteps({ log, stderr, left, logBytes: limits.logBytes, outputBytes: limits.outputBytes });
  const context: CachedContext = {
    request,
    log,
    steps,
    left,
    cache,
    open: async (kind) => all.use(await openMockSession(sessionOptions(request, repositories, kind, cache))),
  };
  try {
    const { session, ...end } = await runSteps(context, all);
    const noted = await cache?.used(session.session);
    if (noted) log.line(cacheLine(noted));
    // What mock could not do for want of a session is no word on the package.
    if (!steps.isGood && end.repositories === undefined) await session.session.run(['true']);
    log.phase('collect results');
    const used = end.repositories ?? (await usedRepositories(session, request.generation, request.repositories));
    // Nothing may change the results any more while they are read.
    await session.session.stop();
    await steps.copyLogs(staging);
    const { isGood } = steps;
    const isWanted = (name: string) => isGood && PACKAGE_FILE.test(name);
    const { refused } = await collectFiles(session.results, staging, isWanted, limits.outputBytes);
    log.phase('close session');
    await all.disposeAsync();
    return {
      ...end,
      steps,
      repositories: used,
      ...(refused === undefined ? {} : { refused }),
      ...(noted === undefined ? {} : { compilerCache: noted }),
    };
  } catch (error) {
    if (!(error instanceof CommandError) || error.failure.end === 'cancelled') throw error;
    signal.throwIfAborted();
    // What mock says goes to the steps: these are commands of ours, which fail where there is no session any more.
    throw new InfrastructureError(
      { what: 'the build session was lost', found: oneLine(error.message) },
      { cause: error },
    );
  }
}

function sessionOptions(
  request: RpmBuildRequest,
  packageFiles: readonly RpmRepository[],
  { files, above, upper, downloads }: SessionKind,
  cache: CompilerCache | undefined,
): MockSessionOptions {
  const { proxy } = request.caches;
  // And no session that makes a layer for others.
  const isBuild = upper === undefined;
  return {
    state: request.state,
    generation: request.generation,
    engine: request.engine,
    scratch: upper === undefined ? request.scratch : { upper },
    ...(above ? { above } : {}),
    binds: [...(downloads?.binds ?? []), ...(isBuild ? (cache?.binds ?? []) : [])],
    ...(isBuild && cache
      ? { build: { environment: cache.environment, path: cache.path, folders: [CACHE_PLACE] } }
      : {}),
    runId: request.runId,
    signal: request.signal,
    repositories: [...request.repositories, ...packageFiles],
    install: {
      ...(proxy === undefined ? {} : { proxy }),
      keepDownloads: downloads !== undefined,
      // With network the build itself asks them.
      isInstalled: above !== undefined && !request.network,
    },
    // The files alone: beside a spec file in a checkout lies `.git/config`, with a token in it.
    inbox: { source: files },
  };
}

interface StepsEnd {
  /** The one whose results are the build's. */
  readonly session: MockSession;
  /** What is installed when the build begins; empty where it does not. How the last step ended is in the steps. */
  readonly installed: readonly string[];
  readonly layer?: string;
  /** Where they are known already. */
  readonly repositories?: RpmSessionEnd['repositories'];
}

/** @param all what is closed at the build's end, last first. */
async function runSteps(context: CachedContext, all: AsyncDisposableStack): Promise<StepsEnd> {
  const { request, log, steps } = context;
  const { source, caches } = request;
  const given = source.files.map((name) => path.join(source.folder, name));
  if (caches.layers === 0) {
    const session = await openWithDownloads(context, given, all);
    const made = await sourcePackage(context, session.session);
    if (made === undefined) return { session: session.session, installed: [] };
    return inOneSession(context, session, made);
  }
  let file = path.join(source.folder, source.main);
  if (source.kind === 'spec') {
    // The package's own code runs there: nothing that others use is made in it.
    const session = await context.open({ files: given });
    await steps.enter(session);
    const made = await sourcePackage(context, session);
    if (made === undefined) return { session, installed: [] };
    await session.session.stop();
    const copy = await takeOut(request, made, all);
    if (copy === undefined) return { session, installed: [] };
    file = copy;
  }
  const name = `${INBOX}/source/${path.basename(file)}`;
  const layer = await openLayer(context, file, name);
  if (layer === undefined) return inOneSession(context, await openWithDownloads(context, [file], all), name);
  if ('failed' in layer) return { session: layer.failed, installed: [], repositories: layer.repositories };
  all.use(layer);
  log.phase('open session');
  const session = await context.open({ files: [file], above: layer.trees });
  await steps.enter(session);
  const { installed, hasAsked } = await rebuild(context, session, name, layer.installed);
  return {
    session,
    installed,
    ...(layer.id === undefined ? {} : { layer: layer.id }),
    ...(hasAsked ? {} : { repositories: layer.repositories }),
  };
}

interface OneSession {
  readonly session: MockSession;
  readonly downloads: RpmDownloads | undefined;
}

async function openWithDownloads(
  context: CachedContext,
  files: readonly string[],
  all: AsyncDisposableStack,
): Promise<OneSession> {
  const downloads = await rpmDownloads(context.request);
  if (downloads !== undefined) all.use(downloads);
  const session = await context.open({ files, ...(downloads ? { downloads } : {}) });
  await context.steps.enter(session);
  return { session, downloads };
}

/** Without a layer: the dependencies in the session that builds. */
async function inOneSession(
  context: CachedContext,
  { session, downloads }: OneSession,
  source: string,
): Promise<StepsEnd> {
  const { log, steps, left } = context;
  log.phase('dependencies');
  log.banner('Install build dependencies');
  const plan = downloads === undefined ? undefined : await planDependencies(session, source, left() / 2);
  await installPlanned(context, session, source, plan, downloads);
  if (!steps.isGood) return { session, installed: [] };
  log.line('layer (off)');
  const { installed } = await rebuild(context, session, source, await session.installedRpms());
  return { session, installed };
}

/** The .src.rpm as mock sees it: the one that was given, or one made from the spec file; `undefined` where that fails. */
async function sourcePackage(
  { request, log, steps }: CachedContext,
  session: MockSession,
): Promise<string | undefined> {
  const { source } = request;
  const folder = `${INBOX}/source`;
  const given = `${folder}/${source.main}`;
  if (source.kind === 'srpm') return given;
  log.phase('source');
  log.banner('Make the source package');
  await steps.run(
    'buildsrpm',
    ['--buildsrpm', '--spec', given, '--sources', folder, ...rpmbuildOptions(request)],
    false,
  );
  if (!steps.isGood) return undefined;
  const [made] = (await readdir(session.results)).filter((name) => PACKAGE_FILE.test(name));
  if (made === undefined) return undefined;
  return await setAside(session, made);
}

/** Copies the .src.rpm out of a session that was stopped; `undefined` where it is no plain file of a size allowed. */
async function takeOut(
  { state, runId, limits }: RpmBuildRequest,
  made: string,
  all: AsyncDisposableStack,
): Promise<string | undefined> {
  const name = `source-${randomBytes(4).toString('hex')}`;
  const claimed = all.use(
    await claimFolder(path.join(state, 'sessions'), name, { runId, what: `the source package ${name}` }),
  );
  const isMade = (file: string) => file === path.basename(made);
  const { names } = await collectFiles(path.dirname(made), claimed.folder, isMade, limits.outputBytes);
  return names[0] === undefined ? undefined : path.join(claimed.folder, names[0]);
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
