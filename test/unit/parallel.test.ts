import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { inParallel } from '../../src/parallel.ts';

test('results are in the order of the items, and no more than the limit run at once', async () => {
  let running = 0;
  let most = 0;
  const results = await inParallel([5, 1, 4, 1, 3], 2, async (item) => {
    running += 1;
    most = Math.max(most, running);
    await sleep(item);
    running -= 1;
    return item * 2;
  });
  expect(results).toEqual([10, 2, 8, 2, 6]);
  expect(most).toBe(2);
});

test('after an error nothing is begun, and what runs has ended before it is thrown', async () => {
  const ended: number[] = [];
  const work = inParallel([0, 1, 2, 3], 2, async (item) => {
    if (item === 0) throw new Error('the first');
    await sleep(5);
    ended.push(item);
  });
  await expect(work).rejects.toThrow('the first');
  expect(ended).toEqual([1]);
});

test('an undefined that is thrown is an error, too', async () => {
  await expect(inParallel([1], 1, () => Promise.reject(undefined))).rejects.toBeUndefined();
});
