/**
 * Rules for what sbuild(1) and its chroots say before, around and after the package's own code (the texts are those of
 * sbuild 0.73 to 0.89), and for what the machine does to a build of either format.
 */
import { ARCHIVE_PHASES, PACKAGE_PHASES, type Phase } from './phase.ts';
import { type Rule, text } from './rule.ts';
import { spaceOf } from './rules-archive.ts';

const AROUND: readonly Phase[] = [
  ...ARCHIVE_PHASES,
  'arch-check',
  'unpack',
  'build',
  'results',
  'post-build',
  'cleanup',
];

/** Looked at in lines that sbuild wrote, never in the package's output. */
export const BUILDROOT_RULES: readonly Rule[] = [
  {
    name: 'no-space-around',
    phases: AROUND,
    pattern: /No space left on device|Disk quota exceeded|Disk space is probably not sufficient for building/,
    verdict: 'infrastructure',
    retryable: true,
    reason: ({ context }) => spaceOf(context),
  },
  {
    name: 'session-lost',
    phases: AROUND,
    // What enters a session that is not there any more: nsenter(1), and the clients of container engines.
    pattern:
      /^(?:nsenter: (?:cannot open \/proc\/\d+\/ns\/|reassociate to namespaces? )|Cannot connect to the (?:Docker|Podman)|error during connect: |(?:Error response from daemon|Error): .*?(?:[Cc]ontainer \S+ is not running|No such container|no container with |can only create exec sessions|container state improper)|(?:Error: )?OCI runtime (?:exec )?(?:failed|error)(?!.*executable file not found))/,
    verdict: 'infrastructure',
    retryable: true,
    reason: ({ match }) => `the session was lost: "${match.line.text}"`,
  },
  {
    name: 'architecture-mismatch',
    phases: AROUND,
    pattern: /^E: dsc: (\S+) not in arch list or does not match any arch wildcards: (.*?)(?: -- skipping)?$/,
    verdict: 'configuration',
    retryable: false,
    phase: 'arch-check',
    reason: (found) => `the package is for "${text(found, 2)}" and is not built for ${text(found)}`,
  },
  {
    name: 'chroot-architecture',
    phases: AROUND,
    pattern: /^E: Requested build architecture \((\S+)\) and chroot architecture \((\S+)\) do not match/,
    verdict: 'configuration',
    retryable: false,
    phase: 'setup',
    reason: (found) => `the buildroot is for ${text(found, 2)}, the build asks for ${text(found)}`,
  },
  {
    name: 'no-chroot',
    phases: AROUND,
    pattern:
      /^(?:E: )?(Chroot for distribution \S+, architecture \S+ not found|Unable to find \S+ in \S+|Chroot \S+ does not exist|\S+ chroot does not exist|\S+ does not exist, check \$unshare_tarball config option|Error setting up \S+ chroot|E: Chroot not found)/,
    verdict: 'configuration',
    retryable: false,
    phase: 'setup',
    reason: (found) => `there is no buildroot: "${text(found)}"`,
  },
  {
    name: 'no-namespaces',
    phases: AROUND,
    pattern:
      /^(?:E: )?(unable to to unshare|unshare failed: .*|unshare: .*Operation not permitted|newuidmap: .*|newgidmap: .*|invalid idmap)/,
    verdict: 'configuration',
    retryable: false,
    phase: 'setup',
    reason: (found) => `this machine does not let the build have namespaces of its own: "${text(found)}"`,
  },
  {
    name: 'tool-missing',
    phases: AROUND,
    pattern:
      /^(?:E: )?(?:.*?Failed to exec: (\S+?):? |.*?Can't exec "([^"]+)"|exec(?:vp)?: (\S+): not found|\S+: failed to (?:run command|execute) [‘'"]?([^’'": ]+)[’'"]?: No such file)/,
    verdict: 'configuration',
    retryable: false,
    reason: ({ match }) => `the tool ${match.groups.slice(1).find((group) => group !== '') ?? ''} is not installed`,
  },
  {
    name: 'no-source',
    phases: ['fetch'],
    pattern: /^E: (Could not find \S+|Could not copy .*|Error parsing .*|.*couldn't parse the Build-Depends.*)/,
    verdict: 'configuration',
    retryable: false,
    reason: (found) => `the source package cannot be read: "${text(found)}"`,
  },
  {
    name: 'chroot-session',
    phases: AROUND,
    pattern:
      /^E: (Error creating chroot.*|Error locking chroot session.*|unable to mktemp|Chroot setup failed|.*[Bb]uild ?path: .*|Failed to set sbuild group ownership.*|resolver setup failed|unable to open pipe|Can't determine architecture of chroot.*)/,
    verdict: 'infrastructure',
    retryable: true,
    phase: 'setup',
    reason: (found) => `the chroot session could not be opened: "${text(found)}"`,
  },
  {
    name: 'command-failed',
    phases: AROUND,
    pattern: /^E: (?:Failed to execute ([a-z-]+-commands)|Command '([^']*)' failed to run)/,
    verdict: 'configuration',
    retryable: false,
    reason: (found) => `a command of the build's configuration failed: ${text(found, 2) || text(found)}`,
  },
  {
    name: 'claims-file',
    phases: ['results'],
    pattern: /^E: (Package (?:claims to have built|builds) .*)/,
    verdict: 'package',
    retryable: false,
    reason: (found) => `"${text(found)}"`,
  },
  {
    name: 'results-not-copied',
    phases: ['results', 'cleanup'],
    pattern: /^E: (Could not copy .*|cannot (?:get read file handle|parse|copy) .*|Can't find .*|\.changes is undef.*)/,
    verdict: 'infrastructure',
    retryable: true,
    phase: 'results',
    reason: (found) => `the results could not be collected: "${text(found)}"`,
  },
  {
    name: 'post-build-check',
    phases: ['post-build', 'cleanup', 'results'],
    pattern: /^E: ((?:Lintian|Piuparts|Autopkgtest) run failed.*)/,
    verdict: 'package',
    retryable: false,
    phase: 'post-build',
    reason: (found) => `a check of the packages failed: "${text(found)}"`,
  },
];

/** Whatever else apt or sbuild complain of. Whose fault that is, sbuild's stage says better than the rule. */
export const OTHER_RULES: readonly Rule[] = [
  {
    name: 'other-error',
    phases: AROUND,
    // Not what only repeats: summaries of apt, sbuild and ourselves, and complaints that stop nothing.
    pattern:
      /^(?:E|Error): (?!apt-get |apt failed|Some index files|Failed to process build|Package installation failed|Package build dependencies|Can not write log|Sub-process |Build failure|Unable to fetch some)(.*)/,
    verdict: 'infrastructure',
    retryable: false,
    last: true,
    reason: (found) => `"${text(found)}"`,
  },
];

/**
 * The machine's faults that show inside the package's output. They count only where they end it: a test that talks of a
 * full disk, or a compile error after one, is the package's own.
 */
const SOURCE_ERROR =
  /^[^\s:][^:]*:\d+:(?:\d+:)? (?:fatal )?error: (?!.*(?:No space left|Input\/output error|out of memory|Killed))|^[A-Za-z_.]*Error: (?!.*(?:Errno 28|Errno 12|No space left))|^FAIL: |^FAILED \S+\.py|^ERROR: \S+ \(|^\s*--- FAIL: |^not ok |^configure: error: |^error(?:\[E\d+\])?: (?!could not compile|.*No space left|.*SIGKILL)/;

/** The build went on, and something else ended it. */
const OTHER_FAILURE = new RegExp(`${SOURCE_ERROR.source}|^make(?:\\[\\d+\\])?: \\*\\*\\* .*Error (?!137$)`);

/** As the message of a program, not as a word that a script echoes; tests write to /dev/full on purpose. */
const NO_SPACE = /^(?!.*\/dev\/full).*?(?:: |\(|\] |failed - )['‘]?(?:[Nn]o space left on device|Disk quota exceeded)/;

const RUNNING = PACKAGE_PHASES.filter((phase) => phase !== 'test');

export const MACHINE_RULES: readonly Rule[] = [
  {
    name: 'stalled',
    phases: PACKAGE_PHASES,
    pattern: /^E: Build killed with signal (?:[A-Z]+) after (\d+) minutes? of inactivity$/,
    // sbuild writes it after the package has ended; a package that prints it goes on.
    near: 4,
    when: ({ format }) => format !== 'rpm',
    verdict: 'package',
    retryable: false,
    reason: (found) =>
      `the build printed nothing for ${text(found) === '0' ? 'less than a minute' : `${text(found)} min`} and was ended`,
  },
  {
    name: 'compiler-killed',
    phases: PACKAGE_PHASES,
    pattern:
      /Killed signal terminated program (\S+)|internal compiler error: Killed \(program (\S+)\)|\b(ld|collect2|cc1\w*) terminated with signal 9|\(signal: 9, SIGKILL: kill\)|: signal: killed$|\bclang(?:\+\+)?(?:-[\d.]+)?: error: unable to execute command: Killed/,
    near: 400,
    unlessFollowedBy: SOURCE_ERROR,
    verdict: 'infrastructure',
    retryable: true,
    reason: ({ match }) =>
      `the kernel ended ${match.groups.slice(1).find((group) => group !== '') ?? 'the compiler'}, most likely for want of memory`,
  },
  {
    name: 'killed',
    phases: PACKAGE_PHASES,
    pattern:
      /^make(?:\[\d+\])?: \*\*\* \[(.*)\] (?:Killed|Error 137)$|^dpkg-buildpackage: error: .* was killed by signal 9\b/,
    near: 200,
    unlessFollowedBy: SOURCE_ERROR,
    verdict: 'infrastructure',
    retryable: true,
    reason: () => 'the kernel ended a process of the build, most likely for want of memory',
  },
  {
    name: 'killed-in-shell',
    // The shell's own words; a test may end its own children so.
    phases: RUNNING,
    pattern: /^\S+: line \d+: +\d+ Killed +\S/,
    near: 20,
    unlessFollowedBy: SOURCE_ERROR,
    verdict: 'infrastructure',
    retryable: true,
    reason: () => 'the kernel ended a process of the build, most likely for want of memory',
  },
  {
    name: 'killed-last',
    // What a shell says of its last command when the section of a spec ends with it.
    phases: RUNNING,
    pattern: /^Killed$/,
    near: 6,
    when: ({ format }) => format === 'rpm',
    unlessFollowedBy: OTHER_FAILURE,
    verdict: 'infrastructure',
    retryable: true,
    reason: () => 'the kernel ended a process of the build, most likely for want of memory',
  },
  {
    name: 'killed-in-test',
    // The section's own shell says it and nothing after: what a test does to its children is said by the test.
    phases: ['test'],
    pattern: /^(?:\S*rpm-tmp\.\w+: line \d+: +\d+ )?Killed(?:$| {2,}\S)/,
    near: 6,
    when: ({ format }) => format === 'rpm',
    unlessFollowedBy: OTHER_FAILURE,
    verdict: 'infrastructure',
    retryable: true,
    reason: () => 'the kernel ended a process of the tests, most likely for want of memory',
  },
  {
    name: 'out-of-memory',
    phases: RUNNING,
    pattern:
      /virtual memory exhausted|out of memory allocating \d+ bytes|^terminate called after throwing an instance of 'std::bad_alloc'|^\s*what\(\): +std::bad_alloc|^MemoryError(?:$|: )|\bmemory allocation of \d+ bytes failed|There is insufficient memory for the Java Runtime Environment|\b(?:v?fork|clone): (?:retry: )?Resource temporarily unavailable|LLVM ERROR: out of memory|runtime: (?:out of memory|cannot allocate memory)|: memory exhausted$|(?:: |Errno 12\] )Cannot allocate memory/,
    near: 200,
    unlessFollowedBy: SOURCE_ERROR,
    verdict: 'infrastructure',
    retryable: true,
    reason: (found) => `the build ran out of memory: "${text(found, 0)}"`,
  },
  {
    name: 'io-error',
    phases: RUNNING,
    pattern: /: Input\/output error$/,
    near: 200,
    unlessFollowedBy: SOURCE_ERROR,
    verdict: 'infrastructure',
    retryable: true,
    reason: (found) => `the disk could not be read or written: "${found.match.line.text.trim()}"`,
  },
  {
    name: 'no-space-in-build',
    phases: RUNNING,
    pattern: NO_SPACE,
    near: 200,
    unlessFollowedBy: SOURCE_ERROR,
    verdict: 'infrastructure',
    retryable: true,
    reason: ({ context }) => `${spaceOf(context)} while the package was built`,
  },
  {
    name: 'no-space-in-test',
    phases: ['test'],
    pattern: NO_SPACE,
    near: 10,
    unlessFollowedBy: SOURCE_ERROR,
    verdict: 'infrastructure',
    retryable: true,
    reason: ({ context }) => `${spaceOf(context)} while the package was tested`,
  },
];
