/** Which files at the root of a repository are ours to replace and remove: by their names, and by what stands in them. */
import { isSnapshotId } from '../layout.ts';
import { CLIENT_MARK } from './adding.ts';
import { GENERATOR } from './page.ts';

const KINDS: readonly { readonly name: RegExp; readonly isOurs: (content: string) => boolean }[] = [
  {
    name: /^[A-Za-z0-9].*\.target\.txt$/,
    isOurs: (content) => /^snapshots\/[^/]*\n$/.test(content) && isSnapshotId(content.slice('snapshots/'.length, -1)),
  },
  {
    name: /^(?:index|[A-Za-z0-9].*\.packages)\.html$/,
    isOurs: (content) => content.slice(0, 4096).includes(GENERATOR),
  },
  { name: /^[a-z0-9].*\.(?:sources|repo)$/, isOurs: (content) => content.startsWith(CLIENT_MARK) },
];

/**
 * Whether a file is one that the site is made of.
 *
 * @param content what stands in it; without it the name alone decides.
 */
export function isOurs(name: string, content?: string): boolean {
  const kind = KINDS.find((each) => each.name.test(name));
  return kind !== undefined && (content === undefined || kind.isOurs(content));
}
