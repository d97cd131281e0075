/**
 * What channels pointed to, and since when: one line of JSON for every change, in private/history.jsonl. A line is
 * written before the link moves, and taken back when it did not move: a journal says which one is in doubt.
 */
import { constants } from 'node:fs';
import { type FileHandle, open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { sync } from '../durable.ts';
import { UserError } from '../errors.ts';
import { isChannelName, isSnapshotId, type RepositoryPaths } from './layout.ts';
import { PRIVATE_FILE } from './trees.ts';

const snapshotId = z.string().refine(isSnapshotId, 'the name of a snapshot');
const text = z.string().max(4096);

const channelEntry = z.strictObject({
  at: z.iso.datetime(),
  action: z.enum(['publish', 'promote', 'rollback', 'remove']),
  channel: z.string().refine(isChannelName, 'the name of a channel'),
  /** What it points to from now on; `null` where it was removed. */
  id: snapshotId.nullable(),
  /** What it pointed to before; `null` where it was not there. */
  former: snapshotId.nullable(),
  /** The channel that a snapshot or packages of it came from. */
  from: text.optional(),
  /** The snapshot that `id` was made from with the same packages, dated and signed anew. */
  copyOf: snapshotId.optional(),
  /** Why, as a person said. */
  reason: text.optional(),
  /** What was done that is refused without a reason, one a line: packages that became older or left. */
  overrides: z.array(text).optional(),
  /** URL of the CI run. */
  run: text.optional(),
});
/** A channel that was moved, made or removed. */
export type ChannelEntry = z.infer<typeof channelEntry>;

const pruneEntry = z.strictObject({
  at: z.iso.datetime(),
  action: z.literal('prune'),
  /** Snapshots that were removed. */
  snapshots: z.array(snapshotId),
  reason: text.optional(),
  run: text.optional(),
});
export type PruneEntry = z.infer<typeof pruneEntry>;

export const historyEntry = z.discriminatedUnion('action', [channelEntry, pruneEntry]);
export type HistoryEntry = z.infer<typeof historyEntry>;

/** The line of an entry, without its newline. */
export function historyLine(entry: HistoryEntry): string {
  return JSON.stringify(historyEntry.parse(entry));
}

/**
 * All entries, the oldest first. Of a line that is being written nothing is seen.
 *
 * @throws UserError where the file was changed by hand to something else.
 */
export async function readHistory(paths: RepositoryPaths): Promise<HistoryEntry[]> {
  const lines = (await readIfThere(paths.history)).split('\n').slice(0, -1);
  return lines.map((line, index) => {
    let found: unknown;
    try {
      found = JSON.parse(line);
    } catch {
      found = undefined;
    }
    const parsed = historyEntry.safeParse(found);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw new UserError({
      what: 'the history of the repository cannot be read',
      where: `${paths.history}:${index + 1}`,
      found: found === undefined ? 'no JSON' : `${issue?.path.join('.')}: ${issue?.message}`,
      expected: 'a line that the publisher wrote',
      remedy: 'remove the line',
    });
  });
}

/** Adds a line, flushed; nothing where it is the last one already. */
export async function appendHistory(paths: RepositoryPaths, line: string): Promise<void> {
  const handle = await open(paths.history, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, PRIVATE_FILE);
  try {
    const { last, end } = await lastLine(handle);
    await handle.truncate(end);
    if (last !== line) await writeAll(handle, Buffer.from(`${line}\n`), end);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await sync(path.dirname(paths.history));
}

/** A full disk shows as a short write first, and as an error only then. */
async function writeAll(handle: FileHandle, data: Buffer, position: number): Promise<void> {
  for (let done = 0; done < data.length; ) {
    done += (await handle.write(data, done, data.length - done, position + done)).bytesWritten;
  }
}

/** Takes `line` back where it is the last one, whole or begun. Needs no space on the disk. */
export async function takeBackHistory(paths: RepositoryPaths, line: string): Promise<void> {
  const handle = await open(paths.history, constants.O_RDWR | constants.O_NOFOLLOW).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return undefined;
    },
  );
  if (handle === undefined) return;
  let left: number;
  try {
    const { last, start, end } = await lastLine(handle);
    left = last === line ? start : end;
    await handle.truncate(left);
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (left > 0) return;
  await rm(paths.history);
  await sync(path.dirname(paths.history));
}

/** The last whole line, and where it starts and ends, its newline included. What follows is one that was begun. */
async function lastLine(handle: FileHandle): Promise<{ last: string | undefined; start: number; end: number }> {
  // Read whole: lines are a few hundred bytes, and there is one for each publish.
  const content = await handle.readFile();
  const end = content.lastIndexOf(0x0a) + 1;
  if (end === 0) return { last: undefined, start: 0, end: 0 };
  const start = end < 2 ? 0 : content.lastIndexOf(0x0a, end - 2) + 1;
  return { last: content.toString('utf8', start, end - 1), start, end };
}

async function readIfThere(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
}
