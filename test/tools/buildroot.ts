/**
 * The one buildroot that all tests with real tools share: made once, kept in .cache/state between runs, brought up to
 * date like any other. Sessions never modify it.
 */
import path from 'node:path';
import { buildrootName, type DebBuildroot, debBuildroot } from '../../src/buildroot/configuration.ts';
import { buildrootFolder, type Generation, holdCurrent } from '../../src/buildroot/generation.ts';
import { prepareState } from '../../src/buildroot/state.ts';
import { holdBuildroot } from '../../src/buildroot/update.ts';
import { resolveTarget } from '../../src/config/target.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import type { Lock } from '../../src/lock.ts';

export const STATE = path.resolve(import.meta.dirname, '../../.cache/state');

/** Target of the tests: the distribution that the host itself runs, so that its mirror serves both. */
export const TARGET = 'debian-12';

/** The generation, held; release the lock when done. */
export async function testGeneration(): Promise<{
  state: string;
  configuration: DebBuildroot;
  generation: Generation;
  lock: Lock;
  name: string;
}> {
  const state = await prepareState(STATE);
  const configuration = await debBuildroot({ target: resolveTarget(TARGET) });
  const held = await holdBuildroot({
    state,
    configuration,
    runId: 'tests',
    logger: new RecordingHost(),
    maxAgeSeconds: 86_400,
  });
  return { state, configuration, ...held };
}

/** Another hold on the same generation. */
export async function holdAgain(): Promise<{ generation: Generation; lock: Lock }> {
  const configuration = await debBuildroot({ target: resolveTarget(TARGET) });
  const held = await holdCurrent(
    buildrootFolder(STATE, buildrootName(configuration.target, configuration.architecture)),
  );
  if (held === undefined) throw new Error('there is no buildroot yet');
  return held;
}
