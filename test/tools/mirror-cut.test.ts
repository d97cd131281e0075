/** Mirrorings that are cut off: what is served stays whole, and the next run completes it. */
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { STEPS } from '../../src/mirror/mirror.ts';
import { mirrorRepository } from '../../src/mirror/mirrors.ts';
import { run } from '../../src/process.ts';
import { WAIT_VARIABLE } from '../../src/retry.ts';
import { copyTree, NEW, OLD, TwoStates } from './mirror-fixture.ts';
import { Line, mirror, mirrorOptions, rsyncDaemon } from './mirror-rig.ts';
import { contents, servedDebs } from './mirror-served.ts';

/** Random, so that what is sent of it is all of it. */
const SIZE = 2_000_000;
let states: TwoStates;
const wait = process.env[WAIT_VARIABLE];

beforeAll(async () => {
  states = await TwoStates.make(randomBytes(SIZE / 2).toString('hex'));
});
afterAll(async () => await states?.[Symbol.asyncDispose]());
beforeEach(() => {
  process.env[WAIT_VARIABLE] = '0';
});
afterEach(() => {
  if (wait === undefined) delete process.env[WAIT_VARIABLE];
  else process.env[WAIT_VARIABLE] = wait;
});

/** A mirror of the first state, and the repository in its second one. */
async function behind() {
  const made = await states.fresh(states.second);
  const at = path.join(made.to, 'deb');
  await mirror(states.first, made.host, [at]);
  return { ...made, at, home: path.join(made.folder, 'daemon') };
}

describe.each(STEPS)('after the step %s', (step) => {
  test('the daemon is killed', async () => {
    const { root, host, at, home, to, served } = await behind();
    const daemon = await rsyncDaemon(home, to);
    const place = `rsync://127.0.0.1:${daemon.port}/mirror/deb`;
    const [result] = await mirrorRepository(
      mirrorOptions(root, host, [place], {
        onStep: async (done) => {
          if (done === step) await daemon.kill();
        },
      }),
    );
    const isLast = step === 'remove';
    expect(result?.state).toBe(isLast ? 'mirrored' : 'failed');
    // Signature, indexes and packages agree.
    expect(await servedDebs(at)).toEqual(result?.switched ? NEW : OLD);
    expect(result?.switched).toBe(['switch', 'site', 'remove'].includes(step));
    await using again = await rsyncDaemon(home, to, { port: daemon.port });
    expect(again.port).toBe(daemon.port);
    await mirror(root, host, [place]);
    expect(await contents(at)).toEqual(await contents(served));
  });

  test('we are killed', async () => {
    const { root, host, at, home, to, served } = await behind();
    await using daemon = await rsyncDaemon(home, to);
    const place = `rsync://127.0.0.1:${daemon.port}/mirror/deb`;
    await expect(run([process.execPath, 'test/tools/mirror-child.ts', root, place, step])).rejects.toThrow(/SIGKILL/);
    expect(await servedDebs(at)).toEqual(['switch', 'site', 'remove'].includes(step) ? NEW : OLD);
    await mirror(root, host, [place]);
    expect(await contents(at)).toEqual(await contents(served));
  });
});

test('the line is cut after any number of bytes', async () => {
  const { root, host, to, served, home, folder } = await behind();
  await using daemon = await rsyncDaemon(home, to);
  await using line = await Line.to(() => daemon.port);
  const kept = path.join(folder, 'kept');
  await copyTree(path.join(to, 'deb'), kept);
  // How much goes over it when it is not.
  await copyTree(kept, path.join(to, 'measured'));
  await mirror(root, host, [`rsync://127.0.0.1:${line.port}/mirror/measured`]);
  const all = line.sent;
  expect(all).toBeGreaterThan(SIZE);
  const PARTS = 16;
  const seen = new Set<string>();
  let partials = 0;
  for (let part = 0; part < PARTS; part++) {
    const name = `cut-${part}`;
    const at = path.join(to, name);
    await copyTree(kept, at);
    // The package is most of it: half of the cuts are in what comes before and after it.
    const cut = part < PARTS / 2 ? (all * part) / (PARTS / 2) : all - 40 * (PARTS - part) ** 2;
    line.sent = 0;
    line.cuts = Number.POSITIVE_INFINITY;
    line.cutAfter = Math.round(cut);
    const [result] = await mirrorRepository(
      mirrorOptions(root, host, [`rsync://127.0.0.1:${line.port}/mirror/${name}`]),
    );
    expect(result?.state).toBe('failed');
    // Who was cut off at the switch cannot know whether it was done.
    const now = await servedDebs(at);
    expect([OLD, NEW]).toContainEqual(now);
    if (result?.switched) expect(now).toEqual(NEW);
    seen.add(now.join());
    const pool = await readdir(path.join(at, 'pool/main/h/hello'));
    if (pool.includes('.rsync-partial')) partials += 1;
    line.cutAfter = Number.POSITIVE_INFINITY;
    await mirror(root, host, [`rsync://127.0.0.1:${line.port}/mirror/${name}`]);
    expect(await contents(at)).toEqual(await contents(served));
  }
  expect(seen).toContain(OLD.join());
  // A big file is not begun anew.
  expect(partials).toBeGreaterThan(0);
});

test('a line that is cut now and then is tried again, and goes on in the middle of a file', async () => {
  const { root, host, at, home, to } = await behind();
  await using daemon = await rsyncDaemon(home, to);
  await using line = await Line.to(() => daemon.port);
  line.cuts = 1;
  line.cutAfter = SIZE / 2;
  const [result] = await mirror(root, host, [`rsync://127.0.0.1:${line.port}/mirror/deb`], { attempts: 3 });
  expect(result).toMatchObject({ state: 'mirrored' });
  expect(await servedDebs(at)).toEqual(NEW);
  expect(host.transcript()).toContain('attempt 1 of 3 failed');
  // The first half was not sent twice.
  expect(line.sent).toBeLessThan(SIZE * 1.4);
});
