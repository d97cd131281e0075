/** Folders of sessions whose process is gone: a killed run leaves no mount and no process, but its empty folders. */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { removeTree } from './generation.ts';
import { startTime } from './session.ts';

const sessionSchema = z.object({ runId: z.string(), pid: z.int(), startTime: z.string().optional() });

/** A session folder without its record is being made; past this age it is a leftover. */
const UNRECORDED_MS = 10 * 60 * 1000;

/**
 * Removes the folders of dead sessions. Dead means: no process has that pid and that start time; age alone says
 * nothing.
 *
 * @returns ids of the sessions removed.
 */
export async function removeDeadSessions(state: string): Promise<string[]> {
  const folder = path.join(state, 'sessions');
  const removed: string[] = [];
  for (const id of await readdir(folder).catch(() => [])) {
    const place = path.join(folder, id);
    const text = await readFile(path.join(place, 'session.json'), 'utf8').catch(() => undefined);
    const record = text === undefined ? undefined : sessionSchema.safeParse(parseJson(text)).data;
    if (record === undefined) {
      const made = await stat(place).catch(() => undefined);
      if (made === undefined || Date.now() - made.mtimeMs < UNRECORDED_MS) continue;
    } else if (record.startTime === undefined || (await startTime(record.pid)) === record.startTime) {
      continue;
    }
    await removeTree(place);
    removed.push(id);
  }
  return removed;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
