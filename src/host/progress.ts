/** The state of long work: one live line on a terminal, a line now and then elsewhere. */
import { formatDuration } from '../format.ts';
import type { Group } from './groups.ts';

export interface Progress {
  /** Empty: it has ended. `group` is the one that says it. */
  update(message: string, group: Group | undefined): void;
  /** Ends what was said in `group`. */
  groupEnded(group: Group): void;
  /** Ends everything. */
  close(): void;
}

/** Between two lines of changing progress. */
const PLAIN_INTERVAL_MS = 10_000;
/** After this long without a line, the last one is said again with its age: the log shows that the job lives. */
const HEARTBEAT_MS = 60_000;

interface PlainState {
  message: string;
  since: number;
  printedAt: number;
  printed: string;
  readonly timer: NodeJS.Timeout;
}

/** Progress in a log. The first line of a group at once, then at most one every ten seconds. */
export class PlainProgress implements Progress {
  readonly #states = new Map<Group | undefined, PlainState>();
  readonly #print: (line: string) => void;

  /** @param print prints a line in the group of its caller. */
  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  update(message: string, group: Group | undefined): void {
    if (message === '') {
      this.#end(group);
      return;
    }
    const now = Date.now();
    let state = this.#states.get(group);
    if (state === undefined) {
      // The timer keeps the asynchronous context, and with it the group, of this first call.
      const timer = setInterval(() => this.#beat(group), PLAIN_INTERVAL_MS).unref();
      state = { message, since: now, printedAt: Number.NEGATIVE_INFINITY, printed: '', timer };
      this.#states.set(group, state);
    }
    if (state.message !== message) {
      state.message = message;
      state.since = now;
    }
    if (now - state.printedAt >= PLAIN_INTERVAL_MS) this.#say(state, message);
  }

  groupEnded(group: Group): void {
    this.#end(group);
  }

  close(): void {
    for (const group of [...this.#states.keys()]) this.#end(group);
  }

  #beat(group: Group | undefined): void {
    const state = this.#states.get(group);
    if (state === undefined) return;
    const now = Date.now();
    if (state.message !== state.printed) this.#say(state, state.message);
    else if (now - state.printedAt >= HEARTBEAT_MS) {
      this.#say(state, `${state.message} (for ${formatDuration((now - state.since) / 1000)})`);
    }
  }

  #say(state: PlainState, line: string): void {
    if (line === state.printed) return;
    state.printed = state.message;
    state.printedAt = Date.now();
    this.#print(line);
  }

  #end(group: Group | undefined): void {
    clearInterval(this.#states.get(group)?.timer);
    this.#states.delete(group);
  }
}

/** What is written to and how wide it is; `process.stderr` fits. */
export interface Terminal {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const REDRAW_MS = 1000;
const CLEAR_LINE = '\r\u001b[2K';

/** Progress on a terminal: the last line, redrawn every second with the time since it began. */
export class LiveProgress implements Progress {
  readonly #states = new Map<Group | undefined, { message: string; since: number }>();
  readonly #terminal: Terminal;
  readonly #style: (text: string) => string;
  #timer: NodeJS.Timeout | undefined;
  #drawn = false;

  constructor(terminal: Terminal, style: (text: string) => string) {
    this.#terminal = terminal;
    this.#style = style;
  }

  /** Writes whole lines above the live one. */
  print(text: string): void {
    this.#clear();
    this.#terminal.write(text);
    this.#draw();
  }

  update(message: string, group: Group | undefined): void {
    const before = this.#states.get(group);
    if (message === '') this.#states.delete(group);
    else this.#states.set(group, { message, since: before?.since ?? Date.now() });
    this.#refresh();
  }

  groupEnded(group: Group): void {
    if (this.#states.delete(group)) this.#refresh();
  }

  close(): void {
    this.#states.clear();
    this.#refresh();
  }

  #refresh(): void {
    if (this.#states.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    } else {
      this.#timer ??= setInterval(() => this.#refresh(), REDRAW_MS).unref();
    }
    this.#clear();
    this.#draw();
  }

  #clear(): void {
    if (this.#drawn) this.#terminal.write(CLEAR_LINE);
    this.#drawn = false;
  }

  #draw(): void {
    if (this.#states.size === 0) return;
    const now = Date.now();
    const parts = [...this.#states].map(([group, { message, since }]) => {
      const title = this.#states.size > 1 ? outermost(group) : undefined;
      return `${title === undefined ? '' : `${title}: `}${message} (${formatDuration(Math.floor((now - since) / 1000))})`;
    });
    // One column short: a full line would wrap, and clearing would leave its first half.
    const width = Math.max(20, (this.#terminal.columns ?? 80) - 1);
    const text = `… ${parts.join(' · ')}`;
    this.#terminal.write(this.#style(text.length > width ? `${text.slice(0, width - 1)}…` : text));
    this.#drawn = true;
  }
}

function outermost(group: Group | undefined): string | undefined {
  let at = group;
  while (at?.parent !== undefined) at = at.parent;
  return at?.title;
}
