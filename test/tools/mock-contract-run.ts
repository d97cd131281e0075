/** Runs mock, or what stands in for it, on a copy-on-write view of a prepared root, with a user for it: for tests. */
import { chown, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Argv, type RunResult, run, start } from '../../src/process.ts';
import { type MockConfigOptions, type RpmDistribution, rpmDistribution } from './rpm-distribution.ts';

const USER = 951;
const LEAST = ['sys_admin', 'setuid', 'setgid', 'sys_chroot', 'chown', 'dac_override', 'fowner'];
const ENV = { SUDO_UID: String(USER) };

/** mock's own loggers and formats (mock/etc/mock/logging.ini), as short as it takes them. */
const LOGGING = `[formatters]
keys: detailed,simple,unadorned,state
[handlers]
keys: simple_console,unadorned_console,warnings
[loggers]
keys: root,build,state,mockbuild
[formatter_state]
format: %(asctime)s - %(message)s
[formatter_unadorned]
format: %(message)s
[formatter_simple]
format: %(levelname)s: %(message)s
[formatter_detailed]
format: %(levelname)s %(filename)s:%(lineno)d:  %(message)s
[handler_simple_console]
class: StreamHandler
args: []
formatter: simple
level: INFO
[handler_unadorned_console]
class: StreamHandler
args: []
formatter: unadorned
level: INFO
[handler_warnings]
class: StreamHandler
args: []
formatter: simple
level: WARNING
[logger_root]
level: NOTSET
handlers: simple_console
[logger_mockbuild]
level: NOTSET
handlers:
qualname: mockbuild
propagate: 1
[logger_state]
level: NOTSET
handlers: unadorned_console
qualname: mockbuild.Root.state
propagate: 0
[logger_build]
level: NOTSET
handlers: warnings
qualname: mockbuild.Root.build
propagate: 0
`;

/** Mounts a small file system over the prepared root, gives the machine the user that mock wants, becomes mock. */
const SCRIPT = `set -eu
work=$1 lower=$2 change=$3 size=$4 lock=$5
shift 5
mkdir -p "$work/fs"
mount -t tmpfs -o "size=$size" tmpfs "$work/fs"
mkdir "$work/fs/upper" "$work/fs/work" "$work/fs/m"
if [ "$change" = yes ]; then
  mount --bind "$lower" "$work/fs/m"
else
  mount -t overlay -o "lowerdir=$lower,upperdir=$work/fs/upper,workdir=$work/fs/work" overlay "$work/fs/m"
fi
for list in passwd group; do
  sed '/^mock\\(build\\)*:/d' "/etc/$list" > "$work/fs/$list"
done
echo 'mockbuild:x:${USER}:${USER}::/nonexistent:/usr/sbin/nologin' >> "$work/fs/passwd"
echo 'mock:x:${USER}:' >> "$work/fs/group"
mount --bind "$work/fs/passwd" /etc/passwd
mount --bind "$work/fs/group" /etc/group
# Debian's rpm has its database elsewhere; mock leaves that to the host.
if [ -d /usr/lib/rpm/macros.d ]; then
  mkdir "$work/fs/macros.d"
  cp -a /usr/lib/rpm/macros.d/. "$work/fs/macros.d/"
  echo '%_dbpath /var/lib/rpm' > "$work/fs/macros.d/macros.zz-database"
  mount --bind "$work/fs/macros.d" /usr/lib/rpm/macros.d
fi
if [ -n "$lock" ]; then
  mkfifo "$work/held"
  mkdir -p "$work/fs/m/lib/$lock"
  /usr/bin/python3 -c 'import fcntl, sys, time
file = open(sys.argv[1], "a+")
fcntl.lockf(file, fcntl.LOCK_EX)
open(sys.argv[2], "w").close()
time.sleep(20)' "$work/fs/m/lib/$lock/buildroot.lock" "$work/held" &
  cat "$work/held"
  status=0
  "$@" || status=$?
  kill $!
  exit $status
fi
exec "$@"`;

export interface Outcome extends Pick<RunResult, 'exitCode' | 'stdout' | 'stderr'> {
  /** Text of each log, by name; `stderr.txt` too. */
  readonly logs: Readonly<Record<string, string>>;
  /** Names of all that mock left, sorted. */
  readonly files: readonly string[];
}

export interface RunMockOptions {
  /** Of the tmpfs that takes the changes. */
  readonly size?: string;
  /** As mock does by default, instead of keeping the root. */
  readonly clean?: boolean;
  /** Another process holds the root. */
  readonly locked?: boolean;
  /** Name of the configuration. */
  readonly config?: string;
  /** Folder for results, made by mock. */
  readonly results?: string;
  /** With the least capabilities that mock builds with in a container, and no more to gain. */
  readonly least?: boolean;
  /** Sends SIGTERM when this stands in build.log. */
  readonly endAt?: RegExp;
}

/** One program, and a root that it initialized itself. */
export class MockProgram {
  readonly #file: string;
  readonly #folder: string;
  readonly #base: string;
  readonly #distribution: RpmDistribution;

  private constructor(file: string, folder: string, base: string, distribution: RpmDistribution) {
    this.#file = file;
    this.#folder = folder;
    this.#base = base;
    this.#distribution = distribution;
  }

  /** Initializes a root for the synthetic distribution in `folder`, which is the caller's to remove. */
  static async prepare(
    file: string,
    folder: string,
    configs: Readonly<Record<string, MockConfigOptions>>,
  ): Promise<MockProgram> {
    const distribution = await rpmDistribution();
    const etc = path.join(folder, 'etc');
    await mkdir(etc, { recursive: true });
    await writeFile(path.join(etc, 'logging.ini'), LOGGING);
    await writeFile(path.join(etc, 'synthetic.cfg'), distribution.mockConfig());
    for (const [name, options] of Object.entries(configs)) {
      await writeFile(path.join(etc, `${name}.cfg`), distribution.mockConfig(options));
    }
    const base = path.join(folder, 'base');
    await mkdir(path.join(base, 'lib'), { recursive: true });
    await mkdir(path.join(base, 'cache'));
    const program = new MockProgram(file, folder, base, distribution);
    const work = await program.#work();
    await run(program.#argv(work, ['--init', '--resultdir', path.join(work, 'results')], { clean: true }, 'yes'), {
      env: ENV,
    });
    return program;
  }

  /** Runs mock to its end. */
  async run(args: readonly string[], options: RunMockOptions = {}): Promise<Outcome> {
    const work = await this.#work();
    const results = options.results ?? path.join(work, 'results');
    const argv = this.#argv(work, [...args, '--resultdir', results], options, 'no');
    const { endAt } = options;
    const { exitCode, stdout, stderr } =
      endAt === undefined
        ? await run(argv, { env: ENV, okExitCodes: 'any', timeoutSeconds: 120, captureBytes: 8 * 1024 * 1024 })
        : await this.#runUntil(argv, path.join(results, 'build.log'), endAt);
    const files = (await readdir(results).catch(() => [])).sort();
    const logs: Record<string, string> = { 'stderr.txt': stderr };
    for (const name of files.filter((file) => file.endsWith('.log'))) {
      logs[name] = await readFile(path.join(results, name), 'utf8');
    }
    return { exitCode, stdout, stderr, files, logs };
  }

  async #work(): Promise<string> {
    const work = await mkdtemp(path.join(this.#folder, 'run-'));
    await chown(work, USER, USER);
    return work;
  }

  async #runUntil(argv: Argv, log: string, endAt: RegExp): Promise<Pick<Outcome, 'exitCode' | 'stdout' | 'stderr'>> {
    const child = start(argv, { env: ENV });
    child.stdin.end();
    child.stdout.resume();
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
    for (let turn = 0; turn < 300; turn += 1) {
      if (endAt.test(await readFile(log, 'utf8').catch(() => ''))) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    // unshare passes no signals on: the one child that it has is mock.
    const pid = Number((await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')).trim());
    process.kill(pid, 'SIGTERM');
    return { exitCode: await ended, stdout: '', stderr };
  }

  #argv(work: string, args: readonly string[], options: RunMockOptions, change: 'yes' | 'no'): Argv {
    const place = path.join(work, 'fs/m');
    const root = `synthetic-9-${this.#distribution.architecture}`;
    return [
      // With pids of its own: dnf leaves key agents, which end with it.
      ...([
        'unshare',
        '--mount',
        '--propagation',
        'private',
        '--pid',
        '--fork',
        '--kill-child',
        '--mount-proc',
      ] as const),
      ...['--', 'sh', '-c', SCRIPT, 'sh'],
      ...[work, this.#base, change, options.size ?? '1g', options.locked ? root : ''],
      ...(options.least
        ? [
            'setpriv',
            '--no-new-privs',
            '--inh-caps=-all',
            `--bounding-set=-all,${LEAST.map((name) => `+${name}`).join(',')}`,
            '--',
          ]
        : []),
      ...[this.#file, `--configdir=${path.join(this.#folder, 'etc')}`, '-r', options.config ?? 'synthetic'],
      ...[`--config-opts=basedir=${place}/lib`, `--config-opts=cache_topdir=${place}/cache`],
      ...(options.clean ? [] : ['--no-clean', '--no-cleanup-after']),
      ...args,
    ];
  }
}
