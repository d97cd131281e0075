import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { removeDeadSessions } from '../../src/buildroot/leftovers.ts';
import type { RecordingHost } from '../../src/host/recording.ts';
import { run as command } from '../../src/process.ts';
import { build, C_PROGRAM, C_SOURCE, packagingText, specText, tinySource } from './build-mock-helpers.ts';
import { STATE } from './buildroot.ts';
import { testRpmGeneration } from './rpm-buildroot.ts';
import { extraRepository } from './rpm-distribution.ts';
import { makeRpm } from './rpm-distribution-packages.ts';
import { serveFolder } from './rpm-distribution-server.ts';
import { traces } from './traces.ts';

let root: string;
let folder: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-mock-failures-'));
  await (await testRpmGeneration()).lock.release();
}, 300_000);
afterAll(() => rm(root, { recursive: true, force: true }));
beforeEach(async () => {
  folder = await mkdtemp(path.join(root, 'case-'));
});

describe('a failure of the package', () => {
  it('is named with file and line, and told by every report', async () => {
    const wrong = C_SOURCE.replace('puts(SAMPLE)', 'return missing');
    const tarball = path.join(folder, 'tiny-1.0.tar.gz');
    await mkdir(path.join(folder, 'tiny-1.0/src'), { recursive: true });
    await writeFile(path.join(folder, 'tiny-1.0/src/tiny.c'), wrong);
    await command(['tar', '-czf', tarball, 'tiny-1.0'], { cwd: folder });
    await cp(path.join(folder, 'tiny-1.0/src'), path.join(folder, 'src'), { recursive: true });
    await writeFile(
      path.join(folder, 'tiny.spec'),
      specText({
        ...C_PROGRAM,
        head: ['Source0: tiny-1.0.tar.gz'],
        sections: { prep: '%autosetup', build: 'gcc -o tiny src/tiny.c' },
      }),
    );
    const { code, host, errors, manifest, names, text } = await build(folder, path.join(folder, 'tiny.spec'));
    expect(code).toBe(1);
    expect(host.outputs['verdict']).toBe('package');
    expect(errors).toMatch(/tiny for synthetic .* does not build/);
    const places = host.annotations('error').map(({ location }) => `${location?.file}:${location?.line}`);
    expect(places).toContain('src/tiny.c:5');
    expect(host.summaryText).toMatch(/❌[\s\S]*build\.log:\d+: [\s\S]*missing/);
    // The log that is named is the one that the quotes are lines of.
    const [, number = '', quoted = ''] = /build\.log:(\d+): (.*)/.exec(host.summaryText) ?? [];
    expect(path.basename(host.outputs['log'] ?? '')).toBe('build.log');
    expect((await readFile(host.outputs['log'] ?? '', 'utf8')).split('\n')[Number(number) - 1]).toContain(
      quoted.trim(),
    );
    expect(host.summaryText).toMatch(/\nLog: `packages\/build\.log` · everything in order: `packages\/tiny\S*\.log`\n/);
    expect(host.summaryText).not.toContain('unknown');
    const [junit, quality] = await Promise.all(host.reports.map(({ file }) => readFile(file, 'utf8')));
    expect(junit).toMatch(/<testsuite [^>]*failures="1"/);
    expect(JSON.parse(quality ?? '')).toMatchObject([{ location: { path: 'src/tiny.c', lines: { begin: 5 } } }]);
    expect((await manifest()).verdict).toBe('package');
    expect(await names()).toEqual(expect.arrayContaining(['build.log', 'root.log', 'state.log', 'mock-stderr.log']));
    expect((await names()).filter((name) => name.endsWith('.rpm'))).toEqual([]);
    expect(await text('build.log')).toContain('missing');
  });

  it.each([
    ['%check that fails', { sections: { check: 'echo "FAIL: test_one"; exit 1' } }, /test_one|%check/],
    [
      'files that are in no package',
      {
        install: 'mkdir -p %{buildroot}/usr/share\ntouch %{buildroot}/usr/share/tiny %{buildroot}/usr/share/left-over',
      },
      /left-over|unpackaged/,
    ],
    ['a dependency that cannot be had', { buildRequires: ['does-not-exist-devel >= 3'] }, /does-not-exist-devel/],
    [
      '%build that wants the network',
      {
        sections: {
          build:
            'getent hosts packages.example.org || { echo "Could not resolve host: packages.example.org" >&2; exit 6; }',
        },
      },
      /network|resolve/i,
    ],
    [
      'output without end',
      { sections: { build: 'head -c 30000000 /dev/zero | tr "\\\\0" "x" | fold -w 100; exit 3' } },
      /exit status|%build|build/,
    ],
  ])('is %s', async (_name, tiny, expected) => {
    const packaging = path.join(folder, 'small.yml');
    await writeFile(packaging, await packagingText('"limits":{"log-size":"2M"}'));
    const { code, host, errors, text } = await build(folder, await tinySource(folder, tiny), { packaging });
    expect(host.outputs['verdict']).toBe('package');
    expect(code).toBe(1);
    expect(errors).toMatch(expected);
    // Of a log over its limit the start and the end are kept.
    expect((await text('build.log')).length).toBeLessThan(2.1 * 1024 ** 2);
    expect((await text('.x86_64.log')).length).toBeLessThan(3.2 * 1024 ** 2);
  });

  it('is a build that takes too long', async () => {
    const started = Date.now();
    const source = await tinySource(folder, { sections: { build: 'echo now-building; sleep 600' } });
    const { code, host, errors, text } = await build(folder, source, { timeout: '25s' });
    expect(code).toBe(1);
    expect(host.outputs['verdict']).toBe('package');
    expect(errors).toMatch(/limit|timeout|too long/i);
    expect(await text('build.log')).toContain('now-building');
    expect(Date.now() - started).toBeLessThan(60_000);
  });

  it('is a build that gives more than it may', async () => {
    const packaging = path.join(folder, 'small.yml');
    await writeFile(packaging, await packagingText('"limits":{"output-size":"1M"}'));
    const source = await tinySource(folder, {
      install: 'mkdir -p %{buildroot}/usr/share\nhead -c 1500000 /dev/urandom > %{buildroot}/usr/share/tiny',
    });
    const { host, errors, names, text } = await build(folder, source, { packaging });
    expect(host.outputs['verdict']).toBe('package');
    expect(errors).toMatch(/limits\.output-size/);
    expect((await names()).filter((name) => name.endsWith('.rpm'))).toEqual(['tiny-1.0-1.el9.src.rpm']);
    expect(await text('.log')).toBeDefined();
  });
});

describe('a failure of the infrastructure', () => {
  it('is a repository that does not answer', async () => {
    const signed = await extraRepository(path.join(folder, 'repository'), [
      { name: 'from-remote', files: { '/usr/share/from-remote': 'x\n' } },
    ]);
    await using server = await serveFolder(signed.folder);
    const repositories = `remote ${server.url} key=${signed.keyFile}`;
    server.fail(1000, 503);
    const source = await tinySource(folder, { buildRequires: ['from-remote'] });
    const { code, host, errors, text } = await build(folder, source, { repositories, retries: '0' });
    expect(code).toBe(1);
    expect(host.outputs['verdict']).toBe('infrastructure');
    expect(errors).toMatch(/remote|503/);
    expect(await text('.log')).toBeDefined();
  });

  it('passes when the repository answers again', async () => {
    const signed = await extraRepository(path.join(folder, 'repository'), [
      { name: 'from-remote', files: { '/usr/share/from-remote': 'x\n' } },
    ]);
    await using server = await serveFolder(signed.folder);
    // More often than dnf asks by itself, fewer than two attempts of ours.
    server.fail(4, 503, /from-remote/);
    const { errors, host } = await build(folder, await tinySource(folder, { buildRequires: ['from-remote'] }), {
      repositories: `remote ${server.url} key=${signed.keyFile}`,
    });
    expect(errors).toBe('');
    expect(host.outputs['verdict']).toBe('success');
    expect(host.lines.map(({ message }) => message).join('\n')).toContain('W: attempt 1 of 3 failed');
  });

  it('is a full tmpfs, which is named', async () => {
    const source = await tinySource(folder, { sections: { build: 'dd if=/dev/zero of=big bs=1M count=2000' } });
    const { host, errors } = await build(folder, source, { 'tmpfs-size': '300M', retries: '0' });
    expect(host.outputs['verdict']).toBe('infrastructure');
    expect(errors).toMatch(/space|tmpfs/);
  });
});

describe('a session that is lost', () => {
  it.each([
    ['while the package is built', { build: 'echo now-building; sleep 765' }, '+ echo now-building'],
    [
      'while its requirements are asked for',
      { generate_buildrequires: 'echo now-asking >&2; sleep 765' },
      'now-asking',
    ],
  ])('%s is a failure of the infrastructure', async (_when, sections, sign) => {
    const source = await tinySource(folder, { sections });
    let host: RecordingHost | undefined;
    const building = build(folder, source, { retries: '0' }, (given) => {
      host = given;
    });
    await expect.poll(() => host?.lines.map(({ message }) => message).join('\n'), { timeout: 120_000 }).toContain(sign);
    for (const pid of await firstProcesses()) process.kill(pid, 'SIGKILL');
    const { code, errors, output } = await building;
    expect(code).toBe(1);
    expect(host?.outputs['verdict']).toBe('infrastructure');
    expect(errors).toMatch(/session|signal/);
    expect(errors).not.toMatch(/\n\s+at /);
    await stat(path.join(output, 'manifest.json'));
  });
});

/** The processes that hold sessions of this test. */
async function firstProcesses(): Promise<number[]> {
  const found: number[] = [];
  const sessions = path.join(STATE, 'sessions');
  for (const id of await readdir(sessions)) {
    const owner = await readFile(path.join(sessions, id, 'owner.json'), 'utf8').catch(() => '{}');
    if ((JSON.parse(owner) as { pid?: number }).pid !== process.pid) continue;
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
      if (words.includes(path.join(sessions, id))) found.push(Number(pid));
    }
  }
  return found;
}

describe('a hostile build', () => {
  it('gives no file of the host for one of its own, nothing that is not plain, nothing of another package', async () => {
    const secret = path.join(folder, 'secret');
    await writeFile(secret, 'top-secret-content', { mode: 0o600 });
    const foreign = await makeRpm(path.join(folder, 'foreign'), { name: 'bash', files: { '/usr/share/evil': 'x\n' } });
    const place = '/builddir/build/RPMS';
    const cases: readonly (readonly [string, Record<string, string>, string, RegExp])[] = [
      // mock itself cannot read it, and cannot know why.
      [`ln -s ${secret} ${place}/evil-1.0-1.noarch.rpm`, {}, 'infrastructure', /evil-1\.0-1/],
      [`ln -s /etc/passwd ${place}/evil-1.0-1.noarch.rpm`, {}, 'package', /cannot be read/],
      [
        `cp %{SOURCE0} ${place}/bash-1.0-1.el9.noarch.rpm`,
        { 'foreign.rpm': foreign },
        'package',
        /was built from .*bash/,
      ],
    ];
    for (const [index, [evil, files, verdict, expected]] of cases.entries()) {
      const source = await tinySource(
        path.join(folder, String(index)),
        { head: Object.keys(files).map((name) => `Source0: ${name}`), sections: { build: evil } },
        Object.fromEntries(
          await Promise.all(Object.entries(files).map(async ([name, file]) => [name, await readFile(file)] as const)),
        ),
      );
      const { code, host, errors, output } = await build(path.join(folder, String(index)), source);
      expect(code, evil).toBe(1);
      expect(host.outputs['verdict'], evil).toBe(verdict);
      expect(errors, evil).toMatch(expected);
      for (const name of await readdir(output)) {
        expect(await readFile(path.join(output, name), 'latin1')).not.toContain('top-secret-content');
        expect(await readFile(path.join(output, name), 'latin1')).not.toContain('root:x:0:0');
        expect(name).not.toMatch(/evil|bash/);
      }
    }
  });

  it('gives packages with plain modes, whatever it leaves beside them', async () => {
    const source = await tinySource(folder, {
      sections: {
        build:
          'umask 0; mkdir -p /builddir/build/RPMS/sub; mkfifo /builddir/build/RPMS/pipe; touch /builddir/build/RPMS/odd; chmod 6777 /builddir/build/RPMS/odd',
      },
    });
    const { errors, output, names } = await build(folder, source);
    expect(errors).toBe('');
    expect((await names()).filter((name) => name.endsWith('.rpm'))).toEqual([
      'tiny-1.0-1.el9.noarch.rpm',
      'tiny-1.0-1.el9.src.rpm',
    ]);
    for (const name of await readdir(output)) {
      expect((await stat(path.join(output, name))).mode & 0o7777, name).toBe(0o644);
    }
  });

  it('that ends every process it can leaves a verdict and nothing else', async () => {
    const source = await tinySource(folder, { sections: { build: 'echo now-killing; kill -KILL -1; exit 1' } });
    const { code, host, output } = await build(folder, source);
    expect(code).toBe(1);
    expect(['package', 'infrastructure']).toContain(host.outputs['verdict']);
    await stat(path.join(output, 'manifest.json'));
  });

  it('is annotated at no place outside of the repository', async () => {
    const source = await tinySource(folder, {
      sections: { build: 'echo "../../../etc/passwd:1:1: error: evil" >&2; echo "::error file=x::y"; exit 1' },
    });
    const { host } = await build(folder, source);
    const files = host.annotations('error').map(({ location }) => location?.file ?? '');
    expect(files.filter((file) => /^\/|(^|\/)\.\.(\/|$)/.test(file))).toEqual([]);
  });
});

describe('a build that is ended', () => {
  it.each(['SIGKILL', 'SIGTERM'] as const)(
    'by %s leaves no process, no mount, no lock and no output',
    async (signal) => {
      const held = await testRpmGeneration();
      await held.lock.release();
      const files = path.join(folder, 'files');
      await makeRpm(files, { name: 'from-file', files: { '/usr/share/from-file': 'x\n' } });
      const source = await tinySource(folder, {
        buildRequires: ['from-file'],
        sections: { build: 'echo now-building; sleep 765' },
      });
      const output = path.join(folder, 'packages');
      const state = path.join(folder, 'state');
      await mkdir(path.join(state, 'buildroots'), { recursive: true });
      const buildroot = path.join(STATE, 'buildroots', held.name);
      await command(['cp', '-a', '--reflink=auto', buildroot, path.join(state, 'buildroots')]);
      await writeFile(path.join(folder, 'packaging.yml'), await packagingText());
      const program = path.resolve(import.meta.dirname, '../../src/cli.ts');
      const flags = { source, target: 'synthetic', packaging: path.join(folder, 'packaging.yml'), state, output };
      // The state is in /tmp, which may be an overlay: no upper folder lies on it.
      const more = { buildroot: held.name, 'package-files': files, 'tmpfs-size': '400M' };
      const options = Object.entries({ ...flags, ...more }).flatMap(([name, value]) => [`--${name}`, value]);
      const child = spawn(process.execPath, [program, 'build-mock', ...options, '--verbose'], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let said = '';
      child.stderr.on('data', (data) => {
        said += String(data);
      });
      await expect.poll(() => said, { timeout: 120_000 }).toContain('+ echo now-building');
      child.kill(signal);
      const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
      expect(code).toBe(signal === 'SIGKILL' ? null : 130);
      await expect.poll(() => traces(state), { timeout: 10_000 }).toEqual([]);
      await expect(stat(output)).rejects.toThrow();
      // The session, and beside it the package files that it installed from.
      if (signal === 'SIGKILL') expect(await removeDeadSessions(state)).toHaveLength(2);
      expect(await readdir(path.join(state, 'sessions'))).toEqual([]);
      const place = path.join(state, 'buildroots', held.name);
      const [generation = ''] = (await readdir(place)).filter((name) => /^[0-9a-f]{16}$/.test(name));
      await command(['flock', '--exclusive', '--nonblock', path.join(place, generation), 'true']);
    },
  );
});
