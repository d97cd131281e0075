/** What setting up did, for people. */
import { codeCell, escapeMarkdown, fenced } from '../markdown.ts';
import type { StepResult } from './step.ts';

/** Markdown: a table, and of a dry run what would be done. */
export function setupSummary(steps: readonly StepResult[], dryRun: boolean): string {
  const planned = steps.filter(({ outcome }) => outcome === 'planned');
  const isChanged = steps.some(({ outcome }) => outcome === 'changed');
  const isFailed = steps.some(({ outcome }) => outcome === 'failed');
  const headline = dryRun
    ? planned.length === 0
      ? 'Nothing would be changed.'
      : 'Nothing was changed: this is what would be done.'
    : isFailed
      ? 'Some steps failed. What is done stays done; run it again when it is mended.'
      : isChanged
        ? 'The host is set up.'
        : 'Nothing to change: everything is as it should be.';
  return [
    `## Setup${dryRun ? ' (dry run)' : ''}`,
    '',
    headline,
    '',
    '| step | outcome | |',
    '|---|---|---|',
    ...steps.map(
      ({ title, outcome, detail }) =>
        `| ${escapeMarkdown(title)} | ${outcome === 'failed' ? '**failed**' : outcome} | ${codeCell(detail)} |`,
    ),
    '',
    ...planned.flatMap(({ title, actions }) => [`### ${escapeMarkdown(title)}`, '', fenced(actions), '']),
  ].join('\n');
}
