/** The release's repository, as a review sees it: read, never changed, and without its lease. */

import type { RepositoryView } from '../driver.ts';
import { findChannel } from '../manage/channels.ts';
import type { Snapshot } from '../snapshot.ts';
import { readView, viewOf } from '../view.ts';

/** The channel that a review is layered over, and what it points to. */
export interface Release<S extends Snapshot = Snapshot> {
  /** With this channel alone: others may be ahead. */
  readonly view: RepositoryView<S>;
  readonly head: S;
}

/**
 * Reads what a review is to be layered over.
 *
 * @returns `undefined` where nothing has been released yet.
 * @throws UserError for a channel that is not there while others are, and for a repository of another format.
 */
export async function readRelease<S extends Snapshot>(
  root: string,
  channel: string,
  format: S['format'],
): Promise<Release<S> | undefined> {
  const state = await readView(root);
  if (state.channels.size === 0) return undefined;
  findChannel(channel, state.channels, 'input channel');
  const view = viewOf<S>(state, channel, format);
  const { head } = view;
  if (head === undefined) throw new Error(`the channel ${channel} has no snapshot`);
  return { view: { ...view, heads: new Map([[channel, head]]) }, head };
}

/** What a snapshot of the review says of it. */
export function layeredOver(
  release: Release | undefined,
  url: string | undefined,
): NonNullable<Snapshot['layeredOver']> | undefined {
  if (release === undefined) return undefined;
  const address = url ?? release.head.settings.url;
  return {
    channel: release.view.channel,
    snapshot: release.head.id,
    ...(address === undefined ? {} : { url: address }),
  };
}
