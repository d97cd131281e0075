/**
 * What a session of mock guarantees, wherever it runs: the same tests for this host, docker and podman
 * (mock-session.test.ts, engine-session-docker.test.ts, engine-session-podman.test.ts).
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setAside } from '../../src/builder/rpm-session.ts';
import { removeDeadSessions } from '../../src/buildroot/leftovers.ts';
import { type MockSessionOptions, openMockSession } from '../../src/buildroot/mock/session.ts';
import { BASEDIR, MOCK_USER, ROOT_NAME } from '../../src/buildroot/mock/session-script.ts';
import { INBOX } from '../../src/buildroot/session.ts';
import { CommandError } from '../../src/errors.ts';
import { run } from '../../src/process.ts';
import { STATE } from './buildroot.ts';
import type { TestEngine } from './engine-fixtures.ts';
import { testRpmGeneration } from './rpm-buildroot.ts';
import { extraRepository } from './rpm-distribution.ts';
import { traces } from './traces.ts';

const MIB = 1024 ** 2;
/** What a loaded machine may take; nothing is measured by it. */
const PATIENCE = { timeout: 60_000, interval: 100 };

const SPEC = `Name: tiny
Version: 1.0
Release: 1
Summary: x
License: MIT
BuildArch: noarch
BuildRequires: libsample-devel
%description
x
%build
echo "user $(id -u) network $(tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' ') $(cat /usr/include/sample.h)"
%install
install -Dm644 /usr/include/sample.h %{buildroot}/usr/share/tiny/sample.h
%files
/usr/share/tiny
`;

/** Registers the tests for the engine that `setUp` gives, in the calling test file. */
export function testMockSessions(setUp: () => Promise<TestEngine>): void {
  let tested: TestEngine;
  let shared: Awaited<ReturnType<typeof testRpmGeneration>>;
  let folder: string;
  let srpm: string;

  beforeAll(async () => {
    tested = await setUp();
    shared = await testRpmGeneration();
    // Not in /tmp, which may be an overlay itself: the kernel takes no upper folder on another one.
    folder = await mkdtemp(path.join(path.dirname(STATE), 'test-mock-session-'));
    await run(['sh', '-c', 'cat > "$1"', 'sh', path.join(folder, 'tiny.spec')], { input: SPEC });
    await run(['rpmbuild', '-bs', '--define', `_topdir ${folder}`, path.join(folder, 'tiny.spec')]);
    srpm = path.join(folder, 'SRPMS/tiny-1.0-1.src.rpm');
  }, 900_000);
  afterAll(async () => {
    await shared?.lock.release();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    await tested?.close();
  });

  const open = (more: Partial<MockSessionOptions> = {}) =>
    openMockSession({
      state: folder,
      generation: shared.generation,
      scratch: 512 * MIB,
      runId: 'test',
      engine: tested.engine,
      ...more,
    });

  /** Mounts, processes and containers of a session, wherever on this machine. */
  const left = async (id: string) => [...(await traces(id)), ...(await tested.containersOf(id))];

  /** Runs a shell as mock itself is run: with its capabilities, outside of the buildroot. */
  async function asMock(session: Awaited<ReturnType<typeof open>>, script: string): Promise<string> {
    const { stdout, stderr } = await session.session.run(['sh', '-c', script], {
      privileges: 'mock',
      okExitCodes: 'any',
    });
    return stdout + stderr;
  }

  describe('a session of mock', () => {
    it('builds offline what it installed dependencies for online, and leaves the generation as it was', async () => {
      const digest = () =>
        run([
          'sh',
          '-c',
          'cd "$1" && find . -xdev -printf "%p %m %U %s %T@ %l\\n" | sort | sha256sum',
          'sh',
          shared.generation.tree,
        ]);
      const before = (await digest()).stdout;
      await using session = await open({ inbox: { sources: [srpm] } });
      const place = `${INBOX}/sources/${path.basename(srpm)}`;
      await session.mock(['--installdeps', place], { network: true });
      expect((await session.installedRpms()).join(' ')).toMatch(
        /libsample-devel-1\.2-1\.el9\.noarch .*synthetic-base-9/,
      );
      await session.mock(['--rebuild', place]);
      const files = await readdir(session.results);
      expect(files).toEqual(
        expect.arrayContaining(['build.log', 'root.log', 'state.log', 'installed_pkgs.log', 'tiny-1.0-1.noarch.rpm']),
      );
      expect(await readFile(path.join(session.results, 'build.log'), 'utf8')).toContain(
        `user ${MOCK_USER.id} network lo #define SAMPLE "1.2"`,
      );
      // Debian's rpm looks for the database elsewhere, and would list nothing.
      expect(await readFile(path.join(session.results, 'installed_pkgs.log'), 'utf8')).toContain('synthetic-base-9');
      await session.session.close();
      expect((await digest()).stdout).toBe(before);
      expect(await traces(session.session.id)).toEqual([]);
      expect(await readdir(path.join(folder, 'sessions'))).toEqual([]);
    });

    it('may be open twice on one generation, and neither sees the other', async () => {
      await using one = await open({ inbox: { sources: [srpm] } });
      await using two = await open({ inbox: { sources: [srpm] } });
      const place = `${INBOX}/sources/${path.basename(srpm)}`;
      const build = async (session: typeof one) => {
        await session.mock(['--installdeps', place], { network: true });
        await session.mock(['--rebuild', place]);
        return (await readdir(session.results)).filter((name) => name.endsWith('.noarch.rpm'));
      };
      expect(await Promise.all([build(one), build(two)])).toEqual([
        ['tiny-1.0-1.noarch.rpm'],
        ['tiny-1.0-1.noarch.rpm'],
      ]);
      await one.session.writeFile('/root/mine', 'x');
      await expect(two.session.chroot(['cat', '/root/mine'])).rejects.toThrow(/No such file/);
    });

    it('keeps the buildroot between runs of mock', async () => {
      await using session = await open();
      await session.mock(['--chroot', '--', 'sh', '-c', 'echo kept > /root/kept']);
      expect((await session.mock(['--chroot', '--', 'cat', '/root/kept'])).stdout).toContain('kept');
      expect(session.buildroot).toBe(`${BASEDIR}/${ROOT_NAME}/root`);
    });

    it('installs from repositories of its own, verified by their keys', async () => {
      const place = path.join(folder, 'own');
      const { key } = await extraRepository(place, [{ name: 'own-package', version: '3.0' }]);
      const repository = { name: 'own', baseurl: `file:${place}`, priority: 10, keys: [key], trusted: false };
      await using session = await open({ repositories: [repository] });
      await session.mock(['--install', 'own-package'], { network: true });
      expect(await session.installedRpms()).toContain('own-package-3.0-1.el9.noarch');
      // Folders are shown, not given.
      expect(await asMock(session, 'echo x > /run/pkg-actions/repositories/*/x')).toMatch(/Read-only|nonexistent/);
    });

    it('refuses packages of a repository that are not signed by its key', async () => {
      const place = path.join(folder, 'unsigned');
      const { key } = await extraRepository(place, [{ name: 'unsigned-package' }], { signed: false });
      const repository = { name: 'unsigned', baseurl: `file:${place}`, keys: [key], trusted: false };
      await using session = await open({ repositories: [repository] });
      const failed = await session
        .mock(['--install', 'unsigned-package'], { network: true })
        .catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(CommandError);
      expect(await readFile(path.join(session.results, 'root.log'), 'utf8')).toMatch(/is not signed/);
      await using trusting = await open({ repositories: [{ ...repository, keys: [], trusted: true }] });
      await trusting.mock(['--install', 'unsigned-package'], { network: true });
      expect(await trusting.installedRpms()).toContain('unsigned-package-1.0-1.el9.noarch');
    });

    it('gives mock the least capabilities, in a user namespace, and no new ones', async () => {
      await using session = await open();
      const status = await asMock(session, 'cat /proc/self/status');
      // chown dac_override fowner fsetid kill setgid setuid sys_chroot sys_admin setfcap: bits 0 1 3 4 5 6 7 18 21 31.
      const bits = [0, 1, 3, 4, 5, 6, 7, 18, 21, 31].reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n);
      for (const set of ['CapPrm', 'CapEff', 'CapBnd']) {
        expect(BigInt(`0x${new RegExp(`${set}:\\s+(\\w+)`).exec(status)?.[1]}`)).toBe(bits);
      }
      expect(status).toMatch(/NoNewPrivs:\s+1/);
      const own = await run(['readlink', '/proc/self/ns/user']);
      expect(await asMock(session, 'readlink /proc/self/ns/user')).not.toBe(own.stdout);
    });

    it('has what it made moved within it, never on the host', async () => {
      await using session = await open();
      const { results } = session;
      // Seen in the session alone, as what a build would put in the place of a folder.
      await session.session.mount(['mount', '-t', 'tmpfs', 'x', results]);
      await session.session.mount(['sh', '-c', 'echo x > "$1/made.src.rpm"', 'sh', results]);
      expect(await setAside(session, 'made.src.rpm')).toBe(`${results}/source/made.src.rpm`);
      expect(await asMock(session, `cd ${results} && find . -type f`)).toBe('./source/made.src.rpm\n');
      expect(await readdir(results)).toEqual([]);
    });

    it('lets whoever has its capabilities mount nothing of the machine', async () => {
      await using session = await open();
      const script = `
      mkdir /tmp/m
      for type in devtmpfs proc sysfs; do mount -t $type x /tmp/m 2>/dev/null && echo "mounted $type"; done
      mknod /tmp/disk b 8 0 2>/dev/null && echo 'made a device'
      for place in / /usr /proc/sys /sys /etc; do mount -o remount,rw,bind "$place" 2>/dev/null && touch "$place/x" 2>/dev/null && echo "may write $place"; done
      umount /proc/sys 2>/dev/null && echo 'uncovered /proc/sys'
      chmod 0666 /dev/null ${session.buildroot}/dev/null 2>/dev/null && echo 'may change devices'
      { echo x > /proc/sys/kernel/core_pattern; } 2>/dev/null && echo 'changed the kernel'
      cat /proc/1/root/etc/passwd >/dev/null 2>&1 && echo 'sees the first process'
      nsenter --target 1 --mount true 2>/dev/null && echo 'entered the session'
      mount -t tmpfs x /tmp/m && echo 'may mount a tmpfs'
    `;
      expect(await asMock(session, script)).toBe('may mount a tmpfs\n');
      // And that is gone with the command: the next one starts from what the session is.
      expect(await asMock(session, 'grep -c /tmp/m /proc/mounts')).toBe('0\n');
    });

    it('lets nobody make namespaces that mock needs none of, and so mount cgroups', async () => {
      await using session = await open();
      const script = `
      for kind in cgroup time user; do unshare --$kind -- true 2>/dev/null && echo "made a $kind namespace"; done
      for kind in ipc mount net pid uts; do unshare --$kind --fork -- true || echo "made no $kind namespace"; done
      for type in cgroup cgroup2; do mount -t $type x /mnt 2>/dev/null && echo "mounted $type"; done
      cat /proc/sys/user/max_cgroup_namespaces
      { echo 9 > /proc/sys/user/max_cgroup_namespaces; } 2>/dev/null && echo 'raised a limit'
      ls -d /run/limits 2>/dev/null
      true
    `;
      expect(await asMock(session, script)).toBe('0\n');
      // It is the session's alone.
      expect(Number(await readFile('/proc/sys/user/max_cgroup_namespaces', 'utf8'))).toBeGreaterThan(0);
    });

    it('may install what packages of distributions hold: programs of other groups, and with capabilities', async () => {
      await using session = await open();
      const script = `
import os, struct
place = '${session.buildroot}/root/program'
open(place, 'w').close()
os.chown(place, 5, 37)
os.chmod(place, 0o6755)
os.setxattr(place, 'security.capability', struct.pack('<IIIII', 0x02000001, 1 << 13, 0, 0, 0))
print(oct(os.stat(place).st_mode), len(os.getxattr(place, 'security.capability')))
`;
      const { stdout } = await session.session.run(['python3', '-I', '-c', script], { privileges: 'mock' });
      expect(stdout).toBe('0o106755 20\n');
    });

    it('shows of the host only what mock runs from, and no secret of it', async () => {
      await using session = await open();
      const seen = await asMock(
        session,
        'ls /; ls -d /root /home /srv /etc/shadow /etc/ssl/private /etc/pki/tls/private /etc/yum.repos.d /etc/dnf/dnf.conf /var/lib/pkg-actions 2>/dev/null; true',
      );
      const own = new Set(
        [folder, shared.generation.folder, process.env['MOCK'] ?? '/usr'].map((one) => one.split('/')[1]),
      );
      const allowed = [
        'bin',
        'dev',
        'etc',
        'lib',
        'lib32',
        'lib64',
        'libx32',
        'namespaces',
        'proc',
        'run',
        'sbin',
        'sys',
      ];
      const strange = seen
        .split('\n')
        .filter((name) => name !== '' && ![...allowed, 'tmp', 'usr', 'var'].includes(name) && !own.has(name));
      expect(strange).toEqual([]);
    });

    it('needs no user and no group of the host for mock', async () => {
      await using session = await open();
      expect(await asMock(session, `id -un ${MOCK_USER.id}; getent group ${MOCK_USER.id}`)).toBe(
        `${MOCK_USER.name}\n${MOCK_USER.group}:x:${MOCK_USER.id}:\n`,
      );
      expect((await stat(session.results)).uid).toBe(MOCK_USER.id);
    });

    it('shows mock only the files that it is given', async () => {
      await using session = await open({ inbox: { sources: [srpm] } });
      expect(await asMock(session, `find ${INBOX} -type f`)).toBe(`${INBOX}/sources/${path.basename(srpm)}\n`);
      expect(await asMock(session, `echo x > ${INBOX}/sources/x`)).toMatch(/Read-only|nonexistent/);
    });

    it('ends mock and all it started at the limit', async () => {
      await using session = await open();
      const limited = await session
        .mock(['--chroot', '--', 'sh', '-c', 'sleep 876 & sleep 877'], { timeoutSeconds: 4, graceSeconds: 1 })
        .catch((error: unknown) => error);
      expect((limited as CommandError).failure).toMatchObject({ end: 'timeout' });
      await session.session.endProcesses();
      expect(await asMock(session, 'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "')).not.toContain('sleep 87');
      expect((await session.session.chroot(['echo', 'alive'])).stdout).toBe('alive\n');
    });

    it('is gone when it is cancelled in the middle of mock', async () => {
      const controller = new AbortController();
      const session = await open({ signal: controller.signal });
      let begin = () => {};
      const begun = new Promise<void>((resolve) => {
        begin = resolve;
      });
      const running = session
        .mock(['--chroot', '--', 'sh', '-c', 'echo has begun; sleep 600'], {
          signal: controller.signal,
          onLine: (line) => line.includes('has begun') && begin(),
        })
        .catch((error: unknown) => error);
      await Promise.race([begun, running]);
      controller.abort();
      expect(await running).toBeInstanceOf(CommandError);
      await session.session.close();
      await expect.poll(() => left(session.session.id), PATIENCE).toEqual([]);
    });

    it.each(['SIGKILL', 'SIGTERM'] as const)(
      'leaves no mount and no process when its owner gets %s',
      async (signal) => {
        const at = (name: string) => JSON.stringify(path.resolve(import.meta.dirname, '../../src/buildroot', name));
        // Of this run alone: others may be at the same test.
        const long = 100_000 + process.pid;
        const script = `
      import { currentGeneration } from ${at('generation.ts')};
      import { openMockSession } from ${at('mock/session.ts')};
      const generation = await currentGeneration(${JSON.stringify(path.dirname(shared.generation.folder))});
      const session = await openMockSession({ state: ${JSON.stringify(folder)}, generation, scratch: 67108864, runId: 'victim', engine: ${JSON.stringify(tested.engine)} });
      console.log(session.session.id);
      await session.mock(['--chroot', '--', 'sh', '-c', 'sleep ${long} & sleep ${long}1']);
    `;
        const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const exited = new Promise((resolve) => child.once('exit', resolve));
        const id = await new Promise<string>((resolve) =>
          child.stdout.once('data', (data) => resolve(String(data).trim())),
        );
        const hasBegun = async () => (await traces('sleep')).some((line) => line.includes(`sleep ${long}1`));
        await expect.poll(hasBegun, PATIENCE).toBe(true);
        expect((await left(id)).length).toBeGreaterThan(0);
        child.kill(signal);
        await exited;
        await expect.poll(() => left(id), PATIENCE).toEqual([]);
        await expect.poll(hasBegun, PATIENCE).toBe(false);
        // Its folder is all that is left, until the next run looks.
        expect(await removeDeadSessions(folder)).toContain(id);
        expect(await readdir(path.join(folder, 'sessions'))).not.toContain(id);
      },
    );

    it('shows further folders of the host, in the top and in the buildroot, to be written to where it is said', async () => {
      const cache = await mkdtemp(path.join(folder, 'cache-'));
      const below = path.join(BASEDIR, ROOT_NAME, 'root/var/cache/test');
      const binds = [
        { source: cache, destination: below, writable: true },
        { source: cache, destination: '/var/cache/shown' },
      ];
      await using session = await open({ binds });
      await session.mock(['--chroot', '--', 'sh', '-c', 'echo kept > /var/cache/test/kept']);
      expect(await asMock(session, 'cat /var/cache/shown/kept; touch /var/cache/shown/x 2>&1; true')).toMatch(
        /^kept\n.*Read-only/,
      );
      // The flags hold against whoever may mount.
      expect(await asMock(session, `mount -o remount,bind,exec,dev ${below} 2>/dev/null && echo changed; true`)).toBe(
        '',
      );
      await session.session.close();
      expect(await readFile(path.join(cache, 'kept'), 'utf8')).toBe('kept\n');
    });

    it('takes a layer between the generation and what it writes', async () => {
      const upper = await mkdtemp(path.join(folder, 'upper-'));
      const first = await open({ scratch: { upper } });
      await first.mock(['--chroot', '--', 'sh', '-c', 'echo layer > /root/layer']);
      await first.session.close();
      await using session = await open({ above: [path.join(upper, 'changes')] });
      expect((await session.session.chroot(['cat', '/root/layer'])).stdout).toBe('layer\n');
      await session.mock(['--chroot', '--', 'sh', '-c', 'echo mine > /root/layer']);
      expect(await readFile(path.join(upper, 'changes', ROOT_NAME, 'root/root/layer'), 'utf8')).toBe('layer\n');
    });

    it('works on the disk where memory is short', async () => {
      await using session = await open({ scratch: 'disk' });
      await session.mock(['--chroot', '--', 'touch', '/root/x']);
      const upper = path.join(folder, 'sessions', session.session.id, 'upper/changes', ROOT_NAME, 'root/root/x');
      expect((await stat(upper)).isFile()).toBe(true);
    });
  });
}
