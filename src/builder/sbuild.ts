/**
 * Drives sbuild(1) inside a session whose build dependencies are installed already.
 *
 * sbuild's `sudo` chroot mode only prefixes commands with `$sudo`; with `env` in its place and the session's root
 * mounted where that mode looks, it needs neither sudo nor schroot nor a set-up step per command.
 */
import path from 'node:path';
import type { Session } from '../buildroot/session.ts';
import { type CommandEnd, CommandError } from '../errors.ts';

/** Perl, read by sbuild as its configuration (sbuild.conf(5)). Holds no data of the build: that goes by arguments. */
const SBUILD_CONFIGURATION = `# Written by pkg-actions.
$chroot_mode = 'sudo';
$sudo = '/usr/bin/env';
$build_user = 'sbuild';
$build_dep_resolver = 'null';
$bd_uninstallable_explainer = 'none';
$apt_clean = 0; $apt_update = 0; $apt_upgrade = 0; $apt_distupgrade = 0;
$clean_source = 0;
$purge_build_directory = 'never'; $purge_build_deps = 'never'; $purge_session = 'never';
$run_lintian = 0; $run_autopkgtest = 0; $run_piuparts = 0;
$log_colour = 0; $nolog = 1;
$mailto = ''; $mailprog = '/bin/true';
# The limit is ours, by the clock; sbuild's counts minutes of silence.
$stalled_pkg_timeout = 0;
$check_space = 0;
# dpkg-source runs outside of dpkg-buildpackage too and complains without PATH.
use Dpkg::BuildInfo;
$environment_filter = [(map { '^' . quotemeta($_) . '$' } Dpkg::BuildInfo::get_build_env_allowed()), '^PATH$'];
# One path for all builds: it ends in debug information (reproducible-builds.org, build path).
$build_path = '/build/reproducible-path';
$path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
1;
`;

/** Mounts the session's root where sbuild's sudo mode looks for chroots, in the session's own mount namespace. */
const SHOW_ROOT = `
set -eu
root=$1 name=$2
mkdir -p /etc/sbuild
mount -t tmpfs -o mode=0755,size=1m sbuild-chroots /etc/sbuild
mkdir -p "/etc/sbuild/chroot/$name"
mount --rbind "$root" "/etc/sbuild/chroot/$name"
cat > /etc/sbuild/session.conf
`;

/** Name of the chroot inside the session; sbuild prints it nowhere. */
const CHROOT = 'session';

export interface SbuildRequest {
  readonly session: Session;
  /** The .dsc as seen in the session's mount namespace. */
  readonly dsc: string;
  readonly suite: string;
  readonly architecture: string;
  readonly parts: { readonly any: boolean; readonly all: boolean };
  readonly profiles: readonly string[];
  /** Words of DEB_BUILD_OPTIONS, without `parallel`. */
  readonly options: readonly string[];
  /** Jobs of one build, `parallel=N`. */
  readonly jobs: number;
  /** Seconds since the epoch; clamps timestamps. */
  readonly sourceDateEpoch: number | undefined;
  /** Wall-clock limit of the build in seconds. */
  readonly timeoutSeconds: number;
  readonly network: boolean;
  readonly onLine: (line: string) => void;
}

export interface SbuildEnd {
  readonly exitCode: number | undefined;
  readonly end: CommandEnd;
}

/**
 * Runs sbuild to its end, whatever that is; the log goes to `onLine`, results to the session's outbox.
 *
 * @throws CommandError only where the session itself cannot be prepared.
 */
export async function runSbuild(request: SbuildRequest): Promise<SbuildEnd> {
  const { session } = request;
  await session.mount(['sh', '-c', SHOW_ROOT, 'sh', session.root, CHROOT], { input: SBUILD_CONFIGURATION });
  const options = [...request.options, `parallel=${request.jobs}`].join(' ');
  try {
    const { exitCode } = await session.run(
      [
        'sbuild',
        ...['--chroot', `chroot:${CHROOT}`, '--dist', request.suite, '--arch', request.architecture],
        ...[
          request.parts.all ? '--arch-all' : '--no-arch-all',
          request.parts.any ? '--arch-any' : '--no-arch-any',
          '--no-source',
        ],
        ...(request.profiles.length > 0 ? [`--profiles=${request.profiles.join(',')}`] : []),
        `--jobs=${request.jobs}`,
        request.dsc,
      ],
      {
        okExitCodes: 'any',
        network: request.network,
        timeoutSeconds: request.timeoutSeconds,
        captureBytes: 64 * 1024,
        onLine: request.onLine,
        folder: session.outbox,
        env: {
          HOME: '/nonexistent',
          SBUILD_CONFIG: '/etc/sbuild/session.conf',
          DEB_BUILD_OPTIONS: options,
          ...(request.profiles.length > 0 ? { DEB_BUILD_PROFILES: request.profiles.join(' ') } : {}),
          ...(request.sourceDateEpoch === undefined ? {} : { SOURCE_DATE_EPOCH: String(request.sourceDateEpoch) }),
        },
      },
    );
    return { exitCode, end: 'exit' };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { exitCode: error.failure.exitCode, end: error.failure.end };
  }
}

/** sbuild's version on this machine, as `0.85.0`. */
export function sbuildVersion(text: string): string {
  return /Debian sbuild\) (\S+)/.exec(text)?.[1] ?? text.trim().split('\n')[0] ?? '';
}

/** `/build/hello-AbCdEf/hello-2.10` and its kin, as sbuild shows them in its log. */
export const BUILD_PREFIX = path.posix.join('/', '<<PKGBUILDDIR>>');
