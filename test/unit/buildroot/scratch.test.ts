import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Memory, readMemory } from '../../../src/buildroot/memory.ts';
import { availableMemory, parallelBuilds, scratchSize } from '../../../src/buildroot/scratch.ts';
import { type Place, placeHolders, takeSlot } from '../../../src/buildroot/slots.ts';
import { RecordingHost } from '../../../src/host/recording.ts';

const GIB = 1024 ** 3;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-scratch-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A machine with 16 GiB, of which tmpfs and programs take some. */
const machine = (used: { programs?: number; shared?: number } = {}) => {
  const { programs = 0, shared = 0 } = used;
  return async (): Promise<Memory> => ({ total: 16 * GIB, available: 16 * GIB - programs - shared, shared });
};

describe('where a session writes', () => {
  it('is as asked for', async () => {
    expect(await scratchSize({ requested: 0, parallel: 1 })).toBe('disk');
    expect(await scratchSize({ requested: 5 * GIB, parallel: 64, memory: machine() })).toBe(5 * GIB);
  });

  it('is a share of the memory, and the disk where that is small', async () => {
    const auto = (parallel: number, memory = machine()) => scratchSize({ requested: 'auto', parallel, memory });
    expect(await auto(1)).toBe(12 * GIB);
    expect(await auto(4)).toBe(3 * GIB);
    expect(await auto(12)).toBe(GIB);
    expect(await auto(13)).toBe('disk');
    expect(await auto(4, machine({ programs: 11 * GIB }))).toBe('disk');
  });

  it('warns where more is asked for than there is', async () => {
    const logger = new RecordingHost();
    const ask = (requested: number) => scratchSize({ requested, parallel: 1, logger, memory: machine() });
    expect(await ask(16 * GIB)).toBe(16 * GIB);
    expect(logger.annotations('warning')).toEqual([]);
    expect(await ask(17 * GIB)).toBe(17 * GIB);
    expect(logger.annotations('warning').map(({ message }) => message)).toEqual([
      'a tmpfs of 17 GiB was asked for, and 16 GiB of memory are left for it: the machine may run out of memory',
    ]);
  });
});

describe('the memory of a host', () => {
  let places: Place[];
  beforeEach(() => {
    places = [];
  });
  afterEach(async () => {
    for (const place of places) await place.release();
  });

  async function take(parallel: number): Promise<Place> {
    const logger = new RecordingHost();
    const place = await takeSlot({ state: folder, parallel, waitSeconds: 60, runId: 'test', logger });
    places.push(place);
    return place;
  }
  const auto = (place: Place, parallel: number, memory = machine()) =>
    scratchSize({ requested: 'auto', parallel, place, memory });
  const promised = async () => (await placeHolders(folder)).reduce((sum, { scratch }) => sum + scratch, 0);

  it('is shared by its places, whatever those that run have written', async () => {
    for (const shared of [0, 0, 3 * GIB, 5 * GIB]) {
      expect(await auto(await take(4), 4, machine({ shared }))).toBe(3 * GIB);
    }
    expect(await promised()).toBe(12 * GIB);
    // Promised again when it is free again.
    await places[1]?.release();
    expect(await auto(await take(4), 4, machine({ shared: 9 * GIB }))).toBe(3 * GIB);
  });

  it('is never promised twice, also where jobs have different limits', async () => {
    expect(await auto(await take(1), 1)).toBe(12 * GIB);
    // A job that believes in four places finds nothing left.
    expect(await auto(await take(4), 4)).toBe('disk');
    expect(await promised()).toBe(12 * GIB);
  });

  it('is promised by one after the other', async () => {
    const four = [await take(8), await take(8), await take(8), await take(8)];
    const sizes = await Promise.all(four.map((place) => auto(place, 2)));
    expect(sizes.toSorted()).toEqual([6 * GIB, 6 * GIB, 'disk', 'disk']);
    expect(await promised()).toBe(12 * GIB);
  });

  it('counts sizes that were asked for', async () => {
    const logger = new RecordingHost();
    const ask = async (requested: number) =>
      scratchSize({ requested, parallel: 2, place: await take(3), memory: machine(), logger });
    expect(await ask(8 * GIB)).toBe(8 * GIB);
    expect(await auto(await take(3), 2)).toBe(4 * GIB);
    expect(logger.annotations('warning')).toEqual([]);
    expect(await ask(5 * GIB)).toBe(5 * GIB);
    expect(logger.annotations('warning')).toHaveLength(1);
  });
});

describe('memory', () => {
  async function files(texts: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(texts)) {
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
      await writeFile(path.join(folder, name), text);
    }
  }
  const kib = (bytes: number) => `${bytes / 1024} kB`;
  const meminfo = [
    `MemTotal:       ${kib(16 * GIB)}`,
    `MemFree:         ${kib(GIB)}`,
    `MemAvailable:   ${kib(12 * GIB)}`,
    `Shmem:           ${kib(2 * GIB)}`,
    '',
  ].join('\n');

  it('of this machine is there', async () => {
    const { total, available } = await readMemory();
    expect(available).toBeGreaterThan(0);
    expect(available).toBeLessThanOrEqual(total);
    expect(total).toBeLessThanOrEqual(os.totalmem());
    expect(await availableMemory()).toBeGreaterThan(0);
  });

  it('is the machine’s without control groups', async () => {
    await files({ 'proc/meminfo': meminfo });
    expect(await readMemory(folder)).toEqual({ total: 16 * GIB, available: 12 * GIB, shared: 2 * GIB });
  });

  it('is that of our group of version 2, or of one above it', async () => {
    const group = 'sys/fs/cgroup/system.slice/runner.service';
    await files({
      'proc/meminfo': meminfo,
      'proc/self/cgroup': '0::/system.slice/runner.service\n',
      [`${group}/memory.max`]: 'max\n',
      [`${group}/memory.current`]: `${GIB}\n`,
      'sys/fs/cgroup/system.slice/memory.max': `${8 * GIB}\n`,
      'sys/fs/cgroup/system.slice/memory.current': `${5 * GIB}\n`,
      // Pages of files that can be given back.
      'sys/fs/cgroup/system.slice/memory.stat': `anon 1\ninactive_file ${3 * GIB}\nactive_file 5\n`,
    });
    expect(await readMemory(folder)).toMatchObject({ total: 8 * GIB, available: 6 * GIB });
  });

  it('is that of our group of version 1', async () => {
    const memory = 'sys/fs/cgroup/memory';
    await files({
      'proc/meminfo': meminfo,
      'proc/self/cgroup': '9:name=systemd:/\n4:cpuset,memory:/jobs/7\n0::/\n',
      [`${memory}/jobs/7/memory.limit_in_bytes`]: `${4 * GIB}\n`,
      [`${memory}/jobs/7/memory.usage_in_bytes`]: `${2 * GIB}\n`,
      [`${memory}/jobs/7/memory.stat`]: `cache 1\ntotal_inactive_file ${GIB}\n`,
      [`${memory}/memory.limit_in_bytes`]: '9223372036854771712\n',
      [`${memory}/memory.usage_in_bytes`]: `${9 * GIB}\n`,
    });
    expect(await readMemory(folder)).toMatchObject({ total: 4 * GIB, available: 3 * GIB });
  });

  it('is that of a container, whose groups have paths of the host', async () => {
    await files({
      'proc/meminfo': meminfo,
      'proc/self/cgroup': '4:memory:/docker/0123abcd\n0::/docker/0123abcd\n',
      'sys/fs/cgroup/memory/memory.limit_in_bytes': `${2 * GIB}\n`,
      'sys/fs/cgroup/memory/memory.usage_in_bytes': `${GIB}\n`,
    });
    expect(await readMemory(folder)).toMatchObject({ total: 2 * GIB, available: GIB });
  });

  it('is none where nothing says how much', async () => {
    await files({
      'proc/self/cgroup': 'nonsense\n0::\n4:memory\n0::/../../etc\n',
      'sys/fs/cgroup/memory.max': 'x',
    });
    expect(await readMemory(folder)).toEqual({ total: 0, available: 0, shared: 0 });
  });
});

describe('builds at once', () => {
  it('are as many as asked for, else as configured', async () => {
    expect(await parallelBuilds('auto', '7')).toBe(7);
    expect(await parallelBuilds(3, '7')).toBe(7);
    expect(await parallelBuilds(3, undefined)).toBe(3);
  });

  it('are at least one, and no more than processors and memory allow', async () => {
    const builds = await parallelBuilds('auto', undefined);
    expect(builds).toBeGreaterThanOrEqual(1);
    expect(builds).toBeLessThanOrEqual(os.availableParallelism());
    expect(builds).toBeLessThanOrEqual(Math.max(1, Math.floor(os.totalmem() / (2 * GIB))));
  });
});
