/** Keeps buildroots up to date: the use case of `update-buildroots`, and what a build calls before it starts. */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, quote, UserError } from '../errors.ts';
import type { Logger } from '../host/host.ts';
import type { Lock } from '../lock.ts';
import { type Buildroot, buildrootName, configurationDigest, isRpmBuildroot } from './configuration.ts';
import { reasonToUpdate, rejectionError, stillRejected } from './due.ts';
import type { Engine } from './engine/engine.ts';
import {
  buildrootFolder,
  clearLeftovers,
  currentGeneration,
  diskOf,
  type Generation,
  type GenerationRecord,
  holdCurrent,
  installGeneration,
  keptGenerations,
  lockBuildroot,
  markChecked,
  removeTree,
  removeUnused,
  setKeptGenerations,
  stageGeneration,
  tryLockBuildroot,
} from './generation.ts';
import { appendHistory, type HistoryEntry } from './history.ts';
import { makeDebTree } from './mmdebstrap.ts';
import { makeRpmTree } from './mock/tree.ts';
import { type PackageChanges, packageChanges } from './package-changes.ts';
import { clearRejection, describeRejection, readRejection, smokeFailure, writeRejection } from './rejection.ts';
import { type SmokeTest, trySmoke } from './smoke-test.ts';
import { explainFailure } from './update-failure.ts';

export interface UpdateOptions {
  readonly state: string;
  readonly configuration: Buildroot;
  /** Where its tools run; this host when absent. */
  readonly engine?: Engine;
  /** Name of the buildroot; the target's and the architecture's when absent. */
  readonly name?: string | undefined;
  readonly runId: string;
  readonly logger: Logger;
  readonly signal?: AbortSignal;
  /** Make a new generation even when nothing changed, and also one that is not wanted. */
  readonly force?: boolean;
  /** Seconds to wait for another update of the same buildroot. */
  readonly lockSeconds?: number;
  /** What a new generation has to pass before it is switched to. */
  readonly smoke?: SmokeTest;
  /** Make again what did not pass its smoke test, though upstream is as it was then. */
  readonly retryRejected?: boolean;
  /** How many former generations stay, from now on; as said before when absent. */
  readonly keep?: number;
  /** Address of a proxy that packages are downloaded through. */
  readonly proxy?: string | undefined;
}

export interface UpdateResult {
  readonly name: string;
  readonly generation: Generation;
  /** Why there is a new generation; `unchanged` when there is none. */
  readonly outcome: 'unchanged' | 'created' | 'updated' | 'rolled-back';
  readonly reason: string;
  /** Id of the current generation before. */
  readonly former: string | undefined;
  /** From the former generation to this one; all packages of the first one are new. */
  readonly changes: PackageChanges;
  readonly removed: readonly string[];
  readonly seconds: number;
  /** Bytes of all generations of the buildroot. */
  readonly disk: number;
}

/**
 * Makes a new generation where the configuration or the archive changed since the current one, tries it, and switches
 * to it. The current one stays in use until the rename, and for good when anything fails.
 *
 * @throws UserError or CommandError when the generation cannot be made; SmokeTestError, or InfrastructureError, where it
 *   did not pass its smoke test.
 */
export async function updateBuildroot(options: UpdateOptions): Promise<UpdateResult> {
  const folder = buildrootFolder(options.state, buildrootNameOf(options));
  await using _lock = await lockBuildroot(folder, options.lockSeconds ?? 3600, options.logger, options.signal);
  return await updateLocked(folder, options);
}

/** The name asked for, else that of the target and the architecture. */
export const buildrootNameOf = ({ name, configuration }: Pick<UpdateOptions, 'name' | 'configuration'>): string =>
  name ?? buildrootName(configuration.target, configuration.architecture);

async function updateLocked(folder: string, options: UpdateOptions): Promise<UpdateResult> {
  const { configuration, signal, logger } = options;
  const name = buildrootNameOf(options);
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  await clearLeftovers(folder);
  if (options.keep !== undefined) await setKeptGenerations(folder, options.keep);
  const current = await currentGeneration(folder);
  const changed = await reasonToUpdate(current, configuration, options);
  const reason = options.force ? 'asked for' : changed;
  const rejected = reason === undefined ? undefined : await stillRejected(folder, options);
  if (rejected !== undefined) {
    // Without a generation of this configuration there is nothing to build on.
    if (current?.record.configurationDigest !== configurationDigest(configuration))
      throw rejectionError(name, rejected);
    logger.warning(
      `the buildroot ${name} stays at generation ${current.id}: upstream is as it was for ${describeRejection(rejected)}`,
    );
  }
  if (current !== undefined && (reason === undefined || rejected !== undefined)) {
    await markChecked(folder);
    return {
      name,
      generation: current,
      outcome: 'unchanged',
      reason:
        rejected === undefined
          ? 'nothing changed upstream'
          : `upstream is as it was for ${describeRejection(rejected)}`,
      former: current.id,
      changes: packageChanges(configuration.target.format, [], []),
      removed: await removeUnused(folder, await keptGenerations(folder)),
      seconds: seconds(),
      disk: await diskOf(folder),
    };
  }
  const entry = {
    reason: reason ?? 'asked for',
    runId: options.runId,
    ...(current ? { former: current.id } : {}),
  };
  const note = (more: Pick<HistoryEntry, 'outcome'> & Partial<HistoryEntry>) =>
    appendHistory(folder, { time: new Date().toISOString(), seconds: round(seconds()), ...entry, ...more });

  const staging = await stageGeneration(folder);
  try {
    const record = await makeRecord(staging, options);
    const id = generationId(record);
    const changes = packageChanges(configuration.target.format, current?.record.packages ?? [], record.packages);
    if (options.smoke !== undefined) {
      const staged = { id, folder: staging, tree: path.join(staging, 'tree'), record };
      await passSmoke(folder, options, options.smoke, staged, (more) =>
        note({ generation: id, ...(current ? { changes } : {}), ...more }),
      );
    }
    const generation = await installGeneration(folder, staging, id, record, {
      logger,
      ...(signal ? { signal } : {}),
    });
    await clearRejection(folder);
    const outcome = current === undefined ? 'created' : 'updated';
    // Of the first one they are all of its packages, which its record has.
    await note({ outcome, generation: id, ...(current ? { changes } : {}) }).catch((error: unknown) =>
      logger.warning(`the history of the buildroot ${name} cannot be written: ${messageOf(error)}`),
    );
    const removed = await removeUnused(folder, await keptGenerations(folder));
    const disk = await diskOf(folder);
    return { name, generation, outcome, ...entry, former: current?.id, changes, removed, seconds: seconds(), disk };
  } catch (error) {
    await removeTree(staging);
    const explained = explainFailure(error, configuration);
    if (!signal?.aborted && !noted.has(error as object)) {
      // A full disk, say: what is thrown is why there is no generation, not why that could not be written down.
      await note({ outcome: 'failed', failure: { message: messageOf(explained).slice(0, 2000) } }).catch(
        () => undefined,
      );
    }
    throw explained;
  }
}

/** Errors that the history has an entry of already. */
const noted = new WeakSet<object>();

const round = (seconds: number) => Math.round(seconds * 10) / 10;

async function makeRecord(staging: string, options: UpdateOptions): Promise<GenerationRecord> {
  const { configuration, signal, proxy, engine } = options;
  const how = {
    state: options.state,
    tree: path.join(staging, 'tree'),
    runId: options.runId,
    logger: options.logger,
    ...(engine ? { engine } : {}),
    ...(proxy ? { proxy } : {}),
    ...(signal ? { signal } : {}),
  };
  const made = isRpmBuildroot(configuration)
    ? await makeRpmTree({ ...how, configuration })
    : await makeDebTree({ ...how, configuration });
  return {
    schema: 'pkg-actions/generation/1',
    name: buildrootNameOf(options),
    createdAt: new Date().toISOString(),
    configurationDigest: configurationDigest(configuration),
    configuration: { ...configuration },
    ...made,
  };
}

/** @throws SmokeTestError or InfrastructureError where the staged generation does not pass. */
async function passSmoke(
  folder: string,
  options: UpdateOptions,
  test: SmokeTest,
  generation: Generation,
  note: (more: Pick<HistoryEntry, 'outcome' | 'failure'>) => Promise<void>,
): Promise<void> {
  const { logger, configuration, state, runId, engine, proxy, signal } = options;
  logger.progress(`building a package on the new generation ${generation.id}`);
  const failed = await trySmoke(folder, test, {
    state,
    configuration,
    generation,
    runId,
    logger,
    ...(engine ? { engine } : {}),
    ...(proxy ? { proxy } : {}),
    ...(signal ? { signal } : {}),
  });
  signal?.throwIfAborted();
  if (failed === undefined) return;
  const { verdict, reason, log, tail } = failed;
  const isRejected = verdict !== 'infrastructure';
  if (isRejected) {
    await writeRejection(folder, {
      schema: 'pkg-actions/rejection/1',
      kind: 'smoke-test',
      rejectedAt: new Date().toISOString(),
      generation: generation.id,
      configurationDigest: configurationDigest(configuration),
      releases: generation.record.releases,
      verdict,
      reason,
      log,
    });
    await markChecked(folder);
  }
  const error = smokeFailure(buildrootNameOf(options), { verdict, reason, log });
  noted.add(error);
  await note({
    outcome: isRejected ? 'rejected' : 'failed',
    failure: { message: error.message, verdict, log, tail: [...tail] },
  });
  throw error;
}

export interface HoldOptions extends UpdateOptions {
  /** Seconds after which upstream is looked at again before a build. `Infinity` takes whatever there is. */
  readonly maxAgeSeconds: number;
}

/**
 * The current generation, held, made or brought up to date before where that is due.
 * An archive that cannot be reached, or a new generation that is not fit, does not stop a build that has one: that is a
 * warning. Nor does an update that runs already, unless `maxAgeSeconds` is 0. Only the target's own is made here: what
 * another name stands for is known to who made it.
 *
 * @throws UserError for a name that no buildroot has; what `updateBuildroot` throws.
 */
export async function holdBuildroot(
  options: HoldOptions,
): Promise<{ name: string; generation: Generation; lock: Lock }> {
  const { logger, signal } = options;
  const own = buildrootName(options.configuration.target, options.configuration.architecture);
  const name = options.name ?? own;
  const folder = buildrootFolder(options.state, name);
  const current = await currentGeneration(folder);
  if (current === undefined && name !== own) {
    throw new UserError({
      what: 'no such buildroot',
      where: 'input buildroot',
      found: quote(name),
      expected: `a buildroot in ${path.dirname(folder)}, or none for the target's own`,
      remedy: `make it with update-buildroots --name ${name}`,
    });
  }
  const digest = configurationDigest(options.configuration);
  // A buildroot that was made under a name of its own keeps the configuration it was made with.
  const changed = current !== undefined && options.name === undefined && current.record.configurationDigest !== digest;
  if (current === undefined || changed || (await ageSeconds(folder)) > options.maxAgeSeconds) {
    const configuration =
      current !== undefined && options.name !== undefined
        ? (current.record.configuration as unknown as Buildroot)
        : options.configuration;
    const isNeeded = current === undefined || changed || options.maxAgeSeconds <= 0;
    try {
      await logger.group(`Buildroot ${name}`, async () => {
        const lock = isNeeded
          ? await lockBuildroot(folder, options.lockSeconds ?? 3600, logger, signal)
          : await tryLockBuildroot(folder, signal);
        if (lock === undefined) {
          logger.info(`another run brings the buildroot ${name} up to date: its current generation is used`);
          return;
        }
        await using _lock = lock;
        const { outcome, generation, reason } = await updateLocked(folder, { ...options, configuration, name });
        logger.info(`${outcome}: generation ${generation.id} (${reason})`);
      });
    } catch (error) {
      if (current === undefined || changed || signal?.aborted) throw error;
      logger.warning(
        `the buildroot ${name} could not be brought up to date, its last generation is used: ${(error as Error).message}`,
      );
    }
  } else {
    const rejected = await readRejection(folder);
    if (rejected?.configurationDigest === current.record.configurationDigest) {
      logger.warning(
        `the buildroot ${name} is held at generation ${current.id}: not wanted is ${describeRejection(rejected)}`,
      );
    }
  }
  const held = await holdCurrent(folder, signal);
  if (held === undefined) throw new Error(`the buildroot ${name} has no generation`);
  return { name, ...held };
}

/** Seconds since upstream was last looked at; `Infinity` where it never was. */
async function ageSeconds(folder: string): Promise<number> {
  const checked = await stat(path.join(folder, 'checked')).catch(() => undefined);
  return checked === undefined ? Number.POSITIVE_INFINITY : (Date.now() - checked.mtimeMs) / 1000;
}

/** The id of a generation: a digest of what it was made from and of what is in it. */
function generationId(record: GenerationRecord): string {
  const identity = [
    // Raised when what is said of a generation becomes stricter: one of before may be in use where this one would lie.
    'generation 2',
    record.configurationDigest,
    ...record.releases.map((entry) => `${entry.uri} ${entry.file ?? entry.release} ${entry.sha256}`),
    ...record.packages,
  ];
  return createHash('sha256').update(identity.join('\n')).digest('hex').slice(0, 16);
}
