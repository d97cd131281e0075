/** How a host's memory and processors are shared: where a session writes, and how many builds run at once. */
import os from 'node:os';
import { formatBytes } from '../format.ts';
import type { Logger } from '../host/host.ts';
import { type Memory, readMemory } from './memory.ts';
import { type Place, withPromises } from './slots.ts';

const GIB = 1024 ** 3;
/** Below this a tmpfs is no help: a compiler and its dependencies fill it. */
const LEAST_TMPFS = GIB;
/** A build wants about this much memory for what it writes; fewer run at once where there is less. */
const MEMORY_PER_BUILD = 2 * GIB;
/** Of the memory, how much is promised to tmpfs; the rest is for compilers. */
const PROMISED = 0.75;

export interface ScratchRequest {
  /** `auto`, a number of bytes for a tmpfs of that size, or 0 for the disk. */
  readonly requested: number | 'auto';
  /** How many sessions may be open at once on this host. */
  readonly parallel: number;
  /** The place of the build, on which others see what it was promised; a session without one is promised for itself. */
  readonly place?: Place;
  /** Is told where a size that was asked for is more than there is. */
  readonly logger?: Pick<Logger, 'warning'>;
  /** What memory there is; the machine's when absent. */
  readonly memory?: () => Promise<Memory>;
}

/**
 * Size of a session's tmpfs in bytes, or `disk`.
 *
 * `auto` shares three quarters of the memory among the places, and never promises what other places have been promised
 * already. A tmpfs takes memory only for what is written, so the size is a limit and not a reservation.
 */
export async function scratchSize(request: ScratchRequest): Promise<number | 'disk'> {
  const { place } = request;
  if (place === undefined) return sizeBeside(request, 0);
  return withPromises(place, async (others) => {
    const size = await sizeBeside(request, others);
    await place.promise(size === 'disk' ? 0 : size);
    return size;
  });
}

async function sizeBeside(request: ScratchRequest, others: number): Promise<number | 'disk'> {
  const { requested, parallel, logger } = request;
  if (requested === 0) return 'disk';
  const { available, shared, total } = await (request.memory ?? readMemory)();
  // What other builds wrote is no longer available, but belongs to what they were promised.
  const all = Math.min(total, available + Math.min(shared, others));
  if (requested !== 'auto') {
    const left = Math.max(0, all - others);
    if (requested > left) {
      logger?.warning(
        `a tmpfs of ${formatBytes(requested)} was asked for, and ${formatBytes(left)} of memory are left for it: the machine may run out of memory`,
      );
    }
    return requested;
  }
  const share = Math.floor(Math.min((all * PROMISED) / Math.max(1, parallel), all * PROMISED - others));
  return share >= LEAST_TMPFS ? share : 'disk';
}

/** Bytes of memory that can be had without swapping, within the limits of our control groups. */
export async function availableMemory(): Promise<number> {
  return (await readMemory()).available;
}

/**
 * How many builds this host runs at once: as asked for, else as configured, `auto` by processors and memory. By all of
 * the memory, not by what is free: else every build that runs would make the number smaller for the next.
 *
 * @param configured `build.max-parallel` of the packaging file.
 * @param requested the input `max-parallel`: a number, or `auto`.
 */
export async function parallelBuilds(configured: number | 'auto', requested: string | undefined): Promise<number> {
  const wanted = requested === undefined || requested === '' ? configured : requested;
  if (wanted !== 'auto') return Number(wanted);
  const byMemory = Math.floor((await readMemory()).total / MEMORY_PER_BUILD);
  return Math.max(1, Math.min(os.availableParallelism(), byMemory));
}

/** The number of builds that somebody named; `undefined` where it is left to the host. */
export function explicitParallel(
  configured: number | 'auto' | undefined,
  requested: string | undefined,
): number | undefined {
  const wanted = requested ?? configured;
  return wanted === undefined || wanted === 'auto' ? undefined : Number(wanted);
}
