/** What a build's log says: whose fault a failure is, in which phase, and the lines that tell. */
import type { CommandEnd } from '../../errors.ts';
import type { Verdict } from '../../manifest.ts';
import type { Phase } from './phase.ts';

/** A line of the log on one printable line. `number` counts from 1. */
export interface LogLine {
  readonly number: number;
  readonly text: string;
}

/** One error or warning of a tool that names a file and a line. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  /** Relative to the top of the source package where the file lies in it, else as the tool printed it. */
  readonly file: string;
  readonly line: number;
  readonly column?: number;
  readonly message: string;
  /** Where in the log it stands. */
  readonly logLine: number;
  /** Who said it: `cc`, `python`, `cmake`... */
  readonly tool: string;
  /** The tool's own name for it: `-Wunused-variable`, `E0425`, `binary-without-manpage`. */
  readonly code?: string;
  /** Relative to the repository; set by `locateDiagnostics`, absent where the file is not in the repository. */
  readonly path?: string;
}

export interface Diagnosis {
  readonly verdict: Verdict;
  /** The phase that failed; `undefined` for a success. */
  readonly phase: Phase | undefined;
  /** One sentence for people, on one line, without a full stop. */
  readonly reason: string;
  /** Name of the rule that decided, for tests and statistics: `apt-hash-sum-mismatch`. */
  readonly rule: string;
  /** The lines that say so: the cause first, the others in the order of the log. */
  readonly quotes: readonly LogLine[];
  /** The lines around the first quote. */
  readonly excerpt: readonly LogLine[];
  /** The most useful first. */
  readonly diagnostics: readonly Diagnostic[];
  /** The `Key: value` lines of sbuild's summary. */
  readonly fields: Readonly<Record<string, string>>;
  /** Whether the same build may succeed when it is simply tried again. */
  readonly retryable: boolean;
}

/** What is known of a run of sbuild beside its log. */
export interface SbuildRun {
  /** Our own phases and sbuild's output, one after the other. */
  readonly log: string;
  /** Of the command that ended the build: sbuild, or apt-get where the dependencies failed. */
  readonly exitCode: number | undefined;
  readonly end: CommandEnd;
  /** Whether a `.changes` file came out. */
  readonly hasChanges: boolean;
  /** The wall-clock limit, for the sentence that says it passed. */
  readonly timeoutSeconds?: number;
  /** Whether the build could reach the network. It cannot when absent. */
  readonly network?: boolean;
  /** What the session writes to: a tmpfs of so many bytes, or the disk. Named when space ran out. */
  readonly scratch?: number | 'disk';
}
