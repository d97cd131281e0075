/** How a build action runs its build: on a place of the host, on a buildroot that is held, again where that may help. */
import { type AttemptedBuild, AttemptRecord, type AttemptResult, type NothingBuilt } from '../builder/attempts.ts';
import { BUILD_DEFAULTS } from '../builder/build-settings.ts';
import { isOutOfSpace } from '../builder/log/outcome.ts';
import { buildWithRetries } from '../builder/retry.ts';
import { diagnoseThrown } from '../builder/thrown.ts';
import { takeSlot } from '../buildroot/slots.ts';
import { UserError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { checkReplaceable } from '../output-folder.ts';
import { pause, retryLine, waitAfter } from '../retry.ts';
import type { BuildPlan, PlannedRequest } from './build-request.ts';

type Format = 'deb' | 'rpm';

/** What is added to a planned request for one attempt. */
type Attempt<R> = Omit<R, keyof PlannedRequest<R>>;

/**
 * Reads what a build needs, again where that fails by the infrastructure: an engine that does not answer, a key that is
 * not downloaded.
 *
 * @param retries the input; a packaging file, which may say it too, is not read yet.
 * @throws what `plan` throws; the verdict is an output then.
 */
export async function planWithRetries<P>(
  plan: () => Promise<P>,
  { format, retries = BUILD_DEFAULTS.retries }: { readonly format: Format; readonly retries: number | undefined },
  host: Host,
): Promise<P> {
  return await withVerdict(host, format, () => withRetries(plan, { format, retries }, host));
}

/**
 * Does what needs the machine and the network, again where that fails by their fault and may pass.
 *
 * @throws what `body` throws.
 */
export async function withRetries<P>(
  body: () => Promise<P>,
  { format, retries }: { readonly format: Format; readonly retries: number },
  host: Pick<Host, 'info' | 'signal'>,
): Promise<P> {
  for (let number = 1; ; number++) {
    try {
      return await body();
    } catch (error) {
      const diagnosis = host.signal.aborted ? undefined : diagnoseThrown(error, format)?.diagnosis;
      if (!diagnosis?.retryable || number > retries) throw error;
      const wait = waitAfter(number);
      host.info(`${retryLine(number, retries + 1, wait)}: ${diagnosis.reason}`);
      await pause(wait, host.signal);
    }
  }
}

/**
 * @param build builds once, from the whole request.
 * @returns what the last attempt gave; of a failure of the infrastructure, results without packages.
 * @throws what `build` throws besides, as UserError where there is no buildroot to be had; the verdict is an output then.
 */
export async function runBuild<Q extends AttemptedBuild & { readonly state: string }, R extends AttemptResult>(
  plan: BuildPlan<Q>,
  { format, build }: { readonly format: Format; readonly build: (request: Q) => Promise<R> },
  host: Host,
): Promise<R | NothingBuilt> {
  const { parallel, retries, lockSeconds, hold, scratch } = plan;
  const planned = plan.request as unknown as AttemptedBuild & { readonly state: string };
  const { signal } = host;
  return await withVerdict(host, format, async () => {
    await checkReplaceable(planned.output);
    await using record = new AttemptRecord(planned, format);
    const attempts = await buildWithRetries<R>(
      async (attempt, earlier) => {
        const { state } = planned;
        const { runId } = host;
        await using place = await takeSlot({ state, parallel, waitSeconds: lockSeconds, runId, logger: host, signal });
        // A tmpfs that was full would be full again.
        const isFull = earlier.some(({ diagnosis }) => isOutOfSpace(diagnosis.rule));
        const size = isFull ? 'disk' : await scratch(place);
        const held = await hold(attempt > 1);
        try {
          return await build({ ...plan.request, scratch: size, ...held } as unknown as Q & Attempt<Q>);
        } finally {
          // The session releases it; there may have been none.
          await held.lock.release();
        }
      },
      { retries, format, logger: host, signal, keep: record.keep },
    );
    return await record.finish(attempts);
  });
}

/** Says whose fault it is where there is nothing that says it later: a failure to build is no vote against a package then. */
async function withVerdict<T>(host: Host, format: Format, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    const isPersons = error instanceof UserError && !host.signal.aborted && diagnoseThrown(error, format) === undefined;
    host.output('verdict', isPersons ? 'configuration' : 'infrastructure');
    throw error;
  }
}
