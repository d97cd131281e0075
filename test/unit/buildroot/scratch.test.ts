import os from 'node:os';
import { describe, expect, it } from 'vitest';
import { availableMemory, parallelBuilds, scratchSize } from '../../../src/buildroot/scratch.ts';

const GIB = 1024 ** 3;

describe('where a session writes', () => {
  it('is as asked for', async () => {
    expect(await scratchSize({ requested: 0, parallel: 1 })).toBe('disk');
    expect(await scratchSize({ requested: 5 * GIB, parallel: 64 })).toBe(5 * GIB);
  });

  it('is a share of the memory, and the disk where that is small', async () => {
    const memory = await availableMemory();
    const auto = await scratchSize({ requested: 'auto', parallel: 1 });
    if (memory * 0.75 < GIB) expect(auto).toBe('disk');
    // Others use memory meanwhile.
    else expect(Math.abs(Number(auto) - memory * 0.75)).toBeLessThan(memory * 0.25);
    expect(await scratchSize({ requested: 'auto', parallel: Math.ceil(memory / GIB) + 1 })).toBe('disk');
  });

  it('knows a memory that is there', async () => {
    const memory = await availableMemory();
    expect(memory).toBeGreaterThan(0);
    expect(memory).toBeLessThanOrEqual(os.totalmem());
  });
});

describe('builds at once', () => {
  it('are as many as asked for, else as configured', async () => {
    expect(await parallelBuilds('auto', '7')).toBe(7);
    expect(await parallelBuilds(3, '7')).toBe(7);
    expect(await parallelBuilds(3, undefined)).toBe(3);
  });

  it('are at least one, and no more than processors and memory allow', async () => {
    const builds = await parallelBuilds('auto', undefined);
    expect(builds).toBeGreaterThanOrEqual(1);
    expect(builds).toBeLessThanOrEqual(os.availableParallelism());
    expect(builds).toBeLessThanOrEqual(Math.max(1, Math.floor(os.totalmem() / (2 * GIB))));
  });
});
