/** Engines for tests: this host, and docker and podman of the tests' own with an image that has what sessions need. */
import { createHash } from 'node:crypto';
import { open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { runClient } from '../../src/buildroot/engine/clients.ts';
import { type ContainerEngine, type Engine, HOST_ENGINE } from '../../src/buildroot/engine/engine.ts';
import { hostSources, sourcesFromHost } from '../../src/buildroot/host-apt.ts';
import { takeLock } from '../../src/lock.ts';
import { run } from '../../src/process.ts';
import { hasImage, type TestClient, useDocker, usePodman } from './docker.ts';
import { traces } from './traces.ts';

const CACHE = path.resolve(import.meta.dirname, '../../.cache');
/** What sessions run from: as the tool images have, and what the stand-in for mock needs. */
const PACKAGES = 'sbuild,perl,python3,rpm,dnf,dnf-plugins-core,iproute2,util-linux,ca-certificates,createrepo-c,cpio';

export interface TestEngine {
  readonly engine: Engine;
  /** What is left of a session in the engine: containers, by name. */
  containersOf(id: string): Promise<string[]>;
  /** Ends the first process of a session, from outside of it. */
  crash(id: string): Promise<void>;
  close(): Promise<void>;
}

export interface TestContainerEngine extends TestEngine {
  readonly engine: ContainerEngine;
}

export async function hostEngine(): Promise<TestEngine> {
  return {
    engine: HOST_ENGINE,
    containersOf: async () => [],
    async crash(id) {
      // unshare, which names the session's folder, and its first process: only these two name it for good.
      for (const line of await traces(`/sessions/${id}`)) {
        const pid = /^process (\d+): (?:\S*\/)?unshare /.exec(line)?.[1];
        if (pid === undefined) continue;
        const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
        process.kill(Number(children.trim().split(' ')[0]), 'SIGKILL');
        return;
      }
      throw new Error(`no first process of ${id}`);
    },
    close: async () => {},
  };
}

/** docker or podman, with an image. Each test file has its own hold on it. */
export async function containerEngine(name: 'docker' | 'podman'): Promise<TestContainerEngine> {
  const used = name === 'docker' ? await useDocker() : await usePodman();
  try {
    const image = await sessionImage(used);
    const { client } = used;
    const engine: ContainerEngine = { name, description: `${name} of the tests`, client, image };
    return {
      engine,
      async containersOf(id) {
        const filter = `--filter=label=pkg-actions.session=${id}`;
        const { stdout } = await runClient(client, ['ps', '--all', '--format={{.Names}} {{.Status}}', filter]);
        return stdout.split('\n').filter((line) => line !== '');
      },
      async crash(id) {
        await runClient(client, ['kill', '--signal=KILL', `pkg-actions-${id}`]);
      },
      close: () => used.close(),
    };
  } catch (error) {
    await used.close();
    throw error;
  }
}

/** Made once, from the machine's own mirror, and kept. */
async function sessionImage({ client }: TestClient): Promise<string> {
  const lines = sourcesFromHost(await hostSources(), 'debian', [
    { suites: ['bookworm', 'bookworm-updates', 'bookworm-security'], components: ['main'] },
  ]);
  if (lines === undefined) throw new Error('the tests make their image from a Debian mirror of the machine');
  const digest = createHash('sha256')
    .update([PACKAGES, ...lines].join('\n'))
    .digest('hex')
    .slice(0, 12);
  const tag = `localhost/pkg-actions-test/session:${digest}`;
  const mark = path.join(CACHE, 'session-image');
  await (await open(mark, 'a')).close();
  await using _lock = await takeLock(mark, { mode: 'exclusive', waitSeconds: 1200, what: 'the image of the tests' });
  if (await hasImage(client, tag)) return tag;
  const archive = path.join(CACHE, `session-image-${digest}.tar`);
  if ((await run(['test', '-s', archive], { okExitCodes: 'any' })).exitCode !== 0) {
    const made = `${archive}.part.tar`;
    await rm(made, { force: true });
    const include = `--include=${PACKAGES}`;
    const argv = [
      'mmdebstrap',
      '--mode=root',
      '--format=tar',
      '--variant=minbase',
      '--quiet',
      include,
      'bookworm',
      made,
    ];
    await run(['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', ...argv, ...lines], {
      timeoutSeconds: 1200,
    });
    await run(['mv', '--', made, archive]);
  }
  await runClient(client, ['import', archive, tag], { timeoutSeconds: 600 });
  return tag;
}
