/** Work on many packages at once in bounded memory: headers are read whole, and rpm allows 256 MiB for one. */
import { UserError } from '../errors.ts';
import { inParallel } from '../parallel.ts';
import { LEAD_SIZE, openRpm, padded } from './frame.ts';
import { headerSize, INTRO_SIZE } from './header.ts';

/** Bytes. The largest packages of distributions, of 100,000 files, have headers of 20 MiB. */
const LARGE_HEADER = 32 * 1024 * 1024;

export interface PackageFile {
  readonly path: string;
  /** Bytes, where they are known: a small file need not be opened. */
  readonly size?: number | undefined;
}

/**
 * As `inParallel` over packages, but that those with large headers come last and one at a time.
 *
 * @param fileOf the file of an item.
 */
export async function inParallelByHeader<T, R>(
  items: readonly T[],
  limit: number,
  fileOf: (item: T) => PackageFile,
  body: (item: T) => Promise<R>,
): Promise<R[]> {
  const indexed = items.map((item, index) => ({ item, index }));
  const isLarge = await inParallel(items, limit, async (item) => await hasLargeHeader(fileOf(item)));
  const results = new Map<number, R>();
  for (const [large, atOnce] of [
    [false, limit],
    [true, 1],
  ] as const) {
    const some = indexed.filter(({ index }) => isLarge[index] === large);
    await inParallel(some, atOnce, async ({ item, index }) => results.set(index, await body(item)));
  }
  return items.map((_, index) => results.get(index) as R);
}

/** By what the file says of its headers; whoever reads it finds out what is wrong with one that is no package. */
async function hasLargeHeader({ path, size }: PackageFile): Promise<boolean> {
  if (size !== undefined && size <= LARGE_HEADER) return false;
  try {
    await using handle = await openRpm(path);
    const stat = await handle.stat();
    if (!stat.isFile() || stat.size <= LARGE_HEADER) return false;
    const intro = async (position: number): Promise<Buffer> => {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(INTRO_SIZE), 0, INTRO_SIZE, position);
      return buffer.subarray(0, bytesRead);
    };
    const signature = headerSize(await intro(LEAD_SIZE), 'signature', path);
    const main = headerSize(await intro(LEAD_SIZE + padded(signature)), 'main', path);
    return signature + main > LARGE_HEADER;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}
