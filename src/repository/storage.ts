/** File systems that are full or cannot be written: told as what they are, whoever ran into it, a tool or we. */
import { access, constants, statfs } from 'node:fs/promises';
import path from 'node:path';
import { CommandError, InfrastructureError, messageOf } from '../errors.ts';

const FULL = /ENOSPC|no space left|disk is full/i;
const QUOTA = /EDQUOT|disk quota exceeded/i;
const READ_ONLY = /EROFS|read-only file system/i;
const FORBIDDEN: ReadonlySet<string | undefined> = new Set(['EACCES', 'EPERM']);
/** A tool that fails while less is free than this has run into it, even where it does not say so. Bytes. */
const NEARLY_NOTHING = 1024 * 1024;

/**
 * @param root the repository's folder, which is what was written to.
 * @returns an InfrastructureError where `error` comes from the file system of `root`, else `error` itself.
 */
export async function explainStorage(error: unknown, root: string): Promise<unknown> {
  if (error instanceof InfrastructureError || !(error instanceof Error)) return error;
  // Of the checks by apt and dnf: told in our words.
  const tool = [error, error.cause].find((each) => each instanceof CommandError);
  const text = `${error.message}\n${tool?.failure.stderr ?? ''}`;
  const told = (what: string, remedy: string) =>
    new InfrastructureError({ what, where: root, found: messageOf(error), remedy }, { cause: error });
  if (QUOTA.test(text)) return told('the disk quota is used up', 'free some of it, and run it again');
  const { isFull, lacksInodes } = await lookAt(root);
  // createrepo_c says "file operation error", and dnf that a signature has no data.
  if (FULL.test(text) || (isFull && tool?.failure.end === 'exit')) {
    return lacksInodes
      ? told('no inodes left on the file system', 'remove files on it, and run it again')
      : told('no space left on the file system', 'free space on it, and run it again');
  }
  if (READ_ONLY.test(text) || (isCode(error, 'ENOENT') && (await isReadOnly(root)))) {
    return told('the file system is read-only', 'mount it for writing, and run it again');
  }
  const { code, path: place } = error as NodeJS.ErrnoException;
  if (!FORBIDDEN.has(code) || place === undefined || !isBelow(root, place)) return error;
  return told('the repository may not be written', 'run it as the user that the repository belongs to');
}

/** What is free on the file system of `root`. Some have no fixed number of inodes. */
async function lookAt(root: string): Promise<{ readonly isFull: boolean; readonly lacksInodes: boolean }> {
  try {
    const { files, ffree, bavail, bsize } = await statfs(root);
    const lacksInodes = files > 0 && ffree === 0 && bavail > 0;
    return { isFull: lacksInodes || bavail * bsize < NEARLY_NOTHING, lacksInodes };
  } catch {
    return { isFull: false, lacksInodes: false };
  }
}

/** Node's `mkdir` with `recursive` calls it ENOENT. */
async function isReadOnly(root: string): Promise<boolean> {
  return await access(root, constants.W_OK).then(
    () => false,
    (error: unknown) => isCode(error, 'EROFS'),
  );
}

function isCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}

function isBelow(root: string, place: string): boolean {
  const relative = path.relative(root, place);
  return relative !== '..' && !relative.startsWith('../');
}
