/**
 * A session: one clean root, mounted in namespaces of its own, that is gone when it is closed or when we die.
 *
 * The host engine: `unshare` makes mount, pid, ipc and uts namespaces, `SESSION_SCRIPT` runs as their first process,
 * and every command enters them by `nsenter`. A command without network also gets a network namespace that has only
 * loopback. Other engines (docker, podman) implement the same interface.
 */
import { randomBytes } from 'node:crypto';
import { chmod, constants, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { claimFolder } from '../claimed-folder.ts';
import { CancelledError, UserError } from '../errors.ts';
import type { Lock } from '../lock.ts';
import { type Argv, type RunOptions, type RunResult, run, signalGroup, start } from '../process.ts';
import type { Engine } from './engine/engine.ts';
import { withEmptyKeyring } from './keyring.ts';
import { BASEDIR, MOCK_SESSION_SCRIPT, ROOT_NAME, USER_NAMESPACE } from './mock/session-script.ts';
import { SESSION_SCRIPT } from './session-script.ts';

export interface SessionBind {
  readonly source: string;
  readonly destination: string;
  /** What is written there stays; nothing in it can be executed. */
  readonly writable?: boolean;
}

export interface SessionOptions {
  /** State folder; the session's own folder is made below `sessions/`. */
  readonly state: string;
  /** Read-only lower folders, topmost first; or one writable tree to work on itself. Of mock: its basedir. */
  readonly root: { readonly lower: readonly string[] } | { readonly tree: string };
  /** Where it runs; this host's namespaces when absent. */
  readonly engine?: Engine;
  /**
   * Size of the tmpfs in bytes, or `disk` to keep what is written on the state folder's disk, or a folder of that disk
   * that gets `changes/` (what is written over the lower folders) and `work/`, and stays when the session is closed.
   */
  readonly scratch: number | 'disk' | { readonly upper: string };
  /**
   * Files to be seen read-only in the root (of mock: in the top) below `INBOX`, copied, by folder. Only these: not what
   * lies beside them.
   */
  readonly inbox?: Readonly<Record<string, readonly string[]>>;
  /** Folders of the host to be seen in the root (of mock: in the top), read-only unless they are said to be writable. */
  readonly binds?: readonly SessionBind[];
  /** For mock to run in: texts of files below `/etc` of the top, by path. */
  readonly mock?: { readonly etc: Readonly<Record<string, string>> };
  /** Locks that are held as long as the session lives. */
  readonly locks?: readonly Lock[];
  /** Identity of the run, kept in the session's folder for whoever finds leftovers. */
  readonly runId: string;
  readonly signal?: AbortSignal;
}

export interface SessionRunOptions extends RunOptions {
  /** Without (the default) only loopback is there. */
  readonly network?: boolean;
  /**
   * Which capabilities the command gets: `setup` for installing packages, `build` for building; `mock` in a session of
   * mock, for mock itself.
   */
  readonly privileges?: 'setup' | 'build' | 'mock';
  /** Working directory inside the session. */
  readonly folder?: string;
}

export interface Session extends AsyncDisposable {
  readonly id: string;
  /** The mounted root, as processes inside the session see it. */
  readonly root: string;
  /** Folder for results; inside and outside of the session the same files. */
  readonly outbox: string;
  /** Runs a command in the session's namespaces, not inside its root. */
  run(argv: Argv, options?: SessionRunOptions): Promise<RunResult>;
  /** Runs a command inside the root, as chroot(8). */
  chroot(argv: Argv, options?: SessionRunOptions): Promise<RunResult>;
  /** Runs a command that changes the mounts of the session, with all capabilities. */
  mount(argv: Argv, options?: RunOptions): Promise<RunResult>;
  /** Writes a file below the root, with its folders; mode as chmod(1) takes it. */
  writeFile(file: string, content: string | Uint8Array, mode?: string): Promise<void>;
  /** Ends what earlier commands left running. The session goes on. */
  endProcesses(): Promise<void>;
  /** Ends every process and drops the mounts; the outbox stays to be read, by nobody else, until `close`. */
  stop(): Promise<void>;
  /** Stops, and removes the folder. */
  close(): Promise<void>;
}

/** Where the files of `inbox` are seen in the root. */
export const INBOX = '/run/pkg-actions/inbox';

/**
 * Least capabilities (capabilities(7)). `build` is the set that sbuild needs to chroot and to become the build user;
 * `setup` is what maintainer scripts may expect, the default of the container engines. `mock` mounts, chroots and becomes
 * the build user, and installs packages: set-user-id programs of others (`fsetid`) and programs with capabilities of
 * their own (`setfcap`); it ends what they leave running (`kill`). It holds in the session's user namespace only.
 */
const CAPABILITIES = {
  build: ['chown', 'dac_override', 'fowner', 'fsetid', 'kill', 'setgid', 'setuid', 'sys_chroot'],
  setup: [
    'chown',
    'dac_override',
    'fowner',
    'fsetid',
    'kill',
    'mknod',
    'net_bind_service',
    'setfcap',
    'setgid',
    'setpcap',
    'setuid',
    'sys_chroot',
  ],
  mock: ['chown', 'dac_override', 'fowner', 'fsetid', 'kill', 'setfcap', 'setgid', 'setuid', 'sys_admin', 'sys_chroot'],
} as const;

/** Opens a network namespace's loopback, then becomes the command: a fresh namespace has it down (ip-link(8)). */
const LOOPBACK_UP = 'ip link set lo up && exec "$@"';

/**
 * Opens a session on this host.
 *
 * @throws UserError when this is not root, or when the kernel refuses namespaces or overlayfs.
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  if (process.getuid?.() !== 0) {
    throw new UserError({
      what: 'a build session on the host needs root',
      found: `uid ${process.getuid?.()}`,
      remedy: 'run as root, or with sudo',
    });
  }
  const id = `${Date.now().toString(36)}-${randomBytes(4).toString('hex')}`;
  const folder = path.join(options.state, 'sessions', id);
  const lower = lowerArgument(options.root);
  const scratch = scratchArgument(options.scratch);
  options.signal?.throwIfAborted();
  await mkdir(path.dirname(folder), { recursive: true, mode: 0o755 });
  // Locked until the folder is gone, or we are: whoever can lock it knows that it is a leftover.
  const { lock: own } = await claimFolder(path.dirname(folder), id, {
    runId: options.runId,
    what: `the session ${id}`,
    record: { engine: options.engine?.name ?? 'host' },
  });
  try {
    for (const part of ['top', 'upper', 'outbox', 'inbox', ...(options.mock ? ['etc'] : [])])
      await mkdir(path.join(folder, part), { mode: 0o755 });
    await fillInbox(path.join(folder, 'inbox'), options.inbox ?? {});
    await writeTexts(path.join(folder, 'etc'), options.mock?.etc ?? {});
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    await own.release();
    throw error;
  }

  const argv: Argv = [
    'unshare',
    ...['--mount', '--pid', '--ipc', '--uts', '--fork', '--kill-child'],
    'sh',
    ...['-c', options.mock ? MOCK_SESSION_SCRIPT : SESSION_SCRIPT, 'session'],
    ...[folder, lower, scratch],
    ...(options.mock ? [] : ['ro', path.join(folder, 'inbox'), INBOX]),
    ...(options.binds ?? []).flatMap(({ source, destination, writable }) => [
      writable ? 'rw' : 'ro',
      source,
      destination,
    ]),
  ];
  const holder = start(withEmptyKeyring(argv));
  let errors = '';
  holder.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4096);
  });
  holder.stdin.on('error', () => {});
  const exited = new Promise<void>((resolve) => {
    holder.once('close', () => resolve());
    holder.once('error', () => resolve());
  });
  const onAbort = () => signalGroup(holder, 'SIGKILL');
  options.signal?.addEventListener('abort', onAbort, { once: true });

  const stop = async (): Promise<void> => {
    options.signal?.removeEventListener('abort', onAbort);
    signalGroup(holder, 'SIGKILL');
    await exited;
  };
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      await stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
      await own.release();
      for (const lock of options.locks ?? []) await lock.release();
    })();
    return closing;
  };

  try {
    const ready = await Promise.race([
      new Promise<boolean>((resolve) => holder.stdout.once('data', () => resolve(true))),
      exited.then(() => false),
    ]);
    if (options.signal?.aborted) throw new CancelledError();
    if (!ready) {
      throw new UserError({
        what: 'the build session cannot be opened',
        where: folder,
        found: errors.trim() || 'no reason given',
      });
    }
    const init = await firstProcess(holder.pid);
    return sessionOf({ id, folder, init, isMock: options.mock !== undefined, stop, close, signal: options.signal });
  } catch (error) {
    await close();
    throw error;
  }
}

interface Opened {
  readonly id: string;
  readonly folder: string;
  /** Pid of the session's first process. */
  readonly init: number;
  readonly isMock: boolean;
  readonly stop: () => Promise<void>;
  readonly close: () => Promise<void>;
  readonly signal: AbortSignal | undefined;
}

function sessionOf({ id, folder, init, isMock, stop, close, signal }: Opened): Session {
  const root = isMock ? path.join(BASEDIR, ROOT_NAME, 'root') : path.join(folder, 'root');
  // Root and folder are those of the first process: where we run in a chroot ourselves, a namespace's own are others.
  const namespaces = [`--target=${init}`, '--mount', '--root', '--wd', '--pid', '--ipc', '--uts'];
  const enter = (argv: Argv, options: SessionRunOptions): Argv => {
    const capabilities = CAPABILITIES[options.privileges ?? 'build'].map((name) => `+${name}`).join(',');
    return [
      'nsenter',
      ...namespaces,
      '--',
      ...(options.network ? [] : ['unshare', '--net', '--', 'sh', '-c', LOOPBACK_UP, 'sh']),
      // A mount namespace for each command: none sees what another mounted over programs that it enters by.
      ...(isMock ? ['nsenter', `--user=${USER_NAMESPACE}`, '--', 'unshare', '--mount', '--'] : []),
      ...(options.folder === undefined ? [] : ['sh', '-c', 'cd "$1" && shift && exec "$@"', 'sh', options.folder]),
      ...['setpriv', '--inh-caps=-all', `--bounding-set=-all,${capabilities}`],
      ...(isMock ? ['--no-new-privs', '--'] : ['--']),
      ...argv,
    ];
  };
  const runInside = (argv: Argv, options: SessionRunOptions = {}): Promise<RunResult> =>
    run(withEmptyKeyring(enter(argv, options)), {
      ...(signal ? { signal } : {}),
      ...options,
      display: options.display ?? argv,
    });
  const chroot = (argv: Argv, options: SessionRunOptions = {}): Promise<RunResult> =>
    runInside(['chroot', root, ...argv], {
      ...options,
      display: options.display ?? argv,
      env: { HOME: '/root', TMPDIR: undefined, DEBIAN_FRONTEND: 'noninteractive', ...options.env },
    });
  return {
    id,
    root,
    outbox: path.join(folder, 'outbox'),
    run: runInside,
    chroot,
    mount: (argv, options = {}) =>
      run(withEmptyKeyring(['nsenter', ...namespaces, '--', ...argv]), {
        ...(signal ? { signal } : {}),
        ...options,
        display: argv,
      }),
    async writeFile(file, content, mode = '0644') {
      await chroot(
        ['sh', '-c', 'umask 022 && mkdir -p "$(dirname "$1")" && cat > "$1" && chmod "$2" "$1"', 'sh', file, mode],
        {
          input: content,
          privileges: 'setup',
        },
      );
    },
    async endProcesses() {
      // kill(2): pid 1 of the namespace and the caller are spared. More than once, against what forks meanwhile.
      await runInside(['sh', '-c', 'for turn in 1 2 3; do kill -KILL -1 2>/dev/null || true; done']);
    },
    stop,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The lower folders as overlayfs takes them. Its option string knows no escapes that mount(8) would pass on. */
function lowerArgument(root: SessionOptions['root']): string {
  const folders = 'tree' in root ? [root.tree] : root.lower;
  folders.forEach(checkForOverlay);
  return 'tree' in root ? `bind:${root.tree}` : folders.join(':');
}

/** Where changes go, as the session's script takes it. */
function scratchArgument(scratch: SessionOptions['scratch']): string {
  if (typeof scratch !== 'object') return String(scratch);
  checkForOverlay(scratch.upper);
  return `upper:${scratch.upper}`;
}

function checkForOverlay(folder: string): void {
  if (!/[:,\\]/.test(folder)) return;
  throw new UserError({
    what: 'a folder that overlayfs cannot mount',
    where: folder,
    expected: 'a path without colon, comma or backslash',
    remedy: 'choose another state folder',
  });
}

/** The first process of the new pid namespace: the only child of `unshare`. */
async function firstProcess(unshare: number | undefined): Promise<number> {
  const children = await readFile(`/proc/${unshare}/task/${unshare}/children`, 'utf8');
  const init = Number(children.trim().split(' ')[0]);
  if (!Number.isInteger(init) || init <= 0) throw new Error(`no child of ${unshare} in ${JSON.stringify(children)}`);
  return init;
}

/** Writes files with their folders. */
async function writeTexts(folder: string, texts: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(texts)) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true, mode: 0o755 });
    await writeFile(file, text, { mode: 0o644 });
  }
}

/** Copies files into folders of the inbox; on a file system that can, without copying their content. */
async function fillInbox(inbox: string, files: Readonly<Record<string, readonly string[]>>): Promise<void> {
  for (const [name, places] of Object.entries(files)) {
    await mkdir(path.join(inbox, name), { mode: 0o755 });
    for (const place of places) {
      const copy = path.join(inbox, name, path.basename(place));
      await copyFile(place, copy, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      await chmod(copy, 0o644);
    }
  }
}
