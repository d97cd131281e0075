/**
 * Indexes that are named by their digest, of the snapshot that a channel leaves, given to the one that it goes to: a
 * client that has read the former Release or repomd.xml finds them while the channel moves. (A publish does this for
 * the snapshot that it makes: superseded.ts.) Nothing that the snapshot lists changes by it.
 */
import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { syncAll } from '../durable.ts';
import { makeServedFolder } from './pool.ts';
import { linkIfAbsent } from './superseded.ts';
import { listTree } from './trees.ts';

/** deb: `by-hash/SHA256/<digest>`. rpm: `repodata/<digest>-primary.xml.gz`. */
const BY_DIGEST = /\/(?:by-hash\/SHA256\/[0-9a-f]{64}|repodata\/[0-9a-f]{64}-[A-Za-z0-9.+~_-]+)$/;

/**
 * Index files below `from`, a snapshot's folder, that `to` does not have.
 *
 * @returns paths below both.
 */
export async function indexesToServeOn(from: string, to: string): Promise<string[]> {
  const { files } = await listTree(from);
  const indexes = files.map((file) => path.relative(from, file)).filter((file) => BY_DIGEST.test(file));
  const found: string[] = [];
  for (const index of indexes.sort()) {
    if ((await lstat(path.join(to, index)).catch(() => undefined)) === undefined) found.push(index);
  }
  return found;
}

/** Links `indexes` into `to`, flushed. */
export async function serveOn(indexes: readonly string[], from: string, to: string): Promise<void> {
  const folders = new Set<string>();
  for (const index of indexes) {
    const target = path.join(to, index);
    const folder = path.dirname(target);
    await makeServedFolder(folder, to);
    await linkIfAbsent(path.join(from, index), target);
    folders.add(folder);
  }
  await syncAll([...folders]);
}
