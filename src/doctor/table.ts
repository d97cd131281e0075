/** What doctor found, for people: what is to be mended first, then everything that was looked at. */
import { codeCell, escapeMarkdown, fenced } from '../markdown.ts';
import { type DoctorReport, failuresOf } from './report.ts';

type Row = DoctorReport['checks'][number];

const HEADLINES: Readonly<Record<DoctorReport['result'], string>> = {
  ok: 'Everything that is needed is there.',
  warnings: 'Everything that is needed is there; see the warnings.',
  failed: 'Something that is needed is missing.',
};

/** Markdown. */
export function doctorSummary(report: DoctorReport): string {
  const { checks, uses, reasons, result } = report;
  const failed = failuresOf(checks);
  const warnings = checks.filter(({ status, needed }) => needed && status === 'warning');
  const headline =
    failed.length > 0
      ? `${failed.length} of what is needed ${failed.length === 1 ? 'is' : 'are'} missing.`
      : HEADLINES[result];
  return [
    `## Doctor: ${escapeMarkdown(report.host)}`,
    '',
    `${headline} Looked at for: ${uses.length === 0 ? 'nothing in particular' : escapeMarkdown(reasons.join('; '))}.`,
    '',
    ...toMend('To mend', failed),
    ...toMend('Warnings', warnings),
    ...groups(checks),
  ].join('\n');
}

function toMend(title: string, rows: readonly Row[]): string[] {
  if (rows.length === 0) return [];
  return [
    `### ${title}`,
    '',
    ...rows.flatMap(({ title: what, found, expected, remedy }) => [
      `- **${escapeMarkdown(what)}**: ${escapeMarkdown(found)}${expected === undefined ? '' : `; expected: ${escapeMarkdown(expected)}`}`,
      ...(remedy === undefined ? [] : ['', fenced([remedy]), '']),
    ]),
    '',
  ];
}

function groups(checks: readonly Row[]): string[] {
  const names = [...new Set(checks.map(({ group }) => group))];
  return names.flatMap((name) => [
    `### ${escapeMarkdown(name)}`,
    '',
    '| check | status | found |',
    '|---|---|---|',
    ...checks
      .filter(({ group }) => group === name)
      .map((row) => `| ${escapeMarkdown(row.title)} | ${statusText(row)} | ${codeCell(row.found)} |`),
    '',
  ]);
}

/** What nothing needs is told as it is, and as nobody's trouble. */
function statusText({ status, needed }: Row): string {
  if (status === 'ok') return 'ok';
  if (needed) return status === 'skipped' ? 'skipped' : `**${status}**`;
  return status === 'skipped' ? 'skipped' : `${status}, not needed`;
}
