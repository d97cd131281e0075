/** A buildroot of either format, as it is asked for. */
import { type Buildroot, type BuildrootRequest, debBuildroot } from './configuration.ts';
import { rpmBuildroot } from './mock/configuration.ts';

/**
 * Reads the request into a configuration. `mirror` and `pins` are for deb targets, others leave them aside.
 *
 * @throws UserError as `debBuildroot` and `rpmBuildroot`.
 */
export async function requestedBuildroot(request: BuildrootRequest): Promise<Buildroot> {
  if (request.target.format === 'deb') return debBuildroot(request);
  const { mirror: _mirror, pins: _pins, ...rest } = request;
  return rpmBuildroot(rest);
}
