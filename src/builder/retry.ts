/** Builds again what failed by no fault of the package: infrastructure failures may pass, others do not. */
import type { Logger } from '../host/host.ts';
import { pause, retryLine, waitAfter } from '../retry.ts';
import type { Diagnosis } from './log/diagnosis.ts';
import type { BuildReport } from './report/build-report.ts';
import { diagnoseThrown, type Thrown } from './thrown.ts';

/** An attempt that is not the last one. */
export interface FailedAttempt {
  /** From 1. */
  readonly number: number;
  readonly diagnosis: Diagnosis;
}

/** What one attempt came to: what it gave, or what it threw where that is the infrastructure's doing. */
export type AttemptEnd<R> = { readonly result: R } | { readonly thrown: Thrown };

export interface RetryRequest<R> {
  /** How often at most is built again. */
  readonly retries: number;
  readonly format: 'deb' | 'rpm';
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Called with the end of an attempt that is not the last one, before the wait: its logs are to be kept. */
  readonly keep: (number: number, end: AttemptEnd<R>) => Promise<void>;
}

export interface Attempts<R> {
  readonly last: AttemptEnd<R>;
  /** Those before it, in order. */
  readonly earlier: readonly FailedAttempt[];
  /** How many there could have been. */
  readonly most: number;
}

/**
 * Calls `attempt` until its verdict is another than an infrastructure failure that may pass, or the retries are used up.
 *
 * @param attempt builds once; gets the number of the attempt, from 1, and what came of those before. From the second on
 *   buildroot and lists are to be looked at again.
 * @throws what an attempt throws, unless it is known as a failure of the infrastructure (`diagnoseThrown`).
 */
export async function buildWithRetries<R extends { readonly report: BuildReport }>(
  attempt: (number: number, earlier: readonly FailedAttempt[]) => Promise<R>,
  { retries, format, logger, signal, keep }: RetryRequest<R>,
): Promise<Attempts<R>> {
  const earlier: FailedAttempt[] = [];
  for (let number = 1; ; number++) {
    const last = await once(() => attempt(number, earlier), format, signal);
    const diagnosis = 'result' in last ? last.result.report.diagnosis : last.thrown.diagnosis;
    if (!mayPass(diagnosis) || number > retries) return { last, earlier, most: retries + 1 };
    await keep(number, last);
    earlier.push({ number, diagnosis });
    const wait = waitAfter(number);
    logger.info(`${retryLine(number, retries + 1, wait)}: ${diagnosis.reason}`);
    await pause(wait, signal);
  }
}

const mayPass = ({ verdict, retryable }: Diagnosis) => verdict === 'infrastructure' && retryable;

async function once<R>(build: () => Promise<R>, format: 'deb' | 'rpm', signal: AbortSignal): Promise<AttemptEnd<R>> {
  try {
    return { result: await build() };
  } catch (error) {
    // A cancelled build fails in many ways.
    const thrown = signal.aborted ? undefined : diagnoseThrown(error, format);
    if (thrown === undefined) throw error;
    return { thrown };
  }
}
