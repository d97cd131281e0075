/** A deb repository for tests of manage-repository, and the action as a person uses it. */
import { readlink, rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { action } from '../../src/actions/manage-repository/inputs.ts';
import { run } from '../../src/actions/manage-repository/run.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { runAction } from '../../src/main.ts';
import { run as runTool } from '../../src/process.ts';
import { type ChannelEntry, readHistory } from '../../src/repository/history.ts';
import { RepositoryPaths } from '../../src/repository/layout.ts';
import { listSnapshots, readSnapshot } from '../../src/repository/snapshot.ts';
import { type AptClient, Workbench } from './publish-helpers.ts';

/** Publishes of one second would not be told apart by apt: see `updated`. */
export const ago = (hours: number) => ({ now: () => new Date(Date.now() - hours * 3_600_000) });

/** The builds that the tests publish. */
export interface Builds {
  readonly hello1: string;
  readonly hello2: string;
  readonly data: string;
}

/** Makes a workbench for the tests of the file that calls it; each begins without a repository. */
export function useRepository() {
  let made: { readonly bench: Workbench; readonly builds: Builds } | undefined;
  const current = () => {
    if (made === undefined) throw new Error('the tests have not begun');
    return made;
  };
  beforeAll(async () => {
    const bench = await Workbench.make();
    const builds = {
      hello1: await bench.full('hello', '1.0-1'),
      hello2: await bench.full('hello', '1.0-2'),
      data: await bench.binaries({ name: 'data', architecture: 'all' }),
    };
    made = { bench, builds };
  });
  afterAll(async () => {
    await made?.bench[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    await rm(current().bench.repository, { recursive: true, force: true });
  });
  return new ManagedRepository(current);
}

/** What the tests ask of it. */
export class ManagedRepository {
  readonly #current: () => { readonly bench: Workbench; readonly builds: Builds };

  constructor(current: () => { readonly bench: Workbench; readonly builds: Builds }) {
    this.#current = current;
  }

  get bench(): Workbench {
    return this.#current().bench;
  }

  get builds(): Builds {
    return this.#current().builds;
  }

  async act(command: string, inputs: Record<string, string> = {}) {
    return await this.run({ command, repository: 'repository', ...inputs });
  }

  /** With these inputs and no others. */
  async run(inputs: Record<string, string>) {
    const host = new RecordingHost(inputs, { workspace: this.bench.folder });
    const code = await runAction(action, run, host);
    return {
      code,
      host,
      outputs: host.outputs,
      errors: host.annotations('error').map(({ message }) => message),
      // The key of the tests never expires, which is none of their business.
      warnings: host
        .annotations('warning')
        .map(({ message }) => message)
        .filter((message) => !message.startsWith('the signing key')),
      result: JSON.parse(host.outputs['result'] ?? '{}') as Record<string, unknown>,
    };
  }

  file(...parts: string[]): string {
    return path.join(this.bench.repository, 'public', ...parts);
  }

  async idOf(channel: string): Promise<string> {
    return path.basename(await readlink(this.file(channel)));
  }

  async history(): Promise<ChannelEntry[]> {
    const entries = await readHistory(new RepositoryPaths(this.bench.repository));
    return entries.filter((entry): entry is ChannelEntry => entry.action !== 'prune');
  }

  /** What the same client sees once more. What it asks for first gets the time of its snapshot: it goes by seconds. */
  async updated(apt: AptClient): Promise<string[]> {
    const paths = new RepositoryPaths(this.bench.repository);
    for (const id of await listSnapshots(paths)) {
      const { createdAt } = await readSnapshot(paths, id);
      for (const name of ['InRelease', 'Release', 'Release.gpg']) {
        const file = path.join(paths.snapshot(id), 'dists', 'bookworm', name);
        await utimes(file, new Date(createdAt), new Date(createdAt));
      }
    }
    await apt.update();
    return await apt.list();
  }

  /** What a new client sees; it fetches all of it. */
  async seen(channel: string): Promise<string[]> {
    const apt = await this.bench.apt({ channel });
    await apt.update();
    const list = await apt.list();
    await apt.run('apt-get', '-q', 'download', ...list.map((each) => each.split(' ')[0] ?? ''));
    return list;
  }

  /** Names, inodes and times of all files of the pool. */
  async poolState(): Promise<string[]> {
    const { stdout } = await runTool(['find', this.file('pool'), '-type', 'f', '-printf', '%P %i %T@ %s\n']);
    return stdout.split('\n').sort();
  }
}
