/** The action sign-publish for rpm, as a person uses it: inputs in, outputs, summary and errors out. */
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
import { filesWith } from './publish-helpers.ts';
import { RpmWorkbench } from './rpm-publish-helpers.ts';

const PASSPHRASE = 'correct horse battery staple';
let bench: RpmWorkbench;
let key: string;
let fingerprint: string;

beforeAll(async () => {
  bench = await RpmWorkbench.make();
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
  for (const secret of [key.split('\n')[4] ?? 'x', PASSPHRASE, 'PRIVATE KEY']) {
    expect(said).not.toContain(secret);
    expect(await filesWith(bench.folder, secret)).toEqual([]);
  }
  return { host, code, errors: host.annotations('error').map(({ message }) => message) };
}

const relative = (folder: string) => path.relative(bench.folder, folder);

describe('sign-publish', () => {
  it('names what leaves the channel without another version', async () => {
    const publish = async (build: string) => await act({ packages: relative(build), label: 'Acme packages' });
    await publish(await bench.full({ subpackages: { libs: 'x86_64', doc: 'noarch' } }));
    const { host } = await publish(await bench.full({ version: '1.0-2', subpackages: { doc: 'noarch' } }));
    expect(host.summaryText).toContain(
      '### No longer in the channel: 1\n\nTheir source package has another version now, which does not make them.\n\n| package | version | architecture |\n|---|---|---|\n| `hello-libs` | `1.0-1` | x86_64 |\n\n',
    );
    expect(host.transcript()).toContain('hello-libs 1.0-1 (x86_64): leaves the channel, without another version');
    const { host: last } = await publish(await bench.full({ version: '1.0-3', subpackages: { doc: 'noarch' } }));
    expect(last.summaryText).not.toContain('No longer');
  });

  it('publishes, and says what, where and how to use it', async () => {
    const builds = [await bench.full({ subpackages: { debuginfo: 'x86_64' } }), await bench.binaries({ name: 'more' })];
    const { host, code } = await act({
      packages: builds.map(relative).join('\n'),
      label: 'Acme packages',
      url: 'https://packages.example.org/el9/',
      'signing-key-fingerprint': fingerprint,
      report: 'out/report.json',
    });
    expect(code).toBe(EXIT.success);
    expect(host.outputs).toMatchObject({
      changed: 'true',
      channel: 'latest',
      repository: bench.repository,
      fingerprint,
      'snapshot-uri': `https://packages.example.org/el9/snapshots/${host.outputs['snapshot']}`,
      'sources-entry': '',
    });
    expect(Object.keys(host.outputs).sort()).toEqual(Object.keys(action.outputs).sort());
    expect(host.outputs['repo-file']).toBe(`[acme-packages]
name=Acme packages
baseurl=https://packages.example.org/el9/latest/$basearch
enabled=1
gpgcheck=1
repo_gpgcheck=1
gpgkey=https://packages.example.org/el9/key.asc

[acme-packages-debuginfo]
name=Acme packages - debug information
baseurl=https://packages.example.org/el9/latest/$basearch/debug
enabled=0
gpgcheck=1
repo_gpgcheck=1
gpgkey=https://packages.example.org/el9/key.asc

[acme-packages-source]
name=Acme packages - sources
baseurl=https://packages.example.org/el9/latest/source
enabled=0
gpgcheck=1
repo_gpgcheck=1
gpgkey=https://packages.example.org/el9/key.asc
`);
    const published = JSON.parse(host.outputs['published'] ?? '') as { packages: { name: string; type: string }[] };
    expect(published).toMatchObject({ schema: 'pkg-actions/published/1', format: 'rpm', signedBy: fingerprint });
    expect(published.packages.map((each) => `${each.name} ${each.type}`).sort()).toEqual([
      'hello rpm',
      'hello srpm',
      'hello-debuginfo rpm',
      'more rpm',
    ]);
    expect(JSON.parse(await readFile(path.join(bench.folder, 'out', 'report.json'), 'utf8'))).toEqual(published);
    for (const text of [
      '| `hello` | `1.0-1` | x86_64 | new |',
      '/etc/yum.repos.d/acme-packages.repo',
      '| indexes made (createrepo_c) |',
      '| read by gpgv, rpmkeys and dnf |',
      fingerprint,
    ]) {
      expect(host.summaryText).toContain(text);
    }
    expect(host.transcript()).toContain('info: hello-debuginfo 1.0-1 (x86_64) in debug: added');
  });

  it('gives a .repo file that dnf takes as it is, and finds sources and debug information by', async () => {
    const build = await bench.full({ subpackages: { debuginfo: 'x86_64' } });
    const { host } = await act({ packages: relative(build), label: 'Acme' });
    const folder = await bench.scratch('repos');
    await writeFile(path.join(folder, 'acme.repo'), host.outputs['repo-file'] ?? '');
    const dnf = await bench.dnf();
    const own = ['--disablerepo=test', `--setopt=reposdir=${folder}`];
    expect(await dnf.list(...own)).toEqual(['hello-1.0-1.x86_64']);
    expect(await dnf.list(...own, '--enablerepo=acme-debuginfo')).toEqual([
      'hello-1.0-1.x86_64',
      'hello-debuginfo-1.0-1.x86_64',
    ]);
    await dnf.run(...own, '--setopt=plugins=1', 'download', '--source', 'hello');
    await dnf.run(...own, 'install', 'hello');
    await runTool(['test', '-f', path.join(dnf.folder, 'hello-1.0-1.src.rpm')]);
  });

  it('says that there is nothing to do', async () => {
    const build = relative(await bench.full());
    const first = await act({ packages: build });
    const { host, code } = await act({ packages: build });
    expect(code).toBe(EXIT.success);
    expect(host.outputs).toMatchObject({ changed: 'false', snapshot: first.host.outputs['snapshot'] });
    expect(host.transcript()).toContain('Nothing to publish: latest');
  });

  it('signs with gpg, by the fingerprint of a key in its home', async () => {
    const home = await bench.scratch('gnupg');
    await runTool(['chmod', '700', home]);
    const env = { GNUPGHOME: home };
    const user = 'Gpg Archive <gpg@example.org>';
    await runTool(['gpg', '--batch', '--passphrase', '', '--quick-gen-key', user, 'ed25519', 'sign', '1y'], { env });
    try {
      const { stdout } = await runTool(['gpg', '--batch', '--with-colons', '--list-keys'], { env });
      const own = /^fpr:+([0-9A-F]{40}):/m.exec(stdout)?.[1] ?? '';
      const inputs = { signer: 'gpg', 'gpg-home': home, 'signing-key': '', 'signing-key-passphrase': '' };
      const packages = relative(await bench.full());
      expect((await act({ ...inputs, packages })).errors[0]).toContain('gpg needs to know which key signs');
      const { host, code } = await act({ ...inputs, packages, 'signing-key-fingerprint': own });
      expect(code).toBe(EXIT.success);
      expect(host.outputs['fingerprint']).toBe(own);
      const dnf = await bench.dnf();
      await dnf.run('install', 'hello');
    } finally {
      await runTool(['gpgconf', '--kill', 'all'], { env });
    }
  });

  it.each([
    ['a suite', { suite: 'bookworm' }, 'input suite: an input for deb repositories'],
    ['components', { components: 'main' }, 'input components: an input for deb repositories'],
    ['an origin', { origin: 'Acme' }, 'input origin: an input for deb repositories'],
    ['a file of groups that is not there', { groups: 'nope.xml' }, 'input groups'],
    ['an unknown signer', { signer: 'pgp' }, 'input signer'],
    ['a home of gpg without gpg', { 'gpg-home': '.' }, 'input gpg-home'],
    ['gpg with two keys', { signer: 'gpg', 'gpg-home': '.', 'signing-key-fingerprint': 'A'.repeat(40) }, 'two ways'],
    ['no key', { 'signing-key': '' }, 'a required secret is missing'],
    ['another fingerprint', { 'signing-key-fingerprint': 'A'.repeat(40) }, 'another key than the expected one'],
    ['a channel with a path in it', { channel: '../x' }, 'not a name of a channel'],
    ['an architecture that is none', { architectures: 'noarch' }, 'input architectures'],
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

  it('refuses builds of both formats, and inputs for rpm with deb packages', async () => {
    const build = await bench.binaries({});
    const other = await bench.scratch('deb');
    const { manifest } = await readManifest(build);
    await writeManifest(other, { ...manifest, package: { ...manifest.package, format: 'deb' }, files: [] });
    expect((await act({ packages: [build, other].map(relative).join('\n') })).errors[0]).toMatch(
      /builds of both formats .*rpm in .*deb in/,
    );
    expect((await act({ packages: relative(other), updateinfo: 'x.xml' })).errors[0]).toContain(
      'input updateinfo: an input for rpm repositories, and the packages are deb',
    );
  });
});

describe('with a packaging file', () => {
  it('takes path, architectures, label, groups, channel and key from it, by the target of the packages', async () => {
    await mkdir(path.join(bench.folder, 'conf'), { recursive: true });
    await writeFile(
      path.join(bench.folder, 'conf', 'comps.xml'),
      '<?xml version="1.0"?>\n<comps><group><id>g</id><name>Our group</name></group></comps>\n',
    );
    await writeFile(
      path.join(bench.folder, 'packaging.yml'),
      [
        'release: { name: acme, version: "1" }',
        'targets: [el9, debian-12]',
        'repositories:',
        '  - name: acme',
        '    path: srv/{target}',
        '    url: https://packages.example.org/{target}',
        '    label: Acme packages',
        '    architectures: [amd64, aarch64]',
        '    groups: conf/comps.xml',
        '    channels: [testing, stable]',
        `signing: { key: ${fingerprint} }`,
        '',
      ].join('\n'),
    );
    const inputs = { packages: relative(await bench.full()), repository: '', packaging: 'packaging.yml' };
    const { host, code, errors } = await act(inputs);
    expect(errors).toEqual([]);
    expect(code).toBe(EXIT.success);
    const root = path.join(bench.folder, 'srv', 'el9');
    expect(host.outputs).toMatchObject({ repository: root, channel: 'testing' });
    expect(host.outputs['repo-file']).toContain('baseurl=https://packages.example.org/el9/testing/$basearch\n');
    expect(host.outputs['repo-file']).toMatch(/^\[acme-packages-testing\]\nname=Acme packages \(testing\)\n/);
    expect(host.summaryText).toContain('https://packages.example.org/el9/acme-packages-testing.repo\n');
    const file = await readFile(path.join(root, 'public', 'acme-packages-testing.repo'), 'utf8');
    expect(file.replace(/^#.*\n/, '')).toBe(host.outputs['repo-file']);
    for (const architecture of ['x86_64', 'aarch64']) {
      const repomd = path.join(root, 'public', 'testing', architecture, 'repodata', 'repomd.xml');
      expect(await readFile(repomd, 'utf8')).toContain('<data type="group">');
    }
    expect((await act(inputs)).host.outputs['changed']).toBe('false');
    const stranger = await generateKey({ name: 'Other', email: 'other@example.org' });
    expect((await act({ ...inputs, 'signing-key': stranger.key.reveal() })).errors[0]).toContain(
      'another key than the expected one',
    );
  });
});
