/** Looks at this host and tells what it found: a table, JSON, an exit code. */
import path from 'node:path';
import { defaultStateFolder } from '../../buildroot/state.ts';
import { examineHost } from '../../doctor/examine.ts';
import { failuresOf } from '../../doctor/report.ts';
import { doctorSummary } from '../../doctor/table.ts';
import { askedUses, foundUses } from '../../doctor/uses.ts';
import { UserError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { InputValues, OutputValues } from '../../inputs.ts';
import { writeReport } from '../../report-file.ts';
import type { action } from './inputs.ts';

type Inputs = InputValues<typeof action.inputs>;
type Outputs = OutputValues<typeof action.outputs>;

/** @throws UserError where something that is needed is missing, and with `strict` for a warning; the outputs are set. */
export async function run(inputs: Inputs, host: Host): Promise<Outputs> {
  const state = path.resolve(inputs.state ?? defaultStateFolder());
  const wanted = inputs.for.length > 0 ? askedUses(inputs.for) : await foundUses(state);
  const resolve = (file: string) => path.resolve(host.workspace, file);
  const report = await host.group('Looking at this host', () =>
    examineHost({
      state,
      work: host.workspace,
      wanted,
      keys: {
        signingKey: inputs['signing-key'],
        files: inputs['public-keys'].map(resolve),
        repositories: inputs.repositories.map(resolve),
      },
      engine: inputs.engine === 'auto' ? undefined : inputs.engine,
      toolImage: inputs['tool-image'],
      proxy: inputs.proxy,
      signal: host.signal,
      progress: (title) => host.progress(title),
    }),
  );
  const outputs = { result: report.result, report: JSON.stringify(report, null, 2) };
  for (const [name, value] of Object.entries(outputs)) host.output(name, value);
  if (inputs['report-file'] !== undefined) await writeReport(inputs['report-file'], report);
  if (inputs.format === 'table') await host.summary(doctorSummary(report));
  const failures = failuresOf(report.checks);
  const warnings = report.checks.filter(({ status, needed }) => needed && status === 'warning');
  const counted = inputs.strict ? [...failures, ...warnings] : failures;
  if (counted.length > 0) {
    throw new UserError({
      what: 'this host is not ready',
      found: counted.map(({ title }) => title).join(', '),
      expected: `all that it needs for ${report.uses.join(', ')}`,
      remedy: 'what mends each stands in the table',
    });
  }
  return outputs;
}
