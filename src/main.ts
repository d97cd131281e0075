/** The frame around an action: reads its inputs, runs it, sets its outputs, tells errors apart. */
import http from 'node:http';
import path from 'node:path';
import { CancelledError, CommandError, messageOf, oneLine, UserError } from './errors.ts';
import { detectHost } from './host/detect.ts';
import type { Host } from './host/host.ts';
import { readSecret } from './host/secrets.ts';
import {
  type ActionSpec,
  type InputTable,
  type InputValues,
  type OutputTable,
  type OutputValues,
  readInputs,
} from './inputs.ts';
import { VERSION } from './version.ts';

/**
 * The use case of an action. Where a failed run has outputs too (the verdict of a build), it calls `host.output`
 * itself before it throws; what it returns is set by the frame.
 */
export type Run<I extends InputTable, O extends OutputTable> = (
  inputs: InputValues<I>,
  host: Host,
) => Promise<OutputValues<O>>;

/** Exit codes of every action and of the command line. */
export const EXIT = {
  success: 0,
  /** Wrong input, or a tool or the system failed: the message says which. */
  failure: 1,
  /** A bug of pkg-actions. */
  bug: 2,
  /** 128 + SIGINT, as shells have it. */
  cancelled: 130,
} as const;

/** Errors of the system that no code of ours can prevent: one line instead of a stack. */
const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files in the system',
  EIO: 'input/output error of the device',
};

/**
 * Runs `action` on `host`: the testable core of `runMain`.
 *
 * @returns the exit code, see `EXIT`. Never throws.
 */
export async function runAction<I extends InputTable, O extends OutputTable>(
  action: ActionSpec<I, O>,
  run: Run<I, O>,
  host: Host,
): Promise<number> {
  try {
    const inputs = readInputs(action, host, {
      resolvePath: (given) => path.resolve(host.workspace, given),
      readSecret: (kind, value) => readSecret(kind, value, host.workspace),
    });
    const outputs = await inWorkspace(action, inputs, host, () => run(inputs, host));
    for (const name of Object.keys(action.outputs)) {
      const value = outputs[name];
      if (value !== undefined) host.output(name, value);
    }
    return EXIT.success;
  } catch (error) {
    return await explain(error, host);
  }
}

/** Runs `body`, and sees to it that what it writes in the workspace lies there, and belongs to whom that belongs. */
async function inWorkspace<T>(
  { writes = [], cleansUp }: ActionSpec,
  inputs: Readonly<Record<string, unknown>>,
  host: Host,
  body: () => Promise<T>,
): Promise<T> {
  const places = writes.flatMap((name) => (typeof inputs[name] === 'string' ? [[name, inputs[name]] as const] : []));
  // What the post step has to know: its own inputs are read anew, from what may have changed since.
  if (cleansUp) host.keepForPost({ state: inputs['state'], writes: places.map(([, place]) => place) });
  if (places.length === 0) return await body();
  // Loaded here: no help needs it.
  const { refuseLinkOut } = await import('./output-folder.ts');
  for (const [name, place] of places) await refuseLinkOut(host.workspace, place, `input ${name}`);
  try {
    return await body();
  } finally {
    const { giveBackWritten } = await import('./ownership.ts');
    await giveBackWritten(
      host,
      places.map(([, place]) => place),
    );
  }
}

/**
 * Runs `action` on the platform we are on and ends the process. What `src/actions/<name>/main.ts` calls.
 */
export async function runMain<I extends InputTable, O extends OutputTable>(
  action: ActionSpec<I, O>,
  run: Run<I, O>,
): Promise<never> {
  const host = await detectHost();
  return await runProcess(host, () => runAction(action, run, host));
}

/** Runs `body` on `host` and ends the process with the exit code it gives, whatever is still open or thrown. */
export async function runProcess(host: Host, body: () => Promise<number>): Promise<never> {
  // Downloads of ours go the way that apt's and git's go: by http_proxy and its kin. Older runners' Node lacks it.
  try {
    http.setGlobalProxyFromEnv?.();
  } catch (error) {
    // Nothing of the address is told: it may hold a password.
    host.warning(`the proxy that the environment names (http_proxy, https_proxy) cannot be used: ${messageOf(error)}`);
  }
  const bug = (error: unknown) => {
    void explain(error, host)
      .then(() => host.close())
      .finally(() => process.exit(EXIT.bug));
  };
  process.once('uncaughtException', bug);
  process.once('unhandledRejection', bug);
  // Nothing left to wait for, and yet `body` has not ended: a promise that nobody settles.
  process.once('beforeExit', () => bug(new Error('the action stopped without a result')));
  const code = await body();
  await host.close();
  // A socket or timer that somebody forgot must not keep the job running.
  return process.exit(code);
}

/**
 * Tells `error` to `host` by its kind.
 *
 * @returns the exit code.
 */
export async function explain(error: unknown, host: Host): Promise<number> {
  if (error instanceof CancelledError || host.signal.aborted) {
    host.error('cancelled');
    return EXIT.cancelled;
  }
  if (error instanceof AggregateError && error.errors.length > 0) {
    let code: number = EXIT.success;
    for (const each of error.errors) code = Math.max(code, await explain(each, host));
    return code;
  }
  if (error instanceof SuppressedError) {
    // `await using`: `suppressed` came first, `error` is what cleaning up after it said.
    return Math.max(await explain(error.suppressed, host), await explain(error.error, host));
  }
  if (error instanceof UserError) {
    host.error(error.message);
    return EXIT.failure;
  }
  if (error instanceof CommandError) {
    host.error(oneLine(error.message));
    await host.group('The command that failed, and its last lines', async () => {
      host.info(error.command);
      for (const line of error.lastLines()) host.info(line);
    });
    return EXIT.failure;
  }
  const system = systemError(error);
  if (system !== undefined) {
    host.error(system);
    return EXIT.failure;
  }
  host.error(`a bug in pkg-actions ${VERSION}: ${oneLine(messageOf(error))}`);
  await host.group('Stack: please report it with this and with what you ran', async () => {
    host.info(`pkg-actions ${VERSION}, Node ${process.version}, ${process.platform} ${process.arch}`);
    for (const line of stackOf(error).split('\n')) host.info(line);
  });
  return EXIT.bug;
}

function systemError(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, path: file } = error as NodeJS.ErrnoException;
  const text = code === undefined ? undefined : SYSTEM_ERRORS[code];
  return text === undefined ? undefined : oneLine(`${file === undefined ? '' : `${file}: `}${text} (${code})`);
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by: ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
