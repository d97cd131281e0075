/** Libraries of GitHub's toolkit speak to a runner through standard output, wherever they run. */

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
