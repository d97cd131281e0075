/**
 * How many versions of a source package a channel keeps: `keepVersions` of its settings. What was made from one of them
 * stays or goes together; which packages these are in an index is the format's business (deb/retention.ts, rpm/state.ts).
 */
import type { Snapshot } from './snapshot.ts';

/** The number that holds for a channel with these settings, 1 or more. */
export function keptVersions(settings: Pick<Snapshot['settings'], 'keepVersions'> | undefined): number {
  return settings?.keepVersions ?? 1;
}

/** Whether a channel with the settings `after` keeps fewer versions than before. */
export function keepsFewer(after: Snapshot['settings'], before: Snapshot['settings'] | undefined): boolean {
  return keptVersions(after) < keptVersions(before);
}

/** The setting of a snapshot to come: what is asked for, else what was before; absent where it is one. */
export function keepVersionsField(
  asked: number | undefined,
  before: Snapshot['settings'] | undefined,
): Pick<Snapshot['settings'], 'keepVersions'> {
  const count = asked ?? keptVersions(before);
  return count === 1 ? {} : { keepVersions: count };
}

/**
 * The newest of some versions.
 *
 * @param versions one may occur more than once.
 * @param count how many, 1 or more.
 */
export function newestVersions(
  versions: Iterable<string>,
  count: number,
  compare: (a: string, b: string) => number,
): Set<string> {
  return new Set([...new Set(versions)].sort((a, b) => compare(b, a)).slice(0, count));
}
