/** sign-publish with `client-check: target` for rpm: dnf through mock in sessions tries what is to be published. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { action } from '../../src/actions/sign-publish/inputs.ts';
import { run } from '../../src/actions/sign-publish/run.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { EXIT, runAction } from '../../src/main.ts';
import { run as runTool } from '../../src/process.ts';
import { RepositoryPaths } from '../../src/repository/layout.ts';
import { STATE } from './buildroot.ts';
import { treeDigest } from './publish-helpers.ts';
import { testRpmGeneration } from './rpm-buildroot.ts';
import { makeRpm } from './rpm-distribution-packages.ts';
import { RpmWorkbench } from './rpm-publish-helpers.ts';

type SmallPackage = Parameters<typeof makeRpm>[1];

/** What runs where it must not is seen: it fails, and says so. */
const NEVER = {
  pretrans: 'echo A-SCRIPT-RAN; exit 1',
  pre: 'echo A-SCRIPT-RAN; exit 1',
  post: 'echo A-SCRIPT-RAN; exit 1',
  'triggerin -- synthetic-base': 'echo A-SCRIPT-RAN; exit 1',
};

let bench: RpmWorkbench;
let target: { name: string; suite: string; architecture: string };

beforeAll(async () => {
  const made = await testRpmGeneration();
  await made.lock.release();
  target = { name: made.target.name, suite: made.target.suite, architecture: made.configuration.architecture };
  bench = await RpmWorkbench.make();
}, 600_000);
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

/** Publishes packages, each a build of its own, into `repository`, tried in sessions. */
async function publish(repository: string, packages: readonly SmallPackage[], inputs: Record<string, string> = {}) {
  const builds: string[] = [];
  for (const each of packages) {
    const folder = await bench.scratch('build');
    await makeRpm(folder, each);
    builds.push(await bench.build(folder, { manifest: { target } }));
  }
  const host = new RecordingHost(
    {
      packages: builds.join('\n'),
      repository,
      architectures: target.architecture,
      'signing-key': bench.secret,
      'client-check': 'target',
      engine: 'host',
      state: STATE,
      ...inputs,
    },
    { workspace: bench.folder },
  );
  const code = await runAction(action, run, host);
  const said = host.transcript();
  expect(said).not.toContain('A-SCRIPT-RAN');
  // Mounts of a session live in namespaces of their own: no process has one that shows the repository.
  const { stdout } = await runTool(['sh', '-c', 'grep -lF -- "$1" /proc/[0-9]*/mountinfo || :', 'sh', repository]);
  expect(stdout).toBe('');
  expect(await readdir(new RepositoryPaths(repository).staging).catch(() => [])).toEqual([]);
  const errors = host.annotations('error').map(({ message }) => message);
  const { clients } = JSON.parse(host.outputs['published'] || '{}') as { clients?: object[] };
  return { host, code, said, errors, clients };
}

async function good(repository: string, ...packages: SmallPackage[]) {
  const done = await publish(repository, packages);
  expect(done.errors).toEqual([]);
  expect(done.code).toBe(EXIT.success);
  return done;
}

async function refused(repository: string, ...packages: SmallPackage[]): Promise<string[]> {
  const before = await treeDigest(repository);
  const { code, errors, host } = await publish(repository, packages);
  expect(code).toBe(EXIT.failure);
  expect(host.outputs).toEqual({});
  expect(await treeDigest(repository)).toBe(before);
  return errors;
}

describe('sign-publish with client-check target', () => {
  it('lets go live what dnf of the target installs and upgrades to, and runs nothing of it', async () => {
    const repository = path.join(await bench.scratch('repository'), 'r');
    const first = await good(
      repository,
      { name: 'greet-libs', requires: ['libsample-devel >= 1.0'], scriptlets: NEVER },
      { name: 'hello', epoch: 1, requires: ['greet-libs >= 1.0'], scriptlets: NEVER },
    );
    expect(first.clients).toEqual([expect.objectContaining({ target: target.name, installed: 2, upgraded: 0 })]);
    // One that is published already, one of the same publish, one of the target.
    const second = await good(
      repository,
      {
        name: 'hello',
        epoch: 1,
        version: '2.0',
        requires: ['greet-libs >= 1.0', 'hello-data = 2.0', 'libsample-devel'],
        scriptlets: NEVER,
      },
      { name: 'hello-data', version: '2.0', scriptlets: NEVER },
    );
    expect(second.clients).toEqual([expect.objectContaining({ target: target.name, installed: 2, upgraded: 1 })]);
    expect(second.said).toMatch(/client check: synthetic-9\S* \S+: 2 packages can be installed, 1 upgraded to, /);
  }, 600_000);

  it('refuses what cannot be installed, in the words of dnf; the channel stays', async () => {
    const repository = path.join(await bench.scratch('repository'), 'r');
    await good(repository, { name: 'hello' });
    const errors = await refused(
      repository,
      { name: 'hello', version: '2.0', requires: ['nowhere-to-be-had'] },
      { name: 'other', version: '2.0' },
    );
    expect(errors).toEqual([
      expect.stringMatching(
        /^hello 2\.0-1\.el9: the package cannot be installed on synthetic-9.*nothing provides nowhere-to-be-had needed by hello-2\.0-1\.el9\.noarch/,
      ),
    ]);
  }, 600_000);

  it('refuses what machines that have the former version could not be upgraded to', async () => {
    const repository = path.join(await bench.scratch('repository'), 'r');
    await good(repository, { name: 'app', requires: ['helper'], scriptlets: NEVER }, { name: 'helper' });
    expect(await refused(repository, { name: 'app', version: '2.0', head: ['Conflicts: helper'] })).toEqual([
      expect.stringMatching(
        /^app 2\.0-1\.el9: a machine that has 1\.0-1\.el9 cannot be upgraded to the package .*conflicts with helper/,
      ),
    ]);
    // It takes the other's place, and says so.
    const { clients } = await good(repository, {
      name: 'app',
      version: '2.1',
      head: ['Obsoletes: helper < 2', 'Conflicts: helper < 2'],
    });
    expect(clients).toEqual([expect.objectContaining({ installed: 1, upgraded: 1 })]);
  }, 600_000);

  it('takes packages that conflict with each other', async () => {
    const repository = path.join(await bench.scratch('repository'), 'r');
    const pair = (version: string): SmallPackage[] => [
      { name: 'one-way', version, head: ['Conflicts: another-way'] },
      { name: 'another-way', version },
    ];
    expect((await good(repository, ...pair('1.0'))).clients).toEqual([
      expect.objectContaining({ installed: 2, upgraded: 0 }),
    ]);
    expect((await good(repository, ...pair('2.0'))).clients).toEqual([
      expect.objectContaining({ installed: 2, upgraded: 2 }),
    ]);
  }, 600_000);

  it('says how to make a buildroot that is missing, before anything is done', async () => {
    const folder = await bench.scratch('repository');
    const repository = path.join(folder, 'r');
    const state = path.join(folder, 'state');
    const { code, errors } = await publish(repository, [{ name: 'hello' }], { state });
    expect(code).toBe(EXIT.failure);
    expect(errors).toEqual([
      expect.stringContaining(`make it with pkg-actions update-buildroots --targets ${target.name} --state ${state}`),
    ]);
    expect(await readdir(folder)).toEqual(['state']);
  }, 60_000);
});
