/** Builds one rpm source package in one session: the use case of `build-mock`. */
import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Engine } from '../buildroot/engine/engine.ts';
import type { Generation } from '../buildroot/generation.ts';
import type { RpmRepository } from '../buildroot/mock/repositories.ts';
import type { Logger } from '../host/host.ts';
import type { Lock } from '../lock.ts';
import { describeFiles, type Manifest, writeManifest } from '../manifest.ts';
import { checkReplaceable, replaceFolder, stageOutput } from '../output-folder.ts';
import { formatEvr } from '../rpm/evr.ts';
import { VERSION } from '../version.ts';
import { BuildLog } from './build-log.ts';
import type { BuildCaches } from './build-settings.ts';
import { refusedResults } from './collect.ts';
import { blameCache } from './compiler-cache.ts';
import type { Diagnosis } from './log/diagnosis.ts';
import type { PathPrefix } from './log/map-path.ts';
import { readLog } from './log/text.ts';
import type { RpmbuildSettings } from './mock.ts';
import type { BuildReport } from './report/build-report.ts';
import { writeReports } from './report/write-reports.ts';
import { placeSource, type RpmResults, readRpmResults, roleOfRpmResult } from './rpm-results.ts';
import { type RpmSessionEnd, runRpmSession } from './rpm-session.ts';
import type { RpmSource } from './rpm-source.ts';
import { STDERR_LOG } from './rpm-steps.ts';

export interface RpmBuildRequest extends RpmbuildSettings {
  readonly source: RpmSource;
  readonly target: { readonly name: string; readonly suite: string };
  /** rpm's name. */
  readonly architecture: string;
  readonly state: string;
  readonly scratch: number | 'disk';
  /** Where the sessions run. */
  readonly engine: Engine;
  readonly caches: BuildCaches;
  /** The generation to build on, with the lock that keeps it; the build releases it. */
  readonly generation: Generation;
  readonly lock: Lock;
  readonly repositories: readonly RpmRepository[];
  /** .rpm files of this host that dependencies may come from. */
  readonly packageFiles: readonly string[];
  /** Names of packages to install beside the dependencies. */
  readonly extraPackages: readonly string[];
  readonly limits: { readonly logBytes: number; readonly outputBytes: number; readonly retries: number };
  readonly includeSource: boolean;
  readonly timeoutSeconds: number;
  readonly network: boolean;
  /** Checkout that reports speak of, and where parts of the source lie in it. */
  readonly workspace: string;
  readonly mapping: readonly PathPrefix[] | undefined;
  /** Folder for the results; made anew, put in place whole at the end. */
  readonly output: string;
  readonly runId: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export interface RpmBuildResult {
  readonly report: BuildReport;
  readonly manifest: Manifest;
  readonly folder: string;
  /** Of a failure the log that says why, else the one that has everything. */
  readonly logFile: string;
  /** Names of the packages built, sorted. */
  readonly packages: readonly string[];
}

/**
 * Builds the package. A failed build is a result too: its diagnosis says whose fault it is.
 *
 * @throws UserError for what was wrong before the build began; a cancellation is thrown as such.
 */
export async function buildRpm(request: RpmBuildRequest): Promise<RpmBuildResult> {
  const { source, architecture, signal, logger, limits } = request;
  const began = Math.floor(Date.now() / 1000);
  await checkReplaceable(request.output);
  const staging = await stageOutput(request.output);
  const log = new BuildLog(path.join(staging, 'session.log'), logger, limits.logBytes);
  const stderr = new BuildLog(path.join(staging, STDERR_LOG), logger, limits.logBytes);
  try {
    const end = await runRpmSession(request, log, stderr, staging);
    const results = end.refused
      ? { packages: [], made: undefined, refused: end.refused }
      : await readRpmResults(staging, source, architecture);
    if (results.refused !== undefined) log.write(`E: ${results.refused}`);
    await log.close();
    await stderr.close();
    const diagnosis =
      results.refused === undefined
        ? blameCache(
            await end.steps.diagnose(staging, {
              hasPackages: results.packages.length > 0,
              timeoutSeconds: request.timeoutSeconds,
              network: request.network,
              scratch: request.scratch,
            }),
            request.caches.compilerCache,
          )
        : refusedResults(end.refused ? 'output-size' : 'foreign-results', results.refused, await readLog(log.file));
    signal.throwIfAborted();
    if (diagnosis.verdict !== 'success') await removePackages(staging);
    const kept = diagnosis.verdict === 'success' ? results : { packages: [], made: undefined };
    const { warning } = await placeSource(staging, source, kept.made, request.includeSource);
    if (warning !== undefined) logger.warning(warning);

    const version = kept.made ? formatEvr(kept.made.package.evr) : source.version;
    const name = kept.made?.package.name ?? source.name;
    // The epoch's colon is in no file name.
    const stem = `${name}${version === undefined ? '' : `-${version.replace(/^\d+:/, '')}`}.${architecture}`;
    await rename(log.file, path.join(staging, `${stem}.log`));
    if (end.installed.length > 0) {
      await writeFile(path.join(staging, `${stem}.packages`), `${end.installed.join('\n')}\n`);
    }
    const wholeLogFile = path.join(request.output, `${stem}.log`);
    // A success is quoted too, and has no one log to be read.
    const quoted = diagnosis.verdict === 'success' ? undefined : diagnosis.quotes[0]?.file;
    const logFile = quoted === undefined ? wholeLogFile : path.join(request.output, quoted);
    const report = await writeReports({
      package: name,
      version,
      target: request.target.name,
      architecture,
      diagnosis,
      seconds: log.seconds,
      ...(end.compilerCache ? { compilerCache: end.compilerCache } : {}),
      folder: staging,
      packages: kept.packages.map(({ file }) => file),
      logFile,
      ...(logFile === wholeLogFile ? {} : { wholeLogFile }),
      places: {
        workspace: request.workspace,
        format: 'rpm',
        origins: source.origins,
        mapping: request.mapping,
        packaging: givenPackaging(source),
      },
    });
    const epoch = kept.packages.length > 0 ? epochOf(kept, began) : source.sourceDateEpoch;
    const manifest = await manifestOf(request, { name, version: version ?? 'unknown', epoch }, staging, diagnosis, end);
    await writeManifest(staging, manifest);
    await replaceFolder(staging, request.output);
    const packages = [...new Set(kept.packages.map((entry) => entry.package.name))].sort();
    return { report, manifest, folder: request.output, logFile, packages };
  } catch (error) {
    await log.close().catch(() => undefined);
    await stderr.close().catch(() => undefined);
    await rm(staging, { recursive: true, force: true });
    throw error;
  }
}

/**
 * What times in the packages were set to: that of the newest entry in %changelog, which rpm takes to be at midnight. Old
 * versions of rpm do not do that, nor does any for a spec file without entries; packages then have the time of the build.
 */
function epochOf({ packages }: Pick<RpmResults, 'packages'>, began: number): number | undefined {
  const [time, ...others] = new Set(packages.map((entry) => entry.package.buildTime));
  return time === undefined || others.length > 0 || time >= began ? undefined : time;
}

/** The spec file that was given itself, not by a manifest, and the files beside it. */
function givenPackaging({ kind, folder, main, files, manifestSha256 }: RpmSource): string[] | undefined {
  if (kind !== 'spec' || manifestSha256 !== undefined) return undefined;
  return [main, ...files.filter((name) => name !== main)].map((name) => path.join(folder, name));
}

async function removePackages(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.endsWith('.rpm')) await rm(path.join(folder, name));
  }
}

async function manifestOf(
  request: RpmBuildRequest,
  { epoch, ...built }: { readonly name: string; readonly version: string; readonly epoch: number | undefined },
  folder: string,
  diagnosis: Diagnosis,
  end: RpmSessionEnd,
): Promise<Manifest> {
  const { source, generation, target, architecture } = request;
  const mock = diagnosis.fields['Mock Version'];
  return {
    schema: 'pkg-actions/manifest/1',
    stage: 'build',
    createdAt: new Date().toISOString(),
    tool: { name: 'pkg-actions', version: VERSION },
    package: { ...built, format: 'rpm' },
    change: source.change,
    origins: source.origins,
    ...(source.manifestSha256 ? { previous: source.manifestSha256 } : {}),
    target: { name: target.name, suite: target.suite, architecture },
    buildroot: { generation: generation.id, ...(end.layer === undefined ? {} : { layer: end.layer }) },
    repositories: [...end.repositories],
    verdict: diagnosis.verdict,
    ...(epoch === undefined ? {} : { sourceDateEpoch: epoch }),
    tools: { ...generation.record.tools, ...(mock ? { mock } : {}) },
    files: await describeFiles(
      folder,
      (await readdir(folder)).map((name) => ({ name, role: roleOfRpmResult(name) })),
    ),
  };
}
