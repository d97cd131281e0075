/** Our end of the agent (agent.ts): the folder that we share with it, and requests. */
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../../process.ts';

/** Commands that are made ready with one mkfifo(1): more than most builds run. */
const BATCH = 24;
const FIFOS = ['in', 'out', 'err', 'status'];

export interface Control {
  readonly folder: string;
  /** A place for a command: its number, its folder made, with `argv` in it. */
  place(argv: readonly string[]): Promise<{ readonly number: number; readonly folder: string }>;
  /** Sends a request; false where nobody is there any more to read it. */
  send(request: string): boolean;
  /** From now on requests fail when the agent is gone: it has opened its end. */
  agentIsThere(): void;
  /** Ends the agent. */
  close(): void;
  /** Whether, within so many seconds, nobody reads requests: the agent has ended. After `close`. */
  isDeserted(seconds: number): Promise<boolean>;
}

/** Makes the folder, root's alone. */
export async function makeControl(folder: string): Promise<Control> {
  await mkdir(folder, { mode: 0o700 });
  const requests = path.join(folder, 'requests');
  let made = 0;
  let used = 0;
  const makeBatch = async (more: readonly string[] = []): Promise<void> => {
    const numbers = Array.from({ length: BATCH }, (_, index) => String(made + index));
    await Promise.all(numbers.map((number) => mkdir(path.join(folder, number), { mode: 0o700 })));
    const places = numbers.flatMap((number) => FIFOS.map((name) => path.join(folder, number, name)));
    await run(['mkfifo', '--mode=0600', ...more, ...places]);
    made += BATCH;
  };
  await makeBatch([requests]);
  let making: Promise<void> | undefined;
  const makeMore = (): Promise<void> => {
    making ??= makeBatch().finally(() => {
      making = undefined;
    });
    return making;
  };
  // Both ends: nothing waits for the agent to open its own.
  let end: number | undefined = openSync(requests, constants.O_RDWR | constants.O_NONBLOCK);
  return {
    folder,
    async place(argv) {
      const number = used++;
      while (number >= made) await makeMore();
      const own = path.join(folder, String(number));
      await writeFile(path.join(own, 'argv'), argv.map((word) => `${word}\0`).join(''), { mode: 0o600 });
      return { number, folder: own };
    },
    send(request) {
      if (end === undefined) return false;
      try {
        writeSync(end, `${request}\n`);
        return true;
      } catch (error) {
        if (['EPIPE', 'EAGAIN'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
        throw error;
      }
    },
    agentIsThere() {
      if (end === undefined) return;
      const both = end;
      end = openSync(requests, constants.O_WRONLY | constants.O_NONBLOCK);
      closeSync(both);
    },
    close() {
      if (end !== undefined) closeSync(end);
      end = undefined;
    },
    async isDeserted(seconds) {
      for (let turn = 0; turn < seconds * 20; turn++) {
        try {
          closeSync(openSync(requests, constants.O_WRONLY | constants.O_NONBLOCK));
        } catch (error) {
          // Nobody has the other end open (fifo(7)).
          if ((error as NodeJS.ErrnoException).code === 'ENXIO') return true;
          throw error;
        }
        await sleep(50);
      }
      return false;
    },
  };
}
