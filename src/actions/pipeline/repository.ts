/** What a repository of the release publishes already. */
import path from 'node:path';
import { RepositoryPaths } from '../../repository/layout.ts';
import { readChannels, readSnapshot, type Snapshot } from '../../repository/snapshot.ts';

export interface PublishedChannel {
  readonly channel: string;
  /** The channel's folder. */
  readonly folder: string;
  /** As a line of check-version's `repositories`, signed by the repository's key; of deb an apt source. */
  readonly source: string;
}

/**
 * Every channel of the repository in the folder `root`; none where nothing is published yet.
 *
 * @param first name of the channel that comes first, where it is there.
 */
export async function publishedChannels(root: string, first: string): Promise<PublishedChannel[]> {
  const paths = new RepositoryPaths(root);
  const channels: PublishedChannel[] = [];
  for (const [channel, id] of await readChannels(paths)) {
    const folder = path.join(paths.public, channel);
    const key = path.join(paths.public, 'key.asc');
    channels.push({ channel, folder, source: sourceLine(await readSnapshot(paths, id), folder, key) });
  }
  return channels.sort((a, b) => Number(b.channel === first) - Number(a.channel === first));
}

function sourceLine({ format, settings }: Snapshot, folder: string, key: string): string {
  if (format === 'rpm') return `rpm ${folder} key=${key}`;
  return `deb [signed-by=${key}] ${folder} ${settings.suite} ${settings.components.join(' ')}`;
}
