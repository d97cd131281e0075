/**
 * One connection for all calls of rsync to a mirror: a handshake each would cost more than what most of them do. ssh(1)
 * holds it as a child of ours and dies with us. Where it cannot be had, or is cut, each call makes its own.
 */
import { createHash } from 'node:crypto';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { signalGroup, start } from '../process.ts';
import type { Destination } from './destination.ts';
import type { Ssh } from './ssh.ts';

type SshDestination = Extract<Destination, { kind: 'ssh' }>;

/** Name of the connection's socket, in the folder that ssh runs in. */
function socketOf({ user, host, port, path: folder }: SshDestination): string {
  const key = JSON.stringify([user ?? null, host, port ?? null, folder]);
  return `connection-${createHash('sha256').update(key).digest('hex').slice(0, 12)}`;
}

/** What `--rsh` is for a mirror. */
export function remoteShell(ssh: Pick<Ssh, 'command'>, destination: SshDestination): string {
  const port = destination.port === undefined ? '' : ` -p ${destination.port}`;
  return `${ssh.command} -o ControlMaster=no -o ControlPath=${socketOf(destination)}${port}`;
}

/**
 * Makes the connection that later calls share. Its failure is told by the first of them.
 *
 * @param folder where ssh runs.
 */
export async function shareConnection(
  ssh: Pick<Ssh, 'command' | 'env'>,
  destination: SshDestination,
  folder: string,
): Promise<AsyncDisposable> {
  const socket = socketOf(destination);
  const [tool = 'ssh', ...settings] = ssh.command.split(' ');
  const user = destination.user === undefined ? '' : `${destination.user}@`;
  // Brackets are rsync's way to write addresses of IPv6.
  const host = destination.host.replace(/^\[(.*)\]$/, '$1');
  const port = destination.port === undefined ? [] : ['-p', String(destination.port)];
  const child = start(
    [
      tool,
      ...settings,
      '-o',
      'ControlMaster=yes',
      '-o',
      `ControlPath=${socket}`,
      '-N',
      ...port,
      '--',
      `${user}${host}`,
    ],
    { cwd: folder, env: ssh.env },
  );
  let isEnded = false;
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      isEnded = true;
      resolve();
    };
    child.once('close', end);
    child.once('error', end);
  });
  child.stdin.on('error', () => {});
  // Read, so that it never waits for us.
  child.stdout.resume();
  child.stderr.resume();
  const isThere = async () =>
    await access(path.join(folder, socket)).then(
      () => true,
      () => false,
    );
  // It ends by itself where the mirror does not answer: ConnectTimeout.
  while (!isEnded && !(await isThere())) await Promise.race([ended, setTimeout(20)]);
  return {
    async [Symbol.asyncDispose]() {
      if (!isEnded) signalGroup(child, 'SIGTERM');
      await ended;
    },
  };
}
