/** Keeps buildroots up to date: the use case of `update-buildroots`, and what a build calls before it starts. */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { CommandError, quote, UserError } from '../errors.ts';
import type { Logger } from '../host/host.ts';
import type { Lock } from '../lock.ts';
import { type Buildroot, buildrootName, configurationDigest, isRpmBuildroot } from './configuration.ts';
import type { Engine } from './engine/engine.ts';
import {
  buildrootFolder,
  currentGeneration,
  type Generation,
  type GenerationRecord,
  holdCurrent,
  installGeneration,
  lockBuildroot,
  markChecked,
  removeTree,
  removeUnused,
  stageGeneration,
} from './generation.ts';
import { failureLine, makeDebTree } from './mmdebstrap.ts';
import { makeRpmTree, mockFailureLine } from './mock/tree.ts';
import { changedRepositories } from './mock/upstream.ts';
import { changedReleases } from './releases.ts';

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
  /** Make a new generation even when nothing changed. */
  readonly force?: boolean;
  /** Seconds to wait for another update of the same buildroot. */
  readonly lockSeconds?: number;
}

export interface UpdateResult {
  readonly name: string;
  readonly generation: Generation;
  /** Why there is a new generation; `unchanged` when there is none. */
  readonly outcome: 'unchanged' | 'created' | 'updated';
  readonly reason: string;
  readonly removed: readonly string[];
  readonly seconds: number;
}

/**
 * Makes a new generation where the configuration or the archive changed since the current one, and switches to it.
 * The current one stays in use until the rename, and for good when anything fails.
 *
 * @throws UserError or CommandError when the generation cannot be made.
 */
export async function updateBuildroot(options: UpdateOptions): Promise<UpdateResult> {
  const { state, configuration, logger, signal } = options;
  const name = options.name ?? buildrootName(configuration.target, configuration.architecture);
  const folder = buildrootFolder(state, name);
  const started = performance.now();
  await using _lock = await lockBuildroot(folder, options.lockSeconds ?? 3600, logger, signal);
  const current = await currentGeneration(folder);
  const reason = options.force ? 'asked for' : await reasonToUpdate(current, configuration, signal);
  const seconds = () => (performance.now() - started) / 1000;
  if (current !== undefined && reason === undefined) {
    await markChecked(folder);
    const removed = await removeUnused(folder);
    return {
      name,
      generation: current,
      outcome: 'unchanged',
      reason: 'nothing changed upstream',
      removed,
      seconds: seconds(),
    };
  }
  const staging = await stageGeneration(folder);
  try {
    const how = {
      state,
      tree: path.join(staging, 'tree'),
      runId: options.runId,
      logger,
      ...(signal ? { signal } : {}),
    };
    const made = isRpmBuildroot(configuration)
      ? await makeRpmTree({ ...how, configuration })
      : await makeDebTree({ ...how, configuration });
    const record: GenerationRecord = {
      schema: 'pkg-actions/generation/1',
      name,
      createdAt: new Date().toISOString(),
      configurationDigest: configurationDigest(configuration),
      configuration: { ...configuration },
      ...made,
    };
    const generation = await installGeneration(folder, staging, generationId(record), record);
    const removed = await removeUnused(folder);
    const outcome = current === undefined ? 'created' : 'updated';
    return { name, generation, outcome, reason: reason ?? 'asked for', removed, seconds: seconds() };
  } catch (error) {
    await removeTree(staging);
    throw explain(error, configuration);
  }
}

export interface HoldOptions extends UpdateOptions {
  /** Seconds after which upstream is looked at again before a build. `Infinity` takes whatever there is. */
  readonly maxAgeSeconds: number;
}

/**
 * The current generation, held, made or brought up to date before where that is due.
 * An archive that cannot be reached does not stop a build that has a generation: that is a warning. Only the target's
 * own is made here: what another name stands for is known to who made it.
 *
 * @throws UserError for a name that no buildroot has; what `updateBuildroot` throws.
 */
export async function holdBuildroot(
  options: HoldOptions,
): Promise<{ name: string; generation: Generation; lock: Lock }> {
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
    try {
      await options.logger.group(`Buildroot ${name}`, async () => {
        const { outcome, generation, reason } = await updateBuildroot({ ...options, configuration, name });
        options.logger.info(`${outcome}: generation ${generation.id} (${reason})`);
      });
    } catch (error) {
      if (current === undefined || changed || options.signal?.aborted) throw error;
      options.logger.warning(
        `the buildroot ${name} could not be brought up to date, its last generation is used: ${(error as Error).message}`,
      );
    }
  }
  const held = await holdCurrent(folder, options.signal);
  if (held === undefined) throw new Error(`the buildroot ${name} has no generation`);
  return { name, ...held };
}

/** Seconds since upstream was last looked at; `Infinity` where it never was. */
async function ageSeconds(folder: string): Promise<number> {
  const checked = await stat(path.join(folder, 'checked')).catch(() => undefined);
  return checked === undefined ? Number.POSITIVE_INFINITY : (Date.now() - checked.mtimeMs) / 1000;
}

async function reasonToUpdate(
  current: Generation | undefined,
  configuration: Buildroot,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  if (current === undefined) return 'there was none';
  if (current.record.configurationDigest !== configurationDigest(configuration)) return 'its configuration changed';
  const { releases } = current.record;
  if (releases.length === 0) return 'its archive cannot be compared';
  try {
    const changed = isRpmBuildroot(configuration)
      ? await changedRepositories(releases, { attempts: 2, ...(signal ? { signal } : {}) })
      : await changedReleases(releases, signal);
    return changed.length === 0 ? undefined : `${changed.join(', ')} changed upstream`;
  } catch (error) {
    if (signal?.aborted || !(error instanceof CommandError)) throw error;
    throw explain(error, configuration);
  }
}

/** The id of a generation: a digest of what it was made from and of what is in it. */
function generationId(record: GenerationRecord): string {
  const identity = [
    record.configurationDigest,
    ...record.releases.map((entry) => `${entry.uri} ${entry.file ?? entry.release} ${entry.sha256}`),
    ...record.packages,
  ];
  return createHash('sha256').update(identity.join('\n')).digest('hex').slice(0, 16);
}

/** The failures of apt, mmdebstrap, dnf and mock, as the one line that says why. */
function explain(error: unknown, configuration: Buildroot): unknown {
  if (!(error instanceof CommandError) || error.failure.end !== 'exit') return error;
  const isRpm = isRpmBuildroot(configuration);
  const line = isRpm ? mockFailureLine(error) : failureLine(error);
  if (line === undefined) return error;
  const { target, architecture } = configuration;
  const remedy = isRpm ? rpmRemedy(line) : debRemedy(line, target.name);
  return new UserError(
    {
      what: `the buildroot of ${target.name} for ${architecture} cannot be made`,
      found: line,
      ...(remedy ? { remedy } : {}),
    },
    { cause: error },
  );
}

function debRemedy(line: string, target: string): string | undefined {
  if (/NO_PUBKEY|signed|signature/.test(line)) {
    return `install the archive's keyring, or name it: keyring in the target ${target}`;
  }
  return /404|does not have a Release file/.test(line) ? 'check the mirror and the suite' : undefined;
}

function rpmRemedy(line: string): string | undefined {
  if (/signed|GPG|signature|Public key/i.test(line)) {
    return 'only packages signed by a key that the repository names are installed: check its gpgkey, or key';
  }
  if (/Status code: 404|No URLs/.test(line)) return 'check the address of the repository';
  if (/Status code: 40[13]/.test(line)) return 'the repository does not let this host in: check its address';
  if (/Curl error|Status code: \d|Failed to download metadata|Cannot download/.test(line)) {
    return 'check the address of the repository and that this host reaches it; it may pass when it is run again';
  }
  return /No match for argument|Unable to find a match|nothing provides/.test(line)
    ? 'check the name, and that a repository of the target has the package'
    : undefined;
}
