/**
 * What our code relies on of mock: exit codes, files, the order of steps in the logs, where the reason stands. The same
 * builds run with the stand-in (test/stand-in/mock), and with mock itself where it is installed (or `MOCK` names it);
 * both are compared with what mock wrote elsewhere (test/fixtures/mock).
 */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, which } from '../../src/process.ts';
import { MockProgram, type Outcome } from './mock-contract-run.ts';
import { sourceRpm } from './rpm-distribution-packages.ts';

const FIXTURES = path.resolve(import.meta.dirname, '../fixtures/mock');
const STAND_IN = path.resolve(import.meta.dirname, '../stand-in/mock');

const head = (name: string, more = '') => `Name: ${name}
Version: 1.0
Release: 1
Summary: ${name}
License: MIT
BuildArch: noarch
${more}
%description
A package of the tests.
`;
const GREETING = '%install\ninstall -D -m 755 %{SOURCE0} %{buildroot}/usr/bin/hello-noarch\n%files\n/usr/bin/*\n';
const compiled = (name: string, version: string, release: string, body: string) => `%global debug_package %{nil}
Name: ${name}
Version: ${version}
Release: ${release}
Summary: ${name}
License: MIT
Source0: ${name}.c
BuildRequires: gcc, libsample-devel
%description
A package of the tests.
%build
${body}
%install
install -D -m 755 hello %{buildroot}/usr/bin/${name}
%files
/usr/bin/*
`;

/** Specs by the name of the recorded case. */
const SPECS: Readonly<Record<string, { readonly spec: string; readonly files?: Record<string, string> }>> = {
  'preov-hello-noarch': {
    spec: `${head('hello-noarch', 'Source0: hello.sh')}%prep\n%build\n${GREETING}`,
    files: { 'hello.sh': '#!/bin/sh\necho hello\n' },
  },
  'preov-hello-c': {
    spec: compiled('hello-c', '2.3', '4', 'gcc -O2 -o hello %{SOURCE0}'),
    files: { 'hello-c.c': '#include <sample.h>\n#include <stdio.h>\nint main(void) { puts(SAMPLE); return 0; }\n' },
  },
  'fail-build': {
    spec: compiled('fail-build', '1.0', '1', 'cp %{SOURCE0} bad.c\ngcc -O2 -o hello bad.c'),
    files: { 'fail-build.c': '#include <stdio.h>\nint main(void) {\n    printf("x %d\\n", undeclared_thing); }\n' },
  },
  'fail-check': { spec: `${head('fail-check')}%prep\n%build\n%check\necho test_two: FAIL\nfalse\n%files\n` },
  unpackaged: {
    spec: `${head('unpackaged')}%prep\n%build\n%install
mkdir -p %{buildroot}/usr/share/x\ntouch %{buildroot}/usr/share/x/a\n%files\n/usr/share/x/missing\n`,
  },
  dynreq: {
    spec: `${head('dynreq')}%prep\n%generate_buildrequires\necho 'libsample-devel >= 1.0'\n%build
test -f /usr/include/sample.h\n%install\n%files\n`,
  },
  'missing-dep': {
    spec: `${head(
      'missing-dep',
      'BuildRequires: libsample-devel >= 99, nosuchlib-devel >= 3.1, pkgconfig(absent)',
    )}%build\n%files\n`,
  },
  timeout: { spec: `${head('slow')}%build\necho before sleep\nsleep 300\n%files\n` },
  'enospc-build': {
    spec: `${head('bigwrite')}%prep\n%build\ndd if=/dev/zero of=big bs=1M count=200\n%files\n`,
  },
};

/** Where the reason stands that mock itself gives elsewhere, and what it looks like. */
const REASONS: Readonly<Record<string, { readonly file: string; readonly text: RegExp }>> = {
  'preov-hello-noarch': {
    file: 'build.log',
    text: /Wrote: \/builddir\/build\/RPMS\/hello-noarch-1\.0-1\.noarch\.rpm/,
  },
  'preov-hello-c': { file: 'build.log', text: /Wrote: \/builddir\/build\/RPMS\/hello-c-2\.3-4\.\w+\.rpm/ },
  'fail-build': {
    file: 'build.log',
    text: /error: 'undeclared_thing' undeclared[\s\S]*Bad exit status from \S+ \(%build\)/,
  },
  'fail-check': { file: 'build.log', text: /test_two: FAIL[\s\S]*Bad exit status from \S+ \(%check\)/ },
  unpackaged: { file: 'build.log', text: /File not found: \S+\/usr\/share\/x\/missing/ },
  dynreq: { file: 'build.log', text: /^Child return code was: 11\nDynamic buildrequires detected\nGoing to install/m },
  'missing-dep': { file: 'stderr.txt', text: /^No matching package to install: 'nosuchlib-devel >= 3\.1'$/m },
  timeout: {
    file: 'stderr.txt',
    text: /^ERROR: Timeout\(\d+\) expired for command:\n # bash --login -c '\/usr\/bin\/rpmbuild -bb/m,
  },
  'enospc-build': { file: 'build.log', text: /dd: error writing 'big': No space left on device/ },
  'badspec-buildsrpm': { file: 'build.log', text: /^error: .*line 6: Unclosed %if$/m },
  'chroot-setup-fails': { file: 'stderr.txt', text: /^Error: Unable to find a match: nosuchpkg$/m },
  'repo-unreachable': {
    file: 'stderr.txt',
    text: /^Error: Failed to download metadata for repo '\w+': Cannot download repomd\.xml/m,
  },
  'no-config': { file: 'stderr.txt', text: /^ERROR: Non-existing Mock config 'nosuchcfg'$/m },
  'same-root-2': { file: 'stderr.txt', text: /^ERROR: Build root is locked by another process\.$/m },
};

/** mock itself, where it is there. */
async function installedMock(): Promise<string | undefined> {
  const named = process.env['MOCK'] || undefined;
  const file = named === undefined ? (which('/usr/libexec/mock/mock') ?? which('mock')) : which(named);
  if (file === undefined) return undefined;
  const { stdout } = await run([file, '--version'], { env: { SUDO_UID: '65534' }, okExitCodes: 'any' });
  return stdout.includes('stand-in') ? undefined : file;
}
const real = await installedMock();

let folder: string;
const sources: Record<string, string> = {};
beforeAll(async () => {
  const cache = path.resolve(import.meta.dirname, '../../.cache');
  await mkdir(cache, { recursive: true });
  folder = await mkdtemp(path.join(cache, 'mock-contract-'));
  await chmod(folder, 0o755);
  for (const [name, source] of Object.entries(SPECS)) sources[name] = await sourceRpm(path.join(folder, name), source);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What mock left elsewhere in the case, in the shape of an outcome. */
async function recorded(name: string): Promise<Pick<Outcome, 'exitCode' | 'logs'>> {
  const logs: Record<string, string> = {};
  for (const file of ['stderr.txt', 'state.log', 'build.log']) {
    const text = await readFile(path.join(FIXTURES, name, file), 'utf8').catch(() => undefined);
    if (text !== undefined) logs[file] = text;
  }
  return { exitCode: Number(await readFile(path.join(FIXTURES, name, 'exitcode'), 'utf8')), logs };
}

/**
 * Steps of state.log or stderr. Left out is what depends on the root's kind: those recorded elsewhere came from a cache
 * and were removed afterwards, ours are prepared and kept.
 */
const steps = (text = ''): string[] =>
  [...text.matchAll(/^(?:[-\d]+ [\d:,]+ - )?((?:Start|Finish): .*)$/gm)]
    .map((match) => match[1] ?? '')
    .filter((step) => !/: (?:unpacking root cache|clean chroot|dnf4 update|init plugins)$/.test(step));

/** What rpmbuild was asked for, and how it ended, from build.log. */
const commands = (text = ''): string[] =>
  [
    ...text.matchAll(
      /^(?:Executing command: \[.*'(\/usr\/bin\/rpmbuild [^']*)'\] with env .*|(Child return code was: .*))$/gm,
    ),
  ].map(
    (match) =>
      match[2] ??
      (match[1] ?? '')
        .replace(' --noclean', '')
        .replace(/ +/g, ' ')
        .replace(/ --target \w+/, ''),
  );

/** The first lines of mock's last error, without places. */
const lastError = (text: string): string =>
  (text.split(/^(?=ERROR: )/m).at(-1) ?? '')
    .split('\n')
    .slice(0, 2)
    .join('\n')
    .replace(/ --releasever \d+/, '')
    .replace(/ --noclean| (?= --target)/, '')
    .replace(/ --target \w+/, '')
    .replace(/Timeout\(\d+\)/, 'Timeout(N)')
    .replace(/synth-rootfs|synthetic-base/, 'BASE')
    .replace(/\S*\/lib\/synth[^/]*\/root\//g, 'ROOT/')
    .replace(/[^\s:]*\/etc\//, 'ETC/');

/** Logs that are there, beside root.log. installed_pkgs.log comes with a step of its own. */
function present({ logs }: Pick<Outcome, 'logs'>): string[] {
  const installed = steps(logs['state.log']).includes('Finish: Outputting list of installed packages');
  return [...['build.log', 'state.log'].filter((name) => name in logs), ...(installed ? ['installed_pkgs.log'] : [])];
}

describe.each([
  { program: 'the stand-in', file: STAND_IN },
  ...(real === undefined ? [] : [{ program: 'mock itself', file: real }]),
])('$program', ({ file }) => {
  let mock: MockProgram;
  beforeAll(async () => {
    const own = await mkdtemp(path.join(folder, 'program-'));
    await chmod(own, 0o755);
    mock = await MockProgram.prepare(file, own, {
      badsetup: { setup: 'install synthetic-base nosuchpkg', root: 'synth-badsetup' },
      norepo: { url: 'http://127.0.0.1:9/none', root: 'synth-norepo' },
    });
  });

  async function compare(name: string, outcome: Outcome): Promise<void> {
    const before = await recorded(name);
    const reason = REASONS[name];
    if (reason === undefined) throw new Error(`no reason is known for ${name}`);
    expect(before.logs[reason.file]).toMatch(reason.text);
    expect(outcome.logs[reason.file] ?? outcome.stderr).toMatch(reason.text);
    expect(outcome.exitCode).toBe(before.exitCode);
    expect(
      Object.keys(outcome.logs)
        .filter((name) => !/^(?:hw_info|root|stderr)\./.test(name))
        .sort(),
    ).toEqual(present(before).sort());
    expect(steps(outcome.logs['state.log'])).toEqual(steps(before.logs['state.log']));
    expect(steps(outcome.stderr)).toEqual(steps(before.logs['stderr.txt']));
    expect(commands(outcome.logs['build.log'])).toEqual(commands(before.logs['build.log']));
    if (before.exitCode !== 0) expect(lastError(outcome.stderr)).toBe(lastError(before.logs['stderr.txt'] ?? ''));
    for (const line of (outcome.logs['state.log'] ?? '').split('\n').slice(0, -1)) {
      expect(line).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - (?:Start|Finish|Mock Version): \S/);
    }
    if (outcome.logs['root.log'] !== undefined) {
      expect(outcome.logs['root.log']).toMatch(/^INFO buildroot\.py:\d+: {2}Mock Version: \S/);
      expect(outcome.logs['root.log']).toMatch(/^DEBUG util\.py:\d+: {2}Child return code was: \d+$/m);
    }
  }

  it.each(['preov-hello-noarch', 'preov-hello-c', 'fail-build', 'fail-check', 'unpackaged', 'dynreq', 'missing-dep'])(
    'rebuilds as it did elsewhere: %s',
    async (name) => {
      await compare(name, await mock.run(['--rebuild', sources[name] ?? '']));
    },
  );

  it('ends a build at the limit', async () => {
    await compare('timeout', await mock.run(['--rpmbuild_timeout=3', '--rebuild', sources['timeout'] ?? '']));
  });

  it('says when there is no space left', async () => {
    await compare('enospc-build', await mock.run(['--rebuild', sources['enospc-build'] ?? ''], { size: '60m' }));
  });

  it('says what is wrong with a spec', async () => {
    const spec = path.join(folder, 'bad-spec.spec');
    await writeFile(spec, `Name: bad-spec\nVersion: 1\nRelease: 1\nSummary: x\nLicense: MIT\n%if 1\n%description\nx\n`);
    await compare('badspec-buildsrpm', await mock.run(['--buildsrpm', '--spec', spec]));
  });

  it.each([
    ['chroot-setup-fails', 'badsetup'],
    ['repo-unreachable', 'norepo'],
  ])('says what fails before the build: %s', async (name, config) => {
    const source = sources['preov-hello-noarch'] ?? '';
    await compare(name, await mock.run(['--rebuild', source], { config, clean: true }));
  });

  it('refuses a configuration that is not there', async () => {
    await compare('no-config', await mock.run(['--rebuild', sources['timeout'] ?? ''], { config: 'nosuchcfg' }));
  });

  it('refuses a root that is in use', async () => {
    const outcome = await mock.run(['--rebuild', sources['preov-hello-c'] ?? ''], { locked: true, clean: true });
    await compare('same-root-2', outcome);
  });

  it('leaves packages of the user it was started by, and what was installed', async () => {
    const outcome = await mock.run(['--rebuild', sources['preov-hello-c'] ?? '']);
    expect(outcome.files.filter((name) => name.endsWith('.rpm'))).toEqual([
      'hello-c-2.3-4.src.rpm',
      expect.stringMatching(/^hello-c-2\.3-4\.\w+\.rpm$/),
    ]);
    expect(outcome.files).toContain('hw_info.log');
    const lines = (outcome.logs['installed_pkgs.log'] ?? '').trim().split('\n');
    for (const line of lines) expect(line).toMatch(/^\S+ \d+ \d+ (?:[0-9a-f]+ )?installed$|^gpg-pubkey-/);
    expect(lines.map((line) => line.replace(/-[^-]+-[^-]+ .*/, ''))).toEqual(
      expect.arrayContaining(['gcc', 'libsample-devel', 'synthetic-base', 'synthetic-release']),
    );
  });

  it('builds from a spec and its sources in one step, with conditions and macros', async () => {
    const place = path.join(folder, 'conditional');
    await mkdir(place, { recursive: true });
    const text = `%bcond_with extra\n${head('conditional')}%build\necho "flavour: %{flavour}, as $(id -un)"
%if %{with extra}\necho something extra\n%endif\n%check\necho checked\n%files\n`;
    await writeFile(path.join(place, 'conditional.spec'), text);
    const outcome = await mock.run([
      ...['--rebuild', '--spec', path.join(place, 'conditional.spec'), '--sources', place],
      ...['--with', 'extra', '--define', 'flavour sweet', '--nocheck'],
    ]);
    expect(outcome.exitCode).toBe(0);
    const log = outcome.logs['build.log'] ?? '';
    // Output of a build is two pipes whose lines may run into each other.
    expect(log).toMatch(/flavour: sweet, as mockbuild/);
    expect(log).toMatch(/something extra/);
    expect(log).not.toMatch(/echo checked/);
    expect(outcome.files).toContain('conditional-1.0-1.src.rpm');
    expect(steps(outcome.logs['state.log']).filter((step) => step.startsWith('Start'))).toEqual([
      'Start: chroot init',
      'Start: cleaning package manager metadata',
      'Start: buildsrpm',
      'Start: rpmbuild -bs',
      'Start: chroot init',
      'Start: cleaning package manager metadata',
      'Start: build phase for conditional-1.0-1.src.rpm',
      'Start: build setup for conditional-1.0-1.src.rpm',
      'Start: rpmbuild conditional-1.0-1.src.rpm',
      'Start: Outputting list of installed packages',
    ]);
  });

  it('runs commands in the root, and gives their exit codes', async () => {
    const ordinary = await mock.run(['--chroot', '--unpriv', '--', 'sh', '-c', 'id -un; pwd; exit 7']);
    expect(ordinary.exitCode).toBe(7);
    expect(ordinary.stdout).toMatch(/^mockbuild\n\/\n$/);
    const privileged = await mock.run(['--chroot', '--cwd', '/builddir', '--', 'sh', '-c', 'id -un; pwd']);
    expect(privileged.stdout).toBe('root\n/builddir\n');
    expect(steps(privileged.stderr).some((step) => step.startsWith('Start: chroot ['))).toBe(true);
    const shell = await mock.run(['--shell', '--unpriv', 'id -un; exit 3']);
    expect(shell).toMatchObject({ exitCode: 3, stdout: 'mockbuild\n', files: ['hw_info.log'] });
  });

  it('prints the path of the root alone to standard output', async () => {
    const outcome = await mock.run(['--print-root-path']);
    expect(outcome.exitCode).toBe(0);
    expect(outcome.stdout).toMatch(/^\S+\/lib\/synthetic-9-\w+\/root\/\n$/);
    expect(outcome.stderr).toBe('');
  });

  it('installs what is asked for, and says what it cannot', async () => {
    const one = await mock.run(['--install', 'libother-devel']);
    expect(one.exitCode).toBe(0);
    expect(one.logs['root.log']).toMatch(/^DEBUG util\.py:\d+: {2}.*libsample-devel/m);
    const none = await mock.run(['--install', 'nosuchpkg']);
    expect(none.exitCode).toBe(30);
    // Of --install the reason is in root.log alone.
    expect(none.stderr).toMatch(/^ERROR: Command failed: \n # \/usr\/bin\/dnf-3 .* install nosuchpkg\n\n$/m);
    expect(none.logs['root.log']).toMatch(/^DEBUG util\.py:\d+: {2}Error: Unable to find a match: nosuchpkg$/m);
    const dependencies = await mock.run(['--installdeps', sources['missing-dep'] ?? '']);
    expect(dependencies.exitCode).toBe(30);
    expect(dependencies.stderr).toMatch(/^No matching package to install: 'nosuchlib-devel >= 3\.1'$/m);
  });

  it('resolves offline from what is known', async () => {
    const outcome = await mock.run(['--offline', '--rebuild', sources['preov-hello-noarch'] ?? '']);
    expect(outcome.exitCode).toBe(0);
    expect(outcome.logs['root.log']).toMatch(/'\/usr\/bin\/dnf-3', 'builddep', .*'-C', /);
    expect(outcome.logs['state.log']).not.toContain('cleaning package manager metadata');
  });

  it('fails in %prep with dynamic requirements as a build does, with 10', async () => {
    const text = `${head('dynprep')}%prep\nfalse\n%generate_buildrequires\necho make\n%build\n%files\n`;
    const outcome = await mock.run(['--rebuild', await sourceRpm(path.join(folder, 'dynprep'), { spec: text })]);
    expect(outcome.exitCode).toBe(10);
    expect(outcome.logs['build.log']).toMatch(/Bad exit status from \S+ \(%prep\)/);
    expect('installed_pkgs.log' in outcome.logs).toBe(false);
  });

  it('gives a code of its own to each mistake in the call', async () => {
    const source = sources['preov-hello-noarch'] ?? '';
    const garbage = path.join(folder, 'garbage.src.rpm');
    await writeFile(garbage, 'x'.repeat(4096));
    const code = async (args: readonly string[], results?: string) => {
      const { exitCode, files } = await mock.run(args, results === undefined ? {} : { results });
      return { exitCode, files };
    };
    expect(await code(['--rebuild', garbage])).toEqual({ exitCode: 1, files: [] });
    expect(await code(['--rebuild', '/nonexistent.src.rpm'])).toEqual({ exitCode: 1, files: [] });
    expect(await code(['--buildsrpm', '--spec', '/nonexistent.spec'])).toEqual({ exitCode: 5, files: [] });
    expect(await code(['--buildsrpm'])).toEqual({ exitCode: 5, files: [] });
    expect(await code(['--nosuchoption', '--rebuild', source])).toEqual({ exitCode: 1, files: [] });
    expect(await code(['--rebuild', source], '/proc/nowhere')).toEqual({ exitCode: 70, files: [] });
  });

  it('needs no more privileges than a container gives', async () => {
    const outcome = await mock.run(['--rebuild', sources['preov-hello-c'] ?? ''], { least: true });
    expect(outcome.stderr).toContain('Finish: build phase');
    expect(outcome.exitCode).toBe(0);
  });

  it('takes its processes along when it is ended', async () => {
    const outcome = await mock.run(['--rebuild', sources['timeout'] ?? ''], { endAt: /before sleep/ });
    expect(outcome.exitCode).toBe(143);
    expect(outcome.stderr).toMatch(/Received signal SIGTERM activating orphansKill/);
    const { stdout } = await run(['ps', '-e', '-o', 'uid=,args=']);
    expect(stdout).not.toMatch(/^ *951 sleep 300$/m);
  });
});

/** What mock ran, from root.log: without places, and without what depends on its version and on the host's rpm. */
const ran = (log = ''): string[] =>
  [...log.matchAll(/ Executing command: (.*) with env \{/g)]
    .map((match) => (match[1] ?? '').replace(/\/[^' ]*\/fs\/m\//g, '/').replace(/, '--dbpath', '[^']*'/, ''))
    .filter((command) => !/^\['rpm', '-q'|btrfs|umount|installed\\+n/.test(command));

it('runs the same commands as mock itself', async ({ skip }) => {
  if (real === undefined) skip('mock is not installed, and MOCK names none: only the stand-in was tried');
  const commandsOf = async (file: string): Promise<string[]> => {
    const own = await mkdtemp(path.join(folder, 'program-'));
    await chmod(own, 0o755);
    const mock = await MockProgram.prepare(file, own, {});
    const outcome = await mock.run(['--rebuild', sources['preov-hello-c'] ?? '']);
    expect(outcome.exitCode).toBe(0);
    return ran(outcome.logs['root.log']);
  };
  const own = await commandsOf(STAND_IN);
  expect(own.length).toBeGreaterThan(15);
  expect(own).toEqual(await commandsOf(real ?? ''));
});
