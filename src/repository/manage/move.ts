/**
 * Moves channels to snapshots that are there: promotion, rollback, removal. Nothing is built, and no package is signed
 * anew; what was tried in one channel is what the next one serves, to the byte.
 */
import { quote, UserError } from '../../errors.ts';
import type { Signer } from '../../signing/signer.ts';
import type { ChangeRecord } from '../commit.ts';
import { readHistory } from '../history.ts';
import type { PublishKeys } from '../keys.ts';
import { checkChannelName, RepositoryPaths } from '../layout.ts';
import { listSnapshots, readSnapshot, type Snapshot } from '../snapshot.ts';
import { type TransactionOptions, withRepository } from '../transaction.ts';
import { isRepository, readView } from '../view.ts';
import { beginningOf, findChannel, findSnapshot, formerOf } from './channels.ts';
import { type Difference, differenceOf, isLoss } from './difference.ts';
import { checkKeys, checkValidity, isNotTaken, keysThatClientsLack, redate } from './redate.ts';

export interface MoveOptions extends TransactionOptions {
  /** Says what would be done, without the lease and without changing anything. */
  readonly dryRun: boolean;
  readonly reason?: string | undefined;
}

export interface PromoteOptions extends MoveOptions {
  /** A channel, or the id of a snapshot. */
  readonly from: string;
  /** The channel that is moved; made when it is not there. */
  readonly to: string;
  /** Why packages of it may become older or leave; where it is not given, none may. */
  readonly allowDowngrade?: string | undefined;
  /** Makes a snapshot with a new date where apt would not take the one that is there. */
  readonly signer?: Signer | undefined;
  /** The key that shall sign later, while keys are changed. */
  readonly nextSigner?: Signer | undefined;
  /** Whether it may be signed by a key that clients of the channel may not have. */
  readonly allowKeyChange?: boolean;
}

export interface RollbackOptions extends MoveOptions {
  readonly channel: string;
  /** The state to go back to; the former one of the channel when absent. */
  readonly snapshot?: string | undefined;
  readonly signer?: Signer | undefined;
  readonly nextSigner?: Signer | undefined;
}

export interface RemoveOptions extends MoveOptions {
  readonly channel: string;
}

export interface MoveResult {
  readonly channel: string;
  /** What it points to now, or would; `null` where it is removed. */
  readonly id: string | null;
  /** The snapshot with the same packages that `id` was made from, with a new date. */
  readonly copyOf?: string;
  readonly former: string | null;
  /** A dry run: a snapshot would be made, whose id is not known yet. */
  readonly wouldBeMade?: true;
  readonly changed: boolean;
  readonly difference: readonly Difference[];
  /** What people should know: clients that will not follow. */
  readonly warnings: readonly string[];
}

/** A repository that exists, as it is found: under the lease, or without it. */
interface State {
  readonly paths: RepositoryPaths;
  readonly channels: ReadonlyMap<string, string>;
}

interface Move {
  readonly channel: string;
  readonly id: string | null;
  readonly record: ChangeRecord;
}

/**
 * Makes a channel point to what another one points to, or to a snapshot.
 *
 * @throws UserError where packages of the channel would become older or leave, and this is not asked for.
 */
export async function promote(options: PromoteOptions): Promise<MoveResult> {
  const { to, from, allowDowngrade, allowKeyChange = false } = options;
  const reason = allowDowngrade ?? options.reason;
  checkChannelName(to, 'input to');
  return await move(options, keysOf(options), async ({ paths, channels }) => {
    const id = findSnapshot(from, channels, await listSnapshots(paths), 'the source of the promotion');
    const source = channels.has(from) ? { from } : {};
    return {
      channel: to,
      id,
      record: { action: 'promote', ...source, ...recordOf(reason) },
      allowKeyChange,
      check: (difference) => {
        const losses = difference.filter(isLoss);
        if (losses.length === 0) return [];
        if (allowDowngrade === undefined) throw refuseLosses(losses, to);
        return losses.map(lineOf);
      },
    };
  });
}

/**
 * Makes a channel point to what it pointed to before.
 *
 * @throws UserError where there is no such state any more.
 */
export async function rollback(options: RollbackOptions): Promise<MoveResult> {
  const { channel, snapshot, reason } = options;
  if (reason === undefined) throw reasonIsMissing('rollback');
  return await move(options, keysOf(options), async ({ paths, channels }) => {
    const current = findChannel(channel, channels, 'input channel');
    const snapshots = await listSnapshots(paths);
    const id =
      snapshot === undefined
        ? await findFormer({ paths, channels }, channel, current, snapshots)
        : findSnapshot(snapshot, channels, snapshots, 'input snapshot');
    return {
      channel,
      id,
      record: { action: 'rollback', ...recordOf(reason) },
      // Going back is what was asked for: what it costs is recorded, or told.
      allowKeyChange: true,
      check: (difference) => difference.filter(isLoss).map(lineOf),
    };
  });
}

/** Removes a channel. Its snapshots stay until they are pruned. */
export async function removeChannel(options: RemoveOptions): Promise<MoveResult> {
  const { channel, reason } = options;
  return await move(options, undefined, async ({ channels }) => {
    findChannel(channel, channels, 'input channel');
    const record = { action: 'remove' as const, ...recordOf(reason) };
    return { channel, id: null, record, allowKeyChange: true, check: () => [] };
  });
}

interface Choice extends Move {
  /** Whether a key that clients of the channel may not have is told only. */
  readonly allowKeyChange: boolean;
  /**
   * @returns what is recorded of losses.
   * @throws UserError where they are not allowed.
   */
  readonly check: (difference: readonly Difference[]) => string[];
}

async function move(
  options: MoveOptions,
  keys: PublishKeys | undefined,
  choose: (state: State) => Promise<Choice>,
): Promise<MoveResult> {
  await checkExists(options.root);
  if (options.dryRun) {
    const state = await readView(options.root);
    const choice = await choose(state);
    return (await look(choice, state, options, keys)).result;
  }
  return await withRepository(options, async (session) => {
    const choice = await choose(session);
    const { result, overrides, target, head, date } = await look(choice, session, options, keys);
    await session.done('planned');
    if (!result.changed) return result;
    const record = { ...choice.record, ...(overrides.length === 0 ? {} : { overrides }) };
    if (date && target !== undefined && head !== undefined && keys !== undefined) {
      const context = { session, keys, options, channel: choice.channel, record };
      const id = await redate(target, head, result.difference, context);
      return { ...result, id, copyOf: target.id };
    }
    await session.point({ channel: choice.channel, id: choice.id, record });
    return result;
  });
}

/** Everything that can be said before anything is changed. */
async function look(choice: Choice, state: State, options: MoveOptions, keys: PublishKeys | undefined) {
  const { channel, id } = choice;
  const former = state.channels.get(channel);
  const head = former === undefined ? undefined : await readSnapshot(state.paths, former);
  const target = id === null ? undefined : await readSnapshot(state.paths, id);
  const difference = target === undefined ? [] : differenceOf(head, target);
  const changed = id !== (former ?? null);
  const result = { channel, id, former: former ?? null, changed, difference, warnings: [] as string[] };
  if (!changed || target === undefined) return { result, overrides: [], target, head, date: false };
  const overrides = choice.check(difference);
  const isStale = head !== undefined && isNotTaken(target, head);
  const date = isStale && keys !== undefined;
  await checkKeys(target, state.paths, !date);
  const lacking = head === undefined ? [] : keysThatClientsLack(target, head, !date);
  if (lacking.length > 0) {
    if (!choice.allowKeyChange) throw refuseKeys(target, lacking, channel);
    result.warnings.push(
      `clients of ${channel} that have its present keys only cannot verify this state: it needs ${lacking.join(', ')}, which key.asc has`,
    );
  }
  if (!date) checkValidity(target, options.now?.() ?? new Date());
  const announced = head?.nextKey;
  const isOneOfTwo = announced !== undefined && keys?.nextSigner === undefined;
  if (date && isOneOfTwo && announced !== keys?.signer.key.fingerprint) {
    result.warnings.push(
      `the keys of ${channel} are being changed, and the present one alone signs its new date: clients that have the next key only (${announced}) cannot verify it; give next-signing-key too`,
    );
  }
  if (isStale && !date) {
    result.warnings.push(
      `apt takes no Release file that is older than the one it has: machines that have read ${head.id} stay with it until the next publish to ${channel}; with a signing key this command makes a new date`,
    );
  }
  return { result, overrides, target, head, date };
}

async function findFormer(
  { paths }: State,
  channel: string,
  current: string,
  snapshots: readonly string[],
): Promise<string> {
  const history = await readHistory(paths);
  let former = formerOf(history, channel, current).at(-1);
  const beginning = beginningOf(history, channel, current);
  if (former === undefined && beginning !== null && snapshots.includes(beginning)) {
    former = (await readSnapshot(paths, beginning)).parent ?? undefined;
  }
  if (former !== undefined && snapshots.includes(former)) return former;
  throw new UserError({
    what: former === undefined ? 'the channel has no former state' : 'the former state of the channel was removed',
    where: `channel ${channel}`,
    found: former ?? current,
    expected: former === undefined ? 'a channel that was moved before' : 'a snapshot that is there',
    ...(former === undefined ? {} : { remedy: 'name another one with snapshot' }),
  });
}

function keysOf({ signer, nextSigner }: PromoteOptions | RollbackOptions): PublishKeys | undefined {
  return signer === undefined ? undefined : { signer, nextSigner };
}

/** @throws UserError where there is no repository: nothing is made. */
export async function checkExists(root: string): Promise<void> {
  if (await isRepository(new RepositoryPaths(root))) return;
  throw new UserError({
    what: 'there is no repository',
    where: root,
    found: 'no folder, or an empty one',
    expected: 'a folder that sign-publish has made',
  });
}

function recordOf(reason: string | undefined): { reason?: string } {
  return reason === undefined ? {} : { reason };
}

function reasonIsMissing(what: string): UserError {
  return new UserError({
    what: `${what} needs a reason, which is recorded`,
    where: 'input reason',
    expected: 'a sentence, such as the number of the incident',
  });
}

/** A loss, for the history and for people. */
export function lineOf({ change, kind, name, architecture, from, to }: Difference): string {
  const which = `${name} (${kind === 'source' ? 'source' : architecture})`;
  if (change === 'removed') return `${which} ${from} leaves`;
  return `${which} ${change === 'changed' ? `${from} gets other content` : `goes from ${from} back to ${to}`}`;
}

const MOST_NAMED = 5;

function refuseLosses(losses: readonly Difference[], channel: string): UserError {
  const named = losses.slice(0, MOST_NAMED).map(lineOf).join('; ');
  return new UserError({
    what: 'packages of the channel would become older or leave it',
    where: `channel ${channel}`,
    found: quote(losses.length > MOST_NAMED ? `${named}; and ${losses.length - MOST_NAMED} more` : named),
    expected: 'the same packages or newer ones',
    remedy: 'publish what is missing to the source first; to do it on purpose, set allow-downgrade, with a reason',
  });
}

function refuseKeys({ id }: Snapshot, lacking: readonly string[], channel: string): UserError {
  return new UserError({
    what: 'the snapshot is signed by a key that clients of the channel may not have',
    where: `channel ${channel}`,
    found: `${lacking.join(', ')}, for ${id}`,
    expected: 'a key that signed the channel before, or was its next key',
    remedy:
      'promote a state that both keys sign first (docs/signing.md); to change keys on purpose, set allow-key-change and hand the new key to the clients first',
  });
}
