/** Rules for single tools that builds run, beside compilers and build systems. */
import { sourcePath } from './map-path.ts';
import { PACKAGE_PHASES } from './phase.ts';
import { type Found, firstGroup, type Rule, text } from './rule.ts';

const ofPackage = { phases: PACKAGE_PHASES, verdict: 'package', retryable: false } as const;

const place = (found: Found) => `${sourcePath(text(found))}:${text(found, 2)}`;

/** What names a place in the source, or says why a language's own tool does not start. Tried beside the compilers. */
export const SOURCE_TOOL_RULES: readonly Rule[] = [
  {
    ...ofPackage,
    name: 'assembler-error',
    // gas, and SWIG.
    pattern: /^([^\s:]+|\{standard input\}):(\d+): Error: (.*)/,
    reason: (found) => `error in ${place(found)}: ${text(found, 3)}`,
  },
  {
    ...ofPackage,
    name: 'fortran-error',
    pattern: /^(?:Fatal Error: (.+)|Error: (.+ at \(\d\)))(?:$|[: ])/,
    reason: (found) => `compile error: ${firstGroup(found)}`,
  },
  {
    ...ofPackage,
    name: 'typescript-error',
    pattern: /^([^\s(:]+)[(:](\d+)[,:]\d+\)?(?::| -) error (TS\d+: .*)/,
    reason: (found) => `compile error in ${place(found)}: ${text(found, 3)}`,
  },
  {
    ...ofPackage,
    name: 'erlang-error',
    pattern: /^([^\s:]+\.[ehxy]rl):(\d+):(?:\d+:)? (?!Warning)(.*)/,
    reason: (found) => `compile error in ${place(found)}: ${text(found, 3)}`,
  },
  {
    ...ofPackage,
    name: 'linker-script',
    pattern: /^\S*\bld:([^\s:]+):(\d+): (.*)/,
    reason: (found) => `the linker cannot read ${place(found)}: ${text(found, 3)}`,
  },
  {
    ...ofPackage,
    name: 'go-error',
    pattern:
      /^go: (?!(?:downloading|finding|extracting|found|added|upgraded|downgraded|creating|warning:|to add|writing) ?)(.+)/,
    reason: (found) => `go: ${text(found)}`,
  },
];

/** What tools for documents, binaries and other build systems end with. Tried after all that say more. */
export const TOOL_RULES: readonly Rule[] = [
  {
    ...ofPackage,
    name: 'command-usage',
    pattern:
      /^([\w.-]+): error: ((?:unrecognized arguments|the following arguments are required|argument \S+:|invalid choice|no such option|ambiguous option).*)/,
    reason: (found) => `${text(found)}: ${text(found, 2)}`,
  },
  {
    ...ofPackage,
    name: 'binary-tool',
    phases: ['build', 'install', 'test', 'package'],
    pattern:
      /^(?:\/usr\/bin\/)?(?:[\w.]+-[\w.]+-[\w-]*)?(debugedit|strip|eu-strip|objcopy|ar|ranlib): (?!creating |warning|`u' modifier)(.+)/,
    reason: (found) => `${text(found)}: ${text(found, 2).trim()}`,
  },
  {
    ...ofPackage,
    name: 'sphinx-error',
    pattern:
      /^(Could not import extension .*|(?:Extension|Configuration|Sphinx|Theme|Application) error(?: \([^)]*\))?:.*|Warning, treated as error:.*)/,
    last: true,
    reason: (found) => `sphinx: ${text(found).replace(/:$/, '')}`,
  },
  {
    ...ofPackage,
    name: 'xml-error',
    pattern: /^(?:xmlto: (.*)|I\/O error : (Attempt to load network entity .*))/,
    // What is not there may be optional.
    unlessFollowedBy: /^(?!.*entity).*\b(?:[Ee]rror|ERROR): /,
    reason: (found) => `the documents cannot be made: ${firstGroup(found)}`,
  },
  {
    ...ofPackage,
    name: 'ant-error',
    pattern: /^([^\s:]+\.xml):(\d+): (?!\[?[Ww][Aa][Rr][Nn])(.+)/,
    reason: (found) => `${place(found)}: ${text(found, 3)}`,
  },
  {
    ...ofPackage,
    name: 'cabal-missing',
    pattern: /^\S+: (Encountered missing or private dependencies):?/,
    reason: (found) => `cabal: ${text(found)}`,
  },
  {
    ...ofPackage,
    name: 'make-stopped',
    pattern: /^g?make(?:\[\d+\])?: \*\*\* (?!\[)(.+?)\.? +Stop\.$/,
    reason: (found) => `make: ${text(found)}`,
  },
];
