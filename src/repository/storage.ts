/** File systems that are full or cannot be written: told as what they are, whoever ran into it, a tool or we. */
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { CommandError, InfrastructureError, messageOf } from '../errors.ts';

const FULL = /ENOSPC|no space left|disk is full/i;
const QUOTA = /EDQUOT|disk quota exceeded/i;
const READ_ONLY = /EROFS|read-only file system/i;
const FORBIDDEN: ReadonlySet<string | undefined> = new Set(['EACCES', 'EPERM']);

/**
 * @param root the repository's folder, which is what was written to.
 * @returns an InfrastructureError where `error` comes from the file system of `root`, else `error` itself.
 */
export async function explainStorage(error: unknown, root: string): Promise<unknown> {
  if (error instanceof InfrastructureError || !(error instanceof Error)) return error;
  const { code, path: place } = error as NodeJS.ErrnoException;
  const text = error instanceof CommandError ? `${error.message}\n${error.failure.stderr}` : error.message;
  const told = (what: string, remedy: string) =>
    new InfrastructureError({ what, where: root, found: messageOf(error), remedy }, { cause: error });
  if (QUOTA.test(text)) return told('the disk quota is used up', 'free some of it, and run it again');
  if (FULL.test(text)) {
    const isInodes = await hasNoInodes(root);
    return isInodes
      ? told('no inodes left on the file system', 'remove files on it, and run it again')
      : told('no space left on the file system', 'free space on it, and run it again');
  }
  if (READ_ONLY.test(text)) return told('the file system is read-only', 'mount it for writing, and run it again');
  if (!FORBIDDEN.has(code) || place === undefined || !isBelow(root, place)) return error;
  return told('the repository may not be written', 'run it as the user that the repository belongs to');
}

async function hasNoInodes(root: string): Promise<boolean> {
  const { files, ffree, bavail } = await statfs(root).catch(() => ({ files: 0, ffree: 0, bavail: 0 }));
  // Some file systems have no fixed number of them.
  return files > 0 && ffree === 0 && bavail > 0;
}

function isBelow(root: string, place: string): boolean {
  const relative = path.relative(root, place);
  return relative !== '..' && !relative.startsWith('../');
}
