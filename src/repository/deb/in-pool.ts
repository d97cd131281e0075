/**
 * New files of a channel that the pool has already, from another channel or from a former snapshot: they are linked into
 * the staging folder, and reprepro is told their digests, so that it does not copy the build's file.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, lstat, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { inParallel } from '../../parallel.ts';
import type { StageContext } from '../driver.ts';
import type { DebSnapshot, PoolFile } from '../snapshot.ts';

const FILES_AT_ONCE = 4;

/**
 * @param files of the packages that the channel gets.
 * @returns lines for reprepro's `_addchecksums`.
 */
export async function linkFromPool(
  files: readonly PoolFile[],
  { staging, view, signal }: Pick<StageContext<DebSnapshot>, 'staging' | 'view' | 'signal'>,
): Promise<string[]> {
  // Of these reprepro's database knows.
  const own = new Set(view.head?.packages.flatMap((each) => each.files.map((file) => file.path)));
  const lines = await inParallel(files, FILES_AT_ONCE, async (file) => {
    signal.throwIfAborted();
    if (own.has(file.path)) return undefined;
    const there = path.join(view.paths.public, file.path);
    const stat = await lstat(there).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
      throw error;
    });
    // Any other file of the name is the business of who puts files into the pool.
    if (!stat?.isFile() || stat.size !== file.size) return undefined;
    const { md5, sha1, sha256 } = await digestsOf(there);
    if (sha256 !== file.sha256) return undefined;
    const staged = path.join(staging.public, file.path);
    await mkdir(path.dirname(staged), { recursive: true });
    await link(there, staged);
    return `${file.path} :1:${sha1} :2:${sha256} ${md5} ${file.size}\n`;
  });
  return lines.filter((line) => line !== undefined);
}

/** Hexadecimal, of one reading. */
async function digestsOf(file: string): Promise<Record<'md5' | 'sha1' | 'sha256', string>> {
  const hashes = { md5: createHash('md5'), sha1: createHash('sha1'), sha256: createHash('sha256') };
  for await (const chunk of createReadStream(file)) {
    for (const hash of Object.values(hashes)) hash.update(chunk as Buffer);
  }
  return { md5: hashes.md5.digest('hex'), sha1: hashes.sha1.digest('hex'), sha256: hashes.sha256.digest('hex') };
}
