/** Writes copies of rpm packages that have another signature header. */
import { createHash } from 'node:crypto';
import { constants, copyFile, type FileHandle, open } from 'node:fs/promises';
import { UserError } from '../errors.ts';
import { LEAD_SIZE, type RpmFrame } from '../rpm/frame.ts';
import { PayloadCheck, payloadOf } from '../rpm/payload.ts';

export interface CopyRequest {
  readonly handle: FileHandle;
  readonly frame: RpmFrame;
  /** As people know it. */
  readonly source: string;
  /** The new signature header, padded. */
  readonly signature: Buffer;
  /** A new file. */
  readonly target: string;
  readonly signal: AbortSignal | undefined;
  /** SHA-256 that the source must have; `undefined` where any will do. */
  readonly sha256: string | undefined;
}

const MODE = 0o644;
/** Below this a copy costs less than the attempt to share blocks. */
const MIN_CLONE_BYTES = 1024 * 1024;
/** What ioctl_ficlonerange(2) says where file systems share no blocks; ENOENT where there is no /proc. */
const NO_CLONE = new Set(['ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EINVAL', 'ENOSYS', 'ENOTTY', 'EPERM', 'ENOENT']);

/** Copies with other signature headers; knows after the first attempt whether the file systems share blocks. */
export class CopyWriter {
  #canClone = true;

  /**
   * Writes the copy in constant memory and reads the source once. Where the file system can share blocks (Btrfs, XFS)
   * and the new signature header is as long as the old one, only that header is written.
   *
   * @returns size and SHA-256 of the copy.
   * @throws UserError where the payload does not match its digests, or the source its `sha256`; then the target is not complete.
   */
  async write(request: CopyRequest): Promise<{ size: number; sha256: string }> {
    const { handle, frame, source, signature, target, signal, sha256 } = request;
    const { lead, header, headerRange } = frame;
    const hash = createHash('sha256').update(lead).update(signature).update(header.bytes);
    const original = sha256 === undefined ? undefined : createHash('sha256');
    for (const part of [lead, frame.signature.bytes, frame.padding, header.bytes]) original?.update(part);
    const check = new PayloadCheck(frame, source);
    const isInPlace = LEAD_SIZE + signature.length === headerRange.start;
    const isCloned = isInPlace && frame.size >= MIN_CLONE_BYTES && (await this.#clone(handle, target));
    // A new file of this name, through no link.
    const flags = isCloned
      ? constants.O_WRONLY | constants.O_NOFOLLOW
      : constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
    await using out = await open(target, flags, MODE);
    // With the first piece, so that a small package is written at once.
    let pending: Buffer[] = [];
    if (isCloned) {
      await out.chmod(MODE);
      await writeAll(out, signature, LEAD_SIZE);
    } else {
      pending = [lead, signature, header.bytes];
    }
    let size = LEAD_SIZE + signature.length + header.bytes.length;
    let position = 0;
    for await (const piece of payloadOf(handle, frame, source)) {
      signal?.throwIfAborted();
      const bytes = pending.length > 0 ? Buffer.concat([...pending, piece]) : piece;
      pending = [];
      // Written while it is hashed.
      const writing = isCloned ? undefined : writeAll(out, bytes, position);
      hash.update(piece);
      original?.update(piece);
      check.update(piece);
      size += piece.length;
      position += bytes.length;
      await writing;
    }
    check.finish();
    const found = original?.digest('hex');
    if (found !== undefined && found !== sha256) throw changedRpm(source, `sha256 ${found}`, `sha256 ${sha256}`);
    if (pending.length > 0) await writeAll(out, Buffer.concat(pending), 0);
    return { size, sha256: hash.digest('hex') };
  }

  async #clone(handle: FileHandle, target: string): Promise<boolean> {
    if (!this.#canClone) return false;
    try {
      // By the open file, not by a name that may have become another's.
      const flags = constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL;
      await copyFile(`/proc/self/fd/${handle.fd}`, target, flags);
      return true;
    } catch (error) {
      if (!NO_CLONE.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
      this.#canClone = false;
      return false;
    }
  }
}

/** The error for a package that is not the one that was verified before. */
export function changedRpm(source: string, found: string, expected: string): UserError {
  return new UserError({
    what: 'the package changed after it was verified: it is not signed',
    where: source,
    found,
    expected,
  });
}

async function writeAll(out: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await out.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}
