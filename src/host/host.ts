/**
 * The CI platform as an interface. Everything outside `host/` talks to this and knows no platform.
 * Implementations: github.ts, gitlab.ts, local.ts, recording.ts.
 */

/** Where an annotation points. `file` is relative to the workspace; lines and columns count from 1. */
export interface Location {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly title?: string;
}

export type Level = 'debug' | 'info' | 'notice' | 'warning' | 'error';

/** What domain code may say. A part of `Host`, so that a function that only logs asks for no more. */
export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  /**
   * A line of a tool's output. A CI log shows it, folded in its group; a terminal shows the last one as progress, and
   * all of them when it was asked to be verbose.
   */
  tool(line: string): void;
  notice(message: string, location?: Location): void;
  warning(message: string, location?: Location): void;
  error(message: string, location?: Location): void;
  /**
   * The state of long work, in one line (`Unpacking (3 of 12)`). A terminal shows the last one live;
   * elsewhere a line is printed now and then, so that a log neither stalls nor floods. The end of the group it was
   * said in ends it, and so does an empty message.
   */
  progress(message: string): void;
  /**
   * Runs `body` with its lines folded under `title`. Groups may be nested, and may run at the same time: what
   * parallel groups say is kept apart, because a line belongs to the group whose `body` said it.
   */
  group<T>(title: string, body: () => Promise<T>): Promise<T>;
}

/** Reports that a platform shows by itself when they lie where it looks for them. */
export type ReportKind = 'junit' | 'codequality' | 'dotenv';

export interface Host extends Logger {
  readonly name: 'github' | 'gitlab' | 'local' | 'recording';
  /** Absolute path of the checkout. */
  readonly workspace: string;
  /** Identity of this run (job), fit for a file name or a label; used to find leftovers. */
  readonly runId: string;
  /** URL of this run for people, where the platform has one. */
  readonly runUrl: string | undefined;
  /** Aborted when the person or the platform cancels. */
  readonly signal: AbortSignal;
  /** What was given for an input, or `undefined` (an empty string counts as not given). */
  input(name: string): string | undefined;
  /** Every further line has `value` replaced. Lines of a multi-line value are masked one by one. */
  mask(value: string): void;
  output(name: string, value: string): void;
  /** Appends Markdown to the summary of this step. */
  summary(markdown: string): Promise<void>;
  /** Tells the platform of a report file; where it cannot be told, the path is logged. */
  report(kind: ReportKind, file: string): Promise<void>;
  /**
   * Hands files to later jobs under `name`, where the platform does it by call (GitHub). Elsewhere the files are left
   * where they are for the platform's own `artifacts:` and `undefined` is returned.
   *
   * @param root folder that the artifact's paths are relative to; every file lies below it.
   * @returns the name of the artifact, which may differ from `name` in characters that a platform does not take.
   */
  upload(name: string, root: string, files: readonly string[]): Promise<string | undefined>;
  /** Hands on what the end of this job (a post step) has to know, where the platform does that. Plain JSON. */
  keepForPost(value: Readonly<Record<string, unknown>>): void;
  /** What was handed on by `keepForPost` in the main step of this action. */
  keptForPost(): unknown;
  /** Writes what is still held back and takes down signal handlers and timers. Called once, by `runMain`. */
  close(): Promise<void>;
}
