/** Several builds at once on one generation: how many get done, and what memory that takes. */
import { readFile } from 'node:fs/promises';
import { runBounded } from '../../src/actions/pipeline/bounded.ts';
import { build, type Ours } from './ours.ts';
import { timed } from './table.ts';

export interface ParallelResult {
  readonly atOnce: number;
  readonly perMinute: number;
  /** Most memory that was taken meanwhile, in bytes: by builds, their tmpfs, and the page cache that cannot be freed. */
  readonly memory: number;
}

/** Builds `count` times, `atOnce` at once; dependencies are a layer by then. */
export async function parallelBuilds(ours: Ours, dsc: string, atOnce: number, count: number): Promise<ParallelResult> {
  const before = await available();
  let least = before;
  const watch = setInterval(() => {
    void available().then((now) => {
      least = Math.min(least, now);
    });
  }, 100);
  const seconds = await timed(async () => {
    const { failures } = await runBounded(
      Array.from({ length: count }, (_, index) => index),
      atOnce,
      (index) => build(ours, dsc, ['--max-parallel', String(atOnce), '--jobs', '1'], `parallel-out-${index}`),
      new AbortController().signal,
    );
    if (failures[0] !== undefined) throw failures[0].error;
  });
  clearInterval(watch);
  return { atOnce, perMinute: (60 * count) / seconds, memory: before - least };
}

async function available(): Promise<number> {
  return Number(/^MemAvailable:\s+(\d+) kB/m.exec(await readFile('/proc/meminfo', 'utf8'))?.[1] ?? 0) * 1024;
}
