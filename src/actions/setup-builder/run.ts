/** Sets this host up, step by step, and ends with what doctor says of it. */
import path from 'node:path';
import { defaultStateFolder } from '../../buildroot/state.ts';
import { findTarget, loadPackaging } from '../../config/packaging.ts';
import { isTargetFile, resolveTargetReference } from '../../config/target.ts';
import { examineHost } from '../../doctor/examine.ts';
import { failuresOf } from '../../doctor/report.ts';
import { doctorSummary } from '../../doctor/table.ts';
import { askedUses } from '../../doctor/uses.ts';
import { UserError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { InputValues, OutputValues } from '../../inputs.ts';
import { readDistribution } from '../../setup/distribution.ts';
import { checkTargets, planSteps, purposeOf, type SetupRequest, type SetupTarget, usesOf } from '../../setup/plan.ts';
import { makeSteps } from '../../setup/step.ts';
import { setupSummary } from '../../setup/summary.ts';
import { thisSystem } from '../../setup/system.ts';
import { osRelease } from '../../tool-packages.ts';
import type { action } from './inputs.ts';

type Inputs = InputValues<typeof action.inputs>;
type Outputs = OutputValues<typeof action.outputs>;

/**
 * @throws UserError before anything is changed for what cannot be done here; at the end, with the outputs set, where a step
 *   failed or doctor misses something.
 */
export async function run(inputs: Inputs, host: Host): Promise<Outputs> {
  const dryRun = inputs['dry-run'];
  if (!dryRun && process.getuid?.() !== 0) {
    throw new UserError({
      what: 'a host is set up by root',
      found: `uid ${process.getuid?.()}`,
      remedy: 'run as root, or with sudo; --dry-run only says what would be done',
    });
  }
  const request = await requestOf(inputs, host);
  const system = thisSystem(host, host.signal);
  const purpose = purposeOf(request, system);
  await checkTargets(request, purpose);
  const steps = await makeSteps(planSteps(system, request), { dryRun, logger: host, signal: host.signal });
  host.output('changed', String(steps.some(({ outcome }) => outcome === 'changed')));
  host.output('steps', JSON.stringify(steps));
  await host.summary(setupSummary(steps, dryRun));

  const report = await host.group('Looking at this host', () =>
    examineHost({
      state: request.setup.state,
      work: host.workspace,
      wanted: askedUses(usesOf(purpose)),
      engine: Object.values(purpose.engines).find((engine) => engine !== 'host'),
      toolImage: inputs['tool-image'],
      proxy: inputs.proxy,
      signal: host.signal,
      progress: (title) => host.progress(title),
    }),
  );
  host.output('doctor', report.result);
  await host.summary(doctorSummary(report));
  if (!dryRun) {
    refuseUnready(
      'some steps failed',
      steps.filter(({ outcome }) => outcome === 'failed'),
    );
    refuseUnready('the host is set up, and not ready', failuresOf(report.checks));
  }
  return {
    changed: String(steps.some(({ outcome }) => outcome === 'changed')),
    steps: JSON.stringify(steps),
    doctor: report.result,
  };
}

function refuseUnready(what: string, wrong: readonly { readonly title: string }[]): void {
  if (wrong.length === 0) return;
  throw new UserError({
    what,
    found: wrong.map(({ title }) => title).join(', '),
    remedy: 'the tables say why and what mends it; run it again afterwards: what is done stays done',
  });
}

async function requestOf(inputs: Inputs, host: Host): Promise<SetupRequest> {
  return {
    distribution: readDistribution(osRelease()),
    targets: await targetsOf(inputs, host.workspace),
    engine: inputs.engine,
    packages: inputs.packages,
    publisher: inputs.publisher,
    buildroots: inputs.buildroots,
    timer: inputs.timer,
    time: inputs['timer-time'],
    timerCommand: inputs['timer-command'],
    packaging: inputs.packaging,
    force: inputs.force,
    setup: {
      state: path.resolve(inputs.state ?? defaultStateFolder()),
      architecture: inputs.architecture,
      mirror: inputs.mirror,
      toolImage: inputs['tool-image'],
      baseImage: inputs['base-image'],
      proxy: inputs.proxy,
      runId: host.runId,
      logger: host,
      signal: host.signal,
    },
  };
}

async function targetsOf({ targets, packaging }: Inputs, workspace: string): Promise<SetupTarget[]> {
  if (packaging !== undefined) {
    const file = await loadPackaging(packaging);
    const found = targets.length === 0 ? file.targets : targets.map((name) => findTarget(file, name));
    return found.map((target) => ({ target, reference: target.name }));
  }
  return Promise.all(
    targets.map(async (name) => {
      // The timer starts anywhere.
      const file = isTargetFile(name) ? path.resolve(workspace, name) : undefined;
      const target = await resolveTargetReference(file ?? name);
      return { target, reference: file ?? target.name };
    }),
  );
}
