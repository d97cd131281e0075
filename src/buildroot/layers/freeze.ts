/** What is no part of a layer is taken out of it, before it is kept. */
import { lstat, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { removeTree } from '../generation.ts';

/**
 * What every session makes anew, or nothing must be kept of, below the root of a session: mount points and files that
 * the session itself made, what is temporary. What of it the generation has is to be seen again.
 */
const OF_A_SESSION = [
  'run/pkg-actions',
  'etc/resolv.conf',
  'etc/hosts',
  'etc/hostname',
  'tmp',
  'var/tmp',
  'dev',
  'proc',
  'sys',
];

/** Identities that packages make up when they are installed (machine-id(5)). */
const MACHINE_IDS = ['etc/machine-id', 'var/lib/dbus/machine-id'];

export interface FreezeOptions {
  /** Folder of the root below what was written: empty for deb, of mock the way from its basedir. */
  readonly root?: string;
  /** Further paths below the root, of this format: caches and lists of its package manager. */
  readonly without: readonly string[];
  /** Of the layer: machine ids are made from it, so that all builds on it see the same, and no other one. */
  readonly id: string;
}

/**
 * Takes out of `changes`, the upper folder of a session that was closed, what is no part of a layer. No link that
 * something in the session made is followed.
 */
export async function freezeLayer(changes: string, { root = '', without, id }: FreezeOptions): Promise<void> {
  const doomed = [...OF_A_SESSION, ...without].map((name) => placeBelow(changes, path.join(root, name)));
  await removeTree(...(await Promise.all(doomed)).filter((place) => place !== undefined));
  for (const name of MACHINE_IDS) {
    const place = await placeBelow(changes, path.join(root, name));
    if (place === undefined || !(await lstat(place)).isFile()) continue;
    if (/^[0-9a-f]{32}\n?$/.test(await readFile(place, 'utf8'))) await writeFile(place, `${id.slice(0, 32)}\n`);
  }
}

/** The place of `name` below `folder`, where it is there and only plain folders lead to it. */
async function placeBelow(folder: string, name: string): Promise<string | undefined> {
  const parts = path.normalize(name).split('/');
  if (parts.includes('..')) throw new Error(`leads out of the layer: ${name}`);
  let place = folder;
  for (const [index, part] of parts.entries()) {
    place = path.join(place, part);
    const found = await lstat(place).catch(() => undefined);
    if (found === undefined || (index < parts.length - 1 && !found.isDirectory())) return undefined;
  }
  return place;
}
