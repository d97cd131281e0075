/**
 * Gives back what root made in somebody's workspace: it would be in the way of the next job, which is not root. The
 * workspace's user can rename and replace what lies in it at any moment, so nothing here goes by path: every folder is
 * opened in the one above it, no link is followed, and what changes hands is what is open.
 */
import { constants } from 'node:fs';
import { chown, type FileHandle, open, readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, oneLine } from './errors.ts';

/** Of open(2) under Linux, which Node does not name: opens the thing itself, whatever it is, and not its content. */
const O_PATH = 0o10000000;

/** GitLab's variables and summary, in the checkout. */
const HOST_FILES = ['pkg-actions.env', 'pkg-actions-summary.md'];

interface Identity {
  readonly uid: number;
  readonly gid: number;
}

export interface GivenBack {
  /** How many files and folders changed hands. */
  readonly count: number;
  /** What was left as it is, relative to the workspace, and why: a file that has other names elsewhere. */
  readonly left: readonly string[];
}

/**
 * Gives files and folders that root owns to the owner of `workspace`: `places` with all that is in them, and the folders
 * on the way to them. Only what lies in the workspace, on its file system, and only where this is root and the workspace
 * is somebody else's. A place that is not there is none.
 *
 * @param places absolute, or relative to the workspace.
 */
export async function giveBack(workspace: string, places: readonly string[]): Promise<GivenBack> {
  const result = { count: 0, left: [] as string[] };
  const owner = await stat(workspace).catch(() => undefined);
  if (owner === undefined || process.getuid?.() !== 0 || owner.uid === 0) return result;
  const top = await realpath(workspace);
  await using folder = await open(top, constants.O_RDONLY | constants.O_DIRECTORY);
  const giver = new Giver({ uid: owner.uid, gid: owner.gid }, (await folder.stat()).dev, result);
  for (const place of places) {
    // Links on the way that stay in the workspace are somebody's own order: what they lead to is looked for from its top.
    const parent = await realpath(path.dirname(path.resolve(workspace, place))).catch(() => undefined);
    if (parent === undefined) continue;
    const way = path.relative(top, path.join(parent, path.basename(place)));
    if (way === '' || way === '..' || way.startsWith('../') || path.isAbsolute(way)) continue;
    await giver.walk(folder, way.split('/'), '');
  }
  return result;
}

/** As `giveBack`, with the files that hosts write by themselves; what is in the way is a warning. */
export async function giveBackWritten(
  host: { readonly workspace: string; warning(message: string): void },
  places: readonly string[],
): Promise<void> {
  try {
    const { left } = await giveBack(host.workspace, [...places, ...HOST_FILES]);
    for (const file of left)
      host.warning(`${file} stays root's: it has another name somewhere, and may be anybody's file`);
  } catch (error) {
    host.warning(`what root made in ${host.workspace} cannot be given back to its owner: ${oneLine(messageOf(error))}`);
  }
}

class Giver {
  readonly #owner: Identity;
  readonly #device: number;
  readonly #result: { count: number; readonly left: string[] };

  constructor(owner: Identity, device: number, result: { count: number; readonly left: string[] }) {
    this.#owner = owner;
    this.#device = device;
    this.#result = result;
  }

  /** Goes down by `names`; the last of them is given with all that is in it. */
  async walk(folder: FileHandle, names: readonly string[], shown: string): Promise<void> {
    const [name, ...more] = names;
    if (name === undefined) return;
    const place = path.join(shown, name);
    await using entry = await openIn(folder, name, O_PATH | constants.O_NOFOLLOW);
    if (entry === undefined) return;
    const isFolder = await this.#give(entry, place);
    if (!isFolder) return;
    await using inside = await openIn(folder, name, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    // Another one by now: it is not what was looked at.
    if (inside === undefined || !(await isSame(inside, entry))) return;
    if (more.length > 0) return await this.walk(inside, more, place);
    for (const child of await readdir(handlePath(inside))) await this.walk(inside, [child], place);
  }

  /** @returns whether it is a folder to go into. */
  async #give(entry: FileHandle, shown: string): Promise<boolean> {
    const found = await entry.stat();
    if (found.dev !== this.#device) return false;
    const isFolder = found.isDirectory();
    if (found.uid !== 0) return isFolder;
    if (!isFolder && found.nlink > 1) {
      // Its other names may be anywhere: a file of the system that somebody linked here must not become theirs.
      this.#result.left.push(shown);
      return false;
    }
    await chown(handlePath(entry), this.#owner.uid, this.#owner.gid);
    this.#result.count += 1;
    return isFolder;
  }
}

/** What `name` is in an open folder; `undefined` where it is not there, or not what `flags` ask for. */
async function openIn(folder: FileHandle, name: string, flags: number): Promise<FileHandle | undefined> {
  return await open(`${handlePath(folder)}/${name}`, flags).catch((error: NodeJS.ErrnoException) => {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'].includes(error.code ?? '')) return undefined;
    throw error;
  });
}

async function isSame(one: FileHandle, other: FileHandle): Promise<boolean> {
  const [a, b] = await Promise.all([one.stat({ bigint: true }), other.stat({ bigint: true })]);
  return a.ino === b.ino && a.dev === b.dev;
}

/** The kernel's name for what is open (proc_pid_fd(5)): it leads to the thing itself, wherever that is by now. */
function handlePath(handle: FileHandle): string {
  return `/proc/self/fd/${handle.fd}`;
}
