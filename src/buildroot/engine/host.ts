/**
 * Sessions in namespaces of this host: `unshare` makes mount, pid, ipc and uts namespaces, the session's script runs as
 * their first process, and every command enters them by `nsenter`.
 */
import { readFile } from 'node:fs/promises';
import { CancelledError, CommandError, UserError } from '../../errors.ts';
import { type Argv, run, signalGroup, start } from '../../process.ts';
import { withEmptyKeyring } from '../keyring.ts';
import { CLOSE_TOP, OFFLINE_NAMESPACE } from '../session-script.ts';
import { awaitEnded, END_PROCESSES, holderOf, sessionEnded } from './first-process.ts';
import { scriptArguments, type Vessel, type VesselRequest } from './vessel.ts';

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
  const onAbort = () => signalGroup(child, 'SIGKILL');
  signal?.addEventListener('abort', onAbort, { once: true });
  const stop = async (): Promise<void> => {
    signal?.removeEventListener('abort', onAbort);
    signalGroup(child, 'SIGKILL');
    await holder.ended;
  };
  try {
    const isReady = await holder.says('ready');
    if (signal?.aborted) throw new CancelledError();
    if (!isReady) {
      const found = holder.errors() || 'no reason given';
      throw new UserError({ what: 'the build session cannot be opened', where: folder, found });
    }
    const init = await firstProcess(child.pid);
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

/** The first process of the new pid namespace: the only child of `unshare`. */
async function firstProcess(unshare: number | undefined): Promise<number> {
  const children = await readFile(`/proc/${unshare}/task/${unshare}/children`, 'utf8');
  const init = Number(children.trim().split(' ')[0]);
  if (!Number.isInteger(init) || init <= 0) throw new Error(`no child of ${unshare} in ${JSON.stringify(children)}`);
  return init;
}

/** Of the flags in proc_pid_stat(5): about to end (PF_EXITING of linux/sched.h). */
const EXITING = 0x4;

/** Whether a process is neither gone nor about to be. A first process waits for the end of all others before it is gone. */
async function isAlive(pid: number): Promise<boolean> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // Behind the name, which may hold anything: state, ppid, pgrp, session, tty_nr, tpgid, flags.
  const [state = 'X', , , , , , flags = '0'] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return text !== '' && !['Z', 'X'].includes(state) && (Number(flags) & EXITING) === 0;
}
