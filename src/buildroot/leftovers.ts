/**
 * Removes what dead runs left on this host: docs/leftovers.md says what that can be. Only what is known to be dead by a
 * lock of the kernel that nobody holds, or by a record of a process that is gone; never by its age alone.
 */
import { tmpdir } from 'node:os';
import { messageOf, oneLine } from '../errors.ts';
import type { Logger } from '../host/host.ts';
import { bytesOf, removeMountedTree } from '../remove-tree.ts';
import { deadTemporary } from '../temporary.ts';
import { deadContainers, endContainers } from './leftovers/containers.ts';
import {
  type FailedLeftover,
  type FoundLeftover,
  found,
  type Leftover,
  type Search,
  type SearchContext,
} from './leftovers/leftover.ts';
import { deadSessions, type SessionEnd } from './leftovers/sessions.ts';
import { unfinishedCaches, unfinishedGenerations, unfinishedParts } from './leftovers/staging.ts';

export interface LeftoverOptions {
  /**
   * Of this run only. What has no record of its run (half-made layers, temporary folders) goes all the same where its
   * process is dead.
   */
  readonly runId?: string;
  /** Only tells what there is. */
  readonly dryRun?: boolean;
  /** Asks how much each takes on disk, which takes time. */
  readonly measure?: boolean;
  /** Folders beside the state folder in which temporary folders of ours may lie. The system's when absent. */
  readonly temporary?: readonly string[];
  /** Asks docker and podman for containers of sessions that are gone, which takes time. Those of dead sessions go anyway. */
  readonly containers?: boolean;
  /** What else is looked for. */
  readonly more?: readonly Search[];
  /** Ends what a session has outside of its folder: its containers. */
  readonly endSession?: SessionEnd;
  readonly logger?: Pick<Logger, 'warning'>;
}

export interface LeftoverReport {
  /** What was removed, or would be. */
  readonly removed: readonly Leftover[];
  /** What should have been removed. The next clean-up tries again. */
  readonly failed: readonly FailedLeftover[];
}

/**
 * Removes leftovers below the state folder and in temporary folders. What cannot be removed is a warning, and the others
 * go all the same. With nothing to remove it takes a few milliseconds.
 */
export async function removeLeftovers(state: string, options: LeftoverOptions = {}): Promise<LeftoverReport> {
  const searches: readonly Search[] = [
    (context) => deadSessions(state, context, options.endSession ?? endContainers),
    ...(options.containers ? [(context: SearchContext) => deadContainers(state, context)] : []),
    ...(options.more ?? []),
    () => unfinishedGenerations(state),
    () => unfinishedCaches(state),
    () => unfinishedParts(state),
    () => temporaryFolders(options.temporary ?? [tmpdir()]),
  ];
  const removed: Leftover[] = [];
  const failed: FailedLeftover[] = [];
  const fail = (failure: FailedLeftover) => {
    failed.push(failure);
    options.logger?.warning(
      `a leftover of a dead run cannot be removed: ${failure.kind} ${failure.place}: ${failure.why}`,
    );
  };
  for (const search of searches) {
    try {
      for await (const leftover of search({ runId: options.runId, fail })) {
        await using _held = leftover;
        await removeOne(leftover, options, removed).catch((error: unknown) =>
          fail({ kind: leftover.kind, place: leftover.place, why: oneLine(messageOf(error)) }),
        );
      }
    } catch (error) {
      options.logger?.warning(`leftovers of dead runs cannot be looked for: ${oneLine(messageOf(error))}`);
    }
  }
  return { removed, failed };
}

async function removeOne(
  leftover: FoundLeftover,
  { dryRun, measure, logger }: LeftoverOptions,
  removed: Leftover[],
): Promise<void> {
  const { kind, place, runId } = leftover;
  const bytes = measure && kind !== 'container' && kind !== 'mount' ? await bytesOf(place) : undefined;
  if (!dryRun) {
    for (const { place: mounted, lazily } of await leftover.remove()) {
      removed.push({ kind: 'mount', place: mounted });
      if (lazily) logger?.warning(`${mounted} was in use: it is unmounted, and gone once nobody uses it any more`);
    }
  }
  removed.push({
    kind,
    place,
    ...(runId === undefined ? {} : { runId }),
    ...(bytes === undefined ? {} : { bytes }),
  });
}

async function* temporaryFolders(parents: readonly string[]): AsyncIterable<FoundLeftover> {
  for (const parent of new Set(parents)) {
    for (const place of await deadTemporary(parent)) yield found('temporary', place, () => removeMountedTree(place));
  }
}

/**
 * Removes the folders of dead sessions.
 *
 * @returns ids of the sessions removed.
 */
export async function removeDeadSessions(state: string): Promise<string[]> {
  const removed: string[] = [];
  for await (const leftover of deadSessions(state, { fail: () => {} }, endContainers)) {
    await using _held = leftover;
    await leftover.remove();
    removed.push(leftover.place.slice(leftover.place.lastIndexOf('/') + 1));
  }
  return removed;
}
