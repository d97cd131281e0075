/** What a build's log says: whose fault a failure is, in which phase, and the lines that tell. */
import type { CommandEnd } from '../../errors.ts';
import type { Verdict } from '../../manifest.ts';
import type { Phase } from './phase.ts';

/** The texts that a run of mock leaves, by the names that users get them under. */
export type MockLog = 'build.log' | 'root.log' | 'state.log' | 'mock-stderr.log';

/** A line of the log on one printable line. `number` counts from 1. */
export interface LogLine {
  readonly number: number;
  readonly text: string;
  /**
   * The log that it is a line of, where a build has several (mock): show it as `root.log:12: text`, and compare or sort
   * numbers only of lines of the same file. Absent where there is one log (sbuild).
   */
  readonly file?: MockLog;
}

/** One error or warning of a tool that names a file and a line. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  /** Relative to the top of the source package where the file lies in it, else as the tool printed it. */
  readonly file: string;
  readonly line: number;
  readonly column?: number;
  readonly message: string;
  /** Where in the log it stands: of mock's logs in build.log. */
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
  /** The `Key: value` lines of sbuild's summary; of mock what its logs tell: `Mock Version`, `Package manager`. */
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

/** The commands of mock that a build runs, by their option (mock(1)). */
export type MockCommand = 'init' | 'installdeps' | 'buildsrpm' | 'rebuild';

/**
 * What is known of runs of mock for one build: its logs, each as it is handed to users, so that line numbers are true.
 * Of several commands the texts of the same name stand one after the other, as mock itself appends to a log that
 * exists. A log that was not written is absent: without a configuration there is none at all.
 */
export interface MockRun {
  /** The commands that ran, in order; the last one is the one that ended the build. */
  readonly commands: readonly MockCommand[];
  /** All that mock wrote to its stderr (mock-stderr.log): mock writes nothing of its own to stdout. */
  readonly stderr: string;
  /** What rpmbuild and the package printed. */
  readonly buildLog?: string | undefined;
  /** What mock did around it, the package manager's output included. */
  readonly rootLog?: string | undefined;
  /** mock's `Start:` and `Finish:` lines. */
  readonly stateLog?: string | undefined;
  /** Of the last command. */
  readonly exitCode: number | undefined;
  /** How the last command ended: `timeout` by our limit, not by mock's own `--rpmbuild_timeout`. */
  readonly end: CommandEnd;
  /** Whether binary packages (with `buildsrpm` alone: a source package) came out. */
  readonly hasPackages: boolean;
  /** The wall-clock limit, ours or mock's, for the sentence that says it passed. */
  readonly timeoutSeconds?: number;
  /** Whether the build could reach the network. It cannot when absent. Installing dependencies always can. */
  readonly network?: boolean;
  /** What the session writes to: a tmpfs of so many bytes, or the disk. Named when space ran out. */
  readonly scratch?: number | 'disk';
}
