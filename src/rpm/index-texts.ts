/** Texts of a header that indexes of repositories are made of. */
import { quote, UserError } from '../errors.ts';
import { type RpmHeader, tagBytes } from './header.ts';

/**
 * What createrepo_c writes of a package (its src/parsehdr.c): names and versions, texts for people, files, dependencies
 * and changes. Scripts are no part of it.
 */
const TAGS: Readonly<Record<number, string>> = {
  1004: 'Summary',
  1005: 'Description',
  1007: 'Build Host',
  1011: 'Vendor',
  1014: 'License',
  1015: 'Packager',
  1016: 'Group',
  1020: 'URL',
  1047: 'Provides',
  1049: 'Requires',
  1050: 'Requires',
  1054: 'Conflicts',
  1055: 'Conflicts',
  1081: 'Changelog',
  1082: 'Changelog',
  1090: 'Obsoletes',
  1113: 'Provides',
  1115: 'Obsoletes',
  1117: 'files',
  1118: 'folders',
  5046: 'Recommends',
  5047: 'Recommends',
  5049: 'Suggests',
  5050: 'Suggests',
  5052: 'Supplements',
  5053: 'Supplements',
  5055: 'Enhances',
  5056: 'Enhances',
};

/**
 * What XML (1.0, 2.2) has no place for, byte by byte: control characters, which createrepo_c refuses for all packages
 * together, and in UTF-8 U+FFFE, U+FFFF and halves of surrogates, with which dnf loads no package of the repository.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const FORBIDDEN = /[\x01-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]|\xed[\xa0-\xbf][\x80-\xbf]/;

/**
 * @param where the package, for the error.
 * @throws UserError for a text that no index can hold.
 */
export function checkIndexTexts(header: RpmHeader, where: string): void {
  for (const [tag, field] of Object.entries(TAGS)) {
    const wrong = FORBIDDEN.exec(tagBytes(header, Number(tag))?.toString('latin1') ?? '');
    if (wrong === null) continue;
    throw new UserError({
      what: 'a character that no index can hold in a text of the package',
      where: `${where} ${field}`,
      found: quote(Buffer.from(wrong[0], 'latin1').toString()),
      expected: 'what XML can hold',
    });
  }
}
