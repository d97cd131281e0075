/** What is said about a publish: lines, Markdown, JSON and the file that adds the repository to a machine. */

import type { DebPlan } from '../../repository/deb/plan.ts';
import type { PlanEntry } from '../../repository/driver.ts';
import type { PublishResult, StepTime } from '../../repository/publish.ts';
import type { Step } from '../../repository/transaction.ts';
import { describeKey, type KeyInfo } from '../../signing/signer.ts';

/** Rows of a table in the summary; platforms cut summaries off at 1 MiB. */
const MAX_ROWS = 500;

export interface ReportContext {
  readonly root: string;
  readonly channel: string;
  /** Address of `public/`, without a slash at its end. */
  readonly url: string;
  readonly key: KeyInfo;
  /** The armored keys that clients need. */
  readonly keys: string;
}

type Result = PublishResult<DebPlan>;

/** One line per package, for the log. */
export function entryLine(entry: PlanEntry): string {
  const { name, version, architecture, action, replaces, component } = entry;
  const what = {
    add: 'added',
    upgrade: `replaces ${replaces.join(', ')}`,
    same: 'is published already, unchanged',
  }[action];
  return `${name} ${version} (${architecture})${component === undefined ? '' : ` in ${component}`}: ${what}`;
}

/** One sentence for the whole. */
export function conclusion({ changed, plan, snapshot }: Result, { channel }: ReportContext): string {
  if (!changed) return `Nothing to publish: ${channel} (${snapshot.id}) has all of it already`;
  const count = (action: PlanEntry['action']) => plan.entries.filter((entry) => entry.action === action).length;
  const parts = [`${count('add')} added`, `${count('upgrade')} upgraded`, `${count('same')} the same`];
  return `Published to ${channel}: ${parts.join(', ')}; snapshot ${snapshot.id}`;
}

/** The report and output `published`: a stable form for programs. */
export function jsonReport(result: Result, context: ReportContext): object {
  const { plan, snapshot, changed, times } = result;
  return {
    schema: 'pkg-actions/published/1',
    repository: context.root,
    channel: context.channel,
    changed,
    snapshot: snapshot.id,
    snapshotUri: `${context.url}/snapshots/${snapshot.id}`,
    parent: snapshot.parent,
    suite: snapshot.settings.suite,
    signedBy: context.key.fingerprint,
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
    reasons: plan.reasons,
    seconds: Object.fromEntries(times.map(({ step, seconds }) => [step, Math.round(seconds * 1000) / 1000])),
  };
}

/** sources.list(5), deb822 style, with the keys inside: one file is all that a machine needs (apt 2.4 or newer). */
export function sourcesEntry({ snapshot }: Result, { channel, url, keys }: ReportContext): string {
  const { suite, components, architectures } = snapshot.settings;
  const hasSources = snapshot.packages.some(({ kind }) => kind === 'source');
  const block = keys
    .trimEnd()
    .split('\n')
    .map((line) => ` ${line === '' ? '.' : line}\n`)
    .join('');
  return [
    `Types: deb${hasSources ? ' deb-src' : ''}\n`,
    `URIs: ${url}/${channel}\n`,
    `Suites: ${suite}\n`,
    `Components: ${components.filter((name) => !name.endsWith('/debug')).join(' ')}\n`,
    `Architectures: ${architectures.join(' ')}\n`,
    `Signed-By:\n${block}`,
  ].join('');
}

const STEP_NAMES: Readonly<Partial<Record<Step, string>>> = {
  verified: 'builds verified and read',
  leased: 'lease taken',
  planned: 'versions checked',
  signed: 'sources and records signed',
  indexed: 'indexes made (reprepro)',
  released: 'by-hash, Release signed',
  checked: 'read by gpgv and apt',
  flushed: 'written to disk',
};

/** The summary, in Markdown. Names and versions were checked by then: none holds a character that Markdown knows. */
export function summary(result: Result, context: ReportContext): string {
  const { plan, snapshot, changed } = result;
  const { url, channel, key } = context;
  const { suite, label, components } = snapshot.settings;
  const listed = [...plan.entries].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const name =
    label
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') || 'repository';
  return [
    '## Published packages',
    '',
    `${conclusion(result, context)}.`,
    '',
    '| package | version | architecture | component | |',
    '|---|---|---|---|---|',
    ...listed.slice(0, MAX_ROWS).map(row),
    ...(listed.length > MAX_ROWS ? ['', `... and ${listed.length - MAX_ROWS} more.`] : []),
    '',
    ...(plan.reasons.length > 0 ? [`Also: ${plan.reasons.join('; ')}.`, ''] : []),
    `Repository: suite \`${suite}\`, channel \`${channel}\`, snapshot \`${snapshot.id}\`. Key: \`${describeKey(key)}\`.`,
    '',
    '### Add it to a machine',
    '',
    `Write this to \`/etc/apt/sources.list.d/${name}.sources\` and run \`apt-get update\`:`,
    '',
    '```',
    sourcesEntry(result, context).trimEnd(),
    '```',
    '',
    `With apt before 2.4: save \`${url}/key.asc\` as \`/etc/apt/keyrings/${name}.asc\` and write to \`/etc/apt/sources.list.d/${name}.list\`:`,
    '',
    '```',
    `deb [signed-by=/etc/apt/keyrings/${name}.asc] ${url}/${channel} ${suite} ${components.filter((each) => !each.endsWith('/debug')).join(' ')}`,
    '```',
    '',
    ...(changed ? timeTable(result.times) : []),
  ].join('\n');
}

function row({ name, version, architecture, component, action, replaces }: PlanEntry): string {
  const what = { add: 'new', upgrade: `replaces ${replaces.join(', ')}`, same: 'unchanged' }[action];
  return `| \`${name}\` | \`${version}\` | ${architecture} | ${component ?? ''} | ${what} |`;
}

function timeTable(times: readonly StepTime[]): string[] {
  const rest = times.filter(({ step }) => STEP_NAMES[step] === undefined);
  const rows = times.flatMap(({ step, seconds }) => {
    const name = STEP_NAMES[step];
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
