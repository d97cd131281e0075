/** The header of a published package, read from the start of its file: no more of it is fetched. */
import { quote, UserError } from '../../errors.ts';
import type { Location } from '../../location.ts';
import { headerDigestOf, LEAD_SIZE, padded } from '../../rpm/frame.ts';
import { headerSize, INTRO_SIZE, parseHeader, tagString } from '../../rpm/header.ts';
import { describePackage } from '../../rpm/read-package.ts';
import { SIGNATURE_TAG } from '../../rpm/tags.ts';
import { rpmCandidate } from '../../rpm/version-check.ts';
import { type ClientOptions, fetchOptions } from '../client/attempts.ts';
import { fetchStart, nameOf } from '../client/transport.ts';
import type { ListedRpm } from './primary.ts';
import { resolveReference } from './reference.ts';

/** Bytes up to the end of the header. A kernel's, with its list of files, has some 2 MB. */
const MAX_HEADER_END = 64 * 1024 * 1024;
/** What is read of a package whose index gives no header-range. */
const UNKNOWN_HEADER_END = 4 * 1024 * 1024;

/**
 * The digest of `listed`'s main header (`RpmPackage.headerDigest`), computed from the bytes in its file. They have to be
 * where the index says, to match the digest that the package has of them, and to be of the listed package.
 *
 * @param file the index, for errors.
 * @throws UserError where the package is not there, or is not the listed one. TransientError as `fetchStart`.
 */
export async function publishedHeaderDigest(
  repository: Location,
  listed: ListedRpm,
  file: string,
  options: ClientOptions,
): Promise<string> {
  const place = resolveReference(repository, listed.location, `${file} ${listed.name}`);
  const where = nameOf(place.location, place.file);
  const end = headerEnd(listed, `${file} ${listed.name}`);
  const start = await fetchStart(place.location, place.file, end, fetchOptions(options, end));
  if (start === undefined) {
    throw new UserError({ what: 'a package that the repository lists is not there', where, expected: shown(listed) });
  }
  return checkHeader(start, listed, where);
}

function headerEnd({ headerRange, size }: ListedRpm, where: string): number {
  if (headerRange === undefined) return Math.min(size ?? UNKNOWN_HEADER_END, UNKNOWN_HEADER_END);
  const { start, end } = headerRange;
  if (start < LEAD_SIZE || end <= start || end > (size ?? MAX_HEADER_END) || end > MAX_HEADER_END) {
    throw new UserError({
      what: 'an impossible place for the header of a package',
      where: `${where} header-range`,
      found: `${start} to ${end}${size === undefined ? '' : ` of ${size} bytes`}`,
      expected: `an end below ${MAX_HEADER_END}`,
    });
  }
  return end;
}

function checkHeader(bytes: Buffer, listed: ListedRpm, where: string): string {
  const wrong = (what: string, found: string, expected: string): UserError =>
    new UserError({ what, where, found, expected });
  const part = (start: number, length: number) => bytes.subarray(start, start + length);
  if (bytes.length < LEAD_SIZE || !bytes.subarray(0, 4).equals(Buffer.from('edabeedb', 'hex'))) {
    throw wrong('not an rpm package', 'a file of another kind', shown(listed));
  }
  const signatureSize = headerSize(part(LEAD_SIZE, INTRO_SIZE), 'signature', where);
  const signature = parseHeader(part(LEAD_SIZE, signatureSize), 'signature', where);
  const start = LEAD_SIZE + padded(signatureSize);
  const mainSize = headerSize(part(start, INTRO_SIZE), 'main', where);
  const end = start + mainSize;
  const { headerRange } = listed;
  if (headerRange !== undefined && (headerRange.start !== start || headerRange.end !== end)) {
    throw wrong(
      'a package that is not the listed one',
      `a header from ${start} to ${end}`,
      `one from ${headerRange.start} to ${headerRange.end}`,
    );
  }
  const main = part(start, mainSize);
  const header = parseHeader(main, 'main', where);
  const headerDigest = headerDigestOf(main);
  const claimed = tagString(signature, SIGNATURE_TAG.sha256);
  if (claimed !== undefined && claimed !== headerDigest) {
    throw wrong('the header of a published package does not match its digest', headerDigest, quote(claimed));
  }
  const found = rpmCandidate(
    describePackage(
      {
        signature,
        header,
        headerRange: { start, end },
        headerDigest,
        size: listed.size ?? bytes.length,
      },
      where,
    ),
  );
  if (shown(found) !== shown(listed)) throw wrong('a package that is not the listed one', shown(found), shown(listed));
  return headerDigest;
}

function shown({ name, version, architecture }: Pick<ListedRpm, 'name' | 'version' | 'architecture'>): string {
  return `${name} ${version} (${architecture})`;
}
