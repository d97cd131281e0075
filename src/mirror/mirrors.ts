/** Several mirrors of one repository, each for itself: one that fails holds up no other. */
import { CancelledError, type UserError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { takeLock } from '../lock.ts';
import { inParallel } from '../parallel.ts';
import { RepositoryPaths } from '../repository/layout.ts';
import { isRepository } from '../repository/view.ts';
import type { Secret } from '../secret.ts';
import { temporaryFolder } from '../temporary.ts';
import type { Destination } from './destination.ts';
import { explainFailure } from './failure.ts';
import { type MirrorOptions, type MirrorStep, mirrorTo, newProgress } from './mirror.ts';
import type { Access } from './rsync.ts';
import { openSsh } from './ssh.ts';
import { shareConnection } from './ssh-connection.ts';

export interface MirrorsOptions extends MirrorOptions {
  readonly destinations: readonly Destination[];
  /** Text of known_hosts; the user's and the machine's own hold when absent. */
  readonly knownHosts: string | undefined;
  readonly sshKey: Secret | undefined;
  readonly password: Secret | undefined;
  /** Bytes a second for each mirror; 0 for no limit. */
  readonly bytesPerSecond: number;
  readonly timeoutSeconds: number;
  readonly attempts: number;
  /** Seconds to wait for another run that mirrors this repository. */
  readonly lockSeconds: number;
  readonly host: Pick<
    Host,
    'group' | 'signal' | 'debug' | 'info' | 'tool' | 'notice' | 'warning' | 'error' | 'progress'
  >;
}

export interface MirrorResult {
  readonly destination: Destination;
  /** `mirrored`: something was changed; `same`: nothing had to be; with a dry run what would be. */
  readonly state: 'mirrored' | 'same' | 'failed';
  /** Where it failed: what was being done. */
  readonly failedAt: MirrorStep | undefined;
  readonly error: UserError | undefined;
  /** Whether clients of this mirror are served the new state: also where what comes after it failed. */
  readonly switched: boolean;
  readonly channels: readonly string[];
  readonly files: number;
  readonly bytes: number;
  readonly removed: number;
  readonly seconds: number;
}

/** Mirrors that are worked on at the same time. */
const AT_ONCE = 4;

/**
 * Mirrors the repository to all destinations.
 *
 * @returns what became of each, in their order: a failed one is no error here.
 * @throws CancelledError; UserError for a repository, a key or a file that cannot be used.
 */
export async function mirrorRepository(options: MirrorsOptions): Promise<MirrorResult[]> {
  const { host, destinations, root } = options;
  await using folder = await temporaryFolder('mirror');
  await using ssh = destinations.some(({ kind }) => kind === 'ssh')
    ? await openSsh({
        folder: folder.path,
        knownHosts: options.knownHosts,
        key: options.sshKey,
        timeoutSeconds: options.timeoutSeconds,
        signal: host.signal,
      })
    : undefined;
  const paths = new RepositoryPaths(root);
  // Two at once would each remove what the other one has just brought. Nothing is written to hold it.
  await using _lock =
    options.dryRun || !(await isRepository(paths))
      ? undefined
      : await takeLock(paths.public, {
          mode: 'exclusive',
          waitSeconds: options.lockSeconds,
          what: `the mirroring of ${root}`,
          logger: host,
          signal: host.signal,
        });
  const access: Access = {
    folder: folder.path,
    ssh,
    password: options.password,
    bytesPerSecond: options.bytesPerSecond,
    timeoutSeconds: options.timeoutSeconds,
    attempts: options.attempts,
    logger: host,
    signal: host.signal,
  };
  const results = await inParallel(destinations, AT_ONCE, (destination) =>
    host.group(`Mirror to ${destination.name}`, () => mirrorOne(access, destination, options)),
  );
  if (host.signal.aborted) throw new CancelledError();
  return results;
}

async function mirrorOne(access: Access, destination: Destination, options: MirrorsOptions): Promise<MirrorResult> {
  const started = performance.now();
  const progress = newProgress();
  let error: UserError | undefined;
  try {
    await using _connection =
      destination.kind === 'ssh' && access.ssh !== undefined
        ? await shareConnection(access.ssh, destination, access.folder)
        : undefined;
    await mirrorTo(access, destination, options, progress);
  } catch (thrown) {
    error = explainFailure(thrown, destination, progress.step);
    if (!access.signal.aborted) access.logger.error(error.message);
  }
  const { files, bytes, removed, channels, switched, step } = progress;
  const isChanged = files + removed + channels.length > 0;
  return {
    destination,
    state: error !== undefined ? 'failed' : isChanged ? 'mirrored' : 'same',
    failedAt: error === undefined ? undefined : step,
    error,
    switched,
    channels,
    files,
    bytes,
    removed,
    seconds: (performance.now() - started) / 1000,
  };
}
