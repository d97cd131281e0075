/** Removes everything on this host that is dead, and tells what it was. */
import path from 'node:path';
import type { LeftoverReport } from '../../buildroot/leftovers.ts';
import { defaultStateFolder } from '../../buildroot/state.ts';
import { UserError } from '../../errors.ts';
import { formatBytes, formatCount } from '../../format.ts';
import type { Host } from '../../host/host.ts';
import type { InputValues, OutputValues } from '../../inputs.ts';
import { codeCell, escapeMarkdown, table } from '../../markdown.ts';
import { writeReport } from '../../report-file.ts';
import type { action } from './inputs.ts';
import { sweep } from './sweep.ts';

type Inputs = InputValues<typeof action.inputs>;
type Outputs = OutputValues<typeof action.outputs>;

/** @throws UserError where something could not be removed; the outputs are set. */
export async function run(inputs: Inputs, host: Host): Promise<Outputs> {
  const dryRun = inputs['dry-run'];
  const report = await host.group('Looking for what dead runs left', () =>
    sweep(
      {
        state: path.resolve(inputs.state ?? defaultStateFolder()),
        folders: [host.workspace, ...inputs.folders.map((folder) => path.resolve(host.workspace, folder))],
        dryRun,
        measure: true,
      },
      host,
    ),
  );
  const { removed, failed } = report;
  const bytes = removed.reduce((sum, leftover) => sum + (leftover.bytes ?? 0), 0);
  const result = { dryRun, bytes, removed, failed };
  const outputs = {
    removed: String(removed.length),
    failed: String(failed.length),
    bytes: String(bytes),
    report: JSON.stringify(result, null, 2),
  };
  for (const [name, value] of Object.entries(outputs)) host.output(name, value);
  if (inputs['report-file'] !== undefined) await writeReport(inputs['report-file'], result);
  if (inputs.format === 'table') await host.summary(summary(report, bytes, dryRun));
  if (failed.length > 0) {
    throw new UserError({
      what: 'some leftovers could not be removed',
      found: failed.map(({ kind, place, why }) => `${kind} ${place}: ${why}`).join('; '),
      remedy: 'docs/leftovers.md says how to look at them by hand',
    });
  }
  return outputs;
}

function summary({ removed, failed }: LeftoverReport, bytes: number, dryRun: boolean): string {
  const title = dryRun ? 'What a clean-up would remove' : 'Removed what dead runs left';
  if (removed.length + failed.length === 0) return `## ${title}\n\nNothing: no dead run left anything here.\n`;
  const rows = [
    ...failed.map(({ kind, place, why }) => [kind, codeCell(place), '', '', `not removed: ${escapeMarkdown(why)}`]),
    ...removed.map(({ kind, place, runId, bytes: size }) => [
      kind,
      codeCell(place),
      runId === undefined ? '' : codeCell(runId),
      size === undefined ? '' : formatBytes(size),
      dryRun ? 'to be removed' : 'removed',
    ]),
  ];
  return [
    `## ${title}`,
    '',
    `${formatCount(removed.length, 'leftover')}, ${formatBytes(bytes)} ${dryRun ? 'to be given back' : 'given back'}.`,
    '',
    ...table(['what', 'where', 'of the run', 'on disk', ''], rows, 'the report (input `report-file`)'),
  ].join('\n');
}
