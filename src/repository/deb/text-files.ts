/** Texts that list files: .dsc, .changes and .buildinfo of a build, and what all of them must be. */
import { createHash } from 'node:crypto';
import { type Checksum, type Paragraph, parseChecksums, requireField } from '../../deb/control.ts';
import { quote, UserError } from '../../errors.ts';
import { readRegular } from '../../regular-file.ts';
import { type BuildFile, shown } from '../builds.ts';

/** Bytes of a .dsc, .changes or .buildinfo: that of a kernel has 200 kB. */
const MAX_BYTES = 16 * 1024 * 1024;

/** What ends a text for some tools, or steers terminals; a form feed is in old changelogs. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const CONTROL = /[\u0000-\u0008\u000e-\u001f\u007f]/;

/**
 * Reads such a text.
 *
 * @throws UserError where it is not the file that the manifest lists, or no text in UTF-8 (Policy 5.1) without control
 *   characters: what is signed as text must be text.
 */
export async function readText(file: BuildFile): Promise<string> {
  const bytes = await readRegular(file.path, MAX_BYTES, shown(file));
  if (createHash('sha256').update(bytes).digest('hex') !== file.sha256) {
    throw new UserError({ what: 'the file changed while it was read', where: shown(file) });
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UserError({
      what: 'the file is not text in UTF-8',
      where: shown(file),
      expected: 'UTF-8 (Debian Policy 5.1)',
    });
  }
  const wrong = CONTROL.exec(text);
  if (wrong === null) return text;
  throw new UserError({ what: 'a control character in the file', where: shown(file), found: quote(wrong[0]) });
}

/**
 * The files that it lists, by SHA-256. What it says of them elsewhere must be the same: it is signed as a whole, and
 * others may read another field of it.
 *
 * @param where the file, for errors.
 * @throws UserError for names that are paths, a file twice, and fields that list other files or sizes.
 */
export function readListed(control: Paragraph, where: string): Checksum[] {
  const main = 'Checksums-Sha256';
  const listed = parseChecksums(requireField(control, main, where), `${where}, field ${main}`);
  const sizes = new Map(listed.map(({ name, size }) => [name, size]));
  for (const [field, value] of control) {
    if (!/^(?:Files|Checksums-.*)$/i.test(field)) continue;
    const refuse = (what: string, found: string, expected: string): UserError =>
      new UserError({ what, where: `${where}, field ${field}`, found, expected });
    const others = parseChecksums(value, `${where}, field ${field}`);
    const wrong = others.find(({ name, size }) => sizes.get(name) !== size);
    if (wrong !== undefined) {
      const size = sizes.get(wrong.name);
      const expected = size === undefined ? `only files of ${main}` : `${size} bytes, as in ${main}`;
      throw refuse('fields that list other files', `${quote(wrong.name)} of ${wrong.size} bytes`, expected);
    }
    if (others.length !== sizes.size) {
      throw refuse('fields that list other files', `${others.length} files`, `${sizes.size}, as in ${main}`);
    }
    const algorithm = field.toLowerCase() === 'files' ? 'md5' : field.slice('Checksums-'.length).toLowerCase();
    const [first] = others;
    if (first !== undefined && first.algorithm !== algorithm) {
      throw refuse('digests of another kind than the field says', first.algorithm, algorithm);
    }
  }
  return listed;
}
