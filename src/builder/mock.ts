/** Drives mock(1) for a build: the options it is given, and what must hold for the values in them. */
import { quote, UserError } from '../errors.ts';

export interface Define {
  /** Without `%`. */
  readonly name: string;
  readonly value: string;
}

/** What rpmbuild is told, by mock's options. */
export interface RpmbuildSettings {
  readonly with: readonly string[];
  readonly without: readonly string[];
  readonly defines: readonly Define[];
  /** Jobs of one build. */
  readonly jobs: number;
  /** Whether `%check` runs. */
  readonly check: boolean;
}

/**
 * Macros that make two builds alike (reproducible-builds.org): times in packages and archives are those of the
 * changelog, and the host has no name. rpm 4.14 and later know them, older ones ignore them.
 */
const REPRODUCIBLE: readonly Define[] = [
  { name: 'source_date_epoch_from_changelog', value: '1' },
  { name: 'use_source_date_epoch_as_buildtime', value: '1' },
  { name: 'clamp_mtime_to_source_date_epoch', value: '1' },
  // The two before it, as rpm 4.20 and later have them.
  { name: 'build_mtime_policy', value: 'clamp_to_source_date_epoch' },
  { name: '_buildhost', value: 'localhost' },
];

/** Options of `--buildsrpm` and `--rebuild`. The person's macros come last and win. */
export function rpmbuildOptions({ jobs, check, ...settings }: RpmbuildSettings): string[] {
  const defines: readonly Define[] = [
    ...REPRODUCIBLE,
    { name: '_smp_mflags', value: `-j${jobs}` },
    { name: '_smp_build_ncpus', value: String(jobs) },
    ...settings.defines,
  ];
  return [
    ...settings.with.flatMap((name) => ['--with', name]),
    ...settings.without.flatMap((name) => ['--without', name]),
    ...defines.flatMap(({ name, value }) => ['--define', `${name} ${value}`]),
    ...(check ? [] : ['--nocheck']),
  ];
}

/** Names of macros, with parameters where they take any: at least three characters (rpm, rpmio/macro.c). */
const MACRO_NAME = /^[A-Za-z_][A-Za-z0-9_]{2,}(?:\([A-Za-z0-9:-]*\))?$/;

/**
 * Reads `NAME VALUE` (with or without `%`), as rpmbuild's `--define` takes it. mock writes it into a file of macros, a
 * line each, and expands templates in it: what would end its line, go on in the next, or be a template is refused.
 *
 * @throws UserError
 */
export function parseDefine(text: string): Define {
  const [, name = '', value = ''] = /^%?(\S+)[ \t]+(\S.*)$/.exec(text.trim()) ?? [];
  const bad = (what: string, expected: string): UserError =>
    new UserError({ what, where: 'input defines', found: quote(text), expected });
  if (!MACRO_NAME.test(name)) {
    throw bad('not a macro', 'NAME VALUE, the name of three or more letters, digits and underscores');
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value))
    throw bad('a macro with control characters', 'one line of text');
  if (/\{[{%#]/.test(value)) throw bad('a macro that mock takes for a template', 'no {{, {% or {#');
  if (value.endsWith('\\') || !isClosed(value)) {
    throw bad('a macro that does not end on its line', 'brackets that are closed, and no backslash at the end');
  }
  return { name, value };
}

/** Whether every bracket that a `%` opens is closed, as rpm reads files of macros (rpmio/macro.c, rdcl). */
function isClosed(value: string): boolean {
  const pairs = [
    ['{', '}'],
    ['(', ')'],
    ['[', ']'],
  ] as const;
  return pairs.every(([open, close]) => {
    let depth = 0;
    for (let at = 0; at < value.length; at++) {
      if (value[at] === '%' && value[at + 1] === '%') at++;
      else if (value[at] === open && (depth > 0 || value[at - 1] === '%')) depth++;
      else if (value[at] === close && depth > 0) depth--;
    }
    return depth === 0;
  });
}

/** Conditions of spec files (`%bcond`): they become parts of macro names. */
export const CONDITION = /^[A-Za-z0-9_]{1,64}$/;

/** mock's version, from what `mock --version` prints. */
export function mockVersion(text: string): string {
  return /(\d+(?:\.\d+)+(?:-\S+)?)/.exec(text)?.[1] ?? text.trim().split('\n')[0] ?? '';
}
