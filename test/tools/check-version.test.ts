/** check-version as a whole: real packages, real repositories, the outcome for people and for programs. */
import { createHash } from 'node:crypto';
import {
  appendFile,
  copyFile,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { action } from '../../src/actions/check-version/inputs.ts';
import { run as check } from '../../src/actions/check-version/run.ts';
import type { CheckReport } from '../../src/actions/check-version/table.ts';
import { UserError } from '../../src/errors.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { readInputs } from '../../src/inputs.ts';
import { type FileRole, type Manifest, writeManifest } from '../../src/manifest.ts';
import { run } from '../../src/process.ts';
import { type GpgKey, makeDeb, makeKey, makeSource, publish, serve, temporaryFolder } from './check-version-fixture.ts';

const cleanup = new AsyncDisposableStack();
let work: string;
let key: GpgKey;
/** hello 1.0-1: deb, data, udeb and source, in the channel `stable`; 1.0-2 of the deb in `testing`. */
let stable: string;
let testing: string;

beforeAll(async () => {
  work = cleanup.use(await temporaryFolder()).path;
  key = cleanup.use(await makeKey(work));
  stable = path.join(work, 'repository/public/stable');
  testing = path.join(work, 'repository/public/testing');
  const pool = path.join(stable, 'pool/main');
  await makeDeb(pool, { name: 'hello', version: '1.0-1' });
  await makeDeb(pool, { name: 'hello-data', version: '1.0-1', architecture: 'all' });
  await makeDeb(path.join(stable, 'pool/udeb'), { name: 'hello-udeb', version: '1.0-1', extension: 'udeb' });
  await makeSource(pool, { name: 'hello', version: '1.0-1' });
  await publish(stable, { key });
  await makeDeb(path.join(testing, 'pool/main'), { name: 'hello', version: '1.0-2' });
  await publish(testing, { key });
});
afterAll(() => cleanup.disposeAsync());

async function folder(): Promise<string> {
  return cleanup.use(await temporaryFolder()).path;
}

const line = (uri: string) => `deb [signed-by=${key.armored}] ${uri} bookworm main`;

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

const ROLES: Record<string, FileRole> = { deb: 'deb', udeb: 'udeb', dsc: 'dsc', changes: 'changes', log: 'log' };

/** Writes a manifest that lists what `where` holds. */
async function list(where: string, more: Partial<Manifest> = {}): Promise<void> {
  const files: Manifest['files'] = [];
  for (const name of (await readdir(where)).sort()) {
    if (name === 'manifest.json') continue;
    const data = await readFile(path.join(where, name));
    const sha256 = createHash('sha256').update(data).digest('hex');
    files.push({ name, size: data.length, sha256, role: ROLES[name.split('.').at(-1) ?? ''] ?? 'other' });
  }
  await writeManifest(where, {
    schema: 'pkg-actions/manifest/1',
    stage: 'build',
    createdAt: '2024-01-01T00:00:00Z',
    tool: { name: 'pkg-actions', version: '0' },
    package: { name: 'hello', version: '1.0-1', format: 'deb' },
    change: 'merge',
    origins: [],
    verdict: 'success',
    tools: {},
    files,
    ...more,
  });
}

describe('outcomes', () => {
  test('new, upgrade and same over two channels, with table, outputs and report', async () => {
    const packages = await folder();
    await makeDeb(packages, { name: 'hello', version: '1.0-3' });
    await makeDeb(packages, { name: 'hello-data', version: '1.0-1', architecture: 'all' });
    await makeDeb(packages, { name: 'hello-udeb', version: '1.0-1', extension: 'udeb' });
    await makeDeb(packages, { name: 'hello-new', version: '1:1.0~rc1-1' });
    await makeSource(packages, { name: 'hello', version: '1.0-1' });
    await list(packages);
    await using server = await serve(stable);
    const { host, error, outputs, report } = await runCheck({
      packages,
      repositories: `prod: ${line(server.url)}\n${line(testing)}`,
      report: 'out/check.json',
    });
    expect(error).toBeUndefined();
    expect(outputs).toMatchObject({
      outcome: 'upgrade',
      new: '1',
      upgrade: '1',
      same: '3',
      downgrade: '0',
      conflict: '0',
    });
    expect(Object.keys(outputs).sort()).toEqual(Object.keys(action.outputs).sort());
    expect(outcomes(report)).toEqual([
      'hello 1.0-1 source: same',
      'hello 1.0-3 amd64: upgrade',
      'hello-data 1.0-1 all: same',
      'hello-new 1:1.0~rc1-1 amd64: new',
      'hello-udeb 1.0-1 amd64: same',
    ]);
    expect(report?.packages[1]?.published).toEqual({ version: '1.0-2', architecture: 'amd64', channel: 'testing' });
    expect(report?.packages[2]?.published?.channel).toBe('prod');
    expect(report?.repositories.map((one) => [one.channel, one.exists])).toEqual([
      ['prod', true],
      ['testing', true],
    ]);
    expect(JSON.parse(await readFile(path.join(work, 'out/check.json'), 'utf8'))).toEqual(report);
    expect(host.lines.filter((one) => one.groups.includes('Versions')).map((one) => one.message)).toEqual([
      'package             version      published  channel  outcome',
      'hello (source)      1.0-1        1.0-1      prod     same',
      'hello (amd64)       1.0-3        1.0-2      testing  upgrade',
      'hello-data (all)    1.0-1        1.0-1      prod     same',
      'hello-new (amd64)   1:1.0~rc1-1  -          -        new',
      'hello-udeb (amd64)  1.0-1        1.0-1      prod     same',
    ]);
    expect(host.summaryText).toContain('| package | version | published | channel | outcome |\n|---|');
    expect(host.summaryText).toContain('| hello (amd64) | `1.0-3` | `1.0-2` | testing | upgrade |');
    expect(host.summaryText).toContain('| hello-new (amd64) | `1:1.0~rc1-1` |  |  | new |');
    expect(host.annotations()).toEqual([]);
  });

  test('a downgrade and a conflict fail, with an annotation each, after outputs and report', async () => {
    const packages = await folder();
    await makeDeb(packages, { name: 'hello', version: '1.0-1' });
    await makeDeb(packages, { name: 'hello-data', version: '1.0-1', architecture: 'all', content: 'other' });
    const files = (await readdir(packages)).map((name) => path.join(packages, name)).join('\n');
    const inputs = { packages: files, repositories: `${line(stable)}\n${line(testing)}` };
    const { host, error, outputs, report } = await runCheck({ ...inputs, report: 'failed.json' });
    expect(error?.message).toBe(
      '2 of 2 packages cannot be published: hello 1.0-1 (amd64) is older than 1.0-2 in testing; hello-data 1.0-1 (all) is published in stable with other content; give them a higher version, or say allow-downgrade',
    );
    expect(outputs).toMatchObject({ outcome: 'conflict', downgrade: '1', conflict: '1', same: '0' });
    expect(report?.counts).toEqual({ conflict: 1, downgrade: 1, upgrade: 0, new: 0, same: 0 });
    expect(JSON.parse(await readFile(path.join(work, 'failed.json'), 'utf8'))).toEqual(report);
    expect(host.annotations('error').map((one) => [one.location?.title, one.message])).toEqual([
      ['hello: downgrade', 'hello 1.0-1 (amd64) is older than 1.0-2 in testing'],
      ['hello-data: conflict', 'hello-data 1.0-1 (all) is published in stable with other content'],
    ]);
    expect(host.summaryText).toContain('| **downgrade** |');

    const allowed = await runCheck({ ...inputs, 'allow-downgrade': 'true' });
    expect(allowed.error?.message).toMatch(/^1 of 2 packages cannot be published: hello-data/);
    expect(allowed.host.annotations('warning').map((one) => one.message)).toEqual([
      'hello 1.0-1 (amd64) is older than 1.0-2 in testing',
    ]);
  });

  test('a downgrade that is allowed', async () => {
    const file = await makeDeb(await folder(), { name: 'hello', version: '0.9' });
    const inputs = { packages: file, repositories: line(stable), 'allow-downgrade': 'true' };
    const { error, outputs } = await runCheck(inputs);
    expect(error).toBeUndefined();
    expect(outputs['outcome']).toBe('downgrade');
  });

  test('a source whose orig tarball differs from the published one', async () => {
    const dsc = await makeSource(await folder(), { name: 'hello', version: '1.0-2', orig: 'other upstream' });
    const { error, report } = await runCheck({ packages: dsc, repositories: line(stable) });
    expect(error?.message).toMatch(
      /hello 1\.0-2 \(source\) has another hello_1\.0\.orig\.tar\.xz than 1\.0-1 in stable/,
    );
    expect(report?.packages[0]?.conflictingFile).toBe('hello_1.0.orig.tar.xz');
  });

  test('a source with a signed .dsc is the same as the unsigned one', async () => {
    const where = await folder();
    const dsc = await makeSource(where, { name: 'hello', version: '1.0-1' });
    await key.sign('--clearsign', dsc, `${dsc}.asc`);
    await copyFile(`${dsc}.asc`, dsc);
    const { outputs } = await runCheck({ packages: dsc, repositories: line(stable) });
    expect(outputs['outcome']).toBe('same');
  });

  test('from any to all, and a repository that does not exist yet', async () => {
    const file = await makeDeb(await folder(), { name: 'hello', version: '0.9', architecture: 'all' });
    expect((await runCheck({ packages: file, repositories: line(stable) })).error?.message).toMatch(
      /hello 0\.9 \(all\) is older than 1\.0-1 in stable/,
    );
    const none = line(path.join(work, 'nothing'));
    expect(await refusal({ packages: file, repositories: none })).toMatch(/does not exist.*allow-missing/);
    const { outputs, report } = await runCheck({ packages: file, repositories: none, 'allow-missing': 'true' });
    expect(outputs['outcome']).toBe('new');
    expect(report?.repositories[0]?.exists).toBe(false);
  });

  test('a .changes with all that it lists, made by dpkg-genchanges', async () => {
    const where = await folder();
    const root = path.join(where, 'hello-1.0');
    const dsc = await makeSource(where, { name: 'hello', version: '1.0-2' });
    await run(['dpkg-source', '--extract', dsc, root]);
    const { stdout } = await run(['dpkg-genchanges', '--build=source', '-u..', '-q'], { cwd: root });
    await rm(root, { recursive: true });
    const changes = path.join(where, 'hello_1.0-2_source.changes');
    await writeFile(changes, stdout);
    const { outputs, report } = await runCheck({ packages: changes, repositories: line(stable) });
    expect(outputs['outcome']).toBe('upgrade');
    expect(outcomes(report)).toEqual(['hello 1.0-2 source: upgrade']);
    await rm(path.join(where, 'hello_1.0-2.debian.tar.xz'));
    expect(await refusal({ packages: changes, repositories: line(stable) })).toMatch(
      /_source\.changes: a listed file is not there \(found "hello_1\.0-2\.debian\.tar\.xz"/,
    );
  });
});

describe('packages that are refused, in one line', () => {
  let repositories: string;
  beforeAll(() => {
    repositories = line(stable);
  });

  test('tampered with against the manifest, or not listed in it', async () => {
    const packages = await folder();
    const file = await makeDeb(packages, { name: 'hello', version: '2.0' });
    await list(packages);
    await appendFile(file, 'x');
    expect(await refusal({ packages, repositories })).toMatch(
      /hello_2\.0_amd64\.deb: the file is not the one that the manifest lists/,
    );
    await list(packages);
    await writeFile(path.join(packages, 'extra.deb'), '');
    expect(await refusal({ packages, repositories })).toMatch(/extra\.deb: a file that the manifest does not list/);
  });

  test('a folder without a manifest, a failed build, rpm packages, a manifest without packages', async () => {
    const packages = await folder();
    expect(await refusal({ packages, repositories })).toMatch(
      /manifest\.json: the manifest cannot be read \(found no such file, expected a folder with manifest\.json/,
    );
    await list(packages);
    expect(await refusal({ packages, repositories })).toMatch(/manifest\.json: no package is listed/);
    await list(packages, { verdict: 'package' });
    expect(await refusal({ packages, repositories })).toMatch(/the build did not succeed \(found the verdict package/);
    await list(packages, { package: { name: 'x', version: '1', format: 'rpm' } });
    expect(await refusal({ packages, repositories })).toMatch(/no package is listed \(expected an \.rpm file\)/);
  });

  test('files of another kind, or none', async () => {
    expect(await refusal({ packages: 'none.deb', repositories })).toMatch(
      /none\.deb: the package cannot be read \(found ENOENT/,
    );
    expect(await refusal({ packages: key.armored, repositories })).toMatch(/key\.asc: not a package/);
  });

  test('a corrupt .deb: cut, of another kind, with damaged parts', async () => {
    const file = await makeDeb(await folder(), { name: 'hello', version: '2.0', content: 'x'.repeat(5000) });
    const whole = await readFile(file);
    const { size } = await stat(file);
    for (const length of [0, 7, 8, 50, 100, 150, 400, size - 100, size - 2]) {
      await truncate(file, length);
      expect(await refusal({ packages: file, repositories }), `${length} of ${size}`).toMatch(
        /hello_2\.0_amd64\.deb: not a whole Debian package \(found .+, expected an ar archive/,
      );
      await writeFile(file, whole);
    }
    const control = whole.indexOf('control.tar');
    const damaged = Buffer.from(whole);
    damaged.fill(0x41, control + 60, control + 100);
    await writeFile(file, damaged);
    expect(await refusal({ packages: file, repositories })).toMatch(
      /hello_2\.0_amd64\.deb: the package cannot be read \(found "/,
    );
    const header = Buffer.from(whole);
    header.write('99999999999', control + 48);
    await writeFile(file, header);
    expect(await refusal({ packages: file, repositories })).toMatch(
      /hello_2\.0_amd64\.deb: not a whole Debian package/,
    );
  });

  test.each([
    ['a path for a name', 'Package: ../../etc/x\nVersion: 1\nArchitecture: all\n'],
    ['a command for a name', 'Package: $(touch x)\nVersion: 1\nArchitecture: all\n'],
    ['a name of several lines', 'Package: hello\n evil\nVersion: 1\nArchitecture: all\n'],
    ['a path in the version', 'Package: hello\nVersion: 1/../../2\nArchitecture: all\n'],
    ['a version of several lines', 'Package: hello\nVersion: 1\n 2\nArchitecture: all\n'],
    ['a path for an architecture', 'Package: hello\nVersion: 1\nArchitecture: ../all\n'],
    ['several architectures', 'Package: hello\nVersion: 1\nArchitecture: amd64 i386\n'],
    ['no version', 'Package: hello\nArchitecture: all\n'],
    ['two versions', 'Package: hello\nVersion: 1\nVersion: 2\nArchitecture: all\n'],
    ['no field at all', 'nonsense\n'],
  ])('a .deb with %s', async (_, control) => {
    const rest = 'Maintainer: A <a@example.org>\nDescription: x\n';
    const file = await makeDeb(await folder(), {
      name: 'x',
      version: '1',
      control: control + rest,
      fileName: 'hostile.deb',
    });
    expect(await refusal({ packages: file, repositories })).toMatch(/hostile\.deb/);
  });

  test('a .deb whose control is a link, or not alone, or has another name', async () => {
    const where = await folder();
    const secret = path.join(where, 'secret');
    await writeFile(secret, 'Package: geheim\nVersion: 1\nArchitecture: all\n');
    const control = path.join(where, 'tree/control');
    const pack = async (...tar: string[]) => {
      const file = path.join(where, 'hostile.deb');
      await rm(file, { force: true });
      await writeFile(path.join(where, 'debian-binary'), '2.0\n');
      await run(['tar', '-C', path.join(where, 'tree'), '-cf', path.join(where, 'control.tar'), ...tar]);
      await run(['tar', '-C', where, '-cf', path.join(where, 'data.tar'), '--files-from=/dev/null']);
      await run(['ar', 'qc', file, 'debian-binary', 'control.tar', 'data.tar'], { cwd: where });
      return refusal({ packages: file, repositories });
    };
    await mkdir(path.dirname(control));
    await symlink(secret, control);
    expect(await pack('./control')).toMatch(/hostile\.deb: .*a control file that is no regular file/);
    await rm(control);
    await run(['mkfifo', control]);
    expect(await pack('./control')).toMatch(/a control file that is no regular file/);
    await rm(control);
    expect(await pack('.')).toMatch(/no control file/);
    await copyFile(secret, control);
    expect(await pack('./control', './control', '--hard-dereference')).toMatch(/two control files/);
    expect(await pack('--format=pax', '--pax-option=path=control', './control')).toMatch(/extended headers/);
    await truncate(control, 70_000_000);
    expect(await pack('./control')).toMatch(/a control archive of more than 67108864 bytes/);
  });

  test('a .dsc whose files are other ones, or lie elsewhere', async () => {
    const where = await folder();
    const dsc = await makeSource(where, { name: 'hello', version: '1.0-2' });
    const text = await readFile(dsc, 'utf8');
    await appendFile(path.join(where, 'hello_1.0.orig.tar.xz'), 'x');
    expect(await refusal({ packages: dsc, repositories })).toMatch(
      /_1\.0-2\.dsc: hello_1\.0\.orig\.tar\.xz: a listed file is another one/,
    );
    await writeFile(dsc, text.replaceAll('hello_1.0.orig.tar.xz', '../../../etc/passwd'));
    expect(await refusal({ packages: dsc, repositories })).toMatch(
      /not a plain file name \(found "\.\.\/\.\.\/\.\.\/etc\/passwd"/,
    );
    // A published orig tarball need not lie beside the .dsc.
    await writeFile(dsc, text);
    await rm(path.join(where, 'hello_1.0.orig.tar.xz'));
    expect((await runCheck({ packages: dsc, repositories })).outputs['outcome']).toBe('upgrade');
  });

  test('one version twice with different content; the same file twice counts once', async () => {
    const one = await makeDeb(await folder(), { name: 'hello', version: '2.0' });
    const two = await makeDeb(await folder(), { name: 'hello', version: '2.0', content: 'other' });
    expect(await refusal({ packages: `${one}\n${two}`, repositories })).toMatch(
      /hello 2\.0 is given twice with different content/,
    );
    expect(outcomes((await runCheck({ packages: `${one}\n${one}`, repositories })).report)).toHaveLength(1);
  });
});

describe('repositories', () => {
  test('that are refused, in one line', async () => {
    const packages = await makeDeb(await folder(), { name: 'hello', version: '2.0' });
    await using server = await serve(stable);
    expect(await refusal({ packages, repositories: 'nonsense' })).toMatch(
      /^input repositories, "nonsense": not an apt source line/,
    );
    expect(await refusal({ packages, repositories: `a/b: ${line(stable)}` })).toMatch(/not a name of a channel/);
    expect(await refusal({ packages, repositories: `deb ${server.url} bookworm main` })).toMatch(/no key is named/);
    expect(await refusal({ packages, repositories: `deb http://user:geheim@h/?x bookworm main` })).not.toMatch(
      /geheim/,
    );
    server.trouble = () => 'cut';
    expect(await refusal({ packages, repositories: line(server.url), attempts: '1' })).toMatch(
      new RegExp(`^${server.url}: the repository cannot be read \\(found `),
    );
    server.trouble = () => 404;
    expect(await refusal({ packages, repositories: line(server.url) })).toMatch(/no Release file there/);
  });

  test('keys for all of them, relative to the workspace', async () => {
    const packages = await makeDeb(await folder(), { name: 'hello', version: '2.0' });
    const { outputs, host } = await runCheck({
      packages,
      repositories: `deb repository/public/stable bookworm main\ndeb file:${testing} bookworm main`,
      'repository-keys': 'key.gpg',
    });
    expect(outputs['outcome']).toBe('upgrade');
    expect(host.transcript()).toContain('stable: ');
  });

  test('text in an index that is markup or breaks lines stays in its cell', async () => {
    const root = await folder();
    const packages = await makeDeb(await folder(), { name: 'hello', version: '1.0' });
    await mkdir(path.join(root, 'x'));
    const index = 'Package: hello\nVersion: 9|`<b>\u001b[31m\nArchitecture: amd64\n';
    await writeFile(path.join(root, 'x/Packages'), index);
    const { host, error } = await runCheck({ packages, repositories: `evil: deb [trusted=yes] ${root} x/` });
    expect(error?.message).toContain('is older than 9|`<b>\\u001b[31m in evil');
    expect(host.summaryText).toContain('| ``9\\|`<b>\\u001b[31m`` | evil | **downgrade** |');
    expect(host.transcript()).not.toContain('\u001b');
  });

  test('60,000 packages', async () => {
    const root = await folder();
    const packages = await makeDeb(await folder(), { name: 'lib59999', version: '1.0' });
    const paragraphs = Array.from({ length: 60_000 }, (_, number) =>
      [
        `Package: lib${number}`,
        'Source: something (1.2)',
        `Version: ${number % 7}:${number}.4-1+deb12u${number % 9}`,
        'Installed-Size: 1234',
        'Maintainer: Somebody <somebody@example.org>',
        'Architecture: amd64',
        `Depends: libc6 (>= 2.34), ${Array.from({ length: 12 }, (_, other) => `lib${number + other} (>= 1.${other})`).join(', ')}`,
        'Description: a package of a large index',
        'Homepage: https://example.org/',
        'Description-md5: 00000000000000000000000000000000',
        'Tag: role::program, scope::utility, works-with::text, interface::commandline, implemented-in::c',
        'Section: utils',
        'Priority: optional',
        `Filename: pool/main/l/lib${number}/lib${number}_${number}.4-1_amd64.deb`,
        'Size: 123456',
        `SHA256: ${createHash('sha256').update(String(number)).digest('hex')}`,
      ].join('\n'),
    );
    await mkdir(path.join(root, 'x'));
    await writeFile(path.join(root, 'x/Packages'), `${paragraphs.join('\n\n')}\n`);
    await using server = await serve(root);
    const started = performance.now();
    const { error } = await runCheck({ packages, repositories: `large: deb [trusted=yes] ${server.url} x/` });
    const milliseconds = Math.round(performance.now() - started);
    expect(error?.message).toMatch(/lib59999 1\.0 \(amd64\) is older than 2:59999\.4-1\+deb12u5 in large/);
    process.stderr.write(`check-version against 60,000 packages over http: ${milliseconds} ms\n`);
  });
});
