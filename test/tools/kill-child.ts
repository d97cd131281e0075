/**
 * A publisher, or what moves channels, that is loaded and waits for its task: one line of JSON on standard input. Tells
 * every step as it is done, by a line `<step> <milliseconds since it began>`, and ends itself by SIGKILL a given time
 * after one of them: from a thread of its own, so wherever the others are.
 */
import { writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import { RecordingHost } from '../../src/host/recording.ts';
import { type ManageWork, manage } from './manage-child.ts';
import { type ChildTask, publishTask } from './publish-child.ts';

export type KillWork =
  | ({ readonly command: 'publish' } & Pick<ChildTask, 'packages' | 'channel' | 'allowDowngrade'>)
  | ManageWork;

export interface KillTask {
  readonly format: ChildTask['format'];
  readonly root: string;
  readonly key: string;
  readonly work: KillWork;
  /** When it ends: so long after so many steps; at once, where it is not said how long. */
  readonly kill?: { readonly steps: number; readonly milliseconds?: number };
}

/** What the parent waits for before it gives a task. */
export const READY = 'ready';

/** The first number counts: one for the start, and one for every step. */
const KILLER = `
  const { workerData: { steps, milliseconds, done }, parentPort } = require('node:worker_threads');
  parentPort.postMessage('waits');
  for (let count = 0; count <= steps; count = Atomics.load(done, 0)) Atomics.wait(done, 0, count);
  Atomics.wait(done, 1, 0, milliseconds);
  process.kill(process.pid, 'SIGKILL');
`;

async function main(): Promise<void> {
  // Else it is loaded where it is used first.
  await import('openpgp');
  // Whoever is killed keeps nothing of it otherwise.
  flushCompileCache();
  writeSync(1, `${READY}\n`);
  const lines = createInterface({ input: process.stdin });
  const line = await new Promise<string>((resolve) => lines.once('line', resolve));
  const { work, kill, ...common } = JSON.parse(line) as KillTask;
  const done = new Int32Array(new SharedArrayBuffer(8));
  if (kill?.milliseconds !== undefined) {
    const killer = new Worker(KILLER, { eval: true, workerData: { ...kill, done } });
    await new Promise((resolve) => killer.once('message', resolve));
  }
  const began = performance.now();
  tell(done);
  let count = 0;
  const onStep = (step: string) => {
    writeSync(1, `${step} ${(performance.now() - began).toFixed(2)}\n`);
    if (++count === kill?.steps && kill.milliseconds === undefined) process.kill(process.pid, 'SIGKILL');
    tell(done);
  };
  if (work.command === 'publish') {
    await publishTask({ ...common, ...work }, { onStep });
  } else {
    const signal = new AbortController().signal;
    const logger = new RecordingHost();
    await manage(work, {
      root: common.root,
      holder: `child ${process.pid}`,
      leaseSeconds: 300,
      logger,
      signal,
      onStep,
    });
  }
  process.exit(0);
}

function tell(done: Int32Array): void {
  Atomics.add(done, 0, 1);
  Atomics.notify(done, 0);
}

if (process.argv[1] === import.meta.filename) await main();
