import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { placeHolders } from '../../src/buildroot/slots.ts';
import { until } from '../unit/buildroot/until.ts';
import { traces } from './traces.ts';

interface Job {
  readonly child: ChildProcess;
  readonly runId: string;
  /** Its place, once it has one. */
  place: number | undefined;
}

let state: string;
let jobs: Job[];
beforeEach(async () => {
  state = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-places-'));
  jobs = [];
});
afterEach(async () => {
  for (const { child } of jobs) child.kill('SIGKILL');
  await rm(state, { recursive: true, force: true });
});

function start(parallel: number): Job {
  const runId = `job-${jobs.length}`;
  const script = path.resolve(import.meta.dirname, 'slots-child.ts');
  const child = spawn(process.execPath, [script, state, String(parallel), runId], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const job: Job = { child, runId, place: undefined };
  readline.createInterface({ input: child.stdout }).on('line', (line) => {
    job.place = Number(/^held (\d+)$/.exec(line)?.[1]);
  });
  jobs.push(job);
  return job;
}

async function end(job: Job, how: 'ends' | 'is killed'): Promise<void> {
  const closed = once(job.child, 'close');
  if (how === 'ends') job.child.stdin?.end();
  else job.child.kill('SIGKILL');
  await closed;
}

const LIMIT_MS = 300_000;
const tickets = async () => (await readdir(path.join(state, 'places/queue')).catch(() => [])).sort();
const named = async () => (await tickets()).filter((name) => !name.startsWith('.'));

it.each(['ends', 'is killed'] as const)(
  'a place goes from process to process, in order, when its holder %s',
  async (how) => {
    for (let index = 0; index < 2; index++) {
      const job = start(2);
      await until(() => job.place, 'a place', LIMIT_MS);
    }
    for (let index = 0; index < 3; index++) {
      start(2);
      await until(async () => (await named()).length === index + 1, 'a ticket', LIMIT_MS);
    }
    expect((await placeHolders(state)).map(({ runId }) => runId)).toEqual(['job-0', 'job-1']);
    for (const [index, job] of jobs.entries()) {
      await end(job, how);
      const next = jobs[index + 2];
      if (next === undefined) continue;
      await until(() => next.place, `the place of ${next.runId}`, LIMIT_MS);
      expect(next.place).toBe(job.place);
      // Never more than two, and those that came first.
      expect(jobs.filter(({ place }) => place !== undefined)).toHaveLength(index + 3);
      expect((await placeHolders(state)).map(({ runId }) => runId).sort()).toEqual([`job-${index + 1}`, next.runId]);
    }
    expect(await placeHolders(state)).toEqual([]);
    expect(await tickets()).toEqual([]);
    await until(async () => (await traces(state)).length === 0, 'the processes that held locks to be gone', LIMIT_MS);
  },
);

it('who is killed while it waits keeps nobody from a place', async () => {
  const holder = start(1);
  await until(() => holder.place, 'a place', LIMIT_MS);
  const killed = start(1);
  await until(async () => (await named()).length === 1, 'a ticket', LIMIT_MS);
  const next = start(1);
  await until(async () => (await named()).length === 2, 'two tickets', LIMIT_MS);
  await end(killed, 'is killed');
  await end(holder, 'is killed');
  await until(() => next.place, 'the place', LIMIT_MS);
  await end(next, 'ends');
  expect(await tickets()).toEqual([]);
  await until(async () => (await traces(state)).length === 0, 'the processes that held locks to be gone', LIMIT_MS);
});
