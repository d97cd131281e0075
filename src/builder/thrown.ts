/** Errors that end a build before it has a log to be judged: whose fault they are, and whether they may pass. */
import {
  CancelledError,
  CommandError,
  type CommandFailure,
  InfrastructureError,
  messageOf,
  oneLine,
} from '../errors.ts';
import { bannerOf } from './build-log.ts';
import { diagnoseSbuild } from './log/classify.ts';
import { diagnoseMock } from './log/classify-mock.ts';
import type { Diagnosis, LogLine } from './log/diagnosis.ts';
import { MAX_QUOTES } from './log/outcome.ts';
import { printable } from './log/text.ts';

export interface Thrown {
  readonly error: unknown;
  /** Its verdict is `infrastructure`, its quotes are lines of `log`. */
  readonly diagnosis: Diagnosis;
  /** What there is to be read: the error, and what its command said. */
  readonly log: string;
}

/** Node's names of what the machine refuses (errno(3)), and whether it may do it a while later. */
const MACHINE: ReadonlyMap<string, readonly [rule: string, retryable: boolean]> = new Map([
  // Somebody has to make room.
  ['ENOSPC', ['disk-full', false]],
  ['EDQUOT', ['disk-full', false]],
  ['EIO', ['disk-error', false]],
  ['EROFS', ['disk-error', false]],
  ['ESTALE', ['disk-error', true]],
  ['ENOMEM', ['machine-limits', true]],
  ['EMFILE', ['machine-limits', true]],
  ['ENFILE', ['machine-limits', true]],
  ['EAGAIN', ['machine-limits', true]],
]);

/** Exit codes of a command that a signal ended from outside, as shells and container engines tell them: 128 and its number. */
const KILLED: ReadonlySet<number> = new Set([137, 143]);
/** Of `docker run` and `podman run` where the engine itself failed (docker-run(1), exit status). */
const ENGINE_FAILED = 125;

/**
 * What an error says that was thrown while a buildroot was made or held, or a session was opened, used or closed.
 *
 * @returns `undefined` where it is not the infrastructure's doing: the error is the person's, a bug, or a cancellation.
 */
export function diagnoseThrown(error: unknown, format: 'deb' | 'rpm'): Thrown | undefined {
  for (let cause: unknown = error, depth = 0; cause instanceof Error && depth < 8; cause = cause.cause, depth++) {
    if (cause instanceof CancelledError) return undefined;
    const judged = ofError(cause, format);
    if (judged) return told(error, cause, judged);
  }
  return undefined;
}

type Judged = Pick<Diagnosis, 'rule' | 'retryable'> & {
  readonly reason?: string;
  readonly quotes?: readonly LogLine[];
};

function ofError(error: Error, format: 'deb' | 'rpm'): Judged | undefined {
  if (error instanceof InfrastructureError) return { rule: 'infrastructure-error', retryable: true };
  if (error instanceof CommandError) return ofCommand(error, format);
  const { code, syscall } = error as NodeJS.ErrnoException;
  const known = syscall === undefined ? undefined : MACHINE.get(code ?? '');
  return known && { rule: known[0], retryable: known[1] };
}

function ofCommand({ failure, message }: CommandError, format: 'deb' | 'rpm'): Judged | undefined {
  const { end, exitCode, argv } = failure;
  if (end === 'cancelled') return undefined;
  if (end === 'timeout') return { rule: 'timeout', retryable: true };
  if (end === 'signal' || KILLED.has(exitCode ?? 0)) {
    return { rule: 'session-lost', retryable: true, reason: `the session was lost: ${message}` };
  }
  if (exitCode === ENGINE_FAILED && /^(?:docker|podman)$/.test(argv[0] ?? '') && argv.includes('run')) {
    return { rule: 'engine-failed', retryable: true };
  }
  const diagnosis = format === 'deb' ? diagnoseDebCommand(failure) : diagnoseRpmCommand(failure);
  if (diagnosis.verdict !== 'infrastructure' || diagnosis.rule === 'unknown') return undefined;
  const { rule, retryable, reason, quotes } = diagnosis;
  return { rule, retryable, reason, quotes };
}

/** What a command printed, in the order that it is shown to people. */
const outputOf = ({ stdout, stderr }: Pick<CommandFailure, 'stdout' | 'stderr'>) => `${stdout}\n${stderr}`;

/** apt's and mmdebstrap's words are judged as those of installing build dependencies. */
export function diagnoseDebCommand({ exitCode, end, ...output }: CommandFailure): Diagnosis {
  const log = `${bannerOf('Install package build dependencies')}${outputOf(output)}`;
  return diagnoseSbuild({ log, exitCode, end, hasChanges: false });
}

function diagnoseRpmCommand({ exitCode, end, stdout, stderr }: CommandFailure): Diagnosis {
  // mock writes all of its own to stderr, and with it what dnf printed.
  return diagnoseMock({ commands: ['init'], stderr: `${stdout}\n${stderr}`, exitCode, end, hasPackages: false });
}

/** Lines that are kept of what the command printed. */
const KEPT_LINES = 200;

function told(error: unknown, cause: Error, judged: Judged): Thrown {
  const said = cause instanceof CommandError ? outputOf(cause.failure).trim().split('\n').slice(-KEPT_LINES) : [];
  const lines = [`E: ${oneLine(messageOf(error))}`];
  if (cause instanceof CommandError) lines.push(`Command: ${oneLine(cause.command)}`, ...said);
  const wanted = new Set((judged.quotes ?? []).map(({ text }) => text));
  const quotes = lines
    .map((line, index) => ({ number: index + 1, text: printable(line) }))
    .filter(({ number, text }) => (wanted.size === 0 ? number === 1 : wanted.has(text)))
    .slice(0, MAX_QUOTES);
  const reason = printable(judged.reason ?? messageOf(error), 500).replace(/(?<!\.)\.$/, '');
  return {
    error,
    log: `${lines.join('\n')}\n`,
    diagnosis: {
      verdict: 'infrastructure',
      phase: 'setup',
      reason,
      rule: judged.rule,
      quotes: quotes.length > 0 ? quotes : [{ number: 1, text: printable(lines[0] ?? '') }],
      excerpt: [],
      diagnostics: [],
      fields: {},
      retryable: judged.retryable,
    },
  };
}
