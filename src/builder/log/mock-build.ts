/**
 * The structure of mock's build.log: rpmbuild's runs, the sections of the spec in the last one, and where it ended.
 *
 * The package's own output lies in it, unmarked, and may hold anything, lines of mock and rpm included. rpmbuild's stdout
 * and stderr are separate pipes: their lines change places, and where one pipe has given half a line, a line of the
 * other is put behind it. So the section that failed is the one that rpm's last words name, and the place of a line is a
 * hint only.
 */
import { rpmbuildMode, STDERR } from './mock-state.ts';
import type { Phase } from './phase.ts';
import type { WalkedLine } from './structure.ts';
import { eachLine, wholeLine } from './text.ts';

const RETURNED = /^Child return code was: (-?\d+)$/;
const SECTION = /Executing\((%?[a-z_]+)\): \/\S+ (?:-\S+ )*\S*rpm-tmp\.\w+/;
const BAD_EXIT = /Bad exit status from (\S+) \((%?[a-z_]+)\)/;
const SPEC = /\/SPECS\/([^\s/'"]+\.spec)\b/;
const TARGET = /^Building (?:target platforms|for target)/;
const PACKAGING = /^(?:Processing files: |Checking for unpackaged file\(s\): )/;
const WROTE = /^Wrote: \S+\/RPMS\//;
/** bash's and dash's `set -x`; not the second line of a diff. */
const XTRACE = /^\++ (?!\S[^\t]*\t\d{4}-|(?<=^\+\+\+ )b\/\S+$)/;
/** How a section's script ends: nothing that a package does. */
const CLOSING = /^\++ (?:(exit \d+)|RPM_EC=\d+|jobs -p|false)$/;
/** What people and tools say when something is wrong. */
const COMPLAINT =
  /(?:^|[\s:*[("'])(?:error|fatal|fail(?:ed|ure)?|cannot|can't|could not|unable to|not found|no such|denied|invalid|unknown|undefined|missing|unexpected|abort(?:ed|ing)?)\b/i;
const PATCH = /(?:SOURCES\/|^Patch #\d+ \()([^\s'")]+\.(?:patch|diff|dif)[\w.]*)/;
const UNPACKAGED = /Installed \(but unpackaged\) file\(s\) found:/;

/** Runs of rpmbuild in their order: source package, dynamic requirements, packages. There is no way back. */
const RANKS: Readonly<Record<string, number>> = { s: 0, r: 1 };

/** A section of a spec, to the phase of its lines. */
const SECTIONS = new Map<string, Phase>([
  ['%prep', 'unpack'],
  ['%mkbuilddir', 'unpack'],
  ['%generate_buildrequires', 'configure'],
  ['%conf', 'configure'],
  ['%build', 'build'],
  ['%install', 'install'],
  ['%check', 'test'],
  ['%doc', 'package'],
  ['%license', 'package'],
  ['%clean', 'clean'],
  ['rmbuild', 'clean'],
  ['%rmbuild', 'clean'],
]);

/** The phase that rpmbuild is in when a section's script runs. */
export function phaseOfSection(section: string): Phase {
  return section === '%generate_buildrequires' ? 'dependencies' : linesOfSection(section);
}

/** The phase whose rules fit what a section's script prints. */
export function linesOfSection(section: string): Phase {
  return SECTIONS.get(section) ?? 'build';
}

export interface BuildStructure {
  /** What the last run of rpmbuild was to make: a source package, dynamic requirements, packages; nothing ran. */
  readonly mode: 'source' | 'requires' | 'packages' | undefined;
  /** The phase of the last line that tells one. */
  readonly phase: Phase;
  /** Line that the last section begins at, or the run. */
  readonly segment: number;
  /** First and last line of the last run, mock's own lines around it left out; `last` is 0 where nothing ran. */
  readonly first: number;
  readonly last: number;
  /** What rpmbuild returned; `undefined` where it was ended, or the log stops. */
  readonly code: number | undefined;
  /** rpm's last `Bad exit status`, and the section that it names. */
  readonly badExit:
    | {
        /** The last one, in rpm's summary. */
        readonly line: WalkedLine;
        /** The one that says so first, where it can be told. */
        readonly said: WalkedLine;
        readonly section: string;
        readonly segment: number;
      }
    | undefined;
  /** The last command that the shell showed, a closing `exit` left out. */
  readonly command: WalkedLine | undefined;
  /** `exit 1` where the script itself ended so. */
  readonly exit: string | undefined;
  /** The last line that is neither the shell's nor rpm's. */
  readonly before: WalkedLine | undefined;
  /** Of the lines behind the last command the last one that complains, else the last one. */
  readonly output: WalkedLine | undefined;
  readonly spec: string | undefined;
  /** The last patch that was named. */
  readonly patch: string | undefined;
  readonly unpackaged: readonly WalkedLine[];
  /** Whether rpmbuild itself was reached: it writes its targets first. */
  readonly reached: boolean;
  /** Whether rpmbuild said that it wrote a package. */
  readonly wrote: boolean;
}

/** Of the package's output at most so many lines are visited, from its start and from its end. */
const VISITED_FIRST = 50_000;
const VISITED_LAST = 400_000;

/** What build.log has on a line, without the prefix that marks stderr. */
export function bareBuild(line: string): string {
  return line.replace(STDERR, '');
}

/** Finds the last run of rpmbuild and how it ended. Time is linear in the log's length. */
export function readBuild(log: string): BuildStructure {
  let rank = -1;
  let first = 0;
  let last = 0;
  let lines = 0;
  let returnedAt = 0;
  let code: number | undefined;
  let phase: Phase = 'source';
  let segment = 0;
  let section = '';
  const segments = new Map<string, number>();
  let badExit: BuildStructure['badExit'];
  let shown: WalkedLine | undefined;
  let exit: string | undefined;
  let before: WalkedLine | undefined;
  let output: WalkedLine | undefined;
  let complaint: WalkedLine | undefined;
  let spec: string | undefined;
  let patch: string | undefined;
  let reached = false;
  let wrote = false;
  let unpackaged: WalkedLine[] = [];
  let listing = false;

  eachLine(log, (whole, number, offset) => {
    lines = number;
    const text = whole.replace(STDERR, '');
    if (text.startsWith('Executing command: ')) {
      // systemd-nspawn's options make it longer than what is seen of a line.
      const command = rank < 2 ? wholeLine(log, offset) : text;
      const mode = rpmbuildMode(command);
      const next = mode === undefined ? -1 : (RANKS[mode] ?? 2);
      // Only the first run that makes packages is mock's; the package may print what it likes.
      if (mode !== undefined && rank < 2 && next >= rank) {
        rank = next;
        first = number + 1;
        code = undefined;
        returnedAt = 0;
        badExit = undefined;
        shown = undefined;
        exit = undefined;
        before = undefined;
        output = undefined;
        complaint = undefined;
        reached = false;
        wrote = false;
        unpackaged = [];
        listing = false;
        section = '';
        phase = next === 0 ? 'source' : 'unpack';
        segment = number;
        spec = SPEC.exec(command)?.[1] ?? spec;
        return;
      }
    }
    if (first === 0) return;
    const returned = text.startsWith('Child return code') ? RETURNED.exec(text) : undefined;
    if (returned?.[1]) {
      code = Number(returned[1]);
      returnedAt = number;
      return;
    }
    const line: WalkedLine = { file: 'build.log', text, number, phase, origin: 'package', segment };
    const begun = text.includes('Executing(') ? SECTION.exec(text)?.[1] : undefined;
    if (begun !== undefined) {
      segment = number;
      section = begun;
      segments.set(section, segment);
      phase = phaseOfSection(section);
      return;
    }
    if (PACKAGING.test(text)) {
      if (phase !== 'package') segment = number;
      phase = 'package';
      return;
    }
    if (TARGET.test(text)) reached = true;
    if (WROTE.test(text)) wrote = true;
    const bad = text.includes('Bad exit status') ? BAD_EXIT.exec(text) : undefined;
    if (bad?.[2]) {
      const said = badExit?.section === bad[2] && !text.includes('error: Bad exit') ? badExit.said : line;
      badExit = { line, said, section: bad[2], segment: segments.get(bad[2]) ?? segment };
      listing = false;
      return;
    }
    if (XTRACE.test(text) && tornTrace(text) === undefined) {
      // Of the last words only: what a section shows that passed ends with `exit 0`.
      if (!badExit || badExit.section !== section) {
        const closing = CLOSING.exec(text);
        // `false` is what failed, unless a complaint says why it stands there.
        if (!closing || (text.endsWith(' false') && complaint === undefined)) {
          shown = line;
          output = undefined;
          complaint = undefined;
        }
        exit = closing?.[1];
      }
      patch = PATCH.exec(text)?.[1] ?? patch;
      return;
    }
    patch = text.startsWith('Patch #') ? (PATCH.exec(text)?.[1] ?? patch) : patch;
    if (UNPACKAGED.test(text)) {
      unpackaged = [];
      listing = true;
    } else if (listing && /^ {3,}\//.test(text)) {
      if (unpackaged.length < 2000) unpackaged.push(line);
    } else if (text.trim() !== '') {
      listing = false;
      if (!/^ *RPM build (?:errors|warnings):|^(?:error: | {4})/.test(text)) {
        before = line;
        output = line;
        if (COMPLAINT.test(text)) complaint = line;
      }
    }
  });
  last = first === 0 ? 0 : returnedAt > 0 ? returnedAt - 1 : lines;
  if (first > 0 && last < first - 1) last = first - 1;
  return {
    mode: rank < 0 ? undefined : rank === 0 ? 'source' : rank === 1 ? 'requires' : 'packages',
    phase,
    segment,
    first,
    last,
    code,
    badExit:
      badExit && badExit.line.number <= Math.max(last, returnedAt)
        ? { ...badExit, segment: segments.get(badExit.section) ?? badExit.segment }
        : undefined,
    command: shown,
    exit,
    before,
    output: complaint ?? output,
    spec,
    patch,
    unpackaged,
    reached,
    wrote,
  };
}

/** Words that a cause begins with, where another pipe's half line stands before them. */
const CAUSE =
  /:\d+:(?:\d+:)? (?:fatal )?error: |configure: error: |CMake Error|(?:cp|mv|install|ln|mkdir|rmdir|chmod|cat|sed|tar|gzip|find|patch|make(?:\[\d+\])?): (?:cannot |\*\*\* |error |stdin: )|FAILED |FAIL: |(?:: |\.{3} ?)FAIL(?:ED)?$|--- FAIL: |not ok \d|\d+ out of \d+ hunks? |Hunk #\d|E {3}|(?:[A-Z][a-z]+)+(?:Error|Exception): |Error \d+$|\*\*\* |error(?:\[E\d+\])?: |undefined reference to |: cannot |cannot find -l|: No such file|: (?:command )?not found|Found '|ERROR: |fatal: |Can't locate |Killed|Segmentation fault/;

/** Where a cause begins in a line: at its own words, and at the name of the program or file before them. */
function causeIn(text: string): { readonly words: number; readonly start: number } | undefined {
  const found = CAUSE.exec(text);
  if (!found) return undefined;
  let start = found.index;
  while (start > 0 && /[\w+./~[\]-]/.test(text[start - 1] ?? '')) start -= 1;
  // A program's name stands before what it says.
  while (start > 1 && text[start - 1] === ' ' && text[start - 2] === ':') {
    start -= 2;
    while (start > 0 && /[\w+./~[\]-]/.test(text[start - 1] ?? '')) start -= 1;
  }
  return { words: found.index, start };
}

/** The parts of a line that a cause may begin with, where that is not its start. */
function embeddedCauses(text: string): string[] {
  // The mark of stderr stands where the line of the other pipe was torn.
  const mark = text.lastIndexOf('BUILDSTDERR: ');
  if (mark > 0) {
    const rest = text.slice(mark).replace(STDERR, '');
    return [rest, ...embeddedCauses(rest)];
  }
  const cause = causeIn(text);
  if (!cause || cause.words === 0 || /^\s/.test(text)) return [];
  const { words, start } = cause;
  return [text.slice(words), ...(start > 0 && start < words ? [text.slice(start)] : [])];
}

/** The line of another pipe that came behind the `+ ` of a command: dash writes that by itself. */
function tornTrace(text: string): string | undefined {
  const body = text.replace(/^\++ /, '');
  // `:` is a command, too.
  return !body.startsWith(':') && causeIn(body)?.start === 0 ? body : undefined;
}

/** A cause that is glued to a command as in `+ make checkFAIL: x`. Anything else in it is an argument. */
function gluedCauses(text: string): string[] {
  const words = causeIn(text)?.words ?? 0;
  if (words === 0 || !/\w/.test(text[words - 1] ?? '') || /^:/.test(text.slice(words))) return [];
  const before = text.slice(0, words);
  return [/'/g, /"/g].some((quote) => (before.match(quote)?.length ?? 0) % 2 === 1) ? [] : [text.slice(words)];
}

/** A line without rpm's last words: half a line of the cause may stand before them. */
function withoutLastWords(text: string): string {
  if (
    text.startsWith('error: ') &&
    /^error: ?(?:RPM build errors:|Executing|Building|Processing)?/.exec(text)?.[0] === text
  )
    return '';
  if (!text.includes('Bad exit status')) return text;
  if (/(?:error: | {4})Bad exit status from /.test(text))
    return text.replace(/(?:error: | {4})Bad exit status from .*/, '');
  return text.startsWith('error: ') ? '' : text.replace(/Bad exit status from .*/, '');
}

/**
 * Visits the lines of the last run of rpmbuild, as lines of `phase` wherever they stand (or of their section's phase),
 * with the number of the line that their section begins at as segment. What the shell shows of commands goes to
 * `onCommand`, which gets `undefined` where a section begins.
 */
export function walkBuild(
  log: string,
  { first, last }: Pick<BuildStructure, 'first' | 'last'>,
  phase: Phase | undefined,
  visitors: {
    visit(line: WalkedLine): void;
    merged?(line: WalkedLine): void;
    onCommand?(text: string | undefined): void;
  },
): void {
  let segment = first - 1;
  let own: Phase = 'unpack';
  eachLine(log, (whole, number) => {
    if (number < first || number > last) return;
    if (number > first + VISITED_FIRST && number < last - VISITED_LAST) return;
    const text = whole.replace(STDERR, '');
    const begun = text.includes('Executing(') ? SECTION.exec(text) : undefined;
    if (begun?.[1] !== undefined) {
      segment = number;
      own = linesOfSection(begun[1]);
      visitors.onCommand?.(undefined);
      if (begun.index === 0) return;
    } else if (PACKAGING.test(text)) {
      if (own !== 'package') segment = number;
      own = 'package';
      return;
    }
    const shown = withoutLastWords(text);
    const line: WalkedLine = {
      file: 'build.log',
      text: shown,
      number,
      phase: phase ?? own,
      origin: 'package',
      segment,
    };
    const trace = XTRACE.test(text);
    const torn = trace ? tornTrace(shown) : undefined;
    if (visitors.merged) {
      const causes = trace && torn === undefined ? gluedCauses(shown) : embeddedCauses(torn ?? shown);
      for (const cause of causes) visitors.merged({ ...line, text: cause });
    }
    if (torn !== undefined) visitors.visit({ ...line, text: torn });
    else if (trace) visitors.onCommand?.(text);
    else visitors.visit(line);
  });
}
