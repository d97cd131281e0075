/** What is said about a plan: lines for the log, and Markdown. */
import { formatCount } from '../../format.ts';
import { codeCell, escapeMarkdown, table as tableOf } from '../../markdown.ts';
import type { PlanRow, PublishPlan } from '../../repository/publish-plan/document.ts';
import { changeText, stayingLine } from './report.ts';

/** One sentence for the whole. */
export function planConclusion({ verdict, packages, key, channel, channels, review }: PublishPlan): string {
  const place = review === undefined ? channel : `the review ${review.name}`;
  const count = (action: PlanRow['action'], refused = false) =>
    packages.filter((each) => each.action === action && each.refused === refused).length;
  if (verdict === 'refused') {
    const parts = [
      ...some(count('conflict', true), 'conflict'),
      ...some(count('downgrade', true), 'downgrade'),
      ...some(
        count('misplaced', true),
        'package of an architecture that is not there',
        'packages of such architectures',
      ),
      ...(key.message === undefined ? [] : ['another key']),
    ];
    return `Would be refused for ${place}: ${parts.join(', ')}`;
  }
  if (verdict === 'nothing') {
    const head = channels.find(({ name }) => name === channel);
    const has = head === undefined ? `the release (${review?.release})` : `${place} (${head.snapshot})`;
    return `Nothing to publish: ${has} has all of it already`;
  }
  const parts = [
    `${count('add')} added`,
    `${count('upgrade')} upgraded`,
    ...(count('downgrade') === 0 ? [] : [`${count('downgrade')} downgraded`]),
    `${count('same')} the same`,
  ];
  return `Would publish to ${place}: ${parts.join(', ')}`;
}

function some(count: number, one: string, many = `${one}s`): string[] {
  return count === 0 ? [] : [formatCount(count, one, many)];
}

/** One line per row, for the log. */
export function planLines(plan: PublishPlan): string[] {
  return [
    ...plan.packages.map(
      (row) =>
        `${row.name} ${row.version} (${row.architecture})${row.component === undefined ? '' : ` in ${row.component}`}: ${whatOf(row)}`,
    ),
    ...plan.withdrawn.map(
      ({ name, version, architecture }) =>
        `${name} ${version} (${architecture}): leaves the channel, without another version`,
    ),
    ...(plan.staying ?? []).map(stayingLine),
    ...plan.reasons,
    ...plan.channels.map(
      ({ name, snapshot, packages }) => `channel ${name}: ${snapshot}, ${some(packages, 'package')[0] ?? 'empty'}`,
    ),
  ];
}

/** What becomes of a package, in words. */
function whatOf({ action, refused, replaces, keeps, against = [], message }: PlanRow): string {
  const others = against.map((other) => {
    const place = other.channel === undefined ? `the snapshot ${other.snapshot}` : other.channel;
    const file = other.file === undefined ? '' : `, file ${other.file}`;
    return `${other.name} ${other.version} (${other.architecture}) in ${place}${file}`;
  });
  if (refused) {
    const words = { conflict: 'other content than', downgrade: 'older than' };
    if (action === 'conflict' || action === 'downgrade') {
      return `refused: ${action}, ${words[action]} ${others.join('; ')}`;
    }
    return `refused: ${message ?? action}`;
  }
  const what = changeText({ action, replaces, keeps }, { add: 'new', same: 'unchanged' });
  return `${what}${others.length === 0 ? '' : `; allowed although older than ${others.join('; ')}`}`;
}

/** The plan, in Markdown. */
export function planSummary(plan: PublishPlan): string {
  const { packages, channels, settings, key, overrides } = plan;
  const listed = [...packages].sort((a, b) => Number(b.refused) - Number(a.refused) || compare(a.name, b.name));
  const reasons = [...new Set(overrides.map(({ reason }) => reason))];
  return [
    '## Plan of a publish',
    '',
    `${escapeMarkdown(planConclusion(plan))}. Nothing was changed.`,
    '',
    ...table(
      ['package', 'version', 'architecture', 'component', 'what'],
      listed.map((row) => [
        codeCell(row.name),
        codeCell(row.version),
        row.architecture,
        row.component ?? '',
        `${row.refused ? '**' : ''}${escapeMarkdown(whatOf(row))}${row.refused ? '**' : ''}`,
      ]),
    ),
    ...(reasons.length === 0 ? [] : [`Downgrades are allowed: ${reasons.map(escapeMarkdown).join('; ')}.`, '']),
    ...(plan.withdrawn.length === 0
      ? []
      : [
          `### Leaves the channel: ${plan.withdrawn.length}`,
          '',
          ...table(
            ['package', 'version', 'architecture'],
            plan.withdrawn.map((each) => [codeCell(each.name), codeCell(each.version), each.architecture]),
          ),
        ]),
    ...(plan.staying === undefined
      ? []
      : [
          `### Only in an older version: ${plan.staying.length}`,
          '',
          ...table(
            ['package', 'version', 'architecture'],
            plan.staying.map((each) => [codeCell(each.name), codeCell(each.version), each.architecture]),
          ),
        ]),
    '### Repository',
    '',
    ...table(
      ['channel', 'snapshot', 'since', 'packages', 'key'],
      channels.map((each) => [
        each.name === plan.channel ? `**${codeCell(each.name)}**` : codeCell(each.name),
        codeCell(each.snapshot),
        each.createdAt.slice(0, 16).replace('T', ' '),
        String(each.packages),
        codeCell(each.signedBy),
      ]),
    ),
    ...reviewLines(plan),
    ...(plan.review !== undefined || channels.some(({ name }) => name === plan.channel)
      ? []
      : [`The channel \`${plan.channel}\` is new.`, '']),
    ...keyLines(key),
    ...(settings.changed.length === 0
      ? []
      : [
          '### Settings that change',
          '',
          ...table(
            ['setting', 'now', 'then'],
            settings.changed.map((name) => [name, value(settings.before?.[name]), value(settings.after[name])]),
          ),
        ]),
    ...(plan.reasons.length === 0 ? [] : [`Also: ${plan.reasons.map(escapeMarkdown).join('; ')}.`, '']),
  ].join('\n');
}

function reviewLines({ review }: PublishPlan): string[] {
  if (review === undefined) return [];
  const { name, channel, release, begun, carried } = review;
  const over = release === null ? 'nothing has been released yet' : `over \`${channel}\` (\`${release}\`)`;
  const words = {
    new: ' It is new.',
    anew: ` It is begun anew, as it has files of the same names with other content${carried.length === 0 ? '' : `; ${formatCount(carried.length, 'package is', 'packages are')} taken along`}.`,
  };
  return [`Review \`${name}\`, ${over}.${begun === null ? '' : words[begun]}`, ''];
}

function keyLines({ signs, next, changes, message }: PublishPlan['key']): string[] {
  const change =
    message === undefined ? changes.map(escapeMarkdown).join('; ') : `**refused**: ${escapeMarkdown(message)}`;
  return [
    `Key: \`${signs}\`${change === '' ? ', as before' : `; ${change}`}.${next === undefined ? '' : ` Next key: \`${next}\`.`}`,
    '',
  ];
}

function value(setting: unknown): string {
  if (setting === undefined) return '';
  return codeCell(typeof setting === 'string' ? setting : JSON.stringify(setting));
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return rows.length === 0 ? [] : tableOf(head, rows, 'the plan');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
