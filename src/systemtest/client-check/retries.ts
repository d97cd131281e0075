/** What fails by no fault of the packages is tried again, and is never told as one of theirs. */
import { diagnoseThrown } from '../../builder/thrown.ts';
import { InfrastructureError } from '../../errors.ts';
import type { Logger } from '../../host/host.ts';
import { pause, retryLine, waitAfter } from '../../retry.ts';

export interface RetryRequest {
  readonly format: 'deb' | 'rpm';
  /** How often is tried again. */
  readonly retries: number;
  /** Where: for the error. */
  readonly where: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * @throws InfrastructureError where it still fails then, by the doing of machine or network; whatever else `attempt`
 *   throws, at once.
 */
export async function checkWithRetries<T>(
  { format, retries, where, logger, signal }: RetryRequest,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let number = 1; ; number++) {
    try {
      return await attempt();
    } catch (error) {
      // What is cancelled fails in many ways.
      const diagnosis = signal.aborted ? undefined : diagnoseThrown(error, format)?.diagnosis;
      if (diagnosis === undefined) throw error;
      if (number > retries || !diagnosis.retryable) {
        throw new InfrastructureError(
          {
            what: 'the packages cannot be tried in a session of their target, so nothing is published',
            where,
            found: diagnosis.reason,
            remedy: 'try again later; nothing is wrong with the packages as far as is known',
          },
          { cause: error },
        );
      }
      const wait = waitAfter(number);
      logger.info(`${retryLine(number, retries + 1, wait)}: ${diagnosis.reason}`);
      await pause(wait, signal);
    }
  }
}
