/** What a build came to, as Markdown for the platform's page or a file: short, and read before any log. */
import { formatBytes, formatCount, formatDuration } from '../../format.ts';
import { code, codeCell, escapeMarkdown, fenced } from '../../markdown.ts';
import {
  attemptsText,
  type BuildReport,
  faultOf,
  inOrder,
  numbered,
  phaseTitle,
  sentence,
  totalSeconds,
} from './build-report.ts';

const MARKS = {
  success: '✅',
  package: '❌',
  infrastructure: '⚠️',
  configuration: '⚙️',
} as const;

/** Files of one build that are named one by one. */
const MAX_FILES = 40;

/** One build: verdict, what failed and why, what came out, how long it took. */
export function buildSummary(report: BuildReport): string {
  const { diagnosis } = report;
  const version = report.version === undefined ? '' : ` ${code(report.version)}`;
  const name = `${code(report.package)}${version} for ${code(report.target)} on ${code(report.architecture)}`;
  const parts = [`### ${MARKS[diagnosis.verdict]} ${name}`];
  const took = formatDuration(totalSeconds(report));
  if (diagnosis.verdict === 'success') {
    parts.push(`Built in ${took}: ${formatCount(report.files.length, 'file')}.`);
  } else {
    const again = diagnosis.retryable ? ' It may pass when it is run again.' : '';
    const what = sentence(faultOf(diagnosis));
    parts.push(`**${what}** in the phase “${phaseTitle(diagnosis)}”, after ${took}.${again}`);
    parts.push(`${escapeMarkdown(sentence(diagnosis.reason))}.`);
    if (diagnosis.quotes.length > 0) {
      parts.push(fenced(numbered(inOrder(diagnosis.quotes))));
    }
  }
  const again = attemptsText(report);
  if (again !== '') parts.push(`${escapeMarkdown(sentence(again))}.`);
  if (report.compilerCache !== undefined) {
    const { tool, hits, misses } = report.compilerCache;
    parts.push(`Compiler cache: ${hits} of ${hits + misses} compilations were in ${tool}.`);
  }
  if (report.files.length > 0) parts.push(fileTable(report));
  if (report.seconds.size > 1) {
    parts.push(
      [...report.seconds].map(([phase, seconds]) => `${escapeMarkdown(phase)} ${formatDuration(seconds)}`).join(' · '),
    );
  }
  const whole = report.wholeLogFile === undefined ? '' : ` · everything in order: ${code(report.wholeLogFile)}`;
  parts.push(`Log: ${code(report.logFile)}${whole}`);
  return `${parts.join('\n\n')}\n`;
}

function fileTable({ files }: BuildReport): string {
  const rows = files.slice(0, MAX_FILES).map(({ name, size }) => `| ${codeCell(name)} | ${formatBytes(size)} |`);
  const more = files.length - MAX_FILES;
  return ['| File | Size |', '|---|---:|', ...rows, ...(more > 0 ? [`| and ${more} more | |`] : [])].join('\n');
}
