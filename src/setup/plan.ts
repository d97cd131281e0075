/** All steps of setting a host up, in order. */
import { requestedBuildroot } from '../buildroot/request.ts';
import type { Target } from '../config/target.ts';
import type { Use } from '../doctor/check.ts';
import type { BuildrootSetup } from './buildroot-steps.ts';
import { buildrootStep } from './buildroot-steps.ts';
import type { Distribution } from './distribution.ts';
import { fileStep } from './file-step.ts';
import { imageStep } from './image-step.ts';
import { daemonStep, packagesStep, repositoriesStep } from './package-steps.ts';
import { engineFor, type Format, type Purpose, packagesFor, type SetupEngine } from './packages.ts';
import { stateStep } from './state-step.ts';
import type { Look, Step } from './step.ts';
import type { System } from './system.ts';
import { CONFIGURATION_FILE, configurationText, cronFiles, SERVICE, systemdFiles, timerCommand } from './timer.ts';

export interface SetupTarget {
  readonly target: Target;
  /** What update-buildroots is told for it: its name, or the absolute path of its file where no packaging file has it. */
  readonly reference: string;
}

export interface SetupRequest {
  readonly distribution: Distribution;
  readonly targets: readonly SetupTarget[];
  readonly engine: SetupEngine | 'auto';
  readonly packages: boolean;
  readonly publisher: boolean;
  readonly buildroots: boolean;
  readonly timer: 'auto' | 'yes' | 'no';
  /** `HH:MM`. */
  readonly time: string;
  readonly timerCommand: string | undefined;
  /** Absolute; the timer gives it on. */
  readonly packaging: string | undefined;
  readonly force: boolean;
  readonly setup: BuildrootSetup;
}

/**
 * What the host is for: formats of the targets, or where there is none that of the distribution.
 *
 * @throws UserError where the engine that was asked for cannot be had on it.
 */
export function purposeOf(
  { distribution, targets, engine, publisher, timer }: SetupRequest,
  { hasSystemd }: Pick<System, 'hasSystemd'>,
): Purpose {
  const own: Format = distribution.family === 'debian' ? 'deb' : 'rpm';
  const formats = targets.length === 0 ? [own] : [...new Set(targets.map(({ target }) => target.format))];
  const engines: Partial<Record<Format, SetupEngine>> = {};
  for (const format of formats) engines[format] = engineFor(format, engine, distribution);
  const archives = targets.flatMap(({ target }) => (target.format === 'deb' ? [target.distribution] : []));
  return {
    engines,
    archives: [...new Set(targets.length === 0 && own === 'deb' ? [distribution.id] : archives)],
    publish: publisher ? formats : [],
    cron: timer === 'yes' && !hasSystemd && targets.length > 0,
  };
}

/** The same in doctor's words. */
export function usesOf({ engines, publish }: Purpose): Use[] {
  const builds = Object.entries(engines).map(([format, engine]) =>
    engine === 'host' ? (format as Format) : 'containers',
  );
  return [...new Set<Use>([...builds, ...publish.map((format) => `publish-${format}` as const)])];
}

/**
 * Looks whether buildroots can be made of the targets, as far as that can be known before anything is installed: mock's
 * configurations are the host's also where mock runs in containers, and no step brings them there.
 *
 * @throws UserError as `requestedBuildroot`.
 */
export async function checkTargets(
  { targets, buildroots, setup }: SetupRequest,
  { engines }: Pick<Purpose, 'engines'>,
): Promise<void> {
  if (!buildroots || engines.rpm === 'host') return;
  for (const { target } of targets) {
    if (target.format === 'rpm') await requestedBuildroot({ target, architecture: setup.architecture });
  }
}

/** @throws UserError as `purposeOf`. */
export function planSteps(system: System, request: SetupRequest): Step[] {
  const { distribution, targets, setup } = request;
  const purpose = purposeOf(request, system);
  const { engines } = purpose;
  const steps: Step[] = [];
  if (request.packages) {
    if (engines.rpm === 'host') steps.push(repositoriesStep(system, distribution));
    steps.push(packagesStep(system, distribution, packagesFor(distribution, purpose, system.has)));
  }
  if (Object.values(engines).includes('docker')) steps.push(daemonStep(system));
  steps.push(stateStep(setup.state));
  for (const [format, engine] of Object.entries(engines) as [Format, SetupEngine][]) {
    if (engine !== 'host') steps.push(imageStep(system, setup, format, engine));
  }
  if (request.buildroots) {
    for (const { target, reference } of targets) {
      steps.push(buildrootStep(setup, target, engines[target.format] ?? 'host', reference));
    }
  }
  steps.push(timerStep(system, request));
  return steps;
}

function timerStep(system: System, request: SetupRequest): Step {
  const head = { id: 'timer', title: 'Daily update of buildroots' };
  const skip = (detail: string): Step => ({ ...head, look: async () => ({ state: 'skip', detail }) });
  if (request.timer === 'no') return skip('not asked for');
  if (request.timer === 'auto' && !system.hasSystemd) {
    return skip('systemd does not run here; with timer: yes cron does it');
  }
  if (request.targets.length === 0) return skip('no targets were given');
  return { ...head, look: () => lookAtTimer(system, request, head) };
}

async function lookAtTimer(
  system: System,
  request: SetupRequest,
  head: { readonly id: string; readonly title: string },
): Promise<Look> {
  const { setup, time, targets, engine } = request;
  const command = timerCommand(request.timerCommand);
  const configuration = configurationText({
    targets: targets.map(({ reference }) => reference).join(','),
    state: setup.state,
    architecture: setup.architecture,
    mirror: setup.mirror,
    proxy: setup.proxy,
    packaging: request.packaging,
    // Each target's own where nobody said.
    engine: engine === 'auto' ? undefined : engine,
    'tool-image': setup.toolImage,
    'base-image': setup.baseImage,
  });
  const unit = `${SERVICE}.timer`;
  const enable = [
    ['systemctl', 'daemon-reload'],
    ['systemctl', 'enable', '--now', unit],
  ] as const;
  return await fileStep(system, {
    ...head,
    files: {
      [CONFIGURATION_FILE]: configuration,
      ...(system.hasSystemd ? systemdFiles(command, time) : cronFiles(command, time)),
    },
    force: request.force,
    logger: setup.logger,
    ...(system.hasSystemd
      ? {
          afterwards: enable,
          pending: async () =>
            (await system.ask(['systemctl', 'is-enabled', '--quiet', unit])).exitCode === 0 &&
            (await system.ask(['systemctl', 'is-active', '--quiet', unit])).exitCode === 0
              ? []
              : enable,
        }
      : {}),
  }).look();
}
