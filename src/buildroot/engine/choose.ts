/** Which engine sessions run in: the one asked for, or the first that works here. */
import type { Logger } from '../../host/host.ts';
import { type Engine, type EngineName, HOST_ENGINE } from './engine.ts';

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
 * @throws InfrastructureError where the engine does not answer.
 */
export async function chooseEngine(_request: EngineRequest): Promise<Engine> {
  return HOST_ENGINE;
}
