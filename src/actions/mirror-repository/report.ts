/** What became of the mirrors: as JSON, as lines, as a table. */
import { formatBytes, formatCount, formatDuration } from '../../format.ts';
import { codeCell, escapeMarkdown } from '../../markdown.ts';
import type { MirrorStep } from '../../mirror/mirror.ts';
import type { MirrorResult } from '../../mirror/mirrors.ts';

/** The fields are for other tools: docs/mirrors.md lists them. */
export function jsonReport(root: string, dryRun: boolean, results: readonly MirrorResult[]) {
  return {
    repository: root,
    dryRun,
    mirrors: results.map(({ destination, failedAt, error, seconds, ...rest }) => ({
      mirror: destination.name,
      ...rest,
      seconds: Math.round(seconds * 1000) / 1000,
      ...(failedAt === undefined ? {} : { failedAt }),
      ...(error === undefined ? {} : { error: error.message }),
    })),
  };
}

/** What was being done, in words. */
const AT: Readonly<Record<MirrorStep, string>> = {
  look: 'before anything was changed',
  pool: 'while packages were sent',
  snapshots: 'while indexes were sent',
  try: 'before the switch',
  keys: 'while keys were sent',
  switch: 'at the switch',
  site: 'while pages were sent',
  remove: 'while old files were removed',
};

/** One line for each mirror. */
export function resultLine(result: MirrorResult, dryRun: boolean): string {
  return `${result.destination.name}: ${stateText(result, dryRun)}`;
}

function stateText({ state, failedAt, switched, ...counts }: MirrorResult, dryRun: boolean): string {
  if (state === 'failed') {
    const serves = dryRun ? '' : switched ? '; it serves the new state' : '; it serves what it served before';
    return `failed ${AT[failedAt ?? 'look']}${serves}`;
  }
  if (state === 'same') return 'up to date';
  const { files, bytes, removed, channels } = counts;
  const parts = [
    `${formatCount(files, 'file')}, ${formatBytes(bytes)}`,
    ...(channels.length === 0 ? [] : [`channels ${channels.join(', ')}`]),
    ...(removed === 0 ? [] : [`${removed} removed`]),
  ];
  return `${dryRun ? 'would be mirrored' : 'mirrored'}: ${parts.join('; ')}`;
}

/** Markdown. */
export function summary(root: string, dryRun: boolean, results: readonly MirrorResult[]): string {
  const rows = results.map((result) => {
    const { destination, files, bytes, removed, seconds, channels } = result;
    const state = stateText({ ...result, files: 0, bytes: 0, removed: 0, channels: [] }, dryRun).replace(/:.*$/, '');
    const switched = channels.map(codeCell).join(', ');
    return `| ${codeCell(destination.name)} | ${state} | ${switched} | ${files} | ${formatBytes(bytes)} | ${removed} | ${formatDuration(seconds)} |`;
  });
  const failures = results.flatMap(({ error }) => (error === undefined ? [] : [`- ${escapeMarkdown(error.message)}`]));
  return [
    dryRun ? '## What mirroring would do' : '## Mirrors',
    '',
    `Repository: ${codeCell(root)}`,
    '',
    '| mirror | state | channels | files | size | removed | time |',
    '|---|---|---|---|---|---|---|',
    ...rows,
    '',
    ...(failures.length === 0 ? [] : [...failures, '', 'The next run completes what is not complete.', '']),
  ].join('\n');
}
