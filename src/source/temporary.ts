/** Folders that go when their scope ends. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

export type TemporaryFolder = AsyncDisposable & { readonly path: string };

/**
 * A new, empty folder that only we can enter.
 *
 * @param parent where it is made; the system's temporary folder when absent.
 */
export async function temporaryFolder(purpose: string, parent: string = tmpdir()): Promise<TemporaryFolder> {
  const folder = await mkdtemp(path.join(parent, `.pkg-actions-${purpose}-`));
  return {
    path: folder,
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}
