/** What classifiers have in common: how tables decide, and how an outcome is told. */
import type { Verdict } from '../../manifest.ts';
import type { Diagnostic, LogLine } from './diagnosis.ts';
import type { Phase } from './phase.ts';
import type { Decision, Rule, RuleContext, RuleScan } from './rule.ts';
import { lineAt, printable } from './text.ts';

/** Lines that are quoted of one build. */
export const MAX_QUOTES = 8;
/** Lines of the excerpt, around the first quote. */
export const EXCERPT_BEFORE = 6;
export const EXCERPT_AFTER = 14;

export interface Outcome {
  readonly verdict: Exclude<Verdict, 'success'>;
  readonly phase: Phase;
  readonly reason: string;
  readonly rule: string;
  /** The cause first. */
  readonly quotes: readonly LogLine[];
  readonly retryable: boolean;
}

/** Whether a rule says that what the session writes to was full. */
export const isOutOfSpace = (rule: string): boolean => /(?:^|-)no-space(?:-|$)/.test(rule);

/**
 * Whether what a rule found may pass. A tmpfs that was full is: the next attempt writes to the disk. A disk is full
 * until somebody makes room.
 */
export function mayPass({ name, retryable }: Rule, { scratch }: RuleContext): boolean {
  return isOutOfSpace(name) ? typeof scratch === 'number' : retryable;
}

/** The first rule that fits, of what failed before all else. */
export function decide(
  tables: readonly RuleScan[],
  { segment, lastLine }: { readonly segment: number; readonly lastLine: number },
  phases: readonly Phase[],
): Decision | undefined {
  for (const scope of ['segment', 'whole'] as const) {
    for (const table of tables) {
      const decision = table.decide({ phases, scope, segment, lastLine });
      if (decision) return decision;
    }
  }
  return undefined;
}

/** Adds the place in the package's source where the tool's own line does not name it well. */
export function withPlace({ reason, rule, quotes }: Outcome, diagnostics: readonly Diagnostic[]): string {
  const cause = quotes[0];
  if (cause?.file !== undefined && cause.file !== 'build.log') return reason;
  const diagnostic = diagnostics.find(
    ({ logLine, severity, tool }) =>
      severity === 'error' && logLine === cause?.number && tool !== 'debhelper' && tool !== 'patch',
  );
  if (!diagnostic) return reason;
  const place = `${diagnostic.file}:${diagnostic.line}`;
  if (rule.endsWith('compile-error')) return `compile error in ${place}: ${diagnostic.message}`;
  return reason.includes(place) ? reason : `${reason} (${place})`;
}

/** The last lines with something in them. */
export function lastLines(log: string, count = 3): LogLine[] {
  // Enough for any three lines of people's tools; a longer line is cut anyway.
  const tailStart = Math.max(0, log.length - 65_536);
  const tail = log.slice(tailStart).split('\n');
  let number = lineAt(log, tailStart);
  const lines: LogLine[] = [];
  for (const raw of tail) {
    const text = printable(raw.split('\r').findLast((part) => part !== '') ?? '');
    if (text.trim() !== '') lines.push({ number, text });
    number += 1;
  }
  return lines.slice(-count);
}

export function printableFields(fields: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [printable(key, 60), printable(value)]));
}
