import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planWithRetries, runBuild } from '../../../src/actions/build-attempts.ts';
import { finishBuild } from '../../../src/actions/build-outcome.ts';
import type { BuildPlan } from '../../../src/actions/build-request.ts';
import type { AttemptedBuild, AttemptResult } from '../../../src/builder/attempts.ts';
import { diagnoseSbuild } from '../../../src/builder/log/classify.ts';
import { writeReports } from '../../../src/builder/report/write-reports.ts';
import { diagnoseThrown } from '../../../src/builder/thrown.ts';
import { CancelledError, CommandError, InfrastructureError, UserError } from '../../../src/errors.ts';
import { RecordingHost } from '../../../src/host/recording.ts';
import type { Lock } from '../../../src/lock.ts';
import { describeFiles, type Manifest, readManifest, verifyFiles, writeManifest } from '../../../src/manifest.ts';
import { replaceFolder } from '../../../src/output-folder.ts';
import { retryLine, WAIT_VARIABLE, waitAfter } from '../../../src/retry.ts';
import { fixture, sbuildLog } from '../log/sbuild-log.ts';

let folder: string;
const waitBefore = process.env[WAIT_VARIABLE];
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-retry-'));
  process.env[WAIT_VARIABLE] = '1';
});
afterEach(async () => {
  if (waitBefore === undefined) delete process.env[WAIT_VARIABLE];
  else process.env[WAIT_VARIABLE] = waitBefore;
  await rm(folder, { recursive: true, force: true });
});

/** What an attempt does: the log it writes and how it ends, or what it throws. */
type Script = { readonly log: string; readonly exitCode: number; readonly scratch?: number | 'disk' } | Error;

const MIRROR: Script = { log: fixture('apt/mirror-503.txt'), exitCode: 100 };
const COMPILE: Script = {
  log: sbuildLog({
    build: fixture('build/make-recursive.txt'),
    fields: { Status: 'attempted', 'Fail-Stage': 'build' },
  }),
  exitCode: 2,
};
const GOOD: Script = { log: fixture('sbuild/sb85-s-success.log'), exitCode: 0 };

interface Seen {
  /** Whether the buildroot was to be looked at again, by attempt. */
  readonly refreshed: boolean[];
  readonly scratches: (number | 'disk')[];
  released: number;
}

/** Runs a build whose attempts go as the scripts say. */
async function build(
  scripts: readonly Script[],
  { retries = 2, hold }: { readonly retries?: number; readonly hold?: (attempt: number) => void } = {},
) {
  const seen: Seen = { refreshed: [], scratches: [], released: 0 };
  const host = new RecordingHost({}, { workspace: folder });
  const output = path.join(folder, 'packages');
  const request: AttemptedBuild & { readonly state: string } = {
    source: {
      name: 'hello',
      version: '1:2.10-3',
      origins: [],
      change: 'merge',
      manifestSha256: undefined,
      sourceDateEpoch: undefined,
    },
    target: { name: 'debian-12', suite: 'bookworm' },
    architecture: 'amd64',
    workspace: folder,
    output,
    state: folder,
  };
  const plan = {
    request,
    parallel: 100,
    retries,
    lockSeconds: 5,
    scratch: async () => 1024 ** 3,
    hold: async (refresh: boolean) => {
      seen.refreshed.push(refresh);
      hold?.(seen.refreshed.length);
      const release = async () => {
        seen.released += 1;
      };
      const lock: Lock = { lost: new Promise(() => {}), release, [Symbol.asyncDispose]: release };
      return { lock, generation: undefined };
    },
  } as unknown as BuildPlan<AttemptedBuild & { readonly state: string }>;
  let attempt = 0;
  const result = runBuild(
    plan,
    {
      format: 'deb',
      build: async (asked) => {
        const script = scripts[attempt++];
        if (script === undefined) throw new Error(`no attempt ${attempt} was expected`);
        seen.scratches.push((asked as unknown as { scratch: number | 'disk' }).scratch);
        if (script instanceof Error) throw script;
        return await resultOf(asked, script);
      },
    },
    host,
  );
  return { result, seen, host, output, attempts: () => attempt };
}

async function resultOf(
  request: AttemptedBuild,
  { log, exitCode, scratch }: Exclude<Script, Error>,
): Promise<AttemptResult> {
  const { output, source, target, architecture, workspace } = request;
  const staging = `${output}.new`;
  await mkdir(staging, { recursive: true });
  const name = 'hello_2.10-3_amd64.build';
  await writeFile(path.join(staging, name), log);
  const hasChanges = exitCode === 0;
  const diagnosis = diagnoseSbuild({ log, exitCode, end: 'exit', hasChanges, ...(scratch ? { scratch } : {}) });
  const logFile = path.join(output, name);
  const report = await writeReports({
    package: source.name,
    version: source.version,
    target: target.name,
    architecture,
    diagnosis,
    seconds: new Map([['dependencies', 1]]),
    folder: staging,
    packages: [],
    logFile,
    places: { workspace, format: 'deb', origins: [], mapping: undefined },
  });
  const manifest: Manifest = {
    schema: 'pkg-actions/manifest/1',
    stage: 'build',
    createdAt: new Date().toISOString(),
    tool: { name: 'pkg-actions', version: '0' },
    package: { name: source.name, version: source.version ?? '', format: 'deb' },
    change: 'merge',
    origins: [],
    verdict: diagnosis.verdict,
    tools: {},
    files: await describeFiles(
      staging,
      (await readdir(staging)).map((file) => ({ name: file, role: file === name ? 'log' : 'report' })),
    ),
  };
  await writeManifest(staging, manifest);
  await replaceFolder(staging, output);
  return { report, manifest, folder: output, logFile };
}

const finish = async (built: Awaited<ReturnType<typeof build>>) =>
  finishBuild({ ...(await built.result), title: 'hello', packages: [], artifact: 'packages-hello' }, built.host);

describe('a failure of the infrastructure', () => {
  it('is built again on a buildroot that was looked at anew, and the logs of all attempts are kept', async () => {
    const built = await build([MIRROR, MIRROR, GOOD]);
    await finish(built);
    const { host, output, seen } = built;
    expect(seen).toMatchObject({ refreshed: [false, true, true], released: 3 });
    const { manifest } = await readManifest(output);
    await verifyFiles(output, manifest);
    expect(manifest).toMatchObject({ verdict: 'success', attempts: 3 });
    expect(manifest.files.filter(({ role }) => role === 'log').map(({ name }) => name)).toEqual([
      'hello_2.10-3_amd64.attempt-1.build',
      'hello_2.10-3_amd64.attempt-2.build',
      'hello_2.10-3_amd64.build',
    ]);
    expect(await readFile(path.join(output, 'hello_2.10-3_amd64.attempt-2.build'), 'utf8')).toBe(
      fixture('apt/mirror-503.txt'),
    );
    expect(host.summaryText).toMatch(/Attempt 3 of 3 succeeded after: .*503/);
    expect(host.annotations('notice').map(({ message }) => message)).toEqual([
      expect.stringMatching(/^Attempt 3 of 3 succeeded after: /),
    ]);
    expect(host.annotations('error')).toEqual([]);
    expect((await readdir(folder)).sort()).toEqual(['packages', 'places']);
  });

  it('is the verdict when it does not pass', async () => {
    const built = await build([MIRROR, MIRROR], { retries: 1 });
    await expect(finish(built)).rejects.toThrow(/hello does not build.*infrastructure failure/);
    expect(built.host.outputs['verdict']).toBe('infrastructure');
    const { manifest } = await readManifest(built.output);
    expect(manifest).toMatchObject({ verdict: 'infrastructure', attempts: 2 });
    expect(await readFile(path.join(built.output, 'junit.xml'), 'utf8')).toMatch(/Attempt 2 of 2 failed too/);
  });

  it('is not built again when nobody asked for it', async () => {
    const built = await build([MIRROR], { retries: 0 });
    await expect(finish(built)).rejects.toThrow();
    expect((await readManifest(built.output)).manifest.attempts).toBeUndefined();
  });

  it.each([
    ['a lock not had in time', new InfrastructureError({ what: 'no place for the build', found: 'all taken' })],
    [
      'a session that was lost',
      new CommandError({
        argv: ['dpkg-query'],
        end: 'signal',
        exitCode: undefined,
        signal: 'SIGKILL',
        stdout: '',
        stderr: '',
      }),
    ],
  ])('%s counts, with a log of what was said', async (_title, error) => {
    const built = await build([error, GOOD]);
    await finish(built);
    const { manifest } = await readManifest(built.output);
    await verifyFiles(built.output, manifest);
    expect(manifest).toMatchObject({ verdict: 'success', attempts: 2 });
    expect(await readFile(path.join(built.output, 'hello_2.10-3_amd64.attempt-1.build'), 'utf8')).toContain(
      error.message,
    );
  });

  it('that never reached a log has results all the same', async () => {
    const error = new InfrastructureError({ what: 'the engine docker does not answer', where: '/run/docker.sock' });
    const built = await build([], {
      retries: 1,
      hold: () => {
        throw error;
      },
    });
    await expect(finish(built)).rejects.toThrow(/infrastructure failure/);
    const { host, output } = built;
    expect(host.outputs['verdict']).toBe('infrastructure');
    const { manifest } = await readManifest(output);
    await verifyFiles(output, manifest);
    expect(manifest).toMatchObject({ verdict: 'infrastructure', attempts: 2, package: { name: 'hello' } });
    expect(await readFile(host.outputs['log'] ?? '', 'utf8')).toContain('docker does not answer');
    expect(host.annotations('error')[0]?.message).toContain('docker does not answer');
    expect(await readFile(path.join(output, 'junit.xml'), 'utf8')).toMatch(/errors="1"/);
  });

  it('writes to the disk after a tmpfs that was full', async () => {
    const full: Script = { log: fixture('apt/space-unpack.txt'), exitCode: 100, scratch: 1024 ** 3 };
    const built = await build([full, GOOD]);
    await finish(built);
    expect(built.seen.scratches).toEqual([1024 ** 3, 'disk']);
  });

  it('a full disk is not tried again', async () => {
    const built = await build([{ log: fixture('apt/space-unpack.txt'), exitCode: 100, scratch: 'disk' }]);
    await expect(finish(built)).rejects.toThrow(/infrastructure failure/);
    expect(built.attempts()).toBe(1);
  });
});

describe('what is not the infrastructure’s', () => {
  it('a failure of the package is built once', async () => {
    const built = await build([COMPILE]);
    await expect(finish(built)).rejects.toThrow(/package failure/);
    expect(built.attempts()).toBe(1);
    expect(built.host.outputs['verdict']).toBe('package');
  });

  it('an error of the person is thrown at once, as it is', async () => {
    const built = await build([new UserError({ what: 'no such thing' })]);
    await expect(built.result).rejects.toThrow('no such thing');
    expect(built.attempts()).toBe(1);
    expect(built.host.outputs['verdict']).toBe('configuration');
    expect(existsSync(built.output)).toBe(false);
  });

  it('a bug is thrown at once, and is no vote against the package', async () => {
    const built = await build([new TypeError('x is not a function')]);
    await expect(built.result).rejects.toThrow(TypeError);
    expect(built.host.outputs['verdict']).toBe('infrastructure');
  });

  it('an output folder with something else in it is refused before anything is done', async () => {
    await mkdir(path.join(folder, 'packages'));
    await writeFile(path.join(folder, 'packages/mine'), '');
    const built = await build([]);
    await expect(built.result).rejects.toThrow(/something else/);
    expect(built.seen.refreshed).toEqual([]);
  });
});

it('plans again while an engine does not answer', async () => {
  const host = new RecordingHost();
  let asked = 0;
  const plan = async () => {
    asked += 1;
    if (asked < 3) throw new InfrastructureError({ what: 'the engine does not answer' });
    return 'planned';
  };
  expect(await planWithRetries(plan, { format: 'deb', retries: 2 }, host)).toBe('planned');
  await expect(
    planWithRetries(() => Promise.reject(new UserError({ what: 'no' })), { format: 'deb', retries: 2 }, host),
  ).rejects.toThrow('no');
  expect(host.outputs['verdict']).toBe('configuration');
});

describe('what was thrown', () => {
  const command = (stderr: string, more: Partial<CommandError['failure']> = {}) =>
    new CommandError({
      argv: ['mmdebstrap'],
      end: 'exit',
      exitCode: 25,
      signal: undefined,
      stdout: '',
      stderr,
      ...more,
    });

  it.each([
    [
      'apt within mmdebstrap',
      command('E: Failed to fetch http://a.example/x.deb  503  Service Unavailable [IP: 1.2.3.4 80]'),
      'apt-mirror-error',
      true,
    ],
    ['a limit', command('', { end: 'timeout', exitCode: undefined }), 'timeout', true],
    ['a container that was ended', command('', { argv: ['docker', 'exec'], exitCode: 137 }), 'session-lost', true],
    ['an engine that failed', command('docker: x', { argv: ['docker', 'run'], exitCode: 125 }), 'engine-failed', true],
    [
      'the client of an engine',
      command('Cannot connect to the Docker daemon at unix:///x.', { argv: ['docker', 'cp'], exitCode: 1 }),
      'session-lost',
      true,
    ],
    [
      'a full disk',
      Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' }),
      'disk-full',
      false,
    ],
  ] as const)('%s is the infrastructure', (_title, error, rule, retryable) => {
    for (const thrown of [error, new UserError({ what: 'the buildroot cannot be made' }, { cause: error })]) {
      const found = diagnoseThrown(thrown, 'deb');
      expect(found?.diagnosis).toMatchObject({ verdict: 'infrastructure', rule, retryable });
      expect(found?.diagnosis.reason).not.toBe('');
      const lines = found?.log.split('\n') ?? [];
      for (const { number, text } of found?.diagnosis.quotes ?? []) expect(lines[number - 1]).toBe(text);
    }
  });

  it('mock’s dnf, too', () => {
    const said = [
      'ERROR: Command failed:',
      ' # /usr/bin/dnf --installroot /var/lib/mock/buildroot/root/ install bash',
      "Error: Failed to download metadata for repo 'base': Cannot download repomd.xml: Status code: 503 for http://a.example/repodata/repomd.xml (IP: 1.2.3.4)",
    ].join('\n');
    const error = command(said, { argv: ['mock', '--init'], exitCode: 30 });
    expect(diagnoseThrown(error, 'rpm')?.diagnosis).toMatchObject({ verdict: 'infrastructure', retryable: true });
  });

  it.each([
    ['a cancellation', new CancelledError()],
    ['a command that was cancelled', command('', { end: 'cancelled' })],
    [
      'a repository that is not there',
      command("E: The repository 'http://a.example x Release' does not have a Release file."),
    ],
    ['a command that says nothing known', command('oops')],
    ['a bug', new TypeError('x')],
    ['a file that is not there', Object.assign(new Error('ENOENT'), { code: 'ENOENT', syscall: 'open' })],
  ])('%s is not', (_title, error) => {
    expect(diagnoseThrown(error, 'deb')).toBeUndefined();
  });
});

describe('waits', () => {
  it('grow, and differ by chance', () => {
    process.env[WAIT_VARIABLE] = '';
    expect([1, 2, 3].map((attempt) => waitAfter(attempt, 1))).toEqual([5000, 10_000, 20_000]);
    expect(waitAfter(1, 0)).toBe(2500);
    expect(waitAfter(100, 1)).toBe(120_000);
    expect(retryLine(1, 3, 4600)).toBe('W: attempt 1 of 3 failed; once more in 5 s');
  });
});
