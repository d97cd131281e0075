/** The queue before the places of a host (`slots.ts`): tickets with numbers, and a bell for those who wait. */
import { randomBytes } from 'node:crypto';
import { type FSWatcher, watch } from 'node:fs';
import { open, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Lock, takeLock, tryLock } from '../lock.ts';

/** A ticket gets its name when it is locked; one that has none yet after this long is left over. */
const UNNAMED_MS = 10 * 60 * 1000;

/** @param places the folder of the places. */
export const queueFolder = (places: string): string => path.join(places, 'queue');

export interface Ticket {
  readonly name: string;
  readonly number: number;
  readonly limit: number;
}

/** All tickets, also those of the dead, in order. */
export async function tickets(places: string): Promise<Ticket[]> {
  const names = await readdir(queueFolder(places));
  return names
    .flatMap((name) => {
      const [, number, limit] = /^(\d+)-(\d+)$/.exec(name) ?? [];
      return number === undefined ? [] : [{ name, number: Number(number), limit: Number(limit) }];
    })
    .sort((a, b) => a.number - b.number);
}

/** A ticket with the next number, locked before others see it. */
export async function drawTicket(
  places: string,
  parallel: number,
  signal?: AbortSignal,
): Promise<Ticket & AsyncDisposable> {
  const queue = queueFolder(places);
  const unnamed = path.join(queue, `.${randomBytes(6).toString('hex')}`);
  await writeFile(unnamed, '', { mode: 0o600 });
  let own: Lock | undefined;
  let file = unnamed;
  const end = async () => {
    await rm(file, { force: true });
    await own?.release();
  };
  try {
    const options = signal ? { signal } : {};
    own = await takeLock(unnamed, { mode: 'exclusive', waitSeconds: 0, what: 'a ticket', ...options });
    const counter = path.join(places, 'queue.lock');
    await using _lock = await lockFile(counter, 'the queue of builds on this host', signal);
    const last = Number((await readFile(counter, 'utf8')).trim());
    const number = Math.max(Number.isSafeInteger(last) ? last : 0, (await tickets(places)).at(-1)?.number ?? 0) + 1;
    await writeFile(counter, `${number}\n`);
    const name = `${String(number).padStart(8, '0')}-${parallel}`;
    await rename(unnamed, path.join(queue, name));
    file = path.join(queue, name);
    await removeUnnamed(queue);
    return { name, number, limit: parallel, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Tickets that never got a name, because their owner was killed. */
async function removeUnnamed(queue: string): Promise<void> {
  for (const name of await readdir(queue)) {
    if (!name.startsWith('.')) continue;
    const file = path.join(queue, name);
    const made = await stat(file).catch(() => undefined);
    if (made !== undefined && Date.now() - made.mtimeMs > UNNAMED_MS) await rm(file, { force: true });
  }
}

/** Waits until the owner of a ticket has its place, gave up, or is dead; a dead one's ticket goes. */
export async function ticketEnds(
  places: string,
  name: string,
  seconds: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const file = path.join(queueFolder(places), name);
  const options = { mode: 'shared', what: `the ticket ${name}`, ...(signal ? { signal } : {}) } as const;
  const lock = await tryLock(file, { ...options, waitSeconds: seconds }).catch(async (error: unknown) => {
    if (signal?.aborted || (await stat(file).catch(() => undefined)) !== undefined) throw error;
    return 'gone' as const;
  });
  if (lock === undefined) return false;
  if (lock === 'gone') return true;
  // Numbers are given once: nobody else's ticket has this name.
  await rm(file, { force: true });
  await lock.release();
  return true;
}

/** Those of them whose owners wait; tickets of the dead go. */
export async function living(places: string, all: readonly Ticket[]): Promise<Ticket[]> {
  const alive: Ticket[] = [];
  for (const ticket of all) if (!(await ticketEnds(places, ticket.name, 0))) alive.push(ticket);
  return alive;
}

/** A lock that is held for a moment only; its file is made. */
export async function lockFile(file: string, what: string, signal?: AbortSignal): Promise<Lock> {
  await (await open(file, 'a', 0o600)).close();
  return takeLock(file, { mode: 'exclusive', waitSeconds: 60, what, ...(signal ? { signal } : {}) });
}

export interface Bell {
  /** What rang before is forgotten. */
  reset(): void;
  /** Until it rings, or has rung since it was reset; not longer than that. */
  wait(milliseconds: number, signal: AbortSignal | undefined): Promise<void>;
  close(): void;
}

/** Hears that places are given back (inotify(7)). Where that cannot be had, nothing rings and every wait is a whole one. */
export async function listen(places: string): Promise<Bell> {
  const file = path.join(places, RELEASED);
  await (await open(file, 'a', 0o600)).close();
  let rung = new AbortController();
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(file, () => rung.abort());
    watcher.on('error', () => undefined);
  } catch {
    // No watches are left to this user.
  }
  return {
    reset: () => {
      rung = new AbortController();
    },
    wait: async (milliseconds, signal) => {
      const any = AbortSignal.any([rung.signal, ...(signal ? [signal] : [])]);
      await setTimeout(milliseconds, undefined, { signal: any }).catch(() => undefined);
    },
    close: () => watcher?.close(),
  };
}

const RELEASED = 'released';

/** Says that a place was given back, to whoever listens. */
export async function ring(places: string): Promise<void> {
  const now = new Date();
  // Nobody has listened yet, or the state is being removed: those who wait look again anyway.
  await utimes(path.join(places, RELEASED), now, now).catch(() => undefined);
}
