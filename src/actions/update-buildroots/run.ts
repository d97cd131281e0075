/** Updates the buildroots of one or more targets, one after the other: each uses the whole machine and the network. */
import { requestedBuildroot } from '../../buildroot/request.ts';
import { prepareState } from '../../buildroot/state.ts';
import { type UpdateResult, updateBuildroot } from '../../buildroot/update.ts';
import { checkReleaseArchitecture } from '../../config/architectures.ts';
import { findTarget, loadPackaging, type Packaging } from '../../config/packaging.ts';
import { resolveTargetReference, type Target } from '../../config/target.ts';
import { CommandError, messageOf, UserError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { InputValues, OutputValues } from '../../inputs.ts';
import type { action } from './inputs.ts';

type Inputs = InputValues<typeof action.inputs>;

export async function run(inputs: Inputs, host: Host): Promise<OutputValues<typeof action.outputs>> {
  const packaging = inputs.packaging === undefined ? undefined : await loadPackaging(inputs.packaging);
  const targets = await chosenTargets(inputs, packaging);
  refuseUnnamed(inputs, targets);
  refuseForeign(inputs, targets);
  const state = await prepareState(inputs.state);
  const results: UpdateResult[] = [];
  const failures: string[] = [];
  for (const target of targets) {
    try {
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
      const result = await host.group(`Buildroot of ${target.name}`, () =>
        updateBuildroot({
          state,
          configuration,
          name: inputs.name,
          runId: host.runId,
          logger: host,
          signal: host.signal,
          force: inputs.force,
          ...(packaging ? { lockSeconds: packaging.limits.lockTimeout } : {}),
        }),
      );
      results.push(result);
      host.info(`${result.name}: ${result.outcome}, generation ${result.generation.id} (${result.reason})`);
    } catch (error) {
      // One target's mirror must not keep the others from their update.
      const known = error instanceof UserError || error instanceof CommandError;
      if (host.signal.aborted || targets.length === 1 || !known) throw error;
      host.error(messageOf(error));
      failures.push(target.name);
    }
  }
  await host.summary(summary(results));
  if (failures.length > 0) {
    throw new UserError({
      what: 'some buildroots could not be updated',
      found: failures.join(', '),
      remedy: 'their last generations stay in use; see the errors above',
    });
  }
  return {
    changed: String(results.some((result) => result.outcome !== 'unchanged')),
    result: JSON.stringify(
      results.map(({ name, generation, outcome, reason, removed }) => ({
        name,
        generation: generation.id,
        outcome,
        reason,
        removed,
      })),
    ),
  };
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

function summary(results: readonly UpdateResult[]): string {
  const rows = results.map(
    ({ name, outcome, reason, generation, seconds }) =>
      `| ${name} | ${outcome} | ${reason} | \`${generation.id}\` | ${generation.record.packages.length} | ${Math.round(generation.record.bytes / 1024 ** 2)} MiB | ${seconds.toFixed(1)} s |`,
  );
  return [
    '## Buildroots',
    '',
    '| buildroot | outcome | why | generation | packages | size | time |',
    '|---|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
