/** Compares what reprepro wrote with what was planned: every index, every entry, every new file. */
import { lstat } from 'node:fs/promises';
import path from 'node:path';
import type { StageContext } from '../driver.ts';
import type { DebSnapshot, PoolFile, SnapshotPackage } from '../snapshot.ts';
import type { IndexEntry } from './indexes.ts';
import type { DebPlan } from './plan.ts';
import { indexKeys, readIndexFile } from './reprepro.ts';
import { DebState, type IndexKey, indexFolder } from './state.ts';

/**
 * Verifies the staged indexes and pool.
 *
 * @returns the files of the pool that the channel's snapshot did not have.
 * @throws Error where something is not as planned: nothing of it may be published.
 */
export async function verifyIndexes(
  plan: DebPlan,
  expected: DebState,
  context: StageContext<DebSnapshot>,
): Promise<PoolFile[]> {
  const { head, paths } = context.view;
  const suiteFolder = path.join(context.staging.snapshot, 'dists', plan.settings.suite);
  const former =
    head === undefined
      ? undefined
      : {
          state: new DebState(head.packages, head.settings.architectures),
          folder: path.join(paths.snapshot(head.id), 'dists', head.settings.suite),
        };
  for (const key of indexKeys(plan.settings)) {
    const wanted = expected.index(key);
    // Most of a large repository: the file is the former one, and was compared when it was made.
    if (
      former !== undefined &&
      isSameIndex(former.state.index(key), wanted) &&
      (await isSameFile(indexFile(former.folder, key), indexFile(suiteFolder, key)))
    ) {
      continue;
    }
    compare(await readIndexFile(suiteFolder, key), wanted, indexFolder(key));
  }

  const known = new Set(head?.packages.flatMap((each) => each.files.map((file) => file.path)));
  const fresh = new Map<string, PoolFile>();
  for (const { files } of expected.packages()) {
    for (const file of files) if (!known.has(file.path)) fresh.set(file.path, file);
  }
  for (const file of fresh.values()) {
    const stat = await lstat(path.join(context.staging.public, file.path)).catch(() => undefined);
    if (!stat?.isFile() || stat.size !== file.size) {
      throw new Error(`reprepro did not put ${file.path} (${file.size} bytes) into the pool`);
    }
  }
  return [...fresh.values()];
}

function compare(entries: readonly IndexEntry[], wanted: ReadonlyMap<string, SnapshotPackage>, index: string): void {
  const found = new Map(entries.map((entry) => [entry.name, entry]));
  if (found.size !== entries.length) throw new Error(`reprepro listed a package twice in ${index}`);
  for (const [name, each] of wanted) {
    const entry = found.get(name);
    const is = entry === undefined ? 'nothing' : describe(entry);
    if (is !== describe(each))
      throw new Error(`reprepro did not do as planned: ${index} has ${is}, not ${describe(each)}`);
  }
  const stray = entries.find((entry) => !wanted.has(entry.name));
  if (stray !== undefined) throw new Error(`reprepro did not do as planned: ${index} still has ${describe(stray)}`);
}

/** All that must agree, as one text. */
function describe(entry: Pick<IndexEntry, 'name' | 'version' | 'architecture' | 'files'>): string {
  const { name, version, architecture, files } = entry;
  const list = files.map((file) => `${file.path} ${file.size} ${file.sha256}`).sort();
  return [`${name} ${version} (${architecture})`, ...list].join(', ');
}

function isSameIndex(a: ReadonlyMap<string, SnapshotPackage>, b: ReadonlyMap<string, SnapshotPackage>): boolean {
  if (a.size !== b.size) return false;
  for (const [name, each] of a) {
    const other = b.get(name);
    if (other === undefined || describe(each) !== describe(other)) return false;
  }
  return true;
}

function indexFile(suiteFolder: string, key: IndexKey): string {
  return path.join(suiteFolder, indexFolder(key), key.area === 'source' ? 'Sources' : 'Packages');
}

async function isSameFile(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([a, b].map((file) => lstat(file).catch(() => undefined)));
  return one !== undefined && other !== undefined && one.ino === other.ino && one.dev === other.dev;
}
