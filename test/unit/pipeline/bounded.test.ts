import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { runBounded } from '../../../src/actions/pipeline/bounded.ts';
import { UserError } from '../../../src/errors.ts';

const signal = new AbortController().signal;

describe('runBounded', () => {
  it.each([
    [1, 1],
    [3, 3],
    [50, 8],
  ])('runs at most %i at once', async (limit, expected) => {
    let running = 0;
    let most = 0;
    const items = Array.from({ length: 8 }, (_, index) => index);
    const { done, failures } = await runBounded(
      items,
      limit,
      async (item) => {
        running += 1;
        most = Math.max(most, running);
        // The first one ends last.
        await sleep(20 - item);
        running -= 1;
        return item * 2;
      },
      signal,
    );
    expect(most).toBe(expected);
    expect(failures).toEqual([]);
    expect(done).toEqual(items.map((item) => item * 2));
  });

  it('goes on when one fails', async () => {
    const error = new UserError({ what: 'no' });
    const one = async (item: string) => {
      if (item === 'b') throw error;
      return item;
    };
    const result = await runBounded(['a', 'b', 'c'], 1, one, signal);
    expect(result).toEqual({ done: ['a', 'c'], failures: [{ item: 'b', error }] });
  });

  it('starts nothing after a bug', async () => {
    const started: string[] = [];
    const one = async (item: string) => {
      started.push(item);
      throw new TypeError(item);
    };
    const { failures } = await runBounded(['a', 'b', 'c'], 1, one, signal);
    expect(started).toEqual(['a']);
    expect(failures).toMatchObject([{ item: 'a', error: { message: 'a' } }]);
  });

  it('starts nothing once it is cancelled', async () => {
    const controller = new AbortController();
    const started: string[] = [];
    const one = async (item: string) => {
      started.push(item);
      controller.abort();
    };
    await runBounded(['a', 'b', 'c'], 1, one, controller.signal);
    expect(started).toEqual(['a']);
  });
});
