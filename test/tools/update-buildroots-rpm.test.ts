import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { action } from '../../src/actions/update-buildroots/inputs.ts';
import { run } from '../../src/actions/update-buildroots/run.ts';
import { buildrootFolder, currentGeneration, tryLockBuildroot } from '../../src/buildroot/generation.ts';
import { LOGGING } from '../../src/buildroot/mock/config-text.ts';
import { rpmBuildroot } from '../../src/buildroot/mock/configuration.ts';
import { openMockSession } from '../../src/buildroot/mock/session.ts';
import { prepareState } from '../../src/buildroot/state.ts';
import { holdBuildroot } from '../../src/buildroot/update.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { runAction } from '../../src/main.ts';
import { run as command } from '../../src/process.ts';
import { generateKey, openSigner } from '../../src/signing/openpgp.ts';
import { signRpms } from '../../src/signing/rpm.ts';
import { STATE } from './buildroot.ts';
import { rpmTarget, testRpmGeneration } from './rpm-buildroot.ts';
import { extraRepository, type MockConfigOptions, type RpmDistribution, rpmDistribution } from './rpm-distribution.ts';
import { serveFolder } from './rpm-distribution-server.ts';
import { traces } from './traces.ts';

let folder: string;
let distribution: RpmDistribution;
let shared: Awaited<ReturnType<typeof testRpmGeneration>>;

beforeAll(async () => {
  shared = await testRpmGeneration();
  distribution = await rpmDistribution();
  // Not in /tmp, which may be an overlay itself: the kernel takes no upper folder on another one.
  folder = await mkdtemp(path.join(path.dirname(STATE), 'test-update-rpm-'));
}, 900_000);
afterAll(async () => {
  await shared?.lock.release();
  await rm(folder, { recursive: true, force: true });
});

const errors = (host: RecordingHost) => host.annotations('error').map(({ message }) => message);

/** A file of a target; a text of its own where one is given. */
async function targetFile(name: string, text = distribution.mockConfig(), more = ''): Promise<string> {
  const file = path.join(folder, `${name}.yml`);
  const lines = [
    `name: ${name}`,
    'format: rpm',
    'distribution: synthetic',
    "release: '9'",
    'suite: synthetic9',
    `architectures: [${distribution.architecture}]`,
    'version-tag: syn9',
    more,
    'mock:',
    '  text: |',
    ...text.split('\n').map((line) => `    ${line}`),
  ];
  await writeFile(file, lines.join('\n'));
  return file;
}

async function update(inputs: Record<string, string>): Promise<{ code: number; host: RecordingHost }> {
  const host = new RecordingHost({ state: path.join(folder, 'state'), ...inputs }, { workspace: folder });
  return { code: await runAction(action, run, host), host };
}

/** Updates, which has to work, and gives the outcome with the generation. */
async function updated(inputs: Record<string, string>) {
  const { code, host } = await update(inputs);
  expect(errors(host)).toEqual([]);
  expect(code).toBe(0);
  const [result] = JSON.parse(host.outputs['result'] ?? '') as { name: string; outcome: string; reason: string }[];
  const state = inputs['state'] ?? path.join(folder, 'state');
  return { ...result, generation: await currentGeneration(buildrootFolder(state, result?.name ?? '')) };
}

/** Updates, which has to fail with one line, and leave no half-made generation. */
async function refused(inputs: Record<string, string>): Promise<string> {
  const { code, host } = await update(inputs);
  expect(code).toBe(1);
  const [message = '', ...more] = errors(host);
  expect(more).toEqual([]);
  expect(message).not.toContain('\n');
  const state = inputs['state'] ?? path.join(folder, 'state');
  for (const name of await readdir(path.join(state, 'buildroots'))) {
    const left = await readdir(path.join(state, 'buildroots', name));
    expect(left.filter((entry) => entry.startsWith('.'))).toEqual([]);
  }
  expect(await readdir(path.join(state, 'sessions'))).toEqual([]);
  return message;
}

const withRepositories = (repositories: MockConfigOptions['repositories'], more: readonly string[] = []) =>
  distribution.mockConfig({ ...(repositories ? { repositories } : {}), more });

describe('update-buildroots of an rpm target', () => {
  it('made a generation that says what it is made from', async () => {
    const { record, folder: place } = shared.generation;
    expect(record.packages).toEqual(['synthetic-base-9.0-1.el9.x86_64', 'synthetic-release-9-1.el9.noarch']);
    expect(record.releases).toMatchObject([
      { uri: distribution.url, release: 'synthetic', kind: 'baseurl', file: 'repodata/repomd.xml' },
    ]);
    expect(record.places).toContain(distribution.folder);
    expect(record.bytes).toBeGreaterThan(1024 ** 2);
    // Metadata stays, for sessions without network; packages do not, and nothing of the session that made it does.
    const cache = path.join(place, 'tree/buildroot/root/var/cache/dnf');
    const kept = await readdir(cache, { recursive: true });
    expect(kept.filter((name) => name.endsWith('.rpm'))).toEqual([]);
    expect(kept.some((name) => name.endsWith('repomd.xml'))).toBe(true);
    expect(await readdir(path.join(place, 'tree/buildroot/root/dev'))).toEqual([]);
    expect((await stat(path.dirname(path.dirname(place)))).mode & 0o077).toBe(0);
  });

  it('makes nothing when nothing changed upstream', async () => {
    const { configuration, state, name } = shared;
    const file = await targetFile(
      configuration.target.name,
      'text' in configuration.mock ? configuration.mock.text : '',
    );
    const { outcome, generation } = await updated({ targets: file, state, name });
    // Named, so the digest is that of the target of the file: only `where it came from` may differ.
    expect(outcome).toBe('unchanged');
    expect(generation?.id).toBe(shared.generation.id);
  });

  it('follows a repository, while a session holds the generation before', async () => {
    const served = path.join(folder, 'served');
    await extraRepository(served, [{ name: 'followed', version: '1.0' }]);
    await using server = await serveFolder(folder);
    const repositories = `extra ${server.url}/served priority=20`;
    const inputs = {
      targets: await targetFile('follow'),
      name: 'follow',
      repositories,
      'repository-keys': distribution.keyFile,
      include: 'followed',
      keep: '0',
    };
    const first = await updated(inputs);
    expect(first).toMatchObject({ outcome: 'created', reason: 'there was none' });
    expect(first.generation?.record.packages).toContain('followed-1.0-1.el9.noarch');
    expect(first.generation?.record.releases.map(({ uri }) => uri)).toEqual([distribution.url, `${server.url}/served`]);
    expect(await updated(inputs)).toMatchObject({ outcome: 'unchanged' });

    const state = path.join(folder, 'state');
    const configuration = first.generation?.record.configuration as unknown as Awaited<ReturnType<typeof rpmBuildroot>>;
    const held = await holdBuildroot({
      state,
      configuration,
      name: 'follow',
      runId: 'test',
      logger: new RecordingHost(),
      maxAgeSeconds: Number.POSITIVE_INFINITY,
    });
    await using session = await openMockSession({
      state,
      generation: held.generation,
      locks: [held.lock],
      scratch: 'disk',
      runId: 'test',
    });
    await rm(served, { recursive: true });
    await extraRepository(served, [{ name: 'followed', version: '1.1' }]);
    const second = await updated(inputs);
    expect(second).toMatchObject({ outcome: 'updated', reason: 'extra changed upstream', removed: [] });
    expect(second.generation?.record.packages).toContain('followed-1.1-1.el9.noarch');
    expect(await session.installedRpms()).toContain('followed-1.0-1.el9.noarch');
    await session.session.close();
    expect(await updated(inputs)).toMatchObject({ outcome: 'unchanged', removed: [first.generation?.id] });

    // Unreachable: the generation there is serves builds, with a warning.
    server.fail(100, 503, /served/);
    expect(await refused(inputs)).toMatch(/served.*503/);
    const logger = new RecordingHost();
    const offline = await holdBuildroot({
      state,
      configuration,
      name: 'follow',
      runId: 'test',
      logger,
      maxAgeSeconds: 0,
    });
    await offline.lock.release();
    expect(offline.generation.id).toBe(second.generation?.id);
    expect(logger.annotations('warning').map(({ message }) => message)).toEqual([
      expect.stringMatching(/could not be brought up to date, its last generation is used.*503/),
    ]);
  });

  it('says so in one line when a repository cannot be reached at all', async () => {
    await using server = await serveFolder(folder);
    const text = withRepositories({ gone: { url: `${server.url}/nowhere`, keyFile: distribution.keyFile } });
    expect(await refused({ targets: await targetFile('gone', text) })).toMatch(
      /buildroot of gone for .* cannot be made .*(?:404|Failed to download metadata).*check the address/,
    );
  });

  it('installs no package without a signature', async () => {
    const place = path.join(folder, 'unsigned');
    await extraRepository(place, [{ name: 'not-signed' }], { signed: false });
    const inputs = {
      targets: await targetFile('unsigned'),
      name: 'unsigned',
      repositories: `unsigned ${place} key=${distribution.keyFile}`,
      include: 'not-signed',
    };
    expect(await refused(inputs)).toMatch(/cannot be made .*not-signed.* is not signed.*only packages signed by a key/);
    // A folder of this machine may be trusted, by saying so.
    const { generation } = await updated({ ...inputs, repositories: `unsigned ${place} trusted=yes` });
    expect(generation?.record.packages).toContain('not-signed-1.0-1.el9.noarch');
    expect(generation?.record.releases.map(({ uri }) => uri)).toEqual([distribution.url, `file:${place}`]);
    expect(await updated({ ...inputs, repositories: `unsigned ${place} trusted=yes` })).toMatchObject({
      outcome: 'unchanged',
    });
  });

  it('installs no package that is signed by another key', async () => {
    const [made, place] = [path.join(folder, 'made'), path.join(folder, 'other-key')];
    await extraRepository(made, [{ name: 'other-key' }], { signed: false });
    const { key, publicKey } = await generateKey({ name: 'Other', email: 'other@example.org' });
    await mkdir(place);
    const [name = ''] = (await readdir(made)).filter((entry) => entry.endsWith('.rpm'));
    await signRpms([{ source: path.join(made, name), target: path.join(place, name) }], await openSigner({ key }));
    await command(['createrepo_c', '--quiet', place]);
    const inputs = { targets: await targetFile('other-key'), name: 'other-key', include: 'other-key' };
    expect(await refused({ ...inputs, repositories: `other ${place} key=${distribution.keyFile}` })).toMatch(
      /cannot be made .*(?:GPG|Public key|signature)/i,
    );
    // With its key it is installed: only the key was missing.
    const file = path.join(folder, 'other.asc');
    await writeFile(file, publicKey);
    const { generation } = await updated({ ...inputs, repositories: `other ${place} key=${file}` });
    expect(generation?.record.packages).toContain('other-key-1.0-1.el9.noarch');
  });

  it('takes configurations by name, and sees that one changed', async () => {
    const configurations = path.join(folder, 'etc-mock');
    await mkdir(path.join(configurations, 'templates'), { recursive: true });
    const template = path.join(configurations, 'templates/synthetic.tpl');
    await writeFile(template, distribution.mockConfig());
    await writeFile(
      path.join(configurations, `synthetic-9-${distribution.architecture}.cfg`),
      "include('templates/synthetic.tpl')\n",
    );
    const target = await rpmTarget({ name: 'named', mock: { config: 'synthetic-9-{architecture}' } });
    const hold = async () => {
      const logger = new RecordingHost();
      const configuration = await rpmBuildroot({ target, folder: configurations });
      const state = path.join(folder, 'state');
      const held = await holdBuildroot({ state, configuration, runId: 'test', logger, maxAgeSeconds: 3600 });
      await held.lock.release();
      return held;
    };
    const first = await hold();
    expect(first.name).toBe(`named-${distribution.architecture}`);
    expect(first.generation.record.packages).toContain('synthetic-base-9.0-1.el9.x86_64');
    expect(Object.keys(first.generation.record.tools).sort()).toEqual(['dnf', 'mock', 'rpm']);
    expect((await hold()).generation.id).toBe(first.generation.id);
    await writeFile(template, `${distribution.mockConfig()}\nconfig_opts['description'] = 'another'\n`);
    // As mock's own package has it: then the folder itself is shown.
    await writeFile(path.join(configurations, 'logging.ini'), LOGGING);
    expect((await hold()).generation.record.configurationDigest).not.toBe(first.generation.record.configurationDigest);
    await expect(
      rpmBuildroot({ target: { ...target, mock: { config: 'synthetik-9-{architecture}' } }, folder: configurations }),
    ).rejects.toThrow(/mock has no such configuration .*synthetik-9.*did you mean.*synthetic-9/i);
  });

  it.each(['synthetic-9', 'debian-12'])(
    'of %s is refused for an architecture that the release does not list',
    async (name) => {
      const target = await targetFile('synthetic-9');
      const packaging = path.join(folder, 'packaging.yml');
      const targets = `targets: [${path.basename(target)}, debian-12]\narchitectures: [s390x]\n`;
      await writeFile(
        target,
        (await readFile(target, 'utf8')).replace(/^architectures: .*$/m, 'architectures: [x86_64, s390x]'),
      );
      await writeFile(packaging, `release: { name: x }\n${targets}`);
      expect(await refused({ packaging, targets: name })).toMatch(
        /packaging\.yml: architectures: the release is not built for this architecture .*expected s390x/,
      );
    },
  );
});

it('leaves no mount and no process when the update is killed, and the next one works', async () => {
  const at = (name: string) => JSON.stringify(path.resolve(import.meta.dirname, '../../src', name));
  const state = path.join(folder, 'killed');
  const target = await rpmTarget({ name: 'killed' });
  const script = `
    import { rpmBuildroot } from ${at('buildroot/mock/configuration.ts')};
    import { prepareState } from ${at('buildroot/state.ts')};
    import { updateBuildroot } from ${at('buildroot/update.ts')};
    import { RecordingHost } from ${at('host/recording.ts')};
    const state = await prepareState(${JSON.stringify(state)});
    const configuration = await rpmBuildroot({ target: ${JSON.stringify(target)} });
    await updateBuildroot({ state, configuration, runId: 'victim', logger: new RecordingHost() });
  `;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  // Its session works on the tree; that mock has begun to install is seen by what it makes there.
  const place = path.join(state, 'buildroots', `killed-${distribution.architecture}`);
  const hasBegun = async () => {
    const [staging = ''] = (await readdir(place).catch(() => [] as string[])).filter((name) =>
      name.startsWith('.new-'),
    );
    return (await readdir(path.join(place, staging, 'tree/buildroot/root')).catch(() => [] as string[])).includes(
      'var',
    );
  };
  await expect.poll(hasBegun, { timeout: 300_000 }).toBe(true);
  // Nobody else makes, switches or removes generations meanwhile.
  expect(await tryLockBuildroot(place)).toBeUndefined();
  child.kill('SIGKILL');
  await ended;
  await expect.poll(() => traces(state), { timeout: 5000 }).toEqual([]);
  const { generation, lock } = await holdBuildroot({
    state: await prepareState(state),
    configuration: await rpmBuildroot({ target }),
    runId: 'test',
    logger: new RecordingHost(),
    maxAgeSeconds: 0,
  });
  await lock.release();
  expect((await readdir(place)).sort()).toEqual([generation.id, 'checked', 'current', 'history.jsonl', 'lock'].sort());
  expect(await readdir(path.join(state, 'sessions'))).toEqual([]);
}, 600_000);

describe('a mock configuration', () => {
  it.each([
    [
      'a mistake in its form',
      (text: string) => `${text}\nconfig_opts['x' = 1\n`,
      /mock\.text line \d+: .*(?:syntax|was never closed|forgot)/,
    ],
    [
      'a name that is not there',
      (text: string) => `${text}\nconfig_opts['x'] = nothing_of_this_name\n`,
      /mock\.text line \d+: .*name 'nothing_of_this_name' is not defined/,
    ],
    [
      'a missing file to include',
      (text: string) => `include('no-such-file.tpl')\n${text}`,
      /mock\.text.*no-such-file\.tpl/,
    ],
    ['no dnf.conf at all', () => "config_opts['target_arch'] = 'x86_64'\n", /mock configuration that cannot be used/],
  ] as [string, (text: string) => string, RegExp][])('with %s is told where', async (name, change, expected) => {
    const text = change(distribution.mockConfig());
    const message = await refused({
      targets: await targetFile(`bad-${name.replaceAll(' ', '-').replaceAll('.', '')}`, text),
    });
    expect(message).toMatch(expected);
    const line = Number(/line (\d+)/.exec(message)?.[1]);
    if (expected.source.includes('line')) expect(line).toBe(text.split('\n').length - 1);
  });

  it('that does not verify packages is refused before anything is installed', async () => {
    const place = path.join(folder, 'unverified');
    await extraRepository(place, [{ name: 'unverified' }], { signed: false });
    const text = withRepositories({ unverified: { url: `file://${place}` } });
    expect(await refused({ targets: await targetFile('unverified', text) })).toMatch(
      /the repository "unverified" does not verify its packages .*gpgcheck=0.*trusted=yes/,
    );
  });

  it('for another architecture is refused', async () => {
    const text = withRepositories({}, ["config_opts['target_arch'] = 'aarch64'"]);
    expect(await refused({ targets: await targetFile('other-arch', text) })).toMatch(
      /another architecture .*aarch64.*expected x86_64/,
    );
  });

  it('sees of this machine the folders that are repositories, and no other', async () => {
    const text = withRepositories({ etc: { url: 'file:///etc', keyFile: distribution.keyFile } });
    expect(await refused({ targets: await targetFile('etc', text) })).toMatch(/holds none .*"\/etc".*repomd\.xml/);
    const key = withRepositories({ shadow: { url: distribution.url, keyFile: '/etc/shadow' } });
    expect(await refused({ targets: await targetFile('shadow', key) })).toMatch(/not an OpenPGP public key/);
  });

  it('runs as nobody of the host, and sees nothing of it', async () => {
    const seen = path.join(folder, 'secret');
    await writeFile(seen, 'secret');
    const text = withRepositories({}, [
      `raise Exception(str(__import__('os').geteuid()) + ' ' + str(__import__('os').path.exists(${JSON.stringify(seen)})) + ' ' + ' '.join(sorted(k for k in __import__('os').environ if k == 'MARK')))`,
    ]);
    expect(await refused({ targets: await targetFile('spy', text) })).toMatch(/found 951 False\)/);
  });
});

it.each([
  [{ mirror: 'http://127.0.0.1/x' }, /input mirror: an input for deb targets alone .*mock configuration/],
  [{ name: 'x', pins: '*; release o=X; 1001' }, /input pins: an input for deb targets alone .*priority=N/],
  [{ repositories: 'x http://127.0.0.1/x' }, /needs a name/],
  [{ name: 'x', repositories: 'x http://127.0.0.1/x' }, /no key for a repository/],
  [{ name: 'x', repositories: 'deb http://127.0.0.1/x y z' }, /not an option of a repository.*"y"/],
  [{ name: 'x', repositories: 'x http://127.0.0.1/x trusted=yes' }, /over the network must be signed/],
  [{ name: 'x', include: 'a;b' }, /not a package name/],
  [{ architecture: 'sparc64' }, /no such architecture.*sparc64/],
] as [Record<string, string>, RegExp][])('update-buildroots refuses %j for an rpm target', async (inputs, expected) => {
  const state = path.join(folder, 'refused');
  const { code, host } = await update({ targets: await targetFile('refused'), state, ...inputs });
  expect(code).toBe(1);
  expect(errors(host).join('\n')).toMatch(expected);
  expect(await readdir(path.join(state, 'buildroots')).catch(() => [])).toEqual([]);
});

it('update-buildroots says how to get mock where it is not there', async () => {
  const before = process.env['MOCK'];
  process.env['MOCK'] = '/no/such/mock';
  try {
    expect(await refused({ targets: await targetFile('no-mock') })).toMatch(
      /the tool \/no\/such\/mock is not installed.*dnf install mock/,
    );
  } finally {
    process.env['MOCK'] = before;
  }
});
