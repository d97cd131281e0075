/** What is told of a leftover, and how one is looked for. */
import type { Unmounted } from '../../mounts.ts';

export type LeftoverKind = 'session' | 'container' | 'mount' | 'staging' | 'download' | 'temporary' | 'key ring';

export interface Leftover {
  readonly kind: LeftoverKind;
  /** Path, or the name of a container. */
  readonly place: string;
  /** Run that it is of, where that is recorded. */
  readonly runId?: string;
  /** On disk; only where it was asked for. */
  readonly bytes?: number;
}

/** A leftover whose owner is dead. Nobody else removes it until it is disposed of. */
export interface FoundLeftover extends AsyncDisposable {
  readonly kind: LeftoverKind;
  readonly place: string;
  readonly runId?: string | undefined;
  /** @returns what had to be unmounted for it. */
  remove(): Promise<readonly Unmounted[]>;
}

/** One that is held by nobody in the end and cannot be had all the same. */
export interface FailedLeftover {
  readonly kind: LeftoverKind;
  readonly place: string;
  /** What is in the way, on one line. */
  readonly why: string;
}

export interface SearchContext {
  /** Of this run only, as far as there are records; of every dead run when absent. */
  readonly runId?: string | undefined;
  /** Tells of one that should be removed and cannot be. */
  readonly fail: (failed: FailedLeftover) => void;
}

/** Looks for leftovers of one kind, one after the other. */
export type Search = (context: SearchContext) => AsyncIterable<FoundLeftover>;

/** Something that needs no lock of its own. */
export function found(
  kind: LeftoverKind,
  place: string,
  remove: () => Promise<readonly Unmounted[]>,
  more: { readonly runId?: string | undefined; readonly release?: () => Promise<void> } = {},
): FoundLeftover {
  return { kind, place, remove, runId: more.runId, [Symbol.asyncDispose]: async () => await more.release?.() };
}
