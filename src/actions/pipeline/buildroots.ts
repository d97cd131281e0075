/** The first stage: buildroots of all targets, made or brought up to date. */
import { buildrootName, configurationDigest, debBuildroot } from '../../buildroot/configuration.ts';
import { buildrootFolder, currentGeneration } from '../../buildroot/generation.ts';
import type { Target } from '../../config/target.ts';
import { messageOf } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import { action } from '../update-buildroots/inputs.ts';
import { run } from '../update-buildroots/run.ts';
import { isExpected } from './bounded.ts';
import { runStage } from './stage.ts';

export interface BuildrootsRequest {
  readonly targets: readonly Target[];
  readonly packaging: string | undefined;
  readonly state: string;
  readonly mirror: string | undefined;
}

/**
 * Updates them one by one. Where that fails and the target has a generation made from the same configuration, that is
 * used, as a build does: an archive that cannot be reached is then a warning.
 *
 * @throws UserError or CommandError for a target that has none.
 */
export async function updateBuildroots(request: BuildrootsRequest, host: Host): Promise<void> {
  const { packaging, state, mirror } = request;
  for (const target of request.targets) {
    try {
      await runStage(action, run, { targets: target.name, packaging, state, mirror }, host);
    } catch (error) {
      if (host.signal.aborted || !isExpected(error) || !(await hasGeneration(target, request))) throw error;
      host.warning(
        `the buildroot of ${target.name} could not be brought up to date, its last generation is used: ${messageOf(error)}`,
      );
    }
  }
}

async function hasGeneration(target: Target, { state, mirror }: BuildrootsRequest): Promise<boolean> {
  const configuration = await debBuildroot({ target, mirror });
  const folder = buildrootFolder(state, buildrootName(target, configuration.architecture));
  const current = await currentGeneration(folder);
  return current?.record.configurationDigest === configurationDigest(configuration);
}
