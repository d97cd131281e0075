/**
 * The text of a private key as it comes out of a CI secret. People store the armor itself, the armor or the binary
 * export in base64 (many secret stores do not keep newlines), or an armor whose newlines became `\n`.
 */
import { UserError } from '../errors.ts';

const WHERE = 'the signing key';
const BLOCK = /-----BEGIN PGP ([A-Z ]+)-----\r?\n[\s\S]*?-----END PGP \1-----/g;

/** Every OpenPGP block that holds private keys: armored or binary. */
export type KeyText =
  | { readonly kind: 'armored'; readonly blocks: readonly string[] }
  | { readonly kind: 'binary'; readonly bytes: Uint8Array };

/**
 * Finds the private keys in `text`. Nothing of `text` is ever repeated in an error.
 *
 * @throws UserError when there is none: nothing at all, a public key, a damaged armor.
 */
export function readKeyText(text: string): KeyText {
  const trimmed = text.trim();
  if (trimmed.includes('-----BEGIN PGP ')) return armored(trimmed);
  const bytes = fromBase64(trimmed);
  if (bytes === undefined) {
    throw new UserError({
      what: 'not an OpenPGP private key',
      where: WHERE,
      found: trimmed === '' ? 'nothing' : `${trimmed.length} characters that are neither armor nor base64`,
      expected: 'what gpg --armor --export-secret-keys prints, as it is or in base64',
    });
  }
  const inner = bytes.toString('latin1');
  return inner.includes('-----BEGIN PGP ') ? armored(inner.trim()) : { kind: 'binary', bytes };
}

function armored(text: string): KeyText {
  // An environment file or a JSON value that was not decoded.
  const lines = text.includes('\n') ? text : text.replaceAll('\\r', '').replaceAll('\\n', '\n');
  const blocks = [...lines.matchAll(BLOCK)].map(([block, type]) => ({ block, type }));
  const keys = blocks.filter(({ type }) => type === 'PRIVATE KEY BLOCK').map(({ block }) => block);
  if (keys.length > 0) return { kind: 'armored', blocks: keys };
  if (blocks.some(({ type }) => type === 'PUBLIC KEY BLOCK')) {
    throw new UserError({
      what: 'a public key was given, which cannot sign',
      where: WHERE,
      expected: 'what gpg --armor --export-secret-keys prints',
    });
  }
  throw new UserError({
    what: 'the armor of the key is damaged',
    where: WHERE,
    found: blocks.length > 0 ? `a block of the type ${blocks[0]?.type}` : 'a first line without its lines or its end',
    expected: 'all lines of the armor, each on a line of its own, or the armor in base64',
  });
}

function fromBase64(text: string): Buffer | undefined {
  const compact = text.replace(/\s/g, '');
  if (compact.length < 64 || compact.length % 4 === 1 || !/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return undefined;
  return Buffer.from(compact, 'base64');
}
