/**
 * Publishers that end by SIGKILL at every step, by an error, by cancellation, or with a full disk: what is served is
 * the complete old or the complete new state, clients accept it, and the next publish succeeds. The same tests for every
 * format.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, cp, mkdir, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CancelledError } from '../../src/errors.ts';
import { run } from '../../src/process.ts';
import { readHistory } from '../../src/repository/history.ts';
import { RepositoryPaths } from '../../src/repository/layout.ts';
import type { PublishOptions } from '../../src/repository/publish.ts';
import { isOurs } from '../../src/repository/site/ours.ts';
import { listSnapshots, poolFilesOf, readSnapshot } from '../../src/repository/snapshot.ts';
import { STEPS, type Step } from '../../src/repository/transaction.ts';
import type { ChildTask } from './publish-child.ts';
import { treeDigest, type Workbench } from './publish-helpers.ts';

/** What the tests below need of a format. */
export interface CrashFormat {
  readonly format: ChildTask['format'];
  readonly bench: Pick<
    Workbench,
    'folder' | 'repository' | 'host' | 'secret' | 'scratch' | typeof Symbol.asyncDispose
  > & {
    publish(packages: readonly string[], extra?: Partial<PublishOptions>): Promise<{ readonly changed: boolean }>;
  };
  /** Publishes the first state: `data`, and the former version of `hello`. */
  first(root: string): Promise<void>;
  /** A build with the newer `hello`, and `more`. */
  upgrade(): Promise<string>;
  /** A build of one package of the version of `nameOf`. */
  one(name: string, content?: string): Promise<string>;
  /** A package that `one` made, as `served` names it. */
  nameOf(name: string): string;
  /** What a client of the channel sees; it must accept it, and be able to fetch all of it. */
  served(): Promise<string[]>;
  /** A client fetches that package. */
  fetch(name: string): Promise<void>;
  /** File of the package that `one('afterwards')` makes, below `public/`. */
  readonly afterwardsFile: string;
  readonly old: readonly string[];
  readonly upgraded: readonly string[];
}

let made: CrashFormat;
let bench: CrashFormat['bench'];
/** A repository with the first state, to be copied. */
let base: string;
let upgrade: string;
let after: string;
let OLD: readonly string[];
let NEW: readonly string[];
const served = () => made.served();
const withAfter = (list: readonly string[]) => [made.nameOf('afterwards'), ...list].sort();

async function fresh(from: string | null = base): Promise<void> {
  await rm(bench.repository, { recursive: true, force: true });
  if (from !== null)
    await cp(from, bench.repository, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
}

function child(task: Omit<ChildTask, 'format' | 'root' | 'key'>): {
  process: ChildProcess;
  ended: Promise<{ code: number | null; signal: string | null; output: string }>;
} {
  const started = spawn(process.execPath, [path.join(import.meta.dirname, 'publish-child.ts')], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [started.stdout, started.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const full: ChildTask = { ...task, format: made.format, root: bench.repository, key: bench.secret };
  started.stdin.end(JSON.stringify(full));
  const ended = new Promise<{ code: number | null; signal: string | null; output: string }>((resolve) => {
    started.once('close', (code, signal) => resolve({ code, signal, output }));
  });
  return { process: started, ended };
}

/** Nothing of an unfinished publish is left, and every file that a snapshot needs is there. */
async function expectClean(): Promise<void> {
  const paths = new RepositoryPaths(bench.repository);
  expect(await readdir(paths.staging)).toEqual([]);
  const needed = new Set<string>();
  const snapshots = await listSnapshots(paths);
  for (const id of snapshots) {
    for (const file of poolFilesOf(await readSnapshot(paths, id))) {
      needed.add(file.path);
      expect((await stat(path.join(paths.public, file.path))).size).toBe(file.size);
    }
  }
  const { stdout } = await run(['find', paths.pool, '-type', 'f', '-printf', 'pool/%P\n']);
  expect(stdout.trim().split('\n').sort()).toEqual([...needed].sort());
  const expected = ['key.asc', 'keyring.gpg', 'latest', 'pool', 'snapshots'];
  expect((await readdir(paths.public)).filter((name) => !isOurs(name)).sort()).toEqual(expected);
  const target = await readlink(path.join(paths.public, 'latest'));
  expect(await readFile(path.join(paths.public, 'latest.target.txt'), 'utf8')).toBe(`${target}\n`);
  expect((await readdir(paths.snapshots)).sort()).toEqual(snapshots);
  expect((await readdir(paths.private)).sort()).toEqual([path.basename(target), 'history.jsonl']);
  // One line for every state that was served, and none for one that was not.
  const history = (await readHistory(paths)).flatMap((entry) => (entry.action === 'prune' ? [] : [entry]));
  expect(history.at(-1)?.id).toBe(path.basename(target));
  for (const [index, entry] of history.entries()) expect(entry.former).toBe(history[index - 1]?.id ?? null);
  expect(history.length).toBe(snapshots.length);
}

/** Tests of what `format` makes, in the file that calls it. */
export function testCrashes(makeFormat: () => Promise<CrashFormat>): void {
  beforeAll(async () => {
    made = await makeFormat();
    ({ bench, old: OLD, upgraded: NEW } = made);
    base = path.join(bench.folder, 'base');
    await made.first(base);
    upgrade = await made.upgrade();
    after = await made.one('afterwards');
  });
  afterAll(async () => {
    await bench[Symbol.asyncDispose]();
  });

  describe('SIGKILL', () => {
    const switched = STEPS.indexOf('switched');
    it.each(STEPS)('when the step %s is done', async (step) => {
      await fresh();
      const ended = await child({ packages: [upgrade], killAt: step }).ended;
      expect(ended).toMatchObject({ signal: 'SIGKILL' });
      expect(await served()).toEqual(STEPS.indexOf(step) < switched ? OLD : NEW);
      // The same once more, and another package: whatever was left is no hindrance.
      await bench.publish([upgrade, after]);
      expect(await served()).toEqual(withAfter(NEW));
      await expectClean();
    });

    it.each([2, 4])('when the file %i is in the pool', async (killTime) => {
      await fresh();
      expect(await child({ packages: [upgrade], killAt: 'pool-file', killTime }).ended).toMatchObject({
        signal: 'SIGKILL',
      });
      expect(await served()).toEqual(OLD);
      // Another package first: what was left of this one must not be in the way, nor stay.
      await bench.publish([after]);
      expect(await served()).toEqual(withAfter(OLD));
      await expectClean();
      await bench.publish([upgrade]);
      expect(await served()).toEqual(withAfter(NEW));
    });

    it.each(['indexed', 'journal', 'pool', 'snapshot', 'switched'] as const)(
      'of a first publish, when %s is done',
      async (step) => {
        await fresh(null);
        expect(await child({ packages: [upgrade], killAt: step }).ended).toMatchObject({ signal: 'SIGKILL' });
        await bench.publish([upgrade]);
        expect(await served()).toEqual(NEW.filter((name) => !name.startsWith('data')));
        await expectClean();
      },
    );

    it('of a publisher that was rebuilt in between with other bytes: nothing of the first one stays', async () => {
      await fresh();
      await child({ packages: [await made.one('rebuilt', 'first')], killAt: 'pool' }).ended;
      await bench.publish([await made.one('rebuilt', 'second')]);
      await made.fetch('rebuilt');
      await expectClean();
    });

    it('leaves no process and no lock', async () => {
      await fresh();
      await child({ packages: [upgrade], killAt: 'planned' }).ended;
      await expect
        .poll(
          async () =>
            (await run(['flock', '--nonblock', path.join(bench.repository, 'lease'), 'true'], { okExitCodes: 'any' }))
              .exitCode,
        )
        .toBe(0);
    });
  });

  describe('an error at any step', () => {
    it.each(STEPS.slice(0, STEPS.indexOf('switched')))('after %s is undone at once', async (step) => {
      await fresh();
      const before = await treeDigest(bench.repository);
      const onStep = (done: Step) => {
        if (done === step) throw new Error('no space left');
      };
      await expect(bench.publish([upgrade], { onStep })).rejects.toThrow('no space left');
      expect(await treeDigest(bench.repository)).toBe(before);
    });

    it.each(STEPS.slice(0, STEPS.indexOf('switched')))('cancelled after %s', async (step) => {
      await fresh();
      const before = await treeDigest(bench.repository);
      const controller = new AbortController();
      const onStep = (done: Step) => {
        if (done === step) controller.abort();
      };
      await expect(bench.publish([upgrade], { onStep, signal: controller.signal })).rejects.toThrow(CancelledError);
      expect(await treeDigest(bench.repository)).toBe(before);
    });

    it('cancelled once it is served: it is finished', async () => {
      await fresh();
      const controller = new AbortController();
      const onStep = (done: Step) => {
        if (done === 'switched') controller.abort();
      };
      expect((await bench.publish([upgrade], { onStep, signal: controller.signal })).changed).toBe(true);
      expect(await served()).toEqual(NEW);
      await expectClean();
    });

    it('cancelled while it waits and while a tool runs', async () => {
      await fresh();
      const before = await treeDigest(bench.repository);
      for (const delay of [0, 60, 120, 180, 240, 300]) {
        const signal = AbortSignal.timeout(delay);
        const result = await bench.publish([upgrade], { signal }).catch((error: Error) => error);
        if (!(result instanceof Error)) break;
        expect(await treeDigest(bench.repository)).toBe(before);
      }
      await bench.publish([upgrade]);
      expect(await served()).toEqual(NEW);
    });
  });

  describe('a full disk', () => {
    it('in one clear line, and undone, wherever it strikes', async () => {
      const mount = await bench.scratch('small');
      await run(['mount', '-t', 'tmpfs', '-o', 'size=128m', 'tmpfs', mount]);
      try {
        const root = path.join(mount, 'repository');
        await made.first(root);
        const before = await treeDigest(root);
        const noise = Array.from({ length: 100_000 }, () => Math.random().toString(36)).join('');
        const build = await made.one('large', noise);
        const outcomes = new Set<string>();
        for (const left of [0, 16, 64, 256, 512, 1024, 2048, 8192, 24_576]) {
          const ballast = path.join(mount, 'ballast');
          const { stdout } = await run(['df', '--output=avail', '-k', mount]);
          await run([
            'dd',
            'if=/dev/zero',
            `of=${ballast}`,
            'bs=1024',
            `count=${Number(stdout.trim().split('\n')[1]) - left}`,
          ]);
          const error = await bench.publish([build], { root }).then(
            () => undefined,
            (thrown: Error) => thrown,
          );
          await rm(ballast);
          if (error === undefined) break;
          // In several places, of ours and of tools, and told alike.
          outcomes.add((error.cause as Error).message.split(/[:(]/)[0] ?? '');
          expect(error.message).toContain(`${root}: no space left on the file system`);
          expect(await treeDigest(root)).toBe(before);
        }
        expect(outcomes.size).toBeGreaterThan(1);
        await bench.publish([after], { root });
      } finally {
        await run(['umount', mount]);
      }
    });
  });

  describe('several publishers', () => {
    it('both win, one after the other', async () => {
      await fresh();
      const builds = await Promise.all(['one', 'two', 'three', 'four'].map((name) => made.one(name)));
      const children = builds.map((build) => child({ packages: [build] }).ended);
      for (const ended of await Promise.all(children)) expect(ended).toMatchObject({ code: 0 });
      expect(await served()).toEqual([...OLD, ...['one', 'two', 'three', 'four'].map(made.nameOf)].sort());
      await expectClean();
    });

    it('the one that waits is told who holds the lease, and gives up in time', async () => {
      await fresh();
      let release = () => {};
      const gate = new Promise<void>((resolve) => {
        release = resolve;
      });
      let held = () => {};
      const isHeld = new Promise<void>((resolve) => {
        held = resolve;
      });
      const first = bench.publish([upgrade], {
        holder: 'run 4711 of the nightly',
        onStep: async (step) => {
          if (step !== 'leased') return;
          held();
          await gate;
        },
      });
      await isHeld;
      const began = Date.now();
      await expect(bench.publish([after], { leaseSeconds: 3 })).rejects.toThrow(
        /another publisher is still writing .*held by run 4711 of the nightly, process \d+ on .*raise lease-timeout/,
      );
      expect(Date.now() - began).toBeLessThan(6000);
      expect(bench.host.transcript()).toMatch(/progress: waiting for the lease .*, held by run 4711 of the nightly/);
      release();
      await first;
      await bench.publish([after]);
      expect(await served()).toEqual(withAfter(NEW));
    });

    it('stops at once when its lease is lost', async () => {
      await fresh();
      const onStep = async (step: Step) => {
        if (step !== 'planned') return;
        const { stdout } = await run(
          ['sh', '-c', 'fuser "$1" 2>/dev/null || true', 'sh', path.join(bench.repository, 'lease')],
          { okExitCodes: 'any' },
        );
        const holders = stdout
          .trim()
          .split(/\s+/)
          .filter((pid) => pid !== '');
        if (holders.length === 0) throw new Error('no process holds the lease');
        for (const pid of holders) process.kill(Number(pid), 'SIGKILL');
        await new Promise((resolve) => setTimeout(resolve, 200));
      };
      await expect(bench.publish([upgrade], { onStep })).rejects.toThrow(/lost the lease/);
      expect(await served()).toEqual(OLD);
      await bench.publish([upgrade]);
      await expectClean();
    });
  });

  describe('what others did to the repository', () => {
    it('a file in the pool that no snapshot needs gives way', async () => {
      await fresh();
      const file = path.join(bench.repository, 'public', made.afterwardsFile);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, 'left by hand');
      await bench.publish([after]);
      expect(await served()).toEqual(withAfter(OLD));
      expect((await readFile(file)).length).toBeGreaterThan(100);
    });

    it('a read-only folder is an error that names it', async () => {
      if (process.getuid?.() === 0) {
        // Root writes anyway: an immutable folder stands for a read-only one where the file system knows them.
        await fresh();
        const snapshots = path.join(bench.repository, 'public', 'snapshots');
        const { exitCode } = await run(['chattr', '+i', snapshots], { okExitCodes: 'any' });
        if (exitCode !== 0) return;
        try {
          await expect(bench.publish([upgrade])).rejects.toThrow(/EPERM|EACCES/);
        } finally {
          await run(['chattr', '-i', snapshots]);
        }
      } else {
        await fresh();
        await chmod(path.join(bench.repository, 'public', 'snapshots'), 0o555);
        await expect(bench.publish([upgrade])).rejects.toThrow(/EPERM|EACCES/);
      }
      expect(await served()).toEqual(OLD);
    });
  });
}
