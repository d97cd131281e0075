/**
 * repomd.xml is signed, and index files of earlier snapshots stay below a later one for a day: they are named by their
 * digests, so a client that has read one repomd.xml finds its files while the channel already points to the next one.
 */
import { existsSync } from 'node:fs';
import { link, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { StageContext } from '../driver.ts';
import { KEEP_SUPERSEDED_MS } from '../layout.ts';
import type { RpmSnapshot, SupersededIndex } from '../snapshot.ts';
import { REPOMD, REPOMD_SIGNATURE, readRepomd } from './repomd.ts';

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
  return await linkSuperseded(folders, context);
}

async function linkSuperseded(
  folders: readonly string[],
  { view, staging, now }: StageContext<RpmSnapshot>,
): Promise<SupersededIndex[]> {
  const { head, paths } = view;
  if (head === undefined) return [];
  const last = paths.snapshot(head.id);
  const oldest = now.getTime() - KEEP_SUPERSEDED_MS;
  const candidates = new Map<string, string>();
  for (const each of head.supersededIndexes) {
    if (Date.parse(each.supersededAt) >= oldest) candidates.set(each.path, each.supersededAt);
  }
  for (const folder of folders) {
    if (!existsSync(path.join(last, folder))) continue;
    for (const { href } of await readRepomd(path.join(last, folder))) {
      candidates.set(path.posix.join(folder, href), now.toISOString());
    }
  }
  const kept: SupersededIndex[] = [];
  for (const [index, supersededAt] of candidates) {
    const target = path.join(staging.snapshot, index);
    // Still a current index.
    if (existsSync(target)) continue;
    await link(path.join(last, index), target);
    kept.push({ path: index, supersededAt });
  }
  return kept;
}
