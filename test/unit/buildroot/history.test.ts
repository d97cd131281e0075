import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appendHistory, HISTORY, type HistoryEntry, readHistory } from '../../../src/buildroot/history.ts';
import {
  clearRejection,
  describeRejection,
  type Rejection,
  readRejection,
  SmokeTestError,
  smokeFailure,
  writeRejection,
} from '../../../src/buildroot/rejection.ts';
import { InfrastructureError } from '../../../src/errors.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-history-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const entry = (number: number): HistoryEntry => ({
  time: '2026-01-01T00:00:00.000Z',
  outcome: 'updated',
  generation: String(number).padStart(16, '0'),
  reason: 'bookworm changed upstream',
  seconds: number,
  runId: 'run-1',
});

describe('the history of a buildroot', () => {
  it('is read as it was written', async () => {
    expect(await readHistory(folder)).toEqual([]);
    const failure: HistoryEntry = {
      ...entry(2),
      outcome: 'rejected',
      changes: { upgraded: [{ name: 'a:all', from: '1', to: '2' }], downgraded: [], added: [], removed: [] },
      failure: { message: 'does not build', verdict: 'package', log: '/x/y.build', tail: ['E: no'] },
    };
    await appendHistory(folder, entry(1));
    await appendHistory(folder, failure);
    expect(await readHistory(folder)).toEqual([entry(1), failure]);
    expect((await readFile(path.join(folder, HISTORY), 'utf8')).split('\n')).toHaveLength(3);
  });

  it('outlives lines that cannot be read', async () => {
    await appendHistory(folder, entry(1));
    await appendFile(path.join(folder, HISTORY), '{"time":"half\n{"schema":"of another version"}\n');
    await appendHistory(folder, entry(2));
    expect(await readHistory(folder)).toEqual([entry(1), entry(2)]);
  });

  it('loses no entry after a line that was cut off', async () => {
    await appendHistory(folder, entry(1));
    await appendFile(path.join(folder, HISTORY), '{"time":"half');
    await appendHistory(folder, entry(2));
    expect(await readHistory(folder)).toEqual([entry(1), entry(2)]);
  });

  it('keeps the newest of many', async () => {
    const lines = Array.from({ length: 400 }, (_, index) => `${JSON.stringify(entry(index + 1))}\n`);
    await writeFile(path.join(folder, HISTORY), lines.join(''));
    await appendHistory(folder, entry(401));
    const kept = await readHistory(folder);
    expect(kept).toHaveLength(201);
    expect(kept[0]?.seconds).toBe(201);
    expect(kept.at(-1)?.seconds).toBe(401);
    expect(await readdir(folder)).toEqual([HISTORY]);
  });
});

describe('a rejection', () => {
  const rejection: Rejection = {
    schema: 'pkg-actions/rejection/1',
    kind: 'smoke-test',
    rejectedAt: '2026-02-03T04:05:06.000Z',
    generation: 'a'.repeat(16),
    configurationDigest: 'b'.repeat(64),
    releases: [{ uri: 'http://x.example.org', release: 'stable', sha256: 'c'.repeat(64) }],
    verdict: 'package',
    reason: 'gcc is not found',
    log: '/state/x.build',
  };

  it('is remembered until it is taken back', async () => {
    expect(await readRejection(folder)).toBeUndefined();
    await writeRejection(folder, rejection);
    expect(await readRejection(folder)).toEqual(rejection);
    await clearRejection(folder);
    await clearRejection(folder);
    expect(await readRejection(folder)).toBeUndefined();
  });

  it('counts for nothing when it cannot be read', async () => {
    await appendFile(path.join(folder, 'rejected.json'), '{"schema":');
    expect(await readRejection(folder)).toBeUndefined();
  });

  it('says what happened', () => {
    expect(describeRejection(rejection)).toBe(
      'generation aaaaaaaaaaaaaaaa, which did not pass its smoke test at 2026-02-03 04:05 UTC (gcc is not found); see /state/x.build',
    );
    expect(describeRejection({ ...rejection, kind: 'rollback', reason: 'rolled back by run-1' })).toMatch(
      /which was gone back from at 2026-02-03 04:05 UTC \(rolled back by run-1\)$/,
    );
  });

  it.each([
    ['package', SmokeTestError],
    ['configuration', SmokeTestError],
    ['infrastructure', InfrastructureError],
  ] as const)('is an error of whose fault it is: %s', (verdict, kind) => {
    const error = smokeFailure('debian-12-amd64', { verdict, reason: 'the disk is full', log: '/x.build' });
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toBe(
      `the new generation of the buildroot debian-12-amd64 did not pass its smoke test (found ${verdict} failure: the disk is full); see /x.build`,
    );
  });
});
