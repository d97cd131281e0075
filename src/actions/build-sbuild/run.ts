/** Builds a Debian source package and tells what came of it. */
import path from 'node:path';
import { buildDeb, REPORTS } from '../../builder/deb-build.ts';
import { annotate } from '../../builder/report/annotations.ts';
import { faultOf } from '../../builder/report/build-report.ts';
import { buildSummary } from '../../builder/report/summary.ts';
import { messageOf, UserError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { InputValues, OutputValues } from '../../inputs.ts';
import { MANIFEST_NAME } from '../../manifest.ts';
import type { action } from './inputs.ts';
import { buildRequest } from './request.ts';

type Inputs = InputValues<typeof action.inputs>;
type Outputs = OutputValues<typeof action.outputs>;

/** @throws UserError when the package does not build: its verdict and the folder with the log are outputs all the same. */
export async function run(inputs: Inputs, host: Host): Promise<Outputs> {
  const request = await buildRequest(inputs, host);
  const { source, target, architecture } = request;
  const title = `${source.name} ${source.version} for ${target.name} (${architecture})`;
  const result = await host.group(`Build ${title}`, () => buildDeb(request));
  const { folder, manifest, report } = result;
  const { diagnosis } = report;
  annotate(report, host);
  await host.summary(buildSummary(report));
  await host.report('junit', path.join(folder, REPORTS.junit));
  await host.report('codequality', path.join(folder, REPORTS.codeQuality));
  const outputs: Outputs = {
    verdict: diagnosis.verdict,
    manifest: path.join(folder, MANIFEST_NAME),
    folder,
    log: result.logFile,
    packages: manifest.files
      .filter(({ role }) => role === 'deb' || role === 'udeb' || role === 'ddeb')
      .map(({ name }) => name.split('_')[0])
      .join(' '),
    artifact: '',
  };
  // Before anything else can fail: later steps read them of a failed run too.
  for (const [name, value] of Object.entries(outputs)) host.output(name, value);
  const files = manifest.files.map(({ name }) => path.join(folder, name)).concat(path.join(folder, MANIFEST_NAME));
  const failed = diagnosis.verdict !== 'success';
  let artifact: string | undefined;
  try {
    artifact = await host.upload(`packages-${source.name}-${target.name}-${architecture}`, folder, files);
  } catch (error) {
    if (!failed || host.signal.aborted) throw error;
    // That the package does not build is what people have to know.
    host.warning(`the results could not be uploaded: ${messageOf(error)}`);
  }
  if (failed) {
    if (artifact !== undefined) host.output('artifact', artifact);
    // Why was said above, at its place.
    throw new UserError({ what: `${title} does not build`, where: report.logFile, found: faultOf(diagnosis) });
  }
  return { ...outputs, artifact: artifact ?? '' };
}
