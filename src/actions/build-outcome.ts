/** The end of a build action, the same for both formats: what came of it is told, handed on, and judged. */
import path from 'node:path';
import { annotate } from '../builder/report/annotations.ts';
import { type BuildReport, faultOf } from '../builder/report/build-report.ts';
import { buildSummary } from '../builder/report/summary.ts';
import { REPORTS } from '../builder/report/write-reports.ts';
import { messageOf, UserError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { MANIFEST_NAME, type Manifest } from '../manifest.ts';

export interface BuildOutcome {
  /** `hello 2.10-3 for debian-12 (amd64)`. */
  readonly title: string;
  readonly report: BuildReport;
  readonly manifest: Manifest;
  readonly folder: string;
  readonly logFile: string;
  /** Names of the packages built. */
  readonly packages: readonly string[];
  /** Name of the artifact. */
  readonly artifact: string;
}

/** The outputs that build actions have. */
export type BuildOutputs = Record<'verdict' | 'manifest' | 'folder' | 'log' | 'packages' | 'artifact', string>;

/** @throws UserError when the package does not build: its verdict and the folder with the log are outputs all the same. */
export async function finishBuild(outcome: BuildOutcome, host: Host): Promise<BuildOutputs> {
  const { title, report, manifest, folder } = outcome;
  const { diagnosis } = report;
  annotate(report, host);
  await host.summary(buildSummary(report));
  await host.report('junit', path.join(folder, REPORTS.junit));
  await host.report('codequality', path.join(folder, REPORTS.codeQuality));
  const outputs: BuildOutputs = {
    verdict: diagnosis.verdict,
    manifest: path.join(folder, MANIFEST_NAME),
    folder,
    log: outcome.logFile,
    packages: outcome.packages.join(' '),
    artifact: '',
  };
  // Before anything else can fail: later steps read them of a failed run too.
  for (const [name, value] of Object.entries(outputs)) host.output(name, value);
  const files = manifest.files.map(({ name }) => path.join(folder, name)).concat(path.join(folder, MANIFEST_NAME));
  const failed = diagnosis.verdict !== 'success';
  let artifact: string | undefined;
  try {
    artifact = await host.upload(outcome.artifact, folder, files);
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
