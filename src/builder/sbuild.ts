/**
 * Drives sbuild(1) inside a session whose build dependencies are installed already.
 *
 * sbuild's `schroot` mode is the one that every version has. It asks a program for four things: begin a session, tell
 * where it is, run a command in it, end it. The session is there already, so that program is `IN_ROOT`, a few lines of
 * shell, and each of sbuild's hundred commands costs a chroot(1) and nothing else.
 */
import type { Session } from '../buildroot/session.ts';
import { type CommandEnd, CommandError } from '../errors.ts';

/** Name of the session for sbuild, which prints it nowhere. */
const CHROOT = 'session';

const PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
/** Variables that a build sees beside those that dpkg knows: PATH, and what compiler caches are told by. */
const PASSED = ['PATH', 'CCACHE_.*', 'SCCACHE_.*', 'RUSTC_WRAPPER'];

/**
 * Perl, read by sbuild as its configuration (sbuild.conf(5)). Holds no data of the build: that goes by arguments.
 *
 * @param first folders before the others of PATH.
 */
const configuration = (first: readonly string[]) => `# Written by pkg-actions.
$chroot_mode = 'schroot';
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
$environment_filter = [(map { '^' . quotemeta($_) . '$' } Dpkg::BuildInfo::get_build_env_allowed()), ${PASSED.map((name) => `'^${name}$'`).join(', ')}];
# One path for all builds: it ends in debug information (reproducible-builds.org, build path).
$build_path = '/build/reproducible-path';
$path = '${[...first, ...PATH].join(':')}';
1;
`;

/**
 * What sbuild finds as schroot(1). Its arguments are those that sbuild's Sbuild::ChrootSchroot gives:
 * `-c NAME --begin-session`, `--info [--chroot NAME]`, `-d FOLDER -c NAME --run-session -q -u USER -p -- COMMAND`,
 * `-c NAME --end-session`.
 */
const IN_ROOT = `#!/bin/sh
set -eu
root=$(cat /etc/sbuild/root)
folder=/ user=root verb=
while [ $# -gt 0 ]; do
  case $1 in
    -d) folder=$2; shift 2 ;;
    -u) user=$2; shift 2 ;;
    -c | --chroot) shift 2 ;;
    --begin-session | --end-session | --run-session | --info) verb=$1; shift ;;
    -q | -p) shift ;;
    --) shift; break ;;
    *) echo "in-root: not an argument of sbuild's: $1" >&2; exit 2 ;;
  esac
done
case $verb in
  --begin-session) echo ${CHROOT} ;;
  --end-session) ;;
  --info) printf -- '--- Session ---\nName ${CHROOT}\nLocation %s\nSession Purged true\n\n' "$root" ;;
  --run-session)
    export USER="$user" LOGNAME="$user"
    exec chroot --userspec="$user" "$root" /bin/sh -c 'cd "$1" && shift && exec "$@"' sh "$folder" "$@" ;;
  *) echo "in-root: no verb" >&2; exit 2 ;;
esac
`;

/** Puts sbuild's configuration and `IN_ROOT` where only this session sees them. */
const PREPARE = `
set -eu
mount -t tmpfs -o mode=0755,size=1m sbuild-configuration /etc/sbuild
printf %s "$1" > /etc/sbuild/root
# sbuild looks for schroot on the default path, with its environment cleared.
mkdir /etc/sbuild/bin
printf %s "$2" > /etc/sbuild/bin/schroot
chmod 0755 /etc/sbuild/bin/schroot
mount -t overlay -o ro,lowerdir=/etc/sbuild/bin:/usr/bin in-root /usr/bin
cat > /etc/sbuild/session.conf
mount -o remount,ro /etc/sbuild
`;

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
  /** Further variables of the build's environment, of those that `PASSED` lets through. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Folders before the others of PATH. */
  readonly path?: readonly string[];
  /** Largest file that the build may write, in bytes; 0 for any. */
  readonly mostBytes: number;
  readonly onLine: (line: string) => void;
}

export interface SbuildEnd {
  readonly exitCode: number | undefined;
  readonly end: CommandEnd;
  /** sbuild's version, as `0.85.0`: it begins its output with it. */
  readonly version: string | undefined;
}

/**
 * Runs sbuild to its end, whatever that is; the log goes to `onLine`, results to the session's outbox.
 *
 * @throws CommandError only where the session itself cannot be prepared.
 */
export async function runSbuild(request: SbuildRequest): Promise<SbuildEnd> {
  const { session } = request;
  await session.mount(['sh', '-c', PREPARE, 'sh', session.root, IN_ROOT], {
    input: configuration(request.path ?? []),
  });
  let version: string | undefined;
  const onLine = (line: string) => {
    version ??= /^sbuild \(Debian sbuild\) (\S+)/.exec(line)?.[1];
    request.onLine(line);
  };
  const options = [...request.options, `parallel=${request.jobs}`].join(' ');
  try {
    const { exitCode } = await session.run(
      [
        ...(request.mostBytes > 0
          ? (['prlimit', `--fsize=${request.mostBytes}`, '--', 'sbuild'] as const)
          : (['sbuild'] as const)),
        ...['--chroot', CHROOT, '--dist', request.suite, '--arch', request.architecture],
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
        onLine,
        folder: session.outbox,
        env: {
          HOME: '/nonexistent',
          SBUILD_CONFIG: '/etc/sbuild/session.conf',
          ...request.environment,
          DEB_BUILD_OPTIONS: options,
          ...(request.profiles.length > 0 ? { DEB_BUILD_PROFILES: request.profiles.join(' ') } : {}),
          ...(request.sourceDateEpoch === undefined ? {} : { SOURCE_DATE_EPOCH: String(request.sourceDateEpoch) }),
        },
      },
    );
    return { exitCode, end: 'exit', version };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { exitCode: error.failure.exitCode, end: error.failure.end, version };
  }
}
