/**
 * The two failures that are not bugs.
 *
 * `UserError`: the person misconfigured something; one line says what, where, what was found and what is expected.
 * `CommandError`: a tool that we ran failed; the line can be pasted into a shell, the tool's last words follow.
 * Anything else that is thrown is a bug of ours and is shown with its stack.
 */

/** The parts of a misconfiguration. All are plain text on one line; values that came from outside are quoted by `quote`. */
export interface UserErrorParts {
  /** What is wrong, as a clause without a full stop: `the package is older than the published one`. */
  readonly what: string;
  /** Where: a file with line, an input, a field: `packaging.yml:12 targets[0].name`. */
  readonly where?: string;
  /** What was found there. */
  readonly found?: string;
  /** What is expected there. */
  readonly expected?: string;
  /** The command or the change that mends it. */
  readonly remedy?: string;
}

export class UserError extends Error {
  override readonly name: string = 'UserError';
  readonly parts: UserErrorParts;

  constructor(parts: UserErrorParts, options?: ErrorOptions) {
    super(formatUserError(parts), options);
    this.parts = parts;
  }
}

/** A tool that is not on PATH. A `UserError`, because the remedy is the person's. */
export class MissingToolError extends UserError {
  override readonly name: string = 'MissingToolError';
  readonly tool: string;

  /**
   * @param install the command that installs it, as `installCommand` gives it.
   * @param remedy where there is no such command.
   */
  constructor(tool: string, install: string | undefined, remedy?: string) {
    const how = install ?? remedy;
    super({ what: `the tool ${tool} is not installed or not on PATH`, ...(how ? { remedy: how } : {}) });
    this.tool = tool;
  }
}

/**
 * Something of the machine or of the network did not do its part: an engine that does not answer, a lock that was not
 * had in time. A `UserError` in how it is told; asking again later may help, and it is never held against a package.
 */
export class InfrastructureError extends UserError {
  override readonly name: string = 'InfrastructureError';
}

/** Why a command ended. */
export type CommandEnd = 'exit' | 'signal' | 'timeout' | 'cancelled';

export interface CommandFailure {
  readonly argv: readonly string[];
  readonly end: CommandEnd;
  /** Exit code; `undefined` where a signal ended it. */
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** Captured output, capped. */
  readonly stdout: string;
  readonly stderr: string;
  /** Wall-clock limit in seconds, where `end` is `timeout`. */
  readonly timeoutSeconds?: number;
}

export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly failure: CommandFailure;

  constructor(failure: CommandFailure) {
    const tool = failure.argv[0] ?? '?';
    const last = lastLine(failure.stderr) ?? lastLine(failure.stdout);
    // What tools say they take from files, which may be hostile.
    super(oneLine(`${tool} ${endText(failure)}${last ? `: ${last}` : ''}`));
    this.failure = failure;
  }

  /** The command as it can be pasted into a shell. */
  get command(): string {
    return shellQuote(this.failure.argv);
  }

  /** The last lines the tool wrote, stderr first choice. */
  lastLines(count = 20): string[] {
    const text = this.failure.stderr.trim() === '' ? this.failure.stdout : this.failure.stderr;
    return text.trimEnd().split('\n').slice(-count);
  }
}

/** Thrown where the person (or the platform) cancelled. */
export class CancelledError extends Error {
  override readonly name = 'CancelledError';
  constructor(message = 'cancelled') {
    super(message);
  }
}

function endText(failure: CommandFailure): string {
  switch (failure.end) {
    case 'timeout':
      return `was ended after its limit of ${failure.timeoutSeconds ?? '?'} s`;
    case 'cancelled':
      return 'was cancelled';
    case 'signal':
      return `was ended by ${failure.signal}`;
    case 'exit':
      return `failed with exit code ${failure.exitCode}`;
  }
}

function lastLine(text: string): string | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.at(-1)?.trim();
}

function formatUserError(parts: UserErrorParts): string {
  const details = [
    parts.found === undefined ? '' : `found ${parts.found}`,
    parts.expected === undefined ? '' : `expected ${parts.expected}`,
  ].filter((part) => part !== '');
  const text = `${parts.where ? `${parts.where}: ` : ''}${parts.what}${details.length > 0 ? ` (${details.join(', ')})` : ''}`;
  // One line, whatever was found: hostile values carry newlines and terminal escapes.
  return oneLine(`${text}${parts.remedy ? `; ${parts.remedy}` : ''}`);
}

/** `text` on one line; control characters, and those that turn the direction of what follows, shown as escapes. */
export function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, (character) =>
    character === '\t' ? ' ' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A value from outside, quoted and shortened for an error message. */
export function quote(value: unknown, limit = 120): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? String(value));
  return text.length > limit ? `${text.slice(0, limit)}…` : text;
}

/** `argv` as one line for a POSIX shell (sh(1), section Quoting). */
export function shellQuote(argv: readonly string[]): string {
  return argv
    .map((word) => (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
