/** What builds of both formats do alike with layers: go on without, and keep one in the room that there is. */
import { forgetAnswers } from '../buildroot/layers/answers.ts';
import { type HeldLayer, pruneLayers } from '../buildroot/layers/store.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../host/host.ts';
import type { BuildCaches } from './build-settings.ts';

/** Of a build's request. */
export interface Sparing {
  readonly logger: Pick<Logger, 'warning'>;
  readonly signal: AbortSignal;
}

/**
 * Does what a build can do without: its failure is a warning, which says `what`.
 *
 * @throws the reason of `signal` where the build was given up.
 */
export async function spare<T>(
  { signal, logger }: Sparing,
  what: string,
  body: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await body();
  } catch (error) {
    signal.throwIfAborted();
    logger.warning(`${what}: ${messageOf(error)}`);
    return undefined;
  }
}

/**
 * Puts a layer in place by `keep`, and removes the least recently used ones that there is no room for any more.
 *
 * @returns the layer, held; `undefined` where `keep` has none, or cannot keep it.
 */
export async function keepInRoom(
  request: Sparing & { readonly state: string; readonly caches: Pick<BuildCaches, 'layers'> },
  keep: () => Promise<HeldLayer | undefined>,
): Promise<HeldLayer | undefined> {
  const layer = await spare(request, 'the layer cannot be kept', keep);
  if (layer === undefined) return undefined;
  await using rollback = new AsyncDisposableStack();
  rollback.use(layer);
  await spare(request, 'old layers cannot be removed', async () => {
    if ((await pruneLayers(request.state, request.caches.layers)).length > 0) await forgetAnswers(request.state);
  });
  rollback.move();
  return layer;
}
