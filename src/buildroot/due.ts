/** Whether a buildroot needs a new generation: by its configuration, by what changed upstream, by what is not wanted. */
import { CommandError, type UserError } from '../errors.ts';
import { type Buildroot, configurationDigest, isRpmBuildroot } from './configuration.ts';
import type { Generation, GenerationRecord } from './generation.ts';
import { changedRepositories } from './mock/upstream.ts';
import { describeRejection, type Rejection, readRejection, SmokeTestError } from './rejection.ts';
import { changedReleases } from './releases.ts';
import { explainFailure } from './update-failure.ts';

/** How upstream is looked at. */
export interface UpstreamOptions {
  readonly signal?: AbortSignal;
  /** Address of the proxy that packages are downloaded through: there may be no other way. */
  readonly proxy?: string | undefined;
}

/** Why there has to be a new generation; `undefined` where the current one is as it would be. */
export async function reasonToUpdate(
  current: Generation | undefined,
  configuration: Buildroot,
  options: UpstreamOptions,
): Promise<string | undefined> {
  if (current === undefined) return 'there was none';
  if (current.record.configurationDigest !== configurationDigest(configuration)) return 'its configuration changed';
  const { releases } = current.record;
  if (releases.length === 0) return 'its archive cannot be compared';
  const changed = await changedUpstream(releases, configuration, options);
  return changed.length === 0 ? undefined : `${changed.join(', ')} changed upstream`;
}

/** What changed upstream since a generation was made from these. */
async function changedUpstream(
  releases: GenerationRecord['releases'],
  configuration: Buildroot,
  { signal, proxy }: UpstreamOptions,
): Promise<string[]> {
  const how = { ...(signal ? { signal } : {}), ...(proxy ? { proxy } : {}) };
  try {
    return isRpmBuildroot(configuration)
      ? await changedRepositories(releases, { attempts: 2, ...how })
      : await changedReleases(releases, how);
  } catch (error) {
    if (signal?.aborted || !(error instanceof CommandError)) throw error;
    throw explainFailure(error, configuration);
  }
}

/** What upstream would give again, where that is not wanted. */
export async function stillRejected(
  folder: string,
  options: UpstreamOptions & {
    readonly configuration: Buildroot;
    /** Make it all the same. */
    readonly force?: boolean;
    /** Make again what did not pass its smoke test. */
    readonly retryRejected?: boolean;
  },
): Promise<Rejection | undefined> {
  const { configuration } = options;
  const rejection = options.force ? undefined : await readRejection(folder);
  if (rejection === undefined || rejection.configurationDigest !== configurationDigest(configuration)) return undefined;
  if (rejection.kind === 'smoke-test' && options.retryRejected) return undefined;
  const changed = await changedUpstream(rejection.releases, configuration, options);
  return changed.length === 0 ? rejection : undefined;
}

/** Where that leaves nothing to build on. */
export function rejectionError(name: string, rejection: Rejection): UserError {
  return new SmokeTestError(
    {
      what: `the buildroot ${name} has no generation for its configuration`,
      found: `upstream is as it was for ${describeRejection(rejection)}`,
      remedy: 'run update-buildroots, which tries again, when the cause is gone',
    },
    rejection.verdict ?? 'configuration',
  );
}
