/** The session in which mock runs: the generation's basedir below, a fresh layer above, mock's own namespaces inside. */
import type { Lock } from '../../lock.ts';
import type { RunOptions, RunResult } from '../../process.ts';
import { type Engine, HOST_ENGINE } from '../engine/engine.ts';
import type { Generation } from '../generation.ts';
import { openSession, type Session, type SessionBind, type SessionOptions } from '../session.ts';
import { type BuildOptions, type ConfigurationUse, type InstallOptions, mockTop } from './config-text.ts';
import type { RpmBuildroot } from './configuration.ts';
import { installedRpms } from './installed.ts';
import { findMock, programBinds } from './program.ts';
import type { RpmRepository } from './repositories.ts';
import { runMock } from './run.ts';

export interface MockSessionOptions {
  /** State folder. */
  readonly state: string;
  /** An rpm generation; it is never changed. */
  readonly generation: Generation;
  /** Where it runs; this host's namespaces when absent. */
  readonly engine?: Engine;
  /** As of any session. */
  readonly scratch: SessionOptions['scratch'];
  /** Folders above the generation's tree, topmost first: the layer of a package's dependencies. */
  readonly above?: readonly string[];
  /** Further folders of the host, seen in the top. */
  readonly binds?: readonly SessionBind[];
  /** Locks that are held as long as the session lives: that of the generation. */
  readonly locks?: readonly Lock[];
  /** Files that mock may read below `INBOX/<folder>/`, copied, by folder: the source package, a spec and its sources. */
  readonly inbox?: Readonly<Record<string, readonly string[]>>;
  /** Repositories for this session alone, beside those of the generation. Folders are shown read-only. */
  readonly repositories?: readonly RpmRepository[];
  /** How packages are installed. */
  readonly install?: InstallOptions;
  /** What is set for builds alone. */
  readonly build?: BuildOptions;
  readonly runId: string;
  readonly signal?: AbortSignal;
}

export interface MockRunOptions extends RunOptions {
  /** Without (the default) only loopback is there, and mock is told so by `--offline`. */
  readonly network?: boolean;
  /** Largest file that mock and what it runs may write, in bytes; 0 (the default) for any. */
  readonly mostBytes?: number;
  /** Which of the session's configurations: that for builds when absent. */
  readonly use?: ConfigurationUse;
}

export interface MockSession extends AsyncDisposable {
  /** The session itself: `chroot` and `writeFile` work in the buildroot. */
  readonly session: Session;
  /** Folder that mock writes logs and packages to: inside and outside of the session the same files. */
  readonly results: string;
  /** The chroot, as mock sees it inside of the session. */
  readonly buildroot: string;
  /**
   * Runs mock with `argv`, such as `['--installdeps', file]`: on the session's configuration, keeping the buildroot
   * between runs (`--no-clean --no-cleanup-after`), writing to `results`.
   *
   * @throws CommandError as `run`: for an exit code that is not in `okExitCodes`, at the limit, when cancelled.
   */
  mock(argv: readonly string[], options?: MockRunOptions): Promise<RunResult>;
  /** Installed packages, `name-[epoch:]version-release.arch`, sorted. */
  installedRpms(): Promise<string[]>;
}

/**
 * Opens a session in which mock runs on a copy-on-write view of the generation. Any number of them may be open on one
 * generation at once. `session.stop()` ends mock and leaves `results` to be read; closing removes all.
 *
 * @throws UserError when this is not root, mock is missing, or the kernel refuses namespaces or overlayfs.
 */
export async function openMockSession(options: MockSessionOptions): Promise<MockSession> {
  const { generation, inbox, locks, signal } = options;
  // As it was written by us, when the generation was made.
  const configuration = generation.record.configuration as unknown as RpmBuildroot;
  const { engine = HOST_ENGINE } = options;
  const program = await findMock(process.env, engine);
  const { etc, binds } = await mockTop(
    configuration,
    options.repositories ?? [],
    generation.record.places,
    options.install,
    options.build,
  );
  const session = await openSession({
    state: options.state,
    root: { lower: [...(options.above ?? []), generation.tree] },
    scratch: options.scratch,
    engine,
    runId: options.runId,
    mock: { etc },
    binds: [...binds, ...programBinds(program), ...(options.binds ?? [])],
    ...(inbox ? { inbox } : {}),
    ...(locks ? { locks } : {}),
    ...(signal ? { signal } : {}),
  });
  return {
    session,
    results: session.outbox,
    buildroot: session.root,
    mock: (argv, { network = false, ...more } = {}) =>
      runMock(
        session,
        program,
        [
          ...['--no-clean', '--no-cleanup-after', `--resultdir=${session.outbox}`, ...(network ? [] : ['--offline'])],
          ...argv,
        ],
        { ...more, network },
      ),
    installedRpms: () => installedRpms(session),
    [Symbol.asyncDispose]: session.close,
  };
}
