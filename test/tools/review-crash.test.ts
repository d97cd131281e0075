/**
 * Review repositories whose publish or removal ends by SIGKILL: what is served is the complete old or the complete new
 * state, or nothing; apt accepts it, the next run removes what is left, and nothing else is touched.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CancelledError } from '../../src/errors.ts';
import { RepositoryPaths } from '../../src/repository/layout.ts';
import { debReview } from '../../src/repository/review/deb.ts';
import { currentOf, ReviewPlace } from '../../src/repository/review/place.ts';
import { publishReview, REVIEW_STEPS } from '../../src/repository/review/publish.ts';
import { pruneReviews, REMOVE_STEPS, removeReviews } from '../../src/repository/review/remove.ts';
import { treeDigest, Workbench } from './publish-helpers.ts';
import type { ReviewTask } from './review-child.ts';

let bench: Workbench;
/** Of hello 1.1, and the same once more with other content; and of another source. */
let once: string;
let again: string;
let other: string;
let count = 0;

beforeAll(async () => {
  bench = await Workbench.make();
  await bench.publish([await bench.binaries({ version: '1.0' })]);
  once = await bench.binaries({ version: '1.1' });
  again = await bench.binaries({ version: '1.1', content: 'built again' });
  other = await bench.binaries({ name: 'other' });
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

const next = () => new ReviewPlace(bench.repository, `CR-${++count}`);
const common = () => ({
  root: bench.repository,
  holder: 'a test',
  leaseSeconds: 300,
  logger: bench.host,
  signal: bench.host.signal,
});

async function publish({ name }: ReviewPlace, packages: readonly string[]) {
  const { signer } = bench;
  const options = { ...common(), review: name, packages, signer, channel: 'latest', allowKeyChange: false };
  return await publishReview(options, debReview({ name: 'Test', architectures: ['amd64'] }, name, undefined));
}

async function killed({ name }: ReviewPlace, packages: readonly string[], killAt: string): Promise<void> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'review-child.ts')], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const task: ReviewTask = { root: bench.repository, review: name, packages, key: bench.secret, killAt };
  child.stdin.end(JSON.stringify(task));
  const signal = await new Promise((resolve) => child.once('close', (_code, ended) => resolve(ended)));
  expect({ signal, output }).toEqual({ signal: 'SIGKILL', output: '' });
}

/** Digest of the hello that apt finds in a review, and the names of all packages there; `undefined` where it is not served. */
async function served(place: ReviewPlace): Promise<{ names: string[]; sha256: string } | undefined> {
  if (!existsSync(place.link)) return undefined;
  const apt = await bench.apt({ uri: `file:${place.link}` });
  await apt.update();
  const names = await apt.list();
  const shown = await apt.run('apt-cache', 'show', 'hello');
  return { names, sha256: /^SHA256: (.*)$/m.exec(shown)?.[1] ?? '' };
}

/** Nothing is left but what is served. */
async function expectTidy(place: ReviewPlace): Promise<void> {
  const unique = await currentOf(place);
  expect(unique).toBeDefined();
  expect((await readdir(place.folder)).sort()).toEqual([unique, 'lock'].sort());
  expect((await readdir(place.links)).filter((name) => name.startsWith('.'))).toEqual([]);
  expect(await readdir(place.repository(unique ?? '').staging)).toEqual([]);
}

describe('a first publish', () => {
  it.each(['journal', 'published', 'linked'])('killed when %s is done', async (step) => {
    const place = next();
    await killed(place, [once], step);
    const before = await served(place);
    expect(before?.names).toEqual(step === 'linked' ? ['hello 1.1'] : undefined);
    await publish(place, [once]);
    expect((await served(place))?.names).toEqual(['hello 1.1']);
    await expectTidy(place);
  });
});

describe('a review that is begun anew', () => {
  const steps = REVIEW_STEPS.filter((step) => step !== 'locked');
  it.each(steps)('killed when %s is done', async (step) => {
    const place = next();
    await publish(place, [once, other]);
    const old = await served(place);
    await killed(place, [again], step);
    const now = await served(place);
    expect(now?.names).toEqual(['hello 1.1', 'other 1.0']);
    const isNew = steps.indexOf(step) >= steps.indexOf('linked');
    expect(now?.sha256 === old?.sha256).toBe(!isNew);
    const result = await publish(place, [again]);
    expect(result.begun).toBe(isNew ? undefined : 'anew');
    const then = await served(place);
    expect(then?.names).toEqual(['hello 1.1', 'other 1.0']);
    expect(then?.sha256).not.toBe(old?.sha256);
    await expectTidy(place);
  });

  it('stays as it was when that fails or is cancelled', async () => {
    const place = next();
    await publish(place, [once, other]);
    const old = await served(place);
    const before = await treeDigest(place.folder);
    const attempt = async (signal: AbortSignal, onReviewStep: (step: string) => void) => {
      const options = { ...common(), signal, review: place.name, packages: [again], signer: bench.signer };
      const format = debReview({ name: 'Test', architectures: ['amd64'] }, place.name, undefined);
      return await publishReview({ ...options, channel: 'latest', allowKeyChange: false, onReviewStep }, format);
    };
    const failing = attempt(bench.host.signal, (step) => {
      if (step === 'published') throw new Error('no space left');
    });
    await expect(failing).rejects.toThrow('no space left');
    expect(await treeDigest(place.folder)).toBe(before);
    const controller = new AbortController();
    const cancelled = attempt(controller.signal, (step) => {
      if (step === 'published') controller.abort();
    });
    await expect(cancelled).rejects.toThrow(CancelledError);
    expect(await treeDigest(place.folder)).toBe(before);
    expect(await served(place)).toEqual(old);
  });
});

describe('a removal', () => {
  it.each(REMOVE_STEPS)('killed when %s is done', async (step) => {
    const place = next();
    await publish(place, [once]);
    const release = await treeDigest(new RepositoryPaths(bench.repository).snapshots);
    await killed(place, [], step);
    expect((await served(place))?.names).toEqual(step === 'locked' ? ['hello 1.1'] : undefined);
    const isOver = step === 'folder';
    if (step === 'unlinked') {
      // By the next prune, though it is young.
      const { removed } = await pruneReviews({ ...common(), keepSeconds: 86_400, dryRun: false });
      expect(removed.map(({ name }) => name)).toContain(place.name);
    } else {
      const [{ outcome } = { outcome: undefined }] = await removeReviews({
        ...common(),
        names: [place.name],
        dryRun: false,
      });
      expect(outcome).toBe(isOver ? 'absent' : 'removed');
    }
    for (const left of [place.link, place.folder]) expect(existsSync(left)).toBe(false);
    expect(await treeDigest(new RepositoryPaths(bench.repository).snapshots)).toBe(release);
    await publish(place, [again]);
    expect((await served(place))?.names).toEqual(['hello 1.1']);
  });
});
