/** Published rpm packages, installed by dnf through mock in a session of the synthetic distribution, and tried. */
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HOST_ENGINE } from '../../src/buildroot/engine/engine.ts';
import { scratchSize } from '../../src/buildroot/scratch.ts';
import { UserError } from '../../src/errors.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { fileUrl } from '../../src/repository/layout.ts';
import { installAndTryRpm, type RpmInstallRequest } from '../../src/systemtest/install-rpm.ts';
import { type GpgKey, makeKey, serve, temporaryFolder } from './check-version-fixture.ts';
import { holdRpmAgain, testRpmGeneration } from './rpm-buildroot.ts';
import { rpmDistribution } from './rpm-distribution.ts';
import { indexAndSign, makeRpm } from './rpm-distribution-packages.ts';
import { makeRepository } from './rpm-index-fixture.ts';
import { RpmWorkbench } from './rpm-publish-helpers.ts';

const cleanup = new AsyncDisposableStack();
let workbench: RpmWorkbench;
let state: string;
let architecture: string;
/** Folder of the published repository, through its channel, and its key. */
let published: string;
let key: string;
let packages: RpmInstallRequest['packages'];

beforeAll(async () => {
  const made = await testRpmGeneration();
  await made.lock.release();
  ({ state } = made);
  ({ architecture } = await rpmDistribution());
  workbench = cleanup.use(await RpmWorkbench.make());
  const build = await workbench.scratch('build');
  await makeRpm(build, {
    name: 'hello',
    epoch: 1,
    architecture,
    // One of the same repository, one of the distribution.
    requires: ['hello-data = 1.0', 'libsample-devel >= 1.0'],
    files: { '/usr/bin/hello': '#!/bin/sh\necho "hello, $(cat /usr/share/hello/name)"\n' },
    scriptlets: {
      post: 'touch /var/lib/hello-was-set-up\ncp /bin/sleep /var/lib/lingering\n/var/lib/lingering 600 >/dev/null 2>&1 &',
    },
  });
  const data = await workbench.scratch('build');
  await makeRpm(data, { name: 'hello-data', files: { '/usr/share/hello/name': 'world\n' } });
  await workbench.publish([
    await workbench.build(build, { architecture }),
    await workbench.build(data, { architecture }),
  ]);
  published = path.join(workbench.repository, 'public/latest', architecture);
  key = await readFile(path.join(workbench.repository, 'public/key.asc'), 'utf8');
  packages = [
    { name: 'hello', version: '1:1.0-1.el9', architecture },
    { name: 'hello-data', version: '1.0-1.el9', architecture: 'noarch' },
  ];
}, 600_000);
afterAll(() => cleanup.disposeAsync());

async function install(more: Partial<RpmInstallRequest> & { url?: string } = {}) {
  const { url = fileUrl(published), ...rest } = more;
  const { generation, lock } = await holdRpmAgain();
  const host = new RecordingHost();
  const result = await installAndTryRpm({
    state,
    engine: HOST_ENGINE,
    scratch: await scratchSize({ requested: 'auto', parallel: 1 }),
    generation,
    lock,
    repository: { name: 'published', baseurl: url, keys: [key], trusted: false },
    sources: [],
    packages,
    smoke: [],
    smokeSeconds: 30,
    timeoutSeconds: 300,
    runId: 'tests',
    logger: host,
    signal: host.signal,
    ...rest,
  });
  return { ...result, transcript: host.transcript() };
}

async function failure(more: Parameters<typeof install>[0]): Promise<string> {
  const error: unknown = await install(more).then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  const { message } = error as Error;
  expect(message).not.toContain('\n');
  return message;
}

describe('what is installed', () => {
  test('the packages with what they need of the target, from a channel in a folder; then the smoke commands', async () => {
    const { installed, tried, seconds, transcript } = await install({
      smoke: [
        ['hello'],
        ['test', '-e', '/var/lib/hello-was-set-up'],
        ['rpm', '-q', 'libsample-devel'],
        // What the scriptlet left running is gone, and there is no network but loopback.
        ['sh', '-c', '! grep -qx lingering /proc/[0-9]*/comm'],
        ['sh', '-c', 'test "$(ls /proc/sys/net/ipv4/conf | xargs)" = "all default lo"'],
      ],
    });
    expect(installed).toEqual([`hello-1:1.0-1.el9.${architecture}`, 'hello-data-1.0-1.el9.noarch']);
    expect(tried[0]).toEqual({ command: 'hello', output: 'hello, world' });
    expect(tried).toHaveLength(5);
    expect(seconds).toBeGreaterThan(0);
    expect(transcript).toMatch(/hello/);
  }, 300_000);

  test('what the packages need from a further repository; one without an epoch', async () => {
    const own = cleanup.use(await temporaryFolder()).path;
    const gpg = cleanup.use(await makeKey(own));
    const [main, extra] = [path.join(own, 'main'), path.join(own, 'extra')];
    await makeRpm(main, { name: 'needy', epoch: 0, requires: ['extra = 2.0'], files: { '/usr/share/needy': 'x' } });
    await indexAndSign(main, gpg.secret);
    await makeRpm(extra, { name: 'extra', version: '2.0' });
    await makeRepository(extra);
    const { installed } = await install({
      repository: {
        name: 'needy',
        baseurl: fileUrl(main),
        keys: [await readFile(gpg.armored, 'utf8')],
        trusted: false,
      },
      sources: [{ name: 'extra', baseurl: fileUrl(extra), keys: [], trusted: true }],
      packages: [{ name: 'needy', version: '1.0-1.el9', architecture: 'noarch' }],
      smoke: [['rpm', '-q', 'extra']],
    });
    expect(installed).toEqual(['needy-1.0-1.el9.noarch']);
  }, 300_000);

  test('over http, and nothing of it stays in the buildroot', async () => {
    await using server = await serve(path.join(workbench.repository, 'public'));
    const { installed } = await install({ url: `${server.url}/latest/${architecture}` });
    expect(installed).toHaveLength(2);
    expect(server.requests.some((name) => name.endsWith('repomd.xml.asc'))).toBe(true);
    const { generation, lock } = await holdRpmAgain();
    await lock.release();
    await expect(readFile(path.join(generation.tree, 'buildroot/root/usr/bin/hello'))).rejects.toThrow('ENOENT');
  }, 300_000);
});

describe('what is refused, in one line', () => {
  let own: string;
  let gpg: GpgKey;
  beforeAll(async () => {
    own = cleanup.use(await temporaryFolder()).path;
    gpg = cleanup.use(await makeKey(own));
  });

  const repository = async (folder: string, keyFile: string) => ({
    repository: {
      name: 'published',
      baseurl: fileUrl(folder),
      keys: [await readFile(keyFile, 'utf8')],
      trusted: false,
    },
  });

  test('an index that is not signed by the key', async () => {
    expect(await failure(await repository(published, gpg.armored))).toMatch(
      /the published packages cannot be installed \(found .*(?:repomd|signature|GPG|metadata)/i,
    );
  }, 300_000);

  test('a package that is not signed, in an index that is', async () => {
    const folder = path.join(own, 'unsigned');
    await makeRpm(folder, { name: 'unsigned', files: { '/usr/share/unsigned': 'x' } });
    await makeRepository(folder, { key: gpg });
    expect(
      await failure({
        ...(await repository(folder, gpg.armored)),
        packages: [{ name: 'unsigned', version: '1.0-1.el9', architecture: 'noarch' }],
      }),
    ).toMatch(/cannot be installed \(found .*(?:not signed|GPG check FAILED|key)/);
  }, 300_000);

  test('an index that was changed after it was signed', async () => {
    const folder = path.join(own, 'changed');
    await mkdir(folder);
    await makeRpm(folder, { name: 'changed' });
    await makeRepository(folder, { key: gpg });
    await appendFile(path.join(folder, 'repodata/repomd.xml'), '<!-- -->\n');
    expect(
      await failure({
        ...(await repository(folder, gpg.armored)),
        packages: [{ name: 'changed', version: '1.0-1.el9', architecture: 'noarch' }],
      }),
    ).toMatch(/cannot be installed \(found .*(?:repomd|signature|GPG|metadata)/i);
  }, 300_000);

  test('versions that are not there, a smoke command that fails', async () => {
    expect(await failure({ packages: [{ name: 'hello', version: '9-9', architecture }] })).toMatch(
      /the published packages cannot be installed \(found .*hello-9-9.*, expected hello\)/,
    );
    expect(await failure({ smoke: [['hello'], ['sh', '-c', 'echo no >&2; exit 3']] })).toMatch(
      /smoke sh -c 'echo no >&2; exit 3': the smoke command fails .*exit code 3.*no/,
    );
  }, 300_000);

  test('a repository whose signatures would not be checked is a mistake of the caller', async () => {
    const unsigned = { name: 'published', baseurl: fileUrl(published), keys: [], trusted: true };
    await expect(install({ repository: unsigned })).rejects.toThrow('would not be verified');
  });
});
