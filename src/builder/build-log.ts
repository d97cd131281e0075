/** The log of one build: our own phases and the tool's, one after the other, under banners as sbuild writes them. */
import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { stripVTControlCharacters } from 'node:util';
import type { Logger } from '../host/host.ts';

const WIDTH = 78;
/** Of a log over its limit the end is kept in memory until it is written: the end says why a build failed. */
const MOST_TAIL = 16 * 1024 ** 2;

/** A banner as sbuild's log sections have it. */
export function bannerOf(title: string): string {
  const rule = `+${'-'.repeat(WIDTH)}+`;
  return `\n${rule}\n| ${title.padEnd(WIDTH - 2)} |\n${rule}\n`;
}

export class BuildLog {
  readonly file: string;
  readonly #stream: WriteStream;
  readonly #logger: Logger;
  readonly #starts = new Map<string, number>();
  readonly #seconds = new Map<string, number>();
  #phase: string | undefined;

  readonly #half: number;
  #written = 0;
  #tail: string[] = [];
  #tailSize = 0;
  #dropped = 0;

  /** @param limit bytes kept: the first half, and the end; 0 keeps all. */
  constructor(file: string, logger: Logger, limit: number) {
    this.file = file;
    this.#half = limit === 0 ? Number.POSITIVE_INFINITY : Math.floor(limit / 2);
    this.#stream = createWriteStream(file, { mode: 0o644 });
    // A full disk is told by `close`. Without anybody who listens it would end the process.
    this.#stream.on('error', () => {});
    this.#logger = logger;
  }

  /** Ends the phase before and begins `title`, or goes on with it; its wall-clock time is counted. */
  phase(title: string): void {
    this.#endPhase();
    this.#phase = title;
    this.#starts.set(title, performance.now());
  }

  banner(title: string): void {
    this.write(bannerOf(title));
  }

  /** A line of a tool. */
  readonly line = (text: string): void => {
    this.write(text);
    this.#logger.tool(stripVTControlCharacters(text));
  };

  write(text: string): void {
    if (this.#written < this.#half) {
      this.#written += text.length + 1;
      this.#stream.write(`${text}\n`);
      return;
    }
    this.#tail.push(text);
    this.#tailSize += text.length + 1;
    const most = Math.min(this.#half, MOST_TAIL);
    if (this.#tailSize < 2 * most) return;
    const kept: string[] = [];
    let size = 0;
    for (let line = this.#tail.pop(); line !== undefined && size + line.length < most; line = this.#tail.pop()) {
      kept.push(line);
      size += line.length + 1;
    }
    this.#dropped += this.#tailSize - size;
    this.#tail = kept.reverse();
    this.#tailSize = size;
  }

  /** Seconds per phase, in order. */
  get seconds(): ReadonlyMap<string, number> {
    return this.#seconds;
  }

  async close(): Promise<void> {
    this.#endPhase();
    if (this.#dropped > 0) this.#stream.write(`[… ${this.#dropped} bytes left out: the log is over its limit …]\n`);
    for (const line of this.#tail) this.#stream.write(`${line}\n`);
    this.#tail = [];
    this.#stream.end();
    await finished(this.#stream);
  }

  #endPhase(): void {
    if (this.#phase === undefined) return;
    const seconds = (performance.now() - (this.#starts.get(this.#phase) ?? 0)) / 1000;
    this.#seconds.set(this.#phase, (this.#seconds.get(this.#phase) ?? 0) + seconds);
    this.#phase = undefined;
  }
}
