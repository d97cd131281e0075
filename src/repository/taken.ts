/**
 * Names in the pool that are taken: a name stands for the same bytes for ever, also where only a former snapshot has
 * the file.
 */
import { lstatSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.ts';
import type { RepositoryView } from './driver.ts';
import { type Refusal, refusal, type Subject } from './refusal.ts';
import { listSnapshots, type PoolFile, readSnapshot, type Snapshot, type SnapshotPackage } from './snapshot.ts';

export interface Taken {
  readonly file: PoolFile;
  /** The package that it belongs to, as the snapshot lists it. */
  readonly package: SnapshotPackage;
  readonly snapshot: string;
  /** Where that snapshot is a channel's. */
  readonly channel?: string;
}

/**
 * Finds the packages that the files of the pool belong to.
 *
 * @param poolPaths those of them that no snapshot needs are not in the result: they may be replaced.
 */
export async function takenNames(view: RepositoryView, poolPaths: readonly string[]): Promise<Map<string, Taken>> {
  const open = new Set<string>();
  for (const poolPath of new Set(poolPaths)) if (isThere(path.join(view.paths.public, poolPath))) open.add(poolPath);
  const taken = new Map<string, Taken>();
  const lookInto = ({ id, packages }: Snapshot, channel?: string) => {
    for (const each of packages) {
      for (const file of each.files) {
        if (!open.delete(file.path)) continue;
        taken.set(file.path, {
          file,
          package: each,
          snapshot: id,
          ...(channel === undefined ? {} : { channel }),
        });
      }
    }
  };
  for (const [channel, head] of view.heads) if (open.size > 0) lookInto(head, channel);
  if (open.size === 0) return taken;
  const heads = new Set([...view.heads.values()].map(({ id }) => id));
  for (const id of await listSnapshots(view.paths)) {
    if (heads.has(id)) continue;
    const snapshot = await readIfThere(view, id);
    if (snapshot !== undefined) lookInto(snapshot);
    if (open.size === 0) break;
  }
  return taken;
}

/** Asked for thousands of names: handed to another thread each it takes ten times as long. */
function isThere(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return false;
    throw error;
  }
}

/** Without the lease, snapshots that no channel points to may go away. */
async function readIfThere({ paths }: RepositoryView, id: string): Promise<Snapshot | undefined> {
  try {
    return await readSnapshot(paths, id);
  } catch (error) {
    if ((await lstat(paths.snapshot(id)).catch(() => undefined)) === undefined) return undefined;
    throw error;
  }
}

/** The refusal of a candidate whose file has the name of a published one with other content. */
export function takenRefusal(subject: Subject, { file, package: there, snapshot, channel }: Taken): Refusal {
  const { name, version, architecture } = there;
  const where = channel === undefined ? `the snapshot ${snapshot}` : `the channel ${channel}`;
  const error = new UserError({
    what: 'the file is published with other content: a conflict',
    where: subject.where,
    found: `${subject.candidate.name} ${subject.candidate.version} (${subject.candidate.architecture}), file ${path.basename(file.path)}`,
    expected: `the content of ${name} ${version} (${architecture}) in ${where}`,
    remedy: 'give it a new version',
  });
  const against = {
    outcome: 'conflict' as const,
    name,
    version,
    architecture,
    ...(channel === undefined ? { snapshot } : { channel }),
    file: path.basename(file.path),
  };
  return refusal(subject, 'conflict', [against], error);
}
