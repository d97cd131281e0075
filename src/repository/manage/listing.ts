/** What a repository holds: channels, snapshots and what each of them changed. Read without the lease. */
import { existsSync } from 'node:fs';
import { type HistoryEntry, readHistory } from '../history.ts';
import type { RepositoryPaths } from '../layout.ts';
import { listSnapshots, type PackageRef, poolFilesOf, readSnapshot, type Snapshot } from '../snapshot.ts';
import { readView } from '../view.ts';
import { entriesOf } from './channels.ts';
import { checkExists } from './move.ts';

export interface ListedChannel {
  readonly name: string;
  readonly id: string;
  /** Since when it points there; ISO 8601. */
  readonly since: string;
  readonly packages: number;
}

export interface ListedSnapshot {
  readonly id: string;
  readonly createdAt: string;
  /** Channels that point to it. */
  readonly channels: readonly string[];
  /** The channel that it was made for. */
  readonly madeFor: string;
  readonly parent: string | null;
  readonly added: readonly PackageRef[];
  readonly superseded: readonly PackageRef[];
  readonly packages: number;
  /** Of all files of the pool that it needs. */
  readonly bytes: number;
  /** Of those that no other snapshot needs. */
  readonly ownBytes: number;
  readonly signedBy: string;
  readonly run?: string;
}

export interface Listing {
  readonly format: Snapshot['format'] | undefined;
  readonly channels: readonly ListedChannel[];
  /** The newest first. */
  readonly snapshots: readonly ListedSnapshot[];
  /** The oldest first. */
  readonly history: readonly HistoryEntry[];
}

/**
 * @param root absolute.
 * @throws UserError where there is no repository, or it is damaged.
 */
export async function listRepository(root: string): Promise<Listing> {
  await checkExists(root);
  const { paths, channels, heads } = await readView(root);
  const history = await readHistory(paths);
  const snapshots = await readAll(paths);
  const uses = new Map<string, number>();
  for (const snapshot of snapshots) {
    for (const path of filesOf(snapshot).keys()) uses.set(path, (uses.get(path) ?? 0) + 1);
  }
  return {
    format: snapshots.at(-1)?.format,
    channels: [...channels].map(([name, id]) => ({
      name,
      id,
      since: entriesOf(history, name).findLast((entry) => entry.id === id)?.at ?? heads.get(name)?.createdAt ?? '',
      packages: heads.get(name)?.packages.length ?? 0,
    })),
    snapshots: snapshots.toReversed().map((snapshot) => {
      const files = [...filesOf(snapshot)];
      const own = files.filter(([path]) => uses.get(path) === 1);
      const { id, createdAt, parent, change, signedBy, run } = snapshot;
      return {
        id,
        createdAt,
        channels: [...channels].flatMap(([name, target]) => (target === id ? [name] : [])),
        madeFor: snapshot.channel,
        parent,
        added: change.added,
        superseded: change.superseded,
        packages: snapshot.packages.length,
        bytes: sum(files.map(([, size]) => size)),
        ownBytes: sum(own.map(([, size]) => size)),
        signedBy,
        ...(run === undefined ? {} : { run }),
      };
    }),
    history,
  };
}

/**
 * All snapshots, the oldest first. One that is removed meanwhile is left out.
 *
 * @throws UserError for a damaged one.
 */
export async function readAll(paths: RepositoryPaths): Promise<Snapshot[]> {
  const found: Snapshot[] = [];
  for (const id of await listSnapshots(paths)) {
    try {
      found.push(await readSnapshot(paths, id));
    } catch (error) {
      if (existsSync(paths.snapshot(id))) throw error;
    }
  }
  return found.sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt) || (a.id < b.id ? -1 : 1));
}

/** Sizes by path: source packages share files. */
function filesOf(snapshot: Snapshot): Map<string, number> {
  return new Map([...poolFilesOf(snapshot)].map(({ path, size }) => [path, size]));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
