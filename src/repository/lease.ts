/**
 * The lease: one writer per repository. A lock of the kernel (lock.ts), so it ends with its holder, however that ends;
 * the file stays and says, for those who wait, who holds it.
 */
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { oneLine, UserError } from '../errors.ts';
import type { Logger } from '../host/host.ts';
import { tryLock } from '../lock.ts';
import type { RepositoryPaths } from './layout.ts';

export interface LeaseOptions {
  /** Seconds to wait for another writer. */
  readonly waitSeconds: number;
  /** Who we are, for others: the URL or the identity of the run. */
  readonly holder: string;
  readonly logger: Pick<Logger, 'progress'>;
  readonly signal: AbortSignal;
}

/** The file that is locked, and the folder that it is for. */
export type LeasePlace = Pick<RepositoryPaths, 'root' | 'lease'>;

export interface Lease extends AsyncDisposable {
  /** Aborted when the lease is lost before it is released: nothing may be written from then on. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/**
 * Takes the lease of a repository whose lease file exists.
 *
 * @throws UserError naming the holder when it is still held by another after `waitSeconds`.
 */
export async function takeLease(paths: LeasePlace, options: LeaseOptions): Promise<Lease> {
  const what = `the lease of the repository ${paths.root}`;
  let holder = await readHolder(paths);
  const polling = setInterval(() => {
    void readHolder(paths).then((found) => {
      holder = found;
    });
  }, 1000);
  let lock: Awaited<ReturnType<typeof tryLock>>;
  try {
    lock = await tryLock(paths.lease, {
      mode: 'exclusive',
      waitSeconds: options.waitSeconds,
      what,
      logger: { progress: (message) => options.logger.progress(`${message}, held by ${holder}`) },
      signal: options.signal,
    });
  } finally {
    clearInterval(polling);
  }
  if (lock === undefined) {
    throw new UserError({
      what: 'another publisher is still writing to the repository',
      where: paths.root,
      found: `held by ${await readHolder(paths)}`,
      expected: `its end within ${options.waitSeconds} s`,
      remedy: 'wait for it, or raise lease-timeout',
    });
  }
  const held = lock;
  const lost = new AbortController();
  let released = false;
  void held.lost.then(() => {
    if (!released) lost.abort(new Error(`lost ${what}: the process that held it ended`));
  });
  try {
    await writeFile(paths.lease, `${oneLine(options.holder)}, process ${process.pid} on ${hostname()}\n`);
  } catch (error) {
    // A full disk: others must not wait for us.
    released = true;
    await held.release();
    throw error;
  }
  const release = async (): Promise<void> => {
    if (released) return;
    released = true;
    // Empty while nobody holds it. A holder that was killed leaves its name, which is shown only while the lock is held.
    // Nor does it matter where the file system has become read-only: others must not wait for us.
    if (!lost.signal.aborted) await truncate(paths.lease).catch(() => {});
    await held.release();
  };
  return { lost: lost.signal, release, [Symbol.asyncDispose]: release };
}

async function readHolder(paths: LeasePlace): Promise<string> {
  const text = await readFile(paths.lease, 'utf8').catch(() => '');
  return text.trim() === '' ? 'a process that did not say who it is' : oneLine(text.trim()).slice(0, 300);
}
