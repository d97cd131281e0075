/** What is told of a repository of one format: what it is, and how machines use it. */
import path from 'node:path';
import type { Snapshot } from '../../repository/snapshot.ts';
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
export function downloadLines(to: string, { settings }: Snapshot, { url }: ReportContext): string[] {
  if (settings.url !== url) return [];
  return ['Or download it:', '', '```', `curl -fsSLo ${to} ${url}/${path.basename(to)}`, '```', ''];
}
