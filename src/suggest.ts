/** "Did you mean": the candidate that a mistyped word most likely stands for. */

/** The nearest of `candidates`, or `undefined` where none is near. */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  // A quarter of the word may be wrong, and two letters of a short one.
  let limit = Math.max(2, Math.floor(Math.min(word.length, 64) / 4));
  const lower = word.slice(0, 64).toLowerCase();
  for (const candidate of candidates) {
    // Another number is meant as such.
    if (candidate !== word && candidate.replace(/\d/g, '') === word.replace(/\d/g, '')) continue;
    const found = distance(lower, candidate.toLowerCase());
    if (found > limit || found >= Math.max(word.length, candidate.length)) continue;
    best = candidate;
    limit = found - 1;
  }
  return best;
}

/** Edits (insert, delete, replace, swap of neighbours) from `a` to `b`. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let value = Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        value = Math.min(value, (before[j - 2] ?? 0) + 1);
      }
      current.push(value);
    }
    before = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}

/** `did you mean X?` for an error's remedy. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const found = closest(word, candidates);
  return found === undefined ? undefined : `did you mean ${found}?`;
}
