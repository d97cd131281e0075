/** Package files of this host as a repository that a session installs from. */
import { randomBytes } from 'node:crypto';
import { constants, copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { RpmRepository } from '../buildroot/mock/repositories.ts';
import { claimFolder } from '../claimed-folder.ts';
import { run } from '../process.ts';
import { readRpmPackage } from '../rpm/read-package.ts';

/** Id of the repository, for dnf and for logs. */
const NAME = 'package-files';

export interface PackageFiles extends AsyncDisposable {
  /** Empty where there are no files. */
  readonly repositories: readonly RpmRepository[];
}

/**
 * Makes a repository of the files (createrepo_c(8)), each read and verified by its digests before. It lies among the
 * sessions, with a lock and a record as they have, so that the next run removes it where ours was killed.
 *
 * @throws UserError for a file that is no whole package.
 */
export async function packageFileRepository(
  { state, runId, signal }: { readonly state: string; readonly runId: string; readonly signal: AbortSignal },
  files: readonly string[],
): Promise<PackageFiles> {
  if (files.length === 0) return { repositories: [], [Symbol.asyncDispose]: () => Promise.resolve() };
  const name = `packages-${randomBytes(4).toString('hex')}`;
  const { folder, remove } = await claimFolder(path.join(state, 'sessions'), name, {
    runId,
    what: `the package files ${name}`,
  });
  try {
    for (const [index, file] of files.entries()) {
      if ((await readRpmPackage(file)).isSource) continue;
      // Two folders may have files of one name.
      await mkdir(path.join(folder, String(index)));
      await copyFile(file, path.join(folder, String(index), path.basename(file)), constants.COPYFILE_FICLONE);
    }
    await run(['createrepo_c', '--quiet', '--no-database', folder], { signal });
    return {
      repositories: [{ name: NAME, baseurl: `file:${folder}`, keys: [], trusted: true }],
      [Symbol.asyncDispose]: remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
