/**
 * Files that others may have put there, or exchange while they are read: opened through no link as their last part,
 * without waiting for a pipe's other end, and told to be regular files by what was opened, not by its name.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { UserError } from './errors.ts';

const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** Bytes of what is read at once. */
const SMALL_BYTES = 256 * 1024;

/**
 * Opens a regular file for reading.
 *
 * @param where the file as people know it.
 * @throws UserError for a link, a pipe, a device and the like; the error of open(2) for all else.
 */
export async function openRegular(file: string, where = file): Promise<FileHandle> {
  const refuse = (found: string): UserError =>
    new UserError({ what: 'not a regular file', where, found, expected: 'a regular file, no link' });
  const handle = await open(file, FLAGS).catch((error: NodeJS.ErrnoException) => {
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

/**
 * Reads a small regular file in one go. Node hands every operation on a file to another thread and back, which costs
 * ten times the operation: of a thousand packages of a few kilobytes that was most of the time.
 *
 * @returns `undefined` for a larger one, and where it cannot be read: who reads it piece by piece then says why.
 */
export function readSmall(file: string): Buffer | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, FLAGS);
  } catch {
    return undefined;
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile() || stat.size > SMALL_BYTES) return undefined;
    const content = Buffer.allocUnsafe(stat.size + 1);
    let size = 0;
    for (;;) {
      const count = readSync(descriptor, content, size, content.length - size, size);
      if (count === 0) return content.subarray(0, size);
      size += count;
      // It grows.
      if (size > stat.size) return undefined;
    }
  } catch {
    return undefined;
  } finally {
    closeSync(descriptor);
  }
}
