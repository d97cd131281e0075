/** The control files that go with packages: .dsc (Policy 5.4) and .changes (Policy 5.5). */
import { quote, UserError } from '../errors.ts';
import { type Checksum, type Paragraph, parseChecksums, parseSingleParagraph, requireField } from './control.ts';
import { checkPackageName } from './file-name.ts';
import { parseVersion } from './version.ts';

export interface SourceControl {
  readonly source: string;
  readonly version: string;
  /** Sorted by name; SHA-256 of every file, and its size. */
  readonly files: readonly Checksum[];
  readonly paragraph: Paragraph;
}

/**
 * Reads a .dsc, signed or not; the signature is not verified.
 *
 * @param file named in errors.
 * @throws UserError naming file and field.
 */
export function parseDsc(text: string, file: string): SourceControl {
  return readSourceControl(text, file);
}

/**
 * Reads a .changes, signed or not; the signature is not verified.
 *
 * @param file named in errors.
 * @throws UserError naming file and field.
 */
export function parseChanges(text: string, file: string): SourceControl {
  return readSourceControl(text, file);
}

function readSourceControl(text: string, file: string): SourceControl {
  const paragraph = parseSingleParagraph(text, { file });
  // A .changes of a binary-only upload says `hello (1.0-1)`: the name, and the version of the source.
  const source = requireField(paragraph, 'Source', file).replace(/ \([^()]*\)$/, '');
  checkPackageName(source, `${file} Source`);
  const version = requireField(paragraph, 'Version', file);
  parseVersion(version, `${file} Version`);
  const where = `${file} Checksums-Sha256`;
  const files = parseChecksums(requireField(paragraph, 'Checksums-Sha256', file), where);
  if (files.some((entry) => entry.algorithm !== 'sha256')) {
    throw new UserError({ what: 'not SHA-256 digests', where, expected: '64 hexadecimal digits a line' });
  }
  // Files (MD5) has to list the same files: a tool that reads one and a tool that reads the other must agree.
  const listed = paragraph.get('Files');
  const names = (list: readonly Checksum[]) => list.map((entry) => `${entry.name} ${entry.size}`).sort();
  if (listed !== undefined) {
    const others = names(parseChecksums(listed, `${file} Files`));
    if (others.join('\n') !== names(files).join('\n')) {
      throw new UserError({
        what: 'Files and Checksums-Sha256 list different files',
        where: file,
        found: quote(others),
        expected: quote(names(files)),
      });
    }
  }
  return { source, version, files: files.toSorted((a, b) => (a.name < b.name ? -1 : 1)), paragraph };
}
