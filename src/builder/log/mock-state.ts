/**
 * How far mock came, from what only mock writes: state.log, and its stderr. Neither holds the package's output, so both
 * are believed before root.log and build.log.
 */
import type { MockCommand } from './diagnosis.ts';
import type { Phase } from './phase.ts';
import { eachLine } from './text.ts';

export interface MockState {
  /** The phase that failed, as far as states tell: the innermost that was entered and not left, else the last one. */
  readonly phase: Phase;
  /** Whether the buildroot was set up. */
  readonly initialized: boolean;
  /** Whether `rpmbuild` of binary packages was started, and the package's own code with it. */
  readonly started: boolean;
  /** Whether any state was entered at all. */
  readonly known: boolean;
}

/** `%(asctime)s - %(message)s` in state.log, the bare message on stderr (logging.ini, formatter_state and unadorned). */
const STATE = /^(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ - )?(Start|Finish)(\(bootstrap\))?: (.+)$/;
const RUN = /^INFO: mock(?:\.py)? version \S+ starting\b/;
const VERSION = /^(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ - )?(?:INFO: )?Mock Version: /;
/** States that say nothing of how far a build is. */
const ASIDE = /^(?:run|clean chroot|init plugins|Outputting list of .*|scrub .*|device setup|shell|chroot .*)$/;

function phaseOfState(state: string): Phase | undefined {
  if (/^rpmbuild -bs$|^buildsrpm$/.test(state)) return 'source';
  if (state.startsWith('rpmbuild ')) return 'build';
  if (state.startsWith('build setup for ')) return 'dependencies';
  if (state.startsWith('build phase for ')) return 'results';
  if (/^\S+ update$/.test(state)) return 'update';
  return ASIDE.test(state) && state !== 'clean chroot' ? undefined : 'setup';
}

/** Reads states from state.log, or from stderr where there is none. Of several runs the last one counts. */
export function readState(text: string): MockState {
  let open: string[] = [];
  let reached: Phase | undefined;
  let initialized = false;
  let started = false;
  let known = false;
  const reset = () => {
    open = [];
    reached = undefined;
    initialized = false;
    started = false;
  };
  eachLine(text, (line) => {
    if (RUN.test(line) || (VERSION.test(line) && reached !== undefined)) {
      reset();
      return;
    }
    const found = STATE.exec(line);
    const name = found?.[3];
    if (!found || name === undefined) return;
    if (found[1] === 'Start') {
      known = true;
      if (open.length < 100) open.push(name);
      if (name.startsWith('rpmbuild ') && name !== 'rpmbuild -bs') started = true;
      const phase = ASIDE.test(name) ? undefined : phaseOfState(name);
      // The build phase as a whole begins with its setup; the end of it is told by what was left before.
      if (phase !== undefined && phase !== 'results' && !(phase === 'setup' && initialized)) reached = phase;
    } else {
      const at = open.lastIndexOf(name);
      if (at !== -1) open.splice(at, 1);
      // The bootstrap is another root, which only holds the package manager.
      if (name === 'chroot init' && !found[2]) initialized = true;
    }
  });
  const innermost = open.filter((state) => !ASIDE.test(state) && !state.startsWith('build phase for ')).at(-1);
  const phase = (innermost === undefined ? undefined : phaseOfState(innermost)) ?? reached ?? 'setup';
  return { phase, initialized, started, known };
}

/** mock's `stderr_line_prefix`, before lines that a command wrote to its stderr; koji sets it. */
export const STDERR = /^BUILDSTDERR: ?/;

/** How mock ended, in its own words. */
export interface MockEnd {
  /** The error that ended it; `undefined` where it tells none. */
  readonly line: { readonly number: number; readonly text: string } | undefined;
  /** Arguments of the command that failed or that mock's own limit ended. */
  readonly command: readonly string[] | undefined;
  /** Seconds of mock's own limit, where that ended the command. */
  readonly timeout: number | undefined;
  /** `SIGTERM`, where a signal ended mock. */
  readonly signal: string | undefined;
  /** First line of the last run. */
  readonly from: number;
}

const ERROR = /^(?:ERROR|CRITICAL): /;
const EXCEPTION = /^ERROR: Exception\(/;
const FAILED = /^ERROR: (?:Command failed: ?|Timeout\((\d+)\) expired for command:)$/;
const SIGNAL = /^(?:INFO: )?Received signal (SIG\w+) activating orphansKill/;

/** Reads mock's stderr: the first error after its `Exception(...)` line, or where there is none, the one that ends it. */
export function readEnd(stderr: string): MockEnd {
  let from = 1;
  let exception = false;
  let first: MockEnd['line'];
  let failed: { readonly line: NonNullable<MockEnd['line']>; readonly timeout: number | undefined } | undefined;
  let command: string[] | undefined;
  let awaiting = false;
  let signal: string | undefined;
  eachLine(stderr, (text, number) => {
    if (RUN.test(text)) {
      from = number;
      exception = false;
      first = undefined;
      failed = undefined;
      command = undefined;
      awaiting = false;
      signal = undefined;
      return;
    }
    if (awaiting) {
      awaiting = false;
      if (text.startsWith(' # ')) command = argvOf(text.slice(3).trim());
    }
    signal ??= SIGNAL.exec(text)?.[1];
    if (!ERROR.test(text)) return;
    if (EXCEPTION.test(text)) {
      // With --chain or two tries there are several.
      exception = true;
      first = undefined;
      failed = undefined;
      command = undefined;
      return;
    }
    const match = failed ? undefined : FAILED.exec(text);
    if (match) {
      failed = { line: { number, text }, timeout: match[1] === undefined ? undefined : Number(match[1]) };
      awaiting = true;
    }
    if (!exception || !first) first = { number, text };
  });
  return { line: failed?.line ?? first, command, timeout: failed?.timeout, signal, from };
}

/** Kinds of commands that mock runs. */
type CommandKind = 'source' | 'build' | 'manager' | 'other';

const PROGRAM =
  /^(?:\/\S*\/)?(?:(rpmbuild)|(dnf(?:-?[345])?|microdnf|tdnf|yum(?:-builddep|-deprecated|-builddep-deprecated)?)|(?:rpm|bash|sh|tar|mount|umount|useradd|userdel|usermod|groupadd|groupdel|chown|chmod|cp|mv|lscpu|free|df|btrfs|podman|pip3|cargo|pigz|zstd|ccache|setfacl))$/;

/** The arguments of a command as mock logs it: a list of Python, or in old versions one string. */
export function argvOf(command: string): string[] {
  if (!command.startsWith('[')) return command.split(' ');
  return Array.from(
    command.matchAll(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/g),
    (match) => match[1] ?? match[2] ?? '',
  );
}

/** What rpmbuild is asked for by a command: the letter of its `-b`; `undefined` where the command is another. */
export function rpmbuildMode(command: string): string | undefined {
  const at = command.search(/(?:^|[\s/'"])rpmbuild /);
  return at === -1 ? undefined : / -b([abcilprs])(?=[\s'"]|$)/.exec(command.slice(at, at + 4096))?.[1];
}

/** What a command is, given its arguments; inside of systemd-nspawn what it runs. */
export function kindOfCommand(argv: readonly string[]): { readonly kind: CommandKind; readonly program: string } {
  const whole = argv.join(' ');
  const mode = rpmbuildMode(whole);
  if (mode !== undefined) return { kind: mode === 's' ? 'source' : 'build', program: 'rpmbuild' };
  const start = /(?:^|\/)systemd-nspawn$/.test(argv[0] ?? '') ? 1 : 0;
  const known = start === 0 ? 0 : argv.findIndex((word, index) => index > 0 && PROGRAM.test(word));
  const word = argv[Math.max(known, 0)] ?? '';
  const program = word.slice(word.lastIndexOf('/') + 1);
  return { kind: PROGRAM.exec(word)?.[2] ? 'manager' : 'other', program };
}

/** The log that a build's last words are in, and which of mock's commands a bare log without states comes from. */
export function phaseOfCommand(command: MockCommand | undefined): Phase {
  if (command === 'installdeps') return 'dependencies';
  if (command === 'buildsrpm') return 'source';
  return command === 'rebuild' ? 'build' : 'setup';
}

/** Package managers' verbs by phase; installing is for the buildroot until that is set up. */
export function phaseOfManager(argv: readonly string[], initialized: boolean): Phase {
  const whole = argv.slice(0, 400).join(' ');
  if (/yum-builddep|\bbuilddep\b|\bresolvedep\b|\brepoquery\b/.test(whole)) return 'dependencies';
  if (/(?:^| )(?:update|upgrade|distro-sync)(?: |$)/.test(whole)) return 'update';
  return initialized ? 'dependencies' : 'setup';
}
