/**
 * Sessions in containers of docker and podman: the session's script runs as the first process of a container, which then
 * becomes the agent that starts commands (agent.ts). docs/engines.md says what a container gives and what it does not.
 */
import path from 'node:path';
import { CancelledError, CommandError, InfrastructureError, UserError } from '../../errors.ts';
import { type Argv, baseEnvironment, run, signalGroup, start } from '../../process.ts';
import { OFFLINE_NAMESPACE } from '../session-script.ts';
import { RELAY } from './agent.ts';
import { explainClient, lastWords, runClient } from './clients.ts';
import { CONTAINER_SCRIPT, CONTAINER_SCRIPT_AFTER } from './container-script.ts';
import { makeControl } from './control.ts';
import type { ContainerEngine } from './engine.ts';
import { awaitEnded, type Holder, holderOf, sessionEnded } from './first-process.ts';
import { endPodmanStrays } from './podman-strays.ts';
import { scriptArguments, type Vessel, type VesselRequest } from './vessel.ts';

/** On every container of ours: the run it belongs to, its session, and the state folder that the session lies in. */
export const LABELS = { run: 'pkg-actions.run', session: 'pkg-actions.session', state: 'pkg-actions.state' } as const;

/** A container that has not begun by then does not begin: engines take well below a second. */
const START_SECONDS = 180;
/** For a client to finish what it began. */
const GRACE_SECONDS = 10;
/** An engine takes well below a second to remove a container whose processes have ended. */
const STOP_SECONDS = 30;

/**
 * What the first process needs, and no more: the session mounts, and makes namespaces (`sys_admin`), and commands get
 * what they get on the host. `net_admin` opens the loopback of the network namespace without network and is dropped for
 * good before anything else runs.
 */
const CAPABILITIES = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_ADMIN',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_ADMIN',
  'SYS_CHROOT',
];

/** Where the container sees what the script mounts from; nothing of it is seen once the session is open. */
const PARTS = '/pkg-actions';

/**
 * @throws UserError where the image is not there, or the kernel or the engine refuses what a session needs.
 * @throws InfrastructureError where the engine does not answer.
 * @throws CancelledError when the signal says so.
 */
export async function openInContainer(engine: ContainerEngine, request: VesselRequest): Promise<Vessel> {
  const { client, image } = engine;
  const { folder, signal } = request;
  const control = await makeControl(path.join(folder, 'control'));
  const name = `pkg-actions-${request.id}`;
  const child = start(
    [...client.command, 'run', ...runOptions(engine, request, name), image, ...argumentsOf(request)],
    { env: client.env },
  );
  const holder = holderOf(child);
  const running = new AbortController();
  void holder.ended.then(() => {
    // Ends the agent where it was the client that ended, and every command that waits for an answer.
    control.close();
    running.abort();
  });
  const onAbort = () => control.close();
  signal?.addEventListener('abort', onAbort, { once: true });
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      signal?.removeEventListener('abort', onAbort);
      control.close();
      // Without its client the container ends by itself all the same, since the agent does; and nobody removes it.
      const isEngineThere = !holder.hasEnded();
      if (isEngineThere && (await endsWithin(holder, STOP_SECONDS))) return;
      if (!holder.hasEnded()) signalGroup(child, 'SIGKILL');
      await removeContainer(engine, name).catch(async (error: unknown) => {
        // An engine that is gone: what it has noted of the container is for whoever looks for leftovers.
        if (!(await control.isDeserted(STOP_SECONDS))) throw error;
      });
    })();
    return stopping;
  };
  try {
    const limit = new AbortController();
    const ready = await Promise.race([
      holder.says('ready'),
      aborted(signal, limit.signal),
      sleepOf(START_SECONDS, limit.signal),
    ]).finally(() => limit.abort());
    if (signal?.aborted) throw new CancelledError();
    if (ready !== true) throw openingFailed(engine, holder, folder);
    control.agentIsThere();
  } catch (error) {
    // Not begun, or in the middle of its script: it is not waited for.
    control.close();
    if (!holder.hasEnded()) {
      // podman makes the container itself: killed in the middle, it leaves a half that it does not know of.
      signalGroup(child, 'SIGTERM');
      if (!(await endsWithin(holder, GRACE_SECONDS))) {
        signalGroup(child, 'SIGKILL');
        await holder.ended;
      }
    }
    await removeContainer(engine, name).catch(() => {});
    throw error;
  }

  let turns = 0;
  return {
    async run(command, { network, ...options }) {
      if (holder.hasEnded() || stopping !== undefined) throw sessionEnded(holder);
      options.signal?.throwIfAborted();
      const { input } = options;
      const offline = network ? [] : ['nsenter', `--net=${OFFLINE_NAMESPACE}`, '--'];
      const place = await control.place(['env', '-i', ...variables(options.env), ...offline, ...command]);
      const relay: Argv = ['sh', '-c', RELAY, 'relay', place.folder, String(place.number), input ? 'input' : ''];
      const either = options.signal ? AbortSignal.any([options.signal, running.signal]) : running.signal;
      try {
        const { cwd: _cwd, env: _env, ...more } = options;
        return await run(relay, {
          ...more,
          signal: either,
          // The relay takes no signal: the command does, and the relay ends when it has.
          onSignal: (signal) => control.send(`signal ${place.number} ${signal.slice(3)}`),
        });
      } catch (error) {
        if (!options.signal?.aborted && (running.signal.aborted || !control.send(''))) {
          await endsWithin(holder, 5);
          throw sessionEnded(holder);
        }
        throw error;
      }
    },
    async endProcesses() {
      turns += 1;
      if (!control.send(`end ${turns}`)) throw sessionEnded(holder);
      await awaitEnded(holder, turns);
    },
    stop,
  };
}

/** Options of `docker run` and `podman run`. */
function runOptions({ client }: ContainerEngine, request: VesselRequest, name: string): string[] {
  const { id, runId, state, folder, root, scratch, binds } = request;
  return [
    ...['--rm', '--pull=never', `--name=${name}`, '--log-driver=none', '--no-healthcheck'],
    ...[`--label=${LABELS.run}=${runId}`, `--label=${LABELS.session}=${id}`, `--label=${LABELS.state}=${state}`],
    ...['--user=0:0', '--workdir=/', '--entrypoint=/bin/sh', '--pids-limit=16384'],
    // Files belong to whom they belong on the host.
    '--userns=host',
    ...['--cap-drop=ALL', ...CAPABILITIES.map((capability) => `--cap-add=${capability}`)],
    ...['--security-opt=no-new-privileges', '--read-only'],
    // The profiles of the engines forbid every mount(2), and to read what is not labelled for containers.
    ...['--security-opt=apparmor=unconfined', '--security-opt=label=disable'],
    ...bind(folder, folder, true),
    ...('tree' in root
      ? bind(root.tree, `${PARTS}/tree`, true)
      : root.lower.flatMap((lower, index) => bind(lower, `${PARTS}/lower/${index}`, false))),
    ...(typeof scratch === 'object' ? bind(scratch.upper, `${PARTS}/upper`, true) : []),
    ...binds.flatMap(({ source, writable }, index) => bind(source, `${PARTS}/binds/${index}`, writable === true)),
    ...client.runOptions,
  ];
}

/** What the session's script is told: the places where the container has what the host has elsewhere. */
function argumentsOf(request: VesselRequest): string[] {
  const { script, root, scratch, binds } = request;
  const inside = scriptArguments({
    ...request,
    root:
      'tree' in root ? { tree: `${PARTS}/tree` } : { lower: root.lower.map((_, index) => `${PARTS}/lower/${index}`) },
    scratch: typeof scratch === 'object' ? { upper: `${PARTS}/upper` } : scratch,
    binds: binds.map((each, index) => ({ ...each, source: `${PARTS}/binds/${index}` })),
  });
  return ['-c', CONTAINER_SCRIPT(script), 'session', CONTAINER_SCRIPT_AFTER(script), ...inside];
}

/** A bind mount as `--mount` takes it: fields of a line of CSV (RFC 4180), so that any path can be named. */
function bind(source: string, destination: string, isWritable: boolean): string[] {
  const fields = ['type=bind', `src=${source}`, `dst=${destination}`, ...(isWritable ? [] : ['readonly'])];
  return [
    '--mount',
    fields.map((field) => (/[",\n\r]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(','),
  ];
}

/** The environment of a command, as env(1) takes it. */
function variables(env: Readonly<Record<string, string | undefined>> = {}): string[] {
  return Object.entries({ ...baseEnvironment(), ...env })
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([name, value]) => `${name}=${value}`);
}

function openingFailed({ client, image }: ContainerEngine, holder: Holder, folder: string): Error {
  const errors = holder.errors();
  if (!holder.hasEnded()) {
    return new InfrastructureError({
      what: `${client.name} does not start a container`,
      found: `nothing after ${START_SECONDS} s`,
      remedy: `see that ${client.name} info answers, and what the machine is busy with`,
    });
  }
  const failure = new CommandError({
    argv: [...client.command, 'run', image],
    end: holder.exitCode() === null ? 'signal' : 'exit',
    exitCode: holder.exitCode() ?? undefined,
    signal: undefined,
    stdout: '',
    stderr: errors,
  });
  const explained = explainClient(client.name, failure);
  if (explained instanceof UserError) return explained;
  if (/no such image|image not known|unable to find image/i.test(errors)) {
    return new UserError({
      what: `${client.name} has no image ${image}`,
      remedy: `pull or build it first; ${client.name} image ls shows what is there`,
    });
  }
  if (holder.exitCode() === null) {
    return new InfrastructureError({
      what: `the client of ${client.name} was ended`,
      found: errors || 'a signal',
    });
  }
  if (/no space left on device/i.test(errors)) {
    return new InfrastructureError({ what: `${client.name} has no space for a container`, found: lastWords(errors) });
  }
  return new UserError({
    what: 'the build session cannot be opened',
    where: `${client.name}, ${folder}`,
    found: errors || `exit code ${holder.exitCode()}`,
    remedy: 'see docs/engines.md for what a container needs, or use the engine host',
  });
}

/** Removes a container that did not go by itself; one that is gone is no error. */
async function removeContainer({ client }: ContainerEngine, name: string): Promise<void> {
  if (client.name === 'podman') await endPodmanStrays(name.slice('pkg-actions-'.length));
  const argv = ['rm', '--force', '--volumes', name];
  const { exitCode, stderr } = await runClient(client, argv, { okExitCodes: 'any', timeoutSeconds: 60 });
  if (exitCode === 0 || /no such container|no container with name|already in progress/i.test(stderr)) return;
  throw new InfrastructureError({
    what: `${client.name} does not remove a container`,
    where: name,
    found: lastWords(stderr),
    remedy: `${client.name} rm --force ${name}`,
  });
}

async function endsWithin(holder: Holder, seconds: number): Promise<boolean> {
  const limit = new AbortController();
  await Promise.race([holder.ended, sleepOf(seconds, limit.signal)]);
  limit.abort();
  return holder.hasEnded();
}

function sleepOf(seconds: number, signal: AbortSignal): Promise<false> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), seconds * 1000);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve(false);
    });
  });
}

function aborted(signal: AbortSignal | undefined, until: AbortSignal): Promise<false> {
  return new Promise((resolve) =>
    signal?.addEventListener('abort', () => resolve(false), { once: true, signal: until }),
  );
}
