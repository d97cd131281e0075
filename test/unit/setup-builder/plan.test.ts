/** What would be done on distributions that are not here: from their os-release, not tried on a real one. */
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { action } from '../../../src/actions/setup-builder/inputs.ts';
import { run } from '../../../src/actions/setup-builder/run.ts';
import { defaultBase, imageName } from '../../../src/buildroot/engine/images.ts';
import type { GenerationRecord } from '../../../src/buildroot/generation.ts';
import { resolveTarget, type Target } from '../../../src/config/target.ts';
import { RecordingHost } from '../../../src/host/recording.ts';
import { runAction } from '../../../src/main.ts';
import { readDistribution } from '../../../src/setup/distribution.ts';
import { checkTargets, planSteps, purposeOf, type SetupRequest, usesOf } from '../../../src/setup/plan.ts';
import { stateStep } from '../../../src/setup/state-step.ts';
import { makeSteps } from '../../../src/setup/step.ts';
import { CONFIGURATION_FILE } from '../../../src/setup/timer.ts';
import { distributionOf, type PaperSystem, paperSystem, type Release } from './system.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pkg-actions-setup-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function requestFor(release: Release, targets: readonly string[], more: Partial<SetupRequest> = {}): SetupRequest {
  const host = new RecordingHost({}, { workspace: folder });
  return {
    distribution: distributionOf(release),
    targets: targets.map((name) => ({ target: resolveTarget(name), reference: name })),
    engine: 'auto',
    packages: true,
    publisher: false,
    buildroots: true,
    timer: 'no',
    time: '03:30',
    timerCommand: '/usr/local/bin/pkg-actions',
    packaging: undefined,
    force: false,
    setup: {
      state: path.join(folder, 'state'),
      architecture: 'x86_64',
      mirror: undefined,
      toolImage: undefined,
      baseImage: undefined,
      proxy: undefined,
      runId: host.runId,
      logger: host,
      signal: host.signal,
    },
    ...more,
  };
}

async function plan(system: PaperSystem, request: SetupRequest) {
  const host = new RecordingHost({}, { workspace: folder });
  const steps = await makeSteps(planSteps(system, request), { dryRun: true, logger: host, signal: host.signal });
  expect(system.changed).toEqual([]);
  return Object.fromEntries(steps.map(({ id, outcome, detail, actions }) => [id, { outcome, detail, actions }]));
}

describe('the distribution', () => {
  test.each([
    ['debian-12', 'debian', undefined],
    ['ubuntu-24.04', 'debian', undefined],
    ['fedora-43', 'fedora', undefined],
    ['rocky-9', 'fedora', 9],
    ['alma-8', 'fedora', 8],
    ['centos-10', 'fedora', 10],
    ['rhel-9', 'fedora', 9],
    ['oracle-9', 'fedora', 9],
  ] as const)('%s', (release, family, enterprise) => {
    expect(distributionOf(release)).toMatchObject({ family, enterprise });
  });

  test('others are refused', () => {
    expect(() => readDistribution('NAME="Arch Linux"\nID=arch\n')).toThrow(/does not know \(found "Arch Linux"/);
    expect(() => readDistribution('ID="centos"\nVERSION_ID="7"\n')).toThrow(/too old \(found "7", expected 8 or newer/);
  });
});

describe('packages', () => {
  test('Debian: by the names of Debian, with the keyrings of the targets', async () => {
    const { packages } = await plan(paperSystem(), requestFor('debian-12', ['debian-12', 'ubuntu-24.04']));
    expect(packages?.outcome).toBe('planned');
    expect(packages?.actions).toEqual([
      'apt-get -o Acquire::Retries=3 update',
      'apt-get -o Acquire::Retries=3 -o DPkg::Lock::Timeout=600 --yes --no-remove --no-install-recommends install apt ca-certificates debian-archive-keyring dpkg-dev git gpg gpgv iproute2 mmdebstrap perl sbuild tar ubuntu-keyring util-linux xz-utils zstd',
    ]);
  });

  test('only what is missing is installed, and nothing when nothing is', async () => {
    const all = 'apt ca-certificates debian-archive-keyring dpkg-dev git gpg gpgv iproute2 mmdebstrap perl sbuild tar';
    const rest = 'util-linux xz-utils zstd';
    const installed = `${all} ${rest}`
      .split(' ')
      .map((name) => `${name} installed\n`)
      .join('');
    const fine = paperSystem({ answers: { 'dpkg-query': installed } });
    expect((await plan(fine, requestFor('debian-12', ['debian-12'])))['packages']).toMatchObject({
      outcome: 'unchanged',
      actions: [],
    });
    const some = installed.replace('sbuild installed', 'sbuild config-files');
    const missing = paperSystem({ answers: { 'dpkg-query': some } });
    expect((await plan(missing, requestFor('debian-12', ['debian-12'])))['packages']).toMatchObject({
      outcome: 'planned',
      detail: '1 of 15 are missing: sbuild',
      actions: [expect.stringContaining('update'), expect.stringMatching(/ install sbuild$/)],
    });
  });

  test('Fedora: mock, without any other repository', async () => {
    const steps = await plan(paperSystem(), requestFor('fedora-43', ['el9']));
    expect(steps['repositories']?.outcome).toBe('skipped');
    expect(steps['packages']?.actions).toEqual([
      'dnf --assumeyes --setopt=install_weak_deps=False install ca-certificates createrepo_c dnf git gnupg2 iproute mock perl-interpreter rpm rpm-build tar util-linux xz zstd',
    ]);
  });

  test.each([
    ['rocky-9', 'epel-release', 'crb'],
    ['alma-8', 'epel-release', 'powertools'],
    ['centos-10', 'epel-release', 'crb'],
    ['oracle-9', 'oracle-epel-release-el9', 'ol9_codeready_builder'],
  ] as const)('%s: EPEL and %s first', async (release, epel, builder) => {
    const { repositories } = await plan(paperSystem(), requestFor(release, ['el9']));
    expect(repositories?.actions).toEqual([
      `dnf --assumeyes --setopt=install_weak_deps=False install ${epel} dnf-plugins-core`,
      `dnf config-manager --set-enabled ${builder}`,
    ]);
    const there = paperSystem({
      answers: { [`rpm --query ${epel}`]: epel, 'dnf repolist': `repo id  repo name\n${builder}   Builder\n` },
    });
    expect((await plan(there, requestFor(release, ['el9'])))['repositories']?.outcome).toBe('unchanged');
  });

  test('Red Hat: the subscription is for the person, and what needs it waits', async () => {
    const steps = await plan(paperSystem(), requestFor('rhel-9', ['el9']));
    expect(steps['repositories']).toMatchObject({
      outcome: 'failed',
      detail: expect.stringContaining('subscription-manager repos --enable codeready-builder-for-rhel-9'),
    });
    expect(steps['packages']).toMatchObject({ outcome: 'skipped', detail: expect.stringContaining('which failed') });
    expect(steps['buildroot/el9']).toMatchObject({ outcome: 'skipped' });
    expect(steps['state']?.outcome).toBe('planned');
  });

  test('a publisher gets what signs and publishes the formats of its targets', async () => {
    const request = requestFor('debian-12', ['debian-12'], { publisher: true });
    const { packages } = await plan(paperSystem(), request);
    expect(packages?.actions[1]).toMatch(/ apt-utils .* reprepro rsync /);
    expect(packages?.actions[1]).not.toContain('createrepo');
    expect(usesOf(purposeOf(request, { hasSystemd: false }))).toEqual(['deb', 'publish-deb']);
  });
});

describe('engines', () => {
  test.each([
    ['debian-12', ['debian-12'], 'auto', ['deb']],
    ['debian-12', ['debian-12', 'el9'], 'auto', ['deb', 'containers']],
    ['rocky-9', ['el9'], 'auto', ['rpm']],
    ['rocky-9', ['debian-12'], 'auto', ['containers']],
    ['debian-12', ['debian-12', 'el9'], 'podman', ['containers']],
    ['debian-12', [], 'auto', ['deb']],
    ['fedora-43', [], 'auto', ['rpm']],
  ] as const)('on %s for %j, %s: %j', (release, targets, engine, uses) => {
    expect(usesOf(purposeOf(requestFor(release, targets, { engine }), { hasSystemd: false }))).toEqual(uses);
  });

  test('docker on Debian, podman on Fedora', async () => {
    const debian = await plan(paperSystem(), requestFor('debian-12', ['el9']));
    expect(debian['packages']?.actions[1]).toMatch(/ docker\.io /);
    expect(debian['daemon']).toMatchObject({ outcome: 'planned', actions: ['systemctl enable --now docker'] });
    const rocky = await plan(paperSystem(), requestFor('rocky-9', ['debian-12']));
    expect(rocky['packages']?.actions[0]).toMatch(/ podman /);
    expect(rocky['daemon']).toBeUndefined();
  });

  test('an engine that somebody installed is left to them', async () => {
    const debian = await plan(paperSystem({ tools: ['docker'] }), requestFor('debian-12', ['el9']));
    expect(debian['packages']?.actions[1]).toMatch(/ --no-remove /);
    expect(debian['packages']?.actions[1]).not.toContain('docker');
    const rocky = await plan(paperSystem({ tools: ['podman'] }), requestFor('rocky-9', ['debian-12']));
    expect(rocky['packages']?.actions[0]).not.toContain('podman');
  });

  test.each([
    ['debian-12', 'auto'],
    ['fedora-43', 'podman'],
  ] as const)(
    '%s, %s: package files of rpm builds are indexed on the host also for containers',
    async (release, engine) => {
      const { packages } = await plan(paperSystem(), requestFor(release, ['el9'], { engine }));
      expect(packages?.actions.at(-1)).toMatch(/ createrepo[-_]c /);
      expect(packages?.actions.at(-1)).not.toMatch(/ (?:dnf|mock|rpm) /);
    },
  );

  test('the host itself is refused where the distribution lacks the tools', () => {
    const request = requestFor('debian-12', ['el9'], { engine: 'host' });
    expect(() => planSteps(paperSystem(), request)).toThrow(/rpm packages cannot be built on this host itself.*docker/);
  });

  test('the tool image is made where a build would not find it', async () => {
    const base = 'b'.repeat(64);
    const dockerfile = readFileSync('containers/mockbuild/Dockerfile', 'utf8');
    const image = imageName('rpm', dockerfile, base);
    const inspect = 'docker image inspect --format {{.Id}}';
    const answers = { 'docker version': '28', [`${inspect} ${defaultBase(dockerfile)}`]: `sha256:${base}\n` };
    const without = paperSystem({ answers, tools: ['docker'] });
    expect((await plan(without, requestFor('debian-12', ['el9'])))['image/rpm']).toMatchObject({
      outcome: 'planned',
      detail: `no image ${image} yet`,
    });
    const there = paperSystem({ answers: { ...answers, [`${inspect} ${image}`]: 'sha256:1\n' }, tools: ['docker'] });
    expect((await plan(there, requestFor('debian-12', ['el9'])))['image/rpm']).toMatchObject({
      outcome: 'unchanged',
      detail: `${image} is there`,
    });
    expect((await plan(paperSystem(), requestFor('debian-12', ['el9'])))['image/rpm']).toMatchObject({
      outcome: 'planned',
      detail: 'docker is not installed yet',
    });
  });

  test('a docker that answers is left alone', async () => {
    const system = paperSystem({ answers: { 'docker version': '28.2.2\n' }, tools: ['docker'] });
    expect((await plan(system, requestFor('debian-12', ['el9'])))['daemon']).toMatchObject({
      outcome: 'unchanged',
      detail: 'docker 28.2.2',
    });
  });
});

describe('targets', () => {
  /** A built-in one that names a configuration which no mock has. */
  const unknown = (): Target => ({ ...resolveTarget('el9'), mock: { config: 'no-such-one-{architecture}' } });
  const check = (release: Release, more: Partial<SetupRequest>) => {
    const request = requestFor(release, [], { targets: [{ target: unknown(), reference: 'el9' }], ...more });
    return checkTargets(request, purposeOf(request, { hasSystemd: false }));
  };

  test('what mock has no configuration for is refused before anything is made for it', async () => {
    await expect(check('debian-12', {})).rejects.toThrow(
      /mock has no such configuration \(found "no-such-one-x86_64".* in \/etc\/mock\)/,
    );
    await expect(check('fedora-43', { engine: 'podman' })).rejects.toThrow(/no such configuration/);
  });

  test('a file of one is looked for below the working folder, and refused alike', async () => {
    const workspace = mkdtempSync(path.join(folder, 'work-'));
    writeFileSync(
      path.join(workspace, 'mine.yml'),
      'name: mine-9\nextends: el9\nmock: { config: "no-such-one-{architecture}" }\n',
    );
    const inputs = { targets: './mine.yml', engine: 'docker', state: path.join(workspace, 'state'), 'dry-run': 'true' };
    const host = new RecordingHost(inputs, { workspace });
    expect(await runAction(action, run, host)).toBe(1);
    expect(host.annotations('error').map(({ message }) => message)).toEqual([
      expect.stringMatching(/^target mine-9: mock\.config: mock has no such configuration/),
    ]);
    expect(host.outputs['steps']).toBeUndefined();
  });

  test('but not where mock is yet to be installed, nor where no buildroot is asked for', async () => {
    await expect(check('fedora-43', {})).resolves.toBeUndefined();
    await expect(check('debian-12', { buildroots: false })).resolves.toBeUndefined();
    const whole = { target: { ...unknown(), mock: { text: "config_opts['root'] = 'x'\n" } }, reference: 'el9' };
    await expect(check('debian-12', { targets: [whole] })).resolves.toBeUndefined();
  });

  test('one of a file is known to the timer, and to who pastes the command, by that file', async () => {
    const root = mkdtempSync(path.join(folder, 'root-'));
    const target = resolveTarget('debian-12');
    const file = '/srv/targets/mine.yml';
    const request = requestFor('debian-12', [], { targets: [{ target, reference: file }], timer: 'yes' });
    const system: PaperSystem = paperSystem({ root });
    const host = new RecordingHost({}, { workspace: folder });
    const planned = await plan(system, request);
    expect(planned['buildroot/debian-12']?.actions).toEqual([`pkg-actions update-buildroots --targets ${file}`]);
    const timer = planSteps(system, request).filter(({ id }) => id === 'timer');
    await makeSteps(timer, { dryRun: false, logger: host, signal: host.signal });
    expect(readFileSync(path.join(root, CONFIGURATION_FILE), 'utf8')).toContain(`\nPKG_ACTIONS_TARGETS=${file}\n`);
  });

  test.each(['x86_64', 'amd64'])('a buildroot that is there is found by the architecture %s', async (architecture) => {
    const state = mkdtempSync(path.join(folder, 'state-'));
    const names = ['debian-12-amd64', 'el9-x86_64'];
    for (const name of names) makeGeneration(state, name);
    const request = requestFor('debian-12', ['debian-12', 'el9']);
    const steps = await plan(paperSystem(), {
      ...request,
      packages: false,
      setup: { ...request.setup, state, architecture },
    });
    for (const name of ['debian-12', 'el9']) {
      expect(steps[`buildroot/${name}`]).toMatchObject({ outcome: 'unchanged', detail: `generation ${ID} is there` });
    }
  });
});

describe('the state folder', () => {
  test('is root’s, whoever made it', async () => {
    const state = mkdtempSync(path.join(folder, 'state-'));
    const parts = ['buildroots', 'sessions'].map((name) => path.join(state, name));
    const isRoot = process.getuid?.() === 0;
    for (const part of parts) {
      mkdirSync(part);
      chmodSync(part, 0o700);
      if (isRoot) chownSync(part, 65534, 65534);
    }
    const host = new RecordingHost({}, { workspace: folder });
    const make = async (dryRun: boolean) =>
      (await makeSteps([stateStep(state)], { dryRun, logger: host, signal: host.signal }))[0];
    const actions = parts.map((part) => `chown root:root ${part}`);
    expect(await make(true)).toMatchObject({ outcome: 'planned', actions });
    // Who is not root can give nothing away; the plan is all there is to see then.
    if (!isRoot) return;
    expect(await make(false)).toMatchObject({ outcome: 'changed', actions });
    for (const part of parts) expect(statSync(part)).toMatchObject({ uid: 0, gid: 0 });
    expect(await make(false)).toMatchObject({ outcome: 'unchanged' });
  });
});

const ID = '0123456789abcdef';

/** A generation that is current, and has nothing in it. */
function makeGeneration(state: string, name: string): void {
  const generation = path.join(state, 'buildroots', name, ID);
  mkdirSync(generation, { recursive: true });
  const record: GenerationRecord = {
    schema: 'pkg-actions/generation/1',
    name,
    createdAt: '2026-01-01T00:00:00.000Z',
    configurationDigest: 'a'.repeat(64),
    configuration: {},
    releases: [],
    packages: [],
    bytes: 0,
    tools: {},
  };
  writeFileSync(path.join(generation, 'generation.json'), JSON.stringify({ ...record, flushed: true }));
  symlinkSync(ID, path.join(path.dirname(generation), 'current'));
}
