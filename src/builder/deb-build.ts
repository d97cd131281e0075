/** Builds one Debian source package in one session: the use case of `build-sbuild`. */
import { copyFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { DebBuildroot, Repository } from '../buildroot/configuration.ts';
import type { Engine } from '../buildroot/engine/engine.ts';
import type { Generation } from '../buildroot/generation.ts';
import { localFolder } from '../deb/apt-source.ts';
import { type CommandEnd, CommandError } from '../errors.ts';
import type { Logger } from '../host/host.ts';
import type { Lock } from '../lock.ts';
import { describeFiles, type FileRole, type Manifest, writeManifest } from '../manifest.ts';
import { checkReplaceable, replaceFolder, stageOutput } from '../output-folder.ts';
import { VERSION } from '../version.ts';
import { BuildLog } from './build-log.ts';
import type { BuildCaches } from './build-settings.ts';
import { collectFiles, refusedResults } from './collect.ts';
import { blameCache, type CacheUse, cacheLine, openCompilerCache } from './compiler-cache.ts';
import { openReadySession, type ReadySession, SOURCES_IN_ROOT } from './deb-layer.ts';
import type { DebSource } from './deb-source.ts';
import { type Diagnosis, diagnoseSbuild } from './log/classify.ts';
import type { PathPrefix } from './log/map-path.ts';
import { readLog } from './log/text.ts';
import type { BuildReport } from './report/build-report.ts';
import { writeReports } from './report/write-reports.ts';
import { runSbuild } from './sbuild.ts';

export interface DebBuildRequest {
  readonly source: DebSource;
  readonly target: { readonly name: string; readonly suite: string };
  readonly architecture: string;
  readonly state: string;
  readonly scratch: number | 'disk';
  /** Where the sessions run. */
  readonly engine: Engine;
  readonly caches: BuildCaches;
  /** The generation to build on, with the lock that keeps it; the build releases it. */
  readonly generation: Generation;
  readonly lock: Lock;
  readonly repositories: readonly Repository[];
  readonly pins: DebBuildroot['pins'];
  /** .deb files of this host that dependencies may come from. */
  readonly packageFiles: readonly string[];
  /** Names of packages to install beside the dependencies. */
  readonly extraPackages: readonly string[];
  readonly limits: { readonly logBytes: number; readonly outputBytes: number; readonly retries: number };
  readonly parts: { readonly any: boolean; readonly all: boolean; readonly source: boolean };
  readonly profiles: readonly string[];
  readonly options: readonly string[];
  readonly jobs: number;
  readonly timeoutSeconds: number;
  readonly network: boolean;
  /** Checkout that reports speak of, and where parts of the source package lie in it. */
  readonly workspace: string;
  readonly mapping: readonly PathPrefix[] | undefined;
  /** Folder for the results; made anew, put in place whole at the end. */
  readonly output: string;
  readonly runId: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export interface DebBuildResult {
  readonly report: BuildReport;
  readonly manifest: Manifest;
  readonly folder: string;
  readonly logFile: string;
}

const COLLECTED: ReadonlySet<FileRole> = new Set(['deb', 'udeb', 'ddeb', 'changes', 'buildinfo']);
const PACKAGES: ReadonlySet<FileRole> = new Set(['deb', 'udeb', 'ddeb']);

/**
 * Builds the package. A failed build is a result too: its diagnosis says whose fault it is.
 *
 * @throws UserError for what was wrong before the build began; a cancellation is thrown as such.
 */
export async function buildDeb(request: DebBuildRequest): Promise<DebBuildResult> {
  const { source, architecture, signal, logger } = request;
  await checkReplaceable(request.output);
  const staging = await stageOutput(request.output);
  const stem = `${source.name}_${source.fileVersion}_${architecture}`;
  const log = new BuildLog(path.join(staging, `${stem}.build`), logger, request.limits.logBytes);
  try {
    const end = await session(request, log, staging);
    await log.close();
    const text = await readLog(log.file);
    const hasChanges = (await readdir(staging)).some((name) => name.endsWith('.changes'));
    const diagnosis =
      end.refused === undefined
        ? blameCache(
            diagnoseSbuild({
              log: text,
              ...end,
              hasChanges,
              timeoutSeconds: request.timeoutSeconds,
              network: request.network,
              scratch: request.scratch,
            }),
            request.caches.compilerCache,
          )
        : refusedResults('output-size', end.refused, text);
    signal.throwIfAborted();
    if (request.parts.source) {
      for (const name of source.files) await copyFile(path.join(source.folder, name), path.join(staging, name));
    }
    const logFile = path.join(request.output, path.basename(log.file));
    const report = await writeReports({
      package: source.name,
      version: source.version,
      target: request.target.name,
      architecture,
      diagnosis,
      seconds: log.seconds,
      ...(end.compilerCache ? { compilerCache: end.compilerCache } : {}),
      folder: staging,
      packages: (await readdir(staging)).filter((name) => PACKAGES.has(roleOf(name))).sort(),
      logFile,
      places: {
        workspace: request.workspace,
        format: 'deb',
        origins: source.origins,
        mapping: request.mapping,
      },
    });
    const manifest = await manifestOf(request, staging, diagnosis, end);
    await writeManifest(staging, manifest);
    await replaceFolder(staging, request.output);
    return { report, manifest, folder: request.output, logFile };
  } catch (error) {
    await log.close().catch(() => undefined);
    await rm(staging, { recursive: true, force: true });
    throw error;
  }
}

interface SessionEnd {
  readonly exitCode: number | undefined;
  readonly end: CommandEnd;
  /** sbuild's, where it ran. */
  readonly version: string | undefined;
  readonly packages: readonly string[];
  /** Name of the layer that it was built on. */
  readonly layer?: string;
  /** Why nothing of what the build made was taken. */
  readonly refused?: string;
  readonly compilerCache?: CacheUse;
}

async function session(request: DebBuildRequest, log: BuildLog, staging: string): Promise<SessionEnd> {
  const { source, parts, profiles } = request;
  const started = performance.now();
  const left = () => Math.max(1, request.timeoutSeconds - (performance.now() - started) / 1000);
  log.phase('open session');
  await using cache = await openCompilerCache({
    ...request,
    ...{ cache: request.caches.compilerCache, name: source.name, change: source.change, target: request.target.name },
  });
  let ready: ReadySession;
  try {
    ready = await openReadySession(request, log, left, cache);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    log.write(`E: ${error.message}`);
    return { exitCode: error.failure.exitCode, end: error.failure.end, version: undefined, packages: [] };
  }
  const { packages, layer } = ready;
  await using session = ready.session;
  await cache?.prepare(session);
  log.phase('build');
  const end = await runSbuild({
    session,
    dsc: `${session.root}${SOURCES_IN_ROOT}/${source.dsc}`,
    suite: request.target.suite,
    architecture: request.architecture,
    parts,
    profiles,
    options: request.options,
    jobs: request.jobs,
    sourceDateEpoch: source.sourceDateEpoch,
    timeoutSeconds: left(),
    network: request.network,
    mostBytes: request.limits.outputBytes,
    onLine: log.line,
    ...(cache ? { environment: cache.environment, path: cache.path } : {}),
  });
  log.phase('collect results');
  const used = await cache?.used(session);
  if (used) log.line(cacheLine(used));
  // Nothing may change the results any more while they are read.
  await session.stop();
  const { refused } = await collectFiles(
    session.outbox,
    staging,
    (name) => COLLECTED.has(roleOf(name)),
    request.limits.outputBytes,
  );
  if (refused !== undefined) log.write(`E: ${refused}`);
  log.phase('close session');
  await session.close();
  return {
    ...end,
    packages,
    ...(layer === undefined ? {} : { layer }),
    ...(refused === undefined ? {} : { refused }),
    ...(used === undefined ? {} : { compilerCache: used }),
  };
}

async function manifestOf(
  request: DebBuildRequest,
  folder: string,
  diagnosis: Diagnosis,
  { packages, layer, version: sbuild }: Pick<SessionEnd, 'packages' | 'layer' | 'version'>,
): Promise<Manifest> {
  const { source, generation, target, architecture } = request;
  const list = `${source.name}_${source.fileVersion}_${architecture}.packages`;
  if (packages.length > 0) await writeFile(path.join(folder, list), `${packages.join('\n')}\n`);
  const names = await readdir(folder);
  return {
    schema: 'pkg-actions/manifest/1',
    stage: 'build',
    createdAt: new Date().toISOString(),
    tool: { name: 'pkg-actions', version: VERSION },
    package: { name: source.name, version: source.version, format: 'deb' },
    change: source.change,
    origins: source.origins,
    ...(source.manifestSha256 ? { previous: source.manifestSha256 } : {}),
    target: { name: target.name, suite: target.suite, architecture },
    buildroot: { generation: generation.id, ...(layer === undefined ? {} : { layer }) },
    repositories: [
      ...generation.record.releases.map(({ uri, release, date }) => ({
        uri: localFolder({ uri }) ?? uri,
        suite: release,
        ...(date ? { date } : {}),
      })),
      ...request.repositories.map(({ source: { uri, suite } }) => ({ uri: localFolder({ uri }) ?? uri, suite })),
    ],
    verdict: diagnosis.verdict,
    ...(source.sourceDateEpoch === undefined ? {} : { sourceDateEpoch: source.sourceDateEpoch }),
    tools: { ...generation.record.tools, ...(sbuild === undefined ? {} : { sbuild }) },
    files: await describeFiles(
      folder,
      names.map((name) => ({ name, role: source.roles.get(name) ?? roleOf(name) })),
    ),
  };
}

/** What a file of a build is, by its name (deb-policy 5.6, dpkg-genbuildinfo(1), dpkg-genchanges(1)). */
export function roleOf(name: string): FileRole {
  const roles: readonly (readonly [RegExp, FileRole])[] = [
    [/\.deb$/, 'deb'],
    [/\.udeb$/, 'udeb'],
    [/\.ddeb$/, 'ddeb'],
    [/\.changes$/, 'changes'],
    [/\.buildinfo$/, 'buildinfo'],
    [/\.dsc$/, 'dsc'],
    [/\.build$/, 'log'],
    [/\.packages$/, 'packages-list'],
    [/^(junit\.xml|code-quality\.json)$/, 'report'],
  ];
  return roles.find(([pattern]) => pattern.test(name))?.[1] ?? 'other';
}
