/**
 * Folders of compiler caches, kept on the host and mounted into sessions:
 *
 *     <state>/compiler-cache/<tool>/<target>-<architecture>/<merge|review>/<key>/        root's alone; locked by its users
 *     <state>/compiler-cache/<tool>/<target>-<architecture>/<merge|review>/<key>/cache/  the build user's, what is mounted
 *
 * What lies in `cache` is written by builds. Root never opens, follows or changes anything in it: it is measured and
 * removed as a whole, and only while no build has it.
 */
import { chown, lstat, mkdir, readdir, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { quote, UserError } from '../errors.ts';
import type { Logger } from '../host/host.ts';
import { type Lock, takeLock, tryLock } from '../lock.ts';
import { bytesOf, removeMountedTree } from '../remove-tree.ts';

export interface CacheRequest {
  readonly state: string;
  /** `ccache`, `sccache`: their files are not each other's. */
  readonly tool: string;
  readonly target: string;
  readonly architecture: string;
  /** Builds of changes under review write apart from those of what is merged. */
  readonly change: 'merge' | 'review';
  /** What shares a cache. */
  readonly key: string;
  /** Ids of the build user. */
  readonly owner: number;
  /** Most bytes. The tool keeps to it; what else a build leaves there is found by `release`. */
  readonly mostBytes: number;
  readonly logger: Pick<Logger, 'warning' | 'progress'>;
  readonly signal: AbortSignal;
}

/** A cache folder that is held. */
export interface HeldCache extends AsyncDisposable {
  /** The folder that is the build user's. */
  readonly path: string;
}

/** Names of folders, one of each part. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9.+_-]{0,200}$/;
/** Tools let their caches grow a bit over their limit before they clean up. */
const SLACK = 1.25;
const SLACK_BYTES = 32 * 1024 ** 2;
/** A cache that no build used for so long is removed by the next build that uses another one. */
const UNUSED_MS = 60 * 24 * 3600 * 1000;
/** Another build removes a cache that is over its limit, at most for so long. */
const WAIT_SECONDS = 60;

/**
 * Holds the cache folder, made where there is none.
 *
 * @throws UserError for a key that is no plain name; InfrastructureError where another build removes it for too long.
 */
export async function holdCompilerCache(request: CacheRequest): Promise<HeldCache> {
  const { state, tool, target, architecture, change, key, owner, signal } = request;
  for (const part of [tool, `${target}-${architecture}`, key]) {
    if (!NAME.test(part)) {
      throw new UserError({
        what: 'a compiler cache cannot have this name',
        where: 'input compiler-cache-key',
        found: quote(part),
        expected: 'letters, digits and .+_- only',
      });
    }
  }
  const top = path.join(state, 'compiler-cache');
  const folder = path.join(top, tool, `${target}-${architecture}`, change, key);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await removeUnused(top, folder, signal);
  const place = path.join(folder, 'cache');
  const what = `the compiler cache ${key}`;
  for (;;) {
    const lock = await takeLock(folder, { mode: 'shared', waitSeconds: WAIT_SECONDS, what, signal });
    if (await isFolderOf(place, owner)) {
      await utimes(folder, new Date(), new Date());
      return { path: place, [Symbol.asyncDispose]: () => release(request, folder, lock) };
    }
    await lock.release();
    // There is none, or the build user of an earlier buildroot owns it: another one takes its place.
    await using _alone = await takeLock(folder, { mode: 'exclusive', waitSeconds: WAIT_SECONDS, what, signal });
    if (!(await isFolderOf(place, owner))) await removeMountedTree(place);
    await mkdir(place, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await chown(place, owner, owner);
  }
}

/** No link, whoever owns it. */
const isFolderOf = (place: string, owner: number) =>
  lstat(place).then(
    (found) => found.isDirectory() && found.uid === owner,
    () => false,
  );

/** Gives the folder back, and removes what is in it where that is more than the tool would leave. */
async function release({ mostBytes, logger, key }: CacheRequest, folder: string, lock: Lock): Promise<void> {
  await lock.release();
  const alone = await tryLock(folder, { mode: 'exclusive', waitSeconds: 0, what: 'a compiler cache' });
  // Whoever has it measures it.
  if (alone === undefined) return;
  await using _alone = alone;
  const place = path.join(folder, 'cache');
  const bytes = await bytesOf(place);
  if (bytes <= mostBytes * SLACK + SLACK_BYTES) return;
  await removeMountedTree(place);
  logger.warning(`The compiler cache of ${key} was far over its limit and has been emptied.`);
}

/** Removes caches that nobody used for long; those that are in use are locked. */
async function removeUnused(top: string, own: string, signal: AbortSignal): Promise<void> {
  let folders = [top];
  for (const _level of ['tool', 'target', 'change', 'key']) {
    const below = await Promise.all(
      folders.map(async (folder) => (await readdir(folder).catch(() => [])).map((name) => path.join(folder, name))),
    );
    folders = below.flat();
  }
  for (const folder of folders) {
    const used = (await stat(folder).catch(() => undefined))?.mtimeMs;
    if (folder === own || used === undefined || Date.now() - used < UNUSED_MS) continue;
    const lock = await tryLock(folder, { mode: 'exclusive', waitSeconds: 0, what: 'a compiler cache', signal });
    if (lock === undefined) continue;
    await using _lock = lock;
    // The folder itself stays, as the lock of whoever waits for it.
    await removeMountedTree(path.join(folder, 'cache'));
  }
}
