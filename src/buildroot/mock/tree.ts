/** The root tree of an rpm generation: mock's basedir, with the buildroot in it. */
import path from 'node:path';
import type { Generation } from '../generation.ts';

/** Name of the buildroot for mock (`config_opts['root']`), the same in every generation. */
export const ROOT_NAME = 'buildroot';

/**
 * The buildroot of an rpm generation, a root tree by itself: only ever a lower folder. A plain session over it
 * (`openSession({ root: { lower: [buildrootTree(generation)] } })`) is a chroot of the target without mock.
 */
export function buildrootTree(generation: Generation): string {
  return path.join(generation.tree, ROOT_NAME, 'root');
}
