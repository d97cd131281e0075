/**
 * Groups of lines, nested and parallel.
 *
 * Logs fold what stands together. Groups that run at the same time would tear each other apart, so one of them is
 * printed live and the others are held back until it is their turn, as `make --output-sync` does. Which group a line
 * belongs to follows from the asynchronous context that says it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

export interface Group {
  readonly title: string;
  /** 0 for the outermost. */
  readonly depth: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly parent: Group | undefined;
}

export interface GroupSink {
  open(group: Group): void;
  close(group: Group, seconds: number, failed: boolean): void;
}

type Print = () => void;

/** An outermost group and what it holds back. */
interface Root {
  readonly held: Print[];
  ended: boolean;
  /** Everything it says may be printed at once. */
  live: boolean;
}

interface OpenGroup extends Group {
  readonly root: Root;
}

export class Groups {
  readonly #context = new AsyncLocalStorage<OpenGroup>();
  readonly #sink: GroupSink;
  #live: Root | undefined;
  #waiting: Root[] = [];

  constructor(sink: GroupSink) {
    this.#sink = sink;
  }

  /** The group that the caller runs in. */
  get current(): Group | undefined {
    return this.#context.getStore();
  }

  /** Number of groups the caller runs in. */
  get depth(): number {
    const group = this.#context.getStore();
    return group === undefined ? 0 : group.depth + 1;
  }

  /** Runs `print` now or when it is the turn of the caller's group. */
  say(print: Print): void {
    const root = this.#context.getStore()?.root;
    if (root === undefined || root.live) print();
    else root.held.push(print);
  }

  async run<T>(title: string, body: () => Promise<T>): Promise<T> {
    const parent = this.#context.getStore();
    const root = parent?.root ?? this.#newRoot();
    const group: OpenGroup = { title, depth: this.depth, startedAt: Date.now(), parent, root };
    return await this.#context.run(group, async () => {
      this.say(() => this.#sink.open(group));
      let failed = true;
      try {
        const result = await body();
        failed = false;
        return result;
      } finally {
        const seconds = (Date.now() - group.startedAt) / 1000;
        this.say(() => this.#sink.close(group, seconds, failed));
        if (parent === undefined) this.#end(root);
      }
    });
  }

  /** Prints everything that is held back. */
  flush(): void {
    for (const root of this.#waiting) release(root);
    this.#waiting = [];
  }

  #newRoot(): Root {
    const root: Root = { held: [], ended: false, live: this.#live === undefined };
    if (root.live) this.#live = root;
    else this.#waiting.push(root);
    return root;
  }

  #end(root: Root): void {
    root.ended = true;
    if (root !== this.#live) return;
    this.#live = undefined;
    // Those that ended meanwhile stand whole; then the oldest that still runs goes live.
    for (const ended of this.#waiting.filter((each) => each.ended)) release(ended);
    this.#waiting = this.#waiting.filter((each) => !each.ended);
    const next = this.#waiting.shift();
    if (next !== undefined) {
      this.#live = next;
      release(next);
    }
  }
}

function release(root: Root): void {
  root.live = true;
  for (const print of root.held.splice(0)) print();
}
