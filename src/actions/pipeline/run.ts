/** The whole chain on one machine: the actions as CI runs them, one after the other, builds side by side. */
import { hostArchitecture } from '../../buildroot/configuration.ts';
import type { Engine } from '../../buildroot/engine/engine.ts';
import { explicitParallel, parallelBuilds } from '../../buildroot/scratch.ts';
import { prepareState } from '../../buildroot/state.ts';
import { messageOf, UserError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { InputValues, OutputValues } from '../../inputs.ts';
import { engineOf } from '../build-request.ts';
import { isExpected, runBounded } from './bounded.ts';
import { buildJob, jobsOf } from './build.ts';
import { updateBuildroots } from './buildroots.ts';
import type { action } from './inputs.ts';
import { type Job, type PipelinePlan, planPipeline } from './plan.ts';
import { type PreparedJob, prepareJob } from './prepare.ts';
import { publishTarget } from './publish.ts';
import { Stages } from './stage.ts';
import { type BuiltJob, type PipelineReport, type PublishedTarget, pipelineSummary } from './summary.ts';

type Inputs = InputValues<typeof action.inputs>;

/** What a run has come to so far: a run that fails has a summary too. */
interface Progress {
  buildrootSeconds: number;
  built: readonly BuiltJob[];
  readonly published: PublishedTarget[];
}

export async function run(inputs: Inputs, host: Host): Promise<OutputValues<typeof action.outputs>> {
  const started = performance.now();
  const plan = await planPipeline(inputs, host.workspace, await hostArchitecture());
  const stages = new Stages(host);
  const progress: Progress = { buildrootSeconds: 0, built: [], published: [] };
  const report = (): PipelineReport => ({
    release: plan.file === undefined ? { name: plan.packaging.release.name } : plan.packaging.release,
    ...progress,
    failures: stages.failures,
    seconds: (performance.now() - started) / 1000,
  });
  try {
    await runStages(inputs, plan, stages, progress, host);
  } catch (error) {
    if (!host.signal.aborted) {
      const errors = error instanceof AggregateError ? error.errors : [error];
      await host.summary(pipelineSummary({ ...report(), error: errors.map(messageOf).join('; ') }));
    }
    throw error;
  }
  await host.summary(pipelineSummary(report()));
  return {
    result: JSON.stringify(resultOf(report())),
    'sources-entry': entriesOf(progress.published, 'deb'),
    'repo-file': entriesOf(progress.published, 'rpm'),
  };
}

async function runStages(inputs: Inputs, plan: PipelinePlan, stages: Stages, progress: Progress, host: Host) {
  const started = performance.now();
  const state = await prepareState(inputs.state, host);
  // Before anything is built: what is missing for one format is said before the work for the other.
  const engines = await enginesOf(inputs, plan, state, host);
  const parallel = await parallelBuilds(plan.packaging.build.maxParallel, inputs['max-parallel']);
  const { file: packaging } = plan;
  const { mirror, work } = inputs;
  const shared = inputs;
  await updateBuildroots({ targets: plan.targets, packaging, state, mirror, shared }, host);
  progress.buildrootSeconds = (performance.now() - started) / 1000;

  const prepared: { job: Job; source: PreparedJob }[] = [];
  for (const { jobs, repository } of plan.targets) {
    for (const job of jobs) {
      const source = await host.group(`Prepare ${titleOf(job)}`, () =>
        prepareJob(job, repository, { work, state, packaging, shared }, stages, host),
      );
      prepared.push({ job, source });
    }
  }
  const named = explicitParallel(plan.packaging.build.maxParallel, inputs['max-parallel']);
  const jobs = jobsOf(named, Math.min(parallel, prepared.length));
  const { done, failures } = await runBounded(
    prepared,
    parallel,
    async ({ job, source }): Promise<BuiltJob> => {
      const { outputs, seconds } = await host.group(`Build ${titleOf(job)}`, () =>
        buildJob(job, { packaging, state, mirror, parallel, jobs, shared }, stages, `Build ${titleOf(job)}`),
      );
      const { version, origins, seconds: prepareSeconds } = source;
      return { job, version, origins, packages: outputs.packages.split(' '), prepareSeconds, buildSeconds: seconds };
    },
    host.signal,
  );
  progress.built = done;
  host.signal.throwIfAborted();
  if (failures.length > 0) throw failureOf(failures, prepared.length, host);
  for (const each of plan.targets) {
    const engine = engines.get(each.target.format) as Engine;
    progress.published.push(await publishTarget(each, plan, inputs, { state, engine }, stages, host));
  }
}

/** The engine of each format that is built, as its builds choose it. */
async function enginesOf(inputs: Inputs, plan: PipelinePlan, state: string, host: Host) {
  const engines = new Map<'deb' | 'rpm', Engine>();
  for (const format of new Set(plan.targets.map(({ target }) => target.format))) {
    const toolImage = inputs[`tool-image-${format}` as const];
    const asked = { engine: inputs.engine, 'tool-image': toolImage, 'base-image': inputs[`base-image-${format}`] };
    engines.set(format, await engineOf(asked, format, state, host));
  }
  return engines;
}

function entriesOf(published: readonly PublishedTarget[], format: PublishedTarget['format']): string {
  const own = published.filter((each) => each.format === format);
  return own.map(({ entry }) => entry.trim()).join('\n\n');
}

const titleOf = ({ package: entry, target }: Job) => `${entry.name} for ${target.name}`;

/** The one error of builds that failed; each of them is told before, where there were several. */
function failureOf(
  failures: readonly { readonly item: { readonly job: Job }; readonly error: unknown }[],
  count: number,
  host: Host,
): unknown {
  const [first] = failures;
  if (count === 1) return first?.error;
  const bug = failures.find(({ error }) => !isExpected(error));
  if (bug) return bug.error;
  for (const { item, error } of failures) host.error(`${titleOf(item.job)}: ${messageOf(error)}`);
  return new UserError({
    what: `${failures.length} of ${count} builds failed, nothing is published`,
    found: failures.map(({ item }) => titleOf(item.job)).join(', '),
  });
}

function resultOf({ built, published, buildrootSeconds, seconds }: PipelineReport) {
  return {
    built: built.map(({ job, version, origins, packages, prepareSeconds, buildSeconds }) => ({
      package: job.package.name,
      target: job.target.name,
      version,
      origins,
      packages,
      folder: job.packages,
      seconds: { prepare: prepareSeconds, build: buildSeconds },
    })),
    published: published.map(({ target, root, snapshot, changed, channel, ...rest }) => ({
      target,
      repository: root,
      channel,
      snapshot,
      changed,
      installed: rest.installed?.installed ?? [],
      seconds: {
        check: rest.checkSeconds,
        publish: rest.publishSeconds,
        ...(rest.installed ? { install: rest.installed.seconds } : {}),
      },
    })),
    seconds: { buildroots: buildrootSeconds, all: seconds },
  };
}
