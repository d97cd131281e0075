/** What every build action asks for in the same way: engine, caches, a place on the host, the buildroot to build on. */
import type { BuildCaches } from '../builder/build-settings.ts';
import { checkBuildroot } from '../builder/build-settings.ts';
import { smokeTest } from '../builder/smoke/smoke-test.ts';
import type { Buildroot } from '../buildroot/configuration.ts';
import { chooseEngine } from '../buildroot/engine/choose.ts';
import type { Engine } from '../buildroot/engine/engine.ts';
import type { Generation } from '../buildroot/generation.ts';
import { scratchSize } from '../buildroot/scratch.ts';
import type { Place } from '../buildroot/slots.ts';
import { holdBuildroot } from '../buildroot/update.ts';
import type { Host, Logger } from '../host/host.ts';
import type { InputValues } from '../inputs.ts';
import type { Lock } from '../lock.ts';
import type { cacheInputs, engineInputs } from './session/inputs.ts';

/** A build request without what each attempt gets anew: its generation, and the share of memory that is free then. */
export type PlannedRequest<R> = Omit<R, 'generation' | 'lock' | 'scratch'>;

export interface BuildPlan<R> {
  readonly request: PlannedRequest<R>;
  /** How many builds this host runs at once. */
  readonly parallel: number;
  /** How often a build is tried again. */
  readonly retries: number;
  /** Seconds to wait for a place, and for locks. */
  readonly lockSeconds: number;
  /** What the session of a build on this place may write to, as it is to be had now. */
  readonly scratch: (place?: Place) => Promise<number | 'disk'>;
  /**
   * Holds the buildroot, made or brought up to date where that is due. The build releases it.
   *
   * @param refresh whether upstream is looked at in any case.
   */
  readonly hold: (refresh: boolean) => Promise<{ readonly generation: Generation; readonly lock: Lock }>;
}

export function cachesOf(inputs: InputValues<typeof cacheInputs>): BuildCaches {
  const { 'compiler-cache': tool, 'compiler-cache-key': key } = inputs;
  return {
    layers: inputs.layers ? inputs['layers-size'] : 0,
    downloads: inputs['download-cache'] ? inputs['download-cache-size'] : 0,
    proxy: inputs.proxy,
    compilerCache:
      tool === 'none' ? undefined : { tool, mostBytes: inputs['compiler-cache-size'], ...(key ? { key } : {}) },
  };
}

/** @throws UserError where the engine asked for does not work here. */
export function engineOf(
  inputs: InputValues<typeof engineInputs>,
  format: 'deb' | 'rpm',
  state: string,
  host: Host,
): Promise<Engine> {
  return chooseEngine({
    requested: inputs.engine,
    format,
    toolImage: inputs['tool-image'],
    baseImage: inputs['base-image'],
    state,
    runId: host.runId,
    logger: host,
    signal: host.signal,
  });
}

/** What a build takes of the host: retries, places, memory. */
export function shareOf(
  { limits, logger }: { readonly limits: { readonly retries: number }; readonly logger: Logger },
  parallel: number,
  tmpfsSize: number | 'auto' | undefined,
): Pick<BuildPlan<unknown>, 'parallel' | 'retries' | 'scratch'> {
  return {
    parallel,
    retries: limits.retries,
    scratch: (place) => scratchSize({ requested: tmpfsSize ?? 'auto', parallel, logger, ...(place ? { place } : {}) }),
  };
}

export interface HoldRequest {
  readonly inputs: { readonly buildroot: string | undefined; readonly 'buildroot-max-age': number };
  readonly configuration: Buildroot;
  readonly format: 'deb' | 'rpm';
  readonly request: {
    readonly state: string;
    readonly architecture: string;
    readonly engine: Engine;
    readonly caches: BuildCaches;
  };
  readonly lockSeconds: number;
}

/** How a build's buildroot is held. */
export function holdOf(
  { inputs, configuration, format, request, lockSeconds }: HoldRequest,
  host: Host,
): BuildPlan<unknown>['hold'] {
  return async (refresh) => {
    const { generation, lock } = await holdBuildroot({
      state: request.state,
      configuration,
      engine: request.engine,
      name: inputs.buildroot,
      runId: host.runId,
      logger: host,
      signal: host.signal,
      lockSeconds,
      smoke: smokeTest,
      proxy: request.caches.proxy,
      maxAgeSeconds: refresh ? 0 : inputs['buildroot-max-age'],
    });
    await checkBuildroot({ generation, lock }, format, request.architecture);
    return { generation, lock };
  };
}
