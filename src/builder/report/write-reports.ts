/** The reports that lie beside the results of a build, for platforms that show them. */
import { stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BuildReport } from './build-report.ts';
import { codeQualityJson } from './code-quality.ts';
import { junit } from './junit.ts';
import { placeDiagnostics, type SourcePlaces } from './places.ts';

/** Reports in the output folder, as the action's table names them for GitLab. */
export const REPORTS = { junit: 'junit.xml', codeQuality: 'code-quality.json' } as const;

export interface ReportsRequest extends Omit<BuildReport, 'files' | 'logFile' | 'wholeLogFile'> {
  /** Where the results lie now, and the reports are written to. */
  readonly folder: string;
  /** Packages among the results, in the order to be shown. */
  readonly packages: readonly string[];
  /** The log, where it will lie in the end. */
  readonly logFile: string;
  /** Another log that has all of it, where there is one. */
  readonly wholeLogFile?: string | undefined;
  /** Where the files are that the build complains of. */
  readonly places: SourcePlaces;
}

/** Writes JUnit and Code Quality, and gives what they are made of. */
export async function writeReports(request: ReportsRequest): Promise<BuildReport> {
  const { folder, packages, logFile, wholeLogFile, places, diagnosis, ...build } = request;
  const shown = (file: string) => path.relative(places.workspace, file);
  const report: BuildReport = {
    ...build,
    diagnosis: { ...diagnosis, diagnostics: await placeDiagnostics(diagnosis.diagnostics, places) },
    files: await Promise.all(
      packages.map(async (name) => ({ name, size: (await stat(path.join(folder, name))).size })),
    ),
    logFile: shown(logFile),
    ...(wholeLogFile === undefined ? {} : { wholeLogFile: shown(wholeLogFile) }),
  };
  await writeFile(path.join(folder, REPORTS.junit), junit([report]));
  await writeFile(path.join(folder, REPORTS.codeQuality), codeQualityJson([report]));
  return report;
}
