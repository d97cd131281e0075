/**
 * Sessions in namespaces of this host: `unshare` makes mount, pid, ipc and uts namespaces, the session's script runs as
 * their first process, and every command enters them by `nsenter`.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledError, CommandError, InfrastructureError, UserError } from '../../errors.ts';
import { parseStat } from '../../owner.ts';
import { type Argv, run, signalGroup, start } from '../../process.ts';
import { withEmptyKeyring } from '../keyring.ts';
import { CLOSE_TOP, OFFLINE_NAMESPACE } from '../session-script.ts';
import { awaitEnded, END_PROCESSES, type Holder, holderOf, sessionEnded } from './first-process.ts';
import { scriptArguments, type Vessel, type VesselRequest } from './vessel.ts';

/** The kernel ends what does not wait for a disk in far less. */
const STOP_SECONDS = 60;

/** Leaves the host: from here on there is only the top. */
const LEAVE = `
cd "$top"
pivot_root . old || fail 'cannot leave the root of the host'
umount -l /old || fail 'cannot unmount the root of the host'
rmdir /old
`;

/**
 * What the first process becomes: bash reaps by itself what is orphaned. It reads our pipe itself, so there is no other
 * process that could be stopped or killed for the session to outlive us.
 */
const WAIT = `
exec bash -c '
${END_PROCESSES}
echo ready
while read -r request turn; do
  [ "$request" != end ] || end_processes "$turn"
done' session
`;

/**
 * @throws UserError when the kernel refuses namespaces or overlayfs.
 * @throws CancelledError when the signal says so.
 */
export async function openOnHost(request: VesselRequest): Promise<Vessel> {
  const { folder, script, signal } = request;
  const argv: Argv = [
    'unshare',
    ...['--mount', '--pid', '--ipc', '--uts', '--fork', '--kill-child'],
    ...[
      'sh',
      '-c',
      `${script.before}${LEAVE}${script.after}${CLOSE_TOP}${WAIT}`,
      'session',
      ...scriptArguments(request),
    ],
  ];
  const child = start(withEmptyKeyring(argv));
  const holder = holderOf(child);
  // Once it was waited for, its number may be another process's.
  const kill = () => {
    if (!holder.hasEnded()) signalGroup(child, 'SIGKILL');
  };
  const onAbort = kill;
  signal?.addEventListener('abort', onAbort, { once: true });
  let first: FirstProcess | undefined;
  const stop = async (): Promise<void> => {
    signal?.removeEventListener('abort', onAbort);
    first ??= await firstProcess(child.pid).catch(() => undefined);
    kill();
    await holder.ended;
    // Its pipes are closed before the kernel has ended the others of its namespace; it is gone after them.
    if (first !== undefined) await awaitGone(first, folder);
  };
  try {
    const isReady = await holder.says('ready');
    if (signal?.aborted) throw new CancelledError();
    if (!isReady) {
      throw openingFailed(holder, folder);
    }
    first = await firstProcess(child.pid);
    const init = first.pid;
    // Root and folder are those of the first process: where we run in a chroot ourselves, a namespace's own are others.
    const namespaces = [`--target=${init}`, '--mount', '--root', '--wd', '--pid', '--ipc', '--uts'];
    const offline = `--net=/proc/${init}/root${OFFLINE_NAMESPACE}`;
    let turns = 0;
    return {
      async run(command, { network, ...options }) {
        if (holder.hasEnded()) throw sessionEnded(holder);
        const enter: Argv = ['nsenter', ...namespaces, ...(network ? [] : [offline]), '--', ...command];
        return run(withEmptyKeyring(enter), options).catch(async (error: unknown) => {
          // Its end and that of its commands reach us in any order.
          const isOurs = error instanceof CommandError && ['timeout', 'cancelled'].includes(error.failure.end);
          if (!isOurs && !signal?.aborted && !(await isAlive(init))) throw sessionEnded(holder);
          throw error;
        });
      },
      async endProcesses() {
        if (holder.hasEnded()) throw sessionEnded(holder);
        turns += 1;
        child.stdin.write(`end ${turns}\n`);
        await awaitEnded(holder, turns);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A process, told from another one that gets its number later. */
interface FirstProcess {
  readonly pid: number;
  readonly startTime: number;
}

/** The first process of the new pid namespace: the only child of `unshare`. */
async function firstProcess(unshare: number | undefined): Promise<FirstProcess> {
  const children = await readFile(`/proc/${unshare}/task/${unshare}/children`, 'utf8');
  const pid = Number(children.trim().split(' ')[0]);
  const stat = Number.isInteger(pid) && pid > 0 ? await statOf(pid) : undefined;
  if (stat === undefined) throw new Error(`no child of ${unshare} in ${JSON.stringify(children)}`);
  return { pid, startTime: stat.startTime };
}

/** @throws InfrastructureError where the kernel does not end it in time: a process waits for a disk that does not answer. */
async function awaitGone({ pid, startTime }: FirstProcess, folder: string): Promise<void> {
  const end = performance.now() + STOP_SECONDS * 1000;
  for (let wait = 1; ; wait = Math.min(wait * 2, 50)) {
    const stat = await statOf(pid);
    if (stat === undefined || stat.startTime !== startTime || 'ZXx'.includes(stat.state)) return;
    if (performance.now() > end) {
      throw new InfrastructureError({
        what: 'the processes of a build session do not end',
        where: folder,
        found: `process ${pid} after ${STOP_SECONDS} s`,
        remedy: 'look what the disk is busy with; the next start removes what is left',
      });
    }
    await sleep(wait);
  }
}

/** Lack of memory, processes or space goes by; what the kernel refuses it refuses the next time too. */
function openingFailed(holder: Holder, folder: string): Error {
  const what = 'the build session cannot be opened';
  const found = holder.errors() || (holder.exitCode() === null ? 'it was killed' : 'no reason given');
  const lacks = /no space left|cannot allocate memory|out of memory|resource temporarily unavailable|cannot fork/i;
  if (holder.exitCode() === null || lacks.test(found)) return new InfrastructureError({ what, where: folder, found });
  return new UserError({ what, where: folder, found, remedy: 'pkg-actions doctor says what this host lacks' });
}

const statOf = async (pid: number) => parseStat(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''));

/** Of the flags in proc_pid_stat(5): about to end (PF_EXITING of linux/sched.h). */
const EXITING = 0x4;

/** Whether a process is neither gone nor about to be. A first process waits for the end of all others before it is gone. */
async function isAlive(pid: number): Promise<boolean> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // Behind the name, which may hold anything: state, ppid, pgrp, session, tty_nr, tpgid, flags.
  const [state = 'X', , , , , , flags = '0'] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return text !== '' && !['Z', 'X'].includes(state) && (Number(flags) & EXITING) === 0;
}
