/**
 * The one rpm buildroot that all tests with mock share: made once, kept in .cache/state between runs, brought up to date
 * like any other. Sessions never modify it. Made by mock where it is there, else by the stand-in (test/stand-in/mock).
 */
import path from 'node:path';
import type { Generation } from '../../src/buildroot/generation.ts';
import { buildrootFolder, holdCurrent } from '../../src/buildroot/generation.ts';
import { type RpmBuildroot, rpmBuildroot } from '../../src/buildroot/mock/configuration.ts';
import { prepareState } from '../../src/buildroot/state.ts';
import { holdBuildroot } from '../../src/buildroot/update.ts';
import type { Target } from '../../src/config/target.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import type { Lock } from '../../src/lock.ts';
import { which } from '../../src/process.ts';
import { STATE } from './buildroot.ts';
import { type MockConfigOptions, rpmDistribution } from './rpm-distribution.ts';

const STAND_IN = path.resolve(import.meta.dirname, '../stand-in/mock');

/**
 * Sets `MOCK` to the stand-in where neither it nor PATH names mock, and says so.
 *
 * @returns whether this is mock itself.
 */
export function useMock(): boolean {
  const isReal = process.env['MOCK'] !== STAND_IN && (process.env['MOCK'] || which('mock')) !== undefined;
  if (isReal || process.env['MOCK'] === STAND_IN) return isReal;
  process.env['MOCK'] = STAND_IN;
  process.stderr.write('mock is not installed: these tests run its stand-in, and say nothing of mock itself\n');
  return false;
}

/** A target for packages of the synthetic distribution. */
export async function rpmTarget(more: Partial<Target> = {}, config: MockConfigOptions = {}): Promise<Target> {
  const distribution = await rpmDistribution();
  return {
    name: 'synthetic-9',
    aliases: [],
    format: 'rpm',
    distribution: 'synthetic',
    release: '9',
    suite: 'synthetic9',
    architectures: [distribution.architecture],
    components: [],
    sources: [],
    include: [],
    versionTag: 'syn9',
    mock: { text: distribution.mockConfig(config) },
    ...more,
  };
}

/** Name of the shared buildroot: mock and its stand-in have one each. */
const buildrootNameOf = (isReal: boolean): string => (isReal ? 'synthetic-9-mock' : 'synthetic-9-stand-in');

/** The generation, held; release the lock when done. */
export async function testRpmGeneration(): Promise<{
  state: string;
  target: Target;
  configuration: RpmBuildroot;
  generation: Generation;
  lock: Lock;
  name: string;
  /** Whether mock itself made it, and will run. */
  isReal: boolean;
}> {
  const isReal = useMock();
  const state = await prepareState(STATE);
  const target = await rpmTarget({ name: buildrootNameOf(isReal) });
  const configuration = await rpmBuildroot({ target });
  const held = await holdBuildroot({
    state,
    configuration,
    runId: 'tests',
    logger: new RecordingHost(),
    maxAgeSeconds: 86_400,
  });
  return { state, target, configuration, isReal, ...held };
}

/** Another hold on the same generation. */
export async function holdRpmAgain(): Promise<{ generation: Generation; lock: Lock }> {
  const { name, lock } = await testRpmGeneration();
  await lock.release();
  const held = await holdCurrent(buildrootFolder(STATE, name));
  if (held === undefined) throw new Error('there is no buildroot yet');
  return held;
}
