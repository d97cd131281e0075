/**
 * Publishing: the use case, independent of the format (docs/publishing.md). Builds are verified and read before the
 * lease is taken; under it versions are checked against every channel, the snapshot to come is made and read as a
 * client would, and only then it becomes the channel's.
 */
import { symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { CancelledError } from '../errors.ts';
import type { Packets } from '../signing/signer.ts';
import { VERSION } from '../version.ts';
import type { Build } from './builds.ts';
import {
  type BuildSigners,
  type Decision,
  decide,
  type Override,
  type PublishRules,
  prepare,
  refuseDecision,
} from './decision.ts';
import type { Draft, FormatDriver, Plan, RepositoryView } from './driver.ts';
import { fingerprintsOf, keyFields, type PublishKeys, planKeys } from './keys.ts';
import { formatSnapshot, readChannels, SNAPSHOT_FILE, type Snapshot } from './snapshot.ts';
import { type Staging, type Step, type TransactionOptions, withRepository } from './transaction.ts';
import { type RepositoryState, readHeads, readView, viewOf } from './view.ts';

/** Publishers move on meanwhile: a plan that takes longer than they do is made again so often. */
const MAX_TRIES = 10;

export interface PublishOptions extends TransactionOptions, PublishRules, PublishKeys {
  /** URL of the CI run, recorded in the snapshot. */
  readonly run?: string | undefined;
  /** Of a review repository: what it is layered over. */
  readonly layeredOver?: Snapshot['layeredOver'];
  /** Is told under the lease what was decided; what it throws ends the publish there. */
  readonly approve?: ((decided: Decided) => void) | undefined;
  /** Tries the staged snapshot as clients of its target do; what it throws ends the publish there. */
  readonly checkClients?: ((staged: StagedSnapshot) => Promise<readonly CheckedClients[]>) | undefined;
}

/** A snapshot to come that has passed the check of its format. */
export interface StagedSnapshot {
  readonly format: Snapshot['format'];
  readonly plan: Plan;
  readonly draft: Draft;
  readonly staging: Staging;
  readonly view: RepositoryView;
  readonly builds: readonly Build[];
  /** The public keys that clients get. */
  readonly keys: Packets;
  /** Aborted by the cancellation, and by the loss of the lease. */
  readonly signal: AbortSignal;
}

/** What clients of one target could do. */
export interface CheckedClients {
  readonly target: string;
  readonly architecture: string;
  /** Packages of the publish that can be installed, and that can be upgraded to. */
  readonly installed: number;
  readonly upgraded: number;
  /** Files that they fetched. */
  readonly downloads: number;
  readonly seconds: number;
}

/** What was decided, from what, over what. */
export interface Decided<P extends Plan = Plan, S extends Snapshot = Snapshot> {
  readonly decision: Decision<P>;
  readonly format: S['format'];
  readonly builds: readonly Build[];
  readonly signers?: BuildSigners | undefined;
  readonly view: RepositoryView<S>;
}

export interface StepTime {
  readonly step: Step;
  readonly seconds: number;
}

export interface PublishResult<P extends Plan = Plan, S extends Snapshot = Snapshot> {
  readonly plan: P;
  readonly overrides: readonly Override[];
  /** The channel's snapshot after it: a new one, or the one that was there where nothing was to do. */
  readonly snapshot: S;
  readonly changed: boolean;
  readonly builds: readonly Build[];
  /** Who signed each of the builds, where somebody had to. */
  readonly signers?: BuildSigners | undefined;
  /** What `checkClients` found, where a new snapshot was made. */
  readonly clients?: readonly CheckedClients[] | undefined;
  /** How long each step took, in their order. */
  readonly times: readonly StepTime[];
}

/**
 * Publishes builds.
 *
 * @throws UserError when something of it may not be published; the repository is then as it was.
 * @throws CancelledError when `signal` was aborted before the new state was served; it is as it was then too.
 */
export async function publish<Candidates, P extends Plan, S extends Snapshot>(
  options: PublishOptions,
  driver: FormatDriver<Candidates, P, S>,
): Promise<PublishResult<P, S>> {
  try {
    return await runPublish(options, driver);
  } catch (error) {
    // Whatever was under way when it was cancelled fails in a way of its own.
    throw options.signal.aborted ? new CancelledError() : error;
  }
}

async function runPublish<Candidates, P extends Plan, S extends Snapshot>(
  options: PublishOptions,
  driver: FormatDriver<Candidates, P, S>,
): Promise<PublishResult<P, S>> {
  const { logger, signal, signer, nextSigner } = options;
  const now = options.now?.() ?? new Date();
  const context = { logger, signal, now };
  const timed = withTimes(options);
  const prepared = await prepare(options, context, driver);
  const { builds, signers } = prepared;
  await timed.onStep('verified');

  return await withRepository({ ...options, onStep: timed.onStep }, async (session) => {
    const heads = await readHeads(session.paths, session.channels);
    const view = viewOf<S>({ paths: session.paths, heads }, options.channel, driver.format);
    const held = { ...context, signal: session.signal };
    const { changes } = await planKeys(view, driver.format, options);
    const decision = await decide(prepared, view, fingerprintsOf(options), options, held, driver, changes);
    options.approve?.({ decision, format: driver.format, builds, signers, view });
    refuseDecision(decision);
    await session.done('planned');
    const { reasons, overrides } = decision;
    const plan = { ...decision.plan, reasons };
    if (view.head !== undefined && decision.verdict === 'nothing') {
      return { plan, overrides, snapshot: view.head, changed: false, builds, signers, times: timed.times };
    }
    const staging = await session.stage();
    await session.done('staged');
    const stage = { ...held, signer, nextSigner, staging, view, done: session.done };
    const draft = await driver.stage(plan, stage);
    const snapshot = await writeSnapshot(driver.format, staging, view, draft, decision, builds, options, now);
    const { keys } = await planKeys(view, driver.format, options, draft);
    await driver.check(plan, draft, {
      ...held,
      staging,
      keys,
      fingerprint: signer.key.fingerprint,
      nextFingerprint: nextSigner?.key.fingerprint,
    });
    const staged = { format: driver.format, plan, draft, staging, view, builds, keys, signal: session.signal };
    const clients = await options.checkClients?.(staged);
    await session.done('checked');
    await session.commit(staging, { channel: options.channel, poolFiles: draft.poolFiles, keys });
    return { plan, overrides, snapshot, changed: true, builds, signers, clients, times: timed.times };
  });
}

/** The keys of a publish that is only planned. */
export interface GivenKeys {
  /** Fingerprints of the key that signs, and of the next one. */
  readonly signs: readonly string[];
  /** What changes in the keyring that clients get, as far as that is known without the keys. */
  readonly changes: readonly string[];
}

/**
 * Decides what `publish` would do now, and changes nothing: no lease is taken, nothing is made. Other publishers may be
 * at work meanwhile.
 *
 * @param keys tells which keys would sign.
 * @throws UserError when nothing can be decided.
 */
export async function planPublish<Candidates, P extends Plan, S extends Snapshot>(
  options: PublishRules & Pick<TransactionOptions, 'root' | 'logger' | 'signal' | 'now'>,
  keys: (view: RepositoryView) => Promise<GivenKeys>,
  driver: FormatDriver<Candidates, P, S>,
): Promise<Decided<P, S>> {
  const { root, logger, signal } = options;
  const context = { logger, signal, now: options.now?.() ?? new Date() };
  try {
    const prepared = await prepare(options, context, driver);
    for (let count = 1; ; count++) {
      const state = await readView(root);
      const view = viewOf<S>(state, options.channel, driver.format);
      try {
        const { signs, changes } = await keys(view);
        const decision = await decide(prepared, view, signs, options, context, driver, changes);
        return { decision, format: driver.format, builds: prepared.builds, signers: prepared.signers, view };
      } catch (error) {
        // What a channel pointed to may be gone when it is looked into.
        if (count >= MAX_TRIES || signal.aborted || (await isAsBefore(state))) throw error;
      }
    }
  } catch (error) {
    throw signal.aborted ? new CancelledError() : error;
  }
}

async function isAsBefore({ paths, channels }: RepositoryState): Promise<boolean> {
  return isDeepStrictEqual(await readChannels(paths), channels);
}

/** Writes snapshot.json and the link to the pool into the staged snapshot. */
export async function writeSnapshot<S extends Snapshot>(
  format: S['format'],
  staging: Staging,
  view: RepositoryView<S>,
  draft: Draft<S>,
  { plan, overrides }: Decision,
  builds: readonly Build[],
  options: PublishOptions,
  now: Date,
): Promise<S> {
  const snapshot = {
    schema: 'pkg-actions/snapshot/1',
    id: staging.id,
    createdAt: now.toISOString(),
    parent: view.head?.id ?? null,
    channel: options.channel,
    format,
    settings: draft.settings,
    ...keyFields(options, format),
    tool: { name: 'pkg-actions', version: VERSION },
    ...(options.run === undefined ? {} : { run: options.run }),
    ...(options.layeredOver === undefined ? {} : { layeredOver: options.layeredOver }),
    change: {
      added: plan.entries
        .filter(({ action }) => action !== 'same')
        .map(({ kind, name, version, architecture }) => ({ kind, name, version, architecture })),
      superseded: [...plan.superseded],
      ...(overrides.length === 0 ? {} : { overrides: [...overrides] }),
      builds: builds.map(({ manifest, sha256 }) => ({
        manifest: sha256,
        package: manifest.package.name,
        version: manifest.package.version,
        change: manifest.change,
        origins: manifest.origins.map(({ role, project, commit }) => ({ role, project, commit })),
      })),
    },
    packages: [...draft.packages],
    records: [...draft.records],
    supersededIndexes: [...draft.supersededIndexes],
    // Format and settings come from one driver: a union cannot say that they belong together.
  } as Snapshot as S;
  await writeFile(path.join(staging.snapshot, SNAPSHOT_FILE), formatSnapshot(snapshot));
  // Relative: true in the staging folder, in the repository and in every mirror.
  await symlink('../../pool', path.join(staging.snapshot, 'pool'));
  return snapshot;
}

function withTimes(options: PublishOptions) {
  const times: StepTime[] = [];
  let last = performance.now();
  const onStep = async (step: Step) => {
    const seconds = (performance.now() - last) / 1000;
    const before = times.at(-1);
    if (before?.step === step) times[times.length - 1] = { step, seconds: before.seconds + seconds };
    else times.push({ step, seconds });
    await options.onStep?.(step);
    last = performance.now();
  };
  return { times, onStep };
}
