/**
 * Opens the session that a package is built in, with its build dependencies installed: on a layer that has them, on one
 * that is made now, or in the session itself where layers are off.
 *
 * A layer is made in a session of its own, which writes to the folder that becomes the layer. In it apt is asked first
 * what it would install. No maintainer script has run by then, and what apt says is the name of the layer: where there is
 * one already, this session ends here.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { repositoryUris } from '../buildroot/generation.ts';
import { installedPackages } from '../buildroot/installed.ts';
import { questionOf, recallAnswer, rememberAnswer } from '../buildroot/layers/answers.ts';
import { freezeLayer } from '../buildroot/layers/freeze.ts';
import {
  findLayer,
  type HeldLayer,
  keepLayer,
  type LayerKey,
  layerId,
  type StagedLayer,
  stageLayer,
} from '../buildroot/layers/store.ts';
import { localBinds } from '../buildroot/local-repository.ts';
import { INBOX, openSession, type Session, type SessionBind, type SessionOptions } from '../buildroot/session.ts';
import { parseDsc } from '../deb/source-package.ts';
import { CommandError } from '../errors.ts';
import type { Lock } from '../lock.ts';
import { digestFile } from '../manifest.ts';
import { type AptArchives, openAptArchives } from './apt-archives.ts';
import type { BuildLog } from './build-log.ts';
import type { CompilerCache } from './compiler-cache.ts';
import type { DebBuildRequest } from './deb-build.ts';
import {
  again,
  DEPENDENCIES,
  type DependencyRequest,
  installDependencies,
  nameRepositories,
  refreshLists,
  repositoryFiles,
  resolveDependencies,
  updateLists,
} from './deb-dependencies.ts';
import { type DependencyPlan, isAsPlanned, planEntries } from './deb-plan.ts';
import { keepInRoom, spare } from './layer-keeping.ts';

export const SOURCES_IN_ROOT = `${INBOX}/sources`;

/** A session in which a build may begin. */
export interface ReadySession {
  readonly session: Session;
  /** Installed packages, `name:architecture=version`, sorted. */
  readonly packages: readonly string[];
  /** Name of the layer that it stands on. */
  readonly layer?: string;
}

/** What goes on for all sessions of a build. */
interface Context {
  readonly request: DebBuildRequest;
  readonly log: BuildLog;
  /** Seconds that are left of the build's limit. */
  readonly left: () => number;
  readonly base: Omit<SessionOptions, 'scratch' | 'locks'>;
  /** What only the session that builds has, and not one that makes a layer. */
  readonly buildBinds: readonly SessionBind[];
}

/**
 * Opens the session. Its dependencies are installed, and nothing that their scripts left is running.
 *
 * @throws CommandError of apt, whose output the log has then; UserError where no session can be opened.
 */
export async function openReadySession(
  request: DebBuildRequest,
  log: BuildLog,
  left: () => number,
  cache?: Pick<CompilerCache, 'packages' | 'binds'>,
): Promise<ReadySession> {
  try {
    const asked = cache ? { ...request, extraPackages: [...request.extraPackages, ...cache.packages] } : request;
    const buildBinds = cache?.binds ?? [];
    const context: Context = { request: asked, log, left, base: await sessionOptions(request), buildBinds };
    const ready = request.caches.layers > 0 ? await onLayer(context) : undefined;
    return ready ?? (await withoutLayer(context));
  } catch (error) {
    await request.lock.release();
    throw error;
  }
}

/** @returns `undefined` where no layer can be made, which the log and a warning say. */
async function onLayer(context: Context): Promise<ReadySession | undefined> {
  const { request, log } = context;
  const { state, generation, signal } = request;
  const question = await questionOfBuild(request);
  if (question !== undefined) {
    const known = await spare(request, 'a layer cannot be looked for', async () => {
      const id = await recallAnswer(state, question);
      return id === undefined ? undefined : findLayer(state, id, signal);
    });
    if (known !== undefined) {
      log.banner(DEPENDENCIES);
      return openOn(context, known, 'hit');
    }
  }
  const staged = await spare(request, 'no layer can be made', () => stageLayer(state, signal));
  if (staged === undefined) return undefined;
  await using rollback = new AsyncDisposableStack();
  rollback.use(staged);
  const made = await makeLayer(context, staged);
  if (made === undefined) return undefined;
  const { layer, outcome, isRefreshed } = made;
  if (layer === undefined) {
    // As good for this build, and for no other one.
    const { changes, upper } = staged;
    const session = await openBuildSession(context, [changes, generation.tree], staged);
    rollback.move();
    log.line(`layer ${path.basename(upper)} (not kept)`);
    return { session, packages: made.packages };
  }
  await staged.discard();
  // With lists that were fetched anew, the generation alone does not decide on the answer.
  if (question !== undefined && !isRefreshed) {
    await spare(request, 'the layer cannot be remembered', () => rememberAnswer(state, question, layer.id));
  }
  return await openOn(context, layer, outcome);
}

interface MadeLayer {
  /** `undefined` where it is not to be kept, or could not be: then it is in the staged folder. */
  readonly layer: HeldLayer | undefined;
  readonly outcome: 'hit' | 'made';
  readonly packages: readonly string[];
  /** Whether apt's lists are others than the generation's and those of the session's repositories. */
  readonly isRefreshed: boolean;
}

/** @returns `undefined` where the disk is full or cannot be written over, or what apt says is not understood. */
async function makeLayer(context: Context, staged: StagedLayer): Promise<MadeLayer | undefined> {
  const { request, log } = context;
  const { state, generation, signal } = request;
  const files = await Promise.all(request.packageFiles.map(async (file) => (await digestFile(file)).sha256));
  await using archives = await aptArchives(context);
  // Not every file system that a state folder lies on can be written to by an overlay; memory always can.
  const opened = await spare(request, 'no layer can be made', () =>
    openSession({
      ...context.base,
      binds: [...(context.base.binds ?? []), ...(archives?.binds ?? [])],
      scratch: { upper: staged.upper },
    }),
  );
  if (opened === undefined) return undefined;
  await using session = opened;
  log.phase('dependencies');
  const dependencies = dependencyRequest(context, session, archives);
  let isRefreshed = false;
  let installs = 0;
  let found: HeldLayer | undefined;
  try {
    await updateLists(dependencies);
    log.banner(DEPENDENCIES);
    const key = await again(
      dependencies,
      async () => {
        const plan = await resolveDependencies(dependencies);
        if (plan === undefined) return undefined;
        const asked = keyOf(request, plan, files);
        found = await spare(request, 'a layer cannot be looked for', () => findLayer(state, asked, signal));
        if (found === undefined) {
          installs++;
          await install(context, dependencies, plan, archives);
        }
        return { ...asked, plan };
      },
      async () => {
        isRefreshed = true;
        await refreshLists(dependencies);
      },
    );
    if (key === undefined) return undefined;
    if (found !== undefined) {
      return { layer: found, outcome: 'hit', packages: found.record.installed, isRefreshed };
    }
    const packages = await installedPackages(session);
    await session.endProcesses();
    await session.close();
    await keepDownloads(context, key.plan, archives);
    const id = layerId(key);
    // Scripts of packages may have run before apt was asked again: what it says then need not be true, and others would
    // stand on what one build's repositories made of it.
    const isFirst = installs === 1;
    const isWhole = isFirst && isAsPlanned(key.plan, generation.record.packages, packages);
    if (!isFirst) log.line('W: apt needed several attempts to install: the layer is not kept');
    else if (!isWhole) log.line('W: apt installed other packages than it had said: the layer is not kept');
    const kept = await keepInRoom(request, async () => {
      await freezeLayer(staged.changes, { without: repositoryFiles(request.repositories.length), id });
      return isWhole ? keepLayer(state, staged, key, { installed: packages }) : undefined;
    });
    return { layer: kept, outcome: 'made', packages, isRefreshed };
  } catch (error) {
    if (!isFull(error) || request.scratch === 'disk') throw error;
    request.logger.warning('The disk of the state folder is full: the build goes on without a layer.');
    return undefined;
  }
}

/** As it is without layers: the dependencies in the session that builds. */
async function withoutLayer(context: Context): Promise<ReadySession> {
  const { request, log } = context;
  const archives = await aptArchives(context);
  await using rollback = new AsyncDisposableStack();
  if (archives !== undefined) rollback.use(archives);
  const session = await openSession({
    ...context.base,
    binds: [...(context.base.binds ?? []), ...context.buildBinds, ...(archives?.binds ?? [])],
    scratch: request.scratch,
    locks: [request.lock, ...(archives === undefined ? [] : [lockOf(() => archives[Symbol.asyncDispose]())])],
  });
  rollback.use(session);
  log.phase('dependencies');
  const dependencies = dependencyRequest(context, session, archives);
  await updateLists(dependencies);
  log.banner(DEPENDENCIES);
  const plan = await again(
    dependencies,
    async () => {
      const asked = archives === undefined ? undefined : await resolveDependencies(dependencies);
      await install(context, dependencies, asked, archives);
      return asked;
    },
    () => refreshLists(dependencies),
  );
  const packages = await installedPackages(session);
  await session.endProcesses();
  await keepDownloads(context, plan, archives);
  log.line('layer (off)');
  rollback.move();
  return { session, packages };
}

/** Installs, from what is kept where it is. */
async function install(
  context: Context,
  dependencies: DependencyRequest,
  plan: DependencyPlan | undefined,
  archives: AptArchives | undefined,
): Promise<void> {
  const { log, request } = context;
  if (plan !== undefined && archives !== undefined) {
    const offered = await spare(request, 'kept downloads cannot be used', () => archives.offer(plan));
    if (offered) log.line(`downloads: ${offered.kept} kept, ${offered.missing} to be fetched`);
  }
  try {
    await installDependencies(dependencies);
  } catch (error) {
    if (archives === undefined || !isFetchFull(error)) throw error;
    request.logger.warning('The disk of the state folder is full: downloads are not kept.');
    await installDependencies({ ...dependencies, options: [] });
  }
}

/** Keeps what apt downloaded, when nothing of what it installed is running any more. */
async function keepDownloads(
  { request }: Context,
  plan: DependencyPlan | undefined,
  archives: AptArchives | undefined,
): Promise<void> {
  if (plan === undefined || archives === undefined) return;
  await spare(request, 'downloads cannot be kept', () => archives.keep(plan, request.caches.downloads));
}

async function openOn(context: Context, layer: HeldLayer, outcome: 'hit' | 'made'): Promise<ReadySession> {
  const { request, log } = context;
  log.line(`layer ${layer.id} (${outcome})`);
  if (outcome === 'hit') for (const entry of layer.record.packages) log.write(`  ${entry.replace(/ .*/, '')}`);
  const session = await openBuildSession(context, [layer.tree, request.generation.tree], layer);
  return { session, packages: layer.record.installed, layer: layer.id };
}

/** The session that builds, over a layer that lives as long as it does. */
async function openBuildSession(context: Context, lower: readonly string[], layer: AsyncDisposable): Promise<Session> {
  const { request, log } = context;
  log.phase('open session');
  await using rollback = new AsyncDisposableStack();
  rollback.use(layer);
  const session = await openSession({
    ...context.base,
    root: { lower },
    binds: [...(context.base.binds ?? []), ...context.buildBinds],
    scratch: request.scratch,
    locks: [request.lock, lockOf(() => layer[Symbol.asyncDispose]())],
  });
  rollback.use(session);
  // As without a layer: a build with network may ask them.
  if (request.repositories.length > 0) {
    await nameRepositories({ session, repositories: request.repositories, pins: request.pins });
  }
  log.phase('dependencies');
  rollback.move();
  return session;
}

async function sessionOptions(request: DebBuildRequest): Promise<Context['base']> {
  const { source, generation } = request;
  return {
    state: request.state,
    root: { lower: [generation.tree] },
    engine: request.engine,
    runId: request.runId,
    signal: request.signal,
    // The files alone: beside a .dsc in a checkout lies `.git/config`, with a token in it.
    inbox: {
      sources: source.files.map((name) => path.join(source.folder, name)),
      ...Object.fromEntries(request.packageFiles.map((file, index) => [`packages-${index}`, [path.resolve(file)]])),
    },
    binds: await localBinds([
      ...repositoryUris(generation),
      ...request.repositories.map((repository) => repository.source),
    ]),
  };
}

function dependencyRequest(
  { request, log, left }: Context,
  session: Session,
  archives: AptArchives | undefined,
): DependencyRequest {
  const { source, architecture, repositories, pins, profiles, parts, signal } = request;
  return {
    session,
    dsc: `${SOURCES_IN_ROOT}/${source.dsc}`,
    architecture,
    repositories,
    pins,
    extraPackages: request.packageFiles.map((file, index) => `${INBOX}/packages-${index}/${path.basename(file)}`),
    alsoInstall: request.extraPackages,
    profiles,
    parts,
    proxy: request.caches.proxy,
    options: archives?.options ?? [],
    left,
    retries: request.limits.retries,
    log,
    signal,
  };
}

/** What decides on the dependencies beside the generation; `undefined` where more than this does. */
async function questionOfBuild(request: DebBuildRequest): Promise<string | undefined> {
  const { source, repositories, packageFiles, generation, architecture, profiles, parts, extraPackages, pins } =
    request;
  if (repositories.length > 0 || packageFiles.length > 0) return undefined;
  const file = path.join(source.folder, source.dsc);
  const { paragraph } = parseDsc(await readFile(file, 'utf8'), file);
  const fields = FIELDS.map((name) => [name, paragraph.get(name) ?? '']);
  return questionOf(generation, ['deb', architecture, fields, profiles, [parts.any, parts.all], extraPackages, pins]);
}

/** Everything that apt-get build-dep reads of a .dsc (deb-policy 7.7). */
const FIELDS = [
  'Architecture',
  'Build-Depends',
  'Build-Depends-Arch',
  'Build-Depends-Indep',
  'Build-Conflicts',
  'Build-Conflicts-Arch',
  'Build-Conflicts-Indep',
];

const keyOf = ({ architecture, generation }: DebBuildRequest, plan: DependencyPlan, files: string[]): LayerKey => ({
  format: 'deb',
  architecture,
  generation,
  packages: planEntries(plan),
  settings: { packageFiles: files.sort() },
});

/** Where downloads are kept; `undefined` where they are not, or cannot be. */
async function aptArchives(context: Context): Promise<AptArchives | undefined> {
  const { request } = context;
  if (request.caches.downloads === 0) return undefined;
  return spare(request, 'downloads cannot be kept', () => openAptArchives(request.state, request.signal));
}

/** Something that a session lets go of when it is closed. */
const lockOf = (release: () => PromiseLike<void>): Lock => ({
  lost: new Promise(() => {}),
  release: async () => release(),
  [Symbol.asyncDispose]: async () => release(),
});

const isFull = (error: unknown): boolean => saysOf(error, /No space left on device|enough free space in /);

/** What apt says where its downloads have no room, beforehand or on the way. What dpkg says is another matter. */
const isFetchFull = (error: unknown): boolean =>
  saysOf(error, /^E: (?:You don't have enough free space in |Failed to fetch .*No space left on device)/m);

const saysOf = (error: unknown, what: RegExp): boolean =>
  error instanceof CommandError && what.test(`${error.failure.stdout}${error.failure.stderr}`);
