/** What came of an update: a table for people, JSON for what comes after. */
import { describeChanges } from '../../buildroot/package-changes.ts';
import { SmokeTestError } from '../../buildroot/rejection.ts';
import type { UpdateResult } from '../../buildroot/update.ts';
import { InfrastructureError, messageOf, oneLine } from '../../errors.ts';
import { formatBytes, formatDuration } from '../../format.ts';

export interface TargetFailure {
  readonly target: string;
  readonly error: unknown;
}

/** A buildroot in the output `result`. */
export function resultEntry({ generation, ...result }: UpdateResult): Record<string, unknown> {
  const { name, outcome, reason, former, changes, removed, seconds, disk } = result;
  return {
    name,
    generation: generation.id,
    outcome,
    reason,
    former: former ?? null,
    removed,
    packages: generation.record.packages.length,
    // Of the first generation all packages are new: its record has them.
    changes: outcome === 'created' ? null : changes,
    bytes: generation.record.bytes,
    disk,
    seconds: Math.round(seconds * 10) / 10,
  };
}

/** A target that failed, in the output `result`. */
export function failureEntry({ target, error }: TargetFailure): Record<string, unknown> {
  const verdict =
    error instanceof SmokeTestError
      ? error.verdict
      : error instanceof InfrastructureError
        ? 'infrastructure'
        : undefined;
  return { target, outcome: 'failed', reason: messageOf(error), ...(verdict ? { verdict } : {}) };
}

/** Packages of one list that the summary names. */
const MOST_NAMED = 50;

export function summaryOf(results: readonly UpdateResult[], failures: readonly TargetFailure[]): string {
  const rows = results.map((result) => {
    const { name, outcome, reason, generation, seconds, disk, changes } = result;
    const { packages, bytes } = generation.record;
    const changed = outcome === 'created' ? `${packages.length} new` : describeChanges(changes);
    return [
      name,
      outcome,
      reason,
      `\`${generation.id}\``,
      changed,
      formatBytes(bytes),
      formatBytes(disk),
      duration(seconds),
    ];
  });
  for (const { target, error } of failures) rows.push([target, '**failed**', messageOf(error), '', '', '', '', '']);
  return [
    '## Buildroots',
    '',
    '| buildroot | outcome | why | generation | packages | size | on disk | time |',
    '|---|---|---|---|---|---|---|---|',
    ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`),
    '',
    ...results.flatMap(changesOf),
  ].join('\n');
}

const duration = (seconds: number) => formatDuration(Math.round(seconds * 10) / 10);
const cell = (text: string) => oneLine(text).replaceAll('|', '\\|');

function changesOf({ name, outcome, changes }: UpdateResult): string[] {
  if (outcome === 'created' || outcome === 'unchanged') return [];
  const moved = (list: typeof changes.upgraded, word: string) =>
    list.map((entry) => `| ${entry.name} | ${word} | ${entry.from} | ${entry.to} |`);
  const rows = [
    ...moved(changes.upgraded, 'upgraded'),
    ...moved(changes.downgraded, 'downgraded'),
    ...changes.added.map((entry) => `| ${entry.name} | new | | ${entry.version} |`),
    ...changes.removed.map((entry) => `| ${entry.name} | removed | ${entry.version} | |`),
  ];
  if (rows.length === 0) return [];
  const more = rows.length - MOST_NAMED;
  return [
    `### Packages of ${name}`,
    '',
    '| package | change | from | to |',
    '|---|---|---|---|',
    ...rows.slice(0, MOST_NAMED),
    '',
    ...(more > 0 ? [`and ${more} more: see history.jsonl of the buildroot`, ''] : []),
  ];
}
