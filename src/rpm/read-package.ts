/** Reads and verifies .rpm files. */
import { quote, UserError } from '../errors.ts';
import { parseEvr } from './evr.ts';
import { openRpm, type RpmFrame, readFrame } from './frame.ts';
import { type RpmHeader, TYPE, tagNumber, tagString } from './header.ts';
import { isDebugName, type RpmPackage } from './package.ts';
import { PayloadCheck, payloadOf } from './payload.ts';
import { SIGNATURE_TAG, TAG } from './tags.ts';

export { headerDigestOf } from './frame.ts';

/**
 * Reads what a package says of itself. The main header is verified by the digests in the signature header (SHA-256,
 * SHA-1) and the size of the file by what that header says; the payload is not read: see `verifyPayload`. OpenPGP
 * signatures are not verified.
 *
 * @param shown the file as people know it.
 * @throws UserError naming the file: no rpm, cut off, a wrong digest, a field that is missing or illegal.
 */
export async function readRpmPackage(file: string, shown = file): Promise<RpmPackage> {
  await using handle = await openRpm(file, shown);
  return describePackage(await readFrame(handle, shown), shown);
}

/**
 * Reads the whole file and verifies the payload by its digests, as `rpmkeys --checksig` does: the one in the main header
 * and the MD5 in the signature header.
 *
 * @throws UserError naming the file, also where it has neither.
 */
export async function verifyPayload(
  file: string,
  options: { readonly shown?: string; readonly signal?: AbortSignal } = {},
): Promise<void> {
  const { shown = file, signal } = options;
  await using handle = await openRpm(file, shown);
  const frame = await readFrame(handle, shown);
  const check = new PayloadCheck(frame, shown);
  for await (const piece of payloadOf(handle, frame, shown)) {
    signal?.throwIfAborted();
    check.update(piece);
  }
  check.finish();
}

/** What rpmbuild allows in names (build/parsePreamble.c), without the macros' characters; none starts with a dot. */
const NAME = /^[A-Za-z0-9_+][A-Za-z0-9._+-]{0,254}$/;
const ARCHITECTURE = /^[A-Za-z0-9_]{1,40}$/;
/** A file name: 255 bytes at most. */
const SOURCE_RPM = /^(?=.{1,255}$)[A-Za-z0-9_+][A-Za-z0-9._+~^-]*\.(?:no)?src\.rpm$/;

/** What the headers say, strictly checked. */
export function describePackage(
  frame: Pick<RpmFrame, 'header' | 'headerRange' | 'headerDigest' | 'size' | 'signature'>,
  where: string,
): RpmPackage {
  const { header, headerRange, headerDigest, size, signature } = frame;
  const checked = (tag: number, field: string, pattern: RegExp): string => {
    const value = required(header, tag, field, where);
    if (pattern.test(value)) return value;
    throw new UserError({ what: 'an illegal value in the package', where: `${where} ${field}`, found: quote(value) });
  };
  const name = checked(TAG.name, 'Name', NAME);
  const epoch = tagNumber(header, TAG.epoch);
  // Else a version with a colon in it would be read as one with an epoch, which the package does not have.
  const version = checked(TAG.version, 'Version', /^[^:]+$/);
  const release = checked(TAG.release, 'Release', /^[^:]+$/);
  const evr = parseEvr(`${epoch === undefined ? '' : `${epoch}:`}${version}-${release}`, `${where} Version`);
  // As rpm tells them (headerIsSource).
  const isSource = !header.byTag.has(TAG.sourceRpm);
  const signatures = [
    SIGNATURE_TAG.rsa,
    SIGNATURE_TAG.dsa,
    SIGNATURE_TAG.openpgp,
    SIGNATURE_TAG.pgp,
    SIGNATURE_TAG.gpg,
  ];
  return {
    name,
    evr,
    architecture: checked(TAG.arch, 'Architecture', ARCHITECTURE),
    isSource,
    sourceRpm: isSource ? undefined : checked(TAG.sourceRpm, 'Source RPM', SOURCE_RPM),
    headerDigest,
    headerRange,
    isSigned: signatures.some((tag) => signature.byTag.has(tag)),
    isDebug: isDebugName(name),
    summary: tagString(header, TAG.summary) ?? '',
    license: tagString(header, TAG.license) ?? '',
    buildTime: tagNumber(header, TAG.buildTime) ?? 0,
    size,
  };
}

function required(header: RpmHeader, tag: number, field: string, where: string): string {
  const entry = header.byTag.get(tag);
  // Of several texts some tools read the first one, and others none.
  if (entry !== undefined && (entry.type !== TYPE.string || entry.count !== 1)) {
    const found = `${entry.count} values of the type ${entry.type}`;
    throw new UserError({ what: 'an illegal value in the package', where: `${where} ${field}`, found });
  }
  const value = tagString(header, tag);
  if (value !== undefined && value !== '') return value;
  throw new UserError({ what: 'a field that every package has is missing', where: `${where} ${field}` });
}
