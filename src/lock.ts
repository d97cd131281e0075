/**
 * Kernel locks: flock(2) on a file or a folder, held by a small process whose standard input is our pipe and which
 * dies with us (`start`). So a lock never outlives its holder, however that ends, and no lock file is ever removed
 * (removing one is a race: a waiter may hold the old inode).
 */
import { InfrastructureError, UserError } from './errors.ts';
import type { Logger } from './host/host.ts';
import { type Argv, start } from './process.ts';

export interface LockOptions {
  readonly mode: 'shared' | 'exclusive';
  /** Seconds to wait; 0 does not wait. */
  readonly waitSeconds: number;
  /** What is waited for, for progress and errors: `the repository /srv/x`. */
  readonly what: string;
  readonly logger?: Pick<Logger, 'progress'>;
  readonly signal?: AbortSignal;
}

export interface Lock extends AsyncDisposable {
  /** Rejects never; resolves only when the lock is lost, because its holder process ended before `release`. */
  readonly lost: Promise<void>;
  release(): Promise<void>;
}

/** flock(1)'s exit code when the lock is held by another; ours to choose, away from the tool's own codes. */
const HELD_BY_ANOTHER = 75;

/**
 * flock(1) makes a file where there is none: one in the place of a folder that somebody removed just now would be in
 * the way of the next. So the shell opens what is there, and flock(1) opens that.
 */
const OPEN_AND_LOCK = 'exec 9<"$1" && shift && exec "$@"';

/**
 * Takes the lock on `target` (an existing file or folder; nothing is made where there is none).
 *
 * @throws InfrastructureError when it is still held by another after `waitSeconds`.
 */
export async function takeLock(target: string, options: LockOptions): Promise<Lock> {
  const lock = await tryLock(target, options);
  if (lock === undefined) {
    throw new InfrastructureError({
      what: `${options.what} is in use by another process`,
      where: target,
      found: `a lock still held after ${options.waitSeconds} s`,
      remedy: 'wait for the other run, or raise the limit',
    });
  }
  return lock;
}

/** As `takeLock`, but gives `undefined` when the lock is held by another after `waitSeconds`. */
export async function tryLock(target: string, options: LockOptions): Promise<Lock | undefined> {
  options.signal?.throwIfAborted();
  const wait =
    options.waitSeconds === 0 ? ['--nonblock'] : ['--timeout', Math.max(0.001, options.waitSeconds).toFixed(3)];
  const argv: Argv = [
    'sh',
    ...['-c', OPEN_AND_LOCK, 'sh', target],
    'flock',
    '--no-fork',
    `--${options.mode}`,
    ...wait,
    '--conflict-exit-code',
    String(HELD_BY_ANOTHER),
    '/proc/self/fd/9',
    // The lock belongs to the open file that cat inherits; it ends when our end of the pipe closes.
    'sh',
    '-c',
    'exec 9<&- && echo held && exec cat >/dev/null',
  ];
  const child = start(argv);
  const exited = new Promise<number | null>((resolve) => {
    child.once('close', (code) => resolve(code));
    child.once('error', () => resolve(null));
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  child.stdin.on('error', () => {});
  // Not by the time of day, which may be set meanwhile; flock(1) waits by a monotonic clock too.
  const began = performance.now();
  const waiting = setInterval(() => {
    options.logger?.progress(`waiting for ${options.what} (${Math.round((performance.now() - began) / 1000)} s)`);
  }, 2000);
  const onAbort = () => child.kill('SIGKILL');
  options.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const held = await Promise.race([
      new Promise<true>((resolve) => child.stdout.once('data', () => resolve(true))),
      exited,
    ]);
    options.signal?.throwIfAborted();
    if (held === HELD_BY_ANOTHER) return undefined;
    if (held !== true) {
      throw new UserError({
        what: `${options.what} cannot be locked`,
        where: target,
        found: errors.trim().replace(/^sh: \d+: /, '') || `exit ${held}`,
      });
    }
  } finally {
    clearInterval(waiting);
    options.signal?.removeEventListener('abort', onAbort);
  }
  // A held lock alone must not keep the process alive.
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr])
    (stream as unknown as { unref?: () => void }).unref?.();
  let released: Promise<void> | undefined;
  const release = (): Promise<void> => {
    released ??= (async () => {
      child.ref();
      child.stdin.end();
      await exited;
    })();
    return released;
  };
  const lost = new Promise<void>((resolve) => {
    void exited.then(() => {
      if (released === undefined) resolve();
    });
  });
  return { lost, release, [Symbol.asyncDispose]: release };
}
