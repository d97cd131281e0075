/** The reviews of a repository, as people and prunes see them. Read without any lock. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../errors.ts';
import { bytesOf } from '../../remove-tree.ts';
import type { RepositoryPaths } from '../layout.ts';
import { readChannels, readSnapshot, type Snapshot } from '../snapshot.ts';
import { currentOf, REVIEW_CHANNEL, ReviewPlace, reviewNames } from './place.ts';

export interface ListedReview {
  readonly name: string;
  /** Of its repository, which all commands work on; absolute. */
  readonly root: string;
  /** When its repository was begun, and when something was published to it last; ISO 8601. */
  readonly createdAt: string;
  readonly usedAt: string;
  /** What it serves. */
  readonly snapshot: string;
  /** Source packages, as `name version`. */
  readonly sources: readonly string[];
  /** Where the last builds came from. */
  readonly origins: readonly { readonly project: string; readonly commit: string }[];
  readonly packages: number;
  /** On disk. */
  readonly bytes: number;
  readonly layeredOver: NonNullable<Snapshot['layeredOver']> | null;
  readonly signedBy: string;
  readonly run?: string;
}

export interface Reviews {
  readonly reviews: readonly ListedReview[];
  /** Those that cannot be read, and why. */
  readonly problems: readonly { readonly name: string; readonly why: string }[];
}

/** @param root of the repository that they are layered over. */
export async function listReviews(root: string): Promise<Reviews> {
  const reviews: ListedReview[] = [];
  const problems: { name: string; why: string }[] = [];
  for (const name of await reviewNames(root)) {
    const place = new ReviewPlace(root, name);
    try {
      const listed = await describeReview(place);
      if (listed !== undefined) reviews.push(listed);
      else problems.push({ name, why: 'nothing is served: being made, or left by a run that was ended' });
    } catch (error) {
      problems.push({ name, why: messageOf(error) });
    }
  }
  return { reviews, problems };
}

/** @returns `undefined` where nothing is served. */
export async function describeReview(place: ReviewPlace): Promise<ListedReview | undefined> {
  const unique = await currentOf(place);
  if (unique === undefined) return undefined;
  const paths = place.repository(unique);
  const head = await headOf(paths);
  if (head === undefined) return undefined;
  const { id, change, packages, layeredOver = null, signedBy, run } = head;
  return {
    name: place.name,
    root: paths.root,
    createdAt: timeOf(unique).toISOString(),
    usedAt: (await lastUse(paths)).toISOString(),
    snapshot: id,
    sources: [...new Set(packages.map(({ source, sourceVersion }) => `${source} ${sourceVersion}`))].sort(),
    origins: change.builds.flatMap(({ origins }) => origins.map(({ project, commit }) => ({ project, commit }))),
    packages: packages.length,
    bytes: await bytesOf(paths.root),
    layeredOver,
    signedBy,
    ...(run === undefined ? {} : { run }),
  };
}

/** The snapshot that a review serves. */
export async function headOf(paths: RepositoryPaths): Promise<Snapshot | undefined> {
  const id = (await readChannels(paths)).get(REVIEW_CHANNEL);
  return id === undefined ? undefined : await readSnapshot(paths, id);
}

/**
 * When somebody published to it, also where all of it was there already: every publish sets the time of its folder,
 * which nothing else changes.
 */
export async function lastUse(paths: RepositoryPaths): Promise<Date> {
  const begun = timeOf(path.basename(paths.root));
  const { mtime } = await stat(paths.root);
  return new Date(Math.max(mtime.getTime(), begun.getTime()));
}

/** Snapshots of the release that reviews are layered over, and which one: they stay as long as that does. */
export async function snapshotsBelowReviews(root: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const name of await reviewNames(root)) {
    const place = new ReviewPlace(root, name);
    const unique = await currentOf(place);
    if (unique === undefined) continue;
    const head = await headOf(place.repository(unique)).catch(async (error: unknown) => {
      // Removed or begun anew just now?
      if ((await currentOf(place)) === unique) throw error;
      return undefined;
    });
    if (head?.layeredOver !== undefined) found.set(head.layeredOver.snapshot, name);
  }
  return found;
}

/** As `newSnapshotId` writes it. */
function timeOf(unique: string): Date {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/.exec(unique) ?? [];
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
