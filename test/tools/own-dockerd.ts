/** A dockerd of one test's own, which may be killed and started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { mountsBelow, unmountBelow } from '../../src/mounts.ts';
import { parseStat } from '../../src/owner.ts';
import { run } from '../../src/process.ts';
import { traces } from './traces.ts';

/** What a loaded machine may take, at most. */
const START_SECONDS = 180;

export interface OwnDockerd extends AsyncDisposable {
  /** For DOCKER_HOST. */
  readonly address: string;
  start(): Promise<void>;
  /** SIGKILL, to the daemon alone: containers and what holds them stay. */
  kill(): Promise<void>;
}

/** @param folder its own, which nothing else is in. */
export async function ownDockerd(folder: string): Promise<OwnDockerd> {
  await mkdir(folder, { recursive: true });
  const address = `unix://${folder}/sock`;
  let daemon: ChildProcess | undefined;
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    if (daemon?.exitCode !== null || daemon.signalCode !== null) return;
    const ended = once(daemon, 'exit');
    daemon.kill(signal);
    await ended;
  };
  return {
    address,
    async start() {
      // dockerd takes a containerd for running whose process is not yet waited for, and waits for that one to answer.
      const noted = path.join(folder, 'exec/containerd/containerd.pid');
      const pid = await readFile(noted, 'utf8').catch(() => '');
      if (pid !== '' && (await hasEnded(Number(pid)))) await rm(noted);
      const log = await open(path.join(folder, 'log'), 'a');
      // Short names: the path of a socket has 107 characters at most (unix(7)).
      const places = ['data-root', 'exec-root', 'pidfile'].map((name) => `--${name}=${folder}/${name.slice(0, 4)}`);
      const network = ['--bridge=none', '--iptables=false', '--ip-forward=false', '--ip-masq=false'];
      daemon = spawn('dockerd', [...places, `--host=${address}`, ...network], {
        cwd: '/',
        stdio: ['ignore', log.fd, log.fd],
        env: { PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
      });
      await log.close();
      for (let waited = 0; ; waited++) {
        const asked = await run(['docker', '-H', address, 'version'], { okExitCodes: 'any', timeoutSeconds: 60 });
        if (asked.exitCode === 0) return;
        if (daemon.exitCode !== null || waited > START_SECONDS * 4) {
          throw new Error(`dockerd did not start:\n${(await readFile(path.join(folder, 'log'), 'utf8')).slice(-4000)}`);
        }
        await sleep(250);
      }
    },
    kill: () => end('SIGKILL'),
    async [Symbol.asyncDispose]() {
      await end('SIGTERM');
      // Its containerd, and what holds containers, where it was killed and not started again.
      for (const trace of await traces(`${folder}/exec`)) {
        const [, pid, program = ''] = /^process (\d+): (\S+)/.exec(trace) ?? [];
        if (/^containerd/.test(path.basename(program))) process.kill(Number(pid), 'SIGKILL');
      }
      for (let waited = 0; waited < 600 && (await mountsBelow(folder)).length > 0; waited++) {
        await unmountBelow(folder);
        await sleep(100);
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Within a moment: containerd ends with its dockerd. */
async function hasEnded(pid: number): Promise<boolean> {
  for (let waited = 0; waited < 600; waited++) {
    const stat = parseStat(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''));
    if (stat === undefined || 'ZXx'.includes(stat.state)) return true;
    await sleep(100);
  }
  return false;
}
