/** The action sign-publish as a person uses it: inputs in, outputs, summary and errors out. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { action } from '../../src/actions/sign-publish/inputs.ts';
import { run } from '../../src/actions/sign-publish/run.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { EXIT, runAction } from '../../src/main.ts';
import { readManifest, writeManifest } from '../../src/manifest.ts';
import { run as runTool } from '../../src/process.ts';
import { generateKey } from '../../src/signing/openpgp.ts';
import { filesWith, treeDigest, Workbench } from './publish-helpers.ts';

const PASSPHRASE = 'correct horse battery staple';
let bench: Workbench;
let key: string;
let fingerprint: string;

beforeAll(async () => {
  bench = await Workbench.make();
  const made = await generateKey({ name: 'Acme Archive', email: 'archive@example.org', passphrase: PASSPHRASE });
  key = made.key.reveal();
  ({ fingerprint } = made);
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await rm(bench.repository, { recursive: true, force: true });
});

async function act(inputs: Record<string, string>) {
  const host = new RecordingHost(
    { repository: 'repository', 'signing-key': key, 'signing-key-passphrase': PASSPHRASE, ...inputs },
    { workspace: bench.folder },
  );
  const code = await runAction(action, run, host);
  const said = host.transcript();
  // Whatever happens: nothing of the key, not even of a wrong passphrase.
  for (const secret of [
    key.split('\n')[4] ?? 'x',
    PASSPHRASE,
    inputs['signing-key-passphrase'] || PASSPHRASE,
    'PRIVATE KEY',
  ]) {
    expect(said).not.toContain(secret);
    expect(await filesWith(bench.folder, secret)).toEqual([]);
  }
  return { host, code, errors: host.annotations('error').map(({ message }) => message) };
}

const relative = (folder: string) => path.relative(bench.folder, folder);

describe('sign-publish', () => {
  it('publishes, and says what, where and how to use it', async () => {
    const builds = [await bench.full('hello', '1.0-1'), await bench.binaries({ name: 'data', architecture: 'all' })];
    const { host, code } = await act({
      packages: builds.map(relative).join('\n'),
      origin: 'Acme',
      label: 'Acme packages',
      url: 'https://packages.example.org/bookworm/',
      'signing-key-fingerprint': fingerprint
        .toLowerCase()
        .replace(/(.{4})/g, '$1 ')
        .trim(),
      report: 'out/report.json',
    });
    expect(code).toBe(EXIT.success);
    expect(host.outputs).toMatchObject({
      changed: 'true',
      channel: 'latest',
      repository: bench.repository,
      fingerprint,
      'snapshot-uri': `https://packages.example.org/bookworm/snapshots/${host.outputs['snapshot']}`,
    });
    expect(Object.keys(host.outputs).sort()).toEqual(Object.keys(action.outputs).sort());
    const published = JSON.parse(host.outputs['published'] ?? '') as { packages: { name: string; action: string }[] };
    expect(published.packages.map((each) => `${each.name} ${each.action}`).sort()).toEqual([
      'data add',
      'hello add',
      'hello add',
    ]);
    expect(JSON.parse(await readFile(path.join(bench.folder, 'out', 'report.json'), 'utf8'))).toEqual(published);
    for (const text of [
      '| `hello` | `1.0-1` | amd64 | main | new |',
      `fingerprint ${fingerprint}`,
      '/etc/apt/sources.list.d/acme-packages.sources',
      'URIs: https://packages.example.org/bookworm/latest\nSuites: bookworm\nComponents: main\n',
      'deb [signed-by=/etc/apt/keyrings/acme-packages.asc] https://packages.example.org/bookworm/latest bookworm main',
      '| indexes made (reprepro) |',
    ]) {
      expect(host.summaryText).toContain(text);
    }
    expect(host.transcript()).toContain('info: hello 1.0-1 (amd64) in main: added');
  });

  it('gives a .sources file that apt takes as it is', async () => {
    const { host } = await act({ packages: relative(await bench.full('hello', '1.0-1')) });
    const apt = await bench.scratch('deb822');
    await mkdir(path.join(apt, 'sources.list.d'));
    await mkdir(path.join(apt, 'lists', 'partial'), { recursive: true });
    await writeFile(path.join(apt, 'sources.list.d', 'acme.sources'), host.outputs['sources-entry'] ?? '');
    const options = [
      ...['-o', `Dir::Etc::sourcelist=/dev/null`, '-o', `Dir::Etc::sourceparts=${apt}/sources.list.d`],
      ...['-o', `Dir::State::lists=${apt}/lists`, '-o', `Dir::Cache=${apt}`, '-o', 'Dir::Etc::trustedparts=/dev/null'],
      ...['-o', 'APT::Sandbox::User=root', '-o', 'Acquire::Languages=none', '-o', 'APT::Update::Error-Mode=any'],
    ];
    await runTool(['apt-get', '-q', ...options, 'update']);
    const { stdout } = await runTool(['apt-get', '-q', ...options, '--print-uris', 'download', 'hello:amd64']);
    expect(stdout).toContain('pool/main/h/hello/hello_1.0-1_amd64.deb');
  });

  it('says that there is nothing to do', async () => {
    const build = relative(await bench.binaries({}));
    const first = await act({ packages: build });
    const { host, code } = await act({ packages: build });
    expect(code).toBe(EXIT.success);
    expect(host.outputs).toMatchObject({ changed: 'false', snapshot: first.host.outputs['snapshot'] });
    expect(host.transcript()).toContain('Nothing to publish: latest');
    expect(host.summaryText).toContain('unchanged');
  });

  it('fails in one line for a downgrade, and names every package of several', async () => {
    await act({
      packages: relative(await bench.binaries({ name: 'aa', version: '2.0' }, { name: 'bb', version: '2.0' })),
    });
    const before = await treeDigest(bench.repository);
    const { code, errors } = await act({
      packages: relative(await bench.binaries({ name: 'aa', version: '1.0' }, { name: 'bb', version: '1.0' })),
    });
    expect(code).toBe(EXIT.failure);
    expect(errors).toHaveLength(2);
    expect(errors[0]).toMatch(/aa_1\.0_amd64\.deb: .*a downgrade \(found aa 1\.0/);
    expect(errors[1]).toMatch(/bb_1\.0_amd64\.deb: .*a downgrade/);
    expect(await treeDigest(bench.repository)).toBe(before);
  });

  it.each([
    ['a wrong passphrase', { 'signing-key-passphrase': 'wrong horse' }, 'the passphrase does not open the key'],
    ['no passphrase', { 'signing-key-passphrase': '' }, 'none was given'],
    ['another fingerprint', { 'signing-key-fingerprint': 'A'.repeat(40) }, 'another key than the expected one'],
    ['something else than a key', { 'signing-key': 'hunter2' }, 'not an OpenPGP private key'],
    ['no key', { 'signing-key': '' }, 'a required secret is missing'],
    ['a folder without a manifest', { packages: '.' }, 'the manifest cannot be read'],
    ['no folder of a repository', { repository: '' }, 'the folder of the repository is not known'],
    ['a channel with a path in it', { channel: '../x' }, 'not a name of a channel'],
    ['a suite with a path in it', { suite: '../x' }, 'input suite'],
    ['an origin of two lines', { origin: 'a\nb' }, 'input origin'],
    ['an unknown packaging file', { packaging: 'nope.yml' }, 'nope.yml'],
    ['a name without a packaging file', { 'repository-name': 'acme' }, 'input repository-name'],
  ])('refuses %s before it touches anything', async (_name, inputs, message) => {
    const { code, errors, host } = await act({ packages: relative(await bench.binaries({})), ...inputs });
    expect(code).toBe(EXIT.failure);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(message);
    expect(host.outputs).toEqual({});
    const { exitCode } = await runTool(['test', '-e', path.join(bench.repository, 'public', 'latest')], {
      okExitCodes: 'any',
    });
    expect(exitCode).toBe(1);
  });

  it('refuses an expired key', async () => {
    const old = await generateKey({
      name: 'Old',
      email: 'old@example.org',
      created: new Date('2020-01-01'),
      validSeconds: 86_400,
    });
    const { errors } = await act({ packages: relative(await bench.binaries({})), 'signing-key': old.key.reveal() });
    expect(errors[0]).toContain('the key has expired (found expired on 2020-01-02)');
  });

  it('warns of a key that expires soon', async () => {
    const soon = await generateKey({ name: 'Soon', email: 'soon@example.org', validSeconds: 20 * 86_400 });
    const { host, code } = await act({
      packages: relative(await bench.binaries({})),
      'signing-key': soon.key.reveal(),
    });
    expect(code).toBe(EXIT.success);
    expect(host.annotations('warning').map(({ message }) => message)).toEqual([
      expect.stringMatching(/expires on .*, in (19|20) days/),
    ]);
  });

  it('stops when it is cancelled', async () => {
    const host = new RecordingHost(
      {
        packages: relative(await bench.binaries({})),
        repository: 'repository',
        'signing-key': key,
        'signing-key-passphrase': PASSPHRASE,
      },
      { workspace: bench.folder },
    );
    setTimeout(() => host.cancel(), 100);
    expect(await runAction(action, run, host)).toBe(EXIT.cancelled);
    expect((await act({ packages: relative(await bench.binaries({})) })).code).toBe(EXIT.success);
  });
});

describe('with a packaging file', () => {
  it('takes path, suite, components, channel and key from it, by the target of the packages', async () => {
    await writeFile(
      path.join(bench.folder, 'packaging.yml'),
      [
        'release: { name: acme, version: "1" }',
        'targets: [debian-12, ubuntu-24.04]',
        'repositories:',
        '  - name: acme',
        '    path: srv/{suite}',
        '    url: https://packages.example.org/{suite}',
        '    components: [main, contrib]',
        '    architectures: [amd64, arm64]',
        '    udeb-component: contrib',
        '    channels: [testing, stable]',
        '  - name: extra',
        '    targets: [ubuntu-24.04]',
        '    path: srv/extra',
        `signing: { key: ${fingerprint} }`,
        '',
      ].join('\n'),
    );
    const build = await bench.binaries({}, { name: 'hello-udeb', extension: 'udeb' });
    const inputs = { packages: relative(build), repository: '', packaging: 'packaging.yml' };
    const { host, code } = await act(inputs);
    expect(code).toBe(EXIT.success);
    const root = path.join(bench.folder, 'srv', 'bookworm');
    expect(host.outputs).toMatchObject({ repository: root, channel: 'testing' });
    const release = await readFile(path.join(root, 'public', 'testing', 'dists', 'bookworm', 'Release'), 'utf8');
    for (const line of ['Origin: acme', 'Label: acme', 'Components: main contrib', 'Architectures: amd64 arm64']) {
      expect(release).toContain(`${line}\n`);
    }
    expect(release).toContain(' contrib/debian-installer/binary-amd64/Packages\n');
    expect(host.outputs['sources-entry']).toContain('URIs: https://packages.example.org/bookworm/testing\n');
    expect(host.summaryText).toContain('https://packages.example.org/bookworm/acme-testing.sources\n');
    const file = await readFile(path.join(root, 'public', 'acme-testing.sources'), 'utf8');
    expect(file.replace(/^#.*\n/, '')).toBe(host.outputs['sources-entry']);

    const { manifest } = await readManifest(build);
    await writeManifest(build, {
      ...manifest,
      target: { name: 'ubuntu-24.04', suite: 'noble', architecture: 'amd64' },
    });
    expect((await act(inputs)).errors[0]).toMatch(
      /several repositories for the target .*one of acme, extra\); name one with repository-name/,
    );
    expect((await act({ ...inputs, 'repository-name': 'nope' })).errors[0]).toContain(
      'no such repository for the target',
    );
    const extra = await act({ ...inputs, 'repository-name': 'extra', 'udeb-component': '' });
    expect(extra.host.outputs['repository']).toBe(path.join(bench.folder, 'srv', 'extra'));

    const other = await generateKey({ name: 'Other', email: 'other@example.org' });
    expect(
      (await act({ ...inputs, 'repository-name': 'acme', 'signing-key': other.key.reveal() })).errors[0],
    ).toContain('another key than the expected one');
    await rm(path.join(bench.folder, 'packaging.yml'));
  });
});
