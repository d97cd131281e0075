/** Puts a finished folder in the place of the last one: whole, or not at all. */
import { chmod, lchown, lstat, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { quote, UserError } from './errors.ts';
import { MANIFEST_NAME } from './manifest.ts';

/**
 * Checks that `output` may be replaced: it does not exist, is empty, or was written by pkg-actions.
 *
 * @throws UserError
 */
export async function checkReplaceable(output: string): Promise<void> {
  const stat = await lstat(output).catch(() => undefined);
  if (stat === undefined) return;
  const names = stat.isDirectory() ? await readdir(output) : undefined;
  if (names !== undefined && (names.length === 0 || names.includes(MANIFEST_NAME))) return;
  throw new UserError({
    what: 'the output folder holds something else, which would be lost',
    where: 'input output',
    found: names === undefined ? `${quote(output)}, no folder` : `${quote(output)} with ${names.length} files`,
    expected: `a folder that does not exist, is empty, or has a ${MANIFEST_NAME}`,
  });
}

/** Renames `finished` to `output`, on the same file system; what was there goes. */
export async function replaceFolder(finished: string, output: string): Promise<void> {
  await chmod(finished, 0o755);
  await giveBack(finished, path.dirname(output));
  const old = `${finished}.old`;
  const existed = await rename(output, old).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
  try {
    await rename(finished, output);
  } catch (error) {
    if (existed) await rename(old, output);
    throw error;
  }
  await rm(old, { recursive: true, force: true });
}

/** Files that root made in somebody's workspace would be in the way of the next job, which is not root. */
async function giveBack(folder: string, owner: string): Promise<void> {
  const { uid, gid } = await stat(owner);
  if (process.getuid?.() !== 0 || uid === 0) return;
  for (const name of await readdir(folder)) await lchown(path.join(folder, name), uid, gid);
  await lchown(folder, uid, gid);
}
