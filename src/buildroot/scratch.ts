/** How a host's memory and processors are shared: where a session writes, and how many builds run at once. */
import { readFile } from 'node:fs/promises';
import os from 'node:os';

const GIB = 1024 ** 3;
/** Below this a tmpfs is no help: a compiler and its dependencies fill it. */
const LEAST_TMPFS = GIB;
/** A build wants about this much memory for what it writes; fewer run at once where there is less. */
const MEMORY_PER_BUILD = 2 * GIB;

export interface ScratchRequest {
  /** `auto`, a number of bytes for a tmpfs of that size, or 0 for the disk. */
  readonly requested: number | 'auto';
  /** How many sessions may be open at once on this host. */
  readonly parallel: number;
}

/**
 * Size of a session's tmpfs in bytes, or `disk`.
 *
 * `auto` shares three quarters of the available memory among the sessions: a tmpfs takes memory only for what is
 * written, so the size is a limit and not a reservation.
 */
export async function scratchSize({ requested, parallel }: ScratchRequest): Promise<number | 'disk'> {
  if (requested === 0) return 'disk';
  if (requested !== 'auto') return requested;
  const share = Math.floor(((await availableMemory()) * 0.75) / Math.max(1, parallel));
  return share >= LEAST_TMPFS ? share : 'disk';
}

/** Bytes of memory that can be had without swapping (proc(5), MemAvailable), within the limit of our control group. */
export async function availableMemory(): Promise<number> {
  const text = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const machine = Number(/^MemAvailable:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
  const limit = Number((await readFile('/sys/fs/cgroup/memory.max', 'utf8').catch(() => 'max')).trim());
  const used = Number((await readFile('/sys/fs/cgroup/memory.current', 'utf8').catch(() => '0')).trim());
  return Number.isFinite(limit) && limit > 0 ? Math.min(machine, Math.max(0, limit - used)) : machine;
}

/**
 * How many builds this host runs at once: as asked for, else as configured, `auto` by processors and free memory.
 *
 * @param configured `build.max-parallel` of the packaging file.
 * @param requested the input `max-parallel`: a number, or `auto`.
 */
export async function parallelBuilds(configured: number | 'auto', requested: string | undefined): Promise<number> {
  const wanted = requested === undefined || requested === '' ? configured : requested;
  if (wanted !== 'auto') return Number(wanted);
  const byMemory = Math.floor((await availableMemory()) / MEMORY_PER_BUILD);
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
