/** Puts what is new into the staging folder's pool: signed copies of packages, and links to those that are there. */
import { link, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { signRpms } from '../../signing/rpm.ts';
import type { StageContext } from '../driver.ts';
import type { PoolFile, RpmSnapshot, SnapshotPackage } from '../snapshot.ts';
import { type RpmPlan, rpmPackage } from './plan.ts';

/**
 * Signs what is new. What another channel or an older snapshot has is taken over as it is: a name in the pool stands
 * for the same bytes for ever, and no two signatures are alike.
 *
 * @returns the packages to be added, all with their file in the staging folder's pool.
 */
export async function signPackages(plan: RpmPlan, context: StageContext<RpmSnapshot>): Promise<SnapshotPackage[]> {
  const { signer, staging, signal, logger } = context;
  const jobs = plan.fresh.map(({ file, poolPath, candidate }) => ({
    source: file.path,
    target: path.join(staging.public, poolPath),
    // Builds lie where others may write; the candidate was read from the file that the manifest lists.
    expected: { headerDigest: candidate.sha256, size: file.size, sha256: file.sha256 },
  }));
  for (const folder of new Set(jobs.map(({ target }) => path.dirname(target))))
    await mkdir(folder, { recursive: true });
  const signed = await signRpms(jobs, signer, {
    signal,
    onSigned: (done, total) => logger.progress(`signed ${done} of ${total} packages`),
  });
  const fresh = plan.fresh.map((each, index) => {
    const file = signed[index];
    if (file === undefined) throw new Error(`${each.poolPath} was not signed`);
    return rpmPackage(each, file, signer.key.fingerprint);
  });
  await linkFromPool(plan.takenOver, context);
  return [...fresh, ...plan.takenOver];
}

/** Makes files of the pool be there in the staging folder's, for tools that read them. */
export async function linkFromPool(
  packages: readonly SnapshotPackage[],
  { staging, view }: Pick<StageContext<RpmSnapshot>, 'staging' | 'view'>,
): Promise<void> {
  for (const file of packages.flatMap(({ files }): readonly PoolFile[] => files)) {
    const target = path.join(staging.public, file.path);
    await mkdir(path.dirname(target), { recursive: true });
    await link(path.join(view.paths.public, file.path), target).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}
