/** check-version for rpm packages: real packages, real repositories, the outcome for people and for programs. */
import { cp, mkdir, readdir, readFile, rename, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { action } from '../../src/actions/check-version/inputs.ts';
import { run as check } from '../../src/actions/check-version/run.ts';
import type { CheckReport } from '../../src/actions/check-version/table.ts';
import { UserError } from '../../src/errors.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { readInputs } from '../../src/inputs.ts';
import { describeFiles, type Manifest, writeManifest } from '../../src/manifest.ts';
import { run } from '../../src/process.ts';
import { generateKey, openSigner } from '../../src/signing/openpgp.ts';
import { signRpms } from '../../src/signing/rpm.ts';
import { type GpgKey, makeDeb, makeKey, serve, temporaryFolder } from './check-version-fixture.ts';
import { makeRpm, sourceRpm } from './rpm-distribution-packages.ts';
import { makeRepository } from './rpm-index-fixture.ts';
import { RpmWorkbench } from './rpm-publish-helpers.ts';

const cleanup = new AsyncDisposableStack();
let work: string;
let key: GpgKey;
/** hello 1:1.0-1, its data and its source, in the channel `stable`; hello 1:1.0-2 in `testing`. As they are published. */
let stable: string;
let testing: string;
let built: string;

const SPEC = 'Name: hello\nEpoch: 1\nVersion: 1.0\nRelease: 1.el9\nSummary: x\nLicense: MIT\n%description\nx\n';
const hello = (release: string, more: object = {}) => ({
  name: 'hello',
  epoch: 1,
  release,
  architecture: 'x86_64',
  ...more,
});

beforeAll(async () => {
  work = cleanup.use(await temporaryFolder()).path;
  key = cleanup.use(await makeKey(work));
  built = path.join(work, 'built');
  const files = [
    await makeRpm(built, hello('1')),
    await makeRpm(built, { name: 'hello-data' }),
    await sourceRpm(built, { spec: SPEC }),
  ];
  // What is published is signed, and in folders as sign-publish lays them out.
  stable = path.join(work, 'repository/public/stable');
  testing = path.join(work, 'repository/public/testing');
  const signer = await openSigner({ key: (await generateKey({ name: 'x', email: 'x@example.org' })).key });
  for (const [folder, from] of [
    ['x86_64', files.slice(0, 2)],
    ['source', files.slice(2)],
  ] as const) {
    await mkdir(path.join(stable, folder), { recursive: true });
    const jobs = from.map((source) => ({ source, target: path.join(stable, folder, path.basename(source)) }));
    await signRpms(jobs, signer);
    await makeRepository(path.join(stable, folder), { key });
  }
  await makeRpm(path.join(testing, 'x86_64'), hello('2'));
  await makeRepository(path.join(testing, 'x86_64'), { key });
}, 60_000);
afterAll(() => cleanup.disposeAsync());

async function folder(): Promise<string> {
  return cleanup.use(await temporaryFolder()).path;
}

const line = (uri: string) => `rpm ${uri} key=${key.armored}`;

interface Run {
  readonly host: RecordingHost;
  readonly error: Error | undefined;
  readonly outputs: Record<string, string>;
  readonly report: CheckReport | undefined;
}

/** Runs the action as the frame does, inputs read from texts. */
async function runCheck(inputs: Record<string, string>): Promise<Run> {
  const host = new RecordingHost(inputs, { workspace: work });
  const values = readInputs(action, host, {
    resolvePath: (file) => path.resolve(host.workspace, file),
    readSecret: () => '',
  });
  let outputs: Record<string, string> = {};
  let error: Error | undefined;
  try {
    outputs = await check(values, host);
  } catch (thrown) {
    if (!(thrown instanceof UserError)) throw thrown;
    expect(thrown.message).not.toContain('\n');
    error = thrown;
    outputs = host.outputs;
  }
  const report = outputs['result'] === undefined ? undefined : (JSON.parse(outputs['result']) as CheckReport);
  return { host, error, outputs, report };
}

async function refusal(inputs: Record<string, string>): Promise<string> {
  const { error, host } = await runCheck(inputs);
  expect(host.outputs['result']).toBeUndefined();
  return error?.message ?? 'nothing was thrown';
}

function outcomes(report: CheckReport | undefined): string[] {
  return (report?.packages ?? []).map((one) => `${one.name} ${one.version} ${one.architecture}: ${one.outcome}`);
}

/** Writes a manifest that lists what `where` holds. */
async function list(where: string, more: Partial<Manifest> = {}): Promise<void> {
  const names = (await readdir(where)).filter((name) => name !== 'manifest.json');
  const role = (name: string) =>
    name.endsWith('.src.rpm') ? 'srpm' : name.endsWith('.rpm') ? 'rpm' : name.endsWith('.log') ? 'log' : 'other';
  await writeManifest(where, {
    schema: 'pkg-actions/manifest/1',
    stage: 'build',
    createdAt: '2024-01-01T00:00:00Z',
    tool: { name: 'pkg-actions', version: '0' },
    package: { name: 'hello', version: '1:1.0-1.el9', format: 'rpm' },
    change: 'merge',
    origins: [],
    verdict: 'success',
    tools: {},
    files: await describeFiles(
      where,
      names.map((name) => ({ name, role: role(name) })),
    ),
    ...more,
  });
}

describe('outcomes', () => {
  test('a build that is published already, though signed since: all the same', async () => {
    const packages = await folder();
    await cp(built, packages, { recursive: true });
    await writeFile(path.join(packages, 'build.log'), 'x');
    await list(packages);
    await using server = await serve(stable);
    for (const uri of [stable, server.url]) {
      const { error, outputs, report } = await runCheck({ packages, repositories: `prod: ${line(uri)}` });
      expect(error).toBeUndefined();
      expect(outputs).toMatchObject({ outcome: 'same', same: '3', new: '0', conflict: '0' });
      expect(outcomes(report)).toEqual([
        'hello 1:1.0-1.el9 source: same',
        'hello 1:1.0-1.el9 x86_64: same',
        'hello-data 1.0-1.el9 noarch: same',
      ]);
      expect(report?.repositories.map((one) => path.basename(one.uri))).toEqual(['x86_64', 'source']);
      expect(report?.repositories[0]).toEqual({
        channel: 'prod',
        uri: `${uri}/x86_64`,
        exists: true,
        date: expect.stringMatching(/^\d{4}-.*Z$/),
      });
    }
    // Headers only.
    expect(server.requests.filter((name) => name.endsWith('.rpm'))).toHaveLength(3);
  });

  test('new, upgrade and same over two channels, with table, outputs and report', async () => {
    const packages = await folder();
    await makeRpm(packages, hello('1', { version: '1.0^git1' }));
    await makeRpm(packages, { name: 'hello-new', version: '1.0~rc1' });
    const files = (await readdir(packages)).map((name) => path.join(packages, name));
    const data = path.join(built, 'hello-data-1.0-1.el9.noarch.rpm');
    const { host, error, outputs, report } = await runCheck({
      packages: [...files, data].join('\n'),
      repositories: `${line(stable)}\n${line(testing)}`,
      report: 'out/check.json',
    });
    expect(error).toBeUndefined();
    expect(outputs).toMatchObject({ outcome: 'upgrade', new: '1', upgrade: '1', same: '1' });
    expect(Object.keys(outputs).sort()).toEqual(Object.keys(action.outputs).sort());
    expect(report?.packages[0]?.published).toEqual({
      version: '1:1.0-2.el9',
      architecture: 'x86_64',
      channel: 'testing',
    });
    expect(JSON.parse(await readFile(path.join(work, 'out/check.json'), 'utf8'))).toEqual(report);
    expect(host.lines.filter((one) => one.groups.includes('Versions')).map((one) => one.message)).toEqual([
      'package              version           published    channel  outcome',
      'hello (x86_64)       1:1.0^git1-1.el9  1:1.0-2.el9  testing  upgrade',
      'hello-data (noarch)  1.0-1.el9         1.0-1.el9    stable   same',
      'hello-new (noarch)   1.0~rc1-1.el9     -            -        new',
    ]);
    expect(host.summaryText).toContain('| hello (x86_64) | `1:1.0^git1-1.el9` | `1:1.0-2.el9` | testing | upgrade |');
    expect(host.annotations()).toEqual([]);
  });

  test.each([
    ['a lower epoch', hello('9', { epoch: 0, version: '9.9' }), 'downgrade', 'older than 1:1.0-2.el9 in testing'],
    ['a tilde', hello('1', { version: '1.0~rc1' }), 'downgrade', 'older than 1:1.0-2.el9 in testing'],
    ['a lower release', hello('0.9'), 'downgrade', 'older than 1:1.0-2.el9 in testing'],
    [
      'the same, built again',
      hello('1', { files: { '/x': 'y' } }),
      'conflict',
      'published in stable with other content',
    ],
    [
      'another architecture of the same version',
      hello('2', { architecture: 'noarch' }),
      'conflict',
      'is the same version as 1:1.0-2.el9 in testing (x86_64) with other content',
    ],
  ])('%s fails', async (_, one, outcome, message) => {
    const file = await makeRpm(await folder(), one);
    const inputs = { packages: file, repositories: `${line(stable)}\n${line(testing)}` };
    const { error, outputs, host } = await runCheck(inputs);
    expect(error?.message).toContain('1 of 1 package cannot be published: hello ');
    expect(error?.message).toContain(message);
    expect(outputs).toMatchObject({ outcome, [outcome]: '1' });
    expect(host.annotations('error')[0]?.location?.title).toBe(`hello: ${outcome}`);
    const allowed = await runCheck({ ...inputs, 'allow-downgrade': 'true' });
    expect(allowed.error === undefined).toBe(outcome === 'downgrade');
  });

  test.each([
    ['a higher epoch', hello('0', { epoch: 2, version: '0.1' })],
    ['a caret', hello('0', { version: '1.0^20240101' })],
    ['another architecture', hello('0', { architecture: 'aarch64' })],
  ])('%s passes', async (_, one) => {
    const file = await makeRpm(await folder(), one);
    const { error, outputs } = await runCheck({ packages: file, repositories: `${line(stable)}\n${line(testing)}` });
    expect(error).toBeUndefined();
    expect(outputs['outcome']).toBe(one.architecture === 'aarch64' ? 'new' : 'upgrade');
  });

  test('builds for several architectures, together and one after the other', async () => {
    const spec = [
      ...['Name: multi', 'Version: 1.0', 'Release: 1.el9', 'Summary: x', 'License: MIT', '%description', 'x', '%files'],
      ...['%package doc', 'Summary: x', 'BuildArch: noarch', '%description doc', 'x', '%files doc', ''],
    ].join('\n');
    const build = async (architecture: string, host = architecture): Promise<string> => {
      const top = await folder();
      await writeFile(path.join(top, 'multi.spec'), spec);
      const defines = {
        _topdir: top,
        _arch_compat: `${architecture} noarch`,
        debug_package: '%{nil}',
        // Builds of one second differ in this alone.
        _buildhost: host,
      };
      await run([
        'rpmbuild',
        ...['-ba', '--quiet', '--target', architecture, path.join(top, 'multi.spec')],
        ...Object.entries(defines).flatMap(([macro, value]) => ['--define', `${macro} ${value}`]),
      ]);
      const packages = await folder();
      for (const place of [`RPMS/${architecture}`, 'RPMS/noarch', 'SRPMS'])
        await cp(path.join(top, place), packages, { recursive: true });
      await list(packages, { target: { name: 'el9', suite: '9', architecture } });
      return packages;
    };
    const [intel, arm] = [await build('x86_64'), await build('aarch64')];
    const root = await folder();
    const inputs = { repositories: `rpm ${root}`, 'allow-missing': 'true' };
    const together = await runCheck({ ...inputs, packages: `${intel}\n${arm}` });
    expect(together.error).toBeUndefined();
    expect(outcomes(together.report)).toEqual([
      'multi 1.0-1.el9 source: new',
      'multi 1.0-1.el9 aarch64: new',
      'multi 1.0-1.el9 x86_64: new',
      'multi-doc 1.0-1.el9 noarch: new',
    ]);
    expect(await refusal({ ...inputs, packages: `${intel}\n${await build('x86_64', 'another')}` })).toMatch(
      /multi(?:-doc)? 1\.0-1\.el9 is given twice with different content/,
    );
    // As sign-publish has it: noarch packages in every architecture's folder.
    for (const [place, name] of [
      ['x86_64', 'multi-1.0-1.el9.x86_64.rpm'],
      ['x86_64', 'multi-doc-1.0-1.el9.noarch.rpm'],
      ['source', 'multi-1.0-1.el9.src.rpm'],
    ] as const) {
      await mkdir(path.join(root, place), { recursive: true });
      await cp(path.join(intel, name), path.join(root, place, name));
      await makeRepository(path.join(root, place));
    }
    for (const packages of [arm, `${arm}\n${intel}`]) {
      const { error, report } = await runCheck({ ...inputs, packages });
      expect(error).toBeUndefined();
      expect(report?.packages.map(({ architecture, outcome }) => `${architecture} ${outcome}`)).toEqual(
        packages === arm
          ? ['source same', 'aarch64 new', 'noarch same']
          : ['source same', 'aarch64 new', 'x86_64 same', 'noarch same'],
      );
    }
    const again = await runCheck({ ...inputs, packages: await build('x86_64', 'another') });
    expect(again.outputs).toMatchObject({ outcome: 'conflict', conflict: '3' });
  });

  test('a channel as sign-publish makes it, with debug information and noarch packages, in a folder and over http', async () => {
    await using workbench = await RpmWorkbench.make();
    const subpackages = { doc: 'noarch', debuginfo: 'x86_64' };
    const packages = await workbench.full({ version: '3:1.0~rc1-1', subpackages });
    await workbench.publish([packages]);
    const root = path.join(workbench.repository, 'public');
    await using server = await serve(root);
    for (const uri of [`${root}/latest`, `${server.url}/latest`]) {
      const { error, report } = await runCheck({ packages, repositories: `rpm ${uri} key=${root}/key.asc` });
      expect(error).toBeUndefined();
      expect(outcomes(report)).toEqual([
        'hello 3:1.0~rc1-1 source: same',
        'hello 3:1.0~rc1-1 x86_64: same',
        'hello-debuginfo 3:1.0~rc1-1 x86_64: same',
        'hello-doc 3:1.0~rc1-1 noarch: same',
      ]);
      expect(report?.repositories.map((one) => one.uri.slice(uri.length))).toEqual([
        '/x86_64',
        '/x86_64/debug',
        '/source',
      ]);
      const older = await workbench.binaries({ version: '3:1.0~beta2-1', subpackages });
      const refused = await runCheck({ packages: older, repositories: `rpm ${uri} key=${root}/key.asc` });
      expect(refused.outputs).toMatchObject({ outcome: 'downgrade', downgrade: '3' });
    }
    expect((await runCheck({ packages, repositories: `rpm ${root}/latest key=${root}/key.asc` })).report).toMatchObject(
      {
        repositories: [{ channel: 'latest' }, { channel: 'latest' }, { channel: 'latest' }],
      },
    );
  }, 60_000);

  test('a repository that does not exist yet', async () => {
    const packages = path.join(built, 'hello-data-1.0-1.el9.noarch.rpm');
    const repositories = `rpm ${work}/nothing`;
    expect(await refusal({ packages, repositories })).toMatch(/does not exist.*allow-missing/);
    const { outputs, report } = await runCheck({ packages, repositories, 'allow-missing': 'true' });
    expect(outputs['outcome']).toBe('new');
    expect(report?.repositories).toEqual([{ channel: `${work}/nothing`, uri: `${work}/nothing`, exists: false }]);
  });
});

describe('packages that are refused, in one line', () => {
  let repositories: string;
  beforeAll(() => {
    repositories = line(stable);
  });

  test('tampered with against the manifest, a failed build, no packages', async () => {
    const packages = await folder();
    const file = await makeRpm(packages, hello('3'));
    await list(packages, { verdict: 'package' });
    expect(await refusal({ packages, repositories })).toMatch(/the build did not succeed/);
    await list(packages);
    const data = await readFile(file);
    await writeFile(file, Buffer.concat([data, Buffer.from('x')]));
    expect(await refusal({ packages, repositories })).toMatch(/the file is not the one that the manifest lists/);
    // A manifest of something that is no whole package.
    await list(packages);
    expect(await refusal({ packages, repositories })).toMatch(/\.x86_64\.rpm: the package is damaged/);
    await rename(file, path.join(packages, 'hello.log'));
    await list(packages);
    expect(await refusal({ packages, repositories })).toMatch(/no package is listed \(expected an \.rpm file\)/);
  });

  test('cut, of another kind, with a damaged header or payload', async () => {
    const file = await makeRpm(await folder(), hello('3', { files: { '/usr/share/x': 'x'.repeat(5000) } }));
    const whole = await readFile(file);
    for (const length of [0, 50, 96, 300, 5000, whole.length - 1]) {
      await truncate(file, length);
      expect(await refusal({ packages: file, repositories }), `${length}`).toMatch(
        /hello-1\.0-3\.el9\.x86_64\.rpm: (?:the package is damaged|not an rpm package)/,
      );
      await writeFile(file, whole);
    }
    const header = Buffer.from(whole);
    header[header.indexOf('hello of the tests')] = 0x48;
    await writeFile(file, header);
    expect(await refusal({ packages: file, repositories })).toMatch(/header does not match its digest/);
    const payload = Buffer.from(whole);
    payload[payload.length - 20] = (payload.at(-20) ?? 0) ^ 1;
    await writeFile(file, payload);
    expect(await refusal({ packages: file, repositories })).toMatch(/payload does not match its digest/);
    await writeFile(file, 'x'.repeat(1000));
    expect(await refusal({ packages: file, repositories })).toMatch(/not an rpm package/);
  });

  test('one version twice with different content; the same file twice counts once', async () => {
    const one = await makeRpm(await folder(), hello('3'));
    const two = await makeRpm(await folder(), hello('3', { files: { '/x': 'y' } }));
    expect(await refusal({ packages: `${one}\n${two}`, repositories })).toMatch(
      /hello 1:1\.0-3\.el9 is given twice with different content/,
    );
    expect(outcomes((await runCheck({ packages: `${one}\n${one}`, repositories })).report)).toHaveLength(1);
  });

  test('packages of both formats, and repositories of the other one', async () => {
    const rpm = await makeRpm(await folder(), hello('3'));
    const deb = await makeDeb(await folder(), { name: 'hello', version: '1.0-1' });
    expect(await refusal({ packages: `${rpm}\n${deb}`, repositories })).toMatch(
      /^input packages: packages of two formats \(found .*hello-1\.0-3\.el9\.x86_64\.rpm and .*hello_1\.0-1_amd64\.deb/,
    );
    expect(await refusal({ packages: deb, repositories })).toMatch(
      /^input repositories, "rpm .*: deb packages do not compare with an rpm repository \(expected deb URI SUITE/,
    );
    const apt = 'deb [trusted=yes] http://someone:geheim@127.0.0.1/ bookworm main';
    const message = await refusal({ packages: rpm, repositories: apt });
    expect(message).toMatch(/rpm packages do not compare with an apt repository \(expected rpm URI/);
    expect(message).not.toContain('geheim');
  });
});

describe('repositories', () => {
  test('that are refused, in one line', async () => {
    const packages = path.join(built, 'hello-data-1.0-1.el9.noarch.rpm');
    await using server = await serve(stable);
    for (const [repositories, message] of [
      ['rpm', /not an rpm repository/],
      [`rpm ${server.url}`, /no key is named for the repository/],
      [`rpm ${server.url} gpgcheck=1`, /not an option of a repository \(found "gpgcheck=1"/],
      [`rpm ${server.url}/$releasever/x key=x`, /a variable of dnf that is not known here \(found "\$releasever/],
      ['rpm https://example.org/mirrorlist?repo=x key=x', /a list of mirrors/],
      ['rpm https://someone:geheim@example.org/?x key=x', /not the URI of a repository/],
      [`a/b: rpm ${server.url}`, /not a name of a channel/],
    ] as const) {
      const found = await refusal({ packages, repositories });
      expect(found).toMatch(message);
      expect(found).not.toContain('geheim');
    }
    server.trouble = () => 'cut';
    expect(await refusal({ packages, repositories: line(server.url), attempts: '1' })).toMatch(
      new RegExp(`^${server.url}: the repository cannot be read \\(found `),
    );
  });

  test("build-mock's form, keys for all, relative folders, and the channel that a folder tells", async () => {
    const packages = path.join(built, 'hello-data-1.0-1.el9.noarch.rpm');
    const { outputs, report } = await runCheck({
      packages,
      repositories: `acme ${stable}/x86_64 priority=10\nrpm repository/public/stable/x86_64\nrpm [trusted=yes] ${testing}`,
      'repository-keys': 'key.gpg',
    });
    expect(outputs['outcome']).toBe('same');
    expect(report?.repositories.map(({ channel }) => channel)).toEqual(['acme', 'stable', 'testing']);
    const stranger = await folder();
    await using other = await makeKey(stranger);
    expect(await refusal({ packages, repositories: `rpm ${stable}`, 'repository-keys': other.armored })).toMatch(
      /no valid signature by a trusted key/,
    );
  });

  test("the order is rpm's", async () => {
    const versions = [
      '1.0~~',
      '1.0~rc1',
      '1.0',
      '1.0^',
      '1.0^git1~pre',
      '1.0^git1',
      '1.0.1',
      '1.01',
      '1.a',
      '1.10',
      '2',
    ];
    const lua = versions
      .flatMap((one) => versions.map((two) => `io.write(rpm.vercmp("${one}-1", "${two}-1"), " ")`))
      .join(' ');
    const { stdout } = await run(['rpm', '--eval', `%{lua: ${lua}}`]);
    const expected = stdout.trim().split(/\s+/).map(Number);
    const { checkRpmCandidate } = await import('../../src/rpm/version-check.ts');
    const asked = versions.flatMap((one) =>
      versions.map((two) => {
        const common = { kind: 'binary', name: 'a', architecture: 'noarch' } as const;
        const published = { ...common, version: `${two}-1`, sha256: 'b', channel: 'c' };
        const { outcome } = checkRpmCandidate({ ...common, version: `${one}-1`, sha256: 'a' }, [published]);
        return { upgrade: 1, conflict: 0, downgrade: -1 }[outcome as 'upgrade'];
      }),
    );
    expect(asked).toEqual(expected);
  });
});
