import { describe, expect, test } from 'vitest';
import { diagnoseSbuild } from '../../../src/builder/log/classify.ts';
import { PHASES } from '../../../src/builder/log/phase.ts';
import { fixture, sbuildLog } from './sbuild-log.ts';

describe('what is known beside the log', () => {
  const build = fixture('build/make-recursive.txt');
  const run = { exitCode: undefined, hasChanges: false, timeoutSeconds: 7200 } as const;

  test("our limit while the package builds is the package's, with its phase", () => {
    const log = sbuildLog({ build: build.slice(0, build.indexOf('b.c:1:10')), cut: true });
    expect(diagnoseSbuild({ ...run, log, end: 'timeout' })).toMatchObject({
      verdict: 'package',
      phase: 'build',
      reason: 'the build was ended after its limit of 2 h 0 min while building',
      retryable: false,
    });
  });

  test("our limit while apt installs is the archive's", () => {
    const log = fixture('apt/unmet.txt').split('Reading package lists')[0] ?? '';
    expect(diagnoseSbuild({ ...run, log, end: 'timeout' })).toMatchObject({
      verdict: 'infrastructure',
      retryable: true,
    });
  });

  test("a cancelled build is nobody's fault and is not tried again", () => {
    const log = sbuildLog({ build, cut: true });
    expect(diagnoseSbuild({ ...run, log, end: 'cancelled' })).toMatchObject({
      verdict: 'infrastructure',
      rule: 'cancelled',
      retryable: false,
    });
  });

  test("a signal from outside is the machine's", () => {
    const log = sbuildLog({ build, cut: true });
    expect(diagnoseSbuild({ ...run, log, end: 'signal' })).toMatchObject({
      verdict: 'infrastructure',
      rule: 'signal',
      retryable: true,
    });
  });

  test('of a command that was killed in its session, by its exit code too', () => {
    for (const log of [
      sbuildLog({ build, cut: true }),
      fixture('apt/unmet.txt').split('Reading package lists')[0] ?? '',
    ]) {
      expect(diagnoseSbuild({ log, exitCode: 137, end: 'exit', hasChanges: false })).toMatchObject({
        verdict: 'infrastructure',
        rule: 'signal',
        retryable: true,
      });
    }
    // A package whose own make was killed is told by sbuild, which was not.
    const told = sbuildLog({ build, fields: { Status: 'attempted', 'Fail-Stage': 'build' } });
    expect(diagnoseSbuild({ log: told, exitCode: 137, end: 'exit', hasChanges: false }).rule).not.toBe('signal');
  });

  test('an empty log is judged too', () => {
    for (const end of ['exit', 'signal', 'timeout', 'cancelled'] as const) {
      const diagnosis = diagnoseSbuild({ log: '', exitCode: 1, end, hasChanges: false });
      expect(diagnosis).toMatchObject({ verdict: 'infrastructure', phase: 'setup' });
      expect(diagnosis.reason).not.toBe('');
    }
  });

  test('the tmpfs or the disk that is full is named', () => {
    const log = sbuildLog({ build: fixture('build/space-install.txt') });
    const reason = (scratch?: number | 'disk') =>
      diagnoseSbuild({
        log,
        exitCode: 2,
        end: 'exit',
        hasChanges: false,
        ...(scratch === undefined ? {} : { scratch }),
      }).reason;
    expect(reason(4 * 1024 ** 3)).toBe("the session's tmpfs (4.0 GiB) was full while the package was built");
    const may = (scratch: number | 'disk') =>
      diagnoseSbuild({ log, exitCode: 2, end: 'exit', hasChanges: false, scratch }).retryable;
    // The next attempt writes to the disk; a disk is full until somebody makes room.
    expect(may(4 * 1024 ** 3)).toBe(true);
    expect(may('disk')).toBe(false);
    expect(reason('disk')).toBe('the disk that the session writes to was full while the package was built');
  });

  test('a build that may use the network and cannot is not at fault', () => {
    const log = sbuildLog({ build: fixture('build/network-git.txt') });
    expect(diagnoseSbuild({ log, exitCode: 2, end: 'exit', hasChanges: false, network: true })).toMatchObject({
      verdict: 'infrastructure',
      rule: 'network-unreachable',
      retryable: true,
    });
  });
});

describe('success is a status, a .changes and an exit code together', () => {
  const log = fixture('sbuild/sb85-s-success.log');

  test.each([
    ['without .changes', { exitCode: 0, end: 'exit', hasChanges: false }, 'no-changes'],
    ['with another exit code', { exitCode: 1, end: 'exit', hasChanges: true }, 'no-changes'],
    ['ended by our limit', { exitCode: undefined, end: 'timeout', hasChanges: true }, 'timeout'],
    ['ended by a signal', { exitCode: undefined, end: 'signal', hasChanges: true }, 'signal'],
  ] as const)('%s it is none', (_title, run, rule) => {
    const diagnosis = diagnoseSbuild({ log, ...run });
    expect(diagnosis.verdict).not.toBe('success');
    expect(diagnosis.rule).toBe(rule);
  });

  test('exit code 0 and a .changes without a summary is none', () => {
    const cut = log.slice(0, log.lastIndexOf('| Summary'));
    expect(diagnoseSbuild({ log: cut, exitCode: 0, end: 'exit', hasChanges: true }).verdict).toBe('infrastructure');
  });

  test('results that cannot be copied for want of space', () => {
    const broken = log.replace(
      'tinypkg_1.0_all.deb\n---',
      "cp: error writing 'x': No space left on device\nE: Could not copy /build/x.deb to .\ntinypkg_1.0_all.deb\n---",
    );
    expect(broken).not.toBe(log);
    expect(diagnoseSbuild({ log: broken, exitCode: 0, end: 'exit', hasChanges: false })).toMatchObject({
      verdict: 'infrastructure',
      rule: 'no-space-around',
    });
  });

  test.each([
    ['E: Could not copy /build/x.deb to .', 'infrastructure', 'results-not-copied'],
    [
      'E: Package claims to have built x_1.0_all.deb, but did not.  This is a bug in the packaging.',
      'package',
      'claims-file',
    ],
  ])('%s', (line, verdict, rule) => {
    const broken = log.replace('tinypkg_1.0_all.deb\n---', `${line}\ntinypkg_1.0_all.deb\n---`);
    expect(diagnoseSbuild({ log: broken, exitCode: 0, end: 'exit', hasChanges: false })).toMatchObject({
      verdict,
      rule,
      phase: 'results',
    });
  });

  test('warnings of a build that succeeds are told, errors are not', () => {
    const output = fixture('build/make-recursive.txt').replace(/dh_auto_build: error[\s\S]*/, '');
    const built = sbuildLog({ build: output, fields: { Status: 'successful' } });
    const { verdict, diagnostics } = diagnoseSbuild({ log: built, exitCode: 0, end: 'exit', hasChanges: true });
    expect(verdict).toBe('success');
    expect(diagnostics.map(({ severity, file, code }) => [severity, file, code])).toEqual([
      ['warning', 'src/a.c', '-Wunused-variable'],
      ['warning', 'src/a.c', '-Wreturn-type'],
    ]);
  });
});

describe('stages of sbuild', () => {
  const stage = (name: string, where: 'setup' | 'fetch' | 'unpack' | 'cleanup', lines: string, status = 'failed') =>
    diagnoseSbuild({
      log: sbuildLog({
        [where]: lines,
        build: where === 'cleanup' ? 'Command: dpkg-buildpackage\n' : undefined,
        fields: { Status: status, 'Fail-Stage': name },
      }),
      exitCode: 1,
      end: 'exit',
      hasChanges: false,
    });

  test.each([
    [
      'create-session',
      'setup',
      'E: Chroot for distribution bookworm, architecture amd64 not found',
      ['configuration', 'setup', 'no-chroot'],
    ],
    [
      'create-session',
      'setup',
      'E: Error creating chroot session: skipping hello',
      ['infrastructure', 'setup', 'chroot-session'],
    ],
    [
      'create-session',
      'setup',
      'E: unshare failed: Operation not permitted',
      ['configuration', 'setup', 'no-namespaces'],
    ],
    [
      'create-session',
      'setup',
      'E: Requested build architecture (arm64) and chroot architecture (amd64) do not match.  Skipping build.',
      ['configuration', 'setup', 'chroot-architecture'],
    ],
    ['create-session', 'setup', 'E: Failed to exec: unshare: No such file', ['configuration', 'setup', 'tool-missing']],
    ['create-build-dir', 'setup', 'E: unable to mktemp', ['infrastructure', 'setup', 'chroot-session']],
    [
      'lock-session',
      'setup',
      'E: Error locking chroot session: skipping hello',
      ['infrastructure', 'setup', 'chroot-session'],
    ],
    [
      'run-chroot-setup-commands',
      'setup',
      "E: Command 'apt-key add' failed to run.\nE: Failed to execute chroot-setup-commands",
      ['configuration', 'setup', 'command-failed'],
    ],
    ['fetch-src', 'fetch', 'E: Could not find /src/hello_1.0.dsc', ['configuration', 'fetch', 'no-source']],
    [
      'check-space',
      'unpack',
      'E: Disk space is probably not sufficient for building.',
      ['infrastructure', 'unpack', 'no-space-around'],
    ],
    ['dump-build-env', 'unpack', 'E: unable to open pipe', ['infrastructure', 'setup', 'chroot-session']],
    ['hack-binNMU', 'unpack', 'E: No maintainer specified.', ['configuration', 'unpack', 'other-error']],
    [
      'post-build',
      'cleanup',
      'E: Lintian run failed (policy violation)',
      ['package', 'post-build', 'post-build-check'],
    ],
    ['a stage of a later sbuild', 'unpack', 'E: something new', ['infrastructure', 'unpack', 'other-error']],
  ] as const)('%s in %s: %s', (name, where, lines, [verdict, phase, rule]) => {
    expect(stage(name, where, `${lines}\n`)).toMatchObject({ verdict, phase, rule });
  });

  test('skipped for its architecture with exit code 0 is a matter of configuration, whatever else is said', () => {
    const log = sbuildLog({ fields: { Status: 'skipped', 'Fail-Stage': 'arch-check' } });
    expect(diagnoseSbuild({ log, exitCode: 0, end: 'exit', hasChanges: false })).toMatchObject({
      verdict: 'configuration',
      phase: 'arch-check',
      rule: 'unknown',
    });
  });

  test('phases are known and every sentence is one line without a full stop', () => {
    for (const name of ['init', 'unpack', 'build', 'abort', 'parse-changes', 'install-deps', 'nonsense']) {
      const { phase, reason } = stage(name, 'unpack', '');
      expect(PHASES).toContain(phase);
      expect(reason).toMatch(/^\S.*[^.]$/);
    }
  });
});
