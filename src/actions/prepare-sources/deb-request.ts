/** From inputs and packaging file to what is asked of a Debian source package; inputs win. */
import type { Target } from '../../config/target.ts';
import type { Host } from '../../host/host.ts';
import type { DebSourceRequest } from '../../source/deb-request.ts';
import { commonRequest, readEntry, refuseInputs } from './common-request.ts';
import type { Inputs, Release } from './release.ts';

/** @throws UserError naming the input. */
export function debRequest(
  inputs: Inputs,
  host: Pick<Host, 'workspace'>,
  release: Release | undefined,
  target: Target | undefined,
): DebSourceRequest {
  refuseInputs(
    {
      'spec-file': inputs['spec-file'] !== undefined,
      'rpm-output': inputs['rpm-output'] !== undefined,
      architecture: inputs.architecture !== undefined,
      buildroot: inputs.buildroot !== undefined,
    },
    'deb',
  );
  const own = release?.entry;
  const debianPath = inputs['debian-path'] ?? (own?.debianPath === 'debian' ? undefined : own?.debianPath);
  const distribution = inputs.distribution ?? target?.suite;
  return {
    ...commonRequest(inputs, host, release, target, 'deb'),
    ...(debianPath === undefined ? {} : { debianPath }),
    entry: { ...(distribution === undefined ? {} : { distribution }), ...readEntry(inputs, release) },
    orig: inputs.orig,
    origBase: host.workspace,
    compression: inputs.compression,
  };
}
