/**
 * The structure of an sbuild log, our own phases before it included: which phase a line belongs to, and whether sbuild
 * and apt wrote it or the package did.
 *
 * What a package prints is not to be trusted, and it may print banners, summaries and separators of its own. So the
 * package's output reaches from the first `Command: dpkg-buildpackage` of the Build section to the last `Build finished
 * at`, and the summary is the last one: sbuild writes both after the package has ended.
 */
import type { MockLog } from './diagnosis.ts';
import { type Phase, phaseOfDebhelper, phaseOfSection, phaseOfTarget } from './phase.ts';
import { eachLine, lineAt } from './text.ts';

export interface WalkedLine {
  /** The log that it is a line of, where there are several. */
  readonly file?: MockLog;
  /** Without escape sequences; long lines clipped. */
  readonly text: string;
  readonly number: number;
  readonly phase: Phase;
  /** Who wrote it: sbuild or apt; dpkg-buildpackage and all it runs; nobody of interest (see `isExplanation`). */
  readonly origin: 'tool' | 'package' | 'ignored';
  /** Counts attempts and, in the package's output, commands of debhelper: what belongs together when one fails. */
  readonly segment: number;
}

export interface Structure {
  /** The last phase that was reached before sbuild cleaned up. */
  readonly phase: Phase;
  readonly segment: number;
  /** Whether dpkg-buildpackage was started. */
  readonly started: boolean;
  /** Number of the last line of the package's output, or of the log. */
  readonly lastLine: number;
  /** The summary's `Key: value` lines; empty where there is no summary. */
  readonly fields: Readonly<Record<string, string>>;
  /** Line of `Status:` in the summary. */
  readonly statusLine: { readonly number: number; readonly text: string } | undefined;
}

const BANNER_RULE = /^\+[-=]{10,}\+$/;
/** A title may be longer than its banner is wide. */
const MAX_TITLE = 300;
/** sbuild 0.89 and later put a date into banners. */
const BANNER_DATE = / [A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4} *$/;
const SEPARATOR = '-'.repeat(80);
const FINISHED = /^Build finished at \d{4}-?\d\d-?\d\d/;
const FIELD = /^([A-Z][A-Za-z-]*(?: [A-Z][a-z]+)*): (.*)$/;
/** Written by our own retries of apt (deb-dependencies.ts). */
const RETRY = /^W: attempt \d+ of \d+ failed; once more/;
/** A step of dpkg-buildpackage(1), or of dh(1). */
const STEP =
  /^ (?:(?:fakeroot )?debian\/rules ([\w-]+)|(dpkg-source) (-b|--before-build|--after-build|-x)\b|(dpkg-gen\w+)\b)/;
const DEBHELPER_LINE = /^(?: {3})?(dh_[a-z_]+)(?: [^:]*)?$/;
const HOOK_LINE = /^ {3}debian\/rules ((?:override|execute_before|execute_after)_dh_[a-z_-]+)$/;
/** Debhelper shows files after a failure, `config.log` and the like: full of errors that mean nothing. */
const DUMP = /^\t(?:cd [^;|]{1,400} && )?tail -v -n /;
const DH_ERROR = /^(dh_[a-z_]+): error: /;
const FAILED_HOOK =
  /^make(?:\[\d+\])?: \*\*\* \[(?:debian\/rules:\d+: )?((?:override|execute_before|execute_after)_dh_[\w-]+)\]/;
/** Targets that run tests, by GNU make's and automake's conventions. */
const FAILED_TESTS =
  /^make(?:\[\d+\])?: \*\*\* \[(?:[^\s:]+:\d+: )?(?:check|tests?|check-(?:am|recursive|local|TESTS)|test-suite\.log)\]/;

const RULES_PHASES = new Map<string, Phase>([
  ['clean', 'clean'],
  ['build', 'build'],
  ['build-arch', 'build'],
  ['build-indep', 'build'],
  ['binary', 'install'],
  ['binary-arch', 'install'],
  ['binary-indep', 'install'],
  ['install', 'install'],
]);

const SOURCE_PHASES = new Map<string, Phase>([
  ['-b', 'source'],
  ['-x', 'unpack'],
  ['--before-build', 'unpack'],
  ['--after-build', 'package'],
]);

/** Offsets in the log between which the package's own output lies. */
interface Bounds {
  readonly finished: number;
  readonly summary: number;
}

/**
 * Of the package's output at most so many lines are visited, from its start and from its end, so that a build that
 * prints for hours is judged in seconds: what ended it stands near the end.
 */
const VISITED_FIRST = 50_000;
const VISITED_LAST = 400_000;

/** Walks `log`, calling `visit` for the lines but banners. Time is linear in the log's length. */
export function walk(log: string, visit: (line: WalkedLine) => void): Structure {
  const { finished, summary } = boundsOf(log);
  const skippedTo = lineAt(log, finished >= 0 ? finished : log.length) - VISITED_LAST;
  let skippedFrom = 0;
  let mode: 'before' | 'package' | 'after' = 'before';
  let phase: Phase = 'setup';
  let segment = 0;
  let section = '';
  let inBuild = false;
  let ignored = false;
  let dumping = false;
  let failedCommand: Phase | undefined;
  let previous = '';
  let beforePrevious = '';
  let lastLine = 0;
  let packagePhase: Phase | undefined;
  let packageSegment = 0;
  const fields: Record<string, string> = {};
  let statusLine: Structure['statusLine'];
  let inSummary = false;

  const enter = (title: string) => {
    section = title;
    ignored = isExplanation(title);
    if (title === 'Build') inBuild = true;
    phase = phaseOfSection(title, mode === 'after') ?? phase;
  };

  eachLine(log, (text, number, offset) => {
    if (mode === 'package' && finished >= 0 && offset >= finished) {
      mode = 'after';
      phase = 'results';
    }
    if (mode === 'package') {
      lastLine = number;
      // One empty line ends what a parser waits for; more of them say nothing.
      if (text === '' && previous === '') return;
      previous = text;
      const step = stepOf(text);
      if (step !== undefined && !dumping) {
        segment += 1;
        phase = step.phase ?? phase;
        failedCommand = undefined;
      }
      if (DUMP.test(text)) dumping = true;
      if (text.startsWith('dh_') || text.startsWith('make'))
        failedCommand = failedPhaseOf(text, phase) ?? failedCommand;
      if (text.startsWith('dh_') && DH_ERROR.test(text)) dumping = false;
      packagePhase = failedCommand ?? phase;
      packageSegment = segment;
      if (number < skippedFrom || number > skippedTo) {
        visit({ text, number, phase, origin: dumping ? 'ignored' : 'package', segment });
      }
      return;
    }

    if (offset >= summary && summary >= 0) inSummary = true;
    if (BANNER_RULE.test(previous) && text.startsWith('| ') && text.endsWith('|')) {
      enter(
        text
          .slice(2, Math.min(text.length - 1, MAX_TITLE))
          .replace(BANNER_DATE, '')
          .trim(),
      );
    } else if (isUnderline(text, previous, beforePrevious)) {
      enter(previous);
    } else if (!BANNER_RULE.test(text)) {
      if (mode === 'before' && inBuild && text.startsWith('Command: ') && text.includes('dpkg-buildpackage')) {
        mode = 'package';
        skippedFrom = number + VISITED_FIRST;
        phase = 'unpack';
        segment += 1;
      }
      if (RETRY.test(text)) segment += 1;
      if (inSummary && section === 'Summary') {
        if (text === SEPARATOR) section = '';
        const field = FIELD.exec(text);
        if (field?.[1] && field[2] !== undefined && section !== '') {
          fields[field[1]] = field[2];
          if (field[1] === 'Status') statusLine = { number, text };
        }
      }
      if (mode !== 'after') lastLine = number;
      visit({ text, number, phase, origin: ignored ? 'ignored' : 'tool', segment });
    }
    beforePrevious = previous;
    previous = text;
  });
  const started = mode !== 'before';
  return {
    phase: packagePhase ?? phase,
    segment: started ? packageSegment : segment,
    started,
    lastLine,
    fields,
    statusLine,
  };
}

/** Where sbuild's own writing begins again after the package's output, and where its summary is; -1 where not. */
function boundsOf(log: string): Bounds {
  const separator = `\n${SEPARATOR}`;
  let finished = -1;
  for (let at = log.lastIndexOf('\nBuild finished at '); at > 0; at = log.lastIndexOf('\nBuild finished at ', at - 1)) {
    const start = log[at - 1] === '\r' ? at - 1 : at;
    if (log.endsWith(separator, start) && FINISHED.test(log.slice(at + 1, at + 40))) {
      finished = start - SEPARATOR.length;
      break;
    }
  }
  let summary = log.lastIndexOf('\n| Summary ');
  if (summary !== -1 && summary < finished) summary = -1;
  return { finished, summary };
}

function isUnderline(text: string, previous: string, beforePrevious: string): boolean {
  return (
    text.length >= 3 &&
    text.length === previous.length &&
    beforePrevious === '' &&
    !previous.startsWith('-') &&
    /^-+$/.test(text)
  );
}

/**
 * The dose3 explainer installs a package of its own after the dependencies have failed. That this fails too, as it does
 * without network, says nothing about the package (sbuild.conf(5), BD_UNINSTALLABLE_EXPLAINER).
 */
function isExplanation(title: string): boolean {
  return /^Install dose3 build dependencies/.test(title);
}

/** The step of dpkg-buildpackage or dh that begins with this line; its phase where it is known. */
function stepOf(text: string): { readonly phase: Phase | undefined } | undefined {
  if (text.startsWith(' ')) {
    const hook = HOOK_LINE.exec(text)?.[1];
    if (hook) return { phase: phaseOfTarget(hook) };
    const step = STEP.exec(text);
    if (step?.[1]) return { phase: RULES_PHASES.get(step[1]) };
    if (step?.[2]) return { phase: SOURCE_PHASES.get(step[3] ?? '') };
    if (step?.[4]) return { phase: 'package' };
  }
  // dh indents its commands; make does not when an override runs one.
  if (text.startsWith('   dh_') || text.startsWith('dh_')) {
    const command = DEBHELPER_LINE.exec(text)?.[1];
    return command ? { phase: phaseOfDebhelper(command) } : undefined;
  }
  return undefined;
}

/** The phase that a failure line of debhelper or make names, more exact than the step it happened in. */
function failedPhaseOf(text: string, phase: Phase): Phase | undefined {
  const command = DH_ERROR.exec(text)?.[1];
  if (command) return phaseOfDebhelper(command);
  const hook = FAILED_HOOK.exec(text)?.[1];
  if (hook) return phaseOfTarget(hook);
  return phase === 'build' && FAILED_TESTS.test(text) ? 'test' : undefined;
}
