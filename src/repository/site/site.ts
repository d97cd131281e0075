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
import { isOurs } from './ours.ts';

/**
 * Makes the files that stand beside the channels. To be called under the lease, after the channels are what they shall
 * be. Writes only what differs, each file whole, and removes those of channels that are gone. A file of such a name
 * that somebody else put there stays as it is.
 *
 * @throws Error of the file system. What is served as packages is not touched by it.
 */
export async function writeSite(paths: RepositoryPaths, logger: Logger): Promise<void> {
  const files = new Map<string, string>();
  for (const [channel, id] of await readChannels(paths)) files.set(`${channel}.target.txt`, `${channelTarget(id)}\n`);
  for (const [name, content] of files) await writeOurs(paths, name, content, logger);
  let removed = false;
  for (const name of await readdir(paths.public)) {
    if (files.has(name)) continue;
    // What a killed run had begun.
    const isBegun = name.endsWith('.new') && isOurs(name.slice(0, -'.new'.length));
    if (!isBegun && !isOurs(name, await readIfFile(path.join(paths.public, name)))) continue;
    await rm(path.join(paths.public, name), { force: true });
    removed = true;
  }
  if (removed) await sync(paths.public);
}

async function writeOurs(paths: RepositoryPaths, name: string, content: string, logger: Logger): Promise<void> {
  const file = path.join(paths.public, name);
  const there = await readIfFile(file);
  if (there === content) return;
  if (there !== undefined && !isOurs(name, there)) {
    logger.warning(`${file} is not one that sign-publish made: it stays as it is`);
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
