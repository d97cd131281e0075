/** apt-cacher-ng for measurements: on loopback, with folders of its own, as long as it is wanted. */
import { randomInt } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { start, which } from '../../src/process.ts';

export interface RunningProxy extends AsyncDisposable {
  readonly address: string;
  /** Bytes that it fetched from mirrors until now, and that it gave out. */
  traffic(): Promise<{ readonly fetched: number; readonly given: number }>;
}

const START_SECONDS = 30;

/**
 * Starts the proxy.
 *
 * @param folder is made; all that it writes is below it.
 * @returns `undefined` where it is not installed.
 */
export async function startProxy(folder: string): Promise<RunningProxy | undefined> {
  const program = which('apt-cacher-ng');
  if (program === undefined) return undefined;
  const places = { cache: path.join(folder, 'cache'), log: path.join(folder, 'log'), etc: path.join(folder, 'etc') };
  for (const place of Object.values(places)) await mkdir(place, { recursive: true });
  const port = await freePort();
  const settings = [
    'ForeGround: 1',
    `Port: ${port}`,
    'BindAddress: 127.0.0.1',
    `CacheDir: ${places.cache}`,
    `LogDir: ${places.log}`,
    `SocketPath: ${path.join(folder, 'socket')}`,
    'SupportDir: /usr/lib/apt-cacher-ng',
    // It waits long for addresses of version 6 where the machine has no way to them.
    'ConnectProto: v4',
    'VerboseLog: 1',
    // Written at once, to be counted.
    'Debug: 1',
  ];
  await writeFile(path.join(places.etc, 'acng.conf'), `${settings.join('\n')}\n`);
  const child = start([program, '-c', places.etc]);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.stdin.end();
  for (const stream of [child.stdout, child.stderr]) stream.resume();
  const close = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  for (let waited = 0; !(await answers(port)); waited++) {
    if (child.exitCode === null && waited < START_SECONDS * 10) await sleep(100);
    else {
      await close();
      const said = await readFile(path.join(places.log, 'apt-cacher.err'), 'utf8').catch(() => '');
      throw new Error(`apt-cacher-ng did not start: ${said}`);
    }
  }
  return {
    address: `http://127.0.0.1:${port}`,
    async traffic() {
      const text = await readFile(path.join(places.log, 'apt-cacher.log'), 'utf8').catch(() => '');
      // TIME|I or O|BYTES|CLIENT|FILE
      const sum = (direction: string) =>
        text
          .split('\n')
          .map((line) => line.split('|'))
          .filter((fields) => fields[1] === direction)
          .reduce((total, [, , bytes]) => total + Number(bytes), 0);
      return { fetched: sum('I'), given: sum('O') };
    },
    [Symbol.asyncDispose]: close,
  };
}

/** One that nobody listens on now, and that is given to nobody by chance: it takes none above 32767. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 30_000);
    const server = net.createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
