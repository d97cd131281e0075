/** A repository in two states, and copies of them that a test may change. */
import path from 'node:path';
import { expect } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { run } from '../../src/process.ts';
import { Workbench } from './publish-helpers.ts';

/** With links as they are, and names of one file as one file. */
export async function copyTree(from: string, to: string): Promise<void> {
  await run(['cp', '--archive', '--no-target-directory', from, to]);
}

/** What the two states hold. */
export const OLD = ['hello 1.0', 'tool 2.0'];
export const NEW = ['hello 1.1', 'tool 2.0'];

export class TwoStates implements AsyncDisposable {
  readonly bench: Workbench;
  /** Repositories. */
  readonly first: string;
  readonly second: string;

  private constructor(bench: Workbench) {
    this.bench = bench;
    this.first = path.join(bench.folder, 'first');
    this.second = path.join(bench.folder, 'second');
  }

  /** @param content of the package that differs, for one of some size. */
  static async make(content?: string): Promise<TwoStates> {
    const states = new TwoStates(await Workbench.make());
    const { bench, first, second } = states;
    const before = await bench.binaries({ name: 'hello', version: '1.0' }, { name: 'tool', version: '2.0' });
    // Ids of snapshots are in the order of their times, but within a second in none.
    await bench.publish([before], { now: () => new Date(Date.now() - 3_600_000) });
    await copyTree(bench.repository, first);
    const more = content === undefined ? {} : { content, compression: 'none' as const };
    await bench.publish([await bench.binaries({ name: 'hello', version: '1.1', ...more })]);
    await copyTree(bench.repository, second);
    return states;
  }

  /** A copy of a repository, and a folder for its mirrors. */
  async fresh(from: string) {
    const folder = await this.bench.scratch('mirror');
    const root = path.join(folder, 'repository');
    await copyTree(from, root);
    const host = new RecordingHost({}, { workspace: folder });
    return { folder, root, host, served: path.join(root, 'public'), to: path.join(folder, 'to') };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bench[Symbol.asyncDispose]();
  }
}

/** What work that must be refused says. */
export async function failure(work: Promise<unknown>): Promise<UserError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  return error as UserError;
}
