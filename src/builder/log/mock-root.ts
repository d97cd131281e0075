/**
 * The structure of mock's root.log, and of the package manager's output that mock repeats on its stderr: which command
 * printed what, and which one failed.
 */
import type { MockLog } from './diagnosis.ts';
import { argvOf, kindOfCommand, type MockState, phaseOfManager, STDERR } from './mock-state.ts';
import type { Phase } from './phase.ts';
import { GIVEN_UP, TRY } from './rules-dnf.ts';
import type { WalkedLine } from './structure.ts';
import { eachLine, wholeLine } from './text.ts';

/** `%(levelname)s %(filename)s:%(lineno)d:  %(message)s` (logging.ini, root_log_fmt_str). */
const PREFIX = /^(DEBUG|INFO|WARNING|ERROR|CRITICAL) [\w.-]+\.py:\d+: {1,2}/;
const EXECUTING = /^Executing command: (.*?)(?: with env \{|$)/;
const INVOCATION = /^\['[^']*(?:dnf|yum)[^']*', /;
const RETURNED = /^Child return code was: (-?\d+)$/;
/** What mock raises of a package manager's output has a level of its own. */
const RAISED = /^ERROR: (?!Command failed|Exception\(|Timeout\()/;
/** Held lines of tries of one command. */
const HELD = 50;
/** Lines that are kept of a command that failed. */
const KEPT = 20;

interface FailedCommand {
  readonly program: string;
  readonly code: number;
  /** Its last lines. */
  readonly lines: readonly WalkedLine[];
}

export interface RootStructure {
  /** The last command of a package manager; `undefined` where none ran. */
  readonly manager:
    | {
        readonly segment: number;
        readonly phase: Phase;
        readonly code: number | undefined;
        readonly program: string;
        /** Its last lines. */
        readonly lines: readonly WalkedLine[];
      }
    | undefined;
  /** Other commands that failed, the last of each program. */
  readonly failed: ReadonlyMap<string, FailedCommand>;
  readonly lastLine: number;
}

/** What root.log has on a line, without what logging puts before it. */
export function bareRoot(line: string): string {
  return line.replace(PREFIX, '').replace(STDERR, '');
}

/** Walks root.log, calling `visit` for what package managers print and for what mock itself warns of. */
export function walkRoot(log: string, state: MockState, visit: (line: WalkedLine) => void): RootStructure {
  let current: { kind: string; program: string; lines: WalkedLine[] } | undefined;
  let manager:
    | { segment: number; phase: Phase; code: number | undefined; program: string; lines: WalkedLine[] }
    | undefined;
  let announced: string[] | undefined;
  let segment = 0;
  let lastLine = 0;
  let initialized = false;
  let tries = newTries(visit);
  const failed = new Map<string, FailedCommand>();

  eachLine(log, (whole, number, offset) => {
    lastLine = number;
    const prefix = PREFIX.exec(whole);
    const text = (prefix ? whole.slice(prefix[0].length) : whole).replace(STDERR, '');
    const level = prefix?.[1];
    const returned = RETURNED.exec(text);
    if (returned?.[1] && current) {
      const code = Number(returned[1]);
      if (current.kind === 'manager') {
        if (manager) manager.code = code;
      } else if (code !== 0) {
        failed.set(current.program, { program: current.program, code, lines: current.lines });
      } else if (/^rpm$/.test(current.program)) {
        // The source package is installed in a buildroot that is set up.
        initialized ||= current.lines.length === 0 && manager === undefined;
      }
      current = undefined;
      return;
    }
    if (level === 'DEBUG' && INVOCATION.test(text)) {
      announced = argvOf(text);
      return;
    }
    if (text.startsWith('Executing command: ')) {
      const command = EXECUTING.exec(bareRoot(wholeLine(log, offset)))?.[1] ?? '';
      const argv = announced ?? argvOf(command);
      const { kind, program } = kindOfCommand(argv);
      announced = undefined;
      current = { kind, program, lines: [] };
      if (kind === 'manager') {
        segment += 1;
        const phase = phaseOfManager(argv, initialized || state.initialized);
        manager = { segment, phase, code: undefined, program, lines: current.lines };
        tries = newTries(visit);
      }
      return;
    }
    if (!current) return;
    const ofManager = current.kind === 'manager' && manager;
    const phase = ofManager ? ofManager.phase : state.phase;
    const line: WalkedLine = { file: 'root.log', text, number, phase, origin: 'tool', segment };
    if (text.trim() !== '') current.lines.push(line);
    if (current.lines.length > KEPT) current.lines.shift();
    if (ofManager) tries(line);
  });
  return { manager, failed, lastLine };
}

/** Walks what a package manager printed, from `from` on, as mock repeats it on its stderr. */
export function walkManagerOutput(
  log: string,
  where: { readonly file: MockLog; readonly from: number; readonly phase: Phase; readonly segment: number },
  visit: (line: WalkedLine) => void,
): void {
  const { file, from, phase, segment } = where;
  const tries = newTries(visit);
  eachLine(log, (whole, number) => {
    if (number < from || whole.startsWith('INFO: ')) return;
    tries({ file, text: whole.replace(RAISED, '').replace(STDERR, ''), number, phase, origin: 'tool', segment });
  });
}

/**
 * Holds lines that tell of single tries until a line says that there are none left: a mirror that failed says nothing
 * where the next one answered.
 */
function newTries(visit: (line: WalkedLine) => void): (line: WalkedLine) => void {
  let held: WalkedLine[] | undefined = [];
  return (line) => {
    if (held && GIVEN_UP.test(line.text)) {
      for (const earlier of held) visit(earlier);
      held = undefined;
    }
    if (held && TRY.test(line.text)) {
      held.push(line);
      if (held.length > HELD) held.shift();
      return;
    }
    visit(line);
  };
}
