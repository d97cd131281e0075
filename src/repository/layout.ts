/**
 * Where things lie in a repository (docs/repository-layout.md). One folder, private to the publisher; `public/` in it
 * is what is served and mirrored.
 */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { quote, UserError } from '../errors.ts';

/** The folders and files of a repository, absolute. */
export class RepositoryPaths {
  readonly root: string;
  /** flock(1)ed by every writing operation; never deleted. */
  readonly lease: string;
  readonly public: string;
  readonly pool: string;
  readonly snapshots: string;
  /** State of the format's tool, one folder per snapshot that a channel points to. A cache: rebuilt when absent. */
  readonly private: string;
  /** What channels pointed to, a line for each change. */
  readonly history: string;
  readonly staging: string;

  /** @param root absolute. */
  constructor(root: string) {
    this.root = root;
    this.lease = path.join(root, 'lease');
    this.public = path.join(root, 'public');
    this.pool = path.join(this.public, 'pool');
    this.snapshots = path.join(this.public, 'snapshots');
    this.private = path.join(root, 'private');
    this.history = path.join(this.private, 'history.jsonl');
    this.staging = path.join(root, 'staging');
  }

  snapshot(id: string): string {
    return path.join(this.snapshots, id);
  }
}

/** How long indexes of earlier snapshots stay below a later one: caches and slow mirrors serve a former state that long. */
export const KEEP_SUPERSEDED_MS = 86_400_000;

/** Names in `public/` that are no channels. */
const RESERVED = new Set(['pool', 'snapshots', 'dists', 'review']);

/**
 * Whether `public/<text>` may be a channel's link: a plain name (as in packaging.yml) that is none of our own and does
 * not look like a file.
 */
export function isChannelName(text: string): boolean {
  const isPlain = /^[A-Za-z0-9](?:[A-Za-z0-9+~_-]|\.(?!\.|$))*$/.test(text) && text.length <= 64;
  return isPlain && !RESERVED.has(text) && !/\.(?:asc|gpg|html|sources|repo|json|txt|new)$/.test(text);
}

/** @throws UserError for a name that `isChannelName` refuses. */
export function checkChannelName(text: string, where: string): string {
  if (isChannelName(text)) return text;
  throw new UserError({
    what: 'not a name of a channel',
    where,
    found: quote(text),
    expected: `letters, digits, +~_- and single dots, starting with a letter or digit, no file name, and none of ${[...RESERVED].join(', ')}`,
  });
}

const SNAPSHOT_ID = /^\d{8}T\d{6}Z-[0-9a-f]{6}$/;

/** Time in UTC and six random digits: sorts by time to the second, never repeats. */
export function newSnapshotId(now: Date): string {
  const time = `${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
  return `${time}-${randomBytes(3).toString('hex')}`;
}

export function isSnapshotId(text: string): boolean {
  return SNAPSHOT_ID.test(text);
}

/** `target` of a channel's link: relative, so that a mirror or a move keeps it whole. */
export function channelTarget(id: string): string {
  return `snapshots/${id}`;
}

/**
 * Whether `text` is a path inside the pool as we make them: plain components, no `.` or `..`. Paths come from indexes
 * and from snapshot.json, and become paths of the file system, whose names have 255 bytes at most.
 */
export function isPoolPath(text: string): boolean {
  const [first, ...rest] = text.split('/');
  return (
    first === 'pool' && rest.length > 0 && rest.every((part) => /^[A-Za-z0-9][A-Za-z0-9.+:~_@=^-]{0,254}$/.test(part))
  );
}

/**
 * A folder's `file:` URI for apt.
 *
 * @throws UserError for a path that apt's configuration or sources cannot hold.
 */
export function fileUri(folder: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (/["\\\u0000-\u001f\u007f]/.test(folder)) {
    throw new UserError({
      what: 'a path that apt cannot use',
      where: 'the repository',
      found: quote(folder),
      expected: 'no quotes, backslashes or control characters',
    });
  }
  return `file:${folder.split('/').map(encodeURIComponent).join('/')}`;
}

/** A folder's or file's `file:` URL for dnf, which separates several by blanks and commas and replaces `$name`. */
export function fileUrl(target: string): string {
  return `file://${target.split('/').map(encodeURIComponent).join('/')}`;
}
