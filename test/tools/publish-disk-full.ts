/**
 * Publishes onto file systems that are full or cannot be written, at every step: what is served is the old state, whole;
 * the error says what is full and where; nothing of the new state is left; and with room again the next publish works.
 * The same for every format.
 */
import { cp, mkdir, rm, rmdir, statfs } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InfrastructureError } from '../../src/errors.ts';
import { run } from '../../src/process.ts';
import { RepositoryPaths } from '../../src/repository/layout.ts';
import { STEPS, type Step } from '../../src/repository/transaction.ts';
import { treeDigest, type Workbench } from './publish-helpers.ts';
import type { RpmWorkbench } from './rpm-publish-helpers.ts';
import { expectSound } from './sound.ts';

export interface FullFormat {
  readonly bench: Workbench | RpmWorkbench;
  /** Builds of a package, the former and the newer one. */
  readonly former: string;
  readonly newer: string;
  /** Reads the channel of `public/` as clients do, every signature and digest. */
  served(folder: string): Promise<string[]>;
  readonly old: readonly string[];
  readonly upgraded: readonly string[];
}

/** tmpfs gives whole pages. */
const PAGE = 4096;
/** Enough for a publish and its check by the real client. */
const PLENTY = { size: 256 * 1024 * 1024, nr_inodes: 100_000 };
type Limit = keyof typeof PLENTY;

/** Steps that a file system can fill up after: before that the publisher writes nothing. */
const BEFORE_THE_SWITCH = STEPS.slice(STEPS.indexOf('leased'), STEPS.indexOf('switched'));

const SOME_STEPS = ['leased', 'staged', 'signed', 'indexed', 'released', 'flushed', 'pool', 'snapshot'] as const;

let made: FullFormat;
/** A repository with the former build. */
let base: string;
let mount: string;
let root: string;

/** A copy of it on a file system of its own, with room. */
async function fresh(): Promise<void> {
  await remount(PLENTY);
  await rm(root, { recursive: true, force: true });
  await cp(base, root, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
}

async function remount(limits: Partial<Record<Limit, number>>, place = mount, more = ''): Promise<void> {
  const options = Object.entries(limits).map(([name, value]) => `,${name}=${value}`);
  await run(['mount', '-o', `remount,rw${options.join('')}${more}`, place]);
}

/** Leaves so many bytes or inodes, and no more. */
async function leave(limit: Limit, left: number): Promise<void> {
  const { blocks, bfree, files, ffree, bsize } = await statfs(mount);
  const used = limit === 'size' ? (blocks - bfree) * bsize : files - ffree;
  await remount({ [limit]: used + left });
}

/** The outcome of a publish: how far it came, and what it threw. */
async function attempt(onStep: (step: Step) => Promise<void> | void = () => {}) {
  let last: Step | 'nothing' = 'nothing';
  const steps = async (step: Step) => {
    last = step;
    await onStep(step);
  };
  const outcome = await made.bench.publish([made.newer], { root, onStep: steps }).then(
    ({ changed }) => ({ changed, error: undefined }),
    (error: unknown) => ({ changed: false, error }),
  );
  return { ...outcome, last: last as Step | 'nothing' };
}

/** One line that says what is full, and where. */
function expectFull(error: unknown, limit: Limit, story: string): void {
  const told = `${story}: ${String(error)}`;
  expect(error instanceof InfrastructureError, told).toBe(true);
  // A tool that lacks an inode says what one says that lacks space.
  const what = limit === 'size' ? 'no space left' : 'no (?:space|inodes) left';
  expect(told).toMatch(new RegExp(`${root}: ${what} on the file system `));
  expect((error as Error).message).not.toContain('\n');
}

async function expectWorks(): Promise<void> {
  await remount(PLENTY);
  await made.bench.publish([made.newer], { root });
  expect(await made.served(path.join(root, 'public'))).toEqual(made.upgraded);
  await expectSound(new RepositoryPaths(root));
}

/**
 * Tests of what `makeFormat` makes, in the file that calls it.
 *
 * @param extent `every`: full from every step on. `some`: where formats differ, and where room is needed.
 */
export function testFullDisks(makeFormat: () => Promise<FullFormat>, extent: 'every' | 'some'): void {
  beforeAll(async () => {
    made = await makeFormat();
    const { bench } = made;
    base = path.join(bench.folder, 'base');
    await bench.publish([made.former], { root: base });
    mount = path.join(bench.folder, 'small');
    root = path.join(mount, 'repository');
    await mkdir(mount);
    const limits = Object.entries(PLENTY).map(([name, value]) => `${name}=${value}`);
    await run(['mount', '-t', 'tmpfs', '-o', limits.join(','), 'tmpfs', mount]);
  });
  afterAll(async () => {
    await run(['umount', '--recursive', mount]);
    await rmdir(mount);
    await made.bench[Symbol.asyncDispose]();
  });

  describe.each(['size', 'nr_inodes'] as const)('a full file system (%s)', (limit) => {
    it('with a little more room each time, until it is enough', async () => {
      await fresh();
      const before = await treeDigest(root);
      const unit = limit === 'size' ? PAGE : 1;
      const struck = new Set<string>();
      for (let left = 0; ; left = Math.max(left + 1, Math.ceil(left * 1.5))) {
        await leave(limit, left * unit);
        const { changed, error, last } = await attempt();
        if (changed) break;
        struck.add(last);
        expectFull(error, limit, `${left} left, after ${last}`);
        expect(await treeDigest(root)).toBe(before);
        expect(await made.served(path.join(root, 'public'))).toEqual(made.old);
      }
      // In several places, as the tools need room too.
      expect(struck.size).toBeGreaterThanOrEqual(3);
      await expectWorks();
    });

    it('full from any step on', async () => {
      const struck = new Set<string>();
      for (const step of extent === 'every' ? BEFORE_THE_SWITCH : SOME_STEPS) {
        await fresh();
        const before = await treeDigest(root);
        const { changed, error } = await attempt(async (done) => {
          if (done === step) await leave(limit, 0);
        });
        if (changed) {
          // What follows needed no room: what could not be written beside the channels is told, and is written later.
          expect(await made.served(path.join(root, 'public'))).toEqual(made.upgraded);
        } else {
          struck.add(step);
          expectFull(error, limit, `full after ${step}`);
          expect(await treeDigest(root), step).toBe(before);
          expect(await made.served(path.join(root, 'public'))).toEqual(made.old);
        }
        await expectWorks();
      }
      expect(struck.size).toBeGreaterThanOrEqual(5);
    });

    it('full when it is served: that is told, and the next run writes what is missing', async () => {
      await fresh();
      const { changed } = await attempt(async (done) => {
        if (done === 'switched') await leave(limit, 0);
      });
      expect(changed).toBe(true);
      expect(await made.served(path.join(root, 'public'))).toEqual(made.upgraded);
      expect(made.bench.host.annotations('warning').map(({ message }) => message)).toContainEqual(
        expect.stringMatching(/the files beside the channels could not be written, .* no space left/),
      );
      await expectWorks();
    });
  });

  describe('a read-only file system', () => {
    it('before it begins: nothing is changed', async () => {
      await fresh();
      const before = await treeDigest(root);
      await run(['mount', '-o', 'remount,ro', mount]);
      const { error } = await attempt();
      expect(error).toBeInstanceOf(InfrastructureError);
      expect(String(error)).toContain(`${root}: the file system is read-only`);
      expect(await treeDigest(root)).toBe(before);
      await expectWorks();
    });

    it.each(['leased', 'signed', 'checked', 'journal', 'pool', 'snapshot', 'history'] as const)(
      'from the step %s on, as after an error of the disk: the next run removes what is left',
      async (step) => {
        await fresh();
        const { error } = await attempt(async (done) => {
          if (done === step) await run(['mount', '-o', 'remount,ro', mount]);
        });
        expect(error).toBeInstanceOf(InfrastructureError);
        expect(String(error)).toContain(`${root}: the file system is read-only`);
        expect(await made.served(path.join(root, 'public'))).toEqual(made.old);
        await expectWorks();
      },
    );

    it('the pool alone: nothing is changed', async () => {
      await fresh();
      const before = await treeDigest(root);
      const pool = path.join(root, 'public', 'pool');
      await run(['mount', '--bind', pool, pool]);
      try {
        await run(['mount', '-o', 'remount,bind,ro', pool]);
        const { error, last } = await attempt();
        expect(last).toBe('journal');
        expect(error).toBeInstanceOf(InfrastructureError);
        expect(String(error)).toContain(`${root}: the file system is read-only`);
        expect(String(error)).toContain(`${pool}/`);
        expect(await treeDigest(root)).toBe(before);
      } finally {
        await run(['umount', pool]);
      }
      await expectWorks();
    });
  });
}
