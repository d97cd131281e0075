/** The build of one job, by the action for its format. */
import { action as mockAction } from '../build-mock/inputs.ts';
import { run as buildMock } from '../build-mock/run.ts';
import { action as sbuildAction } from '../build-sbuild/inputs.ts';
import { run as buildSbuild } from '../build-sbuild/run.ts';
import { mirrorOf } from './buildroots.ts';
import type { Job } from './plan.ts';
import type { Stages } from './stage.ts';

export interface BuildSettings {
  readonly packaging: string | undefined;
  readonly state: string;
  readonly mirror: string | undefined;
  /** Builds at once on this machine. */
  readonly parallel: number;
}

/** @throws whatever the build throws. */
export async function buildJob(
  { target, reference, sources, packages }: Job,
  { packaging, state, mirror, parallel }: BuildSettings,
  stages: Stages,
  title: string,
) {
  const inputs = {
    source: sources,
    output: packages,
    target: reference,
    packaging,
    state,
    'max-parallel': String(parallel),
    ...mirrorOf(target, mirror),
  };
  return target.format === 'deb'
    ? await stages.run(title, sbuildAction, buildSbuild, inputs)
    : await stages.run(title, mockAction, buildMock, inputs);
}
