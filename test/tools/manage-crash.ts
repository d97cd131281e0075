/**
 * Promotions, rollbacks and removals that end by SIGKILL at every step, by an error or by cancellation: what channels
 * serve is the complete old or the complete new state, clients accept it, nothing that a snapshot needs is gone, and
 * what comes next works. The same tests for every format.
 */
import { spawn } from 'node:child_process';
import { cp, mkdir, readdir, readFile, readlink, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CancelledError } from '../../src/errors.ts';
import { run } from '../../src/process.ts';
import { readHistory } from '../../src/repository/history.ts';
import { RepositoryPaths } from '../../src/repository/layout.ts';
import type { PublishOptions } from '../../src/repository/publish.ts';
import { listSnapshots, readChannels } from '../../src/repository/snapshot.ts';
import { POINT_STEPS, PRUNE_STEPS, type Step } from '../../src/repository/transaction.ts';
import { type ManageTask, type ManageWork, manage } from './manage-child.ts';
import { treeDigest, type Workbench } from './publish-helpers.ts';
import { expectComplete, expectSound, expectTidy } from './sound.ts';

export interface ManageFormat {
  readonly bench: Pick<Workbench, 'folder' | 'repository' | 'host' | 'secret' | typeof Symbol.asyncDispose> & {
    publish(packages: readonly string[], extra?: Partial<PublishOptions>): Promise<{ readonly changed: boolean }>;
  };
  /** A build of the version `1.<number>` of the package `hello`. */
  build(number: number): Promise<string>;
  /** What a client of the channel sees; it must accept it, and be able to fetch all of it. */
  served(channel: string): Promise<string[]>;
  /** What it sees of `build(number)`. */
  nameOf(number: number): string;
}

let made: ManageFormat;
let bench: ManageFormat['bench'];
let base: string;
let next: string;
let paths: RepositoryPaths;

const STATES = 4;
const PROMOTE: ManageWork = { command: 'promote', from: 'latest', to: 'stable' };
const ROLLBACK = { command: 'rollback', channel: 'latest' } as const;
const SOME_POINT_STEPS = ['indexes', 'history', 'switched'] as const;
const PRUNE: ManageWork = { command: 'prune', keep: 1 };

/** A copy of the repository that all tests start with. */
async function fresh(): Promise<void> {
  await rm(bench.repository, { recursive: true, force: true });
  await cp(base, bench.repository, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
}

async function killed(work: ManageWork, killAt: Step, killTime = 1): Promise<void> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'manage-child.ts')], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const task: ManageTask = { root: bench.repository, work, killAt, killTime };
  child.stdin.end(JSON.stringify(task));
  const signal = await new Promise((resolve) => child.once('close', (_code, ended) => resolve(ended)));
  expect({ signal, output }).toEqual({ signal: 'SIGKILL', output: '' });
}

async function again(
  work: ManageWork,
  extra: { root?: string; onStep?: (step: Step) => void; signal?: AbortSignal } = {},
) {
  const options = { root: bench.repository, holder: 'a test', leaseSeconds: 300, logger: bench.host };
  return await manage(work, { ...options, signal: new AbortController().signal, ...extra });
}

/**
 * Tests of what `makeFormat` makes, in the file that calls it.
 *
 * @param extent `every`: at every step, also with a new date, which Release files have. `some`: where it counts. How
 *   channels move is the same for all formats; what is served differs.
 */
export function testManageCrashes(makeFormat: () => Promise<ManageFormat>, extent: 'every' | 'some'): void {
  const isEvery = extent === 'every';
  beforeAll(async () => {
    made = await makeFormat();
    ({ bench } = made);
    base = path.join(bench.folder, 'base');
    paths = new RepositoryPaths(bench.repository);
    for (let number = 1; number <= STATES; number++) {
      // Long ago, so that what was left may go.
      const now = () => new Date(Date.now() - (60 - number) * 86_400_000);
      const build = await made.build(number);
      await bench.publish([build], { root: base, now });
      if (number === 1) await bench.publish([build], { root: base, now, channel: 'stable' });
    }
    next = await made.build(STATES + 1);
  });
  afterAll(async () => {
    await bench[Symbol.asyncDispose]();
  });

  const switched = POINT_STEPS.indexOf('switched');

  describe('promote', () => {
    it.each(isEvery ? POINT_STEPS : SOME_POINT_STEPS)('killed when the step %s is done', async (step) => {
      await fresh();
      await killed(PROMOTE, step);
      const isDone = POINT_STEPS.indexOf(step) >= switched;
      expect(await made.served('stable')).toEqual([made.nameOf(isDone ? STATES : 1)]);
      expect(await made.served('latest')).toEqual([made.nameOf(STATES)]);
      expect((await again(PROMOTE)).changed).toBe(!isDone);
      expect(await made.served('stable')).toEqual([made.nameOf(STATES)]);
      await expectSound(paths);
      await bench.publish([next], { channel: 'stable' });
      expect(await made.served('stable')).toEqual([made.nameOf(STATES + 1)]);
      await expectSound(paths);
    });

    it.each(isEvery ? POINT_STEPS.slice(0, switched) : (['history'] as const))(
      'that fails or is cancelled after %s is undone at once',
      async (step) => {
        await fresh();
        const before = await treeDigest(bench.repository);
        const failing = (done: Step) => {
          if (done === step) throw new Error('no space left');
        };
        await expect(again(PROMOTE, { onStep: failing })).rejects.toThrow('no space left');
        expect(await treeDigest(bench.repository)).toBe(before);
        const controller = new AbortController();
        const cancelling = (done: Step) => {
          if (done === step) controller.abort();
        };
        await expect(again(PROMOTE, { onStep: cancelling, signal: controller.signal })).rejects.toThrow(CancelledError);
        expect(await treeDigest(bench.repository)).toBe(before);
      },
    );
  });

  describe('rollback', () => {
    it.each(isEvery ? (['journal', 'history', 'switched', 'site'] as const) : (['switched'] as const))(
      'killed when the step %s is done',
      async (step) => {
        await fresh();
        await killed(ROLLBACK, step);
        const isDone = POINT_STEPS.indexOf(step) >= switched;
        const before = await made.served('latest');
        expect(before).toEqual([made.nameOf(isDone ? STATES - 1 : STATES)]);
        // Whatever comes next is what recovers it.
        await bench.publish([next]);
        expect(await made.served('latest')).toEqual([made.nameOf(STATES + 1)]);
        await expectSound(paths);
        await again(ROLLBACK);
        expect(await made.served('latest')).toEqual(before);
        await expectSound(paths);
      },
    );

    if (!isEvery) return;
    it.each(['indexed', 'released', 'journal', 'private', 'snapshot', 'history', 'switched', 'site'] as const)(
      'with a new date, killed when the step %s is done',
      async (step) => {
        await fresh();
        await killed({ ...ROLLBACK, key: bench.secret }, step);
        const isDone = ['switched', 'site'].includes(step);
        expect(await made.served('latest')).toEqual([made.nameOf(isDone ? STATES - 1 : STATES)]);
        expect((await readdir(paths.snapshots)).length).toBeLessThanOrEqual(STATES + 2);
        await bench.publish([next]);
        expect(await made.served('latest')).toEqual([made.nameOf(STATES + 1)]);
        await expectSound(paths);
      },
    );
  });

  it.each(['journal', 'history', 'switched'] as const)('remove-channel, killed when %s is done', async (step) => {
    await fresh();
    await killed({ command: 'remove', channel: 'stable' }, step);
    const isDone = step === 'switched';
    expect((await readChannels(paths)).has('stable')).toBe(!isDone);
    await bench.publish([next]);
    await expectSound(paths);
    expect((await readChannels(paths)).has('stable')).toBe(!isDone);
  });

  describe('prune', () => {
    const kills: readonly (readonly [Step, number])[] = [
      ...PRUNE_STEPS.map((step) => [step, 1] as const),
      ['buried', 2],
      ['pool-file', 2],
    ];
    it.each(isEvery ? kills : kills.filter(([step, time]) => time === 2 || step === 'pool'))(
      'killed when the step %s is done for the %i. time',
      async (step, time) => {
        await fresh();
        await killed(PRUNE, step, time);
        // Whatever has gone by then: what is left is whole, and served as before.
        await expectComplete(paths);
        expect(await made.served('latest')).toEqual([made.nameOf(STATES)]);
        expect(await made.served('stable')).toEqual([made.nameOf(1)]);
        await bench.publish([next]);
        await expectSound(paths);
        await again(PRUNE);
        await expectSound(paths);
        await expectTidy(paths);
        // What was left only now is still downloaded from.
        expect((await listSnapshots(paths)).length).toBe(3);
        const removed = (await readHistory(paths)).flatMap((entry) =>
          entry.action === 'prune' ? entry.snapshots : [],
        );
        expect(new Set(removed).size).toBe(STATES - 1);
        expect(removed.length).toBe(STATES - 1);
        expect(await made.served('latest')).toEqual([made.nameOf(STATES + 1)]);
        expect(await made.served('stable')).toEqual([made.nameOf(1)]);
      },
    );

    it.each(['journal', 'buried', 'pool-file', 'pool'] as const)('cancelled after %s', async (step) => {
      await fresh();
      const controller = new AbortController();
      const onStep = (done: Step) => {
        if (done === step) controller.abort();
      };
      await expect(again(PRUNE, { onStep, signal: controller.signal })).rejects.toThrow(CancelledError);
      await expectSound(paths);
      await again(PRUNE);
      await expectSound(paths);
      await expectTidy(paths);
      expect((await listSnapshots(paths)).length).toBe(2);
      expect(await made.served('stable')).toEqual([made.nameOf(1)]);
    });

    it('does nothing where a snapshot cannot be read: what it needs is not known', async () => {
      await fresh();
      const id = path.basename(await readlink(path.join(paths.public, 'stable')));
      await rm(path.join(paths.snapshot(id), 'snapshot.json'));
      const before = await treeDigest(paths.public);
      await expect(again(PRUNE)).rejects.toThrow(/the snapshot cannot be read/);
      expect(await treeDigest(paths.public)).toBe(before);
    });
  });

  if (!isEvery) return;
  describe('a full disk', () => {
    it.each([PROMOTE, ROLLBACK, PRUNE])('%o is done whole or not at all, wherever it strikes', async (work) => {
      const mount = path.join(bench.folder, 'small');
      await mkdir(mount);
      await run(['mount', '-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', mount]);
      try {
        const root = path.join(mount, 'repository');
        await cp(base, root, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
        const before = await treeDigest(root);
        const refused = new Set<string>();
        let isDone = false;
        for (let left = 0; left <= 256 && !isDone; left = left === 0 ? 4 : left * 2) {
          const ballast = path.join(mount, 'ballast');
          const { stdout } = await run(['df', '--output=avail', '-k', mount]);
          const count = Number(stdout.trim().split('\n')[1]) - left;
          await run(['dd', 'if=/dev/zero', `of=${ballast}`, 'bs=1024', `count=${count}`]);
          const outcome = await again(work, { root }).catch((error: Error) => error);
          await rm(ballast);
          if (outcome instanceof Error) {
            refused.add(outcome.message);
            expect(outcome.message).toMatch(/No space left|ENOSPC|no space/i);
            expect(await treeDigest(root)).toBe(before);
          } else {
            isDone = true;
            expect(outcome.changed).toBe(true);
          }
        }
        expect({ isDone, isRefused: refused.size > 0 }).toEqual({ isDone: true, isRefused: true });
        // With room again, whatever could not be written beside the channels is.
        await bench.publish([next], { root });
        const small = new RepositoryPaths(root);
        expect(await readdir(small.staging)).toEqual([]);
        for (const [channel, id] of await readChannels(small)) {
          expect(await readFile(path.join(small.public, `${channel}.target.txt`), 'utf8')).toBe(`snapshots/${id}\n`);
        }
      } finally {
        await run(['umount', mount]);
        await rmdir(mount);
      }
    });
  });
}
