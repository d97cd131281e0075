/** `client-check: target`: what the builds are for, and sessions of it in which the staged snapshot is tried. */

import { mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { BUILD_DEFAULTS } from '../../builder/build-settings.ts';
import { hostArchitecture } from '../../buildroot/configuration.ts';
import { buildrootFolder, type Generation, holdCurrent } from '../../buildroot/generation.ts';
import { releaseSourcesRpm } from '../../buildroot/mock/release-sources.ts';
import { releaseSources } from '../../buildroot/release-sources.ts';
import { scratchSize } from '../../buildroot/scratch.ts';
import { prepareState } from '../../buildroot/state.ts';
import { findTarget, loadPackaging, type Packaging } from '../../config/packaging.ts';
import { download } from '../../download/download.ts';
import { shellQuote, UserError } from '../../errors.ts';
import { formatCount } from '../../format.ts';
import type { Host } from '../../host/host.ts';
import type { InputValues } from '../../inputs.ts';
import type { Lock } from '../../lock.ts';
import { readManifest } from '../../manifest.ts';
import type { CheckedClients, StagedSnapshot } from '../../repository/publish.ts';
import { refuseAll } from '../../repository/refusal.ts';
import { rpmArchitecture } from '../../rpm/architecture.ts';
import { checkDebClients } from '../../systemtest/client-check/deb.ts';
import type { ClientCheckResult, Refused } from '../../systemtest/client-check/request.ts';
import { checkWithRetries } from '../../systemtest/client-check/retries.ts';
import { checkRpmClients } from '../../systemtest/client-check/rpm.ts';
import { engineOf } from '../build-request.ts';
import { clientPackages } from './client-packages.ts';
import type { action } from './inputs.ts';
import { clientsLine } from './report-clients.ts';

type Inputs = InputValues<typeof action.inputs>;
type Format = 'deb' | 'rpm';

/** Wall-clock limit of one call of apt or dnf. */
const CALL_SECONDS = 1800;
/** Other architectures whose programs a processor runs, by the names of the formats: they may have buildroots here. */
const ALSO_RUNS: Readonly<Record<string, readonly string[]>> = {
  amd64: ['i386'],
  arm64: ['armhf', 'armel'],
  x86_64: ['i686'],
  aarch64: ['armv7hl'],
};

/** A buildroot that is held until the publish has ended. */
interface HeldTarget {
  readonly name: string;
  readonly architecture: string;
  readonly generation: Generation;
}

export interface TargetClients extends AsyncDisposable {
  /**
   * @throws UserError, or an AggregateError of them, for packages that clients could not install or upgrade to.
   * @throws InfrastructureError where that cannot be told.
   */
  check(staged: StagedSnapshot): Promise<readonly CheckedClients[]>;
}

/**
 * Finds everything that the check needs, before anything is staged.
 *
 * @param packages absolute paths of the builds.
 * @param review the review that is published to, where it is one.
 * @returns `undefined` where no sessions are asked for.
 * @throws UserError where a build does not say its target, or there is no buildroot of it.
 */
export async function openTargetClients(
  inputs: Inputs,
  packages: readonly string[],
  review: string | undefined,
  host: Host,
): Promise<TargetClients | undefined> {
  if (inputs['client-check'] !== 'target') return undefined;
  if (review !== undefined) {
    // They are layered over the release's repository, which a session would need besides.
    throw new UserError({
      what: 'packages of a review are not tried in sessions',
      where: 'input client-check',
      remedy: 'use client-check read',
    });
  }
  const { format, targets } = await targetsOf(packages);
  const packaging = inputs.packaging === undefined ? undefined : await loadPackaging(inputs.packaging);
  const state = await prepareState(inputs.state, host);
  await using stack = new AsyncDisposableStack();
  const held: HeldTarget[] = [];
  const own = format === 'deb' ? await hostArchitecture() : rpmArchitecture(os.machine());
  for (const [name, built] of targets) {
    for (const architecture of new Set([own, ...(ALSO_RUNS[own] ?? []).filter((each) => built.has(each))])) {
      const found = await holdCurrent(buildrootFolder(state, `${name}-${architecture}`), host.signal);
      if (found !== undefined) {
        stack.use(found.lock satisfies Lock);
        held.push({ name, architecture, generation: found.generation });
      } else if (architecture === own && built.has(own)) {
        throw missingBuildroot(name, architecture, state, inputs);
      }
    }
  }
  const engine = await engineOf(inputs, format, state, host);
  const sessions = { inputs, format, state, engine, packaging, host, several: targets.size > 1 };
  const locks = stack.move();
  return {
    check: async (staged) => await checkAll(staged, held, sessions),
    [Symbol.asyncDispose]: async () => await locks.disposeAsync(),
  };
}

interface Sessions {
  readonly inputs: Inputs;
  readonly format: Format;
  readonly state: string;
  readonly engine: Awaited<ReturnType<typeof engineOf>>;
  readonly packaging: Packaging | undefined;
  readonly host: Host;
  /** Whether the builds are for more than one target. */
  readonly several: boolean;
}

/** Names of the targets that the builds are for, each with the architectures that it was built for. */
async function targetsOf(packages: readonly string[]): Promise<{ format: Format; targets: Map<string, Set<string>> }> {
  const targets = new Map<string, Set<string>>();
  let format: Format = 'deb';
  for (const location of packages) {
    const { manifest, file } = await readManifest(location);
    const { target } = manifest;
    if (target === undefined) {
      throw new UserError({
        what: 'the manifest does not say what its packages are built for, so they cannot be tried there',
        where: file,
        remedy: 'use client-check read',
      });
    }
    ({ format } = manifest.package);
    targets.set(target.name, (targets.get(target.name) ?? new Set<string>()).add(target.architecture));
  }
  return { format, targets };
}

function missingBuildroot(name: string, architecture: string, state: string, inputs: Inputs): UserError {
  const packaging = inputs.packaging === undefined ? [] : ['--packaging', inputs.packaging];
  const command = ['pkg-actions', 'update-buildroots', '--targets', name, ...packaging, '--state', state];
  return new UserError({
    what: 'there is no buildroot to try the packages in',
    where: 'input client-check',
    found: `nothing for ${name} (${architecture}) in ${path.join(state, 'buildroots')}`,
    remedy: `make it with ${shellQuote(command)}, or use client-check read`,
  });
}

async function checkAll(
  staged: StagedSnapshot,
  held: readonly HeldTarget[],
  sessions: Sessions,
): Promise<readonly CheckedClients[]> {
  const { host, several } = sessions;
  const checked: CheckedClients[] = [];
  const errors: UserError[] = [];
  const tried = new Set<string>();
  for (const target of held) {
    const of = several ? target.name : undefined;
    const packages = clientPackages(staged, target.architecture, of);
    for (const { path: file } of packages.changed) tried.add(file);
    if (packages.changed.length === 0) continue;
    const started = performance.now();
    const result = await checkTarget(staged, target, packages, sessions);
    const { installed, upgraded, downloads } = result;
    const seconds = (performance.now() - started) / 1000;
    const done = { target: target.name, architecture: target.architecture, installed, upgraded, downloads, seconds };
    host.progress('');
    host.info(clientsLine(done));
    checked.push(done);
    for (const warning of result.warnings) host.warning(`${done.target}: ${warning}`, { title: 'Client check' });
    errors.push(...result.refused.map((each) => errorOf(each, target)));
  }
  refuseAll(errors);
  const left = clientPackages(staged, undefined, undefined).changed.filter(({ path: file }) => !tried.has(file));
  if (left.length > 0) {
    const architectures = [...new Set(left.map(({ architecture }) => architecture))].join(', ');
    host.warning(
      `not tried in a session, as there is no buildroot for it here: ${formatCount(left.length, 'package')} (${architectures})`,
      {
        title: 'Client check',
      },
    );
  }
  return checked;
}

async function checkTarget(
  staged: StagedSnapshot,
  target: HeldTarget,
  packages: ReturnType<typeof clientPackages>,
  { inputs, format, state, engine, packaging, host }: Sessions,
): Promise<ClientCheckResult> {
  const { staging, view, signal } = staged;
  const { name, architecture, generation } = target;
  const empty = path.join(staging.work, `clients-${name}-${architecture}`);
  await mkdir(empty, { recursive: true });
  const { stagedFolder, formerFolder } = packages;
  const common = {
    state,
    engine,
    scratch: await scratchSize({ requested: 'auto', parallel: 1 }),
    generation,
    target: name,
    architecture,
    staged: { folder: stagedFolder, pool: path.join(staging.public, 'pool') },
    former: formerFolder === undefined ? undefined : { folder: formerFolder, packages: packages.former },
    pool: view.paths.pool,
    empty,
    keys: staged.keys,
    packages: packages.changed,
    companions: packages.companions,
    proxy: inputs.proxy,
    timeoutSeconds: CALL_SECONDS,
    runId: host.runId,
    logger: host,
    signal,
  };
  const fetchKey = async (key: { readonly url: string; readonly sha256: string }) =>
    await download({ ...key, name: 'key.asc' }, { folder: path.join(state, 'downloads'), logger: host, signal });
  const retries = {
    format,
    retries: inputs.retries ?? packaging?.limits.retries ?? BUILD_DEFAULTS.retries,
    where: `${name} (${architecture})`,
    logger: host,
    signal,
  };
  const { settings } = staged.draft;
  if (!('suite' in settings)) {
    const sources = packaging ? await releaseSourcesRpm(packaging, findTarget(packaging, name), fetchKey) : [];
    return await checkWithRetries(retries, async () => await checkRpmClients({ ...common, sources }));
  }
  const released = packaging
    ? await releaseSources(packaging, findTarget(packaging, name), fetchKey)
    : { repositories: [], pins: [] };
  const request = {
    ...common,
    suite: settings.suite,
    components: settings.components.filter((each) => !each.endsWith('/debug')),
    unchanged: packages.unchanged,
    sources: released.repositories,
    pins: released.pins,
  };
  return await checkWithRetries(retries, async () => await checkDebClients(request));
}

function errorOf({ step, packages, reason }: Refused, { name, architecture }: HeldTarget): UserError {
  const named = packages.map((each) => `${each.name} ${each.version}`).join(', ');
  const former = packages.flatMap((each) => each.former?.version ?? []).join(', ');
  const what = {
    install: 'the package cannot be installed',
    upgrade:
      packages.length === 1
        ? `a machine that has ${former} cannot be upgraded to the package`
        : `a machine that has the former versions (${former}) cannot be upgraded to these packages together`,
  }[step];
  return new UserError({ what: `${what} on ${name} (${architecture})`, where: named, found: reason });
}
