/** Release files of apt repositories: https://wiki.debian.org/DebianRepository/Format, apt-secure(8). */
import { quote, UserError } from '../errors.ts';
import { type Paragraph, parseControl } from './control.ts';
import { parseDate } from './date.ts';

export interface ReleaseFile {
  readonly size: number;
  readonly sha256: string;
}

export interface Release {
  readonly suite: string | undefined;
  readonly codename: string | undefined;
  readonly origin: string | undefined;
  /** Seconds since the epoch. */
  readonly date: number | undefined;
  readonly validUntil: number | undefined;
  readonly acquireByHash: boolean;
  readonly architectures: readonly string[];
  readonly components: readonly string[];
  /** Whether the indexes of each architecture list the packages of `all` too, beside a binary-all of their own. */
  readonly hasAllInEveryIndex: boolean;
  /** Indexes by their path relative to the Release file: `main/binary-amd64/Packages.xz`. */
  readonly files: ReadonlyMap<string, ReleaseFile>;
}

/**
 * Reads the text of a Release file; of an InRelease the text inside its signature.
 *
 * @param file named in errors.
 * @throws UserError naming file, line or field.
 */
export function parseRelease(text: string, file: string): Release {
  const [paragraph, second] = parseControl(text, { file });
  if (paragraph === undefined || second !== undefined) {
    throw new UserError({
      what: 'not a Release file',
      where: file,
      found: paragraph === undefined ? 'an empty file' : 'several paragraphs',
      expected: 'one paragraph',
    });
  }
  const digests = paragraph.get('SHA256');
  const files = new Map<string, ReleaseFile>();
  for (const line of (digests ?? '').split('\n')) {
    if (line.trim() === '') continue;
    const [sha256 = '', size = '', name = '', ...more] = line.trim().split(/[ \t]+/);
    if (!/^[0-9a-f]{64}$/i.test(sha256) || !/^\d{1,15}$/.test(size) || name === '' || more.length > 0) {
      throw new UserError({
        what: 'not a checksum line',
        where: `${file} SHA256`,
        found: quote(line.trim()),
        expected: 'digest, size and path',
      });
    }
    // Names are only looked up by paths that we make, so one that leads elsewhere is never followed.
    files.set(name.replace(/^\.\//, ''), { size: Number(size), sha256: sha256.toLowerCase() });
  }
  if (digests === undefined) {
    throw new UserError({
      what: 'a Release file without SHA-256 digests',
      where: file,
      found: quote(paragraph.names),
      expected: 'the field SHA256',
    });
  }
  const allInEvery = words(paragraph, 'No-Support-for-Architecture-all').includes('Packages');
  return {
    suite: paragraph.get('Suite'),
    codename: paragraph.get('Codename'),
    origin: paragraph.get('Origin'),
    date: dateField(paragraph, 'Date', file),
    validUntil: dateField(paragraph, 'Valid-Until', file),
    acquireByHash: paragraph.get('Acquire-By-Hash')?.toLowerCase() === 'yes',
    architectures: words(paragraph, 'Architectures'),
    components: words(paragraph, 'Components'),
    hasAllInEveryIndex: allInEvery || !words(paragraph, 'Architectures').includes('all'),
    files,
  };
}

function words(paragraph: Paragraph, name: string): string[] {
  return (paragraph.get(name) ?? '').split(/[ \t\n]+/).filter((word) => word !== '');
}

function dateField(paragraph: Paragraph, name: string, file: string): number | undefined {
  const value = paragraph.get(name);
  return value === undefined ? undefined : parseDate(value, `${file} ${name}`);
}
