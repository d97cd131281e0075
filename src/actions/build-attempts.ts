/** How a build action runs its build: on a place of the host, on a buildroot that is held, again where that may help. */
import type { BuildReport } from '../builder/report/build-report.ts';
import { buildWithRetries } from '../builder/retry.ts';
import { takeSlot } from '../buildroot/slots.ts';
import type { Host } from '../host/host.ts';
import type { BuildPlan, PlannedRequest } from './build-request.ts';

/** What is added to a planned request for one attempt. */
type Attempt<R> = Omit<R, keyof PlannedRequest<R>>;

/**
 * @param build builds once, from the whole request.
 * @throws what `build` throws; UserError or InfrastructureError where there is no buildroot or no place to be had.
 */
export async function runBuild<Q extends { readonly state: string }, R extends { readonly report: BuildReport }>(
  plan: BuildPlan<Q>,
  build: (request: Q) => Promise<R>,
  host: Host,
): Promise<R> {
  const { parallel, retries, lockSeconds, hold, scratch } = plan;
  const { state } = plan.request as unknown as { readonly state: string };
  return buildWithRetries(
    async (attempt) => {
      await using _place = await takeSlot({
        state,
        parallel,
        waitSeconds: lockSeconds,
        logger: host,
        signal: host.signal,
      });
      const size = await scratch();
      const held = await hold(attempt > 1);
      return build({ ...plan.request, scratch: size, ...held } as unknown as Q & Attempt<Q>);
    },
    { retries, logger: host, signal: host.signal },
  );
}
