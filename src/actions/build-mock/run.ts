/** Builds an rpm source package and tells what came of it. */
import { buildRpm } from '../../builder/rpm-build.ts';
import type { Host } from '../../host/host.ts';
import type { InputValues, OutputValues } from '../../inputs.ts';
import { planWithRetries, runBuild } from '../build-attempts.ts';
import { finishBuild } from '../build-outcome.ts';
import type { action } from './inputs.ts';
import { planBuild } from './request.ts';

type Inputs = InputValues<typeof action.inputs>;
type Outputs = OutputValues<typeof action.outputs>;

/** @throws UserError when the package does not build: its verdict and the folder with the logs are outputs all the same. */
export async function run(inputs: Inputs, host: Host): Promise<Outputs> {
  const { retries } = inputs;
  const plan = await planWithRetries(() => planBuild(inputs, host), { format: 'rpm', retries }, host);
  const { source, target, architecture } = plan.request;
  const name = source.version === undefined ? source.name : `${source.name} ${source.version}`;
  const title = `${name} for ${target.name} (${architecture})`;
  const result = await host.group(`Build ${title}`, () => runBuild(plan, { format: 'rpm', build: buildRpm }, host));
  return finishBuild({ ...result, title, artifact: `packages-${source.name}-${target.name}-${architecture}` }, host);
}
