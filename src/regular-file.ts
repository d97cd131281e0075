/**
 * Files that others may have put there, or exchange while they are read: opened through no link as their last part,
 * without waiting for a pipe's other end, and told to be regular files by what was opened, not by its name.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { UserError } from './errors.ts';

/**
 * Opens a regular file for reading.
 *
 * @param where the file as people know it.
 * @throws UserError for a link, a pipe, a device and the like; the error of open(2) for all else.
 */
export async function openRegular(file: string, where = file): Promise<FileHandle> {
  const refuse = (found: string): UserError =>
    new UserError({ what: 'not a regular file', where, found, expected: 'a regular file, no link' });
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(file, flags).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ELOOP') throw refuse('a symbolic link');
    // Of a socket.
    if (error.code === 'ENXIO') throw refuse('something else');
    throw error;
  });
  try {
    if ((await handle.stat()).isFile()) return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  throw refuse('something else');
}

/**
 * Reads a whole regular file.
 *
 * @param most bytes that it may have; one that grows while it is read is not read further.
 * @throws UserError also for a larger one.
 */
export async function readRegular(file: string, most: number, where = file): Promise<Buffer> {
  await using handle = await openRegular(file, where);
  const pieces: Buffer[] = [];
  let size = 0;
  let length = Math.min((await handle.stat()).size, most) + 1;
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length);
    if (bytesRead === 0) return Buffer.concat(pieces);
    pieces.push(buffer.subarray(0, bytesRead));
    size += bytesRead;
    if (size > most) {
      throw new UserError({ what: 'a file that is too large', where, found: `more than ${most} bytes` });
    }
    length = Math.min(65_536, most + 1 - size);
  }
}
