/** What is said about a publish: lines, Markdown and JSON. How machines use it differs by format: report-*.ts. */
import { escapeMarkdown } from '../../markdown.ts';
import type { Override } from '../../repository/decision.ts';
import type { PlanEntry } from '../../repository/driver.ts';
import type { PublishResult, StepTime } from '../../repository/publish.ts';
import type { PackageRef } from '../../repository/snapshot.ts';
import type { Step } from '../../repository/transaction.ts';
import { withdrawn } from '../../repository/withdrawn.ts';
import { describeKey } from '../../signing/signer.ts';
import type { Instructions, ReportContext } from './instructions.ts';
import { debInstructions } from './report-deb.ts';
import { jsonKeys, keySection } from './report-key.ts';
import { rpmInstructions } from './report-rpm.ts';

/** Rows of a table in the summary; platforms cut summaries off at 1 MiB. */
const MAX_ROWS = 500;

/** One line per package, for the log. */
export function entryLine(entry: PlanEntry): string {
  const { name, version, architecture, action, replaces, component } = entry;
  const what = {
    add: 'added',
    upgrade: `replaces ${replaces.join(', ')}`,
    downgrade: `replaces the newer ${replaces.join(', ')}`,
    same: 'is published already, unchanged',
  }[action];
  return `${name} ${version} (${architecture})${component === undefined ? '' : ` in ${component}`}: ${what}`;
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
export function conclusion({ changed, plan, snapshot }: PublishResult, { channel }: ReportContext): string {
  if (!changed) return `Nothing to publish: ${channel} (${snapshot.id}) has all of it already`;
  const count = (action: PlanEntry['action']) => plan.entries.filter((entry) => entry.action === action).length;
  const parts = [
    `${count('add')} added`,
    `${count('upgrade')} upgraded`,
    ...(count('downgrade') === 0 ? [] : [`${count('downgrade')} downgraded`]),
    `${count('same')} the same`,
  ];
  return `Published to ${channel}: ${parts.join(', ')}; snapshot ${snapshot.id}`;
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
    packages: plan.entries.map(({ kind, type, name, version, architecture, component, action, replaces }) => ({
      kind,
      type,
      name,
      version,
      architecture,
      ...(component === undefined ? {} : { component }),
      action,
      replaces,
    })),
    superseded: plan.superseded,
    overrides: changed ? overrides : [],
    reasons: plan.reasons,
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
    `| package | version | architecture |${hasComponents ? ' component |' : ''} |`,
    `|---|---|---|${hasComponents ? '---|' : ''}---|`,
    ...listed.slice(0, MAX_ROWS).map((entry) => row(entry, hasComponents)),
    ...(listed.length > MAX_ROWS ? ['', `... and ${listed.length - MAX_ROWS} more.`] : []),
    '',
    ...overrideTable(changed ? overrides : []),
    ...withdrawnTable(withdrawn(plan)),
    ...(plan.reasons.length > 0 ? [`Also: ${plan.reasons.join('; ')}.`, ''] : []),
    `Repository: ${repository}, channel \`${channel}\`, snapshot \`${snapshot.id}\`. Key: \`${describeKey(key)}\`.`,
    '',
    ...keySection(snapshot, context),
    '### Add it to a machine',
    '',
    ...lines,
    '',
    ...(changed ? timeTable(result.times, steps) : []),
  ].join('\n');
}

function row(entry: PlanEntry, hasComponents: boolean): string {
  const { name, version, architecture, component, action, replaces } = entry;
  const former = replaces.join(', ');
  const words = {
    add: 'new',
    upgrade: `replaces ${former}`,
    downgrade: `replaces the newer ${former}`,
    same: 'unchanged',
  };
  return `| \`${name}\` | \`${version}\` | ${architecture} |${hasComponents ? ` ${component ?? ''} |` : ''} ${words[action]} |`;
}

function withdrawnTable(packages: readonly PackageRef[]): string[] {
  if (packages.length === 0) return [];
  return [
    `### No longer in the channel: ${packages.length}`,
    '',
    'Their source package has another version now, which does not make them.',
    '',
    '| package | version | architecture |',
    '|---|---|---|',
    ...packages
      .slice(0, MAX_ROWS)
      .map(({ name, version, architecture }) => `| \`${name}\` | \`${version}\` | ${architecture} |`),
    ...(packages.length > MAX_ROWS ? ['', `... and ${packages.length - MAX_ROWS} more.`] : []),
    '',
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
    '| package | version | architecture | newer version | channel that had it |',
    '|---|---|---|---|---|',
    ...overrides
      .slice(0, MAX_ROWS)
      .map(
        ({ name, version, architecture, over, channel }) =>
          `| \`${name}\` | \`${version}\` | ${architecture} | \`${over}\` | \`${channel}\` |`,
      ),
    ...(overrides.length > MAX_ROWS ? ['', `... and ${overrides.length - MAX_ROWS} more.`] : []),
    '',
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
