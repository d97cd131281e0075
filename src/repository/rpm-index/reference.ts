/** Locations in indexes: relative, with xml:base, or whole addresses. What they may not do is lead elsewhere. */
import { fileURLToPath, pathToFileURL } from 'node:url';
import { quote, UserError } from '../../errors.ts';
import type { Location } from '../../location.ts';
import type { Reference } from './repomd.ts';

/** A file for `fetchFile` and its like. */
export interface Place {
  readonly location: Location;
  /** Relative to `location`. */
  readonly file: string;
}

/** Control characters, also encoded ones, and what addresses take for a slash. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const STRANGE = /[\u0000-\u001f\\]|%[01][0-9A-Fa-f]/;

/**
 * Where `reference` of an index of `repository` points.
 *
 * A relative location stays below the repository, or below its xml:base; percent-encoded characters stand for
 * themselves. A whole address may be on another server, which gets no credentials. Only a repository in a folder may
 * name files of this machine, and only its own.
 *
 * @throws UserError naming the location.
 */
export function resolveReference(repository: Location, { href, base }: Reference, where: string): Place {
  const root = repository.kind === 'http' ? new URL(`${repository.url}/`) : pathToFileURL(`${repository.folder}/`);
  const refuse = (found: string): UserError =>
    new UserError({
      what: 'a location that leads out of the repository',
      where,
      found: quote(found),
      expected: 'a path below the repository, or an http or https address',
    });
  const baseUrl = base === undefined ? root : parse(base.endsWith('/') ? base : `${base}/`, root);
  const url = baseUrl && parse(href, baseUrl);
  const isStrange = href === '' || STRANGE.test(href) || STRANGE.test(base ?? '');
  if (baseUrl === undefined || url === undefined || isStrange) {
    throw refuse(base === undefined ? href : `${base} ${href}`);
  }
  const isBelow = (other: URL) => url.origin === other.origin && url.pathname.startsWith(other.pathname);
  if (!isAddress(href) && !isBelow(baseUrl)) throw refuse(href);
  if (base !== undefined && !isAddress(base) && !baseUrl.href.startsWith(root.href)) throw refuse(base);
  if (url.protocol === 'file:') {
    if (repository.kind !== 'folder' || !url.href.startsWith(root.href)) throw refuse(href);
    return { location: repository, file: relativePath(root, url, () => refuse(href)) };
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw refuse(href);
  const authorization = repository.kind === 'http' && url.origin === root.origin ? repository.authorization : undefined;
  return {
    location: { kind: 'http', url: url.origin, authorization },
    file: `${url.pathname.slice(1)}${isAddress(href) ? url.search : ''}`,
  };
}

function isAddress(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text);
}

/** A whole address as it is; of a path the characters that mean something in an address are themselves. */
function parse(text: string, base: URL): URL | undefined {
  const path = text
    .replaceAll('?', '%3F')
    .replaceAll('#', '%23')
    .replace(/%(?![0-9A-Fa-f]{2})/g, '%25');
  // A colon in a name, as of an epoch, begins no address.
  const written = isAddress(text) ? text : path.startsWith('/') ? path : `./${path}`;
  return URL.parse(written, base.href) ?? undefined;
}

/** `url` below `root`, both file: URLs, decoded; an encoded slash is refused. */
function relativePath(root: URL, url: URL, refusal: () => UserError): string {
  try {
    return fileURLToPath(url).slice(fileURLToPath(root).length);
  } catch {
    throw refusal();
  }
}
