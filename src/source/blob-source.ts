/** Contents of source files, from as many repositories as they come from (submodules), one open reader each. */
import type { GitRepository } from './git.ts';
import type { ObjectReader } from './object-reader.ts';
import type { SourceFile } from './tree.ts';

export class BlobSource implements AsyncDisposable {
  readonly #readers = new Map<GitRepository, ObjectReader>();

  /** Content of a file, target of a symbolic link. Calls must not overlap. */
  async read(file: Pick<SourceFile, 'repository' | 'id'>): Promise<Buffer> {
    let reader = this.#readers.get(file.repository);
    if (reader === undefined) {
      reader = file.repository.reader();
      this.#readers.set(file.repository, reader);
    }
    return await reader.blob(file.id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const reader of this.#readers.values()) await reader[Symbol.asyncDispose]();
  }
}
