/** docker for measurements: one of its own, as the tests have it, that ends when it is let go. */
import { chooseEngine } from '../../src/buildroot/engine/choose.ts';
import type { Engine } from '../../src/buildroot/engine/engine.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { which } from '../../src/process.ts';
import { testBaseImage, useDocker } from '../../test/tools/docker.ts';
import { testToolImage } from '../../test/tools/tool-images.ts';
import { notMeasured, say } from './table.ts';

export interface DockerEnvironment extends AsyncDisposable {
  /** Environment of the command line. */
  readonly env: Readonly<Record<string, string>>;
  /** Options of the command line. */
  readonly options: readonly string[];
  /** The same for sessions that are opened here. */
  engine(state: string): Promise<Engine>;
}

/**
 * A dockerd that runs until this is closed, with the tool image for `format`: made where there is none, and kept below
 * `.cache` for the next run. No mount and no process is left.
 *
 * @returns `undefined` where docker is not installed, which is said.
 */
export async function dockerEnvironment(format: 'deb' | 'rpm'): Promise<DockerEnvironment | undefined> {
  const missing = ['docker', 'dockerd'].filter((tool) => which(tool) === undefined);
  if (missing.length > 0) {
    notMeasured(`the engine docker, as ${missing.join(' and ')} is not installed`);
    return undefined;
  }
  say(`starting a dockerd, with the tool image for ${format}`);
  await using rollback = new AsyncDisposableStack();
  const used = rollback.use(await useDocker());
  const baseImage = await testBaseImage(used);
  await testToolImage(used, format);
  rollback.move();
  return {
    env: used.env,
    options: ['--engine', 'docker', '--base-image', baseImage],
    engine: (state) =>
      chooseEngine({
        requested: 'docker',
        format,
        toolImage: undefined,
        baseImage,
        state,
        runId: 'bench',
        logger: new RecordingHost(),
        signal: new AbortController().signal,
      }),
    [Symbol.asyncDispose]: used.close,
  };
}
