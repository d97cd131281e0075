/** The first process of a session as we see it: what we started, and what it says line by line. */
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { InfrastructureError } from '../../errors.ts';

/** A session whose processes cannot be ended within this is stuck in the kernel. */
const END_SECONDS = 30;

export interface Holder {
  /** Resolves with whether it said `word` before it ended. */
  says(word: string): Promise<boolean>;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  hasEnded(): boolean;
  exitCode(): number | null;
  /** The last that it wrote to standard error. */
  errors(): string;
}

/** Follows a process started by `start`. */
export function holderOf(child: ChildProcess & { readonly stdout: Readable; readonly stderr: Readable }): Holder {
  let errors = '';
  let rest = '';
  let hasEnded = false;
  const waiting = new Set<{ word: string; answer: (said: boolean) => void }>();
  const said: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4096);
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = (lines.pop() ?? '').slice(-4096);
    for (const line of lines) {
      const asked = [...waiting].find(({ word }) => word === line);
      if (asked === undefined) said.push(line);
      else {
        waiting.delete(asked);
        asked.answer(true);
      }
    }
    said.splice(0, said.length - 16);
  });
  child.stdin?.on('error', () => {});
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      hasEnded = true;
      for (const { answer } of waiting) answer(false);
      waiting.clear();
      resolve();
    };
    child.once('close', end);
    child.once('error', end);
  });
  return {
    says: (word) =>
      new Promise((resolve) => {
        const early = said.indexOf(word);
        if (early !== -1) {
          said.splice(early, 1);
          resolve(true);
        } else if (hasEnded) resolve(false);
        else waiting.add({ word, answer: resolve });
      }),
    ended,
    hasEnded: () => hasEnded,
    exitCode: () => child.exitCode,
    errors: () => errors.trim(),
  };
}

/** What the first process runs to end every process of its namespace but itself, in bash. */
export const END_PROCESSES = `
end_processes() {
  local turn
  # kill(2) spares the caller here, and none escapes by forking: it is asked again until nobody is there.
  for (( turn = 0; turn < ${END_SECONDS * 50}; turn++ )); do
    kill -KILL -- -1 2>/dev/null || { echo "ended $1"; return; }
    sleep 0.02
  done
  echo "stuck $1"
}
`;

/** Waits until the first process says that it has ended all others. */
export async function awaitEnded(holder: Holder, turn: number): Promise<void> {
  const isGone = await Promise.race([
    holder.says(`ended ${turn}`).then((said) => (said ? 'ended' : 'gone')),
    holder.says(`stuck ${turn}`).then((said) => (said ? 'stuck' : 'gone')),
  ]);
  if (isGone === 'gone') throw sessionEnded(holder);
  if (isGone === 'stuck') {
    throw new InfrastructureError({
      what: 'processes of the build session cannot be ended',
      found: `some are left after ${END_SECONDS} s: they wait in the kernel, for a disk most often`,
    });
  }
}

/** The error for commands of a session that ended while it was in use. */
export function sessionEnded(holder: Holder): InfrastructureError {
  return new InfrastructureError({
    what: 'the build session ended while it was in use',
    found: holder.errors().split('\n').at(-1) || 'its first process is gone, and nobody says why',
    expected: 'a session that lives until it is closed',
  });
}
