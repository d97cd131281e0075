/** Work on several things at once. */

/**
 * Runs `body` over `items`, at most `limit` at a time. After an error nothing more is begun; the first one is thrown
 * when all that run have ended.
 *
 * @returns what `body` gives, in the order of the items.
 */
export async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  body: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Map<number, R>();
  const errors: unknown[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length && errors.length === 0) {
      const index = next++;
      try {
        results.set(index, await body(items[index] as T));
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (errors.length > 0) throw errors[0];
  return items.map((_, index) => results.get(index) as R);
}
