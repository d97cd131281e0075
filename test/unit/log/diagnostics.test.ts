import { describe, expect, test } from 'vitest';
import { type Diagnostic, diagnoseSbuild } from '../../../src/builder/log/classify.ts';
import { fixture, sbuildLog } from './sbuild-log.ts';

/** `severity file:line:column [tool code] message`, the diagnostics of a build that fails in `step`. */
function diagnosticsOf(output: string, step = 'dh_auto_build', unpack?: string): string[] {
  const build = `Command: dpkg-buildpackage\n debian/rules build\n   ${step}\n${output}\n${step}: error: it returned exit code 2\n`;
  const log = sbuildLog({ build, ...(unpack === undefined ? {} : { unpack }) });
  return diagnoseSbuild({ log, exitCode: 2, end: 'exit', hasChanges: false }).diagnostics.map(show);
}

function fixtureDiagnostics(name: string): string[] {
  const log = sbuildLog({ build: fixture(`build/${name}.txt`) });
  return diagnoseSbuild({ log, exitCode: 2, end: 'exit', hasChanges: false }).diagnostics.map(show);
}

function show({ severity, file, line, column, tool, code, message }: Diagnostic): string {
  return `${severity} ${file}:${line}${column === undefined ? '' : `:${column}`} [${tool}${code ? ` ${code}` : ''}] ${message}`;
}

describe('gcc and clang', () => {
  test('relative to the folder that make is in, warnings after errors', () => {
    expect(fixtureDiagnostics('make-recursive')).toEqual([
      'error src/b.c:1:10 [cc] nosuch.h: No such file or directory',
      'error src/h.h:2:1 [cc] expected ‘;’, identifier or ‘(’ before ‘int’',
      'error src/a.c:2:34 [cc] ‘y’ undeclared (first use in this function)',
      'warning src/a.c:2:19 [cc -Wunused-variable] unused variable ‘unused’',
      'warning src/a.c:2:37 [cc -Wreturn-type] control reaches end of non-void function',
    ]);
  });

  test("an error in the system's header is told where it was included or instantiated", () => {
    expect(fixtureDiagnostics('cmake-compile')).toEqual([
      'error src/y.cc:1:21 [cc] ‘q’ was not declared in this scope',
      'error src/x.cc:1 [cc] no match for ‘operator<’ (operand types are ‘N’ and ‘N’)',
      'error src/x.cc:4 [cc] no match for ‘operator<’ (operand types are ‘N’ and ‘N’)',
    ]);
  });

  test('in folders that ninja, debhelper and makes of several levels name', () => {
    const output = [
      '\tcd obj-x86_64-linux-gnu && LC_ALL=C.UTF-8 ninja -j2 -v',
      '../src/a.c:1:2: error: one',
      "make[1]: Entering directory '/<<PKGBUILDDIR>>/lib'",
      "make[2]: Entering directory '/<<PKGBUILDDIR>>/lib/deep'",
      'b.c:1:2: error: two',
      "make[2]: Leaving directory '/<<PKGBUILDDIR>>/lib/deep'",
      'c.c:1:2: error: three',
      "make[1]: Leaving directory '/<<PKGBUILDDIR>>/lib'",
      '../../../d.c:1:2: error: four',
    ].join('\n');
    expect(diagnosticsOf(output)).toEqual([
      'error src/a.c:1:2 [cc] one',
      'error lib/deep/b.c:1:2 [cc] two',
      'error lib/c.c:1:2 [cc] three',
      'error d.c:1:2 [cc] four',
    ]);
  });

  test.each([
    ['/build/hello-AbC123/hello-2.10/src/x.c', 'src/x.c'],
    ['/<<BUILDDIR>>/hello-2.10/src/x.c', 'src/x.c'],
    ['/build/reproducible-path/hello-2.10/src/x.c', 'src/x.c'],
    ['././src/../src/x.c', 'src/x.c'],
    ['/usr/include/x.h', '/usr/include/x.h'],
  ])('%s is %s', (file, expected) => {
    expect(diagnosticsOf(`${file}:3:1: error: m`)).toEqual([`error ${expected}:3:1 [cc] m`]);
  });

  test('below the folder that dpkg-source names', () => {
    const unpack = 'dpkg-source: info: extracting hello in /srv/build/hello-1.0\n';
    expect(diagnosticsOf('/srv/build/hello-1.0/src/x.c:3:1: error: m', 'dh_auto_build', unpack)).toEqual([
      'error src/x.c:3:1 [cc] m',
    ]);
  });

  test('programs that configure tries out are no diagnostics', () => {
    const output = [
      'conftest.c:3:1: error: m',
      '/<<PKGBUILDDIR>>/obj/CMakeFiles/CMakeScratch/TryCompile-1LUuAk/src.c:1:1: error: m',
      'make[1]: *** [Makefile:1: all] Error 1',
    ].join('\n');
    expect(diagnosticsOf(output)).toEqual(['error Makefile:1 [make] all: Error 1']);
  });

  test('without a column, and of other compilers that write so', () => {
    const output = [
      'x.c:3: error: m',
      'configure.ac:5: warning: obsolete',
      'src/Foo.hs:3:5: error: [GHC-88464]',
      '    Variable not in scope: bar',
      'src/X.java:4: error: cannot find symbol',
      'po/de.po:12: warning: header field missing',
      'C:\\x.c: no',
      '12:30:01: error: not a file',
    ].join('\n');
    expect(diagnosticsOf(output)).toEqual([
      'error x.c:3 [cc] m',
      'error src/Foo.hs:3:5 [ghc] Variable not in scope: bar',
      'error src/X.java:4 [javac] cannot find symbol',
      'warning configure.ac:5 [autotools] obsolete',
      'warning po/de.po:12 [msgfmt] header field missing',
    ]);
  });
});

describe('other compilers and linkers', () => {
  test.each([
    ['link-undefined', ["error a.c:3 [ld] undefined reference to `undefd'"]],
    ['go-build', ['error main.go:2:15 [go] undefined: undefinedf']],
    ['go-test', ['error x_test.go:5 [go-test] got -1']],
    [
      'rust-build',
      [
        'error src/main.rs:3:20 [rustc E0425] cannot find value `nope` in this scope',
        'error src/main.rs:4:21 [rustc E0308] mismatched types',
      ],
    ],
    ['rust-test', ['error src/lib.rs:7:9 [rust-test] tests::adds panicked: assertion `left == right` failed']],
    ['javac', ["error src/a/X.java:4 [javac] ';' expected"]],
  ])('%s', (name, expected) => {
    expect(fixtureDiagnostics(name)).toEqual(expected);
  });

  test('go: what a test that passes logs is no diagnostic', () => {
    const output = [
      '=== RUN   TestGood',
      '    x_test.go:3: all is well',
      '--- PASS: TestGood (0.00s)',
      '=== RUN   TestBad',
      '--- FAIL: TestBad (0.00s)',
      '    x_test.go:9: got 2',
      'FAIL',
    ].join('\n');
    expect(diagnosticsOf(output, 'dh_auto_test')).toEqual(['error x_test.go:9 [go-test] got 2']);
  });

  test('javac under ant and maven, rustc warnings and old panics', () => {
    const output = [
      '    [javac] /<<PKGBUILDDIR>>/src/X.java:3: warning: [deprecation] f() is deprecated',
      '[ERROR] /<<PKGBUILDDIR>>/src/Y.java:[3,21] incompatible types',
      'warning: unused variable: `x`',
      ' --> src/lib.rs:2:9',
      '',
      "thread 'main' panicked at 'boom', src/main.rs:3:5",
    ].join('\n');
    expect(diagnosticsOf(output)).toEqual([
      'error src/Y.java:3:21 [javac] incompatible types',
      'error src/main.rs:3:5 [rust-test] main panicked: boom',
      'warning src/X.java:3 [javac] [deprecation] f() is deprecated',
      'warning src/lib.rs:2:9 [rustc] unused variable: `x`',
    ]);
  });
});

describe('scripts and their tests', () => {
  test.each([
    ['python-module', ["error setup.py:1 [python] ModuleNotFoundError: No module named 'nosuchmodule'"]],
    ['python-syntax', ['error x.py:1 [python] SyntaxError: invalid syntax']],
    [
      'python-unittest',
      [
        'error pkg/m.py:4 [unittest] test_boom: ValueError: boom',
        'error tests/test_m.py:5 [unittest] test_add: AssertionError: -1 != 3',
      ],
    ],
    [
      'pytest-long',
      [
        "error tests/test_c.py:1 [pytest] tests/test_c.py: ModuleNotFoundError: No module named 'nosuch'",
        'error tests/test_p.py:5 [pytest] test_a: RuntimeError: fx',
        'error tests/test_m.py:5 [pytest] T.test_add: AssertionError: -1 != 3',
        'error pkg/m.py:4 [pytest] T.test_boom: ValueError: boom',
        'error tests/test_p.py:9 [pytest] test_b: AssertionError: adds',
      ],
    ],
    [
      'pytest-short',
      [
        'error tests/test_p.py:5 [pytest] test_a: RuntimeError: fx',
        'error tests/test_m.py:5 [pytest] T.test_add: AssertionError: -1 != 3',
        'error pkg/m.py:4 [pytest] T.test_boom: ValueError: boom',
        'error tests/test_p.py:9 [pytest] test_b: AssertionError: adds',
      ],
    ],
    [
      'perl-prove',
      ['error t/a.t:3 [perl-test] two equals one failed', 'error t/a.t:4 [perl-test] a test without a name failed'],
    ],
    ['perl-module', ["error Makefile.PL:2 [perl] Can't locate Nosuch/Module.pm"]],
    [
      'perl-syntax',
      [
        'error x.pl:2 [perl] syntax error near "= ;"',
        'error x.pl:3 [perl] Global symbol "$y" requires explicit package name (did you forget to declare "my $y"?)',
      ],
    ],
    ['sh-syntax', ['error x.sh:3 [shell] Syntax error: "done" unexpected (expecting "fi")']],
    ['bash-syntax', ["error x.sh:3 [shell] syntax error near unexpected token `done'"]],
    ['bash-command', ['error x.sh:2 [shell] nosuchcmd: command not found']],
  ])('%s', (name, expected) => {
    expect(fixtureDiagnostics(name)).toEqual(expected);
  });

  test("a traceback is told where the package's own code is, also in pybuild's copy", () => {
    const output = [
      'Traceback (most recent call last):',
      '  File "/<<PKGBUILDDIR>>/.pybuild/cpython3_3.11_hello/build/hello/core.py", line 7, in run',
      '    json.loads(text)',
      '  File "/usr/lib/python3.11/json/__init__.py", line 346, in loads',
      '    return _default_decoder.decode(s)',
      'json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)',
    ].join('\n');
    expect(diagnosticsOf(output)).toEqual([
      'error hello/core.py:7 [python] json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)',
    ]);
  });
});

describe('build systems and packaging', () => {
  test.each([
    [
      'autoreconf',
      [
        'error configure.ac:3 [autotools] possibly undefined macro: AC_PROG_LIBTOOL_NOSUCH',
        'error configure.ac:4 [autotools] possibly undefined macro: AM_NOSUCH',
        "warning configure.ac:4 [autotools] macro 'AM_NOSUCH' not found in library",
        'warning configure.ac:6 [autotools] AC_OUTPUT should be used without arguments.',
      ],
    ],
    ['rules-syntax', ['error debian/rules:3 [make] missing separator']],
    ['control-syntax', ['error debian/control:13 [dpkg] duplicate field Package found']],
    ['dh-install', ['error debian/dhinstall.install:1 [debhelper] no such file was built: usr/bin/nosuch']],
    ['rust-crate', ['error debian/rules:5 [make] override_dh_auto_build: Error 101']],
  ])('%s', (name, expected) => {
    expect(fixtureDiagnostics(name)).toEqual(expected);
  });

  test('cmake, with the first paragraph, from the top of the source', () => {
    const [first] = fixtureDiagnostics('cmake-find-package');
    expect(first).toMatch(
      /^error CMakeLists\.txt:3 \[cmake\] find_package: By not providing "FindNoSuchLib\.cmake" in CMAKE_MODULE_PATH this project has asked CMake to find a package configuration file provided by "NoSuchLib", but CMake did not find one\.$/,
    );
  });

  test('meson, from its build folder', () => {
    const output = '\tcd obj && meson setup ..\n../src/meson.build:12:0: ERROR: Dependency "x" not found';
    expect(diagnosticsOf(output, 'dh_auto_configure')).toEqual([
      'error src/meson.build:12 [meson] Dependency "x" not found',
    ]);
  });

  test('patches, with the hunk or the line of the patch', () => {
    const diagnose = (name: string) =>
      diagnoseSbuild({
        log: sbuildLog({
          unpack: fixture(`unpack/${name}.txt`),
          fields: { Status: 'given-back', 'Fail-Stage': 'unpack' },
        }),
        exitCode: 3,
        end: 'exit',
        hasChanges: false,
      }).diagnostics.map(show);
    expect(diagnose('patch-hunk')).toEqual([
      'error debian/patches/fix.patch:1 [patch] does not apply: hunk 1 does not fit main.c at line 1',
    ]);
    expect(diagnose('patch-no-file')).toEqual([
      'error debian/patches/fix.patch:3 [patch] does not apply: the file that it changes does not exist',
    ]);
  });

  test('lintian, after the build, where it points at a line', () => {
    const log = sbuildLog({ build: 'Command: dpkg-buildpackage\n', fields: { Status: 'successful' } }).replace(
      '+\n| Cleanup',
      '+\n| Post Build',
    );
    const lintian = [
      'E: hello: bad-thing usr/bin/x',
      'W: hello source: debian-rules-is-odd [debian/rules:12]',
      'E: hello source: very-bad-thing some context [debian/control:3]',
    ].join('\n');
    const { diagnostics } = diagnoseSbuild({
      log: log.replace('Purging', `${lintian}\nPurging`),
      exitCode: 0,
      end: 'exit',
      hasChanges: true,
    });
    expect(diagnostics.map(show)).toEqual([
      'warning debian/rules:12 [lintian debian-rules-is-odd] debian-rules-is-odd',
    ]);
  });
});
