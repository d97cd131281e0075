/** Lines as tools print them, by the rule that has to recognise them. */
import type { Verdict } from '../../../src/manifest.ts';

interface Snippet {
  readonly rule: string;
  readonly lines: string;
  readonly reason: string;
}

export interface BuildSnippet extends Snippet {
  /** Command of debhelper that fails. */
  readonly step: string;
  readonly verdict?: Verdict;
  readonly phase?: string;
  readonly network?: true;
  /** The lines are all that follows the step: no make and no debhelper fail after them. */
  readonly bare?: true;
}

export interface ArchiveSnippet extends Snippet {
  readonly verdict: Verdict;
}

const MEMORY = 'most likely for want of memory';
const NETWORK = 'and builds are offline; package what it fetches, or set the input network to true';

export const BUILD_SNIPPETS: readonly BuildSnippet[] = [
  {
    rule: 'compiler-killed',
    step: 'dh_auto_build',
    lines:
      'c++: fatal error: Killed signal terminated program cc1plus\ncompilation terminated.\nmake[1]: *** [Makefile:9: big.o] Error 1',
    verdict: 'infrastructure',
    reason: `the kernel ended cc1plus, ${MEMORY}`,
  },
  {
    rule: 'compiler-killed',
    step: 'dh_auto_build',
    lines: 'gcc: internal compiler error: Killed (program cc1)\nPlease submit a full bug report,',
    verdict: 'infrastructure',
    reason: `the kernel ended cc1, ${MEMORY}`,
  },
  {
    rule: 'compiler-killed',
    step: 'dh_auto_build',
    lines: 'collect2: fatal error: ld terminated with signal 9 [Killed]\ncompilation terminated.',
    verdict: 'infrastructure',
    reason: `the kernel ended ld, ${MEMORY}`,
  },
  {
    rule: 'compiler-killed',
    step: 'dh_auto_build',
    lines:
      "error: could not compile `big` (lib)\n\nCaused by:\n  process didn't exit successfully: `rustc` (signal: 9, SIGKILL: kill)",
    verdict: 'infrastructure',
    reason: `the kernel ended the compiler, ${MEMORY}`,
  },
  {
    rule: 'killed',
    step: 'dh_auto_build',
    lines: 'Killed\nmake[1]: *** [Makefile:9: all] Error 137',
    verdict: 'infrastructure',
    reason: `the kernel ended a process of the build, ${MEMORY}`,
  },
  {
    rule: 'out-of-memory',
    step: 'dh_auto_build',
    lines: 'virtual memory exhausted: Cannot allocate memory',
    verdict: 'infrastructure',
    reason: 'the build ran out of memory: "virtual memory exhausted"',
  },
  {
    rule: 'out-of-memory',
    step: 'dh_auto_build',
    lines: '/usr/bin/ld: final link failed: memory exhausted\ncollect2: error: ld returned 1 exit status',
    verdict: 'infrastructure',
    reason: 'the build ran out of memory: ": memory exhausted"',
  },
  {
    rule: 'no-space-in-build',
    step: 'dh_auto_build',
    lines: '/usr/bin/ld: final link failed: No space left on device\ncollect2: error: ld returned 1 exit status',
    verdict: 'infrastructure',
    reason: "no space was left, on the session's tmpfs or its disk while the package was built",
  },
  {
    rule: 'no-space-in-build',
    step: 'dh_auto_build',
    lines: 'OSError: [Errno 28] No space left on device',
    verdict: 'infrastructure',
    reason: "no space was left, on the session's tmpfs or its disk while the package was built",
  },
  {
    rule: 'no-space-in-build',
    step: 'dh_auto_build',
    lines:
      "/tmp/ccX0y1Z2.s: Assembler messages:\n/tmp/ccX0y1Z2.s: Fatal error: can't write 12 bytes to section .text of x.o: 'No space left on device'",
    verdict: 'infrastructure',
    reason: "no space was left, on the session's tmpfs or its disk while the package was built",
  },
  {
    rule: 'no-space-in-build',
    step: 'dh_auto_build',
    // Others stumble over what could not be written.
    lines:
      'ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\nERROR: Failed building wheel for x\n/usr/bin/ld: x.o: file not recognized: file truncated',
    verdict: 'infrastructure',
    reason: "no space was left, on the session's tmpfs or its disk while the package was built",
  },
  {
    rule: 'no-space-in-test',
    step: 'dh_auto_test',
    lines: 'OSError: [Errno 28] No space left on device',
    verdict: 'infrastructure',
    phase: 'test',
    reason: "no space was left, on the session's tmpfs or its disk while the package was tested",
  },
  {
    rule: 'build-conflicts',
    step: 'dh_clean',
    lines: 'dpkg-checkbuilddeps: error: Build conflicts: libfoo-dev',
    phase: 'dependencies',
    reason: 'packages that the build conflicts with are installed: libfoo-dev',
  },
  {
    rule: 'patch-does-not-apply',
    step: 'dh_quilt_patch',
    lines:
      'Applying patch fix.patch\npatching file main.c\nHunk #2 FAILED at 12.\nPatch fix.patch does not apply (enforce with -f)',
    phase: 'unpack',
    reason: 'the patch fix.patch does not apply',
  },
  {
    rule: 'autotools-error',
    step: 'dh_autoreconf',
    lines: "Makefile.am:12: error: Libtool library used but 'LIBTOOL' is undefined",
    phase: 'configure',
    reason: "Makefile.am:12: Libtool library used but 'LIBTOOL' is undefined",
  },
  {
    rule: 'autoreconf-error',
    step: 'dh_autoreconf',
    lines: 'autoreconf: error: aclocal failed with exit status: 1',
    phase: 'configure',
    reason: 'autoreconf: aclocal failed with exit status: 1',
  },
  {
    rule: 'cmake-package-missing',
    step: 'dh_auto_configure',
    lines:
      '-- Could NOT find Doxygen (missing: DOXYGEN_EXECUTABLE)\nCMake Error at /usr/share/cmake-3.25/Modules/FindPackageHandleStandardArgs.cmake:230 (message):\n  Could NOT find OpenSSL, try to set the path to OpenSSL root folder',
    reason: 'cmake does not find OpenSSL; Build-Depends may lack its package',
  },
  {
    rule: 'cmake-error',
    step: 'dh_auto_configure',
    lines: 'CMake Error at CMakeLists.txt:7 (message):\n  The sky is falling\n',
    reason: 'cmake: message failed at CMakeLists.txt:7',
  },
  {
    rule: 'cmake-error',
    step: 'dh_auto_configure',
    lines: 'CMake Error: CMAKE_CXX_COMPILER not set, after EnableLanguage',
    reason: 'cmake: CMAKE_CXX_COMPILER not set, after EnableLanguage',
  },
  {
    rule: 'meson-error',
    step: 'dh_auto_configure',
    lines: '../meson.build:12:0: ERROR: Dependency "glib-2.0" not found, tried pkgconfig and cmake',
    reason: 'meson: meson.build:12: Dependency "glib-2.0" not found, tried pkgconfig and cmake',
  },
  {
    rule: 'network-unreachable',
    step: 'dh_auto_build',
    lines: 'curl: (6) Could not resolve host: files.example.org',
    verdict: 'infrastructure',
    network: true,
    reason: 'the network could not be reached: "curl: (6) Could not resolve host: files.example.org"',
  },
  {
    rule: 'network-unreachable-in-test',
    step: 'dh_auto_test',
    lines: 'curl: (6) Could not resolve host: files.example.org',
    verdict: 'infrastructure',
    network: true,
    reason: 'the network could not be reached: "curl: (6) Could not resolve host: files.example.org"',
  },
  {
    rule: 'network-attempted',
    step: 'dh_auto_build',
    lines: 'java.net.UnknownHostException: repo.example.org',
    reason: `the build tried to reach the network, ${NETWORK}`,
  },
  {
    rule: 'undefined-reference',
    step: 'dh_auto_build',
    // Sphinx goes on without the inventories of other projects.
    lines:
      "WARNING: failed to reach any of the inventories with the following issues:\nintersphinx inventory 'https://docs.example.org/objects.inv' not fetchable due to ConnectionError: Temporary failure in name resolution\n/usr/bin/ld: x.o: undefined reference to `foo'",
    reason: 'link error: foo undefined',
  },
  {
    rule: 'compile-error',
    step: 'dh_auto_build',
    lines: 'wget: unable to resolve host address ‘files.example.org’\nmain.c:3:1: error: expected declaration',
    reason: 'compile error in main.c:3: expected declaration',
  },
  {
    rule: 'command-not-found',
    step: 'dh_auto_build',
    lines: '/usr/bin/env: ‘python’: No such file or directory',
    reason: 'the command python is not there; Build-Depends may lack its package',
  },
  {
    rule: 'pkg-config-missing',
    step: 'dh_auto_build',
    lines: "Package libfoo was not found in the pkg-config search path.\nNo package 'libfoo' found",
    reason: 'pkg-config does not find libfoo; Build-Depends may lack its -dev package',
  },
  {
    rule: 'pkg-config-missing-in-test',
    step: 'dh_auto_test',
    lines: "No package 'libfoo' found",
    reason: 'pkg-config does not find libfoo; Build-Depends may lack its -dev package',
  },
  {
    rule: 'python-module-missing-in-test',
    step: 'dh_auto_test',
    lines: '/usr/bin/python3: No module named pytest',
    reason: 'the Python module pytest is not there; Build-Depends may lack its package',
  },
  {
    rule: 'perl-module-missing-in-test',
    step: 'dh_auto_test',
    lines:
      "Can't locate Test/Deep.pm in @INC (you may need to install the Test::Deep module) (@INC contains: /etc/perl) at t/a.t line 3.",
    reason: 'the Perl module Test::Deep is not there; Build-Depends may lack its package (t/a.t:3)',
  },
  {
    rule: 'crate-missing-in-test',
    step: 'dh_auto_test',
    lines: 'error: no matching package named `quickcheck` found',
    reason: 'cargo does not find the crate quickcheck; Build-Depends may lack its package',
  },
  {
    rule: 'go-package-missing',
    step: 'dh_auto_build',
    lines: 'src/github.com/x/y/main.go:5:2: cannot find package "github.com/pkg/errors" in any of:',
    reason:
      'Go does not find the package github.com/pkg/errors; Build-Depends may lack its package (src/github.com/x/y/main.go:5)',
  },
  {
    rule: 'go-package-missing-in-test',
    step: 'dh_auto_test',
    lines: 'x_test.go:5:2: no required module provides package github.com/stretchr/testify; to add it:',
    reason:
      'Go does not find the package github.com/stretchr/testify; Build-Depends may lack its package (x_test.go:5)',
  },
  {
    rule: 'compile-error',
    step: 'dh_auto_build',
    lines: 'src/Data/Foo.hs:3:5: error:\n    Variable not in scope: bar',
    reason: 'compile error in src/Data/Foo.hs:3: Variable not in scope: bar',
  },
  {
    rule: 'compile-error',
    step: 'dh_auto_build',
    lines: '    [javac] /<<PKGBUILDDIR>>/src/X.java:3: error: cannot find symbol',
    reason: 'compile error in src/X.java:3: cannot find symbol',
  },
  {
    rule: 'compile-error',
    step: 'dh_auto_build',
    lines: 'x.c:3:5: internal compiler error: Segmentation fault',
    reason: 'compile error in x.c:3: Segmentation fault',
  },
  {
    rule: 'maven-compile-error',
    step: 'dh_auto_build',
    lines: '[ERROR] /<<PKGBUILDDIR>>/src/main/java/a/X.java:[3,21] incompatible types',
    reason: 'compile error in src/main/java/a/X.java:3: incompatible types',
  },
  {
    rule: 'compiler-option',
    step: 'dh_auto_build',
    lines: 'x86_64-linux-gnu-gcc-12: error: unrecognized command-line option ‘-foo’',
    reason: 'compiler: unrecognized command-line option ‘-foo’',
  },
  {
    rule: 'compiler-option',
    step: 'dh_auto_build',
    lines: 'cc1: error: x.c: No such file or directory',
    reason: 'compiler: x.c: No such file or directory',
  },
  {
    rule: 'multiple-definition',
    step: 'dh_auto_build',
    lines: "/usr/bin/ld: b.o:(.bss+0x0): multiple definition of `counter'; a.o:(.bss+0x0): first defined here",
    reason: 'link error: counter is defined more than once',
  },
  {
    rule: 'link-error',
    step: 'dh_auto_build',
    lines:
      '/usr/bin/ld: x.o: file not recognized: file format not recognized\ncollect2: error: ld returned 1 exit status',
    reason: 'link error: x.o: file not recognized: file format not recognized',
  },
  {
    rule: 'make-no-rule',
    step: 'dh_auto_build',
    lines: "ninja: error: '../src/gone.c', needed by 'x.o', missing and no known rule to make it",
    reason: 'make has no rule for ../src/gone.c, which x.o needs',
  },
  {
    rule: 'dh-missing-files',
    step: 'dh_install',
    lines: 'dh_install: hello missing files (usr/bin/hello), aborting',
    phase: 'install',
    reason: 'files that debian/*.install names were not built: usr/bin/hello',
  },
  {
    rule: 'dh-no-match',
    step: 'dh_installman',
    lines: 'dh_installman: error: Cannot find (any matches for) "debian/hello.1" (tried in .)',
    phase: 'install',
    reason: 'files that debian/ names were not built: debian/hello.1',
  },
  {
    rule: 'symbols-disappeared',
    step: 'dh_makeshlibs',
    lines:
      'dpkg-gensymbols: error: some symbols or patterns disappeared in the symbols file: see diff output below\n--- debian/libq1.symbols (libq1_1.0_amd64)',
    phase: 'package',
    reason: 'dpkg-gensymbols: some symbols or patterns disappeared in the symbols file',
  },
  {
    rule: 'dpkg-error',
    step: 'dh_gencontrol',
    lines:
      'dpkg-gencontrol: error: the Depends field contains an arch-specific dependency but the package is architecture all',
    phase: 'package',
    reason:
      'dpkg-gencontrol: the Depends field contains an arch-specific dependency but the package is architecture all',
  },
  {
    rule: 'testr',
    step: 'dh_auto_test',
    lines: 'FAIL: nova.tests.unit.test_api.ApiTestCase.test_get\ntags: worker-0',
    reason: 'the test nova.tests.unit.test_api.ApiTestCase.test_get failed',
  },
  {
    rule: 'go-test-package',
    step: 'dh_auto_test',
    lines: 'ok  \tgithub.com/x/y\t0.01s\nFAIL\tgithub.com/x/y/z [build failed]',
    reason: 'tests failed in github.com/x/y/z',
  },
  {
    rule: 'gtest',
    step: 'dh_auto_test',
    lines: '[  FAILED  ] Foo.Bar (0 ms)\n[  FAILED  ] Foo.Bar',
    phase: 'test',
    reason: '2 tests failed: Foo.Bar',
  },
  {
    rule: 'meson-test',
    step: 'dh_auto_test',
    lines:
      '1/3 good one            OK              0.01s\n2/3 suite / bad one     FAIL            0.02s   exit status 1',
    reason: 'the test suite / bad one failed',
  },
  {
    rule: 'maven-test',
    step: 'dh_auto_test',
    lines:
      '[ERROR] Tests run: 3, Failures: 1, Errors: 0, Skipped: 0\n[ERROR]   FooTest.bar:12 expected:<1> but was:<2>',
    reason: 'tests failed: Tests run: 3, Failures: 1, Errors: 0',
  },
  {
    rule: 'rspec',
    step: 'dh_auto_test',
    lines: 'Failed examples:\n\nrspec ./spec/foo_spec.rb:12 # Foo adds',
    reason: 'the test ./spec/foo_spec.rb:12 failed',
  },
  {
    rule: 'tap',
    step: 'dh_auto_test',
    lines: '1..3\nok 1 - a\nnot ok 2 - b\nnot ok 3 - c # TODO later',
    reason: 'the test "b" failed',
  },
  {
    rule: 'test-count',
    step: 'dh_auto_test',
    lines: '  12 passing (1s)\n  2 failing\n',
    reason: 'tests failed: 2 failing',
  },
  {
    rule: 'test-count',
    step: 'dh_auto_test',
    lines: '3 of 14 tests failed',
    reason: 'tests failed: 3 of 14 tests failed',
  },
  {
    rule: 'panic',
    step: 'dh_auto_test',
    lines: "thread 'main' panicked at src/bin/check.rs:7:9:\nassertion failed",
    reason: 'main panicked at src/bin/check.rs:7',
  },
  {
    rule: 'no-home',
    step: 'dh_auto_build',
    lines: "mkdir: cannot create directory '/sbuild-nonexistent': Permission denied",
    reason: 'the build uses the home folder, which a build does not have (/sbuild-nonexistent)',
  },
  {
    rule: 'command-not-found',
    step: 'dh_auto_configure',
    // Debhelper runs what a build system needs, whether it is there or not.
    lines:
      '\tcd obj && cmake -DCMAKE_INSTALL_PREFIX=/usr ..\nCan\'t exec "cmake": No such file or directory at /usr/share/perl5/Debian/Debhelper/Dh_Lib.pm line 518.\ndh_auto_configure: error: exec (for cmd: cmake -DCMAKE_INSTALL_PREFIX=/usr ..) failed: No such file or directory',
    reason: 'the command cmake is not there; Build-Depends may lack its package',
  },
  {
    rule: 'command-not-executable',
    step: 'dh_auto_test',
    lines: '/bin/sh: 1: ./run-tests: Permission denied\nmake[1]: *** [debian/rules:7: override_dh_auto_test] Error 126',
    reason: './run-tests may not be executed',
  },
  {
    rule: 'perl-died',
    step: 'dh_auto_build',
    lines: 'Cannot open input: No such file or directory at tools/gen.pl line 12.',
    reason: 'Perl: Cannot open input: No such file or directory at tools/gen.pl:12',
  },
  {
    rule: 'crashed',
    step: 'dh_auto_build',
    lines: 'Segmentation fault (core dumped)',
    reason: 'a program of the build crashed: Segmentation fault',
  },
  {
    rule: 'tool-error',
    step: 'dh_auto_build',
    lines: 'npm ERR! code ELIFECYCLE\nnpm ERR! missing script: build',
    reason: 'missing script: build',
  },
  {
    rule: 'command-failed-in-setup-py',
    step: 'dh_auto_build',
    lines: "error: command 'swig' failed: No such file or directory",
    reason: "command 'swig' failed: No such file or directory",
  },
  {
    rule: 'make-error',
    step: 'dh_auto_build',
    lines: 'make[2]: *** [src/Makefile:12: all] Error 3\nmake[1]: *** [Makefile:4: all] Error 2',
    reason: 'make failed in all (src/Makefile:12): Error 3',
  },
  {
    rule: 'dh-error',
    step: 'dh_auto_build',
    lines: 'dh: error: unknown sequence bild (choose from: binary binary-arch binary-indep build)',
    reason: 'dh: unknown sequence bild (choose from: binary binary-arch binary-indep build)',
  },
  {
    rule: 'dh-command',
    step: 'dh_auto_build',
    bare: true,
    lines: 'dh_auto_build: error: cd obj && ninja returned exit code 1',
    reason: 'dh_auto_build: cd obj && ninja returned exit code 1',
  },
  {
    rule: 'dpkg-buildpackage-error',
    step: 'dh_auto_build',
    bare: true,
    lines: 'dpkg-buildpackage: error: debian/rules build subprocess returned exit status 2',
    reason: 'dpkg-buildpackage: debian/rules build subprocess returned exit status 2',
  },
  {
    rule: 'source-changed',
    step: 'dh_clean',
    lines: ' dpkg-source -b .\ndpkg-source: error: aborting due to unexpected upstream changes, see /tmp/hello.diff',
    reason: 'the source differs from the orig tarball outside of debian/',
  },
];

export const ARCHIVE_SNIPPETS: readonly ArchiveSnippet[] = [
  {
    rule: 'session-lost',
    verdict: 'infrastructure',
    lines: 'nsenter: cannot open /proc/4711/ns/mnt: No such file or directory',
    reason: 'the session was lost: "nsenter: cannot open /proc/4711/ns/mnt: No such file or directory"',
  },
  {
    rule: 'session-lost',
    verdict: 'infrastructure',
    lines: "nsenter: reassociate to namespace 'ns/mnt' failed: Invalid argument",
    reason: 'the session was lost: "nsenter: reassociate to namespace \'ns/mnt\' failed: Invalid argument"',
  },
  {
    rule: 'session-lost',
    verdict: 'infrastructure',
    lines: 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
    reason:
      'the session was lost: "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"',
  },
  {
    rule: 'session-lost',
    verdict: 'infrastructure',
    lines: 'error during connect: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.47/containers/x/json": EOF',
    reason:
      'the session was lost: "error during connect: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.47/containers/x/json": EOF"',
  },
  {
    rule: 'session-lost',
    verdict: 'infrastructure',
    lines: 'Error response from daemon: Container 3f1c is not running',
    reason: 'the session was lost: "Error response from daemon: Container 3f1c is not running"',
  },
  {
    rule: 'session-lost',
    verdict: 'infrastructure',
    lines: 'Error response from daemon: No such container: session-1',
    reason: 'the session was lost: "Error response from daemon: No such container: session-1"',
  },
  {
    rule: 'session-lost',
    verdict: 'infrastructure',
    lines: 'Error: can only create exec sessions on running containers: container state improper',
    reason:
      'the session was lost: "Error: can only create exec sessions on running containers: container state improper"',
  },
  {
    rule: 'session-lost',
    verdict: 'infrastructure',
    lines:
      'OCI runtime exec failed: exec failed: unable to start container process: error executing setns process: exit status 1',
    reason:
      'the session was lost: "OCI runtime exec failed: exec failed: unable to start container process: error executing setns process: exit status 1"',
  },
  {
    rule: 'no-space',
    verdict: 'infrastructure',
    lines: "E: You don't have enough free space in /var/cache/apt/archives/.",
    reason: "no space was left, on the session's tmpfs or its disk before the package was built",
  },
  {
    rule: 'apt-no-such-host',
    verdict: 'infrastructure',
    lines:
      "E: Failed to fetch http://mirror.example.org/pool/x.deb  Temporary failure resolving 'mirror.example.org'\nE: Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?",
    reason: "the archive's host name did not resolve: \"Temporary failure resolving 'mirror.example.org'\"",
  },
  {
    rule: 'apt-package-gone',
    verdict: 'infrastructure',
    lines:
      'E: Failed to fetch http://mirror.example.org/dists/s/main/binary-amd64/by-hash/SHA256/af08  404  Not Found [IP: 192.0.2.1 80]',
    reason: 'the archive no longer has af08, which its index listed',
  },
  {
    rule: 'apt-no-connection',
    verdict: 'infrastructure',
    lines: 'E: Failed to fetch http://mirror.example.org/x.deb  Connection timed out [IP: 192.0.2.1 80]',
    reason: 'the archive could not be read: "Connection timed out [IP: 192.0.2.1 80]"',
  },
  {
    rule: 'apt-no-connection',
    verdict: 'infrastructure',
    lines: 'E: Failed to fetch http://mirror.example.org/x.deb  Undetermined Error [IP: 192.0.2.1 80]',
    reason: 'the archive could not be read: "Undetermined Error [IP: 192.0.2.1 80]"',
  },
  {
    rule: 'apt-key-expired',
    verdict: 'configuration',
    lines:
      "W: GPG error: http://mirror.example.org s InRelease: The following signatures were invalid: EXPKEYSIG 0123456789ABCDEF Test\nE: The repository 'http://mirror.example.org s InRelease' is not signed.",
    reason: 'a repository is signed by a key that is no longer valid: "EXPKEYSIG 0123456789ABCDEF"',
  },
  {
    rule: 'apt-no-release-file',
    verdict: 'configuration',
    lines: "E: The repository 'http://mirror.example.org nosuch Release' does not have a Release file.",
    reason: 'there is no repository http://mirror.example.org nosuch Release: it has no Release file',
  },
  {
    rule: 'apt-no-release-file',
    verdict: 'configuration',
    lines: "Error: The repository 'http://mirror.example.org nosuch Release' no longer has a Release file.",
    reason: 'there is no repository http://mirror.example.org nosuch Release: it has no Release file',
  },
  {
    rule: 'apt-tls',
    verdict: 'configuration',
    lines:
      'E: Failed to fetch https://mirror.example.org/InRelease  Certificate verification failed: The certificate is NOT trusted. The certificate issuer is unknown.',
    reason:
      'there is no secure connection to the archive: "Certificate verification failed: The certificate is NOT trusted"',
  },
  {
    rule: 'apt-release-changed',
    verdict: 'configuration',
    lines:
      "E: Repository 'http://mirror.example.org bookworm InRelease' changed its 'Suite' value from 'stable' to 'oldstable'",
    reason: 'the repository http://mirror.example.org bookworm InRelease changed its Suite; update the buildroot',
  },
  {
    rule: 'unmet-build-dependencies',
    verdict: 'package',
    lines: ' builddeps:./x.dsc : Conflicts: libfoo-dev but 1.0 is to be installed',
    reason: 'build dependencies cannot be installed: conflicts with libfoo-dev, but 1.0 is to be installed',
  },
  {
    rule: 'unmet-build-dependencies-solver',
    verdict: 'package',
    lines:
      'E: Unable to satisfy dependencies. Reached two conflicting assignments:\n   1. libfoo:amd64=1 is selected for install',
    reason: 'build dependencies cannot be installed: "Reached two conflicting assignments:"',
  },
  {
    rule: 'unmet-build-dependencies-old-apt',
    verdict: 'package',
    lines: 'E: Build-Depends dependency for hello cannot be satisfied because the package libfoo-dev cannot be found',
    reason: 'build dependencies cannot be installed: "the package libfoo-dev cannot be found"',
  },
  {
    rule: 'dose-missing',
    verdict: 'package',
    lines:
      '      pkg:\n       package: sbuild-build-depends-main-dummy\n       unsat-dependency: libfoo-dev:amd64 (>= 2)',
    reason: 'build dependencies cannot be installed: libfoo-dev:amd64 (>= 2) cannot be satisfied',
  },
  {
    rule: 'no-such-package',
    verdict: 'package',
    lines: "E: Unable to locate package libfoo-dev\nE: Package 'libbar-dev' has no installation candidate",
    reason: 'build dependencies are in no repository: libfoo-dev and libbar-dev',
  },
  {
    rule: 'held-packages',
    verdict: 'package',
    lines: 'E: Unable to correct problems, you have held broken packages.',
    reason: 'build dependencies cannot be installed: "Unable to correct problems, you have held broken packages"',
  },
  {
    rule: 'dependency-not-installed',
    verdict: 'infrastructure',
    lines:
      'dpkg: error processing package foo (--configure):\n dependency problems - leaving unconfigured\nE: Sub-process /usr/bin/dpkg returned an error code (1)',
    reason: 'dpkg could not configure foo',
  },
  {
    rule: 'other-error',
    verdict: 'infrastructure',
    lines: 'E: something that nobody has seen yet\nE: apt-get failed with exit code 100: E: something',
    reason: '"something that nobody has seen yet"',
  },
];
