/** Puts a finished folder in the place of the last one: whole, or not at all. */

import { chmod, lstat, mkdir, readdir, realpath, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { quote, UserError } from './errors.ts';
import { exchange } from './exchange.ts';
import { formatCount } from './format.ts';
import { MANIFEST_NAME } from './manifest.ts';
import { giveBack } from './ownership.ts';
import { removeMountedTree } from './remove-tree.ts';
import { temporaryFolder } from './temporary.ts';

/**
 * Checks that `output` may be replaced: it does not exist, is empty, or was written by pkg-actions. What a run that was
 * killed while it replaced it had put aside is in its place again afterwards.
 *
 * @throws UserError
 */
export async function checkReplaceable(output: string): Promise<void> {
  await recoverOutput(output);
  const stat = await lstat(output).catch(() => undefined);
  if (stat === undefined) return;
  const names = stat.isDirectory() ? await readdir(output) : undefined;
  if (names !== undefined && (names.length === 0 || names.includes(MANIFEST_NAME))) return;
  throw new UserError({
    what: 'the output folder holds something else, which would be lost',
    where: 'input output',
    found:
      names === undefined
        ? `${quote(output)}, no folder`
        : `${quote(output)} with ${formatCount(names.length, 'file')}`,
    expected: `a folder that does not exist, is empty, or has a ${MANIFEST_NAME}`,
  });
}

/**
 * An empty folder beside `output`, to be filled and then given to `replaceFolder`. Its name tells whose it is: what a
 * killed run left there is removed by the next one.
 *
 * @returns its path.
 */
export async function stageOutput(output: string): Promise<string> {
  await mkdir(path.dirname(output), { recursive: true });
  return (await temporaryFolder('output', path.dirname(output))).path;
}

/** Puts `finished` in the place of `output`, on the same file system; what was there goes. */
export async function replaceFolder(finished: string, output: string): Promise<void> {
  await chmod(finished, 0o755);
  // Also where it lies outside of the workspace.
  await giveBack(path.dirname(output), [finished]);
  if ((await lstat(output).catch(() => undefined)) === undefined) return await rename(finished, output);
  if (!(await exchange(finished, output))) {
    const old = asideOf(output);
    await removeMountedTree(old);
    await rename(output, old);
    // Killed here, there is no output for the moment: `recoverOutput` puts the former one back.
    try {
      await rename(finished, output);
    } catch (error) {
      await rename(old, output);
      throw error;
    }
    return void (await removeMountedTree(old));
  }
  await removeMountedTree(finished);
}

/** Finishes what a run began that was killed while it replaced `output` in two steps. */
export async function recoverOutput(output: string): Promise<void> {
  const old = asideOf(output);
  const found = await lstat(old).catch(() => undefined);
  if (found === undefined) return;
  // What we put aside is a folder. Anything else may have come with the checkout.
  if (!found.isDirectory()) return void (await rm(old, { force: true }));
  // Fails where there is an output with something in it: it was replaced.
  const isBack = await rename(old, output).then(
    () => true,
    () => false,
  );
  if (!isBack) await removeMountedTree(old);
}

/** Where the former output is while the new one comes in its place. No name that a person would give. */
function asideOf(output: string): string {
  return path.join(path.dirname(output), `.${path.basename(output)}.pkg-actions-old`);
}

/**
 * Refuses a place in the workspace that a link leads out of it: links are committed by anybody, and what is written
 * through one as root would be anywhere. What was named outside of the workspace from the beginning is a person's order.
 *
 * @param where the input that names it.
 * @throws UserError
 */
export async function refuseLinkOut(workspace: string, place: string, where: string): Promise<void> {
  const inside = (folder: string, file: string) => file === folder || file.startsWith(`${folder}/`);
  if (!inside(workspace, place)) return;
  const top = await realpath(workspace);
  // Of what is not there yet, the nearest folder that is.
  for (let parent = path.dirname(place); inside(workspace, parent); parent = path.dirname(parent)) {
    const isThere = (await lstat(parent).catch(() => undefined)) !== undefined;
    if (!isThere) continue;
    const real = await realpath(parent).catch(() => undefined);
    if (real !== undefined && inside(top, real)) return;
    throw new UserError({
      what: 'a link leads out of the workspace, and would be followed there',
      where,
      found: `${quote(parent)}${real === undefined ? ', a link to nothing' : ` in ${quote(real)}`}`,
      expected: 'folders of the workspace, or a path outside of it',
    });
  }
}
