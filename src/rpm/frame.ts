/** The frame of an .rpm file: lead, signature header, main header, payload. */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { quote, UserError } from '../errors.ts';
import { damagedPackage, headerSize, INTRO_SIZE, parseHeader, type RpmHeader, tagNumber, tagString } from './header.ts';
import { isTagType } from './tag-types.ts';
import { SIGNATURE_TAG, TAG } from './tags.ts';

export const LEAD_SIZE = 96;
const LEAD_MAGIC = Buffer.from('edabeedb', 'hex');
/** Holds lead, both headers and more of all but large packages: one read. */
const FIRST_READ = 32 * 1024;

export interface RpmFrame {
  readonly lead: Buffer;
  readonly signature: RpmHeader;
  /** What lies between the signature header and the main one; zeros, as rpm writes it. */
  readonly padding: Buffer;
  readonly header: RpmHeader;
  /** Offsets in the file: the main header with its magic. The payload starts at `end`. */
  readonly headerRange: { readonly start: number; readonly end: number };
  /** SHA-256 (hexadecimal) of the main header. */
  readonly headerDigest: string;
  /** The file from its start, as far as one read got: the payload's first bytes, of small packages all of it. */
  readonly head: Buffer;
  /** Bytes of the whole file. */
  readonly size: number;
}

/** SHA-256 (hexadecimal) of a main header as it lies in the file, with its magic. */
export function headerDigestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * Opens a file for `readFrame`: a regular one, through no link, so that a hostile file name leads nowhere else.
 *
 * @throws UserError naming it.
 */
export async function openRpm(file: string, where = file): Promise<FileHandle> {
  // Not blocking: a fifo would hold us for ever.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(file, flags).catch((error: NodeJS.ErrnoException) => {
    throw new UserError({
      what: 'the package cannot be read',
      where,
      found: error.code === 'ELOOP' ? 'a symbolic link' : (error.code ?? 'an error'),
    });
  });
  return handle;
}

/**
 * Reads lead and headers, and verifies the main header by its digests in the signature header, and the size of the
 * file by what the signature header says of it. The payload is not read.
 *
 * @param where the file as people know it.
 * @throws UserError where it is no whole rpm of the format 4.
 */
export async function readFrame(handle: FileHandle, where: string): Promise<RpmFrame> {
  const stat = await handle.stat();
  if (!stat.isFile()) {
    throw new UserError({ what: 'the package cannot be read', where, found: 'something that is no regular file' });
  }
  const { size } = stat;
  const first = await readAt(handle, 0, Math.min(size, FIRST_READ));
  const piece = async (start: number, length: number, name: string): Promise<Buffer> => {
    if (start + length > size) throw damagedPackage(where, `a file that ends in the ${name}`);
    if (start + length <= first.length) return first.subarray(start, start + length);
    const bytes = await readAt(handle, start, length);
    if (bytes.length < length) throw damagedPackage(where, 'a file that shrank');
    return bytes;
  };

  const lead = first.subarray(0, LEAD_SIZE);
  checkLead(lead, where);
  const signatureSize = headerSize(await piece(LEAD_SIZE, INTRO_SIZE, 'signature header'), 'signature', where);
  const signature = parseHeader(await piece(LEAD_SIZE, signatureSize, 'signature header'), 'signature', where);
  const start = LEAD_SIZE + padded(signatureSize);
  const padding = await piece(LEAD_SIZE + signatureSize, start - LEAD_SIZE - signatureSize, 'signature header');
  const mainSize = headerSize(await piece(start, INTRO_SIZE, 'header'), 'main', where);
  const bytes = await piece(start, mainSize, 'header');
  const header = parseHeader(bytes, 'main', where);
  for (const { tag, type } of header.entries) {
    if (!isTagType(tag, type)) throw damagedPackage(where, `a value of the wrong type (${type}) in tag ${tag}`);
  }
  const headerDigest = verifyHeader(signature, bytes, where);
  checkSize(signature, size - start, where);
  const format = tagNumber(header, TAG.rpmFormat);
  if (format !== undefined && format !== 4) {
    throw new UserError({
      what: 'a package of a format that is not supported',
      where,
      found: `the format ${format}`,
      expected: 'the package format 4 of rpm (%_rpmformat 4)',
    });
  }
  const headerRange = { start, end: start + mainSize };
  return { lead, signature, padding, header, headerRange, headerDigest, head: first, size };
}

/** A signature header is followed by zeros up to a multiple of 8 bytes. */
export function padded(signatureSize: number): number {
  return Math.ceil(signatureSize / 8) * 8;
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** The lead is a relic; of it rpm still wants the magic and the versions 3 or 4 (lib/rpmlead.c). */
function checkLead(lead: Buffer, where: string): void {
  const notRpm = (found: string): UserError =>
    new UserError({ what: 'not an rpm package', where, found, expected: 'an .rpm file' });
  if (lead.length === 0) throw notRpm('an empty file');
  if (!lead.subarray(0, 4).equals(LEAD_MAGIC)) {
    throw notRpm(lead.toString('latin1', 0, 7) === '!<arch>' ? 'a Debian package' : 'a file of another kind');
  }
  if (lead.length < LEAD_SIZE) throw damagedPackage(where, 'a file that ends in its first 96 bytes');
  const major = lead.readUInt8(4);
  const isHeaderStyle = lead.readUInt16BE(78) === 5;
  if (major < 3 || major > 4 || !isHeaderStyle) {
    throw new UserError({
      what: 'a package of a format that is not supported',
      where,
      found: `a lead of version ${major}`,
      expected: 'the package format 4 of rpm',
    });
  }
}

/** Every digest of the main header that the signature header has must fit, and there must be one. */
function verifyHeader(signature: RpmHeader, bytes: Buffer, where: string): string {
  const digest = headerDigestOf(bytes);
  const check = (tag: number, name: string, actual: () => string): boolean => {
    if (!signature.byTag.has(tag)) return false;
    const expected = tagString(signature, tag);
    const found = actual();
    if (expected === found) return true;
    throw new UserError({
      what: "the package's header does not match its digest: it was damaged or altered",
      where,
      found: `${name} ${found}`,
      expected: quote(expected ?? 'a text'),
    });
  };
  const checked = [
    check(SIGNATURE_TAG.sha256, 'SHA-256', () => digest),
    check(SIGNATURE_TAG.sha1, 'SHA-1', () => createHash('sha1').update(bytes).digest('hex')),
  ];
  if (!checked.includes(true)) {
    throw new UserError({
      what: 'the package has no digest of its header, so it cannot be verified',
      where,
      expected: 'a package made by rpm 4',
    });
  }
  return digest;
}

/** Finds what an upload that was cut leaves, without reading it. */
function checkSize(signature: RpmHeader, actual: number, where: string): void {
  const expected = tagNumber(signature, SIGNATURE_TAG.longSize) ?? tagNumber(signature, SIGNATURE_TAG.size);
  if (expected === undefined || expected === actual) return;
  throw damagedPackage(
    where,
    actual < expected
      ? `${expected - actual} bytes less than its signature header says: it is cut off`
      : `${actual - expected} bytes more than its signature header says`,
  );
}
