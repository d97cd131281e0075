/**
 * What a publish writes: a package is copied once, out of the folder of its build, and from then on it is linked. Bytes
 * are those that this process and all that it ran gave to write(2), as the kernel counts them (proc_pid_io(5)).
 */
import { randomBytes } from 'node:crypto';
import { lstat, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../src/process.ts';
import { promote } from '../../src/repository/manage/move.ts';
import type { PublishOptions, PublishResult } from '../../src/repository/publish.ts';
import { Workbench } from './publish-helpers.ts';
import { RpmWorkbench } from './rpm-publish-helpers.ts';

/** Of noise in base64, so that no compression makes it small: more than indexes, keys and databases of a publish. */
const BYTES = 12_000_000;
const noise = () => randomBytes((BYTES / 4) * 3).toString('base64');

async function written(body: () => Promise<unknown>): Promise<number> {
  const before = await countWritten();
  await body();
  return (await countWritten()) - before;
}

async function countWritten(): Promise<number> {
  return Number(/^wchar: (\d+)$/m.exec(await readFile('/proc/self/io', 'utf8'))?.[1]);
}

interface Bench {
  readonly folder: string;
  readonly repository: string;
  readonly host: PublishOptions['logger'];
  scratch(): Promise<string>;
  publish(packages: readonly string[], extra?: Partial<PublishOptions>): Promise<PublishResult>;
}

let deb: Workbench;
let rpm: RpmWorkbench;
beforeAll(async () => {
  deb = await Workbench.make();
  rpm = await RpmWorkbench.make();
});
afterAll(async () => {
  await deb[Symbol.asyncDispose]();
  await rpm[Symbol.asyncDispose]();
});

const FORMATS = {
  deb: {
    bench: () => deb as Bench,
    build: async () => await deb.binaries({ name: 'large', content: noise(), compression: 'none' }),
    file: 'large_1.0_amd64.deb',
    poolPath: 'pool/main/l/large/large_1.0_amd64.deb',
  },
  rpm: {
    bench: () => rpm as Bench,
    build: async () => await rpm.binaries({ name: 'large', content: noise() }),
    file: 'large-1.0-1.x86_64.rpm',
    poolPath: 'pool/l/large/large-1.0-1.x86_64.rpm',
  },
};

test('the kernel counts what processes write that were waited for', async () => {
  const file = path.join(await deb.scratch(), 'file');
  const bytes = await written(async () => await run(['dd', 'if=/dev/zero', `of=${file}`, 'bs=1M', 'count=12']));
  expect(bytes).toBeGreaterThanOrEqual(12 * 1024 * 1024);
  expect(bytes).toBeLessThan(13 * 1024 * 1024);
});

describe.each(Object.entries(FORMATS))('%s', (_, { bench, build, file, poolPath }) => {
  test('a package is written once when it is published, and not again for another channel', async () => {
    const { folder, ...one } = { ...bench(), folder: await build() };
    const repository = path.join(await bench().scratch(), 'repository');
    const source = await lstat(path.join(folder, file));
    let staged: Awaited<ReturnType<typeof lstat>> | undefined;
    const publish = async (channel: string) =>
      await bench().publish([folder], {
        root: repository,
        channel,
        onStep: async (step) => {
          if (step !== 'flushed') return;
          const [id = ''] = (await run(['ls', path.join(repository, 'staging')])).stdout.trim().split('\n');
          staged = await lstat(path.join(repository, 'staging', id, 'public', poolPath));
        },
      });

    const first = await written(async () => await publish('latest'));
    expect(first).toBeGreaterThan(source.size);
    expect(first).toBeLessThan(1.5 * source.size);
    const there = await lstat(path.join(repository, 'public', poolPath));
    // What was staged, flushed and checked is what is served: a second name, and then the only one.
    expect(there.ino).toBe(staged?.ino);
    expect(there.nlink).toBe(1);
    // Never the build's own file: who may write to that may write to it later.
    expect(there.ino).not.toBe(source.ino);

    const rest = { logger: one.host, signal: new AbortController().signal, holder: 'a test', leaseSeconds: 60 };
    const promoted = await written(
      async () => await promote({ root: repository, from: 'latest', to: 'stable', dryRun: false, ...rest }),
    );
    expect(promoted).toBeLessThan(0.1 * source.size);
    const second = await written(async () => await publish('other'));
    expect(second).toBeLessThan(0.5 * source.size);
    expect((await lstat(path.join(repository, 'public', poolPath))).ino).toBe(there.ino);
  });
});
