/** The first stage: buildroots of all targets, made or brought up to date. */

import { diagnoseThrown } from '../../builder/thrown.ts';
import { buildrootName, configurationDigest } from '../../buildroot/configuration.ts';
import { buildrootFolder, currentGeneration } from '../../buildroot/generation.ts';
import { requestedBuildroot } from '../../buildroot/request.ts';
import type { Target } from '../../config/target.ts';
import { messageOf } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import { action } from '../update-buildroots/inputs.ts';
import { run } from '../update-buildroots/run.ts';
import { isExpected } from './bounded.ts';
import { type SharedValues, sharedFor } from './shared.ts';
import { runStage } from './stage.ts';

export interface BuildrootsRequest {
  /** With what the update is told for each: its name, or its file. */
  readonly targets: readonly { readonly target: Target; readonly reference: string }[];
  readonly packaging: string | undefined;
  readonly state: string;
  readonly mirror: string | undefined;
  readonly shared: SharedValues;
}

/**
 * Updates them one by one. Where that fails and the target has a generation made from the same configuration, that is
 * used, as a build does: an archive that cannot be reached is then a warning. So is what may pass: a build makes its
 * buildroot where there is none, and has retries.
 *
 * @throws UserError or CommandError for a target that has none.
 */
export async function updateBuildroots(request: BuildrootsRequest, host: Host): Promise<void> {
  const { packaging, state, mirror, shared } = request;
  for (const { target, reference } of request.targets) {
    try {
      const told = sharedFor(shared, target.format, action.inputs);
      await runStage(action, run, { ...told, targets: reference, packaging, state, ...mirrorOf(target, mirror) }, host);
    } catch (error) {
      if (host.signal.aborted || !isExpected(error)) throw error;
      const isThere = await hasGeneration(target, request);
      if (!isThere && !diagnoseThrown(error, target.format)?.diagnosis.retryable) throw error;
      host.warning(
        isThere
          ? `the buildroot of ${target.name} could not be brought up to date, its last generation is used: ${messageOf(error)}`
          : `the buildroot of ${target.name} could not be made, its first build tries again: ${messageOf(error)}`,
      );
    }
  }
}

/** A mirror is one of an apt archive: rpm targets have theirs in mock's configuration. */
export function mirrorOf(target: Target, mirror: string | undefined): { mirror?: string | undefined } {
  return target.format === 'deb' ? { mirror } : {};
}

async function hasGeneration(target: Target, { state, mirror }: BuildrootsRequest): Promise<boolean> {
  const configuration = await requestedBuildroot({ target, mirror });
  const folder = buildrootFolder(state, buildrootName(target, configuration.architecture));
  const current = await currentGeneration(folder);
  return current?.record.configurationDigest === configurationDigest(configuration);
}
