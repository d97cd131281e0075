/** What a deb channel lists after packages came to it. */
import { compareVersions } from '../../deb/version.ts';
import { keepsFewer, keptVersions } from '../retention.ts';
import type { DebSettings, DebSnapshot, SnapshotPackage } from '../snapshot.ts';
import { DebState, type IndexEntryRef, indexFolder, isNewer, type ListedEntry, type Slot } from './state.ts';

export interface Applied {
  readonly state: DebState;
  /** For each of the added packages, in their order: those of its name that left for it. */
  readonly replaced: readonly (readonly SnapshotPackage[])[];
  /** For each of the added packages, in their order: older ones of its name that stay, the newest first. */
  readonly kept: readonly (readonly SnapshotPackage[])[];
  /** What else left an index. */
  readonly withdrawn: ReadonlySet<SnapshotPackage>;
  /** Entries that reprepro must remove first: of components that packages leave, and newer ones, which it would keep. */
  readonly removed: readonly IndexEntryRef[];
  /** Older versions that are the newest now, because the newer ones left: reprepro must get them back. */
  readonly restored: readonly ListedEntry[];
}

/**
 * The channel's indexes after `added`.
 *
 * @param replacesSources whether what another version of their source packages made leaves, also with an upgrade.
 */
export function applyTo(
  head: DebSnapshot | undefined,
  settings: DebSettings,
  added: readonly SnapshotPackage[],
  replacesSources = false,
): Applied {
  // `listedIn` of the former state is relative to the former architectures.
  const before = new DebState(head?.packages ?? [], head?.settings.architectures ?? []);
  const state = new DebState(
    before.packages().map((each) => ({ ...each, listedIn: each.listedIn ?? listing(each, before.architectures) })),
    settings.architectures,
  );
  for (const name of settings.architectures) if (!before.architectures.includes(name)) state.flood(name);
  const slots = new Map<string, Slot>();
  const touch = (touched: readonly Slot[]) => {
    for (const each of touched) slots.set(`${each.area} ${each.architecture} ${each.name}`, each);
  };
  const replacing = new Set<string>();
  const results = added.map((each) => {
    const result = state.add(each);
    if (replacesSources || [...result.newer].some((former) => isNewer(former, each))) replacing.add(each.source);
    touch(result.slots);
    return result;
  });
  const withdrawn = new Set<SnapshotPackage>();
  for (const source of replacing) {
    const own = added.filter((each) => each.source === source);
    const [newest] = own.map(({ sourceVersion }) => sourceVersion).sort((a, b) => compareVersions(b, a));
    const binaries = own.filter(({ kind }) => kind === 'binary').map(({ architecture }) => architecture);
    const native = binaries.filter((name) => name !== 'all');
    const touched = new Set(native.length > 0 || binaries.length === 0 ? native : settings.architectures);
    const result = state.withdrawOthers(source, newest ?? '', touched, replacesSources ? 'any' : 'newer');
    for (const each of result.withdrawn) withdrawn.add(each);
    touch(result.slots);
  }
  // What nothing comes of has no more versions than it had.
  const changed = [...added, ...results.flatMap(({ newer, older }) => [...newer, ...older])];
  const sources = new Set(changed.map(({ source }) => source));
  const isLower = keepsFewer(settings, head?.settings);
  for (const each of state.retain(keptVersions(settings), isLower ? undefined : sources)) withdrawn.add(each);
  const replaced = results.map(({ newer, older }) => [...newer, ...[...older].filter((each) => withdrawn.has(each))]);
  for (const each of replaced.flat()) withdrawn.delete(each);
  const leaves = new Set([...withdrawn, ...replaced.flat()]);
  const kept = results.map(({ older }) =>
    [...older].filter((each) => !leaves.has(each)).sort((a, b) => compareVersions(b.version, a.version)),
  );
  return { state, replaced, kept, withdrawn, ...toolChanges(before, state, [...slots.values()], new Set(added)) };
}

/** What reprepro cannot find out from the packages that it gets. */
function toolChanges(
  before: DebState,
  after: DebState,
  slots: readonly Slot[],
  added: ReadonlySet<SnapshotPackage>,
): Pick<Applied, 'removed' | 'restored'> {
  const removed: IndexEntryRef[] = [];
  const restored: ListedEntry[] = [];
  for (const slot of slots) {
    const former = before.newest(slot);
    const now = after.newest(slot);
    if (former === undefined) continue;
    const isSamePlace = now !== undefined && indexFolder(now.key) === indexFolder(former.key);
    if (!isSamePlace || isNewer(former.each, now.each)) removed.push({ key: former.key, name: slot.name });
    const isNew = now !== undefined && (added.has(now.each) || !isNewer(former.each, now.each));
    if (now !== undefined && !isNew) restored.push(now);
  }
  return { removed, restored };
}

function listing(each: SnapshotPackage, architectures: readonly string[]): string[] {
  return each.architecture === 'all' ? [...architectures] : [each.architecture];
}
