import { describe, expect, it, vi } from 'vitest';
import { keepInRoom, spare } from '../../../src/builder/layer-keeping.ts';
import type { HeldLayer } from '../../../src/buildroot/layers/store.ts';
import { RecordingHost } from '../../../src/host/recording.ts';

const failing = () => Promise.reject(new Error('the disk is full'));

describe('what a build can do without', () => {
  it('gives what it did, or a warning', async () => {
    const logger = new RecordingHost();
    const request = { logger, signal: new AbortController().signal };
    expect(await spare(request, 'x cannot be kept', async () => 7)).toBe(7);
    expect(logger.annotations('warning')).toEqual([]);
    expect(await spare(request, 'x cannot be kept', failing)).toBeUndefined();
    expect(logger.annotations('warning').map(({ message }) => message)).toEqual(['x cannot be kept: the disk is full']);
  });

  it('is no warning in a build that was given up', async () => {
    const logger = new RecordingHost();
    const reason = new Error('given up');
    await expect(spare({ logger, signal: AbortSignal.abort(reason) }, 'x', failing)).rejects.toBe(reason);
    expect(logger.annotations('warning')).toEqual([]);
  });
});

describe('a layer that is kept in the room that there is', () => {
  const layer = () => {
    const release = vi.fn(async () => {});
    return { release, layer: { id: 'x', release, [Symbol.asyncDispose]: release } as unknown as HeldLayer };
  };
  /** Where what is to be removed cannot be known. */
  const request = (signal: AbortSignal) => ({
    logger: new RecordingHost(),
    signal,
    state: '/nowhere',
    caches: {
      get layers(): number {
        throw new Error('cannot be read');
      },
    },
  });

  it('stays held where others cannot be removed', async () => {
    const { layer: made, release } = layer();
    const asked = request(new AbortController().signal);
    expect(await keepInRoom(asked, async () => made)).toBe(made);
    expect(release).not.toHaveBeenCalled();
    expect(asked.logger.annotations('warning').map(({ message }) => message)).toEqual([
      'old layers cannot be removed: cannot be read',
    ]);
  });

  it('is let go of in a build that was given up', async () => {
    const { layer: made, release } = layer();
    const reason = new Error('given up');
    await expect(keepInRoom(request(AbortSignal.abort(reason)), async () => made)).rejects.toBe(reason);
    expect(release).toHaveBeenCalledOnce();
  });

  it('is none where it cannot be kept', async () => {
    const asked = request(new AbortController().signal);
    expect(await keepInRoom(asked, failing)).toBeUndefined();
    expect(asked.logger.annotations('warning').map(({ message }) => message)).toEqual([
      'the layer cannot be kept: the disk is full',
    ]);
  });
});
