/**
 * What people and machines find at the root of a repository besides the keys: files that are made from its state alone,
 * and that can be made again at any time (docs/repository-page.md).
 */
import { constants } from 'node:fs';
import { open, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { sync, writeDurably } from '../../durable.ts';
import type { Logger } from '../../host/host.ts';
import { channelTarget, type RepositoryPaths } from '../layout.ts';
import { readChannels } from '../snapshot.ts';
import { SERVED_FILE } from '../trees.ts';
import { clientFile } from './adding.ts';
import { isOurs } from './ours.ts';
import { LOOK, stateOf } from './page.ts';
import { channelPage, packagesPages, ROOT_PAGE, rootPage } from './pages.ts';
import { readSite, siteState } from './read.ts';

/**
 * Makes the files that stand beside the channels: pages, files for apt and dnf, targets. To be called under the lease,
 * after the channels are what they shall be. Writes only what differs, each file whole, and removes those of channels
 * that are gone. A file of such a name that somebody else put there stays as it is. Where all of it was made from the
 * same state before, as the page at the root says, which is written last, nothing is read further.
 *
 * @throws Error of the file system, UserError for a damaged snapshot. What is served as packages is not touched by it.
 */
export async function writeSite(paths: RepositoryPaths, logger: Logger): Promise<void> {
  const wanted = new Set<string>();
  const write = async (name: string, content: string) => {
    // Two channels whose names differ by characters that names of files for apt cannot have: the first one.
    if (wanted.has(name)) return;
    wanted.add(name);
    await writeOurs(path.join(paths.public, name), content, logger);
  };
  // First, whatever becomes of the rest: machines read them.
  const channels = await readChannels(paths);
  for (const [channel, id] of channels) await write(`${channel}.target.txt`, `${channelTarget(id)}\n`);

  const state = await siteState(paths, channels, LOOK);
  const root = await readIfFile(path.join(paths.public, ROOT_PAGE));
  if (root !== undefined && isOurs(ROOT_PAGE, root) && stateOf(root) === state) return;
  const site = await readSite(paths, channels);
  if (site !== undefined) {
    for (const channel of site.channels) {
      const file = clientFile(site, channel);
      if (file !== undefined) await write(file.name, file.content);
    }
    for (const page of packagesPages(site)) {
      const there = await readIfFile(path.join(paths.public, page.file));
      if (there !== undefined && isOurs(page.file, there) && stateOf(there) === page.state) wanted.add(page.file);
      else await write(page.file, channelPage(site, page.channel, page.state));
    }
  }
  await removeOthers(paths, wanted);
  if (site !== undefined) await write(ROOT_PAGE, rootPage(site, state));
}

/** Removes what the site is no longer made of, and what a killed run had begun to write. */
async function removeOthers(paths: RepositoryPaths, wanted: ReadonlySet<string>): Promise<void> {
  let isChanged = false;
  for (const name of await readdir(paths.public)) {
    if (wanted.has(name) || (name === ROOT_PAGE && wanted.size > 0)) continue;
    const isBegun = name.endsWith('.new') && isOurs(name.slice(0, -'.new'.length));
    if (!isBegun && !(isOurs(name) && isOurs(name, await readIfFile(path.join(paths.public, name))))) continue;
    await rm(path.join(paths.public, name), { force: true });
    isChanged = true;
  }
  if (isChanged) await sync(paths.public);
}

async function writeOurs(file: string, content: string, logger: Logger): Promise<void> {
  const there = await readIfFile(file);
  if (there === content) return;
  if (there !== undefined && !isOurs(path.basename(file), there)) {
    logger.info(`${file} is not one that sign-publish made: it stays as it is`);
    return;
  }
  await writeDurably(file, content, SERVED_FILE);
}

/** Content of a regular file: '' for a folder or link, `undefined` where nothing is. */
async function readIfFile(file: string): Promise<string | undefined> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      if (error.code === 'ELOOP' || error.code === 'ENXIO') return '';
      throw error;
    },
  );
  if (typeof handle !== 'object') return handle;
  try {
    return (await handle.stat()).isFile() ? await handle.readFile('utf8') : '';
  } finally {
    await handle.close();
  }
}
