/** The whole chain on one machine: the actions as CI runs them, one after the other, builds side by side. */
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { debBuildroot } from '../../buildroot/configuration.ts';
import { availableMemory, scratchSize } from '../../buildroot/scratch.ts';
import { prepareState } from '../../buildroot/state.ts';
import { holdBuildroot } from '../../buildroot/update.ts';
import { parseAptSource } from '../../deb/apt-source.ts';
import { CommandError, messageOf, UserError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { InputValues, OutputValues } from '../../inputs.ts';
import { installAndTry } from '../../systemtest/install.ts';
import { action as buildAction } from '../build-sbuild/inputs.ts';
import { run as build } from '../build-sbuild/run.ts';
import { action as checkAction } from '../check-version/inputs.ts';
import { run as check } from '../check-version/run.ts';
import { action as prepareAction } from '../prepare-sources/inputs.ts';
import { run as prepare } from '../prepare-sources/run.ts';
import { action as publishAction } from '../sign-publish/inputs.ts';
import { run as publish } from '../sign-publish/run.ts';
import { action as updateAction } from '../update-buildroots/inputs.ts';
import { run as update } from '../update-buildroots/run.ts';
import type { action } from './inputs.ts';
import { type Job, planPipeline, type TargetPlan } from './plan.ts';
import { checkOut } from './projects.ts';
import { runStage } from './stage.ts';
import { type BuiltJob, type PublishedTarget, pipelineSummary } from './summary.ts';

type Inputs = InputValues<typeof action.inputs>;

/** A build wants about this much memory for what it writes; fewer run at once where there is less. */
const MEMORY_PER_BUILD = 2 * 1024 ** 3;

export async function run(inputs: Inputs, host: Host): Promise<OutputValues<typeof action.outputs>> {
  const started = performance.now();
  const plan = await planPipeline(inputs, host.workspace);
  const state = await prepareState(inputs.state);
  const parallel = await parallelBuilds(inputs, plan.packaging.build.maxParallel);
  const packaging = plan.file;

  const buildroots = await runStage(
    updateAction,
    update,
    { targets: plan.targets.map(({ target }) => target.name).join('\n'), packaging, state, mirror: inputs.mirror },
    host,
  );

  const jobs = plan.targets.flatMap((each) => each.jobs.map((job) => ({ job, repository: each.repository })));
  const prepared = new Map<Job, { version: string; seconds: number }>();
  for (const { job, repository } of jobs) {
    prepared.set(
      job,
      await host.group(`Prepare ${job.package.name} for ${job.target.name}`, () =>
        prepareJob(job, repository.root, inputs, packaging, host),
      ),
    );
  }
  const built = await buildAll(
    jobs.map(({ job }) => job),
    parallel,
    async (job) => {
      const { outputs, seconds } = await host.group(`Build ${job.package.name} for ${job.target.name}`, () =>
        runStage(
          buildAction,
          build,
          {
            source: job.sources,
            output: job.packages,
            target: job.target.name,
            packaging,
            state,
            mirror: inputs.mirror,
            'max-parallel': String(parallel),
          },
          host,
        ),
      );
      const { version = '', seconds: prepareSeconds = 0 } = prepared.get(job) ?? {};
      return { job, version, packages: outputs.packages.split(' '), prepareSeconds, buildSeconds: seconds };
    },
    host,
  );

  const published: PublishedTarget[] = [];
  for (const each of plan.targets) {
    published.push(await publishTarget(each, built, inputs, state, packaging, host));
  }
  const summary = pipelineSummary({
    release: plan.packaging.release,
    buildrootSeconds: buildroots.seconds,
    built,
    published,
    seconds: (performance.now() - started) / 1000,
  });
  await host.summary(summary);
  return {
    result: JSON.stringify({
      built: built.map(({ job, version, packages }) => ({
        package: job.package.name,
        target: job.target.name,
        version,
        packages,
        folder: job.packages,
      })),
      published: published.map(({ target, root, snapshot, changed, channel }) => ({
        target,
        repository: root,
        channel,
        snapshot,
        changed,
      })),
    }),
    'sources-entry': published.map(({ sourcesEntry }) => sourcesEntry.trim()).join('\n\n'),
  };
}

async function prepareJob(job: Job, repository: string, inputs: Inputs, packaging: string | undefined, host: Host) {
  const { package: entry, target } = job;
  const place = (role: string) => path.join(inputs.work, 'projects', `${entry.name}-${role}.git`);
  const code = await checkOut(entry.code, place('code'), host, host.signal);
  const spec = entry.spec && (await checkOut(entry.spec, place('spec'), host, host.signal));
  const { outputs, seconds } = await runStage(
    prepareAction,
    prepare,
    {
      packaging,
      package: entry.name,
      target: target.name,
      code: code.folder,
      ref: code.ref,
      spec: spec?.folder,
      'spec-ref': spec?.ref,
      output: job.sources,
      // An orig tarball that was published once is the one for its version, whatever a later git or gzip would make.
      orig: await publishedSource(repository, inputs.channel ?? 'latest', target.suite),
    },
    host,
  );
  return { version: outputs.version, seconds };
}

/** Runs every build, at most `parallel` at once; a failed one does not stop the others, but what follows. */
async function buildAll(
  jobs: readonly Job[],
  parallel: number,
  one: (job: Job) => Promise<BuiltJob>,
  host: Host,
): Promise<BuiltJob[]> {
  const waiting = [...jobs];
  const built: BuiltJob[] = [];
  const failures: { job: Job; error: unknown }[] = [];
  const worker = async () => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      if (host.signal.aborted) return;
      try {
        built.push(await one(job));
      } catch (error) {
        failures.push({ job, error });
        if (!(error instanceof UserError || error instanceof CommandError)) waiting.length = 0;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, jobs.length) }, worker));
  host.signal.throwIfAborted();
  const [first] = failures;
  if (first === undefined) return built.sort((a, b) => jobs.indexOf(a.job) - jobs.indexOf(b.job));
  if (failures.length === 1 && jobs.length === 1) throw first.error;
  const bug = failures.find(({ error }) => !(error instanceof UserError || error instanceof CommandError));
  if (bug) throw bug.error;
  for (const { job, error } of failures) host.error(`${job.package.name} for ${job.target.name}: ${messageOf(error)}`);
  throw new UserError({
    what: `${failures.length} of ${jobs.length} builds failed, nothing is published`,
    found: failures.map(({ job }) => `${job.package.name} for ${job.target.name}`).join(', '),
  });
}

const snapshotReport = z.object({
  packages: z.array(z.object({ name: z.string(), version: z.string(), architecture: z.string(), type: z.string() })),
});

async function publishTarget(
  { target, repository, jobs }: TargetPlan,
  built: readonly BuiltJob[],
  inputs: Inputs,
  state: string,
  packaging: string | undefined,
  host: Host,
): Promise<PublishedTarget> {
  const mine = built.filter(({ job }) => job.target === target);
  const folders = jobs.map((job) => job.packages).join('\n');
  const channel = inputs.channel ?? repository.known?.channels[0] ?? 'latest';
  const checked = await host.group(`Check versions against ${repository.root}`, async () => {
    const source = await publishedSource(repository.root, channel, repository.known?.suite ?? target.suite);
    if (source === undefined) {
      host.info('the repository is new: nothing to compare with');
      return undefined;
    }
    return runStage(
      checkAction,
      check,
      { packages: folders, repositories: `${channel}: ${source}`, 'allow-missing': 'true' },
      host,
    );
  });
  const { outputs, seconds } = await host.group(`Sign and publish for ${target.name}`, () =>
    runStage(
      publishAction,
      publish,
      {
        packages: folders,
        repository: repository.root,
        packaging,
        'repository-name': packaging === undefined ? undefined : repository.known?.name,
        channel: inputs.channel,
        'signing-key': inputs['signing-key'].reveal(),
        'signing-key-passphrase': inputs['signing-key-passphrase']?.reveal(),
        'allow-key-change': String(inputs['allow-key-change']),
      },
      host,
    ),
  );
  const common = {
    target: target.name,
    root: repository.root,
    channel: outputs.channel,
    snapshot: outputs.snapshot,
    changed: outputs.changed === 'true',
    fingerprint: outputs.fingerprint,
    sourcesEntry: outputs['sources-entry'],
    checkSeconds: checked?.seconds ?? 0,
    publishSeconds: seconds,
  };
  if (!inputs.install) return { ...common, installed: undefined };
  const installed = await host.group(`Install in a clean session of ${target.name}`, () =>
    install({ target, repository, jobs }, mine, common, inputs, state, host),
  );
  return { ...common, installed };
}

async function install(
  { target, repository, jobs }: TargetPlan,
  built: readonly BuiltJob[],
  published: { readonly channel: string },
  inputs: Inputs,
  state: string,
  host: Host,
): Promise<NonNullable<PublishedTarget['installed']>> {
  const place = path.join(repository.root, 'public', published.channel);
  const snapshot = snapshotReport.parse(JSON.parse(await readFile(path.join(place, 'snapshot.json'), 'utf8')));
  const line = await publishedSource(repository.root, published.channel, repository.known?.suite ?? target.suite);
  if (line === undefined) throw new Error(`nothing is published in ${repository.root}`);
  const key = await readFile(path.join(repository.root, 'public', 'key.asc'), 'utf8');
  const names = new Set(built.flatMap(({ packages }) => packages));
  const packages = snapshot.packages.filter(
    ({ name, type }) => type === 'deb' && names.has(name) && !name.endsWith('-dbgsym'),
  );
  const configuration = await debBuildroot({ target, mirror: inputs.mirror });
  const { generation, lock } = await holdBuildroot({
    state,
    configuration,
    runId: host.runId,
    logger: host,
    signal: host.signal,
    maxAgeSeconds: Number.POSITIVE_INFINITY,
  });
  const commands =
    inputs.smoke.length > 0 ? [inputs.smoke] : jobs.flatMap((job) => (job.package.smoke ? [job.package.smoke] : []));
  const result = await installAndTry({
    state,
    scratch: await scratchSize({ requested: 'auto', parallel: 1 }),
    generation,
    lock,
    repository: { source: parseAptSource(line, 'repository'), key },
    packages: packages.map(({ name, version }) => ({ name, version })),
    smoke: commands,
    timeoutSeconds: 1800,
    runId: host.runId,
    logger: host,
    signal: host.signal,
  });
  for (const entry of result.installed) host.info(`installed ${entry}`);
  for (const { command, output } of result.tried) host.info(`${command}: ${output.split('\n')[0] ?? ''}`);
  return result;
}

/** The channel of a repository folder as an apt source; `undefined` where nothing is published yet. */
async function publishedSource(root: string, channel: string, suite: string): Promise<string | undefined> {
  const text = await readFile(path.join(root, 'public', channel, 'dists', suite, 'Release'), 'utf8').catch(
    () => undefined,
  );
  const components = /^Components: (.+)$/m.exec(text ?? '')?.[1];
  if (components === undefined) return undefined;
  const key = path.join(root, 'public', 'key.asc');
  return `deb [signed-by=${key}] ${path.join(root, 'public', channel)} ${suite} ${components}`;
}

async function parallelBuilds(inputs: Inputs, configured: number | 'auto'): Promise<number> {
  if (inputs['max-parallel'] !== undefined) return inputs['max-parallel'];
  if (configured !== 'auto') return configured;
  const byMemory = Math.floor((await availableMemory()) / MEMORY_PER_BUILD);
  return Math.max(1, Math.min(os.availableParallelism(), byMemory));
}
