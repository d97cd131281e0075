/** What is told of a repository of one format: what it is, and how machines use it. */
import path from 'node:path';
import { channelTarget } from '../../repository/layout.ts';
import type { PackageRef, Snapshot } from '../../repository/snapshot.ts';
import type { Step } from '../../repository/transaction.ts';
import type { KeyInfo } from '../../signing/signer.ts';

export interface ReportContext {
  readonly root: string;
  readonly channel: string;
  /** Address of `public/`, without a slash at its end. */
  readonly url: string;
  readonly key: KeyInfo;
  /** The key that shall sign later. */
  readonly nextKey?: KeyInfo | undefined;
  /** The armored keys that clients need. */
  readonly keys: string;
  /** Of a publish to a review. */
  readonly review?: ReviewContext | undefined;
}

export interface ReviewContext {
  readonly name: string;
  /** What it is layered over; `undefined` where nothing has been released, or the release has all of it. */
  readonly release: Layer | undefined;
  readonly begun: 'new' | 'anew' | undefined;
  /** Packages that a review that was begun anew took along. */
  readonly carried: readonly PackageRef[];
}

/** A repository as machines use it. */
export interface Layer {
  readonly snapshot: Snapshot;
  /** Below `url`: the channel, or a snapshot. */
  readonly channel: string;
  readonly url: string;
  readonly keys: string;
}

/**
 * What machines are to use: the channel; with a review the very states of the release and of the review that belong
 * together, so that what is tested stays the same while both move on.
 */
export function layersOf(snapshot: Snapshot, { channel, url, keys, review }: ReportContext): Layer[] {
  if (review === undefined) return [{ snapshot, channel, url, keys }];
  const layers = [...(review.release === undefined ? [] : [review.release]), { snapshot, channel, url, keys }];
  return layers.map((each) => ({ ...each, channel: channelTarget(each.snapshot.id) }));
}

/** What is told of a repository of one format. */
export interface Instructions {
  /** What it is, in front of channel and snapshot. */
  readonly repository: string;
  /** Section of the summary, in Markdown. */
  readonly lines: readonly string[];
  readonly steps: Readonly<Partial<Record<Step, string>>>;
}

/** How to download the file `to` instead of writing it, where it is served (src/repository/site). */
export function downloadLines(to: string, { settings }: Snapshot, { url, review }: ReportContext): string[] {
  // The file for a review alone lacks the release.
  if (settings.url !== url || review !== undefined) return [];
  return ['Or download it:', '', '```', `curl -fsSLo ${to} ${url}/${path.basename(to)}`, '```', ''];
}
