/** Which engine sessions run in: the one asked for, or the first that works here. */
import { InfrastructureError, MissingToolError, UserError } from '../../errors.ts';
import type { Logger } from '../../host/host.ts';
import { findClient } from './clients.ts';
import { type Engine, type EngineName, HOST_ENGINE } from './engine.ts';
import { toolImage } from './images.ts';
import { failed, type Probe, probeHost, proveContainers } from './probe.ts';

export interface EngineRequest {
  readonly requested: EngineName | 'auto';
  /** Tools that the sessions need: decides on the tool image. */
  readonly format: 'deb' | 'rpm';
  /** An image to use as it is. */
  readonly toolImage: string | undefined;
  /** What the tool image is made from. */
  readonly baseImage: string | undefined;
  readonly state: string;
  readonly runId: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * The engine, ready to open sessions: with its image built where it needs one.
 *
 * @throws UserError where the one asked for, or with `auto` every one, cannot run sessions here: with what is missing.
 * @throws InfrastructureError where the engine does not answer, or with `auto` one that might have served.
 */
export async function chooseEngine(request: EngineRequest): Promise<Engine> {
  const { requested, logger, signal } = request;
  if (requested === 'host') return hostEngine(request);
  if (requested !== 'auto') {
    const engine = await containerEngine(requested, request);
    logger.info(`engine: ${engine.description}`);
    return engine;
  }
  const passed: { readonly name: EngineName; readonly probe: Probe & { ok: false } }[] = [];
  for (const name of ['host', 'docker', 'podman'] as const) {
    try {
      const engine = name === 'host' ? await hostEngine(request) : await containerEngine(name, request);
      const others = passed.map((each) => `${each.name}: ${each.probe.reason}`).join('; ');
      if (passed.length > 0) logger.info(`engine: ${engine.description} (${others})`);
      else logger.debug(`engine: ${engine.description}`);
      return engine;
    } catch (error) {
      passed.push({ name, probe: failed(error, signal) });
    }
  }
  throw noneWorks(passed);
}

async function hostEngine({ format, state, signal }: EngineRequest): Promise<Engine> {
  const probe = await probeHost(format, state, signal);
  if (!probe.ok) throw probe.error;
  return HOST_ENGINE;
}

async function containerEngine(name: 'docker' | 'podman', request: EngineRequest): Promise<Engine> {
  const { format, state, signal } = request;
  const client = await findClient(name, { signal });
  const image = await toolImage({ ...request, client });
  return proveContainers(client, image, format, state, signal);
}

/** The host's reason first, and its remedy: without containers that is what most have to mend. */
function noneWorks(passed: readonly { readonly name: EngineName; readonly probe: Probe & { ok: false } }[]): UserError {
  const [host, ...others] = passed;
  const told = others.map(({ name, probe }) =>
    probe.error instanceof MissingToolError ? `${name} is not installed` : `${name}: ${probe.reason}`,
  );
  // One that does not answer now may do so later.
  const down = passed.map(({ probe }) => probe.error).find((error) => error instanceof InfrastructureError);
  return new (down === undefined ? UserError : InfrastructureError)(
    {
      what: 'no engine can run build sessions here',
      found: [`host: ${host?.probe.reason}`, ...told].join('; '),
      expected: 'the host, docker or podman',
      remedy: host?.probe.remedy ?? 'see docs/engines.md for what each of them needs',
    },
    { cause: down ?? host?.probe.error },
  );
}
