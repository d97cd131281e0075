/**
 * Rules for what mock itself says, on its stderr and in root.log: its configuration, its buildroot, the machine. Texts
 * of mock 1.4 to 6.x (mockbuild/*.py); exit codes are a hint only, since most failures return the failing child's.
 */
import { ARCHIVE_PHASES, type Phase } from './phase.ts';
import { firstGroup, type Rule, text } from './rule.ts';
import { spaceOf } from './rules-archive.ts';

const AROUND: readonly Phase[] = [...ARCHIVE_PHASES, 'arch-check', 'source', 'unpack', 'build', 'results', 'cleanup'];

const infrastructure = { phases: AROUND, verdict: 'infrastructure' } as const;
const configuration = { phases: AROUND, verdict: 'configuration', retryable: false } as const;
const ofPackage = { phases: AROUND, verdict: 'package', retryable: false } as const;

/** What logging puts before a message. */
const LEVEL = '^(?:(?:ERROR|CRITICAL): )?';
const level = (pattern: string) => new RegExp(`${LEVEL}${pattern}`);

export const MOCK_RULES: readonly Rule[] = [
  {
    ...infrastructure,
    name: 'mock-no-space',
    pattern: /No space left on device|Disk quota exceeded/,
    retryable: true,
    reason: ({ context }) => spaceOf(context),
  },
  {
    ...infrastructure,
    name: 'mock-memory',
    pattern:
      /(\[Errno 12\] Cannot allocate memory|^MemoryError\b|fork: Cannot allocate memory|fork: retry: Resource temporarily unavailable)/,
    retryable: true,
    reason: (found) => `the machine had no memory left: "${text(found)}"`,
  },
  {
    ...infrastructure,
    name: 'buildroot-locked',
    pattern: level(
      '(?:Build root is locked by another process|Build-root in use by another process|LVM thinpool is locked)',
    ),
    retryable: true,
    phase: 'setup',
    reason: () => 'another process holds the buildroot: "Build root is locked by another process"',
  },

  {
    ...configuration,
    name: 'mock-no-config',
    pattern: level(
      "(?:Could not find (?:required|included) config file: (\\S+)|Could not find (?:log )?config file,? (\\S+)|Non-existing Mock config '([^']*)'|Mock config '([^']*)' not found)",
    ),
    phase: 'setup',
    reason: (found) => `there is no mock configuration ${firstGroup(found)}`,
  },
  {
    ...configuration,
    name: 'mock-bad-config',
    pattern: level(
      '(Config error: .*|Error in configuration.*|Bad macros? .*|Log config file ?\\(.*|Invalid configuration.*|Error parsing config.*|No key found in /etc/pki/entitlement.*|\\S+ is not a directory is subscription-manager installed.*|jinja2\\.exceptions\\.\\w+: .*|Unrecognized package manager .*|Unexpected package manager .*|Plugin "[^"]*" doesn\'t specify.*|Plugin version mismatch.*|Feature \\S+ is not provided by any of enabled plugins.*|The file \\S+ did not record.*|The \\S+ doesn\'t seem to be a valid offline RPM repository.*)',
    ),
    phase: 'setup',
    reason: (found) => `mock's configuration is not right: "${text(found)}"`,
  },
  {
    ...configuration,
    name: 'mock-no-source',
    pattern: level(
      '(Input specfile does not exist: .*|Input sources directory or file does not exist: .*|Cannot find/open srpm: (?!-).*(?:No such file|Permission denied|Is a directory).*|No package specified to rebuild command.*|You must specify an? (?:SRPM|SPEC).*|Must specify both --spec and.*)',
    ),
    phase: 'fetch',
    reason: (found) => `the source package cannot be read: "${text(found)}"`,
  },
  {
    ...configuration,
    name: 'mock-command-line',
    pattern: level(
      "(?:(?:usage: )?mock(?:\\.py|-\\w+)?: error: )?((?:no such option|unrecognized arguments?|ambiguous option|argument \\S+ ?: |invalid choice|option \\S+:? |unknown option).*|Bad option for '?--.*|Cannot find/open srpm: -.*|Must specify .*|The --chain mode doesn't support .*|The \\S+ option requires .*|--\\w+ (?:option|argument|mode) .*|Input rpm macros file does not exist: .*|Mock SCM module not installed.*|Option --\\S+ .*|File '[^']*' can not be bind-mounted.*)",
    ),
    phase: 'setup',
    reason: (found) => `mock does not take these options: "${text(found)}"`,
  },
  {
    ...ofPackage,
    name: 'srpm-damaged',
    pattern: level(
      '(Cannot find/open srpm: .*|File is not an srpm: .*|No specfile found in srpm: .*|Expected to find single rebuilt srpm, found .*|error: (?:not an rpm package|.*: not an rpm package.*|.*: signature hdr .*|.*: Header .*BAD.*|.*(?:SHA256|MD5|SHA1) digest: BAD.*|unpacking of archive failed.*))',
    ),
    phase: 'fetch',
    reason: (found) => `the source package is damaged: "${text(found)}"`,
  },
  {
    ...ofPackage,
    name: 'srpm-not-installable',
    pattern: level('Source RPM is not installable'),
    phase: 'fetch',
    reason: () => 'the source package cannot be unpacked',
  },
  {
    ...configuration,
    name: 'mock-user',
    pattern: level(
      "(mock will not run from the root account.*|Must be member of '[^']*' group to run mock.*|The most common cause for this error is trying to run .* as an unprivileged user.*|Run without setuid wrapper.*|Can not find the requested (?:user|GID) .*|.*'getpwuid\\(\\): uid not found.*|KeyError: .*getgrnam\\(\\): name not found.*)",
    ),
    phase: 'setup',
    reason: (found) => `this user may not run mock: "${text(found)}"`,
  },
  {
    ...configuration,
    name: 'result-folder',
    pattern: level(
      '(Could not create output directory for built rpms.*|Result dir could not be created.*|Could not create dir \\S+\\. Error: .*(?:Permission denied|Read-only|Not a directory|File exists).*)',
    ),
    phase: 'setup',
    reason: () => 'the folder for results cannot be written to',
  },
  {
    ...configuration,
    name: 'mock-no-namespaces',
    pattern:
      /(Namespace unshare failed|Call to C library unshare\(2\)|unshare: .{0,200}Operation not permitted|(?:u?mount): .{0,400}(?:permission denied|must be superuser|only root|Operation not permitted)|Failed to sethostname .*|(?:systemd-nspawn|Failed to \w{1,40} .{0,200}?): .{0,200}Operation not permitted|PermissionError: \[Errno 1\] Operation not permitted.*|chroot: cannot change root directory.{0,200}Operation not permitted)/,
    phase: 'setup',
    reason: (found) => `this machine does not let the build have namespaces or mounts of its own: "${text(found)}"`,
  },
  {
    ...configuration,
    name: 'mock-architecture',
    pattern: level(
      "(The --forcearch=\\S+ feature requires .*|Invalid architecture.*|Cannot build target \\S+ on arch \\S+.*|.*[Ii]mage architecture \\S+ doesn't match system arch .*|Container image architecture check failed.*|invalid host/target architecture.*|.*[Ee]xec format error.*)",
    ),
    phase: 'arch-check',
    reason: (found) => `this machine does not build for the architecture: "${text(found)}"`,
  },
  {
    ...configuration,
    name: 'mock-tool-missing',
    pattern:
      /^(?:(?:ERROR|CRITICAL): )?(?:Command (\S+) is not available|'(\S+)' not installed|(builddep) command missing|No package from .* found, desired (\S+)|.*No such file or directory: b?'([^'/]+|\/(?:usr\/)?(?:libexec|s?bin)\/[^']+)'|(?:bash|sh): (?:line \d+: )?(\S*(?:rpmbuild|rpm|bash)): (?:No such file or directory|command not found)|.*[Ff]ailed to (?:run command|execute) [‘'"]?([^’'": ]+)|Could not find (useradd) in chroot.*|Error: +Neither (dnf-utils) nor yum-utils are installed|(useradd|groupadd|userdel): .*No such file)/,
    reason: (found) => `the tool ${firstGroup(found)} is not installed`,
  },
  {
    ...configuration,
    name: 'mock-feature-off',
    pattern: level(
      '((?:DynamicBuildRequires|ExternalBuildRequires) are found but support is disabled.*|ExternalBuildRequires requires .*)',
    ),
    phase: 'dependencies',
    reason: (found) => `the configuration does not allow what the package needs: "${text(found)}"`,
  },
  {
    ...ofPackage,
    name: 'external-dependency-unknown',
    pattern: level('Unknown external dependenc(?:y|ies):? ?(.*)'),
    phase: 'dependencies',
    reason: (found) => `the package asks for external dependencies of a kind that mock does not know: ${text(found)}`,
  },
  {
    ...infrastructure,
    name: 'external-dependency-failed',
    pattern: level('((?:Pip3|Cargo|Gem) install failed.*)'),
    retryable: true,
    phase: 'dependencies',
    reason: (found) => `an external dependency could not be installed: "${text(found)}"`,
  },
  {
    ...configuration,
    name: 'bootstrap-image',
    pattern: level(
      '(Expected digest for image .*|.*Error: (?:short-name|invalid reference).*|Getting OCI digest for image .*)',
    ),
    phase: 'setup',
    reason: (found) => `the image for the bootstrap is not the one that is expected: "${text(found)}"`,
  },
  {
    ...infrastructure,
    name: 'bootstrap-failed',
    pattern:
      /(Image pull failed|Pulling image:? \S{1,300} timed out.*|Can not prepare bootstrap chroot|Podman mount failed.*|mockbuild\.podman\.PodmanError.*|mockbuild\.exception\.BootstrapError.*|Bootstrap .{0,200} failed.*)/,
    retryable: true,
    phase: 'setup',
    reason: (found) => `the bootstrap for the buildroot could not be made: "${text(found)}"`,
  },
  {
    ...infrastructure,
    name: 'nspawn-failed',
    pattern:
      /^(?:ERROR: )?(?:systemd-nspawn: )?((?:Failed to (?:register machine|allocate scope|create|open|connect|get|set|start|mount|bind|move|add|receive|read|lock|fork|clone|dissect|determine|resolve)\b.*|Directory tree \S+ is currently busy.*|Parent (?:process )?(?:died|failed).*|Child died too early.*|Short read while reading cgroup.*|Machine '[^']*' already exists.*|Unit machine-\S+ (?:already exists|was already loaded).*))/,
    retryable: true,
    reason: (found) => `the container of the build could not be started: "${text(found)}"`,
  },
  {
    ...infrastructure,
    name: 'root-cache',
    pattern:
      /^((?:\/?(?:usr\/)?(?:bin\/)?(?:g?tar|pigz|gzip|zstd|xz)): (?!Removing leading).*|pigz: .*|.{0,300}?cache\.tar\S{0,20}: .{0,300}(?:corrupt|Unexpected|truncated).*)/,
    retryable: true,
    phase: 'setup',
    reason: (found) => `the saved buildroot cannot be unpacked: "${text(found)}"`,
  },
  {
    ...infrastructure,
    name: 'mount-failed',
    pattern: /^((?:u?mount|umount2): (?!.*not mounted).*)/,
    retryable: true,
    reason: (found) => `something could not be mounted: "${text(found)}"`,
  },
  {
    ...infrastructure,
    name: 'lvm-failed',
    pattern:
      /^(?:ERROR: )?(LVM (?:manipulation|.* failed).*|.*(?:lvcreate|lvremove|lvconvert|vgs) failed.*|Volume group .*(?:not found|insufficient).*|.*insufficient free space.*)/,
    retryable: true,
    phase: 'setup',
    reason: (found) => `the volume of the buildroot could not be made: "${text(found)}"`,
  },
  {
    ...infrastructure,
    name: 'mock-results-not-copied',
    pattern: level('(Can not copy .* into resultdir .*)'),
    retryable: true,
    phase: 'results',
    reason: (found) => `the results could not be collected: "${text(found)}"`,
  },
  {
    ...ofPackage,
    name: 'no-results',
    pattern: level('No build results found'),
    phase: 'results',
    reason: () => 'rpmbuild made no package: the spec has no %files for any',
  },
  {
    ...infrastructure,
    name: 'mock-state',
    pattern: level(
      '(Unbalanced call to state functions.*|state finish mismatch.*|alldone called with pending states.*|finish called on empty state list.*)',
    ),
    retryable: false,
    reason: (found) => `mock is at odds with itself: "${text(found)}"`,
  },
];

/** Whatever else mock complains of. */
export const MOCK_OTHER_RULES: readonly Rule[] = [
  {
    ...infrastructure,
    name: 'mock-error',
    pattern: /^(?:ERROR|CRITICAL): (?!Exception\(|Command failed: ?$)(\S.*)/,
    retryable: false,
    reason: (found) => `mock failed: "${text(found)}"`,
  },
  {
    ...infrastructure,
    name: 'mock-exception',
    pattern: /^((?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Locked|Expired|Failed|Accessible|Interrupt))(?:: (.*))?$/,
    retryable: false,
    last: true,
    reason: (found) => `mock failed: "${text(found, 0)}"`,
  },
];
