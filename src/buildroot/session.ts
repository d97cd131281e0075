/**
 * A session: one clean root, mounted in namespaces of its own, that is gone when it is closed or when we die.
 *
 * The engines make the namespaces, run the session's script as their first process, and bring commands into them
 * (engine/host.ts, engine/container.ts). What a session is, is the same in all of them.
 */
import { randomBytes } from 'node:crypto';
import { chmod, constants, copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { claimFolder } from '../claimed-folder.ts';
import { UserError } from '../errors.ts';
import type { Lock } from '../lock.ts';
import type { Argv, RunOptions, RunResult } from '../process.ts';
import { removeMountedTree } from '../remove-tree.ts';
import { openInContainer } from './engine/container.ts';
import { type Engine, HOST_ENGINE, isContainerEngine } from './engine/engine.ts';
import { openOnHost } from './engine/host.ts';
import type { Vessel, VesselRequest } from './engine/vessel.ts';
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
  /** Folder of the host that is seen at `INBOX`. What is put there later is seen there too. */
  readonly inbox: string;
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

/**
 * Opens a session, on this host or in a container.
 *
 * @throws UserError when this is not root, when the kernel refuses namespaces or overlayfs, or the engine its image.
 * @throws InfrastructureError when the engine does not answer.
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  if (process.getuid?.() !== 0) {
    throw new UserError({
      what: 'a build session needs root',
      found: `uid ${process.getuid?.()}`,
      remedy: 'run as root, or with sudo',
    });
  }
  const { engine = HOST_ENGINE, root, scratch, signal } = options;
  const id = `${Date.now().toString(36)}-${randomBytes(4).toString('hex')}`;
  const folder = path.join(options.state, 'sessions', id);
  for (const place of [
    folder,
    ...('tree' in root ? [root.tree] : root.lower),
    ...(typeof scratch === 'object' ? [scratch.upper] : []),
  ]) {
    checkForOverlay(place);
  }
  signal?.throwIfAborted();
  await mkdir(path.dirname(folder), { recursive: true, mode: 0o755 });
  // Locked until the folder is gone, or we are: whoever can lock it knows that it is a leftover.
  const { lock: own } = await claimFolder(path.dirname(folder), id, {
    runId: options.runId,
    what: `the session ${id}`,
    record: { engine: engine.name },
  });

  let vessel: Vessel | undefined;
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      try {
        await vessel?.stop();
        await removeFolder(folder);
      } finally {
        // A folder that stays is a leftover from here on.
        await own.release();
        for (const lock of options.locks ?? []) await lock.release();
      }
    })();
    return closing;
  };
  try {
    for (const part of ['top', 'upper', 'outbox', 'inbox', ...(options.mock ? ['etc'] : [])])
      await mkdir(path.join(folder, part), { mode: 0o755 });
    await fillInbox(path.join(folder, 'inbox'), options.inbox ?? {});
    await writeTexts(path.join(folder, 'etc'), options.mock?.etc ?? {});
    const request: VesselRequest = {
      id,
      runId: options.runId,
      state: options.state,
      folder,
      script: options.mock ? MOCK_SESSION_SCRIPT : SESSION_SCRIPT,
      root,
      scratch,
      binds: [
        ...(options.mock ? [] : [{ source: path.join(folder, 'inbox'), destination: INBOX }]),
        ...(options.binds ?? []),
      ],
      signal,
    };
    vessel = isContainerEngine(engine) ? await openInContainer(engine, request) : await openOnHost(request);
    return sessionOf(vessel, { id, folder, isMock: options.mock !== undefined, close, signal });
  } catch (error) {
    await close();
    throw error;
  }
}

interface Opened {
  readonly id: string;
  readonly folder: string;
  readonly isMock: boolean;
  readonly close: () => Promise<void>;
  readonly signal: AbortSignal | undefined;
}

function sessionOf(vessel: Vessel, { id, folder, isMock, close, signal }: Opened): Session {
  const root = isMock ? path.join(BASEDIR, ROOT_NAME, 'root') : path.join(folder, 'root');
  const withLess = (argv: Argv, { privileges = 'build', folder }: SessionRunOptions): Argv => {
    const capabilities = CAPABILITIES[privileges].map((name) => `+${name}`).join(',');
    const command: Argv = [
      ...(['setpriv', '--inh-caps=-all', `--bounding-set=-all,${capabilities}`] as const),
      ...(isMock ? ['--no-new-privs', '--'] : ['--']),
      ...argv,
    ];
    const inFolder: Argv =
      folder === undefined ? command : ['sh', '-c', 'cd "$1" && shift && exec "$@"', 'sh', folder, ...command];
    // A mount namespace for each command: none sees what another mounted over programs that it enters by.
    return isMock ? ['nsenter', `--user=${USER_NAMESPACE}`, '--', 'unshare', '--mount', '--', ...inFolder] : inFolder;
  };
  const runInside = (argv: Argv, options: SessionRunOptions = {}): Promise<RunResult> => {
    const { network = false, privileges: _privileges, folder: _folder, ...more } = options;
    return vessel.run(withLess(argv, options), {
      ...(signal ? { signal } : {}),
      ...more,
      network,
      display: options.display ?? argv,
    });
  };
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
    inbox: path.join(folder, 'inbox'),
    run: runInside,
    chroot,
    mount: (argv, options = {}) =>
      vessel.run(argv, { ...(signal ? { signal } : {}), ...options, network: true, display: argv }),
    async writeFile(file, content, mode = '0644') {
      await chroot(
        ['sh', '-c', 'umask 022 && mkdir -p "$(dirname "$1")" && cat > "$1" && chmod "$2" "$1"', 'sh', file, mode],
        {
          input: content,
          privileges: 'setup',
        },
      );
    },
    endProcesses: () => vessel.endProcesses(),
    stop: () => vessel.stop(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** overlayfs' option string knows no escapes that mount(8) would pass on. */
function checkForOverlay(folder: string): void {
  if (!/[:,\\]/.test(folder)) return;
  throw new UserError({
    what: 'a folder that overlayfs cannot mount',
    where: folder,
    expected: 'a path without colon, comma or backslash',
    remedy: 'choose another state folder',
  });
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

async function removeFolder(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  } catch (error) {
    // It goes by paths, and a build may make folders deeper than paths can name. rm(1) does not.
    if ((error as NodeJS.ErrnoException).code !== 'ENAMETOOLONG') throw error;
    await removeMountedTree(folder);
  }
}
