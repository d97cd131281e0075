/** Starts kill-child.ts, one ahead of its task, so that no run waits for Node to load it. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import path from 'node:path';
import { type KillTask, READY } from './kill-child.ts';

export interface KillEnd {
  readonly code: number | null;
  readonly signal: string | null;
  /** Steps that it told of, and when, in milliseconds since it began. */
  readonly steps: readonly { readonly step: string; readonly at: number }[];
  /** What else it said. */
  readonly output: string;
}

interface Waiting {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ready: Promise<void>;
  readonly ended: Promise<KillEnd>;
}

export class KillProcesses implements AsyncDisposable {
  readonly #cache: string;
  #next: Waiting;

  /** @param cache a folder for what Node makes of the sources. */
  constructor(cache: string) {
    this.#cache = cache;
    this.#next = this.#start();
  }

  /** Runs a task to its end, however it ends. */
  async run(task: KillTask): Promise<KillEnd> {
    const { child, ready, ended } = this.#next;
    await ready;
    child.stdin.end(`${JSON.stringify(task)}\n`);
    const end = await ended;
    this.#next = this.#start();
    return end;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#next.child.kill('SIGKILL');
    await this.#next.ended;
  }

  #start(): Waiting {
    const child = spawn(process.execPath, [path.join(import.meta.dirname, 'kill-child.ts')], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, NODE_COMPILE_CACHE: this.#cache },
    });
    let output = '';
    let isReady = () => {};
    const told = new Promise<void>((resolve) => {
      isReady = resolve;
    });
    child.stdin.on('error', () => {});
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (output.includes(`${READY}\n`)) isReady();
      });
    }
    const ended = new Promise<KillEnd>((resolve) => {
      child.once('close', (code, signal) => resolve({ code, signal, ...readOutput(output) }));
    });
    // One that ends before it is ready is told by its end.
    return { child, ready: Promise.race([told, ended.then(() => {})]), ended };
  }
}

function readOutput(text: string): Pick<KillEnd, 'steps' | 'output'> {
  const steps: { step: string; at: number }[] = [];
  const rest: string[] = [];
  for (const line of text.split('\n')) {
    const [, step, at] = /^([a-z-]+) ([\d.]+)$/.exec(line) ?? [];
    if (step !== undefined) steps.push({ step, at: Number(at) });
    else if (line !== READY && line !== '') rest.push(line);
  }
  return { steps, output: rest.join('\n') };
}
