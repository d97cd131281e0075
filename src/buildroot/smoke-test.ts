/** What a new generation has to pass before builds get it, and what is kept of one that does not. */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Logger } from '../host/host.ts';
import { type Lock, takeLock } from '../lock.ts';
import type { Verdict } from '../manifest.ts';
import type { Buildroot } from './configuration.ts';
import type { Engine } from './engine/engine.ts';
import { type Generation, removeTree } from './generation.ts';

export interface SmokeRequest {
  readonly state: string;
  readonly configuration: Buildroot;
  /** Where its sessions run; this host when absent. */
  readonly engine?: Engine;
  /** What packages are downloaded through. */
  readonly proxy?: string | undefined;
  /** The candidate: not in its place yet. The test releases the lock on it. */
  readonly generation: Generation;
  readonly lock: Lock;
  /** Folder to make, for logs. */
  readonly output: string;
  readonly runId: string;
  readonly logger: Logger;
  readonly signal?: AbortSignal;
}

export interface SmokeOutcome {
  readonly verdict: Verdict;
  /** Why it failed, in one line; empty of a success. */
  readonly reason: string;
  /** The log, in `output`. */
  readonly log: string;
}

/** Builds something small on a generation. */
export type SmokeTest = (request: SmokeRequest) => Promise<SmokeOutcome>;

/** A smoke test that failed, with what is kept of it. */
export interface SmokeFailure extends SmokeOutcome {
  /** Last lines of the log. */
  readonly tail: readonly string[];
}

const FAILURES = 'smoke-failures';
const MOST_FAILURES = 3;
const TAIL_LINES = 20;
const TAIL_CHARACTERS = 300;

/**
 * Runs the smoke test of a staged generation. The logs of one that fails are kept below `smoke-failures/`, those of the
 * last few.
 *
 * @returns `undefined` where it passed.
 * @throws what the test throws.
 */
export async function trySmoke(
  folder: string,
  test: SmokeTest,
  request: Omit<SmokeRequest, 'lock' | 'output'>,
): Promise<SmokeFailure | undefined> {
  const { generation } = request;
  const place = path.join(folder, `.smoke-${randomBytes(4).toString('hex')}`);
  await mkdir(place, { mode: 0o755 });
  const what = `the new generation ${generation.id}`;
  try {
    const lock = await takeLock(generation.folder, { mode: 'shared', waitSeconds: 5, what });
    const output = path.join(place, 'output');
    const outcome = await test({ ...request, lock, output }).finally(() => lock.release());
    if (outcome.verdict === 'success') return undefined;
    const text = await readFile(outcome.log, 'utf8').catch(() => '');
    const kept = await keep(folder, output, generation.id);
    return { ...outcome, log: path.join(kept, path.relative(output, outcome.log)), tail: lastLines(text) };
  } finally {
    await removeTree(place);
  }
}

/** Moves the results of a failed test to where they stay. */
async function keep(folder: string, output: string, id: string): Promise<string> {
  const failures = path.join(folder, FAILURES);
  await mkdir(failures, { recursive: true, mode: 0o755 });
  const place = path.join(failures, `${new Date().toISOString().replaceAll(/[:.]/g, '')}-${id}`);
  await rm(place, { recursive: true, force: true });
  await rename(output, place);
  const all = (await readdir(failures)).sort();
  for (const name of all.slice(0, -MOST_FAILURES)) await rm(path.join(failures, name), { recursive: true });
  return place;
}

function lastLines(text: string): string[] {
  const lines = stripVTControlCharacters(text).trimEnd().split('\n').slice(-TAIL_LINES);
  return lines.map((line) => line.slice(0, TAIL_CHARACTERS));
}
