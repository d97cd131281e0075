/** The build of one job, by the action for its format. */
import { auto, processorShare } from '../../builder/build-settings.ts';
import { action as mockAction } from '../build-mock/inputs.ts';
import { run as buildMock } from '../build-mock/run.ts';
import { action as sbuildAction } from '../build-sbuild/inputs.ts';
import { run as buildSbuild } from '../build-sbuild/run.ts';
import { mirrorOf } from './buildroots.ts';
import type { Job } from './plan.ts';
import { type SharedValues, sharedFor } from './shared.ts';
import type { Stages } from './stage.ts';

export interface BuildSettings {
  readonly packaging: string | undefined;
  readonly state: string;
  readonly mirror: string | undefined;
  /** Places on this machine: each build is told of all, so that none waits for one that is free. */
  readonly parallel: number;
  /** Jobs of one build, where nobody said how many: by the builds that there are. */
  readonly jobs: number | undefined;
  readonly shared: SharedValues;
}

/**
 * Jobs of each build where neither packaging file nor person said how many builds or jobs there are: the processors,
 * shared among as many builds as run at once; `undefined` where somebody did.
 *
 * @param named the number of builds at once that somebody named.
 * @param atOnce how many do run at once.
 */
export const jobsOf = (named: number | undefined, atOnce: number): number | undefined =>
  named === undefined ? processorShare(atOnce) : undefined;

/** @throws whatever the build throws. */
export async function buildJob(
  { target, reference, sources, packages, package: entry }: Job,
  { packaging, state, mirror, parallel, jobs, shared }: BuildSettings,
  stages: Stages,
  title: string,
) {
  const table = (target.format === 'deb' ? sbuildAction : mockAction).inputs;
  const inputs = {
    ...sharedFor(shared, target.format, table),
    // By the name that the packaging file has: what the source package calls itself is a change's to say.
    'compiler-cache-key': entry.name,
    ...(jobs === undefined || auto(entry.build.parallel) !== undefined ? {} : { jobs: String(jobs) }),
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
