/**
 * Downloads that are kept on this host, for all builds of it: files by their SHA-256.
 *
 *     <state>/downloads-kept/<2 digits>/<SHA-256>   never changed; its time says when it was last used
 *     <state>/downloads-kept/.new-*                 of builds that run, under a lock of each
 *
 * Only what a signed list named with size and SHA-256 comes in, and every file is read and compared before it is given
 * out. So neither a build nor a broken disk can put anything in place of what a repository has.
 */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { constants, copyFile, link, lstat, mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { removeDeadFolders, stageFolder } from '../staged-folder.ts';

/** A file as a signed list of a repository names it. */
export interface Download {
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** What one build has of the store. Any number may be open at once, in any number of processes. */
export interface Downloads extends AsyncDisposable {
  /**
   * A folder of this build, empty, on the file system of the store, mode 0755. Sessions are shown folders in it. It is
   * removed by `close`; when the build is killed, by the next one (`removeDeadDownloads`).
   */
  readonly folder: string;
  /**
   * Gives a kept file out as `destination`, after reading and comparing it: a second name of the same file where
   * possible. So sessions must be shown it read-only.
   *
   * @returns whether it is there. One that is kept but damaged is removed, and is not there.
   */
  take(download: Download, destination: string): Promise<boolean>;
  /**
   * Keeps a copy of `source`, which may belong to a session: no link is followed, and it is compared while it is copied.
   *
   * @returns whether it is what was named, and kept now.
   */
  keep(download: Download, source: string): Promise<boolean>;
  /**
   * The same by moving the file, where that is possible: nothing of the session that it is from may be running any more.
   * Whether it was kept or not, `source` need not be there afterwards.
   */
  adopt(download: Download, source: string): Promise<boolean>;
  /** Removes the least recently used files until the others take at most `mostBytes`; how many it removed. */
  prune(mostBytes: number): Promise<number>;
  close(): Promise<void>;
}

const WHAT = 'the downloads of a build';
const SHA256 = /^[0-9a-f]{64}$/;

export const downloadsFolder = (state: string): string => path.join(state, 'downloads-kept');

/** Opens the store below the state folder. @throws errors of the file system. */
export async function openDownloads(state: string, signal?: AbortSignal): Promise<Downloads> {
  const store = downloadsFolder(state);
  const own = await stageFolder(store, WHAT, signal);
  const folder = path.join(own.folder, 'shown');
  await mkdir(folder, { mode: 0o755 });
  let count = 0;
  const comeIn =
    (bring: (source: string, own: string, download: Download) => Promise<boolean>) =>
    async (download: Download, source: string): Promise<boolean> => {
      const place = placeOf(store, download);
      if (await isSize(place, download.size)) return true;
      const brought = path.join(own.folder, `file-${count++}`);
      if (!(await bring(source, brought, download))) {
        await rm(brought, { recursive: true, force: true });
        return false;
      }
      await mkdir(path.dirname(place), { recursive: true, mode: 0o700 });
      await rename(brought, place);
      return true;
    };
  return {
    folder,
    take: (download, destination) => take(placeOf(store, download), download, destination),
    keep: comeIn(copyCompared),
    adopt: comeIn(moveCompared),
    prune: (mostBytes) => prune(store, mostBytes),
    close: own.discard,
    [Symbol.asyncDispose]: own.discard,
  };
}

/** Removes what killed runs left. @returns names of the folders removed. */
export function removeDeadDownloads(state: string): Promise<string[]> {
  return removeDeadFolders(downloadsFolder(state), WHAT);
}

function placeOf(store: string, { sha256 }: Download): string {
  if (!SHA256.test(sha256)) throw new Error(`not a SHA-256: ${sha256}`);
  return path.join(store, sha256.slice(0, 2), sha256);
}

async function take(place: string, download: Download, destination: string): Promise<boolean> {
  // The name first: what is compared is what was linked, whatever becomes of the kept one meanwhile.
  const linked = await link(place, destination).then(
    () => true,
    async (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      // Another file system, or as many names as a file can have.
      if (error.code !== 'EXDEV' && error.code !== 'EMLINK' && error.code !== 'EPERM') throw error;
      await copyFile(place, destination, constants.COPYFILE_EXCL);
      return true;
    },
  );
  if (!linked) return false;
  if (!(await isDownload(destination, download))) {
    await rm(destination, { force: true });
    await rm(place, { force: true });
    return false;
  }
  const now = new Date();
  await utimes(place, now, now).catch(() => undefined);
  return true;
}

async function isSize(file: string, size: number): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  return found?.isFile() === true && found.size === size;
}

async function isDownload(file: string, { sha256, size }: Download): Promise<boolean> {
  if (!(await isSize(file, size))) return false;
  const hash = createHash('sha256');
  await using handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  for await (const chunk of handle.createReadStream({ autoClose: false, highWaterMark: 1024 * 1024 }))
    hash.update(chunk as Buffer);
  return hash.digest('hex') === sha256;
}

/** Moves a plain file to where no session reaches it, and compares what is there then; from elsewhere it is copied. */
async function moveCompared(source: string, own: string, download: Download): Promise<boolean> {
  const found = await lstat(source).catch(() => undefined);
  if (!found?.isFile() || found.size !== download.size) return false;
  const isMoved = await rename(source, own).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EXDEV') return false;
      throw error;
    },
  );
  if (!isMoved) return copyCompared(source, own, download);
  await using handle = await open(own, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const { nlink } = await handle.stat();
  // By another name a session that goes on could write to it still.
  if (nlink !== 1) {
    const linked = `${own}-linked`;
    await rename(own, linked);
    return copyCompared(linked, own, download).finally(() => rm(linked, { recursive: true, force: true }));
  }
  await handle.chown(process.getuid?.() ?? 0, process.getgid?.() ?? 0);
  await handle.chmod(0o644);
  return isDownload(own, download);
}

/** Copies a plain file, and compares what was copied. */
async function copyCompared(source: string, copy: string, { sha256, size }: Download): Promise<boolean> {
  const handle = await open(source, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    () => undefined,
  );
  if (handle === undefined) return false;
  await using _handle = handle;
  const found = await handle.stat();
  if (!found.isFile() || found.size !== size) return false;
  const hash = createHash('sha256');
  const compare = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  await pipeline(
    // Not more than was named, should it grow.
    handle.createReadStream({ autoClose: false, end: Math.max(0, size - 1), highWaterMark: 1024 * 1024 }),
    compare,
    createWriteStream(copy, { flags: 'wx', mode: 0o644 }),
  );
  return hash.digest('hex') === sha256;
}

async function prune(store: string, mostBytes: number): Promise<number> {
  const files: { readonly file: string; readonly size: number; readonly used: number }[] = [];
  for (const part of await readdir(store)) {
    if (!/^[0-9a-f]{2}$/.test(part)) continue;
    for (const name of await readdir(path.join(store, part)).catch(() => [])) {
      const file = path.join(store, part, name);
      // Gone meanwhile: another build prunes too.
      const found = await stat(file).catch(() => undefined);
      if (found !== undefined) files.push({ file, size: found.size, used: found.mtimeMs });
    }
  }
  files.sort((a, b) => a.used - b.used);
  let total = files.reduce((sum, { size }) => sum + size, 0);
  let removed = 0;
  for (const { file, size } of files) {
    if (total <= mostBytes) break;
    await rm(file, { force: true });
    total -= size;
    removed += 1;
  }
  return removed;
}
