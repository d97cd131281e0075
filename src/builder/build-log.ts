/** The log of one build: our own phases and the tool's, one after the other, under banners as sbuild writes them. */
import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { stripVTControlCharacters } from 'node:util';
import type { Logger } from '../host/host.ts';

const WIDTH = 78;

export class BuildLog {
  readonly file: string;
  readonly #stream: WriteStream;
  readonly #logger: Logger;
  readonly #starts = new Map<string, number>();
  readonly #seconds = new Map<string, number>();
  #phase: string | undefined;

  constructor(file: string, logger: Logger) {
    this.file = file;
    this.#stream = createWriteStream(file, { mode: 0o644 });
    this.#logger = logger;
  }

  /** Ends the phase before and begins `title`, whose wall-clock time is counted. */
  phase(title: string): void {
    this.#endPhase();
    this.#phase = title;
    this.#starts.set(title, performance.now());
  }

  /** A banner as sbuild's log sections have it. */
  banner(title: string): void {
    const rule = `+${'-'.repeat(WIDTH)}+`;
    this.write(`\n${rule}\n| ${title.padEnd(WIDTH - 2)} |\n${rule}\n`);
  }

  /** A line of a tool. The last one is shown as progress. */
  readonly line = (text: string): void => {
    this.write(text);
    this.#logger.debug(text);
    const shown = stripVTControlCharacters(text).trim();
    if (/[A-Za-z]/.test(shown)) this.#logger.progress(shown.slice(0, 200));
  };

  write(text: string): void {
    this.#stream.write(`${text}\n`);
  }

  /** Seconds per phase, in order. */
  get seconds(): ReadonlyMap<string, number> {
    return this.#seconds;
  }

  async close(): Promise<void> {
    this.#endPhase();
    this.#stream.end();
    await finished(this.#stream);
  }

  #endPhase(): void {
    if (this.#phase === undefined) return;
    this.#seconds.set(this.#phase, (performance.now() - (this.#starts.get(this.#phase) ?? 0)) / 1000);
    this.#phase = undefined;
  }
}
