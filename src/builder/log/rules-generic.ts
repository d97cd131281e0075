/** Rules for what any failure of a build ends with. Tried after all that say more. */
import { sourcePath } from './map-path.ts';
import { PACKAGE_PHASES } from './phase.ts';
import { buildRequires, type Found, firstGroup, type Rule, text } from './rule.ts';
import { missingModules, networkRules } from './rules-missing.ts';
import { TOOL_RULES } from './rules-tools.ts';

const ofPackage = { phases: PACKAGE_PHASES, verdict: 'package', retryable: false } as const;

const place = (found: Found, file: number, line: number) => `${sourcePath(text(found, file))}:${text(found, line)}`;

export const GENERIC_RULES: readonly Rule[] = [
  ...networkRules(['test'], '-in-test'),
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
      /^(?:\S*sh: (?:line )?\d+: (\S+): (?:command )?not found|\S*sh: (?:line )?\d+: (\/(?:usr\/)?s?bin\/[^\s:]+): No such file or directory|\S+: (?:line )?\d+: (\S+): (?:command )?not found|make(?:\[\d+\])?: (\S+): (?:No such file or directory|Command not found)|(?:\/usr\/bin\/)?env: [‘'"`]?([^’'"`:]+)[’'"`]?: No such file or directory|\S*sh: (\S+): command not found)$|^Can't exec "([^"]+)": No such file/,
    reason: (found) =>
      /^\.{1,2}\//.test(firstGroup(found))
        ? `${firstGroup(found)} is not there`
        : `the command ${firstGroup(found)} is not there; ${buildRequires(found.context)} may lack its package`,
  },
  {
    ...ofPackage,
    name: 'command-not-executable',
    pattern: /^(?:\S*(?:sh|rpm-tmp\.\w+): (?:line )?\d+: |make(?:\[\d+\])?: )(\S+): Permission denied$/,
    reason: (found) => `${text(found)} may not be executed`,
  },
  {
    ...ofPackage,
    name: 'python-exception',
    pattern: /^(?: {6})?((?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Exit|Failure)): (.*)/,
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
    name: 'dh-error',
    // What a command of the build came to is said better by the command.
    pattern: /^(dh\w*): error: (?!.* returned exit code \d|Aborting due to|missing files, aborting)(.*)/,
    reason: (found) => `${text(found)}: ${text(found, 2)}`,
  },
  {
    ...ofPackage,
    name: 'crashed',
    pattern:
      /\b(Segmentation fault|Bus error|Illegal instruction|Aborted|Floating point exception)(?: \(core dumped\))?(?:$| +\S)/,
    reason: (found) => `a program of the build crashed: ${text(found)}`,
  },
  ...TOOL_RULES,
  {
    ...ofPackage,
    name: 'file-operation',
    pattern:
      /^(?:\/?(?:usr\/)?bin\/)?(cp|mv|install|ln|rm|mkdir|rmdir|chmod|chown|touch|cat|sed|tar|find|head|dd|patch|unzip|msgfmt|help2man|xsltproc|sphinx-build|asciidoc|a2x|iconv|gzip|bzip2|xz|zstd|cpio)(?: \(child\))?: (?!warning|Error is not recoverable|Exiting with failure status|Child returned status)(.+)/,
    last: true,
    reason: (found) => `${text(found)}: ${text(found, 2)}`,
  },
  {
    ...ofPackage,
    name: 'tool-error',
    pattern:
      /^(?:npm (?:ERR!|error)|ERROR:|error:|fatal:|FATAL:|\[ERROR\]|FAILURE:|BUILD FAILED|ninja: error:|scons: \*\*\*|E:|Error:) *(?! |code |errno |syscall |A complete log|command '|To see |Re-run|For more|\[Help|$)(.+)/,
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
    name: 'dh-command',
    pattern: /^(dh_\w+): error: (.*)/,
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
