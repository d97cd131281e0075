/**
 * The file `sources` of a dist-git repository: what remote sources must be. Two formats are in use, one entry a line:
 *
 *     SHA512 (hello-2.10.tar.gz) = 1ef2...       since 2016, as BSD's checksum tools write it
 *     6cd0ffea3884a4e79330338dcc2987d6  hello-2.10.tar.gz      before, as md5sum(1) writes it
 */
import { DIGEST_LENGTHS, type Digest, type DigestAlgorithm } from '../digest.ts';
import { quote, UserError } from '../errors.ts';

export interface SourcesEntry {
  readonly file: string;
  readonly digest: Digest;
  /** From 1. */
  readonly line: number;
}

/** The line that an entry is written as. `hex` as people are to fill it in. */
export function formatSourcesLine(file: string, hex: string): string {
  return `SHA512 (${file}) = ${hex}`;
}

/**
 * Reads the file.
 *
 * @param where its name, for errors.
 * @returns the entries by file name. A file may have several lines of different algorithms: the strongest counts.
 * @throws UserError naming the line that has neither form, or that contradicts another.
 */
export function parseSourcesFile(text: string, where: string): Map<string, SourcesEntry> {
  const entries = new Map<string, SourcesEntry>();
  for (const [index, raw] of text.split('\n').entries()) {
    const content = raw.trim();
    if (content === '' || content.startsWith('#')) continue;
    const entry = readLine(content, index + 1, where);
    const other = entries.get(entry.file);
    if (other?.digest.algorithm === entry.digest.algorithm && other.digest.hex !== entry.digest.hex) {
      throw new UserError({
        what: 'two digests for one file',
        where: `${where}:${entry.line}`,
        found: quote(entry.file),
        expected: `the digest of line ${other.line}, or another file`,
      });
    }
    if (other === undefined || DIGEST_LENGTHS[other.digest.algorithm] < DIGEST_LENGTHS[entry.digest.algorithm]) {
      entries.set(entry.file, entry);
    }
  }
  return entries;
}

function readLine(content: string, line: number, where: string): SourcesEntry {
  const bsd = /^([A-Za-z0-9]+) \(([^()\s/]+)\) = ([0-9A-Fa-f]+)$/.exec(content);
  const plain = /^([0-9A-Fa-f]+) [ *]?\s*([^\s/]+)$/.exec(content);
  const file = bsd?.[2] ?? plain?.[2];
  const hex = (bsd?.[3] ?? plain?.[1] ?? '').toLowerCase();
  const algorithm = Object.entries(DIGEST_LENGTHS).find(([name, length]) =>
    bsd === null ? length === hex.length : name === bsd[1]?.toLowerCase() && length === hex.length,
  )?.[0] as DigestAlgorithm | undefined;
  if (file === undefined || algorithm === undefined) {
    throw new UserError({
      what: 'not an entry of a sources file',
      where: `${where}:${line}`,
      found: quote(content),
      expected: 'SHA512 (FILE) = 128 hexadecimal digits, or DIGEST  FILE',
    });
  }
  return { file, line, digest: { algorithm, hex } };
}
