/**
 * Rules for the output of dpkg-buildpackage(1), of rpmbuild's sections and of all that they run. Whatever stands there is the package's: a mirror's
 * or apt's words in it prove nothing (rules-buildroot.ts has the few faults of the machine that show here).
 *
 * Order: what explains other messages comes before what it makes others say.
 */
import { sourcePath } from './map-path.ts';
import { PACKAGE_PHASES } from './phase.ts';
import { buildRequires, type Found, firstGroup, listOf, type Rule, text } from './rule.ts';
import { missingModules, networkRules } from './rules-missing.ts';
import { SOURCE_TOOL_RULES } from './rules-tools.ts';

const ofPackage = { phases: PACKAGE_PHASES, verdict: 'package', retryable: false } as const;

const patchName = (file: string) => file.split('/debian/patches/').at(-1) ?? file;
const place = (found: Found, file = 1, line = 2) => `${sourcePath(text(found, file))}:${text(found, line)}`;

/** Tests that lack something fail as tests; what they lack is looked for after their own words (rules-generic.ts). */
const BEFORE_TESTS = PACKAGE_PHASES.filter((phase) => phase !== 'test');

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
    pattern: /(?:^|\.\.\. ?)configure: error: (?!in [`'‘].*:$)(.+)/,
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
    reason: (found) => `cmake does not find ${firstGroup(found)}; ${buildRequires(found.context)} may lack its package`,
  },
  {
    ...ofPackage,
    name: 'cmake-pkg-config-missing',
    phases: ['configure', 'build'],
    // Said of what is optional, too.
    pattern: /^-- +(?:Package '([^']+)', required by '[^']*', not found|No package '([^']+)' found)/,
    besides: /^CMake Error at \S*\/FindPkgConfig\.cmake:/,
    last: true,
    reason: (found) =>
      `pkg-config does not find ${firstGroup(found)}; ${buildRequires(found.context)} may lack its package`,
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
    pattern: /^((?:[^\s:]*\/)?meson[\w.]*):(\d+):\d+: ERROR: (.*)/,
    reason: (found) => `meson: ${place(found).replace(/^(?:\.\.\/)+/, '')}: ${text(found, 3)}`,
  },

  ...networkRules(BEFORE_TESTS),
  ...missingModules(BEFORE_TESTS),

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
    phases: BEFORE_TESTS,
    reason: (found) => `compile error in ${place(found)}: ${text(found, 3)}`,
  },
  {
    ...ofPackage,
    name: 'maven-compile-error',
    pattern: /^\[ERROR\] (\/\S+\.(?:java|scala|kt)):\[(\d+),\d+\] (.*)/,
    reason: (found) => `compile error in ${place(found)}: ${text(found, 3)}`,
  },
  ...SOURCE_TOOL_RULES,
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
    pattern: /undefined reference to (?:symbol )?[`'‘"]([^'’"]+)|undefined symbol: (\S+)/,
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
    phases: BEFORE_TESTS,
    pattern: /^((?:Syntax|Indentation|Tab)Error): (.*)/,
    reason: (found) => `Python: ${text(found)}: ${text(found, 2)}`,
  },
  {
    ...ofPackage,
    name: 'perl-syntax-error',
    phases: BEFORE_TESTS,
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
