/** The reports that lie beside the results of a build, for platforms that show them. */
import { stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../process.ts';
import { locateDiagnostics, type PathPrefix } from '../log/map-path.ts';
import type { BuildReport } from './build-report.ts';
import { codeQualityJson } from './code-quality.ts';
import { junit } from './junit.ts';

/** Reports in the output folder, as the action's table names them for GitLab. */
export const REPORTS = { junit: 'junit.xml', codeQuality: 'code-quality.json' } as const;

export interface ReportsRequest extends Omit<BuildReport, 'files' | 'logFile'> {
  /** Where the results lie now, and the reports are written to. */
  readonly folder: string;
  /** Packages among the results, in the order to be shown. */
  readonly packages: readonly string[];
  /** The log, where it will lie in the end. */
  readonly logFile: string;
  /** Checkout that reports speak of, and where parts of the source package lie in it. */
  readonly workspace: string;
  readonly prefixes: readonly PathPrefix[];
}

/** Writes JUnit and Code Quality, and gives what they are made of. */
export async function writeReports(request: ReportsRequest): Promise<BuildReport> {
  const { folder, packages, logFile, workspace, prefixes, diagnosis, ...build } = request;
  const tracked = await trackedFiles(workspace);
  const report: BuildReport = {
    ...build,
    diagnosis: {
      ...diagnosis,
      diagnostics: locateDiagnostics(diagnosis.diagnostics, { prefixes, ...(tracked ? { files: tracked } : {}) }),
    },
    files: await Promise.all(
      packages.map(async (name) => ({ name, size: (await stat(path.join(folder, name))).size })),
    ),
    logFile: path.relative(workspace, logFile),
  };
  await writeFile(path.join(folder, REPORTS.junit), junit([report]));
  await writeFile(path.join(folder, REPORTS.codeQuality), codeQualityJson([report]));
  return report;
}

/** Files of the checkout, so that only those are annotated; `undefined` where it is no checkout of git. */
async function trackedFiles(workspace: string): Promise<Set<string> | undefined> {
  // The checkout's own configuration may name programs (git-config(1), core.fsmonitor).
  const settings = ['safe.directory=*', 'core.fsmonitor=false', 'core.hooksPath=/dev/null'].flatMap((setting) => [
    '-c',
    setting,
  ]);
  const { exitCode, stdout } = await run(['git', ...settings, '-C', workspace, 'ls-files', '-z'], {
    okExitCodes: 'any',
    captureBytes: 64 * 1024 ** 2,
  });
  return exitCode === 0 && stdout !== '' ? new Set(stdout.split('\0').filter((name) => name !== '')) : undefined;
}
