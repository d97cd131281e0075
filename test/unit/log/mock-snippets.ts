/**
 * What tools print when a build of mock fails, by the rule that has to recognise it. From recorded runs where these could
 * be had; else from the sources of the tools: mock (mockbuild/*.py), rpm (build/*.c, scripts/), dnf 4 (dnf/cli, libdnf),
 * dnf 5 (libdnf5, dnf5/main.cpp), librepo (result strings of lr_handle and lr_yum), libsolv (problems.c), yum 3.4.
 */
import type { Verdict } from '../../../src/manifest.ts';

interface Snippet {
  readonly rule: string;
  readonly lines: string;
  readonly verdict: Verdict;
  readonly phase: string;
  /** Text of the line that is quoted first; the first line when absent. */
  readonly quote?: string;
  readonly reason?: string;
}

export interface ManagerSnippet extends Snippet {
  readonly reached: 'setup' | 'dependencies';
  readonly program?: string;
}

export interface StderrSnippet extends Snippet {
  readonly exitCode: number;
}

export interface SectionSnippet extends Omit<Snippet, 'verdict' | 'phase'> {
  readonly section: string;
  readonly verdict?: Verdict;
}

export interface FilesSnippet extends Omit<Snippet, 'verdict'> {
  readonly verdict?: Verdict;
  /** Printed by `rpmbuild -bs`. */
  readonly source?: true;
}

const infrastructure = { verdict: 'infrastructure' } as const;
const configuration = { verdict: 'configuration' } as const;
const ofPackage = { verdict: 'package' } as const;
const inSetup = { reached: 'setup', phase: 'setup' } as const;
const inDependencies = { reached: 'dependencies', phase: 'dependencies' } as const;

const YUM = '/usr/bin/yum-builddep';
const DNF5 = '/usr/bin/dnf5';

export const MANAGER_SNIPPETS: readonly ManagerSnippet[] = [
  {
    ...infrastructure,
    ...inDependencies,
    rule: 'dnf-no-space',
    lines:
      'Error: Transaction test error:\n  installing package gcc-12.2-1.el9.x86_64 needs 160MB more space on the / filesystem\n\nError Summary\n-------------\nDisk Requirements:\n   At least 160MB more space needed on the / filesystem.',
    quote: '  installing package gcc-12.2-1.el9.x86_64 needs 160MB more space on the / filesystem',
  },
  {
    ...infrastructure,
    ...inDependencies,
    rule: 'dnf-no-space',
    lines:
      'error: unpacking of archive failed on file /usr/lib/gcc/cc1;673f: cpio: write failed - No space left on device',
  },
  {
    ...infrastructure,
    ...inSetup,
    rule: 'dnf-no-space',
    program: DNF5,
    lines: 'Rpm transaction failed.\n  - installing package a-1-1.x86_64 needs 20 MiB on the / filesystem',
    quote: '  - installing package a-1-1.x86_64 needs 20 MiB on the / filesystem',
  },
  {
    ...infrastructure,
    ...inDependencies,
    rule: 'dnf-memory',
    lines: 'Traceback (most recent call last):\n  File "/usr/bin/dnf"\nMemoryError',
    quote: 'MemoryError',
  },
  {
    ...infrastructure,
    ...inDependencies,
    rule: 'dnf-locked',
    program: YUM,
    lines: 'Existing lock /var/lib/mock/el7/root/var/run/yum.pid: another copy is running as pid 4123.',
  },
  {
    ...infrastructure,
    ...inSetup,
    rule: 'dnf-locked',
    lines:
      "RPM: error: can't create transaction lock on /var/lib/rpm/.rpm.lock (Resource temporarily unavailable)\nerror: can't create transaction lock on /var/lib/rpm/.rpm.lock (Resource temporarily unavailable)",
    quote: "error: can't create transaction lock on /var/lib/rpm/.rpm.lock (Resource temporarily unavailable)",
  },
  {
    ...infrastructure,
    ...inSetup,
    rule: 'dnf-checksum-mismatch',
    lines:
      "Errors during downloading metadata for repository 'baseos':\n  - Downloading successful, but checksum doesn't match. Calculated: 11(sha256)  Expected: 22(sha256) \nError: Failed to download metadata for repo 'baseos': Yum repo downloading error: Downloading error(s): repodata/1-primary.xml.gz - Cannot download, all mirrors were already tried without success",
    quote: "  - Downloading successful, but checksum doesn't match. Calculated: 11(sha256)  Expected: 22(sha256)",
  },
  {
    ...infrastructure,
    ...inDependencies,
    rule: 'dnf-checksum-mismatch',
    program: YUM,
    lines:
      'http://mirror.example.org/7/os/Packages/gcc-4.8.5.rpm: [Errno -1] Package does not match intended download. Suggestion: run yum --enablerepo=base clean metadata\nTrying other mirror.\n\n\nError downloading packages:\n  gcc-4.8.5-44.el7.x86_64: [Errno 256] No more mirrors to try.',
  },
  {
    ...infrastructure,
    ...inDependencies,
    rule: 'dnf-checksum-mismatch',
    lines: 'Error: Package "hello-2.10-1.x86_64" from local repository "local" has incorrect checksum',
  },
  {
    ...infrastructure,
    ...inDependencies,
    rule: 'dnf-checksum-mismatch',
    lines:
      'Error: Transaction test error:\n  package a-1-1.x86_64 does not verify: Payload SHA256 digest: BAD (Expected 1 != 2)',
    quote: '  package a-1-1.x86_64 does not verify: Payload SHA256 digest: BAD (Expected 1 != 2)',
  },
  {
    ...infrastructure,
    ...inSetup,
    rule: 'dnf-checksum-mismatch',
    program: '/usr/bin/yum',
    lines:
      'http://mirror.example.org/epel/repodata/repomd.xml: [Errno -1] repomd.xml does not match metalink for epel\nTrying other mirror.\nfailure: repodata/repomd.xml from epel: [Errno 256] No more mirrors to try.',
  },
  {
    ...infrastructure,
    ...inSetup,
    rule: 'dnf-bad-metadata',
    lines:
      "Error: Failed to download metadata for repo 'baseos': repomd.xml parser error: Parse error at line: 1 (Document is empty\n)",
  },
  {
    ...configuration,
    ...inSetup,
    rule: 'dnf-signature-check',
    lines:
      "Error: Failed to download metadata for repo 'x': repomd.xml GPG signature verification error: Bad GPG signature",
  },
  {
    ...infrastructure,
    ...inDependencies,
    rule: 'dnf-mirror-error',
    lines:
      '[MIRROR] gcc-11.rpm: Status code: 503 for https://mirror.example.org/gcc-11.rpm (IP: 192.0.2.1)\n[FAILED] gcc-11.rpm: No more mirrors to try - All mirrors were already tried without success\nError: Error downloading packages:\n  Cannot download Packages/gcc-11.rpm: All mirrors were tried',
    reason: 'a repository answered 503 for https://mirror.example.org/gcc-11.rpm',
  },
  {
    ...infrastructure,
    ...inDependencies,
    rule: 'dnf-mirror-error',
    program: DNF5,
    lines:
      'Updating and loading repositories:\n>>> Status code: 502 for https://mirror.example.org/f40/repodata/repomd.xml (IP: 192.0.2.1) - https://mirror.example.org/f40/repodata/repomd.xml\nFailed to download metadata (baseurl: "https://mirror.example.org/f40") for repository "fedora"\n Librepo error: Cannot download repomd.xml: Cannot download repodata/repomd.xml: All mirrors were tried',
    quote:
      '>>> Status code: 502 for https://mirror.example.org/f40/repodata/repomd.xml (IP: 192.0.2.1) - https://mirror.example.org/f40/repodata/repomd.xml',
  },
  {
    ...infrastructure,
    ...inSetup,
    rule: 'dnf-mirror-error',
    program: '/usr/bin/yum',
    lines:
      'http://mirror.example.org/7/repodata/repomd.xml: [Errno 14] HTTP Error 504 - Gateway Timeout\nTrying other mirror.\n\n\n One of the configured repositories failed (CentOS 7),\n\nfailure: repodata/repomd.xml from base: [Errno 256] No more mirrors to try.',
  },
  {
    ...infrastructure,
    ...inDependencies,
    rule: 'dnf-package-gone',
    lines:
      '[MIRROR] gcc-11.rpm: Status code: 404 for https://mirror.example.org/Packages/gcc-11.rpm (IP: 192.0.2.1)\n[FAILED] gcc-11.rpm: No more mirrors to try - All mirrors were already tried without success\nError: Error downloading packages:\n  Status code: 404 for https://mirror.example.org/Packages/gcc-11.rpm (IP: 192.0.2.1)',
    reason: 'a repository no longer has gcc-11.rpm, which its index lists',
  },
  {
    ...infrastructure,
    ...inSetup,
    rule: 'dnf-package-gone',
    lines:
      "Errors during downloading metadata for repository 'x':\n  - Status code: 404 for https://mirror.example.org/repodata/0a1b2c3d4e5f-primary.xml.gz (IP: 192.0.2.1)\nError: Failed to download metadata for repo 'x': Yum repo downloading error",
    quote: '  - Status code: 404 for https://mirror.example.org/repodata/0a1b2c3d4e5f-primary.xml.gz (IP: 192.0.2.1)',
    reason: 'a repository no longer has 0a1b2c3d4e5f-primary.xml.gz, which its index lists',
  },
  {
    ...configuration,
    ...inDependencies,
    rule: 'dnf-no-public-key',
    lines: 'Public key for hello-2.10-1.x86_64.rpm is not installed\nError: GPG check FAILED',
  },
  {
    ...configuration,
    ...inDependencies,
    rule: 'dnf-no-public-key',
    lines:
      'Importing GPG key 0x1234:\n Userid     : "x"\nKey imported successfully\nImport of key(s) didn\'t help, wrong key(s)?\nPublic key for a.rpm is not installed. Failing package is: a-1-1.x86_64\n GPG Keys are configured as: file:///etc/pki/rpm-gpg/RPM-GPG-KEY-x\nError: GPG check FAILED',
    quote: "Import of key(s) didn't help, wrong key(s)?",
  },
  {
    ...configuration,
    ...inSetup,
    rule: 'dnf-no-public-key',
    program: DNF5,
    lines:
      'Transaction failed: Signature verification failed.\nPGP check for package "a-1-1.x86_64" (/var/cache/a.rpm) from repo "x" has failed: Public key is not installed.',
    quote:
      'PGP check for package "a-1-1.x86_64" (/var/cache/a.rpm) from repo "x" has failed: Public key is not installed.',
  },
  {
    ...configuration,
    ...inSetup,
    rule: 'dnf-no-public-key',
    program: '/usr/bin/yum',
    lines: 'GPG key retrieval failed: [Errno 14] curl#37 - "Couldn\'t open file /etc/pki/mock/RPM-GPG-KEY-x"',
  },
  {
    ...configuration,
    ...inSetup,
    rule: 'dnf-key-invalid',
    lines:
      'error: Verifying a signature using certificate 12 (x <x@example.org>):\n  1. Certificate 34 invalid: policy violation\nError: Key import failed (code 2)',
    quote: '  1. Certificate 34 invalid: policy violation',
  },
  {
    ...configuration,
    ...inDependencies,
    rule: 'dnf-not-signed',
    lines: 'Package hello-2.10-1.x86_64.rpm is not signed\nError: GPG check FAILED',
  },
  {
    ...configuration,
    ...inDependencies,
    rule: 'dnf-not-signed',
    lines: 'Error: Transaction test error:\n  package a-1-1.x86_64 does not verify: no signature',
    quote: '  package a-1-1.x86_64 does not verify: no signature',
  },
  { ...configuration, ...inDependencies, rule: 'dnf-signature-check', lines: 'Error: GPG check FAILED' },
  {
    ...configuration,
    ...inSetup,
    rule: 'dnf-access-denied',
    lines:
      "Errors during downloading metadata for repository 'x':\n  - Status code: 401 for https://repo.example.org/repodata/repomd.xml (IP: 192.0.2.1)\nError: Failed to download metadata for repo 'x': Cannot download repomd.xml",
    quote: '  - Status code: 401 for https://repo.example.org/repodata/repomd.xml (IP: 192.0.2.1)',
  },
  {
    ...configuration,
    ...inSetup,
    rule: 'dnf-no-repository',
    program: '/usr/bin/yum',
    lines:
      'http://mirror.example.org/none/repodata/repomd.xml: [Errno 14] HTTP Error 404 - Not Found\nTrying other mirror.\nfailure: repodata/repomd.xml from base: [Errno 256] No more mirrors to try.',
  },
  {
    ...configuration,
    ...inSetup,
    rule: 'dnf-tls',
    lines:
      "Errors during downloading metadata for repository 'x':\n  - Curl error (60): SSL peer certificate or SSH remote key was not OK for https://repo.example.org/repodata/repomd.xml [SSL certificate problem: self-signed certificate]\nError: Failed to download metadata for repo 'x'",
    quote:
      '  - Curl error (60): SSL peer certificate or SSH remote key was not OK for https://repo.example.org/repodata/repomd.xml [SSL certificate problem: self-signed certificate]',
  },
  {
    ...configuration,
    ...inSetup,
    rule: 'dnf-configuration',
    lines: 'Error: There are no enabled repositories in "/etc/yum.repos.d", "/etc/yum/repos.d", "/etc/distro.repos.d".',
  },
  { ...configuration, ...inSetup, rule: 'dnf-configuration', lines: 'Error: Cannot find a valid baseurl for repo: x' },
  {
    ...configuration,
    ...inSetup,
    rule: 'dnf-configuration',
    lines: 'Error: Error getting repository data for nosuch, repository not found',
  },
  {
    ...configuration,
    ...inDependencies,
    rule: 'dnf-configuration',
    lines: 'No such command: builddep. Please use /usr/bin/dnf --help',
  },
  {
    ...infrastructure,
    ...inSetup,
    rule: 'dnf-no-connection',
    lines:
      "Errors during downloading metadata for repository 'epel':\n  - Curl error (28): Timeout was reached for https://mirrors.example.org/metalink?repo=epel-9&arch=x86_64 [Connection timed out after 30001 milliseconds]\nError: Failed to download metadata for repo 'epel': Cannot prepare internal mirrorlist: Curl error (28): Timeout was reached",
    quote:
      '  - Curl error (28): Timeout was reached for https://mirrors.example.org/metalink?repo=epel-9&arch=x86_64 [Connection timed out after 30001 milliseconds]',
  },
  {
    ...infrastructure,
    ...inSetup,
    rule: 'dnf-no-connection',
    program: '/usr/bin/yum',
    lines:
      'Could not retrieve mirrorlist http://mirrorlist.example.org/?release=7&arch=x86_64&repo=os error was\n14: curl#6 - "Could not resolve host: mirrorlist.example.org; Unknown error"',
    quote: '14: curl#6 - "Could not resolve host: mirrorlist.example.org; Unknown error"',
  },
  {
    ...infrastructure,
    ...inSetup,
    rule: 'dnf-no-connection',
    program: DNF5,
    lines:
      '>>> Curl error (6): Could not resolve hostname for https://mirrors.example.org/metalink?repo=rawhide [Could not resolve host: mirrors.example.org]\nFailed to download metadata (metalink: "https://mirrors.example.org/metalink?repo=rawhide") for repository "fedora"',
  },
  {
    ...infrastructure,
    ...inSetup,
    rule: 'dnf-download-failed',
    program: '/usr/bin/yum',
    lines: 'Error: Cannot retrieve metalink for repository: epel/x86_64. Please verify its path and try again',
  },
  {
    ...infrastructure,
    ...inDependencies,
    rule: 'dnf-cache-only',
    lines: "Error: Cache-only enabled but no cache for 'baseos'",
  },
  {
    ...infrastructure,
    ...inDependencies,
    rule: 'rpm-database',
    lines:
      'error: rpmdb: BDB0113 Thread/process 12/34 failed: BDB1507 Thread died in Berkeley DB library\nerror: db5 error(-30973) from dbenv->failchk: BDB0087 DB_RUNRECOVERY: Fatal error, run database recovery',
  },
  {
    ...configuration,
    ...inSetup,
    rule: 'no-buildroot-package',
    lines: 'No match for argument: nosuch\nError: Unable to find a match: nosuch',
    reason: 'packages of the buildroot are in no repository: nosuch',
  },
  {
    ...configuration,
    ...inSetup,
    rule: 'no-buildroot-package',
    program: DNF5,
    lines:
      'Failed to resolve the transaction:\nNo match for argument: nosuch\nYou can try to add to command line:\n  --skip-unavailable to skip unavailable packages',
    quote: 'No match for argument: nosuch',
  },
  {
    ...infrastructure,
    ...inSetup,
    rule: 'unmet-buildroot-dependencies',
    lines:
      "Error: \n Problem: conflicting requests\n  - nothing provides libfoo.so.1()(64bit) needed by bash-5.1-1.x86_64 from baseos\n(try to add '--skip-broken' to skip uninstallable packages)",
    quote: '  - nothing provides libfoo.so.1()(64bit) needed by bash-5.1-1.x86_64 from baseos',
  },
  {
    ...ofPackage,
    ...inDependencies,
    rule: 'no-build-dependency',
    program: DNF5,
    lines:
      'Failed to resolve the transaction:\nNo match for argument: nosuch-devel >= 3\nYou can try to add to command line:\n  --skip-unavailable to skip unavailable packages',
    quote: 'No match for argument: nosuch-devel >= 3',
    reason: 'build dependencies are in no repository: nosuch-devel >= 3',
  },
  {
    ...ofPackage,
    ...inDependencies,
    rule: 'no-build-dependency',
    lines:
      "Error: \n Problem: nothing provides requested nosuch-devel\n(try to add '--skip-broken' to skip uninstallable packages or '--nobest' to use not only best candidate packages)",
    quote: ' Problem: nothing provides requested nosuch-devel',
  },
  {
    ...ofPackage,
    ...inDependencies,
    rule: 'no-build-dependency',
    program: YUM,
    lines: 'Getting requirements for hello-2.10-1.src\nError: No Package found for nosuch-devel >= 3',
    quote: 'Error: No Package found for nosuch-devel >= 3',
  },
  {
    ...ofPackage,
    ...inDependencies,
    rule: 'unmet-build-requires',
    lines:
      'Error: \n Problem 1: package a-devel-1-1.x86_64 from review requires liba.so.2()(64bit), but none of the providers can be installed\n  - conflicting requests\n  - nothing provides libz.so.9 needed by liba-2-1.x86_64 from review\n Problem 2: package b-1-1.x86_64 conflicts with c provided by c-1-1.x86_64',
    quote:
      ' Problem 1: package a-devel-1-1.x86_64 from review requires liba.so.2()(64bit), but none of the providers can be installed',
  },
  {
    ...ofPackage,
    ...inDependencies,
    rule: 'unmet-build-requires',
    program: YUM,
    lines:
      'Error: Package: a-devel-1-1.el7.x86_64 (review)\n           Requires: liba = 2\n You could try using --skip-broken to work around the problem',
  },
  {
    ...ofPackage,
    ...inDependencies,
    rule: 'dnf-problem',
    lines: 'Error: \n Problem: something that the solver has learned since',
    quote: ' Problem: something that the solver has learned since',
  },
  {
    ...infrastructure,
    ...inSetup,
    rule: 'dnf-problem-in-buildroot',
    lines: 'Error: \n Problem: something that the solver has learned since',
    quote: ' Problem: something that the solver has learned since',
  },
  {
    ...infrastructure,
    ...inDependencies,
    rule: 'rpm-file-conflict',
    lines:
      'Error: Transaction test error:\n  file /usr/bin/x from install of a-1-1.x86_64 conflicts with file from package b-1-1.x86_64',
    quote: '  file /usr/bin/x from install of a-1-1.x86_64 conflicts with file from package b-1-1.x86_64',
    reason: 'packages to be installed hold the same file: /usr/bin/x, of a-1-1.x86_64 and b-1-1.x86_64',
  },
  {
    ...infrastructure,
    ...inDependencies,
    rule: 'rpm-scriptlet',
    lines:
      'error: %prein(a-1-1.x86_64) scriptlet failed, exit status 1\nError in PREIN scriptlet in rpm package a\nerror: a-1-1.x86_64: install failed\nError: Transaction failed',
    reason: 'a package cannot be installed: the prein script of a-1-1.x86_64 failed',
  },
  { ...infrastructure, ...inDependencies, rule: 'rpm-transaction', lines: 'Error: Transaction failed' },
  { ...infrastructure, ...inDependencies, rule: 'dnf-error', lines: 'Error: something new' },
  {
    ...infrastructure,
    ...inSetup,
    rule: 'dnf-exception',
    lines:
      'Traceback (most recent call last):\n  File "/usr/bin/dnf", line 61, in <module>\nUnicodeDecodeError: codec can not decode',
    quote: 'UnicodeDecodeError: codec can not decode',
  },
];

const STARTED = 'INFO: mock.py version 6.7 starting (python version = 3.11.2), args: mock\n';
const RAN = `${STARTED}Start: run\nERROR: Exception(hello.src.rpm) Config(el9) 0 minutes 1 seconds\n`;

export const STDERR_SNIPPETS: readonly StderrSnippet[] = [
  {
    ...infrastructure,
    rule: 'mock-no-space',
    phase: 'setup',
    exitCode: 1,
    lines: `${STARTED}ERROR: [Errno 28] No space left on device: '/var/lib/mock/el9/root/etc/hosts'\nTraceback (most recent call last):`,
    quote: "ERROR: [Errno 28] No space left on device: '/var/lib/mock/el9/root/etc/hosts'",
  },
  {
    ...infrastructure,
    rule: 'mock-memory',
    phase: 'setup',
    exitCode: 1,
    lines: `${STARTED}ERROR: [Errno 12] Cannot allocate memory`,
    quote: 'ERROR: [Errno 12] Cannot allocate memory',
  },
  {
    ...infrastructure,
    rule: 'buildroot-locked',
    phase: 'setup',
    exitCode: 60,
    lines: `${RAN}ERROR: Build root is locked by another process.`,
    quote: 'ERROR: Build root is locked by another process.',
  },
  {
    ...configuration,
    rule: 'mock-no-config',
    phase: 'setup',
    exitCode: 3,
    lines: "ERROR: Could not find required config file: /etc/mock/nosuch.cfg\nERROR: Non-existing Mock config 'nosuch'",
  },
  {
    ...configuration,
    rule: 'mock-bad-config',
    phase: 'setup',
    exitCode: 3,
    lines: "ERROR: Config error: /etc/mock/x.cfg: name 'foo' is not defined",
  },
  {
    ...configuration,
    rule: 'mock-no-source',
    phase: 'fetch',
    exitCode: 5,
    lines: `${STARTED}ERROR: Input specfile does not exist: /srv/x.spec`,
    quote: 'ERROR: Input specfile does not exist: /srv/x.spec',
  },
  {
    ...ofPackage,
    rule: 'srpm-damaged',
    phase: 'fetch',
    exitCode: 1,
    lines: `${STARTED}ERROR: Cannot find/open srpm: /srv/x.src.rpm. Error: error reading package header`,
    quote: 'ERROR: Cannot find/open srpm: /srv/x.src.rpm. Error: error reading package header',
  },
  {
    ...ofPackage,
    rule: 'srpm-not-installable',
    phase: 'fetch',
    exitCode: 40,
    lines: `${RAN}ERROR: Source RPM is not installable:\n`,
    quote: 'ERROR: Source RPM is not installable:',
  },
  {
    ...configuration,
    rule: 'mock-command-line',
    phase: 'setup',
    exitCode: 2,
    lines: 'usage:\n       mock [options] {--init|--clean}\nmock: error: unrecognized arguments: --nosuch',
    quote: 'mock: error: unrecognized arguments: --nosuch',
  },
  {
    ...configuration,
    rule: 'mock-command-line',
    phase: 'setup',
    exitCode: 5,
    lines: "ERROR: Bad option for '--define' (foo).  Use --define 'macro expr'",
  },
  {
    ...configuration,
    rule: 'mock-user',
    phase: 'setup',
    exitCode: 1,
    lines:
      'ERROR: mock will not run from the root account (needs an unprivileged uid so it can drop privs)\nTraceback (most recent call last):\nRuntimeError: mock will not run from the root account (needs an unprivileged uid so it can drop privs)',
  },
  {
    ...configuration,
    rule: 'mock-user',
    phase: 'setup',
    exitCode: 1,
    lines: "ERROR: Must be member of 'mock' group to run mock! (users)",
  },
  {
    ...configuration,
    rule: 'result-folder',
    phase: 'setup',
    exitCode: 70,
    lines: `${STARTED}ERROR: \nCould not create output directory for built rpms. The directory specified was:\n    /srv/out\n\nTry using the --resultdir= option to select another location. Recommended location is --resultdir=~/mock/.`,
    quote: 'Could not create output directory for built rpms. The directory specified was:',
  },
  {
    ...configuration,
    rule: 'mock-no-namespaces',
    phase: 'setup',
    exitCode: 80,
    lines: `${STARTED}ERROR: Namespace unshare failed.`,
    quote: 'ERROR: Namespace unshare failed.',
  },
  {
    ...configuration,
    rule: 'mock-architecture',
    phase: 'arch-check',
    exitCode: 6,
    lines:
      'ERROR: The --forcearch=aarch64 feature requires the /usr/bin/qemu-aarch64-static file to be installed (typically qemu-user-static* package)',
  },
  {
    ...configuration,
    rule: 'mock-tool-missing',
    phase: 'setup',
    exitCode: 1,
    lines: `${STARTED}ERROR: Command /usr/bin/dnf is not available. Either install package containing this command\nor run mock with --yum or --dnf to overwrite config value.`,
    quote: 'ERROR: Command /usr/bin/dnf is not available. Either install package containing this command',
    reason: 'the tool /usr/bin/dnf is not installed',
  },
  {
    ...configuration,
    rule: 'mock-tool-missing',
    phase: 'setup',
    exitCode: 10,
    lines: `${STARTED}ERROR: builddep command missing.\nPlease install package dnf-plugins-core.`,
    quote: 'ERROR: builddep command missing.',
  },
  {
    ...configuration,
    rule: 'mock-feature-off',
    phase: 'dependencies',
    exitCode: 1,
    lines: `${RAN}ERROR: DynamicBuildRequires are found but support is disabled. See "dynamic_buildrequires" in config_opts.`,
    quote: 'ERROR: DynamicBuildRequires are found but support is disabled. See "dynamic_buildrequires" in config_opts.',
  },
  {
    ...ofPackage,
    rule: 'external-dependency-unknown',
    phase: 'dependencies',
    exitCode: 31,
    lines: `${RAN}ERROR: Unknown external dependencies: external:gem:x`,
    quote: 'ERROR: Unknown external dependencies: external:gem:x',
  },
  {
    ...infrastructure,
    rule: 'external-dependency-failed',
    phase: 'dependencies',
    exitCode: 31,
    lines: `${RAN}ERROR: Pip3 install failed`,
    quote: 'ERROR: Pip3 install failed',
  },
  {
    ...configuration,
    rule: 'bootstrap-image',
    phase: 'setup',
    exitCode: 90,
    lines: `${RAN}ERROR: Expected digest for image registry.example.org/x is1, but 2 found.`,
    quote: 'ERROR: Expected digest for image registry.example.org/x is1, but 2 found.',
  },
  {
    ...infrastructure,
    rule: 'bootstrap-failed',
    phase: 'setup',
    exitCode: 90,
    lines: `${RAN}ERROR: Image pull failed`,
    quote: 'ERROR: Image pull failed',
  },
  {
    ...infrastructure,
    rule: 'nspawn-failed',
    phase: 'setup',
    exitCode: 1,
    lines: `${RAN}ERROR: Failed to register machine: Unit machine-1234.scope already exists.`,
    quote: 'ERROR: Failed to register machine: Unit machine-1234.scope already exists.',
  },
  {
    ...infrastructure,
    rule: 'root-cache',
    phase: 'setup',
    exitCode: 2,
    lines: `${RAN}ERROR: Command failed: \n # /bin/tar --use-compress-program pigz -xf /var/cache/mock/el9/root_cache/cache.tar.gz -C /root\npigz: skipping: cache.tar.gz: corrupted -- crc32 mismatch\n`,
    quote: 'pigz: skipping: cache.tar.gz: corrupted -- crc32 mismatch',
  },
  {
    ...configuration,
    rule: 'mock-no-namespaces',
    phase: 'setup',
    exitCode: 32,
    lines: `${RAN}ERROR: Command failed: \n # /bin/mount -n -t tmpfs -o private tmpfs /var/lib/mock/el9/root/proc\nmount: /var/lib/mock/el9/root/proc: permission denied.\n`,
    quote: 'mount: /var/lib/mock/el9/root/proc: permission denied.',
  },
  {
    ...infrastructure,
    rule: 'mount-failed',
    phase: 'setup',
    exitCode: 32,
    lines: `${RAN}ERROR: Command failed: \n # /bin/umount -n /var/lib/mock/el9/root\numount: /var/lib/mock/el9/root: target is busy.\n`,
    quote: 'umount: /var/lib/mock/el9/root: target is busy.',
  },
  {
    ...infrastructure,
    rule: 'mock-command',
    phase: 'setup',
    exitCode: 1,
    lines: `${RAN}ERROR: Command failed: \n # /usr/sbin/useradd -o -m mockbuild\n`,
    quote: 'ERROR: Command failed:',
  },
  {
    ...infrastructure,
    rule: 'lvm-failed',
    phase: 'setup',
    exitCode: 25,
    lines: `${RAN}ERROR: LVM manipulation failed.`,
    quote: 'ERROR: LVM manipulation failed.',
  },
  {
    ...infrastructure,
    rule: 'mock-results-not-copied',
    phase: 'results',
    exitCode: 1,
    lines: `${RAN}ERROR: Can not copy /r/x.rpm into resultdir /srv/out: [Errno 5] Input/output error`,
    quote: 'ERROR: Can not copy /r/x.rpm into resultdir /srv/out: [Errno 5] Input/output error',
  },
  {
    ...ofPackage,
    rule: 'no-results',
    phase: 'results',
    exitCode: 40,
    lines: `${RAN}ERROR: No build results found`,
    quote: 'ERROR: No build results found',
  },
  {
    ...infrastructure,
    rule: 'mock-state',
    phase: 'setup',
    exitCode: 110,
    lines: `${RAN}ERROR: state finish mismatch: current: a, state: b`,
    quote: 'ERROR: state finish mismatch: current: a, state: b',
  },
  {
    ...infrastructure,
    rule: 'mock-error',
    phase: 'setup',
    exitCode: 1,
    lines: `${STARTED}ERROR: something that is new`,
    quote: 'ERROR: something that is new',
  },
  {
    ...infrastructure,
    rule: 'mock-exception',
    phase: 'setup',
    exitCode: 1,
    lines:
      'Traceback (most recent call last):\n  File "/usr/libexec/mock/mock", line 1, in <module>\nUnicodeError: encoding',
    quote: 'UnicodeError: encoding',
  },
];

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
    quote: '+ ./run-tests',
    reason: '%check failed in its last command: ./run-tests',
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
  { rule: 'rpmbuild-error', phase: 'package', lines: 'error: something that rpm says since version 9' },
];
