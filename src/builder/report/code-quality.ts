/** GitLab's Code Quality report: what compilers and other tools say, at its place in the merge request. */
import { createHash } from 'node:crypto';
import type { Diagnostic } from '../log/diagnosis.ts';
import { type BuildReport, byUse } from './build-report.ts';

export interface CodeQualityIssue {
  readonly description: string;
  readonly check_name: string;
  /** Tells issues apart between two reports; the same for the same issue on another line. */
  readonly fingerprint: string;
  readonly severity: 'info' | 'minor' | 'major' | 'critical' | 'blocker';
  readonly location: { readonly path: string; readonly lines: { readonly begin: number } };
}

/** GitLab reads a report of this many issues with ease; the most useful ones are kept. */
const MAX_ISSUES = 500;

/**
 * The issues of `builds` that lie in the repository. One that several builds have (other targets, architectures) is
 * told once.
 */
export function codeQuality(builds: readonly BuildReport[]): CodeQualityIssue[] {
  const issues = new Map<string, CodeQualityIssue>();
  for (const { diagnosis } of builds) {
    /** The same text in the same file, several times: numbered from the top, so that each keeps its own fingerprint. */
    const occurrences = new Map<string, number>();
    const placed = diagnosis.diagnostics
      .filter((diagnostic): diagnostic is Diagnostic & { readonly path: string } => diagnostic.path !== undefined)
      .toSorted((a, b) => a.line - b.line || (a.column ?? 0) - (b.column ?? 0));
    const built: { readonly issue: CodeQualityIssue; readonly diagnostic: Diagnostic }[] = [];
    for (const diagnostic of placed) {
      const identity = [diagnostic.tool, diagnostic.code ?? '', diagnostic.path, withoutLines(diagnostic.message)];
      const key = JSON.stringify(identity);
      const occurrence = occurrences.get(key) ?? 0;
      occurrences.set(key, occurrence + 1);
      built.push({ diagnostic, issue: issueOf(diagnostic, [...identity, String(occurrence)]) });
    }
    for (const { issue } of built.toSorted((a, b) => byUse(a.diagnostic, b.diagnostic))) {
      if (!issues.has(issue.fingerprint)) issues.set(issue.fingerprint, issue);
    }
  }
  return [...issues.values()].slice(0, MAX_ISSUES);
}

/** The report as the JSON document that GitLab reads. */
export function codeQualityJson(builds: readonly BuildReport[]): string {
  return `${JSON.stringify(codeQuality(builds), null, 2)}\n`;
}

function issueOf(diagnostic: Diagnostic & { readonly path: string }, identity: readonly string[]): CodeQualityIssue {
  const { tool, code, severity, message, path, line } = diagnostic;
  return {
    description: message,
    check_name: code ? `${tool}:${code}` : tool,
    fingerprint: createHash('sha256').update(JSON.stringify(identity)).digest('hex'),
    severity: severity === 'error' ? 'major' : 'minor',
    location: { path, lines: { begin: line } },
  };
}

/** Numbers of lines inside a message move with the code. */
function withoutLines(message: string): string {
  return message.replace(/\b(line |:)\d+\b/g, '$1N');
}
