/** Removes what unfinished transactions left: staging folders, and what their journals say they had begun elsewhere. */
import { readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { temporaryLink } from '../durable.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../host/host.ts';
import { appendHistory, historyLine, takeBackHistory } from './history.ts';
import { type Journal, type JournalOf, readJournal } from './journal.ts';
import { isSnapshotId, type RepositoryPaths } from './layout.ts';
import { removeMemoryFolder } from './memory.ts';
import { removeUnneeded } from './pool.ts';
import { writeSite } from './site/site.ts';
import { listSnapshots, readChannels } from './snapshot.ts';

/** To be called under the lease, by a failing run and by every one that starts. */
export async function recover(paths: RepositoryPaths, logger: Logger): Promise<void> {
  const leftovers = await readdir(paths.staging);
  if (leftovers.length === 0) return;
  const channels = await readChannels(paths);
  // Folders without a journal are what another one has moved away, or have changed nothing elsewhere: last.
  const journals = new Map<string, Journal>();
  for (const name of leftovers) {
    const journal = await readJournal(path.join(paths.staging, name));
    if (journal !== undefined) journals.set(name, journal);
  }
  for (const journal of journals.values()) await settle(paths, journal, channels);
  // Helpers of a tool that was killed with its publisher may write for another moment (apt's methods, dnf's gpg-agent).
  const options = { recursive: true, force: true, maxRetries: 10, retryDelay: 20 };
  for (const name of leftovers) {
    // First: it is named after the folder.
    if (isSnapshotId(name)) await removeMemoryFolder(name);
    await rm(path.join(paths.staging, name), options);
  }
  await removeOldState(paths);
  await rm(path.join(paths.public, 'keyring.gpg.new'), { force: true });
  await rm(path.join(paths.public, 'key.asc.new'), { force: true });
  if (journals.size > 0) await refreshSite(paths, logger);
}

/** Undoes what was not served yet, and finishes what was. */
async function settle(paths: RepositoryPaths, journal: Journal, channels: ReadonlyMap<string, string>): Promise<void> {
  switch (journal.schema) {
    case 'pkg-actions/journal/1': {
      if ([...channels.values()].includes(journal.id)) return;
      if (journal.entry !== undefined) await takeBackHistory(paths, historyLine(journal.entry));
      await removeSnapshotFolder(paths, journal.id);
      await rm(path.join(paths.private, journal.id), { recursive: true, force: true });
      await removeUnneeded(paths, journal.poolFiles);
      await rm(path.join(paths.public, temporaryLink(journal.channel)), { force: true });
      return;
    }
    case 'pkg-actions/point/1': {
      const { entry, indexes } = journal;
      if (entry.action === 'prune' || (channels.get(entry.channel) ?? null) === entry.id) return;
      await takeBackHistory(paths, historyLine(entry));
      for (const index of entry.id === null ? [] : indexes) {
        await rm(path.join(paths.snapshot(entry.id ?? ''), index), { force: true });
      }
      await rm(path.join(paths.public, temporaryLink(entry.channel)), { force: true });
      return;
    }
    case 'pkg-actions/prune/1':
      await finishPrune(paths, journal);
  }
}

/**
 * What follows once snapshots have been moved away: their folders, and the files of the pool that nothing needs any
 * more. What of the journal's snapshots is still there stays, with its files.
 *
 * @param onFile called for every file of the pool when it was looked at.
 */
export async function finishPrune(
  paths: RepositoryPaths,
  journal: JournalOf<'pkg-actions/prune/1'>,
  onFile?: () => Promise<void>,
): Promise<void> {
  const left = new Set(await listSnapshots(paths));
  const gone = journal.snapshots.filter((id) => !left.has(id));
  for (const id of gone) await rm(grave(paths, id), { recursive: true, force: true });
  await removeUnneeded(paths, journal.poolFiles, onFile);
  if (gone.length === 0) return;
  const { at, reason, run } = journal;
  const entry = { at, action: 'prune' as const, snapshots: gone };
  await appendHistory(
    paths,
    historyLine({ ...entry, ...(reason === undefined ? {} : { reason }), ...(run === undefined ? {} : { run }) }),
  );
}

/** Moves a snapshot out of what is served, in one step: no half of one is ever found in `snapshots/`. */
export async function bury(paths: RepositoryPaths, id: string): Promise<void> {
  await rm(grave(paths, id), { recursive: true, force: true });
  await rename(paths.snapshot(id), grave(paths, id)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

async function removeSnapshotFolder(paths: RepositoryPaths, id: string): Promise<void> {
  await bury(paths, id);
  await rm(grave(paths, id), { recursive: true, force: true });
}

function grave(paths: RepositoryPaths, id: string): string {
  return path.join(paths.staging, `removed-${id}`);
}

/** The tool's state is kept for what channels point to. */
export async function removeOldState(paths: RepositoryPaths): Promise<void> {
  const heads = new Set((await readChannels(paths)).values());
  for (const name of await readdir(paths.private)) {
    if (isSnapshotId(name) && !heads.has(name)) {
      await rm(path.join(paths.private, name), { recursive: true, force: true });
    }
  }
}

/** Pages and files that follow from the channels. Packages are served without them: what fails is mended by the next run. */
export async function refreshSite(paths: RepositoryPaths, logger: Logger): Promise<void> {
  try {
    await writeSite(paths, logger);
  } catch (error) {
    logger.warning(
      `the files beside the channels could not be written, and will be by the next run: ${messageOf(error)}`,
    );
  }
}
