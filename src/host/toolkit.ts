/** Libraries of GitHub's toolkit speak to a runner through standard output, wherever they run. */
import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Drops their debug commands: for use where nobody understands them.
 *
 * @returns what takes the filter off again.
 */
export function dropToolkitDebug(stream: NodeJS.WriteStream = process.stdout): () => void {
  const before = stream.write;
  const filtered = ((chunk: string | Uint8Array, ...rest: never[]): boolean => {
    if (typeof chunk === 'string' && chunk.startsWith('::debug::')) return true;
    return before.call(stream, chunk, ...rest);
  }) as typeof stream.write;
  stream.write = filtered;
  return () => {
    if (stream.write === filtered) stream.write = before;
  };
}

const listeners = new AsyncLocalStorage<(line: string) => void>();
let listening = 0;
let stopListening = () => {};

/**
 * Does `work`, and gives what it says through standard output to `hear` instead, a text at a time. Workflow commands
 * (`::debug::`) go where they go, as does all that others say meanwhile.
 */
export async function hearToolkit<T>(hear: (text: string) => void, work: () => Promise<T>): Promise<T> {
  if (listening === 0) stopListening = listen(process.stdout);
  listening += 1;
  try {
    return await listeners.run(hear, work);
  } finally {
    listening -= 1;
    if (listening === 0) stopListening();
  }
}

function listen(stream: NodeJS.WriteStream): () => void {
  const before = stream.write;
  const filtered = ((chunk: string | Uint8Array, ...rest: never[]): boolean => {
    const hear = listeners.getStore();
    if (hear === undefined || typeof chunk !== 'string' || chunk.startsWith('::')) {
      return before.call(stream, chunk, ...rest);
    }
    // What is said of it in turn is for standard output.
    listeners.exit(() => hear(chunk.trim()));
    return true;
  }) as typeof stream.write;
  stream.write = filtered;
  return () => {
    if (stream.write === filtered) stream.write = before;
  };
}
