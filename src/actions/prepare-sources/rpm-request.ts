/** From inputs and packaging file to what is asked of an rpm source package; inputs win. */
import { BUILD_DEFAULTS } from '../../builder/build-settings.ts';
import { smokeTest } from '../../builder/smoke/smoke-test.ts';
import { rpmBuildroot } from '../../buildroot/mock/configuration.ts';
import { buildrootTree } from '../../buildroot/mock/tree.ts';
import { openSpecSession } from '../../buildroot/spec-session.ts';
import { prepareState } from '../../buildroot/state.ts';
import { holdBuildroot } from '../../buildroot/update.ts';
import type { Target } from '../../config/target.ts';
import { UserError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { OpenedExpander } from '../../rpm/spec-expander.ts';
import type { RpmSourceRequest } from '../../source/rpm-request.ts';
import { withRetries } from '../build-attempts.ts';
import { engineOf } from '../build-request.ts';
import { commonRequest, readEntry, refuseInputs } from './common-request.ts';
import type { Inputs, Release } from './release.ts';

/**
 * @param choose the engine of the session, once there is to be one.
 * @throws UserError naming the input.
 */
export async function rpmRequest(
  inputs: Inputs,
  host: Host,
  release: Release | undefined,
  target: Target,
  choose: typeof engineOf = engineOf,
): Promise<RpmSourceRequest> {
  refuseInputs(
    {
      'debian-path': inputs['debian-path'] !== undefined,
      distribution: inputs.distribution !== undefined,
      orig: inputs.orig.length > 0,
      compression: inputs.compression !== 'gzip',
    },
    'rpm',
  );
  // The one that build-mock has, so that both use the same generations.
  const configuration = await rpmBuildroot({ target, architecture: inputs.architecture });
  const specFile = inputs['spec-file'] ?? release?.entry.specFile;
  const open = async (state: string): Promise<OpenedExpander> => {
    const engine = await choose(inputs, 'rpm', state, host);
    const { generation, lock } = await holdBuildroot({
      state,
      configuration,
      engine,
      name: inputs.buildroot,
      runId: host.runId,
      logger: host,
      signal: host.signal,
      lockSeconds: release?.lockSeconds ?? BUILD_DEFAULTS.lockSeconds,
      smoke: smokeTest,
      proxy: inputs.proxy,
      maxAgeSeconds: inputs['buildroot-max-age'],
    });
    try {
      return await openSpecSession({
        state,
        runId: host.runId,
        generation: generation.id,
        tree: buildrootTree(generation),
        lock,
        engine,
        log: host,
        signal: host.signal,
      });
    } catch (error) {
      await lock.release();
      throw error;
    }
  };
  const openExpander = async (): Promise<OpenedExpander> => {
    if (process.getuid?.() !== 0) {
      throw new UserError({
        what: "sources of rpm packages are prepared on a build host, where the target's buildroot can be entered",
        found: `uid ${process.getuid?.()}`,
        expected: 'root: a spec is a program, and runs only in a session over the buildroot',
        remedy: 'run the job on a runner pkg-builder, or with sudo',
      });
    }
    const state = await prepareState(inputs.state, host);
    const retries = inputs.retries ?? release?.retries ?? BUILD_DEFAULTS.retries;
    return await withRetries(() => open(state), { format: 'rpm', retries }, host);
  };
  return {
    ...commonRequest(inputs, host, release, target, 'rpm'),
    ...(specFile === undefined ? {} : { specFile }),
    entry: readEntry(inputs, release),
    kind: inputs['rpm-output'] ?? 'srpm',
    target: { name: target.name, suite: target.suite, architecture: configuration.architecture },
    openExpander,
  };
}
