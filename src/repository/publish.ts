/**
 * Publishing: the use case, independent of the format (docs/publishing.md). Builds are verified and read before the
 * lease is taken; under it versions are checked against every channel, the snapshot to come is made and read as a
 * client would, and only then it becomes the channel's.
 */
import { symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CancelledError, UserError } from '../errors.ts';
import { mergeKeyring } from '../signing/keyring.ts';
import type { Signer } from '../signing/signer.ts';
import { VERSION } from '../version.ts';
import { type Build, readBuild } from './builds.ts';
import type { Draft, FormatDriver, Plan, RepositoryView } from './driver.ts';
import { checkChannelName } from './layout.ts';
import { formatSnapshot, SNAPSHOT_FILE, type Snapshot } from './snapshot.ts';
import { type Staging, type Step, type TransactionOptions, withRepository } from './transaction.ts';
import { readHeads, viewOf } from './view.ts';

export interface PublishOptions extends TransactionOptions {
  /** Folders with a manifest. */
  readonly packages: readonly string[];
  readonly channel: string;
  readonly signer: Signer;
  /** Whether builds of changes in review may be published. */
  readonly allowReview: boolean;
  /** Whether the repository's signing key may become another one. */
  readonly allowKeyChange: boolean;
  /** URL of the CI run, recorded in the snapshot. */
  readonly run?: string | undefined;
}

export interface StepTime {
  readonly step: Step;
  readonly seconds: number;
}

export interface PublishResult<P extends Plan = Plan, S extends Snapshot = Snapshot> {
  readonly plan: P;
  /** The channel's snapshot after it: a new one, or the one that was there where nothing was to do. */
  readonly snapshot: S;
  readonly changed: boolean;
  readonly builds: readonly Build[];
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
  const { logger, signal, signer } = options;
  const now = options.now?.() ?? new Date();
  const context = { logger, signal, now };
  checkChannelName(options.channel, 'input channel');
  const timed = withTimes(options);

  const builds: Build[] = [];
  for (const [index, location] of options.packages.entries()) {
    logger.progress(`verifying ${location} (${index + 1} of ${options.packages.length})`);
    signal.throwIfAborted();
    builds.push(await readBuild(location, { format: driver.format, allowReview: options.allowReview }));
  }
  const candidates = await driver.read(builds, context);
  await timed.onStep('verified');

  return await withRepository({ ...options, onStep: timed.onStep }, async (session) => {
    const heads = await readHeads(session.paths, session.channels);
    const view = viewOf<S>({ paths: session.paths, heads }, options.channel, driver.format);
    checkKey(view, options);
    const plan = await driver.plan(candidates, view, { ...context, signal: session.signal });
    await session.done('planned');
    const reasons = [...plan.reasons, ...(view.head?.signedBy === signer.key.fingerprint ? [] : ['another key signs'])];
    const isSame = plan.entries.every(({ action }) => action === 'same');
    if (view.head !== undefined && isSame && reasons.length === 0) {
      return { plan, snapshot: view.head, changed: false, builds, times: timed.times };
    }
    const staging = await session.stage();
    await session.done('staged');
    const stage = { ...context, signal: session.signal, signer, staging, view, done: session.done };
    const draft = await driver.stage({ ...plan, reasons }, stage);
    const snapshot = await writeSnapshot(driver.format, staging, view, draft, plan, builds, options, now);
    const keys = await keysOf(view, draft, signer);
    await driver.check(plan, draft, {
      ...context,
      signal: session.signal,
      staging,
      keys,
      fingerprint: signer.key.fingerprint,
    });
    await session.done('checked');
    await session.commit(staging, { channel: options.channel, poolFiles: draft.poolFiles, keys });
    return { plan, snapshot, changed: true, builds, times: timed.times };
  });
}

/** Clients have the repository's key: another one locks all of them out, so it is never changed by accident. */
function checkKey(view: RepositoryView, { signer, allowKeyChange }: PublishOptions): void {
  const known = view.head === undefined ? [...view.heads.values()] : [view.head];
  if (allowKeyChange || known.length === 0) return;
  if (known.some((snapshot) => snapshot.signedBy === signer.key.fingerprint)) return;
  throw new UserError({
    what: 'the repository is signed by another key, which is the one that its clients have',
    where: 'input signing-key',
    found: signer.key.fingerprint,
    expected: known[0]?.signedBy ?? '',
    remedy: 'give that key; to change keys on purpose, set allow-key-change and hand the new key to the clients first',
  });
}

/** The keys that clients need: ours, and those that signed what is served besides, indexes or packages. */
async function keysOf(view: RepositoryView, draft: Draft, signer: Signer) {
  const needed = new Set([...view.heads.values()].map((snapshot) => snapshot.signedBy));
  for (const { packages } of [...view.heads.values(), draft]) {
    for (const { signedBy } of packages) if (signedBy !== undefined) needed.add(signedBy);
  }
  return await mergeKeyring(path.join(view.paths.public, 'keyring.gpg'), needed, signer);
}

async function writeSnapshot<S extends Snapshot>(
  format: S['format'],
  staging: Staging,
  view: RepositoryView<S>,
  draft: Draft<S>,
  plan: Plan,
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
    signedBy: options.signer.key.fingerprint,
    tool: { name: 'pkg-actions', version: VERSION },
    ...(options.run === undefined ? {} : { run: options.run }),
    change: {
      added: plan.entries
        .filter(({ action }) => action !== 'same')
        .map(({ kind, name, version, architecture }) => ({ kind, name, version, architecture })),
      superseded: [...plan.superseded],
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
