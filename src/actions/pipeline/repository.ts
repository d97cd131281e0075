/** What a repository of the release publishes already. */
import path from 'node:path';
import { RepositoryPaths } from '../../repository/layout.ts';
import { readChannels, readSnapshot } from '../../repository/snapshot.ts';

export interface PublishedChannel {
  readonly channel: string;
  /** As an apt source of one line, signed by the repository's key. */
  readonly source: string;
}

/**
 * Every channel of the repository in the folder `root`; none where nothing is published yet.
 *
 * @param first name of the channel that comes first, where it is there.
 */
export async function publishedChannels(root: string, first: string): Promise<PublishedChannel[]> {
  const paths = new RepositoryPaths(root);
  const key = path.join(paths.public, 'key.asc');
  const channels: PublishedChannel[] = [];
  for (const [channel, id] of await readChannels(paths)) {
    const { format, settings } = await readSnapshot(paths, id);
    if (format !== 'deb') continue;
    const { suite, components } = settings;
    const folder = path.join(paths.public, channel);
    channels.push({ channel, source: `deb [signed-by=${key}] ${folder} ${suite} ${components.join(' ')}` });
  }
  return channels.sort((a, b) => Number(b.channel === first) - Number(a.channel === first));
}
