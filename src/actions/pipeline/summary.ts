/** The pipeline's summary: what was built from what, where it is, how long it took, how to use it, and what failed. */
import { formatCount } from '../../format.ts';
import { code, codeCell, escapeMarkdown, table } from '../../markdown.ts';
import type { InstallResult } from '../../systemtest/smoke.ts';
import type { Job } from './plan.ts';
import type { PreparedJob } from './prepare.ts';
import type { StageFailure } from './stage.ts';

export interface BuiltJob {
  readonly job: Job;
  readonly version: string;
  /** The commits it was made from. */
  readonly origins: PreparedJob['origins'];
  /** Names of the binary packages. */
  readonly packages: readonly string[];
  readonly prepareSeconds: number;
  readonly buildSeconds: number;
}

export interface PublishedTarget {
  readonly target: string;
  readonly format: 'deb' | 'rpm';
  readonly root: string;
  readonly channel: string;
  readonly snapshot: string;
  readonly changed: boolean;
  readonly fingerprint: string;
  /** Name of the file that adds the repository to a machine, without its ending. */
  readonly fileName: string;
  /** Its text. */
  readonly entry: string;
  readonly checkSeconds: number;
  readonly publishSeconds: number;
  readonly installed: InstallResult | undefined;
}

export interface PipelineReport {
  /** Without a packaging file nobody has said a version. */
  readonly release: { readonly name: string; readonly version?: string };
  readonly buildrootSeconds: number;
  readonly built: readonly BuiltJob[];
  readonly published: readonly PublishedTarget[];
  readonly seconds: number;
  readonly failures: readonly StageFailure[];
  /** Why the run failed; absent where it did not. */
  readonly error?: string;
}

const seconds = (value: number) => `${value.toFixed(1)} s`;

/** Markdown for a person. Whatever comes from packages, projects and commands stays inside code. */
export function pipelineSummary(report: PipelineReport): string {
  const { release, built, published, failures, error } = report;
  const title = release.version === undefined ? release.name : `${release.name} ${release.version}`;
  const lines = [`## ${escapeMarkdown(title)}: ${outcome(report)}`, ''];
  if (error !== undefined) lines.push(`${escapeMarkdown(error)}.`, '');
  if (built.length > 0) lines.push(...builtTable(built));
  for (const entry of published) lines.push(...targetSection(entry));
  for (const { title, summary, message } of failures) {
    // A build's own summary has a heading that names it, and why it failed.
    if (summary.trim() !== '') lines.push(summary.trim(), '');
    else if (message !== error) lines.push(`### ${escapeMarkdown(title)}`, '', `${escapeMarkdown(message)}.`, '');
  }
  const parts = [
    `buildroots ${seconds(report.buildrootSeconds)}`,
    ...published.map(
      ({ target, checkSeconds, publishSeconds, installed }) =>
        `${published.length > 1 ? `${target}: ` : ''}check ${seconds(checkSeconds)}, publish ${seconds(publishSeconds)}${installed ? `, install ${seconds(installed.seconds)}` : ''}`,
    ),
  ];
  lines.push(`Time: ${seconds(report.seconds)} in all; ${parts.join(', ')}.`, '');
  return `${lines.join('\n')}\n`;
}

function outcome({ built, published, error }: PipelineReport): string {
  const count = built.length === 1 ? 'one package' : formatCount(built.length, 'package');
  if (error !== undefined) return built.length === 0 ? 'failed' : `failed, ${count} built`;
  return `${count} built${published.some(({ changed }) => changed) ? ' and published' : ', published already'}`;
}

function builtTable(built: readonly BuiltJob[]): string[] {
  return table(
    ['package', 'version', 'target', 'packages', 'made from', 'prepare', 'build'],
    built.map(({ job, version, packages, origins, prepareSeconds, buildSeconds }) => [
      codeCell(job.package.name),
      codeCell(version),
      codeCell(job.target.name),
      packages.map(codeCell).join(', '),
      origins.map(origin).join(', '),
      seconds(prepareSeconds),
      seconds(buildSeconds),
    ]),
    'the output `result`',
  );
}

function origin({ role, project, commit, tag }: BuiltJob['origins'][number]): string {
  const since = tag === undefined ? '' : `, tag ${codeCell(tag)}`;
  return `${role === 'spec' ? 'packaging ' : ''}${codeCell(project)} at ${codeCell(commit.slice(0, 12))}${since}`;
}

const CLIENTS = {
  deb: { client: 'apt', folder: '/etc/apt/sources.list.d', ending: 'sources' },
  rpm: { client: 'dnf', folder: '/etc/yum.repos.d', ending: 'repo' },
} as const;

function targetSection(entry: PublishedTarget): string[] {
  const { client, folder, ending } = CLIENTS[entry.format];
  const lines = [
    `### ${escapeMarkdown(entry.target)}`,
    '',
    `- Repository: ${code(entry.root)}, channel ${code(entry.channel)} → snapshot ${code(entry.snapshot)}${entry.changed ? '' : ' (unchanged)'}`,
    `- Signed by ${code(entry.fingerprint)}`,
  ];
  if (entry.installed) {
    lines.push(`- Installed with ${client} in a clean session: ${entry.installed.installed.map(code).join(', ')}`);
    for (const { command, output } of entry.installed.tried) {
      const [first = ''] = output.split('\n');
      lines.push(`- ${code(command)} → ${first === '' ? '(no output)' : code(first)}`);
    }
  }
  return [
    ...lines,
    '',
    `To use it, write this to ${code(`${folder}/${entry.fileName}.${ending}`)}:`,
    '',
    '```',
    entry.entry.trimEnd(),
    '```',
    '',
  ];
}
