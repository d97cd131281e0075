/**
 * docker and podman of the tests' own, below .cache: nothing of the machine's is used or touched.
 *
 * One dockerd serves all test files of a machine. It is started by a guard (docker-guard.sh) that ends it when the last
 * file lets go, however that one ends, and that leaves no mount and no process. What docker holds (images) stays on disk
 * for the next run. No registry is needed: the base image is a tree made by mmdebstrap from the machine's own mirror.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClientName, type ContainerClient, findClient, runClient } from '../../src/buildroot/engine/clients.ts';
import { hostSources, sourcesFromHost } from '../../src/buildroot/host-apt.ts';
import { type Lock, takeLock, tryLock } from '../../src/lock.ts';
import { run, start } from '../../src/process.ts';

const CACHE = path.resolve(import.meta.dirname, '../../.cache');
const FOLDER = path.join(CACHE, 'docker');
const SOCKET = path.join(FOLDER, 'sock');
const GUARD = path.join(import.meta.dirname, 'docker-guard.sh');

/** What a loaded machine may take, at most; a test waits for what it waits for, not for these. */
const START_SECONDS = 180;

export interface TestClient extends AsyncDisposable {
  readonly client: ContainerClient;
  /** Variables that make actions, and whatever is run by them, use it. */
  readonly env: Readonly<Record<string, string>>;
  /** Lets go; after the last one of a machine nothing runs and nothing is mounted. */
  close(): Promise<void>;
}

/** docker, answering. The variables of this process name it until it is closed. */
export async function useDocker(): Promise<TestClient> {
  await mkdir(FOLDER, { recursive: true });
  for (const name of ['users', 'start']) await (await open(path.join(FOLDER, name), 'a')).close();
  // Held before anything is looked at: a daemon that is being ended is waited for, one that runs stays.
  const user = await lock('users', 'shared');
  try {
    const begin = await lock('start', 'exclusive');
    try {
      if (!(await answers())) await startGuard();
    } finally {
      await begin.release();
    }
    const env = { DOCKER_HOST: `unix://${SOCKET}`, DOCKER_CONFIG: path.join(FOLDER, 'config') };
    return await inEnvironment('docker', env, async () => {
      await user.release();
      await waitForGuard();
    });
  } catch (error) {
    await user.release();
    throw error;
  }
}

/** podman with its own storage. The variables of this process name it until it is closed. */
export async function usePodman(): Promise<TestClient> {
  const folder = path.join(CACHE, 'podman');
  await mkdir(path.join(folder, 'tmp'), { recursive: true });
  // podman asks for limits that root must be allowed to raise, which not every machine's root is.
  const limits = await readFile('/proc/self/limits', 'utf8');
  const most = (name: string) => new RegExp(`^${name} +\\S+ +(\\d+)`, 'm').exec(limits)?.[1] ?? '1024';
  const files = most('Max open files');
  // The hard limit itself is refused: something on the way lowers it.
  const processes = Math.min(16_384, Number(most('Max processes')));
  const texts = {
    // crun wants one hierarchy of cgroups, systemd's manager a systemd.
    'containers.conf': `[containers]
default_ulimits = ["nofile=${files}:${files}", "nproc=${processes}:${processes}"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
tmp_dir = "${folder}/tmp"
`,
    'storage.conf': `[storage]
driver = "overlay"
graphroot = "${folder}/storage"
runroot = "${folder}/run"
[storage.options.overlay]
skip_mount_home = "true"
`,
  };
  for (const [name, text] of Object.entries(texts)) {
    const file = path.join(folder, name);
    if ((await readFile(file, 'utf8').catch(() => '')) !== text) await writeFile(file, text);
  }
  return inEnvironment(
    'podman',
    {
      CONTAINERS_CONF: path.join(folder, 'containers.conf'),
      CONTAINERS_STORAGE_CONF: path.join(folder, 'storage.conf'),
    },
    async () => {},
  );
}

/** The client by `env`, which also becomes this process's until it is closed. */
async function inEnvironment(
  name: ClientName,
  env: Readonly<Record<string, string>>,
  letGo: () => Promise<void>,
): Promise<TestClient> {
  const client = await findClient(name, { environment: env });
  const before = Object.keys(env).map((variable) => [variable, process.env[variable]] as const);
  Object.assign(process.env, env);
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      for (const [variable, value] of before) {
        if (value === undefined) delete process.env[variable];
        else process.env[variable] = value;
      }
      await letGo();
    })();
    return closing;
  };
  return { client, env, close, [Symbol.asyncDispose]: close };
}

const lock = (name: string, mode: 'shared' | 'exclusive'): Promise<Lock> =>
  takeLock(path.join(FOLDER, name), { mode, waitSeconds: START_SECONDS * 2, what: `docker of the tests (${name})` });

async function answers(): Promise<boolean> {
  const asked = await run(['docker', '-H', `unix://${SOCKET}`, 'version', '--format', '{{.Server.Version}}'], {
    okExitCodes: 'any',
    timeoutSeconds: 60,
  });
  return asked.exitCode === 0;
}

/** Starts the guard, which outlives this process, and waits for its daemon. */
async function startGuard(): Promise<void> {
  const log = await open(path.join(FOLDER, 'log'), 'w');
  const guard = spawn('sh', [GUARD, FOLDER], {
    detached: true,
    cwd: '/',
    stdio: ['ignore', log.fd, log.fd],
    env: { PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
  });
  await log.close();
  let ended = false;
  guard.once('exit', () => {
    ended = true;
  });
  guard.unref();
  for (let waited = 0; !(await answers()); waited++) {
    if (ended || waited > START_SECONDS * 4) {
      const text = await readFile(path.join(FOLDER, 'log'), 'utf8');
      throw new Error(`dockerd did not start:\n${text.split('\n').slice(-20).join('\n')}`);
    }
    await sleep(250);
  }
}

/** When this was the last user: until the guard has cleaned up. */
async function waitForGuard(): Promise<void> {
  for (let waited = 0; waited < START_SECONDS * 10; waited++) {
    const guard = await readFile(path.join(FOLDER, 'guard.pid'), 'utf8').catch(() => '');
    if (guard === '') return;
    // Shared by others: theirs to wait for.
    const shared = await tryLock(path.join(FOLDER, 'users'), { mode: 'exclusive', waitSeconds: 0, what: 'users' });
    if (shared === undefined) {
      const others = await tryLock(path.join(FOLDER, 'users'), { mode: 'shared', waitSeconds: 0, what: 'users' });
      await others?.release();
      if (others !== undefined) return;
    }
    await shared?.release();
    await sleep(100);
  }
  throw new Error('dockerd of the tests did not end');
}

/** Debian's tree as an image, with apt and nothing of ours: `pkg-actions-test/base:<digest>`. Made once and kept. */
export async function testBaseImage({ client }: TestClient): Promise<string> {
  const lines = sourcesFromHost(await hostSources(), 'debian', [
    { suites: ['bookworm', 'bookworm-updates', 'bookworm-security'], components: ['main'] },
  ]);
  if (lines === undefined) throw new Error('the tests make their base image from a Debian mirror of the machine');
  const digest = createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 12);
  const tag = `pkg-actions-test/base:${digest}`;
  const mark = path.join(CACHE, `base-image-${client.name}`);
  await (await open(mark, 'a')).close();
  // Two test files may want it at once.
  await using _lock = await takeLock(mark, { mode: 'exclusive', waitSeconds: 1200, what: 'the base image' });
  if (await hasImage(client, tag)) return tag;
  const archive = await baseArchive(digest, lines);
  await importImage(client, archive, tag);
  return tag;
}

/** Whether the client has an image of that name. */
export async function hasImage(client: ContainerClient, tag: string): Promise<boolean> {
  const asked = await runClient(client, ['image', 'inspect', '--format', '{{.Id}}', tag], { okExitCodes: 'any' });
  return asked.exitCode === 0;
}

/** The tree as an archive, shared by docker and podman. */
async function baseArchive(digest: string, lines: readonly string[]): Promise<string> {
  const archive = path.join(CACHE, `base-${digest}.tar`);
  const mark = path.join(CACHE, 'base-image');
  await (await open(mark, 'a')).close();
  await using _lock = await takeLock(mark, { mode: 'exclusive', waitSeconds: 1200, what: 'the base archive' });
  if ((await run(['test', '-s', archive], { okExitCodes: 'any' })).exitCode === 0) return archive;
  const made = `${archive}.part`;
  await rm(made, { force: true });
  const argv = ['mmdebstrap', '--mode=root', '--format=tar', '--variant=apt', '--quiet', 'bookworm', made, ...lines];
  await run(['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', ...argv], {
    timeoutSeconds: 1200,
  });
  await run(['mv', '--', made, archive]);
  return archive;
}

async function importImage(client: ContainerClient, archive: string, tag: string): Promise<void> {
  await runClient(client, ['import', archive, tag], { timeoutSeconds: 600 });
}

/** Copies an image from one client into another, with its id, as fast as the disk is. */
export async function copyImage(from: ContainerClient, to: ContainerClient, tag: string): Promise<void> {
  const archive = path.join(CACHE, `image-${process.pid}-${Date.now()}.tar`);
  try {
    await runClient(from, ['save', '--output', archive, tag], { timeoutSeconds: 600 });
    await runClient(to, ['load', '--input', archive], { timeoutSeconds: 600 });
  } finally {
    await rm(archive, { force: true });
  }
}

/** Starts a container that waits, attached to us: it ends when its standard input does. */
export function startWaiting(client: ContainerClient, args: readonly string[]) {
  const [program, ...rest] = client.command;
  return start([program, ...rest, 'run', '--rm', '--interactive', '--network=host', ...args], { env: client.env });
}
