/**
 * Makes a session ready to build in on a layer that has the build dependencies: one that is kept, or one that is made now.
 *
 * A layer is made in a session of its own, which writes to the folder that becomes the layer. In it dnf is asked first
 * what it would install. No scriptlet has run by then, nor any code of the package, and what dnf says is the name of the
 * layer: where there is one already, this session ends here.
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { openRpmDownloads, type RpmDownloads } from '../buildroot/downloads/rpm.ts';
import { removeTree } from '../buildroot/generation.ts';
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
import { isAsPlanned, PLAN_FILE, planEntries, type RpmPlan } from '../buildroot/mock/dnf-plan.ts';
import type { MockSession } from '../buildroot/mock/session.ts';
import { ROOT_NAME } from '../buildroot/mock/session-script.ts';
import type { Manifest } from '../manifest.ts';
import type { BuildLog } from './build-log.ts';
import { keepInRoom, spare } from './layer-keeping.ts';
import type { RpmBuildRequest } from './rpm-build.ts';
import { install } from './rpm-dependencies.ts';
import { planDependencies } from './rpm-plan.ts';
import { usedRepositories } from './rpm-repositories.ts';
import type { MockSteps } from './rpm-steps.ts';

/** What goes on for all sessions of a build. */
export interface RpmBuildContext {
  readonly request: RpmBuildRequest;
  readonly log: BuildLog;
  readonly steps: MockSteps;
  /** Seconds that are left of the build's limit. */
  readonly left: () => number;
  /** Opens a session that the build's end closes. */
  readonly open: (options: SessionKind) => Promise<MockSession>;
}

/** How the sessions of one build differ. */
export interface SessionKind {
  /** Files below `INBOX/source`. */
  readonly files: readonly string[];
  /** Layers, topmost first. */
  readonly above?: readonly string[];
  /** Where it writes, if not where builds do. */
  readonly upper?: string;
  readonly downloads?: RpmDownloads;
}

/** What a build goes on with. */
export interface ReadyLayer extends AsyncDisposable {
  /** To be lower folders, above the generation; none where nothing had to be installed. */
  readonly trees: readonly string[];
  /** `undefined` where there is none, or it is for this build alone. */
  readonly id: string | undefined;
  /** Installed packages. */
  readonly installed: readonly string[];
  readonly repositories: NonNullable<Manifest['repositories']>;
}

/** Where the dependencies could not be installed; the steps say why. */
export interface FailedLayer {
  /** It was stopped; its logs are there. */
  readonly failed: MockSession;
  readonly repositories: NonNullable<Manifest['repositories']>;
}

/**
 * Finds or makes the layer.
 *
 * @param file the .src.rpm on this host; `source` is its place in sessions.
 * @returns `undefined` where there can be no layer: then the dependencies are to be installed in the session that builds.
 */
export async function openLayer(
  context: RpmBuildContext,
  file: string,
  source: string,
): Promise<ReadyLayer | FailedLayer | undefined> {
  const { request, log } = context;
  const staged = await spare(request, 'no layer can be made', () => stageLayer(request.state, request.signal));
  if (staged === undefined) return undefined;
  await using rollback = new AsyncDisposableStack();
  rollback.use(staged);
  const downloads = await rpmDownloads(request);
  if (downloads !== undefined) rollback.use(downloads);
  // Not every file system that a state folder lies on can be written to by an overlay; memory always can.
  const session = await spare(request, 'no layer can be made', () =>
    context.open({ files: [file], upper: staged.upper, ...(downloads ? { downloads } : {}) }),
  );
  if (session === undefined) return undefined;
  // Before the folder that it writes to is removed. One whose logs are those of the build is closed when they were read.
  let isEntered = false;
  rollback.defer(() => (isEntered ? session.session.stop() : session.session.close()));
  log.phase('dependencies');
  log.banner('Install build dependencies');
  const plan = await planDependencies(session, source, context.left() / 2);
  if (plan === undefined) {
    log.line('dnf does not tell beforehand what it would install: the build goes on without a layer');
    return undefined;
  }
  const used = () => usedRepositories(session, request.generation, request.repositories);
  if (plan.install.length === 0 && plan.remove.length === 0) {
    log.line('layer (none needed)');
    const installed = request.generation.record.packages;
    const repositories = await used();
    return { trees: [], id: undefined, installed, repositories, [Symbol.asyncDispose]: inBackground(rollback.move()) };
  }
  const key = keyOf(request, plan);
  const found = await spare(request, 'a layer cannot be looked for', () =>
    findLayer(request.state, key, request.signal),
  );
  if (found !== undefined) {
    const repositories = await used();
    for (const { nevra } of plan.install) log.write(`  ${nevra}`);
    log.line(`layer ${found.id} (hit)`);
    const closed = inBackground(rollback.move());
    return { ...readyOf(found, repositories), [Symbol.asyncDispose]: () => closed().finally(found.release) };
  }
  const { steps } = context;
  await steps.enter(session);
  isEntered = true;
  await installPlanned(context, session, source, plan, downloads);
  if (!steps.isGood) {
    if (await isFull(context, session)) return undefined;
    return { failed: session, repositories: await used() };
  }
  const installed = await session.installedRpms();
  const repositories = await used();
  await session.session.stop();
  const layer = await keep(context, staged, key, plan, installed);
  if (layer !== undefined) {
    log.line(`layer ${layer.id} (made)`);
    return readyOf(layer, repositories);
  }
  log.line('layer (not kept)');
  rollback.move();
  await downloads?.[Symbol.asyncDispose]();
  // As good for this build, and for no other one.
  return { trees: [staged.changes], id: undefined, installed, repositories, [Symbol.asyncDispose]: staged.discard };
}

const readyOf = (layer: HeldLayer, repositories: ReadyLayer['repositories']): ReadyLayer => ({
  trees: [layer.tree],
  id: layer.id,
  installed: layer.record.installed,
  repositories,
  [Symbol.asyncDispose]: layer.release,
});

/**
 * Disposes of what nobody needs any more while the build's session is opened: a container is not gone at once.
 *
 * @returns waits for it, and throws what went wrong.
 */
function inBackground(rest: AsyncDisposableStack): () => Promise<void> {
  const done = rest.disposeAsync();
  // It is thrown where it is waited for.
  done.catch(() => {});
  return () => done;
}

/**
 * Installs the dependencies, from what is kept where it is, keeps what was downloaded, and ends what scriptlets left
 * running: it has the network, and more capabilities than a build gets.
 */
export async function installPlanned(
  { request, log, steps }: RpmBuildContext,
  session: MockSession,
  source: string,
  plan: RpmPlan | undefined,
  downloads: RpmDownloads | undefined,
): Promise<void> {
  if (plan !== undefined && downloads !== undefined) {
    const offered = await spare(request, 'kept downloads cannot be used', () => downloads.offer(session, plan));
    if (offered) log.line(`downloads: ${offered.kept} kept, ${offered.missing} to be fetched`);
  }
  const isInstalled = await install({ session, steps, log, retries: request.limits.retries, signal: request.signal }, [
    '--installdeps',
    source,
  ]);
  await session.session.endProcesses();
  if (isInstalled && plan !== undefined && downloads !== undefined) {
    await spare(request, 'downloads cannot be kept', () => downloads.keep(session, plan, request.caches.downloads));
  }
}

/** Where downloads are kept; `undefined` where they are not, or cannot be. */
export async function rpmDownloads(request: RpmBuildRequest): Promise<RpmDownloads | undefined> {
  if (request.caches.downloads === 0) return undefined;
  return spare(request, 'downloads cannot be kept', () => openRpmDownloads(request.state, request.signal));
}

const keyOf = ({ architecture, generation }: RpmBuildRequest, plan: RpmPlan): LayerKey => ({
  format: 'rpm',
  architecture,
  generation,
  packages: planEntries(plan),
});

/** Puts the layer in place; `undefined` where it is not to be kept, or cannot be. The session is stopped. */
async function keep(
  { request, log }: RpmBuildContext,
  staged: StagedLayer,
  key: LayerKey,
  plan: RpmPlan,
  installed: readonly string[],
): Promise<HeldLayer | undefined> {
  const { state, generation } = request;
  // The index of a repository may have changed between the two.
  const isWhole = isAsPlanned(plan, generation.record.packages, installed);
  if (!isWhole) log.line('W: dnf installed other packages than it had said: the layer is not kept');
  return keepInRoom(request, async () => {
    await freeze(staged.changes, layerId(key));
    return isWhole ? keepLayer(state, staged, key, { installed }) : undefined;
  });
}

/** Below the buildroot: what mock and dnf make anew, name this session's repositories in, or lock each other by. */
const NOT_OF_A_LAYER = [
  ...['builddir', 'installation-homedir', '.initialized', PLAN_FILE],
  ...['var/cache/dnf', 'var/cache/libdnf5', 'var/cache/yum', 'etc/dnf/dnf.conf', 'etc/yum/yum.conf'],
  ...['dnf.log', 'dnf.librepo.log', 'dnf.rpm.log', 'dnf5.log', 'hawkey.log', 'yum.log'].map(
    (name) => `var/log/${name}`,
  ),
  // Of the database of packages: locks, and what Berkeley DB shares between processes, which refers to inodes.
  ...['var/lib/rpm', 'usr/lib/sysimage/rpm'].flatMap((folder) =>
    ['.rpm.lock', '.dbenv.lock', ...[1, 2, 3, 4, 5].map((number) => `__db.00${number}`)].map(
      (name) => `${folder}/${name}`,
    ),
  ),
];

/** Leaves of what was written below mock's basedir the buildroot alone. */
async function freeze(changes: string, id: string): Promise<void> {
  await removeAllBut(changes, ROOT_NAME);
  await removeAllBut(path.join(changes, ROOT_NAME), 'root');
  await freezeLayer(changes, { root: path.join(ROOT_NAME, 'root'), without: NOT_OF_A_LAYER, id });
}

async function removeAllBut(folder: string, kept: string): Promise<void> {
  for (const name of await readdir(folder)) if (name !== kept) await removeTree(path.join(folder, name));
}

/** Whether the disk of the state folder was full, and there is another place to write to. */
async function isFull({ request, steps }: RpmBuildContext, { results }: MockSession): Promise<boolean> {
  if (request.scratch === 'disk' || steps.last.end !== 'exit') return false;
  const { quotes } = await steps.diagnose(results, { hasPackages: false });
  if (!quotes.some(({ text }) => /No space left on device|needs \d+[KMG]?B(?: more space)? on/i.test(text)))
    return false;
  request.logger.warning('The disk of the state folder is full: the build goes on without a layer.');
  return true;
}
