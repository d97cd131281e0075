/** Signals from the person or the platform, as an AbortSignal. */
import { CancelledError } from '../errors.ts';

/**
 * Turns SIGINT, SIGTERM and SIGHUP into an abort. GitHub sends SIGINT, SIGTERM 7.5 s later and SIGKILL 2.5 s after
 * that: SIGTERM after SIGINT must not cut the clean-up short. A person who presses Ctrl-C twice means it.
 */
export class Cancellation {
  readonly #controller = new AbortController();
  readonly #onFirst: (signal: NodeJS.Signals) => void;
  #interrupts = 0;

  /** @param onFirst tells the person that the clean-up has begun. */
  constructor(onFirst: (signal: NodeJS.Signals) => void) {
    this.#onFirst = onFirst;
    for (const name of SIGNALS) process.on(name, this.#onSignal);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Leaves signals to Node again. */
  close(): void {
    for (const name of SIGNALS) process.off(name, this.#onSignal);
  }

  readonly #onSignal = (name: NodeJS.Signals) => {
    if (name === 'SIGINT') this.#interrupts += 1;
    if (this.#interrupts > 1) process.exit(130);
    if (this.#controller.signal.aborted) return;
    this.#onFirst(name);
    this.#controller.abort(new CancelledError());
  };
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
