/** Waits for what other processes or tasks are about to do, however slow the machine is. */
import { setTimeout } from 'node:timers/promises';

/** Asks until `condition` gives something; a test that waits for ever is ended by its limit, with this stack. */
export async function until<T>(
  condition: () => Promise<T> | T,
  what: string,
  limitMs = 30_000,
): Promise<NonNullable<T>> {
  const error = new Error(`waited in vain for ${what}`);
  const end = performance.now() + limitMs;
  for (;;) {
    const found = await condition();
    if (found) return found as NonNullable<T>;
    if (performance.now() > end) throw error;
    await setTimeout(20);
  }
}
