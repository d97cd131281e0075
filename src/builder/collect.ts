/** Takes what a build made out of its session: plain files only, of a bounded size. */
import { constants, createWriteStream } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Diagnosis } from './log/diagnosis.ts';

export interface Collected {
  /** Names of the files copied; none where they are too much. */
  readonly names: readonly string[];
  /** Why nothing was copied, where it is more than the limit allows. */
  readonly refused?: string;
}

/**
 * Copies the plain files of `outbox` that are wanted. No link is followed, since it would lead out of the session, and
 * nothing is waited for, since a pipe would never end.
 *
 * @param limit of all files together in bytes; 0 for none.
 */
export async function collectFiles(
  outbox: string,
  folder: string,
  isWanted: (name: string) => boolean,
  limit: number,
): Promise<Collected> {
  await using handles = new AsyncDisposableStack();
  const files: { readonly name: string; readonly handle: FileHandle }[] = [];
  let total = 0;
  for (const name of await readdir(outbox)) {
    if (!isWanted(name)) continue;
    const handle = await openPlain(path.join(outbox, name));
    if (handle === undefined) continue;
    handles.use(handle);
    total += (await handle.stat()).size;
    files.push({ name, handle });
  }
  if (limit > 0 && total > limit) {
    const refused = `the build gives more than limits.output-size allows: ${total} bytes, not ${limit} or fewer`;
    return { names: [], refused };
  }
  for (const { name, handle } of files) {
    // Not with the mode that it had inside, where it may be set-user-id.
    await pipeline(
      handle.createReadStream({ autoClose: false }),
      createWriteStream(path.join(folder, name), { flags: 'wx', mode: 0o644 }),
    );
  }
  return { names: files.map(({ name }) => name) };
}

/** Opens a plain file for reading; `undefined` for anything else. */
export async function openPlain(file: string): Promise<FileHandle | undefined> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    () => undefined,
  );
  if (handle === undefined) return undefined;
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  return undefined;
}

/** The verdict on a build whose results are refused: the package's, as that of one that takes too long. */
export function refusedResults(rule: string, reason: string, log: string): Diagnosis {
  const line = { number: log.trimEnd().split('\n').length, text: `E: ${reason}` };
  return {
    verdict: 'package',
    phase: 'results',
    reason,
    rule,
    quotes: [line],
    excerpt: [line],
    diagnostics: [],
    fields: {},
    retryable: false,
  };
}
