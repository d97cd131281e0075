/** One call of rsync(1) against a mirror: its arguments, its progress, its counts; tried again when the network fails. */
import { formatBytes } from '../format.ts';
import type { Logger } from '../host/host.ts';
import { type RunResult, run } from '../process.ts';
import { pause, retryLine, waitAfter } from '../retry.ts';
import type { Secret } from '../secret.ts';
import { type Destination, rsyncPath } from './destination.ts';
import { mayPass } from './failure.ts';
import type { Ssh } from './ssh.ts';
import { remoteShell } from './ssh-connection.ts';

/** How all mirrors are reached. */
export interface Access {
  /** Where rsync runs, and where `stage` and what ssh needs lie. */
  readonly folder: string;
  /** Where a mirror is reached by ssh. */
  readonly ssh: Pick<Ssh, 'command' | 'env'> | undefined;
  /** Of rsync daemons. */
  readonly password: Secret | undefined;
  /** Bytes a second; 0 for no limit. */
  readonly bytesPerSecond: number;
  /** Seconds without any data after which a connection counts as dead. */
  readonly timeoutSeconds: number;
  /** How often a call is made at most when the network fails. */
  readonly attempts: number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** What a transfer did, or with a dry run would do. */
export interface Counts {
  readonly files: number;
  /** Sizes of these files. */
  readonly bytes: number;
}

export interface TransferOptions {
  /** A folder whose contents are meant. Absolute, or below the access' folder. */
  readonly from: string;
  /** Paths below it that are sent, without what lies in them; all of its contents when absent. */
  readonly files?: readonly string[];
  /** With `files` absent: the folder below `from` that is sent, with everything in it. */
  readonly tree?: string;
  /** Further options: constants of ours. */
  readonly options: readonly string[];
  readonly dryRun: boolean;
  /** What is done, for progress. */
  readonly title: string;
}

const PROGRESS = /^\s*([\d,]+)\s+(\d+)%\s+(\S+)/;

/**
 * Sends files. What is there already is left alone; a file is written beside its place and renamed, so whoever reads
 * sees the old one or the whole new one.
 *
 * @throws CommandError when it fails, after the attempts that may help.
 */
export async function transfer(
  access: Access,
  destination: Destination,
  { from, files, tree, options, dryRun, title }: TransferOptions,
): Promise<Counts> {
  const { logger } = access;
  const list = files === undefined ? [] : ['--from0', '--files-from=-'];
  const { stdout } = await call(
    access,
    destination,
    [...options, ...list, ...(dryRun ? ['--dry-run'] : []), '--stats', '--info=progress2', '--no-inc-recursive'],
    // What stands behind /./ is the path on the mirror (rsync(1), --relative).
    files === undefined ? `${from}/./${tree ?? ''}` : `${from}/`,
    {
      input: files === undefined ? '' : files.map((file) => `${file}\0`).join(''),
      onLine: (line) => {
        const [, bytes, percent, speed] = PROGRESS.exec(line) ?? [];
        if (bytes === undefined) return;
        const done = formatBytes(Number(bytes.replaceAll(',', '')));
        logger.progress(`${destination.name}: ${title}, ${done} (${percent} %), ${speed}`);
      },
    },
  );
  const count = (name: string) => Number(new RegExp(`^${name}: (\\d+)`, 'm').exec(stdout)?.[1] ?? 0);
  return { files: count('Number of regular files transferred'), bytes: count('Total transferred file size') };
}

/** An entry of a folder on the mirror. */
export interface Entry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  /** Of a link where it leads, as the mirror's rsync tells it. */
  readonly target: string | undefined;
}

/**
 * Lists a folder of the mirror, not what is below it.
 *
 * @param below path below the mirror's root, without slashes at its ends; '' is the root.
 * @throws CommandError
 */
export async function list(access: Access, destination: Destination, below = ''): Promise<Entry[]> {
  const place = rsyncPath(destination, below === '' ? '' : `${below}/`);
  const { stdout } = await callAt(access, destination, ['--list-only', '--links', '--dirs'], [place], { quiet: true });
  const kinds: Readonly<Record<string, Entry['kind']>> = { '-': 'file', d: 'folder', l: 'link' };
  return stdout.split('\n').flatMap((line) => {
    const [, type = '', rest = ''] = /^([a-zA-Z-])[rwxsStT-]{9}\S?\s+[\d,.]+\s+\S+\s+\S+ (.*)$/.exec(line) ?? [];
    if (rest === '' || rest === '.') return [];
    const kind = kinds[type] ?? 'other';
    const [name = '', target] = kind === 'link' ? rest.split(' -> ') : [rest];
    return [{ name, kind, target }];
  });
}

/** What a call that deletes deleted, or with a dry run would: paths below the mirror's root, folders with a slash. */
export async function deleting(
  access: Access,
  destination: Destination,
  options: readonly string[],
  sources: readonly string[],
  input = '',
): Promise<string[]> {
  const deleted: string[] = [];
  const all = ['--out-format=%i %n', ...options];
  const onLine = (line: string) => {
    const name = /^\*deleting +(.*)$/.exec(line)?.[1];
    if (name !== undefined) deleted.push(name);
  };
  const target = rsyncPath(destination);
  await callAt(access, destination, all, [...sources, target], { input, onLine, onRetry: () => deleted.splice(0) });
  return deleted;
}

interface CallOptions {
  readonly input?: string;
  readonly onLine?: (line: string) => void;
  readonly onRetry?: () => void;
  /** Says nothing in the log: failures are what is asked for. */
  readonly quiet?: boolean;
}

async function call(
  access: Access,
  destination: Destination,
  options: readonly string[],
  source: string,
  more: CallOptions,
): Promise<RunResult> {
  return await callAt(access, destination, options, [source, rsyncPath(destination)], more);
}

async function callAt(
  access: Access,
  destination: Destination,
  options: readonly string[],
  paths: readonly string[],
  { input = '', onLine, onRetry, quiet = false }: CallOptions,
): Promise<RunResult> {
  const { logger, signal, attempts } = access;
  const env: Record<string, string> = destination.kind === 'ssh' ? { ...access.ssh?.env } : {};
  if (destination.kind === 'daemon' && access.password !== undefined) env['RSYNC_PASSWORD'] = access.password.reveal();
  const argv = [
    'rsync',
    ...connection(access, destination),
    '--no-human-readable',
    ...options,
    '--',
    ...paths,
  ] as const;
  for (let attempt = 1; ; attempt++) {
    try {
      return await run(argv as [string, ...string[]], {
        cwd: access.folder,
        env,
        input,
        signal,
        returnEndsLine: true,
        onLine: (line, stream) => {
          if (stream === 'stdout') onLine?.(line);
          else if (line.trim() !== '' && !quiet) logger.tool(line);
        },
      });
    } catch (error) {
      if (attempt >= attempts || signal.aborted || !mayPass(error)) throw error;
      const milliseconds = waitAfter(attempt);
      logger.info(retryLine(attempt, attempts, milliseconds));
      await pause(milliseconds, signal);
      onRetry?.();
    }
  }
}

/** What all calls to a mirror have in common. */
function connection(access: Access, destination: Destination): string[] {
  const { bytesPerSecond, timeoutSeconds } = access;
  // In KiB, and 0 would be no limit.
  const limit = bytesPerSecond === 0 ? [] : [`--bwlimit=${Math.max(1, Math.round(bytesPerSecond / 1024))}`];
  if (destination.kind === 'folder') return limit;
  const patience = [`--timeout=${timeoutSeconds}`];
  if (destination.kind === 'daemon') {
    // The message of the day would be read as what a folder holds.
    return [...limit, ...patience, `--contimeout=${Math.max(1, Math.min(60, timeoutSeconds))}`, '--no-motd'];
  }
  return [...limit, ...patience, `--rsh=${remoteShell(access.ssh ?? { command: 'ssh' }, destination)}`];
}
