/** Compares what was written with what was planned: every index, every entry, every new file. */
import { lstatSync } from 'node:fs';
import path from 'node:path';
import type { StageContext } from '../driver.ts';
import type { DebSnapshot, PoolFile, SnapshotPackage } from '../snapshot.ts';
import { type IndexEntry, identityOf, indexKeys, readIndexFile } from './indexes.ts';
import type { DebPlan } from './plan.ts';
import { type DebState, indexFolder } from './state.ts';

/**
 * Verifies the staged indexes and pool.
 *
 * @param unchanged folders of indexes that are the former snapshot's, and were compared when they were made: most of a
 *   large repository.
 * @returns the files of the pool that the channel's snapshot did not have.
 * @throws Error where something is not as planned: nothing of it may be published.
 */
export async function verifyIndexes(
  plan: DebPlan,
  expected: DebState,
  unchanged: ReadonlySet<string>,
  context: StageContext<DebSnapshot>,
): Promise<PoolFile[]> {
  const { head } = context.view;
  const suiteFolder = path.join(context.staging.snapshot, 'dists', plan.settings.suite);
  for (const key of indexKeys(plan.settings)) {
    const folder = indexFolder(key);
    if (!unchanged.has(folder)) compare(await readIndexFile(suiteFolder, key), expected.index(key), folder);
  }

  const known = new Set(head?.packages.flatMap((each) => each.files.map((file) => file.path)));
  const fresh = new Map<string, PoolFile>();
  for (const { files } of expected.packages()) {
    for (const file of files) if (!known.has(file.path)) fresh.set(file.path, file);
  }
  for (const file of fresh.values()) {
    const stat = lstatSync(path.join(context.staging.public, file.path), { throwIfNoEntry: false });
    if (!stat?.isFile() || stat.size !== file.size) {
      throw new Error(`reprepro did not put ${file.path} (${file.size} bytes) into the pool`);
    }
  }
  return [...fresh.values()];
}

/** What an index lists, by name. */
type Listed = ReadonlyMap<string, readonly SnapshotPackage[]>;

function compare(entries: readonly IndexEntry[], listed: Listed, index: string): void {
  const wanted = new Map([...listed.values()].flat().map((each) => [keyOf(each), each]));
  const found = new Map(entries.map((entry) => [keyOf(entry), entry]));
  if (found.size !== entries.length) throw new Error(`a package is listed twice in ${index}`);
  for (const [key, each] of wanted) {
    const entry = found.get(key);
    const is = entry === undefined ? 'nothing' : identityOf(entry);
    if (is !== identityOf(each))
      throw new Error(`reprepro did not do as planned: ${index} has ${is}, not ${identityOf(each)}`);
  }
  const stray = entries.find((entry) => !wanted.has(keyOf(entry)));
  if (stray !== undefined) throw new Error(`reprepro did not do as planned: ${index} still has ${identityOf(stray)}`);
}

function keyOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${name} ${version}`;
}
