/** Goes back to the generation before the current one, and stays there. */
import { quote, UserError } from '../errors.ts';
import {
  buildrootFolder,
  currentGeneration,
  diskOf,
  formerGenerations,
  keptGenerations,
  lockBuildroot,
  markRolledBack,
  removeUnused,
  switchTo,
} from './generation.ts';
import { appendHistory } from './history.ts';
import { packageChanges } from './package-changes.ts';
import { writeRejection } from './rejection.ts';
import { buildrootNameOf, type UpdateOptions, type UpdateResult } from './update.ts';

/**
 * Makes the newest former generation current. The one that was is not made again, by builds or by updates, until upstream
 * is another than it was made from, or an update is forced; it goes when nobody holds it.
 *
 * @throws UserError where there is no buildroot, no former generation, or only one of another configuration: builds ask
 *   for the present one.
 */
export async function rollbackBuildroot(
  options: Pick<UpdateOptions, 'state' | 'configuration' | 'name' | 'runId' | 'logger' | 'signal' | 'lockSeconds'>,
): Promise<UpdateResult> {
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const name = buildrootNameOf(options);
  const folder = buildrootFolder(options.state, name);
  await using _lock = await lockBuildroot(folder, options.lockSeconds ?? 3600, options.logger, options.signal);
  const current = await currentGeneration(folder);
  if (current === undefined) {
    throw new UserError({ what: 'there is no buildroot to roll back', where: folder, found: quote(name) });
  }
  const former = (await formerGenerations(folder)).find(
    ({ record }) => Date.parse(record.createdAt) <= Date.parse(current.record.createdAt),
  );
  if (former === undefined) {
    throw new UserError({
      what: `the buildroot ${name} has no former generation`,
      where: folder,
      found: `only ${current.id}`,
      remedy: 'the input keep says how many former generations stay after an update',
    });
  }
  const { configurationDigest } = current.record;
  if (former.record.configurationDigest !== configurationDigest) {
    throw new UserError({
      what: `the former generation of the buildroot ${name} is of another configuration`,
      where: folder,
      found: `${former.id}, made ${former.record.createdAt}`,
      remedy: 'change the configuration back: builds would not take a generation of another one',
    });
  }
  const reason = `rolled back by ${options.runId}`;
  // First what keeps it from being made again: killed in between, the next update finds the current one rejected only.
  await writeRejection(folder, {
    schema: 'pkg-actions/rejection/1',
    kind: 'rollback',
    rejectedAt: new Date().toISOString(),
    generation: current.id,
    configurationDigest,
    releases: current.record.releases,
    reason,
  });
  await switchTo(folder, former.id);
  await markRolledBack(current);
  const changes = packageChanges(options.configuration.target.format, current.record.packages, former.record.packages);
  await appendHistory(folder, {
    time: new Date().toISOString(),
    outcome: 'rolled-back',
    generation: former.id,
    former: current.id,
    reason,
    changes,
    seconds: 0,
    runId: options.runId,
  });
  const removed = await removeUnused(folder, await keptGenerations(folder));
  return {
    name,
    generation: former,
    outcome: 'rolled-back',
    reason,
    former: current.id,
    changes,
    removed,
    seconds: seconds(),
    disk: await diskOf(folder),
  };
}
