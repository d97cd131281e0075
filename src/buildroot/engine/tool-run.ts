/** Runs a tool of the tool image by itself, in a container that is gone with it and with us: making a tree needs no session. */
import { mkdir, open, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { CommandError } from '../../errors.ts';
import { ownedName } from '../../owner.ts';
import { type Argv, type RunOptions, type RunResult, run } from '../../process.ts';
import { explainClient, runClient } from './clients.ts';
import { LABELS } from './container.ts';
import type { ContainerEngine } from './engine.ts';
import { endPodmanStrays } from './podman-strays.ts';

export interface ToolRunOptions extends Omit<RunOptions, 'input'> {
  readonly runId: string;
  readonly state: string;
  /** Folders of this machine that the tool writes to, seen at the same place. */
  readonly writable: readonly string[];
  /** Files and folders of this machine that it reads, seen at the same place; those that are not there are left out. */
  readonly readable: readonly string[];
}

/** What mmdebstrap needs as root: to own files, to make devices, to mount and to change the root (capabilities(7)). */
const CAPABILITIES = [
  ...['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE'],
  ...['SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_ADMIN', 'SYS_CHROOT'],
];

/**
 * The first process: ends when the tool does, or when nobody holds the writing end of a FIFO any more, which is ours
 * alone. With it the kernel ends all else. Opened for both first: to open one end waits for the other.
 */
const WATCH = `
exec 4<>/pkg-actions/alive 3</pkg-actions/alive 4>&-
trap 'exit 143' TERM
"$@" 3<&- &
tool=$!
(cat <&3 >/dev/null; kill -TERM 1) &
exec 3<&-
wait "$tool"
`;

/**
 * @throws CommandError of the tool; UserError or InfrastructureError where the engine does not run it.
 */
export async function runTool(engine: ContainerEngine, argv: Argv, options: ToolRunOptions): Promise<RunResult> {
  const { client, image } = engine;
  const { runId, state, writable, readable, env = {}, signal } = options;
  signal?.throwIfAborted();
  const id = ownedName('tool-');
  const name = `pkg-actions-${id}`;
  const there = await Promise.all(
    readable.map((place) =>
      stat(place).then(
        () => [place],
        () => [],
      ),
    ),
  );
  const folder = path.join(state, 'probes', id);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const alive = path.join(folder, 'alive');
  await run(['mkfifo', '--mode=0600', alive]);
  const held = await open(alive, 'r+');
  const command: Argv = [
    ...client.command,
    ...['run', '--rm', '--pull=never', `--name=${name}`, '--log-driver=none', '--no-healthcheck'],
    ...[`--label=${LABELS.run}=${runId}`, `--label=${LABELS.session}=${id}`, `--label=${LABELS.state}=${state}`],
    ...['--user=0:0', '--workdir=/', '--entrypoint=/bin/sh', '--userns=host', '--cap-drop=ALL'],
    ...CAPABILITIES.map((capability) => `--cap-add=${capability}`),
    ...['--security-opt=no-new-privileges', '--security-opt=apparmor=unconfined', '--security-opt=label=disable'],
    ...['--read-only', '--tmpfs=/tmp:exec,suid,dev,mode=1777', '--tmpfs=/run', '--tmpfs=/var/tmp:mode=1777'],
    ...mount(folder, '/pkg-actions', true),
    ...writable.flatMap((place) => mount(place, place, true)),
    ...there.flat().flatMap((place) => mount(place, place, false)),
    // Named only: their values are taken from the client's environment, so that none is in argv.
    ...Object.keys(env).map((variable) => `--env=${variable}`),
    ...client.runOptions,
    ...[image, '-c', WATCH, 'tool', ...argv],
  ];
  try {
    return await run(command, { ...options, env: { ...client.env, ...env }, display: options.display ?? argv });
  } catch (error) {
    const removal = { okExitCodes: 'any', timeoutSeconds: 60 } as const;
    await held.close();
    if (client.name === 'podman') await endPodmanStrays(id).catch(() => {});
    await runClient(client, ['rm', '--force', '--volumes', name], removal).catch(() => {});
    // Of the engine itself, not of what it ran (docker-run(1), podman-run(1)).
    const isEngines = error instanceof CommandError && error.failure.exitCode === 125;
    throw isEngines ? explainClient(client.name, error) : error;
  } finally {
    await held.close().catch(() => {});
    await rm(folder, { recursive: true, force: true });
  }
}

/** A bind mount as `--mount` takes it: fields of a line of CSV (RFC 4180). */
function mount(source: string, destination: string, isWritable: boolean): string[] {
  const fields = ['type=bind', `src=${source}`, `dst=${destination}`, ...(isWritable ? [] : ['readonly'])];
  return [
    '--mount',
    fields.map((field) => (/[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(','),
  ];
}
