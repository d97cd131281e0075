/**
 * Rules for the output of dpkg-buildpackage(1) and all that it runs. Whatever stands there is the package's: a mirror's
 * or apt's words in it prove nothing (rules-buildroot.ts has the few faults of the machine that show here).
 *
 * Order: what explains other messages comes before what it makes others say.
 */
import { sourcePath } from './map-path.ts';
import { PACKAGE_PHASES, type Phase } from './phase.ts';
import { type Found, listOf, type Rule } from './rule.ts';

const ofPackage = { phases: PACKAGE_PHASES, verdict: 'package', retryable: false } as const;

const text = ({ match }: Found, group = 1) => match.groups[group] ?? '';
const patchName = (file: string) => file.split('/debian/patches/').at(-1) ?? file;
const firstGroup = ({ match }: Found) => match.groups.slice(1).find((group) => group !== '') ?? '';
const place = (found: Found, file = 1, line = 2) => `${sourcePath(text(found, file))}:${text(found, line)}`;

/** What tools say when a name does not resolve or nothing can be reached. */
const NO_NETWORK =
  /Could not resolve (?:host(?:name)?|proxy)(?: \(Could not resolve host)?(?::? ['"]?([\w.-]+))?|Temporary failure in name resolution|Name or service not known|Network is unreachable|No route to host|unable to resolve host address [‘'"]?([\w.-]+)|dial (?:tcp|udp)[^:]*: (?:lookup ([\w.-]+))?|getaddrinfo (?:ENOTFOUND|EAI_AGAIN) ([\w.-]+)|\b(?:ENOTFOUND|EAI_AGAIN)\b|UnknownHostException|Failed to connect to (?!127\.|localhost|::1)([\w.-]+)|network is unreachable|Failed to download .* from https?:\/\/([\w.-]+)|curl: \((?:5|28)\) /;

/** Phases where packages fetch things; tests that need the network fail as tests, after the rules for those. */
const FETCHING = PACKAGE_PHASES.filter((phase) => phase !== 'test');

const networkRule = {
  verdict: 'package',
  retryable: false,
  pattern: NO_NETWORK,
  reason: (found: Found) => {
    const host = found.matches.map((match) => firstGroup({ ...found, match })).find((name) => name !== '') ?? '';
    const to = host === '' ? '' : ` (${host})`;
    return `the build tried to reach the network${to}, and builds are offline; package what it fetches, or set the input network to true`;
  },
} as const;

export const PACKAGE_RULES: readonly Rule[] = [
  {
    ...ofPackage,
    name: 'unmet-build-dependencies-check',
    pattern:
      /^dpkg-checkbuilddeps: error: Unmet build dependencies: (.*)|^dpkg-checkbuilddeps: Unmet build dependencies: (.*)/,
    phase: 'dependencies',
    reason: (found) => `build dependencies are not there: ${firstGroup(found)}`,
  },
  {
    ...ofPackage,
    name: 'build-conflicts',
    pattern: /^dpkg-checkbuilddeps: (?:error: )?Build conflicts: (.*)/,
    phase: 'dependencies',
    reason: (found) => `packages that the build conflicts with are installed: ${text(found)}`,
  },
  {
    ...ofPackage,
    name: 'dh-addon-missing',
    pattern: /^dh: (?:error: )?unable to load addon ([^\s:]+)/,
    reason: (found) =>
      `debhelper's addon ${text(found)} is not installed; Build-Depends lacks the package that has it (dh-sequence-${text(found)})`,
  },
  {
    ...ofPackage,
    name: 'rules-syntax',
    pattern: /^debian\/rules:(\d+): \*\*\* (.*?)(?: Stop\.)?$/,
    reason: (found) => `debian/rules:${text(found)} cannot be read by make: ${text(found, 2).replace(/\.\s*$/, '')}`,
  },
  {
    ...ofPackage,
    name: 'control-syntax',
    pattern: /^dpkg-\w+: error: syntax error in (\S+) at line (\d+): (.*)/,
    reason: (found) => `${place(found)}: ${text(found, 3)}`,
  },
  {
    ...ofPackage,
    name: 'changelog-syntax',
    phases: ['source', 'unpack', 'clean', 'build', 'install', 'package'],
    pattern:
      /^(?:dpkg-\w+|dpkg-parsechangelog): (?:error|warning): +(\S*changelog)\(l(\d+)\): (badly formatted .*|found eof .*)/,
    reason: (found) => `${place(found)}: ${text(found, 3)}`,
  },
  {
    ...ofPackage,
    name: 'patch-missing',
    phases: ['unpack', 'source', 'clean'],
    pattern: /^dpkg-source: error: cannot (?:read|open) (\S+): No such file/,
    reason: (found) =>
      text(found).includes('/debian/patches/')
        ? `debian/patches/series names ${patchName(text(found))}, which does not exist`
        : `${sourcePath(text(found))} does not exist`,
  },
  {
    ...ofPackage,
    name: 'patch-does-not-apply',
    phases: ['unpack', 'source', 'clean'],
    pattern:
      /^Hunk #\d+ FAILED at |^can't find file to patch at |^Reversed \(or previously applied\) patch |^dpkg-source: error: LC_ALL=C patch -t [^<]*< (\S+) subprocess |^dpkg-source: info: if patch '([^']+)' is correctly applied by quilt|^Patch (\S+) does not apply/,
    reason: (found) => {
      const patch = found.matches.map((match) => firstGroup({ ...found, match })).find((name) => name !== '');
      return patch === undefined ? 'a patch does not apply' : `the patch ${patchName(patch)} does not apply`;
    },
  },
  {
    ...ofPackage,
    name: 'source-changed',
    phases: ['source'],
    pattern: /^dpkg-source: error: (aborting due to unexpected upstream changes.*)/,
    reason: () => 'the source differs from the orig tarball outside of debian/',
  },
  {
    ...ofPackage,
    name: 'source-damaged',
    phases: ['unpack'],
    pattern:
      /^(?:tar|xz|unxz|gzip|gunzip|bzip2|bunzip2|zstd|unlzma): (.*(?:Unexpected|unexpected|not in gzip format|not recognized|corrupt|does not look like).*)/,
    reason: (found) => `an archive of the source package is damaged: "${text(found)}"`,
  },
  {
    ...ofPackage,
    name: 'source-invalid',
    phases: ['unpack', 'source', 'clean', 'package'],
    pattern: /^dpkg-source: error: (.*)/,
    reason: (found) => `dpkg-source: ${text(found)}`,
  },

  {
    ...ofPackage,
    name: 'configure-error',
    pattern: /(?:^|\.\.\. ?)configure: error: (.+)/,
    phases: ['configure', 'build', 'clean'],
    phase: 'configure',
    reason: (found) => `configure: ${text(found).replace(/:$/, '')}`,
  },
  {
    ...ofPackage,
    name: 'autotools-error',
    phases: ['configure', 'build', 'clean'],
    pattern: /^([^\s:]+\.(?:ac|am|m4|in)):(\d+): error: (.+)/,
    reason: (found) => `${place(found)}: ${text(found, 3)}`,
  },
  {
    ...ofPackage,
    name: 'autoreconf-error',
    phases: ['configure', 'build', 'clean'],
    pattern:
      /^(autoreconf|autoconf|automake|aclocal|autoheader|libtoolize|autopoint|intltoolize)(?:-[\d.]+)?: (?:error: )?(.*(?:fail|error|not found|No such).*)/,
    reason: (found) => `${text(found)}: ${text(found, 2)}`,
  },
  {
    ...ofPackage,
    name: 'cmake-package-missing',
    phases: ['configure', 'build'],
    // Indented: below `CMake Error`. Packages that are optional are told of with a dash.
    pattern:
      /^ {2}(?:By not providing "Find([^"]+)\.cmake"|Could NOT find (\w+)|Could not find a package configuration file provided by "([^"]+)")/,
    reason: (found) => `cmake does not find ${firstGroup(found)}; Build-Depends may lack its package`,
  },
  {
    ...ofPackage,
    name: 'cmake-error',
    phases: ['configure', 'build'],
    pattern: /^CMake Error(?: at ([^\s:]+):(\d+) \(([^)]*)\))?:(?: (.*))?/,
    reason: (found) =>
      text(found) === '' ? `cmake: ${text(found, 4) || 'error'}` : `cmake: ${text(found, 3)} failed at ${place(found)}`,
  },
  {
    ...ofPackage,
    name: 'meson-error',
    phases: ['configure', 'build'],
    pattern: /^([^\s:]*meson[\w.]*):(\d+):\d+: ERROR: (.*)/,
    reason: (found) => `meson: ${place(found)}: ${text(found, 3)}`,
  },

  { ...networkRule, name: 'network-attempted', phases: FETCHING, when: ({ network }) => !network },
  {
    name: 'network-unreachable',
    phases: FETCHING,
    pattern: NO_NETWORK,
    when: ({ network }) => network,
    verdict: 'infrastructure',
    retryable: true,
    reason: (found) => `the network could not be reached: "${found.match.line.text.trim()}"`,
  },

  ...missingModules(FETCHING, ''),

  {
    ...ofPackage,
    name: 'compile-error',
    pattern:
      /^(?: *\[javac\] )?(?=[^:./]*[./])([^\s:"'([][^:]*):(\d+):(?:(\d+):)? (?:fatal error|internal compiler error|error): ?(?!error writing)(.*)/,
    reason: (found) => `compile error in ${place(found)}: ${text(found, 4)}`,
  },
  {
    ...ofPackage,
    name: 'rust-compile-error',
    pattern: /^error\[(E\d+)\]: (.*)/,
    reason: (found) => `compile error: ${text(found, 2)} (${text(found)})`,
  },
  {
    ...ofPackage,
    name: 'go-compile-error',
    pattern: /^(?:vet: )?([\w./@+-]+\.go):(\d+):(?:\d+:)? (.*)/,
    phases: FETCHING,
    reason: (found) => `compile error in ${place(found)}: ${text(found, 3)}`,
  },
  {
    ...ofPackage,
    name: 'maven-compile-error',
    pattern: /^\[ERROR\] (\/\S+\.(?:java|scala|kt)):\[(\d+),\d+\] (.*)/,
    reason: (found) => `compile error in ${place(found)}: ${text(found, 3)}`,
  },
  {
    ...ofPackage,
    name: 'compiler-option',
    pattern:
      /^(?:\S*-)?(?:cc|gcc|g\+\+|c\+\+|clang|clang\+\+|cc1|cc1plus|gfortran|ghc)(?:-[\d.]+)?: (?:fatal )?error: (?!(?:ld|collect2) )(.*)/,
    reason: (found) => `compiler: ${text(found)}`,
  },
  {
    ...ofPackage,
    name: 'library-missing',
    pattern: /\bld(?:\.\w+)?: (?:error: )?(?:cannot find|unable to find library) -l([\w.+-]+)/,
    reason: (found) => `the linker does not find the library ${text(found)} (-l${text(found)})`,
  },
  {
    ...ofPackage,
    name: 'undefined-reference',
    pattern: /undefined reference to [`'‘"]([^'’"]+)|undefined symbol: (\S+)/,
    reason: ({ matches, count }) =>
      `link error: ${listOf(
        matches.map(({ groups }) => groups[1] || (groups[2] ?? '')),
        count,
      )} undefined`,
  },
  {
    ...ofPackage,
    name: 'multiple-definition',
    pattern: /multiple definition of [`'‘"]([^'’"]+)/,
    reason: (found) => `link error: ${text(found)} is defined more than once`,
  },
  {
    ...ofPackage,
    name: 'link-error',
    pattern:
      /^(?:collect2: error: (ld returned \d+ exit status)|\S*\bld(?:\.\w+)?: (?:error: )?((?!warning).*(?:not recognized|truncated|error|failed|No such file).*)|error: (linking with .*))/,
    reason: (found) => `link error: ${firstGroup(found)}`,
  },
  {
    ...ofPackage,
    name: 'python-syntax-error',
    phases: FETCHING,
    pattern: /^((?:Syntax|Indentation|Tab)Error): (.*)/,
    reason: (found) => `Python: ${text(found)}: ${text(found, 2)}`,
  },
  {
    ...ofPackage,
    name: 'perl-syntax-error',
    phases: FETCHING,
    pattern: /^(syntax error|Global symbol .*|Can't find string terminator .*) at (\S+) line (\d+)/,
    reason: (found) => `Perl: ${text(found)} at ${place(found, 2, 3)}`,
  },
  {
    ...ofPackage,
    name: 'shell-syntax-error',
    pattern: /^([^\s:]+): (?:line )?(\d+): ((?:[Ss]yntax error|unexpected EOF|Bad substitution).*)/,
    reason: (found) => `shell: ${place(found)}: ${text(found, 3)}`,
  },
  {
    ...ofPackage,
    name: 'make-syntax-error',
    pattern: /^([^\s:]+):(\d+): \*\*\* (.*?)(?: +Stop\.)?$/,
    reason: (found) => `make: ${place(found)}: ${text(found, 3).replace(/\.\s*$/, '')}`,
  },
  {
    ...ofPackage,
    name: 'make-no-rule',
    pattern:
      /^(?:make(?:\[\d+\])?|ninja): (?:\*\*\* |error: )(?:No rule to make target )?['`]([^']+)'(?:, needed by ['`]([^']+)')?(?:, missing and no known rule|\. +Stop\.)/,
    reason: (found) =>
      `make has no rule for ${text(found)}${text(found, 2) === '' ? '' : `, which ${text(found, 2)} needs`}`,
  },

  {
    ...ofPackage,
    name: 'dh-missing-files',
    phases: ['install', 'package'],
    pattern: /^dh_\w+: (?:warning: )?\S+ missing files: (.*)|^dh_\w+: \S+ missing files \((.*)\), aborting/,
    reason: ({ matches, count }) =>
      `files that debian/*.install names were not built: ${listOf(
        matches.map(({ groups }) => groups[1] || (groups[2] ?? '')),
        count,
      )}`,
  },
  {
    ...ofPackage,
    name: 'dh-no-match',
    phases: ['install', 'package'],
    pattern: /^dh_\w+: (?:warning|error): Cannot find \(any matches for\) "([^"]+)"/,
    reason: ({ matches, count }) =>
      `files that debian/ names were not built: ${listOf(
        matches.map(({ groups }) => groups[1] ?? ''),
        count,
      )}`,
  },
  {
    ...ofPackage,
    name: 'dh-not-installed',
    phases: ['install', 'package'],
    pattern: /^dh_(?:missing|install): (?:warning: |error: )?(\S+) exists in debian\/tmp but is not installed/,
    reason: ({ matches, count }) =>
      `files were built that no package takes: ${listOf(
        matches.map(({ groups }) => groups[1] ?? ''),
        count,
      )}`,
  },
  {
    ...ofPackage,
    name: 'shlibdeps',
    phases: ['package'],
    pattern: /^dpkg-shlibdeps: error: (?!cannot continue)(.*?)(?: \(ELF format: .*)?$/,
    reason: (found) => `dpkg-shlibdeps: ${text(found)}`,
  },
  {
    ...ofPackage,
    name: 'symbols-disappeared',
    phases: ['package'],
    pattern:
      /^dpkg-gensymbols: (?:error|warning): (some (?:new )?(?:symbols|libraries).*?)(?:: see diff output below)?$/,
    reason: (found) => `dpkg-gensymbols: ${text(found)}`,
  },
  {
    ...ofPackage,
    name: 'dpkg-error',
    phases: ['install', 'package', 'source', 'clean', 'build'],
    pattern:
      /^(dpkg-(?:gencontrol|genchanges|genbuildinfo|gensymbols|deb|architecture|parsechangelog|distaddfile))(?: \(subprocess\))?: error: (.*)/,
    reason: (found) => `${text(found)}: ${text(found, 2)}`,
  },
];

/** Modules that a language's own tool does not find. In tests they are looked for after the tests' own words. */
function missingModules(phases: readonly Phase[], suffix: string): Rule[] {
  return [
    {
      ...ofPackage,
      name: `python-module-missing${suffix}`,
      phases,
      pattern: /^(?:E +)?(?:ModuleNotFoundError|ImportError): No module named '?([\w.]+)|No module named ([\w.]+)$/,
      reason: (found) => `the Python module ${firstGroup(found)} is not there; Build-Depends may lack its package`,
    },
    {
      ...ofPackage,
      name: `perl-module-missing${suffix}`,
      phases,
      pattern: /^Can't locate (\S+) in @INC/,
      reason: (found) =>
        `the Perl module ${text(found).replace(/\//g, '::').replace(/\.pm$/, '')} is not there; Build-Depends may lack its package`,
    },
    {
      ...ofPackage,
      name: `pkg-config-missing${suffix}`,
      phases,
      pattern: /^(?:Package '?([^'\s]+)'?,? .*(?:was )?not found|No package '([^']+)' found)/,
      reason: (found) => `pkg-config does not find ${firstGroup(found)}; Build-Depends may lack its -dev package`,
    },
    {
      ...ofPackage,
      name: `crate-missing${suffix}`,
      phases,
      pattern: /^error: no matching package(?: named)? `([^`]+)`/,
      reason: (found) => `cargo does not find the crate ${text(found)}; Build-Depends may lack its package`,
    },
    {
      ...ofPackage,
      name: `go-package-missing${suffix}`,
      phases,
      pattern:
        /^(?:\S+\.go:\d+:\d+: )?(?:cannot find (?:package|module providing package) "?([^"\s:]+)|no required module provides package ([^\s;]+))/,
      reason: (found) => `Go does not find the package ${firstGroup(found)}; Build-Depends may lack its package`,
    },
  ];
}

/** Tried last, after the rules for tests: what any failure ends with. */
export const GENERIC_RULES: readonly Rule[] = [
  {
    ...networkRule,
    name: 'network-attempted-in-test',
    when: ({ network }) => !network,
    phases: ['test'],
    reason: (found) => networkRule.reason(found).replace('the build tried', 'a test tried'),
  },
  ...missingModules(['test'], '-in-test'),
  {
    ...ofPackage,
    name: 'no-home',
    pattern: /(\/(?:sbuild-)?nonexistent)\b/,
    reason: (found) => `the build uses the home folder, which a build does not have (${text(found)})`,
  },
  {
    ...ofPackage,
    name: 'command-not-found',
    pattern:
      /^(?:\S*sh: (?:line )?\d+: (\S+): (?:command )?not found|\S+: (?:line )?\d+: (\S+): (?:command )?not found|make(?:\[\d+\])?: (\S+): (?:No such file or directory|Command not found)|(?:\/usr\/bin\/)?env: [‘'"`]?([^’'"`:]+)[’'"`]?: No such file or directory|\S*sh: (\S+): command not found)$/,
    reason: (found) => `the command ${firstGroup(found)} is not there; Build-Depends may lack its package`,
  },
  {
    ...ofPackage,
    name: 'python-exception',
    pattern: /^((?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Exit|Failure)): (.*)/,
    last: true,
    reason: (found) => `Python: ${text(found)}: ${text(found, 2)}`,
  },
  {
    ...ofPackage,
    name: 'perl-died',
    pattern: /^((?!#).{1,300}?) at (\S+\.(?:pl|pm|PL|t)|Build|Makefile\.PL) line (\d+)\b/,
    last: true,
    reason: (found) => `Perl: ${text(found)} at ${place(found, 2, 3)}`,
  },
  {
    ...ofPackage,
    name: 'crashed',
    pattern:
      /\b(Segmentation fault|Bus error|Illegal instruction|Aborted|Floating point exception)(?: \(core dumped\))?(?:$| +\S)/,
    reason: (found) => `a program of the build crashed: ${text(found)}`,
  },
  {
    ...ofPackage,
    name: 'file-operation',
    pattern:
      /^(?:\/?(?:usr\/)?bin\/)?(cp|mv|install|ln|rm|mkdir|rmdir|chmod|chown|touch|cat|sed|tar|find|head|dd|patch|unzip|msgfmt|help2man|xsltproc|sphinx-build|asciidoc|a2x): (?!warning)(.+)/,
    last: true,
    reason: (found) => `${text(found)}: ${text(found, 2)}`,
  },
  {
    ...ofPackage,
    name: 'tool-error',
    pattern:
      /^(?:npm (?:ERR!|error)|ERROR:|error:|fatal:|FATAL:|\[ERROR\]|FAILURE:|BUILD FAILED|ninja: error:|scons: \*\*\*|E:|Error:) ?(?!code |errno |syscall |A complete log|command '|To see |Re-run|For more|\[Help|$)(.+)/,
    reason: (found) => text(found),
  },
  {
    ...ofPackage,
    name: 'command-failed-in-setup-py',
    pattern: /^error: (command '.*)/,
    reason: (found) => text(found),
  },
  {
    ...ofPackage,
    name: 'make-error',
    pattern: /^(?:g?make)(?:\[\d+\])?: \*\*\* \[(?:([^\s:]+:\d+): )?([^\]]*)\] (Error \d+|[A-Z][a-z ]+)/,
    reason: (found) =>
      `make failed in ${text(found, 2)}${text(found) === '' ? '' : ` (${sourcePath(text(found))})`}: ${text(found, 3)}`,
  },
  {
    ...ofPackage,
    name: 'dh-error',
    pattern: /^(dh\w*): (?:error: )?(?!warning|info)(.*)/,
    reason: (found) => `${text(found)}: ${text(found, 2)}`,
  },
  {
    ...ofPackage,
    name: 'dpkg-buildpackage-error',
    pattern: /^dpkg-buildpackage: error: (.*)/,
    last: true,
    reason: (found) => `dpkg-buildpackage: ${text(found)}`,
  },
];
