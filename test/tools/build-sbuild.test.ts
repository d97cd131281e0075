import { spawn } from 'node:child_process';
import { appendFile, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { action } from '../../src/actions/build-sbuild/inputs.ts';
import { run } from '../../src/actions/build-sbuild/run.ts';
import { removeDeadSessions } from '../../src/buildroot/leftovers.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { runAction } from '../../src/main.ts';
import { readManifest, verifyFiles } from '../../src/manifest.ts';
import { run as command } from '../../src/process.ts';
import { STATE, TARGET, testGeneration } from './buildroot.ts';
import { makeSource, type TinyPackage } from './source-package.ts';
import { traces } from './traces.ts';

let root: string;
let folder: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-build-'));
  await (await testGeneration()).lock.release();
});
afterAll(() => rm(root, { recursive: true, force: true }));
beforeEach(async () => {
  folder = await mkdtemp(path.join(root, 'case-'));
});

interface Built {
  readonly code: number;
  readonly host: RecordingHost;
  readonly output: string;
  readonly errors: string;
  log(): Promise<string>;
}

async function build(source: TinyPackage | string, inputs: Record<string, string> = {}): Promise<Built> {
  const dsc = typeof source === 'string' ? source : await makeSource(folder, source);
  const output = path.join(folder, 'packages');
  const host = new RecordingHost(
    { source: dsc, target: TARGET, state: STATE, output, ...inputs },
    { workspace: folder },
  );
  const code = await runAction(action, run, host);
  return {
    code,
    host,
    output,
    errors: host
      .annotations('error')
      .map(({ message }) => message)
      .join('\n'),
    log: () => readFile(host.outputs['log'] ?? '', 'utf8'),
  };
}

const noSession = async () =>
  expect(await readdir(path.join(STATE, 'sessions')).then((ids) => Promise.all(ids.map(owner)))).not.toContain(
    process.pid,
  );
const owner = async (id: string) =>
  JSON.parse(await readFile(path.join(STATE, 'sessions', id, 'owner.json'), 'utf8').catch(() => '{}')).pid as unknown;

describe('build-sbuild', () => {
  it('builds a package, and says what it made from what', async () => {
    await chown(folder, 65_534, 65_534);
    const before = await stat(folder);
    const { code, host, output, errors, log } = await build({ more: { 'tiny-doc': 'all' } });
    expect(errors).toBe('');
    expect(code).toBe(0);
    expect(host.outputs['verdict']).toBe('success');
    expect(host.outputs['packages']?.split(' ').sort()).toEqual(['tiny', 'tiny-doc']);
    const { manifest } = await readManifest(output);
    await verifyFiles(output, manifest);
    expect(manifest).toMatchObject({
      stage: 'build',
      verdict: 'success',
      package: { name: 'tiny', version: '1.0', format: 'deb' },
      target: { name: TARGET, suite: 'bookworm' },
    });
    expect(manifest.files.map(({ role }) => role).sort()).toEqual(
      expect.arrayContaining(['buildinfo', 'changes', 'deb', 'deb', 'dsc', 'log', 'native', 'packages-list']),
    );
    expect(manifest.repositories?.length).toBeGreaterThan(0);
    const { stdout } = await command(['dpkg-deb', '--contents', path.join(output, 'tiny_1.0_amd64.deb')]);
    expect(stdout).toContain('./usr/share/tiny-data/data');
    expect(await readFile(path.join(output, 'tiny_1.0_amd64.buildinfo'), 'utf8')).toContain(
      'Build-Path: /build/reproducible-path/tiny-1.0',
    );
    expect(await log()).toMatch(/^\| Install package build dependencies/m);
    // What root made in a person's workspace belongs to the person.
    expect((await stat(path.join(output, 'manifest.json'))).uid).toBe(before.uid);
    await noSession();
  });

  it('gives the same packages when it is done again', async () => {
    const dsc = await makeSource(folder, {});
    const digests = async () =>
      (await readManifest((await build(dsc)).output)).manifest.files
        .filter(({ role }) => role === 'deb')
        .map(({ sha256 }) => sha256);
    expect(await digests()).toEqual(await digests());
  });

  it('builds only what is asked for', async () => {
    const { code, host } = await build(
      { more: { 'tiny-doc': 'all' } },
      { 'build-arch-any': 'false', 'include-source': 'false' },
    );
    expect(code).toBe(0);
    expect(host.outputs['packages']).toBe('tiny-doc');
    const { manifest } = await readManifest(path.join(folder, 'packages'));
    expect(manifest.files.some(({ role }) => role === 'dsc')).toBe(false);
  });

  it('passes profiles, options and jobs', async () => {
    const rules =
      'override_dh_auto_build:\n\t@echo "options $(DEB_BUILD_OPTIONS) profiles $(DEB_BUILD_PROFILES) epoch $(SOURCE_DATE_EPOCH)"\n';
    const { code, log } = await build({ rules }, { profiles: 'nocheck,nodoc', 'build-options': 'nocheck', jobs: '3' });
    expect(code).toBe(0);
    expect(await log()).toMatch(/options nocheck parallel=3.* profiles nocheck nodoc epoch 1767225600/);
  });

  it('builds without network as an ordinary user, and with it when asked', async () => {
    const rules =
      'override_dh_auto_build:\n\t@echo "devices: $$(tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d " " | sort | tr "\\n" " ")user $$(id -un)"\n';
    expect(await (await build({ rules })).log()).toContain('devices: lo user sbuild');
    const host = (await readFile('/proc/net/dev', 'utf8'))
      .split('\n')
      .slice(2)
      .map((line) => line.split(':')[0]?.trim())
      .filter(Boolean)
      .sort();
    expect(await (await build({ rules }, { network: 'true' })).log()).toContain(
      `devices: ${host.join(' ')} user sbuild`,
    );
  });

  it('gives no file of the host for one of its own, whatever links it leaves', async () => {
    await writeFile(path.join(folder, 'secret'), 'top-secret-content', { mode: 0o600 });
    const links = ['tiny_1.0_amd64.changes.new', 'evil_1.0_amd64.deb', 'evil_1.0_amd64.buildinfo'].map(
      (name) => `\tln -sf ${folder}/secret ../${name}\n`,
    );
    const { output } = await build({ rules: `override_dh_auto_build:\n${links.join('')}` });
    for (const name of await readdir(output)) {
      expect(await readFile(path.join(output, name), 'latin1')).not.toContain('top-secret-content');
    }
  });

  it('has no secret of the job in its environment', async () => {
    process.env['INPUT_SIGNING-KEY'] = 'top-secret-value';
    try {
      const { code, log } = await build({ rules: 'override_dh_auto_build:\n\tenv\n' });
      expect(code).toBe(0);
      expect(await log()).not.toContain('top-secret-value');
    } finally {
      delete process.env['INPUT_SIGNING-KEY'];
    }
  });
});

describe('a failure of the package', () => {
  it('is named with file and line', async () => {
    await writeFile(path.join(folder, 'hello.c'), '');
    const { code, host, errors } = await build({
      files: {
        'hello.c': 'int main(void)\n{\n  return missing;\n}\n',
        Makefile: 'all:\n\t$(CC) -c hello.c\nclean:\ninstall:\n',
      },
    });
    expect(code).toBe(1);
    expect(host.outputs['verdict']).toBe('package');
    expect(errors).toMatch(/tiny 1\.0 for debian-12 .* does not build/);
    expect(host.annotations('error').some(({ location }) => location?.file === 'hello.c' && location.line === 3)).toBe(
      true,
    );
    const { manifest } = await readManifest(path.join(folder, 'packages'));
    expect(manifest.verdict).toBe('package');
    expect(manifest.files.map(({ role }) => role)).toContain('log');
    expect(host.reports.map(({ kind }) => kind)).toEqual(['junit', 'codequality']);
    const [junit, quality] = await Promise.all(host.reports.map(({ file }) => readFile(file, 'utf8')));
    expect(junit).toMatch(/<testsuite [^>]*failures="1"/);
    expect(JSON.parse(quality ?? '')).toMatchObject([{ location: { path: 'hello.c', lines: { begin: 3 } } }]);
    expect(host.summaryText).toMatch(/❌[\s\S]*missing/);
    await noSession();
  });

  it('names the dependency that cannot be had', async () => {
    const { code, host, errors } = await build({ buildDepends: ['libdoes-not-exist-dev'] });
    expect(code).toBe(1);
    expect(host.outputs['verdict']).toBe('package');
    expect(errors).toContain('libdoes-not-exist-dev');
  });

  it('ends a build that takes too long', async () => {
    const started = Date.now();
    const { code, host, errors } = await build({ rules: 'override_dh_auto_build:\n\tsleep 600\n' }, { timeout: '25s' });
    expect(code).toBe(1);
    expect(host.outputs['verdict']).toBe('package');
    expect(errors).toMatch(/limit|timeout|too long/i);
    expect(Date.now() - started).toBeLessThan(60_000);
    await noSession();
  });
});

describe('a failure of the infrastructure', () => {
  it('names the full tmpfs', async () => {
    const { code, host, errors } = await build(
      { rules: 'override_dh_auto_build:\n\tdd if=/dev/zero of=big bs=1M count=2000\n' },
      // Tried again it would be on the disk, where it goes through.
      { 'tmpfs-size': '400M', retries: '0' },
    );
    expect(code).toBe(1);
    expect(host.outputs['verdict']).toBe('infrastructure');
    expect(errors).toMatch(/space|tmpfs/);
    await noSession();
  });

  it.each([
    ['answers 503', (_request, response) => response.writeHead(503).end()],
    ['cuts the connection', (request) => request.socket.destroy()],
  ] satisfies [string, http.RequestListener][])('is told apart when a repository %s', async (_name, answer) => {
    let requests = 0;
    const server = http.createServer((request, response) => {
      requests++;
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { code, host, errors } = await build(
      {},
      { repositories: `deb [trusted=yes] http://127.0.0.1:${port} bookworm main`, retries: '1' },
    );
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(code).toBe(1);
    // Why, and that it failed: a line each.
    expect(errors.split('\n')).toHaveLength(2);
    expect(host.outputs['verdict']).toBe('infrastructure');
    expect(requests).toBeGreaterThan(3);
  });
});

describe('repositories and package files', () => {
  async function makeRepository(): Promise<string> {
    const flat = path.join(folder, 'flat');
    await mkdir(flat, { recursive: true });
    const result = await build({ name: 'dependency', architecture: 'all' });
    expect(result.errors).toBe('');
    await command(['cp', path.join(result.output, 'dependency_1.0_all.deb'), flat]);
    await rm(result.output, { recursive: true });
    return flat;
  }

  it('give dependencies from a folder of this host', async () => {
    const flat = await makeRepository();
    const { stdout } = await command(['dpkg-scanpackages', '.'], { cwd: flat });
    await appendFile(path.join(flat, 'Packages'), stdout);
    const { code, errors } = await build(
      { buildDepends: ['dependency'] },
      { repositories: `deb [trusted=yes] ${flat} ./` },
    );
    expect(errors).toBe('');
    expect(code).toBe(0);
    expect(await readFile(path.join(folder, 'packages', 'tiny_1.0_amd64.packages'), 'utf8')).toContain(
      'dependency:all=1.0',
    );
  });

  it('give dependencies from .deb files', async () => {
    const flat = await makeRepository();
    const { code, errors } = await build({ buildDepends: ['dependency'] }, { 'package-files': flat });
    expect(errors).toBe('');
    expect(code).toBe(0);
  });

  it('are refused without a key', async () => {
    const { code, errors } = await build({}, { repositories: 'deb http://127.0.0.1/debian bookworm main' });
    expect(code).toBe(1);
    expect(errors).toMatch(/no key for a repository.*trusted=yes/);
  });
});

describe('wrong input', () => {
  it('refuses a source package that was changed', async () => {
    const dsc = await makeSource(folder);
    await appendFile(path.join(folder, 'tiny_1.0.tar.xz'), 'x');
    const { code, errors, output } = await build(dsc);
    expect(code).toBe(1);
    expect(errors).toMatch(/not the one that the \.dsc lists/);
    await expect(stat(output)).rejects.toThrow();
  });

  it.each([
    [{ target: 'el9' }, /for rpm packages|a deb target/],
    [{ buildroot: '../../etc' }, /not a name for a buildroot/],
    [{ 'package-files': '/nowhere' }, /a package file cannot be read/],
    [{ profiles: 'a b;c' }, /a word that cannot be used/],
    [{ 'build-arch-any': 'false', 'build-arch-all': 'false' }, /nothing to build/],
    [{ 'build-arch-any': 'false' }, /has nothing of what is to be built/],
    [{ timeout: 'soon' }, /a duration such as/],
  ] as [Record<string, string>, RegExp][])('refuses %j', async (inputs, expected) => {
    const { code, errors, output } = await build({}, inputs);
    expect(code).toBe(1);
    expect(errors).toMatch(expected);
    await expect(stat(output)).rejects.toThrow();
    await noSession();
  });

  it('does not replace a folder that is not its own', async () => {
    await mkdir(path.join(folder, 'packages'));
    await appendFile(path.join(folder, 'packages', 'precious'), 'x');
    const { code, errors } = await build({});
    expect(code).toBe(1);
    expect(errors).toContain('would be lost');
    expect(await readdir(path.join(folder, 'packages'))).toEqual(['precious']);
  });
});

describe('a build that is ended', () => {
  it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
    'by %s leaves no process, no mount, no lock and no half-made output',
    async (signal) => {
      const dsc = await makeSource(folder, { rules: 'override_dh_auto_build:\n\techo now-building; sleep 765\n' });
      const output = path.join(folder, 'packages');
      const state = path.join(folder, 'state');
      await mkdir(path.join(state, 'buildroots'), { recursive: true });
      await command([
        'cp',
        '-a',
        '--reflink=auto',
        path.join(STATE, 'buildroots', `${TARGET}-amd64`),
        path.join(state, 'buildroots'),
      ]);
      const child = spawn(
        process.execPath,
        [
          path.resolve(import.meta.dirname, '../../src/cli.ts'),
          'build-sbuild',
          '--source',
          dsc,
          '--target',
          TARGET,
          '--state',
          state,
          '--output',
          output,
          '--verbose',
          // The state is in /tmp, which may be an overlay: no upper folder lies on it.
          '--tmpfs-size',
          '400M',
        ],
        { stdio: ['ignore', 'pipe', 'pipe'] },
      );
      let said = '';
      child.stderr.on('data', (data) => {
        said += String(data);
      });
      await expect.poll(() => said, { timeout: 120_000 }).toContain('echo now-building');
      const [id] = await readdir(path.join(state, 'sessions'));
      child.kill(signal);
      const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
      expect(code).toBe(signal === 'SIGKILL' ? null : 130);
      await expect.poll(() => traces(state), { timeout: 10_000 }).toEqual([]);
      await expect(stat(output)).rejects.toThrow();
      if (signal === 'SIGKILL') {
        expect(await removeDeadSessions(state)).toEqual([id]);
      }
      expect(await readdir(path.join(state, 'sessions'))).toEqual([]);
      // The generation is free: an exclusive lock on it is had at once.
      const [generation] = (await readdir(path.join(state, 'buildroots', `${TARGET}-amd64`))).filter((name) =>
        /^[0-9a-f]{16}$/.test(name),
      );
      await command([
        'flock',
        '--exclusive',
        '--nonblock',
        path.join(state, 'buildroots', `${TARGET}-amd64`, generation ?? ''),
        'true',
      ]);
    },
  );
});
