/** What became of a buildroot's updates: `history.jsonl`, a line each, the newest last. */
import { appendFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { sync, writeDurably } from '../durable.ts';
import { VERDICTS } from '../manifest.ts';
import { packageChangesSchema } from './package-changes.ts';

export const HISTORY = 'history.jsonl';

export const historyEntrySchema = z.strictObject({
  time: z.iso.datetime(),
  /**
   * `created` and `updated`: switched to `generation`. `rolled-back`: switched back to it. `rejected`: it did not pass
   * its smoke test. `failed`: it was not made, or could not be tried.
   */
  outcome: z.enum(['created', 'updated', 'rolled-back', 'rejected', 'failed']),
  /** Absent where none was made. */
  generation: z.string().optional(),
  /** The current one before. */
  former: z.string().optional(),
  reason: z.string(),
  /** From the current one before to `generation`. */
  changes: packageChangesSchema.optional(),
  seconds: z.number().nonnegative(),
  runId: z.string(),
  failure: z
    .strictObject({
      message: z.string(),
      verdict: z.enum(VERDICTS).optional(),
      /** Log of the smoke test, and its last lines. */
      log: z.string().optional(),
      tail: z.array(z.string()).optional(),
    })
    .optional(),
});
export type HistoryEntry = z.infer<typeof historyEntrySchema>;

/** Lines that are kept: of a daily job about a year. */
const MOST_LINES = 400;

/** Adds an entry. Only under the buildroot's lock. */
export async function appendHistory(folder: string, entry: HistoryEntry): Promise<void> {
  const file = path.join(folder, HISTORY);
  const text = await readFile(file, 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => line !== '');
  const line = JSON.stringify(historyEntrySchema.parse(entry));
  if (lines.length < MOST_LINES) {
    // A last line that was cut off stays by itself.
    await appendFile(file, `${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`);
    await sync(file);
    return;
  }
  await writeDurably(file, `${[...lines.slice(-MOST_LINES / 2), line].join('\n')}\n`, 0o644);
}

/** All entries, the oldest first. Lines that cannot be read (a full disk, another version) are left out. */
export async function readHistory(folder: string): Promise<HistoryEntry[]> {
  const text = await readFile(path.join(folder, HISTORY), 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    try {
      return [historyEntrySchema.parse(JSON.parse(line))];
    } catch {
      return [];
    }
  });
}
