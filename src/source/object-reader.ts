/** Objects of a repository, one after the other, from a `git cat-file --batch` that stays open. */
import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { CommandError } from '../errors.ts';
import { signalGroup } from '../process.ts';

type Child = ChildProcess & { readonly stdin: Writable; readonly stdout: Readable; readonly stderr: Readable };

const NEWLINE = 0x0a;

export class ObjectReader implements AsyncDisposable {
  readonly #child: Child;
  readonly #argv: readonly string[];
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #signal: AbortSignal | undefined;
  readonly #closed: Promise<void>;
  readonly #onAbort: () => void;
  #rest: Buffer = Buffer.alloc(0);
  #stderr = '';

  constructor(child: Child, argv: readonly string[], signal: AbortSignal | undefined) {
    this.#child = child;
    this.#argv = argv;
    this.#signal = signal;
    this.#chunks = child.stdout[Symbol.asyncIterator]();
    this.#closed = new Promise((resolve) => {
      child.once('close', () => resolve());
      child.once('error', () => resolve());
    });
    child.stdin.on('error', () => {});
    child.stderr.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString('utf8')).slice(-65_536);
    });
    this.#onAbort = () => signalGroup(child, 'SIGKILL');
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /**
   * Content of an object. Calls must not overlap.
   *
   * @param name an id, or `<commit>:<path>`; without a line break.
   * @returns `undefined` where there is no such object.
   * @throws CommandError where git ended.
   */
  async read(name: string): Promise<{ readonly type: string; readonly content: Buffer } | undefined> {
    this.#signal?.throwIfAborted();
    this.#child.stdin.write(`${name}\n`);
    const header = (await this.#line()).toString('utf8');
    const match = / (commit|tree|blob|tag) (\d+)$/.exec(header);
    if (match === null) return undefined;
    const content = await this.#exactly(Number(match[2]));
    await this.#exactly(1);
    return { type: match[1] ?? '', content };
  }

  /**
   * Content of a blob that must be there.
   *
   * @throws CommandError
   */
  async blob(id: string): Promise<Buffer> {
    const object = await this.read(id);
    if (object?.type === 'blob') return object.content;
    throw this.#failure(`the object ${id} is missing or no file`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#child.stdin.end();
    this.#child.stdout.destroy();
    signalGroup(this.#child, 'SIGKILL');
    await this.#closed;
  }

  async #line(): Promise<Buffer> {
    while (true) {
      const end = this.#rest.indexOf(NEWLINE);
      if (end !== -1) {
        const line = this.#rest.subarray(0, end);
        this.#rest = this.#rest.subarray(end + 1);
        return line;
      }
      this.#rest = Buffer.concat([this.#rest, await this.#chunk()]);
    }
  }

  async #exactly(length: number): Promise<Buffer> {
    const parts = [this.#rest];
    let have = this.#rest.length;
    while (have < length) {
      const chunk = await this.#chunk();
      parts.push(chunk);
      have += chunk.length;
    }
    const all = parts.length === 1 ? this.#rest : Buffer.concat(parts, have);
    this.#rest = all.subarray(length);
    return all.subarray(0, length);
  }

  async #chunk(): Promise<Buffer> {
    const { value, done } = await this.#chunks.next();
    if (!done) return value;
    await this.#closed;
    throw this.#failure(this.#stderr.trim());
  }

  #failure(stderr: string): CommandError {
    return new CommandError({
      argv: this.#argv,
      end: this.#signal?.aborted ? 'cancelled' : this.#child.exitCode === null ? 'signal' : 'exit',
      exitCode: this.#child.exitCode ?? undefined,
      signal: this.#child.signalCode ?? undefined,
      stdout: '',
      stderr,
    });
  }
}
