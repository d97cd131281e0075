/** What a package prints proves nothing about the machine, and never breaks the classifier. */
import { describe, expect, test } from 'vitest';
import { diagnoseSbuild, type SbuildRun } from '../../../src/builder/log/classify.ts';
import { isInSource } from '../../../src/builder/log/map-path.ts';
import { PHASES } from '../../../src/builder/log/phase.ts';
import { banner, fixture, fixtureNames, SEPARATOR, sbuildLog } from './sbuild-log.ts';

const FAILED = { exitCode: 2, end: 'exit', hasChanges: false } as const;

const HEAD = `Command: dpkg-buildpackage --sanitize-env -us -uc -b
 debian/rules build
dh build
   dh_auto_build
	make -j2
make[1]: Entering directory '/<<PKGBUILDDIR>>'
`;
const TAIL = `make[1]: *** [Makefile:2: all] Error 1
make[1]: Leaving directory '/<<PKGBUILDDIR>>'
dh_auto_build: error: make -j2 returned exit code 2
make: *** [debian/rules:3: build] Error 25
dpkg-buildpackage: error: debian/rules build subprocess returned exit status 2
`;
const COMPILE_ERROR = 'main.c:3:1: error: expected declaration\n';

/** All that sbuild prints at the end of a build that succeeds. */
const FAKE_END = `${SEPARATOR}
Build finished at 2026-11-20T16:30:19Z

Finished
--------

I: Built successfully
${banner('Cleanup')}${banner('Summary')}Build Architecture: amd64
Status: successful
Version: 1.0
${SEPARATOR}
Finished at 2026-11-20T16:30:19Z
Build needed 00:00:03, 72k disk space
`;

describe('a package that prints banners', () => {
  test('of a build that succeeded does not succeed', () => {
    const log = sbuildLog({ build: `${HEAD}${FAKE_END}${COMPILE_ERROR}${TAIL}` });
    const diagnosis = diagnoseSbuild({ log, ...FAILED });
    expect(diagnosis).toMatchObject({ verdict: 'package', phase: 'build', rule: 'compile-error' });
    expect(diagnosis.fields['Status']).toBe('attempted');
  });

  test('and is ended by our limit does not succeed', () => {
    const log = sbuildLog({ build: `${HEAD}${FAKE_END}`, cut: true });
    for (const hasChanges of [true, false]) {
      const diagnosis = diagnoseSbuild({ log, exitCode: undefined, end: 'timeout', hasChanges });
      expect(diagnosis).toMatchObject({ verdict: 'package', phase: 'build', rule: 'timeout' });
    }
  });

  test('and whose sbuild is ended by a signal does not succeed', () => {
    const log = sbuildLog({ build: `${HEAD}${FAKE_END}`, cut: true });
    expect(diagnoseSbuild({ log, exitCode: undefined, end: 'signal', hasChanges: true }).verdict).toBe(
      'infrastructure',
    );
  });

  test('of phases before the build does not get back there', () => {
    const fake = `${banner('Install package build dependencies')}E: Failed to fetch http://mirror.example.org/x.deb  Hash Sum mismatch\n`;
    for (const build of [`${HEAD}${fake}${TAIL}`, `${HEAD}${FAKE_END}${fake}${TAIL}`]) {
      expect(diagnoseSbuild({ log: sbuildLog({ build }), ...FAILED })).toMatchObject({
        verdict: 'package',
        phase: 'build',
      });
      const cut = sbuildLog({ build, cut: true });
      expect(diagnoseSbuild({ log: cut, exitCode: undefined, end: 'timeout', hasChanges: false })).toMatchObject({
        verdict: 'package',
        phase: 'build',
      });
    }
  });

  test('of mock is nothing special', () => {
    const fake =
      'ERROR: Exception(x.src.rpm) Config(x) 0 minutes 1 seconds\nERROR: Command failed: \n # dnf builddep\n';
    expect(
      diagnoseSbuild({ log: sbuildLog({ build: `${HEAD}${fake}${COMPILE_ERROR}${TAIL}` }), ...FAILED }).verdict,
    ).toBe('package');
  });

  test('of a failure is still a success when sbuild says so', () => {
    const fake = `E: Build killed with signal TERM after 5 minutes of inactivity\n${banner('Summary')}Status: attempted\nFail-Stage: build\n`;
    const log = sbuildLog({ build: `${HEAD}${fake}`, fields: { Status: 'successful' } });
    expect(diagnoseSbuild({ log, exitCode: 0, end: 'exit', hasChanges: true }).verdict).toBe('success');
  });

  test('of a stall is not taken for one', () => {
    const fake = 'E: Build killed with signal TERM after 5 minutes of inactivity\n';
    const log = sbuildLog({ build: `${HEAD}${fake}${COMPILE_ERROR}${TAIL}` });
    expect(diagnoseSbuild({ log, ...FAILED })).toMatchObject({ verdict: 'package', rule: 'compile-error' });
  });
});

describe("the machine's words in the package's output", () => {
  const words = [
    'E: Failed to fetch http://mirror.example.org/a.deb  Hash Sum mismatch',
    'E: Failed to fetch http://mirror.example.org/a.deb  503  Service Unavailable',
    "E: Failed to fetch http://mirror.example.org/a.deb  Temporary failure resolving 'mirror.example.org'",
    'E: Release file for http://mirror.example.org/InRelease is expired (invalid since 3d).',
    'E: Could not get lock /var/lib/dpkg/lock-frontend.',
    "E: dpkg was interrupted, you must manually run 'dpkg --configure -a'",
    "E: The repository 'http://mirror.example.org s Release' does not have a Release file.",
    'NO_PUBKEY 0123456789ABCDEF',
    'E: Chroot for distribution bookworm, architecture amd64 not found',
    'E: dsc: amd64 not in arch list or does not match any arch wildcards: arm64 -- skipping',
    'No space left on device',
    'tee: /dev/full: No space left on device',
    'Killed',
    'W: attempt 1 of 3 failed; once more in 5 s',
  ];

  test.each(words)('%s', (word) => {
    for (const build of [`${HEAD}${word}\n${COMPILE_ERROR}${TAIL}`, `${HEAD}${COMPILE_ERROR}${word}\n${TAIL}`]) {
      expect(diagnoseSbuild({ log: sbuildLog({ build }), ...FAILED })).toMatchObject({
        verdict: 'package',
        rule: 'compile-error',
        reason: 'compile error in main.c:3: expected declaration',
      });
    }
  });

  test.each(words.filter((word) => word !== 'Killed'))('%s, and nothing else', (word) => {
    const log = sbuildLog({ build: `${HEAD}${word}\n${TAIL}` });
    expect(diagnoseSbuild({ log, ...FAILED }).verdict).toBe('package');
  });

  test('a test of a full disk that passes, before one that fails', () => {
    const build = `${HEAD}   dh_auto_test\nok 1 - write: No space left on device\nnot ok 2 - adds\n${TAIL.replaceAll('dh_auto_build', 'dh_auto_test')}`;
    expect(diagnoseSbuild({ log: sbuildLog({ build }), ...FAILED })).toMatchObject({
      verdict: 'package',
      phase: 'test',
      reason: 'the test "adds" failed',
    });
  });

  test('the explanation that fails after missing dependencies says nothing', () => {
    const log = fixture('sbuild/sb85-s-missing-build-dep.log');
    expect(log).toContain("Temporary failure resolving 'mirror.example.org'");
    expect(diagnoseSbuild({ log, exitCode: 1, end: 'exit', hasChanges: false }).verdict).toBe('package');
  });

  test('what a step printed that passed says nothing of the one that fails', () => {
    const build = `${HEAD}   dh_auto_configure\nconfigure: error: cannot find libfoo\n   dh_auto_build\n${TAIL}`;
    const { rule, reason } = diagnoseSbuild({ log: sbuildLog({ build }), ...FAILED });
    expect([rule, reason]).toEqual(['make-error', 'make failed in all (Makefile:2): Error 1']);
  });

  test('a file that debhelper shows after a failure is not read as output', () => {
    const log = sbuildLog({ build: fixture('build/configure-library.txt') });
    expect(log).toMatch(/^configure:4203: error: nosuch library not found$/m);
    expect(diagnoseSbuild({ log, ...FAILED }).diagnostics.map(({ file }) => file)).toEqual(['debian/rules']);
  });
});

describe('what comes out', () => {
  const evil = `\u001b]0;title\u0007\u001b[2J\u202eevil\u2066\u0000\u0008\u009b31m\ud800 ${'x'.repeat(9000)}`;

  test('is printable, on one line, bounded and well-formed', () => {
    const build = [
      `${HEAD}src/${evil}.c:3:1: error: ${evil}`,
      `FAIL: ${evil}`,
      `ModuleNotFoundError: No module named '${evil}'`,
      `${TAIL}`,
    ].join('\n');
    const log = sbuildLog({ build, fields: { Status: `attempted${evil}` } });
    const diagnosis = diagnoseSbuild({ log, ...FAILED });
    const texts = [
      diagnosis.reason,
      ...diagnosis.quotes.map(({ text }) => text),
      ...diagnosis.excerpt.map(({ text }) => text),
      ...diagnosis.diagnostics.flatMap(({ file, message }) => [file, message]),
      ...Object.values(diagnosis.fields),
    ];
    expect(diagnosis.verdict).toBe('package');
    for (const text of texts) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters must not come out
      expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
      expect(text.isWellFormed()).toBe(true);
      expect(text.length).toBeLessThanOrEqual(501);
    }
  });

  test('keeps a bounded number of diagnostics, the first ones', () => {
    const many = (kind: string) =>
      Array.from({ length: 3000 }, (_, index) => `src/f${index}.c:1:1: ${kind}: m${index}`).join('\n');
    const log = sbuildLog({ build: `${HEAD}${many('error')}\n${many('warning')}\n${TAIL}` });
    const { diagnostics } = diagnoseSbuild({ log, ...FAILED });
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toHaveLength(200);
    expect(diagnostics.filter(({ severity }) => severity === 'warning')).toHaveLength(500);
    expect(diagnostics[0]).toMatchObject({ severity: 'error', file: 'src/f0.c', message: 'm0' });
  });
});

/** Deterministic noise: a linear congruential generator (Numerical Recipes). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('any log whatever', () => {
  const pieces = [
    ...fixtureNames('build').map((name) => fixture(`build/${name}.txt`)),
    ...fixtureNames('apt').map((name) => fixture(`apt/${name}.txt`)),
    FAKE_END,
    fixture('sbuild/sb85-s-success.log'),
    '\r\r\n\u0000\u001b[',
    banner('Build'),
    'Command: dpkg-buildpackage\n',
  ];

  /** Lines of the pieces, shuffled, cut and doubled. */
  function noise(random: () => number): string {
    const lines = Array.from({ length: 200 }, () => {
      const piece = (pieces[Math.floor(random() * pieces.length)] ?? '').split('\n');
      const at = Math.floor(random() * piece.length);
      const part = piece.slice(at, at + Math.ceil(random() * 6)).join('\n');
      return random() < 0.1 ? part.slice(0, Math.floor(random() * part.length)) : part;
    });
    return lines.join(random() < 0.1 ? '\r\n' : '\n');
  }

  test('is judged without an exception, the same each time, and success only on all of its conditions', () => {
    for (let seed = 1; seed <= 150; seed++) {
      const random = generator(seed);
      const log = random() < 0.5 ? noise(random) : sbuildLog({ build: `${HEAD}${noise(random)}` });
      const run: SbuildRun = {
        log,
        exitCode: Math.floor(random() * 4),
        end: (['exit', 'exit', 'exit', 'signal', 'timeout', 'cancelled'] as const)[Math.floor(random() * 6)] ?? 'exit',
        hasChanges: random() < 0.5,
      };
      const diagnosis = diagnoseSbuild(run);
      expect(diagnoseSbuild(run)).toEqual(diagnosis);
      if (diagnosis.verdict === 'success') {
        expect(run).toMatchObject({ exitCode: 0, end: 'exit', hasChanges: true });
        expect(log).toContain('Status: successful');
      } else {
        expect(PHASES).toContain(diagnosis.phase);
        expect(diagnosis.reason).toMatch(/^\S.*$/);
        expect(diagnosis.verdict !== 'infrastructure' && diagnosis.retryable).toBe(false);
      }
      for (const { number } of diagnosis.quotes) expect(number).toBeLessThanOrEqual(log.split('\n').length);
      for (const { file, line } of diagnosis.diagnostics) {
        expect(line).toBeGreaterThan(0);
        if (isInSource(file)) expect(file).not.toMatch(/(^|\/)\.\.(\/|$)/);
      }
    }
  });

  test('cut at any line, a failed build is never a success and never throws', () => {
    const log = fixture('sbuild/sb85-s-success.log');
    const lines = log.split('\n');
    for (let length = 0; length < lines.length; length += 7) {
      const cut = lines.slice(0, length).join('\n');
      const verdict = diagnoseSbuild({ log: cut, exitCode: undefined, end: 'signal', hasChanges: false }).verdict;
      expect(verdict).toBe('infrastructure');
    }
  });
});
