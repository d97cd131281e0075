/** What package managers print under mock; where it is from says mock-snippets.ts. */
import type { ManagerSnippet } from './mock-snippets.ts';

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
  { ...configuration, ...inSetup, rule: 'dnf-no-baseurl', lines: 'Error: Cannot find a valid baseurl for repo: x' },
  {
    ...configuration,
    ...inSetup,
    rule: 'dnf-no-baseurl',
    lines: "Error: Failed to download metadata for repo 'x': Cannot find a valid baseurl for repo: x",
  },
  {
    ...infrastructure,
    ...inDependencies,
    rule: 'dnf-no-connection',
    program: YUM,
    lines:
      'Could not retrieve mirrorlist http://mirrors.example.org/?arch=x86_64 error was\n14: curl#6 - "Could not resolve host: mirrors.example.org; Unknown error"\nCannot find a valid baseurl for repo: base/7/x86_64',
    quote: '14: curl#6 - "Could not resolve host: mirrors.example.org; Unknown error"',
  },
  {
    ...configuration,
    ...inSetup,
    rule: 'dnf-access-denied',
    lines:
      'Curl error (56): Failure when receiving data from the peer for https://one.example.org/repodata/repomd.xml [CONNECT tunnel failed, response 407]',
    reason: 'a repository refuses access: 407',
  },
  {
    ...configuration,
    ...inSetup,
    rule: 'dnf-releasever',
    lines:
      "Unable to detect release version (use '--releasever' to specify release version)\nError: Failed to download metadata for repo 'base': Cannot prepare internal mirrorlist: Status code: 404 for https://mirrors.example.org/metalink?repo=fedora-&arch=x86_64",
  },
  {
    ...ofPackage,
    ...inDependencies,
    rule: 'no-build-dependency',
    lines:
      "Unable to detect release version (use '--releasever' to specify release version)\nNo matching package to install: 'nosuch'",
    quote: "No matching package to install: 'nosuch'",
  },
  {
    ...configuration,
    ...inDependencies,
    rule: 'dnf-signature-check',
    lines:
      'warning: /var/cache/dnf/x-1-1.noarch.rpm: Header V3 RSA/SHA256 Signature, key ID 12345678: BAD\nError: GPG check FAILED',
  },
  {
    ...ofPackage,
    ...inDependencies,
    rule: 'unmet-build-requires',
    lines:
      'Error: \n Problem: cannot install the best candidate for the job\n  - nothing provides libfoo needed by bar-devel-1-1.x86_64 from base',
    quote: '  - nothing provides libfoo needed by bar-devel-1-1.x86_64 from base',
  },
  {
    ...infrastructure,
    ...inDependencies,
    rule: 'rpm-scriptlet',
    program: DNF5,
    lines:
      '>>> Running %prein scriptlet: foo-0:1-1.x86_64\n>>> Error in %prein scriptlet: foo-0:1-1.x86_64\n>>> Scriptlet output:\n>>> useradd: failure\n>>> [RPM] %prein(foo-1-1.x86_64) scriptlet failed, exit status 1\nTransaction failed: Rpm transaction failed.',
    quote: '>>> Error in %prein scriptlet: foo-0:1-1.x86_64',
    reason: 'a package cannot be installed: the prein script of foo-0:1-1.x86_64 failed',
  },
  {
    ...configuration,
    ...inSetup,
    rule: 'no-buildroot-group',
    lines: "Module or Group 'buildsys-build' is not available.\nError: Nothing to do.",
    reason: 'groups of the buildroot are in no repository: buildsys-build',
  },
  {
    ...configuration,
    ...inSetup,
    rule: 'no-buildroot-group',
    program: '/usr/bin/yum',
    lines: 'Warning: Group build does not exist.\nError: Nothing to do.',
  },
  {
    ...ofPackage,
    ...inDependencies,
    rule: 'no-build-dependency',
    lines:
      "Errors during downloading metadata for repository 'extra':\n  - Status code: 404 for http://one.example.org/extra/repodata/repomd.xml\nIgnoring repositories: extra\nNo matching package to install: 'nosuch'\nError: Some packages could not be found.",
    quote: "No matching package to install: 'nosuch'",
  },
  {
    ...configuration,
    ...inSetup,
    rule: 'rpm-not-permitted',
    lines:
      'error: unpacking of archive failed on file /usr/bin/ping;65: cpio: cap_set_file failed - Operation not permitted\nError: Transaction failed',
  },
  {
    ...configuration,
    ...inSetup,
    rule: 'rpm-not-permitted',
    lines: 'error: unpacking of archive failed on file /usr/bin/su;65: cpio: chown failed - Operation not permitted',
  },
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
