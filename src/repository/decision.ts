/**
 * What a publish would do, whether it is done then or only told: builds are verified and read, versions and key are
 * compared with the repository as it is.
 */
import { UserError } from '../errors.ts';
import type { Logger } from '../host/host.ts';
import type { AllowedSigners, GoodSignature } from '../signing/allowed-signers.ts';
import { type Build, readBuild } from './builds.ts';
import type { DriverContext, FormatDriver, Plan, RepositoryView } from './driver.ts';
import { keysOfSnapshot } from './keys.ts';
import { checkChannelName } from './layout.ts';
import { Provenance } from './provenance.ts';
import { refuseAll } from './refusal.ts';
import type { PackageRef, Snapshot } from './snapshot.ts';

/** What may be published, and what is allowed. */
export interface PublishRules {
  /** Folders with a manifest. */
  readonly packages: readonly string[];
  readonly channel: string;
  /** Whether builds of changes in review may be published. */
  readonly allowReview: boolean;
  /** Whether the repository's signing key may become another one. */
  readonly allowKeyChange: boolean;
  /** Whose signatures every build must carry; none need any where it is not given. */
  readonly allowedSigners?: AllowedSigners | undefined;
  /** Why a package may be older than a published one; where it is not given, none may. */
  readonly allowDowngrade?: string | undefined;
}

/** A refusal that a person overrode, and why; recorded in the snapshot. */
export interface Override extends PackageRef {
  /** The newer version, and the channel that has it. */
  readonly over: string;
  readonly channel: string;
  readonly reason: string;
}

/** Which keys sign, and which did. */
export interface KeyDecision {
  /** Fingerprints: the one that snapshots name as `signedBy` first, then that of the next key, where there is one. */
  readonly signs: readonly string[];
  /** The keys that clients have: of the channel's snapshot; of a new channel of the other channels'. */
  readonly before: readonly string[];
  /** What of it changes in the channel, one phrase each. */
  readonly changes: readonly string[];
  readonly refusal: UserError | undefined;
}

/** Whose signatures builds carry: one entry for each build. */
export type BuildSigners = readonly (readonly GoodSignature[])[];

/** What comes in, verified and read. */
export interface Prepared<Candidates> {
  readonly builds: readonly Build[];
  readonly candidates: Candidates;
  /** Who signed each of the builds, in their order; absent where nobody had to. */
  readonly signers?: BuildSigners | undefined;
}

export interface Decision<P extends Plan = Plan> {
  readonly plan: P;
  readonly key: KeyDecision;
  readonly overrides: readonly Override[];
  /** Why a snapshot is to be made even where every package is the same. */
  readonly reasons: readonly string[];
  /** `refused`: something of it may not be published, so nothing is. `nothing`: all of it is there. */
  readonly verdict: 'publish' | 'nothing' | 'refused';
}

/**
 * Verifies and reads the builds. Needs no repository.
 *
 * @throws UserError naming the file: not a successful build, damaged, not what its manifest lists.
 */
export async function prepare<Candidates, P extends Plan, S extends Snapshot>(
  rules: PublishRules,
  context: DriverContext & { readonly logger: Logger },
  driver: FormatDriver<Candidates, P, S>,
): Promise<Prepared<Candidates>> {
  checkChannelName(rules.channel, 'input channel');
  const { logger, signal } = context;
  const builds: Build[] = [];
  for (const [index, location] of rules.packages.entries()) {
    logger.progress(`verifying ${location} (${index + 1} of ${rules.packages.length})`);
    signal.throwIfAborted();
    builds.push(await readBuild(location, { format: driver.format, allowReview: rules.allowReview }));
  }
  const { allowedSigners } = rules;
  const provenance = allowedSigners === undefined ? undefined : new Provenance(allowedSigners);
  const candidates = await driver.read(builds, { ...context, provenance });
  return { builds, candidates, signers: provenance && builds.map((build) => provenance.of(build)) };
}

/**
 * Decides what publishing would do to the repository. Changes nothing, and needs no private key.
 *
 * @param signs fingerprints of the key that signs, and of the next one.
 * @param keyChanges what changes in the keyring that clients get, where that is known.
 * @throws UserError when nothing can be decided: for another target, for settings that cannot be.
 */
export async function decide<Candidates, P extends Plan, S extends Snapshot>(
  { candidates }: Prepared<Candidates>,
  view: RepositoryView<S>,
  signs: readonly string[],
  rules: PublishRules,
  context: DriverContext,
  driver: FormatDriver<Candidates, P, S>,
  keyChanges: readonly string[] = [],
): Promise<Decision<P>> {
  const { allowDowngrade: reason } = rules;
  const plan = await driver.plan(candidates, view, { ...context, allowDowngrade: reason !== undefined });
  const key = decideKey(view, signs, rules.allowKeyChange, keyChanges);
  const overrides = plan.downgrades.flatMap(({ kind, name, version, architecture, against }) =>
    against.map((other): Override => {
      const { version: over, channel = '' } = other;
      return { kind, name, version, architecture, over, channel, reason: reason ?? '' };
    }),
  );
  const reasons = [...plan.reasons, ...key.changes];
  const isSame = plan.entries.every(({ action }) => action === 'same');
  const isRefused = plan.refusals.length > 0 || key.refusal !== undefined;
  const isNothing = view.head !== undefined && isSame && reasons.length === 0;
  return { plan, key, overrides, reasons, verdict: isRefused ? 'refused' : isNothing ? 'nothing' : 'publish' };
}

/** @throws UserError, or an AggregateError of them, when something of it may not be published. */
export function refuseDecision({ plan, key }: Decision): void {
  const errors = plan.refusals.map(({ error }) => error);
  refuseAll(key.refusal === undefined ? errors : [key.refusal, ...errors]);
}

/** Clients have the repository's key: another one locks all of them out, so it is never changed by accident. */
function decideKey(
  view: RepositoryView,
  signs: readonly string[],
  allowKeyChange: boolean,
  keyChanges: readonly string[],
): KeyDecision {
  const [fingerprint = ''] = signs;
  const known = view.head === undefined ? [...view.heads.values()] : [view.head];
  const before = [...new Set(known.flatMap(keysOfSnapshot))];
  const changes = [...(view.head === undefined ? [] : keyReasons(view.head, signs)), ...keyChanges];
  if (allowKeyChange || known.length === 0 || before.includes(fingerprint)) {
    return { signs, before, changes, refusal: undefined };
  }
  const refusal = new UserError({
    what: 'the repository is signed by another key, which is the one that its clients have',
    where: 'input signing-key',
    found: fingerprint,
    expected: known[0]?.signedBy ?? '',
    remedy: 'give that key; to change keys on purpose, set allow-key-change and hand the new key to the clients first',
  });
  return { signs, before, changes, refusal };
}

/** Why another snapshot is to be made, for the keys that sign it. */
function keyReasons(head: Snapshot, [fingerprint, next]: readonly string[]): string[] {
  return [
    ...(head.signedBy === fingerprint ? [] : ['another key signs']),
    ...(next === undefined || head.nextKey === next ? [] : [`the next key signs too, or is named: ${next}`]),
    ...(head.nextKey === undefined || head.nextKey === next || head.nextKey === fingerprint
      ? []
      : [`no longer the next key: ${head.nextKey}`]),
  ];
}
