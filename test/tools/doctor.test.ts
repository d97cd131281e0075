/** doctor for real: on this host, as an ordinary user, beside tools that hang, and where the kernel says no. */
import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generateKey } from 'openpgp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { action } from '../../src/actions/doctor/inputs.ts';
import { run } from '../../src/actions/doctor/run.ts';
import { appendHistory } from '../../src/buildroot/history.ts';
import { writeRejection } from '../../src/buildroot/rejection.ts';
import { type DoctorReport, doctorReportSchema } from '../../src/doctor/report.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { runAction } from '../../src/main.ts';
import { currentOwner, OWNER_NAME } from '../../src/owner.ts';
import { run as command } from '../../src/process.ts';
import { STATE, TARGET, testGeneration } from './buildroot.ts';
import { ageBuildroot } from './doctor-buildroot.ts';

const CLI = [process.execPath, path.resolve('src/cli.ts')] as const;

let folder: string;
beforeAll(async () => {
  await (await testGeneration()).lock.release();
  // Not in /tmp, which may be an overlay itself.
  folder = await mkdtemp(path.join(path.dirname(STATE), 'test-doctor-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function doctor(inputs: Record<string, string>) {
  const host = new RecordingHost(inputs, { workspace: folder });
  const code = await runAction(action, run, host);
  return { code, host, report: reportOf(host.outputs['report'] ?? '') };
}

function reportOf(text: string): DoctorReport {
  return doctorReportSchema.parse(JSON.parse(text));
}

function find(report: DoctorReport, id: string) {
  const found = report.checks.find((check) => check.id === id);
  expect(found, `${id} among ${report.checks.map((check) => check.id).join(' ')}`).toBeDefined();
  return found;
}

/** Processes that stand in a folder. */
async function programsIn(place: string): Promise<number[]> {
  const found: number[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    if (cwd === place) found.push(Number(pid));
  }
  return found;
}

const entries = async (place: string) => (await readdir(place)).sort();

describe('doctor', () => {
  it('finds this host fit for deb builds, and leaves it as it was', async () => {
    // Of the buildroots of all tests the one that is known to be good: others may be in work, or of another version.
    const state = await mkdtemp(path.join(folder, 'fit-'));
    await mkdir(path.join(state, 'buildroots'));
    const buildroot = path.join('buildroots', `${TARGET}-amd64`);
    await symlink(path.join(STATE, buildroot), path.join(state, buildroot));
    const { code, host, report } = await doctor({ for: 'deb,publish', state });
    expect(report.checks.filter(({ needed, status }) => needed && /failed|missing/.test(status))).toEqual([]);
    expect(code).toBe(0);
    expect(report.uses).toEqual(['deb', 'publish-deb', 'publish-rpm']);
    for (const kind of ['mount', 'pid', 'ipc', 'uts', 'net', 'user', 'all']) {
      expect(find(report, `namespaces/${kind}`)?.status).toBe('ok');
    }
    for (const id of [
      'overlay-tmpfs',
      'overlay-disk',
      'session/empty',
      'session/deb',
      'tools/sbuild',
      'clock',
      'kept/buildroots',
    ]) {
      expect(find(report, id)).toMatchObject({ status: 'ok' });
    }
    expect(find(report, 'tools/unshare')?.found).toMatch(/^\d+\.\d+/);
    expect(host.summaryText).toContain('| A session opens on debian-12-amd64 | ok |');
    expect(await readFile('/proc/self/mounts', 'utf8')).not.toContain('pkg-actions-doctor');
  });

  it('fails for what is needed alone', async () => {
    const state = await mkdtemp(path.join(folder, 'needed-'));
    const missing = await inEnvironment({
      state,
      words: ['--for', 'rpm'],
      env: { MOCK: path.join(folder, 'no-mock') },
    });
    expect(missing.exitCode).toBe(1);
    expect(missing.stderr).toMatch(/error: this host is not ready \(found mock/);
    expect(find(missing.report, 'mock')).toMatchObject({ status: 'missing', needed: true });
    const other = await inEnvironment({
      state,
      words: ['--for', 'publish-deb'],
      env: { MOCK: path.join(folder, 'no-mock') },
    });
    expect(other.exitCode, other.stderr).toBe(0);
    expect(find(other.report, 'mock')).toMatchObject({ status: 'missing', needed: false });
  });

  it('works as an ordinary user, and says what it could not look at', async () => {
    const home = await mkdtemp(path.join(tmpdir(), 'pkg-actions-doctor-user-'));
    try {
      await chmod(home, 0o777);
      const { report, exitCode, stderr } = await inEnvironment({
        state: STATE,
        words: ['--for', 'deb', '-C', home],
        // Wherever this repository lies: it has to be read.
        wrapper: [
          ...['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'],
          ...['--inh-caps=-all,+dac_read_search', '--ambient-caps=-all,+dac_read_search', '--'],
        ],
        env: { HOME: home },
      });
      expect(exitCode, stderr).toBe(0);
      expect(find(report, 'user')).toMatchObject({ status: 'warning', remedy: 'sudo pkg-actions doctor' });
      for (const id of ['namespaces', 'overlay-tmpfs', 'session', 'leftovers']) {
        expect(find(report, id)).toMatchObject({ status: 'skipped', found: 'only root can look' });
      }
      expect(find(report, 'tools/sbuild')?.status).toBe('ok');
    } finally {
      await rm(home, { recursive: true });
    }
  });

  it('sees that namespaces and mounts are refused', async () => {
    const state = await mkdtemp(path.join(folder, 'refused-'));
    const { report, exitCode } = await inEnvironment({
      state,
      words: ['--for', 'deb'],
      wrapper: ['setpriv', '--bounding-set=-sys_admin', '--inh-caps=-sys_admin', '--'],
    });
    expect(exitCode).toBe(1);
    expect(find(report, 'namespaces/mount')).toMatchObject({
      status: 'failed',
      needed: true,
      found: expect.stringMatching(/not permitted/),
    });
    expect(find(report, 'overlay-disk')).toMatchObject({ status: 'failed' });
    expect(report.result).toBe('failed');
    expect(await entries(state)).toEqual([]);
  });

  it.each([
    ['root without CAP_SYS_ADMIN', 'failed', ['--bounding-set=-sys_admin', '--inh-caps=-sys_admin']],
    [
      'uid 65534',
      'skipped',
      [
        ...['--reuid=65534', '--regid=65534', '--clear-groups'],
        ...['--inh-caps=-all,+dac_read_search', '--ambient-caps=-all,+dac_read_search'],
      ],
    ],
  ] as const)('leaves no process of podman as %s', async (_who, status, flags) => {
    const home = await mkdtemp(path.join(tmpdir(), 'pkg-actions-doctor-podman-'));
    try {
      await chmod(home, 0o777);
      const { report } = await inEnvironment({
        state: path.join(home, 'state'),
        words: ['--for', 'containers', '--engine', 'podman', '-C', home],
        wrapper: ['setpriv', ...flags, '--'],
        // What podman would keep of it is found by the folder: its pause process stands in the one it was started from.
        env: { HOME: home, XDG_RUNTIME_DIR: home },
        cwd: home,
      });
      expect(find(report, 'engine/podman')).toMatchObject({
        status,
        needed: true,
        found: expect.stringMatching(/^\d+\.\d+.*, .*: not asked$/),
        expected: 'root with CAP_SYS_ADMIN',
      });
      expect(await programsIn(home)).toEqual([]);
    } finally {
      for (const pid of await programsIn(home)) process.kill(pid, 'SIGKILL');
      await rm(home, { recursive: true });
    }
  });

  it('sees that an overlay cannot lie on an overlay', async () => {
    const place = await mkdtemp(path.join(folder, 'on-overlay-'));
    for (const part of ['lower', 'upper', 'work', 'state']) await mkdir(path.join(place, part), { recursive: true });
    // In a mount namespace of its own, which ends with it.
    const mountAndLook =
      'mount -t overlay -o "lowerdir=$1/lower,upperdir=$1/upper,workdir=$1/work" x "$1/state"; shift; exec "$@"';
    const { report } = await inEnvironment({
      state: path.join(place, 'state'),
      words: ['--for', 'deb'],
      wrapper: ['unshare', '--mount', '--', 'sh', '-ec', mountAndLook, 'sh', place],
    });
    expect(find(report, 'overlay-disk')).toMatchObject({
      status: 'failed',
      remedy: expect.stringContaining('ext4 or xfs'),
    });
    expect(find(report, 'overlay-tmpfs')?.status).toBe('ok');
    expect(find(report, 'state-mount')?.found).toContain('overlay');
  });

  it('is not held up by a docker that hangs, nor by a tool that does not run', async () => {
    const tools = await mkdtemp(path.join(folder, 'tools-'));
    await writeFile(path.join(tools, 'docker'), '#!/bin/sh\ntrap "" TERM\nwhile :; do sleep 1; done\n', {
      mode: 0o755,
    });
    await writeFile(path.join(tools, 'sbuild'), '#!/bin/sh\necho "no such library" >&2\nexit 127\n', { mode: 0o755 });
    await writeFile(path.join(tools, 'reprepro'), '#!/bin/sh\necho "reprepro version 4.1"\n', { mode: 0o755 });
    const { report, exitCode } = await inEnvironment({
      state: path.join(folder, 'not-there'),
      words: ['--for', 'deb,containers,publish-deb', '--engine', 'docker'],
      env: { PATH: `${tools}:${process.env['PATH']}` },
    });
    expect(exitCode).toBe(1);
    expect(find(report, 'engine/docker')).toMatchObject({
      status: 'failed',
      needed: true,
      found: expect.stringMatching(/limit of 10 s/),
    });
    expect(find(report, 'tools/sbuild')).toMatchObject({
      status: 'failed',
      found: 'it does not run (exit code 127): no such library',
    });
    expect(find(report, 'tools/reprepro')).toMatchObject({
      status: 'failed',
      found: '4.1',
      expected: expect.stringContaining('5.3 or newer'),
    });
  });

  it('tells of a proxy that does not answer, without its password', async () => {
    const { report, stderr } = await inEnvironment({
      state: path.join(folder, 'proxied'),
      words: ['--for', 'deb'],
      // Port 9 of loopback: nobody discards any more.
      env: { http_proxy: 'http://someone:secret-word@127.0.0.1:9', https_proxy: 'nonsense://' },
    });
    expect(find(report, 'proxy/1')).toMatchObject({ status: 'failed', title: 'Proxy of http_proxy' });
    expect(find(report, 'proxy/1')?.found).toBe('http://…@127.0.0.1:9: ECONNREFUSED');
    expect(find(report, 'proxy/2')).toMatchObject({ status: 'failed', found: 'not an address' });
    expect(JSON.stringify(report) + stderr).not.toContain('secret-word');
  });

  it('tells of old and damaged buildroots, rights, leftovers, and a clock that is behind', async () => {
    const state = await mkdtemp(path.join(folder, 'aged-'));
    await ageBuildroot(state, 'old', { checkedDaysAgo: 9, createdAt: '2099-01-01T00:00:00.000Z' });
    await ageBuildroot(state, 'damaged', { text: '{"schema":"nothing"}' });
    await mkdir(path.join(state, 'buildroots', 'empty'));
    await mkdir(path.join(state, 'sessions'));
    await chmod(path.join(state, 'sessions'), 0o755);
    const { code, report } = await doctor({ for: 'deb', state });
    expect(code).toBe(1);
    expect(find(report, 'buildroots/old')).toMatchObject({
      status: 'warning',
      found: expect.stringContaining('upstream looked at 9 days ago'),
      remedy: 'pkg-actions update-buildroots --targets debian-12 --name old',
    });
    expect(find(report, 'buildroots/damaged')).toMatchObject({
      status: 'failed',
      found: expect.stringMatching(/^its generation [0-9a-f]{16} cannot be read$/),
    });
    expect(find(report, 'buildroots/empty')).toMatchObject({ status: 'warning' });
    expect(find(report, 'state-rights')).toMatchObject({
      status: 'warning',
      remedy: expect.stringContaining(`chmod 700 ${path.join(state, 'sessions')}`),
    });
    expect(find(report, 'clock')).toMatchObject({
      status: 'failed',
      found: expect.stringContaining('the buildroot old is of 2099-01-01'),
    });
  });

  it('tells of updates that fail, and of a generation that was rejected', async () => {
    const state = await mkdtemp(path.join(folder, 'failing-'));
    for (const name of ['failing', 'mended', 'rejected']) await ageBuildroot(state, name, {});
    const entry = { time: new Date().toISOString(), reason: 'x', seconds: 1, runId: 'tests' } as const;
    const failure = { message: 'the mirror is gone' };
    for (const name of ['failing', 'mended']) {
      const place = path.join(state, 'buildroots', name);
      await appendHistory(place, { ...entry, outcome: 'created' });
      for (const _ of [1, 2]) await appendHistory(place, { ...entry, outcome: 'failed', failure });
    }
    await appendHistory(path.join(state, 'buildroots', 'mended'), { ...entry, outcome: 'updated' });
    await writeRejection(path.join(state, 'buildroots', 'rejected'), {
      schema: 'pkg-actions/rejection/1',
      kind: 'smoke-test',
      rejectedAt: entry.time,
      generation: 'f'.repeat(16),
      configurationDigest: 'a'.repeat(64),
      releases: [],
      reason: 'gcc is broken',
    });
    const { report } = await doctor({ for: 'deb', state });
    expect(find(report, 'buildroots/failing')).toMatchObject({
      status: 'warning',
      found: expect.stringMatching(/the last 2 updates failed: the mirror is gone$/),
    });
    expect(find(report, 'buildroots/mended')?.status).toBe('ok');
    expect(find(report, 'buildroots/rejected')).toMatchObject({
      status: 'warning',
      found: expect.stringContaining('gcc is broken'),
      remedy: expect.stringMatching(/--name rejected --force$/),
    });
  });

  it('tells of the folder of a dead session, and leaves it', async () => {
    const state = await mkdtemp(path.join(folder, 'left-'));
    const session = path.join(state, 'sessions', 'm1-00000000');
    await mkdir(session, { recursive: true });
    // Of a process that cannot be: its start is not that of any.
    await writeFile(path.join(session, OWNER_NAME), JSON.stringify({ ...currentOwner('tests'), startTime: 1 }));
    const { report } = await doctor({ for: 'deb', state });
    expect(find(report, 'leftovers')).toMatchObject({ status: 'warning', found: expect.stringContaining(session) });
    expect(await entries(path.join(state, 'sessions'))).toEqual(['m1-00000000']);
  });

  it('prints the report on standard output, and writes it where it is asked to', async () => {
    const file = path.join(folder, 'sub', 'doctor.json');
    const { report, stdout } = await inEnvironment({
      state: path.join(folder, 'printed'),
      words: ['--for', 'publish', '--report-file', file],
    });
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(report);
    expect(JSON.parse(stdout)).toEqual(report);
  });

  it('fails for warnings when it is strict: a key that expires soon', async () => {
    const { privateKey } = await generateKey({
      type: 'ecc',
      curve: 'ed25519Legacy',
      userIDs: [{ name: 'Tests' }],
      keyExpirationTime: 10 * 86_400,
      format: 'armored',
    });
    const inputs = { for: 'publish-deb', state: path.join(folder, 'strict'), 'signing-key': privateKey };
    const lenient = await doctor(inputs);
    expect(lenient.code).toBe(0);
    expect(lenient.report.result).toBe('warnings');
    const strict = await doctor({ ...inputs, strict: 'true' });
    expect(strict.code).toBe(1);
    expect(strict.host.transcript()).not.toContain(privateKey.split('\n')[3]);
  });
});

interface Environment {
  readonly cwd?: string;
  readonly state: string;
  readonly words: readonly string[];
  readonly wrapper?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** The command line in another environment, with the report that it prints. */
async function inEnvironment({ state, words, wrapper = [], env = {}, cwd = folder }: Environment) {
  const argv = [...wrapper, ...CLI, 'doctor', '--format', 'json', '--state', state, ...words];
  const result = await command(argv as [string, ...string[]], {
    okExitCodes: 'any',
    cwd,
    env,
    captureBytes: 8 * 1024 ** 2,
  });
  expect(result.stdout, result.stderr).not.toBe('');
  return { ...result, report: reportOf(result.stdout) };
}
