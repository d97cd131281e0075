/** The first buildroots. */
import { smokeTest } from '../builder/smoke/smoke-test.ts';
import { buildrootName } from '../buildroot/configuration.ts';
import { chooseEngine } from '../buildroot/engine/choose.ts';
import type { Engine } from '../buildroot/engine/engine.ts';
import { buildrootFolder, currentGeneration } from '../buildroot/generation.ts';
import { requestedBuildroot } from '../buildroot/request.ts';
import { updateBuildroot } from '../buildroot/update.ts';
import type { Target } from '../config/target.ts';
import { shellQuote } from '../errors.ts';
import type { Logger } from '../host/host.ts';
import { debArchitecture, rpmArchitecture } from '../rpm/architecture.ts';
import type { Format, SetupEngine } from './packages.ts';
import type { Look, Step } from './step.ts';

export interface BuildrootSetup {
  readonly state: string;
  readonly architecture: string | undefined;
  readonly mirror: string | undefined;
  readonly toolImage: string | undefined;
  readonly baseImage: string | undefined;
  /** Caching proxy that packages are downloaded through. */
  readonly proxy: string | undefined;
  readonly runId: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** The engine that was decided on, ready: with its image made. */
export function engineOf(setup: BuildrootSetup, format: Format, requested: SetupEngine): Promise<Engine> {
  const { toolImage, baseImage, state, runId, logger, signal } = setup;
  return chooseEngine({ requested, format, toolImage, baseImage, state, runId, logger, signal });
}

/**
 * Makes the buildroot of a target where there is none; keeping it up to date is for the daily update.
 *
 * @param reference what update-buildroots is told for the target.
 */
export function buildrootStep(
  setup: BuildrootSetup,
  target: Target,
  engine: SetupEngine,
  reference: string = target.name,
): Step {
  const { state, architecture, mirror, runId, logger, signal } = setup;
  return {
    id: `buildroot/${target.name}`,
    title: `Buildroot of ${target.name}`,
    after: ['packages', 'daemon', 'state', `image/${target.format}`],
    async look(): Promise<Look> {
      const existing = await existingGeneration(state, target, architecture);
      if (existing !== undefined) return { state: 'fine', detail: `generation ${existing} is there` };
      return {
        state: 'needed',
        detail: 'there is none',
        actions: [shellQuote(['pkg-actions', 'update-buildroots', '--targets', reference])],
        async apply() {
          const configuration = await requestedBuildroot({ target, architecture, mirror });
          const { generation, outcome, seconds } = await updateBuildroot({
            state,
            configuration,
            engine: await engineOf(setup, target.format, engine),
            smoke: smokeTest,
            retryRejected: true,
            proxy: setup.proxy,
            runId,
            logger,
            signal,
          });
          return `${outcome}: generation ${generation.id}, in ${seconds.toFixed(0)} s`;
        },
      };
    },
  };
}

/** By the names that a target's own buildroot can have: which architecture is the host's is known once dpkg is there. */
async function existingGeneration(
  state: string,
  target: Target,
  architecture: string | undefined,
): Promise<string | undefined> {
  if (architecture !== undefined) {
    // Either format's name may be given; buildroots have that of their own.
    const own = target.format === 'deb' ? debArchitecture(architecture) : rpmArchitecture(architecture);
    return (await currentGeneration(buildrootFolder(state, buildrootName(target, own))))?.id;
  }
  const configuration = await requestedBuildroot({ target }).catch(() => undefined);
  if (configuration === undefined) return undefined;
  return (await currentGeneration(buildrootFolder(state, buildrootName(target, configuration.architecture))))?.id;
}
