/** What is said about a publish: lines, Markdown and JSON. How machines use it differs by format: report-*.ts. */
import { codeCell, escapeMarkdown, table } from '../../markdown.ts';
import type { Override } from '../../repository/decision.ts';
import type { PlanEntry } from '../../repository/driver.ts';
import type { PublishResult, StepTime } from '../../repository/publish.ts';
import type { PackageRef } from '../../repository/snapshot.ts';
import type { Step } from '../../repository/transaction.ts';
import { describeKey } from '../../signing/signer.ts';
import type { Instructions, ReportContext } from './instructions.ts';
import { signedJson, signedTable } from './provenance.ts';
import { clientsJson, clientsSection } from './report-clients.ts';
import { debInstructions } from './report-deb.ts';
import { jsonKeys, keySection } from './report-key.ts';
import { jsonReview, placeName, reviewSection } from './report-review.ts';
import { rpmInstructions } from './report-rpm.ts';

/** What has all rows of a table of which the summary shows the first. */
const WHOLE = 'the report (input `report`)';

/** One line per package, for the log. */
export function entryLine(entry: PlanEntry): string {
  const { name, version, architecture, component } = entry;
  const words = { add: 'added', same: 'is published already, unchanged' };
  const what = changeText(entry, words);
  return `${name} ${version} (${architecture})${component === undefined ? '' : ` in ${component}`}: ${what}`;
}

interface Changed {
  readonly action: string;
  readonly replaces: readonly string[];
  readonly keeps?: readonly string[] | undefined;
}

/**
 * What becomes of a package.
 *
 * @param words for what changes nothing else.
 */
export function changeText(
  { action, replaces, keeps = [] }: Changed,
  words: Readonly<Record<'add' | 'same', string>>,
): string {
  if (action === 'add' || action === 'same') return words[action];
  const former = replaces.join(', ');
  const parts = [
    ...(replaces.length === 0 ? [] : [action === 'downgrade' ? `replaces the newer ${former}` : `replaces ${former}`]),
    ...(keeps.length === 0 ? [] : [`${replaces.length === 0 ? 'newer than ' : ''}${keeps.join(', ')}, kept`]),
  ];
  return parts.join('; ');
}

/** One line for the log. */
export function stayingLine({ name, version, architecture }: PackageRef): string {
  return `${name} ${version} (${architecture}): stays with an older version that is kept; the newer one does not make it`;
}

/** One line for the log. */
export function withdrawnLine({ name, version, architecture }: PackageRef): string {
  return `${name} ${version} (${architecture}): leaves the channel, without another version`;
}

/** One line for the log. */
export function overrideLine({ name, version, architecture, over, channel, reason }: Override): string {
  return `${name} ${version} (${architecture}) is published although ${channel} had the newer ${over}: ${reason}`;
}

/** One sentence for the whole. */
export function conclusion({ changed, plan, snapshot }: PublishResult, context: ReportContext): string {
  const place = placeName(context);
  if (!changed) return `Nothing to publish: ${place} (${snapshot.id}) has all of it already`;
  const count = (action: PlanEntry['action']) => plan.entries.filter((entry) => entry.action === action).length;
  const parts = [
    `${count('add')} added`,
    `${count('upgrade')} upgraded`,
    ...(count('downgrade') === 0 ? [] : [`${count('downgrade')} downgraded`]),
    `${count('same')} the same`,
  ];
  return `Published to ${place}: ${parts.join(', ')}; snapshot ${snapshot.id}`;
}

/** The report and output `published`: a stable form for programs. */
export function jsonReport(result: PublishResult, context: ReportContext): object {
  const { plan, overrides, snapshot, changed, times } = result;
  return {
    schema: 'pkg-actions/published/1',
    repository: context.root,
    channel: context.channel,
    changed,
    snapshot: snapshot.id,
    snapshotUri: `${context.url}/snapshots/${snapshot.id}`,
    parent: snapshot.parent,
    format: snapshot.format,
    ...(snapshot.format === 'deb' ? { suite: snapshot.settings.suite } : {}),
    signedBy: context.key.fingerprint,
    ...jsonKeys(context),
    ...signedJson(result),
    ...jsonReview(snapshot, context),
    packages: plan.entries.map(({ kind, type, name, version, architecture, component, action, replaces, keeps }) => ({
      kind,
      type,
      name,
      version,
      architecture,
      ...(component === undefined ? {} : { component }),
      action,
      replaces,
      ...(keeps === undefined ? {} : { keeps }),
    })),
    superseded: plan.superseded,
    overrides: changed ? overrides : [],
    reasons: plan.reasons,
    ...clientsJson(result),
    seconds: Object.fromEntries(times.map(({ step, seconds }) => [step, Math.round(seconds * 1000) / 1000])),
  };
}

/** The summary, in Markdown. Names and versions were checked by then: none holds a character that Markdown knows. */
export function summary(result: PublishResult, context: ReportContext): string {
  const { plan, overrides, snapshot, changed } = result;
  const { channel, key } = context;
  const { repository, lines, steps } =
    snapshot.format === 'deb' ? debInstructions(snapshot, context) : rpmInstructions(snapshot, context);
  const hasComponents = snapshot.format === 'deb';
  const listed = [...plan.entries].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return [
    '## Published packages',
    '',
    `${conclusion(result, context)}.`,
    '',
    ...table(
      ['package', 'version', 'architecture', ...(hasComponents ? ['component'] : []), ''],
      listed.map((entry) => row(entry, hasComponents)),
      WHOLE,
    ),
    ...overrideTable(changed ? overrides : []),
    ...withdrawnTable(plan.withdrawn),
    ...stayingTable(plan.staying),
    ...signedTable(result),
    ...(plan.reasons.length > 0 ? [`Also: ${plan.reasons.join('; ')}.`, ''] : []),
    `Repository: ${repository}, channel \`${channel}\`, snapshot \`${snapshot.id}\`. Key: \`${describeKey(key)}\`.`,
    '',
    ...reviewSection(snapshot, context),
    ...keySection(snapshot, context),
    '### Add it to a machine',
    '',
    ...lines,
    '',
    ...clientsSection(result),
    ...(changed ? timeTable(result.times, steps) : []),
  ].join('\n');
}

function row(entry: PlanEntry, hasComponents: boolean): string[] {
  const { name, version, architecture, component } = entry;
  const place = hasComponents ? [component ?? ''] : [];
  return [codeCell(name), codeCell(version), architecture, ...place, changeText(entry, TABLE_WORDS)];
}

const TABLE_WORDS = { add: 'new', same: 'unchanged' };

function stayingTable(packages: readonly PackageRef[]): string[] {
  if (packages.length === 0) return [];
  return [
    `### Only in an older version: ${packages.length}`,
    '',
    'The newer version of their source package does not make them. They stay with the older version while that is kept.',
    '',
    ...table(
      ['package', 'version', 'architecture'],
      packages.map(({ name, version, architecture }) => [codeCell(name), codeCell(version), architecture]),
      WHOLE,
    ),
  ];
}

function withdrawnTable(packages: readonly PackageRef[]): string[] {
  if (packages.length === 0) return [];
  return [
    `### No longer in the channel: ${packages.length}`,
    '',
    'Their source package has another version now, which does not make them.',
    '',
    ...table(
      ['package', 'version', 'architecture'],
      packages.map(({ name, version, architecture }) => [codeCell(name), codeCell(version), architecture]),
      WHOLE,
    ),
  ];
}

function overrideTable(overrides: readonly Override[]): string[] {
  if (overrides.length === 0) return [];
  const reasons = [...new Set(overrides.map(({ reason }) => reason))];
  return [
    `### Older than what was published: ${overrides.length}`,
    '',
    `It was allowed: ${reasons.map(escapeMarkdown).join('; ')}`,
    '',
    ...table(
      ['package', 'version', 'architecture', 'newer version', 'channel that had it'],
      overrides.map(({ name, version, architecture, over, channel }) => [
        codeCell(name),
        codeCell(version),
        architecture,
        codeCell(over),
        codeCell(channel),
      ]),
      WHOLE,
    ),
  ];
}

const STEP_NAMES: Readonly<Partial<Record<Step, string>>> = {
  verified: 'builds verified and read',
  leased: 'lease taken',
  planned: 'versions checked',
  flushed: 'written to disk',
};

function timeTable(times: readonly StepTime[], steps: Instructions['steps']): string[] {
  const names = { ...STEP_NAMES, ...steps };
  const rest = times.filter(({ step }) => names[step] === undefined);
  const rows = times.flatMap(({ step, seconds }) => {
    const name = names[step];
    return name === undefined ? [] : [[name, seconds] as const];
  });
  const commit = rest.reduce((sum, { seconds }) => sum + seconds, 0);
  return [
    '| step | time |',
    '|---|---|',
    ...[...rows, ['moved into place and switched', commit] as const].map(
      ([name, seconds]) => `| ${name} | ${seconds.toFixed(2)} s |`,
    ),
    '',
  ];
}
