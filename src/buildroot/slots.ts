/**
 * Places for builds on this host: at most so many at once, over all jobs and processes, held by locks of the kernel.
 *
 *     <state>/places/1 2 3 ...       a lock on it is a place; in it who has it
 *     <state>/places/queue/          tickets of those who wait, `NUMBER-LIMIT`, each locked by its owner
 *     <state>/places/queue.lock      numbers are given under it; in it the last one
 *
 * A process that dies, however it does, frees place and ticket at once. Jobs may have different limits: each looks at
 * places 1 to its own limit.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { InfrastructureError } from '../errors.ts';
import { formatDuration } from '../format.ts';
import type { Logger } from '../host/host.ts';
import { type Lock, takeLock, tryLock } from '../lock.ts';

export interface SlotRequest {
  /** State folder. */
  readonly state: string;
  /** How many builds this host runs at once. */
  readonly parallel: number;
  /** Seconds to wait for a place. */
  readonly waitSeconds: number;
  /** Who has the place, for those who wait. */
  readonly runId: string;
  readonly logger: Pick<Logger, 'progress' | 'warning'>;
  readonly signal?: AbortSignal;
}

/** A place that is held. `scratch` is written to it for others: see `scratchSize`. */
export interface Place extends Lock {
  readonly state: string;
  readonly number: number;
  /** Says how many bytes of memory the build on this place was promised. */
  promise(bytes: number): Promise<void>;
}

const holderSchema = z.object({
  runId: z.string(),
  pid: z.int(),
  /** When it was taken, by the time of day: for people. */
  since: z.iso.datetime(),
  /** Bytes of memory that the build may write to, at most. */
  scratch: z.int().nonnegative(),
});
export type PlaceHolder = z.infer<typeof holderSchema> & { readonly number: number };

/** Between two looks at the places, by the first of those who wait; at least, and as many times as a look takes. */
const PAUSE_MS = 200;
const PAUSE_SHARE = 10;
const PROGRESS_MS = 2000;
/** A ticket gets its name when it is locked; one that has none yet after this long is left over. */
const UNNAMED_MS = 10 * 60 * 1000;

/**
 * Takes a place, waiting for one where all are taken: shown as progress, with who has them. Who came first is served
 * first.
 *
 * @throws InfrastructureError where none got free in time; the signal's reason where it is aborted.
 */
export async function takeSlot(request: SlotRequest): Promise<Place> {
  const { signal, logger } = request;
  signal?.throwIfAborted();
  const places = placesFolder(request.state);
  await mkdir(queueFolder(places), { recursive: true, mode: 0o700 });
  const started = performance.now();
  const left = () => Math.max(0, request.waitSeconds - (performance.now() - started) / 1000);
  // Nobody waits, as a rule: then a place is one lock.
  if ((await living(places, await tickets(places))).length === 0) {
    const free = await firstFree(request, places, 1);
    if (free !== undefined) return free;
  }
  if (request.waitSeconds === 0) throw await noPlace(request, places);

  await using ticket = await drawTicket(places, request);
  const tell = async () => logger.progress(await situation(request, places, ticket.number));
  await tell();
  const telling = setInterval(() => void tell().catch(() => undefined), PROGRESS_MS).unref();
  try {
    while (left() > 0) {
      const before = (await tickets(places)).filter(({ number }) => number < ticket.number);
      // Who came earlier and looks at all of our places goes first: nothing to be had before it is served, or gone.
      const ahead = before.filter(({ limit }) => limit >= request.parallel).at(-1);
      if (ahead !== undefined) {
        await ticketEnds(places, ahead.name, left(), signal);
        continue;
      }
      const looked = performance.now();
      const waiting = await living(places, before);
      const free = await firstFree(request, places, Math.max(0, ...waiting.map(({ limit }) => limit)) + 1);
      if (free !== undefined) {
        logger.progress('');
        return free;
      }
      const pause = Math.max(PAUSE_MS, (performance.now() - looked) * PAUSE_SHARE);
      await setTimeout(Math.min(pause, left() * 1000 + 1), undefined, signal ? { signal } : {}).catch(() => undefined);
      signal?.throwIfAborted();
    }
    throw await noPlace(request, places);
  } finally {
    clearInterval(telling);
  }
}

/** Who has places now, by number. A holder that is about to write its name is not among them yet. */
export async function placeHolders(state: string): Promise<PlaceHolder[]> {
  const places = placesFolder(state);
  const names = (await readdir(places).catch(() => [])).filter((name) => /^[1-9]\d*$/.test(name));
  const found = await Promise.all(names.map((name) => holderOf(places, Number(name))));
  return found.filter((holder) => holder !== undefined).sort((a, b) => a.number - b.number);
}

/** Runs `body` while nobody else promises memory, with what the builds on other places were promised, in bytes. */
export async function withPromises<T>(place: Place, body: (others: number) => Promise<T>): Promise<T> {
  await using _lock = await lockFile(path.join(placesFolder(place.state), 'memory.lock'), 'the memory of this host');
  const others = (await placeHolders(place.state)).filter(({ number }) => number !== place.number);
  return body(others.reduce((sum, { scratch }) => sum + scratch, 0));
}

const placesFolder = (state: string) => path.join(state, 'places');
const queueFolder = (places: string) => path.join(places, 'queue');

async function firstFree(request: SlotRequest, places: string, first: number): Promise<Place | undefined> {
  for (let number = first; number <= request.parallel; number++) {
    const place = await tryPlace(request, places, number);
    if (place !== undefined) return place;
  }
  return undefined;
}

async function tryPlace(request: SlotRequest, places: string, number: number): Promise<Place | undefined> {
  const { signal, logger, runId } = request;
  const file = path.join(places, String(number));
  await (await open(file, 'a', 0o600)).close();
  const options = { mode: 'exclusive', waitSeconds: 0, what: `place ${number} of this host` } as const;
  const lock = await tryLock(file, { ...options, ...(signal ? { signal } : {}) });
  if (lock === undefined) return undefined;
  const write = (scratch: number) =>
    writeFile(file, `${JSON.stringify({ runId, pid: process.pid, since, scratch })}\n`, { mode: 0o600 });
  const since = new Date().toISOString();
  try {
    await write(0);
  } catch (error) {
    await lock.release();
    throw error;
  }
  let held: Lock = lock;
  let released: Promise<void> | undefined;
  const release = () => {
    // A name that stays, because we are killed, counts for nothing: the place is not locked.
    released ??= truncate(file)
      .catch(() => undefined)
      .then(() => held.release());
    return released;
  };
  const watch = (of: Lock): void => {
    void of.lost.then(async () => {
      if (released !== undefined) return;
      logger.warning(`the lock on place ${number} of this host was lost: another build may run beside this one`);
      const again = await tryLock(file, options).catch(() => undefined);
      if (again === undefined) return;
      if (released !== undefined) return again.release();
      held = again;
      watch(again);
    });
  };
  watch(lock);
  return { state: request.state, number, lost: lock.lost, promise: write, release, [Symbol.asyncDispose]: release };
}

/** Who has a place; `undefined` where nobody has. */
async function holderOf(places: string, number: number): Promise<PlaceHolder | undefined> {
  const file = path.join(places, String(number));
  const text = await readFile(file, 'utf8').catch(() => '');
  if (text === '') return undefined;
  const lock = await tryLock(file, { mode: 'shared', waitSeconds: 0, what: `place ${number}` });
  if (lock !== undefined) {
    await lock.release();
    return undefined;
  }
  try {
    return { ...holderSchema.parse(JSON.parse(text)), number };
  } catch {
    // Half written, or by another version.
    return { runId: 'a build', pid: 0, since: new Date().toISOString(), scratch: 0, number };
  }
}

interface Ticket {
  readonly name: string;
  readonly number: number;
  readonly limit: number;
}

/** All tickets, also those of the dead, in order. */
async function tickets(places: string): Promise<Ticket[]> {
  const names = await readdir(queueFolder(places));
  return names
    .flatMap((name) => {
      const [, number, limit] = /^(\d+)-(\d+)$/.exec(name) ?? [];
      return number === undefined ? [] : [{ name, number: Number(number), limit: Number(limit) }];
    })
    .sort((a, b) => a.number - b.number);
}

/** A ticket with the next number, locked before others see it. */
async function drawTicket(places: string, { parallel, signal }: SlotRequest): Promise<Ticket & AsyncDisposable> {
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
async function ticketEnds(places: string, name: string, seconds: number, signal?: AbortSignal): Promise<boolean> {
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

async function living(places: string, all: readonly Ticket[]): Promise<Ticket[]> {
  const alive: Ticket[] = [];
  for (const ticket of all) if (!(await ticketEnds(places, ticket.name, 0))) alive.push(ticket);
  return alive;
}

/** A lock that is held for a moment only; its file is made. */
async function lockFile(file: string, what: string, signal?: AbortSignal): Promise<Lock> {
  await (await open(file, 'a', 0o600)).close();
  return takeLock(file, { mode: 'exclusive', waitSeconds: 60, what, ...(signal ? { signal } : {}) });
}

async function situation({ state, parallel }: SlotRequest, places: string, own: number): Promise<string> {
  const ahead = (await tickets(places)).filter(({ number }) => number < own).length;
  const others = ahead === 0 ? '' : `, ${ahead} before this one`;
  return `waiting for a place on this host, ${parallel} at once${others}: ${await running(state, parallel)}`;
}

async function running(state: string, parallel: number): Promise<string> {
  const holders = (await placeHolders(state)).filter(({ number }) => number <= parallel);
  if (holders.length === 0) return 'a place gets free';
  const shown = holders.slice(0, 4).map(({ runId, since }) => {
    // The time of day may have been set back since.
    const seconds = Math.max(0, Math.round((Date.now() - Date.parse(since)) / 1000));
    return `${runId} for ${formatDuration(seconds)}`;
  });
  const more = holders.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

async function noPlace({ state, parallel, waitSeconds }: SlotRequest, places: string): Promise<InfrastructureError> {
  return new InfrastructureError({
    what: 'no place for the build on this host',
    where: places,
    found: `after ${formatDuration(waitSeconds)} ${await running(state, parallel)}`,
    expected: `fewer than ${parallel} builds at once`,
    remedy: 'wait for the others, or raise max-parallel or the limit lock-timeout',
  });
}
