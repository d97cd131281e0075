/** Builds a Debian source package and tells what came of it. */
import { buildDeb } from '../../builder/deb-build.ts';
import type { Host } from '../../host/host.ts';
import type { InputValues, OutputValues } from '../../inputs.ts';
import { planWithRetries, runBuild } from '../build-attempts.ts';
import { finishBuild } from '../build-outcome.ts';
import type { action } from './inputs.ts';
import { planBuild } from './request.ts';

type Inputs = InputValues<typeof action.inputs>;
type Outputs = OutputValues<typeof action.outputs>;

/** @throws UserError when the package does not build: its verdict and the folder with the log are outputs all the same. */
export async function run(inputs: Inputs, host: Host): Promise<Outputs> {
  const { retries } = inputs;
  const plan = await planWithRetries(() => planBuild(inputs, host), { format: 'deb', retries }, host);
  const { source, target, architecture } = plan.request;
  const title = `${source.name} ${source.version} for ${target.name} (${architecture})`;
  const result = await host.group(`Build ${title}`, () => runBuild(plan, { format: 'deb', build: buildDeb }, host));
  const packages = result.manifest.files
    .filter(({ role }) => role === 'deb' || role === 'udeb' || role === 'ddeb')
    .map(({ name }) => name.split('_')[0] ?? name);
  const artifact = `packages-${source.name}-${target.name}-${architecture}`;
  return finishBuild({ ...result, title, packages, artifact }, host);
}
