/**
 * Rules for what rpmbuild(8) itself says of a spec and of what was installed (rpm 4.8 to 6, build/*.c), and for the
 * helpers that its sections run. rpm writes an error when it happens and once more, indented, below `RPM build errors:`.
 */
import { PACKAGE_PHASES } from './phase.ts';
import { type Found, firstGroup, firstOf, listOf, type Rule, text } from './rule.ts';

const ofPackage = { phases: PACKAGE_PHASES, verdict: 'package', retryable: false } as const;

const base = (file: string) => file.slice(file.lastIndexOf('/') + 1);

/** As the file will be on a user's disk: without the folder that `%install` fills. */
export function installedPath(text: string): string {
  return text.replace(/\/builddir\/build\/[^\s'"]{0,300}?BUILDROOT(?:\/[^/\s]+-[^/\s]+-[^/\s]+\.[^/\s]+)?(?=\/)/g, '');
}

const named = ({ matches, count }: Found) => {
  const names = [...new Set(matches.map(({ groups }) => installedPath(firstOf(groups))))];
  return listOf(names, Math.max(names.length, Math.ceil(count / 2)));
};

/** rpm's own line, or its repetition below `RPM build errors:`. */
const SAID = '^(?:error: | {4})';
const said = (pattern: string) => new RegExp(`${SAID}(?:${pattern})`);
/** Of the spec rpm repeats warnings, too; they say nothing of what ended the build. */
const saidOnce = (pattern: string) => new RegExp(`^error: (?:${pattern})`);

/** rpmbuild's errors. Looked at where no section's script ended the build. */
export const RPMBUILD_RULES: readonly Rule[] = [
  {
    ...ofPackage,
    name: 'rpm-architecture',
    pattern: said(
      '(No compatible architectures found for build|Architecture is (?:not included|excluded): .*|OS is (?:not included|excluded): .*)',
    ),
    verdict: 'configuration',
    phase: 'arch-check',
    reason: (found) => `the package is not built for this architecture: "${text(found)}"`,
  },
  {
    ...ofPackage,
    name: 'source-missing',
    pattern: said(
      "(?:Bad (?:file|source): |File |Unable to open (?:icon )?|Could not open |Couldn't download )(\\S+\\/SOURCES\\/\\S+?)(?:: .*(?:No such file|not found).*|$)",
    ),
    phase: 'source',
    reason: ({ matches }) =>
      `the spec names sources that are not there: ${listOf([...new Set(matches.map(({ groups }) => base(groups[1] ?? '')))])}`,
  },
  {
    ...ofPackage,
    name: 'failed-build-requires',
    pattern: /^(?:error: | {4})Failed build dependencies:|^\t(\S.*?) is needed by \S+/,
    phase: 'dependencies',
    reason: ({ matches }) => {
      const names = matches.map(({ groups }) => groups[1] ?? '').filter((name) => name !== '');
      return `build dependencies are not there${names.length > 0 ? `: ${listOf(names)}` : ''}`;
    },
  },
  {
    ...ofPackage,
    name: 'spec-unknown-tag',
    pattern: saidOnce('((?:\\S+\\.spec: )?line \\d+): Unknown tag: (.*)'),
    phase: 'source',
    reason: (found) => `the spec has a tag that rpm does not know, ${text(found)}: "${text(found, 2)}"`,
  },
  {
    ...ofPackage,
    name: 'spec-syntax',
    pattern: saidOnce(
      [
        '(line \\d+: .+',
        '\\S+: ?line \\d+: .+',
        '\\S+\\.spec:\\d+: .+',
        'Unclosed %\\w+.*',
        'parse error in expression.*',
        'syntax error (?:in|while parsing).*',
        'unmatched [({].*',
        '(?:bare words|types must match|macro expansion returned).*',
        'Macro %\\S+ .*',
        '(?:Too many levels of recursion|.*recursion in macro expansion).*',
        'Unterminated \\S+ .*',
        'Unknown (?:option|icon type|field) .*',
        'Invalid (?:version|character|patch number|dependency|token|capability) .*',
        'Invalid version.*',
        'Illegal (?:char(?:acter)?|sequence) .*',
        '.*field must be present in package: .*',
        'Duplicate \\S+ entries in package: .*',
        'Package has no %description: .*',
        '(?:Bad )?[Pp]ackage (?:specification: .*|\\S+ already exists.*|already exists: .*)',
        "[Ll]ine \\d+ doesn't belong to any section.*",
        '(?:bad|bogus) date in %changelog: .*',
        '%changelog (?:not in descending|entries must).*',
        '(?:missing|invalid) (?:name|date) in %changelog.*',
        'query of specfile \\S+ failed.*',
        'No (?:patch|source) number \\d+',
        '(?:%patch without|Patch number not specified).*',
        'Error parsing (?:%|tag).*',
        'lua (?:script|error).*',
        'extra tokens at the end of .*',
        'encoding \\S+ not supported.*',
        'Unable to open \\S+\\.spec.*',
        'failed to (?:expand|load) .*',
        'Dependency tokens must begin .*',
        'Versioned file name not permitted.*|Version required.*|Only package names.*',
        'source_date_epoch_from_changelog set but .*',
        'rpmlib\\(\\S+\\).*)',
      ].join('|'),
    ),
    phase: 'source',
    prefer: /(?:\.spec:\d+|\bline \d+): (?!failed)/,
    reason: (found) => `the spec cannot be read: "${text(found)}"`,
  },
  {
    ...ofPackage,
    name: 'unpackaged-files',
    pattern: said('Installed \\(but unpackaged\\) file\\(s\\) found:'),
    phase: 'package',
    reason: () => 'files were installed that no %files lists',
  },
  {
    ...ofPackage,
    name: 'file-not-found',
    pattern: said(
      '(?:File|Directory) not found(?: by glob)?: (.+?)(?:\\. Trying without globbing\\.)?$|Not a directory: (\\S+)|(?:cannot stat|lstat) (\\S+): .*',
    ),
    phase: 'package',
    reason: (found) => `files that %files lists were not installed: ${named(found)}`,
  },
  {
    ...ofPackage,
    name: 'empty-files-list',
    pattern: said('(?:Empty %\\S+ file (\\S+)|Could not open %\\S+ file (\\S+?): .*)'),
    phase: 'package',
    reason: (found) =>
      /debug(?:source)?files\.list$/.test(firstGroup(found))
        ? `nothing was compiled with debug information (${base(firstGroup(found))} is empty): compile with the distribution's flags, or turn the debug packages off`
        : `the list of files ${base(firstGroup(found))} is empty or missing`,
  },
  {
    ...ofPackage,
    name: 'arch-in-noarch',
    pattern: said(
      '(Arch dependent binaries in noarch package|Binaries arch \\(\\d+\\) not matching the package arch.*)',
    ),
    phase: 'package',
    reason: () => 'a package that is noarch holds binaries of an architecture',
  },
  {
    ...ofPackage,
    name: 'build-id',
    pattern: said(
      '((?:Missing build-id|Duplicate build-ids?|build-id found|error reading build-id|No build[- ]ID|Generating build-id).*)',
    ),
    phase: 'package',
    reason: (found) => `"${text(found)}"`,
  },
  {
    ...ofPackage,
    name: 'rpm-files',
    pattern: said(
      "((?:File must begin with|File needs leading|File listed twice|Symlink points to BuildRoot|Path is outside buildroot|Explicit (?:file attributes|%attr)|Bad (?:mode|dirmode|syntax)|Missing (?:'\\('|'\\)'|\\S+ in)|Two files on one line|More than one file on a line|absolute symlink|Can't mix special|Duplicate locale|Special file in|Recognition of file|Invalid \\S+ token|Package check|Execution of|Could not generate output filename|%\\S+ glob not permitted|Dependency (?:generator|resolution)).*)",
    ),
    phase: 'package',
    reason: (found) => `rpmbuild: "${text(found)}"`,
  },
  {
    ...ofPackage,
    name: 'package-not-written',
    pattern: said(
      '((?:Unable to (?:write|create|open)|create archive failed|cannot create|Could not (?:seek|open)|Failed to read).*)',
    ),
    phase: 'package',
    reason: (found) => `rpmbuild could not write a package: "${text(found)}"`,
  },
];

/**
 * The same where rpm's `error: ` was torn off: rpm writes it by itself, and a line of the other pipe may come between.
 */
export const RPMBUILD_BARE_RULES: readonly Rule[] = RPMBUILD_RULES.map((rule) => ({
  ...rule,
  pattern: new RegExp(rule.pattern.source.replace(SAID, '^').replace('^error: ', '^')),
}));

/** Anything else that rpmbuild calls an error. */
export const RPMBUILD_OTHER_RULES: readonly Rule[] = [
  {
    ...ofPackage,
    name: 'rpmbuild-error',
    pattern: /^error: (?!Bad exit status|Building (?:target|for)|RPM build)(\S.*)/,
    last: true,
    reason: (found) => `rpmbuild: "${text(found)}"`,
  },
];

/** What the scripts of a spec's sections and rpm's helpers in them print. */
export const SECTION_RULES: readonly Rule[] = [
  {
    ...ofPackage,
    name: 'spec-undefined-macro',
    // What is left of %macro is a job specification to the shell.
    pattern:
      /^\S*rpm-tmp\.\w+: (?:line )?\d+: (?:fg: no job control|fg: %?\S+: no such job|(%\S+): (?:command )?not found)/,
    reason: (found) =>
      `the spec uses a macro that is not defined${text(found) === '' ? '' : ` (${text(found)})`}; BuildRequires may lack the package that defines it`,
  },
  {
    ...ofPackage,
    name: 'source-folder',
    phases: ['unpack', 'configure', 'build'],
    pattern:
      /^\S*rpm-tmp\.\w+: (?:line )?\d+: (?:cd|pushd): (?:can't cd to )?([^\s:]+)(?:: (?:No such file or directory|Not a directory))?$/,
    reason: (found) =>
      text(found).startsWith('/')
        ? `the folder ${text(found)} is not there`
        : `the source has no folder ${text(found)}, which %setup or %autosetup expects (see its option -n)`,
  },
  {
    ...ofPackage,
    name: 'script-missing',
    pattern: /^\S*rpm-tmp\.\w+: (?:line )?\d+: (\S+): No such file or directory$/,
    reason: (found) => `${text(found)} is not there`,
  },
  {
    ...ofPackage,
    name: 'spec-patch-does-not-apply',
    phases: ['unpack'],
    pattern:
      /^Hunk #\d+ (?:FAILED|ignored) at |^\d+ out of \d+ hunks? (?:FAILED|ignored)|^can't find file to patch at |^Reversed \(or previously applied\) patch |^error: patch failed: (\S+:\d+)|^error: (\S+): (?:patch does not apply|does not exist in index|No such file)|^Patch failed at |^patch: \*{4} (?:Only garbage|malformed patch|unexpected end)/,
    reason: () => 'a patch does not apply',
  },
  {
    ...ofPackage,
    name: 'source-signature',
    phases: ['unpack'],
    pattern:
      /^(gpgv?: (?:BAD signature|Can't check signature|.*verification failed).*|gpgverify: .*|\S+: FAILED$|sha\d+sum: WARNING: .*)/,
    reason: (found) => `a source does not fit its signature or checksum: "${text(found)}"`,
  },
  {
    ...ofPackage,
    name: 'rpath',
    phases: ['install', 'test', 'package'],
    pattern: /^ERROR +\d{4}: file '([^']+)' contains an? (.+)/,
    reason: (found) => `${text(found)} contains an ${text(found, 2)}`.replace(/ an (?=[^aeiou])/, ' a '),
  },
  {
    ...ofPackage,
    name: 'buildroot-in-files',
    phases: ['install', 'test', 'package'],
    pattern: /^Found '([^']+)' in installed files; aborting/,
    reason: () => 'installed files hold the path of the build, which users do not have',
  },
  {
    ...ofPackage,
    name: 'bytecompile',
    phases: ['install'],
    pattern: /^\*\*\* Error compiling '([^']+)'/,
    reason: (found) => `${installedPath(text(found))} cannot be compiled by Python`,
  },
  {
    ...ofPackage,
    name: 'brp-error',
    phases: ['install', 'test', 'package'],
    pattern: /^\*\*\* ERROR: (?:\.\/|:\S* )?(.*)/,
    reason: ({ matches, count }) =>
      `a check of what was installed failed: ${listOf(
        matches.map(({ groups }) => installedPath(groups[1] ?? '')),
        count,
        2,
      )}`,
  },
  {
    ...ofPackage,
    name: 'desktop-file',
    phases: ['install', 'test', 'build'],
    pattern:
      /^(\S+\.(?:desktop|appdata\.xml|metainfo\.xml|xml)): (?:(?:error|FAILED): ?(.*)|failed to (?:validate|parse).*)/,
    reason: (found) =>
      `${installedPath(text(found))} is not valid${text(found, 2) === '' ? '' : `: ${text(found, 2)}`}`,
  },
  {
    ...ofPackage,
    name: 'needs-root',
    pattern:
      /^(?:ch(?:own|grp)|install|mknod|mount|setcap|useradd|groupadd): (?:cannot change owner.*|changing ownership of .*|.*)(Operation not permitted|[Mm]ust be (?:root|superuser).*)/,
    reason: (found) => `the build does what only root may: "${text(found, 0)}"`,
  },
  {
    ...ofPackage,
    name: 'test-named-fail',
    phases: ['test'],
    pattern:
      /^(?=.*(?:FAIL|NOT OK))(\S{1,200}?(?: \S{1,80}){0,4}?)(?: ?\.{2,80}| ?:| -)? {1,80}\[?(?:FAIL(?:ED|URE)?|NOT OK)!?\]?$/,
    reason: ({ matches, count }) => {
      const names = matches.map(({ groups }) => groups[1] ?? '');
      return count === 1 ? `the test ${names[0]} failed` : `${count} tests failed: ${listOf(names, count)}`;
    },
  },
];
