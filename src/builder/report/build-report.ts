/** What reports are made of: one build, with its verdict, for people and for the platform. */
import type { Verdict } from '../../manifest.ts';
import type { Diagnosis, Diagnostic, LogLine } from '../log/diagnosis.ts';
import { PHASE_TITLES } from '../log/phase.ts';
import { printable } from '../log/text.ts';

export interface BuildReport {
  /** Source package. */
  readonly package: string;
  /** `undefined` where the build ended before it was known: that of a spec file. */
  readonly version: string | undefined;
  /** `debian-12`. */
  readonly target: string;
  readonly architecture: string;
  /** Its diagnostics with `path` where they lie in the repository (`locateDiagnostics`). */
  readonly diagnosis: Diagnosis;
  /** What came out, in the order to be shown. Sizes in bytes. */
  readonly files: readonly { readonly name: string; readonly size: number }[];
  /** Wall-clock seconds per phase of the session, in order; names for people. */
  readonly seconds: ReadonlyMap<string, number>;
  /** The log that the quotes are lines of: a path, relative to the workspace where it lies there, or a URL. */
  readonly logFile: string;
  /** The log that has everything in the order it came, where that is another one. */
  readonly wholeLogFile?: string;
  /** What came of its compilations, where they went through a cache that tells. */
  readonly compilerCache?: { readonly tool: string; readonly hits: number; readonly misses: number };
  /** Where it was built more than once: which attempt this is of how many, and why those before it failed. */
  readonly attempts?: { readonly number: number; readonly most: number; readonly reasons: readonly string[] };
}

/** `hello 2.10-3 for debian-12/amd64`, on one printable line. */
export function titleOf(report: BuildReport): string {
  const name = report.version === undefined ? report.package : `${report.package} ${report.version}`;
  return printable(`${name} for ${report.target}/${report.architecture}`, 200);
}

const VERDICT_NAMES: Readonly<Record<Verdict, string>> = {
  success: 'built',
  package: 'package failure',
  infrastructure: 'infrastructure failure',
  configuration: 'configuration failure',
};

/** What a verdict is called in a heading or a title. */
export function faultOf({ verdict }: Diagnosis): string {
  return VERDICT_NAMES[verdict];
}

/** `attempt 2 of 3 succeeded after: the archive answered "503"`; empty for a build that was done once. */
export function attemptsText({ attempts, diagnosis }: BuildReport): string {
  if (attempts === undefined) return '';
  const { number, most, reasons } = attempts;
  const end = diagnosis.verdict === 'success' ? 'succeeded' : 'failed too,';
  // The same reason for each of them is said once.
  return `attempt ${number} of ${most} ${end} after: ${[...new Set(reasons)].join('; ')}`;
}

/** The phase that failed, for people; empty for a success. */
export function phaseTitle({ phase }: Diagnosis): string {
  return phase === undefined ? '' : PHASE_TITLES[phase];
}

/** Lines of a log with their numbers, as `12: text`; of one of several logs as `root.log:12: text`. */
export function numbered(lines: readonly LogLine[]): string[] {
  const places = lines.map(({ file, number }) => (file === undefined ? String(number) : `${file}:${number}`));
  const width = Math.max(0, ...places.map((place) => place.length));
  return lines.map(({ text }, index) => `${(places[index] ?? '').padStart(width)}: ${text}`);
}

/** As the logs have them: lines of one log stand together, in their order. */
export function inOrder(lines: readonly LogLine[]): LogLine[] {
  const files = [...new Set(lines.map(({ file }) => file))];
  return lines.toSorted((a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.number - b.number);
}

/** Whether the diagnostic is what `line` says: diagnostics are lines of the only log, or of mock's build.log. */
export function isAt({ logLine }: Diagnostic, line: LogLine | undefined): boolean {
  return line !== undefined && (line.file === undefined || line.file === 'build.log') && line.number === logLine;
}

/** Seconds of all phases together. */
export function totalSeconds({ seconds }: BuildReport): number {
  return [...seconds.values()].reduce((sum, value) => sum + value, 0);
}

/** How useful a diagnostic is to a reader: in the repository before elsewhere, errors before warnings, then as the log has them. */
export function byUse(a: Diagnostic, b: Diagnostic): number {
  const rank = ({ severity, path }: Diagnostic) => (severity === 'error' ? 0 : 2) + (path === undefined ? 1 : 0);
  return rank(a) - rank(b) || a.logLine - b.logLine;
}

/** As a sentence begins; the name of a tool that speaks (`dpkg-shlibdeps: ...`) stays. */
export function sentence(text: string): string {
  return /^\S+: /.test(text) ? text : `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
