/** Folders that go when their scope ends, or, where we are killed before, when the next of them is made there. */
import { lstat, mkdir, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ownedName, ownerOfName, ownerState } from './owner.ts';
import { removeMountedTree } from './remove-tree.ts';

export type TemporaryFolder = AsyncDisposable & { readonly path: string };

const PREFIX = '.pkg-actions-';

/** Folders in which we have looked for leftovers: they do not become more while we live. */
const lookedAt = new Set<string>();

/**
 * A new, empty folder that only we can enter. Its name tells whose it is.
 *
 * @param parent where it is made; the system's temporary folder when absent.
 */
export async function temporaryFolder(purpose: string, parent: string = tmpdir()): Promise<TemporaryFolder> {
  if (!lookedAt.has(parent)) {
    lookedAt.add(parent);
    // They are in nobody's way: what cannot be removed is told by the action clean-up.
    await removeDeadTemporary(parent).catch(() => undefined);
  }
  const folder = path.join(parent, ownedName(`${PREFIX}${purpose}-`));
  await mkdir(folder, { mode: 0o700 });
  return {
    path: folder,
    async [Symbol.asyncDispose]() {
      await removeMountedTree(folder);
    },
  };
}

/** Temporary folders of ours in `parent` whose process is dead. Those of other users are not ours to judge. */
export async function deadTemporary(parent: string): Promise<string[]> {
  const dead: string[] = [];
  const uid = process.getuid?.();
  const above = (await lstat(parent).catch(() => undefined))?.uid;
  for (const name of await readdir(parent).catch(() => [])) {
    if (!name.startsWith(PREFIX)) continue;
    const owner = ownerOfName(name);
    if (owner === undefined || (await ownerState(owner)) !== 'dead') continue;
    const place = path.join(parent, name);
    const found = await lstat(place).catch(() => undefined);
    // Root's may be given back already to whom the folder above belongs.
    if (found?.isDirectory() && (found.uid === uid || (uid === 0 && found.uid === above))) dead.push(place);
  }
  return dead;
}

/**
 * Removes them.
 *
 * @returns their paths.
 * @throws CommandError where one cannot be removed.
 */
export async function removeDeadTemporary(parent: string): Promise<string[]> {
  const dead = await deadTemporary(parent);
  for (const place of dead) await removeMountedTree(place);
  return dead;
}
