/**
 * What a session guarantees, wherever it runs: the same tests for this host, docker and podman
 * (session.test.ts, engine-session-docker.test.ts, engine-session-podman.test.ts).
 */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeDeadSessions } from '../../src/buildroot/leftovers.ts';
import { openSession, type SessionOptions } from '../../src/buildroot/session.ts';
import { CommandError, InfrastructureError } from '../../src/errors.ts';
import { mergePools } from '../../src/systemtest/client-check/pools.ts';
import { STATE, testGeneration } from './buildroot.ts';
import type { TestEngine } from './engine-fixtures.ts';
import { traces } from './traces.ts';

const MIB = 1024 ** 2;
/** What a loaded machine may take; nothing is measured by it. */
const PATIENCE = { timeout: 60_000, interval: 100 };

/** Registers the tests for the engine that `setUp` gives, in the calling test file. */
export function testSessions(setUp: () => Promise<TestEngine>): void {
  let shared: Awaited<ReturnType<typeof testGeneration>>;
  let tested: TestEngine;
  let folder: string;

  beforeAll(async () => {
    tested = await setUp();
    shared = await testGeneration();
    // Not in /tmp, which may be an overlay itself: the kernel takes no upper folder on another one.
    folder = await mkdtemp(path.join(path.dirname(STATE), 'test-session-'));
  }, 900_000);
  afterAll(async () => {
    await shared?.lock.release();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    await tested?.close();
  });

  const open = (more: Partial<SessionOptions> = {}) =>
    openSession({
      state: folder,
      root: { lower: [shared.generation.tree] },
      scratch: 256 * MIB,
      runId: 'test',
      engine: tested.engine,
      ...more,
    });

  /** Mounts, processes and containers of a session, wherever on this machine. */
  const left = async (id: string) => [...(await traces(id)), ...(await tested.containersOf(id))];

  /** Starts a process that opens a session, prints its id, and runs `code` with it. */
  async function startOwner(code: string, argv: readonly string[] = []) {
    const script = `
    import { openSession } from ${JSON.stringify(path.resolve(import.meta.dirname, '../../src/buildroot/session.ts'))};
    const session = await openSession({ state: ${JSON.stringify(folder)}, root: { lower: [${JSON.stringify(shared.generation.tree)}] }, scratch: 67108864, runId: 'victim', engine: ${JSON.stringify(tested.engine)} });
    console.log(session.id);
    ${code}
  `;
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script, ...argv], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const lines: string[] = [];
    child.stdout.setEncoding('utf8').on('data', (text: string) => lines.push(...text.split('\n').filter(Boolean)));
    await expect.poll(() => lines.length > 0, PATIENCE).toBe(true);
    return { child, id: lines[0] ?? '', lines, exited };
  }

  describe('a session', () => {
    it('shows the generation, takes what is written, and leaves the generation as it was', async () => {
      const before = execFileSync('ls', ['-A', `${shared.generation.tree}/root`], { encoding: 'utf8' });
      const session = await open();
      await session.writeFile('/root/new/file', 'content');
      expect((await session.chroot(['cat', '/root/new/file'])).stdout).toBe('content');
      expect((await session.chroot(['id', '-un', 'sbuild'])).stdout.trim()).toBe('sbuild');
      expect((await session.chroot(['hostname'])).stdout.trim()).toBe('localhost');
      await session.close();
      expect(execFileSync('ls', ['-A', `${shared.generation.tree}/root`], { encoding: 'utf8' })).toBe(before);
      await expect.poll(() => left(session.id), PATIENCE).toEqual([]);
      expect(await readdir(path.join(folder, 'sessions'))).not.toContain(session.id);
    });

    it('lets nothing that a build flushes wait for the disk', async () => {
      // Kernels before 5.10 do not know it; they are not tested here.
      await using session = await open({ scratch: 'disk' });
      const { stdout } = await session.chroot(['cat', '/proc/self/mountinfo']);
      const root = stdout.split('\n').filter((line) => / \/ \S+ .* - overlay /.test(line));
      expect(root.at(-1)).toMatch(/[,=]volatile(,|$)/);
    });

    it('has only loopback unless network is asked for', async () => {
      await using session = await open();
      const interfaces = async (network: boolean) =>
        (await session.chroot(['sh', '-c', 'tail -n +3 /proc/net/dev | cut -d: -f1'], { network })).stdout
          .split(/\s+/)
          .filter(Boolean);
      expect(await interfaces(false)).toEqual(['lo']);
      const host = (await readFile('/proc/net/dev', 'utf8'))
        .split('\n')
        .slice(2)
        .map((line) => line.split(':')[0]?.trim())
        .filter(Boolean);
      expect((await interfaces(true)).sort()).toEqual(host.sort());
      // Loopback works: a test suite may listen on it.
      const listen =
        'use IO::Socket::INET; my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1") or die; my $c = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $s->sockport) or die; print "ok"';
      expect((await session.chroot(['perl', '-e', listen])).stdout).toBe('ok');
    });

    it('shows folders over each other, read-only, as clients will see a pool', async () => {
      const [fresh, old, empty] = ['fresh', 'old', 'empty'].map((name) => path.join(folder, `pool-${name}`));
      for (const place of [fresh, old, empty]) await mkdir(path.join(place ?? '', 'h/hello'), { recursive: true });
      await rm(path.join(empty ?? '', 'h'), { recursive: true });
      await writeFile(path.join(fresh ?? '', 'h/hello/hello_2'), 'new');
      await writeFile(path.join(old ?? '', 'h/hello/hello_1'), 'old');
      const at = '/run/pkg-actions/client';
      await using session = await open({
        binds: [
          { source: fresh ?? '', destination: `${at}/fresh` },
          { source: old ?? '', destination: `${at}/old` },
          { source: empty ?? '', destination: `${at}/pool` },
        ],
      });
      const inTop = (name: string) => `${session.root}${at}/${name}`;
      await mergePools(session, [inTop('fresh'), inTop('old')], inTop('pool'));
      const { stdout } = await session.chroot(['sh', '-c', `cd ${at}/pool/h/hello && cat hello_1 hello_2 && ls`]);
      expect(stdout).toBe('oldnewhello_1\nhello_2\n');
      await expect(session.chroot(['touch', `${at}/pool/x`], { privileges: 'setup' })).rejects.toThrow('Read-only');
    });

    it('gives a build the least capabilities', async () => {
      await using session = await open();
      const { stdout } = await session.chroot([
        'sh',
        '-c',
        'grep CapBnd /proc/self/status; mount -t tmpfs x /mnt 2>&1; echo $?',
      ]);
      // chown, dac_override, fowner, fsetid, kill, setgid, setuid, sys_chroot: bits 0 1 3 4 5 6 7 18 of capabilities(7).
      expect(BigInt(`0x${/CapBnd:\s+(\w+)/.exec(stdout)?.[1]}`)).toBe(0b1000000000011111011n);
      expect(stdout.trim().split('\n').at(-1)).not.toBe('0');
    });

    it.each(['setup', 'build'] as const)(
      'shows nothing of the host to root that leaves the root, with the privileges of %s',
      async (privileges) => {
        await using session = await open();
        // The well-known way out of a chroot(2): another chroot below, and up from outside of it.
        const wayOut =
          'mkdir "/esc"; chroot("/esc") or die "chroot: $!"; chdir("..") for 1..64; chroot(".") or die "chroot: $!"; ' +
          'opendir(my $top, "/") or die; print join(" ", sort grep { !/^\\.+$/ } readdir $top), "\\n"; ' +
          'for (qw(/etc/shadow /root /home /var/lib/pkg-actions)) { print "sees $_\\n" if -e $_ } ' +
          'use POSIX; for (qw(/usr /bin /proc/sys/kernel)) { print "may write $_\\n" if POSIX::access($_, POSIX::W_OK()) }';
        const { stdout } = await session.chroot(['perl', '-e', wayOut], { privileges });
        const [top, ...more] = stdout.trim().split('\n');
        expect(more).toEqual([]);
        const allowed = new Set([
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
          'tmp',
          'usr',
          'var',
        ]);
        // The session's own folder is there too: that is where the root is mounted.
        const own = folder.split('/')[1] ?? '';
        expect(top?.split(' ').filter((name) => !allowed.has(name) && name !== own)).toEqual([]);
      },
    );

    it('keeps what commands run from out of reach, which they enter with all capabilities', async () => {
      await using session = await open();
      // Only asks, by access(2): where the session did not hold, this is the machine itself.
      const wayOut =
        'mkdir "/esc"; chroot("/esc") or die "chroot: $!"; chdir("..") for 1..64; chroot(".") or die "chroot: $!"; ' +
        'use POSIX; for (qw(/ /etc /etc/passwd /bin/sh /usr/bin/setpriv /dev /dev/null2 /var)) ' +
        '{ print "may write $_\\n" if POSIX::access($_, POSIX::W_OK()) } print "end\\n"';
      expect((await session.chroot(['perl', '-e', wayOut], { privileges: 'setup' })).stdout).toBe('end\n');
      expect((await session.chroot(['echo', 'well'])).stdout).toBe('well\n');
    });

    it('ends what a phase left running, and goes on', async () => {
      await using session = await open();
      await session.chroot(
        [
          'sh',
          '-c',
          'setsid sh -c "trap \\"\\" TERM HUP; while :; do sleep 987; done" >/dev/null 2>&1 </dev/null & exit 0',
        ],
        { privileges: 'setup' },
      );
      const running = async () =>
        (await session.chroot(['sh', '-c', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "'])).stdout.includes('sleep 987');
      await expect.poll(running).toBe(true);
      await session.endProcesses();
      expect(await running()).toBe(false);
      expect((await session.chroot(['echo', 'alive'])).stdout).toBe('alive\n');
    });

    it('shows of a folder only the files that it is given', async () => {
      const beside = path.join(folder, 'beside');
      await mkdir(beside, { recursive: true });
      await writeFile(path.join(beside, 'given'), 'given');
      await writeFile(path.join(beside, 'secret'), 'secret');
      await using session = await open({ inbox: { sources: [path.join(beside, 'given')] } });
      expect((await session.chroot(['find', '/run/pkg-actions', '-type', 'f'])).stdout.trim()).toBe(
        '/run/pkg-actions/inbox/sources/given',
      );
      await expect(session.chroot(['sh', '-c', 'echo x > /run/pkg-actions/inbox/sources/given'])).rejects.toThrow(
        /Read-only/,
      );
    });

    it('keeps other users of the host away from what it writes', async () => {
      await using session = await open();
      expect((await stat(path.join(shared.state, 'sessions'))).mode & 0o077).toBe(0);
      expect((await stat(path.join(shared.state, 'buildroots'))).mode & 0o077).toBe(0);
      expect(session.id).not.toBe('');
    });

    it('is not taken for a leftover by a run in another pid namespace', async () => {
      await using session = await open();
      const script = `
      import { removeDeadSessions } from ${JSON.stringify(path.resolve(import.meta.dirname, '../../src/buildroot/leftovers.ts'))};
      console.log(JSON.stringify(await removeDeadSessions(${JSON.stringify(folder)})));
    `;
      const removed = execFileSync(
        'unshare',
        ['--pid', '--fork', '--mount-proc', process.execPath, '--input-type=module-typescript', '-e', script],
        { encoding: 'utf8' },
      );
      expect(removed.trim()).toBe('[]');
      expect((await session.chroot(['echo', 'alive'])).stdout).toBe('alive\n');
    });

    it('lets nobody reach the devices of the host, or change the kernel', async () => {
      await using session = await open();
      // The disk that this machine runs from, where it has one (makedev(3)).
      const { dev } = await stat('/');
      const { stdout } = await session.chroot(
        [
          'sh',
          '-c',
          'for place in /dev /root /tmp; do mknod "$place/disk" b "$1" "$2" 2>/dev/null; cat "$place/disk" 2>/dev/null | head -c 1 | wc -c; done; echo x 2>/dev/null > /proc/sys/kernel/core_pattern && echo changed; echo end',
          'sh',
          // Numbers as the C library takes them out of a device (major(3), minor(3)).
          String((dev >> 8) & 0xfff),
          String((dev & 0xff) | ((dev >> 12) & 0xfff00)),
        ],
        { privileges: 'setup' },
      );
      expect(stdout.trim().split('\n')).toEqual(['0', '0', '0', 'end']);
    });

    it('tells nothing of the machine that builds do not need, and lets nobody write to its settings', async () => {
      await using session = await open();
      const script = `
      for part in kcore keys kmsg latency_stats sched_debug timer_list; do
        [ ! -e "/proc/$part" ] || timeout 5 head -c 1 "/proc/$part" | wc -c
      done
      for part in acpi asound bus driver dynamic_debug fs irq mtrr pressure scsi sys sysrq-trigger tty; do
        [ ! -e "/proc/$part" ] || grep -q " /proc/$part proc ro," /proc/self/mounts || echo "$part can be written to"
      done
      # The modes that they have: the nodes are the machine's own.
      chmod 0666 /dev/null /dev/zero 2>/dev/null && echo 'may change devices'
      cat /proc/self/stat /proc/meminfo >/dev/null && echo end
    `;
      const { stdout } = await session.chroot(['sh', '-c', script], { privileges: 'setup' });
      expect([...new Set(stdout.trim().split('\n'))]).toEqual(['0', 'end']);
    });

    it('does not hand on the keys of whoever started us', async () => {
      const at = (name: string) => JSON.stringify(path.resolve(import.meta.dirname, '../../src/buildroot', name));
      const script = `
      import { openSession } from ${at('session.ts')};
      const session = await openSession({
        state: ${JSON.stringify(folder)}, root: { lower: [${JSON.stringify(shared.generation.tree)}] }, scratch: 67108864, runId: 'test',
        engine: ${JSON.stringify(tested.engine)},
      });
      const look = ['perl', '-e', process.env.LOOK];
      const inside = await session.chroot(look);
      const mounting = await session.mount(look);
      console.log([inside.stdout, mounting.stdout].join('\\n'));
      await session.close();
    `;
      // Numbers of keyctl(2), KEYCTL_SEARCH in KEY_SPEC_SESSION_KEYRING, and add_key(2): of x86_64, and of newer ones.
      const [keyctl, addKey] = process.arch === 'x64' ? [250, 248] : [219, 217];
      const look = `my $found = syscall(${keyctl}, 10, -3, my $type = "user", my $name = "pkg-actions-test", 0); print $found > 0 ? "has it" : "none"`;
      const owner = `
      syscall(${keyctl}, 1, 0) > 0 or print("no keys here\n"), exit;
      syscall(${addKey}, my $type = "user", my $name = "pkg-actions-test", my $value = "secret", 6, -3) > 0 or die "add_key: $!";
      ${look}; print "\n"; $| = 1; print "";
      exec @ARGV;
    `;
      const argv = [process.execPath, '--input-type=module-typescript', '-e', script];
      const said = execFileSync('perl', ['-e', owner, '--', ...argv], {
        encoding: 'utf8',
        env: { ...process.env, LOOK: look },
      });
      if (said === 'no keys here\n') {
        process.stderr.write('no keyrings can be made here: not tested that sessions do not get ours\n');
        return;
      }
      expect(said).toBe('has it\nnone\nnone\n');
    });

    it('mounts folders of the host read-only', async () => {
      const shown = path.join(folder, 'shown');
      await rm(shown, { recursive: true, force: true });
      execFileSync('mkdir', ['-p', shown]);
      await writeFile(path.join(shown, 'a'), 'A');
      await using session = await open({ binds: [{ source: shown, destination: '/run/pkg-actions/shown' }] });
      expect((await session.chroot(['cat', '/run/pkg-actions/shown/a'])).stdout).toBe('A');
      await expect(session.chroot(['sh', '-c', 'echo B > /run/pkg-actions/shown/a'])).rejects.toThrow(
        /Read-only file system/,
      );
      expect(await readFile(path.join(shown, 'a'), 'utf8')).toBe('A');
    });

    it('keeps what is written to a writable folder of the host, from which nothing is executed', async () => {
      const cache = await mkdtemp(path.join(folder, 'cache-'));
      const destination = '/var/cache/test/deep';
      await using session = await open({ binds: [{ source: cache, destination, writable: true }] });
      const script = `
      echo kept > "$1/kept"; cp /bin/true "$1/program"; chmod 4755 "$1/program"; "$1/program" 2>/dev/null && echo ran
      mknod "$1/null" c 1 3 && { echo x > "$1/null"; } 2>/dev/null && echo 'opened a device'
      echo end
    `;
      expect((await session.chroot(['sh', '-c', script, 'sh', destination], { privileges: 'setup' })).stdout).toBe(
        'end\n',
      );
      await session.close();
      expect(await readFile(path.join(cache, 'kept'), 'utf8')).toBe('kept\n');
    });

    it('follows no link of a root to where a folder is to be mounted', async () => {
      const lower = await mkdtemp(path.join(folder, 'lower-'));
      await symlink('/etc', path.join(lower, 'away'));
      const binds = [{ source: lower, destination: '/away/deep', writable: true }];
      await expect(open({ root: { lower: [lower, shared.generation.tree] }, binds })).rejects.toThrow(/away is a link/);
    });

    it('keeps what is written over the lower folders where it is told to, for the next session to build on', async () => {
      const upper = await mkdtemp(path.join(folder, 'upper-'));
      const session = await open({ scratch: { upper } });
      await session.writeFile('/root/x', 'kept');
      await session.chroot(['rm', '/etc/debian_version'], { privileges: 'setup' });
      await session.close();
      expect(await readFile(path.join(upper, 'changes/root/x'), 'utf8')).toBe('kept');
      expect(await readdir(path.join(folder, 'sessions'))).not.toContain(session.id);
      await using next = await open({ root: { lower: [path.join(upper, 'changes'), shared.generation.tree] } });
      expect((await next.chroot(['cat', '/root/x'])).stdout).toBe('kept');
      await expect(next.chroot(['cat', '/etc/debian_version'])).rejects.toThrow(/No such file/);
    });

    it('names the full tmpfs', async () => {
      await using session = await open({ scratch: 16 * MIB });
      const full = await session
        .chroot(['dd', 'if=/dev/zero', 'of=/root/big', 'bs=1M', 'count=64'])
        .catch((error: unknown) => error);
      expect(full).toBeInstanceOf(CommandError);
      expect((full as CommandError).failure.stderr).toContain('No space left on device');
    });

    it('works on the disk where memory is short', async () => {
      const session = await open({ scratch: 'disk' });
      await session.writeFile('/root/x', 'on disk');
      expect(await readFile(path.join(folder, 'sessions', session.id, 'upper/changes/root/x'), 'utf8')).toBe('on disk');
      await session.close();
      expect(await readdir(path.join(folder, 'sessions'))).not.toContain(session.id);
    });

    it('is gone when it is cancelled in the middle of a command', async () => {
      const controller = new AbortController();
      const session = await open({ signal: controller.signal });
      const begun = new Promise<void>((resolve) => {
        void session
          .chroot(['sh', '-c', 'echo begun; sleep 600 & sleep 600'], { onLine: () => resolve() })
          .catch((error: unknown) => failed.push(error));
      });
      const failed: unknown[] = [];
      await begun;
      controller.abort();
      await expect.poll(() => failed.length, PATIENCE).toBe(1);
      expect(failed[0]).toBeInstanceOf(CommandError);
      await session.close();
      await expect.poll(() => left(session.id), PATIENCE).toEqual([]);
    });

    it.each(['SIGKILL', 'SIGTERM'] as const)(
      'leaves no mount and no process when its owner gets %s',
      async (signal) => {
        const { child, id, lines, exited } = await startOwner(
          "await session.chroot(['sh', '-c', 'echo begun; sleep 654 & sleep 655'], { onLine: (line) => console.log(line) });",
        );
        await expect.poll(() => lines, PATIENCE).toContain('begun');
        expect((await left(id)).length).toBeGreaterThan(0);
        child.kill(signal);
        await exited;
        await expect.poll(() => left(id), PATIENCE).toEqual([]);
        // Its folder is all that is left, until the next run looks.
        expect(await readdir(path.join(folder, 'sessions'))).toContain(id);
        expect(await removeDeadSessions(folder)).toContain(id);
        expect(await readdir(path.join(folder, 'sessions'))).not.toContain(id);
      },
    );

    it('is gone with its owner, whatever root in it did to every process that it sees', async () => {
      // Root by itself, and root that has left the root the well-known way and sees the same processes.
      const stopAll = `
      chroot(".") if mkdir("/esc") && chroot("/esc") && (chdir("..") || 1) && chdir("../../../../../../../..");
      for my $signal ("STOP", "KILL") { for my $pid (1 .. 2000) { kill $signal, $pid if $pid != $$ } }
      $| = 1; print "done\\n"; sleep 600;
    `;
      const { child, id, lines, exited } = await startOwner(
        "await session.chroot(['perl', '-e', process.argv[1]], { privileges: 'setup', onLine: (line) => console.log(line) }).catch((error) => console.log('failed'));",
        [stopAll],
      );
      // The process that waits for the command may be among them: then the command has failed, and the session goes on.
      await expect.poll(() => lines.some((line) => line === 'done' || line === 'failed'), PATIENCE).toBe(true);
      child.kill('SIGKILL');
      await exited;
      await expect.poll(() => left(id), PATIENCE).toEqual([]);
      expect(await removeDeadSessions(folder)).toContain(id);
    });

    it('goes on when a command is killed, and says how that ended', async () => {
      await using session = await open();
      const failed = await session.chroot(['sh', '-c', 'kill -KILL $$']).catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(CommandError);
      expect([undefined, 137]).toContain((failed as CommandError).failure.exitCode);
      expect((await session.chroot(['echo', 'alive'])).stdout).toBe('alive\n');
    });

    it('ends a command at its limit, and what ignores that a moment later', async () => {
      await using session = await open();
      const limited = await session
        .chroot(['sh', '-c', 'trap "echo asked" TERM; while :; do sleep 0.1; done'], {
          timeoutSeconds: 2,
          graceSeconds: 1,
        })
        .catch((error: unknown) => error);
      expect((limited as CommandError).failure).toMatchObject({ end: 'timeout', stdout: 'asked\n' });
      const running = async () =>
        (await session.chroot(['sh', '-c', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "'])).stdout.includes('echo asked');
      await expect.poll(running, PATIENCE).toBe(false);
      const polite = await session
        .chroot(['sh', '-c', 'trap "echo bye; exit 3" TERM; while :; do sleep 0.1; done'], { timeoutSeconds: 2 })
        .catch((error: unknown) => error);
      expect((polite as CommandError).failure).toMatchObject({ end: 'timeout', stdout: 'bye\n' });
    });

    it('is told of as a failure of the machine when it ends while it is in use', async () => {
      const session = await open();
      try {
        let begin = () => {};
        const began = new Promise<void>((resolve) => {
          begin = resolve;
        });
        const running = session.chroot(['sh', '-c', 'echo begun; sleep 600'], { onLine: () => begin() });
        running.catch(() => {});
        await began;
        await tested.crash(session.id);
        await expect(running).rejects.toBeInstanceOf(InfrastructureError);
        await expect(session.chroot(['true'])).rejects.toBeInstanceOf(InfrastructureError);
        await expect(session.endProcesses()).rejects.toBeInstanceOf(InfrastructureError);
      } finally {
        await session.close();
      }
      await expect.poll(() => left(session.id), PATIENCE).toEqual([]);
      expect(await readdir(path.join(folder, 'sessions'))).not.toContain(session.id);
    });

    it('hands over input and output as they are, in any size', async () => {
      await using session = await open();
      const bytes = Buffer.alloc(8 * MIB, 'all of it, and more of it\n');
      const { stdout } = await session.chroot(['sh', '-c', 'sha256sum; echo well >&2'], { input: bytes });
      expect(stdout).toBe(`${createHash('sha256').update(bytes).digest('hex')}  -\n`);
      const back = await session.chroot(['cat'], { input: bytes, captureBytes: 64 * MIB });
      expect(createHash('sha256').update(back.stdout).digest('hex')).toBe(stdout.slice(0, 64));
      // It need not be read, and the end of it is seen.
      await session.chroot(['true'], { input: bytes });
      expect((await session.chroot(['cat'])).stdout).toBe('');
      const odd = ['', ' ', '\n', "'", '"$(id)"', '-n', '*', 'é😀', 'x'.repeat(100_000)];
      const told = await session.chroot(['printf', '%s|', ...odd], { env: { ODD: 'a b\n"$c"' } });
      expect(told.stdout).toBe(odd.map((word) => `${word}|`).join(''));
      expect((await session.chroot(['printenv', 'ODD'], { env: { ODD: 'a b\n"$c"' } })).stdout).toBe('a b\n"$c"\n');
    });

    it('gives commands an environment of their own, and nothing of who started them', async () => {
      await using session = await open();
      const { stdout } = await session.run(['env'], { env: { MINE: 'yes' } });
      const names = stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.split('=')[0] ?? '');
      const known = [
        'HOME',
        'LANG',
        'LC_ALL',
        'LOGNAME',
        'MINE',
        'PATH',
        'TMPDIR',
        'USER',
        'SSL_CERT_DIR',
        'SSL_CERT_FILE',
      ];
      expect(names).toContain('MINE');
      expect(names.filter((name) => !known.includes(name) && !/^(?:https?|no)_proxy$/i.test(name))).toEqual([]);
      // Beside standard input, output and error nothing is open but what covers something of ours.
      const look =
        'opendir(D, "/proc/self/fd"); print "$_ ", readlink("/proc/self/fd/$_"), "\\n" for grep { /[0-9]/ } readdir D';
      const descriptors = (await session.run(['perl', '-e', look])).stdout.trim().split('\n');
      const isKnown = (line: string) => /^[0-2] |\/dev\/null$|\/proc\/\d+\/fd$/.test(line);
      expect(descriptors.filter((line) => !isKnown(line))).toEqual([]);
    });

    it('runs many commands, one after the other and beside each other', async () => {
      await using session = await open();
      for (let turn = 0; turn < 60; turn++) {
        const { exitCode, stdout } = await session.chroot(['sh', '-c', `echo ${turn}; exit ${turn % 7}`], {
          okExitCodes: 'any',
        });
        expect([stdout, exitCode]).toEqual([`${turn}\n`, turn % 7]);
      }
      const beside = await Promise.all(
        Array.from({ length: 8 }, (_, turn) =>
          session.chroot(['sh', '-c', 'cat; echo "$1"', 'sh', String(turn)], { input: 'x' }),
        ),
      );
      expect(beside.map(({ stdout }) => stdout)).toEqual(Array.from({ length: 8 }, (_, turn) => `x${turn}\n`));
    });

    it('does not wait for what keeps the output of a command open', async () => {
      await using session = await open();
      const { stdout } = await session.chroot(['sh', '-c', 'sleep 600 & echo done']);
      expect(stdout).toBe('done\n');
      await session.endProcesses();
      expect((await session.chroot(['echo', 'alive'])).stdout).toBe('alive\n');
    });

    it('reaps what is orphaned in it', async () => {
      await using session = await open();
      await session.chroot(['sh', '-c', 'for i in 1 2 3 4 5 6 7 8; do (sh -c "sleep 0.1" &) ; done']);
      const zombies = async () =>
        (await session.chroot(['sh', '-c', 'cat /proc/[0-9]*/stat 2>/dev/null'])).stdout
          .split('\n')
          .filter((line) => /\) Z/.test(line)).length;
      await expect.poll(zombies, PATIENCE).toBe(0);
    });

    it('mounts for all its commands', async () => {
      await using session = await open();
      await session.mount(['mount', '-t', 'tmpfs', 'x', `${session.root}/mnt`]);
      await session.chroot(['touch', '/mnt/seen'], { privileges: 'setup' });
      await session.mount(['umount', `${session.root}/mnt`]);
      expect((await session.chroot(['ls', '/mnt'])).stdout).toBe('');
    });

    it('leaves results to be read when it is stopped, owned as they were in it', async () => {
      await using session = await open();
      await session.run(['sh', '-c', 'echo made > "$1/result" && chown 951:951 "$1/result"', 'sh', session.outbox]);
      await session.stop();
      expect(await readFile(path.join(session.outbox, 'result'), 'utf8')).toBe('made\n');
      const { uid, gid } = await stat(path.join(session.outbox, 'result'));
      expect([uid, gid]).toEqual([951, 951]);
      expect((await stat(session.outbox)).uid).toBe(0);
      await expect.poll(() => traces(session.id), PATIENCE).toEqual([]);
    });

    it('works on a tree itself', async () => {
      const tree = await mkdtemp(path.join(folder, 'tree-'));
      execFileSync('sh', ['-c', 'cd "$1" && mkdir -p etc/apt dev proc sys run/pkg-actions usr', 'sh', tree]);
      await using session = await open({ root: { tree } });
      await session.run(['sh', '-c', 'echo x > "$1/written"', 'sh', session.root]);
      await session.close();
      expect(await readFile(path.join(tree, 'written'), 'utf8')).toBe('x\n');
    });

    it('tells who started what is left, to whoever looks for it', async () => {
      await using session = await open();
      const folders = await readdir(path.join(folder, 'sessions', session.id));
      expect(folders).toContain('owner.json');
    });

    it('does not take the folder of a living session for a leftover', async () => {
      await using session = await open();
      expect(await removeDeadSessions(folder)).toEqual([]);
      expect((await session.chroot(['echo', 'alive'])).stdout.trim()).toBe('alive');
    });

    it('refuses folders that overlayfs cannot name', async () => {
      await expect(open({ root: { lower: ['/a:b'] } })).rejects.toThrow(/overlayfs cannot mount/);
      await expect(open({ scratch: { upper: '/a,b' } })).rejects.toThrow(/overlayfs cannot mount/);
    });
  });
}
