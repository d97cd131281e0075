/** Tries a new buildroot: builds a package of ours on it, the way every package is built. */
import path from 'node:path';
import { isRpmBuildroot } from '../../buildroot/configuration.ts';
import { HOST_ENGINE } from '../../buildroot/engine/engine.ts';
import { parallelBuilds, scratchSize } from '../../buildroot/scratch.ts';
import type { SmokeOutcome, SmokeRequest } from '../../buildroot/smoke-test.ts';
import { buildDeb } from '../deb-build.ts';
import { readDebSource } from '../deb-source.ts';
import { buildRpm } from '../rpm-build.ts';
import { readRpmSource } from '../rpm-source.ts';
import { writeDebPackage, writeRpmPackage } from './packages.ts';

/** It takes seconds; on a starved machine minutes. */
const TIMEOUT_SECONDS = 900;
const MIB = 1024 ** 2;

/**
 * Builds the package. The repositories of the generation are the only ones; nothing is kept between builds.
 *
 * @throws what a build throws before it begins; a cancellation as such.
 */
export async function smokeTest(request: SmokeRequest): Promise<SmokeOutcome> {
  const { configuration, output, state, generation, lock, runId, logger, engine = HOST_ENGINE } = request;
  const { target, architecture } = configuration;
  const sources = path.join(path.dirname(output), 'source');
  const common = {
    target,
    architecture,
    state,
    // Without a place: builds that have one may be waiting for this very generation.
    scratch: await scratchSize({ requested: 'auto', parallel: await parallelBuilds('auto', undefined) }),
    engine,
    caches: { layers: 0, downloads: 0, proxy: request.proxy, compilerCache: undefined },
    generation,
    lock,
    repositories: [],
    packageFiles: [],
    extraPackages: [],
    limits: { logBytes: 16 * MIB, outputBytes: 64 * MIB, retries: 0 },
    jobs: 1,
    timeoutSeconds: TIMEOUT_SECONDS,
    network: false,
    workspace: sources,
    mapping: undefined,
    output,
    runId,
    logger,
    signal: request.signal ?? new AbortController().signal,
  };
  const { report, logFile } = isRpmBuildroot(configuration)
    ? await buildRpm({
        ...common,
        source: await readRpmSource(await writeRpmPackage(sources)),
        with: [],
        without: [],
        defines: [],
        check: true,
        includeSource: false,
      })
    : await buildDeb({
        ...common,
        source: await readDebSource(await writeDebPackage(sources)),
        pins: [],
        parts: { any: true, all: true, source: false },
        profiles: [],
        options: [],
      });
  const { verdict, reason } = report.diagnosis;
  return { verdict, reason: verdict === 'success' ? '' : reason, log: logFile };
}
