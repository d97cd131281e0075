/** Work side by side, a bounded number at once. */
import { CommandError, UserError } from '../../errors.ts';

export interface Failure<T> {
  readonly item: T;
  readonly error: unknown;
}

export interface Settled<T, R> {
  /** In the order of the items. */
  readonly done: readonly R[];
  /** In the order in which they failed. */
  readonly failures: readonly Failure<T>[];
}

/** Whether an error says what is wrong with input, machine or package: the others need not stop for it. */
export const isExpected = (error: unknown): boolean => error instanceof UserError || error instanceof CommandError;

/**
 * Runs `one` for every item, at most `limit` at once. One that fails does not stop the others; a bug, or `signal`,
 * starts no further one.
 */
export async function runBounded<T, R>(
  items: readonly T[],
  limit: number,
  one: (item: T) => Promise<R>,
  signal: AbortSignal,
): Promise<Settled<T, R>> {
  const waiting = [...items.entries()];
  const done = new Map<number, R>();
  const failures: Failure<T>[] = [];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (signal.aborted) return;
      const [index, item] = next;
      try {
        done.set(index, await one(item));
      } catch (error) {
        failures.push({ item, error });
        if (!isExpected(error)) waiting.length = 0;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return { done: [...done].sort(([a], [b]) => a - b).map(([, result]) => result), failures };
}
