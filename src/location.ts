/** Where a repository lies: the URIs that people write for it. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { quote, UserError } from './errors.ts';

export type Location =
  | {
      readonly kind: 'http';
      /** Without credentials and without a trailing slash. */
      readonly url: string;
      /** Value of the Authorization header that the credentials in the URI stand for. Never shown. */
      readonly authorization: string | undefined;
    }
  | { readonly kind: 'folder'; readonly folder: string };

/**
 * Reads the URI of a repository: http:, https:, file:, copy: or the plain path of a folder.
 *
 * @param where input that it came from, for errors.
 * @param resolvePath makes a path absolute; relative ones are the caller's to place.
 * @returns where it lies, and how it is shown to people: without credentials.
 */
export function parseLocation(
  uri: string,
  where: string,
  resolvePath: (file: string) => string,
): { location: Location; shown: string } {
  const wrong = (): UserError =>
    new UserError({
      what: 'not the URI of a repository',
      where,
      found: quote(hideCredentials(uri)),
      expected: 'http://, https://, file:/ or the path of a folder',
    });
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(uri)?.[1]?.toLowerCase();
  if (scheme === undefined) return folderLocation(resolvePath(uri));
  if (scheme === 'file' || scheme === 'copy') {
    const rest = uri.slice(scheme.length + 1);
    if (!rest.startsWith('/')) throw wrong();
    try {
      return folderLocation(fileURLToPath(`file:${rest}`));
    } catch {
      // A host, or an escaped slash.
      throw wrong();
    }
  }
  if ((scheme !== 'http' && scheme !== 'https') || !URL.canParse(uri)) throw wrong();
  const url = new URL(uri);
  // A query or a fragment would swallow the path that is appended.
  if (url.search !== '' || url.hash !== '') throw wrong();
  const authorization =
    url.username === '' && url.password === ''
      ? undefined
      : `Basic ${Buffer.from(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`).toString('base64')}`;
  url.username = '';
  url.password = '';
  const plain = url.href.replace(/\/+$/, '');
  return { location: { kind: 'http', url: plain, authorization }, shown: plain };
}

function folderLocation(folder: string): { location: Location; shown: string } {
  const resolved = path.resolve(folder);
  return { location: { kind: 'folder', folder: resolved }, shown: resolved };
}

/** `text` with the user and password of a URI left out. */
export function hideCredentials(text: string): string {
  return text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^/\s]*@/gi, '$1***@');
}
