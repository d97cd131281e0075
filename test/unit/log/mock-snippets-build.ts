/** What rpmbuild and the sections of specs print; where it is from says mock-snippets.ts. */
import type { FilesSnippet, SectionSnippet } from './mock-snippets.ts';

const NETWORK = 'and builds are offline; package what it fetches, or set the input network to true';

export const SECTION_SNIPPETS: readonly SectionSnippet[] = [
  { section: '%build', rule: 'spec-undefined-macro', lines: '/var/tmp/rpm-tmp.a1B2c3: line 38: fg: no job control' },
  {
    section: '%prep',
    rule: 'source-folder',
    lines: '/var/tmp/rpm-tmp.a1B2c3: line 37: cd: hello-2.10: No such file or directory',
    reason: 'the source has no folder hello-2.10, which %setup or %autosetup expects (see its option -n)',
  },
  {
    section: '%build',
    rule: 'script-missing',
    lines: '/var/tmp/rpm-tmp.a1B2c3: line 41: ./autogen.sh: No such file or directory',
    reason: './autogen.sh is not there',
  },
  {
    section: '%prep',
    rule: 'spec-patch-does-not-apply',
    lines: 'error: patch failed: src/main.c:12\nerror: src/main.c: patch does not apply',
  },
  {
    section: '%prep',
    rule: 'spec-patch-does-not-apply',
    lines:
      "+ /usr/bin/cat /builddir/build/SOURCES/0001-fix.patch\n+ /usr/bin/patch -p1 -s\ncan't find file to patch at input line 4",
    quote: "can't find file to patch at input line 4",
    reason: 'the patch 0001-fix.patch does not apply',
  },
  {
    section: '%prep',
    rule: 'source-signature',
    lines: 'gpgv: Signature made Fri 20 Nov 2026\ngpgv: BAD signature from "x"',
    quote: 'gpgv: BAD signature from "x"',
  },
  {
    section: '%prep',
    rule: 'source-damaged',
    lines: 'xz: (stdin): File format not recognized\n/usr/bin/tar: This does not look like a tar archive',
  },
  {
    section: '%install',
    rule: 'rpath',
    lines: "ERROR   0001: file '/usr/lib64/libx.so' contains a standard runpath '/usr/lib64' in [/usr/lib64]",
    reason: "/usr/lib64/libx.so contains a standard runpath '/usr/lib64' in [/usr/lib64]",
  },
  {
    section: '%install',
    rule: 'buildroot-in-files',
    lines:
      "/builddir/build/BUILDROOT/hello-1.0-1.x86_64/etc/x\nFound '/builddir/build/BUILDROOT/hello-1.0-1.x86_64' in installed files; aborting",
    quote: "Found '/builddir/build/BUILDROOT/hello-1.0-1.x86_64' in installed files; aborting",
  },
  {
    section: '%install',
    rule: 'bytecompile',
    lines:
      '*** Error compiling \'/builddir/build/BUILDROOT/hello-1.0-1.x86_64/usr/lib/python3.9/site-packages/x.py\'...\n  File "/usr/lib/python3.9/site-packages/x.py", line 3\nSyntaxError: invalid syntax',
    reason: '/usr/lib/python3.9/site-packages/x.py cannot be compiled by Python',
  },
  {
    section: '%install',
    rule: 'brp-error',
    lines:
      '*** ERROR: ambiguous python shebang in /usr/bin/x: #!/usr/bin/python. Change it to python3 (or python2) explicitly.',
  },
  {
    section: '%install',
    rule: 'brp-error',
    lines: '*** ERROR: No build ID note found in /builddir/build/BUILDROOT/hello-1.0-1.x86_64/usr/bin/x',
    reason: 'a check of what was installed failed: No build ID note found in /usr/bin/x',
  },
  {
    section: '%install',
    rule: 'desktop-file',
    lines:
      '/builddir/build/BUILDROOT/hello-1.0-1.x86_64/usr/share/applications/x.desktop: error: value "a" for key "Categories" is wrong',
  },
  {
    section: '%install',
    rule: 'needs-root',
    lines: "install: cannot change ownership of '/builddir/build/BUILDROOT/x': Operation not permitted",
  },
  { section: '%install', rule: 'file-operation', lines: "cp: cannot stat 'doc/hello.1': No such file or directory" },
  {
    section: '%build',
    rule: 'compile-error',
    lines: '/builddir/build/BUILD/hello-1.0/src/main.c:3:1: error: expected declaration',
    reason: 'compile error in src/main.c:3: expected declaration',
  },
  {
    section: '%build',
    rule: 'compile-error',
    lines: '/builddir/build/BUILD/hello-1.0-build/hello-1.0/src/main.c:3:1: error: expected declaration',
    reason: 'compile error in src/main.c:3: expected declaration',
  },
  {
    section: '%build',
    rule: 'command-not-found',
    lines: '/var/tmp/rpm-tmp.a1B2c3: line 38: cmake: command not found',
    reason: 'the command cmake is not there; BuildRequires may lack its package',
  },
  {
    section: '%build',
    rule: 'python-module-missing',
    lines: "ModuleNotFoundError: No module named 'setuptools_scm'",
    reason: 'the Python module setuptools_scm is not there; BuildRequires may lack its package',
  },
  {
    section: '%generate_buildrequires',
    rule: 'python-module-missing',
    lines: "ModuleNotFoundError: No module named 'tomli'",
  },
  {
    section: '%build',
    rule: 'cmake-package-missing',
    lines:
      'CMake Error at CMakeLists.txt:5 (find_package):\n  By not providing "FindQt6.cmake" in CMAKE_MODULE_PATH this project has\n  asked CMake',
    quote: '  By not providing "FindQt6.cmake" in CMAKE_MODULE_PATH this project has',
  },
  {
    section: '%build',
    rule: 'pkg-config-missing',
    lines: "Package 'libfoo', required by 'virtual:world', not found",
    reason: 'pkg-config does not find libfoo; BuildRequires may lack its -devel package',
  },
  { section: '%build', rule: 'crate-missing', lines: 'error: no matching package named `serde` found' },
  {
    section: '%build',
    rule: 'network-attempted',
    lines: 'curl: (6) Could not resolve host: files.example.org',
    reason: `the build tried to reach the network (files.example.org), ${NETWORK}`,
  },
  {
    section: '%build',
    rule: 'compiler-killed',
    verdict: 'infrastructure',
    lines:
      'g++: fatal error: Killed signal terminated program cc1plus\ncompilation terminated.\nmake: *** [Makefile:9: big.o] Error 1',
  },
  {
    section: '%build',
    rule: 'killed-in-shell',
    verdict: 'infrastructure',
    lines: '/var/tmp/rpm-tmp.a1B2c3: line 40: 12345 Killed                  ld -o x',
  },
  { section: '%build', rule: 'killed-last', verdict: 'infrastructure', lines: 'Killed' },
  { section: '%check', rule: 'killed-in-test', verdict: 'infrastructure', lines: 'Killed' },
  {
    section: '%check',
    rule: 'killed-in-test',
    verdict: 'infrastructure',
    lines:
      '+ /usr/bin/pytest\ncollected 4000 items\n/var/tmp/rpm-tmp.abc: line 44:  4242 Killed                  /usr/bin/pytest',
    quote: '/var/tmp/rpm-tmp.abc: line 44:  4242 Killed                  /usr/bin/pytest',
  },
  {
    section: '%check',
    rule: 'automake-test',
    lines: '/var/tmp/rpm-tmp.abc: line 44:  4242 Killed                  sleep 100\nFAIL: test_b',
    quote: 'FAIL: test_b',
  },
  {
    section: '%build',
    rule: 'compiler-killed',
    verdict: 'infrastructure',
    lines: 'clang++: error: unable to execute command: Killed\nmake: *** [Makefile:9: big.o] Error 1',
  },
  ...[
    "terminate called after throwing an instance of 'std::bad_alloc'",
    'MemoryError',
    'memory allocation of 4096 bytes failed',
    '# There is insufficient memory for the Java Runtime Environment to continue.',
    'make: fork: Resource temporarily unavailable',
  ].map((lines) => ({ section: '%build', rule: 'out-of-memory', verdict: 'infrastructure', lines }) as const),
  {
    section: '%build',
    rule: 'io-error',
    verdict: 'infrastructure',
    lines: 'cc1: error: a.c: Input/output error\nmake: *** [Makefile:9: a.o] Error 1',
  },
  {
    section: '%build',
    rule: 'io-error',
    verdict: 'infrastructure',
    lines: 'a.c:1:10: fatal error: foo.h: Input/output error\ncompilation terminated.',
  },
  {
    section: '%build',
    rule: 'compile-error',
    lines: "dd: reading x: Input/output error\na.c:3:1: error: unknown type name 'x'",
    quote: "a.c:3:1: error: unknown type name 'x'",
  },
  {
    section: '%build',
    rule: 'out-of-memory',
    verdict: 'infrastructure',
    lines: 'virtual memory exhausted: Cannot allocate memory',
  },
  {
    section: '%install',
    rule: 'no-space-in-build',
    verdict: 'infrastructure',
    lines: "install: error writing '/builddir/build/BUILDROOT/x': No space left on device",
  },
  {
    section: '%check',
    rule: 'pytest',
    lines: 'FAILED tests/test_a.py::test_b - AssertionError: 1 != 2\n=== 1 failed, 3 passed in 0.2s ===',
  },
  {
    section: '%check',
    rule: 'unittest',
    lines:
      'FAIL: test_b (tests.test_a.T)\n----------\nTraceback (most recent call last):\nAssertionError: 1 != 2\nFAILED (failures=1)',
  },
  {
    section: '%check',
    rule: 'ctest',
    lines:
      '67% tests passed, 1 tests failed out of 3\n\nThe following tests FAILED:\n\t  2 - bad (Failed)\nErrors while running CTest',
    quote: '   2 - bad (Failed)',
  },
  {
    section: '%check',
    rule: 'meson-test',
    lines: ' 2/3 unit / bad          FAIL            0.01s   exit status 1\nOk: 2\nFail: 1',
  },
  {
    section: '%check',
    rule: 'go-test',
    lines: '--- FAIL: TestAdd (0.00s)\n    x_test.go:5: got -1\nFAIL\nFAIL\texample.org/x\t0.003s',
  },
  {
    section: '%check',
    rule: 'cargo-test',
    lines: 'test tests::adds ... FAILED\n\nfailures:\n    tests::adds\ntest result: FAILED. 0 passed; 1 failed',
  },
  { section: '%check', rule: 'gtest', lines: '[  FAILED  ] Foo.Bar (0 ms)' },
  {
    section: '%check',
    rule: 'rspec',
    lines: 'Finished in 0.1 seconds\n3 examples, 1 failure\n\nFailed examples:\n\nrspec ./spec/a_spec.rb:3 # A is b',
    quote: 'rspec ./spec/a_spec.rb:3 # A is b',
  },
  { section: '%check', rule: 'maven-test', lines: '[ERROR] Tests run: 3, Failures: 1, Errors: 0, Skipped: 0' },
  { section: '%check', rule: 'automake-test', lines: 'PASS: a.sh\nFAIL: b.sh\n# FAIL:  1', quote: 'FAIL: b.sh' },
  { section: '%check', rule: 'tap', lines: 'ok 1 - a\nnot ok 2 - b', quote: 'not ok 2 - b' },
  {
    section: '%check',
    rule: 'test-named-fail',
    lines: 'test_one: PASS\ntest_two: FAIL',
    quote: 'test_two: FAIL',
    reason: 'the test test_two failed',
  },
  {
    section: '%check',
    rule: 'test-named-fail',
    lines: 'parser round trip ... ok\nparser errors ... FAILED',
    quote: 'parser errors ... FAILED',
    reason: 'the test parser errors failed',
  },
  {
    section: '%check',
    rule: 'qtest',
    lines:
      'PASS   : TestX::initTestCase()\nFAIL!  : TestX::adds() Compared values are not the same\n   Actual   (1): 1',
    quote: 'FAIL!  : TestX::adds() Compared values are not the same',
    reason: 'the test TestX::adds failed',
  },
  {
    section: '%check',
    rule: 'boost-test',
    lines:
      'test.cpp(12): error: in "suite/adds": check 1 == 2 has failed [1 != 2]\n\n*** 1 failure is detected in the test module "x"',
    reason: 'the test suite/adds failed',
  },
  {
    section: '%check',
    rule: 'minitest',
    lines: '  1) Failure:\nTestX#test_adds [test/test_x.rb:5]:\nExpected: 1\n  Actual: 2',
    quote: 'TestX#test_adds [test/test_x.rb:5]:',
    reason: 'the test TestX#test_adds failed',
  },
  {
    section: '%check',
    rule: 'testthat',
    lines: '── Failure (test-x.R:3:3): adds ────\n1 not equal to 2.\n[ FAIL 1 | WARN 0 | SKIP 0 | PASS 3 ]',
    reason: 'the test adds failed',
  },
  {
    section: '%check',
    rule: 'glib-test',
    lines: '**\nERROR:test.c:12:test_adds: assertion failed (1 == 2): (1 == 2)\nBail out!',
    quote: 'ERROR:test.c:12:test_adds: assertion failed (1 == 2): (1 == 2)',
  },
  {
    section: '%check',
    rule: 'assertion',
    lines: "x-test: test.c:12: main: Assertion `1 == 2' failed.\nAborted (core dumped)",
  },
  {
    section: '%check',
    rule: 'jest',
    lines: 'FAIL src/a.test.js\n  ● adds\n\nTests:       1 failed, 2 passed, 3 total',
    reason: 'tests failed in src/a.test.js',
  },
  {
    section: '%check',
    rule: 'test-count',
    lines: '3 tests, 3 assertions, 1 failures, 0 errors',
    reason: 'tests failed: 1 failures',
  },
  {
    section: '%check',
    rule: 'section-failed',
    lines: '+ ./run-tests\nsomething is odd',
    quote: 'something is odd',
    reason: '%check failed in its last command: ./run-tests: "something is odd"',
  },
  {
    section: '%build',
    rule: 'section-failed',
    lines: '+ ./frobnicate --all\nreading things\nfrobnicate: cannot frobnicate the thing\nsee the manual',
    quote: 'frobnicate: cannot frobnicate the thing',
    reason: '%build failed in its last command: ./frobnicate --all: "frobnicate: cannot frobnicate the thing"',
  },
  {
    section: '%build',
    rule: 'section-failed',
    lines: '+ set -u\n/var/tmp/rpm-tmp.M7cFY3: 29: NOSUCHVAR: parameter not set',
    quote: '/var/tmp/rpm-tmp.M7cFY3: 29: NOSUCHVAR: parameter not set',
    reason: 'the script of %build, line 29: NOSUCHVAR: parameter not set',
  },
  {
    section: '%check',
    rule: 'section-failed',
    lines: '+ cmp a b\na b differ: byte 1, line 1\n+ exit 1',
    quote: 'a b differ: byte 1, line 1',
    reason: '%check ended with exit 1 after cmp a b: "a b differ: byte 1, line 1"',
  },
  {
    section: '%build',
    rule: 'section-failed',
    lines: '+ false\n+ RPM_EC=1\n+ exit 1',
    quote: '+ false',
  },
  {
    section: '%check',
    rule: 'section-failed',
    lines:
      '+ diff -u expected actual\n--- expected\t2026-11-20 10:00:00\n+++ actual\t2026-11-20 10:00:01\n@@ -1 +1 @@\n-a\n+b',
    quote: '+b',
    reason: '%check failed in its last command: diff -u expected actual: "+b"',
  },
  // What the shell shows of commands is no cause.
  {
    section: '%check',
    rule: 'section-failed',
    lines: "+ ./run --all\nsomething went wrong\n+ grep -c 'FAIL: ' run.log",
    quote: "+ grep -c 'FAIL: ' run.log",
  },
  { section: '%check', rule: 'section-failed', lines: "+ echo 'FAIL: no such test'\n+ ./frob", quote: '+ ./frob' },
  {
    section: '%build',
    rule: 'section-failed',
    lines: '+ sed -i s/error: foo/warning: foo/ a.c\n+ ./frob\nfrob: sorry',
    quote: 'frob: sorry',
  },
];

/** Single tools, in the section that they run in most. */
export const TOOL_SNIPPETS: readonly SectionSnippet[] = [
  {
    section: '%build',
    rule: 'assembler-error',
    lines:
      "+ as a.s\na.s: Assembler messages:\na.s:12: Error: no such instruction: `foo %rax'\nmake: *** [Makefile:3: a.o] Error 1",
    quote: "a.s:12: Error: no such instruction: `foo %rax'",
    reason: "error in a.s:12: no such instruction: `foo %rax'",
  },
  {
    section: '%build',
    rule: 'fortran-error',
    lines:
      "a.f90:3:6:\n\n    3 |   use foo\n      |      1\nFatal Error: Cannot open module file 'foo.mod' for reading at (1): No such file or directory\ncompilation terminated.",
    quote: "Fatal Error: Cannot open module file 'foo.mod' for reading at (1): No such file or directory",
  },
  {
    section: '%build',
    rule: 'typescript-error',
    lines: "src/a.ts(3,5): error TS2304: Cannot find name 'foo'.",
    reason: "compile error in src/a.ts:3: TS2304: Cannot find name 'foo'",
  },
  {
    section: '%build',
    rule: 'erlang-error',
    lines: 'src/a.erl:5:2: syntax error before: foo\nmake: *** [Makefile:3] Error 1',
    reason: 'compile error in src/a.erl:5: syntax error before: foo',
  },
  {
    section: '%build',
    rule: 'linker-script',
    lines: '/usr/bin/ld:x.map:3: syntax error in VERSION script\ncollect2: error: ld returned 1 exit status',
    reason: 'the linker cannot read x.map:3: syntax error in VERSION script',
  },
  {
    section: '%build',
    rule: 'go-error',
    lines:
      'go: downloading github.com/a/b v1.0.0\ngo: go.mod requires go >= 1.23.0 (running go 1.21.4; GOTOOLCHAIN=local)',
    quote: 'go: go.mod requires go >= 1.23.0 (running go 1.21.4; GOTOOLCHAIN=local)',
  },
  {
    section: '%build',
    rule: 'go-error',
    lines: 'go: cannot find main module, but found .git/config in /builddir',
  },
  {
    section: '%build',
    rule: 'cmake-pkg-config-missing',
    lines:
      "-- Checking for module 'libfoo'\n--   Package 'libfoo', required by 'virtual:world', not found\nCMake Error at /usr/share/cmake/Modules/FindPkgConfig.cmake:619 (message):\n  A required package was not found",
    quote: "--   Package 'libfoo', required by 'virtual:world', not found",
    reason: 'pkg-config does not find libfoo; BuildRequires may lack its package',
  },
  {
    section: '%build',
    rule: 'cmake-error',
    lines:
      "--   Package 'optional', required by 'virtual:world', not found\nCMake Error at CMakeLists.txt:12 (message):\n  Foo is required",
    quote: 'CMake Error at CMakeLists.txt:12 (message):',
  },
  {
    section: '%build',
    rule: 'configure-error',
    lines:
      "configure: error: in '/builddir/build/BUILD/x-1.0':\nconfigure: error: no acceptable C compiler found in $PATH",
    quote: 'configure: error: no acceptable C compiler found in $PATH',
  },
  {
    section: '%build',
    rule: 'python-module-missing',
    lines:
      "      Traceback (most recent call last):\n      ModuleNotFoundError: No module named 'setuptools_scm'\n      [end of output]\nerror: metadata-generation-failed",
    quote: "      ModuleNotFoundError: No module named 'setuptools_scm'",
  },
  {
    section: '%build',
    rule: 'undefined-reference',
    lines:
      "/usr/bin/ld: a.o: undefined reference to symbol 'dlopen@@GLIBC_2.2.5'\n/usr/bin/ld: /lib64/libdl.so.2: error adding symbols: DSO missing from command line",
    reason: 'link error: dlopen@@GLIBC_2.2.5 undefined',
  },
  {
    section: '%check',
    rule: 'go-test-timeout',
    lines: 'panic: test timed out after 10m0s\nFAIL\tgithub.com/x/y\t600.013s',
    reason: 'a test did not end within 10m0s',
  },
  {
    section: '%check',
    rule: 'catch-test',
    lines: 'test.cpp:14: FAILED:\n  REQUIRE( Factorial(0) == 1 )\ntest cases: 1 | 1 failed',
    reason: 'a test failed at test.cpp:14',
  },
  {
    section: '%check',
    rule: 'command-usage',
    lines:
      'ERROR: usage: pytest [options] [file_or_dir] [file_or_dir] [...]\npytest: error: unrecognized arguments: --cov=x',
    quote: 'pytest: error: unrecognized arguments: --cov=x',
  },
  {
    section: '%install',
    rule: 'binary-tool',
    lines:
      'gdb-add-index: Failed to find a useable GDB binary\n/usr/bin/debugedit: canonicalization unexpectedly shrank by one character',
    quote: '/usr/bin/debugedit: canonicalization unexpectedly shrank by one character',
  },
  {
    section: '%build',
    rule: 'binary-tool',
    lines: 'ar: creating libx.a\nar: a.o: No such file or directory\nmake: *** [Makefile:3: libx.a] Error 1',
    quote: 'ar: a.o: No such file or directory',
  },
  {
    section: '%build',
    rule: 'sphinx-error',
    lines:
      "Running Sphinx v7.2.6\n\nExtension error:\nCould not import extension sphinx_rtd (exception: No module named 'sphinx_rtd')",
    quote: "Could not import extension sphinx_rtd (exception: No module named 'sphinx_rtd')",
  },
  {
    section: '%build',
    rule: 'xml-error',
    lines:
      'xmlto: /builddir/build/BUILD/x-1.0/x.xml does not validate (status 3)\nmake: *** [Makefile:3: x.1] Error 13',
  },
  {
    section: '%build',
    rule: 'ant-error',
    lines:
      'BUILD FAILED\n/builddir/build/BUILD/x-1.0/build.xml:12: Compile failed; see the compiler error output for details.',
    quote: '/builddir/build/BUILD/x-1.0/build.xml:12: Compile failed; see the compiler error output for details.',
  },
  {
    section: '%build',
    rule: 'cabal-missing',
    lines: 'Setup: Encountered missing or private dependencies:\nfoo >=1.0',
  },
  {
    section: '%build',
    rule: 'make-stopped',
    lines: 'make: *** No targets specified and no makefile found.  Stop.',
    reason: 'make: No targets specified and no makefile found',
  },
  {
    section: '%build',
    rule: 'make-stopped',
    lines: 'make: *** nosuch: No such file or directory.  Stop.',
  },
  {
    section: '%build',
    rule: 'command-not-executable',
    lines: '/var/tmp/rpm-tmp.a1B2c3: line 41: ./autogen.sh: Permission denied',
  },
  {
    section: '%prep',
    rule: 'command-not-found',
    lines: 'sh: line 1: /usr/bin/xz: No such file or directory\n/usr/bin/tar: This does not look like a tar archive',
  },
  {
    section: '%build',
    rule: 'file-operation',
    lines: 'iconv: cannot convert\n',
    quote: 'iconv: cannot convert',
  },
  {
    section: '%prep',
    rule: 'file-operation',
    lines:
      'tar (child): /builddir/build/SOURCES/x.tar.gz: Cannot open: No such file or directory\ntar (child): Error is not recoverable: exiting now\ntar: Child returned status 2\ntar: Error is not recoverable: exiting now',
  },
  {
    section: '%prep',
    rule: 'source-folder',
    lines: "/var/tmp/rpm-tmp.a1B2c3: 28: cd: can't cd to /nosuch",
    reason: 'the folder /nosuch is not there',
  },
  {
    section: '%build',
    rule: 'shell-syntax-error',
    lines: '/var/tmp/rpm-tmp.6GFoCX: 34: Syntax error: end of file unexpected (expecting "fi")',
    reason: 'shell: the script of %build, line 34: Syntax error: end of file unexpected (expecting "fi")',
  },
];

export const FILES_SNIPPETS: readonly FilesSnippet[] = [
  {
    rule: 'rpm-architecture',
    verdict: 'configuration',
    phase: 'arch-check',
    source: true,
    lines: 'error: No compatible architectures found for build',
  },
  {
    rule: 'source-missing',
    phase: 'source',
    source: true,
    lines:
      'error: Bad file: /builddir/build/SOURCES/hello-1.0.tar.gz: No such file or directory\n\n\nRPM build errors:\n    Bad file: /builddir/build/SOURCES/hello-1.0.tar.gz: No such file or directory',
    reason: 'the spec names sources that are not there: hello-1.0.tar.gz',
  },
  {
    rule: 'source-missing',
    phase: 'source',
    source: true,
    lines: 'error: File /builddir/build/SOURCES/hello-1.0.tar.gz: No such file or directory',
  },
  {
    rule: 'spec-unknown-tag',
    phase: 'source',
    source: true,
    lines: 'error: line 3: Unknown tag: Foo: bar',
    reason: 'the spec has a tag that rpm does not know, line 3: "Foo: bar" (hello.spec:3)',
  },
  ...[
    'error: line 6: Unclosed %if',
    'error: Unclosed %if',
    'error: /builddir/build/SPECS/hello.spec:12: bad %if condition',
    'error: /builddir/build/SPECS/hello.spec:12: parse error in expression: 1 +',
    'error: Name field must be present in package: (main package)',
    'error: Package has no %description: hello',
    'error: Bad package specification: %package -n',
    "error: Invalid version (double separator '-'): 1.0--1: Requires: a = 1.0--1",
    'error: No patch number 3',
    'error: Macro %foo has illegal name (%define)',
    'error: %changelog not in descending chronological order',
    'error: bad date in %changelog: Mon Jan 99 2020 x',
    'error: Too many levels of recursion in macro expansion. It is likely caused by recursive macro declaration.',
    'error: lua script failed: [string "<lua>"]:1: boom',
  ].map((lines): FilesSnippet => ({ rule: 'spec-syntax', phase: 'source', source: true, lines })),
  {
    rule: 'failed-build-requires',
    phase: 'dependencies',
    lines: 'error: Failed build dependencies:\n\tcmake >= 3 is needed by hello-1.0-1.x86_64',
    reason: 'build dependencies are not there: cmake >= 3',
  },
  {
    rule: 'unpackaged-files',
    phase: 'package',
    lines:
      'Checking for unpackaged file(s): /usr/lib/rpm/check-files /b\nerror: Installed (but unpackaged) file(s) found:\n   /usr/bin/a\n   /usr/bin/b\n\n\nRPM build errors:\n    Installed (but unpackaged) file(s) found:\n   /usr/bin/a\n   /usr/bin/b',
    quote: 'error: Installed (but unpackaged) file(s) found:',
    reason: 'files were installed that no %files lists: /usr/bin/a and /usr/bin/b',
  },
  {
    rule: 'file-not-found',
    phase: 'package',
    lines: 'error: File not found: /builddir/build/BUILD/hello-1.0-build/BUILDROOT/usr/share/x',
    reason: 'files that %files lists were not installed: /usr/share/x',
  },
  {
    rule: 'file-not-found',
    phase: 'package',
    lines: 'error: Directory not found: /builddir/build/BUILDROOT/hello-1.0-1.x86_64/usr/share/x',
    reason: 'files that %files lists were not installed: /usr/share/x',
  },
  {
    rule: 'empty-files-list',
    phase: 'package',
    lines: 'error: Empty %files file /builddir/build/BUILD/hello-1.0/debugsourcefiles.list',
    reason:
      "nothing was compiled with debug information (debugsourcefiles.list is empty): compile with the distribution's flags, or turn the debug packages off",
  },
  { rule: 'arch-in-noarch', phase: 'package', lines: 'error: Arch dependent binaries in noarch package' },
  {
    rule: 'build-id',
    phase: 'package',
    lines: 'error: Missing build-id in /builddir/build/BUILDROOT/hello-1.0-1.x86_64/usr/bin/x',
  },
  {
    rule: 'rpm-files',
    phase: 'package',
    lines: 'error: Symlink points to BuildRoot: /usr/bin/y -> /builddir/build/BUILDROOT/hello-1.0-1.x86_64/usr/bin/x',
  },
  { rule: 'rpm-files', phase: 'package', lines: 'error: Explicit file attributes missing in spec for: /usr/bin/x' },
  {
    rule: 'package-not-written',
    phase: 'package',
    lines: 'error: Unable to create package: /builddir/build/RPMS/x.rpm',
  },
  {
    rule: 'no-space-in-build',
    verdict: 'infrastructure',
    phase: 'package',
    lines:
      'error: create archive failed on file /builddir/build/BUILDROOT/x: cpio: write failed - No space left on device',
  },
  {
    rule: 'spec-syntax',
    phase: 'source',
    source: true,
    lines:
      'error: syntax error while parsing ==\nerror: /builddir/build/SPECS/x.spec:7: bad %if condition:  0%{?rhel} == ',
    quote: 'error: /builddir/build/SPECS/x.spec:7: bad %if condition:  0%{?rhel} ==',
  },
  ...[
    "error: Invalid version (double separator '-'): 1-2-3: Provides: python3dist(x) = 1-2-3",
    "error: Dependency tokens must begin with alpha-numeric, '_' or '/': (",
  ].map((lines) => ({
    rule: 'spec-syntax',
    phase: 'package',
    lines,
    reason: lines.replace(/^error: (.*)/, 'rpmbuild: "$1"'),
  })),
  ...['%doc', '%license'].map((section) => ({
    rule: 'file-operation',
    phase: 'package',
    lines: `cp: cannot stat 'LICENSE': No such file or directory\nerror: Bad exit status from /var/tmp/rpm-tmp.xYz (${section})\nRPM build errors:\n    Bad exit status from /var/tmp/rpm-tmp.xYz (${section})`,
  })),
  { rule: 'rpmbuild-error', phase: 'package', lines: 'error: something that rpm says since version 9' },
];
