/** What would be done on distributions that are not here: from their os-release, not tried on a real one. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultBase, imageName } from '../../../src/buildroot/engine/images.ts';
import { resolveTarget } from '../../../src/config/target.ts';
import { RecordingHost } from '../../../src/host/recording.ts';
import { readDistribution } from '../../../src/setup/distribution.ts';
import { planSteps, purposeOf, type SetupRequest, usesOf } from '../../../src/setup/plan.ts';
import { makeSteps } from '../../../src/setup/step.ts';
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
    targets: targets.map((name) => resolveTarget(name)),
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
      'apt-get -o Acquire::Retries=3 -o DPkg::Lock::Timeout=600 --yes --no-install-recommends install apt ca-certificates debian-archive-keyring dpkg-dev git gpg gpgv iproute2 mmdebstrap perl sbuild tar ubuntu-keyring util-linux xz-utils zstd',
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
