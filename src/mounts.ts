/** Mounts as this process sees them: /proc/self/mountinfo, proc_pid_mountinfo(5). */
import { lstat, readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from './errors.ts';
import { run } from './process.ts';

export interface Mount {
  readonly place: string;
  readonly type: string;
}

/** All mounts, in the order in which they were made. */
export async function mounts(): Promise<Mount[]> {
  return parseMountinfo(await readFile('/proc/self/mountinfo', 'utf8').catch(() => ''));
}

/** Blanks, tabs, newlines and backslashes of paths are written as octal numbers there. */
export function parseMountinfo(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const fields = line.split(' ');
    const [type] = fields.slice(fields.indexOf('-') + 1);
    const place = fields[4]?.replace(/\\([0-7]{3})/g, (_, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 8)),
    );
    return place === undefined || type === undefined ? [] : [{ place, type }];
  });
}

/**
 * Mounts at `folder` and below it, last made first: the order in which they can be unmounted. None where it is a link:
 * that leads to mounts of others.
 */
export async function mountsBelow(folder: string): Promise<Mount[]> {
  if ((await lstat(folder).catch(() => undefined))?.isDirectory() !== true) return [];
  // The kernel tells real paths.
  const above = await realpath(path.dirname(folder)).catch(() => path.dirname(folder));
  const real = path.join(above, path.basename(folder));
  return (await mounts()).filter(({ place }) => place === real || place.startsWith(`${real}/`)).reverse();
}

export interface Unmounted {
  readonly place: string;
  /** In use: taken out of sight, and gone once nobody uses it any more. */
  readonly lazily: boolean;
}

/**
 * Unmounts all that is mounted at `folder` and below.
 *
 * @throws CommandError where the kernel refuses even to do it lazily.
 */
export async function unmountBelow(folder: string): Promise<Unmounted[]> {
  const unmounted: Unmounted[] = [];
  for (const { place } of await mountsBelow(folder)) {
    try {
      await run(['umount', '--no-canonicalize', '--', place]);
      unmounted.push({ place, lazily: false });
    } catch (error) {
      // One that went with another one, or by another clean-up.
      if (/not mounted|no mount point/i.test(messageOf(error))) continue;
      await run(['umount', '--no-canonicalize', '--lazy', '--', place]);
      unmounted.push({ place, lazily: true });
    }
  }
  return unmounted;
}
