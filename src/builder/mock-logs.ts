/**
 * The logs that mock writes: shown while they grow, and handed on at the end. mock only ever appends to them, and the
 * package decides how much.
 */
import { createWriteStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { finished, pipeline } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout } from 'node:timers/promises';
import { run } from '../process.ts';
import { openPlain } from './collect.ts';

const POLL_MS = 200;
const PIECE_BYTES = 1024 * 1024;
/** A line without an end is handed on in pieces of this size. */
const MAX_LINE = 65_536;
/** So much may a log grow before its middle is given back to the disk again. */
const PUNCH_BYTES = 64 * 1024 ** 2;

/** One log that grows, read by line. */
class Tail {
  readonly #file: string;
  readonly #onLine: (line: string) => void;
  readonly #limit: number;
  readonly #decoder = new StringDecoder('utf8');
  #offset = 0;
  #rest = '';
  #punched = 0;

  constructor(file: string, limit: number, onLine: (line: string) => void) {
    this.#file = file;
    this.#limit = limit;
    this.#onLine = onLine;
  }

  /** Leaves out what is there already. */
  async skip(): Promise<void> {
    const handle = await openPlain(this.#file);
    if (handle === undefined) return;
    this.#offset = (await handle.stat()).size;
    await handle.close();
  }

  /** Reads what has come since the last time. */
  async read(): Promise<void> {
    const handle = await openPlain(this.#file);
    if (handle === undefined) return;
    try {
      const buffer = Buffer.allocUnsafe(PIECE_BYTES);
      for (;;) {
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, this.#offset);
        if (bytesRead === 0) break;
        this.#offset += bytesRead;
        this.#take(this.#decoder.write(buffer.subarray(0, bytesRead)));
      }
      await this.#giveBack(handle);
    } finally {
      await handle.close();
    }
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#onLine(line);
    if (this.#rest.length > MAX_LINE) this.end();
  }

  /** Hands on a last line without an end. */
  end(): void {
    if (this.#rest !== '') this.#onLine(this.#rest);
    this.#rest = '';
  }

  /**
   * Frees the blocks of the middle, which nobody will read: else a package could fill the disk by printing. Of the file
   * that is open: what has its name by now may be a link to another one.
   */
  async #giveBack(handle: FileHandle): Promise<void> {
    if (this.#limit === 0 || this.#offset < this.#limit + this.#punched + PUNCH_BYTES) return;
    this.#punched = this.#offset - this.#limit;
    const range = ['--offset', String(Math.ceil(this.#limit / 2)), '--length', String(this.#punched)];
    // A file system that cannot do it keeps the whole log.
    const file = `/proc/${process.pid}/fd/${handle.fd}`;
    await run(['fallocate', '--punch-hole', ...range, file], { okExitCodes: 'any' });
  }
}

export interface LogWatch {
  /** The logs have been looked at: what comes from now on is told. */
  readonly begun: Promise<void>;
  /** Reads what is left and ends the watch. */
  stop(): Promise<void>;
}

/**
 * Calls `onLine` for the lines of logs in `folder` as they come; those that are there already are not told again.
 *
 * @param limit bytes of each log that are kept in the end; 0 for all.
 */
export function watchLogs(
  folder: string,
  names: readonly string[],
  limit: number,
  onLine: (name: string, line: string) => void,
): LogWatch {
  const tails = names.map((name) => new Tail(path.join(folder, name), limit, (line) => onLine(name, line)));
  const ending = new AbortController();
  const readAll = async () => {
    for (const tail of tails) await tail.read();
  };
  const begun = (async () => {
    for (const tail of tails) await tail.skip();
  })();
  const watching = (async () => {
    await begun;
    while (!ending.signal.aborted) {
      await readAll();
      await setTimeout(POLL_MS, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  })();
  // Thrown where it is awaited, in `stop`.
  watching.catch(() => undefined);
  return {
    begun,
    async stop() {
      ending.abort();
      await watching;
      await readAll();
      for (const tail of tails) tail.end();
    },
  };
}

/**
 * What the package manager prints, picked out of root.log, which also holds what mock does around it.
 *
 * @returns the line as the package manager printed it, or `undefined` for mock's own.
 */
export function packageManagerLines(): (line: string) => string | undefined {
  let runs = false;
  return (line) => {
    const text = /^DEBUG util\.py:\d+: {2}(.*)$/.exec(line)?.[1];
    if (text === undefined) return undefined;
    if (/^Executing command: \[/.test(text)) {
      runs = /'(?:builddep|install|update|upgrade|groupinstall)'/.test(text);
      return undefined;
    }
    if (/^(?:Child return code was: |child environment: )/.test(text)) {
      runs = false;
      return undefined;
    }
    return runs && text.trim() !== '' ? text : undefined;
  };
}

/** Copies a log out of a session, a plain file only; of one over the limit the middle is left out. */
export async function copyLog(from: string, to: string, limit: number): Promise<boolean> {
  const handle = await openPlain(from);
  if (handle === undefined) return false;
  try {
    const { size } = await handle.stat();
    const half = Math.floor(limit / 2);
    if (limit === 0 || size <= limit) await copyRange(handle, to, 0, size);
    else {
      await copyRange(handle, to, 0, half);
      await append(to, `\n[… ${size - 2 * half} bytes left out: the log is over its limit …]\n`);
      await copyRange(handle, to, size - half, size);
    }
    return true;
  } finally {
    await handle.close();
  }
}

async function copyRange(handle: FileHandle, to: string, start: number, end: number): Promise<void> {
  if (end <= start) return append(to, '');
  await pipeline(
    handle.createReadStream({ start, end: end - 1, autoClose: false }),
    createWriteStream(to, { flags: 'a', mode: 0o644 }),
  );
}

async function append(to: string, text: string): Promise<void> {
  const stream = createWriteStream(to, { flags: 'a', mode: 0o644 });
  stream.end(text);
  await finished(stream);
}
