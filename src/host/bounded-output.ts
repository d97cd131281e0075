/**
 * Outputs that everything after a step can take. GitHub takes 1 MB of outputs from a job, all of them together and
 * counted as UTF-16 (docs.github.com, "Defining outputs for jobs"), and Linux takes 128 KiB for one variable of the
 * environment (MAX_ARG_STRLEN), by which steps hand an output to a script.
 */

export const MAX_OUTPUT_BYTES = 100_000;

/** Entries that stay of every longer list: the first that fits is taken. */
const MOST_ENTRIES = [1000, 500, 200, 100, 50, 20, 10, 5, 2, 1, 0];
/** Characters that stay of every longer text, where no length of lists is short enough. */
const MOST_CHARACTERS = 500;

/**
 * `value` where it is short enough or no JSON. Of JSON that is longer, the lists are cut: an object that lost entries
 * has `shortened`, with the number of entries that each list has in full, and the whole has `report`.
 *
 * @param report the file that has all of it; absent where there is none.
 */
export function boundedOutput(value: string, report?: string): string {
  if (isShort(value)) return value;
  const parsed = parse(value);
  if (typeof parsed !== 'object' || parsed === null) return value;
  const compact = JSON.stringify(parsed);
  if (isShort(compact)) return compact;
  for (const characters of [Number.POSITIVE_INFINITY, MOST_CHARACTERS]) {
    for (const entries of MOST_ENTRIES) {
      const cut = shorten(parsed, entries, characters);
      const marked = Array.isArray(cut) || report === undefined ? cut : { ...(cut as object), report };
      const text = JSON.stringify(marked);
      if (isShort(text)) return text;
    }
  }
  return JSON.stringify({ shortened: {}, ...(report === undefined ? {} : { report }) });
}

function isShort(text: string): boolean {
  return Buffer.byteLength(text) <= MAX_OUTPUT_BYTES;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function shorten(value: unknown, entries: number, characters: number): unknown {
  if (typeof value === 'string') return value.length > characters ? `${value.slice(0, characters)}…` : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.slice(0, entries).map((each) => shorten(each, entries, characters));
  const shortened: Record<string, number> = {};
  const kept = Object.entries(value).map(([name, each]) => {
    if (Array.isArray(each) && each.length > entries) shortened[name] = each.length;
    return [name, shorten(each, entries, characters)] as const;
  });
  return { ...Object.fromEntries(kept), ...(Object.keys(shortened).length === 0 ? {} : { shortened }) };
}
