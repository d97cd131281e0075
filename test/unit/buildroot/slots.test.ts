import { mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Place, placeHolders, takeSlot, withPromises } from '../../../src/buildroot/slots.ts';
import { InfrastructureError } from '../../../src/errors.ts';
import { RecordingHost } from '../../../src/host/recording.ts';
import { until } from './until.ts';

let state: string;
let taken: Promise<Place>[];
const stop = { controller: new AbortController() };
beforeEach(async () => {
  state = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-slots-'));
  taken = [];
  stop.controller = new AbortController();
});
afterEach(async () => {
  stop.controller.abort();
  for (const place of await Promise.allSettled(taken)) if (place.status === 'fulfilled') await place.value.release();
  await rm(state, { recursive: true, force: true });
});

function take(parallel: number, runId = 'test', more: { waitSeconds?: number; host?: RecordingHost } = {}) {
  const { waitSeconds = 600, host = new RecordingHost() } = more;
  const signal = AbortSignal.any([stop.controller.signal, host.signal]);
  const place = takeSlot({ state, parallel, waitSeconds, runId, logger: host, signal });
  place.catch(() => {});
  taken.push(place);
  return place;
}

/** Tickets that have their number; one without is about to get it. */
const queue = async () => (await readdir(path.join(state, 'places/queue'))).filter((name) => !name.startsWith('.'));
const waiting = (count: number) => until(async () => (await queue()).length === count, `${count} that wait`);

describe('places of a host', () => {
  it('are as many as asked for, and are free again when they are released', async () => {
    const first = await take(2, 'first');
    const second = await take(2, 'second');
    expect([first.number, second.number]).toEqual([1, 2]);
    expect(await placeHolders(state)).toMatchObject([
      { number: 1, runId: 'first', pid: process.pid },
      { number: 2, runId: 'second' },
    ]);
    await expect(take(2, 'third', { waitSeconds: 0 })).rejects.toThrow(InfrastructureError);
    await first.release();
    await first.release();
    expect((await take(2, 'third', { waitSeconds: 0 })).number).toBe(1);
  });

  it('are waited for, with who has them as progress', async () => {
    const held = await take(1, 'run-17');
    const host = new RecordingHost();
    const next = take(1, 'next', { host });
    await until(() => host.lines.some(({ level }) => level === 'progress'), 'progress');
    expect(host.lines[0]?.message).toMatch(/^waiting for a place on this host, 1 at once: run-17 for \d+ s$/);
    await held.release();
    expect((await next).number).toBe(1);
    // Ended, and nothing of the waiting is left.
    expect(host.lines.at(-1)).toMatchObject({ level: 'progress', message: '' });
    expect(await queue()).toEqual([]);
  });

  it('are given in the order in which they were asked for', async () => {
    const held = await take(1);
    const order: number[] = [];
    const served: Promise<void>[] = [];
    for (let index = 0; index < 4; index++) {
      served.push(
        take(1, `waiter-${index}`).then(async (place) => {
          order.push(index);
          await place.release();
        }),
      );
      await waiting(index + 1);
    }
    await held.release();
    await Promise.all(served);
    expect(order).toEqual([0, 1, 2, 3]);
  });

  it('are given up by who is cancelled; the next one moves up', async () => {
    const held = await take(1);
    const cancelled = new RecordingHost();
    const first = take(1, 'cancelled', { host: cancelled });
    await waiting(1);
    const second = take(1, 'second');
    await waiting(2);
    cancelled.cancel(new Error('cancelled by a person'));
    await expect(first).rejects.toThrow('cancelled by a person');
    await waiting(1);
    await held.release();
    expect((await second).number).toBe(1);
  });

  it('fail when none got free in time, as the fault of the infrastructure', async () => {
    await take(1, 'run-17');
    for (const waitSeconds of [0, 0.4]) {
      const error = await take(1, 'late', { waitSeconds }).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(InfrastructureError);
      expect((error as Error).message).toMatch(
        /no place for the build on this host .*run-17 for .*expected fewer than 1 builds at once.*max-parallel/,
      );
    }
    expect(await queue()).toEqual([]);
  });

  it('differ in number from job to job: nobody waits for a place of another limit', async () => {
    const first = await take(1);
    const narrow = take(1, 'narrow');
    await waiting(1);
    // It may go beside the first one, where the narrow one may not.
    const wide = await take(2, 'wide');
    expect(wide.number).toBe(2);
    const later = take(2, 'later');
    await waiting(2);
    // Of the first place it is the narrow one's turn.
    await first.release();
    expect((await narrow).number).toBe(1);
    await wide.release();
    expect((await later).number).toBe(2);
  });

  it('are not kept from others by what the dead left', async () => {
    const places = path.join(state, 'places');
    await mkdir(path.join(places, 'queue'), { recursive: true });
    await writeFile(path.join(places, 'queue/00000007-3'), '');
    await writeFile(path.join(places, 'queue/00000008-1'), '');
    await writeFile(path.join(places, 'queue.lock'), 'no number');
    await writeFile(path.join(places, '1'), JSON.stringify({ runId: 'dead', pid: 1, since: 'x', scratch: 1 }));
    expect(await placeHolders(state)).toEqual([]);
    const held = await take(1, 'alive', { waitSeconds: 0 });
    expect(await queue()).toEqual([]);
    expect(await placeHolders(state)).toMatchObject([{ number: 1, runId: 'alive', scratch: 0 }]);
    await writeFile(path.join(places, 'queue/00000009-1'), '');
    const next = take(1, 'next');
    await until(async () => /^(?!00000009)\d{8}-1$/.test((await queue()).join()), 'the ticket of the dead to go');
    await held.release();
    expect((await next).number).toBe(1);
  });

  it('are taken again, with a warning, when their lock is lost', async () => {
    const host = new RecordingHost();
    const place = await take(1, 'test', { host });
    const file = path.join(state, 'places/1');
    const holder = () => holderOf(file).catch(() => undefined);
    process.kill(await until(holder, 'the process that holds the lock'), 'SIGKILL');
    await place.lost;
    await until(() => host.annotations('warning').length > 0, 'a warning');
    expect(host.annotations('warning')[0]?.message).toMatch(/the lock on place 1 of this host was lost/);
    await until(holder, 'the lock to be taken again');
    await expect(take(1, 'other', { waitSeconds: 0 })).rejects.toThrow(/no place/);
    await place.release();
    expect((await take(1, 'other', { waitSeconds: 0 })).number).toBe(1);
    expect(await readFile(file, 'utf8')).toContain('"other"');
  });
});

/** The process that has `file` open, in the end holding the lock on it. */
async function holderOf(file: string): Promise<number> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    for (const descriptor of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => undefined);
      const program = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
      if (target === file && program.trim() === 'cat') return Number(pid);
    }
  }
  throw new Error(`nobody has ${file} open`);
}

it('one build at a time promises memory', async () => {
  const place = await take(2);
  const order: string[] = [];
  const promise = (name: string) =>
    withPromises(place, async () => {
      order.push(`${name} begins`);
      // Long enough for the other one to begin, if it could.
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
      await readdir(state);
      await new Promise((resolve) => setTimeout(resolve, 200));
      order.push(`${name} ends`);
    });
  await Promise.all([promise('one'), promise('one')]);
  expect(order).toEqual(['one begins', 'one ends', 'one begins', 'one ends']);
});
