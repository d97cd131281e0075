/** Whether an engine can run sessions here: tried by opening the smallest session there is, not by asking for versions. */
import { mkdir, readFile, readlink, rm } from 'node:fs/promises';
import path from 'node:path';
import { InfrastructureError, messageOf, UserError } from '../../errors.ts';
import { ownedName } from '../../owner.ts';
import { which } from '../../process.ts';
import { installCommand } from '../../tool-packages.ts';
import { findMock, PACKAGED_MOCK } from '../mock/program.ts';
import { openSession } from '../session.ts';
import { type ClientName, type ContainerClient, findClient } from './clients.ts';
import { type ContainerEngine, type Engine, HOST_ENGINE } from './engine.ts';
import { onceProven } from './once-proven.ts';

export type Format = 'deb' | 'rpm';

export type Probe =
  | { readonly ok: true /** For people: what works. */; readonly found: string }
  | {
      readonly ok: false;
      /** Why it does not, as a clause. */
      readonly reason: string;
      /** What mends it. */
      readonly remedy: string | undefined;
      /** As it is thrown where this engine was asked for. */
      readonly error: Error;
    };

/** What sessions run beside what is on every machine; mock is looked for by itself. */
const SESSION_TOOLS = ['unshare', 'nsenter', 'setpriv', 'mount', 'ip', 'bash'];
const FORMAT_TOOLS: Readonly<Record<Format, readonly string[]>> = {
  deb: ['sbuild', 'mmdebstrap'],
  rpm: ['dnf', 'rpm'],
};

/** Whether sessions for packages of `format` run in namespaces of this host. */
export async function probeHost(format: Format, state: string, signal?: AbortSignal): Promise<Probe> {
  try {
    if (process.getuid?.() !== 0) {
      throw new UserError({
        what: 'build sessions on the host need root',
        found: `uid ${process.getuid?.()}`,
        remedy: 'run as root, or with sudo',
      });
    }
    if (format === 'rpm') await findMock();
    const missing = [...SESSION_TOOLS, ...FORMAT_TOOLS[format]].filter((tool) => which(tool) === undefined);
    if (missing.length > 0) {
      throw new UserError({
        what: 'tools are not installed or not on PATH',
        found: missing.join(', '),
        remedy: missing.map((tool) => installCommand(tool)).join('; '),
      });
    }
    await onceProven(path.join(state, 'probes', 'host'), await ownRights(), async () => {
      await trySession(HOST_ENGINE, [], state, signal);
      return '';
    });
    return { ok: true, found: 'host' };
  } catch (error) {
    return failed(error, signal);
  }
}

/** What decides on sessions here, and differs between this machine and containers on it that share its state folder. */
async function ownRights(): Promise<string[]> {
  const namespaces = ['user', 'mnt', 'pid'].map((name) => readlink(`/proc/self/ns/${name}`).catch(() => ''));
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  return [...(await Promise.all(namespaces)), ...(status.match(/^(?:CapEff|CapBnd|NoNewPrivs|Seccomp):.*$/gm) ?? [])];
}

/** Whether the client is there and the engine behind it answers; that containers do what sessions need is for `trySession`. */
export async function probeClient(name: ClientName, signal?: AbortSignal): Promise<Probe> {
  try {
    const client = await findClient(name, signal ? { signal } : {});
    return { ok: true, found: `${name} ${client.version}` };
  } catch (error) {
    return failed(error, signal);
  }
}

/** An error of a probe, told; a bug or a cancellation is thrown. */
export function failed(error: unknown, signal: AbortSignal | undefined): Probe & { ok: false } {
  if (signal?.aborted || !(error instanceof Error)) throw error;
  const isTold = error instanceof UserError;
  if (!isTold && error.name !== 'CommandError') throw error;
  const remedy = isTold ? error.parts.remedy : undefined;
  const reason = remedy === undefined ? messageOf(error) : messageOf(error).replace(`; ${remedy}`, '');
  return { ok: false, reason, remedy, error };
}

/**
 * Opens a session of an empty root in `engine`, and looks for `tools` where its commands run from.
 *
 * @returns where the tools are, by name.
 * @throws UserError where it cannot be opened or a tool is missing; InfrastructureError.
 */
export async function trySession(
  engine: Engine,
  tools: readonly string[],
  state: string,
  signal?: AbortSignal,
): Promise<Map<string, string>> {
  const places = path.join(state, 'probes');
  await mkdir(places, { recursive: true, mode: 0o700 });
  const tree = path.join(places, ownedName('root-'));
  await mkdir(tree, { mode: 0o700 });
  try {
    for (const part of ['dev', 'etc/apt', 'proc', 'run/pkg-actions/inbox', 'sys']) {
      await mkdir(path.join(tree, part), { recursive: true });
    }
    await using session = await openSession({
      state,
      root: { lower: [tree] },
      scratch: 16 * 1024 ** 2,
      runId: 'probe',
      engine,
      ...(signal ? { signal } : {}),
    });
    const { stdout } = await session.run(
      [
        'sh',
        '-c',
        'for tool; do printf "%s %s\\n" "$tool" "$(command -v "$tool")"; done; ip link show lo >/dev/null',
        'sh',
        ...tools,
      ],
      { timeoutSeconds: 120 },
    );
    return new Map(
      stdout
        .split('\n')
        .map((line): [string, string] => [line.split(' ')[0] ?? '', line.split(' ')[1] ?? ''])
        .filter(([, file]) => file !== ''),
    );
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
}

/**
 * The engine of an image, proven by a session in it: once for each start of the machine, image and version of the engine.
 *
 * @throws UserError where sessions do not run in its containers, or the image lacks a tool; InfrastructureError.
 */
export async function proveContainers(
  client: ContainerClient,
  image: string,
  format: Format,
  state: string,
  signal?: AbortSignal,
): Promise<ContainerEngine> {
  const engine: ContainerEngine = {
    name: client.name,
    description: `${client.name} ${client.version}, image ${image}`,
    client,
    image,
  };
  // A daemon elsewhere has another answer under the same name.
  const where = Object.entries(client.env).flat().join(' ');
  const key = [client.version, format, where, process.env['MOCK'] ?? ''];
  const file = path.join(state, 'probes', `${client.name}_${image.replaceAll(/[/:@]/g, '_')}`);
  return withMock(engine, await onceProven(file, key, () => toolsIn(engine, format, state, signal)));
}

const withMock = (engine: ContainerEngine, mock: string): ContainerEngine =>
  mock === '' ? engine : { ...engine, mock };

/** @returns where the image has mock, or nothing where it does not matter. */
async function toolsIn(engine: ContainerEngine, format: Format, state: string, signal?: AbortSignal): Promise<string> {
  const needsMock = format === 'rpm' && !process.env['MOCK'];
  const tools = [...SESSION_TOOLS, ...FORMAT_TOOLS[format]];
  const found = await trySession(engine, [...tools, PACKAGED_MOCK, 'mock'], state, signal).catch((error: unknown) => {
    throw remoteError(engine, state, error);
  });
  const mock = found.get(PACKAGED_MOCK) ?? found.get('mock');
  const missing = tools.filter((tool) => !found.has(tool));
  if (needsMock && mock === undefined) missing.push('mock');
  if (missing.length === 0) return needsMock ? (mock ?? '') : '';
  throw new UserError({
    what: 'the tool image lacks tools',
    where: engine.description,
    found: missing.join(', '),
    remedy:
      missing.join() === 'mock'
        ? 'take a base-image whose distribution has mock (Fedora, EL with EPEL), or name a mock in the environment variable MOCK'
        : 'give a tool-image that has them, or none, to have one made',
  });
}

/** A folder that the daemon does not find is on another machine than it: a session's folder is new, and no other's. */
function remoteError({ client, description }: ContainerEngine, state: string, error: unknown): unknown {
  const isElsewhere =
    error instanceof UserError &&
    !(error instanceof InfrastructureError) &&
    /bind source path does not exist|invalid mount config|statfs .*no such file|error creating mount source|no such file or directory.*(?:bind|mount)/i.test(
      error.message,
    );
  if (!isElsewhere) return error;
  return new UserError(
    {
      what: `${client.name} does not see the folders of this machine`,
      where: description,
      found: `a daemon that has no ${state}`,
      expected: 'a daemon of this machine; in a container, the state folder mounted at the same path as on the host',
      remedy: `unset ${client.name === 'docker' ? 'DOCKER_HOST and DOCKER_CONTEXT' : 'CONTAINER_HOST'}, or mount the state folder into this container at its own path`,
    },
    { cause: error },
  );
}
