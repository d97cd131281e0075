/**
 * Places for builds on this host: at most so many at once, over all jobs and processes, held by locks of the kernel.
 *
 *     <state>/places/1 2 3 ...       a lock on it is a place; in it who has it
 *     <state>/places/queue/          tickets of those who wait, `NUMBER-LIMIT`, each locked by its owner
 *     <state>/places/queue.lock      numbers are given under it; in it the last one
 *     <state>/places/released        touched when a place was given back: the first of those who wait sees it
 *
 * A process that dies, however it does, frees place and ticket at once. Jobs may have different limits: each looks at
 * places 1 to its own limit.
 */
import { mkdir, open, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { InfrastructureError } from '../errors.ts';
import { formatDuration } from '../format.ts';
import type { Logger } from '../host/host.ts';
import { type Lock, tryLock } from '../lock.ts';
import { type Bell, drawTicket, listen, living, lockFile, queueFolder, ring, ticketEnds, tickets } from './queue.ts';

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

/**
 * Between two looks at the places, where nobody says that one was given back (it was killed): as many times as a look
 * takes, within these.
 */
const PAUSE_SHARE = 10;
const LEAST_PAUSE_MS = 200;
const MOST_PAUSE_MS = 2000;
const PROGRESS_MS = 2000;

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

  await using ticket = await drawTicket(places, request.parallel, signal);
  const tell = async () => logger.progress(await situation(request, places, ticket.number));
  await tell();
  const telling = setInterval(() => void tell().catch(() => undefined), PROGRESS_MS).unref();
  let bell: Bell | undefined;
  try {
    while (left() > 0) {
      const before = (await tickets(places)).filter(({ number }) => number < ticket.number);
      // Who came earlier and looks at all of our places goes first: nothing to be had before it is served, or gone.
      const ahead = before.filter(({ limit }) => limit >= request.parallel).at(-1);
      if (ahead !== undefined) {
        await ticketEnds(places, ahead.name, left(), signal);
        continue;
      }
      bell ??= await listen(places);
      bell.reset();
      const looked = performance.now();
      const waiting = await living(places, before);
      const free = await firstFree(request, places, Math.max(0, ...waiting.map(({ limit }) => limit)) + 1);
      if (free !== undefined) {
        logger.progress('');
        return free;
      }
      const pause = Math.min(MOST_PAUSE_MS, Math.max(LEAST_PAUSE_MS, (performance.now() - looked) * PAUSE_SHARE));
      await bell.wait(Math.min(pause, left() * 1000 + 1), signal);
      signal?.throwIfAborted();
    }
    throw await noPlace(request, places);
  } finally {
    clearInterval(telling);
    bell?.close();
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
  return await body(others.reduce((sum, { scratch }) => sum + scratch, 0));
}

const placesFolder = (state: string) => path.join(state, 'places');

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
  let retaking: Promise<void> = Promise.resolve();
  const release = () => {
    // A name that stays, because we are killed, counts for nothing: the place is not locked.
    released ??= truncate(file)
      .catch(() => undefined)
      .then(() => retaking)
      .then(() => held.release())
      .then(() => ring(places));
    return released;
  };
  const retake = async (): Promise<void> => {
    logger.warning(`the lock on place ${number} of this host was lost: another build may run beside this one`);
    const again = await tryLock(file, options).catch(() => undefined);
    if (again === undefined) return;
    held = again;
    guard(again);
  };
  const guard = (of: Lock): void => {
    void of.lost.then(() => {
      if (released === undefined) retaking = retake();
    });
  };
  guard(lock);
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
