/** Channels and snapshots by what people call them, and what channels pointed to before. */
import { quote, UserError } from '../../errors.ts';
import type { ChannelEntry, HistoryEntry } from '../history.ts';
import { isSnapshotId } from '../layout.ts';
import type { Snapshot } from '../snapshot.ts';

/**
 * The id of the snapshot that a channel's name or an id stands for.
 *
 * @param snapshots ids of all that are there.
 * @param where input that it came from.
 */
export function findSnapshot(
  reference: string,
  channels: ReadonlyMap<string, string>,
  snapshots: readonly string[],
  where: string,
): string {
  const id = channels.get(reference) ?? reference;
  if (snapshots.includes(id)) return id;
  const isId = isSnapshotId(reference);
  throw new UserError({
    what: isId ? 'there is no such snapshot' : 'there is no such channel or snapshot',
    where,
    found: quote(reference),
    expected: isId ? 'a snapshot that has not been removed' : namesOf(channels),
    remedy: 'the command list names all',
  });
}

/**
 * What a channel points to.
 *
 * @throws UserError for a channel that is not there.
 */
export function findChannel(channel: string, channels: ReadonlyMap<string, string>, where: string): string {
  const id = channels.get(channel);
  if (id !== undefined) return id;
  throw new UserError({ what: 'there is no such channel', where, found: quote(channel), expected: namesOf(channels) });
}

function namesOf(channels: ReadonlyMap<string, string>): string {
  return channels.size === 0 ? 'a repository with channels' : `one of ${[...channels.keys()].join(', ')}`;
}

/** The entries of one channel since it was made, the oldest first. */
export function entriesOf(history: readonly HistoryEntry[], channel: string): ChannelEntry[] {
  const entries = history.filter((entry) => entry.action !== 'prune').filter((entry) => entry.channel === channel);
  const removed = entries.findLastIndex(({ id }) => id === null);
  return entries.slice(removed + 1);
}

/**
 * The states that a channel can go back to, the latest last, without the one that it points to: a rollback takes what
 * it went back from with it.
 *
 * @param current what the channel points to.
 */
export function formerOf(history: readonly HistoryEntry[], channel: string, current: string): string[] {
  const states: string[] = [];
  for (const { action, id, former, copyOf } of entriesOf(history, channel)) {
    if (id === null) continue;
    // What was there before the first line.
    if (states.length === 0 && former !== null) states.push(former);
    const target = states.lastIndexOf(copyOf ?? id);
    if (action === 'rollback' && target !== -1) states.splice(target);
    states.push(id);
  }
  // Somebody moved the link by hand, or there are no lines of that time.
  if (states.at(-1) !== current) states.push(current);
  return states.slice(0, -1).filter((id, index, all) => id !== current && all.indexOf(id) === index);
}

/**
 * The state that a channel had when its history begins; what came before it only the snapshots themselves say, by their
 * parents. `null` where the channel was made since.
 */
export function beginningOf(history: readonly HistoryEntry[], channel: string, current: string): string | null {
  const [first] = entriesOf(history, channel);
  return first === undefined ? current : first.former;
}

/**
 * Until when a channel pointed to each snapshot, in milliseconds; `Infinity` for those that one points to. Of those that
 * the history does not know it is the time of the next one made from it, else its own.
 */
export function servedUntil(
  snapshots: readonly Pick<Snapshot, 'id' | 'parent' | 'createdAt'>[],
  channels: ReadonlyMap<string, string>,
  history: readonly HistoryEntry[],
): Map<string, number> {
  const until = new Map(snapshots.map(({ id, createdAt }) => [id, Date.parse(createdAt)]));
  const raise = (id: string | null, time: number) => {
    const known = id === null ? undefined : until.get(id);
    if (id !== null && known !== undefined && known < time) until.set(id, time);
  };
  for (const { parent, createdAt } of snapshots) raise(parent, Date.parse(createdAt));
  for (const entry of history) if (entry.action !== 'prune') raise(entry.former, Date.parse(entry.at));
  for (const id of channels.values()) raise(id, Number.POSITIVE_INFINITY);
  return until;
}
