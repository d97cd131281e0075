import path from 'node:path';
import type { Host } from '../../host/host.ts';
import type { OutputValues } from '../../inputs.ts';
import type { DebSourceRequest } from '../../source/deb-request.ts';
import { type PreparedDebSource, prepareDebSource } from '../../source/prepare-deb.ts';
import { type PreparedRpmSource, prepareRpmSource } from '../../source/prepare-rpm.ts';
import type { PreparedSource } from '../../source/prepared.ts';
import type { RpmSourceRequest } from '../../source/rpm-request.ts';
import { engineOf } from '../build-request.ts';
import { debRequest } from './deb-request.ts';
import type { action } from './inputs.ts';
import { chooseTarget, type Inputs, readRelease } from './release.ts';
import { rpmRequest } from './rpm-request.ts';
import { summarise } from './summary.ts';

export type { Inputs } from './release.ts';

export type SourceRequest =
  | { readonly format: 'deb'; readonly request: DebSourceRequest }
  | { readonly format: 'rpm'; readonly request: RpmSourceRequest };

/** Prepares a source package from git checkouts: a Debian one, or an rpm one where the target is for rpm packages. */
export async function run(inputs: Inputs, host: Host): Promise<OutputValues<typeof action.outputs>> {
  const { format, request } = await readRequest(inputs, host);
  const made: Partial<PreparedDebSource & PreparedRpmSource> & PreparedSource =
    format === 'deb'
      ? await prepareDebSource(request, host, host.signal)
      : await prepareRpmSource(request, host, host.signal);
  host.info(`${made.name} ${made.version} is in ${made.folder}`);
  await host.summary(summarise(made));
  return {
    manifest: made.manifestFile,
    dsc: made.dsc ?? '',
    srpm: made.srpm ?? '',
    version: made.version,
    name: made.name,
    folder: made.folder,
    artifact: (inputs.upload ? await upload(made, request.version.target, host) : undefined) ?? '',
  };
}

/** The name says what is in it: jobs of a matrix that prepare for several targets must not use one name. */
async function upload(
  { name, version, folder, manifest, manifestFile }: PreparedSource,
  target: string | undefined,
  host: Host,
): Promise<string | undefined> {
  const files = [...manifest.files.map((file) => file.name), path.basename(manifestFile)];
  return await host.upload(`sources-${name}-${version}${target === undefined ? '' : `-${target}`}`, folder, files);
}

/**
 * Puts inputs and packaging.yml together; inputs win. The target decides the format; without one it is deb.
 *
 * @param choose the engine of a session, once there is to be one.
 * @throws UserError naming the input.
 */
export async function readRequest(
  inputs: Inputs,
  host: Host,
  choose: typeof engineOf = engineOf,
): Promise<SourceRequest> {
  const release = await readRelease(inputs, host.workspace);
  const target = await chooseTarget(inputs, release);
  return target?.format === 'rpm'
    ? { format: 'rpm', request: await rpmRequest(inputs, host, release, target, choose) }
    : { format: 'deb', request: debRequest(inputs, host, release, target) };
}
