/**
 * Packages that apt downloads are kept on the host, and given to the next apt that wants them.
 *
 * apt downloads into a folder of this host that the session may write to. Kept packages lie in another one that it may
 * only read, and apt's has links to them. What apt downloaded is moved out when nothing of the session is running any more,
 * and compared with what the signed lists said: maintainer scripts, which run as root of the session, may have changed it.
 */
import { mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { type Downloads, openDownloads } from '../buildroot/downloads/store.ts';
import type { SessionBind } from '../buildroot/session.ts';
import type { DependencyPlan, PlannedPackage } from './deb-plan.ts';

const KEPT = '/run/pkg-actions/kept';
const ARCHIVES = '/run/pkg-actions/archives';

export interface AptArchives extends AsyncDisposable {
  /** What the session is to be shown. */
  readonly binds: readonly SessionBind[];
  /** Options for every apt that installs. */
  readonly options: readonly string[];
  /** Gives apt what is kept of the plan. Returns how many packages that were, and how many are not kept. */
  offer(plan: DependencyPlan): Promise<{ readonly kept: number; readonly missing: number }>;
  /**
   * Keeps what apt downloaded of the plan, and removes the least recently used down to `mostBytes`. Nothing of the session
   * may be running any more.
   */
  keep(plan: DependencyPlan, mostBytes: number): Promise<void>;
}

type Wanted = PlannedPackage & { readonly sha256: string };

/** @throws errors of the file system. */
export async function openAptArchives(state: string, signal: AbortSignal): Promise<AptArchives> {
  const downloads: Downloads = await openDownloads(state, signal);
  const kept = path.join(downloads.folder, 'kept');
  const archives = path.join(downloads.folder, 'archives');
  try {
    for (const folder of [kept, archives]) await mkdir(folder, { mode: 0o755 });
  } catch (error) {
    await downloads.close();
    throw error;
  }
  const offered = new Set<string>();
  return {
    binds: [
      { source: kept, destination: KEPT },
      { source: archives, destination: ARCHIVES, writable: true },
    ],
    options: ['-o', `Dir::Cache::Archives=${ARCHIVES}/`],
    async offer(plan) {
      const wanted = downloadsOf(plan);
      let found = 0;
      for (const { file, sha256, size } of wanted) {
        if (offered.has(file)) continue;
        const isKept = await downloads.take({ sha256, size }, path.join(kept, file));
        if (!isKept) continue;
        await symlink(`${KEPT}/${file}`, path.join(archives, file));
        offered.add(file);
        found += 1;
      }
      return { kept: found, missing: wanted.length - offered.size };
    },
    async keep(plan, mostBytes) {
      let isNew = false;
      for (const { file, sha256, size } of downloadsOf(plan)) {
        if (offered.has(file)) continue;
        isNew = (await downloads.adopt({ sha256, size }, path.join(archives, file))) || isNew;
      }
      if (isNew) await downloads.prune(mostBytes);
    },
    [Symbol.asyncDispose]: downloads.close,
  };
}

/** What comes by network, and is named with its digest. */
function downloadsOf({ install }: DependencyPlan): Wanted[] {
  return install.filter((entry): entry is Wanted => entry.sha256 !== undefined && /^https?:/.test(entry.uri));
}
