/** The machine itself: who we are, kernel, what it runs in, memory and the limits of the kernel. */
import { readFile, stat } from 'node:fs/promises';
import os from 'node:os';
import { availableMemory, scratchSize } from '../../buildroot/scratch.ts';
import { formatBytes } from '../../format.ts';
import { run, which } from '../../process.ts';
import { BUILDS, type Check, type Finding, HOST_BUILDS, type PartFinding } from '../check.ts';
import { isOlder } from '../version.ts';

const GROUP = 'Machine';

/**
 * The kernel of EL 8, the oldest that a supported distribution still has. Sessions need overlayfs with several lower
 * folders (4.0) and `PR_SET_PDEATHSIG`.
 */
const LEAST_KERNEL = '4.18';

const user: Check = {
  id: 'user',
  title: 'User',
  group: GROUP,
  uses: BUILDS,
  async look({ isRoot }) {
    const { username, uid } = os.userInfo();
    if (isRoot) return { status: 'ok', found: `${username}, uid ${uid}` };
    return {
      status: 'warning',
      found: `${username}, uid ${uid}: not everything can be looked at`,
      expected: 'root, whom buildroots and builds need',
      remedy: 'sudo pkg-actions doctor',
    };
  },
};

const kernel: Check = {
  id: 'kernel',
  title: 'Kernel',
  group: GROUP,
  uses: BUILDS,
  async look() {
    const release = os.release();
    const found = `${os.type()} ${release}, ${os.machine()}`;
    if (os.type() !== 'Linux') return { status: 'failed', found, expected: 'Linux' };
    const version = /^\d+(?:\.\d+)*/.exec(release)?.[0] ?? '0';
    if (!isOlder(version, LEAST_KERNEL)) return { status: 'ok', found };
    return { status: 'failed', found, expected: `${LEAST_KERNEL} or newer`, remedy: 'install a newer kernel' };
  },
};

const overlayfs: Check = {
  id: 'overlayfs',
  title: 'overlayfs in the kernel',
  group: GROUP,
  uses: BUILDS,
  async look() {
    const known = await readFile('/proc/filesystems', 'utf8');
    if (/\toverlay$/m.test(known)) return { status: 'ok', found: 'there' };
    // A module that is loaded by the first mount.
    const module = await run(['modinfo', 'overlay'], { okExitCodes: 'any' }).catch(() => undefined);
    if (module?.exitCode === 0) return { status: 'ok', found: 'a module that is not loaded yet' };
    return {
      status: 'failed',
      found: 'neither in /proc/filesystems nor among the modules',
      expected: 'overlayfs',
      remedy: 'modprobe overlay',
    };
  },
};

/** A session refuses to start in a chroot; in a container it works where that was given what it needs. */
const surroundings: Check = {
  id: 'surroundings',
  title: 'What it runs in',
  group: GROUP,
  uses: HOST_BUILDS,
  async look({ isRoot, signal }) {
    const container = await containerName();
    const within = container === undefined ? 'a machine' : `a container (${container})`;
    if (!isRoot) {
      return {
        status: 'skipped',
        found: `${within}; whether in a chroot only root can see`,
        remedy: 'sudo pkg-actions doctor',
      };
    }
    // The root of the mount namespace, which is not ours where we are in a chroot.
    const { stdout } = await run(['nsenter', '--mount=/proc/self/ns/mnt', '--', 'stat', '--format=%d:%i', '/'], {
      signal,
      okExitCodes: 'any',
    });
    const own = await stat('/');
    if (stdout.trim() === `${own.dev}:${own.ino}`) return { status: 'ok', found: within };
    return {
      status: 'failed',
      found: stdout.trim() === '' ? `${within}; its root cannot be entered` : 'a chroot',
      expected: 'the machine itself, or a container: a build could get out of a chroot',
    };
  },
};

async function containerName(): Promise<string | undefined> {
  if (which('systemd-detect-virt') !== undefined) {
    const { stdout } = await run(['systemd-detect-virt', '--container'], { okExitCodes: 'any', timeoutSeconds: 5 });
    const name = stdout.trim();
    if (name !== '' && name !== 'none') return name;
  }
  for (const [file, name] of [
    ['/.dockerenv', 'docker'],
    ['/run/.containerenv', 'podman'],
  ] as const) {
    if (await stat(file).catch(() => undefined)) return name;
  }
  return undefined;
}

const security: Check = {
  id: 'security-modules',
  title: 'Security modules',
  group: GROUP,
  uses: HOST_BUILDS,
  async look() {
    const modules = (await readFile('/sys/kernel/security/lsm', 'utf8').catch(() => '')).trim();
    const enforcing = (await readFile('/sys/fs/selinux/enforce', 'utf8').catch(() => '0')).trim() === '1';
    const found = modules === '' ? 'not known: /sys/kernel/security is not mounted' : modules;
    if (!enforcing) return { status: 'ok', found };
    return {
      status: 'warning',
      found: `SELinux enforces`,
      expected: 'tried with your policy: sessions were not tried under an enforcing one',
      remedy: 'where a session is refused: ausearch -m avc -ts recent',
    };
  },
};

const memory: Check = {
  id: 'memory',
  title: 'Memory',
  group: GROUP,
  uses: BUILDS,
  async look() {
    const [total, free] = [os.totalmem(), await availableMemory()];
    const processors = os.availableParallelism();
    const counts = [1, 2, 4, 8].filter((count) => count <= Math.max(2, processors));
    const shares = await Promise.all(
      counts.map(async (parallel) => {
        const size = await scratchSize({ requested: 'auto', parallel });
        return { parallel, size };
      }),
    );
    const text = shares
      .map(({ parallel, size }) => `${parallel}: ${size === 'disk' ? 'disk' : formatBytes(size)}`)
      .join(', ');
    const found = `${formatBytes(free)} of ${formatBytes(total)} available, ${processors} processors; a build's tmpfs by max-parallel: ${text}`;
    if (shares[0]?.size !== 'disk') return { status: 'ok', found };
    return {
      status: 'warning',
      found,
      expected: 'about 1.4 GiB available for each build, else it writes to the disk',
      remedy: 'give the machine more memory, or set max-parallel to fewer builds',
    };
  },
};

/** sysctl(8) keys of namespaces that a session makes, by what it needs them for. */
const NAMESPACE_LIMITS = ['mnt', 'pid', 'ipc', 'uts', 'net', 'user'] as const;

const limits: Check = {
  id: 'limits',
  title: 'Limits of the kernel',
  group: GROUP,
  uses: HOST_BUILDS,
  async look(): Promise<readonly PartFinding[]> {
    const namespaces = await Promise.all(
      NAMESPACE_LIMITS.map(async (name): Promise<PartFinding | undefined> => {
        const key = `user.max_${name}_namespaces`;
        const value = await sysctl(key);
        if (value === undefined || value >= 16) return undefined;
        return {
          part: `${name}-namespaces`,
          title: key,
          status: value === 0 ? 'failed' : 'warning',
          found: String(value),
          expected: 'hundreds: each command of a build gets some of its own',
          remedy: `sysctl -w ${key}=15000`,
          ...(name === 'user' ? { uses: ['rpm'] as const } : {}),
        };
      }),
    );
    const low = namespaces.filter((each) => each !== undefined);
    const fine: PartFinding = {
      part: 'namespaces',
      title: 'Limits of namespaces',
      status: 'ok',
      found: `user.max_*_namespaces leave room`,
    };
    return [...(low.length > 0 ? low : [fine]), await keyrings(), await openFiles()];
  },
};

/** Every command of a session gets a keyring of its own: the limit is on how many root may have. */
async function keyrings(): Promise<PartFinding> {
  const key = 'kernel.keys.root_maxkeys';
  const value = await sysctl(key);
  const base = { part: 'keys', title: key, found: value === undefined ? 'not there' : String(value) };
  if (value === undefined || value >= 1000) return { ...base, status: 'ok' };
  return { ...base, status: 'warning', expected: '1000 or more', remedy: `sysctl -w ${key}=1000000` };
}

async function openFiles(): Promise<PartFinding> {
  const text = await readFile('/proc/self/limits', 'utf8');
  const [, soft = '0'] = /^Max open files\s+(\d+|unlimited)/m.exec(text) ?? [];
  const base = { part: 'files', title: 'Open files of a process', found: soft };
  if (soft === 'unlimited' || Number(soft) >= 1024) return { ...base, status: 'ok' };
  return {
    ...base,
    status: 'warning',
    expected: '1024 or more',
    remedy: 'ulimit -n 4096, or LimitNOFILE= of the service',
  };
}

/** A number of sysctl(8), or `undefined` where the kernel has none of that name. */
async function sysctl(key: string): Promise<number | undefined> {
  const text = await readFile(`/proc/sys/${key.replaceAll('.', '/')}`, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : Number(text.trim());
}

/** Users of builds have fixed numbers, which nobody of the host should have (docs/build-session.md). */
const users: Check = {
  id: 'build-users',
  title: 'Numbers of the build users',
  group: GROUP,
  uses: ['rpm'],
  async look({ signal }): Promise<Finding> {
    const { stdout } = await run(['getent', 'passwd', '951', '952'], { okExitCodes: 'any', signal });
    const names = stdout
      .split('\n')
      .map((line) => line.split(':')[0] ?? '')
      .filter((name) => name !== '');
    if (names.length === 0) return { status: 'ok', found: '951 and 952 are nobody' };
    return {
      status: 'warning',
      found: `users of this host: ${names.join(', ')}`,
      expected: 'no user of the host with the uid 951 or 952, which builds run by',
      remedy: `usermod --uid NUMBER ${names[0]}`,
    };
  },
};

export const MACHINE_CHECKS: readonly Check[] = [
  user,
  kernel,
  overlayfs,
  surroundings,
  security,
  memory,
  limits,
  users,
];
