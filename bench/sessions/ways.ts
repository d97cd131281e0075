/** The rows of ours, for packages of both formats. */
import type { Way } from './compare.ts';
import type { DockerEnvironment } from './docker.ts';
import { build, forgetDownloads, forgetLayers, type HowItWas, lastBuild, type Ours } from './ours.ts';

/** Seconds that the engine docker may take more than the host. */
export const OF_DOCKER = 0.4;

/** Of the first way's time, at most. */
export interface Goals {
  readonly first: number;
  readonly hit: number;
}

/**
 * First builds, one with the layer there, and the same in docker, in this order: each leaves what the next one needs.
 *
 * @param warmUp whether all are done before anything is counted, or the first alone.
 */
export function oursWays(
  ours: Ours,
  source: string,
  docker: DockerEnvironment | undefined,
  goals: Goals | undefined,
  warmUp = true,
): Way[] {
  const { action, state } = ours;
  const hit = `${action}, layer hit`;
  const expect = (layer: HowItWas['layer'], kept?: boolean) => async () => {
    const was = await lastBuild(ours);
    // What needs nothing installed has no layer, and downloads nothing.
    if (was.layer === 'none needed') return;
    if (was.layer !== layer) throw new Error(`the layer was ${was.layer}, not ${layer}`);
    // Folders of this host, as of the synthetic distribution, are not downloaded from.
    if (kept === undefined || was.downloads === undefined || was.downloads.kept + was.downloads.missing === 0) return;
    const isRight = kept ? was.downloads.missing === 0 : was.downloads.kept === 0;
    if (!isRight) throw new Error(`${was.downloads.kept} packages were kept, ${was.downloads.missing} were not`);
  };
  const first = goals === undefined ? {} : { ofFirst: goals.first };
  const ways: Way[] = [
    {
      name: `${action}, first build: no layer, nothing kept`,
      async before() {
        await forgetLayers(state);
        await forgetDownloads(state);
      },
      once: () => build(ours, source),
      after: expect('made', false),
      warmUp: true,
      ...first,
    },
    {
      name: `${action}, first build: no layer, downloads kept`,
      before: () => forgetLayers(state),
      once: () => build(ours, source),
      after: expect('made', true),
      ...first,
    },
    {
      name: hit,
      once: () => build(ours, source),
      after: expect('hit'),
      warmUp,
      ...(goals === undefined ? {} : { ofFirst: goals.hit }),
    },
  ];
  if (docker !== undefined) {
    const inDocker: Ours = { ...ours, env: { ...ours.env, ...docker.env } };
    ways.push({
      name: `${hit}, engine docker`,
      once: () => build(inDocker, source, docker.options),
      after: expect('hit'),
      warmUp,
      over: { name: hit, seconds: OF_DOCKER },
    });
  }
  return ways;
}
