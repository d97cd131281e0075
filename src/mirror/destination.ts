/**
 * Where a mirror lies: `rsync://host/module`, `user@host:/path`, `ssh://host:port/path`, or a folder of this machine.
 *
 * What is taken is narrow on purpose. The parts become arguments of rsync and of ssh, and on the other side of a shell:
 * so no name begins with `-`, and no path holds what a shell or rsync would expand.
 */
import path from 'node:path';
import { quote, UserError } from '../errors.ts';
import { hideCredentials } from '../location.ts';

interface Remote {
  readonly user: string | undefined;
  readonly host: string;
  readonly port: number | undefined;
  /** Of `daemon` the module and what follows, without a slash in front; of `ssh` absolute. No slash at its end. */
  readonly path: string;
}

export type Destination = {
  /** As people name it: what they wrote, without a slash at its end. */
  readonly name: string;
} & (
  | ({ readonly kind: 'daemon' } & Remote)
  | ({ readonly kind: 'ssh' } & Remote)
  | { readonly kind: 'folder'; readonly path: string }
);

const FORMS = 'rsync://[user@]host[:port]/module[/path], [user@]host:/path, ssh://[user@]host[:port]/path, or a folder';
const CHARACTERS = "a path of letters, digits and ._+~@=,-, without '..' and names that begin with -";

const USER = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/;
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])$/;
const PART = /^(?!\.\.?$)[A-Za-z0-9._+@=,][A-Za-z0-9._+~@=,-]*$/;

/**
 * Reads where a mirror lies.
 *
 * @param where input or field that it came from, for errors.
 * @param resolve makes the path of a folder absolute.
 * @throws UserError that never shows a password.
 */
export function parseDestination(text: string, where: string, resolve: (folder: string) => string): Destination {
  const wrong = (expected: string, remedy?: string): UserError =>
    new UserError({
      what: 'not a place of a mirror',
      where,
      found: quote(hideCredentials(text)),
      expected,
      ...(remedy === undefined ? {} : { remedy }),
    });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (text === '' || text.startsWith('-') || /[\u0000-\u001f\u007f]/.test(text)) throw wrong(FORMS);
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text)?.[1]?.toLowerCase();
  if (scheme === 'rsync' || scheme === 'ssh') {
    const [, authority = '', rest] = /^[^:]+:\/\/([^/]*)(.*)$/.exec(text) ?? [];
    const remote = { ...parseAuthority(authority, wrong), path: parsePath(rest ?? '', wrong) };
    const shown = `${scheme}://${authority}/${remote.path}`;
    if (scheme === 'ssh') return { kind: 'ssh', name: shown, ...remote, path: `/${remote.path}` };
    return { kind: 'daemon', name: shown, ...remote };
  }
  if (scheme !== undefined) throw wrong(FORMS);
  // As rsync sees it: a colon before the first slash is a host's.
  const [, authority, rest = ''] = /^((?:[^/[\]:]*@)?(?:\[[^/\]]*\]|[^/:]*)):(.*)$/.exec(text) ?? [];
  if (authority !== undefined) {
    if (rest.startsWith(':'))
      throw wrong(FORMS, `write it as rsync://${hideCredentials(`x://${authority}/`).slice(4)}…`);
    if (!rest.startsWith('/')) throw wrong(FORMS, 'give the path on the mirror from its root: host:/path');
    const remote = { ...parseAuthority(authority, wrong), path: `/${parsePath(rest, wrong)}` };
    return { kind: 'ssh', name: `${authority}:${remote.path}`, ...remote };
  }
  const folder = path.resolve(resolve(text));
  if (folder === '/') throw wrong('a folder of its own');
  return { kind: 'folder', name: folder, path: folder };
}

type Wrong = (expected: string, remedy?: string) => UserError;

function parseAuthority(text: string, wrong: Wrong): Omit<Remote, 'path'> {
  const at = text.lastIndexOf('@');
  const user = at === -1 ? undefined : text.slice(0, at);
  if (user?.includes(':')) {
    throw wrong(
      'a place without a password',
      'give a key as ssh-key, the password of an rsync daemon as rsync-password',
    );
  }
  const [, host = '', digits] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(text.slice(at + 1)) ?? [];
  const port = digits === undefined ? undefined : Number(digits);
  if (user !== undefined && !USER.test(user)) throw wrong('a user of letters, digits and ._-');
  if (!HOST.test(host) || (port !== undefined && (port < 1 || port > 65_535))) throw wrong(FORMS);
  return { user, host, port };
}

/** Without slashes at its ends. */
function parsePath(text: string, wrong: Wrong): string {
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.length === 0) throw wrong(`${FORMS}; not a root`);
  if (!parts.every((part) => PART.test(part))) throw wrong(CHARACTERS);
  return parts.join('/');
}

/** What rsync is told: with a slash at its end, so that it is the folder itself. */
export function rsyncPath(destination: Destination, below = ''): string {
  const tail = below === '' ? '/' : `/${below}`;
  if (destination.kind === 'folder') return `${destination.path}${tail}`;
  const user = destination.user === undefined ? '' : `${destination.user}@`;
  if (destination.kind === 'ssh') return `${user}${destination.host}:${destination.path}${tail}`;
  const port = destination.port === undefined ? '' : `:${destination.port}`;
  return `rsync://${user}${destination.host}${port}/${destination.path}${tail}`;
}

/**
 * Reads all places, and sees to it that none is there twice and none is the repository itself.
 *
 * @param root the repository's folder, absolute.
 * @throws UserError
 */
export function checkDestinations(destinations: readonly Destination[], root: string, where: string): void {
  const seen = new Set<string>();
  for (const destination of destinations) {
    const place = rsyncPath(destination);
    if (seen.has(place)) throw new UserError({ what: 'the same mirror twice', where, found: quote(destination.name) });
    seen.add(place);
    if (destination.kind === 'folder' && (isWithin(destination.path, root) || isWithin(root, destination.path))) {
      throw new UserError({
        what: 'the mirror lies in the repository, or the repository in it',
        where,
        found: quote(destination.name),
        expected: `a folder apart from ${root}`,
      });
    }
  }
}

function isWithin(inner: string, outer: string): boolean {
  return inner === outer || inner.startsWith(`${outer}/`);
}
