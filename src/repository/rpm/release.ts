/**
 * repomd.xml is signed, and index files of earlier snapshots stay below a later one for a day: they are named by their
 * digests, so a client that has read one repomd.xml finds its files while the channel already points to the next one.
 */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { StageContext } from '../driver.ts';
import type { RpmSnapshot, SupersededIndex } from '../snapshot.ts';
import { linkSuperseded } from '../superseded.ts';
import { REPOMD, REPOMD_SIGNATURE, readRepomd } from './repomd.ts';

/** Beside `repodata`: a list for dnf's `mirrorlist`, of one address. */
export const MIRRORLIST = 'mirrorlist';

/**
 * Writes into every folder its own address below `snapshots/`, which never changes: repomd.xml and its signature are two
 * files, and a client that asks for this list first reads both of them from one snapshot, whatever a channel does
 * meanwhile.
 *
 * @param url address of `public/`; without it nothing is written.
 */
export async function writeMirrorlists(
  folders: readonly string[],
  url: string | undefined,
  { staging }: StageContext<RpmSnapshot>,
): Promise<void> {
  if (url === undefined) return;
  for (const folder of folders) {
    const address = `${url.replace(/\/+$/, '')}/snapshots/${staging.id}/${folder}/\n`;
    await writeFile(path.join(staging.snapshot, folder, MIRRORLIST), address);
  }
}

/**
 * Finishes the indexes of all `folders`.
 *
 * @returns the index files of earlier snapshots that the new one serves on.
 */
export async function finishIndexes(
  folders: readonly string[],
  context: StageContext<RpmSnapshot>,
): Promise<SupersededIndex[]> {
  const { staging, signer } = context;
  for (const folder of folders) {
    const target = path.join(staging.snapshot, folder);
    if (existsSync(path.join(target, REPOMD_SIGNATURE))) continue;
    const { armored } = await signer.detach(await readFile(path.join(target, REPOMD)));
    await writeFile(path.join(target, REPOMD_SIGNATURE), armored);
  }
  const { head, paths } = context.view;
  if (head === undefined) return [];
  const last = paths.snapshot(head.id);
  const own: string[] = [];
  for (const folder of folders) {
    if (!existsSync(path.join(last, folder))) continue;
    for (const { href } of await readRepomd(path.join(last, folder))) own.push(path.posix.join(folder, href));
  }
  return await linkSuperseded(own, context);
}
