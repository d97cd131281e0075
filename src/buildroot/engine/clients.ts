/** The command lines of docker and podman: how they are found, what they are told by the environment, how they are run. */
import { readFileSync } from 'node:fs';
import { CommandError, InfrastructureError, MissingToolError, UserError } from '../../errors.ts';
import { type Argv, type RunOptions, type RunResult, run, which } from '../../process.ts';
import { installCommand } from '../../tool-packages.ts';

export type ClientName = 'docker' | 'podman';

export interface ContainerClient {
  readonly name: ClientName;
  /** Program and what goes before any command, such as `['docker']` or `['docker', '-H', 'unix:///srv/docker.sock']`. */
  readonly command: Argv;
  /** What this installation needs of every `run`; most often nothing. */
  readonly runOptions: readonly string[];
  /** Variables that every command of the client needs: `start` and `run` pass no others of ours. */
  readonly env: Readonly<Record<string, string>>;
  /** Of what runs the containers: docker's daemon, podman itself. */
  readonly version: string;
}

/** What tells a client which daemon, configuration and storage to take: docker(1), podman(1), containers.conf(5). */
const VARIABLES: Readonly<Record<ClientName, readonly string[]>> = {
  docker: [
    'DOCKER_HOST',
    'DOCKER_CONTEXT',
    'DOCKER_CONFIG',
    'DOCKER_CERT_PATH',
    'DOCKER_TLS_VERIFY',
    'XDG_RUNTIME_DIR',
  ],
  podman: [
    'CONTAINERS_CONF',
    'CONTAINERS_REGISTRIES_CONF',
    'CONTAINERS_STORAGE_CONF',
    'CONTAINER_CONNECTION',
    'CONTAINER_HOST',
    'CONTAINER_SSHKEY',
    'REGISTRY_AUTH_FILE',
    'STORAGE_DRIVER',
    'XDG_CONFIG_HOME',
    'XDG_DATA_HOME',
    'XDG_RUNTIME_DIR',
  ],
};

/** A daemon that answers at all does so in far less; one that is overloaded may need a while. */
const ANSWER_SECONDS = 30;

/**
 * The network of the machine, as sessions on the host have it while dependencies are installed: mirrors and proxies of
 * the machine answer, and no bridge has to be set up. A build without network gets a namespace of its own in it.
 */
const RUN_OPTIONS = ['--network=host'] as const;

/** The variables of `environment` that `name` goes by. */
export function clientEnvironment(name: ClientName, environment: NodeJS.ProcessEnv = process.env) {
  const given = VARIABLES[name].map((variable) => [variable, environment[variable]] as const);
  return Object.fromEntries(given.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/**
 * The client of this machine, with the engine behind it answering.
 *
 * @throws MissingToolError where it is not installed; UserError where the engine does not let us in, or podman would be a
 * rootless one.
 * @throws InfrastructureError where the engine does not answer.
 */
export async function findClient(
  name: ClientName,
  options: { readonly signal?: AbortSignal; readonly environment?: NodeJS.ProcessEnv } = {},
): Promise<ContainerClient> {
  if (which(name) === undefined) throw new MissingToolError(name, installCommand(name));
  const refusal = name === 'podman' ? podmanRefusal(options.environment) : undefined;
  if (refusal !== undefined) throw refusal;
  const client = {
    name,
    command: [name],
    runOptions: RUN_OPTIONS,
    env: clientEnvironment(name, options.environment),
  } as const;
  // Of docker the server's: its client answers without one. podman has a server only where it is a remote one.
  const format = name === 'docker' ? '{{.Server.Version}}' : '{{.Client.Version}}';
  const { stdout } = await runClient({ ...client, version: '' }, ['version', '--format', format], {
    timeoutSeconds: ANSWER_SECONDS,
    ...(options.signal ? { signal: options.signal } : {}),
  }).catch((error: unknown) => {
    throw explainClient(name, error);
  });
  return { ...client, version: stdout.trim() };
}

/**
 * Why this process's podman cannot run sessions, where that is known without asking it: any question to a rootless podman
 * leaves a process that holds its user namespace (its pause process), for good. One on another machine is asked.
 */
export function podmanRefusal(environment: NodeJS.ProcessEnv = process.env): UserError | undefined {
  if (environment['CONTAINER_HOST'] || environment['CONTAINER_CONNECTION']) return undefined;
  const isRoot = process.getuid?.() === 0;
  if (isRoot && hasSysAdmin()) return undefined;
  return new UserError({
    what: 'build sessions in podman need root with CAP_SYS_ADMIN',
    found: isRoot ? 'root without it' : `uid ${process.getuid?.()}`,
    remedy: isRoot ? 'in a container: give it CAP_SYS_ADMIN' : 'run as root, or with sudo',
  });
}

/** Of this process, as the kernel says it: capabilities(7), proc_pid_status(5). */
function hasSysAdmin(): boolean {
  const [, effective] = /^CapEff:\s+([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return effective === undefined || ((BigInt(`0x${effective}`) >> 21n) & 1n) === 1n;
}

/**
 * Runs a command of the client: `runClient(client, ['image', 'ls'])`.
 *
 * @throws CommandError as `run` does.
 */
export function runClient(
  client: ContainerClient,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  return run([...client.command, ...args], {
    display: [client.name, ...args],
    ...options,
    env: { ...client.env, ...options.env },
  });
}

/** A failure of the client that is the engine's, as the error that says so; any other as it is. */
export function explainClient(name: ClientName, error: unknown): unknown {
  if (!(error instanceof CommandError)) return error;
  const { end, stderr, timeoutSeconds } = error.failure;
  if (end === 'timeout') {
    return new InfrastructureError(
      { what: `${name} does not answer`, found: `nothing after ${timeoutSeconds} s`, remedy: startRemedy(name) },
      { cause: error },
    );
  }
  if (end !== 'exit') return error;
  const line = lastWords(stderr);
  if (/permission denied/i.test(line) && /docker\.sock|daemon socket|connect/i.test(line)) {
    return new UserError(
      {
        what: `${name} does not let this user in`,
        found: line,
        remedy: 'run as root, or add the user to the group docker (usermod -aG docker USER) and log in again',
      },
      { cause: error },
    );
  }
  if (isEngineDown(stderr)) {
    return new InfrastructureError(
      { what: `${name} does not answer`, found: line, remedy: startRemedy(name) },
      { cause: error },
    );
  }
  return error;
}

/** Whether the client says that nobody is there, or that the connection broke. */
export function isEngineDown(stderr: string): boolean {
  // It answers, and tells of a registry that does not.
  if (/error response from daemon|container registry|docker:\/\//i.test(stderr)) return false;
  return /cannot connect to the docker daemon|is the docker daemon running|error during connect|cannot connect to podman|connection refused|connection reset by peer|unexpected EOF|no such host|i\/o timeout|TLS handshake timeout|transport is closing|failed to dial|server is shutting down/i.test(
    stderr,
  );
}

const startRemedy = (name: ClientName): string =>
  name === 'docker'
    ? 'start it: systemctl start docker; or name another by DOCKER_HOST'
    : 'see that podman info works for this user';

/** The last line a client wrote, which says why. */
export function lastWords(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}
