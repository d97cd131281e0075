/** sign-publish with `client-check: target`: apt in sessions of the target tries what is to be published. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { action } from '../../src/actions/sign-publish/inputs.ts';
import { run } from '../../src/actions/sign-publish/run.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { EXIT, runAction } from '../../src/main.ts';
import { run as runTool } from '../../src/process.ts';
import { RepositoryPaths } from '../../src/repository/layout.ts';
import { generateKey } from '../../src/signing/openpgp.ts';
import { STATE, testGeneration } from './buildroot.ts';
import { type DebOptions, treeDigest, Workbench } from './publish-helpers.ts';

/** What runs where it must not is seen: it fails, and says so. */
const NEVER = { preinst: 'echo A-SCRIPT-RAN; exit 1', postinst: 'echo A-SCRIPT-RAN; exit 1' };

let bench: Workbench;
let key: string;

beforeAll(async () => {
  const { lock } = await testGeneration();
  await lock.release();
  bench = await Workbench.make();
  key = (await generateKey({ name: 'Acme Archive', email: 'archive@example.org' })).key.reveal();
}, 600_000);
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

interface Clients {
  readonly target: string;
  readonly installed: number;
  readonly upgraded: number;
  readonly downloads: number;
}

/** Publishes packages into `repository`, tried in sessions. */
async function publish(repository: string, packages: readonly DebOptions[], inputs: Record<string, string> = {}) {
  const host = new RecordingHost(
    {
      packages: await bench.binaries(...packages),
      repository,
      'signing-key': key,
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
  const { clients } = JSON.parse(host.outputs['published'] || '{}') as { clients?: Clients[] };
  return { host, code, said, errors, clients };
}

/** What publishes fine. */
async function good(repository: string, ...packages: DebOptions[]) {
  const done = await publish(repository, packages);
  expect(done.errors).toEqual([]);
  expect(done.code).toBe(EXIT.success);
  return done;
}

/** What is refused, with everything as it was. */
async function refused(repository: string, ...packages: DebOptions[]): Promise<string[]> {
  const before = await treeDigest(repository);
  const { code, errors, host } = await publish(repository, packages);
  expect(code).toBe(EXIT.failure);
  expect(host.outputs).toEqual({});
  expect(await treeDigest(repository)).toBe(before);
  return errors;
}

describe('sign-publish with client-check target', () => {
  it('lets go live what apt of the target installs and upgrades to, and runs nothing of it', async () => {
    const repository = path.join(await bench.scratch('repository'), 'r');
    const first = await good(
      repository,
      { name: 'libgreet', fields: { Depends: 'libc6' }, scripts: NEVER },
      { name: 'hello', fields: { Depends: 'libgreet (>= 1.0)' }, scripts: NEVER },
    );
    expect(first.clients).toEqual([
      expect.objectContaining({ target: 'debian-12', installed: 2, upgraded: 0, downloads: 2 }),
    ]);
    // One that is published already, one of the same publish, one of the target.
    const second = await good(
      repository,
      {
        name: 'hello',
        version: '2.0',
        fields: { Depends: 'libgreet (>= 1.0), hello-data (= 2.0), netbase' },
        scripts: NEVER,
      },
      { name: 'hello-data', version: '2.0', architecture: 'all', scripts: NEVER },
      // Tried by nobody: it needs exactly its package, and those who want it add its component.
      { name: 'hello-dbgsym', version: '2.0', fields: { Depends: 'not-to-be-had', Section: 'debug' } },
    );
    expect(second.clients).toEqual([
      expect.objectContaining({ target: 'debian-12', installed: 2, upgraded: 1, downloads: 3 }),
    ]);
    const line = /client check: debian-12 amd64: 2 packages can be installed, 1 upgraded to, 3 downloads, [\d.]+ s/;
    expect(second.said).toMatch(line);
    expect(second.host.summaryText).toContain('Tried in sessions before it was published: debian-12 amd64: ');
  }, 600_000);

  it('refuses what cannot be installed, in the words of apt; the channel stays', async () => {
    const repository = path.join(await bench.scratch('repository'), 'r');
    await good(repository, { name: 'hello' });
    const errors = await refused(
      repository,
      { name: 'hello', version: '2.0', fields: { Depends: 'nowhere-to-be-had' } },
      { name: 'other', version: '2.0' },
      { name: 'third', version: '2.0', fields: { Depends: 'libc6 (>= 99)' } },
    );
    expect(errors).toEqual([
      expect.stringMatching(
        /^hello 2\.0: the package cannot be installed on debian-12 \(amd64\) \(found hello : Depends: nowhere-to-be-had but it is not installable\)$/,
      ),
      expect.stringMatching(/^third 2\.0: .*third : Depends: libc6 \(>= 99\) but .* is/),
    ]);
  }, 600_000);

  it('refuses what machines that have the former version could not be upgraded to', async () => {
    const repository = path.join(await bench.scratch('repository'), 'r');
    await good(
      repository,
      { name: 'app', fields: { Depends: 'helper' } },
      // Made with app once, and later no more.
      { name: 'app-extra', fields: { Source: 'app', Depends: 'app (= 1.0)' } },
      { name: 'helper' },
      { name: 'aa' },
      { name: 'bb' },
    );
    expect(await refused(repository, { name: 'app', version: '2.0', fields: { Conflicts: 'helper' } })).toEqual([
      expect.stringMatching(
        /^app 2\.0: a machine that has 1\.0 cannot be upgraded to the package on debian-12 .*removes helper 1\.0/,
      ),
    ]);
    // Each alone can, both together could be there before.
    expect(
      await refused(
        repository,
        { name: 'aa', version: '2.0', fields: { Conflicts: 'bb' } },
        { name: 'bb', version: '2.0' },
      ),
    ).toEqual([
      expect.stringMatching(/^aa 2\.0, bb 2\.0: .*\(1\.0, 1\.0\) cannot be upgraded to these packages together/),
    ]);
    // It takes the other's place, and says so.
    const { clients, host } = await good(repository, {
      name: 'app',
      version: '2.1',
      fields: { Conflicts: 'helper', Replaces: 'helper', Provides: 'helper' },
    });
    expect(clients).toEqual([expect.objectContaining({ installed: 1, upgraded: 1 })]);
    // Another one is of the key.
    expect(host.annotations('warning').map(({ message }) => message)).toContain(
      'debian-12: machines that have app-extra 1.0, of which there is no newer version, are not upgraded: it removes app-extra 1.0, which no package of the upgrade says to replace',
    );
  }, 600_000);

  it('takes packages that conflict with each other, and does not try what goes back as an upgrade', async () => {
    const repository = path.join(await bench.scratch('repository'), 'r');
    const pair = (version: string): DebOptions[] => [
      { name: 'one-way', version, fields: { Conflicts: 'another-way' } },
      // A sign at its end that means something to apt.
      { name: 'another-way', version: `${version}+` },
    ];
    expect((await good(repository, ...pair('1.0'))).clients).toEqual([
      expect.objectContaining({ installed: 2, upgraded: 0 }),
    ]);
    expect((await good(repository, ...pair('2.0'))).clients).toEqual([
      expect.objectContaining({ installed: 2, upgraded: 2 }),
    ]);
    const back = await publish(repository, [{ name: 'one-way', version: '1.5' }], {
      'allow-downgrade': 'it is better',
    });
    expect(back.errors).toEqual([]);
    expect(back.clients).toEqual([expect.objectContaining({ installed: 1, upgraded: 0 })]);
  }, 600_000);

  it('never blames the package for an archive that does not answer', async () => {
    const repository = path.join(await bench.scratch('repository'), 'r');
    const { code, errors } = await publish(repository, [{ fields: { Depends: 'nowhere-to-be-had' } }], {
      proxy: 'http://127.0.0.1:9',
      retries: '0',
    });
    expect(code).toBe(EXIT.failure);
    expect(errors).toEqual([
      expect.stringMatching(/^debian-12 \(amd64\): the packages cannot be tried .*try again later/),
    ]);
    expect(errors[0]).not.toContain('nowhere-to-be-had');
    await expect(readdir(path.join(repository, 'public', 'snapshots'))).resolves.toEqual([]);
  }, 600_000);

  it('says how to make a buildroot that is missing, before anything is done', async () => {
    const folder = await bench.scratch('repository');
    const repository = path.join(folder, 'r');
    const state = path.join(folder, 'state');
    const { code, errors } = await publish(repository, [{}], { state });
    expect(code).toBe(EXIT.failure);
    expect(errors).toEqual([
      expect.stringContaining(`make it with pkg-actions update-buildroots --targets debian-12 --state ${state}`),
    ]);
    expect(await readdir(folder)).toEqual(['state']);
  }, 60_000);
});
