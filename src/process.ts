/**
 * The one way to run a command.
 *
 * argv arrays only; a small environment of our own (so that a secret in the action's environment never reaches a
 * tool); output streamed by line and captured up to a cap; a wall-clock limit and cancellation that end the whole
 * process group (SIGTERM, grace, SIGKILL); and a child never outlives us (`PR_SET_PDEATHSIG`, prctl(2), set by
 * setpriv(1)), however we die.
 *
 * Why not `@actions/exec`: it gives no process group, no limit, no cancellation and no cap (docs/decisions.md).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { type CommandEnd, CommandError, MissingToolError } from './errors.ts';
import { installCommand } from './tool-packages.ts';

/** Milliseconds; a timer that is set for longer goes off at once (setTimeout of Node). */
const LONGEST_TIMER = 2 ** 31 - 1;

/** A command and its arguments, never a shell string. */
export type Argv = readonly [string, ...string[]];

export interface SpawnOptions {
  readonly cwd?: string;
  /** Added to the base environment (`baseEnvironment`). `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What `argv` is shown as in errors and logs, where wrappers would hide what matters. */
  readonly display?: readonly string[];
}

export interface RunOptions extends SpawnOptions {
  /** Written to standard input, which is closed after it. Secrets go here, never into argv. */
  readonly input?: string | Uint8Array;
  /** Wall-clock limit in seconds; none when absent. */
  readonly timeoutSeconds?: number;
  /** Between SIGTERM and SIGKILL, in seconds. */
  readonly graceSeconds?: number;
  readonly signal?: AbortSignal;
  /** Called with every signal that is sent to the command: for what runs elsewhere on its behalf. */
  readonly onSignal?: (signal: 'SIGTERM' | 'SIGKILL') => void;
  /** Called for every line as it comes, without its newline. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  /** A carriage return ends a line of standard output too: for tools that write their progress over itself. */
  readonly returnEndsLine?: boolean;
  /** Bytes kept of each stream: the first half from its start, the rest from its end. 1 MiB when absent. */
  readonly captureBytes?: number;
  /** Exit codes that are no failure. `[0]` when absent; `any` never throws for an exit code. */
  readonly okExitCodes?: readonly number[] | 'any';
}

export interface RunResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationSeconds: number;
}

const DEFAULT_CAPTURE_BYTES = 1024 * 1024;
const DEFAULT_GRACE_SECONDS = 5;
/** Of open(2), on every architecture that Node runs on under Linux; Node does not name it. */
const O_CLOEXEC = 0o2000000;
/** Of a command whose output is bytes. */
const STDERR_BYTES = 65_536;
/** A tool that writes no newline (a progress bar, binary output) is handed on in pieces of this size. */
const MAX_LINE_CHARACTERS = 65_536;

/** Variables that a tool may see of ours: locale, paths and proxies. Everything else is passed by name. */
const PASSED_VARIABLES = [
  'PATH',
  'HOME',
  'TMPDIR',
  'USER',
  'LOGNAME',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
];

/** The environment every command starts from: ours reduced to `PASSED_VARIABLES`, in the C.UTF-8 locale. */
export function baseEnvironment(): Record<string, string> {
  const env: Record<string, string> = { LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' };
  for (const name of PASSED_VARIABLES) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  // cron, some runners and minimal containers leave the sbin folders out, where half of our tools live.
  const folders = new Set((env['PATH'] ?? '').split(':').filter((folder) => folder !== ''));
  for (const folder of ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'])
    folders.add(folder);
  env['PATH'] = [...folders].join(':');
  return env;
}

/** Full path of `tool` on PATH, or `undefined`. */
export function which(tool: string): string | undefined {
  const candidates = tool.includes('/')
    ? [path.resolve(tool)]
    : (baseEnvironment()['PATH'] ?? '').split(':').map((folder) => path.join(folder, tool));
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return statSync(candidate).isFile();
    } catch {
      return false;
    }
  });
}

/**
 * Starts `argv` in a process group of its own, dying with us.
 *
 * @throws MissingToolError when the tool is not on PATH.
 */
export function start(
  argv: Argv,
  options: SpawnOptions = {},
): ChildProcess & {
  readonly stdin: NonNullable<ChildProcess['stdin']>;
  readonly stdout: Readable;
  readonly stderr: Readable;
} {
  const [tool, ...args] = argv;
  const file = which(tool);
  if (file === undefined) throw new MissingToolError(tool, installCommand(tool));
  const env = baseEnvironment();
  for (const [name, value] of Object.entries(options.env ?? {})) {
    if (value === undefined) delete env[name];
    else env[name] = value;
  }
  const setpriv = which('setpriv');
  const [command, commandArgs] = setpriv ? [setpriv, ['--pdeathsig', 'KILL', '--', file, ...args]] : [file, args];
  return spawn(command, commandArgs, {
    cwd: options.cwd,
    env,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', ...coveredDescriptors()],
  }) as ReturnType<typeof start>;
}

let covered: readonly ('ignore' | number)[] | undefined;

/**
 * What a command gets from descriptor 3 on: nothing. What Node opens is closed on exec; what whoever started us left
 * open is not, and would be open in builds too. It becomes `/dev/null`.
 */
function coveredDescriptors(): readonly ('ignore' | number)[] {
  if (covered !== undefined) return covered;
  const inherited = inheritedDescriptors();
  const none = inherited.length === 0 ? -1 : openSync('/dev/null', constants.O_RDONLY);
  covered = Array.from({ length: Math.max(2, ...inherited) - 2 }, (_, index) =>
    inherited.includes(index + 3) ? none : 'ignore',
  );
  return covered;
}

/** Descriptors over 2 that stay open when a command is started: without O_CLOEXEC (proc_pid_fdinfo(5)). */
function inheritedDescriptors(): number[] {
  const isInherited = (name: string) => {
    try {
      const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${name}`, 'utf8'))?.[1] ?? '0';
      return (Number.parseInt(flags, 8) & O_CLOEXEC) === 0;
    } catch {
      // That of the folder itself, closed by now.
      return false;
    }
  };
  try {
    return readdirSync('/proc/self/fdinfo')
      .filter((name) => Number(name) > 2 && isInherited(name))
      .map(Number);
  } catch {
    // Not Linux.
    return [];
  }
}

/**
 * Runs `argv` to its end.
 *
 * @throws MissingToolError when the tool is not on PATH.
 * @throws CommandError when the exit code is not in `okExitCodes`, or the limit or a cancellation ended it.
 */
export async function run(argv: Argv, options: RunOptions = {}): Promise<RunResult> {
  const shown = options.display ?? argv;
  const started = performance.now();
  options.signal?.throwIfAborted();
  const child = start(argv, options);
  let end: CommandEnd | undefined;
  let killTimer: NodeJS.Timeout | undefined;

  const send = (signal: 'SIGTERM' | 'SIGKILL') => {
    options.onSignal?.(signal);
    signalGroup(child, signal);
  };
  const stop = (reason: CommandEnd) => {
    if (end !== undefined) return;
    end = reason;
    send('SIGTERM');
    killTimer = setTimeout(() => send('SIGKILL'), (options.graceSeconds ?? DEFAULT_GRACE_SECONDS) * 1000);
  };
  const limit =
    options.timeoutSeconds === undefined
      ? undefined
      : setTimeout(() => stop('timeout'), Math.min(options.timeoutSeconds * 1000, LONGEST_TIMER));
  const onAbort = () => stop('cancelled');
  options.signal?.addEventListener('abort', onAbort, { once: true });

  const cap = options.captureBytes ?? DEFAULT_CAPTURE_BYTES;
  const stdout = collect(
    child.stdout,
    cap,
    (line) => options.onLine?.(line, 'stdout'),
    options.returnEndsLine ? /\r\n?|\n/ : '\n',
  );
  const stderr = collect(child.stderr, cap, (line) => options.onLine?.(line, 'stderr'));
  // A tool may end before it has read all of its input: that is its exit code's business.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');

  try {
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', () => {
        // A daemon that kept our pipes open must not hold us.
        setTimeout(() => {
          child.stdout.destroy();
          child.stderr.destroy();
        }, 2000).unref();
      });
      child.once('close', (...ended) => resolve(ended));
    });
    const result = {
      exitCode: code ?? -1,
      stdout: stdout(),
      stderr: stderr(),
      durationSeconds: (performance.now() - started) / 1000,
    };
    const ok = options.okExitCodes ?? [0];
    const accepted = code !== null && (ok === 'any' || ok.includes(code));
    if (end === undefined && accepted) return result;
    throw new CommandError({
      argv: shown,
      end: end ?? (code === null ? 'signal' : 'exit'),
      exitCode: code ?? undefined,
      signal: signal ?? undefined,
      stdout: result.stdout,
      stderr: result.stderr,
      ...(options.timeoutSeconds === undefined ? {} : { timeoutSeconds: options.timeoutSeconds }),
    });
  } finally {
    clearTimeout(limit);
    clearTimeout(killTimer);
    options.signal?.removeEventListener('abort', onAbort);
    // What ignored SIGTERM and outlived its leader.
    if (end !== undefined) send('SIGKILL');
  }
}

export interface BytesOptions extends SpawnOptions {
  /** Written to standard input, which is closed after it; an error of a stream ends the command and is thrown. */
  readonly input?: string | Uint8Array | AsyncIterable<string | Uint8Array>;
  readonly signal?: AbortSignal;
  /** Takes standard output piece by piece, and nothing is collected; what it throws ends the command. */
  readonly onBytes?: (piece: Buffer) => void;
}

/**
 * Runs `argv` for standard output that is no text: names of files, archives.
 *
 * @returns all of standard output, whatever its size; empty with `onBytes`.
 * @throws MissingToolError when the tool is not on PATH.
 * @throws CommandError when the exit code is not 0, or a cancellation ended it. What `onBytes` throws.
 */
export async function runBytes(argv: Argv, options: BytesOptions = {}): Promise<Buffer> {
  const { signal: cancelled, onBytes } = options;
  cancelled?.throwIfAborted();
  const child = start(argv, options);
  const stop = () => signalGroup(child, 'SIGKILL');
  cancelled?.addEventListener('abort', stop, { once: true });
  const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (...end) => resolve(end));
  });
  // Awaited below; until then a failure to start must not count as unhandled.
  ended.catch(() => {});
  const stderr = collect(child.stderr, STDERR_BYTES, () => {});
  // A tool may end before it has read all of its input: that is its exit code's business.
  child.stdin.on('error', () => {});
  const feeding = feed(child.stdin, options.input ?? '').catch((error: unknown) => {
    stop();
    return { error };
  });
  const pieces: Buffer[] = [];
  try {
    for await (const piece of child.stdout) {
      if (onBytes === undefined) pieces.push(piece as Buffer);
      else onBytes(piece as Buffer);
    }
    const [code, signal] = await ended;
    const failure = await feeding;
    if (failure !== undefined && !cancelled?.aborted) throw failure.error;
    if (code === 0) return Buffer.concat(pieces);
    throw new CommandError({
      argv: options.display ?? argv,
      end: cancelled?.aborted ? 'cancelled' : code === null ? 'signal' : 'exit',
      exitCode: code ?? undefined,
      signal: signal ?? undefined,
      stdout: '',
      stderr: stderr(),
    });
  } finally {
    cancelled?.removeEventListener('abort', stop);
    if (child.exitCode === null && child.signalCode === null) stop();
  }
}

/** Writes `input` and closes. Fails only where `input` does: a tool may end before it has read all. */
async function feed(stdin: Writable, input: NonNullable<BytesOptions['input']>): Promise<void> {
  if (typeof input === 'string' || input instanceof Uint8Array) {
    stdin.end(input);
    return;
  }
  const closed = new Promise<void>((resolve) => stdin.once('close', resolve));
  for await (const piece of input) {
    if (stdin.destroyed) return;
    // Owned by the caller again when the next piece is asked for.
    const written = new Promise<void>((resolve) => stdin.write(piece, () => resolve()));
    await Promise.race([written, closed]);
  }
  stdin.end();
}

/** Signals the whole process group of a child started by `start`; a group that is gone is no error. */
export function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Reads a stream by line and keeps `cap` bytes: its first and its last half. */
function collect(
  stream: Readable,
  cap: number,
  onLine: (line: string) => void,
  lineEnd: string | RegExp = '\n',
): () => string {
  const half = Math.max(1, Math.floor(cap / 2));
  let head = '';
  let tail = '';
  let dropped = 0;
  let rest = '';
  const decoder = new StringDecoder('utf8');
  const take = (text: string) => {
    const room = Math.max(0, half - head.length);
    head += text.slice(0, room);
    tail += text.slice(room);
    if (tail.length > half * 2) {
      dropped += tail.length - half;
      tail = tail.slice(-half);
    }
    const lines = (rest + text).split(lineEnd);
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
    if (rest.length > MAX_LINE_CHARACTERS) {
      onLine(rest);
      rest = '';
    }
  };
  stream.on('data', (chunk: Buffer) => take(decoder.write(chunk)));
  stream.on('end', () => {
    take(decoder.end());
    if (rest !== '') onLine(rest);
  });
  stream.on('error', () => {});
  return () => {
    if (tail.length > half) {
      dropped += tail.length - half;
      tail = tail.slice(-half);
    }
    return dropped === 0 ? head + tail : `${head}\n[… ${dropped} characters left out …]\n${tail}`;
  };
}
