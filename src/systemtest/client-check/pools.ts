/** The pool as clients will see it: what is new over what is there, without a link or a copy of either. */
import type { Session } from '../../buildroot/session.ts';

/**
 * Mounts folders over each other, read-only (overlayfs). It takes the same time for a pool of ten thousand files as for
 * an empty one.
 *
 * @param folders the topmost first; they are not changed while the session lives.
 * @param place where they are seen; it may be one of them.
 */
export async function mergePools(session: Session, folders: readonly string[], place: string): Promise<void> {
  const options = `ro,nosuid,nodev,noexec,lowerdir=${folders.join(':')}`;
  await session.mount(['mount', '-t', 'overlay', '-o', options, 'pkg-actions-pool', place]);
}
