/**
 * From a channel to the address of the state that it stands for now: builds and images that are made from it go on to
 * see the same packages, whatever is published meanwhile.
 */
import { readdir, readlink } from 'node:fs/promises';
import path from 'node:path';
import { quote, UserError } from '../../errors.ts';
import type { Logger } from '../../host/host.ts';
import { parseLocation } from '../../location.ts';
import { type ClientOptions, fetchOptions, withAttempts } from '../client/attempts.ts';
import { fetchFile } from '../client/transport.ts';
import { channelTarget, checkChannelName, fileUrl, isSnapshotId, RepositoryPaths } from '../layout.ts';
import { readChannels } from '../snapshot.ts';
import { isRepository } from '../view.ts';
import { findChannel } from './channels.ts';

export interface Resolved {
  readonly channel: string;
  readonly id: string;
  /** Without credentials. */
  readonly uri: string;
}

/** A line such as `snapshots/20260102T030405Z-1a2b3c`. */
const MAX_BYTES = 4096;

/**
 * Of a repository's `public/` behind an address: an http(s) or file URI, or a folder.
 *
 * @throws UserError when it cannot be read, or has no such channel.
 */
export async function resolveAddress(
  address: string,
  channel: string,
  options: ClientOptions & { readonly logger: Logger; readonly workspace: string },
): Promise<Resolved> {
  checkChannelName(channel, 'input channel');
  const { location, shown } = parseLocation(address, 'input url', (file) => path.resolve(options.workspace, file));
  const file = `${channel}.target.txt`;
  const base = location.kind === 'folder' ? fileUrl(location.folder) : shown;
  if (location.kind === 'folder') {
    const fromLink = await linkOf(location.folder, channel);
    if (fromLink !== undefined) return { channel, id: fromLink, uri: `${base}/${channelTarget(fromLink)}` };
  }
  const content = await withAttempts(shown, options, async () =>
    fetchFile(location, file, fetchOptions(options, MAX_BYTES)),
  );
  const where = `${base}/${file}`;
  if (content === undefined) {
    throw new UserError({
      what: 'there is no such channel',
      where,
      found: 'no file of that name',
      expected: 'the address of a repository’s public/, and a channel of it',
    });
  }
  const [, id = ''] = /^snapshots\/([^/\n]+)\n?$/.exec(content.toString('latin1')) ?? [];
  if (!isSnapshotId(id)) {
    throw new UserError({
      what: 'the file does not name a snapshot',
      where,
      found: quote(content.toString('latin1').slice(0, 80)),
      expected: 'snapshots/<id>',
    });
  }
  return { channel, id, uri: `${base}/${channelTarget(id)}` };
}

/**
 * Of a repository's folder, or of one that holds what a repository serves, such as a mirror.
 *
 * @param address of what is served, without a slash at its end.
 */
export async function resolveFolder(
  root: string,
  channel: string,
  address: string,
  options: Parameters<typeof resolveAddress>[2],
): Promise<Resolved> {
  checkChannelName(channel, 'input channel');
  const paths = new RepositoryPaths(root);
  if ((await servedFolder(root)) === root) {
    const { id } = await resolveAddress(fileUrl(root), channel, options);
    return { channel, id, uri: `${address}/${channelTarget(id)}` };
  }
  await isRepository(paths);
  const id = findChannel(channel, await readChannels(paths), 'input channel');
  return { channel, id, uri: `${address}/${channelTarget(id)}` };
}

/** What clients see: `public/` of a repository, or the folder itself where that is a mirror of one. */
export async function servedFolder(root: string): Promise<string> {
  const names = await readdir(root).catch((): string[] => []);
  const { lease, public: served, snapshots } = new RepositoryPaths(root);
  const isMirror = names.includes(path.basename(snapshots)) && !names.includes(path.basename(lease));
  return isMirror ? root : served;
}

/** What the link itself says, which is never late; copies of repositories may have none. */
async function linkOf(folder: string, channel: string): Promise<string | undefined> {
  const target = await readlink(path.join(folder, channel)).catch(() => '');
  const [, id = ''] = /^snapshots\/([^/]+)$/.exec(target) ?? [];
  return isSnapshotId(id) ? id : undefined;
}
