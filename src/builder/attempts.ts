/**
 * What is left of the attempts of one build: the logs of those that failed lie beside the last one's, as
 * `hello_2.10-3_amd64.attempt-1.build`, and manifest and reports tell of them. A build that never got as far as a log
 * has a folder all the same, with what was said and the verdict.
 */
import { copyFile, link, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describeFiles, type FileRole, type Manifest, writeManifest } from '../manifest.ts';
import { replaceFolder, stageOutput } from '../output-folder.ts';
import { removeMountedTree } from '../remove-tree.ts';
import { type TemporaryFolder, temporaryFolder } from '../temporary.ts';
import { VERSION } from '../version.ts';
import type { BuildReport } from './report/build-report.ts';
import { junit } from './report/junit.ts';
import { REPORTS, writeReports } from './report/write-reports.ts';
import type { AttemptEnd, Attempts } from './retry.ts';
import type { Thrown } from './thrown.ts';

/** What is to be known of a build that may have failed before it began: what the requests of both formats have. */
export interface AttemptedBuild {
  readonly source: {
    readonly name: string;
    readonly version: string | undefined;
    readonly origins: Manifest['origins'];
    readonly change: Manifest['change'];
    readonly manifestSha256: string | undefined;
    readonly sourceDateEpoch: number | undefined;
  };
  readonly target: { readonly name: string; readonly suite: string };
  readonly architecture: string;
  readonly workspace: string;
  /** Folder for the results. */
  readonly output: string;
}

/** What builds of both formats give. */
export interface AttemptResult {
  readonly report: BuildReport;
  readonly manifest: Manifest;
  readonly folder: string;
  readonly logFile: string;
}

/** A result without packages. */
export interface NothingBuilt extends AttemptResult {
  readonly packages: readonly string[];
}

/** `build.log` of the first attempt as `build.attempt-1.log`. */
export function attemptName(name: string, number: number): string {
  const { name: stem, ext } = path.parse(name);
  return `${stem}.attempt-${number}${ext}`;
}

/** Keeps logs of attempts beside the output folder, until it is disposed of. */
export class AttemptRecord implements AsyncDisposable {
  readonly #build: AttemptedBuild;
  readonly #format: 'deb' | 'rpm';
  #folder: TemporaryFolder | undefined;
  readonly #seconds = new Map<string, number>();
  readonly #started = performance.now();

  constructor(build: AttemptedBuild, format: 'deb' | 'rpm') {
    this.#build = build;
    this.#format = format;
  }

  /** Keeps the logs of one attempt. */
  readonly keep = async (number: number, end: AttemptEnd<AttemptResult>): Promise<void> => {
    const parent = path.dirname(this.#build.output);
    await mkdir(parent, { recursive: true });
    this.#folder ??= await temporaryFolder('attempts', parent);
    const { path: kept } = this.#folder;
    const place = (name: string) => path.join(kept, attemptName(name, number));
    if ('thrown' in end) {
      await writeFile(place(logName(this.#build, this.#format)), end.thrown.log);
      return;
    }
    const { manifest, folder } = end.result;
    for (const { name, role } of manifest.files) {
      if (role === 'log') await copyFile(path.join(folder, name), place(name));
    }
  };

  /**
   * Puts the logs kept, and what they are of, into the results of the last attempt. Where that one gave none, results
   * are made that say why.
   */
  async finish<R extends AttemptResult>({ last, earlier, most }: Attempts<R>): Promise<R | NothingBuilt> {
    const result = 'result' in last ? last.result : await this.#nothingBuilt(last.thrown);
    const kept = this.#folder?.path;
    if (kept === undefined) return result;
    const { output } = this.#build;
    const report: BuildReport = {
      ...result.report,
      attempts: { number: earlier.length + 1, most, reasons: earlier.map(({ diagnosis }) => diagnosis.reason) },
    };
    const manifest = await inPlace(output, async (staging) => {
      const unchanged = result.manifest.files.filter(({ name }) => name !== REPORTS.junit);
      for (const { name } of unchanged) await link(path.join(output, name), path.join(staging, name));
      await writeFile(path.join(staging, REPORTS.junit), junit([report]));
      const logs = await readdir(kept);
      for (const name of logs) await copyFile(path.join(kept, name), path.join(staging, name));
      const changed = await describeFiles(staging, [
        ...logs.map((name) => ({ name, role: 'log' as const })),
        { name: REPORTS.junit, role: 'report' as const },
      ]);
      const files = [...unchanged, ...changed].sort((a, b) => (a.name < b.name ? -1 : 1));
      return { ...result.manifest, attempts: earlier.length + 1, files };
    });
    return { ...result, report, manifest };
  }

  /** Results of a build that never began. */
  async #nothingBuilt({ diagnosis, log }: Thrown): Promise<NothingBuilt> {
    const { source, target, architecture, output, workspace } = this.#build;
    const name = logName(this.#build, this.#format);
    this.#seconds.set('open session', (performance.now() - this.#started) / 1000);
    const logFile = path.join(output, name);
    let report: BuildReport | undefined;
    const manifest = await inPlace(output, async (staging) => {
      await writeFile(path.join(staging, name), log);
      report = await writeReports({
        package: source.name,
        version: source.version,
        target: target.name,
        architecture,
        diagnosis,
        seconds: this.#seconds,
        folder: staging,
        packages: [],
        logFile,
        places: { workspace, format: this.#format, origins: source.origins, mapping: undefined },
      });
      const roleOf = (file: string): FileRole => (file === name ? 'log' : 'report');
      return {
        schema: 'pkg-actions/manifest/1',
        stage: 'build',
        createdAt: new Date().toISOString(),
        tool: { name: 'pkg-actions', version: VERSION },
        package: { name: source.name, version: source.version ?? 'unknown', format: this.#format },
        change: source.change,
        origins: source.origins,
        ...(source.manifestSha256 ? { previous: source.manifestSha256 } : {}),
        target: { name: target.name, suite: target.suite, architecture },
        verdict: diagnosis.verdict,
        ...(source.sourceDateEpoch === undefined ? {} : { sourceDateEpoch: source.sourceDateEpoch }),
        tools: {},
        files: await describeFiles(
          staging,
          (await readdir(staging)).map((file) => ({ name: file, role: roleOf(file) })),
        ),
      };
    });
    if (report === undefined) throw new Error('no report was written');
    return { report, manifest, folder: output, logFile, packages: [] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder?.[Symbol.asyncDispose]();
  }
}

/** The name that the build's own log has. */
function logName({ source: { name, version }, architecture }: AttemptedBuild, format: 'deb' | 'rpm'): string {
  // The epoch's colon is in no file name.
  const plain = version?.replace(/^\d+:/, '');
  return format === 'deb'
    ? `${name}_${plain}_${architecture}.build`
    : `${name}${plain === undefined ? '' : `-${plain}`}.${architecture}.log`;
}

/** Fills a new output folder and puts it in the place of the last one, with the manifest that `fill` gives. */
async function inPlace(output: string, fill: (staging: string) => Promise<Manifest>): Promise<Manifest> {
  const staging = await stageOutput(output);
  try {
    const manifest = await fill(staging);
    await writeManifest(staging, manifest);
    await replaceFolder(staging, output);
    return manifest;
  } catch (error) {
    await removeMountedTree(staging);
    throw error;
  }
}
