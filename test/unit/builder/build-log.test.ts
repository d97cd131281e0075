import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BuildLog, bannerOf } from '../../../src/builder/build-log.ts';
import { RecordingHost } from '../../../src/host/recording.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-log-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function written(limit: number, lines: number): Promise<string[]> {
  const log = new BuildLog(path.join(folder, 'log'), new RecordingHost(), limit);
  for (let number = 1; number <= lines; number++) log.write(`line ${String(number).padStart(8, '0')}`);
  await log.close();
  return (await readFile(log.file, 'utf8')).trimEnd().split('\n');
}

describe('the log of a build', () => {
  it('is kept whole up to its limit', async () => {
    const lines = await written(14 * 1000, 1000);
    expect(lines).toHaveLength(1000);
    expect(lines[999]).toBe('line 00001000');
  });

  it('keeps its beginning and its end where there is more, and says how much is left out', async () => {
    const lines = await written(14 * 1000, 100_000);
    const place = lines.findIndex((line) => line.includes('left out'));
    // The first half, then half to the whole of a half.
    expect(place).toBe(500);
    expect(lines.slice(0, place).at(-1)).toBe('line 00000500');
    const tail = lines.slice(place + 1);
    expect(tail.length).toBeGreaterThanOrEqual(499);
    expect(tail.length).toBeLessThanOrEqual(1000);
    expect(tail.at(-1)).toBe('line 00100000');
    // The end is without gaps, and what is missing is what is said to be.
    expect(Number(tail[0]?.slice(5))).toBe(100_000 - tail.length + 1);
    expect(lines[place]).toContain(`${(100_000 - 500 - tail.length) * 14} bytes`);
  });

  it('has no limit where that is 0', async () => {
    expect(await written(0, 50_000)).toHaveLength(50_000);
  });

  it('counts the time of each phase, and shows lines without control characters', async () => {
    const host = new RecordingHost();
    const log = new BuildLog(path.join(folder, 'log'), host, 0);
    log.phase('dependencies');
    log.banner('Update chroot');
    log.line('\u001b[31mred\u001b[0m');
    log.phase('build');
    await log.close();
    expect([...log.seconds.keys()]).toEqual(['dependencies', 'build']);
    expect(host.lines.map(({ message }) => message)).toContain('red');
    expect(await readFile(log.file, 'utf8')).toBe(`${bannerOf('Update chroot')}\n\u001b[31mred\u001b[0m\n`);
  });
});
