/** The registry: every action, its table of inputs, and how its code is loaded. */
import type { ActionSpec, InputTable, OutputTable } from '../inputs.ts';
import type { Run } from '../main.ts';
import { action as buildMock } from './build-mock/inputs.ts';
import { action as buildSbuild } from './build-sbuild/inputs.ts';
import { action as checkVersion } from './check-version/inputs.ts';
import { action as cleanUp } from './clean-up/inputs.ts';
import { action as doctor } from './doctor/inputs.ts';
import { action as manageRepository } from './manage-repository/inputs.ts';
import { action as mirrorRepository } from './mirror-repository/inputs.ts';
import { action as pipeline } from './pipeline/inputs.ts';
import { action as prepareSources } from './prepare-sources/inputs.ts';
import { action as setupBuilder } from './setup-builder/inputs.ts';
import { action as signPublish } from './sign-publish/inputs.ts';
import { action as updateBuildroots } from './update-buildroots/inputs.ts';

export interface RegisteredAction {
  readonly spec: ActionSpec;
  /** Loads the action's code, and with it what is heavy. */
  load(): Promise<Run<InputTable, OutputTable>>;
}

/** Ties an action's table to its code. */
export function register<I extends InputTable, O extends OutputTable>(
  spec: ActionSpec<I, O>,
  load: () => Promise<{ readonly run: Run<I, O> }>,
): RegisteredAction {
  return {
    spec,
    // The table that reads the inputs is the one that `run` is typed by: this is where the two are tied together.
    load: async () => (await load()).run as unknown as Run<InputTable, OutputTable>,
  };
}

/** In the order of a package's way, which is that of help and documentation. */
export const ACTIONS: readonly RegisteredAction[] = [
  register(prepareSources, () => import('./prepare-sources/run.ts')),
  register(updateBuildroots, () => import('./update-buildroots/run.ts')),
  register(buildSbuild, () => import('./build-sbuild/run.ts')),
  register(buildMock, () => import('./build-mock/run.ts')),
  register(checkVersion, () => import('./check-version/run.ts')),
  register(signPublish, () => import('./sign-publish/run.ts')),
  register(mirrorRepository, () => import('./mirror-repository/run.ts')),
  register(manageRepository, () => import('./manage-repository/run.ts')),
  register(setupBuilder, () => import('./setup-builder/run.ts')),
  register(doctor, () => import('./doctor/run.ts')),
  register(cleanUp, () => import('./clean-up/run.ts')),
  register(pipeline, () => import('./pipeline/run.ts')),
];
