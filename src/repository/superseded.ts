/**
 * Index files of earlier snapshots, served on by a later one for a day: they are named by their digests, so a client
 * that has read one list of indexes finds them while the channel already points to the next one.
 */
import { existsSync } from 'node:fs';
import { link, mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { StageContext } from './driver.ts';
import { KEEP_SUPERSEDED_MS } from './layout.ts';
import type { Snapshot, SupersededIndex } from './snapshot.ts';

/**
 * Links into the staged snapshot what the one before serves by digest: its own indexes, and those of its predecessors.
 *
 * @param own index files of the snapshot before, below its folder.
 * @returns those that are none of the new snapshot's own.
 */
export async function linkSuperseded<S extends Snapshot>(
  own: readonly string[],
  { view, staging, now }: StageContext<S>,
): Promise<SupersededIndex[]> {
  const { head, paths } = view;
  if (head === undefined) return [];
  const oldest = now.getTime() - KEEP_SUPERSEDED_MS;
  const candidates = new Map<string, string>();
  for (const each of head.supersededIndexes) {
    if (Date.parse(each.supersededAt) >= oldest) candidates.set(each.path, each.supersededAt);
  }
  for (const each of own) candidates.set(each, now.toISOString());

  const kept: SupersededIndex[] = [];
  for (const [index, supersededAt] of candidates) {
    const target = path.join(staging.snapshot, index);
    // Still a current index, under the same name.
    if (existsSync(target)) continue;
    await mkdir(path.dirname(target), { recursive: true });
    await linkIfAbsent(path.join(paths.snapshot(head.id), index), target);
    kept.push({ path: index, supersededAt });
  }
  return kept;
}

/** A second name for a file, unless that name is there. */
export async function linkIfAbsent(from: string, to: string): Promise<void> {
  await link(from, to).catch((error: NodeJS.ErrnoException) => {
    // Two empty indexes of one folder have one digest.
    if (error.code !== 'EEXIST') throw error;
  });
}
