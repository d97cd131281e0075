/** The result for people and for programs. */

import { oneLine } from '../../errors.ts';
import { codeCell, escapeMarkdown, table } from '../../markdown.ts';
import { type CheckResult, OUTCOMES, type Outcome, worstOutcome } from '../../version-check.ts';

/** The JSON of the output `result` and of the report (docs/actions/check-version.md). */
export interface CheckReport {
  readonly schema: 'pkg-actions/check-version/1';
  readonly outcome: Outcome;
  readonly counts: Readonly<Record<Outcome, number>>;
  readonly packages: readonly {
    readonly kind: 'binary' | 'source';
    readonly name: string;
    readonly version: string;
    readonly architecture: string;
    readonly outcome: Outcome;
    readonly published?: { readonly version: string; readonly architecture: string; readonly channel: string };
    /** The file of the source package that is published with other content, or the rpm's whose name is taken. */
    readonly conflictingFile?: string;
  }[];
  readonly repositories: readonly {
    readonly channel: string;
    readonly uri: string;
    /** Only of an apt repository. */
    readonly suite?: string;
    readonly exists: boolean;
    /** Of its Release file, or its newest index; ISO 8601. */
    readonly date?: string;
  }[];
}

/** A repository that was read, of either format. */
export interface RepositoryRead {
  readonly channel: string;
  readonly uri: string;
  readonly suite?: string;
  readonly exists: boolean;
  /** Seconds since the epoch. */
  readonly date: number | undefined;
}

export function makeReport(results: readonly CheckResult[], repositories: readonly RepositoryRead[]): CheckReport {
  const counts = Object.fromEntries(
    OUTCOMES.map((outcome) => [outcome, results.filter((result) => result.outcome === outcome).length]),
  ) as Record<Outcome, number>;
  return {
    schema: 'pkg-actions/check-version/1',
    outcome: worstOutcome(results.map((result) => result.outcome)),
    counts,
    packages: results.map(({ candidate, outcome, against, file }) => ({
      kind: candidate.kind,
      name: candidate.name,
      version: candidate.version,
      architecture: candidate.architecture,
      outcome,
      ...(against === undefined
        ? {}
        : {
            published: { version: against.version, architecture: against.architecture, channel: against.channel },
          }),
      ...(file === undefined ? {} : { conflictingFile: file }),
    })),
    repositories: repositories.map(({ channel, uri, suite, exists, date }) => ({
      channel,
      uri,
      ...(suite === undefined ? {} : { suite }),
      exists,
      ...(date === undefined ? {} : { date: new Date(date * 1000).toISOString() }),
    })),
  };
}

const HEADINGS = ['package', 'version', 'published', 'channel', 'outcome'] as const;

/** One row a package. What a repository says is foreign text: on one line, and short. */
function rows(results: readonly CheckResult[]): string[][] {
  return results.map(({ candidate, outcome, against }) => [
    `${candidate.name} (${candidate.architecture})`,
    candidate.version,
    against === undefined ? '' : foreign(against.version),
    against === undefined ? '' : foreign(against.channel),
    outcome,
  ]);
}

function foreign(text: string): string {
  return oneLine(text).slice(0, 100);
}

/** Aligned lines for a log. */
export function plainTable(results: readonly CheckResult[]): string[] {
  const all = [[...HEADINGS], ...rows(results).map((row) => row.map((cell) => (cell === '' ? '-' : cell)))];
  const widths = HEADINGS.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** GitHub-flavoured Markdown. What is wrong comes first: of a long table the first rows are shown. */
export function markdownTable(results: readonly CheckResult[]): string {
  const isBad = (outcome: string) => outcome === 'conflict' || outcome === 'downgrade';
  const ordered = [...results].sort((a, b) => Number(isBad(b.outcome)) - Number(isBad(a.outcome)));
  const lines = rows(ordered).map((row) =>
    row.map((cell, column) => {
      if (cell === '') return '';
      if (column === 4 && isBad(cell)) return `**${cell}**`;
      // The name and the outcome are checked, the rest may be any text.
      return column === 1 || column === 2 ? codeCell(cell) : column === 3 ? escapeMarkdown(cell) : cell;
    }),
  );
  return table(HEADINGS, lines, 'the report (input `report`)').join('\n');
}

/** A bad result in one sentence. */
export function sentence({ candidate, outcome, against, file }: CheckResult): string {
  const name = `${candidate.name} ${candidate.version} (${candidate.architecture})`;
  const published = against === undefined ? '' : `${foreign(against.version)} in ${foreign(against.channel)}`;
  if (outcome === 'downgrade') return `${name} is older than ${published}`;
  if (file?.endsWith('.rpm'))
    return `${name} differs by its epoch alone from ${published}, which has the file name ${file}: raise Release`;
  if (file !== undefined) return `${name} has another ${file} than ${published}`;
  if (against?.version === candidate.version && against.architecture === candidate.architecture) {
    return against.sha256 === undefined
      ? `${name} is published in ${foreign(against.channel)} without a SHA-256 to compare with`
      : `${name} is published in ${foreign(against.channel)} with other content`;
  }
  return `${name} is the same version as ${published} (${foreign(against?.architecture ?? '')}) with other content`;
}
