/** Which of many can be had together: packages that conflict with each other are none the worse for it. */

/** One that cannot be had even alone, and why. */
export interface Bad<T> {
  readonly item: T;
  readonly reason: string;
}

export interface Groups<T> {
  /** Each of them can be had as a whole; every item that is not bad is in one. */
  readonly good: readonly (readonly T[])[];
  readonly bad: readonly Bad<T>[];
}

/**
 * Tries all of them together, and halves of what fails, down to single ones. Where all is well that is one attempt, and
 * about twice the logarithm for each that is not.
 *
 * @param attempt `undefined` where these can be had together, else why not.
 */
export async function findGroups<T>(
  items: readonly T[],
  attempt: (items: readonly T[]) => Promise<string | undefined>,
): Promise<Groups<T>> {
  const [first] = items;
  if (first === undefined) return { good: [], bad: [] };
  const reason = await attempt(items);
  if (reason === undefined) return { good: [items], bad: [] };
  if (items.length === 1) return { good: [], bad: [{ item: first, reason }] };
  const middle = Math.ceil(items.length / 2);
  const left = await findGroups(items.slice(0, middle), attempt);
  const right = await findGroups(items.slice(middle), attempt);
  return { good: [...left.good, ...right.good], bad: [...left.bad, ...right.bad] };
}
