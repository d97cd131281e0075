/** The pipeline's summary: what was built from what, where it is, how long it took, how to use it. */
import type { InstallResult } from '../../systemtest/install.ts';
import type { Job } from './plan.ts';

export interface BuiltJob {
  readonly job: Job;
  readonly version: string;
  /** Names of the binary packages. */
  readonly packages: readonly string[];
  readonly prepareSeconds: number;
  readonly buildSeconds: number;
}

export interface PublishedTarget {
  readonly target: string;
  readonly root: string;
  readonly channel: string;
  readonly snapshot: string;
  readonly changed: boolean;
  readonly fingerprint: string;
  readonly sourcesEntry: string;
  readonly checkSeconds: number;
  readonly publishSeconds: number;
  readonly installed: InstallResult | undefined;
}

export interface PipelineReport {
  readonly release: { readonly name: string; readonly version: string };
  readonly buildrootSeconds: number;
  readonly built: readonly BuiltJob[];
  readonly published: readonly PublishedTarget[];
  readonly seconds: number;
}

const seconds = (value: number) => `${value.toFixed(1)} s`;
/** Text from outside inside a table cell. */
const cell = (text: string) => text.replaceAll('|', '\\|').replace(/\s+/g, ' ');

/** Markdown for a person. */
export function pipelineSummary(report: PipelineReport): string {
  const { built, published } = report;
  const lines = [
    `## ${report.release.name} ${report.release.version}: ${built.length === 1 ? 'one package' : `${built.length} packages`} built${published.some(({ changed }) => changed) ? ' and published' : ', published already'}`,
    '',
    '| package | version | target | packages | prepare | build |',
    '|---|---|---|---|---|---|',
    ...built.map(
      ({ job, version, packages, prepareSeconds, buildSeconds }) =>
        `| ${cell(job.package.name)} | ${cell(version)} | ${cell(job.target.name)} | ${cell(packages.join(', '))} | ${seconds(prepareSeconds)} | ${seconds(buildSeconds)} |`,
    ),
    '',
  ];
  for (const entry of published) lines.push(...targetSection(entry));
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

function targetSection(entry: PublishedTarget): string[] {
  const lines = [
    `### ${entry.target}`,
    '',
    `- Repository: \`${entry.root}\`, channel \`${entry.channel}\` → snapshot \`${entry.snapshot}\`${entry.changed ? '' : ' (unchanged)'}`,
    `- Signed by \`${entry.fingerprint}\``,
  ];
  if (entry.installed) {
    lines.push(
      `- Installed with apt in a clean session: ${entry.installed.installed.map((name) => `\`${name}\``).join(', ')}`,
    );
    for (const { command, output } of entry.installed.tried) {
      lines.push(`- \`${command.replaceAll('`', "'")}\` → ${cell(output.split('\n')[0] ?? '') || '(no output)'}`);
    }
  }
  return [
    ...lines,
    '',
    'To use it, write this to a file in `/etc/apt/sources.list.d/`:',
    '',
    '```',
    entry.sourcesEntry.trimEnd(),
    '```',
    '',
  ];
}
