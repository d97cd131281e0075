/**
 * Publishers, promotions, rollbacks and removals that end by SIGKILL at random moments: what channels serve is the
 * complete old or the complete new state, clients accept it, what comes next works, and no package is lost. The same
 * for every format. `PKG_ACTIONS_KILLS=1000` makes it as many for each format; `PKG_ACTIONS_SEED` repeats the choices
 * that a failed test names.
 */
import { randomInt } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestFile } from '../../src/manifest.ts';
import { run } from '../../src/process.ts';
import { RepositoryPaths } from '../../src/repository/layout.ts';
import type { PublishOptions } from '../../src/repository/publish.ts';
import { poolFilesOf, readChannels, readSnapshot } from '../../src/repository/snapshot.ts';
import type { KillTask, KillWork } from './kill-child.ts';
import { type KillEnd, KillProcesses } from './kill-process.ts';
import { manage } from './manage-child.ts';
import { publishTask } from './publish-child.ts';
import type { Workbench } from './publish-helpers.ts';
import { expectSound, expectTidy } from './sound.ts';

/** What the tests below need of a format. */
export interface KillFormat {
  readonly format: KillTask['format'];
  readonly bench: Pick<Workbench, 'folder' | 'repository' | 'host' | 'secret' | typeof Symbol.asyncDispose> & {
    publish(packages: readonly string[], extra?: Partial<PublishOptions>): Promise<{ readonly changed: boolean }>;
  };
  /** A build of the version `1.<number>` of `hello`, with its source; of another package without it. */
  build(number: number, name?: string): Promise<string>;
  /** Reads a channel of `public/` as clients do, every signature and digest. @returns `name version` of all packages. */
  served(channel: string): Promise<string[]>;
  /** What `served` tells of it. */
  namesOf(number: number, name?: string): readonly string[];
  /** The real client reads the channel, and fetches all of it. */
  fetch(channel: string): Promise<void>;
}

/** What channels serve. */
type State = Readonly<Record<string, readonly string[]>>;

/** Something that is killed. */
interface Scene {
  readonly name: string;
  readonly work: KillWork;
  /** Of how many runs it is one. */
  readonly weight: number;
  readonly state: State;
}

/** Kills of one test: it is what is repeated when something fails. */
const KILLS_PER_TEST = 10;
/** Every so many runs the real client looks, wherever the kill fell. */
const LOOK_EVERY = 5;
const DAY = 86_400_000;

let made: KillFormat;
let bench: KillFormat['bench'];
let base: string;
let after: string;
let before: State;
let scenes: readonly Scene[];
let processes: KillProcesses;
let paths: RepositoryPaths;

async function fresh(): Promise<void> {
  await rm(bench.repository, { recursive: true, force: true });
  await run(['cp', '-a', base, bench.repository]);
}

/** What the channels serve, all of it complete: signatures, indexes, every file of every package and source. */
async function served(): Promise<State> {
  const state: Record<string, string[]> = {};
  for (const [channel, id] of [...(await readChannels(paths))].sort()) {
    state[channel] = await made.served(channel);
    for (const file of poolFilesOf(await readSnapshot(paths, id))) {
      expect(await digestFile(path.join(paths.public, file.path))).toMatchObject({ sha256: file.sha256 });
    }
  }
  return state;
}

/** The work of a scene, in this process. */
async function again({ work }: Scene): Promise<void> {
  const root = bench.repository;
  if (work.command === 'publish') {
    await publishTask({ format: made.format, root, key: bench.secret, ...work });
  } else {
    const signal = new AbortController().signal;
    await manage(work, { root, holder: 'a test', leaseSeconds: 300, logger: bench.host, signal });
  }
}

/** mulberry32: numbers of 0 to 1, the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Every scene as often as its weight says, in an order of chance. */
function schedule(count: number, random: () => number): Scene[] {
  const all = scenes.flatMap((scene) => Array<Scene>(scene.weight).fill(scene));
  const order: Scene[] = [];
  while (order.length < count) {
    order.push(
      ...all
        .map((scene) => ({ scene, key: random() }))
        .sort((a, b) => a.key - b.key)
        .map(({ scene }) => scene),
    );
  }
  return order.slice(0, count);
}

async function prepare(makeFormat: () => Promise<KillFormat>): Promise<void> {
  made = await makeFormat();
  ({ bench } = made);
  paths = new RepositoryPaths(bench.repository);
  processes = new KillProcesses(path.join(bench.folder, 'compiled'));
  base = path.join(bench.folder, 'base');
  const builds: string[] = [];
  for (const number of [1, 2, 3, 4]) builds.push(await made.build(number));
  const [first = '', second = '', third = '', fourth = ''] = builds;
  const data = await made.build(0, 'data');
  after = await made.build(0, 'afterwards');
  // Long ago, so that what channels have left may go.
  const at = (days: number) => ({ root: base, now: () => new Date(Date.now() - days * DAY) });
  await bench.publish([first, data], at(60));
  await bench.publish([first, data], { ...at(60), channel: 'stable' });
  await bench.publish([second], at(59));
  await bench.publish([third], at(58));

  const state = (latest: number, stable?: number): State => {
    const list = (number: number) => [...made.namesOf(0, 'data'), ...made.namesOf(number)].sort();
    return { latest: list(latest), ...(stable === undefined ? {} : { stable: list(stable) }) };
  };
  before = state(3, 1);
  const key = bench.secret;
  scenes = [
    { name: 'publish', work: { command: 'publish', packages: [fourth] }, weight: 8, state: state(4, 1) },
    {
      name: 'downgrade',
      work: { command: 'publish', packages: [first], allowDowngrade: 'a test' },
      weight: 3,
      state: state(1, 1),
    },
    { name: 'promote', work: { command: 'promote', from: 'latest', to: 'stable' }, weight: 2, state: state(3, 3) },
    {
      name: 'promote-packages',
      work: { command: 'promote-packages', packages: ['hello'], from: 'latest', to: 'stable', key },
      weight: 2,
      state: state(3, 3),
    },
    { name: 'rollback', work: { command: 'rollback', channel: 'latest' }, weight: 1, state: state(2, 1) },
    { name: 'rollback-dated', work: { command: 'rollback', channel: 'latest', key }, weight: 1, state: state(2, 1) },
    { name: 'remove', work: { command: 'remove', channel: 'stable' }, weight: 1, state: state(3) },
    { name: 'prune', work: { command: 'prune', keep: 1 }, weight: 2, state: before },
  ];
}

/**
 * Tests of what `makeFormat` makes, in the file that calls it.
 *
 * @param kills how many at random moments, unless the environment says it.
 * @param everyStep scenes that are also killed at every step; other tests do it with the others.
 */
export function testKills(makeFormat: () => Promise<KillFormat>, kills: number, everyStep: readonly string[]): void {
  const count = Number(process.env['PKG_ACTIONS_KILLS'] ?? kills);
  const tests = Array.from({ length: Math.ceil(count / KILLS_PER_TEST) }, (_, index) => ({
    number: index + 1,
    kills: Math.min(KILLS_PER_TEST, count - index * KILLS_PER_TEST),
  }));
  beforeAll(async () => {
    await prepare(makeFormat);
  });
  afterAll(async () => {
    await processes[Symbol.asyncDispose]();
    await bench[Symbol.asyncDispose]();
  });

  /** When every step of a scene is done, where nothing ends it: measured once. */
  const profiles = new Map<string, readonly { readonly step: string; readonly at: number }[]>();
  const profileOf = async (scene: Scene) => {
    const known = profiles.get(scene.name);
    if (known !== undefined) return known;
    await fresh();
    const end = await processes.run(taskOf(scene));
    expect(end).toMatchObject({ code: 0, output: '' });
    expect(await served()).toEqual(scene.state);
    profiles.set(scene.name, end.steps);
    return end.steps;
  };
  const taskOf = ({ work }: Scene, kill?: KillTask['kill']): KillTask => ({
    format: made.format,
    root: bench.repository,
    key: bench.secret,
    work,
    ...(kill === undefined ? {} : { kill }),
  });

  it.each(everyStep)('SIGKILL at every step of %s', async (name) => {
    const scene = scenes.find((each) => each.name === name);
    if (scene === undefined) throw new Error(`there is no scene ${name}`);
    const profile = await profileOf(scene);
    for (let steps = 1; steps <= profile.length; steps++) {
      await fresh();
      const ended = await processes.run(taskOf(scene, { steps }));
      const story = `${name}, killed when ${profile[steps - 1]?.step} was done (${steps})`;
      expect({ story, signal: ended.signal }).toEqual({ story, signal: 'SIGKILL' });
      await telling(story, () => checkAfter(scene, ended, { turn: steps, isOther: steps % 2 === 0 }));
    }
  });

  describe('SIGKILL at random moments', () => {
    it.each(tests)('$number: of $kills', async ({ kills: wanted }) => {
      const seed = Number(process.env['PKG_ACTIONS_SEED'] ?? randomInt(2 ** 31));
      const random = randomOf(seed);
      const fell = new Map<string, number>();
      let killed = 0;
      for (const [turn, scene] of schedule(wanted * 3, random).entries()) {
        const profile = await profileOf(scene);
        // Half of them at any time; half of them between two steps, all of which are as likely: most take no time.
        const isAnyTime = turn % 2 === 0;
        const steps = isAnyTime ? 0 : Math.floor(random() * profile.length);
        const start = steps === 0 ? 0 : (profile[steps - 1]?.at ?? 0);
        const end = (isAnyTime ? profile.at(-1) : profile[steps])?.at ?? 0;
        const kill = { steps, milliseconds: random() * (end - start) };
        await fresh();
        const ended = await processes.run(taskOf(scene, kill));
        const last = ended.steps.at(-1)?.step ?? 'nothing';
        const story = `seed ${seed}, turn ${turn}: ${scene.name}, killed ${kill.milliseconds.toFixed(3)} ms after ${steps} steps, ${last} was done`;
        const isOther = random() < 0.5;
        await telling(story, () => checkAfter(scene, ended, { turn, isOther }));
        if (ended.signal !== 'SIGKILL') continue;
        fell.set(`${scene.name} ${last}`, (fell.get(`${scene.name} ${last}`) ?? 0) + 1);
        if (++killed === wanted) break;
      }
      const where = [...fell].sort().map(([place, times]) => `${place}${times > 1 ? ` (${times})` : ''}`);
      process.stdout.write(`${made.format}, seed ${seed}: ${killed} kills, after ${where.join(', ')}\n`);
      expect(killed).toBe(wanted);
      // Not all of them at one place: half of them are spread over all steps.
      const steps = new Set([...fell.keys()].map((place) => place.split(' ')[1]));
      expect(steps.size).toBeGreaterThanOrEqual(wanted / 4);
    });
  });
}

/** Says of what fails in `body` what it was about. */
async function telling(story: string, body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    throw new Error(`${story}: ${String(error)}`, { cause: error });
  }
}

/** What a run has left is served whole, and what comes next recovers it. */
async function checkAfter(
  scene: Scene,
  ended: KillEnd,
  { turn, isOther }: { readonly turn: number; readonly isOther: boolean },
): Promise<void> {
  expect(ended.output).toBe('');
  const done = ended.steps.map(({ step }) => step);
  const found = await served();
  const isNew = isDeepStrictEqual(found, scene.state);
  if (!isNew) expect(found).toEqual(before);
  // Between the last step before the switch and the switch, it may be either.
  if (done.includes('switched')) expect(found).toEqual(scene.state);
  else if (!done.includes('history')) expect(found).toEqual(before);
  const isCommitting = done.includes('journal') && !done.includes('cleaned');
  const isLookedAt = isCommitting || turn % LOOK_EVERY === 0;
  if (isLookedAt) for (const channel of Object.keys(found)) await made.fetch(channel);
  let expected = scene.state;
  if (isOther) {
    // Something else first: what was left must not be in its way.
    await bench.publish([after]);
    expected = withAfter(found, 'latest');
  } else if (!isNew || scene.work.command === 'prune') {
    await again(scene);
  } else {
    // It is done: the same once more changes nothing of it.
    await bench.publish([after], { channel: 'stable' });
    expected = withAfter(found, 'stable');
  }
  expect(await served()).toEqual(expected);
  await expectSound(paths);
  await expectTidy(paths);
  if (turn % LOOK_EVERY === 0) await made.fetch('latest');
}

const withAfter = (state: State, channel: string): State => ({
  ...state,
  [channel]: [...(state[channel] ?? []), ...made.namesOf(0, 'afterwards')].sort(),
});
