/**
 * Waiting before something is tried again, the same for all that is: each wait twice the one before, up to a bound, and
 * a part of it by chance, so that jobs which failed together do not ask again together.
 */
import { setTimeout } from 'node:timers/promises';

const FIRST_MS = 5000;
const MOST_MS = 120_000;

/**
 * The variable that sets the first wait, in milliseconds. Where it is set apt does not wait by itself either: tests set
 * it to 0 or so.
 */
export const WAIT_VARIABLE = 'PKG_ACTIONS_RETRY_WAIT';

function firstWait(): number | undefined {
  const text = process.env[WAIT_VARIABLE] ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/**
 * Milliseconds to wait after the attempt of this number, from 1, has failed: between half of what is due and all of it.
 *
 * @param chance from 0 to 1.
 */
export function waitAfter(attempt: number, chance: number = Math.random()): number {
  const due = Math.min(MOST_MS, (firstWait() ?? FIRST_MS) * 2 ** Math.min(attempt - 1, 30));
  return Math.round(due * (0.5 + chance / 2));
}

/**
 * Waits; a cancellation ends it.
 *
 * @throws the reason of `signal`.
 */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await setTimeout(milliseconds, undefined, { signal }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw error;
  });
}

/** What a log says where something is tried again; classifiers know the line (builder/log/structure.ts). */
export function retryLine(attempt: number, attempts: number, milliseconds: number): string {
  const seconds = milliseconds < 1000 ? milliseconds / 1000 : Math.round(milliseconds / 1000);
  return `W: attempt ${attempt} of ${attempts} failed; once more in ${seconds} s`;
}

/**
 * Options that say how often apt asks again by itself (apt.conf(5), Acquire::Retries): apt before 2.3 does not unless it
 * is told to.
 */
export function aptRetryOptions(): string[] {
  return ['-o', `Acquire::Retries=${firstWait() === undefined ? 3 : 0}`];
}
