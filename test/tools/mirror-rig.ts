/** Real servers for the tests of mirrors, on the loopback: rsync daemons, sshd, and a line that can be cut. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { RecordingHost } from '../../src/host/recording.ts';
import { parseDestination } from '../../src/mirror/destination.ts';
import { type MirrorsOptions, mirrorRepository } from '../../src/mirror/mirrors.ts';
import { run } from '../../src/process.ts';

/** A server of its own process; ended by its id. */
export class Server implements AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  readonly #ended: Promise<void>;

  constructor(child: ChildProcess, port: number, ended: Promise<void>) {
    this.#ended = ended;
    this.port = port;
    this.pid = child.pid ?? 0;
  }

  /** Its group: what it began for single connections as well. */
  async kill(): Promise<void> {
    try {
      process.kill(-this.pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

/**
 * Starts a server on a port that the kernel names, and waits until it answers.
 *
 * @param begin starts it; a port that another one took meanwhile makes it end, and the next is tried.
 * @param port one that it must have, such as the former one of a server that was killed.
 */
async function serve(begin: (port: number) => Promise<readonly [string, ...string[]]>, port?: number): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    const wanted = port ?? (await freePort());
    // An rsync daemon whose standard input is a socket, as Node's pipes are, serves that one.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...(await begin(wanted))], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (said += data.toString()));
    let isEnded = false;
    const ended = new Promise<void>((resolve) => {
      child.once('close', () => {
        isEnded = true;
        resolve();
      });
    });
    while (!isEnded) {
      if (await answers(wanted)) return new Server(child, wanted, ended);
      await setTimeout(20);
    }
    if (attempt === 20) throw new Error(`no server: ${said}`);
    await setTimeout(100);
  }
}

async function freePort(): Promise<number> {
  const probe = net.createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as net.AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** rsync daemons and sshd speak first. */
async function answers(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    const end = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.once('data', () => end(true));
    socket.once('error', () => end(false));
    socket.once('close', () => resolve(false));
  });
}

export interface DaemonOptions {
  /** Lines of the module. */
  readonly settings?: readonly string[];
  /** `user:password`. */
  readonly secret?: string;
  readonly port?: number;
}

/** An rsync daemon whose module `mirror` is `folder`. What it needs lies in `home`. */
export async function rsyncDaemon(home: string, folder: string, options: DaemonOptions = {}): Promise<Server> {
  const { settings = ['munge symlinks = no'], secret } = options;
  await mkdir(home, { recursive: true });
  await mkdir(folder, { recursive: true });
  const secrets = path.join(home, 'secrets');
  if (secret !== undefined) await writeFile(secrets, `${secret}\n`, { mode: 0o600 });
  return await serve(async (port) => {
    const config = path.join(home, `rsyncd-${port}.conf`);
    const auth = secret === undefined ? [] : [`auth users = ${secret.split(':')[0]}`, `secrets file = ${secrets}`];
    const lines = [
      'address = 127.0.0.1',
      `port = ${port}`,
      `lock file = ${home}/lock-${port}`,
      'use chroot = no',
      'uid = root',
      'gid = root',
      '[mirror]',
      `path = ${folder}`,
      'read only = no',
      ...auth,
      ...settings,
    ];
    await writeFile(config, `${lines.join('\n')}\n`);
    return ['rsync', '--daemon', '--no-detach', `--config=${config}`, '--log-file=/dev/stderr'];
  }, options.port);
}

export interface SshServer extends AsyncDisposable {
  readonly port: number;
  /** Line of known_hosts. */
  readonly knownHosts: string;
  /** Private key that it lets in, as text. */
  readonly key: string;
}

/**
 * An sshd that lets root in with one key.
 *
 * @param options what the key may do (sshd(8), AUTHORIZED_KEYS FILE FORMAT); everything when absent.
 */
export async function sshServer(home: string, options = ''): Promise<SshServer> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  // Where sshd locks itself in before a login: made by the service, which tests do not start.
  await mkdir('/run/sshd', { recursive: true });
  for (const name of ['host', 'user'])
    await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', path.join(home, name)]);
  const allowed = path.join(home, 'allowed');
  await writeFile(allowed, `${options} ${await readFile(path.join(home, 'user.pub'), 'utf8')}`.trimStart());
  const server = await serve(async (port) => {
    const config = path.join(home, `sshd-${port}`);
    const lines = [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey ${home}/host`,
      `AuthorizedKeysFile ${allowed}`,
      'PidFile none',
      'StrictModes no',
      'UsePAM no',
      'PermitRootLogin yes',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'MaxStartups 100',
    ];
    await writeFile(config, `${lines.join('\n')}\n`);
    return ['/usr/sbin/sshd', '-D', '-e', '-f', config];
  });
  const [kind, key] = (await readFile(path.join(home, 'host.pub'), 'utf8')).split(' ');
  return {
    port: server.port,
    knownHosts: `[127.0.0.1]:${server.port} ${kind} ${key}`,
    key: await readFile(path.join(home, 'user'), 'utf8'),
    [Symbol.asyncDispose]: async () => await server.kill(),
  };
}

/** A line to a server that counts what goes over it, and can be cut. */
export class Line implements AsyncDisposable {
  port = 0;
  /** Bytes that went to the server, over all connections. */
  sent = 0;
  connections = 0;
  /** All connections end when so many bytes went to the server. */
  cutAfter = Number.POSITIVE_INFINITY;
  /** How often it is cut before it holds; for ever when absent. */
  cuts = Number.POSITIVE_INFINITY;
  readonly #to: () => number;
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();

  private constructor(to: () => number) {
    this.#to = to;
    this.#server = net.createServer((client) => this.#join(client));
  }

  static async to(port: () => number): Promise<Line> {
    const line = new Line(port);
    await new Promise<void>((resolve) => line.#server.listen(0, '127.0.0.1', resolve));
    line.port = (line.#server.address() as net.AddressInfo).port;
    return line;
  }

  #join(client: net.Socket): void {
    this.connections += 1;
    if (this.sent >= this.cutAfter && this.cuts > 0) {
      client.destroy();
      return;
    }
    const server = net.connect(this.#to(), '127.0.0.1');
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        (socket === client ? server : client).destroy();
      });
    }
    client.on('data', (data: Buffer) => {
      const room = this.cuts > 0 ? this.cutAfter - this.sent : Number.POSITIVE_INFINITY;
      this.sent += data.length;
      if (data.length < room) {
        server.write(data);
        return;
      }
      // What fits arrives, and then nothing more.
      server.end(data.subarray(0, room));
      this.cuts -= 1;
      if (this.cuts <= 0) this.cutAfter = Number.POSITIVE_INFINITY;
      client.destroy();
    });
    server.pipe(client);
  }

  /** Ends all connections; new ones are taken. */
  cutNow(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cutNow();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Options of a mirroring to `places`, for tests. */
export function mirrorOptions(
  root: string,
  host: RecordingHost,
  places: readonly string[],
  more: Partial<MirrorsOptions> = {},
): MirrorsOptions {
  return {
    root,
    destinations: places.map((place) => parseDestination(place, 'a test', (folder) => folder)),
    dryRun: false,
    checksum: false,
    maxDelete: undefined,
    knownHosts: undefined,
    sshKey: undefined,
    password: undefined,
    bytesPerSecond: 0,
    timeoutSeconds: 60,
    attempts: 1,
    lockSeconds: 60,
    host,
    ...more,
  };
}

/** Mirrors, and throws what failed. */
export async function mirror(...options: Parameters<typeof mirrorOptions>) {
  const results = await mirrorRepository(mirrorOptions(...options));
  for (const { error } of results) if (error !== undefined) throw error;
  return results;
}
