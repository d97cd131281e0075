/** What a package prints proves nothing about mock, rpm or the machine, and never breaks the classifier. */
import { performance } from 'node:perf_hooks';
import { describe, expect, test } from 'vitest';
import { diagnoseMock } from '../../../src/builder/log/classify-mock.ts';
import type { MockRun } from '../../../src/builder/log/diagnosis.ts';
import { PHASES } from '../../../src/builder/log/phase.ts';
import { mockBuildRun, mockCases, mockManagerRun, mockStates, recordedRun, textOf } from './mock-run.ts';

const COMPILE_ERROR = 'main.c:3:1: error: expected declaration';
const REBUILD =
  "Executing command: ['bash', '--login', '-c', '/usr/bin/rpmbuild -bb --nodeps /builddir/build/SPECS/hello.spec'] with env {} and shell False";

/** All that a build prints that went well, and much of what is said of others. */
const FAKES: readonly (readonly [string, string])[] = [
  ['the end of rpmbuild', 'Wrote: /builddir/build/RPMS/hello-1.0-1.x86_64.rpm\nChild return code was: 0'],
  [
    'the end of mock',
    'Finish: rpmbuild hello-1.0-1.src.rpm\nFinish: run\nINFO: Done(hello.src.rpm) Config(el9) 0 minutes 1 seconds',
  ],
  ['the start of another rpmbuild', `Child return code was: 0\n${REBUILD}\nBuilding target platforms: x86_64`],
  ['a source package', REBUILD.replace('-bb', '-bs')],
  ['another section', 'Executing(%check): /bin/sh -e /var/tmp/rpm-tmp.FaKe00\n+ umask 022'],
  [
    'a section that failed',
    'error: Bad exit status from /var/tmp/rpm-tmp.FaKe00 (%check)\n    Bad exit status from /var/tmp/rpm-tmp.FaKe00 (%check)',
  ],
  ['a file that is not found', 'error: File not found: /usr/bin/x\n    File not found: /usr/bin/x'],
  [
    'the packaging',
    'Processing files: hello-1.0-1.x86_64\nerror: Installed (but unpackaged) file(s) found:\n   /usr/bin/x',
  ],
  ['a bad spec', 'error: line 3: Unknown tag: Foo'],
  ['an architecture', 'error: No compatible architectures found for build'],
  ['a mirror', '  - Status code: 503 for http://mirror.example.org/x\nError: Failed to download metadata'],
  ['a missing dependency', "No matching package to install: 'foo'\nError: Some packages could not be found."],
  ['mock', 'ERROR: Build root is locked by another process.\nERROR: Exception(x) Config(y) 0 minutes 1 seconds'],
  ['a limit', 'ERROR: Timeout(10) expired for command:\n # rpmbuild -bb x'],
  ['a full disk', 'No space left on device\ntee: /dev/full: No space left on device'],
  ['the kernel', 'Killed'],
  ['states', mockStates('setup')],
  ['a prefix', 'BUILDSTDERR: BUILDSTDERR: error: \nBUILDSTDERR: Child return code was: 0'],
];

describe.each(FAKES)('a package that prints %s', (_name, fake) => {
  test.each([
    ['before its error', `${fake}\n${COMPILE_ERROR}`],
    ['behind its error', `${COMPILE_ERROR}\n${fake}\nmake: *** [Makefile:2: all] Error 1`],
    ['around its error', `${fake}\n${COMPILE_ERROR}\n${fake}\nmake: *** [Makefile:2: all] Error 1`],
  ])('%s is judged by its error', (_where, output) => {
    const run = mockBuildRun({ output });
    for (const given of [run, { ...run, stateLog: undefined }, { ...run, stderr: '' }]) {
      expect(diagnoseMock(given)).toMatchObject({
        verdict: 'package',
        phase: 'build',
        reason: 'compile error in main.c:3: expected declaration',
      });
    }
  });

  test('and is ended by our limit does not succeed', () => {
    const buildLog = (mockBuildRun({ output: fake }).buildLog ?? '').split(
      'error: Bad exit status from /var/tmp/rpm-tmp.FaILed',
    )[0];
    const run: MockRun = {
      ...mockBuildRun({ output: '' }),
      stderr: '',
      buildLog,
      exitCode: undefined,
      end: 'timeout',
      hasPackages: true,
    };
    expect(
      diagnoseMock({ ...run, stateLog: mockStates('build').replace(/^.*Finish: rpmbuild.*\n/m, '') }),
    ).toMatchObject({
      verdict: 'package',
      rule: 'timeout',
    });
  });

  test('and succeeds is a success', () => {
    const run = mockBuildRun({ output: `${fake}\n${COMPILE_ERROR}` });
    const buildLog = (run.buildLog ?? '').replace(
      /error: Bad exit status from \S+FaILed[\s\S]*$/,
      'Child return code was: 0\n',
    );
    expect(diagnoseMock({ ...run, buildLog, exitCode: 0, hasPackages: true }).verdict).toBe('success');
  });
});

describe('who is believed', () => {
  test('nothing but exit code 0 with packages is a success', () => {
    const success = recordedRun('preov-hello-c');
    expect(diagnoseMock(success).verdict).toBe('success');
    for (const less of [
      { exitCode: 1 },
      { exitCode: undefined },
      { hasPackages: false },
      { end: 'signal' },
      { end: 'timeout' },
      { end: 'cancelled' },
    ] as const) {
      expect(diagnoseMock({ ...success, ...less }).verdict, JSON.stringify(less)).not.toBe('success');
    }
  });

  test('mock on which command failed, before the exit code', () => {
    const run = recordedRun('missing-dep');
    for (const exitCode of [1, 10, 11, 30]) {
      expect(diagnoseMock({ ...run, exitCode })).toMatchObject({ verdict: 'package', phase: 'dependencies' });
    }
  });

  test('rpm on which section failed, before the place of lines', () => {
    const run = mockBuildRun({ section: '%check', output: 'FAIL: test_two' });
    const buildLog = (run.buildLog ?? '').replace(
      'error: Bad exit',
      'Executing(%install): /bin/sh -e /var/tmp/rpm-tmp.FaKe00\nerror: Bad exit',
    );
    expect(diagnoseMock({ ...run, buildLog })).toMatchObject({ phase: 'test', rule: 'automake-test' });
  });
});

describe('how mock ended', () => {
  const run = mockBuildRun({ output: 'cc -c main.c' });
  const cut = (run.buildLog ?? '').split('error: Bad exit')[0] ?? '';
  const running = {
    ...run,
    stderr: '',
    buildLog: cut,
    stateLog: mockStates('build').replace(/^.*Finish: (?:rpmbuild|build phase).*\n/gm, ''),
  };

  test.each([
    ['timeout', 'package', 'timeout', false],
    ['cancelled', 'infrastructure', 'cancelled', false],
    ['signal', 'infrastructure', 'signal', true],
  ] as const)('%s while the package was built', (end, verdict, rule, retryable) => {
    const diagnosis = diagnoseMock({ ...running, exitCode: undefined, end, timeoutSeconds: 7200 });
    expect(diagnosis).toMatchObject({ verdict, rule, retryable, phase: 'build' });
    expect(diagnosis.quotes.at(-1)).toMatchObject({ file: 'build.log', text: 'cc -c main.c' });
  });

  test('our limit while dependencies are installed says nothing of the package', () => {
    const missing = recordedRun('missing-dep');
    const stateLog = (missing.stateLog ?? '').split('Finish: build setup')[0];
    const diagnosis = diagnoseMock({ ...missing, stderr: '', stateLog, exitCode: undefined, end: 'timeout' });
    expect(diagnosis).toMatchObject({
      verdict: 'infrastructure',
      phase: 'dependencies',
      rule: 'timeout',
      retryable: true,
    });
  });

  test("mock's own limit holds for package managers, too", () => {
    const stderr = `ERROR: Exception(x) Config(y) 0 minutes 1 seconds\nERROR: Timeout(600) expired for command:\n # /usr/bin/dnf-3 builddep x.src.rpm\n`;
    expect(
      diagnoseMock({ ...run, stderr, buildLog: '', stateLog: mockStates('dependencies'), exitCode: 30 }),
    ).toMatchObject({
      verdict: 'infrastructure',
      phase: 'dependencies',
      rule: 'timeout',
      reason: 'the build was ended after its limit of 10 min 0 s while installing build dependencies',
      retryable: true,
    });
  });

  test('is told by its exit code and a log that stops, where mock does not say so', () => {
    const timeout = recordedRun('timeout');
    expect(diagnoseMock({ ...timeout, stderr: '' })).toMatchObject({
      verdict: 'package',
      phase: 'build',
      rule: 'timeout',
    });
  });

  test('a package manager that is ended, or whose container does not start', () => {
    const dnf = mockManagerRun('Downloading Packages:', 'dependencies');
    const rootLog = dnf.rootLog?.replace('code was: 1', 'code was: -9');
    expect(diagnoseMock({ ...dnf, rootLog })).toMatchObject({
      verdict: 'infrastructure',
      rule: 'dnf-killed',
      retryable: true,
    });
    expect(diagnoseMock(dnf)).toMatchObject({ verdict: 'infrastructure', rule: 'dnf-unknown', retryable: false });
    const nspawn = mockManagerRun('Failed to register machine: Unit machine-1234.scope already exists.', 'setup');
    expect(diagnoseMock(nspawn)).toMatchObject({ verdict: 'infrastructure', rule: 'nspawn-failed', retryable: true });
  });

  test.each([129, 137, 141, 143])('exit code %d without a word is a signal from outside', (exitCode) => {
    expect(diagnoseMock({ ...running, exitCode })).toMatchObject({
      verdict: 'infrastructure',
      rule: 'signal',
      retryable: true,
    });
  });

  test('a signal that mock tells of', () => {
    const stderr =
      'INFO: mock.py version 6.7 starting (python version = 3), args: mock\nINFO: \nReceived signal SIGTERM activating orphansKill\n';
    expect(diagnoseMock({ ...running, stderr, exitCode: 143 })).toMatchObject({
      verdict: 'infrastructure',
      reason: 'a signal from outside (SIGTERM) ended the build while building, perhaps for want of memory',
    });
  });

  test.each([-9, 137])('rpmbuild that was killed (%d)', (code) => {
    const buildLog = `${cut}Child return code was: ${code}\n`;
    expect(diagnoseMock({ ...run, buildLog, exitCode: 1 })).toMatchObject({
      verdict: 'infrastructure',
      rule: 'rpmbuild-killed',
      retryable: true,
    });
  });

  test('a failure that no log explains is told as such', () => {
    expect(diagnoseMock({ ...run, buildLog: `${cut}Child return code was: 1\n` })).toMatchObject({
      verdict: 'package',
      phase: 'build',
      rule: 'unknown',
    });
    expect(diagnoseMock({ commands: [], stderr: '', exitCode: 1, end: 'exit', hasPackages: false })).toMatchObject({
      verdict: 'infrastructure',
      phase: 'setup',
      rule: 'unknown',
    });
  });

  test('of several commands in one log the last one is judged', () => {
    const first = recordedRun('preov-hello-c');
    const second = recordedRun('missing-dep');
    const both: MockRun = {
      ...second,
      stderr: first.stderr + second.stderr,
      buildLog: `${first.buildLog}${second.buildLog}`,
      rootLog: `${first.rootLog}${second.rootLog}`,
      stateLog: `${first.stateLog}${second.stateLog}`,
    };
    expect(diagnoseMock(both)).toMatchObject({
      verdict: 'package',
      phase: 'dependencies',
      rule: 'no-build-dependency',
    });
    const locked = recordedRun('same-root-2');
    expect(diagnoseMock({ ...both, stderr: first.stderr + locked.stderr, exitCode: 60 })).toMatchObject({
      verdict: 'infrastructure',
      rule: 'buildroot-locked',
    });
  });
});

describe('how far mock came', () => {
  test('a bootstrap that is set up is not the buildroot', () => {
    const run = recordedRun('chroot-setup-fails');
    const bootstrap = ['chroot init', 'installing dnf tooling'].map((state) => `Start(bootstrap): ${state}\n`).join('');
    const done = ['installing dnf tooling', 'chroot init'].map((state) => `Finish(bootstrap): ${state}\n`).join('');
    const within = (text = '') => text.replace(/^(.*)(Start: chroot init\n)/m, `$1$2${bootstrap}${done}`);
    const given = { ...run, stateLog: within(run.stateLog), stderr: within(run.stderr) };
    expect(given.stateLog).toContain('Finish(bootstrap): chroot init');
    expect(diagnoseMock(given)).toMatchObject({
      verdict: 'configuration',
      phase: 'setup',
      rule: 'no-buildroot-package',
    });
    const failed = (text = '') =>
      text.replace(/^(.*)(Start: chroot init\n)[\s\S]*?(?=^.*Start: clean chroot)/m, `$1$2${bootstrap}`);
    expect(diagnoseMock({ ...run, stateLog: failed(run.stateLog) })).toMatchObject({
      verdict: 'configuration',
      phase: 'setup',
    });
  });

  test('what mock reads from the output of yum and raises itself', () => {
    const run = recordedRun('missing-dep');
    const [head = ''] = run.stderr.split('ERROR: Command failed');
    const stderr = `${head}ERROR: No Package found for nosuch-devel >= 3\n`;
    for (const rootLog of [undefined, run.rootLog]) {
      expect(diagnoseMock({ ...run, rootLog, stderr, exitCode: 10 })).toMatchObject({
        verdict: 'package',
        phase: 'dependencies',
        rule: 'no-build-dependency',
      });
    }
  });
});

describe('koji', () => {
  test("mock's trace behind a failure is not the package's output", () => {
    const run = recordedRun('fail-build');
    const trace = [
      "EXCEPTION: [Error('Command failed: \\n # bash --login -c /usr/bin/rpmbuild -bb --target x86_64 --nodeps /builddir/build/SPECS/fail-build.spec\\n', 1)]",
      'Traceback (most recent call last):',
      '  File "/usr/lib/python3.11/site-packages/mockbuild/trace_decorator.py", line 93, in trace',
      '    result = func(*args, **kw)',
      'mockbuild.exception.Error: Command failed: ',
      ' # bash --login -c /usr/bin/rpmbuild -bb --target x86_64 --nodeps /builddir/build/SPECS/fail-build.spec',
      '',
    ].join('\n');
    const entered =
      "ENTER ['do_with_status'](['bash', '--login', '-c', '/usr/bin/rpmbuild -bb --nodeps x.spec'], chrootPath='/r')\n";
    const buildLog = `${(run.buildLog ?? '').replace(/^(Executing command.*-bb)/m, `${entered}$1`)}${trace}`;
    expect(diagnoseMock({ ...run, stderr: '', buildLog })).toMatchObject({
      verdict: 'package',
      phase: 'build',
      rule: 'compile-error',
    });
  });

  test('commands in systemd-nspawn, however long', () => {
    const run = recordedRun('fail-build');
    const binds = Array.from({ length: 60 }, (_, index) => `'--bind=/dev/loop${index}:/dev/loop${index}'`).join(', ');
    const nspawn = `Executing command: ['/usr/bin/systemd-nspawn', '-q', '-M', '1234', '-D', '/var/lib/mock/x/root', ${binds}, '`;
    const buildLog = (run.buildLog ?? '').replaceAll("Executing command: ['", nspawn);
    expect(diagnoseMock({ ...run, stderr: '', stateLog: undefined, buildLog })).toMatchObject({
      verdict: 'package',
      phase: 'build',
      rule: 'compile-error',
    });
  });

  test('a container that does not start is not the package', () => {
    const run = recordedRun('fail-build');
    const [head = ''] = (run.buildLog ?? '').split(/^Building target platforms/m);
    const buildLog = `${head}Failed to register machine: Unit machine-1234.scope already exists.\nChild return code was: 1\n`;
    expect(diagnoseMock({ ...run, buildLog })).toMatchObject({
      verdict: 'infrastructure',
      rule: 'nspawn-failed',
      retryable: true,
    });
  });
});

describe('what comes out', () => {
  const evil = `\u001b]0;title\u0007\u001b[2J\u202eevil\u2066\u0000\u0008\u009b31m\ud800 ${'x'.repeat(9000)}`;

  test('is printable, on one line, bounded and well-formed', () => {
    const run = mockBuildRun({ output: `src/${evil}.c:3:1: error: ${evil}\nFAIL: ${evil}\n+ ${evil}` });
    for (const given of [
      run,
      {
        ...run,
        stderr: `Mock Version: ${evil}\nERROR: ${evil}`,
        buildLog: evil,
        stateLog: `Start: ${evil}`,
        rootLog: evil,
      },
      mockBuildRun({ output: '', files: `error: Installed (but unpackaged) file(s) found:\n   /${evil}` }),
    ]) {
      const diagnosis = diagnoseMock(given);
      const texts = [
        diagnosis.reason,
        ...diagnosis.quotes.map(({ text }) => text),
        ...diagnosis.excerpt.map(({ text }) => text),
        ...diagnosis.diagnostics.flatMap(({ file, message }) => [file, message]),
        ...Object.values(diagnosis.fields),
      ];
      for (const text of texts) {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters must not come out
        expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
        expect(text.isWellFormed()).toBe(true);
        expect(text.length).toBeLessThanOrEqual(501);
      }
    }
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

describe('any logs whatever', () => {
  const runs = mockCases().map(recordedRun);
  const pieces = [
    ...runs.flatMap(({ buildLog = '', rootLog = '', stderr }) => [buildLog, rootLog, stderr]),
    ...FAKES.map(([, fake]) => fake),
  ];

  function noise(random: () => number): string {
    const lines = Array.from({ length: 100 }, () => {
      const piece = (pieces[Math.floor(random() * pieces.length)] ?? '').split('\n');
      const at = Math.floor(random() * piece.length);
      const part = piece.slice(at, at + Math.ceil(random() * 6)).join('\n');
      return random() < 0.1 ? part.slice(0, Math.floor(random() * part.length)) : part;
    });
    return lines.join(random() < 0.1 ? '\r\n' : '\n');
  }

  test('are judged without an exception, the same each time', () => {
    for (let seed = 1; seed <= 120; seed++) {
      const random = generator(seed);
      const maybe = () => (random() < 0.2 ? undefined : noise(random));
      const run: MockRun = {
        commands: [],
        stderr: maybe() ?? '',
        buildLog: maybe(),
        rootLog: maybe(),
        stateLog: maybe(),
        exitCode: [0, 1, 10, 11, 30, 60, undefined][Math.floor(random() * 7)],
        end: (['exit', 'exit', 'exit', 'signal', 'timeout', 'cancelled'] as const)[Math.floor(random() * 6)] ?? 'exit',
        hasPackages: random() < 0.5,
      };
      const diagnosis = diagnoseMock(run);
      expect(diagnoseMock(run)).toEqual(diagnosis);
      if (diagnosis.verdict === 'success') expect(run).toMatchObject({ exitCode: 0, end: 'exit', hasPackages: true });
      else {
        expect(PHASES).toContain(diagnosis.phase);
        expect(diagnosis.reason).toMatch(/^\S.*$/);
        expect(diagnosis.verdict !== 'infrastructure' && diagnosis.retryable).toBe(false);
      }
      for (const { file, number } of diagnosis.quotes) {
        expect(number).toBeLessThanOrEqual(textOf(run, file).split('\n').length);
      }
    }
  });

  test('cut at any line are never a success, and never throw', () => {
    const whole = recordedRun('preov-hello-c');
    const lines = (whole.buildLog ?? '').split('\n');
    for (let length = 0; length < lines.length; length += 3) {
      const buildLog = lines.slice(0, length).join('\n');
      for (const stderr of ['', whole.stderr]) {
        const diagnosis = diagnoseMock({ ...whole, stderr, buildLog, exitCode: undefined, end: 'signal' });
        expect(diagnosis.verdict).toBe('infrastructure');
      }
    }
  });

  test('of great length take time in proportion', () => {
    const timeOf = (count: number, line: string) => {
      const run = mockBuildRun({ output: Array.from({ length: count }, (_, index) => `${line} ${index}`).join('\n') });
      const started = performance.now();
      expect(diagnoseMock({ ...run, rootLog: run.buildLog }).verdict).toBe('package');
      return performance.now() - started;
    };
    for (const line of [
      'gcc -O2 -g -c main.c -o main.o',
      'error: Bad exit status from /var/tmp/rpm-tmp.x (%check)',
      `Executing command: ['rpmbuild${' -a'.repeat(50)}']`,
      `Child return code was: 0 ${'x'.repeat(100)}`,
    ]) {
      timeOf(2000, line);
      const short = timeOf(10_000, line);
      expect(timeOf(40_000, line), line).toBeLessThan(Math.max(short * 12, 4000));
    }
  });

  test('a line of megabytes is cut before it is looked at', () => {
    const started = performance.now();
    diagnoseMock(mockBuildRun({ output: `+ ${'error: '.repeat(2_000_000)}\n${': FAIL'.repeat(2_000_000)}` }));
    expect(performance.now() - started).toBeLessThan(8000);
  });
});
