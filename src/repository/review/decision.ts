/** What is decided of a publish to a review, whether it is done then or only told. */
import type { Plan } from '../driver.ts';
import type { Decided } from '../publish.ts';
import { readChannels, type Snapshot } from '../snapshot.ts';
import type { LayeredDriver } from './layer.ts';
import { REVIEW_CHANNEL, type ReviewPlace } from './place.ts';
import type { Release } from './release.ts';

/** Why the version of a source package may be lower than that of the patch set before. */
export const REPLACES = 'a patch set replaces the one before';

/** Ids of the snapshots that the review and the release's channel serve; `null` where there is none. */
export interface Found {
  readonly snapshot: string | null;
  readonly release: string | null;
}

/** What a review is published over. */
export async function findStates(
  place: ReviewPlace,
  current: string | undefined,
  release: Release | undefined,
): Promise<Found> {
  const channels = current === undefined ? undefined : await readChannels(place.repository(current));
  return { snapshot: channels?.get(REVIEW_CHANNEL) ?? null, release: release?.head.id ?? null };
}

/**
 * What else is to be done than to publish to what is there. `anew`: files of the same names have other content, and a
 * pool never changes. `release`: it has all of it.
 */
export function otherwise<C, P extends Plan, S extends Snapshot>(
  { decision: { plan, key }, view }: Decided,
  driver: LayeredDriver<C, P, S>,
): 'anew' | 'release' | undefined {
  const { refusals, entries } = plan;
  if (key.refusal !== undefined) return undefined;
  if (refusals.length === 0) {
    return view.head === undefined && entries.every(({ action }) => action === 'same') ? 'release' : undefined;
  }
  const isOwn = refusals.every((each) => each.outcome === 'conflict' && !driver.isOfRelease(each));
  return isOwn ? 'anew' : undefined;
}

/** As a plan has it: that the release has all of it is found only here. */
export function asNothing<P extends Plan, S extends Snapshot>(decided: Decided<P, S>): Decided<P, S> {
  return { ...decided, decision: { ...decided.decision, verdict: 'nothing' } };
}

/** As a plan has it: into an empty repository, whatever is taken along. */
export function asAnew<P extends Plan, S extends Snapshot>(decided: Decided<P, S>): Decided<P, S> {
  return { ...decided, view: { ...decided.view, heads: new Map(), head: undefined } };
}
