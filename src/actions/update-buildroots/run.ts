/** Updates the buildroots of one or more targets, or goes back to their former generations. */
import os from 'node:os';
import { smokeTest } from '../../builder/smoke/smoke-test.ts';
import type { Buildroot } from '../../buildroot/configuration.ts';
import { requestedBuildroot } from '../../buildroot/request.ts';
import { rollbackBuildroot } from '../../buildroot/rollback.ts';
import { prepareState } from '../../buildroot/state.ts';
import { type UpdateResult, updateBuildroot } from '../../buildroot/update.ts';
import { checkReleaseArchitecture } from '../../config/architectures.ts';
import { findTarget, loadPackaging, type Packaging } from '../../config/packaging.ts';
import { resolveTargetReference, type Target } from '../../config/target.ts';
import { CommandError, messageOf, UserError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { InputValues, OutputValues } from '../../inputs.ts';
import { inParallel } from '../../parallel.ts';
import { engineOf } from '../build-request.ts';
import type { action } from './inputs.ts';
import { failureEntry, resultEntry, summaryOf, type TargetFailure } from './report.ts';

type Inputs = InputValues<typeof action.inputs>;
type Outputs = OutputValues<typeof action.outputs>;

/** Buildroots made side by side at most: each keeps a processor, the disk and the network busy. */
const MOST_AT_ONCE = 4;

/** @throws UserError when any buildroot could not be updated: outputs and summary tell of all of them all the same. */
export async function run(inputs: Inputs, host: Host): Promise<Outputs> {
  const packaging = inputs.packaging === undefined ? undefined : await loadPackaging(inputs.packaging);
  const targets = await chosenTargets(inputs, packaging);
  refuseUnnamed(inputs, targets);
  refuseForeign(inputs, targets);
  refuseBoth(inputs);
  const state = await prepareState(inputs.state, host);
  const engines = new Map<Target['format'], ReturnType<typeof engineOf>>();
  const engineFor = (format: Target['format']) => {
    const engine = engines.get(format) ?? engineOf(inputs, format, state, host);
    engines.set(format, engine);
    return engine;
  };
  const results: UpdateResult[] = [];
  const failures: TargetFailure[] = [];
  const update = async (target: Target): Promise<void> => {
    try {
      const configuration = await configurationOf(inputs, target, packaging);
      const common = {
        state,
        configuration,
        name: inputs.name,
        runId: host.runId,
        logger: host,
        signal: host.signal,
        ...(packaging ? { lockSeconds: packaging.limits.lockTimeout } : {}),
      };
      const result = await host.group(`Buildroot of ${target.name}`, async () =>
        inputs.rollback
          ? rollbackBuildroot(common)
          : updateBuildroot({
              ...common,
              engine: await engineFor(target.format),
              force: inputs.force,
              retryRejected: true,
              keep: inputs.keep,
              proxy: inputs.proxy,
              ...(inputs['smoke-test'] ? { smoke: smokeTest } : {}),
            }),
      );
      results.push(result);
      host.info(`${result.name}: ${result.outcome}, generation ${result.generation.id} (${result.reason})`);
    } catch (error) {
      // One target's mirror must not keep the others from their update.
      if (host.signal.aborted) throw error;
      failures.push({ target: target.name, error });
      if (targets.length > 1) host.error(messageOf(error));
    }
  };
  await inParallel(targets, Math.min(MOST_AT_ONCE, os.availableParallelism()), update);

  const order = (name: string) => targets.findIndex((target) => target.name === name);
  failures.sort((a, b) => order(a.target) - order(b.target));
  results.sort((a, b) => a.name.localeCompare(b.name, 'en'));
  await host.summary(summaryOf(results, failures));
  const outputs: Outputs = {
    changed: String(results.some(({ outcome }) => outcome !== 'unchanged')),
    failed: failures.map(({ target }) => target).join(' '),
    result: JSON.stringify([...results.map(resultEntry), ...failures.map(failureEntry)]),
  };
  if (failures.length > 0) {
    for (const [name, value] of Object.entries(outputs)) host.output(name, value);
    throw failed(failures, targets.length);
  }
  return outputs;
}

function failed(failures: readonly TargetFailure[], targets: number): unknown {
  const bug = failures.find(({ error }) => !(error instanceof UserError || error instanceof CommandError));
  if (bug !== undefined) return bug.error;
  if (targets === 1) return failures[0]?.error;
  return new UserError({
    what: 'some buildroots could not be updated',
    found: failures.map(({ target }) => target).join(', '),
    remedy: 'their last generations stay in use; see the errors above',
  });
}

async function configurationOf(inputs: Inputs, target: Target, packaging: Packaging | undefined): Promise<Buildroot> {
  const configuration = await requestedBuildroot({
    target,
    architecture: inputs.architecture,
    mirror: inputs.mirror,
    repositories: inputs.repositories,
    keys: inputs['repository-keys'],
    pins: inputs.pins,
    include: inputs.include,
  });
  if (packaging !== undefined) checkReleaseArchitecture(packaging, configuration.architecture);
  return configuration;
}

async function chosenTargets(inputs: Inputs, packaging: Packaging | undefined): Promise<Target[]> {
  if (inputs.targets.length === 0) {
    if (packaging === undefined) {
      throw new UserError({
        what: 'no target to update',
        where: 'input targets',
        expected: 'targets such as debian-12, or a packaging file',
      });
    }
    return [...packaging.targets];
  }
  return Promise.all(
    inputs.targets.map((name) =>
      packaging === undefined ? resolveTargetReference(name) : findTarget(packaging, name),
    ),
  );
}

/** A buildroot with things of its own under the target's name would be made anew by the next plain build. */
function refuseUnnamed(inputs: Inputs, targets: readonly Target[]): void {
  const own = (['repositories', 'pins', 'include'] as const).find((name) => inputs[name].length > 0);
  if (own !== undefined && inputs.name === undefined) {
    throw new UserError({
      what: 'a buildroot of its own kind needs a name',
      where: `input ${own}`,
      expected: 'the input name, for builds to ask for as buildroot',
    });
  }
  if (inputs.name !== undefined && targets.length > 1) {
    throw new UserError({
      what: 'a name is for one buildroot',
      where: 'input name',
      found: `${targets.length} targets`,
      expected: 'one target',
    });
  }
}

/** What is for one format alone must not be given in vain. */
function refuseForeign(inputs: Inputs, targets: readonly Target[]): void {
  if (targets.some(({ format }) => format === 'deb')) return;
  const given = { mirror: inputs.mirror !== undefined, pins: inputs.pins.length > 0 };
  const remedy = {
    mirror: 'mirrors of an rpm target are named in its mock configuration',
    pins: 'give the repository a priority: NAME URL priority=N',
  };
  for (const name of ['mirror', 'pins'] as const) {
    if (!given[name]) continue;
    throw new UserError({
      what: 'an input for deb targets alone',
      where: `input ${name}`,
      found: `rpm targets: ${targets.map((target) => target.name).join(', ')}`,
      remedy: remedy[name],
    });
  }
}

/** One makes new generations, the other goes back to old ones. */
function refuseBoth(inputs: Inputs): void {
  if (!inputs.rollback || !inputs.force) return;
  throw new UserError({
    what: 'inputs that contradict each other',
    where: 'inputs rollback and force',
    found: 'true and true',
    expected: 'one of them: force ends a rollback',
  });
}
